"""How fast and how surely things walk, fly, swim, stumble and fall: numbers of biomechanics, each with its source."""

from __future__ import annotations

import math

__all__ = ["FLYING_HEIGHT", "LOPE_RISE", "NEEDED_FRICTION", "SPEEDS", "leg_length", "rod_fall", "walking_limit"]

SPEEDS = {
    "walks": 1.4,
    "hops": 1.2,
    "flies": 8.0,
    "flutters": 1.5,
    "swims": 1.0,
    "drives": 8.0,
    "rolls": 4.0,
    "crawls": 0.3,
}  # [m/s] where neither the verb nor the catalogue knows better
FLYING_HEIGHT = {"flies": 4.0, "flutters": 1.3}  # [m] above the ground
NEEDED_FRICTION = (
    0.2  # [-] a walking foot needs 0.17-0.23 (Redfern et al. 2001, "Biomechanics of slips", Ergonomics 44)
)
FROUDE = 0.5  # [-] v^2/(g L) at which walking turns into running, on Earth and at reduced gravity (Kram et al. 1997, J Exp Biol 200)
LEG = 0.53  # of the standing height (Winter 2009, Biomechanics and Motor Control of Human Movement, table 4.1)
LOPE_RISE = 0.10  # [m] of a leap of an astronaut's lope: about a decimetre on films of the Apollo walks; assumed
FIRST_LEAN = 0.12  # [rad] at which a stumbling body is past saving


def leg_length(height: float) -> float:
    """Hip height [m] of a person of `height` [m]."""
    return LEG * height


def walking_limit(height: float, gravity: float) -> float:
    """The speed [m/s] above which a biped of `height` [m] no longer walks under `gravity` [m/s2]: v = sqrt(0.5 g L)."""
    return math.sqrt(FROUDE * gravity * leg_length(height))


def rod_fall(height: float, gravity: float, *, samples: int = 9) -> list[tuple[float, float]]:
    """Tilt [rad] over time [s] of a uniform rod of `height` [m] that topples about its foot: theta'' = (3 g / 2 L) sin(theta).

    From the first lean at rest to lying flat (pi/2), at evenly spaced times; the first is (0, first lean).
    """
    rate = 1.5 * max(gravity, 0.2) / height
    step = 2e-4 / math.sqrt(rate / 10)
    angle, speed, course = FIRST_LEAN, 0.0, [FIRST_LEAN]
    while angle < math.pi / 2:
        speed += rate * math.sin(angle) * step  # semi-implicit Euler
        angle += speed * step
        course.append(min(angle, math.pi / 2))
    last = len(course) - 1
    marks = [round(k * last / (samples - 1)) for k in range(samples)]
    return [(m * step, course[m]) for m in marks]
