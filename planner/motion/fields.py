"""Forces without a solver, proxied where something simple stands for them: a blast pushes outward once, magnets pull with a constant force."""

from __future__ import annotations

import math

import numpy as np

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import GRAVITY, Handled, stated_speed
from planner.stage import Actor, Stage, ids_of, quaternion_product
from scenes.materials import library

__all__ = ["blasts", "explode", "finish_fields", "magnet", "throw_at_pane"]

WEAKEST = 4.0  # [Pa s] at 1 m: a firecracker of about 2 g
BLAST = 40.0  # [Pa s] of impulse at 1 m: a charge of about 50 g (order of Kingery and Bulmash 1984; assumed)
STRONGEST = 160.0  # [Pa s] at 1 m: a charge of about 400 g, as impulse grows with the two-thirds power of the charge (Hopkinson and Cranz)
TIPS = 1.6  # times the turning that tips a lone body: its neighbours stand in the way
FAR = 12.0  # [m]: beyond it a blast is not felt here
FASTEST = 25.0  # [m/s]
AT = 0.6  # [s] of the blast
MAGNETIC = {"iron", "steel", "stainless steel", "nickel", "cobalt", "cast iron"}
PULL = 1.6  # times the friction that holds the lighter one
SHOT, THROWN = 350.0, 20.0  # [m/s] of a pistol bullet (9 mm: 340-400); of a hard kick or throw (20-30)
WAIT = 0.3  # [s] before magnets begin to pull
EXPLODES = {"explosion", "blast", "detonation", "bomb", "grenade", "dynamite", "firecracker", "landmine"}


def blasts(stage: Stage, event: Event, verb: Verb) -> bool:
    """Whether an explosion does what the verb says (knocks over, pushes, throws)."""
    heads = {entity.head for i in ids_of(event.agent) if (entity := stage.entity(i)) is not None}
    return (
        bool(heads & EXPLODES)
        and verb.physics in {"knock_over", "push", "throw", "topple", "strike"}
        and not event.negated
    )


