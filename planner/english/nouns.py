"""Word classes of English nouns: roles, stuffs, compounds, irregular plurals (what the catalogue does not say)."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GROUND = _words(
    "ground floor grass ice sand snow road street sidewalk pavement hill field beach lawn lane court carpet porch driveway track path river intersection yard rug "
    "concrete asphalt mud gravel dirt soil earth rink pitch runway alley trail meadow desert hillside highway rooftop sea ocean lake crosswalk snowbank dune mat"
)
_ROLES = {
    "support": "table desk shelf ramp slope incline stair stairs staircase trampoline counter bench chair platform conveyor_belt board plank balcony roof ledge tray bed couch "
    "sofa stand tabletop cabinet windowsill seesaw cutting_board whiteboard tree stool beam_balance bridge cliff branch pedestal seat bar swing_set surface countertop rail diving_board",
    "obstacle": "wall goalpost fence post window barrier net pillar column door goal hurdle cone",
    "cloth": "flag cloth towel curtain blanket shirt fabric tablecloth scarf sheet dress rag napkin sail tarp cape skirt",
    "character": "person man woman child kid boy girl people adult baby player gymnast astronaut athlete dog cat horse bird rabbit rat mouse duck bear lion tiger elephant "
    "leopard fish frog monkey cow sheep butterfly worker bowler rider diver dancer surfer someone skier skater chef goat deer fox pig chicken bee ant spider snake turtle whale "
    "shark dolphin penguin wolf zebra giraffe kangaroo squirrel toddler teenager runner swimmer climber goalkeeper goalie musician magician performer acrobat",
    "tool": "grabber tongs pliers pulley crane claw gripper tweezers broom shovel",
    "region": "area space_station doorway sky room hole gap",
    "field": "heat flame wind fire light beam sunlight laser magnetic_field electricity current",
    "fluid": "water wine milk juice coffee oil lava honey soup tea smoke liquid beer paint ink syrup sauce detergent shampoo cream fog steam hot_chocolate lemonade soda",
    "object": "bottle",
}
ROLE_WORDS = {name.replace("_", " "): role for role, names in _ROLES.items() for name in names.split()} | dict.fromkeys(
    _GROUND, "ground"
)

STUFF = {
    name: name
    for name in ["glass", "wood", "ice", "cork", "water", "milk", "iron", "steel", "copper", "gold", "silver", "metal", "brass", "bronze", "aluminium", "rubber", "plastic", "sand", "snow", "paper", "cardboard", "clay", "wax", "foam", "honey", "oil", "mud", "concrete", "stone", "leather", "silk", "wool", "cotton", "lava", "foil", "styrofoam"]
} | {"rock": "stone", "pebble": "stone", "boulder": "stone", "river": "water", "lake": "water", "sea": "water", "ocean": "water", "stream": "water", "pebbles": "stone", "aluminum": "aluminium", "waterfall": "water", "seawater": "water", "puddle": "water"}  # fmt: skip
STUFF = {k: v for k, v in STUFF.items() if k not in ("foil",)}

COMPOUND_NAMES = {
    name: name
    for name in [
        "pool table",
        "remote control",
        "washing machine",
        "sewing machine",
        "vending machine",
        "swimming pool",
        "frying pan",
        "diving board",
        "fishing rod",
        "sleeping bag",
        "cutting board",
        "ironing board",
        "rocking chair",
        "rolling pin",
        "billiard table",
        "conveyor belt",
        "newton's cradle",
        "space station",
        "hot chocolate",
        "cutting board",
        "ball bearing",
        "diving board",
        "bowling pin",
        "rubber band",
        "traffic light",
        "fire hydrant",
        "shopping cart",
        "paper airplane",
        "paper plane",
        "steering wheel",
        "washing machine",
        "magnifying glass",
        "hot air balloon",
        "skateboard ramp",
        "ferris wheel",
        "merry-go-round",
    ]
}
NOT_COLORS = _words("clear transparent see-through colorless light dark pale bright")
NOT_SIZES = _words(
    "heavy weighty heavier hefty ponderous light lighter lightweight light-weight high low fine average regular compact deep shallow"
)
NOT_MATERIALS = _words(
    "water milk oil honey juice wine beer coffee tea soda syrup sauce blood lava mud muddy air steam helium fruit apple orange citrus watermelon egg bread toast cake cheese butter "
    "chocolate meat flesh muscle steak skin fur furry hair horn shell feather feathery down leaf foliage grass grassy turf lawn sand sandy soil dirt earth dust ash ashes powder salt sugar "
    "flour rice jelly gel straw hay carpet rope paint vinegar alcohol fuel gasoline tennis football basketball volleyball baseball golf bowling snow snowy candle light shingle bone "
    "chalk coal sponge jello bouncy soft hard toast gravel mercury sea lead tin"
) - _words("tin lead")  # fmt: skip

IRREGULAR_PLURALS = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot", "teeth": "tooth", "geese": "goose", "mice": "mouse", "dice": "die", "knives": "knife",
    "leaves": "leaf", "wolves": "wolf", "halves": "half", "shelves": "shelf", "loaves": "loaf", "scarves": "scarf", "calves": "calf", "stairs": "stair", "oxen": "ox", "lives": "life",
    "hooves": "hoof", "cacti": "cactus", "dominos": "domino", "dominoes": "domino", "potatoes": "potato", "tomatoes": "tomato", "wives": "wife", "thieves": "thief", "cookies": "cookie",
    "movies": "movie", "ties": "tie", "pies": "pie", "birdies": "birdie", "shoes": "shoe", "axes": "axe", "snowmen": "snowman", "firemen": "fireman", "fishermen": "fisherman",
}  # fmt: skip
SAME_PLURALS = _words(
    "scissors tongs pliers tweezers glasses jeans pants headphones goggles binoculars sheep fish deer series species glass grass gas bus lens canvas dress cross moss bass compass "
    "mattress cactus walrus octopus tennis discus puck shorts news physics"
)
