"""A Rerun recording: bodies as meshes with their transforms, contacts with force arrows, speeds, energies and temperatures as plots on
one timeline, the clip's camera with its pictures (and depth and ids when they are asked for), and the asked outcomes as marked events.

A body is one entity below `world/`, whatever slashes its name has: a shard is not a part of the cup that it came from, and must not move with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.exports.animated import AnimatedScene, animated_scene
from hybrid.exports.rrd_pictures import asked_passes, clips, log_camera

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["TIME", "entity_paths", "export", "recording"]

TIME = "simulation"
ARROW = 0.15  # [s] of impulse over mass that an arrow of a contact shows as metres
GONE = 1e-6  # scale of a body that is not there: the viewer takes 0, which has no inverse, for 1
BUSIEST = 16  # bodies of the scene whose curves are drawn, the fastest
MOST_PARTS = 6  # curves up to which limbs and shards are added


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write the recording; `options.which` may name `depth` and `ids`."""
    stream = recording(run, options)
    stream.save(str(out))
    stream.flush()
    stream.disconnect()
    return [out]


def recording(run: Run, options: ExportOptions, *, spawn: bool = False) -> Any:
    """A `rerun.RecordingStream` with everything in it; `spawn` opens the viewer and streams to it.

    UserError for a pass in `options.which` that a recording does not show. RuntimeError (Rerun's own) when the viewer does not start.
    """
    import rerun as rr

    passes = asked_passes(options)
    stream = rr.RecordingStream("hybrid_physics_video", recording_id=None)
    if spawn:
        stream.spawn()
    scene = animated_scene(run)
    options.progress("bodies", 0, 4)
    stream.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
    stream.log("text", rr.TextDocument(run.scene.text or run.scene.title or "scene"), static=True)
    _bodies(stream, scene)
    options.progress("curves", 1, 4)
    _curves(stream, run)
    options.progress("events", 2, 4)
    _contacts(stream, run)
    _outcomes(stream, run)
    options.progress("pictures", 3, 4)
    if scene.camera is not None:
        log_camera(stream, run, scene, options, passes, timeline=TIME)
    stream.send_blueprint(_blueprint(run, scene, passes))
    options.progress("pictures", 4, 4)
    return stream


def entity_paths(scene: AnimatedScene) -> list[str]:
    """The entity of every node: a part below its body, every body below `world/`."""
    import rerun as rr

    paths: list[str] = []
    for node in scene.nodes:
        if node.parent is None:
            paths.append("world/" + rr.escape_entity_path_part(node.name))
        else:
            paths.append(paths[node.parent] + "/" + rr.escape_entity_path_part(node.name.rsplit("/", 1)[-1]))
    return paths