def explode(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Fire and smoke are painted; what is free and near is pushed outward once."""
    sources = stage.of(event.agent) or stage.of(event.patient)
    source = sources[0] if sources else None
    asked = [a for a in stage.of(event.patient) if a not in sources]
    near = [a for a in stage.actors.values() if a.movable and a is not source]
    painted = stage.say("fire, smoke and the flash are painted", "火焰、烟和闪光由画面绘制")
    if not near or source is None:
        why = stage.say(
            f"no solver for explosions, and nothing free stands near that it could push: imagined, {painted}",
            f"没有爆炸求解器，附近也没有可动物体：{painted}",
        )
        return Handled("imagined", why, "imagined")
    water = stage.environment.get("medium") == "water" or "water_level" in stage.environment
    for actor in near:
        actor.extra["blast"] = source
        actor.moving = True
    tips = verb.physics in {"knock_over", "topple"}
    strength = f"{WEAKEST:g}-{STRONGEST:g}" if tips else f"{BLAST:g}"
    why = stage.say(
        f"proxied: one push outward, {strength} Pa s at 1 m falling with distance (assumed), and from then on solved; {painted}"
        + ("; under water the bubble and its pulses are left out" if water else ""),
        f"近似：一次向外的推动，1 米处 {strength} 帕·秒并随距离减弱（假设），此后由求解得出；{painted}"
        + ("；水下气泡及其脉动未计入" if water else ""),
    )
    for actor in asked or near:
        if actor.movable:
            kind = "topples" if verb.physics in {"knock_over", "topple"} else "moves"
            if kind == "topples":
                actor.extra["blast_tips"] = True
                stage.goal("topples", event, bodies=(actor.name,))
            else:
                stage.goal("moves", event, body=actor.name, distance=0.05)
    stage.note(f"events.{source.name}_blast", "assumed", why, event.span)
    return Handled("proxied", why, "imagined")


def magnet(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Two that attract or repel: a constant declared force along the line between them."""
    named = stage.of(event.agent) + [a for a in stage.of(event.patient) if a not in stage.of(event.agent)]
    pair = [a for a in named if a.kind == "rigid" and a is not stage.ground]
    repels = verb.name == "repel"
    if len(pair) < 2 or not any(a.movable for a in pair):
        why = stage.say(
            "no solver for magnetic forces, and no two bodies are named that could move",
            "没有磁力求解器，也没有说明两个可动物体",
        )
        stage.goal("refused", event, why=why)
        return Handled("refused", why, "imagined")
    plain = [a for a in pair[:2] if not _magnetic(a)]
    if plain:
        thing = plain[0].entity.mention or plain[0].entity.head
        why = stage.say(
            f"{plain[0].material} is not magnetic: a magnet does not move the {plain[0].entity.head}; make it of iron or steel",
            f"{plain[0].material} 没有磁性：磁铁不会移动“{thing}”；可改为铁或钢",
        )
        stage.goal("refused", event, why=why)
        return Handled("refused", why, "imagined")
    one, other = pair[:2]
    one.extra["pulls"] = (other, repels)
    gap = 0.15 if repels else 0.30
    stage.constrain("offset", other, 0, one.half_x + other.half_x + gap, one, weight=2.0)
    stage.constrain("offset", other, 1, 0.0, one)
    for actor in (one, other):
        actor.moving = True
        if actor.movable and repels:
            stage.goal("moves", event, body=actor.name, distance=0.03)
    if not repels:
        stage.goal("hits", event, a=one.name, b=other.name)
    why = stage.say(
        f"proxied: a constant {'push' if repels else 'pull'} between them, {PULL:g} times what friction holds (a real one grows steeply as they near)",
        f"近似：两者之间恒定的{'斥力' if repels else '引力'}，为摩擦力的 {PULL:g} 倍（真实磁力随距离减小而急剧增大）",
    )
    return Handled("proxied", why)


def _magnetic(actor: Actor) -> bool:
    return (
        "magnet" in actor.entity.head or actor.material in MAGNETIC or actor.material.split()[-1] in {"steel", "iron"}
    )


def _mass(actor: Actor) -> float:
    if actor.mass is not None:
        return actor.mass
    assert actor.shape is not None
    if actor.wall:
        return float(library().material(actor.material).density.value * actor.shape.volume() * 0.3)
    return float(library().material(actor.material).density.value * actor.shape.volume())


def throw_at_pane(stage: Stage, event: Event, thrown: Actor, pane: Actor) -> None:
    """What breaks a window comes through the air, and fast: rolled against it, it would break nothing."""
    if not thrown.movable or not pane.fixed or pane.size < 2 * thrown.size:
        return
    stated = stated_speed(stage, event)
    shot = thrown.entity.head in {"bullet", "pellet"}
    speed = stated if stated is not None else SHOT if shot else THROWN
    thrown.extra["thrown_at"] = (pane, speed)
    stage.note(
        f"bodies.{thrown.name}.linear_velocity", "stated" if stated is not None else "assumed",
        f"{speed:g} m/s: " + ("stated" if stated is not None else "a pistol's bullet" if shot else "a hard kick or throw"), event.span,
    )  # fmt: skip


def _throw(stage: Stage, thrown: Actor, pane: Actor, speed: float) -> None:
    """Beside the middle of the pane, where its frame has no bar, on a parabola that is level there."""
    sign = 1.0 if float(pane.position[0]) >= float(thrown.position[0]) else -1.0
    low, high = pane.bounds()
    if high[0] - low[0] > high[1] - low[1]:  # its face toward what comes
        pane.orientation = quaternion_product((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)), pane.orientation)
        low, high = pane.bounds()
    way = min(3.0, 0.25 * speed) + pane.half_x + thrown.half_x
    time = way / speed
    aside = 0.23 * float(high[1] - low[1])
    gravity = float(stage.environment.get("gravity", GRAVITY))
    thrown.position[:] = pane.position + [-sign * way, aside, 0.08 * float(high[2] - low[2]) - gravity * time**2 / 2]
    thrown.velocity[:] = (sign * speed, 0.0, gravity * time)
    thrown.spin[:] = 0.0
    thrown.support, thrown.in_air = None, True


