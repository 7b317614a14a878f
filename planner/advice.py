"""Plain advice: what was vague, impossible or left out, how it was read, and what would make it sharper."""

from __future__ import annotations

from planner.frame import Entity, Event
from planner.lexicon import verb_of
from planner.stage import Stage

__all__ = ["advise", "explain"]

CROWDED = 24
WORDS = {
    "solved": "求解", "actuated": "驱动", "proxied": "近似", "imagined": "想象", "refused": "拒绝",
}  # fmt: skip


def advise(stage: Stage) -> None:
    """Add what the whole plan shows: refusals, nothing that moves, words that nobody read, units that are unknown, crowds."""
    for element in stage.elements.values():
        if element["status"] == "refused":
            stage.advise(
                f"“{element['text']}” is refused: {element['why']}.", f"“{element['text']}”无法实现：{element['why']}。"
            )
    verbs = [verb_of(event.verb, "en") for event in stage.frame.events]
    if not stage.frame.events:
        stage.advise(
            "Nothing happens in the text: a still scene. Add what moves and how, for example “falls”, “rolls to the right”, “is pushed”.",
            "文字里没有发生任何事：这是静止场景。请写明什么怎样运动，例如“落下”“向右滚动”“被推动”。",
        )
    elif all(verb is None or verb.physics == "impossible" for verb in verbs):
        stage.advise(
            "What is asked cannot be had by physics. Low gravity, a jump, a push or a stated path can.",
            "要求的运动违反物理。可以改用低重力、跳跃、推动或指定路径。",
        )
    unread = [stage.words(span) for span in stage.frame.unread]
    unread = [word for word in unread if word.strip()]
    if unread:
        shown = ", ".join(f"“{word}”" for word in unread[:6])
        stage.advise(f"Not read, and left to the video model: {shown}.", f"未能理解、留给视频模型的词：{shown}。")
    owners: list[Entity | Event] = [*stage.frame.entities, *stage.frame.events]
    for owner in owners:
        for quantity in owner.quantities:
            if quantity.value is not None and quantity.unit and stage.quantity(owner, quantity.role or "") is None:
                stage.advise(
                    f"The unit “{quantity.unit}” is not known; use m, kg, s, m/s, °C or degrees.",
                    f"不认识单位“{quantity.unit}”；请用米、千克、秒、米/秒、℃ 或度。",
                )
    if len(stage.actors) > CROWDED:
        stage.advise(
            f"{len(stage.actors)} bodies are many for one clip: the video model will blend some. Fewer, larger ones read better.",
            f"{len(stage.actors)} 个物体对一个短片来说太多：视频模型会混淆。更少、更大的物体更清楚。",
        )


def explain(elements: dict[str, dict[str, object]], *, chinese: bool) -> list[tuple[str, str, str, str]]:
    """Rows (name, kind, status word in the language, why) for a table."""
    rows = []
    for name, element in elements.items():
        status = str(element["status"])
        rows.append(
            (
                str(element.get("text") or name),
                str(element["kind"]),
                WORDS[status] if chinese else status,
                str(element.get("why", "")),
            )
        )
    return rows
