"""Those who stay: seats, glances and held hands. A posture is declared (actuated); where the body is put follows from true sizes."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import Handled
from planner.motion.lanes import solid_boxes
from planner.stage import Actor, Stage, ids_of

__all__ = ["HIP", "POSTURE_VERBS", "holds_hands", "posture", "take_postures"]

LOOKS = {"look", "watch", "stare", "gaze", "face", "observe"}
SITS = {"sit"}
DRAWN = {"lie": "lie", "sleep": "lie", "kneel": "crouch", "crouch": "crouch", "squat": "crouch", "wave": "wave"}
POSTURE_VERBS = LOOKS | SITS | set(DRAWN)
HIP = 0.255  # of the height: the underside of the thighs of a seated figure above its feet
TO_VIEWER = -math.pi / 2


def holds_hands(stage: Stage, event: Event) -> bool:
    """Whether the event is two or more figures holding hands."""
    held = [stage.entity(i) for i in ids_of(event.patient)]
    hands = event.verb == "shake_hands" or any(e is not None and e.head == "hand" for e in held)
    return hands and len(_figures(stage, event)) >= 2


def _figures(stage: Stage, event: Event) -> list[Actor]:
    return [actor for actor in stage.of(event.agent) or stage.of(event.patient) if actor.kind == "figure"]


def posture(stage: Stage, event: Event, verb: Verb) -> Handled | None:
    """Put figures into the posture of the verb; None when nobody here can take it."""
    figures = _figures(stage, event)
    if not figures:
        return None
    if holds_hands(stage, event):
        for actor in figures:
            actor.posture, actor.status = "hold_hands", "actuated"
        shake = "shake" in event.verb and len(figures) == 2
        if "arrangement" not in figures[0].extra:
            _in_a_row(stage, figures, reach=0.2 if shake else 0.33)
        if shake:
            figures[0].heading, figures[1].heading = 0.0, math.pi  # face to face, the right hands
        return Handled(
            "actuated",
            stage.say("hands meet half-way between neighbours: a declared posture", "相邻者的手在中间相握：声明的姿态"),
        )
    if verb.name in LOOKS:
        target = _looked_at(stage, event, figures)
        if target is None:
            return None
        for actor in figures:
            actor.extra["looks_at"] = target
        return Handled("actuated", stage.say("turned toward it: a declared heading", "朝向目标：声明的朝向"))
    if verb.name in SITS:
        for actor in figures:
            host = actor.support if actor.support is not None else _seat(stage, event, actor)
            actor.posture, actor.extra["sits_on"] = "sit", host if host is not stage.ground else None
            if actor.support is None and host is not stage.ground:
                actor.support = host  # so that the layout does not push the two apart
        return Handled("actuated", stage.say("seated: a declared posture", "坐姿：由声明给定"))
    drawn = DRAWN.get(verb.name)
    if drawn is None:
        return None
    for actor in figures:
        actor.posture = drawn
    return Handled("actuated", stage.say("a declared posture", "声明的姿态"), "proxied")


def _looked_at(stage: Stage, event: Event, figures: list[Actor]) -> Actor | None:
    named = stage.of(event.patient) + stage.of(event.goal_place)
    for figure in figures:
        for relation in stage.relations("at", "toward", "facing", "near", subject=figure.entity.id):
            named += stage.of(relation.object)
    return next((a for a in named if a not in figures and a is not stage.ground and a.kind != "none"), None)


def _seat(stage: Stage, event: Event, actor: Actor) -> Actor | None:
    places = stage.of(event.goal_place) + stage.of(event.patient)
    places += [a for r in stage.relations("on", "in", subject=actor.entity.id) for a in stage.of(r.object)]
    return next((a for a in places if a is not actor and a.kind == "rigid"), None)


def _in_a_row(stage: Stage, figures: list[Actor], *, reach: float = 0.33) -> None:
    """Side by side, facing the viewer, an easy reach apart."""
    for one, other in pairwise(figures):
        apart = reach * (float(one.extra["height"]) + float(other.extra["height"]))
        stage.constrain("offset", other, 0, round(apart, 4), one)
        stage.constrain("offset", other, 1, 0.0, one)
    for actor in figures:
        actor.heading, actor.extra["group"] = TO_VIEWER, actor.extra.get("group") or "hand in hand"


def take_postures(stage: Stage) -> None:
    """After the layout: seat who sits, turn who looks, and let who only stands in a circle's middle face the viewer."""
    for actor in stage.actors.values():
        if actor.kind == "figure" and actor.entity.head == "astronaut":
            actor.extra["species"] = "astronaut"  # a person in a suit
        if actor.kind != "figure" or "path" in actor.extra:
            continue
        if "sits_on" in actor.extra:
            _sit(stage, actor, actor.extra["sits_on"])
        target: Actor | None = actor.extra.get("looks_at")
        if target is not None:
            away = target.position[:2] - actor.position[:2]
            if float(np.linalg.norm(away)) > 1e-6:
                actor.heading = math.atan2(float(away[1]), float(away[0]))
        elif actor.heading == 0.0 and _encircled(stage, actor):
            actor.heading = TO_VIEWER
            _look_into(stage, actor)


