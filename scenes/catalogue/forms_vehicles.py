"""Forms of vehicles, standing on z = 0 with the front towards +x. Proportions are those of common types."""

from __future__ import annotations

from scenes.catalogue.forms import form

__all__ = ["airplane", "boat", "bus", "car", "truck", "two_wheeler"]

GLASS, TYRE, HUB = "#9fc3d8", "#1e1e20", "#b8bcc2"


def _wheels(xs: tuple[float, ...], *, radius: float, track: float, width: float) -> list[str]:
    parts = []
    for x in xs:
        for side in (1, -1):
            parts.append(f"cylinder {radius:.4f} {width:.4f} @ {x:.4f} {side * track / 2:.4f} 0 {TYRE} along y rubber")
            parts.append(
                f"cylinder {0.5 * radius:.4f} {width * 1.08:.4f} @ {x:.4f} {side * track / 2:.4f} {0.5 * radius:.4f} {HUB} along y steel soft"
            )
    return parts


@form
def car(
    *, length: float, width: float, height: float, color: str = "#b03030", wheel: float = 0.0, light: str = ""
) -> list[str]:
    """A passenger car: body, cabin with windows, four wheels, lamps; `light` is the colour of a roof beacon. Lengths [m]."""
    a, w, h = length, width, height
    r = wheel or 0.22 * h
    belly, waist = 0.55 * r, 0.62 * h
    cabin = h - waist
    parts = [
        f"box {a:.4f} {w:.4f} {waist - belly:.4f} @ 0 0 {belly:.4f} {color}",
        f"box {0.5 * a:.4f} {0.88 * w:.4f} {cabin:.4f} @ {-0.06 * a:.4f} 0 {waist:.4f} {GLASS}",
        f"box {0.46 * a:.4f} {0.89 * w:.4f} {0.16 * cabin:.4f} @ {-0.06 * a:.4f} 0 {h - 0.12 * cabin:.4f} {color}",
    ]
    parts += _wheels((0.31 * a, -0.31 * a), radius=r, track=w - 0.1 * w, width=0.12 * w)
    for side in (1, -1):
        parts.append(
            f"box {0.01 * a:.4f} {0.16 * w:.4f} {0.09 * h:.4f} @ {0.503 * a:.4f} {side * 0.36 * w:.4f} {0.42 * h:.4f} #fff6d0 soft"
        )
        parts.append(
            f"box {0.01 * a:.4f} {0.16 * w:.4f} {0.07 * h:.4f} @ {-0.503 * a:.4f} {side * 0.38 * w:.4f} {0.45 * h:.4f} #c0261f soft"
        )
    if light:
        parts.append(f"box {0.05 * a:.4f} {0.5 * w:.4f} {0.08 * h:.4f} @ {-0.06 * a:.4f} 0 {h:.4f} {light} soft")
    return parts


@form
def bus(
    *, length: float, width: float, height: float, color: str = "#d9a520", stripe: str = "#f2f2f2", wheel: float = 0.0
) -> list[str]:
    """A bus, van or railway car: one long body with a band of windows."""
    a, w, h = length, width, height
    r = wheel or min(0.16 * h, 0.48)
    belly = 0.6 * r
    return [
        f"box {a:.4f} {w:.4f} {h - belly:.4f} @ 0 0 {belly:.4f} {color}",
        f"box {0.94 * a:.4f} {1.01 * w:.4f} {0.28 * h:.4f} @ {0.01 * a:.4f} 0 {0.52 * h:.4f} {GLASS} soft",
        f"box {0.01 * a:.4f} {0.9 * w:.4f} {0.34 * h:.4f} @ {0.5 * a:.4f} 0 {0.46 * h:.4f} {GLASS} soft",
        f"box {0.98 * a:.4f} {1.015 * w:.4f} {0.05 * h:.4f} @ 0 0 {0.4 * h:.4f} {stripe} soft",
        *_wheels((0.34 * a, -0.32 * a), radius=r, track=w - 0.12 * w, width=0.12 * w),
    ]


