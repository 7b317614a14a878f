"""From a Frame to a Scene: cast the entities, place them, let the events set them in motion, and write down where every value comes from."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from planner.advice import advise
from planner.camera import MOVES, VIEWS, about_the_camera, forecast, stated_camera, take_halo
from planner.cast import ROOMS, build_cast, fluid_material
from planner.endings import share_endings
from planner.finishing import finish_motion
from planner.frame import Frame
from planner.layout import solve_layout
from planner.lexicon import verb_of
from planner.lexicon.words import environment_cues
from planner.motion import Handled, handle
from planner.motion.agreeing import land_together, line_the_way, settle_dropped
from planner.motion.heating import add_burners, add_stands, finish_heat, heat_state
from planner.motion.living import build_paths
from planner.motion.water import water_depth
from planner.relations import apply_relations, arrange_groups
from planner.scenery import add_scenery, take_scenery_aside
from planner.stage import Actor, Stage
from planner.unsaid import (
    attributive_motion,
    imply_a_doer,
    lone_parts,
    nothing_named,
    open_waters,
    somebody_under_it,
    weather_falls,
    worlds,
)
from planner.video_prompt import negative_prompt, video_prompt
from scenes.errors import UserError
from scenes.scene import Scene

__all__ = ["compile_frame"]

UNDER_WATER = r"under ?water|under the (?:water|sea)|submerged|beneath the|sea ?floor|sea ?bed|deep sea|in (?:the )?(?:water|ocean|sea)\b|水下|水中|水里|水底|海底|海中|海里|湖底"
# Words that put the viewer under water too, and not only what happens.
SEEN_BELOW = r"under ?water|under the (?:water|sea)|sea ?floor|sea ?bed|deep sea|水下|水底|海底|湖底"
LUNAR, MARTIAN = {"moon", "lunar"}, {"mars"}
ASPECT, FOV = 832 / 480, 35.0
HEAT_SECONDS = 5.0


def compile_frame(frame: Frame) -> Scene:
    """The Scene of a frame. Raises UserError, with advice, when the text names no thing at all."""
    camera = stated_camera(frame.text, frame.lang)
    frame = about_the_camera(
        frame.model_copy(deep=True), camera.spans
    )  # the frame of the caller stays what the text says
    stage = Stage(frame)
    take_halo(stage)
    frame = stage.frame
    worlds(stage)
    weather_falls(stage)
    attributive_motion(stage)
    imply_a_doer(stage)
    lone_parts(stage)
    open_waters(stage)
    somebody_under_it(stage)
    share_endings(stage)
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
    land_together(stage)
    line_the_way(stage)
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
    settle_dropped(stage)
    finish_motion(stage)
    _view(stage)
    _elements(stage, handled)
    advise(stage)
    return _scene(stage)


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
        said_below = re.search(UNDER_WATER, stage.frame.text, re.IGNORECASE) is not None
        on_surface = (
            floats
            or (value == "water" and not said_below)
            or any(
                (v := verb_of(e.verb, "en")) is not None and v.physics in {"float", "sink"} for e in stage.frame.events
            )
        )
        if not on_surface:
            stage.environment["medium"] = "water"
            stage.look["style"] = "underwater"
        elif not floats and re.search(SEEN_BELOW, stage.frame.text, re.IGNORECASE):
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
    said = stated_camera(stage.frame.text, stage.frame.lang)
    for key, value in (("view", said.view), ("move", said.move), ("slow", said.slow)):
        if value is not None:
            stage.camera[key] = value
    if not stage.camera.get("keys") and stage.screen_width is None:
        _camera_forecast(stage)
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


def _camera_forecast(stage: Stage) -> None:
    """Say before the simulation where one fixed view would show a mover too small."""
    floor = float(stage.ground.position[2] + stage.ground.bounds()[1][2]) if stage.ground is not None else 0.0
    for actor in stage.actors.values():
        if actor is stage.ground or actor.kind not in {"rigid", "figure"} or not actor.moving:
            continue
        low, high = actor.bounds()
        fall = max(0.0, float(actor.position[2] + low[2]) - floor) if actor.in_air else 0.0
        speed = float(np.linalg.norm(actor.velocity[:2]))
        keys = [k["position"] for d in stage.drivers.values() if d.get("body") == actor.name for k in d.get("keys", ())]
        along = float(np.ptp(np.array(keys), axis=0).max()) if len(keys) > 1 else 2.0 * speed
        extent = sorted(float(v) for v in high - low)
        sentence = forecast(max(fall, along), (extent[1] * extent[2]) ** 0.5, actor.name, chinese=stage.chinese)
        if sentence is not None:
            stage.note("camera", "assumed", sentence)
            return


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
        body = {**common, "kind": "fluid", "position": place, "material": fluid_material(actor)}
        if "water_level" in stage.environment:
            body["level"] = stage.environment["water_level"]
        if "poured" in actor.extra:
            body |= {"poured": actor.extra["poured"], "material": actor.material}
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
