"""The check behind each type of goal: a pure function of goal, scene and trace. Frames are joined by straight lines where it matters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.primitives import Capsule, Cup, Cylinder, Sphere, Torus, rotation_matrix
from scenes.scene import Scene
from sim import queries
from sim.trace import Trace

__all__ = ["Finding", "gap_between", "nearest_between", "off_target", "rolled_distances", "upright"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """Whether and when [s] something happened, a sentence with figures in English and Chinese, and whether more time could change it."""

    happened: bool
    time: float | None
    en: str
    zh: str
    final: bool = False


def _s(time: float | None) -> str:
    return "-" if time is None else f"{time:.2f}"


def bounces(goal: Any, scene: Scene, trace: Trace) -> Finding:
    found = queries.bounces(trace, goal.body, on=goal.on)
    count, wanted = len(found), goal.count
    drop = queries.first_drop(trace, goal.body)
    floor = max(queries.BOUNCE_RISE, queries.BOUNCE_FRACTION * drop)
    happened = count >= wanted if goal.at_least else count == wanted
    rises = ", ".join(f"{b.rise:.3f}" for b in found[:8])
    where = f" on {goal.on}" if goal.on else ""
    en = (
        f"{count} bounce{'s' if count != 1 else ''}{where} (rises {rises or '-'} m; a bounce counts from {floor:.3f} m)"
    )
    zh = f"弹起 {count} 次（升高 {rises or '-'} 米；升高 {floor:.3f} 米以上才计数）"
    if found:
        en += f", at {', '.join(_s(b.time) for b in found[:8])} s"
    time = found[wanted - 1].time if happened and wanted and count >= wanted else (found[-1].time if found else None)
    over = count > wanted and not goal.at_least
    spent = queries.rest_time(trace, goal.body) is not None and (count > 0 or trace.duration > 1.0)
    spent = spent or (count > 0 and _rolls_low(trace, goal.body, floor))
    return Finding(happened, time, en, zh, (goal.at_least and happened) or over or spent)


def _rolls_low(trace: Trace, body: str, floor: float) -> bool:
    """Whether a body has stayed below what counts as a bounce for the last 0.75 s, on the lowest ground that it has met."""
    height = trace[body].height
    late = trace.time >= trace.duration - 0.75
    return bool(trace.duration > 1.5 and np.ptp(height[late]) < floor and height[late].min() <= height.min() + floor)


def rests(goal: Any, scene: Scene, trace: Trace) -> Finding:
    body = goal.body
    time = queries.rest_time(trace, body)
    if time is None:
        speed = float(trace[body].speed[-1])
        return Finding(
            False,
            None,
            f"still moving at {speed:.2f} m/s at {trace.duration:.2f} s",
            f"{trace.duration:.2f} 秒时仍以 {speed:.2f} 米/秒运动",
        )
    moved = float(np.abs(queries.displacement(trace, body)).max()) > 1e-3
    en, zh = (f"at rest from {time:.2f} s", f"从 {time:.2f} 秒起静止") if moved else ("at rest throughout", "始终静止")
    if goal.on is not None:
        on = [c for c in trace.contacts_of(body, goal.on) if c.t_start <= time + 0.6 and c.t_end >= time]
        if not on and not _inside(scene, trace, body, goal.on, -1):
            return Finding(False, time, f"{en}, but not on {goal.on}", f"{zh}，但不在 {goal.on} 上", True)
        en, zh = f"{en} on {goal.on}", f"{zh}，停在 {goal.on} 上"
    return Finding(True, time, en, zh, moved)


def hits(goal: Any, scene: Scene, trace: Trace) -> Finding:
    touching = [c for c in trace.contacts_of(goal.a, goal.b) if c.t_start > 0.01 or c.speed_before > 0.02]
    contact = touching[0] if touching else None  # what lies on something from the start does not hit it
    if contact is None:
        gap = float(np.linalg.norm(trace[goal.a].position - trace[goal.b].position, axis=1).min())
        return Finding(
            False,
            None,
            f"no contact; their centres came within {gap:.2f} m",
            f"没有接触；两者中心最近相距 {gap:.2f} 米",
        )
    hard = max(touching, key=lambda c: c.speed_before)
    en = f"contact at {contact.t_start:.2f} s, closing speed {hard.speed_before:.2f} m/s, impulse {hard.impulse_Ns:.3g} N s"
    zh = f"{contact.t_start:.2f} 秒接触，接近速度 {hard.speed_before:.2f} 米/秒，冲量 {hard.impulse_Ns:.3g} 牛·秒"
    return Finding(True, contact.t_start, en, zh, True)


def topples(goal: Any, scene: Scene, trace: Trace) -> Finding:
    times: dict[str, float] = {}
    reached = queries.touched_through(trace, goal.by_body) if goal.by_body else None
    for name in goal.bodies:
        leaning = queries.tilt(trace, name) > goal.angle
        low, high = upright(scene, name, trace)
        fallen = trace[name].position[0, 2] - trace[name].position[:, 2] > (high - low) / 3
        down = np.flatnonzero(leaning | fallen)
        if len(down) and (reached is None or reached.get(name, math.inf) <= trace.time[down[0]] + 1e-9):
            times[name] = float(trace.time[down[0]])
    wanted = goal.at_least if goal.at_least is not None else len(goal.bodies)
    happened = len(times) >= wanted
    time = sorted(times.values())[wanted - 1] if happened else None
    said = f" after the touch of {goal.by_body}" if goal.by_body else ""
    en = f"{len(times)} of {len(goal.bodies)} fell{said}" + (
        f", the last needed one at {time:.2f} s" if time is not None else ""
    )
    zh = f"{len(goal.bodies)} 个中有 {len(times)} 个倒下" + (
        f"，所需的最后一个在 {time:.2f} 秒" if time is not None else ""
    )
    return Finding(happened, time, en, zh, happened)


def upright(scene: Scene, name: str, trace: Trace) -> tuple[float, float]:
    """Lowest and highest point above the centre at the start [m]."""
    body = scene.bodies[name]
    if not hasattr(body, "shape"):
        height = getattr(body, "height", None) or 1.0
        return -height / 2, height / 2
    from sim.extent import reach_along

    turn = trace[name].orientation[:1]
    up = np.array([0.0, 0.0, 1.0])
    return -float(reach_along(body.shape, turn, -up)[0]), float(reach_along(body.shape, turn, up)[0])


def stays_put(goal: Any, scene: Scene, trace: Trace) -> Finding:
    moved = np.linalg.norm(queries.displacement(trace, goal.body), axis=1)
    most = float(moved.max())
    happened = most < goal.tolerance
    return Finding(
        happened, None, f"moved at most {most * 1000:.1f} mm", f"最多移动 {most * 1000:.1f} 毫米", not happened
    )


def falls(goal: Any, scene: Scene, trace: Trace) -> Finding:
    height = trace[goal.body].position[:, 2]
    height = height[trace.alive[:, trace.index(goal.body)]]  # a body that broke fell until then
    drop = np.maximum.accumulate(height) - height
    enough = np.flatnonzero(drop >= goal.drop)
    most = float(drop.max())
    time = float(trace.time[enough[0]]) if len(enough) else None
    return Finding(
        bool(len(enough)), time, f"its centre dropped by {most:.2f} m", f"中心下降了 {most:.2f} 米", bool(len(enough))
    )


def lands_on(goal: Any, scene: Scene, trace: Trace) -> Finding:
    body, on = goal.body, goal.on
    contact = queries.in_contact_at_end(trace, body, on)
    inside = _inside(scene, trace, body, on, -1)
    if contact is None and not (inside and queries.rest_time(trace, body) is not None):
        touched = queries.first_contact(trace, body, on)
        en = (
            "never touched it"
            if touched is None
            else f"touched it at {touched.t_start:.2f} s but is not on it at the end"
        )
        zh = "从未接触" if touched is None else f"{touched.t_start:.2f} 秒接触过，但最后不在其上"
        final = queries.rest_time(trace, body) is not None
        return Finding(False, None, f"{body} {en} ({on})", f"{body} {zh}（{on}）", final)
    start = contact.t_start if contact is not None else float(trace.time[-1])
    aloft = start > 0.02 and not any(c.t_start <= 1e-6 and c.t_end >= start - 1e-6 for c in trace.contacts_of(body, on))
    above = _above(scene, trace, body, on, -1)
    settled = queries.rest_time(trace, body) is not None or (inside and trace.duration - start >= 1.5)
    if goal.inside and not inside:
        return Finding(False, start, f"at the end it is not within the walls of {on}", f"最后不在 {on} 的壁内", settled)
    if not (above or inside) or not aloft:
        why_en = "its centre is not above it" if aloft else "it was never in the air"
        return Finding(
            False,
            start,
            f"in contact with {on}, but {why_en}",
            f"与 {on} 接触，但" + ("中心不在其上方" if aloft else "从未离地"),
            settled,
        )
    return Finding(True, start, f"on {on} from {start:.2f} s", f"从 {start:.2f} 秒起在 {on} 上", settled)


def _local(trace: Trace, body: str, frame: str, k: int) -> FloatArray:
    turn = rotation_matrix(trace[frame].orientation[k])
    return np.asarray(turn.T @ (trace[body].position[k] - trace[frame].position[k]))


def _above(scene: Scene, trace: Trace, body: str, on: str, k: int) -> bool:
    shape = getattr(scene.bodies[on], "shape", None)
    if shape is None:
        return bool(trace[body].position[k, 2] > trace[on].position[k, 2])
    low, high = shape.bounds()
    at = _local(trace, body, on, k)
    up = rotation_matrix(trace[on].orientation[k]).T @ np.array([0.0, 0.0, 1.0])
    axis = int(np.argmax(np.abs(up)))
    flat = [i for i in range(3) if i != axis]
    return bool(all(low[i] - 1e-3 <= at[i] <= high[i] + 1e-3 for i in flat) and at @ up > float(low @ np.abs(up)) * 0.5)


def _inside(scene: Scene, trace: Trace, body: str, on: str, k: int) -> bool:
    """Whether a body's centre lies within the walls of a vessel (for other shapes: within its bounds)."""
    shape = getattr(scene.bodies[on], "shape", None)
    if shape is None:
        return False
    at = _local(trace, body, on, k)
    if isinstance(shape, Cup):
        share = (at[2] - shape.base_z) / shape.height
        if not 0.0 <= share <= 1.0:
            return False
        return bool(math.hypot(at[0], at[1]) < shape.foot + (shape.radius - shape.foot) * share)
    low, high = shape.bounds()
    return bool(len(shape.pieces()) > 1 and np.all(at > low) and np.all(at < high))


