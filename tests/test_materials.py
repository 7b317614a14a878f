"""The material library: provenance, physical sanity, names in two languages, and the order in which figures win."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.errors import UserError
from scenes.materials import CONTACT_QUANTITIES, LOOKS, METALS, QUANTITIES, library
from scenes.materials.loading import read_own
from scenes.materials.material import Material

LIBRARY = library()
NAMES = LIBRARY.names()
SOLIDS = [name for name in NAMES if LIBRARY.material(name).state in ("solid", "granular")]
names = st.sampled_from(NAMES)
solids = st.sampled_from(SOLIDS)
unit = st.floats(0.0, 1.0)


def every_material() -> list[Material]:
    return [LIBRARY.material(name) for name in NAMES]


def test_every_figure_names_its_source_and_its_status() -> None:
    assert len(NAMES) >= 60
    for material in every_material():
        for quantity, value in material.values().items():
            assert value.source.strip() and value.status in ("checked", "recalled", "assumed"), (
                material.name,
                quantity,
            )
            assert value.unit == QUANTITIES[quantity].unit
            assert value.contains(value.value)
            assert value.status == "assumed" or "Estimate" not in value.source, (material.name, quantity)


def test_every_source_key_of_the_files_is_spelled_out() -> None:
    materials, pairs = read_own()
    figures = [v for m in materials["materials"].values() for v in m["properties"].values()]
    figures += [v for pair in pairs.values() for v in pair.values() if isinstance(v, dict)]
    used = {key for figure in figures for key in figure["source"].split(", ")}
    assert used == set(materials["sources"])


def test_each_state_of_matter_has_what_its_solver_needs() -> None:
    for material in every_material():
        assert material.density.value > 0 and material.conductivity.value > 0 and material.specific_heat.value > 0
        assert material.look in LOOKS and material.appearance.metal in METALS
        if material.state in ("solid", "granular"):
            for quantity in ("youngs_modulus", "poisson", "restitution", "friction", "rolling", "emissivity"):
                assert material.require(quantity).value >= 0
        else:
            assert material.state == "liquid" or material.density.value < 5
        if material.state == "liquid":
            assert material.require("viscosity").value > 0 and material.surface_tension is not None
        if material.brittle and material.state == "solid":
            assert material.require("fracture_toughness").value > 0 and material.require("strength").value > 0
        if material.look in ("glass", "ice", "water"):
            assert 1.3 <= material.require("index_of_refraction").value < 2.5


def test_what_floats_in_water() -> None:
    water = LIBRARY.material("water").density.value
    for name in ("wood", "pine", "balsa", "oak", "cork", "ice", "wax", "hdpe", "apple", "eps_foam", "football", "oil"):
        assert LIBRARY.material(name).density.value < water, name
    for name in (
        "steel",
        "iron",
        "stone",
        "glass",
        "concrete",
        "rubber",
        "copper",
        "lead",
        "gold",
        "sand",
        "egg",
        "honey",
    ):
        assert LIBRARY.material(name).density.value > water, name
    mercury = LIBRARY.material("mercury").density.value
    assert LIBRARY.material("lead").density.value < mercury < LIBRARY.material("gold").density.value


def test_heat_travels_in_the_known_order() -> None:
    order = ["silver", "copper", "aluminium", "brass", "iron", "stainless_steel", "granite", "glass", "oak", "eps_foam"]
    conductivities = [LIBRARY.material(name).conductivity.value for name in order]
    assert conductivities == sorted(conductivities, reverse=True)
    diffusivities = [
        LIBRARY.material(name).diffusivity for name in ("copper", "iron", "stainless_steel", "glass", "wood")
    ]
    assert diffusivities == sorted(diffusivities, reverse=True)
    assert LIBRARY.material("copper").diffusivity == pytest.approx(1.16e-4, rel=0.03)
    melting = [
        LIBRARY.material(n).require("melting_point").value for n in ("mercury", "ice", "tin", "lead", "copper", "iron")
    ]
    assert melting == sorted(melting)


def test_the_density_of_a_ball_is_its_mass_over_its_volume() -> None:
    for name, mass, diameter in (
        ("tennis_ball", 0.0577, 0.067),
        ("basketball", 0.625, 0.2435),
        ("table_tennis_ball", 0.0027, 0.04),
    ):
        density = mass / (math.pi * diameter**3 / 6)
        assert LIBRARY.material(name).density.value == pytest.approx(density, rel=0.03)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ("tennis_ball", "granite", 0.729, 0.761),
        ("tennis_ball", "concrete", 0.729, 0.761),
        ("table_tennis_ball", "steel", 0.887, 0.923),
        ("football", "steel", 0.822, 0.880),
        ("baseball", "wood", 0.514, 0.578),
        ("rubber", "concrete", 0.50, 0.85),
    ],
)
def test_measured_rebounds_keep_their_band(a: str, b: str, low: float, high: float) -> None:
    assert LIBRARY.pair(a, b).restitution.range == pytest.approx((low, high))


def test_the_tennis_ball_rises_as_the_rule_says_on_any_hard_floor() -> None:
    for floor in ("granite", "concrete", "marble", "steel", "glass", "ceramic"):
        pair = LIBRARY.pair("tennis ball", floor)
        assert 1.35 <= 2.54 * pair.restitution.value**2 <= 1.47, floor
        assert pair.restitution.status != "assumed"


@given(names, names)
@settings(max_examples=300, deadline=None)
def test_pairs_are_symmetric_and_possible(a: str, b: str) -> None:
    pair = LIBRARY.pair(a, b)
    assert pair == LIBRARY.pair(b, a)
    assert 0 <= pair.restitution.range[0] <= pair.restitution.value <= pair.restitution.range[1] <= 1
    assert 0 <= pair.friction.value <= pair.static_friction.value < 2
    assert 0 <= pair.rolling.value < 0.5
    for quantity in CONTACT_QUANTITIES:
        value = getattr(pair, quantity)
        assert value.contains(value.value) and value.source and value.status in ("checked", "recalled", "assumed")
        if pair.basis[quantity] == "rule" and quantity != "restitution":
            assert value.status == "assumed"
    assert pair.assumed == ("assumed" in (pair.restitution.status, pair.friction.status))


@given(solids, st.sampled_from(["sand", "mud", "snow", "flour"]))
@settings(max_examples=150, deadline=None)
def test_beds_that_yield_swallow_the_bounce(a: str, bed: str) -> None:
    assert LIBRARY.pair(a, bed).restitution.value <= 0.25


def test_ice_is_slippery_and_rubber_grips() -> None:
    grip = [
        LIBRARY.pair(a, b).friction.value
        for a, b in (("steel", "ice"), ("rubber", "ice"), ("wood", "wood"), ("rubber", "concrete"))
    ]
    assert grip == sorted(grip)
    assert LIBRARY.pair("leather", "ice").friction.value < 0.15 < LIBRARY.pair("leather", "wood").friction.value


def test_a_kind_takes_the_pair_of_its_parent_and_says_so() -> None:
    oak = LIBRARY.pair("oak", "concrete")
    assert oak.restitution.value == LIBRARY.pair("wood", "concrete").restitution.value
    assert oak.basis["restitution"] == "concrete+wood" and "stands in" in oak.restitution.source
    assert LIBRARY.pair("oak", "oak").basis["friction"] == "oak+oak"
    assert LIBRARY.pair("cement", "rubber") == LIBRARY.pair("rubber", "concrete")
    assert "checked" not in {
        LIBRARY.pair("brass", "oak").friction.status,
        LIBRARY.pair("pine", "balsa").friction.status,
    }


def test_there_are_pairs_between_many_surfaces() -> None:
    stated = LIBRARY.stated_pairs()
    assert len(stated) >= 60 and all(a <= b for a, b in stated)
    for a, b in (
        ("rubber", "grass"),
        ("rubber", "asphalt"),
        ("glass", "wood"),
        ("wood", "concrete"),
        ("phenolic_resin", "felt"),
    ):
        assert tuple(sorted((a, b))) in stated


def test_the_rule_lets_the_softer_body_decide() -> None:
    soft, hard = LIBRARY.material("jelly"), LIBRARY.material("diamond")
    assert LIBRARY.pair("jelly", "diamond").restitution.value == pytest.approx(
        soft.require("restitution").value, abs=0.01
    )
    assert LIBRARY.pair("diamond", "diamond").restitution.value == pytest.approx(hard.require("restitution").value)


@given(solids, solids, unit, unit, unit)
@settings(max_examples=150, deadline=None)
def test_the_narrower_override_wins(a: str, b: str, e_a: float, e_b: float, e_pair: float) -> None:
    one = LIBRARY.with_overrides(materials={a: {"restitution": e_a}})
    assert one.pair(a, b).restitution.value == e_a and one.pair(a, b).restitution.status == "set"
    if a != b:
        both = one.with_overrides(materials={b: {"restitution": e_b}})
        assert both.pair(a, b).restitution.value == pytest.approx(math.sqrt(e_a * e_b))
        assert "geometric mean" in both.pair(a, b).restitution.source
        assert both.pair(a, a).restitution.value == e_a
    pair = one.with_overrides(pairs={f"{b}+{a}": {"restitution": e_pair}})
    assert pair.pair(a, b).restitution.value == e_pair and pair.pair(a, b).basis["restitution"] == "set"
    assert pair.pair(a, b).friction == LIBRARY.pair(a, b).friction
    assert LIBRARY.pair(a, b).restitution.status != "set"


def test_an_override_of_a_material_reaches_all_its_pairs_and_only_what_it_names() -> None:
    changed = LIBRARY.with_overrides(
        materials={"橡胶": {"restitution": 0.6, "density": 1200, "color": "#ff0000"}},
        pairs={"rubber+水泥": {"friction": 0.4}},
    )
    rubber = changed.material("rubber")
    assert rubber.density.value == 1200 and rubber.density.status == "set" and rubber.appearance.color == "#ff0000"
    for other in ("concrete", "steel", "ice", "felt", "apple"):
        assert changed.pair("rubber", other).restitution.value == 0.6
    assert changed.pair("silicone", "felt").restitution.value == 0.6
    assert changed.pair("tennis_ball", "concrete") == LIBRARY.pair("tennis_ball", "concrete")
    concrete = changed.pair("rubber", "concrete")
    assert concrete.friction.value == concrete.static_friction.value == 0.4
    assert LIBRARY.material("rubber").density.value == 1100
    assert changed.pair("steel", "wood") == LIBRARY.pair("steel", "wood")


@pytest.mark.parametrize(
    ("materials", "pairs", "words"),
    [
        ({"ruber": {"density": 1}}, {}, ["ruber", "'rubber'"]),
        ({"rubber": {"densty": 1}}, {}, ["densty", "'density'"]),
        ({"rubber": {"restitution": 1.2}}, {}, ["1.2", "at most 1"]),
        ({"rubber": {"friction": -0.1}}, {}, ["at least 0"]),
        ({"rubber": {"density": 0}}, {}, ["above 0"]),
        ({"rubber": {"density": float("nan")}}, {}, ["nan"]),
        ({"rubber": {"density": "heavy"}}, {}, ["heavy", "kg/m3"]),
        ({"rubber": {"density": True}}, {}, ["not a number"]),
        ({"rubber": {"color": "red"}}, {}, ["#c77b58"]),
        ({"rubber": 5}, {}, ["mapping"]),
        ({}, {"rubber": {"restitution": 0.5}}, ["rubber+concrete"]),
        ({}, {"rubber+concret": {"restitution": 0.5}}, ["'concrete'"]),
        ({}, {"rubber+concrete": {"bounce": 0.5}}, ["bounce"]),
        ({}, {"rubber+concrete": {"restitution": {"value": 0.5, "low": 0.6, "high": 0.7}}}, ["outside its own range"]),
    ],
)
def test_overrides_that_cannot_be_are_refused_with_advice(materials: dict, pairs: dict, words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        LIBRARY.with_overrides(materials=materials, pairs=pairs)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_unknown_names_give_the_nearest() -> None:
    with pytest.raises(UserError, match="'concrete'"):
        LIBRARY.material("concrte")
    with pytest.raises(UserError, match="no property 'hardness'"):
        LIBRARY.material("steel").require("hardness")
    with pytest.raises(UserError, match=r"materials\.steel\.viscosity"):
        LIBRARY.material("steel").require("viscosity")
    assert not LIBRARY.has("kryptonite") and LIBRARY.has("Stainless_Steel")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("wooden", "wood"), ("metallic", "metal"), ("cement", "concrete"), ("stainless steel", "stainless_steel"),
        ("aluminum", "aluminium"), ("icy", "ice"), ("Styrofoam", "eps_foam"), ("橡胶", "rubber"), ("金属", "metal"),
        ("木头", "wood"), ("木质的", "wood"), ("玻璃", "glass"), ("水泥", "concrete"), ("混凝土", "concrete"),
        ("冰", "ice"),
        ("铁", "iron"), ("钢", "steel"), ("铜", "copper"),
        ("不锈钢", "stainless_steel"), ("竹", "bamboo"), ("塑料做的", "plastic"),
        ("陶瓷", "ceramic"), ("纸板", "cardboard"), ("泡沫塑料", "eps_foam"), ("石头", "stone"), ("沙子", "sand"),
    ],
)  # fmt: skip
def test_names_in_both_languages(said: str, meant: str) -> None:
    assert LIBRARY.material(said).name == meant


def test_surface_names_for_the_parsers() -> None:
    english, chinese = LIBRARY.names_by_language("en"), LIBRARY.names_by_language("zh")
    assert set(english.values()) == set(NAMES) == set(chinese.values())
    assert all(name.replace("_", " ") in english for name in NAMES)
    assert "golden" not in english and english["wooden"] == "wood"
    assert {"glass", "marble", "lead", "iron", "football"} <= LIBRARY.ambiguous_names("en")
    assert {"金", "网球"} <= LIBRARY.ambiguous_names("zh")
    assert "rubber" not in LIBRARY.ambiguous_names("en")
    with pytest.raises(UserError, match="'zh'"):
        LIBRARY.names_by_language("fr")  # type: ignore[arg-type]


def test_search_finds_by_any_word() -> None:
    assert LIBRARY.search("glass")[0].name in ("borosilicate_glass", "fused_silica", "glass", "crystal", "fibreglass")
    assert "oak" in [material.name for material in LIBRARY.search("橡木")]
    assert LIBRARY.search("nothing like it") == []


def test_a_users_library_extends_and_names_what_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        """
sources: {bench: "our bench, 2 m drop"}
materials:
  sorbothane:
    parent: rubber
    english: [sorbothane, damping rubber]
    chinese: [减振胶]
    restitution: 0.1
    density: {value: 1320, low: 1280, high: 1360, source: bench, status: checked}
    color: "#2040a0"
  rubber: {density: 1250, english: [gum rubber]}
