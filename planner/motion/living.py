"""What moves by itself: figures, vehicles and flyers follow declared paths; their falls are declared too, and started by a verified event."""

from __future__ import annotations

from typing import Any

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    Handled,
    direction_of,
    goal_actor,
    source_actor,
    speed_factor,
    stated_speed,
)
from planner.motion.figure_falls import gravity_of
from planner.motion.figure_paths import build_paths
from planner.motion.gaits import FLYING_HEIGHT, SPEEDS, walking_limit
from planner.motion.meeting import EACH_OTHER
from planner.motion.postures import POSTURE_VERBS, holds_hands, posture
from planner.motion.slopes import implied_hill, slide_down
from planner.motion.travelling import start_x, target_x
from planner.stage import Actor, Stage, ids_of
from scenes.shapes import Hill, Ramp

__all__ = [
    "POSTURE_VERBS",
    "approach",
    "approach_to",
    "build_paths",
    "fall_over",
    "fall_when_hit",
    "flutter",
    "fly",
    "holds_hands",
    "jump",
    "locomote",
    "locomote_path",
    "posture",
    "slip",
    "stagger",
]

RUNNING = {"run", "sprint", "jog", "chase", "race", "gallop", "trot", "dash", "rush", "flee"}
APPROACH_IN_AIR = 3.0  # [m/s] at most, toward somebody: assumed
TRIPPING = {"trip", "trip_over", "stumble"}
FILES = {"queue", "line", "row", "column", "procession", "file"}


def actuated(stage: Stage) -> str:
    return stage.say("moved along a declared path", "沿声明的路径运动")


def locomote(stage: Stage, event: Event, verb: Verb) -> Handled:
    return locomote_path(stage, event, flying=False, verb=verb)


