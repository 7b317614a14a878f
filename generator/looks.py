"""Looks: what a material is to light, as a plain description that both renderers read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from generator.textures import ball_seams, make_texture, parse_color
from scenes.errors import UserError

__all__ = ["Surface", "bsdf", "ground_surface", "surface_of"]

RGB = tuple[float, float, float]
_TEXTURE_OF_LOOK = {
    "wood": ("wood", 0.6),
    "concrete": ("concrete", 1.6),
    "stone": ("stone", 0.8),
    "ice": ("ice", 1.0),
    "sand": ("sand", 0.7),
    "snow": ("snow", 1.5),
    "fabric": ("fabric", 0.10),
    "leaves": ("leaves", 1.3),
    "fur": ("fur", 0.25),
}
_TEXTURE_OF_MATERIAL = {
    "brick": ("brick", 1.0),
    "marble": ("marble", 0.9),
    "grass": ("grass", 1.6),
    "plaster": ("plaster", 1.6),
    "tennis_ball": ("", 1.0),
}
_TEXTURE_OF_ROLE = {"wall": ("plaster", 2.0), "roof": ("roof", 2.2), "bark": ("wood", 0.35), "leaves": ("leaves", 1.3)}
_EMISSION: dict[str, tuple[RGB, RGB]] = {
    "flame": ((0.02, 0.01, 0.0), (1.9, 0.50, 0.03)),
    "flame core": ((0.02, 0.01, 0.0), (2.4, 1.45, 0.25)),
    "glow": ((0.02, 0.02, 0.02), (7.0, 6.0, 4.2)),
}
_PLAIN_ROLES = {"railing": ("metal_painted", 0.3), "window": ("pane", 0.0), "door": ("door", 0.35)}


@dataclass(frozen=True)
class Surface:
    """How a part reflects. `family` is matte, coated, metal, glass, pane or ice; `color` linear RGB; `roughness` the
    microfacet alpha; `texture` the name of a tile that is `tile` [m] wide, "seams" for a ball's pattern, or "" for
    none."""

    family: str
    color: RGB
    roughness: float = 0.5
    metal: str = "none"
    texture: str = ""
    tile: float = 1.0
    ior: float = 1.5
    thin: bool = False
    emission: RGB | None = None

    def image(self) -> NDArray[np.float32] | None:
        """The texture (H, W, 3), linear reflectance; None when the surface is of one colour."""
        if not self.texture:
            return None
        return ball_seams(self.color) if self.texture == "seams" else make_texture(self.texture, self.color)


@lru_cache(maxsize=512)
def _material(name: str) -> tuple[str, str, float, str, float]:
    """Look, sRGB hex, roughness, conductor and index of refraction of a material of the library."""
    from scenes.materials import library

    found = library().material(name)
    shown = found.appearance
    return (
        shown.look,
        shown.color,
        shown.roughness,
        shown.metal,
        found.index_of_refraction.value if found.index_of_refraction else 1.5,
    )


def surface_of(
    material: str, color: str | None, *, ball: bool = False, thin: bool = False, size: float = 1.0, tint: int = 0
) -> Surface:
    """The surface of a part of `material` painted in `color` (a name, a role of a piece, #rrggbb, or None for the
    material's own).

    `ball` asks for a pattern that shows spin, `thin` says that the part is a wall of glass rather than a block; `size`
    [m] scales textures. `tint` numbers the bodies, so that blocks of one material are told apart by a shade (0: none).
    Raises UserError for a material that the library does not know.
    """
    if color in _EMISSION:
        return Surface("matte", _EMISSION[color][0], 1.0, emission=_EMISSION[color][1])
    try:
        look, hexed, roughness, metal, ior = _material(material)
    except UserError:
        if parse_color(material) is None and color is None:
            raise
        look, hexed, roughness, metal, ior = "matte", "#9a9a9a", 0.6, "none", 1.5
    painted = parse_color(color) if color is not None else None
    base = painted if painted is not None else parse_color(hexed)
    assert base is not None
    if tint and painted is None and look in {"wood", "stone", "concrete", "paper"}:
        shade = (1.0, 0.80, 1.16, 0.90, 1.08, 0.72)[tint % 6]
        base = tuple(min(c * shade, 0.9) for c in base)  # type: ignore[assignment]
    role = color or ""
    if role in _PLAIN_ROLES:
        family, alpha = _PLAIN_ROLES[role]
        if family == "pane" or (role == "door" and look == "glass"):
            return Surface("pane", base, 0.02)
        return Surface("coated", base, alpha, texture="wood" if role == "door" else "", tile=0.8)
    texture, tile = (
        _TEXTURE_OF_ROLE.get(role) or _TEXTURE_OF_MATERIAL.get(material) or _TEXTURE_OF_LOOK.get(look, ("", 1.0))
    )
    if role.split(" ")[0] in {"eye", "nose", "white", "pink", "skin", "hair", "shoe"}:
        texture = ""
    if role in {"eye", "nose"}:
        return Surface("coated", base, 0.08)
    tile = min(tile, max(1.2 * size, 0.02)) if texture not in {"brick", "roof", "plaster", "leaves"} else tile
    if (
        ball
        and look not in {"glass", "water", "ice", "fruit", "leaves"}
        and texture in {"", "concrete", "stone", "fabric", "sand", "snow", "fur"}
    ):
        texture = "seams"
    if look.startswith("metal"):
        # Tabulated chromium stands for metals without a table of their own: these take their colour instead.
        table = "none" if painted is not None or metal == "Cr" else metal
        pattern = "seams" if ball else "brushed" if look == "metal_brushed" else ""
        return Surface("metal", base, max(roughness, 0.06), table, pattern, tile=max(min(0.5, 1.5 * size), 0.05))
    if look == "glass":
        return Surface(
            "glass",
            base if painted is not None else (0.97, 0.988, 0.982) if thin else (0.95, 0.985, 0.975),
            0.0,
            ior=max(ior, 1.3),
            thin=thin,
        )
    if look == "water":
        # Light takes the colour of a liquid on its way in and out; a clear one shows a little of the sea's blue.
        stained = tuple(min(max(0.02, c), 0.96) for c in base)
        return Surface("glass", stained, 0.0, ior=1.333, thin=thin)  # type: ignore[arg-type]
    if look == "ice":
        return Surface("ice", base, 0.12, texture="ice", tile=tile, ior=1.31)
    if material == "lava":
        return Surface("matte", base, 0.8, emission=(4.0, 0.9, 0.12))
    coated = look in {"rubber", "plastic", "ceramic", "fruit", "wax", "skin"} or (
        look in {"wood", "stone"} and roughness < 0.6
    )
    return Surface(
        "coated" if coated else "matte",
        base,
        max(roughness * 0.75, 0.05) if coated else 1.0,
        texture=texture,
        tile=tile,
    )


def ground_surface(material: str, style: str) -> tuple[str, RGB, float, str, float]:
    """Texture name, colour, width of one element [m], family and roughness of the endless ground."""
    look, hexed, roughness, _, _ = _material(material)
    base = parse_color(hexed)
    assert base is not None
    if style == "lunar":
        return "regolith", (0.22, 0.215, 0.21), 0.0, "matte", 1.0
    if style == "mars":
        return "regolith", (0.40, 0.20, 0.11), 0.0, "matte", 1.0
    if style == "underwater" and look in {"concrete", "matte", "plastic"}:
        return "sand", (0.55, 0.47, 0.30), 0.0, "matte", 1.0
    if look == "water":
        return "plaster", (0.020, 0.075, 0.095), 0.0, "coated", 0.06
    named = {
        "grass": "grass", "brick": "brick", "marble": "marble", "asphalt": "stone", "plaster": "plaster", "soil": "stone", "snow": "snow", "gravel": "stone",
        "carpet": "fur", "felt": "fur", "ice": "ice",
    }  # fmt: skip
    texture = named.get(material) or {
        "wood": "wood",
        "concrete": "concrete",
        "stone": "stone",
        "ice": "ice",
        "sand": "sand",
        "snow": "snow",
    }.get(look, "plaster")
    element = {"concrete": 0.6, "wood": 0.14, "brick": 0.9}.get(texture, 0.0)
    family = (
        "coated"
        if texture in {"wood", "ice", "marble"} or look in {"ceramic", "plastic", "glass"} or look.startswith("metal")
        else "matte"
    )
    return texture, base, element, family, max(roughness * 0.6, 0.10) if texture != "ice" else 0.12


def _rgb(value: RGB) -> dict[str, object]:
    return {"type": "rgb", "value": [float(v) for v in value]}


def _textured(surface: Surface, *, repeat: float | None = None) -> dict[str, object]:
    import mitsuba as mi

    image = surface.image()
    if image is None:
        return _rgb(surface.color)
    transform = mi.ScalarTransform4f()
    if surface.texture != "seams":
        transform = transform.scale([1 / surface.tile, 1 / surface.tile, 1])
    return {"type": "bitmap", "bitmap": mi.Bitmap(image), "raw": True, "wrap_mode": "repeat", "to_uv": transform}


def bsdf(surface: Surface, *, vertex_color: str | None = None) -> dict[str, object]:
    """The surface as a Mitsuba BSDF; `vertex_color` names a mesh attribute that replaces its colour."""
    if vertex_color is not None:
        body: dict[str, object] = {"type": "diffuse", "reflectance": {"type": "mesh_attribute", "name": vertex_color}}
        return {"type": "twosided", "inner": body}
    match surface.family:
        case "metal":
            conductor: dict[str, object] = {"type": "roughconductor", "alpha": surface.roughness, "distribution": "ggx"}
            if surface.metal != "none" and not surface.texture:
                conductor["material"] = surface.metal
            else:
                conductor |= {"material": "none", "specular_reflectance": _textured(surface)}
            return {"type": "twosided", "inner": conductor}
        case "glass" if surface.thin:
            return {
                "type": "thindielectric",
                # Vessels have an inner and an outer face, and each is drawn as a sheet, which reflects twice itself.
                "int_ior": 1 + 0.85 * (surface.ior - 1),
                "specular_transmittance": _rgb(surface.color),
            }
        case "glass":
            return {"type": "dielectric", "int_ior": surface.ior, "specular_transmittance": _rgb(surface.color)}
        case "pane":
            return {
                "type": "twosided",
                "inner": {"type": "plastic", "diffuse_reflectance": _rgb(surface.color), "int_ior": 1.6},
            }
        case "ice":
            solid = {
                "type": "roughplastic",
                "diffuse_reflectance": _textured(surface),
                "alpha": surface.roughness,
                "int_ior": 1.31,
            }
            return {
                "type": "blendbsdf",
                "weight": 0.55,
                "a": {"type": "dielectric", "int_ior": 1.31},
                "b": {"type": "twosided", "inner": solid},
            }
        case "coated":
            coat = {
                "type": "roughplastic",
                "diffuse_reflectance": _textured(surface),
                "alpha": surface.roughness,
                "int_ior": 1.49,
                "nonlinear": False,
            }
            return {"type": "twosided", "inner": coat}
    return {"type": "twosided", "inner": {"type": "diffuse", "reflectance": _textured(surface)}}
