"""What surrounds the scene: gravity, medium, surface, weather, temperature, place, camera."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import Reading, Thing, reading_of

if TYPE_CHECKING:
    from spacy.tokens import Doc


__all__ = ["scene_environment"]


CUES: tuple[tuple[str, str, str], ...] = (
    (r"\bon the (?:surface of the )?moon\b|\blunar\b", "gravity", "moon"),
    (r"\bon mars\b|\bmartian\b", "gravity", "mars"),
    (r"\bon jupiter\b", "gravity", "jupiter"),
    (r"\b(?:zero[- ]g(?:ravity)?|weightless(?:ness)?|microgravity|no gravity|without gravity)\b", "gravity", "zero"),
    (r"\b(?:in|inside|aboard|on) (?:the|a|an) (?:international )?(space station|spacecraft|spaceship)\b", "gravity", "zero"),
    (r"\b(?:in|inside|aboard|on) (?:the|a|an) (?:international )?space station\b", "place", "space station"),
    (r"\b(?:in|through|into) (?:outer |deep )?space\b(?! station)", "gravity", "zero"),
    (r"\bunder ?water\b|\bsubmerged\b|\bbeneath the water\b", "medium", "water"),
    (r"\bvacuum\b(?! cleaner)", "medium", "vacuum"),
    (r"\b(?:in|through|into) (?:the )?(?:mid-?)?air\b|\bmid-?air\b", "medium", "air"),
    (r"\b(?:in|by|with|against) (?:the |a |an )?(?:\w+ )?(?:wind|breeze)\b|\bwindy\b", "weather", "wind"),
    (r"\b(?:in|through|under) (?:the |a )?(?:\w+ )?rain\b|\brainy\b|\brainstorm\b", "weather", "rain"),
    (r"\b(?:falling snow|snowing|snowfall|snowstorm|blizzard)\b", "weather", "snow"),
    (r"\b(?:in|on|through|into) (?:the )?snow\b", "surface", "snow"),
    (r"\b(?:wind|gusts?) (?:blow|push|lift|carr|knock|of wind)", "weather", "wind"),
    (r"\bit (?:is )?snow(?:s|ing)\b", "weather", "snow"),
    (r"\bit (?:is )?rain(?:s|ing)\b", "weather", "rain"),
    (r"^(?:\w+ )?(?:rain|raindrops?) (?:falls?|falling|pours?|pouring|drips?)\b|\b(?:the|a) (?:heavy |light )?rain (?:falls?|begins|starts|pours?)\b", "weather", "rain"),
    (r"^(?:\w+ )?snow(?:flakes?)? (?:falls?|falling|drifts?)\b", "weather", "snow"),
    (r"\bin (?:the |a )(?:\w+ )?(?:thunder)?storm\b|\bstormy\b", "weather", "storm"),
    (r"\bat night\b|\bmidnight\b|\bnighttime\b|\bin the dark of night\b", "time", "night"),
    (r"\b(?:at|in the|during) (?:sunset|dusk|twilight)\b", "time", "sunset"),
    (r"\bat (?:sunrise|dawn)\b", "time", "sunrise"),
    (r"\bfrozen (?:\w+ )?(?:lake|pond|river|sea|canal)\b|\bicy (?:road|ground|pond|lake|street|floor|surface|slope)\b", "surface", "ice"),
    (r"\b(?:by|in) (?:a|the|strong|sudden) (?:\w+ )?gusts?\b", "weather", "wind"),
    (r"\bfoggy\b|\bin (?:the |thick )?fog\b", "weather", "fog"),
    (r"\b(front|side|top|rear|back|bird's[- ]eye|aerial|overhead|close-?up) (?:view|shot)\b", "camera", r"\1 view"),
    (r"\b(?:static|fixed|stationary|still) (?:shot|camera)\b|\bcamera is (?:static|fixed|stationary)\b", "camera", "static"),
    (r"\bzoom(?:s|ing)? in\b", "camera", "zoom in"),
    (r"\bzoom(?:s|ing)? out\b", "camera", "zoom out"),
    (r"\bpan(?:s|ning)? (left|right)\b", "camera", r"pan \1"),
    (r"\btilt(?:s|ing)? (up|down)\b(?= )", "camera", r"tilt \1"),
    (r"\bslow[- ]motion\b", "camera", "slow motion"),
    (r"\btime-?lapse\b", "camera", "timelapse"),
)  # fmt: skip


WET_VERBS = frozenset(["float", "sink", "swim", "dive"])


def _add(reading: Reading, key: str, value: object) -> None:
    if {key: value} not in reading.environment:
        reading.environment.append({key: value})


def scene_environment(doc: Doc) -> Doc:
    """Component: cues of the text, then what the things say (a surface of ice, a cork on water)."""
    reading = reading_of(doc)
    for pattern, key, value in CUES:
        match = re.search(pattern, doc.text, re.IGNORECASE)
        if match is None or (key == "camera" and value.startswith("tilt") and "camera" not in doc.text.lower()):
            continue
        _add(reading, key, match.expand(value).lower().replace("close-up view", "close-up") if "\\" in value else value)
        for token in doc:
            if token.idx < match.end() and match.start() < token.idx + len(token):
                reading.used.add(token.i)
                for thing in list(reading.by_token.get(token.i, [])):
                    if (
                        thing.token == token.i
                        and key in ("gravity", "medium", "camera", "weather", "time")
                        and thing.head
                        in (
                            "moon",
                            "mars",
                            "vacuum",
                            "air",
                            "space",
                            "gravity",
                            "rain",
                            "snow",
                            "fog",
                            "wind",
                            "breeze",
                            "mid-air",
                            "midair",
                            "underwater",
                            "view",
                            "shot",
                            "jupiter",
                            "night",
                            "sunset",
                            "dusk",
                            "dawn",
                            "sunrise",
                        )
                    ):
                        if thing.head in ("rain", "snow", "fog", "wind", "breeze") and any(
                            thing in h.agent for h in reading.happenings
                        ):
                            continue
                        _forget(thing, reading)
    for thing in reading.things:
        if thing.head in w.SURFACE_GROUNDS and thing.role == "ground" and _in_contact(thing, reading):
            _add(reading, "surface", w.SURFACE_GROUNDS[thing.head])
    if not any("medium" in row for row in reading.environment) and _wet(reading):
        _add(reading, "medium", "water")
    return doc


def _forget(thing: Thing, reading: Reading) -> None:
    """A cue of the environment is no thing: drop it from every place where it stood."""
    if thing in reading.things:
        reading.things.remove(thing)
    for key in list(reading.by_token):
        reading.by_token[key] = [t for t in reading.by_token[key] if t is not thing]
    for happening in reading.happenings:
        for field in ("agent", "patient", "source", "goal", "instrument"):
            setattr(happening, field, [t for t in getattr(happening, field) if t is not thing])
    reading.links = [
        k for k in reading.links if thing not in k.subject and not (isinstance(k.object, list) and thing in k.object)
    ]


def _in_contact(thing: Thing, reading: Reading) -> bool:
    under = frozenset(["on", "across", "along", "through", "over", "into", "below"])
    return any(
        link.type in under and isinstance(link.object, list) and thing in link.object for link in reading.links
    ) or any(thing in h.goal for h in reading.happenings)


def _wet(reading: Reading) -> bool:
    """Whether a thing floats, sinks or lies in water."""

    def water(things: list[Thing] | str) -> bool:
        return isinstance(things, list) and any(t.material == "water" for t in things)

    for link in reading.links:
        if link.type in ("on", "in", "below") and water(link.object) and any(t.role != "fluid" for t in link.subject):
            return True
    for happening in reading.happenings:
        if happening.verb in ("sink", "float") and any(_watery([t]) for t in reading.things):
            return True
        if happening.verb in ("enter", "plunge", "dive") and water(happening.patient):
            return True
        if happening.verb in WET_VERBS and (
            water(happening.goal)
            or any(link.subject == happening.agent and _watery(link.object) for link in reading.links)
        ):
            return True
    return False


def _watery(things: list[Thing] | str) -> bool:
    return isinstance(things, list) and any(
        t.material == "water"
        or t.head in ("canal", "river", "lake", "pond", "sea", "ocean", "pool", "stream", "tank", "aquarium")
        for t in things
    )
