"""Noun phrases and closed-class words: from segmented words to the items that the clause reader walks through."""

from __future__ import annotations

from planner.chinese.items import Item, Nominal
from planner.chinese.lexicon import Noun, VerbSense, Word
from planner.chinese.measures import MEASURE, Measure, numeral, read_measure
from planner.chinese.segment import MEASURE_WORDS, dictionary_tag, is_numeral
from planner.chinese.sources import cameras, verb_of_compound

__all__ = ["LOCALISERS", "Phrases"]

LOCALISERS = {
    "on": "上 上面 之上 表面 上边 顶上 顶部 顶端 顶 面上", "above": "上方 上空 头顶", "below": "下 下面 下方 底下 之下 脚下 下边", "in": "里 里面 中 内 之中 内部 当中 里边 之内", "outside": "外 外面 之外 外边 外侧",
    "next_to": "旁 旁边 边 边上 身旁 身边 一旁 一侧", "near": "附近 近处 不远处", "left_of": "左边 左侧 左面 左方 左手边", "right_of": "右边 右侧 右面 右方 右手边",
    "in_front_of": "前 前面 前方 面前 跟前 前边", "behind": "后 后面 后方 身后 背后 后边 后侧", "between": "之间 中间", "in_middle_of": "中央 中心 正中 正中间 正中央 中部", "at_edge": "边缘 左边缘 右边缘 上边缘 下边缘 边沿",
    "around": "周围 四周 周边", "opposite": "对面", "at_end": "一端 一头 另一端 另一头 两端 左端 右端 底端 末端 前端 后端 尽头 两头 另外一端", "bottom": "底部 底 最底部", "corner": "角落 角 左上角 右上角 左下角 右下角",
}  # fmt: skip
LOCALISER_OF = {word: kind for kind, words in LOCALISERS.items() for word in words.split()}
PREPOSITIONS = {
    "在": "在", "于": "在", "从": "从", "自": "从", "由": "由", "到": "到", "至": "到", "向": "向", "往": "向", "朝": "向", "朝着": "向", "向着": "向", "往着": "向", "把": "把", "将": "把", "被": "被", "沿": "沿", "沿着": "沿", "顺着": "沿", "顺": "沿",
    "用": "用", "以": "以", "随": "随", "随着": "随", "跟": "和", "给": "给", "对": "对", "对着": "向", "让": "让", "使": "让", "令": "让", "使得": "让", "导致": "让", "引起": "让", "叫": "叫", "入": "入", "进": "入", "绕着": "绕", "围着": "绕", "离": "离", "距": "离", "经": "经", "通过": "经",
}  # fmt: skip
SEQUENCE = frozenset(["然后", "接着", "随后", "紧接着", "接下来", "之后", "后来", "随即", "而后", "继而", "进而", "最后", "最终", "再", "后", "并", "并且", "且", "而", "就", "便", "于是", "从而", "以后", "终于", "立刻", "立即", "马上", "瞬间", "顿时", "同时", "此时", "这时", "才"])
PROPERTIES = {"温度": "temperature", "速度": "speed", "高度": "height", "体积": "volume", "压力": "pressure", "亮度": "brightness", "水位": "water_level", "气温": "temperature", "颜色": "color", "体温": "temperature", "初速度": "speed", "时速": "speed", "角速度": "angular_speed", "重力": "gravity"}
PRONOUNS = frozenset(["它", "它们", "他", "她", "他们", "她们", "两者", "二者", "自己", "其", "俩"])
SELECTORS = {"最后": "last", "第一": "first", "另": "another", "另一": "another", "另外": "another", "其中": "one_of", "其余": "other", "剩下": "other", "其他": "other", "中间": "middle", "最前面": "first", "最后面": "last", "最上面": "top", "最下面": "bottom", "最左边": "leftmost", "最右边": "rightmost", "最左侧": "leftmost", "最右侧": "rightmost", "最上层": "top", "最底层": "bottom"}
DEGREES = frozenset(["很", "较", "非常", "十分", "更", "更加", "比较", "最", "极", "太", "略", "稍", "有点", "一样", "相当", "特别", "格外"])
COUNTS = frozenset(["次", "下", "回", "遍", "趟", "圈", "步", "声", "周", "脚", "拳", "跤"])
CONTAINERS = {"杯": "cup", "瓶": "bottle", "桶": "bucket", "碗": "bowl", "盆": "basin", "罐": "jar", "箱": "box", "袋": "bag", "壶": "kettle", "锅": "pot", "盘": "plate", "盒": "box", "筐": "basket", "勺": "spoon", "篮": "basket", "车": "truck", "满满一杯": "cup", "小杯": "cup", "大杯": "cup"}
ROWS = {"排": "in_a_row", "列": "in_a_row", "队": "in_a_row", "串": "in_a_row", "圈": "in_a_circle"}
PIECES = frozenset(["块", "片", "截", "段", "小块", "大块", "小片", "大片"])
DISPLAY = frozenset(["背景", "前景", "镜头", "视频", "动画", "场景", "特写", "延时摄影", "慢动作", "效果", "过程", "变化过程", "温度分布", "定律", "原理", "风格", "特效", "影像", "影片", "短片", "图像", "画质", "情景"])
RESULTS = frozenset(["倒", "翻", "碎", "破", "断", "坏", "烂", "裂", "飞", "落", "响", "散", "塌", "垮", "停", "沉", "弯", "扁", "平", "化", "熄", "灭", "满", "中", "穿", "歪", "干", "湿"])
ENDINGS = frozenset("。！？；!?;\n")