def approach(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Comes near a thing and stays a little way off; who is approached from behind looks away, else toward the comer."""
    movers = [a for a in stage.of(event.agent) if a.kind in {"figure", "rigid"} and not a.fixed]
    target = next((a for a in stage.of(event.patient) + stage.of(event.goal_place) if a not in movers), None)
    handled = locomote(stage, event, verb)
    if target is None or not movers:
        return handled
    behind = "behind" in event.manner or "from_behind" in event.manner
    for actor in movers:
        if "path" not in actor.extra:
            continue
        away = 0.8 + actor.half_x + target.half_x
        path = actor.extra["path"]
        path["near"] = (target, away)
        if path["flying"] and stated_speed(stage, event) is None:
            path["speed"] = min(float(path["speed"]), APPROACH_IN_AIR)
        stage.constrain("offset", actor, 1, 0.0, target)
        _drop_goals(stage, actor, "moves")
        stage.goal("reaches", event, body=actor.name, other=target.name, tolerance=round(away + 1.0, 3))
        if target.kind == "figure" and not target.moving:
            along = float(actor.extra["path"]["sign"]) > 0
            target.heading = 0.0 if along == behind else 3.14159
    return handled


def _drop_goals(stage: Stage, actor: Actor, *kinds: str) -> None:
    stage.goals = {k: g for k, g in stage.goals.items() if not (g.get("body") == actor.name and g["type"] in kinds)}


def fly(stage: Stage, event: Event, verb: Verb) -> Handled:
    return locomote_path(stage, event, flying=True, verb=verb)


def flutter(stage: Stage, event: Event, verb: Verb) -> Handled | None:
    """A butterfly or bird flutters along; None for what has no wings (a flag)."""
    movers = stage.of(event.agent) or stage.of(event.patient)
    if not any(actor.entry.moves in {"flies", "flutters"} for actor in movers):
        return None
    return locomote_path(stage, event, flying=True, verb=None)


def locomote_path(
    stage: Stage, event: Event, *, flying: bool, verb: Verb | None = None, only: Actor | None = None
) -> Handled:
    """A path at a stated, documented or usual speed: along the stated places, or across the view."""
    movers = [only] if only is not None else stage.of(event.agent) or stage.of(event.patient)
    bodies = [actor for actor in movers if actor.kind in {"figure", "rigid"} and not actor.fixed]
    if not bodies:
        if movers and any(a.kind in {"none", "field", "fluid", "cloth"} for a in movers):
            return Handled(
                "imagined",
                stage.say("it has no body here; the video model paints it", "它在这里没有实体，由视频模型绘制"),
                "imagined",
            )
        return Handled("refused", stage.say("who moves is not named", "没有说明谁在动"))
    chased = (
        [a for a in stage.of(event.patient) if a not in bodies] if verb is not None and verb.physics == "chase" else []
    )
    if (
        verb is not None
        and verb.name == "ride"
        and (mount := _mount(stage, event, bodies)) is not None
        and _ride(stage, event, bodies[0], mount)
    ):
        bodies = [mount]
    in_file = len(bodies) > 1 and _in_file(stage, bodies[0])
    why = ""
    for number, actor in enumerate(bodies):
        if actor.extra.get("path") is not None or (actor.moving and actor.kind == "rigid"):
            if number == 0 and chased and "path" in actor.extra:
                _lead(actor, chased[0])
            continue
        moves = actor.entry.moves or ("flies" if flying else "walks")
        if verb is not None and verb.name in {"swim", "dive"} and actor.entry.moves == "swims":
            _under_water(stage, event)
        speed, why, kind = _speed(stage, event, None if "rider" in actor.extra else verb, actor, moves)
        actor.extra["path"] = {
            "speed": speed, "sign": direction_of(stage, event), "moves": moves, "flying": flying or moves in FLYING_HEIGHT, "event": event,
            "begin": start_x(stage, event), "end": target_x(stage, event), "from": source_actor(stage, event),
            "to": goal_actor(stage, event), "past": _passed(stage, actor), "incline": _incline(stage, event, actor),
            "leader": bodies[0], **_place_in_group(actor, number, in_file=in_file, flying=flying or moves in FLYING_HEIGHT),
        }  # fmt: skip
        if verb is not None and verb.name == "swim" and moves != "swims" and actor.kind == "figure":
            actor.extra["path"].update(_at_the_surface(stage, actor))
        if EACH_OTHER & set(event.manner):
            actor.extra["path"].update(_toward_other(stage, event, actor, number))
        if "v²/(gL)" in why:
            actor.extra["path"]["why"] = why
        elif _lopes(stage, actor, moves, speed):
            why = stage.say(
                f"{speed:g} m/s is faster than a walk can be here (v²/(gL) = 0.5, Kram et al. 1997): it lopes, leap after ballistic leap",
                f"{speed:g} 米/秒超过此处步行的上限（v²/(gL) = 0.5，Kram 等 1997）：以抛物线式跳跃前进",
            )
            actor.extra["path"].update(lopes=True, why=why)
        actor.moving, actor.status = True, "actuated"
        actor.gait = {"walks": "walk", "hops": "hop", "flies": "fly", "flutters": "flutter", "swims": "swim"}.get(moves)
        if flying and actor.kind == "figure" and moves in FLYING_HEIGHT:
            actor.posture = "fly"
        if verb is not None and verb.name in RUNNING and actor.gait == "walk":
            actor.gait = "run"
        if number == 0 and chased and chased[0].kind in {"figure", "rigid"}:
            _lead(actor, chased[0])
        stage.note(f"drivers.{actor.name}_path", kind, why, event.span)
        stage.goal("moves", event, body=actor.name, distance=round(max(0.2, 0.5 * actor.size), 3))
    return Handled("actuated", why if "v²/(gL)" in why else actuated(stage))


def _mount(stage: Stage, event: Event, riders: list[Actor]) -> Actor | None:
    """What is ridden: the patient, or what the rider is on."""
    named = stage.of(event.patient)
    named += [a for r in stage.relations("on", subject=riders[0].entity.id) for a in stage.of(r.object)]
    return next((a for a in named if a not in riders and a is not stage.ground and a.kind in {"rigid", "figure"}), None)


def _ride(stage: Stage, event: Event, rider: Actor, mount: Actor) -> bool:
    """Seat the rider on what carries it; both follow one path."""
    if rider.kind != "figure" or mount.extra.get("path") is not None:
        return False
    rider.extra["rides"], mount.extra["rider"] = mount, rider
    rider.support = mount  # so that the layout keeps them together
    flat = mount.kind == "rigid" and mount.radius * 2 < 0.3
    rider.posture, rider.status = ("balance" if flat else "sit"), "actuated"
    if mount.kind == "rigid":
        mount.fixed = False
    stage.goal("moves", event, body=rider.name, distance=round(max(0.2, 0.5 * rider.size), 3))
    return True


def _at_the_surface(stage: Stage, actor: Actor) -> dict[str, float]:
    """Birds sit on the water, four legs swim with the back awash, people lie in it; the ground point and the tilt follow."""
    lake = stage.ground is not None and stage.ground.material == "water"
    if lake:  # the ground is the water's surface: the view is not under it
        stage.environment.pop("medium", None)
        if stage.look.get("style") == "underwater":
            stage.look.pop("style")
    elif stage.environment.get("medium") == "water":
        return {}
    from planner.motion.water import water_depth

    level, tall = 0.0 if lake else water_depth(stage), float(actor.extra["height"])
    if actor.extra.get("species") == "person":
        return {"level": round(level - 0.26 * tall, 4), "tilt": 1.45}
    return {"level": round(level - (0.3 if actor.entry.species == "bird" else 0.62) * tall, 4)}


def _toward_other(stage: Stage, event: Event, actor: Actor, number: int) -> dict[str, Any]:
    """Two come toward each other: every second one from the other side, all about one place."""
    alike = [e for e in stage.frame.events if EACH_OTHER & set(e.manner) and e.verb == event.verb]
    others = [a for e in alike[: alike.index(event)] for a in stage.of(e.agent)]
    leader = others[0] if others else stage.of(event.agent)[0]
    sign = 1.0 if (len(others) + number) % 2 == 0 else -1.0
    return {"toward_other": True, "sign": sign, "leader": leader, "lane": -0.02 * number, "file": 0.0}


def _in_file(stage: Stage, actor: Actor) -> bool:
    if {"in_a_row", "in_a_line", "in_line"} & set(actor.entity.attributes):
        return True
    places = [stage.entity(o) for r in stage.relations("in", "on", subject=actor.entity.id) for o in ids_of(r.object)]
    return any(place is not None and place.head in FILES for place in places)


def _place_in_group(actor: Actor, number: int, *, in_file: bool, flying: bool) -> dict[str, float]:
    """One behind the other in a queue; side by side on the ground; birds in a wedge."""
    if in_file:
        return {"lane": 0.0, "file": number * (0.6 * float(actor.extra.get("height", actor.size)) + actor.half_x)}
    if flying:
        rank, side = (number + 1) // 2, (1 if number % 2 else -1)
        wide = max(1.8 * actor.size, 0.3)
        return {
            "lane": side * rank * wide,
            "file": 1.1 * rank * wide,
            "layer": 0.35 * wide * ((2 * number) % 3 - 1) if number else 0.0,
        }
    return {"lane": -number * (0.5 * actor.size + 0.3), "file": 0.6 * actor.size * (number % 2)}


def _under_water(stage: Stage, event: Event) -> None:
    """Fish swim in water: the whole view is under water unless the text puts it in a vessel."""
    if "medium" not in stage.environment and not any(a.inside for a in stage.actors.values()):
        stage.environment["medium"] = "water"
        stage.look["style"] = "underwater"
        stage.note("environment.medium", "assumed", "it swims: water all around", event.span)


def _speed(stage: Stage, event: Event, verb: Verb | None, actor: Actor, moves: str) -> tuple[float, str, str]:
    stated = stated_speed(stage, event)
    if stated is not None:
        return max(stated, 1e-3), f"{stated:g} m/s is stated", "stated"
    known = verb.default("speed", level="normal") if verb is not None and actor.entry.moves in {None, "walks"} else None
    own = actor.entry.speed
    base = known.typical if known is not None else own.value if own is not None else SPEEDS.get(moves, 1.4)
    source = known.source if known is not None else own.source if own is not None else f"usual for what {moves}"
    speed = round(base * speed_factor(event), 4)
    gravity = gravity_of(stage)
    if actor.extra.get("species") == "person" and moves == "walks" and (verb is None or verb.name not in RUNNING):
        limit = walking_limit(float(actor.extra["height"]), gravity)
        if speed > 0.95 * limit and gravity < 0.9 * GRAVITY:
            slow = round(0.95 * limit, 3)
            return (
                slow,
                stage.say(
                    f"{slow:g} m/s: walking ends at v²/(gL) = 0.5 (Kram et al. 1997), {limit:.2f} m/s at {gravity:g} m/s²",
                    f"{slow:g} 米/秒：步行上限为 v²/(gL) = 0.5（Kram 等 1997），在 {gravity:g} 米/秒² 时为 {limit:.2f} 米/秒",
                ),
                "known",
            )
    return speed, f"{base:g} m/s: {source}", "known"


def _lopes(stage: Stage, actor: Actor, moves: str, speed: float) -> bool:
    """Whether a person goes too fast to walk under a weak gravity."""
    gravity = gravity_of(stage)
    person = actor.extra.get("species") == "person" and moves == "walks"
    return person and gravity < 0.5 * GRAVITY and speed > walking_limit(float(actor.extra["height"]), gravity)


def _passed(stage: Stage, actor: Actor) -> Actor | None:
    relation = next(
        iter(stage.relations("past", "in_front_of", "above", "over", "across", subject=actor.entity.id)), None
    )
    return stage.one(relation.object) if relation is not None else None


def _incline(stage: Stage, event: Event, actor: Actor) -> Actor | None:
    candidates = [source_actor(stage, event), goal_actor(stage, event)]
    candidates += [stage.one(r.object) for r in stage.relations(subject=actor.entity.id)]
    for place in (event.source_place, event.goal_place):
        for entity_id in ids_of(place):
            candidates += [stage.one(r.object) for r in stage.relations("part_of", subject=entity_id)]
    found = next((c for c in candidates if c is not None and isinstance(c.shape, Hill | Ramp)), None)
    return found if found is not None else implied_hill(stage, event)


def _lead(chaser: Actor, chased: Actor) -> None:
    """The chased keeps ahead on the same path, in its own way of moving."""
    path = dict(chaser.extra["path"])
    moves = chased.entry.moves or "walks"
    gap = 0.8 * chaser.size + 0.8 * chased.size + 0.3
    path.update(moves=moves, flying=moves in FLYING_HEIGHT, ahead=gap)
    chased.extra["path"] = path
    chased.moving, chased.status = True, "actuated"
    chased.gait = {"flutters": "flutter", "flies": "fly", "hops": "hop"}.get(moves, "run")


def approach_to(stage: Stage, event: Event, figure: Actor, target: Actor) -> None:
    """Walk up to a target and touch it."""
    speed, why, kind = _speed(stage, event, None, figure, figure.entry.moves or "walks")
    figure.extra["path"] = {
        "speed": speed,
        "sign": 1.0,
        "moves": figure.entry.moves or "walks",
        "flying": False,
        "event": event,
        "into": target,
        "lane": 0.0,
    }
    figure.moving, figure.gait = True, "walk"
    stage.note(f"drivers.{figure.name}_path", kind, why, event.span)


def jump(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A declared push-off, then a ballistic flight: over a thing, onto it, off it, or up where it stands, as the text has it."""
    movers = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind in {"figure", "rigid"}]
    if not movers:
        return Handled("refused", stage.say("who jumps is not named", "没有说明谁跳"))
    for actor in movers:
        if "path" in actor.extra and actor.kind == "figure":
            continue
        over, onto = _jumped(stage, event, actor)
        if verb.name == "hop" and actor.entry.moves == "hops" and over is None and onto is None:
            locomote_path(stage, event, flying=False, verb=None, only=actor)
            continue
        found = stage.quantity(event, "height")
        tall = float(actor.extra.get("height", actor.size))
        springy = actor.support is not None and actor.support.entity.head in {"trampoline", "bed", "mattress"}
        rise = found[0] if found else 0.3 * tall * (1.6 if {"high", "up_high"} & set(event.manner) else 1.0)
        if springy and not found:
            rise = 0.45 * tall
        if not found:
            rise *= GRAVITY / gravity_of(stage)  # the same push-off
        actor.extra["jump"] = {
            "rise": rise, "stride": 0.4 * tall if verb.name == "hop" else 0.0, "count": event.count or (3 if springy or verb.name == "hop" else 2),
            "event": event, "over": over, "onto": onto, "sign": direction_of(stage, event),
            "off": bool({"off", "down", "from"} & set(event.manner)) or (source_actor(stage, event) is not None and actor.support is not None),
            "why": stage.say("pushes off by itself (declared); in the air a parabola under gravity", "自行起跳（声明）；空中为重力下的抛物线"),
        }  # fmt: skip
        if over is not None:
            stage.unplace(actor)
        actor.moving, actor.status, actor.gait = True, "actuated", "jump"
        stage.note(
            f"drivers.{actor.name}_jump",
            "stated" if found else "assumed",
            f"rises {rise:.2f} m; ballistic once off the ground",
            event.span,
        )
        stage.goal("moves", event, body=actor.name, distance=round(0.5 * rise, 3))
        if over is not None:
            stage.goal("passes", event, body=actor.name, other=over.name)
    return Handled(
        "actuated", stage.say("the push-off is declared, the flight is ballistic", "起跳由驱动器给定，空中为抛体运动")
    )