def _bodies(stream: Any, scene: AnimatedScene) -> None:
    import rerun as rr

    for node, path in zip(scene.nodes, entity_paths(scene), strict=True):
        for number, part in enumerate(node.parts):
            color = (np.clip(np.asarray(part.color), 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
            stream.log(
                f"{path}/mesh_{number}",
                rr.Mesh3D(vertex_positions=part.vertices.astype(np.float32), triangle_indices=part.faces.astype(np.uint32), vertex_normals=part.normals.astype(np.float32), albedo_factor=[*color.tolist(), int(255 * part.opacity)]),
                static=True,
            )  # fmt: skip
        scale = np.where(node.alive[:, None], np.maximum(node.scale, GONE), GONE).astype(np.float32)
        move, turn = node.translation.astype(np.float32), np.roll(node.rotation, -1, axis=1).astype(np.float32)
        if not node.moves():
            pose = rr.Transform3D(translation=move[0], quaternion=rr.Quaternion(xyzw=turn[0]), scale=scale[0])
            stream.log(path, pose, static=True)
            continue
        stream.send_columns(
            path, indexes=[rr.TimeColumn(TIME, duration=scene.time)], columns=rr.Transform3D.columns(translation=move, quaternion=turn, scale=scale),
        )  # fmt: skip


def _curves(stream: Any, run: Run) -> None:
    import rerun as rr

    trace = run.trace
    speeds = np.nan_to_num(np.linalg.norm(trace.linear_velocity, axis=2)).max(axis=0, initial=0.0)
    moving = sorted((k for k in range(len(trace.names)) if speeds[k] > 0), key=lambda k: -speeds[k])
    own = [k for k in moving if trace.names[k] in run.scene.bodies]
    parts = [k for k in moving if trace.names[k] not in run.scene.bodies]  # limbs, shards, grains
    chosen = [*own[:BUSIEST], *parts[: max(0, MOST_PARTS - len(own))]]

    def curve(path: str, values: Any) -> None:
        known = np.isfinite(values)  # a body that is not there has no height
        if known.any():
            times = rr.TimeColumn(TIME, duration=trace.time[known])
            stream.send_columns(path, indexes=[times], columns=rr.Scalars.columns(scalars=values[known]))

    for k in chosen:
        track, leaf = trace[trace.names[k]], rr.escape_entity_path_part(trace.names[k])
        alive = trace.alive[:, k]
        for what, values in (
            ("height_m", track.height),
            ("speed_m_s", track.speed),
            ("kinetic_energy_J", track.kinetic_energy),
        ):
            curve(f"plots/{what}/{leaf}", np.where(alive, np.asarray(values, dtype=float), np.nan))
    heat, owner = trace.extra.get("temperature"), trace.extra.get("temperature_body")
    if heat is None or owner is None:
        return
    data, whose = np.asarray(heat.data, dtype=float), np.asarray(owner.data)
    for one in np.unique(whose):
        name = rr.escape_entity_path_part(str(one) if whose.dtype.kind in "US" else trace.names[int(one)])
        cells = data[:, whose == one]
        for what, values in (
            ("highest", cells.max(axis=1)),
            ("mean", cells.mean(axis=1)),
            ("lowest", cells.min(axis=1)),
        ):
            curve(f"plots/temperature_degC/{name}_{what}", values)


def _contacts(stream: Any, run: Run) -> None:
    """An arrow for each touch, along its normal, as long as it lasts (at least a frame). Touches of one pair are one entity, so that those
    of two pairs at the same time do not replace each other."""
    import rerun as rr

    trace = run.trace
    normals = trace.extra.get("contact_normal")
    pairs: dict[tuple[str, str], list[int]] = {}
    for number, contact in enumerate(trace.contacts):
        pairs.setdefault((contact.body_a, contact.body_b), []).append(number)
    for (a, b), numbers in pairs.items():
        mass = min(
            (
                float(trace.mass[trace.index(n)])
                for n in (a, b)
                if n in trace and np.isfinite(trace.mass[trace.index(n)])
            ),
            default=1.0,
        )
        times: list[float] = []
        counts, origins, vectors, labels = [], [], [], []
        ordered = sorted(numbers, key=lambda n: trace.contacts[n].t_start)
        for place, number in enumerate(ordered):
            contact = trace.contacts[number]
            end = max(contact.t_end, contact.t_start + 1.0 / trace.fps)
            normal = np.asarray(normals.data[number], dtype=float) if normals is not None else np.array([0.0, 0.0, 1.0])
            times.append(contact.t_start)
            counts.append(1)
            origins.append([contact.x, contact.y, contact.z])
            vectors.append(normal * (ARROW * contact.impulse_Ns / max(mass, 1e-9)))
            labels.append(f"{a} - {b}: {contact.impulse_Ns:.3g} N s")
            if place + 1 == len(ordered) or trace.contacts[ordered[place + 1]].t_start > end:
                times.append(end)
                counts.append(0)
        arrows = rr.Arrows3D.columns(origins=np.array(origins), vectors=np.array(vectors), labels=labels, colors=np.tile(np.array([213, 94, 0, 255], dtype=np.uint8), (len(labels), 1)))  # fmt: skip
        stream.send_columns(
            f"world/contacts/{rr.escape_entity_path_part(f'{a} - {b}')}", indexes=[rr.TimeColumn(TIME, duration=times)], columns=arrows.partition(counts)
        )  # fmt: skip


def _outcomes(stream: Any, run: Run) -> None:
    import rerun as rr

    for outcome in run.outcomes:
        when = outcome.time if outcome.time is not None else float(run.trace.duration)
        stream.set_time(TIME, duration=float(when))
        level = rr.TextLogLevel.INFO if outcome.happened else rr.TextLogLevel.ERROR
        known = (
            ("未完成", "发生了", "没有发生")
            if run.scene.language == "zh"
            else ("refused", "happened", "did not happen")
        )
        mark = known[0] if outcome.refused else known[1] if outcome.happened else known[2]
        stream.log("outcomes", rr.TextLog(f"{outcome.asked or outcome.name}: {mark}; {outcome.evidence}", level=level))
    stream.reset_time()


def _blueprint(run: Run, scene: AnimatedScene, passes: tuple[str, ...]) -> Any:
    import rerun.blueprint as rrb

    legend = rrb.PlotLegend(corner=rrb.Corner2D.RightTop)
    right = [
        rrb.TimeSeriesView(origin=f"plots/{what}", name=label, plot_legend=legend)
        for what, label in (
            ("height_m", "height [m]"),
            ("speed_m_s", "speed [m/s]"),
            ("kinetic_energy_J", "kinetic energy [J]"),
        )
    ]
    if "temperature" in run.trace.extra:
        right.insert(
            0, rrb.TimeSeriesView(origin="plots/temperature_degC", name="temperature [degC]", plot_legend=legend)
        )
    eye = None
    if scene.camera is not None:  # the viewer begins where the clip sees most
        widest = int(np.argmax(np.linalg.norm(scene.camera.target - scene.camera.eye, axis=1)))
        place, target = scene.camera.eye[widest], scene.camera.target[widest]
        eye = rrb.EyeControls3D(position=place, look_target=target, eye_up=(0.0, 0.0, 1.0))
    left: list[Any] = [
        rrb.Spatial3DView(
            origin="world",
            name="scene",
            contents=["+ $origin/**", "- /world/clip_camera/depth", "- /world/clip_camera/ids"],
            eye_controls=eye,
        )
    ]
    pictures = [*clips(run), *passes]
    if pictures:
        left.append(
            rrb.Horizontal(*(rrb.Spatial2DView(origin=f"world/clip_camera/{name}", name=name) for name in pictures))
        )
    return rrb.Blueprint(
        rrb.Horizontal(
            rrb.Vertical(*left),
            rrb.Vertical(*right, rrb.TextLogView(origin="outcomes", name="asked outcomes")),
            column_shares=[3, 2],
        ),
        collapse_panels=True,
    )
