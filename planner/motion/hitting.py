"""Collisions that the text asks for: who runs into whom, and what topples."""

from __future__ import annotations

import math

import numpy as np

from planner.endings import bound_of, said_all
from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    Handled,
    direction_of,
    face_the_motion,
    level_of,
    sets_in_motion,
    speed_factor,
    stated_speed,
)
from planner.sizing import scaled
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.primitives import placed_bounds
from scenes.shapes import Hill, Ramp, Stairs

__all__ = ["knock_over", "strike"]

APPROACH = {"gentle": 0.8, "normal": 2.0, "hard": 4.0}  # [m/s] of an unstated approach along the ground
FLAT_MANNERS = {"left_to_right", "right_to_left", "from_left", "from_right", "left", "right"}


def strike(stage: Stage, event: Event, verb: Verb) -> Handled:
    """The agent gets to the patient; a contact is the asked outcome. Two of one kind run into each other."""
    agents, patients = stage.of(event.agent), stage.of(event.patient)
    if _reciprocal(event, agents, patients):
        return _collide_each_other(stage, event, agents if len(agents) >= 2 else agents + patients)
    if not agents:
        from planner.motion.travelling import push

        return push(stage, event, verb)
    if not patients:
        patients = stage.of(event.goal_place)
    agent = agents[0]
    if not patients:
        if stage.ground is not None and agent.moving:
            stage.goal("hits", event, a=agent.name, b=stage.ground.name)
            return Handled("solved")
        return Handled("refused", stage.say("what is hit is not named", "没有说明撞到什么"))
    patient = next((p for p in patients if p is not agent), patients[0])
    if patient.kind not in {"rigid", "figure"} or agent.kind not in {"rigid", "figure"}:
        return Handled(
            "imagined", stage.say("one of the two has no body to touch", "其中一方没有可接触的实体"), "imagined"
        )
    table = stage.one(event.goal_place)
    if (
        table is not None
        and table is not patient
        and patient.movable
        and patient.support is None
        and table.entity.role == "support"
    ):
        patient.support = table  # "hits an apple on a table"
    if patient is stage.ground and agent.movable and not agent.moving:
        from planner.motion.falling import put_in_air

        put_in_air(stage, event, agent, verb)  # what is to hit the ground comes down on it
    for one in agents:
        if one.kind == "rigid" and one is not patient:
            stage.goal("hits", event, a=one.name, b=patient.name)
    face_the_motion(patient)
    if agent.kind == "figure":
        from planner.motion.acting import acts_on

        if (handled := acts_on(stage, event, verb, agent, patient)) is not None:
            return handled
    if agent.kind == "figure" and patient.movable and (patient.size < 0.6 * agent.size or event.goal_place):
        return _struck_by_hand(stage, event, verb, agent, patient)
    if agent.kind == "figure":
        from planner.motion.living import approach_to

        approach_to(stage, event, agent, patient)
        stage.goal("hits", event, a=agent.name, b=patient.name)
        return Handled("actuated", stage.say("the figure's path is declared", "人物的路径由驱动器给定"))
    if agent.moving:
        _into_the_way(stage, event, agent, patient)
    elif agent.movable:
        _send_towards(stage, event, agent, patient)
    return Handled("solved")


def _struck_by_hand(stage: Stage, event: Event, verb: Verb, agent: Actor, patient: Actor) -> Handled:
    """A kick or a stroke of a figure is the speed that the thing leaves with; where it goes is solved."""
    stage.goals = {
        n: g
        for n, g in stage.goals.items()
        if not (g["type"] == "hits" and {g["a"], g["b"]} == {agent.name, patient.name})
    }
    known = verb.default("speed", level=level_of(event))
    stated = stated_speed(stage, event)
    speed = stated if stated is not None else known.typical if known is not None else APPROACH[level_of(event)] * 2
    sign = direction_of(stage, event)
    sets_in_motion(patient, (sign * speed, 0.0, 0.25 * speed if patient.round else 0.0))
    stage.constrain("offset", patient, 0, sign * (agent.half_x + patient.half_x + 0.05), agent)
    stage.constrain("offset", patient, 1, 0.0, agent)
    why = known.source if known is not None and stated is None else stage.words(event.span)
    stage.note(
        f"bodies.{patient.name}.linear_velocity",
        "stated" if stated is not None else "known",
        f"{speed:g} m/s: {why}",
        event.span,
    )
    goal = stage.one(event.goal_place)
    if goal is not None and goal is not stage.ground and goal is not patient:
        distance = min(4.0, max(2.0, 0.3 * speed))
        stage.constrain("offset", goal, 0, sign * (distance + goal.half_x), patient, text=stage.words(event.span))
        stage.constrain("offset", goal, 1, 0.0, patient)
        stage.goal("reaches", event, body=patient.name, other=goal.name, tolerance=round(0.1 + goal.half_x, 3))
    else:
        stage.goal("moves", event, body=patient.name, distance=round(max(0.1, patient.size), 3))
    return Handled(
        "actuated",
        stage.say("the stroke is a starting velocity; what follows is solved", "击打以初速度表示，其后由物理求解"),
    )


