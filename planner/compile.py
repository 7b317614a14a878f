"""From a Frame to a Scene: cast the entities, place them, let the events set them in motion, and write down where every value comes from."""

from __future__ import annotations

import math
from typing import Any

from planner.advice import advise
from planner.cast import ROOMS, build_cast
from planner.frame import Entity, Event, Frame
from planner.layout import solve_layout, top_of
from planner.lexicon import verb_of
from planner.lexicon.words import camera_cues, environment_cues
from planner.motion import Handled, handle
from planner.motion.heating import add_burners, add_stands, finish_heat, heat_state
from planner.motion.living import build_paths
from planner.motion.water import water_depth
from planner.relations import apply_relations, arrange_groups
from planner.scenery import add_scenery, take_scenery_aside
from planner.stage import Actor, Stage, ids_of, quaternion_product
from planner.video_prompt import negative_prompt, video_prompt
from scenes.errors import UserError
from scenes.scene import Scene

__all__ = ["compile_frame"]

LUNAR, MARTIAN = {"moon", "lunar"}, {"mars"}
VIEWS = {
    "front view": "front", "side view": "side", "top view": "top", "close-up": "close_up", "macro": "close_up", "wide shot": "wide",
    "tracking": "tracking", "low angle": "low_angle", "aerial view": "bird_eye", "high angle": "three_quarter", "back view": "front",
}  # fmt: skip
MOVES = {
    "pan left": "pan_left",
    "pan right": "pan_right",
    "pan": "pan_right",
    "zoom in": "zoom_in",
    "zoom out": "zoom_out",
    "orbit": "orbit",
    "tracking": "track",
}
ASPECT, FOV = 832 / 480, 35.0
HEAT_SECONDS = 5.0


def compile_frame(frame: Frame) -> Scene:
    """The Scene of a frame. Raises UserError, with advice, when the text names no thing at all."""
    stage = Stage(frame.model_copy(deep=True))  # the frame of the caller stays what the text says
    frame = stage.frame
    _worlds(stage)
    _attributive_motion(stage)
    _imply_a_doer(stage)
    things = [e for e in frame.entities if not e.implied and (e.role not in {"region", "part"} or e.head in ROOMS)]
    if not things:
        raise UserError(nothing_named(stage))
    _surroundings(stage)
    build_cast(stage)
    take_scenery_aside(stage)
    arrange_groups(stage)
    apply_relations(stage)
    _ride_the_ground(stage)
    handled = _events(stage)
    heat_state(stage)
    if stage.thermal:
        finish_heat(stage)
        if not any(actor.moving for actor in stage.actors.values()):
            stage.duration = HEAT_SECONDS
            stage.note("duration", "assumed", f"{HEAT_SECONDS:g} s of playback for the heat")
    solve_layout(stage)
    add_scenery(stage)
    add_stands(stage)
    add_burners(stage)
    build_paths(stage)
    _glides(stage)
    _motors(stage)
    _delays(stage)
    _pivots(stage)
    _view(stage)
    _elements(stage, handled)
    advise(stage)
    return _scene(stage)


WORLDS = {
    "moon": ("gravity", "moon"),
    "mars": ("gravity", "mars"),
    "vacuum": ("medium", "vacuum"),
    "space": ("gravity", "zero"),
}
MOVING_ADJECTIVES = {
    "passing": "pass_by",
    "running": "run",
    "walking": "walk",
    "hopping": "hop",
    "flying": "fly",
    "swimming": "swim",
}


def _worlds(stage: Stage) -> None:
    """The moon as a place, or a vacuum as a thing, is where it happens and no body."""
    for entity in list(stage.frame.entities):
        cue = WORLDS.get(entity.head)
        named = entity.head == "vacuum" or (entity.role in {"region", "ground", "support"} and not entity.implied)
        acts = any(entity.id in [*ids_of(e.agent), *ids_of(e.patient)] for e in stage.frame.events)
        if cue is None or not named or acts:
            continue
        if not any(cue[0] in item for item in stage.frame.environment):
            stage.frame.environment.append({cue[0]: cue[1]})
        if entity.head == "vacuum":
            stage.frame.entities.remove(entity)
            stage.frame.relations = [
                r for r in stage.frame.relations if entity.id not in [*ids_of(r.subject), *ids_of(r.object)]
            ]


