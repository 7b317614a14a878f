"""OpenUSD with time samples: one Xform a body with its meshes, in metres, z up. A time code is a frame of the trace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.exports.animated import AnimatedScene, MeshPart, Node, animated_scene

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["export", "prim_name"]


def prim_name(name: str) -> str:
    """A body's name as USD allows it: letters, digits and underscores, not beginning with a digit."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{plain}" if not plain or plain[0].isdigit() else plain


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    from pxr import Gf, Usd, UsdGeom

    options.progress("geometry", 0, 2)
    scene = animated_scene(run)
    options.progress("write", 1, 2)
    stage = Usd.Stage.CreateNew(str(out))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(run.trace.fps)
    stage.SetFramesPerSecond(run.trace.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(len(scene.time) - 1)
    root = UsdGeom.Xform.Define(stage, "/scene")
    stage.SetDefaultPrim(root.GetPrim())
    root.GetPrim().SetCustomDataByKey("text", run.scene.text)
    paths: list[str] = []
    looks = _Looks(stage)
    for node in scene.nodes:
        above = "/scene" if node.parent is None else paths[node.parent]
        leaf = node.name.rsplit("/", 1)[-1] if node.parent is not None else node.name
        paths.append(f"{above}/{prim_name(leaf)}")
        _node(stage, paths[-1], node, looks)
    if scene.camera is not None:
        _camera(stage, scene)
    stage.GetRootLayer().Save()
    del Gf
    options.progress("write", 2, 2)
    return [out]


def _node(stage: Any, path: str, node: Node, looks: _Looks) -> None:
    from pxr import Gf, UsdGeom

    prim = UsdGeom.Xform.Define(stage, path)
    prim.GetPrim().SetCustomDataByKey("body", node.name)
    move, turn = prim.AddTranslateOp(UsdGeom.XformOp.PrecisionDouble), prim.AddOrientOp(UsdGeom.XformOp.PrecisionDouble)
    size = prim.AddScaleOp(UsdGeom.XformOp.PrecisionDouble)
    for op, values, make in (
        (move, node.translation, lambda v: Gf.Vec3d(*map(float, v))),
        (turn, node.rotation, lambda q: Gf.Quatd(float(q[0]), *map(float, q[1:]))),
        (size, node.scale, lambda v: Gf.Vec3d(*map(float, v))),
    ):
        if np.ptp(values, axis=0).max() > 0:
            for frame, value in enumerate(values):
                op.Set(make(value), frame)
        else:
            op.Set(make(values[0]))
    if not node.alive.all():
        shown = UsdGeom.Imageable(prim).CreateVisibilityAttr()
        for change in np.flatnonzero(np.diff(node.alive.astype(int), prepend=-1)):
            shown.Set(UsdGeom.Tokens.inherited if node.alive[change] else UsdGeom.Tokens.invisible, int(change))
    for number, part in enumerate(node.parts):
        _mesh(stage, f"{path}/mesh_{number}", part, looks)


def _mesh(stage: Any, path: str, part: MeshPart, looks: _Looks) -> None:
    from pxr import UsdGeom, UsdShade, Vt

    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(part.vertices.astype(np.float32)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(part.normals.astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(part.faces), 3, dtype=np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(part.faces.astype(np.int32).ravel()))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDisplayColorAttr([tuple(map(float, part.color))])
    if part.opacity < 1:
        mesh.CreateDisplayOpacityAttr([part.opacity])
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(looks.of(part))


class _Looks:
    """One UsdPreviewSurface for each look."""

    def __init__(self, stage: Any) -> None:
        self._stage, self._made = stage, {}  # type: ignore[var-annotated]

    def of(self, part: MeshPart) -> Any:
        from pxr import Gf, Sdf, UsdShade

        key = (*(round(c, 4) for c in part.color), part.opacity, round(part.roughness, 3), part.metal)
        if key not in self._made:
            path = f"/scene/looks/look_{len(self._made)}"
            material = UsdShade.Material.Define(self._stage, path)
            shader = UsdShade.Shader.Define(self._stage, f"{path}/surface")
            shader.CreateIdAttr("UsdPreviewSurface")
            shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*map(float, part.color)))
            shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(float(part.roughness))
            shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(float(part.metal))
            shader.CreateInput("opacity", Sdf.ValueTypeNames.Float).Set(float(part.opacity))
            material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
            self._made[key] = material
        return self._made[key]


def _camera(stage: Any, scene: AnimatedScene) -> None:
    from pxr import Gf, UsdGeom

    camera = scene.camera
    assert camera is not None
    prim = UsdGeom.Camera.Define(stage, "/scene/clip_camera")
    height = 24.0  # [mm] of the film that USD counts in
    prim.CreateVerticalApertureAttr(height)
    prim.CreateHorizontalApertureAttr(height * camera.size[0] / camera.size[1])
    prim.CreateClippingRangeAttr(Gf.Vec2f(0.01, 1e4))
    prim.CreateFocalLengthAttr()
    op = prim.AddTransformOp()
    for frame in range(len(camera)) if camera.moving() else range(1):
        axes = camera.axes(frame)
        matrix = np.eye(4)
        matrix[0, :3], matrix[1, :3], matrix[2, :3], matrix[3, :3] = axes[0], axes[1], -axes[2], camera.eye[frame]
        focal = height / 2 / float(np.tan(np.radians(camera.fov[frame]) / 2))
        if camera.moving():
            op.Set(Gf.Matrix4d(matrix), frame)
            prim.GetFocalLengthAttr().Set(focal, frame)
        else:
            op.Set(Gf.Matrix4d(matrix))
            prim.GetFocalLengthAttr().Set(focal)
