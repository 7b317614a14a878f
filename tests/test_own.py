"""Libraries of one's own: materials, meshes, objects and verbs are read, planned and simulated like the product's; conflicts are named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hybrid.cli import app
from hybrid.pipeline import HybridPipeline
from hybrid.run_io import load_run
from scenes.catalogue import catalogue
from scenes.errors import UserError
from scenes.materials import library
from scenes.own import GROUP, VARIABLE, use_libraries

MINE = """
sources: {lab: "own measurement, 2026"}
materials:
  superflex:
    parent: rubber
    english: [super flex]
    chinese: [超弹胶]
    density: 1050
    restitution: {value: 0.9, low: 0.85, high: 0.93, source: lab}
  rubber: {density: 1200}
pairs:
  superflex+concrete: {restitution: {value: 0.8, low: 0.78, high: 0.82, source: lab}}
objects:
  gizmo: {en: [gizmos], zh: [小玩意儿], mesh: gizmo.stl, material: superflex, color: '#d08020'}
verbs:
  plonk: {like: fall, en: [plonk down], zh: [扑通掉下]}
"""


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    use_libraries([])
    yield
    use_libraries([])


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    import trimesh

    folder = tmp_path / "mine"
    folder.mkdir()
    solid = trimesh.creation.icosphere(subdivisions=2, radius=0.05)
    solid.apply_scale([1.0, 0.7, 0.8])
    solid.export(folder / "gizmo.stl")
    (folder / "mine.yaml").write_text(MINE, encoding="utf-8")
    return folder


def wrong(folder: Path, text: str) -> str:
    path = folder / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    names = library().names()
    with pytest.raises(UserError) as caught:
        use_libraries([path])
    assert "\n" not in str(caught.value) and "wrong.yaml" in str(caught.value)
    assert library().names() == names, "a library that cannot be used must leave everything as it was"
    return str(caught.value)


def test_a_material_of_ones_own_is_read_in_both_languages_and_used(mine: Path) -> None:
    assert not library().has("superflex")
    changed = use_libraries([mine])
    assert changed == ("mine.yaml changes materials.rubber (density 1200)",)
    pipeline = HybridPipeline(pictures=False)
    for text in ("A superflex ball falls from 2 m onto concrete", "超弹胶球从两米高处落到水泥地上"):
        scene = pipeline.plan(text)
        assert scene.bodies["ball"].material == "superflex"
        run = pipeline.simulate(scene)
        assert run.trace["ball"].bounces[0]["restitution"] == pytest.approx(
            0.8, abs=0.01
        )  # the pair is narrower than the material
    assert library().pair("superflex", "steel").restitution.value == 0.9
    assert (
        library()
        .with_overrides(materials={"superflex": {"restitution": 0.5}})
        .pair("superflex", "concrete")
        .restitution.value
        == 0.5
    )


def test_an_object_with_a_mesh_and_a_verb_of_ones_own_plan_and_fall(mine: Path) -> None:
    use_libraries([mine])
    pipeline = HybridPipeline(pictures=False)
    for text in ("A gizmo plonks from a height of 2 m onto the floor", "一个小玩意儿从两米高处扑通掉下"):
        frame = pipeline.parse(text)
        assert frame.entities[0].head == "gizmo" and "plonk" in [event.verb for event in frame.events]
        run = pipeline.simulate(pipeline.plan(text))
        body = run.scene.bodies["gizmo"]
        assert body.shape.type == "mesh" and body.material == "superflex"  # type: ignore[union-attr]
        assert run.trace["gizmo"].height[0] == pytest.approx(2.0, abs=0.02) and run.trace.contacts_of("gizmo")
        assert run.outcomes and all(outcome.happened for outcome in run.outcomes)


def test_leaving_a_library_leaves_nothing_behind(mine: Path) -> None:
    use_libraries([mine])
    assert catalogue().get("gizmo") is not None and library().material("rubber").density.value == 1200
    use_libraries([])
    assert (
        catalogue().get("gizmo") is None
        and not library().has("superflex")
        and library().material("rubber").density.value != 1200
    )


def test_a_library_of_a_package_is_found_by_its_entry_point(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    about = site / "their_materials-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-materials\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = their_materials:library\n", encoding="utf-8")
    (site / "their_materials.py").write_text(
        f"def library():\n    return {str(mine / 'mine.yaml')!r}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(site))
    use_libraries([])
    assert library().has("super flex") and catalogue().get("gizmo") is not None
    monkeypatch.undo()
    use_libraries([])
    assert not library().has("super flex")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("materials: {superflex: {parent: rubbr}}", "'rubber'"),
        ("materials: {superflex: {parent: rubber, densty: 3}}", "'density'"),
        ("materials: {superflex: {parent: rubber, english: [steel]}}", "already means steel"),
        ("objects: {gizmo: {en: [ball], shape: {type: sphere, radius: 0.1}}}", "already means 'ball'"),
        ("objects: {gizmo: {zh: [猫], shape: {type: sphere, radius: 0.1}}}", "already means 'cat'"),
        ("objects: {gizmo: {material: wood}}", "no shape"),
        ("objects: {gizmo: {mesh: none.stl}}", "does not exist"),
        ("objects: {gizmo: {shape: {type: sphere, radius: -1}}}", "greater than 0"),
        ("objects: {gizmo: {shape: {type: sphere, radius: 1}, material: woood}}", "'wood'"),
        ("objects: {gizmo: {shape: {type: sphere, radius: 1}, hypernym: anmal}}", "'animal'"),
        ("verbs: {plonk: {en: [plonk]}}", "needs 'like'"),
        ("verbs: {plonk: {like: fall, zh: 扑通}}", "list of words"),
        ("verbs: {plonk: {lik: fall}}", "'like'"),
        ("matrials: {}", "'materials'"),
        ("materials: [1]", "mapping by name"),
        ("materials: {a: [}", "line 1"),
        ("just words", "must be a mapping"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    said = wrong(tmp_path, text)
    assert says in said, said


def test_a_verb_that_is_like_none_offers_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("verbs: {plonk: {like: fal}}", encoding="utf-8")
    with pytest.raises(UserError, match="'fall'"):
        app(["plan", "a ball plonks", "--library", str(path)], standalone_mode=False)


def test_paths_that_are_no_libraries(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none.yaml", "no library"), (tmp_path, "holds no library")):
        with pytest.raises(UserError, match=says):
            use_libraries([path])


def test_the_commands_take_a_library_and_a_run_keeps_what_it_needs(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    app(
        [
            "simulate",
            "A superflex ball falls from 1 m onto concrete",
            "--materials",
            str(mine),
            "-o",
            str(out),
            "--seconds",
            "0.6",
            "--quiet",
        ],
        standalone_mode=False,
    )
    assert "changes materials.rubber" in capsys.readouterr().err
    before = (out / "trace.npz").read_bytes()
    use_libraries([])
    assert not library().has("superflex")
    run = load_run(out)  # its own library.yaml says what superflex is
    assert library().has("superflex") and run.trace["ball"].mass > 0
    use_libraries([])
    app(
        ["simulate", str(out / "scene.yaml"), "-o", str(tmp_path / "again"), "--seconds", "0.6", "--quiet"],
        standalone_mode=False,
    )
    assert (tmp_path / "again" / "trace.npz").read_bytes() == before


def test_materials_are_found_by_words_and_by_their_figures(capsys: pytest.CaptureFixture[str]) -> None:
    app(
        ["materials", "--where", "density>7000", "--where", "conductivity>=100,state=solid", "--json"],
        standalone_mode=False,
    )
    found = json.loads(capsys.readouterr().out)
    names = {row["name"] for row in found}
    assert {"copper", "silver"} <= names and "steel" not in names and "wood" not in names
    assert all(row["values"]["density"]["value"] > 7000 for row in found)
    app(["materials", "--find", "橡胶", "--json"], standalone_mode=False)
    assert "rubber" in {row["name"] for row in json.loads(capsys.readouterr().out)}
    for text, says in (
        ("densty>1", "'density'"),
        ("density", "no condition"),
        ("density>much", "no number"),
        ("state>solid", "is a word"),
    ):
        with pytest.raises(UserError, match=says):
            app(["materials", "--where", text], standalone_mode=False)


def test_a_material_shows_every_figure_its_source_and_where_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    app(["materials", "橡胶", "--json"], standalone_mode=False)
    data = json.loads(capsys.readouterr().out)
    assert data["name"] == "rubber" and set(data["values"]) == set(library().material("rubber").values())
    assert all({"value", "low", "high", "unit", "source", "status"} <= set(value) for value in data["values"].values())
    assert "concrete" in data["pairs"] and "tire" in data["objects"]
    app(["materials", "rubber"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "recalled" in shown and "Used by the objects" in shown and "tire" in shown
    with pytest.raises(UserError, match="did you mean 'rubber'"):
        app(["materials", "rubbber"], standalone_mode=False)
