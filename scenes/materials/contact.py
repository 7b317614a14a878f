"""The documented rules for a pair of materials that nobody measured. Their results are `assumed`, with a wide range."""

from __future__ import annotations

import math

from scenes.materials.material import Material
from scenes.materials.values import Value

__all__ = ["fallback", "rebound_of_measured_body"]

_ENERGY = (
    "rule: each body returns restitution^2 of the strain energy that it stores, and stores it in proportion to its"
    " Hertz compliance (1-nu^2)/E (Johnson, Contact Mechanics, 1985, ch. 4 and 11)"
)
_YIELDING = "rule: a granular bed yields and keeps the energy, so the lesser restitution of the two holds"
_FRICTION = "rule: geometric mean of the two materials' own kinetic friction"
_STATIC = "rule: 1.25 times the kinetic friction of the rule"
_ROLLING = "rule: the losses of the two sides add, half of each material's own figure"
_FLUID = "rule: a fluid acts by buoyancy and drag, not by contact"


def fallback(quantity: str, a: Material, b: Material) -> Value:
    """The assumed Value [1] of a contact `quantity` of `a` on `b`, by the rules of this module.

    Restitution: e^2 = f_a e_a^2 + f_b e_b^2 with f_a = M_b/(M_a + M_b), M = E/(1 - nu^2): the softer body decides.
    """
    if {a.state, b.state} & {"liquid", "gas"}:
        return _assumed(0.0, 0.0, 0.0, _FLUID)
    if quantity == "restitution":
        return _restitution(a, b)
    if quantity == "rolling":
        half = 0.5 * (a.require("rolling").value + b.require("rolling").value)
        return _assumed(half, half / 3.0, min(1.0, half * 3.0), _ROLLING)
    kinetic = math.sqrt(a.require("friction").value * b.require("friction").value)
    if quantity == "friction":
        return _assumed(kinetic, 0.6 * kinetic, 1.5 * kinetic, _FRICTION)
    static = 1.25 * kinetic
    return _assumed(static, 0.6 * static, 1.6 * static, _STATIC)


def _restitution(a: Material, b: Material) -> Value:
    e_a, e_b = a.require("restitution").value, b.require("restitution").value
    if "granular" in (a.state, b.state):
        e, rule = min(e_a, e_b), _YIELDING
    else:
        m_a, m_b = a.contact_modulus or 1.0, b.contact_modulus or 1.0
        share = m_b / (m_a + m_b)
        e, rule = math.sqrt(share * e_a * e_a + (1.0 - share) * e_b * e_b), _ENERGY
    return _assumed(e, max(0.0, e - 0.25), max(e, min(0.98, e + 0.2)), rule)


def _assumed(value: float, low: float, high: float, rule: str) -> Value:
    return Value(round(value, 4), round(low, 4), round(high, 4), "1", rule, "assumed")


def rebound_of_measured_body(a: Material, b: Material) -> Value | None:
    """The restitution measured for `a` or `b` on rigid surfaces, when the other is a hundred times stiffer.

    A tennis ball keeps its tested rebound on any hard floor, which a wider pair would blur. None otherwise.
    """
    for body, partner in ((a, b), (b, a)):
        own, m_body, m_partner = body.restitution, body.contact_modulus, partner.contact_modulus
        if own is None or m_body is None or m_partner is None or partner.state != "solid":
            continue
        if own.status in ("checked", "recalled") and m_partner >= 100.0 * m_body:
            return Value(own.value, own.low, own.high, "1", f"{body.name} on a rigid surface: {own.source}", "recalled")
    return None
