"""The sentence that a video model is told, in the order that Wan was trained on: subject, place, motion, light, camera; no SI numbers."""

from __future__ import annotations

from planner.knowledge import known_physics
from planner.lexicon import verb_of
from planner.stage import Stage, ids_of

__all__ = ["negative_prompt", "video_prompt"]

NUMBERS = ("no", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ZH_NUMBERS = "零一两三四五六七八九十"
LIGHT = {
    "daylight": ("soft daylight", "柔和的日光"), "indoor": ("warm indoor light", "温暖的室内光"), "night": ("night, moonlight", "夜晚，月光"),
    "studio": ("studio lighting", "影棚灯光"), "underwater": ("blue underwater light", "水下蓝光"), "lunar": ("hard sunlight, black sky, lunar surface", "强烈阳光，黑色天空，月球表面"),
    "mars": ("dusty red daylight on Mars", "火星红色尘光"), "space": ("black space, hard light", "漆黑太空，硬光"), "overcast": ("overcast daylight", "阴天漫射光"),
    "sunset": ("golden sunset light", "金色夕阳光"),
}  # fmt: skip
NEGATIVE_EN = (
    "floating objects, objects passing through each other, extra objects, duplicated objects, sudden changes of shape or colour, motion that "
    "ignores gravity, warped geometry, flicker, text, watermark, low quality"
)
NEGATIVE_ZH = (
    "物体悬浮，物体互相穿透，多余的物体，重复的物体，形状或颜色突变，违反重力的运动，几何扭曲，闪烁，文字，水印，低质量"
)


def negative_prompt(lang: str) -> str:
    return NEGATIVE_ZH if lang == "zh" else NEGATIVE_EN


def video_prompt(stage: Stage) -> str:
    """One sentence in the language of the text; each mover is named once, with its count and colour."""
    style = str(stage.look.get("style", "daylight"))
    light = LIGHT.get(style, LIGHT["daylight"])
    parts = [_subjects(stage), _place(stage), _motions(stage), *known_physics(stage)]
    camera = {"track": ("the camera follows", "镜头跟随"), "pan_left": ("slow pan to the left", "镜头缓慢左摇"), "pan_right": ("slow pan to the right", "镜头缓慢右摇"), "zoom_in": ("slow zoom in", "镜头缓慢推近"), "zoom_out": ("slow zoom out", "镜头缓慢拉远"), "orbit": ("the camera orbits", "镜头环绕")}.get(str(stage.camera.get("move")), ("static camera", "固定镜头"))  # fmt: skip
    if stage.chinese:
        return "，".join(part for part in (*parts, light[1], camera[1], "真实照片质感") if part) + "。"
    sentence = ", ".join(part for part in (*parts, light[0], camera[0], "photorealistic") if part)
    return sentence[:1].upper() + sentence[1:] + "."


def _named(stage: Stage, entity_id: str) -> str:
    entity = stage.entity(entity_id)
    if entity is None:
        return ""
    if stage.chinese:
        return entity.mention or stage.words(entity.span) or entity.head
    return entity.head


def _subjects(stage: Stage) -> str:
    names = []
    for entity in stage.frame.entities:
        if entity.implied or entity.role in {"region", "part", "ground"}:
            continue
        count = max(1, len(stage.by_entity.get(entity.id, [])) or 1)
        color = (entity.color or "").replace("+", " and ").replace("_", " ")
        if stage.chinese:
            number = f"{ZH_NUMBERS[count]}个" if 1 < count <= 10 else ""
            text = stage.words(entity.span) or entity.mention or entity.head
            names.append(text if any(ch in text for ch in ZH_NUMBERS + "几一只个块辆") else number + text)
            continue
        material = entity.material if entity.material and entity.material != entity.head else ""
        words = " ".join(word for word in (entity.size or "", color, material, entity.head) if word)
        if entity.role == "fluid" or (
            entity.count is None and len(stage.by_entity.get(entity.id, [])) <= 1 and entity.material == entity.head
        ):
            names.append(words)  # water is not counted
        elif count == 1:
            names.append(("an " if words[:1] in "aeiou" else "a ") + words)
        else:
            names.append(f"{NUMBERS[count] if count < len(NUMBERS) else 'many'} {_plural(words)}")
    return ("、" if stage.chinese else ", ").join(names[:8])


def _plural(words: str) -> str:
    irregular = {
        "person": "people",
        "man": "men",
        "woman": "women",
        "child": "children",
        "mouse": "mice",
        "die": "dice",
        "leaf": "leaves",
        "shelf": "shelves",
    }
    head = words.split()[-1]
    if head in irregular:
        return words.removesuffix(head) + irregular[head]
    return words + ("es" if head.endswith(("s", "x", "ch", "sh")) else "s")


def _place(stage: Stage) -> str:
    ground = stage.ground
    place = str(stage.environment.get("place") or "")
    if stage.chinese:
        named = (ground.entity.mention or "") if ground is not None and not ground.entity.implied else ""
        return (f"在{named}" if named.endswith("上") else f"在{named}上") if named else place
    if ground is not None and not ground.entity.implied:
        material = "" if ground.material in {ground.entity.head, "soil"} else f"{ground.material} "
        return f"on the {material}{ground.entity.head}"
    return f"in the {place}" if place else "on plain ground"


def _motions(stage: Stage) -> str:
    told = []
    for event in sorted(stage.frame.events, key=lambda e: e.order):
        verb = verb_of(event.verb, "en")
        if verb is None or event.inferred or verb.physics in {"state", "impossible"}:
            continue
        if stage.chinese:
            words = stage.words(event.span)
            told.append(words)
            continue
        who = _named(stage, next(iter(ids_of(event.agent)), ""))
        whom = _named(stage, next(iter(ids_of(event.patient)), ""))
        name = event.verb.replace("_", " ")
        manner = " ".join(m.replace("_", " ") for m in event.manner[:2])
        times = {1: "once", 2: "twice"}.get(
            event.count or 0, f"{NUMBERS[event.count]} times" if event.count and event.count < len(NUMBERS) else ""
        )
        negation = "does not " if event.negated else ""
        if who:
            text = f"the {who} {negation}{name if negation else _third_person(name)}" + (
                f" the {whom}" if whom and whom != who else ""
            )
        elif whom:
            text = f"the {whom} {'is ' if verb.transitivity == 'transitive' else ''}{_participle(name) if verb.transitivity == 'transitive' else _third_person(name)}"
        else:
            continue
        told.append(" ".join(part for part in (text, manner, times) if part))
    return ("，" if stage.chinese else ", then ").join(dict.fromkeys(told))


def _third_person(name: str) -> str:
    from planner.lexicon import forms_of

    first, *rest = name.split()
    forms = [form for form in forms_of(first) if form.endswith("s") and form != first]
    return " ".join((forms[0] if forms else first + "s", *rest))


def _participle(name: str) -> str:
    from planner.lexicon import forms_of

    first, *rest = name.split()
    past = sorted(form for form in forms_of(first) if form != first and not form.endswith(("s", "ing")))
    forms = [form for form in past if form.endswith("n")] or past  # thrown, not threw
    return " ".join((forms[-1] if forms else first, *rest))