TAILS = {
    "ball": "球", "car": "车", "tree": "树", "flower": "花", "fish": "鱼", "bird": "鸟", "box": "箱 盒", "bottle": "瓶", "cup": "杯", "bowl": "碗", "bucket": "桶", "board": "板", "rod": "棒 棍", "pipe": "管", "table": "桌",
    "chair": "椅", "cloth": "布", "paper": "纸", "lamp": "灯", "knife": "刀", "stone": "石", "tower": "塔", "building": "楼", "mountain": "山", "river": "河", "lake": "湖", "boat": "船", "airplane": "机翼机", "bag": "袋", "rope": "绳",
    "ring": "环", "door": "门", "wall": "墙", "hat": "帽", "shoe": "鞋", "bread": "面包", "person": "员 师 者 家 手 工", "meat": "肉", "cake": "饼 糕", "oil": "油", "wine": "酒", "juice": "汁", "acid": "酸", "liquid": "液", "water": "水",
    "soup": "汤", "milk": "奶", "powder": "粉", "gas": "气体", "grass": "草", "glass": "镜", "field": "田", "road": "路", "room": "室 厅 房", "shop": "店", "house": "屋", "dog": "犬", "toy": "玩具", "metal": "金属", "stairs": "梯",
}  # fmt: skip
TAIL_OF = {tail: head for head, tails in TAILS.items() for tail in tails.split()}
TAIL_ROLES = {"liquid": "fluid", "acid": "fluid", "oil": "fluid", "wine": "fluid", "juice": "fluid", "water": "fluid", "soup": "fluid", "milk": "fluid", "powder": "fluid", "gas": "fluid", "person": "character", "dog": "character", "bird": "character", "fish": "character",
    "river": "container", "lake": "container", "bottle": "container", "cup": "container", "bowl": "container", "bucket": "container", "bag": "container", "table": "support", "stairs": "support", "road": "ground", "grass": "ground", "field": "ground", "wall": "obstacle",
    "room": "region", "shop": "region", "cloth": "cloth", "mountain": "ground"}  # fmt: skip


def _by_tail(text: str) -> Noun | None:
    """The kind that the last character of an unknown compound names: 石蕊试纸 is a paper, 浓硫酸 an acid."""
    if len(text) < 2 or not text.isalpha() or text.isascii():
        return None
    head = TAIL_OF.get(text[-2:]) or TAIL_OF.get(text[-1])
    return Noun(head, TAIL_ROLES.get(head, "object"), attributes=(text,)) if head else None