def off_target(position: FloatArray, target: tuple[float | None, ...]) -> FloatArray:
    """Distance [m] from a target of which some coordinates are free, (T,)."""
    parts = [(position[..., i] - value) ** 2 for i, value in enumerate(target) if value is not None]
    return np.sqrt(sum(parts)) if parts else np.zeros(position.shape[:-1])


def stops_at(goal: Any, scene: Scene, trace: Trace) -> Finding:
    time = queries.rest_time(trace, goal.body)
    off = float(off_target(trace[goal.body].position[-1], goal.position))
    en, zh = f"at the end {off * 100:.1f} cm from the place", f"最后离目标 {off * 100:.1f} 厘米"
    if time is None:
        return Finding(False, None, f"did not come to rest; {en}", f"没有停下；{zh}")
    return Finding(
        off <= goal.tolerance, time, f"at rest from {time:.2f} s, {en}", f"从 {time:.2f} 秒起静止，{zh}", time > 0
    )


def stops_before(goal: Any, scene: Scene, trace: Trace) -> Finding:
    time = queries.rest_time(trace, goal.body)
    touch = queries.first_contact(trace, goal.body, goal.other)
    if touch is not None:
        return Finding(
            False,
            None,
            f"touched {goal.other} at {touch.t_start:.2f} s",
            f"{touch.t_start:.2f} 秒碰到了 {goal.other}",
            True,
        )
    distance = np.linalg.norm(trace[goal.body].position - trace[goal.other].position, axis=1)
    nearer = float(distance[0] - distance[-1])
    if time is None:
        return Finding(False, None, "did not come to rest", "没有停下")
    gap = gap_between(scene, trace, goal.body, goal.other)[-1]
    en = f"at rest from {time:.2f} s, {gap:.2f} m short of {goal.other}, {nearer:.2f} m nearer than at the start"
    zh = f"从 {time:.2f} 秒起静止，距 {goal.other} 还有 {gap:.2f} 米，比开始时近了 {nearer:.2f} 米"
    return Finding(nearer > 0.01, time, en, zh, nearer > 0.01)


