"""What surrounds the scene: gravity, medium, surface, weather, temperature, place, camera. And measures find their owners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import Happening, Measure, Reading, Thing, reading_of
from planner.english.tree import ancestors, base

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_environment", "scene_measures"]

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
WET_VERBS = frozenset("float sink swim dive".split())


def _add(reading: Reading, key: str, value: object) -> None:
    if {key: value} not in reading.environment:
        reading.environment.append({key: value})


def scene_environment(doc: Doc) -> Doc:
    """Component: cues of the text, then what the things say (a surface of ice, a cork on water)."""
    reading = reading_of(doc)
    for pattern, key, value in CUES:
        match = re.search(pattern, doc.text, re.IGNORECASE)
        if match is None or key == "camera" and value.startswith("tilt") and "camera" not in doc.text.lower():
            continue
        _add(reading, key, match.expand(value).lower().replace("close-up view", "close-up") if "\\" in value else value)
        for token in doc:
            if token.idx < match.end() and match.start() < token.idx + len(token):
                reading.used.add(token.i)
                for thing in list(reading.by_token.get(token.i, [])):
                    if thing.token == token.i and key in ("gravity", "medium", "camera", "weather") and thing.head in (
                        "moon", "mars", "vacuum", "air", "space", "gravity", "rain", "snow", "fog", "wind", "breeze", "mid-air", "midair", "underwater", "view", "shot", "jupiter"):
                        if thing.head in ("rain", "snow", "fog", "wind", "breeze") and any(thing in h.agent for h in reading.happenings):
                            continue
                        _forget(thing, reading)
    for thing in reading.things:
        if thing.head in w.SURFACE_GROUNDS and thing.role == "ground" and _in_contact(thing, reading):
            _add(reading, "surface", w.SURFACE_GROUNDS[thing.head])
    if not any("medium" in row for row in reading.environment) and _wet(reading):
        _add(reading, "medium", "water")
    _temperature(doc, reading)
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
    reading.links = [k for k in reading.links if thing not in k.subject and not (isinstance(k.object, list) and thing in k.object)]


def _in_contact(thing: Thing, reading: Reading) -> bool:
    return any(thing in (link.object if isinstance(link.object, list) else []) for link in reading.links) or any(thing in h.goal for h in reading.happenings)


def _wet(reading: Reading) -> bool:
    """Whether a thing floats, sinks or lies in water."""
    def water(things: list[Thing] | str) -> bool:
        return isinstance(things, list) and any(t.material == "water" for t in things)

    for link in reading.links:
        if link.type in ("on", "in", "below") and water(link.object) and any(t.role != "fluid" for t in link.subject):
            return True
    for happening in reading.happenings:
        if happening.verb in WET_VERBS and (water(happening.goal) or any(link.subject == happening.agent and _watery(link.object) for link in reading.links)):
            return True
    return False


def _watery(things: list[Thing] | str) -> bool:
    return isinstance(things, list) and any(t.material == "water" or t.head in ("canal", "river", "lake", "pond", "sea", "ocean", "pool", "stream", "tank", "aquarium") for t in things)


def _temperature(doc: Doc, reading: Reading) -> None:
    for measure in reading.measures:
        if measure.role == "temperature" and not measure.taken:
            _add(reading, "temperature", f"{measure.value:g} {measure.unit}")
            measure.taken = True


# --- measures -------------------------------------------------------------------------------------------------------------

EVENT_ROLES = frozenset("speed duration acceleration angular_speed frequency force energy".split())
THING_ROLES = frozenset("mass thermal_conductivity density diameter radius width thickness friction_coefficient restitution_coefficient volume".split())


def _span_root(measure: Measure, doc: Doc) -> Token | None:
    span = doc.char_span(measure.start, measure.end, alignment_mode="expand")
    return span.root if span is not None else None


def _nearest(measure: Measure, pool: list[tuple[int, int, object]]) -> object | None:
    """The item whose (start, end) in characters lies nearest, those before the measure first."""
    before = [x for x in pool if x[0] <= measure.start]
    return max(before, key=lambda x: x[0])[2] if before else min(pool, key=lambda x: x[0])[2] if pool else None


def scene_measures(doc: Doc) -> Doc:
    """Component: every measure goes to the thing or the happening that it measures, with its role settled by both."""
    reading = reading_of(doc)
    for measure in reading.measures:
        root = _span_root(measure, doc)
        if root is None or measure.taken:
            continue
        owner = _owner(measure, root, doc, reading)
        if owner is None:
            continue
        measure.taken = True
        before = doc.text[max(0, measure.start - 40) : measure.start].lower()
        if isinstance(owner, Thing):
            measure.role = measure.role or "length"
            owner.measures.append(measure)
        else:
            if measure.role == "duration" and re.search(r"\b(after|at t ?=|at)\s*(?:about|around|exactly)?\s*$", before):
                scale = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}.get(measure.unit or "s", 1.0)
                owner.at_time = (measure.value or 0.0) * scale
                continue
            if measure.role is None or measure.role == "length":
                drop = owner.verb in ("fall", "drop", "release", "plummet", "plunge", "tumble", "throw", "toss", "rise", "jump", "lift", "raise", "lower", "bounce", "land", "hang")
                distance = re.search(r"\b(for|after|over|another|every|forward|within)\s*(?:about|around)?\s*$", before)
                measure.role = "height" if drop and not distance or re.search(r"\b(from|above|height of)\s*(?:about|around|a height of)?\s*$", before) else "distance"
            owner.measures.append(measure)
    return doc


def _owner(measure: Measure, root: Token, doc: Doc, reading: Reading) -> Thing | Happening | None:
    happenings = {h.token: h for h in reading.happenings if h.token is not None}
    verbs = [(doc[h.token].idx, 0, h) for h in reading.happenings if h.token is not None]
    things = [(doc[t.token].idx, 0, t) for t in reading.things if t.token is not None]
    inside = {t.i for t in doc if t.idx < measure.end and measure.start < t.idx + len(t)}
    before = doc.text[max(0, measure.start - 30) : measure.start].lower()
    adverbial = bool(re.search(r"\b(from|at|for|after|by|over|within|in|every|about)\s+(?:a |the )?(?:(?:height|speed|distance|angle|velocity) of )?(?:about |around |only |roughly |exactly )?$", before))
    dimension = re.search(r"(tall|high|long|wide|thick|deep|diameter|radius|length|width|across)$", doc.text[measure.start : measure.end].lower())
    nearest_thing, nearest_verb = _nearest(measure, things), _nearest(measure, verbs)
    if measure.role == "angle" and nearest_thing is not None and re.search(r"\b(inclined|tilted|sloped|angled|sloping|leaning|set|slope|incline)\s+(?:at|by|to|of)\s+(?:an angle of )?(?:about )?$", before):
        return nearest_thing  # type: ignore[return-value]
    if measure.role == "angle":
        for one in [root, *ancestors(root)]:
            if base(one) == "acl" and one.i not in happenings and reading.denoted(one.head):
                return reading.denoted(one.head)[0]
    if (measure.role in THING_ROLES or dimension) and nearest_thing is not None:
        head = next((a for a in [root, *ancestors(root)] if a.i not in inside and reading.denoted(a)), None)
        if head is not None and head.i > root.i and head.i - root.i < 6:
            return reading.denoted(head)[0]
        if measure.role == "thermal_conductivity":
            named = [t for t in reading.things if t.material and t.role in ("object", "support", "part")]
            return named[0] if named else nearest_thing  # type: ignore[return-value]
        follows = next((doc[i] for i in range(max(inside) + 1, min(len(doc), max(inside) + 6)) if reading.denoted(doc[i])), None)
        gap = doc.text[measure.end : follows.idx] if follows is not None else ","
        if follows is not None and not re.search(r"[,.;:()]|\b(?:on|in|and|at|is|from|that|of)\b", gap):
            return reading.denoted(follows)[0]
        return nearest_thing  # type: ignore[return-value]
    if measure.role in EVENT_ROLES and nearest_verb is not None:
        for one in ancestors(root):
            if one.i in happenings:
                return happenings[one.i]
        return nearest_verb  # type: ignore[return-value]
    for one in ancestors(root):
        if one.i in inside:
            continue
        if one.i in happenings and (adverbial or base(root) in ("obl", "obj", "advmod")):
            return happenings[one.i]
        if reading.denoted(one) and not adverbial and one.i not in happenings:
            return reading.denoted(one)[0]
        if one.i in happenings:
            return happenings[one.i]
    if measure.role == "temperature" and not adverbial:
        return nearest_thing  # type: ignore[return-value]
    if adverbial or measure.role in EVENT_ROLES | {"height", "distance"}:
        return (nearest_verb or nearest_thing)  # type: ignore[return-value]
    return (nearest_thing or nearest_verb)  # type: ignore[return-value]


