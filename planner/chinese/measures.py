"""Numbers with units in Chinese text (十米高, 每秒2米, 0.2千克, 导热系数k=401 W/(m·K)), and Chinese numerals."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["MEASURE", "Measure", "numeral", "read_measure"]

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3, "双": 2}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

UNITS = {
    "m": "米|公尺|m", "cm": "厘米|公分|cm", "mm": "毫米|mm", "km": "千米|公里|km", "dm": "分米|dm", "inch": "英寸|寸|inch", "ft": "英尺|ft",
    "kg": "公斤|千克|kg|KG|Kg", "g": "克|g", "t": "吨", "lb": "磅|lb", "jin": "斤",
    "s": "秒钟|秒|s", "ms": "毫秒|ms", "min": "分钟|min", "h": "小时|h",
    "degC": "摄氏度|℃|°C|°c", "K": "开尔文|K", "degree": "度|°", "N": "牛顿|牛|N", "Hz": "赫兹|Hz", "W": "瓦特|瓦|W", "J": "焦耳|J", "Pa": "帕斯卡|帕|Pa", "L": "升|L", "ml": "毫升|ml|mL",
    "m/s": "米/秒|米每秒|m/s", "km/h": "公里/小时|千米/小时|公里每小时|千米每小时|km/h", "m/s^2": "米每二次方秒|m/s²|m/s\\^2|m/s2", "rpm": "转/分|转每分钟|rpm",
    "W/(m·K)": "W/\\(m[·*⋅.]?K\\)|W/\\(m·℃\\)|W/mK|W/m/K", "kg/m^3": "kg/m³|kg/m\\^3|千克每立方米", "N/m": "N/m|牛每米", "%": "%|％",
}  # fmt: skip
UNIT_OF = {re.sub(r"\\", "", word): unit for unit, words in UNITS.items() for word in words.split("|")}
_UNIT = "|".join(sorted((w for words in UNITS.values() for w in words.split("|")), key=len, reverse=True))
_HAN = "零〇一二两三四五六七八九十百千万"
_NUMBER = rf"(?:[{_HAN}]+分之[{_HAN}]+|[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[{_HAN}]+(?:点[{_HAN}]+)?|半|几)"
ROLES = {
    "height": "离地高度|高度|离地|高", "length": "长度|长", "width": "宽度|宽", "thickness": "厚度|厚", "depth": "深度|深", "radius": "半径", "diameter": "直径",
    "mass": "质量|重量|重达|重", "initial_speed": "初速度|初速", "speed": "速度|时速|速率", "temperature": "初始温度|温度", "friction_coefficient": "动摩擦系数|静摩擦系数|摩擦系数|摩擦因数",
    "restitution": "恢复系数|弹性系数|反弹系数", "thermal_conductivity": "导热系数|热导率|导热率", "angle": "倾斜角度|倾斜角|倾角|夹角|角度|坡度", "distance": "间距|距离|相距", "density": "密度",
    "stiffness": "劲度系数|刚度", "gravity": "重力加速度", "force": "大小", "duration": "时间|持续",
}  # fmt: skip
ROLE_OF = {word: role for role, words in ROLES.items() for word in words.split("|")}
_ROLE = "|".join(sorted(ROLE_OF, key=len, reverse=True))
AFTER = {"高": "height", "长": "length", "宽": "width", "厚": "thickness", "深": "depth", "重": "mass", "远": "distance", "粗": "diameter", "角": "angle"}  # fmt: skip
_LINK = r"(?:分?别?约?为|都?是|等于|约|大约|达到|＝|=|:|：)?"
KINDS = {
    "m": "length", "cm": "length", "mm": "length", "km": "length", "dm": "length", "inch": "length", "ft": "length", "kg": "mass", "g": "mass", "t": "mass", "lb": "mass", "jin": "mass",
    "s": "duration", "ms": "duration", "min": "duration", "h": "duration", "degC": "temperature", "K": "temperature", "degree": "angle", "N": "force", "m/s": "speed", "km/h": "speed",
    "W/(m·K)": "thermal_conductivity", "kg/m^3": "density", "Hz": "frequency", "rpm": "angular_speed", "m/s^2": "acceleration", "N/m": "stiffness", "W": "power", "L": "volume", "ml": "volume",
}  # fmt: skip
SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}

MEASURE = re.compile(
    rf"(?P<role>{_ROLE})\s*(?P<symbol>[A-Za-zλμρ])?\s*{_LINK}\s*(?P<value>{_NUMBER})\s*(?P<unit>{_UNIT})?(?![A-Za-z])"
    rf"|每(?P<per>秒|小时|分钟)\s*(?P<value2>{_NUMBER})\s*(?P<unit2>米|厘米|公里|千米|m|cm|km|转|圈)(?![A-Za-z])"
    rf"|(?P<minus>零下|负)?(?P<value3>{_NUMBER})多?\s*(?P<unit3>{_UNIT})(?![A-Za-z])(?P<half>半|[一二三四五六七八九](?=高|长|的|处|宽|远))?(?P<after>[高长宽厚深重远粗角](?!度|速|尔|扬|举|得|达))?"
    rf"|(?P<symbol4>k|λ|μ|ρ|h|v|g)\s*[=＝]\s*(?P<value4>{_NUMBER})\s*(?P<unit4>{_UNIT})?(?![A-Za-z])"
)
SYMBOLS = {"k": "thermal_conductivity", "λ": "thermal_conductivity", "μ": "friction_coefficient", "ρ": "density", "h": "height", "v": "speed", "g": "gravity"}  # fmt: skip
NO_UNIT = frozenset(["friction_coefficient", "restitution", "thermal_conductivity", "gravity", "density", "stiffness"])
NOT_MEASURES = re.compile(r"^(?:一[度克升瓦帕牛斤磅寸]|[几千百万]+[度克米瓦]|.?分)$")


@dataclass(frozen=True)
class Measure:
    """A quantity of the text: number (None for 几米), canonical unit, role where the words say it, kind of the unit."""

    value: float | None
    unit: str | None
    role: str | None
    kind: str | None

    @property
    def seconds(self) -> float | None:
        """The number in seconds [s] where it is a time."""
        return self.value * SECONDS[self.unit] if self.value is not None and self.unit in SECONDS else None


def _unit(text: str) -> str:
    return UNIT_OF.get(text) or ("W/(m·K)" if text.startswith("W/") else text)


def numeral(text: str) -> float | None:
    """The number that digits or Chinese numerals say (两 2, 二十五 25, 半 0.5, 一点五 1.5); None when they say none (几)."""
    text = text.replace("−", "-")
    try:
        return float(text)
    except ValueError:
        pass
    if text == "半":
        return 0.5
    if "分之" in text:  # 三分之二
        below, _, above = text.partition("分之")
        parts = numeral(below), numeral(above)
        return round(parts[1] / parts[0], 9) if parts[0] and parts[1] is not None else None
    whole, _, decimals = text.partition("点")
    total = section = digit = 0
    seen = False
    for c in whole:
        if c in DIGITS:
            digit, seen = DIGITS[c], True
        elif c in ("万", "亿"):
            total, section, digit, seen = (total + section + digit or 1) * SCALES[c], 0, 0, True
        elif c in SCALES:
            section, digit, seen = section + (digit or 1) * SCALES[c], 0, True
        else:
            return None
    if not seen:
        return None
    fraction = sum(DIGITS.get(c, 0) * 10.0 ** -(i + 1) for i, c in enumerate(decimals))
    return round(total + section + digit + fraction, 9)


def read_measure(match: re.Match[str]) -> Measure | None:
    """The quantity of a match of `MEASURE`, or None where the words only look like one (一度, 角度三)."""
    part = match.groupdict()
    if part["role"]:
        role: str | None = ROLE_OF[part["role"]]
        if not part["unit"] and role not in NO_UNIT:
            return None
        unit = _unit(part["unit"]) if part["unit"] else None
        return Measure(numeral(part["value"]), unit, _fitting(role, unit), KINDS.get(unit or ""))
    if part["per"]:
        length = UNIT_OF.get(part["unit2"], part["unit2"])
        unit = "rpm" if length in ("转", "圈") else f"{length}/{ {'秒': 's', '小时': 'h', '分钟': 'min'}[part['per']] }"
        return Measure(numeral(part["value2"]), unit, "speed", "speed")
    if part["symbol4"]:
        unit = _unit(part["unit4"]) if part["unit4"] else None
        return Measure(numeral(part["value4"]), unit, SYMBOLS[part["symbol4"]], KINDS.get(unit or ""))
    if NOT_MEASURES.match(match.group()):
        return None
    unit = _unit(part["unit3"])
    value = numeral(part["value3"])
    if value is not None and part["minus"]:
        value = -value
    if value is not None and part["half"]:
        value += 0.5 if part["half"] == "半" else DIGITS[part["half"]] / 10
    if unit == "jin" and value is not None:
        value, unit = value / 2, "kg"
    role = AFTER.get(part["after"] or "")
    return Measure(value, unit, _fitting(role, unit), KINDS.get(unit))


def _fitting(role: str | None, unit: str | None) -> str | None:
    """`role` where the unit can measure it: a 温度 in metres is none."""
    if role == "length" and KINDS.get(unit or "") == "mass":
        return "mass"
    return "speed" if role == "initial_speed" else role