def _attributive_motion(stage: Stage) -> None:
    """ "A passing rabbit" passes: said as an adjective, it is an event all the same."""
    for entity in stage.frame.entities:
        for word in entity.attributes:
            verb = MOVING_ADJECTIVES.get(word)
            if (
                verb
                and entity.role == "character"
                and not any(entity.id in ids_of(e.agent) for e in stage.frame.events)
            ):
                stage.frame.events.insert(
                    0, Event(verb=verb, agent=entity.id, order=1, inferred=True, span=entity.span)
                )


def _impossible(stage: Stage) -> bool:
    """Whether the text asks for what breaks a law outright."""
    verbs = [verb for event in stage.frame.events if (verb := verb_of(event.verb, "en")) is not None]
    wish = any(
        word in stage.frame.text.lower()
        for word in ("反重力", "anti-gravity", "antigravity", "永动", "perpetual motion")
    )
    return wish or any(verb.physics == "impossible" for verb in verbs)


def _imply_a_doer(stage: Stage) -> None:
    """ "Walks on the moon" names nobody: somebody walks. Said as an assumption."""
    if _impossible(stage):
        return
    if any(
        not e.implied and e.role in {"object", "character", "container", "support", "tool"}
        for e in stage.frame.entities
    ):
        return
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if verb is None or event.agent or event.patient or verb.physics not in {"locomote", "jump", "slip", "stagger"}:
            continue
        in_space = any(item.get("gravity") in {"moon", "mars", "zero"} for item in stage.frame.environment)
        head = "astronaut" if in_space else "person"
        event.agent = "implied_doer"
        stage.frame.entities.append(
            Entity(
                id="implied_doer", head=head, role="character", mention=stage.say(head, "宇航员" if in_space else "人")
            )
        )
        stage.advise(
            f"Nobody is named who does it: {'an astronaut' if in_space else 'a person'} is assumed.",
            f"没有说明是谁：假设为{'宇航员' if in_space else '人'}。",
        )
        return


def nothing_named(stage: Stage) -> str:
    """One sentence of advice for a text without a thing; an impossible wish is called that."""
    if _impossible(stage):
        return stage.say(
            f"“{stage.frame.text[:60]}” breaks the law of gravity, and names nobody who does it: ask for a jump on the moon, a push or a stated path, "
            "for example “an astronaut jumps on the moon”.",
            f"“{stage.frame.text[:60]}”违反重力定律，也没有说明是谁：可以改为月球上的跳跃、推动或指定路径，例如“宇航员在月球上跳跃”。",
        )
    return stage.say(
        f"No thing is named in “{stage.frame.text[:60]}”: say what moves and how, for example “a red ball rolls to the right and stops”.",
        f"“{stage.frame.text[:60]}”里没有说明是什么物体：请说明什么东西怎样运动，例如“红色的球向右滚动后停下”。",
    )


