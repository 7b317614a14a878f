"""The bodies of a scene whose heat is solved: geometry, materials, and what cannot have a temperature field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import Body, FieldBody, FluidBody, RigidBody
from scenes.errors import UserError, did_you_mean
from scenes.materials import MaterialLibrary
from scenes.primitives import Cylinder, ShapeModel
from scenes.scene import Scene
from scenes.thermal import Boundary, HeatSource, ThermalBody
from sim.heat_materials import Stuff, stuff_of
from sim.heat_voxel import surface_and_volume

__all__ = ["HotBody", "hot_bodies"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class HotBody:
    """A body whose heat is solved: its name, settings, geometry and materials; `length` [m] is that of its long axis `axis`.

    `mixed`: a gas or a liquid that its own convection keeps at one temperature.
    """

    name: str
    thermal: ThermalBody
    shape: ShapeModel | None
    axis: int
    size: tuple[float, float, float]
    volume: float
    areas: tuple[float, ...]  # (6,) [m2] seen from -x, +x, -y, +y, -z, +z
    stuffs: tuple[Stuff, ...]  # segments along the long axis, or the single material
    wall: float | None
    mixed: bool
    notes: tuple[str, ...] = ()

    @property
    def stuff(self) -> Stuff:
        return self.stuffs[0]

    @property
    def capacity(self) -> float:
        """Heat capacity of the whole [J/K], of the lower phase."""
        share = self.volume / len(self.stuffs)
        return sum(stuff.density * stuff.specific_heat * share for stuff in self.stuffs)


def hot_bodies(scene: Scene, materials: MaterialLibrary) -> list[HotBody]:
    """The bodies that the scene heats, in the order of its bodies: those with thermal settings, boundaries or sources.

    Raises UserError for a body that has no temperature field (a figure, cloth) or a face that its shape lacks.
    """
    thermal = scene.thermal
    assert thermal is not None
    acting: list[Boundary | HeatSource] = [*thermal.boundaries.values(), *thermal.sources.values()]
    named = set(thermal.bodies) | {item.body for item in acting}
    for name in sorted(named):
        if name not in scene.bodies:
            raise UserError(
                f"thermal names the body {name!r}, which is not in the scene{did_you_mean(name, scene.bodies)}"
            )
    found = []
    for name in (name for name in scene.bodies if name in named):
        settings = thermal.bodies.get(name, ThermalBody(initial=thermal.ambient))
        found.append(_hot_body(name, scene.bodies[name], settings, materials, scene))
    return found


def _hot_body(name: str, body: Body, settings: ThermalBody, materials: MaterialLibrary, scene: Scene) -> HotBody:
    notes: tuple[str, ...] = ()
    wall = None
    match body:
        case RigidBody():
            shape: ShapeModel | None = body.shape
            size = tuple(float(edge) for edge in body.shape.extent())
            areas, volume = surface_and_volume(body.shape)
            material, wall = body.material, body.wall
        case FluidBody():
            shape, material = None, body.material
            size, volume, notes = _fluid_size(name, body, scene)
            areas = _box_areas(size)
        case FieldBody():
            shape, material, size = None, "air", body.extent
            volume, areas = float(np.prod(size)), _box_areas(size)
            notes = (f"{name}: its volume is taken as well-mixed air",)
        case _:
            raise UserError(
                f"thermal.bodies names {name!r}, a {body.kind}: heat is solved in rigid, fluid and field bodies; use one of these, or leave it out."
            )
    mixed = materials.material(material).state in ("gas", "liquid") and not settings.segments and settings.cells is None
    if wall is not None and not mixed:
        inner = np.maximum(np.asarray(size) - 2 * wall, 0.0)
        volume -= volume * float(np.prod(inner / np.asarray(size)))
    names = settings.segments or (material,)
    stuffs = tuple(stuff_of(materials, each, thermal=settings, body=body, volume=volume) for each in names)
    notes += tuple(note for stuff in stuffs for note in stuff.notes)
    return HotBody(
        name=name,
        thermal=settings,
        shape=shape,
        axis=_long_axis(shape, size),
        size=(size[0], size[1], size[2]),
        volume=volume,
        areas=tuple(float(area) for area in areas),
        stuffs=stuffs,
        wall=wall,
        mixed=mixed,
        notes=notes,
    )


def _box_areas(size: Sequence[float]) -> FloatArray:
    x, y, z = size
    return np.array([y * z, y * z, x * z, x * z, x * y, x * y])


def _fluid_size(name: str, body: FluidBody, scene: Scene) -> tuple[tuple[float, float, float], float, tuple[str, ...]]:
    """Size [m] and volume [m3] of a liquid: as wide as its container and as high as its volume makes it; two thirds full where unknown."""
    holder = scene.bodies.get(body.container) if body.container else None
    if isinstance(holder, RigidBody):
        wide, deep, high = (float(edge) for edge in holder.shape.extent())
        volume = body.volume or 0.6 * wide * deep * high
        return (
            (wide, deep, max(volume / (wide * deep), 1e-3)),
            volume,
            (f"{name}: its surfaces are those of its container",),
        )
    volume = body.volume or 1e-3
    edge = volume ** (1 / 3)
    given = "" if body.volume else " of one litre, as no volume is given"
    return (edge, edge, edge), volume, (f"{name}: taken as a cube{given}",)


def _long_axis(shape: ShapeModel | None, size: Sequence[float]) -> int:
    if isinstance(shape, Cylinder):
        return 2
    longest = max(size)
    ties = [k for k in range(3) if size[k] > longest * (1 - 1e-9)]
    return 2 if 2 in ties else ties[0]
