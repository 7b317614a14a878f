"""Which drawn and jointed build stands for a species: one table for those that draw figures and those that let them fall."""

from __future__ import annotations

__all__ = ["BUILDS", "FOUR_LEGGED", "KINDS", "WINGED", "known_species"]

KINDS = ("person", "child", "rabbit", "dog", "cat", "horse", "bird", "butterfly", "mouse", "fish")
FOUR_LEGGED = frozenset({"rabbit", "dog", "cat", "horse", "mouse"})
WINGED = frozenset({"bird", "butterfly"})

_ALIASES = {
    "person": "man woman mother father lady gentleman grandmother grandfather human adult astronaut robot gorilla",
    "child": "boy girl kid baby monkey",
    "rabbit": "hare bunny kangaroo",
    "mouse": "squirrel hamster rat frog turtle hedgehog lizard beetle",
    "dog": "puppy wolf fox bear pig sheep goat otter",
    "cat": "kitten lion tiger leopard",
    "horse": "cow deer donkey elephant pony camel giraffe rhino",
    "bird": "duck chicken eagle pigeon sparrow swallow owl penguin goose swan crow seagull parrot",
    "butterfly": "bee dragonfly moth",
    "fish": "shark dolphin whale",
}
_BY_NAME = {name: kind for kind, names in _ALIASES.items() for name in names.split()}

# Proportions of four-legged builds in units of the height to the top of the head: middle of the trunk [z], half of its length, its
# radius, and the middle and radius of the head [x, z, radius]. They follow the drawn figures.
BUILDS: dict[str, tuple[float, float, float, float, float, float]] = {
    "dog": (0.5875, 0.46, 0.150, 0.63, 0.84, 0.12),
    "cat": (0.5475, 0.51, 0.150, 0.57, 0.78, 0.14),
    "horse": (0.599, 0.39, 0.135, 0.54, 0.905, 0.09),
    "mouse": (0.395, 0.72, 0.280, 0.98, 0.445, 0.22),
    "rabbit": (0.30, 0.34, 0.225, 0.35, 0.55, 0.17),
}


def known_species(species: str) -> str:
    """The build that stands for `species`: one of `KINDS`; four legs of a dog's build where none is nearer."""
    name = species.lower().strip().split("/")[0]
    return name if name in KINDS else _BY_NAME.get(name, "dog")
