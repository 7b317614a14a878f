"""Why a body did not break, and what would: from the hardest blow that the simulation met, in both languages."""

from __future__ import annotations

from scenes.scene import Scene
from sim.harder import ZH
from sim.trace import Trace

__all__ = ["unbroken"]


def unbroken(body: str, scene: Scene, trace: Trace) -> tuple[str, str]:
    """What to say of an unbroken body, in English and in Chinese."""
    test = trace.meta.get("fracture_tests", {}).get(body)
    material = getattr(scene.bodies.get(body), "material", "")
    if test is None:
        return "did not break: no blow struck it", "没有破碎：没有受到撞击"
    speed, ratio, on = test["speed"], test["ratio"], test["on"]
    said = f"did not break: the hardest blow ({speed:.2f} m/s on {on})"
    zh = f"没有破碎：最重的一击（以 {speed:.2f} 米/秒撞上 {on}）"
    if test["mode"] == "none":
        said += f" cannot shatter {material}, which is not brittle; name a brittle material such as glass or ceramic"
        return said, f"{zh}不能使 {material} 破碎：它不是脆性材料；可换成玻璃、陶瓷或冰等脆性材料"
    said += f" reached {ratio:.2f} of what it bears"
    zh += f"只达到其承受能力的 {ratio:.2f} 倍"
    if all(goal.negated for goal in scene.goals.values() if goal.type == "breaks" and goal.body == body):
        return said, zh  # nobody wants it broken: no advice on how to
    if ratio >= 1.0:
        said += ", but carries too little energy for so many cracks; ask for fewer pieces or a harder blow"
        return said, f"{zh}，但能量不足以产生这么多裂纹；可要求更少的碎块或更重的撞击"
    harder = test.get("breaking_floors", [])
    needed, fall, floor = test.get("breaking_speed"), test.get("breaking_fall"), test.get("floor", on)
    if needed is None or fall is None:
        said += f", and no speed up to 100 m/s would do on {floor}; choose {_floors(harder, 'a harder floor (concrete)')} or a thinner wall"
        return (
            said,
            f"{zh}，在 {floor} 上 100 米/秒以内都不会碎；可换{_floors_zh(harder, '更硬的地面（混凝土）')}或更薄的壁",
        )
    said += f"; it takes about {needed:.2g} m/s, a fall of {fall:.2g} m"
    zh = f"{zh}；约需 {needed:.2g} 米/秒，即从 {fall:.2g} 米高落下"
    if not harder:
        return f"{said}; a harder floor alone would not do", f"{zh}；只换更硬的地面还不够"
    return f"{said}, or {_floors(harder, '')}", f"{zh}，或换{_floors_zh(harder, '')}"


def _floors(harder: list[str], otherwise: str) -> str:
    return f"a harder floor ({', '.join(harder)})" if harder else otherwise


def _floors_zh(harder: list[str], otherwise: str) -> str:
    return f"更硬的地面（{'、'.join(ZH[name] for name in harder)}）" if harder else otherwise