class Phrases:
    """Reads one text. `items` is the result; unknown words become noun phrases or verbs by their place."""

    def __init__(self, texts: list[str], words: list[Word]) -> None:
        self.texts = texts
        self.words = words
        self.items: list[Item] = []
        position = 0
        while position < len(texts):
            item = self._item(position)
            self.items.append(item)
            position = item.end

    def _item(self, i: int) -> Item:
        text = self.texts[i]
        if text in cameras():
            return Item("CAMERA", i, i + 1, text, value=cameras()[text])
        if text.isspace():
            return Item("SKIP", i, i + 1, text)
        if not any(c.isalnum() for c in text):
            kind = "END" if text in ENDINGS else "CONJ" if text == "、" else "SEP" if text in "，,：:…—" else "SKIP"
            return Item(kind, i, i + 1, text)
        closed = self._closed(i)
        if closed is not None:
            return closed
        nominal = self._nominal(i)
        if nominal is not None:
            kind = "NP"
            return self._shown(Item(kind, i, nominal.end, "".join(self.texts[i : nominal.end]), np=nominal))
        return self._other(i)

    # -- closed classes ------------------------------------------------------------------------------------------------------
    def _closed(self, i: int) -> Item | None:
        text, word = self.texts[i], self.words[i]
        last = self._last()
        following = self.texts[i + 1] if i + 1 < len(self.texts) else ""
        next_word = self.words[i + 1] if i + 1 < len(self.words) else Word("")
        one = lambda kind, **k: Item(kind, i, i + 1, text, **k)  # noqa: E731
        match = MEASURE.fullmatch(text)
        measure = read_measure(match) if match else None
        if measure is not None:
            if (following == "的" or measure.role) and self._nominal(i) is not None:
                return None
            return one("MEAS", measure=measure)
        if text in DISPLAY:
            return one("SHOWN")
        if text == "的":
            return one("DE")
        if text == "地" and last in ("ADV", "ADJ"):
            return one("SKIP")
        if text in ("得", "地得"):
            return one("GET")
        if text in ("了", "着") or (text == "过" and last == "V"):
            return one("ASP")
        if text in ("不", "没", "没有", "未", "别", "无法", "并未", "不会", "不再", "未能", "没能"):
            if text == "没有" and last in ("LOC", "") and next_word.noun:
                return one("HAVE", value="no")
            return one("NEG")
        if text == "为" and last == "NP" and self._noun_or_count_follows(i + 1):
            return one("P", value="给")
        if text == "有" or text == "是" or text == "为":
            return one("HAVE" if text == "有" else "BE")
        if text in ("一边", "一面", "边") and next_word.verb is not None and last != "NP":
            return one("SIM")
        if text in ("一", "刚") and next_word.verb is not None and not next_word.noun and following not in MEASURE_WORDS:
            return one("ONCE")
        if text in ("越", "越来越"):
            return one("MORE")
        if text in LOCALISER_OF and last in ("NP", "PROP") and not self._verbal_after_noun(i):
            return one("LOC", value=LOCALISER_OF[text])
        if text in LOCALISER_OF and last in ("P", "SEP", "", "END", "SEQ") and len(text) > 1 and not word.get("manner") and text not in SEQUENCE and not (following == "的" or self._noun_follows(i + 1)):
            return one("LOC", value=LOCALISER_OF[text])
        if text in ("下来", "下去", "上来", "上去", "起来", "进来", "进去", "出来", "出去", "过来", "过去", "回来", "回去", "开来", "开去", "来", "去", "起", "出", "开", "走", "回", "掉", "住") and last in ("V", "ASP", "DIR"):
            return one("DIR")
        if text == "下" and last == "V" and following in ("的", "，"):
            return one("SKIP")
        if text in ("下", "上", "过", "回") and last in ("V", "ASP"):
            return one("DIR")
        if text in ("下", "上") and last in ("NP",) and next_word.noun is not None:
            return one("DIR")
        if text in ("入", "进") and last not in ("V", "ASP", "DIR"):
            return None
        if text in PREPOSITIONS:
            if text in ("把", "对") and i and is_numeral(self.texts[i - 1]):
                return None
            if text == "在" and not next_word.has_noun and not next_word.classes and following and dictionary_tag(following)[:1] == "v":
                return one("SKIP")
            if text == "在" and (next_word.verb is not None and not next_word.noun) and not next_word.classes.keys() & {"material", "color", "size"}:
                return one("SKIP")
            if text in ("让", "使") and False:
                return None
            return one("P", value=PREPOSITIONS[text])
        if text in ("和", "与", "跟", "及", "以及", "或", "同"):
            return one("CONJ")
        if text in ("处", "地方", "位置") and last in ("MEAS", "DE"):
            return one("SKIP")
        if text in ("根据", "按照", "依据", "关于"):
            return one("ABOUT")
        if text in ("时", "的时候", "时候", "期间", "过程中", "的同时"):
            return one("WHEN")
        if text in SEQUENCE and not (text in SELECTORS and self._selects(i)):
            return one("SEQ", value="same" if text in ("同时", "此时", "这时") else None)
        if text in PROPERTIES and not is_numeral(following):
            return one("PROP", value=PROPERTIES[text])
        if is_numeral(text) and following in COUNTS and not self._noun_follows(i + 2) and last in ("V", "ASP", "DIR", "NP"):
            number = numeral(text)
            return Item("TIMES", i, i + 2, text + following, count=int(number) if number else None)
        return None

    def _shown(self, item: Item) -> Item:
        """A noun that speaks of the picture (动画, 延时摄影) is no thing of the scene."""
        n = item.np
        if n is not None and n.mention is not None and self.texts[n.mention[0]] in DISPLAY:
            return Item("SHOWN", item.start, item.end, item.text)
        return item

    def _last(self) -> str:
        for item in reversed(self.items):
            if item.kind not in ("SKIP",) or item.text.strip() == "":
                if item.text.strip() == "":
                    continue
                return item.kind
        return ""

    def _verbal_after_noun(self, i: int) -> bool:
        """上坡, 下山: 上 and 下 before a noun that they move along."""
        return self.texts[i] in ("上", "下") and self._noun_follows(i + 1) and not (i + 2 < len(self.texts) and self.texts[i + 1] in "的")

    def _selects(self, i: int) -> bool:
        following = self.texts[i + 1 : i + 3]
        return bool(following) and (following[0] in ("一", "的", "那", "这") or following[0] in MEASURE_WORDS) and not (len(following) > 1 and self.words[i + 2].verb and not self.words[i + 2].noun and following[1] not in MEASURE_WORDS)

    def _noun_or_count_follows(self, i: int) -> bool:
        return i < len(self.texts) and (self._noun_follows(i) or is_numeral(self.texts[i]) or self.texts[i] in SELECTORS)

    def _noun_follows(self, i: int) -> bool:
        return i < len(self.words) and self.words[i].noun is not None and self.words[i].verb is None

    # -- noun phrases --------------------------------------------------------------------------------------------------------
    def _nominal(self, i: int) -> Nominal | None:
        n = Nominal(i, i)
        j = i
        size = len(self.texts)
        text = self.texts[j]
        if text in PRONOUNS:
            n.pronoun, n.mention, n.end = text, (j, j + 1), j + 1
            return n
        while j < size and (self.texts[j] in ("这", "那", "该", "此", "每", "各", "某", "所有", "这些", "那些", "整个", "全部", "这个") or self._is_selector(j)):
            if self.texts[j] in SELECTORS:
                n.selector = SELECTORS[self.texts[j]]
                if j + 2 < size and self.texts[j + 1] == "的" and (is_numeral(self.texts[j + 2]) or self.texts[j + 2] in ("那", "这")):
                    j += 1
            elif self.texts[j] not in ("每", "各", "某", "所有", "整个", "全部"):
                n.definite = True
            elif self.texts[j] in ("所有", "各", "全部"):
                n.count, n.definite = None, True
            j += 1
        if j < size and self.texts[j] == "第" and j + 1 < size and is_numeral(self.texts[j + 1]):
            n.selector = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}.get(int(numeral(self.texts[j + 1]) or 0), "another")
            j += 2
        elif j < size and is_numeral(self.texts[j]) and j + 1 < size:
            number = numeral(self.texts[j])
            n.count, n.counted = (int(number) if number and number == int(number) else None), True
            j += 1
        measure = None
        if j < size and self.texts[j] in MEASURE_WORDS and (n.counted or n.definite or n.selector):
            follows = j + 1 < size and self.texts[j + 1] not in ("的", "，")
            if not (self.words[j].noun is not None and not follows and not n.counted and not n.selector):
                measure = self.texts[j]
                j += 1
        return self._finish(n, i, j, measure)

    def _is_selector(self, j: int) -> bool:
        text = self.texts[j]
        if text == "中间":
            return j + 1 < len(self.texts) and self.texts[j + 1] in ("那", "的") and (self.texts[j + 1] == "那" or self._noun_follows(j + 2))
        if text.startswith("最") and text != "最后":
            return text in SELECTORS and j + 2 < len(self.texts) and self.texts[j + 1] in ("的", "那", "一") and (is_numeral(self.texts[j + 2]) or self.texts[j + 2] in MEASURE_WORDS or self.texts[j + 2] in ("那", "这"))
        return text in SELECTORS and (text != "最后" or self._selects(j))

    def _finish(self, n: Nominal, i: int, j: int, measure: str | None) -> Nominal | None:
        size = len(self.texts)
        nouns: list[int] = []
        bare = j
        while j < size:
            text, word = self.texts[j], self.words[j]
            if text == "的":
                if j > bare and self._more(j + 1) and not nouns:
                    j += 1
                    continue
                break
            if text.isspace() and j + 1 < size and self.texts[j + 1].isascii():
                j += 1
                continue
            match = MEASURE.fullmatch(text)
            quantity: Measure | None = read_measure(match) if match else None
            if quantity is not None and not nouns and self._more(j + 1, measure_before=True):
                n.measures.append((quantity, j))
                j += 1
                while j < size and (self.texts[j] in ("处", "、", "外", "开外", "之外", "远") or (self.texts[j] in ("和", "与") and j + 1 < size and MEASURE.fullmatch(self.texts[j + 1]))):
                    j += 1
                continue
            if text in DEGREES and j + 1 < size and self.words[j + 1].classes.keys() & {"attribute", "size"}:
                j += 1
                continue
            if text in MEASURE_WORDS and word.noun is None and j > bare and not nouns and self._noun_follows(j + 1):
                j += 1
                continue
            if nouns and word.noun is not None and word.verb is None and self._compound(nouns[-1], j):
                nouns.append(j)
                j += 1
                continue
            if not nouns and self._modifier(n, j):
                j += 1
                if n.color and j + 1 < size and self.texts[j] in ("和", "与", "、") and self.words[j + 1].get("color") and self._more(j + 2):
                    n.color = f"{n.color}+{self.words[j + 1].get('color')}"  # 黑色和白色油漆
                    j += 2
                continue
            if nouns and self._billiard(nouns[-1], j):
                for k in nouns:
                    self._describe_by_noun(n, k)
                nouns = []
                continue
            if not nouns and self._is_noun(j, j > i):
                nouns.append(j)
                j += 1
                continue
            break
        return self._close(n, i, j, nouns, measure)

    def _more(self, j: int, measure_before: bool = False) -> bool:
        """Whether a noun (perhaps with modifiers) starts at `j`, so that what stands before it belongs to it."""
        size = len(self.texts)
        for k in range(j, min(size, j + 9)):
            text, word = self.texts[k], self.words[k]
            if text in PROPERTIES or text in ("地方", "位置"):
                return False
            if self._is_noun(k, True):
                return True
            if (text in ("的", "和", "、", "、", "与", "处") and measure_before) or text == "的" or text.isspace():
                continue
            if word.classes.keys() & {"color", "size", "material", "attribute", "position"} or text in DEGREES or is_numeral(text) or text in MEASURE_WORDS:
                continue
            if (match := MEASURE.fullmatch(text)) and read_measure(match):
                continue
            return False
        return False

    def _is_noun(self, j: int, inside: bool) -> bool:
        word = self.words[j]
        if word.noun is not None:
            if self.texts[j] == "地" or (self.texts[j] in LOCALISER_OF and not inside):
                return word.noun is not None and inside and self.texts[j] == "地"
            return word.verb is None or inside
        if word.get("group") is not None and inside:
            return True
        return inside and self._unknown_noun(j)

    def _unknown_noun(self, j: int) -> bool:
        word, text = self.words[j], self.texts[j]
        if word.verb or word.classes or not text[0].isalnum() or is_numeral(text) or text in MEASURE_WORDS or text in LOCALISER_OF or text in PREPOSITIONS:
            return False
        return not dictionary_tag(text).startswith(("v", "d", "c", "p", "r", "u", "a"))

    def _modifier(self, n: Nominal, j: int) -> bool:
        """Takes word `j` into `n` as a modifier when a noun follows."""
        word, text = self.words[j], self.texts[j]
        kinds = word.classes.keys() & {"color", "size", "material", "attribute", "position"}
        if not kinds or not self._more(j + 1):
            return False
        follows_de = j + 1 < len(self.texts) and self.texts[j + 1] == "的"
        if word.verb is not None and not follows_de and not kinds & {"color", "material"}:
            return False
        if "manner" in word.classes and not follows_de and kinds <= {"position"}:
            return False
        if follows_de and word.noun is not None and word.noun.role not in ("ground", "fluid") and not kinds & {"material", "color"}:
            return False
        if "color" in kinds:
            n.color = word.get("color")
        elif "material" in kinds and not (text in ("雪", "冰", "沙") and follows_de):
            n.material = word.get("material")
        elif "size" in kinds:
            n.size = word.get("size")
        elif "position" in kinds:
            n.attributes.append(str(word.get("position")))
        elif "attribute" in kinds:
            n.attributes.append(str(word.get("attribute")))
        else:
            return False
        return True

    def _compound(self, k: int, j: int) -> bool:
        """Whether noun `j` goes on after noun `k` in one compound (积木 塔, 咖啡 杯), rather than starting a phrase of its own."""
        left, right = self.words[k].noun, self.words[j].noun
        if left is None:
            return True
        if right is None or (self.texts[j] in LOCALISER_OF and self.texts[j] not in ("塔",)):
            return False
        if left.role == "character" or right.role == "field" or right.role == "character":
            return False
        return not (j + 1 < len(self.texts) and self.texts[j + 1] == "那")

    def _billiard(self, k: int, j: int) -> bool:
        """台球白球: a noun that names the kind of a second, coloured noun."""
        return self.words[k].get("attribute") is not None and "color" in self.words[j].classes and self._noun_follows(j + 1)

    def _describe_by_noun(self, n: Nominal, k: int) -> None:
        word = self.words[k]
        n.attributes.append(word.get("attribute") or (word.noun.head.replace(" ", "_") if word.noun else self.texts[k]))

    def _close(self, n: Nominal, i: int, j: int, nouns: list[int], measure: str | None) -> Nominal | None:
        if not nouns:
            if (n.selector and (measure or n.definite)) or (n.counted and measure and n.color) or (n.definite and measure):
                n.end, n.mention = j, (i, j)
                return n
            if n.counted and measure and not MEASURE_WORDS.isdisjoint({measure}) and measure not in COUNTS:
                n.end, n.mention = j, (i, j)
                return n
            return None
        last = nouns[-1]
        word = self.words[last]
        n.end, n.mention = j, (last, last + 1)
        group = word.get("group")
        if group is not None and len(nouns) > 1:
            members = self._plain(nouns[-2])
            members.material, members.color = n.material, n.color
            n.material = n.color = None
            members.count = None
            n.head, n.group, n.members, n.role = group, group, members, "object"
            return n
        if word.noun is not None:
            self._apply(n, word)
            for k in nouns[:-1]:
                self._describe_by_noun(n, k)
        elif (tail := _by_tail(self.texts[last])) is not None:
            self._apply(n, Word(self.texts[last], own=tail))
        else:
            n.head, n.unknown = self.texts[last], True
            if group is not None:
                n.head, n.unknown = group, False
        if measure is not None:
            return self._measured(n, measure)
        if n.role == "fluid" and not n.counted:
            n.count = 1
        return n

    def _plain(self, k: int) -> Nominal:
        n = Nominal(k, k + 1, mention=(k, k + 1))
        if self.words[k].noun is not None:
            self._apply(n, self.words[k])
        elif (tail := _by_tail(self.texts[k])) is not None:
            self._apply(n, Word(self.texts[k], own=tail))
        else:
            n.head, n.unknown = self.texts[k], True
        return n

    def _apply(self, n: Nominal, word: Word) -> None:
        noun = word.noun
        assert noun is not None
        n.head, n.role = noun.head, noun.role
        n.material = n.material or noun.material
        n.size = n.size or noun.size
        n.attributes += [a for a in noun.attributes if a not in n.attributes]

    def _measured(self, n: Nominal, measure: str) -> Nominal:
        """一堆积木 is a pile of blocks, 一杯水 a cup with water, 一排骨牌 dominoes in a row, 一块冰 a piece."""
        key = measure.removeprefix("小").removeprefix("大") if len(measure) == 2 else measure
        group = {"堆": "pile", "摞": "stack", "叠": "stack", "垛": "stack", "捆": "bundle", "束": "bundle", "群": "group"}.get(key)
        if group == "group" or measure in ROWS:
            n.count = None
            if measure in ROWS:
                n.attributes.append(ROWS[measure])
        elif group is not None:
            whole = Nominal(n.start, n.end, group, n.mention, counted=True, count=n.count, group=group, members=n)
            n.count, n.counted = None, False
            return whole
        elif measure in ("双", "对"):
            n.count = 2 * (n.count or 1)
        elif key in CONTAINERS and n.head != CONTAINERS[key] and (n.role in ("fluid",) or key not in ("箱", "盘", "车", "锅") or n.role == "object") and not n.attributes.count("potted"):
            n.holder = Nominal(n.start, n.end, CONTAINERS[key], n.mention, role="container" if key != "盘" else "support", counted=True, count=n.count)
            n.count, n.counted = (1 if n.role == "fluid" else None), False
        elif measure in PIECES and n.material is not None and n.head in (n.material, "ice", "iron", "wood", "glass", "paper", "cloth", "cheese", "rubber"):
            n.attributes.append("piece")
        elif measure == "些":
            n.count = None
        return n

    def _compound_verb(self, i: int) -> Item | None:
        """砸坏, 踢倒: a verb and its result as one item with the events that the shared lexicon reads in them."""
        if i + 1 >= len(self.texts) or len(self.texts[i]) > 1 or self.texts[i + 1] not in RESULTS:
            return None
        reading = verb_of_compound(self.texts[i] + self.texts[i + 1])
        if reading is None:
            return None
        return Item("V", i, i + 2, self.texts[i] + self.texts[i + 1], verb=VerbSense(reading.lemmas, reading.flags, reading.manner))

    # -- verbs, manners and what is left --------------------------------------------------------------------------------------
    def _other(self, i: int) -> Item:
        text, word = self.texts[i], self.words[i]
        following = self.words[i + 1] if i + 1 < len(self.words) else Word("")
        one = lambda kind, **k: Item(kind, i, i + 1, text, **k)  # noqa: E731
        manner = word.get("manner")
        if manner is not None and (word.verb is None or following.verb is not None):
            return one("ADV", value=manner)
        if word.verb is not None:
            return self._compound_verb(i) or one("V", verb=word.verb)
        if text in ("旁", "旁边", "周围") or (text in LOCALISER_OF and text not in ("上", "下", "前", "后", "中")):
            return one("LOC", value=LOCALISER_OF.get(text, "next_to"))
        if word.get("attribute") or word.get("size") or word.get("color"):
            return one("ADJ", value=word.get("attribute") or word.get("size") or word.get("color"))
        if word.get("material"):
            n = self._plain(i)
            n.head, n.unknown, n.material = word.get("material"), False, word.get("material")
            return Item("NP", i, i + 1, text, np=n)
        if text in ("下", "上", "去", "来") or is_numeral(text) or "skip" in word.classes or text in MEASURE_WORDS:
            return one("SKIP")
        tag = dictionary_tag(text)
        if tag.startswith(("d", "c", "p", "r", "u", "e", "y", "o", "f", "m", "q", "t")):
            return one("SKIP")
        if tag.startswith("v"):
            return one("V", verb=VerbSense((text,), frozenset("it?"))) if len(text) > 1 or following.noun else one("SKIP")
        if tag.startswith("a"):
            return one("ADJ", value=None)
        n = self._plain(i)
        return Item("NP", i, i + 1, text, np=n)
