"""Forms of living things: people, animals and plants, standing on z = 0 and facing +x. Proportions are common drawing practice."""

from __future__ import annotations

import math

from scenes.catalogue.forms import form

__all__ = ["bird", "conifer", "figure", "fish", "flower", "insect", "quadruped"]


@form
def figure(
    *,
    height: float,
    head: float = 0.13,
    build: float = 1.0,
    top: str = "#3a6ea5",
    bottom: str = "#2f3640",
    skin: str = "#e0b08c",
    hair: str = "#3b2a20",
) -> list[str]:
    """A standing person of `height` [m]; `head` is the head's share of the height (an adult's about 1/7.5, a child's 1/5.5), `build` widens limbs and trunk."""
    h = height
    r = head * h / 2
    legs, torso = 0.47 * h, h - 0.47 * h - 2.15 * r
    limb, wide = 0.036 * h * build, h * build
    return [
        f"capsule {limb:.4f} {legs - 2 * limb:.4f} @ 0 {0.055 * wide:.4f} 0 {bottom}",
        f"capsule {limb:.4f} {legs - 2 * limb:.4f} @ 0 {-0.055 * wide:.4f} 0 {bottom}",
        f"ellipsoid {0.075 * wide:.4f} {0.115 * wide:.4f} {0.5 * torso + 0.02 * h:.4f} @ 0 0 {legs - 0.03 * h:.4f} {top}",
        f"capsule {0.75 * limb:.4f} {0.33 * h:.4f} @ 0 {0.145 * wide:.4f} {legs - 0.06 * h:.4f} {top}",
        f"capsule {0.75 * limb:.4f} {0.33 * h:.4f} @ 0 {-0.145 * wide:.4f} {legs - 0.06 * h:.4f} {top}",
        f"sphere {r:.4f} @ 0 0 {h - 2 * r:.4f} {skin}",
        f"ellipsoid {0.98 * r:.4f} {1.03 * r:.4f} {0.6 * r:.4f} @ {-0.12 * r:.4f} 0 {h - 1.16 * r:.4f} {hair} soft",
        f"sphere {0.12 * r:.4f} @ {0.93 * r:.4f} {0.35 * r:.4f} {h - 1.05 * r:.4f} #202020 soft",
        f"sphere {0.12 * r:.4f} @ {0.93 * r:.4f} {-0.35 * r:.4f} {h - 1.05 * r:.4f} #202020 soft",
    ]


@form
def quadruped(
    *,
    length: float,
    height: float,
    color: str = "#8b6b4a",
    legs: str = "",
    girth: float = 0.36,
    neck: float = 0.35,
    head: float = 0.3,
    ear: float = 0.1,
    tail: float = 0.4,
    leg: float = 0.09,
    horn: float = 0.0,
    trunk: float = 0.0,
    snout: str = "",
) -> list[str]:
    """An animal on four legs: `length` of the trunk and `height` of the back [m]; the other measures as shares of the length."""
    a = length
    legs, snout = legs or color, snout or color
    b = girth * a / 2
    r = leg * a / 2
    belly = max(height - 2 * b, 2.2 * r)
    foot = belly + 0.5 * b
    parts = [f"ellipsoid {a / 2:.4f} {0.85 * b:.4f} {b:.4f} @ 0 0 {belly:.4f} {color}"]
    for x in (0.3 * a, -0.3 * a):
        for y in (0.5 * b, -0.5 * b):
            parts.append(f"capsule {r:.4f} {max(foot - 2 * r, 0.001):.4f} @ {x:.4f} {y:.4f} 0 {legs}")
    back = belly + 1.5 * b
    reach, lean = neck * a, 35
    parts.append(
        f"capsule {0.42 * b:.4f} {reach:.4f} @ {0.42 * a + 0.25 * reach:.4f} 0 {back - 1.3 * b:.4f} {color} along {lean}"
    )
    hl, hr = head * a / 2, 0.6 * head * a / 2
    hx, hz = 0.42 * a + 0.55 * reach + 0.5 * hl, back - 0.6 * b + 0.82 * reach
    parts.append(f"ellipsoid {hl:.4f} {hr:.4f} {hr:.4f} @ {hx:.4f} 0 {hz:.4f} {color}")
    parts.append(
        f"ellipsoid {0.45 * hl:.4f} {0.6 * hr:.4f} {0.55 * hr:.4f} @ {hx + 0.85 * hl:.4f} 0 {hz + 0.25 * hr:.4f} {snout} soft"
    )
    for side in (1, -1):
        parts.append(
            f"ellipsoid {0.25 * hr:.4f} {0.4 * hr:.4f} {max(ear * a / 2, 0.001):.4f} @ {hx - 0.4 * hl:.4f} {side * 0.7 * hr:.4f} {hz + 1.5 * hr:.4f} {legs} soft"
        )
        parts.append(
            f"sphere {0.16 * hr:.4f} @ {hx + 0.45 * hl:.4f} {side * 0.82 * hr:.4f} {hz + 1.15 * hr:.4f} #181818 soft"
        )
        if horn:
            parts.append(
                f"cone {0.2 * hr:.4f} {horn * a:.4f} @ {hx - 0.2 * hl:.4f} {side * 0.45 * hr:.4f} {hz + 1.8 * hr:.4f} #d9cfb4 soft"
            )
    if tail:
        lean = 72 if tail > 0.5 else 40
        slant = math.radians(lean)
        low = max(back - 0.75 * b - tail * a * math.cos(slant), 0.0)
        parts.append(
            f"capsule {0.3 * r + 0.02 * a:.4f} {tail * a:.4f} @ {-0.46 * a - 0.5 * tail * a * math.sin(slant):.4f} 0 {low:.4f} {color} along {lean} soft"
        )
    if trunk:
        parts.append(
            f"capsule {0.3 * hr:.4f} {trunk * a:.4f} @ {hx + 1.2 * hl:.4f} 0 {max(hz + hr - trunk * a, 0.05 * a):.4f} {color} soft"
        )
    return parts


