"""Down the stairs: what rolls or falls down them starts on the top step, and from there the steps and the laws decide."""

from __future__ import annotations

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import Handled, stated_speed
from planner.stage import Actor, Stage, ids_of
from scenes.shapes import Stairs

__all__ = ["down_stairs", "finish_stairs", "stairs_of"]

DOWN = {"release", "roll", "topple", "fall_over", "bounce", "slip", "slide", "place", "stagger"}
PUSH = 0.9  # [m/s] over the edge of the top step: assumed
LANDING = 0.55  # [s] of the push-off of a figure that loses its balance
STEP = 0.3  # [s] for each step
LEAN = 0.6  # [rad] at which it is let go


def stairs_of(stage: Stage, event: Event, verb: Verb) -> Actor | None:
    """The stairs that an event leads down, None where it does not."""
    if verb.physics not in DOWN or event.negated:
        return None
    movers = ids_of(event.agent) + ids_of(event.patient)
    named = stage.of(event.patient) + stage.of(event.goal_place) + stage.of(event.source_place)
    named += [a for i in movers for r in stage.relations(subject=i) for a in stage.of(r.object)]
    flight = next((a for a in named if isinstance(a.shape, Stairs)), None)
    movable = [
        a for a in stage.of(event.agent) + stage.of(event.patient) if a is not flight and a.kind in {"rigid", "figure"}
    ]
    return flight if flight is not None and any(a.kind == "figure" or a.movable for a in movable) else None


def down_stairs(stage: Stage, event: Event, flight: Actor) -> Handled:
    """Rigid bodies go over the edge of the top step; a figure loses its balance there (declared) and tumbles as a jointed body."""
    figures = 0
    for actor in stage.of(event.agent) + stage.of(event.patient):
        if (
            actor is flight
            or actor is stage.ground
            or "down_stairs" in actor.extra
            or (actor.kind == "rigid" and not actor.movable)
        ):
            continue
        stage.unplace(actor)
        stage.constraints = [c for c in stage.constraints if c.a is not actor]
        actor.extra["down_stairs"] = (flight, stated_speed(stage, event) or PUSH)
        actor.moving = True
        if actor.kind == "figure":
            figures += 1
            actor.status = "actuated"
            stage.goal("topples", event, bodies=(actor.name,))
        else:
            stage.goal("moves", event, body=actor.name, distance=round(0.4 * flight.size, 3))
    flight.fixed = True
    if not figures:
        return Handled("solved")
    why = stage.say(
        "the loss of balance on the top step is declared; the fall down the steps is solved as a jointed body",
        "在最高一级失去平衡由驱动器给定；滚下台阶作为关节刚体求解",
    )
    return Handled("actuated", why)


def finish_stairs(stage: Stage) -> None:
    """After the layout: put them on the top step, on their way down (+x)."""
    for number, actor in enumerate([a for a in stage.actors.values() if "down_stairs" in a.extra]):
        flight, speed = actor.extra["down_stairs"]
        assert isinstance(flight.shape, Stairs)
        if stage.duration is None:
            stage.duration = round(min(1.5 + STEP * flight.shape.steps, 8.0), 2)
            stage.note("duration", "assumed", "until the foot of the stairs is reached")
        low, high = flight.bounds()
        top = float(flight.position[2] + high[2])
        edge = float(flight.position[0] + low[0]) + flight.shape.run
        y = float(flight.position[1]) + 0.3 * number
        if actor.kind == "figure":
            tall = float(actor.extra["height"])
            begin = edge - 0.35 * flight.shape.run
            actor.position[:] = (begin, y, top + tall / 2)
            actor.heading = 0.0
            keys = []
            for k in range(7):
                share = k / 6
                place = [round(begin + 0.12 * tall * share**2, 4), round(y, 4), round(top, 4)]
                keys.append(
                    {
                        "time": round(LANDING * share, 4),
                        "position": place,
                        "heading": 0.0,
                        "tilt": round(LEAN * share**2, 4),
                    }
                )
            stage.drivers[f"{actor.name}_falls"] = {
                "type": "path", "body": actor.name, "start": 0.4, "gait": "fall", "interpolation": "smooth", "keys": keys, "release": True,
                "why": stage.say("loses its balance on the top step (declared), then let go", "在最高一级失去平衡（声明），随后放开"),
            }  # fmt: skip
            continue
        bottom = float(actor.bounds()[0][2])
        actor.position[:] = (edge - 0.5 * flight.shape.run, y, top - bottom + 0.001)
        actor.velocity[:] = (speed, 0.0, 0.0)
        actor.support, actor.in_air = None, True
        if actor.round:
            actor.spin[:] = (0.0, speed / max(actor.radius, 1e-3), 0.0)
