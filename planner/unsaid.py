"""What a text means without saying it as an event or a place: worlds, adjectives that move, doers that are left out, wishes against the law."""

from __future__ import annotations

from planner.frame import Entity, Event, Relation
from planner.lexicon import verb_of
from planner.stage import Stage, ids_of
from scenes.catalogue import catalogue

__all__ = [
    "attributive_motion",
    "imply_a_doer",
    "lone_parts",
    "nothing_named",
    "open_waters",
    "somebody_under_it",
    "weather_falls",
    "worlds",
]

WORLDS = {
    "moon": ("gravity", "moon"),
    "mars": ("gravity", "mars"),
    "vacuum": ("medium", "vacuum"),
    "space": ("gravity", "zero"),
}
MOVING_ADJECTIVES = {
    "passing": "pass_by",
    "running": "run",
    "walking": "walk",
    "hopping": "hop",
    "flying": "fly",
    "swimming": "swim",
}


def worlds(stage: Stage) -> None:
    """The moon as a place, or a vacuum as a thing, is where it happens and no body."""
    for entity in list(stage.frame.entities):
        cue = WORLDS.get(entity.head)
        named = entity.head == "vacuum" or (entity.role in {"region", "ground", "support"} and not entity.implied)
        acts = any(entity.id in [*ids_of(e.agent), *ids_of(e.patient)] for e in stage.frame.events)
        if cue is None or not named or acts:
            continue
        if not any(cue[0] in item for item in stage.frame.environment):
            stage.frame.environment.append({cue[0]: cue[1]})
        if entity.head == "vacuum":
            stage.frame.entities.remove(entity)
            stage.frame.relations = [
                r for r in stage.frame.relations if entity.id not in [*ids_of(r.subject), *ids_of(r.object)]
            ]


FALLING_WEATHER = {"snow": "snowfall"}  # heads that lie on the ground unless they come down


def weather_falls(stage: Stage) -> None:
    """Snow that falls is weather, which is painted; snow that lies is the ground."""
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if verb is None or verb.physics not in {"release", "fly", "generic_move"}:
            continue
        for name in ids_of(event.agent):
            entity = stage.entity(name)
            if entity is not None and entity.head in FALLING_WEATHER:
                entity.head = FALLING_WEATHER[entity.head]


def attributive_motion(stage: Stage) -> None:
    """ "A passing rabbit" passes: said as an adjective, it is an event all the same."""
    for entity in stage.frame.entities:
        for word in entity.attributes:
            verb = MOVING_ADJECTIVES.get(word)
            if (
                verb
                and entity.role == "character"
                and not any(entity.id in ids_of(e.agent) for e in stage.frame.events)
            ):
                stage.frame.events.insert(
                    0, Event(verb=verb, agent=entity.id, order=1, inferred=True, span=entity.span)
                )


UPPER_PARTS = {"head", "shoulder", "lap", "forehead", "face"}


def somebody_under_it(stage: Stage) -> None:
    """ "An apple falls on its head": the head of nobody who is named is somebody's. Said as an assumption."""
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if verb is None or verb.physics not in {"release", "strike", "rest", "throw"}:
            continue
        for place in [*ids_of(event.goal_place), *(ids_of(event.patient) if verb.physics == "strike" else [])]:
            part = stage.entity(place)
            if part is None or part.head not in UPPER_PARTS or part.role != "part":
                continue
            owned = stage.relations("part_of", subject=part.id)
            owners = [stage.entity(i) for r in owned for i in ids_of(r.object)]
            if any(owner is not None and owner.role == "character" for owner in owners):
                continue
            people = [e for e in stage.frame.entities if e.role == "character"]
            owner_id = people[0].id if people else "implied_somebody"
            if not people:
                label = stage.say("person", "人")
                stage.frame.entities.append(Entity(id=owner_id, head="person", role="character", mention=label))
                stage.advise(
                    f"Nobody is named whose {part.head} it is: a person who stands below is assumed.",
                    "没有说明是谁的头：假设下方站着一个人。",
                )
            for relation in owned:
                relation.object = owner_id
            if not owned:
                stage.frame.relations.append(Relation(type="part_of", subject=part.id, object=owner_id))


