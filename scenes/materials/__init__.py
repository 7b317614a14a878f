"""Materials and pairs with their provenance: how bodies weigh, bounce, slide, conduct, break and look."""

from __future__ import annotations

from scenes.materials.library import Language, MaterialLibrary, library
from scenes.materials.material import LOOKS, MATERIAL_QUANTITIES, METALS, Appearance, Material, Pair
from scenes.materials.values import CONTACT_QUANTITIES, QUANTITIES, Quantity, Status, Value

__all__ = [
    "CONTACT_QUANTITIES",
    "LOOKS",
    "MATERIAL_QUANTITIES",
    "METALS",
    "QUANTITIES",
    "Appearance",
    "Language",
    "Material",
    "MaterialLibrary",
    "Pair",
    "Quantity",
    "Status",
    "Value",
    "library",
]
