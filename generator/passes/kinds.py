"""What can be asked for, and what a body is: the semantic categories with their fixed numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.geometry import SceneGeometry
from scenes.errors import UserError, did_you_mean
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["CATEGORIES", "CORE", "PASSES", "Legend", "checked_passes", "legend_of"]

CORE = ("ids", "depth", "normal", "position", "flow")
PASSES: dict[str, str] = {
    "ids": "instance ids",
    "semantic": "semantic ids",
    "depth": "metric depth along the view axis",
    "normal": "normals in the world and in the camera's frame",
    "position": "world position of the surface",
    "albedo": "reflectance without light",
    "flow": "forward optical flow and what is hidden in the next frame",
    "backward_flow": "backward optical flow and what was hidden in the frame before",
    "objects": "boxes, centroids and areas of every body, seen and whole",
    "amodal": "masks of every body as if nothing stood before it",
    "contacts": "contact points on the picture, with their impulse",
    "temperature": "temperature of the surface",
    "skeletons": "joints of human figures in OpenPose's order",
    "shaded": "the surface in direct sun, shadow and sky light",
    "grey": "brightness of the shaded picture",
    "scribble": "lines where depth, normal or body change",
    "effects": "shadow, reflection and contact region of each mover",
    "tracks": "chosen points of the surfaces, with visibility",
}
# The order is the number in every file and never changes; new categories go to the end.
CATEGORIES = (
    "sky", "ground", "scenery", "person", "animal", "vehicle", "ball", "toy", "container", "furniture", "food", "plant", "building", "tool",
    "support", "object", "fluid", "clothing", "instrument",
)  # fmt: skip
_BY_NUMBER = {name: number for number, name in enumerate(CATEGORIES)}
_PEOPLE = {"person", "child"}


def checked_passes(which: Iterable[str] | str) -> tuple[str, ...]:
    """The asked passes in their order; "all" and "core" stand for many. UserError with the nearest names for an unknown one."""
    asked = [which] if isinstance(which, str) else list(which)
    wanted: set[str] = set()
    for name in asked:
        if name == "all":
            wanted |= set(PASSES)
        elif name == "core":
            wanted |= set(CORE)
        elif name in PASSES:
            wanted.add(name)
        else:
            raise UserError(f"There is no pass {name!r}{did_you_mean(name, ['all', 'core', *PASSES])}.")
    return tuple(name for name in PASSES if name in wanted)


@lru_cache(maxsize=512)
def _category(name: str) -> str | None:
    """The category of a body by its English name ("tennis_ball_2" is a ball), None where the catalogue does not know it."""
    from scenes.catalogue import catalogue

    known = catalogue()
    words = [word for word in name.partition("/")[0].lower().split("_") if not word.isdigit()]
    for head in (" ".join(words), *reversed(words)):
        entry = known.get(head) if head else None
        if entry is None:
            continue
        chain = [entry.key, entry.head, *known.hypernyms(entry.key)]
        for kind in chain:
            if kind in _BY_NUMBER and kind != "object":
                return kind
        if "fruit" in chain:
            return "food"
        if entry.role in {"support", "obstacle"}:
            return "support"
        return "ground" if entry.role == "ground" else "object"
    return None


@dataclass(frozen=True)
class Legend:
    """`names` (N,) of the bodies, the instance id of each its place; `category` (N + 2,) the semantic id of each, then that of
    painted scenery (instance -2) and of sky (instance -1)."""

    names: tuple[str, ...]
    category: NDArray[np.uint8]
    labels: tuple[str, ...]

    def semantic(self, ids: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Semantic ids (H, W) of instance ids (H, W)."""
        return np.asarray(self.category[ids])

    def as_dict(self) -> dict[str, Any]:
        """The legend as it is written beside files."""
        return {
            "instances": [
                {"id": k, "name": name, "label": label, "category": CATEGORIES[self.category[k]], "category_id": int(self.category[k])}
                for k, (name, label) in enumerate(zip(self.names, self.labels, strict=True))
            ],
            "special_ids": {"-1": "sky", "-2": "painted scenery"},
            "categories": dict(enumerate(CATEGORIES)),
        }  # fmt: skip


def legend_of(scene: Scene, trace: Trace, geometry: SceneGeometry) -> Legend:
    """The legend of a scene whose fragments are among its bodies; a fragment is what it broke from."""
    from generator.figures_mesh import known_species

    categories, labels = [], []
    for column, name in enumerate(trace.names):
        body = scene.bodies.get(name)
        whole = scene.bodies.get(body.parent) if body is not None and body.parent else body
        source = body.parent if body is not None and body.parent else name
        kind = getattr(whole, "kind", "rigid")
        if column == geometry.ground_column:
            found = "ground"
        elif kind == "figure":
            found = "person" if known_species(getattr(whole, "species", "")) in _PEOPLE else "animal"
        elif kind == "fluid":
            found = "fluid"
        else:
            shape = getattr(getattr(whole, "shape", None), "type", "")
            found = _category(source) or ("ball" if shape == "sphere" else "object")
        categories.append(_BY_NUMBER[found])
        labels.append((body.label if body is not None else None) or name)
    return Legend(
        trace.names, np.array([*categories, _BY_NUMBER["scenery"], _BY_NUMBER["sky"]], dtype=np.uint8), tuple(labels)
    )
