"""Every word that a report says by itself, in English and in Chinese; both languages have the same keys."""

from __future__ import annotations

import re
from typing import Any, Literal

__all__ = ["WORDS", "Language", "audit_evidence", "material_word", "painted", "quantity_word", "reading_word", "words"]

Language = Literal["en", "zh"]

_PAIRS: dict[str, tuple[str, str]] = {
    # page
    "page_title": ("Record of a run", "运行记录"),
    "brand": ("Physics record", "物理记录"),
    "legend": ("In the sentence", "句中标记"),
    "read_as": ("Read as", "理解为"),
    "nothing_read": ("The scene was given as a file; no text was read.", "场景由文件给出，没有解析文字。"),
    "unread": ("not read, left to the renderer", "未能理解，交给画面生成"),
    "clip": ("The clip", "短片"),
    "no_clip": ("No pictures were made in this run.", "本次运行没有生成画面。"),
    "clip_large": (
        "The clip is too large to put into this page; it lies beside it:",
        "短片太大，没有嵌入本页；它就在旁边：",
    ),
    "outcomes": ("Asked outcomes", "要求的结果"),
    "no_outcomes": (
        "The text asks for no outcome; what happened is told below.",
        "文字没有要求特定结果；发生的事见下文。",
    ),
    "happened": ("happened", "已发生"),
    "missed": ("did not happen", "没有发生"),
    "refused": ("refused", "拒绝"),
    "concession": ("Needed a concession", "需要让步"),
    "choices": ("What you can do", "可以怎么做"),
    "chosen": ("Chosen so that it happens", "为使其发生而选定"),
    "chosen_tried": ("Best value found by the search; it did not suffice", "搜索得到的最佳值；仍不足够"),
    "in_range": ("{value} in {low}–{high}", "{value}，合理范围 {low}–{high}"),
    "out_range": ("{value}, outside its honest range {low}–{high}", "{value}，超出合理范围 {low}–{high}"),
    "holds": ("it happens for {low}–{high}", "在 {low}–{high} 内都会发生"),
    "not_predicted": (
        "A chosen value makes the outcome happen; it does not predict that it would.",
        "选定的值使结果发生；并不预言它必然如此。",
    ),
    "story": ("What happened", "经过"),
    "story_more": (
        "… and {count} more moments; all contacts are in contacts.csv.",
        "……另有 {count} 个时刻；全部接触见 contacts.csv。",
    ),
    "story_none": ("Nothing moved.", "没有物体运动。"),
    "plots": ("Measured on the simulation", "模拟中的测量"),
    "view3d": ("The simulation in three dimensions", "三维模拟"),
    "view3d_play": ("Play or stop", "播放或停止"),
    "view3d_reset": ("View of the clip", "回到短片视角"),
    "view3d_note": (
        "Drag to turn, shift-drag to move, scroll to come closer; the slider, the clip and the plots share one time. Shapes and poses are those of the simulation; glass and light are only hinted at.",
        "拖动可旋转，按住 Shift 拖动可平移，滚轮可缩放；滑块、短片与曲线共用同一时间。形状与位姿取自模拟，玻璃与光照仅作示意。",
    ),
    "view3d_sorry": (
        "This browser offers no WebGL, so the scene cannot be turned here; `hybrid export DIR --to glb` writes it for other viewers.",
        "当前环境不支持 WebGL，无法在此转动场景；可用 `hybrid export DIR --to glb` 导出后查看。",
    ),
    "plots_note": (
        "Recorded {fps} times a second; around a contact the line follows the recorded velocities. The cursor follows the clip; click a plot to go there.",
        "每秒记录 {fps} 次；接触前后按记录的速度连线。光标随短片移动；点击图可跳到该时刻。",
    ),
    "plots_most": (
        "The {count} bodies that move most are drawn, of {all}.",
        "共 {all} 个运动物体，图中为移动最多的 {count} 个。",
    ),
    "height": ("Height of the lowest point", "最低点高度"),
    "speed": ("Speed", "速度"),
    "energy": ("Energy", "能量"),
    "kinetic": ("kinetic", "动能"),
    "potential": ("potential, from its lowest", "势能（以最低处为零）"),
    "total": ("total", "总能量"),
    "temperature_time": ("Temperature over time", "温度随时间变化"),
    "temperature_along": ("Temperature along the body", "沿物体的温度"),
    "temperature": ("temperature", "温度"),
    "along": ("place along the body", "沿物体的位置"),
    "time": ("time", "时间"),
    "physical_time": ("time of the heat", "热过程时间"),
    "contact_mark": ("contact", "接触"),
    "hottest": ("hottest", "最高"),
    "mean": ("mean", "平均"),
    "coldest": ("coldest", "最低"),
    "elements": ("What moves what", "各部分由什么决定"),
    "statuses": ("Five words", "五种状态"),
    "name": ("Name", "名称"),
    "what": ("What", "类别"),
    "status": ("Motion", "运动"),
    "appearance": ("Looks", "外观"),
    "why": ("Why", "原因"),
    "in_text": ("In the text", "原文"),
    "painted": ("Painted around the bodies", "画面中仅为绘制的部分"),
    "drawn_as": ("Shown otherwise than it looks", "以其他方式显示"),
    "assumptions": ("What was not in the text, and how to change it", "文字没有说明的量，以及如何修改"),
    "assumptions_note": (
        "Add the option to the command, or edit scene.yaml.",
        "在命令后加上该选项，或编辑 scene.yaml。",
    ),
    "no_assumptions": ("Nothing was assumed.", "没有假设任何量。"),
    "value": ("Value", "数值"),
    "source": ("From", "来源"),
    "change": ("Change it", "修改方式"),
    "materials": ("Materials in contact", "相互接触的材料"),
    "material": ("Material", "材料"),
    "pair": ("Pair", "材料对"),
    "used": ("Used", "使用值"),
    "range": ("Honest range", "合理范围"),
    "trust": ("Trust", "可信度"),
    "citation": ("Where the figure comes from", "数值出处"),
    "differs": (
        "the library says {wanted}; the solver could meet it only so far",
        "资料值为 {wanted}；求解器只能近似满足",
    ),
    "contacts": ("Contacts", "接触"),
    "contacts_count": ("{count} in all; the first {shown} are shown.", "共 {count} 次；列出前 {shown} 次。"),
    "no_contacts": ("No two bodies touched with force.", "没有受力的接触。"),
    "from_to": ("Time [s]", "时间 [秒]"),
    "bodies": ("Bodies", "物体"),
    "impulse": ("Impulse [N s]", "冲量 [牛·秒]"),
    "before": ("Closing [m/s]", "接近 [米/秒]"),
    "after": ("Parting [m/s]", "分离 [米/秒]"),
    "restitution_of": ("e", "恢复系数"),
    "stays": ("stays", "保持接触"),
    "advice": ("Advice", "建议"),
    "audit": ("Audit of the physics", "物理审计"),
    "audit_passed": ("Passed", "通过"),
    "audit_failed": ("The audit failed: do not trust this motion", "审计未通过：请勿采信这段运动"),
    "audit_none": ("No audit was recorded.", "没有审计记录。"),
    "check": ("Check", "检查"),
    "result": ("Result", "结果"),
    "figure": ("Figure", "数值"),
    "bound": ("Bound", "界限"),
    "evidence": ("Evidence", "证据"),
    "passed": ("passed", "通过"),
    "failed": ("failed", "未通过"),
    "camera": ("Camera", "镜头"),
    "made": ("How it was made", "生成方式"),
    "backend": ("Pictures by", "画面"),
    "seed": ("Seed", "随机种子"),
    "video_model": ("Video model", "视频模型"),
    "guidance": ("Motion guidance", "运动引导"),
    "experts": ("Experts that ran", "运行的专家"),
    "memory": ("Memory preset", "显存方案"),
    "weights_hash": ("Hash of the weights", "权重哈希"),
    "calibrated": ("calibrated on these weights", "已在此权重上校准"),
    "uncalibrated": (
        "uncalibrated: the noise levels were not swept on these weights",
        "未校准：噪声水平没有在此权重上调整",
    ),
    "steps": ("Steps per second", "每秒步数"),
    "recorded": ("Recorded", "记录"),
    "frames_at": ("{frames} frames at {fps} a second, {seconds} s", "{frames} 帧，每秒 {fps} 帧，共 {seconds} 秒"),
    "gravity": ("Gravity", "重力加速度"),
    "timing": ("Time taken", "耗时"),
    "versions": ("Versions", "版本"),
    "prompt": ("Words for a video model", "视频模型提示词"),
    "notes": ("Notes of the solver", "求解器说明"),
    "medium": ("Medium", "介质"),
    "heat": ("Heat", "热"),
    "adherence": ("Adherence of the clip to the simulation", "短片与模拟的一致程度"),
    "exit_status": ("Exit status", "退出状态"),
    "verdict_all": ("Everything asked for happened", "要求的结果全部发生"),
    "verdict_still": ("Done", "完成"),
    "verdict_missed": ("{missed} of {count} asked outcomes did not happen", "{count} 项要求中有 {missed} 项没有发生"),
    "verdict_refused": ("{count} parts of the text were refused", "文字中有 {count} 处被拒绝"),
    "verdict_refused_one": ("One part of the text was refused", "文字中有一处被拒绝"),
    "verdict_outcome_refused": (
        "{refused} of {count} asked outcomes were refused",
        "{count} 项要求中有 {refused} 项被拒绝",
    ),
    "verdict_concession": ("Done, with a concession", "完成，但作了让步"),
    "verdict_audit": ("The audit of the physics failed", "物理审计未通过"),
    # labels of the clip
    "label_preview": (
        "computed preview: motion solved by simulation; not diffusion",
        "计算预览：运动由模拟求解，不是扩散模型生成",
    ),
    "label_guided": (
        "diffused clip: motion guided by the simulation, appearance generated",
        "扩散模型短片：运动由模拟引导，画面由模型生成",
    ),
    "label_no_clip": ("simulation without pictures: motion solved", "只有模拟，没有画面：运动由求解得到"),
    "adherence_preview": (
        "Not measured: a preview shows the simulated motion itself and is not diffusion.",
        "未测量：预览直接显示模拟的运动，不是扩散模型生成。",
    ),
    "adherence_no_clip": ("Not measured: no pictures were made.", "未测量：没有生成画面。"),
    "adherence_missing": (
        "Not measured: this clip was diffused, and how well it follows the simulation is unknown.",
        "未测量：该短片由扩散模型生成，它与模拟的一致程度未知。",
    ),
    # the five words
    "solved": ("solved", "求解"),
    "actuated": ("actuated", "驱动"),
    "proxied": ("proxied", "近似"),
    "imagined": ("imagined", "想象"),
    "solved_means": ("the laws of motion were integrated", "由运动定律积分得到"),
    "actuated_means": ("a declared driver moved it", "由声明的驱动器带动"),
    "proxied_means": ("a simpler thing stands for it", "由更简单的东西代替"),
    "imagined_means": ("only the renderer or video model paints it", "仅由画面绘制，没有物理"),
    "refused_means": ("cannot be done; why, and what can", "无法做到；说明原因和可行办法"),
    # kinds of elements and marks of the sentence
    "entity": ("thing", "物体"),
    "event": ("event", "事件"),
    "relation": ("relation", "关系"),
    "environment": ("surroundings", "环境"),
    "quantity": ("quantity", "数量"),
    "times": ("×{count}", "×{count}"),
    "negated": ("not", "不"),
    # sources of values
    "stated": ("stated", "文中写明"),
    "known": ("known", "常识"),
    "assumed": ("assumed", "假设"),
    "searched": ("searched", "搜索选定"),
    "set": ("set", "用户设定"),
    "checked": ("checked", "已核对"),
    "recalled": ("recalled", "凭手册"),
    "checked_means": ("confirmed in a primary text", "已在原始文献中核对"),
    "recalled_means": ("a handbook's figure, not re-read", "手册数值，未重新核对"),
    "assumed_means": ("a rule of thumb", "经验估计"),
    "searched_means": ("chosen by the search so that the asked outcome happens", "由搜索选定，使要求的结果发生"),
    "set_means": ("given by you", "由您给定"),
    # the story
    "hit": (
        "{a} hits {b} at {before} m/s, leaves at {after} m/s (e = {e})",
        "{a}以 {before} 米/秒撞上{b}，以 {after} 米/秒离开（恢复系数 {e}）",
    ),
    "hit_leaves": (
        "{a} hits {b} at {before} m/s, leaves at {after} m/s",
        "{a}以 {before} 米/秒撞上{b}，以 {after} 米/秒离开",
    ),
    "hit_stays": ("{a} hits {b} at {before} m/s and stays on it", "{a}以 {before} 米/秒碰到{b}，并保持接触"),
    "hit_plain": ("{a} hits {b} at {before} m/s", "{a}以 {before} 米/秒碰到{b}"),
    "bounce_number": ("bounce {number}, rises {rise} m", "第 {number} 次弹跳，弹起 {rise} 米"),
    "rests_at": ("{a} comes to rest at x = {x} m, y = {y} m", "{a}停在 x = {x} 米、y = {y} 米处"),
    "driver_starts": ("{name} begins to move {body}", "{name} 开始带动{body}"),
    "driver_stops": ("{name} lets go of {body}", "{name} 停止带动{body}"),
    "event_fires": ("event: {name}", "事件：{name}"),
    "breaks_into": ("{a} breaks into {pieces} pieces", "{a}碎成 {pieces} 块"),
    "piece_begins": ("{a} breaks off {b}", "{a}从{b}上碎裂出来"),
    "body_ends": ("{a} is no more", "{a}不复存在"),
    "body": ("Body", "物体"),
    "mass": ("Mass", "质量"),
    "top_speed": ("Top speed", "最高速度"),
    "displacement": ("From start", "离起点"),
    "bounces": ("Bounces", "弹跳"),
    "rest": ("At rest from", "静止于"),
    "seconds": ("s", "秒"),
    "fixed": ("fixed", "固定"),
    "sparks": ("Over time", "随时间变化"),
    "lasting": ("{seconds} s simulated", "模拟 {seconds} 秒"),
}

