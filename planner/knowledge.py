"""Physics that the text leaves unsaid and a video model should show: what conducts better, what floats, what breaks. Numbers: `scenes.materials`.

Each rule that fires adds a clause to the video prompt and is kept in the scene's provenance under `prompt.video`, with its numbers.
"""

from __future__ import annotations

import itertools

from planner.lexicon import verb_of
from planner.stage import Actor, Stage
from scenes.materials import library

__all__ = ["known_physics"]

WATER = 998.2  # [kg/m^3] at 20 degC
WORDS = {"silver": "银", "copper": "铜", "iron": "铁", "aluminium": "铝", "steel": "钢", "brass": "黄铜", "gold": "金", "glass": "玻璃", "wood": "木头", "lead": "铅", "bronze": "青铜", "plastic": "塑料", "stone": "石头"}  # fmt: skip


def known_physics(stage: Stage) -> list[str]:
    """Clauses in the language of the text, without numbers; the numbers and the rule go to the provenance."""
    told: list[tuple[str, str]] = [*_conduction(stage), *_buoyancy(stage), *_breaking(stage)]
    if told:
        stage.note("prompt.video", "known", "; ".join(rule for _, rule in told))
    return [clause for clause, _ in told]


def _bodies(stage: Stage) -> list[Actor]:
    return [a for a in stage.actors.values() if a.kind == "rigid" and a is not stage.ground and a.material]


def _word(stage: Stage, material: str) -> str:
    return WORDS.get(material, material) if stage.chinese else material.replace("_", " ")


def _conduction(stage: Stage) -> list[tuple[str, str]]:
    """Of several heated bodies, which warms through first: ordered by thermal conductivity."""
    if not stage.thermal:
        return []
    heated = stage.thermal.get("bodies", {})
    values = {
        a.material: float(library().material(a.material).conductivity.value) for a in _bodies(stage) if a.name in heated
    }
    order = sorted(values, key=lambda m: -values[m])
    if len(order) < 2 or values[order[0]] < 1.05 * values[order[-1]]:
        return []
    rule = "conducts better: " + " > ".join(f"{m} {values[m]:g} W/(m K)" for m in order)
    names = [_word(stage, m) for m in order]
    clause = (
        "，".join(f"热量在{a}中比在{b}中传得快" for a, b in itertools.pairwise(names))
        if stage.chinese
        else ", ".join(f"heat spreads faster in the {a} than in the {b}" for a, b in itertools.pairwise(names))
    )
    return [(clause, rule)]


def _buoyancy(stage: Stage) -> list[tuple[str, str]]:
    """What is in water floats with part of it above the surface, or sinks: density against that of water."""
    wet = "water_level" in stage.environment or stage.environment.get("medium") == "water"
    found = []
    for actor in _bodies(stage) if wet else []:
        if (
            actor.fixed
            or actor.entity.role in {"container", "ground", "support"}
            or actor.wall is not None
            or actor.shape is None
        ):
            continue
        density = (
            float(actor.mass) / float(actor.shape.volume())
            if actor.mass
            else float(library().material(actor.material).density.value)
        )
        floats = density < WATER
        name = (actor.entity.mention or actor.entity.head) if stage.chinese else actor.entity.head
        rule = f"{actor.material} {density:.0f} kg/m3 {'floats on' if floats else 'sinks in'} water {WATER:.0f} kg/m3"
        clause = (
            (f"{name}浮在水面，一部分露出水面" if floats else f"{name}沉入水中")
            if stage.chinese
            else f"the {name} {'floats with a part of it above the water' if floats else 'sinks'}"
        )
        found.append((clause, rule))
    return found[:2]


def _breaking(stage: Stage) -> list[tuple[str, str]]:
    """What is brittle and breaks leaves sharp pieces; what is asked to break and is not brittle is left to the advice."""
    found = []
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if verb is None or verb.physics != "break" or event.negated:
            continue
        for actor in [a for a in (*stage.of(event.patient), *stage.of(event.agent)) if a.kind == "rigid" and a.brittle][
            :1
        ]:
            material = _word(stage, actor.material)
            clause = f"{material}碎成锋利的碎片" if stage.chinese else f"brittle {material} breaks into sharp pieces"
            found.append((clause, f"{actor.material} is brittle: it breaks without bending"))
    return found[:1]