@form
def bird(
    *,
    length: float,
    color: str = "#7a6a58",
    belly: str = "",
    beak: str = "#e0a030",
    upright: float = 30.0,
    leg: float = 0.25,
    neck: float = 0.0,
    bill: float = 0.14,
) -> list[str]:
    """A perched bird, `length` [m] from bill to tail; `upright` is the lean of the body in degrees from the horizontal."""
    a = length
    r = 0.145 * a
    shin = leg * a
    turn = 90.0 - upright
    rise = 0.8 * shin + 0.03 * a
    lift = 0.28 * a * upright / 60
    return [
        f"ellipsoid {r:.4f} {r:.4f} {0.3 * a:.4f} @ 0 0 {shin * 0.8:.4f} {belly or color} along {turn:.1f}",
        f"ellipsoid {0.6 * r:.4f} {0.18 * r:.4f} {0.27 * a:.4f} @ {-0.05 * a:.4f} {0.95 * r:.4f} {rise:.4f} {color} along {turn:.1f} soft",
        f"ellipsoid {0.6 * r:.4f} {0.18 * r:.4f} {0.27 * a:.4f} @ {-0.05 * a:.4f} {-0.95 * r:.4f} {rise:.4f} {color} along {turn:.1f} soft",
        f"box {0.22 * a:.4f} {0.9 * r:.4f} {0.12 * r:.4f} @ {-0.36 * a:.4f} 0 {shin + 0.05 * a:.4f} {color} soft",
        f"capsule {0.45 * r:.4f} {max(neck, 0.04) * a:.4f} @ {0.24 * a:.4f} 0 {shin + 0.9 * r + lift * 0.6:.4f} {color} along 20",
        f"sphere {0.62 * r:.4f} @ {0.27 * a + 0.2 * neck * a:.4f} 0 {shin + 1.2 * r + lift + neck * a:.4f} {color}",
        f"cone {0.2 * r:.4f} {bill * a:.4f} @ {0.27 * a + 0.2 * neck * a + 0.55 * r + 0.25 * bill * a:.4f} 0 {shin + 1.55 * r + lift + neck * a:.4f} {beak} along x",
        f"cylinder {0.035 * a:.4f} {shin + 0.06 * a:.4f} @ 0 {0.4 * r:.4f} 0 {beak}",
        f"cylinder {0.035 * a:.4f} {shin + 0.06 * a:.4f} @ 0 {-0.4 * r:.4f} 0 {beak}",
    ]