def gap_between(scene: Scene, trace: Trace, a: str, b: str) -> FloatArray:
    """Distance [m] between the surfaces of two bodies along the line of their centres, (T,); an upper bound where they are not round."""
    from sim.extent import reach_along

    line = trace[b].position - trace[a].position
    distance = np.linalg.norm(line, axis=1)
    gap = distance.copy()
    for name, sign in ((a, 1.0), (b, -1.0)):
        shape = getattr(scene.bodies[name], "shape", None)
        if shape is None:
            gap -= 0.15 * (getattr(scene.bodies[name], "height", None) or 0.6)
            continue
        turns = trace[name].orientation
        for k in range(len(gap)):
            if distance[k] > 1e-9:
                gap[k] -= float(reach_along(shape, turns[k : k + 1], sign * line[k] / distance[k])[0])
    return np.maximum(gap, 0.0)


def reaches(goal: Any, scene: Scene, trace: Trace) -> Finding:
    if goal.other is not None:
        touch = queries.first_contact(trace, goal.body, goal.other)
        off = gap_between(scene, trace, goal.body, goal.other)
        if touch is not None:
            return Finding(
                True, touch.t_start, f"touched it at {touch.t_start:.2f} s", f"{touch.t_start:.2f} 秒碰到", True
            )
    elif goal.position is not None:
        off = nearest_between(trace[goal.body].position, goal.position)
    else:
        return Finding(False, None, "no place is named", "没有给出目标")
    near = np.flatnonzero(off <= goal.tolerance)
    time = float(trace.time[near[0]]) if len(near) else None
    en, zh = f"came within {off.min():.2f} m", f"最近相距 {off.min():.2f} 米"
    return Finding(
        time is not None, time, en + (f", at {time:.2f} s" if time is not None else ""), zh, time is not None
    )