def _surroundings(stage: Stage) -> None:
    """Gravity, medium, wind, temperature and time of day from the frame's environment."""
    numbers = {(cue.key, cue.value): cue.number for lang in ("en", "zh") for cue in environment_cues(lang).values()}  # type: ignore[arg-type]
    for item in stage.frame.environment:
        for key, value in item.items():
            number = numbers.get((key, str(value)))
            if key == "gravity":
                gravity = number if number is not None else float(value) if isinstance(value, int | float) else None
                if gravity is not None:
                    stage.environment["gravity"] = gravity
                    stage.note("environment.gravity", "stated", f"{value}: {gravity:g} m/s²")
                if value in LUNAR:
                    stage.environment["medium"] = "vacuum"
                    stage.look["style"] = "lunar"
                elif value in MARTIAN:
                    stage.environment.update(medium="air", medium_density=0.020)
                    stage.look["style"] = "mars"
                elif value == "zero":
                    stage.look["style"] = "space" if "station" not in str(stage.frame.environment) else "indoor"
            elif key == "medium":
                _medium(stage, str(value), number)
            elif key == "weather":
                stage.environment["weather"] = str(value)
                if number:
                    stage.environment["wind"] = (number, 0.0, 0.0)
                    stage.note("environment.wind", "assumed", f"{value} read as {number:g} m/s from the left")
                if value in {"rain", "fog", "cloudy", "snow", "storm"}:
                    stage.look.setdefault("style", "overcast")
            elif key == "time":
                stage.environment["time_of_day"] = str(value)
                stage.look.setdefault(
                    "style", {"night": "night", "sunset": "sunset", "sunrise": "sunset"}.get(str(value), "daylight")
                )
            elif key == "temperature":
                degrees = number if number is not None else float(value) if isinstance(value, int | float) else None
                if degrees is not None:
                    stage.environment["temperature"] = degrees
            elif key == "place":
                stage.environment["place"] = str(value)
                if value in {"indoor", "kitchen", "laboratory", "gym", "warehouse", "space station"}:
                    stage.look.setdefault("style", "indoor")


def _medium(stage: Stage, value: str, number: float | None) -> None:
    if value == "vacuum":
        stage.environment["medium"] = "vacuum"
        stage.note("environment.medium", "stated", "vacuum")
        return
    if value in {"water", "liquid", "oil", "honey"}:
        floats = any(
            r.type == "on"
            and any(
                (e := stage.entity(o)) is not None and e.role == "fluid"
                for o in ([r.object] if isinstance(r.object, str) else r.object)
            )
            for r in stage.frame.relations
        )
        on_surface = floats or any(
            (v := verb_of(e.verb, "en")) is not None and v.physics in {"float", "sink"} for e in stage.frame.events
        )
        if not on_surface:
            stage.environment["medium"] = "water"
            stage.look["style"] = "underwater"
        if number and value != "water":
            stage.environment["medium_density"] = number
        stage.note("environment.medium", "stated", value)


def _ride_the_ground(stage: Stage) -> None:
    """What the text puts in water stands in water even before anything happens to it."""
    if (
        any(item.get("medium") == "water" for item in stage.frame.environment)
        and stage.environment.get("medium") != "water"
    ):
        water_depth(stage)


def _events(stage: Stage) -> list[Handled]:
    """Each event in its order; states first, so that supports are known when things start to move."""
    order = sorted(range(len(stage.frame.events)), key=lambda i: (stage.frame.events[i].order, i))
    handled: dict[int, Handled] = {}
    for i in order:
        handled[i] = handle(stage, stage.frame.events[i])
    return [handled[i] for i in range(len(stage.frame.events))]


def _motors(stage: Stage) -> None:
    """What drives itself keeps its speed until it meets what it runs into; it faces the way it goes."""
    for actor in stage.actors.values():
        if actor.extra.get("faces", 1.0) < 0 and actor.kind == "rigid" and not actor.round:
            actor.orientation = quaternion_product((0.0, 0.0, 0.0, 1.0), actor.orientation)
        if "path_until" in actor.extra and f"{actor.name}_path" in stage.drivers:
            stage.drivers[f"{actor.name}_path"]["stop"] = actor.extra["path_until"]
        if "motor_until" in actor.extra:
            stage.drivers[f"{actor.name}_motor"] = {
                "type": "velocity", "body": actor.name, "linear": [round(float(v), 6) for v in actor.velocity], "hold": True,
                "stop": actor.extra["motor_until"], "why": stage.say("its motor keeps the speed until the contact", "发动机保持速度直到接触"),
            }  # fmt: skip
            actor.status = "actuated"
            actor.why = stage.say(
                "driven until the contact, solved afterwards", "接触前由驱动器保持速度，之后由物理求解"
            )


