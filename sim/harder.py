"""Another floor for what shall break, where the text names none: a choice among what floors are, made in the open.

What a floor is made of is often only assumed. Where an asked break fails on the assumed floor, other usual floors are tried; one that the
text, a person or knowledge gave is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from scenes.bodies import RigidBody
from scenes.materials import Material, MaterialLibrary
from scenes.scene import Provenance, Scene
from sim.fracture_criterion import Blow, would_break

if TYPE_CHECKING:
    from sim.goals import Outcome
    from sim.trace import Trace

__all__ = ["breaking_floors", "harder_floors"]

INDOORS, OUTDOORS = ("ceramic", "stone", "concrete"), ("concrete", "stone")
ZH = {"ceramic": "瓷砖", "stone": "石头", "concrete": "混凝土"}


def breaking_floors(body: RigidBody, material: Material, blow: Blow, materials: MaterialLibrary) -> list[str]:
    """Usual floors on which the same blow would break the body."""
    return [
        floor for floor in INDOORS if would_break(body, material, replace(blow, other=materials.material(floor))).breaks
    ]


def harder_floors(scene: Scene, trace: Trace, outcomes: list[Outcome]) -> Iterator[tuple[Scene, str]]:
    """Scenes with another assumed floor on which an unmet break may happen, and what was chosen in words; none where nothing was assumed."""
    for outcome in outcomes:
        goal = scene.goals.get(outcome.name)
        if outcome.happened or goal is None or goal.type != "breaks" or goal.negated:
            continue
        test = trace.meta.get("fracture_tests", {}).get(goal.body, {})
        floor = scene.bodies.get(test.get("on", ""))
        path = f"bodies.{test.get('on', '')}.material"
        if not isinstance(floor, RigidBody) or not floor.fixed or test.get("mode") == "none":
            continue
        if path not in scene.provenance or scene.provenance[path].source != "assumed":
            continue
        will = test.get("breaking_floors", INDOORS)
        for material in INDOORS if scene.look.style == "indoor" else OUTDOORS:
            if material != floor.material and material in will:
                yield _with_floor(scene, path, floor, material, test["ratio"])
        return


def _with_floor(scene: Scene, path: str, floor: RigidBody, material: str, ratio: float) -> tuple[Scene, str]:
    if scene.language == "zh":
        said = f"原文没有说地面的材料：若为 {floor.material}，撞击只达到其承受能力的 {ratio:.2f} 倍；因此取{ZH[material]}地面。"
    else:
        said = (
            f"The text does not say what the floor is made of: on {floor.material} the blow reaches {ratio:.2f} of what it takes, "
            f"so the floor is taken to be {material}."
        )
    made = scene.with_({path: material}, source="searched")
    provenance = {**made.provenance, path: Provenance(source="searched", why=said)}
    prompt = made.prompt.model_copy(
        update={"video": made.prompt.video.replace(f" {floor.material} floor", f" {material} floor")}
    )
    return made.model_copy(update={"provenance": provenance, "prompt": prompt}), said