def nearest_between(position: FloatArray, target: tuple[float | None, ...]) -> FloatArray:
    """Distance to a target from the straight way between each frame and the next, (T,)."""
    keep = [i for i, value in enumerate(target) if value is not None]
    goal = np.array([target[i] for i in keep], dtype=float)
    a = position[:, keep]
    b = np.vstack([a[1:], a[-1:]])
    along = b - a
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = np.clip(((goal - a) * along).sum(axis=1) / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(a + share[:, None] * along - goal, axis=1))


def passes_through(goal: Any, scene: Scene, trace: Trace) -> Finding:
    frame, body = trace[goal.through], trace[goal.body]
    shape = getattr(scene.bodies[goal.through], "shape", None)
    turns = np.array([rotation_matrix(q) for q in frame.orientation])
    local = np.einsum("tji,tj->ti", turns, body.position - frame.position)
    if isinstance(shape, Torus):
        axis, limits = 2, np.array([shape.major_radius, shape.major_radius])
    else:
        low, high = shape.bounds() if shape is not None else (-np.ones(3) * 0.5, np.ones(3) * 0.5)
        axis = int(np.argmin(high - low))
        limits = np.delete(np.maximum(np.abs(low), np.abs(high)), axis)
    crossed = None
    for k in np.flatnonzero(np.sign(local[1:, axis]) * np.sign(local[:-1, axis]) < 0):
        share = local[k, axis] / (local[k, axis] - local[k + 1, axis])
        at = np.delete(local[k] + share * (local[k + 1] - local[k]), axis)
        within = np.linalg.norm(at) < limits[0] if isinstance(shape, Torus) else bool(np.all(np.abs(at) <= limits))
        if within:
            crossed = (float(trace.time[k] + share * (trace.time[k + 1] - trace.time[k])), float(np.linalg.norm(at)))
            break
    touch = queries.first_contact(trace, goal.body, goal.through)
    if crossed is None:
        return Finding(False, None, f"did not cross {goal.through}", f"没有穿过 {goal.through}")
    en = f"crossed at {crossed[0]:.2f} s, {crossed[1]:.2f} m off the middle" + (
        ", touching it" if touch else ", without touching it"
    )
    zh = f"{crossed[0]:.2f} 秒穿过，偏离中心 {crossed[1]:.2f} 米" + ("，有接触" if touch else "，没有接触")
    return Finding(not (goal.clean and touch is not None), crossed[0], en, zh, True)