def _delays(stage: Stage) -> None:
    """A stated time is a cause: what falls is held until then, what is launched rests until then."""
    for event in stage.frame.events:
        if not event.at_time:
            continue
        for actor in stage.of(event.patient) or stage.of(event.agent):
            if (
                not (actor.movable and actor.moving)
                or f"{actor.name}_waits" in stage.drivers
                or actor.extra.get("delayed")
            ):
                continue
            actor.extra["delayed"] = True
            launched = bool(actor.velocity.any() or actor.spin.any())
            if actor.in_air or launched:
                stage.drivers[f"{actor.name}_waits"] = {
                    "type": "grip", "body": actor.name, "stop": event.at_time,
                    "why": stage.say(f"held until {event.at_time:g} s, as stated", f"按文字所述保持到 {event.at_time:g} 秒"),
                }  # fmt: skip
            if launched:
                stage.drivers[f"{actor.name}_starts"] = {
                    "type": "velocity", "body": actor.name, "start": event.at_time,
                    "linear": [round(float(v), 6) for v in actor.velocity], "angular": [round(float(v), 6) for v in actor.spin],
                    "why": stage.say("its stated start", "文字所述的开始时刻"),
                }  # fmt: skip
                actor.velocity, actor.spin = actor.velocity * 0, actor.spin * 0
                stage.free = {k: f for k, f in stage.free.items() if not k.startswith(f"bodies.{actor.name}.")}


def _glides(stage: Stage) -> None:
    """A glide that ends on something higher has no physical cause in the text: a declared path, said so."""
    for actor in stage.actors.values():
        if "glide_to" not in actor.extra:
            continue
        host = actor.extra["glide_to"]
        low = float(actor.bounds()[0][2])
        level = round(top_of(host, host.position[:2]) - low + 0.002, 4)
        begin, end = float(actor.position[0]), float(host.position[0])
        seconds = round(max(1.5, abs(end - begin) / 1.2), 3)
        actor.position[1:] = (host.position[1], level)
        actor.velocity, actor.status = actor.velocity * 0, "actuated"
        actor.why = stage.say(
            "a glide onto something higher has no cause in the text: a declared path",
            "滑上更高处在文字中没有物理原因：由声明的路径驱动",
        )
        stage.drivers[f"{actor.name}_path"] = {
            "type": "path", "body": actor.name, "interpolation": "smooth", "why": actor.why,
            "keys": [
                {"time": 0.0, "position": [begin, float(host.position[1]), level]},
                {"time": seconds, "position": [round(end, 4), float(host.position[1]), level]},
            ],
        }  # fmt: skip
        gone = {"rolls", "slides", "rests", "stops_at"}
        stage.goals = {k: g for k, g in stage.goals.items() if not (g.get("body") == actor.name and g["type"] in gone)}
        stage.free = {k: f for k, f in stage.free.items() if not k.startswith(f"bodies.{actor.name}.")}
        stage.goal(
            "reaches",
            None,
            asked=actor.extra["glide_words"],
            body=actor.name,
            position=(round(end, 4), None, None),
            tolerance=0.05,
        )


def _pivots(stage: Stage) -> None:
    for actor in stage.actors.values():
        if "pivot" in actor.extra:
            dx, z = actor.extra["pivot"]
            x, y = float(actor.position[0]), float(actor.position[1])
            actor.position[0] = round(x + dx, 4)
            stage.joints[f"{actor.name}_pivot"] = {
                "type": "hinge",
                "child": actor.name,
                "anchor": [round(x, 4), round(y, 4), round(z, 4)],
                "axis": [0, 1, 0],
            }


INDOOR_THINGS = {"table", "shelf", "desk", "sofa", "bed", "counter", "cabinet", "piano", "oven", "bathtub"}