WORDS: dict[Language, dict[str, str]] = {
    "en": {key: pair[0] for key, pair in _PAIRS.items()},
    "zh": {key: pair[1] for key, pair in _PAIRS.items()},
}

_QUANTITIES = {
    "restitution": "恢复系数", "friction": "动摩擦系数", "static_friction": "静摩擦系数", "rolling": "滚动阻力系数",
    "rolling_friction": "滚动阻力系数", "mass": "质量", "density": "密度", "position": "位置", "orientation": "朝向",
    "material": "材料", "shape": "形状", "color": "颜色", "gravity": "重力加速度", "linear_velocity": "速度",
    "angular_velocity": "角速度", "initial": "初始温度", "value": "数值", "coefficient": "换热系数", "height": "高度",
    "radius": "半径", "size": "尺寸", "duration": "时长", "physical_duration": "物理时长", "temperature": "温度",
    "conductivity": "导热系数", "specific_heat": "比热容", "emissivity": "发射率", "speed": "速率", "wall": "壁厚",
    "finite": "数值有限", "momentum": "动量", "overlap": "重叠", "energy": "能量",
    "read": "理解", "plan": "规划", "simulate": "模拟", "heat": "热", "render": "渲染", "report": "报告",
}  # fmt: skip
_READING = {
    "red": "红", "orange": "橙", "yellow": "黄", "green": "绿", "blue": "蓝", "purple": "紫", "violet": "紫", "pink": "粉", "brown": "棕",
    "black": "黑", "white": "白", "gray": "灰", "grey": "灰", "silver": "银色", "golden": "金色", "gold": "金色", "transparent": "透明",
    "on": "在上面", "in": "在里面", "inside": "在里面", "under": "在下面", "below": "在下方", "above": "在上方", "over": "在上方",
    "left_of": "在左边", "right_of": "在右边", "behind": "在后面", "in_front_of": "在前面", "beside": "在旁边", "next_to": "在旁边",
    "near": "靠近", "between": "在之间", "on_top_of": "在顶上", "against": "靠着", "attached_to": "连着", "part_of": "的一部分",
    "distance": "距离", "angle": "角度", "mass": "质量", "time": "时间", "diameter": "直径", "length": "长度", "width": "宽度",
    "gravity": "重力", "moon": "月球", "weather": "天气", "place": "地点", "time_of_day": "时段", "big": "大", "large": "大", "small": "小",
    "tiny": "极小", "huge": "巨大", "heavy": "重", "light": "轻", "tall": "高", "long": "长", "left": "左边的", "right": "右边的",
}  # fmt: skip
_EN = {
    "linear_velocity": "velocity",
    "rolling": "rolling resistance",
    "rolling_friction": "rolling resistance",
    "initial": "initial temperature",
}


