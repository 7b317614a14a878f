"""What becomes of many real prompts, and how fast: `python -m tests.benchmarks.prompts FOLDER` with `*.jsonl` files (rows with `text`, `lang`).

Prints, for each file and language, how many prompts plan with solved, actuated, proxied, imagined or refused as the best word of their
events (a still scene has none), how many cannot be planned and why, how many name a thing or a verb that no element accounts for, then
the speed of bulk parsing and of a 30-word sentence from text to Scene. Exit status 1 when a prompt crashes or a floor is missed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

WORDS = ("solved", "actuated", "proxied", "imagined", "refused")
COLUMNS = (*WORDS, "still", "not planned", "crashed")
FLOOR_MS, FLOOR_PROMPTS = 50.0, 200.0
SENTENCE = (
    "A heavy red rubber ball rolls slowly across the polished wooden table, falls off its edge, bounces three times on the "
    "concrete floor and then gently hits a blue glass bottle that stands there."
)
CHINESE = "一个沉重的红色橡胶球慢慢滚过光滑的木桌，从桌子边缘落下，在水泥地上弹跳三次，然后轻轻碰到立在那里的蓝色玻璃瓶"


def best_word(scene: Any) -> str:
    """The best status of the scene's events, "still" when nothing is to happen."""
    found = {
        e.status if hasattr(e, "status") else e["status"]
        for name, e in scene.elements.items()
        if name.startswith("event_")
    }
    return next((word for word in WORDS if word in found), "still")


def table(folder: Path) -> tuple[dict[tuple[str, str], Counter[str]], Counter[str], int]:
    """Counts by (file, language), reasons why prompts are not planned, and how many have words that no element accounts for."""
    from planner.chinese import read_many as read_chinese
    from planner.compile import compile_frame
    from planner.english import read_many as read_english
    from scenes.errors import UserError

    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    loose = 0
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for lang, reader in (("en", read_english), ("zh", read_chinese)):
            texts = [row["text"] for row in rows if row.get("lang", "en") == lang]
            for text, frame in zip(texts, reader(texts), strict=True):
                loose += bool(frame.unread)
                try:
                    counts[path.stem, lang][best_word(compile_frame(frame))] += 1
                except UserError as refusal:
                    counts[path.stem, lang]["not planned"] += 1
                    reasons[str(refusal).split("“")[0].split("：")[0][:60]] += 1
                except Exception as error:  # a crash is what this looks for: it is counted, shown and fails the run
                    counts[path.stem, lang]["crashed"] += 1
                    print(f"CRASH {type(error).__name__}: {error} in {text!r}", file=sys.stderr)
    return counts, reasons, loose


def speeds(folder: Path) -> tuple[float, float, float]:
    """(English prompts/s, Chinese prompts/s, worst ms of a warm 30-word text to Scene), each the best of three."""
    from planner import plan
    from planner.chinese import read_many as read_chinese
    from planner.english import read_many as read_english

    rates = []
    for lang, reader in (("en", read_english), ("zh", read_chinese)):
        texts = [
            row["text"]
            for path in sorted(folder.glob("*.jsonl"))
            for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
            if row.get("lang", "en") == lang
        ][:600]
        best = 0.0
        for _ in range(2):
            started = time.process_time()
            reader(texts)
            best = max(best, len(texts) / (time.process_time() - started)) if texts else 0.0
        rates.append(best)
    warm = []
    for text in (SENTENCE, CHINESE):
        plan(text)
        taken = []
        for _ in range(5):
            started = time.process_time()
            plan(text)
            taken.append(1000 * (time.process_time() - started))
        warm.append(min(taken))
    return rates[0], rates[1], max(warm)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    counts, reasons, loose = table(folder)
    print(f"{'source':16}{'lang':6}" + "".join(f"{column:>13}" for column in COLUMNS) + f"{'all':>8}")
    total: Counter[str] = Counter()
    for (name, lang), row in sorted(counts.items()):
        total += row
        print(f"{name:16}{lang:6}" + "".join(f"{row[column]:13}" for column in COLUMNS) + f"{row.total():8}")
    print(f"{'all':22}" + "".join(f"{total[column]:13}" for column in COLUMNS) + f"{total.total():8}")
    for reason, number in reasons.most_common(5):
        print(f"  not planned, {number}: {reason} …")
    print(f"prompts with a word that no element accounts for: {loose} of {total.total()}")
    english, chinese, warm = speeds(folder)
    print(f"bulk parse, one core: English {english:.0f}, Chinese {chinese:.0f} prompts/s (floor {FLOOR_PROMPTS:.0f})")
    print(f"30 words, text to Scene, warm: {warm:.1f} ms (floor {FLOOR_MS:.0f})")
    missed = (
        total["crashed"]
        or (english and english < FLOOR_PROMPTS)
        or (chinese and chinese < FLOOR_PROMPTS)
        or warm > FLOOR_MS
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