pairs:
  sorbothane+glass: {restitution: {value: 0.15, source: bench, status: checked}}
  rubber+concrete: {restitution: 0.66}
""",
        encoding="utf-8",
    )
    mine = LIBRARY.extended(path)
    made = mine.material("减振胶")
    assert made.density.source == "our bench, 2 m drop" and made.density.status == "checked"
    assert made.conductivity.status == "assumed" and "parent material rubber" in made.conductivity.source
    assert made.look == "rubber" and made.appearance.color == "#2040a0"
    assert mine.pair("sorbothane", "concrete").restitution.value == 0.1
    assert mine.pair("sorbothane", "concrete").friction.value == LIBRARY.pair("rubber", "concrete").friction.value
    assert mine.material("gum rubber").density.value == 1250
    assert mine.pair("rubber", "concrete").restitution.value == 0.66
    assert set(mine.replaced) == {"materials.rubber", "pairs.concrete+rubber"}
    assert not LIBRARY.has("sorbothane")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("materials: {goo: {density: 5}}", ["lacks", "parent"]),
        ("materials: {goo: {parent: jely}}", ["'jelly'"]),
        ("materials: {goo: {parent: slime}, slime: {parent: goo}}", ["circle"]),
        ("materials: {goo: {parent: jelly, english: [rubber]}}", ["already means rubber"]),
        ("materials: {goo: {parent: jelly, stickiness: 2}}", ["stickiness"]),
        ("materials: [goo]", ["mapping"]),
        ("materails: {}", ["materails"]),
        ("materials: {goo: {parent: jelly", ["not valid YAML"]),
        ("pairs: {rubber+goo: {friction: 1}}", ["'goo'"]),
    ],
)
def test_a_users_library_that_cannot_be_used_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        LIBRARY.extended(path)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_the_library_is_read_quickly_and_once() -> None:
    assert library() is library()
    start = time.perf_counter()
    again = library.__wrapped__()
    assert time.perf_counter() - start < 0.5 and again.names() == NAMES
