"""Many prompts: one broken line never stops the rest, what is finished is kept, and the page shows them side by side."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hybrid.batch import make_many, read_rows
from hybrid.pipeline import HybridPipeline
from hybrid.report.gallery import gallery_page
from scenes.errors import RunError, UserError

SIMULATE = HybridPipeline(pictures=False)
OPTIONS: dict[str, Any] = {"seed": None, "set": {}, "seconds": 0.8, "size": (160, 96), "fps": 16.0}
GOOD = "A rubber ball falls from 0.5 m onto wood"


def prompts(folder: Path, *rows: Any) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows),
        encoding="utf-8",
    )
    return path


def summary(folder: Path) -> dict[str, dict[str, Any]]:
    return {str(row["id"]): row for row in json.loads((folder / "summary.json").read_text(encoding="utf-8"))}


class Counting:
    """A pipeline that counts its runs, and breaks where it is told to."""

    tier, backend, pictures = "preview", "auto", False

    def __init__(self, fault: Exception | None = None, at: str = "") -> None:
        self.made: list[str] = []
        self.fault, self.at = fault, at

    def __call__(self, text: str, **options: Any) -> Any:
        self.made.append(text)
        if self.fault is not None and self.at in text:
            raise self.fault
        return SIMULATE(text, **options)


def test_broken_rows_stop_nothing_and_cost_the_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = prompts(tmp_path, {"id": "a", "text": GOOD}, "not json", {"id": "zh", "text": "它动了一下"}, {"id": "n"}, {"id": "b", "text": GOOD, "set": {"bodies.bal.mass": 1}},
                     {"id": "c", "text": GOOD, "set": {"bodies.ball.mass": 1.0}})  # fmt: skip
    assert make_many(SIMULATE, source, tmp_path / "out", OPTIONS) == 2
    rows = summary(tmp_path / "out")
    assert [row["exit_status"] for row in rows.values()] == [0, 2, 2, 2, 2, 0]
    assert (
        "line 2 is not JSON" in rows["row-2"]["note"] and "物体" in rows["zh"]["note"] and "'ball'" in rows["b"]["note"]
    )
    assert rows["c"]["outcomes"] and (tmp_path / "out" / "c" / "trace.npz").is_file()
    lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("[") for line in lines) == 6 and lines[-1].endswith("index.html")


@pytest.mark.parametrize(
    "fault", [RunError("no memory left"), OSError("disk full"), ZeroDivisionError("a defect"), MemoryError()]
)
def test_a_run_that_fails_is_told_and_the_rest_go_on(tmp_path: Path, fault: Exception) -> None:
    source = prompts(tmp_path, {"id": "a", "text": "A steel ball falls"}, {"id": "b", "text": GOOD})
    pipeline: Any = Counting(fault, "steel")
    assert make_many(pipeline, source, tmp_path / "out", OPTIONS) == 1
    rows = summary(tmp_path / "out")
    assert rows["a"]["exit_status"] == 1 and rows["a"]["note"] and rows["b"]["exit_status"] == 0


def test_what_is_finished_is_kept_until_something_of_it_changes(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": GOOD}, {"id": "b", "text": GOOD, "seed": 3}]
    pipeline: Any = Counting()
    source, out = prompts(tmp_path, *rows), tmp_path / "out"
    make_many(pipeline, source, out, OPTIONS)
    before = (out / "a" / "trace.npz").stat().st_mtime_ns
    make_many(pipeline, source, out, OPTIONS)
    assert len(pipeline.made) == 2 and (out / "a" / "trace.npz").stat().st_mtime_ns == before
    assert [row["state"] for row in summary(out).values()] == ["kept", "kept"]
    make_many(pipeline, prompts(tmp_path, rows[0], {**rows[1], "seed": 4}), out, OPTIONS)
    assert len(pipeline.made) == 3
    make_many(pipeline, source, out, {**OPTIONS, "seconds": 0.5})
    assert len(pipeline.made) == 5
    (out / "a" / "report.json").write_text("{ cut", encoding="utf-8")
    make_many(pipeline, prompts(tmp_path, rows[0]), out, {**OPTIONS, "seconds": 0.5})
    assert len(pipeline.made) == 6 and summary(out)["a"]["state"] == "done"


def test_an_interrupt_leaves_a_summary_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source, out = (
        prompts(tmp_path, {"id": "a", "text": GOOD}, {"id": "b", "text": "A steel ball falls from 0.5 m"}),
        tmp_path / "out",
    )
    pipeline: Any = Counting(KeyboardInterrupt(), "steel")  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        make_many(pipeline, source, out, OPTIONS)
    assert summary(out)["a"]["exit_status"] == 0 and summary(out)["b"]["exit_status"] is None
    pipeline = Counting()
    assert make_many(pipeline, source, out, OPTIONS) == 0 and pipeline.made == ["A steel ball falls from 0.5 m"]


def test_ids_that_look_alike_as_folders_do_not_share_one(tmp_path: Path) -> None:
    source = prompts(tmp_path, {"id": "a/b", "text": GOOD}, {"id": "a b", "text": GOOD}, {"id": "../up", "text": GOOD})
    make_many(SIMULATE, source, tmp_path / "out", OPTIONS)
    folders = [row["folder"] for row in summary(tmp_path / "out").values()]
    assert len(set(folders)) == 3 and all((tmp_path / "out" / folder / "report.html").is_file() for folder in folders)
    assert not (tmp_path / "up").exists()


def test_a_file_that_is_no_list_of_prompts_is_refused(tmp_path: Path) -> None:
    for text, hint in (("", "no lines"), ('{"id": 1, "text": "a"}\n{"id": 1, "text": "b"}\n', "twice")):
        path = tmp_path / "p.jsonl"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=hint):
            read_rows(path, lenient=True)
    with pytest.raises(UserError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    (tmp_path / "p.jsonl").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 1 is not JSON"):
        read_rows(tmp_path / "p.jsonl")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def test_the_page_puts_variants_side_by_side_and_needs_no_network(tmp_path: Path) -> None:
    base = {
        "exit_status": 0,
        "state": "done",
        "note": "",
        "took": 1.0,
        "outcomes": [{"asked": "falls", "happened": True, "evidence": "by 2 m"}],
    }
    rows = [
        {
            **base,
            "id": "x",
            "text": "on wood <b>",
            "folder": "x",
            "group": "floors",
            "variant": "wood",
            "set": {"bodies.ball.mass": 0.2},
        },
        {**base, "id": "y", "text": "on grass", "folder": "y", "group": "floors", "variant": "grass", "exit_status": 3},
        {
            **base,
            "id": "z",
            "text": "alone",
            "folder": "z",
            "state": "failed",
            "exit_status": 2,
            "note": "no thing is named",
            "outcomes": [],
        },
    ]
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.html").write_text("", encoding="utf-8")
    page = _Page(gallery_page(tmp_path, rows))
    assert sum(tag == "article" for tag, _ in page.tags) == 3
    assert [
        dict(a).get("class") for tag, a in page.tags if tag == "div" and dict(a).get("class") in ("side", "grid")
    ] == ["side", "grid"]
    assert (
        "on wood <b>" in page.said
        and "bodies.ball.mass = 0.2" in page.said
        and "no thing is named" in page.said
        and "1 of 3 as asked" in page.said
    )
    links = [
        str(value)
        for _, attrs in page.tags
        for key, value in attrs.items()
        if key in ("src", "href", "poster") and value
    ]
    assert links == ["x/report.html", "y/report.html"]


@pytest.mark.slow
def test_the_page_shows_a_picture_of_each_clip(tmp_path: Path) -> None:
    source = prompts(tmp_path, {"id": "球", "text": "红球从半米高处落到地上"})
    pipeline = HybridPipeline("preview", tier="draft", workers=1)
    make_many(pipeline, source, tmp_path / "out", {**OPTIONS, "seconds": 0.5})
    page = _Page((tmp_path / "out" / "index.html").read_text(encoding="utf-8"))
    video = next(attrs for tag, attrs in page.tags if tag == "video")
    assert (
        str(video["poster"]).startswith("data:image/jpeg;base64,") and (tmp_path / "out" / str(video["src"])).is_file()
    )
    assert "如所要求" in page.said
