"""Forms of made things that do not drive: vessels, furniture and tools, standing on z = 0."""

from __future__ import annotations

from scenes.catalogue.forms import form

__all__ = ["bottle", "chair", "goblet", "handled", "mug", "pan", "turned"]


@form
def chair(
    *,
    width: float,
    depth: float,
    seat: float,
    height: float,
    color: str = "#8b5a2b",
    cushion: str = "",
    legs: int = 4,
    arms: bool = False,
) -> list[str]:
    """A chair whose back is at -x (it faces +x): `seat` height and overall `height` [m]; legs=0 makes a block of a seat (a sofa)."""
    w, d, s = width, depth, seat
    leg, top = max(0.04 * w, 0.02), 0.04
    cushion = cushion or color
    parts = []
    if legs:
        for x in (1, -1):
            for y in (1, -1):
                parts.append(
                    f"box {leg:.4f} {leg:.4f} {s - top:.4f} @ {x * (d - leg) / 2:.4f} {y * (w - leg) / 2:.4f} 0 {color}"
                )
        parts.append(f"box {d:.4f} {w:.4f} {top:.4f} @ 0 0 {s - top:.4f} {cushion}")
        parts.append(f"box {leg:.4f} {w:.4f} {height - s:.4f} @ {-d / 2 + leg / 2:.4f} 0 {s:.4f} {color}")
    else:
        parts.append(f"box {d:.4f} {w:.4f} {s:.4f} @ 0 0 0 {cushion}")
        parts.append(f"box {0.25 * d:.4f} {w:.4f} {height - s:.4f} @ {-0.375 * d:.4f} 0 {s:.4f} {color}")
    if arms:
        arm = 0.09 * w
        for y in (1, -1):
            parts.append(
                f"box {0.9 * d:.4f} {arm:.4f} {s + 0.2 if not legs else 0.05:.4f} @ 0 {y * (w + arm) / 2:.4f} {0 if not legs else s + 0.18:.4f} {color}"
            )
            if legs:
                parts.append(
                    f"box {leg:.4f} {arm:.4f} {s + 0.18:.4f} @ {0.42 * d:.4f} {y * (w + arm) / 2:.4f} 0 {color}"
                )
    return parts


@form
def bottle(
    *,
    radius: float,
    height: float,
    neck: float,
    color: str = "#5d8f6a",
    cap: str = "#c0392b",
    shoulder: float = 0.18,
    body: float = 0.58,
) -> list[str]:
    """A bottle or flask: body, sloping shoulder, neck and cap; `neck` is its radius [m], `body` and `shoulder` shares of the height."""
    h = height
    parts = [f"cylinder {radius:.4f} {body * h:.4f} @ 0 0 0 {color}"]
    parts.append(f"frustum {radius:.4f} {neck:.4f} {shoulder * h:.4f} @ 0 0 {h * body:.4f} {color}")
    rest = 1 - body - shoulder
    parts.append(f"cylinder {neck:.4f} {0.75 * rest * h:.4f} @ 0 0 {h * (body + shoulder):.4f} {color}")
    parts.append(f"cylinder {1.12 * neck:.4f} {0.25 * rest * h:.4f} @ 0 0 {h * (1 - 0.25 * rest):.4f} {cap}")
    return parts


@form
def mug(
    *,
    radius: float,
    height: float,
    wall: float = 0.004,
    base: float = 0.0,
    color: str = "#f0ede6",
    handle: float = 0.0,
    spout: bool = False,
) -> list[str]:
    """An open vessel with one ring handle at -x (`handle`: its radius [m]) and, for a jug, a spout at +x."""
    grip = handle or 0.32 * height
    parts = [
        f"cup {radius:.4f} {base or radius:.4f} {height:.4f} {wall:.4f} @ 0 0 0 {color}",
        f"torus {grip:.4f} {max(0.16 * grip, 0.003):.4f} @ {-radius - 0.45 * grip:.4f} 0 {(height - 2 * grip) / 2:.4f} {color} along y",
    ]
    if spout:
        parts.append(
            f"cone {0.2 * radius:.4f} {0.7 * radius:.4f} @ {radius + 0.15 * radius:.4f} 0 {0.72 * height:.4f} {color} along 60"
        )
    return parts