def _jumped(stage: Stage, event: Event, actor: Actor) -> tuple[Actor | None, Actor | None]:
    """What is jumped over, and what is jumped onto."""

    def body(reference: Any) -> Actor | None:
        found = next((a for a in stage.of(reference) if a is not actor and a is not stage.ground), None)
        return found if found is not None and found.kind in {"rigid", "figure"} and found.size < 20 else None

    over = next(
        (b for r in stage.relations("over", "across", "past", subject=actor.entity.id) if (b := body(r.object))), None
    )
    if over is None and ({"over", "across"} & set(event.manner)):
        over = body(event.patient) or body(event.goal_place)
    onto = next(
        (
            b
            for r in stage.relations("on", "at_top_of", subject=actor.entity.id)
            if r.phase == "final" and (b := body(r.object))
        ),
        None,
    )
    if onto is None and over is None:
        onto = body(event.goal_place)
    if onto is None and over is None and actor.entity.id in ids_of(event.agent):
        over = body(event.patient)  # "the horse jumps a fence"
    return over, (onto if onto is not actor.support else None)


def slip(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Loses its footing while walking: down on the back, and a slide as long as friction lets it."""
    figures = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind == "figure"]
    if not figures:
        from planner.motion.travelling import slide

        return slide(stage, event, verb)
    if (sliding := slide_down(stage, event, verb, figures)) is not None:
        return sliding
    for figure in figures:
        _walking(stage, event, figure)
        figure.extra["slips"] = event
        fall_when_hit(stage, event, figure, None)
    return Handled(
        "actuated",
        stage.say(
            "the slip is declared (a figure's balance is not solved); the fall and the slide are solved as a jointed body",
            "滑倒的起始由驱动器给定（平衡未求解）；倒下与滑行作为关节刚体求解",
        ),
    )


def _walking(stage: Stage, event: Event, figure: Actor) -> None:
    """Whoever slips or trips was on the way."""
    if "path" not in figure.extra and "jump" not in figure.extra:
        locomote_path(stage, event, flying=False, verb=None, only=figure)
        _drop_goals(stage, figure, "moves")


def fall_over(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A figure goes to the ground, declared; started by the contact that the text names before it, or in its own time."""
    figures = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind == "figure"]
    if not figures:
        from planner.motion.travelling import topple

        return topple(stage, event, verb)
    for figure in figures:
        if verb.name in TRIPPING:
            _walking(stage, event, figure)
            figure.extra["trips"] = True
        fall_when_hit(stage, event, figure, _hitter(stage, figure))
    return Handled("actuated", _why_fall(stage))


