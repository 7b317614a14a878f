"""English word classes that the reader needs: closed-class words, relational nouns, partitives, verbs by what they do to a sentence.

What verbs, manners, colours and numerals *mean* comes from `planner.lexicon`, things from `scenes.catalogue`, materials from
`scenes.materials` (see `knowledge.py`); this file holds only facts of English grammar and usage.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
}
TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}
ORDINALS = _words("first second third fourth fifth sixth seventh eighth ninth tenth last final next middle")
COUNTED_NOUNS = {"pair": 2, "couple": 2, "dozen": 12, "trio": 3}  # "a pair of X": the count of X
UNCOUNTED_GROUPS = _words(
    "group series set bunch handful number variety collection lot assortment plenty flock herd cluster range"
)
PARTITIVES = _words(
    "gust dollop blob dab dash coat coating pinch morsel piece slice chunk lump bit strip shard fragment sheet scrap block bar drop droplet sliver layer ball_of length patch"
)
COLLECTIVES = _words("pile stack tower row heap column line pyramid mound bundle arch structure chain")
ARRANGEMENTS = _words("row line circle column chain pile heap stack pattern pyramid loop spiral arc formation")
STACKED = _words("pile stack tower heap pyramid structure mound")
CONTAINMENT = _words(
    "cup glass bowl bucket bottle mug jar tank pot bag box carton can barrel basket tray vase pitcher jug kettle pan tub sink pool beaker flask "
    "aquarium crate sack bathtub container dish teapot tube cylinder test_tube spoon spoonful saucer plate dispenser"
)

# Nouns that name no thing in the scene. They carry a manner, a measure or a view, and are accounted for by those or dropped.
DISPLAY_NOUNS = _words(
    "video clip footage shot scene image animation timelapse time-lapse close-up closeup camera view frame background foreground screen photo "
    "illustration depiction perspective angle footage viewer timelapse demonstration experiment visualization"
)
ABSTRACT = _words(
    "bit lot little height speed time way direction force motion movement moment impact contact effect reaction position pattern trajectory manner process "
    "fraction distance velocity acceleration momentum energy flight gravity pressure tension weight mass temperature balance control precision rhythm "
    "rate pace state transformation change result cause rest illusion sequence number degree length width depth amount_of action technique "
    "skill focus attention power strength game attempt approach turn act detail precision accuracy speeds conductivity thermal friction "
    "coefficient diameter radius density second minute hour day night morning evening meter metre kilometer centimeter inch foot_measure "
    "kilogram gram pound example type kind sort form shape size color colour material sound noise music silence use purpose follow-through "
    "run-up path course route end_of_time beginning start finish once while instant mid-air midair air half other condition presence "
    "intensity frequency amplitude ease grace style emphasis maneuverability coordination one something anything everything nothing thing "
    "consistency texture appearance look feeling fashion burst succession unison sync contrast slow-motion succession place turn fact part_of"
)
EVENT_NOUNS = {
    "bounce": "bounce",
    "fall": "fall",
    "collision": "collide",
    "impact": "hit",
    "explosion": "explode",
    "rotation": "rotate",
    "descent": "fall",
    "rebound": "rebound",
    "spin": "spin",
    "jump": "jump",
    "flip": "flip",
    "somersault": "somersault",
    "swing": "swing",
    "splash": "splash",
    "throw": "throw",
    "kick": "kick",
    "push": "push",
    "roll": "roll",
    "slide": "slide",
    "drop": "drop",
    "crash": "crash",
    "delivery": "throw",
    "backflip": "backflip",
    "turn": "turn",
    "dive": "dive",
    "leap": "leap",
    "shatter": "shatter",
    "flow": "flow",
    "collapse": "collapse",
}
MANNER_NOUNS = _words(
    "force speed ease grace care precision power energy impact difficulty strength skill caution velocity pace thud crash rhythm momentum"
)
GENERIC_NOUNS = _words("tool device object machine gadget apparatus instrument")  # "grabber tool" is a grabber

# Relational nouns: "the top of the hill". Value: the relation that "on/at/in the N of X" states, None where N is a part.
PART_NOUNS = _words(
    "end edge side top bottom corner tip base rim lip handle center centre middle surface front back rear left right inside outside head foot mouth "
    "neck half peak summit foot wing wheel arm leg hand finger blade"
)

STATIC_RELATION = {
    "on": "on", "upon": "on", "atop": "on", "onto": "on", "on top of": "on", "in": "in", "into": "in", "inside": "in", "within": "in", "inside of": "in",
    "above": "above", "over": "above", "below": "below", "under": "below", "beneath": "below", "underneath": "below", "behind": "behind",
    "in front of": "in_front_of", "between": "between", "among": "between", "next to": "next_to", "beside": "next_to", "alongside": "next_to",
    "adjacent to": "next_to", "near": "near", "by": "near", "close to": "near", "around": "around", "at": "at", "against": "touching", "outside": "outside",
    "outside of": "outside", "across": "across", "along": "along", "opposite": "opposite", "facing": "facing",
}  # fmt: skip
PATH_PREPOSITIONS = {
    "across": "across", "along": "along", "through": "through", "over": "over", "around": "around", "past": "past", "down": "along", "up": "along",
    "beneath": "below", "under": "below", "between": "between", "throughout": "across", "by": "past",
}  # fmt: skip
SOURCE_PREPOSITIONS = _words("from off out") | {"off of", "out of", "away from", "from inside", "from within"}
GOAL_PREPOSITIONS = _words("to onto into toward towards against") | {"on to", "up to", "in to", "on top of"}

DISPLAY_VERBS = _words(
    "show capture depict see film record demonstrate display illustrate highlight emphasize feature reveal visualize present observe view watch zoom "
    "create_illusion seem appear perform execute demonstrate represent occur happen take_place resemble showcase exhibit emphasise reflect signify suggest require involve include"
)
ASPECT_VERBS = _words(
    "start begin continue try attempt proceed keep tend seem appear manage finish prepare want go_on need use_to struggle"
)
CAUSE_VERBS = _words("cause make let allow force enable lead send get have leave result help")
ADORNING = _words("decorate adorn label mark shape color colour design print paint wrap")
PRODUCING = _words(
    "produce generate create exhibit undergo achieve practice practise perform do execute attempt complete land"
)
LIGHT_VERBS = _words("turn make take give do have perform execute deliver undergo complete")
POSTURE_VERBS = _words("sit lie stand rest lean hang remain stay perch float stick protrude balance")
DESCRIBING = _words(
    "decorate adorn draw print paint write engrave carve label mark equip dress shape color colour design name call know make build resemble texture line edge wrap coat"
)
STATIVE_PARTICIPLES = {
    "place": "on", "put": "on", "set": "on", "position": "on", "rest": "on", "sit": "on", "lie": "on", "stand": "on", "locate": "at", "mount": "on",
    "lay": "on", "arrange": "on", "suspend": "hanging_from", "hang": "hanging_from", "attach": "attached_to", "tape": "attached_to", "glue": "attached_to",
    "tie": "attached_to", "fix": "attached_to", "fasten": "attached_to", "connect": "attached_to", "nail": "attached_to", "stick": "attached_to",
    "secure": "attached_to", "pin": "attached_to", "link": "attached_to", "tether": "attached_to", "anchor": "attached_to", "clamp": "attached_to",
    "prop": "supported_by", "support": "supported_by", "hold": "held_by", "surround": "surrounded_by", "cover": "covered_by", "stack": "on", "balance": "on",
    "perch": "on", "lean": "touching", "insert": "in", "submerge": "in", "immerse": "in", "embed": "in", "contain": "in", "fill": "in", "locate_in": "in",
    "seat": "on", "draw": "on", "print": "on", "paint": "on", "write": "on", "engrave": "on", "carve": "on", "scatter": "on", "park": "at", "float": "on",
}  # fmt: skip
RECIPROCAL_VERBS = _words("collide meet clash touch intersect merge")
LANDING_VERBS = _words(
    "bounce rebound land shatter break smash scatter crash splash fall drop hit strike impact collapse crumble burst splatter spill slam drip tumble plummet "
    "thud explode crack settle_on topple hop_onto plunge pour rain"
)
PLACING_VERBS = _words(
    "place put set lay lower drop position rest_on pour put_down toss throw fling stack mount insert dip plunge pull push release move slip"
)
TRANSITIVE_ONLY = _words(
    "pinch hold throw hurl toss kick push pull lift carry put place cut squeeze crush hit strike poke pinch grab release press smash wipe wash peel hammer "
    "launch shoot raise lower heat pour toss catch fling stir tap knock drag tow smash chop slice fold bend attach tape connect suspend stack fill cover "
    "arrange position mount drop bring dip insert propel launch flatten"
)
INTRANSITIVE = _words(
    "fall collapse come go rise descend ascend land arrive float slip skid plummet tumble emerge walk run jump sit stand lie remain stay happen appear leap "
    "glide flow gush drift sink swim crawl hover lean dance sleep bark laugh explode"
)
# Phrases with a verb of their own: (verb lemma, word that follows somewhere among its dependents) -> canonical verb.
IDIOMS = {
    ("come", "rest"): "come_to_rest",
    ("come", "stop"): "stop",
    ("come", "halt"): "stop",
    ("roll", "stop"): "stop",
    ("grind", "halt"): "stop",
    ("skid", "stop"): "stop",
    ("make", "contact"): "contact",
    ("come", "contact"): "contact",
    ("let", "go"): "release",
    ("set", "motion"): "set_in_motion",
    ("catch", "fire"): "ignite",
    ("set", "fire"): "ignite",
    ("fall", "apart"): "fall_apart",
    ("break", "apart"): "break_apart",
    ("gain", "speed"): "speed_up",
    ("pick", "speed"): "speed_up",
    ("lose", "speed"): "slow_down",
    ("lose", "balance"): "lose_balance",
    ("take", "off"): "take_off",
}
PARTICLE_VERBS = _words(
    "knock_over knock_down knock_out knock_off tip_over tip_out fall_over topple_over turn_over roll_over flip_over push_over bounce_back bounce_off slide_off "
    "slip_off skip_off float_up pour_out prop_up pick_up put_down stand_up get_up sit_down speed_up slow_down blow_up break_apart fall_apart break_up "
    "split_up pass_by fly_away run_away take_off fall_off drop_off set_up turn_on turn_off let_go go_out burn_out burn_down melt_away wash_away break_off come_off "
    "come_loose let_out squirt_out leak_out spill_out spill_over boil_over flow_out dry_out light_up heat_up warm_up cool_down pull_apart tear_apart tear_off "
    "cut_off swell_up puff_up blow_out fill_up wake_up lie_down zip_up stack_up line_up roll_up fold_up curl_up open_up close_up shut_off drain_out"
)
DIRECTION_PARTICLES = _words(
    "down up away forward forwards backward backwards back off out apart around over in along across through by past left right upward upwards downward downwards "
    "sideways aside together upside"
)
DIRECTIONS = _words(
    "down up away forward forwards backward backwards back out apart upward upwards downward downwards sideways"
)
STRIKING_VERBS = _words("hit strike collide crash bump impact contact touch slam smash land")
SAME_TIME_VERBS = _words(
    "spin rotate wobble flap chase follow carry hold wave twist glow shake sway tumble pass emit look watch face support wag trail"
)

DENOMINAL = _words("handled legged eared sided winged tipped wheeled shaped haired striped headed tailed footed bladed")
ABSOLUTE_ATTRIBUTES = _words("same other own several many few some each various different multiple numerous such")
SURFACE_GROUNDS = {"ice": "ice", "sand": "sand", "grass": "grass", "snow": "snow", "mud": "mud", "gravel": "gravel"}
NOT_PHRASES = frozenset({
    ("run", "into"), ("pick", "up", "speed"), ("fall", "out"), ("go", "out"), ("take", "off"), ("move", "up"), ("put", "out"), ("sink", "into"), ("take", "out"), ("set", "up"), ("rise", "to", "the", "surface"), ("sink", "to", "the", "bottom"),
})  # fmt: skip
NOT_EVENTS = _words(
    "trajectory movement motion travel appearance change start end attempt sound noise placement support balance pressure transfer arrangement return block building mixture opening fire light mark play game part ball swing slide drop spill dent step footstep rest shot arc hole track spray wave ripple"
)
LITERAL_MANNERS = _words(
    "left right top bottom center centre air midair mid above below behind back over first last row line lines"
)  # phrases that places read
SKIPPED_MANNERS = frozenset(
    (
        "a little",
        "a bit",
        "at once",
        "short of",
        "just short of",
        "far away",
        "a long way",
        "high up",
        "in line",
        "to the side",
        "chain reaction",
    )
)
PERSONS = _words("someone somebody anyone")
PATH_CLASSES = _words(
    "locomote roll slide drive fly generic_move jump slip pass float flow rise stagger chase approach swing"
)
DOER_ENDINGS = ("er", "or", "ist", "ian", "man", "ee")
PLACE_WORDS = _words(
    "ground floor surface bottom table top seat side balloon"
)  # phrases with these state a place, which is to be read
TARGET_PREPOSITIONS = _words("at into against onto on to")
FLUID_FORMS = _words(
    "spray splash stream cloud puff jet burst plume pool puddle trickle shower wave sheet film"
)  # "a spray of snow": two things
CAUSING_VERBS = _words("cause send make let force leave")  # ", sending it rolling"
ADVERB_NOUNS = _words(
    "overhead underhand overhand sidearm sideways overboard uphill downhill midair indoors outdoors lengthwise"
)