@form
def goblet(
    *,
    radius: float,
    bowl: float,
    stem: float,
    foot: float,
    wall: float = 0.0015,
    color: str = "#cfe3ea",
    base: float = 0.0,
) -> list[str]:
    """A stemmed glass: bowl of `radius` and depth `bowl` on a `stem` with a `foot` disc (radius) [m]."""
    return [
        f"cylinder {foot:.4f} 0.004 @ 0 0 0 {color}",
        f"cylinder {max(0.08 * foot, 0.004):.4f} {stem:.4f} @ 0 0 0.004 {color}",
        f"cup {radius:.4f} {base or 0.6 * radius:.4f} {bowl:.4f} {wall:.4f} @ 0 0 {stem + 0.004:.4f} {color}",
    ]


@form
def pan(
    *,
    radius: float,
    height: float,
    handle: float,
    wall: float = 0.004,
    color: str = "#3a3a3e",
    grip: str = "#202020",
    lid: str = "",
) -> list[str]:
    """A pan: open vessel with a straight `handle` [m] towards +x, and a `lid` of a colour."""
    parts = [
        f"cup {radius:.4f} {0.9 * radius:.4f} {height:.4f} {wall:.4f} @ 0 0 0 {color}",
        f"box {handle:.4f} {max(0.1 * radius, 0.018):.4f} 0.012 @ {radius + handle / 2:.4f} 0 {0.7 * height:.4f} {grip}",
    ]
    if lid:
        parts += [
            f"cylinder {1.01 * radius:.4f} 0.006 @ 0 0 {height:.4f} {lid}",
            f"sphere 0.014 @ 0 0 {height + 0.006:.4f} {grip}",
        ]
    return parts


@form
def handled(
    *,
    length: float,
    grip: float,
    head: list[float],
    color: str = "#8b5a2b",
    metal: str = "#8a9096",
    offset: float = 0.0,
    round: bool = False,
) -> list[str]:
    """A tool that lies on its side, its handle (radius `grip`) along x and its head of size [x, y, z] at the +x end, shifted `offset` in y.

    With `round` the head is a cylinder along y (a mallet) of diameter head[0].
    """
    hx, hy, hz = head
    tall = max(2 * grip, hz, hx if round else 0.0)
    parts = [f"cylinder {grip:.4f} {length:.4f} @ 0 0 {tall / 2 - grip:.4f} {color} along x wood"]
    if round:
        parts.append(
            f"cylinder {hx / 2:.4f} {hy:.4f} @ {length / 2 - hx / 2:.4f} {offset:.4f} {tall / 2 - hx / 2:.4f} {metal} along y steel"
        )
    else:
        parts.append(
            f"box {hx:.4f} {hy:.4f} {hz:.4f} @ {length / 2 - hx / 2:.4f} {offset:.4f} {tall / 2 - hz / 2:.4f} {metal} steel"
        )
    return parts


@form
def turned(*, sections: list[list[float]], colors: list[str], cap: str = "") -> list[str]:
    """A thing of rotation from the ground up: `sections` are [radius, height] or [radius below, radius above, height] [m].

    One colour each (the last repeats); `cap` puts a ball on top.
    """
    parts, z = [], 0.0
    for i, section in enumerate(sections):
        low, high, height = section if len(section) == 3 else (section[0], *section)
        solid = f"cylinder {low:.5f}" if low == high else f"frustum {low:.5f} {high:.5f}"
        parts.append(f"{solid} {height:.5f} @ 0 0 {z:.5f} {colors[min(i, len(colors) - 1)]}")
        z += height
    if cap:
        radius = sections[-1][-2]
        parts.append(f"sphere {radius:.5f} @ 0 0 {z - 0.5 * radius:.5f} {cap}")
    return parts