@form
def fish(
    *,
    length: float,
    color: str = "#e67e22",
    depth: float = 0.3,
    width: float = 0.16,
    level: bool = False,
    fin: float = 0.2,
) -> list[str]:
    """A fish (or, with a `level` tail fin, a whale); `depth` and `width` are shares of the length."""
    a = length
    h, w = depth * a / 2, width * a / 2
    tail = (
        f"ellipsoid {0.12 * a:.4f} {1.1 * h:.4f} {0.02 * a:.4f}"
        if level
        else f"ellipsoid {0.12 * a:.4f} {0.02 * a:.4f} {1.1 * h:.4f}"
    )
    middle = h - 0.02 * a if level else h - 1.1 * h
    return [
        f"ellipsoid {0.42 * a:.4f} {w:.4f} {h:.4f} @ {0.08 * a:.4f} 0 0 {color}",
        f"{tail} @ {-0.4 * a:.4f} 0 {max(middle, 0.0):.4f} {color}",
        f"ellipsoid {0.1 * a:.4f} {0.012 * a:.4f} {fin * a / 2:.4f} @ 0 0 {1.6 * h:.4f} {color} soft",
        f"ellipsoid {0.07 * a:.4f} {fin * a / 2:.4f} {0.012 * a:.4f} @ {0.15 * a:.4f} {w:.4f} {0.6 * h:.4f} {color} soft",
        f"ellipsoid {0.07 * a:.4f} {fin * a / 2:.4f} {0.012 * a:.4f} @ {0.15 * a:.4f} {-w:.4f} {0.6 * h:.4f} {color} soft",
        f"sphere {0.05 * h + 0.008 * a:.4f} @ {0.36 * a:.4f} {0.62 * w:.4f} {1.05 * h:.4f} #101010 soft",
        f"sphere {0.05 * h + 0.008 * a:.4f} @ {0.36 * a:.4f} {-0.62 * w:.4f} {1.05 * h:.4f} #101010 soft",
    ]


@form
def insect(
    *,
    length: float,
    span: float,
    color: str = "#2b2118",
    wing: str = "#e67e22",
    chord: float = 0.45,
    pairs: int = 2,
    legs: bool = False,
) -> list[str]:
    """An insect with spread wings: body `length` and wing `span` [m]; `chord` is the depth of a wing as a share of its length."""
    a, half = length, span / 2
    r = 0.09 * a
    z = 0.25 * a
    parts = [
        f"capsule {r:.5f} {a - 2 * r:.5f} @ 0 0 {z:.5f} {color} along x",
        f"sphere {1.3 * r:.5f} @ {0.5 * a:.5f} 0 {z:.5f} {color}",
    ]
    for side in (1, -1):
        for k in range(pairs):
            x, size = ((0.5 - k) * 0.45 * half * chord * 2, 1.0 - 0.2 * k) if pairs > 1 else (0.0, 1.0)
            parts.append(
                f"ellipsoid {chord * half / 2 * size:.5f} {half / 2 * size:.5f} {0.006 * span:.5f} @ {x:.5f} {side * half / 2 * size:.5f} {z + r:.5f} {wing}"
            )
        if legs:
            for x in (0.2, 0.0, -0.2):
                parts.append(f"capsule {0.02 * a:.5f} {z:.5f} @ {x * a:.5f} {side * 1.2 * r:.5f} 0 {color} soft")
    return parts


@form
def flower(
    *,
    height: float,
    radius: float,
    petal: str = "#e84393",
    heart: str = "#f4d03f",
    petals: int = 6,
    stem: str = "#3f8f3f",
) -> list[str]:
    """A flower upright on its stem: `radius` of the blossom [m]."""
    parts = [f"cylinder {max(0.05 * radius, 0.002):.4f} {height - radius * 0.3:.4f} @ 0 0 0 {stem}"]
    z = height - 0.5 * radius
    for i in range(petals):
        angle = 2 * math.pi * i / petals
        parts.append(
            f"ellipsoid {0.42 * radius:.4f} {0.42 * radius:.4f} {0.14 * radius:.4f} @ {0.6 * radius * math.cos(angle):.4f} {0.6 * radius * math.sin(angle):.4f} {z:.4f} {petal}"
        )
    parts.append(f"ellipsoid {0.34 * radius:.4f} {0.34 * radius:.4f} {0.22 * radius:.4f} @ 0 0 {z:.4f} {heart}")
    parts.append(
        f"ellipsoid {0.5 * radius:.4f} {0.2 * radius:.4f} {0.06 * radius:.4f} @ {0.45 * radius:.4f} 0 {0.35 * height:.4f} {stem} along -35 soft"
    )
    return parts


@form
def conifer(*, height: float, radius: float, color: str = "#2f6b3a", tiers: int = 3) -> list[str]:
    """A fir or a Christmas tree: `tiers` cones on a trunk."""
    trunk = 0.12 * height
    parts = [f"cylinder {0.08 * radius + 0.02:.4f} {0.5 * height:.4f} @ 0 0 0 #6b4a2b wood"]
    for k in range(tiers):
        r = radius * (1 - 0.28 * k)
        low = trunk + k * (height - trunk) / (tiers + 0.6)
        tall = (height - low) if k == tiers - 1 else 1.6 * (height - trunk) / (tiers + 0.6)
        parts.append(f"cone {r:.4f} {tall:.4f} @ 0 0 {low:.4f} {color} leaf soft")
    return parts