def words(language: str) -> dict[str, str]:
    """The words of a language; English for one that has none."""
    return WORDS["zh" if language == "zh" else "en"]


def quantity_word(key: str, language: str) -> str:
    """A quantity's name as people say it: restitution, 恢复系数."""
    if language == "zh":
        return _QUANTITIES.get(key, key.replace("_", " "))
    return _EN.get(key, key.replace("_", " "))


def reading_word(key: Any, language: str) -> str:
    """A canonical word of a frame (colour, relation, role of a quantity) in the report's language; unknown ones as they are."""
    plain = str(key)
    if language == "zh":
        return _READING.get(plain, _QUANTITIES.get(plain, plain.replace("_", " ")))
    return plain.replace("_", " ")


def material_word(name: str, language: str) -> str:
    """A material (or a pair such as rubber+concrete) as people say it; names that are no material stay as they are."""
    from scenes.materials import library

    known = library()
    parts = []
    for part in name.split("+"):
        chinese = known.material(part).chinese if language == "zh" and known.has(part) else ()
        parts.append(chinese[0] if chinese else part.replace("_", " "))
    return (" / " if language == "zh" else " on ").join(parts)


_PAINTED = (
    (r"the light and surroundings \((.*)\)", "光线与周围环境（{0}）"),
    (r"scenery: (.*)", "布景：{0}"),
    (r"the limbs of (.*) \(a drawn (.*)\)", "{0} 的肢体（绘制的 {1}）"),
    (r"temperatures as colours, with a legend in degC", "温度以颜色显示，图例单位为 °C"),
)
_EVIDENCE = (
    (r"every pose and velocity is a number", "每个位姿和速度都是有限数值"),
    (r"m dv equals the impulses of contacts, gravity and declared forces; largest residual (\S+) of m v(.*)",
     "动量变化等于接触、重力和声明的力的冲量；最大残差为动量的 {0}{1}"),
    (r"kinetic and potential energy together never rose by more than (\S+) of the peak \((.*)\)",
     "动能与势能之和的上升从未超过峰值的 {0}（{1}）"),
    (r"deepest overlap (.*) mm, of (.*) and (.*) at (.*) s \(bound (.*) mm\)", "最深重叠 {0} 毫米，{1} 与 {2}，{3} 秒（界限 {4} 毫米）"),
    (r"no two bodies overlapped", "没有物体重叠"),
    (r"one frame only", "只有一帧"),
    (r"not bounded, because these put energy in or store it: the medium", "不设界限，因为介质会注入或吸收能量"),
    (r"not bounded, because these put energy in or store it: (.*)", "不设界限，因为这些会注入或储存能量：{0}"),
    (r"the energy rose by (\S+) of the peak until (\S+) s, most in (.*)", "到 {1} 秒为止能量上升了峰值的 {0}，主要在 {2}"),
    (r"m dv of (.*) differs from its impulses by (\S+) N s in the frame that ends at (\S+) s(.*)",
     "{0} 的动量变化与冲量相差 {1} 牛·秒（{2} 秒结束的那一帧）{3}"),
    (r"(\S+) of (.*) is not a number from (\S+) s on", "{1} 的 {0} 自 {2} 秒起不是数值"),
)  # fmt: skip


def _translated(sentence: str, language: str, table: tuple[tuple[str, str], ...]) -> str:
    if language == "zh":
        for pattern, chinese in table:
            match = re.fullmatch(pattern, sentence)
            if match:
                return chinese.format(*match.groups())
    return sentence


def painted(sentence: str, language: str) -> str:
    """What the renderer painted, in the language of the report."""
    return _translated(sentence, language, _PAINTED)


def audit_evidence(check: dict[str, Any], language: str) -> str:
    """The evidence of an audit's check, in the language of the report where it is one of the known sentences."""
    return _translated(str(check.get("evidence") or check.get("why") or ""), language, _EVIDENCE)
