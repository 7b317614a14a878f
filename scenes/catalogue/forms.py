"""Recognisable things from few primitives: a small notation for parts, and forms with measures (a car, a quadruped, a bottle).

A shape in the data is a mapping of `scenes.shapes`, or `{parts: [...]}` whose parts are written as one line each, or
`{form: car, length: 4.5, ...}`. `expanded` turns the last two into a compound. One line of a part reads

    box .4 .3 .02 @ 0 0 .45 #8b5a2b along x wood

type and measures [m] (box x y z; sphere r; ellipsoid a b c; cylinder, capsule, cone r h; torus R r; cup rim base h wall; frustum base top h;
wedge x y z, upright at its -x end), then the centre of mass in x and y and the height of the *underside* after turning, then in any order a colour, `along` x, -x, y, -y or an angle in degrees by
which the z axis leans towards +x, `turned` (half a turn about z), a material, and `soft` for a part that is drawn but not collided.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from scenes.errors import did_you_mean
from scenes.primitives import Part, Piece, placed_bounds

__all__ = ["expanded", "form", "forms", "line"]

MEASURES: dict[str, tuple[str, ...]] = {
    "sphere": ("radius",),
    "box": ("size", "size", "size"),
    "ellipsoid": ("radii", "radii", "radii"),
    "cylinder": ("radius", "height"),
    "capsule": ("radius", "height"),
    "cone": ("radius", "height"),
    "torus": ("major_radius", "minor_radius"),
    "cup": ("radius", "base_radius", "height", "wall"),
    "frustum": ("base", "top", "height"),
    "wedge": ("x", "y", "z"),
}
SIDES = 20  # of a frustum
H = math.sqrt(0.5)
TURNS: dict[str, tuple[float, float, float, float]] = {
    "x": (H, 0.0, H, 0.0),
    "-x": (H, 0.0, -H, 0.0),
    "y": (H, -H, 0.0, 0.0),
    "-y": (H, H, 0.0, 0.0),
    "-z": (0.0, 1.0, 0.0, 0.0),
}
Form = Callable[..., list[str]]
_FORMS: dict[str, Form] = {}


def form(build: Form) -> Form:
    """Register a builder of part lines under its own name."""
    _FORMS[build.__name__] = build
    return build


def forms() -> dict[str, Form]:
    """Every registered form by name."""
    import scenes.catalogue.forms_living
    import scenes.catalogue.forms_made
    import scenes.catalogue.forms_vehicles  # noqa: F401

    return dict(_FORMS)


def line(text: str) -> dict[str, Any]:
    """One part written as a line, as a mapping of `scenes.primitives.Part`; ValueError says what cannot be read."""
    left, _, right = text.partition("@")
    words, rest = left.split(), right.split()
    kind = words[0] if words else ""
    if kind not in MEASURES:
        raise ValueError(f"part {text!r}: unknown type {kind!r}{did_you_mean(kind, MEASURES)}")
    names = MEASURES[kind]
    if len(words) != len(names) + 1:
        raise ValueError(f"part {text!r}: {kind} takes {' '.join(names)}, that is {len(names)} numbers")
    numbers = [float(word) for word in words[1:]]
    shape: dict[str, Any]
    if kind in ("frustum", "wedge"):
        shape = {"type": "convex", "vertices": _frustum(*numbers) if kind == "frustum" else _wedge(*numbers)}
    elif names[0] in ("size", "radii"):
        shape = {"type": kind, names[0]: numbers}
    else:
        shape = {"type": kind, **dict(zip(names, numbers, strict=True))}
    part: dict[str, Any] = {"shape": shape}
    x, y, underside = (float(word) for word in (rest[:3] or ("0", "0", "0")))
    extras = iter(rest[3:])
    for word in extras:
        if word.startswith("#"):
            part["color"] = word
        elif word == "along":
            part["orientation"] = _turn(next(extras))
        elif word == "turned":
            part["orientation"] = (0.0, 0.0, 0.0, 1.0)
        elif word == "soft":
            part["solid"] = False
        else:
            part["material"] = word.replace("_", " ")
    placed = Part.model_validate(part)
    low, _ = placed_bounds(Piece(placed.shape, (0.0, 0.0, 0.0), placed.orientation))
    part["position"] = [x, y, underside - float(low[2])]
    return part


def _frustum(base: float, top: float, height: float) -> list[tuple[float, float, float]]:
    turns = [(math.cos(2 * math.pi * i / SIDES), math.sin(2 * math.pi * i / SIDES)) for i in range(SIDES)]
    return [(round(r * c, 6), round(r * s, 6), z) for r, z in ((base, 0.0), (top, height)) for c, s in turns]


def _wedge(x: float, y: float, z: float) -> list[tuple[float, float, float]]:
    a, b = x / 2, y / 2
    return [(-a, -b, 0.0), (-a, b, 0.0), (a, -b, 0.0), (a, b, 0.0), (-a, -b, z), (-a, b, z)]


def _turn(direction: str) -> tuple[float, float, float, float]:
    if direction in TURNS:
        return TURNS[direction]
    half = math.radians(float(direction)) / 2
    return (math.cos(half), 0.0, math.sin(half), 0.0)


def expanded(shape: Any) -> Any:
    """The shape mapping with `parts` lines and `form` written out; anything else is returned as it is."""
    if not isinstance(shape, dict) or not ({"form", "parts"} & set(shape)) or "type" in shape:
        return shape
    if "form" in shape:
        known = forms()
        name = shape["form"]
        if name not in known:
            raise ValueError(f"unknown form {name!r}{did_you_mean(str(name), known)}")
        lines = known[name](**{key: value for key, value in shape.items() if key != "form"})
    else:
        lines = shape["parts"]
    return {"type": "compound", "parts": [line(one) for one in lines]}
