"""What follows from a text without being said in it: ground, falls after a release, relations of sources and goals, media."""

from __future__ import annotations

import re

from planner.chinese.ground import add_ground
from planner.chinese.scene import Happening, Stage, Thing

__all__ = ["complete"]

ENTERING = frozenset(["fall", "throw", "roll", "kick", "drop", "jump", "dive", "enter", "shoot", "fly"])
IN_THE_AIR = re.compile("(?<![太真天航])空中")
FLUID_BODIES = frozenset(["pond", "lake", "river", "sea", "pool", "puddle"])
SURFACES = {"ice": "ice", "sand": "sand", "snow": "snow", "grass": "grass", "mud": "mud"}


def complete(stage: Stage) -> None:
    """Adds all of it to `stage`."""
    _sources(stage)
    _goals(stage)
    _approaches(stage)
    for h in stage.happenings:
        if h.verb == "sway" and any(
            r.type == "hanging_from" and r.subject == m.id for m in h.mover for r in stage.relations
        ):
            h.verb = "swing"  # a lantern that 摇晃 is a pendulum
    for h in stage.happenings:
        several = len(h.patient) > 1 or any(t.entity.count != 1 for t in h.patient)
        if (
            h.verb in ("attract", "attach", "stick", "press", "tie")
            and "together" in h.manner
            and not h.agent
            and several
        ):
            h.agent = list(h.patient)  # 两块磁铁吸在一起
    _springs(stage)
    _overflow(stage)
    _falls_after_release(stage)
    _environment(stage)
    add_ground(stage)


def _sources(stage: Stage) -> None:
    for h in stage.happenings:
        if not h.source or not h.mover:
            continue
        for source in h.source:
            for mover in h.mover:
                if mover is source or h.source_kind in (
                    "left_of",
                    "right_of",
                    "behind",
                    "in_front_of",
                    "at_edge",
                    "near",
                    "next_to",
                ):
                    continue
                if mover.role in ("field",):
                    continue
                groups = [r.object for r in stage.relations if r.type == "part_of" and r.subject == mover.id]
                if any(r.subject in groups and r.object == source.id for r in stage.relations):
                    continue  # one of three cups on the table
                if any(r.subject == mover.id and r.object == source.id for r in stage.relations):
                    continue
                if h.source_kind == "above":
                    stage.relate("above", [mover], [source], tokens=h.tokens)
                elif (
                    source.role == "container"
                    or (mover.role == "fluid" and source.role == "object")
                    or h.source_kind == "in"
                ):
                    stage.relate("in", [mover], [source], tokens=h.tokens)
                elif source.head in ("rope", "hook", "branch_end", "string", "crane", "ceiling"):
                    stage.relate("hanging_from", [mover], [source], tokens=h.tokens)
                elif source.role in ("support", "ground", "object", "obstacle") and source.head not in (
                    "foot of the mountain",
                ):
                    stage.relate("on", [mover], [source], tokens=h.tokens)
        for source in h.source:
            ground = next((t for t in stage.things if t.role == "ground" and not t.entity.implied), None)
            if source.head in ("balcony", "roof", "cliff", "building", "windowsill") and ground is not None:
                stage.relate("above", [source], [ground])


def _goals(stage: Stage) -> None:
    for h in stage.happenings:
        if not h.goal or not h.mover or h.negated:
            continue
        goal = h.goal[0]
        if goal in h.mover:
            continue
        last = [
            o
            for o in stage.happenings
            if o.order > h.order and set(o.mover) & set(h.mover) and o.goal and o.goal[0].role != "region"
        ]
        if (
            h.goal_kind
            in (
                "left_of",
                "right_of",
                "in_front_of",
                "behind",
                "below",
                "above",
                "next_to",
                "near",
                "between",
                "outside",
                "in_middle_of",
            )
            and (goal.role != "region" or h.goal_kind in ("next_to", "in_front_of", "behind"))
            and not last
        ):
            if not any(
                r.subject == m.id
                and r.object == goal.id
                and (r.phase == "initial" and (h.order == 0 or r.type == h.goal_kind))
                for r in stage.relations
                for m in h.mover
            ):
                stage.relate(h.goal_kind, h.mover, h.goal, "final", h.tokens)
        elif (
            h.verb in ENTERING
            and h.goal_kind != "towards"
            and goal.role == "container"
            and (h.goal_kind in (None, "in") or goal.role == "container")
            and not last
        ):
            stage.relate("in", h.mover, h.goal, "final", h.tokens)
        elif (
            h.verb in ("jump", "fly", "climb", "perch")
            and goal.role in ("support", "ground", "object")
            and h.mover[0].role in ("character", "object")
            and not last
            and h.goal_kind in ("on", None)
        ) or (h.verb in ("lower", "put_down") and not last):
            stage.relate("on", h.mover, h.goal, "final", h.tokens)
        elif h.verb in ("place", "put") and not any(
            r.subject == m.id and r.object == goal.id for r in stage.relations for m in h.mover
        ):
            stage.relate(
                "in"
                if h.goal_kind == "in"
                or (goal.role == "fluid" and h.goal_kind != "on")
                or (goal.role == "container" and h.goal_kind != "on")
                else "on",
                h.mover,
                h.goal,
                "initial",
                h.tokens,
            )
    for h in stage.happenings:
        if h.verb == "cover" and h.agent and h.patient:
            stage.relate("on", h.agent, h.patient, "final", h.tokens)