def _view(stage: Stage) -> None:
    """Stated cameras; and where the text speaks of the screen, a front camera that shows just that width."""
    indoors = any(a.entity.head in INDOOR_THINGS for a in stage.actors.values()) or bool(stage.thermal)
    if (
        indoors
        and stage.environment.get("place") in {None, "indoor"}
        and stage.environment.get("medium", "air") == "air"
    ):
        stage.look.setdefault("style", "indoor")
    for item in stage.frame.environment:
        name = str(item.get("camera", ""))
        if name in VIEWS:
            stage.camera["view"] = VIEWS[name]
        if name in MOVES:
            stage.camera["move"] = MOVES[name]
        cue = next((c for lang in ("en", "zh") for c in camera_cues(lang).values() if c.name == name), None)  # type: ignore[arg-type]
        if cue is not None and cue.speed is not None and cue.speed < 1:
            stage.camera["slow"] = round(1 / cue.speed, 3)
    if stage.screen_width is not None and "view" not in stage.camera:
        width = stage.screen_width
        height = width / ASPECT
        distance = width / (2 * math.tan(math.radians(FOV / 2)) * ASPECT)
        tops = [
            float(a.position[2] + a.bounds()[1][2])
            for a in stage.actors.values()
            if a.kind in {"rigid", "figure"} and a is not stage.ground
        ]
        keys = [z for d in stage.drivers.values() for k in d.get("keys", ()) for z in [k["position"][2] + 0.5]]
        target = max(0.16 * height, min(max([*tops, *keys], default=0.0) - 0.42 * height, 0.45 * height))
        stage.camera["keys"] = [
            {
                "time": 0.0,
                "eye": [0.0, round(-distance, 3), round(target + 0.16 * distance, 3)],
                "target": [0.0, 0.0, round(target, 3)],
                "fov": FOV,
            }
        ]
        stage.note(
            "camera.keys",
            "assumed",
            f"the frame shows {width:g} m at the depth of the scene, so that places of the screen hold",
        )


def _elements(stage: Stage, handled: list[Handled]) -> None:
    """The status word of every entity and event."""
    elements: dict[str, dict[str, Any]] = {}
    for entity in stage.frame.entities:
        actors = stage.by_entity.get(entity.id, [])
        bodies = actors or stage.of(entity.id)
        if not bodies:
            status, why = (
                ("solved", stage.say("a place, read by the layout", "位置，由布局读取"))
                if entity.role in {"region", "part"}
                else ("imagined", "")
            )
            appearance = "solved" if entity.role in {"region", "part"} else "imagined"
        else:
            lead: Actor = bodies[0]
            status, appearance, why = lead.status, lead.appearance, lead.why
            if lead.kind in {"field", "none", "cloth"}:
                why = why or stage.say("no body here: only painted", "这里没有实体：仅由画面绘制")
        name = stage.free_name(bodies[0].name if actors else entity.head.replace(" ", "_"), elements)
        elements[name] = {
            "kind": "entity",
            "status": status,
            "appearance": appearance,
            "why": why,
            "text": entity.mention or stage.words(entity.span) or entity.head,
            "span": entity.span,
            "body": bodies[0].name if actors and bodies[0].kind in {"rigid", "figure"} else None,
        }
    for number, (event, result) in enumerate(zip(stage.frame.events, handled, strict=True)):
        elements[f"event_{number + 1}_{event.verb}"] = {
            "kind": "event", "status": result.status, "appearance": result.appearance, "why": result.why,
            "text": stage.words(event.span) or event.verb, "span": event.span,
        }  # fmt: skip
    for number, item in enumerate(stage.frame.environment):
        key, value = next(iter(item.items()))
        physical = key in {"gravity", "medium", "surface", "temperature"} or (
            key == "weather" and "wind" in stage.environment
        )
        elements[f"environment_{number + 1}_{key}"] = {
            "kind": "environment",
            "status": "solved" if physical else "imagined",
            "appearance": "imagined" if key in {"weather", "place"} else "solved",
            "text": f"{key}: {value}",
        }
    stage.elements = {**elements, **stage.elements}


