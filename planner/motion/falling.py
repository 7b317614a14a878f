"""Falls, bounces, coming to rest, breaking, being put down, staying: what gravity does to things that are let go."""

from __future__ import annotations

import math

from planner.endings import bound_of
from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    STOREY,
    Handled,
    floor_gap,
    goal_actor,
    level_of,
    movers_of,
    sets_in_motion,
    source_actor,
    stated_speed,
)
from planner.motion.landing import asks_landing, cluster, enters, free_restitution, opening_of
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.shapes import Balcony, House, Stairs, Tree

__all__ = ["bounce", "break_", "expected_drop", "let_go", "place", "put_in_air", "release", "stay"]

DEFAULT_DROP = 1.5  # [m] from about the height of a raised hand, for a fall that names no height
HIGH = {
    "sky": 10.0,
    "building": 10.0,
    "roof": 6.0,
    "cliff": 10.0,
    "window": 3.5,
    "bridge": 6.0,
    "tower": 10.0,
    "plane": 20.0,
    "airplane": 20.0,
}
EDGE_SOURCES = {
    "table",
    "shelf",
    "counter",
    "desk",
    "bench",
    "stool",
    "chair",
    "bed",
    "sofa",
    "cabinet",
    "ledge",
    "platform",
    "box",
    "windowsill",
}
WATERS = {"water", "sea", "ocean", "lake", "pond", "river", "pool"}
NUMBER_WORDS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}


