"""What the text says of the camera: its view, its movement, and how slowly time passes; and the words that are about nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from planner.frame import Frame, Span
from planner.lexicon.numbers import parse_number
from planner.lexicon.words import camera_cues
from planner.stage import Stage

__all__ = ["MOVES", "VIEWS", "StatedCamera", "about_the_camera", "forecast", "stated_camera", "take_halo"]

Lang = Literal["en", "zh"]
VIEWS = {
    "front view": "front", "side view": "side", "back view": "back", "top view": "top", "close-up": "close_up", "macro": "close_up",
    "wide shot": "wide", "tracking": "tracking", "low angle": "low_angle", "aerial view": "bird_eye", "high angle": "three_quarter",
    "first person": "first_person", "eye level": "front",
}  # fmt: skip
MOVES = {
    "pan left": "pan_left", "pan right": "pan_right", "pan": "pan_right", "zoom in": "zoom_in", "zoom out": "zoom_out", "orbit": "orbit",
    "tracking": "track",
}  # fmt: skip
# Ways to speak of the camera that are phrases rather than words; (pattern, cue of the lexicon).
_PHRASES: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"\bbird'?s?[- ]?eyes?(?: view| shot| perspective)\b", "aerial view"),
        (r"\bworm'?s?[- ]?eyes?(?: view| shot)\b", "low angle"),
        (r"\b(?:seen|viewed|filmed|shot|looking|as seen) (?:straight )?(?:from (?:directly )?above|down from above)\b", "top view"),
        (r"\b(?:seen|viewed|filmed|shot) from (?:far )?below\b", "low angle"),
        (r"\b(?:seen|viewed|filmed|shot) from (?:behind|the back)\b", "back view"),
        (r"\b(?:seen|viewed|filmed|shot) from (?:the|one) side\b", "side view"),
        (r"\b(?:seen|viewed|filmed|shot) from the front\b", "front view"),
        (r"\bcamera (?:\w+ly )?(?:follows|tracks|goes along|moves along|travels)\b|\b(?:follow|tracking|dolly)[- ]shot\b", "tracking"),
        (r"\bcamera (?:\w+ly )?pans? (?:\w+ly )?(?:to the )?left\b|\b(?:\w+ly )?pann?(?:s|ing)? (?:shot )?(?:\w+ly )?(?:to the )?left\b|\bslow pan (?:to the )?left\b", "pan left"),
        (r"\bcamera (?:\w+ly )?pans? (?:\w+ly )?(?:to the )?right\b|\b(?:\w+ly )?pann?(?:s|ing)? (?:shot )?(?:\w+ly )?(?:to the )?right\b|\bslow pan (?:to the )?right\b", "pan right"),
        (r"\b(?:slow pan|panning shot|camera (?:\w+ly )?pans?)\b", "pan"),
        (r"\bcamera (?:\w+ly )?(?:zooms?|pushes|moves|dollies) in\b|\b(?:slow )?(?:zoom|push|dolly)[- ]in\b", "zoom in"),
        (r"\bcamera (?:\w+ly )?(?:zooms?|pulls|moves|dollies) (?:out|back)\b|\b(?:slow )?(?:zoom|dolly)[- ]out\b", "zoom out"),
        (r"\bcamera (?:\w+ly )?(?:orbits|circles|revolves around|rotates around|moves around)\b|\borbit(?:ing|al)? (?:shot|camera|view)\b", "orbit"),
        (r"\b(?:first[- ]person|point[- ]of[- ]view|pov)(?: view| shot| perspective)?\b", "first person"),
        (r"\bclose[- ]?ups?(?: view| shot)?\b", "close-up"),
        (r"\blow[- ]angle(?: view| shot)?\b", "low angle"),
        (r"\bhigh[- ]angle(?: view| shot)?\b", "high angle"),
        (r"\b(?:top[- ]down|overhead)(?: view| shot)?\b", "top view"),
    ),
    "zh": (
        (r"镜头(?:缓缓|缓慢|慢慢|徐徐|平稳)?地?(?:向|往)?左(?:摇|移|平移)", "pan left"),
        (r"镜头(?:缓缓|缓慢|慢慢|徐徐|平稳)?地?(?:向|往)?右(?:摇|移|平移)", "pan right"),
        (r"镜头(?:缓缓|缓慢|慢慢|徐徐)?地?(?:推近|推进|拉近)", "zoom in"),
        (r"镜头(?:缓缓|缓慢|慢慢|徐徐)?地?(?:拉远|后拉)", "zoom out"),
        (r"镜头(?:一路|紧紧|始终)?(?:跟随|跟着|跟拍|追踪)", "tracking"),
        (r"镜头(?:缓缓|缓慢|慢慢)?地?(?:环绕|绕着)", "orbit"),
        (r"从(?:正)?上方(?:往下|向下)?(?:看|拍|俯视|俯拍)", "top view"),
        (r"从(?:下方|低处|地面)(?:往上|向上)?(?:看|拍|仰拍)", "low angle"),
        (r"从侧面(?:看|拍)", "side view"),
        (r"从(?:背后|后面|后方)(?:看|拍)", "back view"),
    ),
}  # fmt: skip
_NUMBER_ZH = r"[0-9０-９.]+|[零一二两三四五六七八九十百]+"
_SLOW: dict[str, tuple[tuple[str, bool], ...]] = {  # pattern, and whether the number is how fast rather than how slow
    "en": (
        (r"\b(\d+(?:\.\d+)?)\s*(?:x|×|-?times|-fold)?[- ]*(?:slower|slow(?:ed)?[- ]?(?:motion|mo)|super slow)\b", False),
        (r"\bslow(?:ed)?(?:[- ]?mo(?:tion)?| down)?(?: at| by)?(?: a factor of)? (\d+(?:\.\d+)?)\s*(?:x|×|times)(?!\w)", False),
        (r"\b(?:at|with|in|played at|filmed at)? ?1/(\d+)(?:th)?(?: of)?(?: the)?(?: normal| real| original)? speed\b", False),
        (r"\b(?:at|in) (?:a |one[- ])?(half|third|quarter|fifth|eighth|tenth|twentieth)(?: of)?(?: the)?(?: normal| real| original)? speed\b", False),
        (r"\b(0\.\d+)\s*(?:x|×) (?:playback )?speed\b", True),
    ),
    "zh": (
        (rf"({_NUMBER_ZH})\s*倍(?:速|的)?(?:慢动作|慢放|慢镜头|慢速|减速播放)", False),
        (rf"(?:慢动作|慢放|放慢|慢镜头|减慢)(?:到|了|为)?\s*({_NUMBER_ZH})\s*倍", False),
        (rf"({_NUMBER_ZH})分之一(?:的)?(?:正常|原)?(?:速度|速|倍速)(?:播放|放映)?", False),
        (r"1/(\d+)(?:的)?(?:正常|原)?(?:速度|速|倍速)(?:播放|放映)?", False),
        (r"(0\.\d+)\s*倍速", True),
    ),
}  # fmt: skip
_PARTS = {"half": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "eighth": 8.0, "tenth": 10.0, "twentieth": 20.0}
SLOWEST = 1000.0
HALOS, GROUNDS = {"halo", "glow", "aura"}, {"ground", "floor", "grass", "sand", "road", "table"}


@dataclass(frozen=True)
class StatedCamera:
    """`view` and `move` as the scene's camera has them, `slow` how many times slower the clip is played; None where unsaid. `spans` of
    the text that speak of it."""

    view: str | None = None
    move: str | None = None
    slow: float | None = None
    spans: tuple[Span, ...] = ()


def stated_camera(text: str, lang: Lang) -> StatedCamera:
    """The camera that a text asks for. The first view and the first movement win."""
    found: list[tuple[Span, str]] = []
    for pattern, cue in _PHRASES[lang]:
        found += [(match.span(), cue) for match in re.finditer(pattern, text, re.IGNORECASE)]
    low = text.lower()
    for surface, known in sorted(camera_cues(lang).items(), key=lambda row: -len(row[0])):
        edge = r"\b" if lang == "en" else ""
        if lang == "en" and (" " not in surface and "-" not in surface):
            continue  # "track", "macro" and "pan" are things as well: the reader knows which
        for match in re.finditer(edge + re.escape(surface) + edge, low):
            found.append((match.span(), known.name))
    kept: list[tuple[Span, str]] = []
    for span, cue in sorted(found, key=lambda row: (row[0][0] - row[0][1], row[0][0])):
        if all(span[1] <= a or span[0] >= b for (a, b), _ in kept):
            kept.append((span, cue))
    kept.sort()
    view = next((VIEWS[cue] for _, cue in kept if cue in VIEWS), None)
    move = next((MOVES[cue] for _, cue in kept if cue in MOVES), None)
    slow, where = _slowness(text, lang)
    if slow is None:
        speeds = {cue.name: cue.speed for cue in camera_cues(lang).values()}
        slow = next((1 / s for _, cue in kept if (s := speeds.get(cue)) is not None and s < 1), None)
    spans = tuple(span for span, _ in kept) + ((where,) if where else ())
    return StatedCamera(view, move, None if slow is None else round(slow, 3), spans)


def _slowness(text: str, lang: Lang) -> tuple[float | None, Span | None]:
    for pattern, inverse in _SLOW[lang]:
        match = re.search(pattern, text, re.IGNORECASE)
        if match is None:
            continue
        said = match.group(1).lower()
        value = _PARTS.get(said) or parse_number(said, lang)
        if value and inverse:
            value = 1 / value
        if value and 1 < value <= SLOWEST:
            return float(value), match.span()
    return None, None


def about_the_camera(frame: Frame, spans: tuple[Span, ...]) -> Frame:
    """The frame without entities that a reader saw in words of the camera ("tracking shot", "bird's eye view"), and without what
    only they do."""

    def inside(span: Span | None) -> bool:
        return span is not None and any(a <= span[0] and span[1] <= b for a, b in spans)

    gone = {e.id for e in frame.entities if inside(e.span) and not e.implied}
    if not gone and not any(inside(event.span) for event in frame.events):
        return frame

    def left(value: str | list[str] | None) -> str | list[str] | None:
        if isinstance(value, list):
            return [v for v in value if v not in gone] or None
        return None if value in gone else value

    events = []
    for event in frame.events:
        named = [v for v in (event.agent, event.patient) if v]
        if inside(event.span) or (named and not any(left(v) for v in named)):
            continue
        places = ("agent", "patient", "source_place", "goal_place", "instrument")
        events.append(event.model_copy(update={place: left(getattr(event, place)) for place in places}))
    relations = [r for r in frame.relations if left(r.subject) and left(r.object)]
    entities = [e for e in frame.entities if e.id not in gone]
    return frame.model_copy(update={"entities": entities, "events": events, "relations": relations})


def take_halo(stage: Stage) -> None:
    """A halo or a glow about a thing is no body: the renderer paints it, and the plan says that it is imagined."""
    things = [e for e in stage.frame.entities if not e.implied]
    shining = [e for e in things if e.head in HALOS and e.span is not None]
    if not shining or len([e for e in things if e not in shining and e.head not in GROUNDS]) == 0:
        return
    spans = tuple(e.span for e in shining if e.span is not None)
    for number, entity in enumerate(shining):
        name = entity.head if not number else f"{entity.head}_{number + 1}"
        stage.elements[name] = {
            "kind": "entity", "status": "imagined", "appearance": "imagined", "text": entity.mention or stage.words(entity.span) or entity.head,
            "span": entity.span, "body": None, "why": stage.say("painted around what moves, by no law", "由画面绘制在运动物体周围，没有定律"),
        }  # fmt: skip
    ids = {e.id for e in shining}
    pairs = [(r.subject, r.object) for r in stage.frame.relations] + [(v.agent, v.patient) for v in stage.frame.events]
    others = {b for a, b in pairs if a in ids} | {a for a, b in pairs if b in ids}
    owners = [e for e in things if e not in shining and e.head not in GROUNDS]
    owner = next((e for e in owners if e.id in others), owners[0])
    stage.frame = about_the_camera(stage.frame, spans)
    stage.look["scenery"] = (*stage.look.get("scenery", ()), f"halo: {owner.head.replace(' ', '_')}")


def forecast(way: float, size: float, name: str, *, chinese: bool, aspect: float = 832 / 480) -> str | None:
    """What the camera will do for a mover `size` [m] across on a `way` [m]: a sentence where one fixed view would show it smaller than
    32 px of a picture 480 px high, else None."""
    shown = 0.8 * 480 * aspect * size / max(way + 2 * size, 1e-9)
    if shown >= 32:
        return None
    if chinese:
        return f"{name} 的路程约 {way:.3g} 米，在固定全景里只有约 {shown:.0f} 像素：镜头将跟随、靠近或切到近景，使它至少有 32 像素"
    return (
        f"{name} goes about {way:.3g} m and would be about {shown:.0f} px in one fixed view: the camera follows, comes closer or cuts, "
        "so that it is at least 32 px when it matters"
    )