def _why_fall(stage: Stage) -> str:
    return stage.say(
        "the loss of balance is declared, started by the event before it; the fall is solved as a jointed body",
        "失去平衡由驱动器给定，由之前的事件触发；倒下作为关节刚体求解",
    )


def _hitter(stage: Stage, figure: Actor) -> Actor | None:
    """Who hits the figure, when the text asks for a hit."""
    hits = (goal for goal in stage.goals.values() if goal["type"] == "hits" and figure.name in (goal["a"], goal["b"]))
    goal = next(hits, None)
    return None if goal is None else stage.actors[goal["a"] if goal["b"] == figure.name else goal["b"]]


def stagger(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Unsteady steps, declared; nobody falls unless the text says so."""
    figures = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind == "figure"]
    if not figures:
        from planner.motion.travelling import topple

        return topple(stage, event, verb)
    for figure in figures:
        if verb.name in TRIPPING:
            _walking(stage, event, figure)
        figure.extra.setdefault("staggers", {"event": event, "hitter": _hitter(stage, figure)})
        figure.status = "actuated"
        on_its_way = "path" in figure.extra or figure.extra["staggers"]["hitter"] is not None
        if (
            "falls" not in figure.extra and not on_its_way
        ):  # a way that was already asked for says nothing of these steps
            stage.goal("moves", event, body=figure.name, distance=round(0.3 * float(figure.extra["height"]), 3))
    return Handled(
        "actuated", stage.say("staggering is declared, balance is not solved", "踉跄由驱动器给定，平衡未求解")
    )


def fall_when_hit(stage: Stage, event: Event, figure: Actor, hitter: Actor | None) -> None:
    """Mark a figure to fall: at the contact with `hitter`, else in its own time. Asked once."""
    if "falls" in figure.extra:
        return
    figure.extra["falls"] = {"event": event, "hitter": hitter}
    figure.status = "actuated"
    stage.goal("topples", event, bodies=(figure.name,))