OPEN_WATERS = {
    "lake",
    "pond",
    "sea",
    "ocean",
    "river",
    "canal",
    "pool",
    "swimming pool",
    "stream",
    "lagoon",
    "reservoir",
}


def open_waters(stage: Stage) -> None:
    """A lake or a pond in which something is, or into which something goes, is still water to the edge of the picture. Said as an assumption."""
    for entity in stage.frame.entities:
        if (
            entity.head not in OPEN_WATERS
            or entity.implied
            or entity.role not in {"ground", "container", "region", "support"}
        ):
            continue
        entered = any(entity.id in ids_of(e.goal_place) for e in stage.frame.events)
        related = stage.relations("in", "inside", "on", "below", object_=entity.id)
        if not entered and not related:
            continue
        entity.role, entity.material = "fluid", "water"
        name = entity.mention or entity.head
        stage.advise(
            f"The {entity.head} is read as open, still water with a flat bottom; banks, waves and currents are only painted. "
            "Say how deep it is, or name a vessel (a tank, a tub) if walls matter.",
            f"“{name}”理解为平底、静止的开阔水面；岸、波浪和水流只由画面绘制。如需要，请说明水深，或改为有壁的容器（水槽、浴缸）。",
        )


def lone_parts(stage: Stage) -> None:
    """A propeller or a door handle of which no whole is named is a thing of its own."""
    named = [e for e in stage.frame.entities if not e.implied]
    if any(e.role not in {"part", "region"} for e in named):
        return
    for entity in named:
        entry = catalogue().get(entity.head, attributes=entity.attributes)
        if entity.role == "part" and entry is not None and entry.shape is not None:
            entity.role = "object"


def _impossible(stage: Stage) -> bool:
    """Whether the text asks for what breaks a law outright."""
    verbs = [verb for event in stage.frame.events if (verb := verb_of(event.verb, "en")) is not None]
    wish = any(
        word in stage.frame.text.lower()
        for word in ("反重力", "anti-gravity", "antigravity", "永动", "perpetual motion")
    )
    return wish or any(verb.physics == "impossible" for verb in verbs)


def imply_a_doer(stage: Stage) -> None:
    """ "Walks on the moon" names nobody: somebody walks. Said as an assumption."""
    if _impossible(stage):
        return
    if any(
        not e.implied and e.role in {"object", "character", "container", "support", "tool"}
        for e in stage.frame.entities
    ):
        return
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if verb is None or event.agent or event.patient or verb.physics not in {"locomote", "jump", "slip", "stagger"}:
            continue
        in_space = any(item.get("gravity") in {"moon", "mars", "zero"} for item in stage.frame.environment)
        head = "astronaut" if in_space else "person"
        event.agent = "implied_doer"
        stage.frame.entities.append(
            Entity(
                id="implied_doer", head=head, role="character", mention=stage.say(head, "宇航员" if in_space else "人")
            )
        )
        stage.advise(
            f"Nobody is named who does it: {'an astronaut' if in_space else 'a person'} is assumed.",
            f"没有说明是谁：假设为{'宇航员' if in_space else '人'}。",
        )
        return


def nothing_named(stage: Stage) -> str:
    """One sentence of advice for a text without a thing; an impossible wish is called that."""
    if _impossible(stage):
        return stage.say(
            f"“{stage.frame.text[:60]}” breaks the law of gravity, and names nobody who does it: ask for a jump on the moon, a push or a stated path, "
            "for example “an astronaut jumps on the moon”.",
            f"“{stage.frame.text[:60]}”违反重力定律，也没有说明是谁：可以改为月球上的跳跃、推动或指定路径，例如“宇航员在月球上跳跃”。",
        )
    return stage.say(
        f"No thing is named in “{stage.frame.text[:60]}”: say what moves and how, for example “a red ball rolls to the right and stops”.",
        f"“{stage.frame.text[:60]}”里没有说明是什么物体：请说明什么东西怎样运动，例如“红色的球向右滚动后停下”。",
    )
