"""Tables of a report that are read from the trace: bodies, bounces, contacts, and the figures of the materials that were used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.report.words import Language, material_word

if TYPE_CHECKING:
    from scenes.scene import Scene
    from sim.trace import Trace

__all__ = ["CONTACTS_LISTED", "bodies_data", "bounces_data", "contacts_data", "display_names", "materials_data"]

CONTACTS_LISTED = 30


def display_names(scene: Scene, trace: Trace) -> dict[str, str]:
    """Body names in the prompt's language; bodies with one label are told apart by the number in their name."""
    labels = {}
    for name in trace.names:
        root, _, part = name.partition("/")
        body = scene.bodies.get(name) or scene.bodies.get(root)
        label = (body.label if body is not None else None) or root.replace("_", " ")
        labels[name] = f"{label} ({part.replace('_', ' ')})" if part and name not in scene.bodies else label
    taken = list(labels.values())
    for name, label in labels.items():
        if taken.count(label) > 1:
            number = name.rsplit("_", 1)[-1]
            labels[name] = f"{label} {number if number.isdigit() else 1}"
    return labels


def bodies_data(scene: Scene, trace: Trace) -> list[dict[str, Any]]:
    """Every body with mass [kg], net displacement [m], top speed [m/s] of its frames and impacts, and when it came to rest [s]."""
    from sim.queries import rest_time

    labels = display_names(scene, trace)
    rows = []
    for column, name in enumerate(trace.names):
        track = trace[name]
        alive = trace.alive[:, column]
        position = track.position[alive]
        mass = float(trace.mass[column])
        about = trace.meta.get("bodies", {}).get(name, {})
        rows.append(
            {
                "name": name,
                "label": labels[name],
                "kind": about.get("kind", "rigid"),
                "mode": about.get("mode", "free" if math.isfinite(mass) else "fixed"),
                "mass": mass if math.isfinite(mass) else None,
                "displacement": float(np.linalg.norm(position[-1] - position[0])) if len(position) > 1 else 0.0,
                "top_speed": float(max([*track.speed[alive], *_impact_speeds(trace, name)], default=0.0)),
                "rests_from": rest_time(trace, name) if alive.all() and math.isfinite(mass) else None,
                "start": position[0] if len(position) else None,
                "end": position[-1] if len(position) else None,
            }
        )
    return rows


def _impact_speeds(trace: Trace, name: str) -> list[float]:
    """Closing speeds [m/s] of a body on what does not move: its own speed along the normal, which frames miss."""
    if not math.isfinite(trace.mass[trace.index(name)]):
        return []
    fixed = ~np.isfinite(trace.mass)
    moved = np.nan_to_num(np.abs(trace.linear_velocity[:, fixed])).any(axis=(0, 2))
    still = {name for name, goes in zip(np.array(trace.names)[fixed], np.asarray(moved), strict=True) if not goes}
    return [contact.speed_before for contact in trace.contacts_of(name) if contact.other(name) in still]


def bounces_data(trace: Trace) -> dict[str, list[dict[str, float]]]:
    """Counted bounces of the bodies that bounce; times [s], speeds [m/s], restitution, rise [m]."""
    found = {
        name: trace[name].bounces for name, mass in zip(trace.names, trace.mass, strict=True) if math.isfinite(mass)
    }
    return {name: bounces for name, bounces in found.items() if bounces}


def contacts_data(trace: Trace) -> dict[str, Any]:
    """How many contact episodes, by pair of bodies, the strongest, and the first thirty."""
    by_pair: dict[str, int] = {}
    for contact in trace.contacts:
        key = f"{contact.body_a}+{contact.body_b}"
        by_pair[key] = by_pair.get(key, 0) + 1
    shards = set(trace.meta.get("fragments", {}))
    ordered = sorted(trace.contacts, key=lambda c: (bool({c.body_a, c.body_b} & shards), c.t_start))  # shards last
    strongest = max(trace.contacts, key=lambda contact: contact.impulse_Ns, default=None)
    return {
        "count": len(trace.contacts),
        "by_pair": by_pair,
        "strongest": strongest,
        "first": ordered[:CONTACTS_LISTED],
    }


def materials_data(scene: Scene, trace: Trace) -> list[dict[str, Any]]:
    """The figures that the solver used, a row each: contact figures of pairs, densities, and what heat needs."""
    from sim.pairs import scene_library

    language: Language = scene.language
    rows: list[dict[str, Any]] = []
    for pair in trace.meta.get("pairs", []):
        for quantity in ("restitution", "friction", "rolling"):
            entry = pair.get(quantity)
            if entry is None:
                continue
            wanted, used = entry.get("wanted"), entry.get("used")
            entry = {**entry, **_searched(scene, pair["pair"], quantity)}
            differs = wanted is not None and used is not None and abs(used - wanted) > max(0.01 * abs(wanted), 2e-3)
            rows.append(
                {
                    "of": pair["pair"], "name": material_word(pair["pair"], language), "quantity": quantity, "value": used, "wanted": wanted,
                    "differs": differs, "low": entry.get("low"), "high": entry.get("high"), "unit": "1", "source": entry.get("source", ""),
                    "status": entry.get("status", "assumed"),
                }
            )  # fmt: skip
    library = scene_library(scene)
    thermal = set(scene.thermal.bodies) if scene.thermal is not None else set()
    wanted_of: dict[str, set[str]] = {}
    for name, body in scene.bodies.items():
        material = getattr(body, "material", None)
        if material is None or not library.has(material):
            continue
        needed = wanted_of.setdefault(library.material(material).name, set())
        if (
            getattr(body, "mass", None) is None
            and getattr(body, "density", None) is None
            and not getattr(body, "fixed", False)
        ):
            needed.add("density")
        if name in thermal:
            needed.update(
                ("density", "conductivity", "specific_heat", "emissivity", "melting_point", "latent_heat_fusion")
            )
    for material, quantities in wanted_of.items():
        for quantity, value in library.material(material).values().items():
            if quantity in quantities:
                rows.append(
                    {
                        "of": material, "name": material_word(material, language), "quantity": quantity, "value": value.value,
                        "wanted": value.value, "differs": False, "low": value.low, "high": value.high, "unit": value.unit,
                        "source": value.source, "status": value.status,
                    }
                )  # fmt: skip
    return rows


def _searched(scene: Scene, pair: str, quantity: str) -> dict[str, Any]:
    """What says that a figure of a pair was searched rather than set: its honest range and why."""
    ends = {pair, "+".join(reversed(pair.split("+")))}
    for path, free in scene.free.items():
        keys = path.split(".")
        own = keys[1] in {"pairs": ends, "materials": set(pair.split("+"))}.get(keys[0], set())
        stated = scene.provenance.get(path)
        if own and keys[-1] == quantity and stated is not None and stated.source == "searched":
            return {"low": free.low, "high": free.high, "source": free.why, "status": "searched"}
    return {}