def passes(goal: Any, scene: Scene, trace: Trace) -> Finding:
    side = trace[goal.body].position[:, goal.axis] - trace[goal.other].position[:, goal.axis]
    crossed = np.flatnonzero(np.sign(side) == -np.sign(side[0])) if side[0] != 0 else np.array([], dtype=int)
    happened = bool(len(crossed)) and np.sign(side[-1]) == -np.sign(side[0])
    time = float(trace.time[crossed[0]]) if len(crossed) else None
    en = f"from {side[0]:+.2f} m to {side[-1]:+.2f} m beside {goal.other}"
    return Finding(happened, time, en, f"相对 {goal.other} 从 {side[0]:+.2f} 米到 {side[-1]:+.2f} 米", happened)


def _slip(trace: Trace, name: str, scene: Scene) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per frame: whether in contact (0/1), speed [m/s], and slip speed at the lowest point [m/s]."""
    track = trace[name]
    touching = np.zeros(len(trace.time), dtype=bool)
    for contact in track.contacts:
        touching |= (trace.time >= contact.t_start - 1e-9) & (trace.time <= contact.t_end + 1.0 / trace.fps)
    arm = np.zeros_like(track.position)
    arm[:, 2] = track.height - track.position[:, 2]
    normal = np.zeros_like(arm)
    normal[:, 2] = 1.0
    normals = trace.extra.get("contact_normal")
    shape = getattr(scene.bodies[name], "shape", None)
    if normals is not None and isinstance(shape, Sphere | Capsule | Cylinder):
        for k, contact in enumerate(trace.contacts):  # on a slope the ground is not straight below
            if name in (contact.body_a, contact.body_b):
                rows = (trace.time >= contact.t_start) & (trace.time <= contact.t_end + 1e-9)
                up = normals.data[k] * (1 if contact.body_a == name else -1)
                arm[rows] = -up * shape.radius
    slip = track.linear_velocity + np.cross(track.angular_velocity, arm)
    return touching.astype(float), track.speed, np.linalg.norm(slip, axis=1)


def rolled_distances(goal: Any, scene: Scene, trace: Trace) -> tuple[float, float, float, FloatArray]:
    """Distance gone in contact, of it with slip below a tenth, of it with slip above a half [m], and the distance so far (T,)."""
    touching, speed, slip = _slip(trace, goal.body, scene)
    steps = np.linalg.norm(np.diff(trace[goal.body].position, axis=0), axis=1)
    on = touching[1:] * touching[:-1]
    share = slip[1:] / np.maximum(speed[1:], 1e-9)
    far = np.concatenate([[0.0], np.cumsum(steps * on)])
    return float(far[-1]), float((steps * on * (share < 0.1)).sum()), float((steps * on * (share > 0.5)).sum()), far


def rolls(goal: Any, scene: Scene, trace: Trace) -> Finding:
    total, rolled, _, far = rolled_distances(goal, scene, trace)
    happened = total >= goal.distance and rolled > total / 2
    time = float(trace.time[int(np.argmax(far >= goal.distance))]) if happened else None
    en = f"went {total:.2f} m in contact, {rolled / max(total, 1e-9):.0%} of it rolling without slip"
    return Finding(
        happened, time, en, f"接触中行进 {total:.2f} 米，其中 {rolled / max(total, 1e-9):.0%} 为无滑动滚动", happened
    )


def slides(goal: Any, scene: Scene, trace: Trace) -> Finding:
    total, _, slid, far = rolled_distances(goal, scene, trace)
    turned = float(queries.turns(trace, goal.body)[-1])
    happened = total >= goal.distance and slid > total / 2
    time = float(trace.time[int(np.argmax(far >= goal.distance))]) if happened else None
    en = f"went {total:.2f} m in contact, {slid / max(total, 1e-9):.0%} of it sliding, {turned:.2f} turns"
    return Finding(
        happened, time, en, f"接触中行进 {total:.2f} 米，其中 {slid / max(total, 1e-9):.0%} 为滑动", happened
    )


def overtakes(goal: Any, scene: Scene, trace: Trace) -> Finding:
    a, b = trace[goal.body].position[:, :2], trace[goal.other].position[:, :2]
    way = a[-1] - a[0]
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        return Finding(False, None, "it did not move", "没有移动")
    lead = (a - b) @ (way / length)
    ahead = np.flatnonzero(lead > 0)
    happened = bool(lead[0] < 0 and lead[-1] > 0)
    time = float(trace.time[ahead[0]]) if happened else None
    en = f"started {-lead[0]:.2f} m behind and ended {lead[-1]:.2f} m ahead"
    return Finding(happened, time, en, f"开始时落后 {-lead[0]:.2f} 米，结束时领先 {lead[-1]:.2f} 米", happened)


def swings(goal: Any, scene: Scene, trace: Trace) -> Finding:
    times = queries.swing_turns(trace, goal.body)
    happened = len(times) >= goal.count
    en = f"its swing turned {len(times)} times"
    return Finding(happened, times[goal.count - 1] if happened else None, en, f"摆动换向 {len(times)} 次", happened)


def spins(goal: Any, scene: Scene, trace: Trace) -> Finding:
    made = queries.turns(trace, goal.body)
    enough = np.flatnonzero(made >= goal.turns)
    time = float(trace.time[enough[0]]) if len(enough) else None
    return Finding(time is not None, time, f"{made[-1]:.2f} turns", f"转了 {made[-1]:.2f} 圈", time is not None)


def moves(goal: Any, scene: Scene, trace: Trace) -> Finding:
    moved = queries.displacement(trace, goal.body)
    far = np.linalg.norm(moved, axis=1)
    ok = far >= goal.distance
    if goal.direction is not None:
        way = np.asarray(goal.direction) / max(float(np.linalg.norm(goal.direction)), 1e-12)
        ok &= moved @ way >= far * math.cos(math.radians(60))
    enough = np.flatnonzero(ok)
    time = float(trace.time[enough[0]]) if len(enough) else None
    most = float(np.nanmax(far)) if np.isfinite(far).any() else 0.0  # until it broke
    return Finding(time is not None, time, f"moved {most:.2f} m", f"移动了 {most:.2f} 米", time is not None)
