"""English inflection for the grammar's own words: regular spelling rules and a table of irregular forms."""

from __future__ import annotations

__all__ = ["IRREGULAR_NOUNS", "IRREGULAR_VERBS", "gerund", "past", "past_participle", "plural", "third_person"]

# lemma: (past, past participle)
IRREGULAR_VERBS: dict[str, tuple[str, str]] = {
    key: (past, participle)
    for key, past, participle in (
        entry.split("/")
        for entry in [
            "fall/fell/fallen",
            "throw/threw/thrown",
            "swing/swung/swung",
            "spin/spun/spun",
            "hit/hit/hit",
            "strike/struck/struck",
            "break/broke/broken",
            "slide/slid/slid",
            "roll/rolled/rolled",
            "sink/sank/sunk",
            "rise/rose/risen",
            "fly/flew/flown",
            "blow/blew/blown",
            "hang/hung/hung",
            "stand/stood/stood",
            "sit/sat/sat",
            "lie/lay/lain",
            "lay/laid/laid",
            "set/set/set",
            "put/put/put",
            "cut/cut/cut",
            "let/let/let",
            "leave/left/left",
            "hold/held/held",
            "bring/brought/brought",
            "catch/caught/caught",
            "run/ran/run",
            "swim/swam/swum",
            "ride/rode/ridden",
            "drive/drove/driven",
            "go/went/gone",
            "come/came/come",
            "get/got/gotten",
            "take/took/taken",
            "give/gave/given",
            "make/made/made",
            "send/sent/sent",
            "bend/bent/bent",
            "burst/burst/burst",
            "split/split/split",
            "spill/spilled/spilled",
            "tear/tore/torn",
            "melt/melted/melted",
            "freeze/froze/frozen",
            "shrink/shrank/shrunk",
            "stick/stuck/stuck",
            "dig/dug/dug",
            "feed/fed/fed",
            "eat/ate/eaten",
            "drink/drank/drunk",
            "shake/shook/shaken",
            "spread/spread/spread",
            "shoot/shot/shot",
            "sweep/swept/swept",
            "swell/swelled/swollen",
            "wind/wound/wound",
            "leap/leapt/leapt",
            "keep/kept/kept",
            "begin/began/begun",
            "become/became/become",
            "grow/grew/grown",
            "light/lit/lit",
            "build/built/built",
            "sing/sang/sung",
            "ring/rang/rung",
            "draw/drew/drawn",
            "write/wrote/written",
            "shine/shone/shone",
            "fling/flung/flung",
            "cling/clung/clung",
            "creep/crept/crept",
            "weave/wove/woven",
            "bite/bit/bitten",
            "hide/hid/hidden",
            "sling/slung/slung",
            "grind/ground/ground",
            "bind/bound/bound",
            "read/read/read",
            "lead/led/led",
            "speed/sped/sped",
            "find/found/found",
            "lose/lost/lost",
            "meet/met/met",
            "dive/dove/dived",
            "kneel/knelt/knelt",
            "see/saw/seen",
            "show/showed/shown",
            "be/was/been",
            "have/had/had",
            "do/did/done",
            "say/said/said",
            "know/knew/known",
            "fight/fought/fought",
            "overtake/overtook/overtaken",
            "wear/wore/worn",
            "hurt/hurt/hurt",
            "sew/sewed/sewn",
            "fit/fit/fit",
            "shed/shed/shed",
            "steal/stole/stolen",
            "choose/chose/chosen",
            "wake/woke/woken",
            "sell/sold/sold",
            "buy/bought/bought",
            "tell/told/told",
            "feel/felt/felt",
            "sleep/slept/slept",
            "think/thought/thought",
            "stride/strode/stridden",
            "spring/sprang/sprung",
            "teach/taught/taught",
            "win/won/won",
            "pay/paid/paid",
            "mean/meant/meant",
            "speak/spoke/spoken",
            "cast/cast/cast",
            "wet/wet/wet",
            "spit/spat/spat",
            "stink/stank/stunk",
            "quit/quit/quit",
            "undergo/underwent/undergone",
            "withstand/withstood/withstood",
            "unwind/unwound/unwound",
            "rewind/rewound/rewound",
            "overcome/overcame/overcome",
        ]
    )
}
IRREGULAR_NOUNS: dict[str, str] = dict(
    entry.split("/")  # type: ignore[misc]
    for entry in [
        "man/men",
        "woman/women",
        "child/children",
        "person/people",
        "foot/feet",
        "goose/geese",
        "mouse/mice",
        "tooth/teeth",
        "knife/knives",
        "leaf/leaves",
        "shelf/shelves",
        "half/halves",
        "wolf/wolves",
        "calf/calves",
        "loaf/loaves",
        "scarf/scarves",
        "fish/fish",
        "sheep/sheep",
        "deer/deer",
        "aircraft/aircraft",
        "ox/oxen",
        "policeman/policemen",
        "fisherman/fishermen",
        "snowman/snowmen",
        "potato/potatoes",
        "tomato/tomatoes",
        "domino/dominoes",
        "volcano/volcanoes",
        "mango/mangoes",
        "hoof/hooves",
        "cactus/cacti",
        "die/dice",
    ]
)
_VOWELS = "aeiou"
_STRESS_LAST = {"propel", "compel", "expel", "repel", "submit", "begin", "refer", "transfer", "equip", "emit", "deter", "admit", "permit", "control", "occur", "prefer"}  # fmt: skip


def _doubles(verb: str) -> bool:
    if len(verb) < 3 or verb[-1] in "wxyaeiouh" or verb[-2] not in _VOWELS or verb[-3] in _VOWELS:
        return False
    syllables = sum(1 for a, b in zip("_" + verb, verb, strict=False) if b in _VOWELS and a not in _VOWELS)
    return syllables == 1 or verb in _STRESS_LAST


def plural(noun: str) -> str:
    """The plural of a noun lemma."""
    if noun in IRREGULAR_NOUNS:
        return IRREGULAR_NOUNS[noun]
    if noun.endswith("shelf") or (noun.endswith("man") and noun not in {"human", "german", "woman"}):
        return noun[:-1] + "ves" if noun.endswith("f") else noun[:-2] + "en"
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def third_person(verb: str) -> str:
    """The third person singular present of a verb lemma."""
    if verb in {"be", "have"}:
        return {"be": "is", "have": "has"}[verb]
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def gerund(verb: str) -> str:
    """The -ing form of a verb lemma."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")) and verb != "be":
        return ("singe" if verb == "singe" else verb[:-1]) + "ing"
    return verb + (verb[-1] if _doubles(verb) else "") + "ing"


def past(verb: str) -> str:
    """The simple past of a verb lemma."""
    return IRREGULAR_VERBS[verb][0] if verb in IRREGULAR_VERBS else _regular_past(verb)


def past_participle(verb: str) -> str:
    """The past participle of a verb lemma."""
    return IRREGULAR_VERBS[verb][1] if verb in IRREGULAR_VERBS else _regular_past(verb)


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if _doubles(verb) else "") + "ed"