@form
def truck(
    *,
    length: float,
    width: float,
    height: float,
    color: str = "#2a62a8",
    cargo: str = "#d8d8d2",
    bed: str = "closed",
    wheel: float = 0.0,
) -> list[str]:
    """A lorry with its cab in front; `bed` is closed, open, tank or tipped (a mixer's drum)."""
    a, w, h = length, width, height
    r = wheel or min(0.15 * h, 0.52)
    chassis = 1.15 * r
    cab = min(0.28 * a, 2.2 * a / 7)
    load = a - cab - 0.03 * a
    x = -a / 2 + load / 2
    parts = [
        f"box {a:.4f} {0.85 * w:.4f} {0.35 * r:.4f} @ 0 0 {chassis - 0.35 * r:.4f} #3a3a3c",
        f"box {cab:.4f} {0.96 * w:.4f} {0.72 * (h - chassis):.4f} @ {a / 2 - cab / 2:.4f} 0 {chassis:.4f} {color}",
        f"box {0.02 * a:.4f} {0.84 * w:.4f} {0.26 * (h - chassis):.4f} @ {a / 2:.4f} 0 {chassis + 0.38 * (h - chassis):.4f} {GLASS} soft",
    ]
    if bed == "open":
        t = 0.03 * w
        parts += [
            f"box {load:.4f} {w:.4f} {t:.4f} @ {x:.4f} 0 {chassis:.4f} {cargo}",
            f"box {load:.4f} {t:.4f} {0.3 * h:.4f} @ {x:.4f} {w / 2 - t / 2:.4f} {chassis:.4f} {cargo}",
            f"box {load:.4f} {t:.4f} {0.3 * h:.4f} @ {x:.4f} {-w / 2 + t / 2:.4f} {chassis:.4f} {cargo}",
            f"box {t:.4f} {w:.4f} {0.3 * h:.4f} @ {x - load / 2 + t / 2:.4f} 0 {chassis:.4f} {cargo}",
        ]
    elif bed in ("tank", "tipped"):
        s = 0.45 * min(w, h - chassis)
        lean = "along x" if bed == "tank" else "along 75"
        parts.append(f"capsule {s:.4f} {max(load - 2 * s, 0.05 * a):.4f} @ {x:.4f} 0 {chassis:.4f} {cargo} {lean}")
    else:
        parts.append(f"box {load:.4f} {w:.4f} {h - chassis:.4f} @ {x:.4f} 0 {chassis:.4f} {cargo}")
    return parts + _wheels((0.36 * a, -0.2 * a, -0.34 * a), radius=r, track=w - 0.12 * w, width=0.12 * w)


@form
def two_wheeler(
    *, length: float, height: float, wheel: float, color: str = "#1f7a5a", engine: bool = False, tyre: float = 0.02
) -> list[str]:
    """A bicycle, or with an `engine` a motorcycle: two wheels, frame, saddle and handlebar. `wheel` and `tyre` are radii [m]."""
    a, h, r = length, height, wheel
    x = a / 2 - r
    tube = max(0.35 * tyre, 0.012)
    parts = [
        f"torus {r - tyre:.4f} {tyre:.4f} @ {x:.4f} 0 0 {TYRE} along y rubber",
        f"torus {r - tyre:.4f} {tyre:.4f} @ {-x:.4f} 0 0 {TYRE} along y rubber",
        f"cylinder {0.25 * r if engine else 0.08 * r:.4f} 0.06 @ {x:.4f} 0 {r - (0.25 * r if engine else 0.08 * r):.4f} {HUB} along y",
        f"cylinder {0.25 * r if engine else 0.08 * r:.4f} 0.06 @ {-x:.4f} 0 {r - (0.25 * r if engine else 0.08 * r):.4f} {HUB} along y",
        f"capsule {tube:.4f} {1.15 * x:.4f} @ {0.1 * a:.4f} 0 {0.75 * h:.4f} {color} along x",
        f"capsule {tube:.4f} {0.62 * h:.4f} @ {0.62 * x + 0.18 * a:.4f} 0 {0.95 * r:.4f} {color} along -18",
        f"capsule {tube:.4f} {0.85 * x:.4f} @ {-0.5 * x:.4f} 0 {r:.4f} {color} along x",
        f"capsule {tube:.4f} {0.55 * h:.4f} @ {-0.1 * a:.4f} 0 {0.9 * r:.4f} {color} along -15",
        f"capsule {tube:.4f} {0.6 * x:.4f} @ {0.05 * a:.4f} 0 {0.95 * r:.4f} {color} along 50",
        f"box {0.16 * a:.4f} 0.14 0.05 @ {-0.17 * a:.4f} 0 {0.86 * h:.4f} #26262a",
        f"capsule {tube:.4f} 0.5 @ {0.24 * a:.4f} 0 {h - 2 * tube:.4f} #3a3a3e along y",
    ]
    if engine:
        parts += [
            f"box {0.26 * a:.4f} 0.3 {0.36 * h:.4f} @ 0 0 {0.22 * h:.4f} #4a4a4e",
            f"ellipsoid {0.16 * a:.4f} 0.15 {0.12 * h:.4f} @ {0.08 * a:.4f} 0 {0.62 * h:.4f} {color}",
            f"box {0.34 * a:.4f} 0.24 {0.08 * h:.4f} @ {-0.2 * a:.4f} 0 {0.7 * h:.4f} #26262a",
        ]
    return parts


