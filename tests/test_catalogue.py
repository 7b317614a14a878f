"""The catalogue of everyday objects: every entry is whole and true to size, and words of both languages find it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenes.catalogue import AMBIGUOUS, ObjectEntry, catalogue
from scenes.catalogue.bodies import FRESH_WATER, effective_density, scaled, usual_mass
from scenes.catalogue.build import JSON_FILE, as_json, read_yaml
from scenes.catalogue.entry import ROLES
from scenes.catalogue.fallback import ENDINGS_ZH, ENGLISH_ENDINGS
from scenes.catalogue.forms import expanded, line
from scenes.catalogue.names import COLOR_PREFIXES, MATERIAL_PREFIXES, MATERIAL_WORDS
from scenes.materials import library
from scenes.shapes import SHAPE, Sphere, placed_bounds

THINGS = catalogue()
ENTRIES = list(THINGS)
WITH_BODY = [entry for entry in ENTRIES if entry.shape is not None]


def the(head: str, **more: object) -> ObjectEntry:
    found = THINGS.get(head, **more)  # type: ignore[arg-type]
    assert found is not None, head
    return found


def density_of(entry: ObjectEntry) -> float | None:
    if entry.shape is None or entry.material is None:
        return None
    return effective_density(entry, library().material(entry.material).density.value)


def test_the_json_is_what_the_yaml_files_say() -> None:
    assert JSON_FILE.read_text(encoding="utf-8") == as_json(read_yaml()), "run python -m scenes.catalogue.build"


def test_it_is_large_and_loads_fast() -> None:
    assert len(THINGS) >= 550
    raw = JSON_FILE.read_text(encoding="utf-8")
    start = time.process_time()  # processor time: the machine may be busy with other tests
    fresh = type(THINGS)(json.loads(raw))
    fresh.get("ball")
    assert time.process_time() - start < 0.3


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_entry_is_whole(entry: ObjectEntry) -> None:
    assert entry.zh and entry.role in ROLES
    assert THINGS.hypernyms(entry.key)[-1:] == ["thing"] or entry.key == "thing"
    for name in (entry.material, entry.surface_material, *entry.zh_material.values()):
        assert name is None or (library().has(name) and library().material(name).name == name), name
    if entry.role == "ground" and entry.shape is not None:
        assert entry.surface_material is not None
    if entry.arrangement is not None:
        assert entry.arrangement.of in THINGS
    if entry.moves is not None:
        assert entry.speed is not None and entry.speed.source


@pytest.mark.parametrize("entry", WITH_BODY, ids=lambda entry: entry.key)
def test_every_body_has_a_sane_size_color_and_weight(entry: ObjectEntry) -> None:
    assert entry.shape is not None
    size = entry.shape.extent()
    assert 0.0005 <= max(size) <= 500 and min(size) > 0
    assert entry.color is not None and entry.color.startswith("#") and len(entry.color) == 7
    assert entry.size_source
    for piece in entry.shape.pieces() if entry.shape.type == "compound" else ():
        assert piece.material is None or library().has(piece.material), piece.material
    if (
        entry.material is not None
        and entry.shape.volume() > 0
        and entry.role not in ("ground", "fluid", "field", "region")
    ):
        mass = usual_mass(entry, library().material(entry.material).density.value)
        assert 0 < mass < 1e10
        density = mass / entry.shape.volume()
        assert density < 23000, "denser than osmium"


@pytest.mark.parametrize(
    "entry",
    [
        entry
        for entry in WITH_BODY
        if THINGS.is_a(entry.key, "animal") or (THINGS.is_a(entry.key, "person") and entry.role == "character")
    ],
    ids=lambda entry: entry.key,
)
def test_figures_have_a_species_and_weigh_as_flesh_does(entry: ObjectEntry) -> None:
    assert entry.species and entry.height and entry.speed
    density = density_of(entry)
    assert density is not None and 50 < density < 2000  # feathered birds are far lighter than their outline


@pytest.mark.parametrize("entry", WITH_BODY, ids=lambda entry: entry.key)
def test_the_floats_flag_agrees_with_the_density(entry: ObjectEntry) -> None:
    density = density_of(entry)
    if density is not None and entry.role not in ("ground", "region", "field", "fluid"):
        assert entry.floats == (density < FRESH_WATER), f"{entry.key}: {density:.0f} kg/m3"


@pytest.mark.parametrize("head", ["cork", "apple", "orange", "log", "balloon", "boat", "football", "ice cube", "candle", "table tennis ball", "pumpkin", "duck", "feather"])  # fmt: skip
def test_known_floaters_float(head: str) -> None:
    assert the(head).floats


@pytest.mark.parametrize("head", ["stone", "hammer", "coin", "marble", "bowling ball", "kettlebell", "brick", "egg", "potato", "key", "car", "mug", "anchor", "steel ball"])  # fmt: skip
def test_known_sinkers_sink(head: str) -> None:
    assert not the(head).floats


@pytest.mark.parametrize(
    ("head", "attribute", "diameter", "mass"),
    [
        ("ball", "tennis", (0.0654, 0.0686), (0.0560, 0.0594)),  # ITF
        ("ball", "billiard", (0.0570, 0.0573), (0.156, 0.170)),  # WPA
        ("ball", "table_tennis", (0.0400, 0.0406), (0.00267, 0.00277)),  # ITTF
        ("ball", "golf", (0.04267, 0.0430), (0.0450, 0.04593)),  # R&A
        ("ball", "bowling", (0.2159, 0.2183), (2.7, 7.26)),  # USBC
        ("basketball", "", (0.238, 0.2425), (0.567, 0.650)),  # FIBA size 7
        ("football", "", (0.2165, 0.223), (0.410, 0.450)),  # IFAB
        ("baseball", "", (0.0727, 0.0748), (0.142, 0.149)),  # MLB
    ],
)
def test_balls_are_regulation(
    head: str, attribute: str, diameter: tuple[float, float], mass: tuple[float, float]
) -> None:
    entry = the(head, attributes=[attribute] if attribute else [])
    assert isinstance(entry.shape, Sphere) and entry.mass is not None
    assert diameter[0] <= 2 * entry.shape.radius <= diameter[1]
    assert mass[0] <= entry.mass <= mass[1]


def test_hollow_spheres_weigh_what_their_walls_do() -> None:
    for entry in WITH_BODY:
        if isinstance(entry.shape, Sphere) and entry.wall is not None and entry.mass is not None and entry.material:
            shell = usual_mass(
                entry.model_copy(update={"mass": None}), library().material(entry.material).density.value
            )
            assert 0.5 < shell / entry.mass < 2, f"{entry.key}: walls {shell:.4f} kg, stated {entry.mass} kg"


def test_sizes_keep_their_natural_order() -> None:
    order = ["ant", "mouse", "cat", "dog", "person", "horse", "elephant", "house", "ship"]
    longest = [max(the(head).extent() or (0,)) for head in order]
    assert longest == sorted(longest)
    weights = [
        the(head).mass or 0
        for head in (
            "feather",
            "coin",
            "egg",
            "apple",
            "football",
            "hammer",
            "dog",
            "person",
            "car",
            "elephant",
            "truck",
            "ship",
        )
    ]
    assert weights == sorted(weights)


@pytest.mark.parametrize(
    ("word", "lang", "head", "attributes", "material", "size", "color"),
    [
        ("网球", "zh", "ball", ("tennis",), None, None, None),
        ("玻璃杯", "zh", "cup", (), "glass", None, None),
        ("铁锤", "zh", "hammer", (), "iron", None, None),
        ("水泥地", "zh", "ground", (), "concrete", None, None),
        ("木箱", "zh", "box", (), "wood", None, None),
        ("小球", "zh", "ball", (), None, "small", None),
        ("小铁球", "zh", "ball", (), "iron", "small", None),
        ("白球", "zh", "ball", (), None, None, "white"),
        ("大理石球", "zh", "ball", (), "marble", None, None),
        ("玩具车", "zh", "car", ("toy",), None, None, None),
        ("铝罐子", "zh", "jar", (), "aluminium", None, None),
        ("盒儿", "zh", "box", (), None, None, None),
        ("麻雀", "zh", "sparrow", (), None, None, None),
        ("boxes", "en", "box", (), None, None, None),
        ("Tennis balls", "en", "ball", ("tennis",), None, None, None),
        ("coffee mug", "en", "mug", ("coffee",), None, None, None),
        ("soda cans", "en", "can", ("soda",), None, None, None),
        ("steel ball", "en", "ball", (), "steel", None, None),
        ("couch", "en", "couch", (), None, None, None),
        ("children", "en", "child", (), None, None, None),
        ("pool table", "en", "pool table", (), None, None, None),
        ("knives", "en", "knife", (), None, None, None),
    ],
)
def test_words_say_what_they_say(
    word: str,
    lang: str,
    head: str,
    attributes: tuple[str, ...],
    material: str | None,
    size: str | None,
    color: str | None,
) -> None:
    reading = THINGS.reading(word, lang)  # type: ignore[arg-type]
    assert reading is not None
    assert (reading.head, reading.attributes, reading.material, reading.size, reading.color) == (
        head,
        attributes,
        material,
        size,
        color,
    )


def test_unknown_words_are_not_read() -> None:
    for word, lang in (("quickly", "en"), ("flumph", "en"), ("然后", "zh"), ("", "en"), ("", "zh")):
        assert THINGS.reading(word, lang) is None  # type: ignore[arg-type]
        assert THINGS.find(word, lang) is None  # type: ignore[arg-type]


def test_no_two_entries_share_a_name_but_the_listed_ones() -> None:
    for lang in ("en", "zh"):
        for word in THINGS.names_by_language(lang):  # type: ignore[arg-type]
            if len(THINGS.senses(word, lang)) > 1:  # type: ignore[arg-type]
                assert word in AMBIGUOUS, (word, THINGS.senses(word, lang))  # type: ignore[arg-type]
    for word, keys in AMBIGUOUS.items():
        assert all(key in THINGS for key in keys)
        found = THINGS.find(word, "en" if word.isascii() else "zh")
        assert (found is not None and found.key == keys[0]) or (found is not None and found.hypernym == keys[0])


@given(st.sampled_from(sorted(THINGS.names_by_language("en"))))
def test_every_english_name_finds_a_body_of_its_reading(word: str) -> None:
    reading, entry = THINGS.reading(word, "en"), THINGS.find(word, "en")
    assert reading is not None and entry is not None
    assert THINGS.get(reading.key) is not None
    if reading.kind is not None:
        assert entry.assumed and entry.key == reading.kind and entry.hypernym == reading.key


@given(st.sampled_from(sorted(THINGS.names_by_language("zh"))))
def test_every_chinese_name_finds_an_entry(word: str) -> None:
    entry = THINGS.find(word, "zh")
    assert entry is not None and THINGS.names_by_language("zh")[word]


@settings(max_examples=200)
@given(
    st.text(alphabet=st.characters(categories=["L", "N", "Zs", "Pd"]), min_size=1, max_size=20),
    st.sampled_from(["en", "zh"]),
)
def test_the_fallback_always_answers_and_says_that_it_guesses(noun: str, lang: str) -> None:
    entry = THINGS.fallback(noun, lang)  # type: ignore[arg-type]
    assert entry.assumed and entry.why and noun in entry.why


@pytest.mark.parametrize(
    ("noun", "lang", "like"),
    [("wugball", "en", "ball"), ("flurpberry", "en", "berry"), ("zorb machine", "en", "machine"), ("cellist", "en", "person"), ("fishmonger", "en", "object"),
     ("弹珠机", "zh", "machine"), ("榴莲果", "zh", "fruit"), ("越野车", "zh", "car"), ("水晶杯", "zh", "cup"), ("钓鱼人", "zh", "person"), ("啦啦啦", "zh", "object")],
)  # fmt: skip
def test_the_fallback_reads_the_end_of_a_word(noun: str, lang: str, like: str) -> None:
    assert THINGS.fallback(noun, lang).hypernym == like  # type: ignore[arg-type]


def test_fallback_endings_name_entries() -> None:
    assert not {key for key in (*ENGLISH_ENDINGS.values(), *ENDINGS_ZH.values()) if key not in THINGS}


def test_prefix_tables_name_materials() -> None:
    assert all(library().has(name) for name in (*MATERIAL_PREFIXES.values(), *MATERIAL_WORDS.values()))
    assert len(set(COLOR_PREFIXES.values())) >= 10


def test_a_material_or_attribute_narrows_a_head() -> None:
    assert the("bottle", material="plastic").key == "plastic bottle"
    assert the("ball", attributes=["tennis"]).mass == the("tennis ball").mass
    assert the("ball", attributes=["striped"]).key == "ball"
    assert the("sparrow").hypernym == "bird" and the("sparrow").assumed


@pytest.mark.parametrize("head", ["dinosaur", "elephant", "helicopter", "tractor", "robot"])
def test_a_toy_of_a_large_thing_is_toy_sized_and_still(head: str) -> None:
    real, toy = the(head), the(head, attributes=["toy"])
    assert max(toy.extent() or (9,)) == pytest.approx(0.2)
    assert toy.moves is None and toy.role == "object" and toy.assumed and toy.mass is not None and real.mass is not None
    assert toy.mass < 3 < real.mass
    proportions = [x / y for x, y in zip(toy.extent() or (), real.extent() or (), strict=True)]
    assert max(proportions) == pytest.approx(min(proportions), rel=1e-6)


@given(st.sampled_from([entry.key for entry in WITH_BODY]), st.floats(0.1, 10))
def test_scaling_scales_lengths_and_volumes(key: str, factor: float) -> None:
    shape = the(key).shape if the(key).key == key else next(entry.shape for entry in WITH_BODY if entry.key == key)
    assert shape is not None
    grown = scaled(shape, factor)
    if shape.type in ("table", "shelf", "balcony", "tree", "house"):
        return  # these keep some thicknesses whatever their size
    assert grown.extent() == pytest.approx(shape.extent() * factor, rel=1e-6)
    assert grown.volume() == pytest.approx(shape.volume() * factor**3, rel=1e-6)


def test_search_ranks_the_exact_name_first() -> None:
    assert THINGS.search("ball")[0].key == "ball"
    assert THINGS.search("苹果")[0].key == "apple"
    assert "dog" in {entry.key for entry in THINGS.search("animal", limit=200)}
    assert THINGS.search("  ") == []


def test_kinds_are_ordered() -> None:
    assert THINGS.is_a("dog", "animal") and THINGS.is_a("man", "person") and not THINGS.is_a("dog", "vehicle")
    assert THINGS.is_a("tennis ball", "toy") and THINGS.is_a("apple", "food")


def test_entries_are_values_and_refuse_unknown_keys() -> None:
    with pytest.raises(ValidationError):
        the("ball").mass = 3.0  # type: ignore[misc]
    with pytest.raises(ValidationError, match="colour"):
        ObjectEntry.model_validate({"key": "x", "hypernym": "thing", "colour": "#ffffff"})
    with pytest.raises(ValidationError, match="needs a speed"):
        ObjectEntry.model_validate({"key": "x", "hypernym": "thing", "moves": "walks"})


@pytest.mark.parametrize("text", ["bxo 1 1 1 @ 0 0 0", "box 1 1 @ 0 0 0", ""])
def test_a_part_that_cannot_be_read_says_why(text: str) -> None:
    with pytest.raises(ValueError, match="part"):
        line(text)
    with pytest.raises(ValueError, match="unknown form"):
        expanded({"form": "carr"})


@given(
    st.floats(0.01, 2),
    st.floats(0.01, 2),
    st.floats(-3, 3),
    st.floats(0, 3),
    st.sampled_from(["", "along x", "along -y", "along 30", "turned"]),
)
def test_a_part_stands_on_its_underside(radius: float, height: float, x: float, z: float, turn: str) -> None:
    for kind in (
        f"cylinder {radius} {height}",
        f"cone {radius} {height}",
        f"frustum {radius} {radius / 2} {height}",
        f"wedge {radius} {radius} {height}",
    ):
        shape = SHAPE.validate_python(
            {"type": "compound", "parts": [line("box 1 1 1 @ 0 0 0"), line(f"{kind} @ {x} 0 {z} {turn}")]}
        )
        first, second = shape.pieces()
        ground, underside = placed_bounds(first)[0][2], placed_bounds(second)[0][2]
        assert underside - ground == pytest.approx(z, abs=1e-6)