def _approaches(stage: Stage) -> None:
    """从后方靠近: what comes from behind is behind."""
    sides = {
        "from_behind": "behind",
        "from_left": "left_of",
        "from_the_left": "left_of",
        "from_right": "right_of",
        "from_the_right": "right_of",
        "from_front": "in_front_of",
        "from_above": "above",
    }
    for h in stage.happenings:
        if h.verb in ("approach", "chase", "hit", "pass_by", "catch_up") and h.agent and h.patient:
            for manner in h.manner:
                if manner in sides:
                    stage.relate(sides[manner], h.agent, h.patient, tokens=h.tokens)


def _springs(stage: Stage) -> None:
    for h in stage.happenings:
        if (
            h.verb == "launch"
            and h.agent
            and h.patient
            and h.agent[0].head in ("spring", "trampoline", "slingshot", "cannon")
        ):
            stage.relate("touching", h.patient, h.agent, tokens=h.tokens)
        if h.verb == "conduct" and h.agent and h.agent[0].role == "field":
            body = next((t for t in stage.things if t.role in ("object", "support", "container")), None)
            if body is not None and not any(
                r.type in ("along", "across") and r.subject == h.agent[0].id for r in stage.relations
            ):
                stage.relate("along", h.agent, [body], "during", h.tokens)


def _overflow(stage: Stage) -> None:
    for h in stage.happenings:
        if h.verb in ("overflow", "spill", "leak") and h.agent and h.agent[0].role == "fluid" and not h.source:
            filled = next((o.patient[0] for o in reversed(stage.happenings) if o.verb == "fill" and o.patient), None)
            if filled is not None:
                h.source = [filled]


def _falls_after_release(stage: Stage) -> None:
    for h in list(stage.happenings):
        if (
            h.verb not in ("release", "let_go")
            or not h.patient
            or h.patient[0].role not in ("object", "container", "character")
        ):
            continue
        moved = h.patient[0]
        if moved.head in ("spring", "rope") or any(
            o is not h and o.order >= h.order and (moved in o.mover or moved in o.agent) for o in stage.happenings
        ):
            continue
        if any(r.subject == moved.id and r.type in ("on", "in") for r in stage.relations):
            continue
        for later in stage.happenings:
            if later.order > h.order:
                later.order += 1
        stage.happenings.append(Happening("fall", agent=[moved], order=h.order + 1, inferred=True))


ANYWHERE = {"失重": ("gravity", "zero"), "零重力": ("gravity", "zero"), "无重力": ("gravity", "zero"), "微重力": ("gravity", "zero"), "没有重力": ("gravity", "zero"), "真空": ("medium", "vacuum"), "下雨": ("weather", "rain"), "下雪": ("weather", "snow"), "晚上": ("time", "night"), "夜晚": ("time", "night"), "深夜": ("time", "night"), "夜里": ("time", "night"), "夜空": ("time", "night"), "黄昏": ("time", "sunset"), "傍晚": ("time", "sunset"), "日落": ("time", "sunset"), "清晨": ("time", "sunrise"), "黎明": ("time", "sunrise"), "日出": ("time", "sunrise"), "早晨": ("time", "sunrise")}  # fmt: skip


def _environment(stage: Stage) -> None:
    for words, (key, value) in ANYWHERE.items():
        at = stage.plain.find(words)
        if at >= 0:
            stage.set_environment(**{key: value})
            stage.used |= {i for i, (start, end) in enumerate(stage.offsets) if start < at + len(words) and end > at}
    if any("in_midair" in h.manner for h in stage.happenings) or IN_THE_AIR.search(stage.plain):
        stage.set_environment(medium="air")
    for thing in stage.things:
        for head, surface in SURFACES.items():
            held = any(r.subject == thing.id and r.type == "in" for r in stage.relations)
            if thing.role == "ground" and not held and (thing.head == head or thing.entity.material == head):
                stage.set_environment(surface=surface)
        if thing.head == "wind":
            stage.set_environment(weather="wind")
    by_id = {t.id: t for t in stage.things}
    for relation in stage.relations:
        objects = relation.object if isinstance(relation.object, list) else [relation.object]
        subject = by_id.get(relation.subject) if isinstance(relation.subject, str) else None
        for name in objects:
            landmark = by_id.get(name)
            if (
                landmark is not None
                and subject is not None
                and subject.role not in ("fluid", "region")
                and relation.type in ("in", "on", "inside")
                and _is_water(landmark, stage)
            ):
                stage.set_environment(medium="water")
    for h in stage.happenings:
        if h.mover and h.mover[0].role not in ("fluid", "field"):
            for goal in h.goal:
                if _is_water(goal, stage) and not any("medium" in e for e in stage.environment):
                    stage.set_environment(medium="water")


def _is_water(thing: Thing, stage: Stage) -> bool:
    if thing.head == "water" or thing.head in FLUID_BODIES:
        return True
    if thing.head in ("surface", "bottom") and thing.role == "region":
        return True
    return (
        thing.role == "container"
        and thing.content is not None
        and thing.content.head == "water"
        and thing.head in ("bowl", "bucket", "tank", "basin", "bathtub", "pool", "sink")
    )