def knock_over(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A strike after which the patient must have fallen; the speed of an unstated approach may be searched."""
    patients = [actor for actor in stage.of(event.patient) if actor.kind == "rigid"]
    figures = [actor for actor in stage.of(event.patient) if actor.kind == "figure"]
    agents = [a for a in stage.of(event.agent) if a not in patients]
    if not patients and figures:
        handled = strike(stage, event, verb)
        from planner.motion.living import fall_when_hit

        for figure in figures:
            fall_when_hit(stage, event, figure, agents[0] if agents else None)
        return Handled(
            "actuated",
            handled.why
            or stage.say("the figure's fall is declared, started by the contact", "人物倒下由驱动器给定，由接触触发"),
        )
    if not patients:
        return Handled("refused", stage.say("what is knocked over is not named", "没有说明撞倒什么"))
    for patient in patients:
        patient.fixed = False
    if not agents:
        from planner.motion.travelling import topple

        return topple(stage, event, verb)
    agent = agents[0]
    was_moving = agent.moving
    handled = strike(stage, event, verb)
    stage.goals = {
        name: goal
        for name, goal in stage.goals.items()
        if not (goal["type"] == "hits" and goal.get("b") in {p.name for p in patients[1:]})
    }
    needed, most = _how_many(stage, event, patients)
    if agent.kind == "rigid" and agent.moving and patients[0].entry.key == "bowling pin":
        _bowl(stage, event, agent)
    stage.goal(
        "topples",
        event,
        bodies=tuple(actor.name for actor in patients),
        at_least=needed,
        negated=most or None,
        by_body=agent.name if agent.kind == "rigid" and not most else None,
    )
    path = f"bodies.{agent.name}.linear_velocity.0"
    assumed = stage.provenance.get(f"bodies.{agent.name}.linear_velocity", {}).get("source") == "assumed"
    if (
        agent.kind == "rigid"
        and (not was_moving or (not agent.in_air and assumed))
        and agent.moving
        and stated_speed(stage, event) is None
        and path not in stage.free
    ):
        sign = 1.0 if agent.velocity[0] >= 0 else -1.0
        stage.search(path, sign * 0.5, sign * 8.0, "the speed that the text leaves open: a slow roll to a hard throw")
    return handled


BOWLED = 7.0  # [m/s] at the pins: USBC 2018 Equipment Specifications report, 16 to 18 mph at release less the lane's friction


def _bowl(stage: Stage, event: Event, agent: Actor) -> None:
    """A bowling ball of no stated speed comes as fast as one is bowled."""
    path = f"bodies.{agent.name}.linear_velocity"
    if agent.in_air or stage.provenance.get(path, {}).get("source") == "stated":
        return
    sign = 1.0 if agent.velocity[0] >= 0 else -1.0
    sets_in_motion(agent, (sign * BOWLED, 0.0, 0.0), rolling=agent.round)
    stage.note(path, "known", f"{BOWLED:g} m/s: the usual speed of a bowled ball", event.span)
    stage.search(f"{path}.0", sign * 4.0, sign * 10.0, "how fast it is bowled is left open")
    stage.search(f"{path}.1", -0.3, 0.3, "which pin it meets first is left open")


def _how_many(stage: Stage, event: Event, patients: list[Actor]) -> tuple[int, bool]:
    """How many must fall, and whether that many must not: all of them where the text says all, half of them where it says nothing."""
    if event.count is None:
        entities = [e for i in ids_of(event.patient) if (e := stage.entity(i)) is not None]
        numbers = [e.count for e in entities if e.count is not None and e.count > 1]
        if numbers:
            return min(sum(numbers), len(patients)), False
        every = any(said_all(stage, e) for e in entities)
        return (len(patients) if every else max(1, math.ceil(len(patients) / 2))), False
    bound = bound_of(event)
    if bound in {"at_most", "fewer_than"}:
        return event.count + (bound == "at_most"), True
    return event.count + (bound == "more_than"), False


def _reciprocal(event: Event, agents: list[Actor], patients: list[Actor]) -> bool:
    same = bool(ids_of(event.agent)) and set(ids_of(event.agent)) == set(ids_of(event.patient))
    several = len(agents) >= 2 and not patients
    return (same and len(agents) >= 2) or several


def _keeps_speed(stage: Stage, actor: Actor, other: Actor, speed: float, run: float) -> float:
    """The speed to start with so that an approach over `run` [m] still arrives with `speed` [m/s].

    What drives itself keeps its speed by its motor until the contact; what slides starts faster, v0^2 = v^2 + 2 mu g s.
    """
    if actor.entry.moves in {"drives", "rolls"}:
        event = f"{actor.name}_meets_{other.name}"
        stage.triggers[event] = {"type": "contact", "a": actor.name, "b": other.name}
        actor.extra["motor_until"] = event
        return speed
    if actor.round or stage.ground is None:
        return speed
    surface = actor.support.material if actor.support is not None else stage.ground.material
    friction = library().pair(actor.material, surface).friction.value
    return math.sqrt(speed**2 + 2 * friction * GRAVITY * run)


def approach_each_other(stage: Stage, event: Event, left: Actor, right: Actor) -> float:
    """Set two bodies going toward each other, each with the stated or an assumed speed at the meeting; the gap [m] between them."""
    speed = stated_speed(stage, event) or APPROACH[level_of(event)] * speed_factor(event)
    gap = max(1.2, 1.2 * (left.size + right.size))
    for one, other, sign in ((left, right, 1.0), (right, left, -1.0)):
        if one.movable and not one.moving:
            start = _keeps_speed(stage, one, other, speed, gap / 2)
            sets_in_motion(one, (sign * start, 0.0, 0.0), rolling=one.round)
            stage.note(
                f"bodies.{one.name}.linear_velocity",
                "stated" if stated_speed(stage, event) else "assumed",
                f"{speed:g} m/s towards {other.name}",
                event.span,
            )
        if one.kind == "rigid":
            one.extra["faces"] = sign
    stage.constrain("offset", left, 0, -(gap + left.half_x + right.half_x), right, text=stage.words(event.span))
    stage.constrain("offset", left, 1, 0.0, right)
    if left.kind != "figure" and right.kind != "figure":
        left.extra["frictionless_run"] = right.extra["frictionless_run"] = True
    return gap


def _collide_each_other(stage: Stage, event: Event, actors: list[Actor]) -> Handled:
    """Two bodies meet half-way."""
    left, right = actors[0], actors[1]
    figures = [a for a in (left, right) if a.kind == "figure"]
    if (
        event.goal_place
        and (place := stage.one(event.goal_place)) is not None
        and place.kind == "rigid"
        and place is not stage.ground
    ):
        left.support = right.support = place
    if not (left.moving and right.moving):  # else an earlier event has set them going
        approach_each_other(stage, event, left, right)
    if figures:
        from planner.motion.living import approach_to

        for figure in figures:
            approach_to(stage, event, figure, right if figure is left else left)
    stage.goal("hits", event, a=left.name, b=right.name)
    return Handled("actuated" if figures else "solved")


def _into_the_way(stage: Stage, event: Event, agent: Actor, patient: Actor) -> None:
    """The agent is already falling, rolling or flying: the patient stands where it comes by."""
    words = stage.words(event.span)
    if agent.in_air and not np.any(agent.velocity[:2]):
        if patient.kind == "figure" and "path" in patient.extra:
            patient.extra["meets"] = agent  # it comes by just then
            return
        if not any(c.a is agent and c.b is patient for c in stage.constraints):
            stage.constrain("offset", patient, 0, 0.0, agent, text=words)
            stage.constrain("offset", patient, 1, 0.0, agent)
        return
    if patient is stage.ground or patient.extra.get("aimed"):
        return
    if "path" in agent.extra:
        base = next(
            (
                a
                for a in stage.actors.values()
                if patient.extra.get("group") and a.extra.get("group") == patient.extra["group"]
            ),
            patient,
        )
        stage.constrain("at", base, 0, 0.0, text=words)
        stage.constrain("offset", base, 1, 0.0, agent)
        if agent.kind == "rigid":  # driven until it meets what it hits, solved from then on
            event_name = f"{agent.name}_meets_{patient.name}"
            stage.triggers[event_name] = {"type": "contact", "a": agent.name, "b": patient.name}
            agent.extra["path_until"] = event_name
        return
    sign = 1.0 if agent.velocity[0] >= 0 else -1.0
    distance = max(1.0, 3 * agent.size)
    if agent.in_air:
        height = agent.clearance
        flight = (agent.velocity[2] + math.sqrt(agent.velocity[2] ** 2 + 2 * GRAVITY * max(height, 0.01))) / GRAVITY
        distance = 0.8 * abs(agent.velocity[0]) * flight
    on_slope = agent.support is not None and isinstance(agent.support.shape, Ramp | Hill | Stairs)
    if on_slope and agent.support is not None and not any({c.a, c.b} == {agent, patient} for c in stage.constraints):
        foot = float(agent.support.bounds()[1][0])
        gap = 0.35 + agent.size if agent.round else 0.02  # what slides stops soon after the foot
        stage.constrain("offset", patient, 0, foot + gap + patient.half_x, agent.support, text=words)
        stage.constrain("offset", patient, 1, 0.0, agent.support)
        return
    if not agent.in_air and not agent.round and stated_speed(stage, event) is None:
        speed = float(np.hypot(*agent.velocity[:2]))
        agent.velocity[0] = sign * _keeps_speed(stage, agent, patient, speed, distance)
        why = f"fast enough to arrive at {patient.name} at {speed:g} m/s"
        stage.note(f"bodies.{agent.name}.linear_velocity", "assumed", why, event.span)
    if not any({c.a, c.b} == {agent, patient} for c in stage.constraints):
        stage.constrain("offset", patient, 0, sign * (distance + agent.half_x + patient.half_x), agent, text=words)
        stage.constrain("offset", patient, 1, 0.0, agent)
    if agent.support is not None and patient.support is None and patient.movable:
        patient.support = agent.support


def _toy_sized(stage: Stage, agent: Actor, patient: Actor) -> None:
    """A ball of which only "ball" is said is as big as what it plays with: a toy ball among toy blocks."""
    plain = agent.entry.key == "ball" and not (agent.entity.attributes or agent.entity.quantities or agent.entity.size)
    if plain and patient.size < 0.5 * agent.size and agent.shape is not None:
        factor = max(2.2 * patient.size / agent.size, 0.3)
        agent.shape = scaled(agent.shape, factor)
        agent.mass, agent.wall = None, None  # small balls for playing with blocks are solid
        stage.provenance.pop(f"bodies.{agent.name}.mass", None)
        stage.note(
            f"bodies.{agent.name}.shape",
            "assumed",
            f"a toy ball, in scale with the {patient.entity.head}",
            agent.entity.span,
        )


def _lane(agent: Actor, patient: Actor) -> float:
    """y [m] of the agent's part that can meet the patient: what passes between the wheels of a truck is met by a wheel."""
    if agent.shape is None:
        return 0.0
    low, high = patient.bounds()
    tall, half = float(high[2] - low[2]), float(high[1] - low[1]) / 2
    ground = float(agent.bounds()[0][2])
    parts = [placed_bounds(piece) for piece in agent.shape.pieces() if piece.solid]
    if any(part[0][2] - ground < 0.8 * tall and part[0][1] < half and part[1][1] > -half for part in parts):
        return 0.0
    lowest = min(parts, key=lambda part: (round(float(part[0][2]), 3), float(part[0][1])))
    return float(lowest[0][1] + lowest[1][1]) / 2


def _send_towards(stage: Stage, event: Event, agent: Actor, patient: Actor) -> None:
    """Along the ground towards the patient: round things roll, others slide."""
    sign = direction_of(stage, event)
    if not FLAT_MANNERS & set(event.manner):
        sign = -1.0 if stage.relations("right_of", subject=agent.entity.id) else 1.0
    _toy_sized(stage, agent, patient)
    stated = stated_speed(stage, event)
    speed = stated if stated is not None else APPROACH[level_of(event)] * speed_factor(event)
    tall = surface_of(patient.shape)[0] if patient.shape is not None else 1.0
    members = [
        a
        for a in stage.actors.values()
        if a.extra.get("group") == patient.extra.get("group") and patient.extra.get("group")
    ]
    if members and stated is None:
        speed = max(speed, 2.5)
        tall = max(tall * len(members), tall)
    distance = max(0.8, 3 * agent.size, 0.6 * min(tall, 2.0))
    if agent.entry.moves == "drives" and agent.entry.speed is not None:
        speed = stated if stated is not None else 0.6 * agent.entry.speed.value * speed_factor(event)
        distance = max(1.5 * agent.size, 0.8 * speed)
    agent.support = agent.support or patient.support
    base = members[0] if members else patient
    stage.constrain(
        "offset", agent, 0, -sign * (distance + agent.half_x + base.half_x), base, text=stage.words(event.span)
    )
    stage.constrain("offset", agent, 1, -_lane(agent, base), base)
    start = _keeps_speed(stage, agent, base, speed, distance) if stated is None else speed
    sets_in_motion(agent, (sign * start, 0.0, 0.0), rolling=agent.round)
    agent.extra["faces"] = sign
    how = "rolls" if agent.round else "drives" if "motor_until" in agent.extra else "slides"
    stage.note(
        f"bodies.{agent.name}.linear_velocity",
        "stated" if stated is not None else "assumed",
        f"{how} towards {base.name} at {speed:g} m/s",
        event.span,
    )
