"""Editing a run: the schema is named, mistakes name their line, what a person changes is `set`, and a watch goes on after a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hybrid.edit import DRAFT, SCHEMA, edit_run, marked, open_draft, system_editor, watch
from hybrid.pipeline import HybridPipeline
from hybrid.run_io import load_run
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Trace

SIMULATE = HybridPipeline(pictures=False)
TEXT = "A red rubber ball falls from two metres onto concrete and bounces three times"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    SIMULATE(TEXT, output=folder)
    return folder


@pytest.fixture
def run(original: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(original, tmp_path / "run"))


def replacing(old: str, new: str) -> Callable[[Path], None]:
    def editor(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return editor


def test_the_draft_names_a_schema_that_lies_beside_it_and_is_the_same_scene(run: Path) -> None:
    draft = open_draft(run)
    first = draft.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA}"
    schema = json.loads((run / SCHEMA).read_text(encoding="utf-8"))
    assert "bodies" in schema["properties"]
    assert Scene.load(draft) == Scene.load(run / "scene.yaml")


def test_an_edit_runs_and_says_what_came_of_it(run: Path) -> None:
    done = edit_run(run, pipeline=SIMULATE, editor=replacing("mass: 0.35", "mass: 0.7"))
    assert done is not None
    clip, found = done
    assert [row.key for row in found.cause][:1] == ["bodies.ball.mass"] and found.effect
    assert clip.scene.provenance["bodies.ball.mass"].source == "set"
    assert load_run(run).scene.bodies["ball"].mass == 0.7 and not (run / DRAFT).exists()
    assert "mass: 0.7 # set" in (run / "scene.yaml").read_text(encoding="utf-8")


def test_a_searched_value_that_a_person_changes_is_searched_no_more(run: Path) -> None:
    old = Scene.load(run / "scene.yaml")
    path = "pairs.rubber+concrete.restitution"
    assert marked(old, old) == old and old.provenance[path].source == "searched" and path in old.free
    done = edit_run(run, pipeline=SIMULATE, editor=replacing(f"restitution: {old.get(path)}", "restitution: 0.75"))
    assert done is not None
    scene = done[0].scene
    assert scene.provenance[path].source == "set" and path not in scene.free and scene.get(path) == 0.75


def test_nothing_changed_runs_nothing(run: Path) -> None:
    before = (run / "trace.npz").read_bytes()
    assert edit_run(run, pipeline=SIMULATE, editor=lambda path: None) is None
    assert (run / "trace.npz").read_bytes() == before and not (run / DRAFT).exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mass: 0.35", "mass: heavy", r"bodies\.ball\.mass.*line \d+"),
        ("mass: 0.35", "mas: 0.35", r"did you mean 'mass'.*line \d+"),
        ("radius: 0.11", "radius: -1", r"radius.*line \d+"),
        ("radius: 0.11", "radius: [0.11", r"not valid YAML at line \d+"),
        ("material: rubber", "material: rubbr", r"rubbr"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line_and_the_text_is_kept(run: Path, old: str, new: str, says: str) -> None:
    before = (run / "trace.npz").read_bytes()
    with pytest.raises(UserError, match=says) as caught:
        edit_run(run, pipeline=SIMULATE, editor=replacing(old, new))
    assert "\n" not in str(caught.value)
    assert (run / "trace.npz").read_bytes() == before
    assert new in (run / DRAFT).read_text(encoding="utf-8")
    assert edit_run(
        run, pipeline=SIMULATE, editor=replacing(new, "mass: 0.5" if "mas" in old else old)
    ) is None or Trace.load(run / "trace.npz")


def test_the_line_that_is_named_is_the_line_of_the_mistake(run: Path) -> None:
    editor = replacing("radius: 0.11", "radius: -1")
    with pytest.raises(UserError) as caught:
        edit_run(run, pipeline=SIMULATE, editor=editor)
    lines = (run / DRAFT).read_text(encoding="utf-8").splitlines()
    number = int(str(caught.value).split("line ")[1].split(".")[0])
    assert "radius: -1" in lines[number - 1]


def test_an_editor_that_is_missing_or_fails_is_said(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    with pytest.raises(UserError, match="EDITOR=nano"):
        system_editor(run / "scene.yaml")
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    with pytest.raises(UserError, match="not installed"):
        system_editor(run / "scene.yaml")
    monkeypatch.setenv("EDITOR", "false")
    with pytest.raises(UserError, match="status 1"):
        system_editor(run / "scene.yaml")
    monkeypatch.setenv("EDITOR", "sed -i 's/mass: 0.35/mass: 0.4/'")
    draft = open_draft(run)
    system_editor(draft)
    assert Scene.load(draft).bodies["ball"].mass == 0.4


def saves(draft: Path, steps: list[Callable[[Path], None] | None]) -> Callable[[], bool]:
    """A clock for the watch: at each look the next step saves the draft (None: does not), and then it ends."""
    pending: Iterator[Callable[[Path], None] | None] = iter(steps)

    def wait() -> bool:
        try:
            step = next(pending)
        except StopIteration:
            return False
        if step is not None:
            step(draft)
        return True

    return wait


def test_a_watch_runs_each_save_and_survives_mistakes(run: Path) -> None:
    before = (run / "trace.npz").read_bytes()
    draft, said, shown = open_draft(run), [], []
    steps = [
        None,
        replacing("mass: 0.35", "mass: 0.7"),
        None,
        replacing("mass: 0.7", "mass: heavy"),
        replacing("mass: heavy", "mass: 0.7"),  # back to what ran last: nothing to do
        replacing("radius: 0.11", "radius: 0.2"),
        lambda path: path.unlink(),
    ]
    count = watch(
        run, pipeline=SIMULATE, say=said.append, wait=saves(draft, steps), show=lambda clip, found: shown.append(found)
    )
    assert count == 2 and len(shown) == 2
    assert sum("must be a number" in sentence for sentence in said) == 1
    assert [row.key for row in shown[1].cause][:1] == ["bodies.ball.shape.radius"]
    tried = load_run(run / "draft")
    assert tried.scene.bodies["ball"].mass == 0.7 and tried.scene.bodies["ball"].shape.radius == 0.2  # type: ignore[union-attr]
    assert (run / "trace.npz").read_bytes() == before


def test_comments_of_a_scene_say_where_its_values_come_from_and_are_not_read(run: Path) -> None:
    text = (run / "scene.yaml").read_text(encoding="utf-8")
    for word in ("# stated: 'red rubber ball'", "# known: ", "# searched: honest range 0.5–0.85"):
        assert word in text
    scene = Scene.from_yaml(text)
    assert scene.to_yaml() == text
    bare = "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))
    assert Scene.from_yaml(bare) == scene
    again = SIMULATE.simulate(scene).trace
    again.save(run / "again.npz")
    assert (run / "again.npz").read_bytes() == (run / "trace.npz").read_bytes()
    chinese = SIMULATE.plan("红色橡胶球从两米高处落下").to_yaml()
    assert "# 写明：“" in chinese and Scene.from_yaml(chinese).to_yaml() == chinese