def _scene(stage: Stage) -> Scene:
    bodies: dict[str, Any] = {}
    for name, actor in stage.actors.items():
        body = _body(stage, actor)
        if body is not None:
            bodies[name] = body
    drivers = {name: {k: v for k, v in driver.items() if v is not None} for name, driver in stage.drivers.items()}
    used = {driver.get("start") for driver in drivers.values()} | {driver.get("stop") for driver in drivers.values()}
    data: dict[str, Any] = {
        "schema": 1, "text": stage.frame.text, "language": stage.frame.lang, "duration": stage.duration,
        "environment": stage.environment, "bodies": bodies, "joints": stage.joints, "drivers": drivers,
        "events": {name: event for name, event in stage.triggers.items() if name in used},
        "goals": {name: goal for name, goal in stage.goals.items() if _goal_has_bodies(goal, bodies)},
        "free": {path: free for path, free in stage.free.items()}, "camera": stage.camera, "look": stage.look,
        "elements": stage.elements, "advice": stage.advice, "provenance": stage.provenance,
        "prompt": {"video": video_prompt(stage), "negative": negative_prompt(stage.frame.lang)},
    }  # fmt: skip
    if stage.thermal:
        data["thermal"] = stage.thermal
    return Scene.from_data({key: value for key, value in data.items() if value is not None}, name="of the text")


def _goal_has_bodies(goal: dict[str, Any], bodies: dict[str, Any]) -> bool:
    named = [goal.get(field) for field in ("body", "a", "b", "on", "other", "through", "by_body")] + list(
        goal.get("bodies", ())
    )
    return all(name in bodies for name in named if name is not None)


def _body(stage: Stage, actor: Actor) -> dict[str, Any] | None:
    """The scene's entry of an actor; None for what has no place in it."""
    common = {
        "label": actor.entity.mention or actor.entity.head,
        "status": actor.status,
        "appearance": actor.appearance,
    }
    if actor.color:
        common["color"] = actor.color
    place = [round(float(v), 5) for v in actor.position]
    if actor.kind == "figure":
        standing = [place[0], place[1], round(place[2] - float(actor.extra["height"]) / 2, 5)]
        body = {
            **common,
            "kind": "figure",
            "species": actor.extra["species"],
            "height": actor.extra["height"],
            "position": standing,
            "heading": round(actor.heading, 5),
            "posture": actor.posture,
        }
        if actor.mass is not None:
            body["mass"] = actor.mass
        if actor.gait:
            body["gait"] = actor.gait
        return body
    if actor.kind == "field":
        size = [round(float(v), 4) for v in actor.extra.get("extent", (0.3, 0.3, 0.3))]
        return {**common, "kind": "field", "field": actor.entity.head, "position": place, "extent": size}
    if actor.kind == "cloth":
        return {**common, "kind": "cloth", "position": place}
    if actor.kind == "fluid":
        body = {**common, "kind": "fluid", "position": place, "material": actor.entity.material or actor.entity.head}
        if "water_level" in stage.environment:
            body["level"] = stage.environment["water_level"]
        return body
    if actor.kind != "rigid" or actor.shape is None:
        return None
    body = {
        **common,
        "kind": "rigid",
        "shape": actor.shape.model_dump(mode="json", exclude_none=True),
        "material": actor.material,
        "position": place,
    }
    if actor.orientation != (1.0, 0.0, 0.0, 0.0):
        body["orientation"] = [round(v, 8) for v in actor.orientation]
    for key, value in (("mass", actor.mass), ("wall", actor.wall)):
        if value is not None:
            body[key] = value
    for key, flag in (("fixed", actor.fixed), ("brittle", actor.brittle)):
        if flag:
            body[key] = True
    if not actor.contact:
        body["contact"] = False
    for key, vector in (("linear_velocity", actor.velocity), ("angular_velocity", actor.spin)):
        if any(abs(float(v)) > 0 for v in vector):
            body[key] = [round(float(v), 6) for v in vector]
    return body
