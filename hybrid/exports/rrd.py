"""A Rerun recording: bodies as meshes with their transforms, contacts with force arrows, speeds, energies and temperatures as plots on
one timeline, the clip's camera with its pictures, and the asked outcomes as marked events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.exports.animated import AnimatedScene, animated_scene

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["export", "recording"]

TIME = "simulation"
ARROW = 0.15  # [s] of impulse over mass that an arrow of a contact shows as metres
PICTURE_WIDTH = 480  # [px]
BUSIEST = 16  # bodies whose curves are drawn, the fastest


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    stream = recording(run, options)
    stream.save(str(out))
    stream.flush()
    stream.disconnect()
    return [out]


def recording(run: Run, options: ExportOptions, *, spawn: bool = False) -> Any:
    """A `rerun.RecordingStream` with everything in it; `spawn` opens the viewer and streams to it."""
    import rerun as rr

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
    _camera(stream, run, scene)
    stream.send_blueprint(_blueprint(run))
    options.progress("pictures", 4, 4)
    return stream


def _entity(name: str) -> str:
    return "world/" + name


def _bodies(stream: Any, scene: AnimatedScene) -> None:
    import rerun as rr

    for node in scene.nodes:
        path = _entity(node.name)
        for number, part in enumerate(node.parts):
            color = (np.clip(np.asarray(part.color), 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
            stream.log(
                f"{path}/mesh_{number}",
                rr.Mesh3D(vertex_positions=part.vertices.astype(np.float32), triangle_indices=part.faces.astype(np.uint32), vertex_normals=part.normals.astype(np.float32), albedo_factor=[*color.tolist(), int(255 * part.opacity)]),
                static=True,
            )  # fmt: skip
        if not node.moves():
            q = np.roll(node.rotation[0], -1)
            stream.log(
                path,
                rr.Transform3D(translation=node.translation[0], quaternion=rr.Quaternion(xyzw=q), scale=node.scale[0]),
                static=True,
            )
            continue
        scale = np.where(node.alive[:, None], node.scale, 0.0)
        stream.send_columns(
            path, indexes=[rr.TimeColumn(TIME, duration=scene.time)],
            columns=rr.Transform3D.columns(translation=node.translation.astype(np.float32), quaternion=np.roll(node.rotation, -1, axis=1).astype(np.float32), scale=scale.astype(np.float32)),
        )  # fmt: skip


def _curves(stream: Any, run: Run) -> None:
    import rerun as rr

    trace = run.trace
    times = rr.TimeColumn(TIME, duration=trace.time)
    moving = [k for k, mass in enumerate(trace.mass) if np.isfinite(mass) and "#" not in trace.names[k]]
    speed = {k: float(np.nanmax(np.linalg.norm(trace.linear_velocity[:, k], axis=1), initial=0.0)) for k in moving}
    for k in sorted(moving, key=lambda k: -speed[k])[:BUSIEST]:
        track = trace[trace.names[k]]
        for what, values in (
            ("height_m", track.height),
            ("speed_m_s", track.speed),
            ("kinetic_energy_J", track.kinetic_energy),
        ):
            known = np.nan_to_num(np.asarray(values, dtype=float))
            stream.send_columns(
                f"plots/{what}/{trace.names[k]}", indexes=[times], columns=rr.Scalars.columns(scalars=known)
            )
    heat = trace.extra.get("temperature")
    owner = trace.extra.get("temperature_body")
    if heat is not None and owner is not None:
        data, whose = np.asarray(heat.data), np.asarray(owner.data)
        for one in np.unique(whose):
            name = str(one) if whose.dtype.kind in "US" else trace.names[int(one)]
            cells = data[:, whose == one]
            for what, values in (
                ("highest", cells.max(axis=1)),
                ("mean", cells.mean(axis=1)),
                ("lowest", cells.min(axis=1)),
            ):
                stream.send_columns(
                    f"plots/temperature_degC/{name}_{what}",
                    indexes=[times],
                    columns=rr.Scalars.columns(scalars=values.astype(float)),
                )


def _contacts(stream: Any, run: Run) -> None:
    import rerun as rr

    trace = run.trace
    normals = trace.extra.get("contact_normal")
    for number, contact in enumerate(trace.contacts):
        stream.set_time(TIME, duration=contact.t_start)
        normal = np.asarray(normals.data[number], dtype=float) if normals is not None else np.array([0.0, 0.0, 1.0])
        mass = min(
            (
                float(trace.mass[trace.index(n)])
                for n in (contact.body_a, contact.body_b)
                if n in trace and np.isfinite(trace.mass[trace.index(n)])
            ),
            default=1.0,
        )
        length = ARROW * contact.impulse_Ns / max(mass, 1e-9)
        label = f"{contact.body_a} - {contact.body_b}: {contact.impulse_Ns:.3g} N s"
        stream.log(
            "world/contacts",
            rr.Arrows3D(
                origins=[[contact.x, contact.y, contact.z]],
                vectors=[normal * length],
                labels=[label],
                colors=[[213, 94, 0]],
            ),
        )
        stream.set_time(TIME, duration=max(contact.t_end, contact.t_start + 1.0 / trace.fps))
        stream.log("world/contacts", rr.Clear(recursive=False))
    stream.reset_time()


def _outcomes(stream: Any, run: Run) -> None:
    import rerun as rr

    for outcome in run.outcomes:
        when = outcome.time if getattr(outcome, "time", None) is not None else float(run.trace.duration)
        stream.set_time(TIME, duration=float(when))
        level = rr.TextLogLevel.INFO if outcome.happened else rr.TextLogLevel.ERROR
        mark = "happened" if outcome.happened else "did not happen"
        stream.log("outcomes", rr.TextLog(f"{outcome.asked or outcome.name}: {mark}; {outcome.evidence}", level=level))
    stream.reset_time()


def _camera(stream: Any, run: Run, scene: AnimatedScene) -> None:
    import rerun as rr

    camera = scene.camera
    if camera is None:
        return
    width, height = camera.size
    for frame in range(len(camera)) if camera.moving() else range(1):
        if camera.moving():
            stream.set_time(TIME, duration=float(scene.time[frame]))
        axes = camera.axes(frame)
        stream.log(
            "world/clip_camera", rr.Transform3D(translation=camera.eye[frame], mat3x3=np.stack([axes[0], -axes[1], axes[2]], axis=1)),
            rr.Pinhole(focal_length=camera.focal(frame), width=width, height=height, camera_xyz=rr.ViewCoordinates.RDF), static=not camera.moving(),
        )  # fmt: skip
    stream.reset_time()
    _pictures(stream, run, width, height)


def _pictures(stream: Any, run: Run, width: int, height: int) -> None:
    """The clip's frames, small and as JPEG, on the camera's image plane; nothing when the run has no pictures."""
    import rerun as rr

    if run.clip_path is None:
        return
    import io

    from PIL import Image

    from generator.video import read_frames, video_size

    fps = video_size(run.clip_path)[2]
    slow = run.scene.camera.slow
    for number, frame in enumerate(read_frames(run.clip_path)):
        stream.set_time(TIME, duration=float(run.trace.time[0]) + number / fps / slow)
        picture = Image.fromarray(frame).resize((width, height)) if frame.shape[1] != width else Image.fromarray(frame)
        data = io.BytesIO()
        picture.save(data, format="JPEG", quality=80)
        stream.log("world/clip_camera/clip", rr.EncodedImage(contents=data.getvalue(), media_type="image/jpeg"))
    stream.reset_time()


def _blueprint(run: Run) -> Any:
    import rerun.blueprint as rrb

    right = [
        rrb.TimeSeriesView(origin=f"plots/{what}", name=label)
        for what, label in (
            ("height_m", "height [m]"),
            ("speed_m_s", "speed [m/s]"),
            ("kinetic_energy_J", "kinetic energy [J]"),
        )
    ]
    if "temperature" in run.trace.extra:
        right.insert(0, rrb.TimeSeriesView(origin="plots/temperature_degC", name="temperature [degC]"))
    left = [rrb.Spatial3DView(origin="world", name="scene")]
    if run.clip_path is not None:
        left.append(rrb.Spatial2DView(origin="world/clip_camera/clip", name="clip"))
    return rrb.Blueprint(
        rrb.Horizontal(
            rrb.Vertical(*left),
            rrb.Vertical(*right, rrb.TextLogView(origin="outcomes", name="asked outcomes")),
            column_shares=[3, 2],
        ),
        collapse_panels=True,
    )
