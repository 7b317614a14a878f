"""A thing that the catalogue does not know: guessed from how its name ends, else a box, and always said to be assumed."""

from __future__ import annotations

__all__ = ["ENDINGS_ZH", "ENGLISH_ENDINGS", "guess_key"]

# Longest first wins; each value is a key of the catalogue.
ENGLISH_ENDINGS: dict[str, str] = {
    "ball": "ball", "berry": "berry", "fish": "fish", "bird": "bird", "boat": "boat", "ship": "ship", "plane": "airplane", "craft": "vehicle",
    "cycle": "bicycle", "truck": "truck", "bus": "bus", "cart": "cart", "car": "car", "mobile": "car", "bike": "bicycle", "board": "board",
    "box": "box", "case": "suitcase", "cup": "cup", "glass": "glass", "mug": "mug", "bowl": "bowl", "pot": "pot", "pan": "pan", "bottle": "bottle",
    "jar": "jar", "bag": "bag", "pack": "bag", "basket": "basket", "bucket": "bucket", "can": "can", "tube": "tube", "pipe": "pipe", "tray": "tray",
    "house": "house", "tower": "tower", "bridge": "bridge", "wall": "wall", "door": "door", "gate": "gate", "fence": "fence", "room": "room",
    "table": "table", "desk": "desk", "chair": "chair", "stool": "stool", "bench": "bench", "bed": "bed", "shelf": "shelf", "stand": "stand",
    "tree": "tree", "flower": "flower", "nut": "nut", "fruit": "fruit", "cake": "cake", "bread": "bread", "pie": "pie", "melon": "melon",
    "man": "man", "woman": "woman", "men": "man", "boy": "boy", "girl": "girl", "person": "person", "ist": "person", "driver": "person",
    "player": "person", "maker": "person", "rider": "person", "dancer": "person", "fighter": "person", "keeper": "person", "worker": "person",
    "hound": "dog", "saurus": "animal", "fly": "fly", "bug": "insect", "worm": "worm", "horse": "horse",
    "stick": "stick", "rod": "rod", "bar": "bar", "pole": "pole", "stone": "stone", "rock": "rock", "block": "block", "brick": "brick", "cube": "cube",
    "ring": "ring", "wheel": "wheel", "plate": "plate", "sheet": "sheet", "paper": "sheet", "book": "book", "card": "card", "cloth": "cloth", "coin": "coin",
    "hat": "hat", "shirt": "shirt", "shoe": "shoe", "coat": "coat", "lamp": "lamp", "light": "lamp", "bulb": "bulb", "clock": "clock", "phone": "phone",
    "machine": "machine", "engine": "machine", "hammer": "hammer", "knife": "knife", "spoon": "spoon", "fork": "fork", "brush": "brush", "saw": "saw",
    "rope": "rope", "wire": "wire", "string": "string", "bell": "bell", "drum": "drum", "guitar": "guitar", "toy": "toy", "doll": "doll", "bear": "bear",
    "juice": "juice", "oil": "oil", "sauce": "sauce", "water": "water", "powder": "powder", "smoke": "smoke", "road": "road", "field": "field",
    "floor": "floor", "ground": "ground", "mat": "mat", "yard": "yard", "hill": "hill", "stairs": "stair",
}  # fmt: skip
ENDINGS_ZH: dict[str, str] = {
    "自行车": "bicycle", "摩托车": "motorcycle", "卡车": "truck", "火车": "train", "飞机": "airplane", "机器人": "robot", "机器": "machine", "蛋糕": "cake",
    "球": "ball", "杯": "cup", "瓶": "bottle", "碗": "bowl", "盘": "plate", "碟": "saucer", "锅": "pot", "壶": "kettle", "罐": "can", "桶": "bucket", "盆": "basin",
    "箱": "box", "盒": "box", "袋": "bag", "包": "bag", "篮": "basket", "车": "car", "船": "boat", "艇": "boat", "机": "machine", "鸟": "bird", "鸡": "chicken",
    "鸭": "duck", "鹅": "goose", "鱼": "fish", "狗": "dog", "犬": "dog", "猫": "cat", "马": "horse", "牛": "cow", "羊": "sheep", "猪": "pig", "兔": "rabbit", "鼠": "mouse",
    "虎": "tiger", "熊": "bear", "猴": "monkey", "蛇": "snake", "龟": "turtle", "虫": "insect", "蝶": "butterfly", "蜂": "bee", "树": "tree", "花": "flower", "草": "grass",
    "叶": "leaf", "果": "fruit", "瓜": "melon", "桃": "peach", "梨": "pear", "菜": "vegetable", "豆": "bean", "蛋": "egg", "饼": "cookie", "糕": "cake", "糖": "candy", "包子": "bun",
    "桌": "table", "台": "platform", "椅": "chair", "凳": "stool", "床": "bed", "柜": "cabinet", "架": "rack", "板": "board", "棒": "rod", "棍": "stick", "杆": "pole", "条": "strip",
    "管": "pipe", "块": "block", "砖": "brick", "石": "stone", "珠": "bead", "环": "ring", "圈": "ring", "轮": "wheel", "盖": "lid", "塔": "tower", "楼": "building",
    "房": "house", "屋": "house", "门": "door", "窗": "window", "墙": "wall", "桥": "bridge", "坡": "slope", "山": "mountain", "路": "road", "地": "ground", "地板": "floor",
    "人": "person", "员": "person", "师": "person", "生": "person", "孩": "child", "手": "person", "者": "person", "刀": "knife", "勺": "spoon", "叉": "fork", "锤": "hammer",
    "斧": "axe", "锯": "saw", "刷": "brush", "笔": "pen", "书": "book", "本": "book", "纸": "sheet", "卡": "card", "牌": "card", "币": "coin", "绳": "rope", "线": "string", "布": "cloth",
    "衣": "shirt", "裤": "trousers", "鞋": "shoe", "帽": "hat", "巾": "towel", "灯": "lamp", "钟": "clock", "表": "watch", "铃": "bell", "鼓": "drum", "琴": "piano", "伞": "umbrella",
    "旗": "flag", "气球": "balloon", "玩具": "toy", "水": "water", "油": "oil", "酒": "wine", "汁": "juice", "汤": "soup", "酱": "sauce", "粉": "powder", "沙": "sand", "烟": "smoke", "火": "flame",
    "风": "wind", "雾": "fog", "云": "cloud", "具": "tool", "器": "tool", "物": "object", "体": "object", "垫": "mat", "网": "net", "针": "needle", "钉": "nail", "环形": "ring",
    "星": "star", "箭": "arrow", "剑": "sword", "弹": "projectile", "饮料": "juice", "液": "fluid", "壳": "shell", "蜡烛": "candle", "面": "surface", "头": "part", "尾": "part", "角": "corner",
}  # fmt: skip


def guess_key(noun: str, lang: str) -> tuple[str, str] | None:
    """The catalogue key that an unknown noun's ending points to, and the ending; None when nothing does."""
    if lang == "zh":
        bare = noun.removesuffix("儿")
        bare = bare.removesuffix("子") if len(bare) > 1 and bare not in ENDINGS_ZH else bare
        for size in range(min(3, len(bare)), 0, -1):
            ending = bare[-size:]
            if ending in ENDINGS_ZH:
                return ENDINGS_ZH[ending], ending
        return None
    last = noun.lower().replace("_", " ").replace("-", " ").split()[-1:] or [""]
    for ending in sorted(ENGLISH_ENDINGS, key=len, reverse=True):
        if last[0].endswith(ending) and (len(last[0]) >= len(ending) + 2 or last[0] == ending):
            return ENGLISH_ENDINGS[ending], ending
    return None