@form
def airplane(
    *, length: float, span: float, color: str = "#e8ecef", accent: str = "#2a62a8", engines: bool = True
) -> list[str]:
    """An aeroplane with low wings and a tail, nose towards +x."""
    a, r = length, 0.055 * length
    parts = [
        f"capsule {r:.4f} {a - 2 * r:.4f} @ 0 0 {0.6 * r:.4f} {color} along x",
        f"ellipsoid {0.085 * a:.4f} {span / 2:.4f} {0.12 * r:.4f} @ {0.02 * a:.4f} 0 {0.9 * r:.4f} {color}",
        f"ellipsoid {0.05 * a:.4f} {0.17 * span:.4f} {0.1 * r:.4f} @ {-0.44 * a:.4f} 0 {1.9 * r:.4f} {color}",
        f"ellipsoid {0.06 * a:.4f} {0.1 * r:.4f} {0.08 * a:.4f} @ {-0.45 * a:.4f} 0 {1.8 * r:.4f} {accent}",
        f"ellipsoid {0.04 * a:.4f} {0.8 * r:.4f} {0.35 * r:.4f} @ {0.43 * a:.4f} 0 {1.75 * r:.4f} {GLASS} soft",
    ]
    if engines:
        for side in (1, -1):
            parts.append(
                f"capsule {0.45 * r:.4f} {0.06 * a:.4f} @ {0.06 * a:.4f} {side * 0.2 * span:.4f} 0 {accent} along x"
            )
    return parts


@form
def boat(
    *,
    length: float,
    width: float,
    depth: float,
    color: str = "#a86b3c",
    mast: float = 0.0,
    cabin: float = 0.0,
    sail: str = "#f4f1e8",
) -> list[str]:
    """A boat: hull with a pointed bow towards +x; `mast` gives a sailing boat, `cabin` a motor boat or a ship (heights [m])."""
    a, w, d = length, width, depth
    parts = [
        f"box {0.7 * a:.4f} {w:.4f} {d:.4f} @ {-0.12 * a:.4f} 0 0 {color}",
        f"ellipsoid {0.28 * a:.4f} {w / 2:.4f} {d / 2:.4f} @ {0.22 * a:.4f} 0 0 {color}",
        f"box {0.74 * a:.4f} {1.04 * w:.4f} {0.12 * d:.4f} @ {-0.12 * a:.4f} 0 {0.9 * d:.4f} #efe6d2",
    ]
    if cabin:
        parts.append(f"box {0.34 * a:.4f} {0.7 * w:.4f} {cabin:.4f} @ {-0.1 * a:.4f} 0 {d:.4f} #f2f2ee")
        parts.append(
            f"box {0.345 * a:.4f} {0.71 * w:.4f} {0.3 * cabin:.4f} @ {-0.1 * a:.4f} 0 {d + 0.5 * cabin:.4f} {GLASS} soft"
        )
    if mast:
        parts.append(f"cylinder {0.012 * mast + 0.003:.4f} {mast:.4f} @ {0.05 * a:.4f} 0 {d:.4f} #7a5a38 wood")
        parts.append(
            f"wedge {0.5 * a:.4f} {0.006 * mast:.4f} {0.82 * mast:.4f} @ {-0.13 * a:.4f} 0 {d + 0.12 * mast:.4f} {sail} turned soft"
        )
        parts.append(
            f"wedge {0.3 * a:.4f} {0.006 * mast:.4f} {0.65 * mast:.4f} @ {0.17 * a:.4f} 0 {d + 0.12 * mast:.4f} {sail} soft"
        )
    return parts
