"""Closed classes of Chinese: localisers, prepositions, connectives, measure words that hold or group, tails of compounds."""

from planner.chinese.lexicon import Noun

__all__ = [
    "CONTAINERS",
    "COUNTS",
    "DEGREES",
    "DISPLAY",
    "ENDINGS",
    "LOCALISERS",
    "LOCALISER_OF",
    "PIECES",
    "PREPOSITIONS",
    "PRONOUNS",
    "PROPERTIES",
    "RESULTS",
    "ROWS",
    "SELECTORS",
    "SEQUENCE",
    "TAILS",
    "TAIL_OF",
    "TAIL_ROLES",
    "by_tail",
]

LOCALISERS = {
    "on": "上 上面 之上 表面 上边 顶上 顶部 顶端 顶 面上", "above": "上方 上空 头顶", "below": "下 下面 下方 底下 之下 脚下 下边", "in": "里 里面 中 内 之中 内部 当中 里边 之内", "outside": "外 外面 之外 外边 外侧",
    "next_to": "旁 旁边 边 边上 身旁 身边 一旁 一侧", "far": "远处 远方", "near": "附近 近处 不远处", "left_of": "左边 左侧 左面 左方 左手边", "right_of": "右边 右侧 右面 右方 右手边",
    "in_front_of": "前 前面 前方 面前 跟前 前边", "behind": "后 后面 后方 身后 背后 后边 后侧", "between": "之间 中间", "in_middle_of": "中央 中心 正中 正中间 正中央 中部", "at_edge": "边缘 左边缘 右边缘 上边缘 下边缘 边沿",
    "around": "周围 四周 周边", "opposite": "对面", "at_end": "一端 一头 另一端 另一头 两端 左端 右端 底端 末端 前端 后端 尽头 两头 另外一端", "bottom": "底部 底 最底部", "corner": "角落 角 左上角 右上角 左下角 右下角",
}  # fmt: skip
LOCALISER_OF = {word: kind for kind, words in LOCALISERS.items() for word in words.split()}
PREPOSITIONS = {
    "在": "在", "于": "在", "从": "从", "自": "从", "由": "由", "到": "到", "至": "到", "向": "向", "往": "向", "朝": "向", "朝着": "向", "向着": "向", "往着": "向", "把": "把", "将": "把", "被": "被", "沿": "沿", "沿着": "沿", "顺着": "沿", "顺": "沿",
    "用": "用", "以": "以", "随": "随", "随着": "随", "跟": "和", "给": "给", "对": "对", "对着": "向", "让": "让", "使": "让", "令": "让", "使得": "让", "导致": "让", "引起": "让", "叫": "叫", "入": "入", "进": "入", "绕着": "绕", "围着": "绕", "离": "离", "距": "离", "经": "经", "通过": "经",
}  # fmt: skip
SEQUENCE = frozenset(["然后", "接着", "随后", "紧接着", "接下来", "之后", "后来", "随即", "而后", "继而", "进而", "最后", "最终", "再", "后", "并", "并且", "且", "而", "就", "便", "于是", "从而", "以后", "终于", "立刻", "立即", "马上", "瞬间", "顿时", "同时", "此时", "这时", "才"])  # fmt: skip
PROPERTIES = {"温度": "temperature", "速度": "speed", "高度": "height", "体积": "volume", "压力": "pressure", "亮度": "brightness", "水位": "water_level", "气温": "temperature", "颜色": "color", "体温": "temperature", "初速度": "speed", "转速": "speed", "车速": "speed", "水温": "temperature", "时速": "speed", "角速度": "angular_speed", "重力": "gravity"}  # fmt: skip
PRONOUNS = frozenset(["它", "它们", "他", "她", "他们", "她们", "两者", "二者", "自己", "其", "俩"])
SELECTORS = {"最后": "last", "第一": "first", "另": "another", "另一": "another", "另外": "another", "其中": "one_of", "其余": "other", "剩下": "other", "其他": "other", "中间": "middle", "最前面": "first", "最后面": "last", "最上面": "top", "最下面": "bottom", "最左边": "leftmost", "最右边": "rightmost", "最左侧": "leftmost", "最右侧": "rightmost", "最上层": "top", "最底层": "bottom"}  # fmt: skip
DEGREES = frozenset(
    [
        "很",
        "较",
        "非常",
        "十分",
        "更",
        "更加",
        "比较",
        "最",
        "极",
        "太",
        "略",
        "稍",
        "有点",
        "一样",
        "相当",
        "特别",
        "格外",
    ]
)
COUNTS = frozenset(["次", "下", "回", "遍", "趟", "圈", "步", "声", "周", "脚", "拳", "跤"])
CONTAINERS = {"杯": "cup", "瓶": "bottle", "桶": "bucket", "碗": "bowl", "盆": "basin", "罐": "jar", "箱": "box", "袋": "bag", "壶": "kettle", "锅": "pot", "盘": "plate", "盒": "box", "筐": "basket", "勺": "spoon", "篮": "basket", "车": "truck", "满满一杯": "cup", "小杯": "cup", "大杯": "cup"}  # fmt: skip
ROWS = {"排": "in_a_row", "列": "in_a_row", "队": "in_a_row", "串": "in_a_row", "圈": "in_a_circle"}
PIECES = frozenset(["块", "片", "截", "段", "小块", "大块", "小片", "大片"])
DISPLAY = frozenset(
    [
        "姿态",
        "形状",
        "方式",
        "动作",
        "注意力",
        "形式",
        "样子",
        "姿势",
        "状态",
        "背景",
        "前景",
        "镜头",
        "视频",
        "动画",
        "场景",
        "特写",
        "延时摄影",
        "慢动作",
        "效果",
        "过程",
        "变化过程",
        "温度分布",
        "定律",
        "原理",
        "风格",
        "特效",
        "影像",
        "影片",
        "短片",
        "图像",
        "画质",
        "情景",
        "比赛",
        "足球比赛",
        "篮球比赛",
        "表演",
    ]
)
RESULTS = frozenset(
    [
        "倒",
        "翻",
        "碎",
        "破",
        "断",
        "坏",
        "烂",
        "裂",
        "飞",
        "落",
        "响",
        "散",
        "塌",
        "垮",
        "停",
        "沉",
        "弯",
        "扁",
        "平",
        "化",
        "熄",
        "灭",
        "满",
        "中",
        "穿",
        "歪",
        "干",
        "湿",
    ]
)
ENDINGS = frozenset("。！？；!?;\n")
TAILS = {
    "balloon": "气球", "ball": "球", "car": "车", "tree": "树", "flower": "花", "fish": "鱼", "bird": "鸟", "box": "箱 盒", "bottle": "瓶", "cup": "杯", "bowl": "碗", "bucket": "桶", "board": "板", "rod": "棒 棍", "pipe": "管", "table": "桌",
    "chair": "椅", "cloth": "布", "paper": "纸", "lamp": "灯", "knife": "刀", "stone": "石", "tower": "塔", "building": "楼", "mountain": "山", "river": "河", "lake": "湖", "boat": "船", "airplane": "机翼机", "bag": "袋", "rope": "绳",
    "ring": "环", "door": "门", "wall": "墙", "hat": "帽", "shoe": "鞋", "bread": "面包", "person": "员 师 者 家 手 工", "meat": "肉", "cake": "饼 糕", "oil": "油", "wine": "酒", "juice": "汁", "acid": "酸", "liquid": "液", "water": "水",
    "soup": "汤", "milk": "奶", "powder": "粉", "gas": "气体", "grass": "草", "glass": "镜", "field": "田", "road": "路", "room": "室 厅 房", "shop": "店", "house": "屋", "dog": "犬", "toy": "玩具", "metal": "金属", "stairs": "梯",
}  # fmt: skip
TAIL_OF = {tail: head for head, tails in TAILS.items() for tail in tails.split()}
TAIL_ROLES = {"liquid": "fluid", "acid": "fluid", "oil": "fluid", "wine": "fluid", "juice": "fluid", "water": "fluid", "soup": "fluid", "milk": "fluid", "powder": "fluid", "gas": "fluid", "person": "character", "dog": "character", "bird": "character", "fish": "character",
    "river": "container", "lake": "container", "bottle": "container", "cup": "container", "bowl": "container", "bucket": "container", "bag": "container", "table": "support", "stairs": "support", "road": "ground", "grass": "ground", "field": "ground", "wall": "obstacle",
    "room": "region", "shop": "region", "cloth": "cloth", "mountain": "ground"}  # fmt: skip


def by_tail(text: str) -> Noun | None:
    """The kind that the last character of an unknown compound names: 石蕊试纸 is a paper, 浓硫酸 an acid."""
    if len(text) < 2 or not text.isalpha() or text.isascii():
        return None
    head = TAIL_OF.get(text[-2:]) or TAIL_OF.get(text[-1])
    return Noun(head, TAIL_ROLES.get(head, "object"), attributes=(text,)) if head else None
