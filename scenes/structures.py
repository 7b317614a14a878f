"""Supports and architecture: tables, shelves, balconies, ramps, hills, stairs, trees and houses, each built from primitives.

Builders lay their pieces out with the underside at z = 0; `recentred` then moves them to the centre of mass.
Default sizes are common furniture and building practice (table height 0.75 m, stair rise 0.17 m and run 0.29 m, storey 3.5 m).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from scenes.base import Positive
from scenes.primitives import Box, Capsule, Convex, Cylinder, Ellipsoid, Piece, ShapeModel, recentred

__all__ = ["Balcony", "Hill", "House", "Ramp", "Shelf", "Stairs", "Table", "Tree"]


def box(size: tuple[float, float, float], at: tuple[float, float, float], **look: str) -> Piece:
    return Piece(Box(size=size), at, **look)  # type: ignore[arg-type]


class Table(ShapeModel):
    """`size` is over all: width x, depth y, height z; four legs."""

    type: Literal["table"] = "table"
    size: tuple[Positive, Positive, Positive] = (1.2, 0.7, 0.75)
    top: Positive = 0.04
    leg: Positive = 0.06

    def pieces(self) -> list[Piece]:
        x, y, z = self.size
        top, leg = min(self.top, z / 2), min(self.leg, x / 4, y / 4)
        pieces = [box((x, y, top), (0, 0, z - top / 2))]
        for sx in (-1, 1):
            for sy in (-1, 1):
                pieces.append(box((leg, leg, z - top), (sx * (x - leg) / 2, sy * (y - leg) / 2, (z - top) / 2)))
        return recentred(pieces)


class Shelf(ShapeModel):
    """A bookcase: two sides, a back and `boards` boards from the bottom to the top."""

    type: Literal["shelf"] = "shelf"
    size: tuple[Positive, Positive, Positive] = (1.0, 0.3, 1.5)
    boards: Annotated[int, Field(ge=2, le=12)] = 4
    thickness: Positive = 0.02

    def pieces(self) -> list[Piece]:
        x, y, z = self.size
        t = min(self.thickness, x / 8, z / (2 * self.boards))
        pieces = [box((t, y, z), (side * (x - t) / 2, 0, z / 2)) for side in (-1, 1)]
        pieces.append(box((x - 2 * t, t, z), (0, (y - t) / 2, z / 2)))
        for i in range(self.boards):
            pieces.append(box((x - 2 * t, y - t, t), (0, -t / 2, t / 2 + i * (z - t) / (self.boards - 1))))
        return recentred(pieces)


class Balcony(ShapeModel):
    """A facade with a balcony slab whose top lies `height` above the ground, and a railing of bars.

    The slab reaches `depth` out of the wall to the right (+x); the body's underside is the ground.
    """

    type: Literal["balcony"] = "balcony"
    height: Positive = 3.5
    depth: Positive = 1.2
    width: Positive = 3.0
    railing: Positive = 1.0

    def pieces(self) -> list[Piece]:
        slab, wall, rail = 0.18, 0.3, 0.03
        tall = self.height + 2.9
        pieces = [box((wall, self.width + 1.6, tall), (-self.depth / 2 - wall / 2, 0, tall / 2), color="wall")]
        pieces.append(box((self.depth, self.width, slab), (0, 0, self.height - slab / 2)))
        pieces.append(
            box((0.04, 0.95, 2.1), (-self.depth / 2 + 0.02, 0, self.height + 1.05), color="door", material="glass")
        )
        edge_x, top = self.depth / 2 - rail, self.height + self.railing
        pieces.append(box((rail, self.width, rail), (edge_x, 0, top), color="railing"))
        for side in (-1, 1):
            pieces.append(box((self.depth, rail, rail), (0, side * (self.width - rail) / 2, top), color="railing"))
        count = max(2, round(self.width / 0.25))
        for i in range(count + 1):
            y = -self.width / 2 + rail / 2 + i * (self.width - rail) / count
            pieces.append(
                box(
                    (rail * 0.6, rail * 0.6, self.railing), (edge_x, y, self.height + self.railing / 2), color="railing"
                )
            )
        return recentred(pieces)


class Ramp(ShapeModel):
    """A wedge: `length` along x on the ground, rising to `height` at its left (-x) end, `width` along y."""

    type: Literal["ramp"] = "ramp"
    length: Positive = 2.0
    height: Positive = 0.7
    width: Positive = 1.0

    def solid(self) -> Convex:
        a, b, h = self.length / 2, self.width / 2, self.height
        return Convex(vertices=((-a, -b, 0), (-a, b, 0), (a, -b, 0), (a, b, 0), (-a, -b, h), (-a, b, h)))

    @property
    def angle(self) -> float:
        """Slope [rad]."""
        return math.atan2(self.height, self.length)

    def pieces(self) -> list[Piece]:
        return [Piece(self.solid())]  # a Convex is already about its centre of mass


class Hill(ShapeModel):
    """A grassy ridge along y with a straight slope on its right side and a flat top: walkable, rollable, with an exact angle.

    The slope rises from x = +length/2 to the top, `height` above the ground; `top` is the length of the flat part.
    """

    type: Literal["hill"] = "hill"
    length: Positive = 12.0
    height: Positive = 4.0
    top: Positive = 3.0
    width: Positive = 14.0

    @property
    def angle(self) -> float:
        """Slope [rad]."""
        return math.atan2(self.height, self.length)

    def pieces(self) -> list[Piece]:
        right, left, b, h = self.length, -self.top - self.length * 0.6, self.width / 2, self.height
        corners = [(x, y, z) for y in (-b, b) for x, z in ((right, 0.0), (0.0, h), (-self.top, h), (left, 0.0))]
        return [Piece(Convex(vertices=tuple(corners)))]


class Stairs(ShapeModel):
    """`steps` solid steps that descend to the right (+x)."""

    type: Literal["stairs"] = "stairs"
    steps: Annotated[int, Field(ge=1, le=200)] = 8
    rise: Positive = 0.17
    run: Positive = 0.29
    width: Positive = 1.2

    def pieces(self) -> list[Piece]:
        pieces = []
        for i in range(self.steps):
            height = (self.steps - i) * self.rise
            pieces.append(box((self.run, self.width, height), ((i + 0.5) * self.run, 0, height / 2)))
        return recentred(pieces)


class Tree(ShapeModel):
    """A trunk with a crown of leaves, and one bare branch to the front right from which fruit can fall."""

    type: Literal["tree"] = "tree"
    height: Positive = 4.0
    crown: Positive = 1.3
    trunk: Positive = 0.13

    @property
    def branch_height(self) -> float:
        """Height of the fruit-bearing branch's underside above the ground [m]."""
        return self.height * 0.5

    def pieces(self) -> list[Piece]:
        bole = self.height - self.crown
        pieces = [Piece(Cylinder(radius=self.trunk, height=bole), (0, 0, bole / 2), color="bark", material="wood")]
        reach = self.crown * 0.9
        turn = (math.cos(math.pi / 4), 0.0, math.sin(math.pi / 4), 0.0)  # z axis to x
        limb = Capsule(radius=self.trunk * 0.3, height=reach)
        pieces.append(Piece(limb, (reach / 2, 0, self.branch_height + self.trunk * 0.3), turn, "bark", "wood"))
        blobs = (
            (0, 0, 0, 1.0),
            (0.55, 0.2, -0.25, 0.62),
            (-0.55, -0.2, -0.2, 0.66),
            (0.1, -0.6, -0.15, 0.6),
            (-0.1, 0.6, -0.2, 0.6),
            (0, 0, 0.5, 0.66),
        )
        for dx, dy, dz, s in blobs:
            r = self.crown * s
            crown = Ellipsoid(radii=(r, r, r * 0.8))
            at = (dx * self.crown, dy * self.crown, self.height - self.crown * 0.7 + dz * self.crown)
            pieces.append(Piece(crown, at, color="leaves", material="leaf", solid=False))
        return recentred(pieces)


class House(ShapeModel):
    """A plain house: walls, a gable roof along x, a door and two windows to the viewer."""

    type: Literal["house"] = "house"
    size: tuple[Positive, Positive, Positive] = (8.0, 6.0, 3.0)
    roof: Positive = 2.2

    def pieces(self) -> list[Piece]:
        x, y, z = self.size
        a, b, eave = x / 2 + 0.3, y / 2 + 0.3, z
        gable = Convex(vertices=((-a, -b, 0), (-a, b, 0), (a, -b, 0), (a, b, 0), (-a, 0, self.roof), (a, 0, self.roof)))
        lift = -float(gable.hull()[0][:, 2].min())
        front = -y / 2 - 0.02
        pieces = [
            box((x, y, z), (0, 0, z / 2), color="wall"),
            Piece(gable, (0, 0, eave + lift), color="roof", material="brick"),
        ]
        pieces.append(box((0.95, 0.06, 2.05), (0, front, 1.025), color="door", material="wood"))
        for side in (-1, 1):
            pieces.append(box((1.4, 0.06, 1.1), (side * x * 0.3, front, z * 0.55), color="window", material="glass"))
        return recentred(pieces)