def finish_fields(stage: Stage) -> None:
    """After the layout: the pushes of blasts and the forces of magnets, as drivers; what is thrown at a pane, on its way."""
    for actor in list(stage.actors.values()):
        if "thrown_at" in actor.extra:
            _throw(stage, actor, *actor.extra["thrown_at"])
    pushed = [a for a in stage.actors.values() if "blast" in a.extra]
    for source in {id(a.extra["blast"]): a.extra["blast"] for a in pushed}.values():
        if source.kind != "rigid":  # an explosion without a body: beside what it throws about
            left = min(float(a.position[0]) - a.half_x for a in pushed)
            source.position[:] = (left - 0.8, float(np.mean([a.position[1] for a in pushed])), 0.2)
    blast = _strength(stage, [a for a in pushed if a.extra.get("blast_tips")])
    for actor in list(stage.actors.values()):
        if "blast" in actor.extra:
            _push_out(stage, actor, actor.extra["blast"], blast)
        if "pulls" in actor.extra:
            _pull(stage, actor, *actor.extra["pulls"])


def _strength(stage: Stage, tipped: list[Actor]) -> float:
    """Impulse at 1 m [Pa s] of a blast: the usual one, or as much as it takes to tip all that is to fall, within an honest range.

    A body tips about its edge when (1/2) I w^2 = m g dh, with I of a block about that edge.
    """
    needed = WEAKEST if tipped else BLAST
    for actor in tipped:
        speed, _, size = _blown(actor, actor.extra["blast"], 1.0)
        gravity = float(stage.environment.get("gravity", GRAVITY))
        base, tall = min(float(size[0]), float(size[1])), float(size[2])
        rise = (math.hypot(base, tall) - tall) / 2
        tipping = math.sqrt(2 * gravity * rise / ((base**2 + tall**2) / 3))
        needed = max(needed, TIPS * tipping * tall / 0.8 / max(speed, 1e-9))
    strength = round(min(needed, STRONGEST), 1)
    if tipped:
        why = f"{strength:g} Pa s at 1 m, chosen so that what is to fall is tipped; honest range {WEAKEST:g} to {STRONGEST:g}"
        stage.note("blast.impulse", "assumed", why)
    return strength


def _blown(actor: Actor, source: Actor, blast: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Speed [m/s] and direction that a blast of `blast` [Pa s] at 1 m gives a body, and the body's size [m]."""
    away = np.asarray(actor.position) - np.asarray(source.position)
    distance = max(float(np.linalg.norm(away)), 0.3)
    along = away / distance if float(np.linalg.norm(away)) > 0.05 else np.array([0.0, 0.0, 1.0])
    along = along + [0.0, 0.0, 0.25]  # a blast on the ground lifts
    along = along / np.linalg.norm(along)
    low, high = actor.bounds()
    size = high - low
    faces = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    area = float(np.linalg.norm(faces * along))
    return blast / distance * area / _mass(actor), along, size


def _push_out(stage: Stage, actor: Actor, source: Actor, blast: float) -> None:
    if float(np.linalg.norm(np.asarray(actor.position) - np.asarray(source.position))) > FAR:
        return
    speed, along, size = _blown(actor, source, blast)
    speed = min(speed, FASTEST)
    flat = math.hypot(along[0], along[1])
    turn = np.array([-along[1], along[0], 0.0]) * speed / max(float(size[2]), 0.05) * (0.8 if flat > 0.2 else 0.0)
    stage.drivers[f"{actor.name}_blast"] = {
        "type": "velocity", "body": actor.name, "start": AT, "linear": [round(float(v), 4) for v in along * speed],
        "angular": [round(float(v), 4) for v in turn], "why": stage.say("pushed outward by the blast (proxied)", "被爆炸向外推动（近似）"),
    }  # fmt: skip


def _pull(stage: Stage, one: Actor, other: Actor, repels: bool) -> None:
    along = np.asarray(other.position) - np.asarray(one.position)
    along = along * [1.0, 1.0, 0.0]
    along = along / max(float(np.linalg.norm(along)), 1e-9) * (-1.0 if repels else 1.0)
    movers = [a for a in (one, other) if a.movable]
    ground = stage.ground.material if stage.ground is not None else "concrete"
    hold = min(library().pair(a.material, ground).friction.value * _mass(a) * GRAVITY for a in movers)
    for actor, sign in ((one, 1.0), (other, -1.0)):
        if not actor.movable:
            continue
        stage.drivers[f"{actor.name}_pull"] = {
            "type": "force", "body": actor.name, "start": WAIT, "stop": WAIT + (0.35 if repels else 1.5),
            "force": [round(float(v), 5) for v in along * sign * PULL * hold],
            "why": stage.say("a constant magnetic force (proxied)", "恒定的磁力（近似）"),
        }  # fmt: skip