def _encircled(stage: Stage, actor: Actor) -> bool:
    ring = [a for a in stage.actors.values() if a.extra.get("arrangement") == "ring" and a is not actor]
    if len(ring) < 3 or "ring" in actor.extra:
        return False
    middle = np.mean([a.position[:2] for a in ring], axis=0)
    return float(np.linalg.norm(actor.position[:2] - middle)) < 0.3 * float(ring[0].extra.get("ring", (1.0, 0.0))[0])


def _look_into(stage: Stage, actor: Actor) -> None:
    """A camera from the front and above, that sees over those who stand around."""
    if stage.screen_width is not None or stage.camera:
        return
    radius = max(float(a.extra.get("ring", (1.0, 0.0))[0]) for a in stage.actors.values())
    far, (x, y) = 2.1 * (2 * radius + 1.2), (float(v) for v in actor.position[:2])
    eye = [round(x, 3), round(y - far * math.cos(0.55), 3), round(0.8 + far * math.sin(0.55), 3)]
    stage.camera["keys"] = [{"time": 0.0, "eye": eye, "target": [round(x, 3), round(y, 3), 0.75], "fov": 35.0}]
    stage.note("camera.keys", "assumed", "from above, so that those around do not hide the middle")


def _sit(stage: Stage, actor: Actor, seat: Actor | None) -> None:
    """Thighs on the seat, the back to the backrest, the feet at most on the ground."""
    tall = float(actor.extra["height"])
    if seat is None or seat.shape is None:
        actor.posture, actor.position[2] = "sit_floor", tall / 2
        actor.heading = actor.heading or TO_VIEWER + 0.7
        return
    boxes = solid_boxes(seat)
    flat = [(low, high) for low, high in boxes if high[2] - low[2] < 0.6 * min(high[0] - low[0], high[1] - low[1])]
    below = [box for box in flat if box[1][2] < 0.62 * tall + float(seat.position[2] + seat.bounds()[0][2])]
    low, high = max(below or boxes, key=lambda box: (box[1][0] - box[0][0]) * (box[1][1] - box[0][1]))
    level, middle = float(high[2]), (low[:2] + high[:2]) / 2
    backs = [(b[0] + b[1]) / 2 for b in boxes if b[1][2] > level + 0.12 * tall]
    lean = np.mean(backs, axis=0)[:2] - middle if backs else np.zeros(2)
    if float(np.linalg.norm(lean)) > 0.05:
        actor.heading = math.atan2(-float(lean[1]), -float(lean[0]))
    else:
        actor.heading = TO_VIEWER + 0.5
    forward = np.array([math.cos(actor.heading), math.sin(actor.heading)])
    depth = float(abs(forward[0]) * (high[0] - low[0]) + abs(forward[1]) * (high[1] - low[1]))
    actor.position[:2] = middle + forward * min(0.0, depth / 2 - 0.12 * tall)
    actor.position[2] = max(level - HIP * tall, -0.02) + tall / 2
    if seat.movable:
        seat.fixed = True
        seat.why = stage.say("held in place by who sits on it", "被坐着的人压住，固定不动")
        stage.note(f"bodies.{seat.name}.fixed", "assumed", "who sits on it keeps it in place")
