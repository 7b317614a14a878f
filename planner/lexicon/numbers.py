"""Numbers in digits and in words, English and Chinese: "1,000", "two and a half", 三点五, 两百.

`parse_number` reads one number; `numerals` gives single words, `ranks` ordinals (last is -1), `times_words` repetitions.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Literal

from planner.lexicon.tables import rows, split_list

__all__ = ["number_to_chinese", "number_to_english", "numerals", "parse_number", "parse_rank", "ranks", "times_words"]

Lang = Literal["en", "zh"]
DIGITS = re.compile(r"[-+−]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?")
FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
MIXED = re.compile(r"(\d+)\s+(\d+)\s*/\s*(\d+)")
VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
WIDE = str.maketrans("０１２３４５６７８９．，＋－", "0123456789.,+-")

ZH_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "双": 2,
    "幺": 1,
    "仨": 3,
}
ZH_FINANCIAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟貮參", "一二三四五六七八九十百千二三")
ZH_UNITS = {"十": 10, "百": 100, "千": 1000}
ZH_GROUPS = {"万": 10**4, "亿": 10**8}
EN_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
EN_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
EN_PARTS = {
    "half": 0.5,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "quarter": 0.25,
    "quarters": 0.25,
    "fifth": 0.2,
    "tenth": 0.1,
    "tenths": 0.1,
}


@cache
def _rows(kind: str, lang: Lang) -> dict[str, float | None]:
    table: dict[str, float | None] = {}
    for row_kind, value, en, zh in rows("numerals.txt", fields=4):
        if row_kind in kind.split():
            for surface in split_list(en if lang == "en" else zh):
                table.setdefault(surface, None if value == "-" else float(value))
    return table


def numerals(lang: Lang) -> dict[str, float | None]:
    """Number words; None for what counts without a number ("several", 几)."""
    return _rows("number vague", lang)


def ranks(lang: Lang) -> dict[str, int]:
    """Ordinals: "third" is 3, "last" is -1."""
    return {surface: int(value) for surface, value in _rows("rank", lang).items() if value is not None}


def times_words(lang: Lang) -> dict[str, int | None]:
    """Repetitions: "twice" is 2, "several times" None; other numbers follow `<number> times` and <number>次/下/回/遍."""
    return {surface: None if value is None else int(value) for surface, value in _rows("times", lang).items()}


def parse_number(text: str, lang: Lang) -> float | None:
    """The number that `text` is, all of it; None when it is no number, or a vague one ("several", 几).

    Understands digits in both languages: signs, thousands separators, decimals, exponents, fractions (1/2, 2 1/2, ½).
    """
    text = " ".join(text.translate(WIDE).strip().lower().split())
    if not text:
        return None
    value = _digits(text)
    if value is not None:
        return value
    value = _english(text) if lang == "en" else _chinese(text)
    return value if value is None or math.isfinite(value) else None


def _digits(text: str) -> float | None:
    if text[-1] in VULGAR:
        whole = _digits(text[:-1].strip()) if len(text) > 1 else 0.0
        return None if whole is None else whole + VULGAR[text[-1]]
    if mixed := MIXED.fullmatch(text):
        whole, top, bottom = map(int, mixed.groups())
        return whole + top / bottom if bottom else None
    if fraction := FRACTION.fullmatch(text):
        top, bottom = map(int, fraction.groups())
        return top / bottom if bottom else None
    if DIGITS.fullmatch(text) and any(c.isdigit() for c in text):
        try:
            value = float(text.replace(",", "").replace("−", "-"))
        except ValueError:  # "e0" has digits and is no number
            return None
        return value if math.isfinite(value) else None
    return None


def _english(text: str) -> float | None:
    if text in numerals("en"):
        return numerals("en")[text]
    sign = 1
    for word in ("minus ", "negative "):
        if text.startswith(word):
            sign, text = -1, text.removeprefix(word)
    value = _english_sum(text.replace("-", " ").split())
    return None if value is None else sign * value


def _english_sum(words: list[str]) -> float | None:
    """ "two hundred and five", "three point one four", "two and a half", "three quarters", "one and a half thousand"."""
    if not words:
        return None
    if words[-1] in EN_PARTS:
        head = words[:-1]
        if "and" in head:
            cut = len(head) - 1 - head[::-1].index("and")
            whole, top = _english_sum(head[:cut]), _english_sum(head[cut + 1 :])
            return None if whole is None or top is None else whole + top * EN_PARTS[words[-1]]
        top = _english_sum(head) if head else 1.0
        return None if top is None else top * EN_PARTS[words[-1]]
    if "point" in words:
        cut = words.index("point")
        whole = _english_sum(words[:cut]) if cut else 0.0
        digits = [
            EN_ONES.index(w) if w in EN_ONES[:10] else int(w) if w in "0123456789" else -1 for w in words[cut + 1 :]
        ]
        if whole is None or not digits or min(digits) < 0:
            return None
        return float(f"{int(whole)}." + "".join(map(str, digits)))
    total, part, seen, tens = 0.0, 0.0, False, False
    for index, word in enumerate(words):
        if word == "and" and seen and index + 1 < len(words):
            continue
        if word in ("a", "an") and not seen:
            part, seen = 1.0, True
        elif word in EN_ONES:
            number = EN_ONES.index(word)
            if part % 100 and not (tens and number < 10 and part % 10 == 0):
                return None
            part, seen, tens = part + number, True, False
        elif word in EN_TENS[2:]:
            if part % 100:
                return None
            part, seen, tens = part + 10 * EN_TENS.index(word), True, True
        elif word == "hundred":
            part, seen = (part or 1) * 100, True
        elif word in EN_SCALES:
            total, part, seen = total + (part or 1) * EN_SCALES[word], 0.0, True
        elif word == "dozen":
            part, seen = (part or 1) * 12, True
        elif (value := _digits(word)) is not None and not seen:
            part, seen = value, True
        else:
            return None
    return total + part if seen else None


def _chinese(text: str) -> float | None:
    if text in numerals("zh"):
        return numerals("zh")[text]
    text = text.translate(ZH_FINANCIAL).replace(" ", "")
    for sign in ("负", "零下"):
        if text.startswith(sign) and len(text) > len(sign):
            value = _chinese(text.removeprefix(sign))
            return None if value is None else -value
    if "分之" in text:  # 四分之三, 百分之二十
        bottom, top = (parse_number(part, "zh") for part in text.split("分之", 1))
        return top / bottom if top is not None and bottom else None
    if text.endswith(("个半", "半")) and len(text) > 1:  # 两个半, 三米半 is split by the parser
        whole = parse_number(text.removesuffix("半").removesuffix("个"), "zh")
        return None if whole is None else whole + 0.5
    if "点" in text:
        head, tail = text.split("点", 1)
        whole = _chinese_whole(head) if head else 0
        if whole is None or not tail or any(c not in ZH_DIGITS for c in tail):
            return None
        return float(f"{whole}." + "".join(str(ZH_DIGITS[c]) for c in tail))
    whole = _chinese_whole(text)
    return None if whole is None else float(whole)


def _chinese_whole(text: str) -> int | None:
    """一百零五, 两万三千, 二〇二四 (digit by digit), 3万 (digits with a scale), 一百五 (150)."""
    if not text:
        return None
    for unit in ("亿", "万"):
        if unit in text:
            head, tail = text.rsplit(unit, 1) if unit == "亿" else text.split(unit, 1)
            high = _chinese_whole(head)
            if high is None:
                return None
            if not tail:
                return high * ZH_GROUPS[unit]
            low = _chinese_whole(tail)
            if low is None or low >= ZH_GROUPS[unit]:
                return None
            if len(tail) == 1 and tail in ZH_DIGITS:  # 一万五 is 15000
                low *= ZH_GROUPS[unit] // 10
            return high * ZH_GROUPS[unit] + low
    if text.isdecimal() and text.isascii():
        return int(text)
    if len(text) > 1 and all(c in ZH_DIGITS for c in text):
        return int("".join(str(ZH_DIGITS[c]) for c in text))
    total, digit, last, zero = 0, None, 10_000, False
    for character in text:
        if character in ZH_DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = ZH_DIGITS[character]
            zero = zero or digit == 0
        elif character in ZH_UNITS:
            unit_value = ZH_UNITS[character]
            if unit_value >= last or (digit == 0 and text.startswith("零")):
                return None
            total, last, digit, zero = total + (digit or 1) * unit_value, unit_value, None, False
        else:
            return None
    if digit:
        short = last in (100, 1000) and not zero
        total += digit * (last // 10 if short else 1)
    return total


def parse_rank(text: str, lang: Lang) -> int | None:
    """The rank of an ordinal ("fourth", "21st", 第三): 1, 2, ...; -1 for last; None when it is none."""
    text = text.strip().lower()
    if text in ranks(lang):
        return ranks(lang)[text]
    if lang == "zh":
        value = parse_number(text[1:].removesuffix("个"), "zh") if text.startswith("第") else None
    else:
        match = re.fullmatch(r"(\d+)(st|nd|rd|th)", text)
        value = float(match[1]) if match else None
    return int(value) if value and value == int(value) else None


def number_to_english(value: int) -> str:
    """A whole number from 0 to 999,999 in English words ("two hundred and five"). Raises ValueError outside."""
    if not 0 <= value < 1_000_000:
        raise ValueError(f"{value} is not between 0 and 999999")
    if value < 20:
        return EN_ONES[value]
    if value < 100:
        return EN_TENS[value // 10] + (f"-{EN_ONES[value % 10]}" if value % 10 else "")
    if value < 1000:
        rest = f" and {number_to_english(value % 100)}" if value % 100 else ""
        return f"{EN_ONES[value // 100]} hundred{rest}"
    low = value % 1000
    rest = f" {'and ' if low < 100 else ''}{number_to_english(low)}" if low else ""
    return f"{number_to_english(value // 1000)} thousand{rest}"


def number_to_chinese(value: int) -> str:
    """A whole number from 0 to 99,999,999 in Chinese (一百零五). Raises ValueError outside."""
    if not 0 <= value < 10**8:
        raise ValueError(f"{value} is not between 0 and 99999999")
    digits = "零一二三四五六七八九"
    if value >= 10**4:
        high, low = divmod(value, 10**4)
        tail = number_to_chinese(low) if low else ""
        tail = "一" + tail if tail.startswith("十") else tail
        return number_to_chinese(high) + "万" + ("零" if 0 < low < 1000 else "") + tail
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if zero else "") + digits[digit] + name
            zero = False
        else:
            zero = bool(text)
    if not text:
        return "零"
    return text[1:] if text.startswith("一十") else text