def release(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Something falls or is dropped: it starts at rest at its height, unless it is already on its way."""
    movers = [actor for actor in movers_of(stage, event) if actor.movable]
    if not movers:
        figures = [a for a in movers_of(stage, event) if a.kind == "figure"]
        if figures:
            from planner.motion.living import fall_over

            return fall_over(stage, event, verb)
        if any(a.kind in {"fluid", "field", "cloth", "none"} for a in movers_of(stage, event)):
            return Handled(
                "imagined", stage.say("it has no body here: painted", "它在这里没有实体：由画面绘制"), "imagined"
            )
        return Handled("refused", stage.say("nothing that can fall is named", "没有说明是什么落下"))
    if _stands_and_topples(stage, event, movers):
        from planner.motion.travelling import topple

        return topple(stage, event, verb)
    from planner.motion.agreeing import dropped_in_flight

    flyer = next(
        (
            a
            for a in stage.of(event.agent)
            if a not in movers and a.kind == "figure" and a.entry.moves in {"flies", "flutters"}
        ),
        None,
    )
    for actor in movers:
        if not actor.moving and flyer is not None:
            dropped_in_flight(stage, event, actor, flyer)
        elif not actor.moving:
            put_in_air(stage, event, actor, verb)
        stage.goal("falls", event, body=actor.name, drop=expected_drop(actor))
        asks_landing(stage, event, actor, goal_actor(stage, event))
    return Handled("solved")


def _stands_and_topples(stage: Stage, event: Event, movers: list[Actor]) -> bool:
    """Dominoes that "fall one after another" tip over where they stand; nothing lifts them first."""
    arranged = len(movers) >= 2 and movers[0].extra.get("arrangement") in {"row", "stack", "rack"}
    nowhere = source_actor(stage, event) is None and stage.quantity(event, "height", "distance") is None
    return nowhere and arranged and not any(actor.in_air for actor in movers)


def expected_drop(actor: Actor) -> float:
    if (
        "drop" in actor.extra
    ):  # nearly all of it, so that the clip lasts until it lands; what may break ends at its last whole frame
        return round(max(0.002, (0.5 if actor.brittle else 0.85) * float(actor.extra["drop"])), 4)
    level = surface_of(actor.support.shape)[0] if actor.support is not None else 0.0
    return round(max(0.002, 0.5 * max(actor.clearance, level)), 4)


def put_in_air(stage: Stage, event: Event, actor: Actor, verb: Verb | None = None) -> None:
    """Place an actor where its fall begins: at a stated height, at its source, or at an assumed height."""
    path = f"bodies.{actor.name}.position"
    stated = stage.quantity(event, "height", "distance") or stage.quantity(actor.entity, "height_above_ground")
    source = source_actor(stage, event) or _initial_holder(stage, actor)
    target = goal_actor(stage, event)
    stage.unplace(actor)
    actor.in_air, actor.moving = True, True
    siblings = stage.by_entity.get(actor.entity.id, [actor])
    beside, depth, above = 0.0, 0.0, 0.0
    if len(siblings) > 1 and actor in siblings:
        beside = (siblings.index(actor) - (len(siblings) - 1) / 2) * 1.15 * actor.size
        gathered = (
            cluster(actor, siblings, target) if target is not None and enters(stage, event, actor, target) else None
        )
        beside, depth, above = gathered if gathered is not None else (beside, 0.0, 0.0)
    if (
        source is not None
        and source is not actor
        and source.kind == "rigid"
        and not stated
        and source is not stage.ground
    ):
        if _leaves_edge(stage, event, actor, source):
            if isinstance(source.shape, Tree) and target is not None and target.movable and target is not actor:
                siblings = stage.by_entity.get(actor.entity.id, [actor])
                middle = siblings[len(siblings) // 2]
                stage.constrain("offset", target, 0, 0.0, middle, text=stage.words(event.span))
                stage.constrain("offset", target, 1, 0.0, middle)
            return
    else:
        known = verb.default("height", level="normal") if verb is not None else None
        height, why, kind = (
            known.typical if known else DEFAULT_DROP,
            known.source if known else "no height is named",
            "assumed",
        )
        vessel = opening_of(target) if target is not None and enters(stage, event, actor, target) else None
        if stated:
            height, why, kind = stated[0], stage.words(stated[1].span), "stated"
        elif (entity := stage.entity(_source_id(event))) is not None:
            height, why = _height_of_place(entity.head, entity.attributes), f"assumed height of '{entity.head}'"
        elif {"high"} & set(event.manner):
            height, why = 5.0, "'high' read as 5 m"
        elif vessel is not None:
            height = round(min(height, 0.7 * vessel[0] + 0.5 * actor.size), 4)
            why = "from close above the rim, or it would jump out again"
        elif source is not None and source.kind == "figure":
            height, why = float(source.extra["height"]) * 0.7, "hand height"
            stage.constrain("offset", actor, 0, source.bounds()[1][0] + actor.size / 2 + 0.05, source)
            stage.constrain("offset", actor, 1, 0.0, source)
        actor.clearance = actor.extra["drop"] = height
        stage.note(path, kind, f"{why}: {height:g} m of clearance", stated[1].span if stated else event.span)
        if (
            source is not None
            and source.kind == "rigid"
            and stated
            and source is not stage.ground
            and not isinstance(source.shape, Tree)
        ):
            _beside(stage, actor, source)
    if _into_a_fluid(stage, event):
        from planner.motion.water import water_depth

        actor.extra["drop"] = actor.clearance  # above the surface; what floats stays there
        actor.clearance = round(actor.clearance + water_depth(stage), 4)
    if target is not None and target is not stage.ground and target is not source and target.kind != "fluid":
        stage.constrain("offset", actor, 0, beside, target, text=stage.words(event.span))
        stage.constrain("offset", actor, 1, depth, target)
        actor.clearance += _height_above_ground(target) + above
        if above or depth:
            actor.extra["drop"] = actor.extra.get("drop", actor.clearance)


def _into_a_fluid(stage: Stage, event: Event) -> bool:
    places = [stage.entity(i) for i in ids_of(event.goal_place)]
    return any(e is not None and (e.role == "fluid" or e.head in WATERS) for e in places)


def _source_id(event: Event) -> str | None:
    value = event.source_place
    return value[0] if isinstance(value, list) and value else value if isinstance(value, str) else None


def _height_of_place(head: str, attributes: list[str]) -> float:
    for word in attributes:
        number = NUMBER_WORDS.get(word.split("_")[0])
        if number is not None:
            return STOREY * max(1, number - 1)
    return HIGH.get(head, DEFAULT_DROP)


def _height_above_ground(target: Actor) -> float:
    if target.kind == "figure":
        return float(target.extra["height"])
    return surface_of(target.shape)[0] if target.shape is not None else 0.0


def _initial_holder(stage: Stage, actor: Actor) -> Actor | None:
    """What the thing hangs from, lies on or is in at the start."""
    for relation in stage.relations("hanging_from", "attached_to", "on", "in", subject=actor.entity.id):
        if relation.phase == "initial":
            holder = stage.one(relation.object)
            if holder is not None and holder is not actor:
                return holder
    return None


def _beside(stage: Stage, actor: Actor, source: Actor) -> None:
    """Just clear of the source's right edge, in the air."""
    reach = float(source.bounds()[1][0])
    stage.constrain("offset", actor, 0, reach + actor.size / 2 + 0.12, source)
    stage.constrain("offset", actor, 1, 0.0, source)
    actor.support = None


def _leaves_edge(stage: Stage, event: Event, actor: Actor, source: Actor) -> bool:
    """Start at a source with a body. True when the place is settled."""
    path = f"bodies.{actor.name}"
    shape = source.shape
    if isinstance(shape, Balcony):
        storeys = _height_of_place(source.entity.head, source.entity.attributes) if source.entity.attributes else STOREY
        source.shape = (
            shape.model_copy(update={"height": storeys}) if storeys != shape.height and storeys >= STOREY else shape
        )
        actor.clearance = source.shape.height if isinstance(source.shape, Balcony) else STOREY
        _beside(stage, actor, source)
        stage.note(
            f"{path}.position",
            "known",
            f"a balcony {actor.clearance:g} m above the ground; starts at rest just outside its railing",
            event.span,
        )
        return True
    if isinstance(shape, Tree):
        actor.clearance = shape.branch_height - 2 * floor_gap(actor) - 0.01
        _, low, high = surface_of(shape)
        turn, reach = (
            math.radians(-40),
            float(low[0] + high[0]) / 2,
        )  # the branch points to the viewer's right, clear of what passes the trunk
        source.orientation = (math.cos(turn / 2), 0.0, 0.0, math.sin(turn / 2))
        siblings = stage.by_entity.get(actor.entity.id, [actor])
        along = (
            reach + (siblings.index(actor) - (len(siblings) - 1) / 2) * 1.3 * actor.size if actor in siblings else reach
        )
        stage.constrain("offset", actor, 0, along * math.cos(turn), source)
        stage.constrain("offset", actor, 1, along * math.sin(turn), source)
        stage.note(
            f"{path}.position",
            "assumed",
            f"hangs under a branch {shape.branch_height:g} m above the ground",
            event.span,
        )
        return True
    if isinstance(shape, House) or source.size > 4:
        actor.clearance = float(source.bounds()[1][2] - source.bounds()[0][2]) * 0.8
        _beside(stage, actor, source)
        stage.note(f"{path}.position", "assumed", f"falls past the edge of the {source.entity.head}", event.span)
        return True
    _, low, high = surface_of(shape)
    actor.support, actor.in_air, actor.clearance = source, False, 0.0
    friction = library().pair(actor.material, source.material).friction.value
    reach = float(high[0] - low[0])
    overhang = min(0.12 + actor.size, reach / 2)
    offset = float(high[0]) - overhang
    stage.constrain("offset", actor, 0, offset, source)
    stage.constrain("offset", actor, 1, float(low[1] + high[1]) / 2, source)
    slide = overhang + actor.size
    speed = round(math.sqrt(2 * friction * GRAVITY * slide) + 0.35, 3)
    sets_in_motion(actor, (speed, 0.0, 0.0), rolling=actor.shape is not None and actor.shape.type == "sphere")
    stage.note(
        f"{path}.linear_velocity",
        "assumed",
        f"nudged over the edge at {speed} m/s: enough to slide {slide:.2f} m against a friction of {friction:g} (the text names no cause)",
        event.span,
    )
    return True


def let_go(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A hold ends. What hung or was held follows the laws; in water it rises or sinks."""
    for actor in movers_of(stage, event):
        if not actor.movable or actor.moving:
            continue
        if stage.environment.get("medium") == "water" or actor.extra.get("joint"):
            actor.moving = True
            continue
        put_in_air(stage, event, actor)
    return Handled("solved")


def bounce(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Asked outcome: counted bounces. A stated number frees the restitution of the pair within its honest range."""
    movers = [actor for actor in movers_of(stage, event) if actor.kind in {"rigid", "figure"} and not actor.fixed]
    rigid = [actor for actor in movers if actor.kind == "rigid"]
    if not rigid:
        if movers:
            from planner.motion.living import jump

            return jump(stage, event, verb)
        return Handled("refused", stage.say("nothing that can bounce is named", "没有说明是什么弹跳"))
    for actor in rigid:
        if (
            actor.moving
            and not actor.in_air
            and actor.support is None
            and actor.clearance < 0.01
            and event.count is None
        ):
            words = stage.words(event.span)  # off another body, not off the floor
            stage.goal("moves", None, asked=words, body=actor.name, distance=round(0.1 * actor.size, 4))
            continue
        surface = goal_actor(stage, event) or stage.ground
        if not actor.moving:
            _starts_bouncing(stage, event, actor)
        if event.count is None and surface is stage.ground:
            surface = None  # any surface will do
        count, at_least, most = _bounces_asked(event)
        stage.goal(
            "bounces",
            event,
            body=actor.name,
            count=count,
            at_least=at_least,
            negated=most or None,
            on=surface.name if surface is not None and surface.kind == "rigid" else None,
        )
        if event.count is not None and stage.ground is not None:
            other = surface if surface is not None and surface.kind == "rigid" else stage.ground
            free_restitution(stage, actor, other)
    return Handled("solved")


def _bounces_asked(event: Event) -> tuple[int, bool, bool]:
    """Number of bounces, whether more will do, and whether that must not happen ("at most twice": not three or more)."""
    if event.count is None:
        return 1, True, False
    match bound_of(event):
        case "at_least":
            return event.count, True, False
        case "more_than":
            return event.count + 1, True, False
        case "at_most":
            return event.count + 1, True, True
        case "fewer_than":
            return event.count, True, True
        case _:
            return event.count, False, False


def _starts_bouncing(stage: Stage, event: Event, actor: Actor) -> None:
    stairs = next((a for a in stage.actors.values() if isinstance(a.shape, Stairs)), None)
    if (
        stairs is not None
        and isinstance(stairs.shape, Stairs)
        and ("down" in event.manner or stage.relations("along", "down", subject=actor.entity.id))
    ):
        low = float(stairs.bounds()[0][0])
        actor.support, actor.clearance = stairs, 0.15
        stage.constrain("offset", actor, 0, low + stairs.shape.run * 0.5, stairs)
        stage.constrain("offset", actor, 1, 0.0, stairs)
        sets_in_motion(actor, (0.9, 0.0, 0.0), rolling=True)
        stage.note(f"bodies.{actor.name}.linear_velocity", "assumed", "pushed off the top step at 0.9 m/s", event.span)
        return
    put_in_air(stage, event, actor)


def stay(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Asked outcome: does not move; of what has moved before, that it is still from then on."""
    figures = 0
    for actor in movers_of(stage, event):
        if actor.kind == "rigid" and (actor.moving or actor.in_air or "path" in actor.extra):
            stage.goal("rests", event, body=actor.name)
        elif actor.kind == "rigid":
            stage.goal("stays_put", event, body=actor.name, tolerance=round(max(0.01, 0.05 * actor.size), 4))
        figures += actor.kind == "figure"
    return Handled("actuated" if figures else "solved")


def place(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Put down: released just above its support at nearly no speed; harder words, more speed."""
    drop = {"gentle": 0.002, "normal": 0.01, "hard": 0.15}[level_of(event)]
    for actor in movers_of(stage, event):
        if not actor.movable or actor.moving:
            continue
        target = goal_actor(stage, event)
        if target is not None and target is not actor and target.kind == "rigid":
            actor.support = target
            stage.constrain("within", actor, 0, 0.02, target)
            stage.constrain("within", actor, 1, 0.02, target)
        if event.order == 0:
            continue
        actor.clearance, actor.moving = drop, True
        speed = stated_speed(stage, event)
        actor.velocity[2] = -(
            speed if speed is not None else {"gentle": 0.02, "normal": 0.1, "hard": 1.5}[level_of(event)]
        )
        stage.note(
            f"bodies.{actor.name}.linear_velocity",
            "assumed",
            f"put down ({level_of(event)}): released {drop * 1000:g} mm above",
            event.span,
        )
        goal = target if target is not None and target.kind == "rigid" else stage.ground
        if stage.environment.get("water_level") is None:
            stage.goal("rests", event, body=actor.name, on=goal.name if goal is not None else None)
    return Handled("solved")


def break_(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Asked outcome: broken. A thing that nothing has set in motion is first dropped."""
    movers = [actor for actor in movers_of(stage, event) if actor.kind == "rigid"]
    if not movers:
        return Handled(
            "imagined", stage.say("what breaks has no rigid body here", "破碎的东西在这里没有刚体"), "imagined"
        )
    for actor in movers:
        others = [a for a in stage.of(event.agent) if a is not actor]
        struck = any(g["type"] == "hits" and actor.name in (g.get("a"), g.get("b")) for g in stage.goals.values())
        if not actor.moving and not struck and not any(other.moving for other in others):
            if others and others[0].movable:
                from planner.motion.fields import throw_at_pane
                from planner.motion.hitting import strike

                strike(stage, event, verb)
                throw_at_pane(stage, event, others[0], actor)
            else:
                put_in_air(stage, event, actor)
        actor.brittle = True
        pieces = stage.quantity(event, "pieces")
        stage.goal("breaks", event, body=actor.name, pieces=int(pieces[0]) if pieces and pieces[0] >= 2 else None)
    return Handled("solved")
