"""Why the camera is where it is, in the language of the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.cuts import Insert

__all__ = ["closer", "cuts", "fixed", "followed", "follows", "leaves", "move", "slow", "stated", "stays", "turned"]

_MOVES = {
    "pan_left": "向左摇", "pan_right": "向右摇", "zoom_in": "推近", "zoom_out": "拉远", "orbit": "环绕",
}  # fmt: skip


def fixed(zh: bool) -> str:
    return (
        "一个固定镜头，包含所有运动及其起点和终点"
        if zh
        else "one fixed view of all that moves, and of where it starts and lands"
    )


def closer(name: str, before: float, now: float, zh: bool) -> str:
    if zh:
        return f"较近的固定镜头：在全景里 {name} 只有 {before:.0f} 像素（现在 {now:.0f} 像素）"
    return f"a closer fixed view, because {name} would be {before:.0f} px in the full one (now {now:.0f} px)"


def follows(name: str, before: float, zh: bool) -> str:
    if zh:
        return f"镜头跟随 {name}：在包含其全程的固定镜头里它只有 {before:.0f} 像素"
    return f"the camera follows {name}, which would be only {before:.0f} px in a fixed view of its whole way"


def followed(zh: bool) -> str:
    return "按要求，镜头跟随运动" if zh else "the camera follows the motion, as asked"


def leaves(name: str, zh: bool) -> str:
    if zh:
        return f"较近的固定镜头，看到最后一次接触为止；之后 {name} 离开画面"
    return f"a closer fixed view of what happens until the last touch; {name} leaves the picture after that"


def stays(name: str, pixels: float, zh: bool) -> str:
    if zh:
        return f"一个包含所有运动的固定镜头；{name} 在其中有 {pixels:.0f} 像素，跟随也不会使它更大"
    return f"one fixed view of all that moves; {name} is {pixels:.0f} px in it, and following would not show it larger"


def cuts(inserts: list[Insert], times: Any, zh: bool) -> str:
    if zh:
        parts = [
            f"{times[i.first]:.1f}–{times[i.last]:.1f} 秒切到 {i.names} 的近景（否则只有 {i.pixels:.0f} 像素）"
            for i in inserts
        ]
        return "，".join(parts)
    parts = [
        f"{i.names} from {times[i.first]:.1f} to {times[i.last]:.1f} s, which would be {i.pixels:.0f} px"
        for i in inserts
    ]
    return "cuts closer to " + ", and to ".join(parts)


def move(name: str, zh: bool) -> str:
    return f"按要求{_MOVES.get(name, name)}" if zh else f"{name.replace('_', ' ')}, as asked"


def turned(degrees: float, zh: bool) -> str:
    if zh:
        return f"；转过 {degrees:.0f} 度，以免被遮住"
    return f"; turned by {degrees:.0f} degrees, so that nothing hides it"


def stated(zh: bool) -> str:
    return "镜头由场景给定" if zh else "the scene states the camera"


def slow(factor: float, zh: bool) -> str:
    if zh:
        return f"慢 {factor:g} 倍播放：每一帧都来自更细的模拟，没有插帧"
    return f"shown {factor:g} times slower than it happens: every frame comes from the finer simulation, none is interpolated"
