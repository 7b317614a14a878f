"""From a word of a text to the thing it names: synonyms, plurals, and Chinese words composed of a material, a size and a thing.

玻璃杯 is a cup of glass, 铁球 a ball of iron, 玩具车 a car with the attribute toy: a `Reading` keeps what the word said.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

__all__ = [
    "ATTRIBUTE_PREFIXES",
    "COLOR_PREFIXES",
    "MATERIAL_PREFIXES",
    "MATERIAL_WORDS",
    "SIZE_PREFIXES",
    "Reading",
    "peel",
    "singulars",
]

MATERIAL_PREFIXES: dict[str, str] = {
    "不锈钢": "stainless_steel", "混凝土": "concrete", "大理石": "marble", "花岗岩": "granite", "有机玻璃": "acrylic",
    "金属": "metal", "玻璃": "glass", "塑料": "plastic", "橡胶": "rubber", "橡皮": "rubber", "陶瓷": "ceramic", "硅胶": "silicone",
    "木头": "wood", "木制": "wood", "木质": "wood", "实木": "wood", "石头": "stone", "石制": "stone", "纸板": "cardboard", "纸质": "paper",
    "硬纸": "cardboard", "水泥": "concrete", "砖": "brick", "黄铜": "brass", "青铜": "bronze", "紫铜": "copper", "皮革": "leather", "皮质": "leather",
    "泡沫": "foam", "海绵": "sponge", "软木": "cork", "羊毛": "wool", "尼龙": "nylon", "钢铁": "steel", "黄金": "gold", "白银": "silver",
    "铁": "iron", "钢": "steel", "铜": "copper", "铝": "aluminium", "铅": "lead", "锡": "tin", "锌": "zinc", "钛": "titanium", "金": "gold",
    "银": "silver", "木": "wood", "竹": "bamboo", "石": "stone", "纸": "paper", "瓷": "porcelain", "陶": "ceramic", "布": "cotton", "棉": "cotton",
    "皮": "leather", "冰": "ice", "蜡": "wax", "胶": "rubber",
}  # fmt: skip
SIZE_PREFIXES: dict[str, str] = {
    "小": "small",
    "大": "large",
    "巨型": "huge",
    "巨大": "huge",
    "迷你": "mini",
    "微型": "tiny",
    "长": "long",
    "短": "short",
}
COLOR_PREFIXES: dict[str, str] = {
    "红色": "red", "白色": "white", "黑色": "black", "黄色": "yellow", "蓝色": "blue", "绿色": "green", "橙色": "orange", "紫色": "purple", "粉色": "pink",
    "灰色": "gray", "棕色": "brown", "金色": "gold", "银色": "silver", "红": "red", "白": "white", "黑": "black", "黄": "yellow", "蓝": "blue", "绿": "green",
    "紫": "purple", "灰": "gray",
}  # fmt: skip
ATTRIBUTE_PREFIXES: dict[str, str] = {
    "玩具": "toy",
    "毛绒": "plush",
    "空": "empty",
    "旧": "old",
    "新": "new",
    "圆": "round",
    "方": "square",
}
MATERIAL_WORDS: dict[str, str] = {
    "wooden": "wood", "wood": "wood", "metal": "metal", "metallic": "metal", "steel": "steel", "iron": "iron", "copper": "copper", "brass": "brass",
    "aluminum": "aluminium", "aluminium": "aluminium", "glass": "glass", "plastic": "plastic", "rubber": "rubber", "paper": "paper", "stone": "stone",
    "concrete": "concrete", "cement": "concrete", "brick": "brick", "ceramic": "ceramic", "porcelain": "porcelain", "cardboard": "cardboard", "leather": "leather",
    "golden": "gold", "gold": "gold", "silver": "silver", "bronze": "bronze", "hardwood": "wood", "wicker": "straw", "wool": "wool", "cotton": "cotton", "tin": "tin",
}  # fmt: skip
IRREGULAR: dict[str, str] = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "persons": "person", "mice": "mouse", "geese": "goose",
    "feet": "foot", "teeth": "tooth", "leaves": "leaf", "knives": "knife", "wolves": "wolf", "loaves": "loaf", "shelves": "shelf", "halves": "half",
    "dice": "die", "oxen": "ox", "calves": "calf", "scarves": "scarf", "sheep": "sheep", "fish": "fish", "deer": "deer", "dominoes": "domino",
    "potatoes": "potato", "tomatoes": "tomato", "mangoes": "mango", "axes": "axe", "canoes": "canoe", "shoes": "shoe", "horseshoes": "horseshoe",
    "buses": "bus", "matches": "match", "thieves": "thief", "wives": "wife", "cacti": "cactus", "octopi": "octopus", "movies": "movie", "cookies": "cookie",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a word says: the entry's `key`, the frame's `head`, and the attributes, material, size and color that the word itself carries."""

    key: str
    head: str
    attributes: tuple[str, ...] = ()
    material: str | None = None
    size: str | None = None
    color: str | None = None
    kind: str | None = None
    """The narrower thing that was named, when the entry only stands for it (a sparrow by the bird)."""


def singulars(word: str) -> list[str]:
    """The possible singular forms of an English noun phrase (its last word), the word itself first, all in lower case."""
    word = " ".join(word.lower().replace("_", " ").split())
    start, _, last = word.rpartition(" ")
    options = [last]
    if last in IRREGULAR:
        options.append(IRREGULAR[last])
    for ending in ("man", "woman"):
        plural = ending[:-2] + "en"
        if last.endswith(plural):
            options.append(last[: -len(plural)] + ending)
    if last.endswith("ies") and len(last) > 4:
        options.append(last[:-3] + "y")
    if last.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        options.append(last[:-2])
    if last.endswith("ves"):
        options += [last[:-3] + "f", last[:-3] + "fe"]
    if last.endswith("s") and not last.endswith("ss") and len(last) > 2:
        options.append(last[:-1])
    return [f"{start} {one}" if start else one for one in dict.fromkeys(options)]


def peel(word: str, known: Container[str]) -> list[tuple[str, dict[str, str]]]:
    """Ways to take prefixes off a Chinese word until the rest is in `known`, fewest prefixes first: (rest, {kind: value}).

    Each kind (color, size, material, attribute) is taken at most once: 小铁球 gives 球 with size small and material iron.
    """
    tables = {
        "color": COLOR_PREFIXES,
        "size": SIZE_PREFIXES,
        "material": MATERIAL_PREFIXES,
        "attribute": ATTRIBUTE_PREFIXES,
    }
    found: list[tuple[str, dict[str, str]]] = []
    queue: list[tuple[str, dict[str, str]]] = [(word, {})]
    while queue:
        rest, taken = queue.pop(0)
        if rest in known:
            found.append((rest, taken))
        for kind, table in tables.items():
            if kind in taken:
                continue
            for prefix, value in table.items():
                if rest.startswith(prefix) and len(rest) > len(prefix):
                    queue.append((rest[len(prefix) :].removeprefix("的") or rest, {**taken, kind: value}))
    return found
