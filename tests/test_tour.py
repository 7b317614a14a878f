"""The notebook of the documentation runs as it is printed, and is small."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

TOUR = Path(__file__).parent.parent / "docs" / "tour.ipynb"


def test_every_cell_of_the_tour_runs_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cells in this process, each with what its last line shows: seconds instead of the start of a kernel."""
    for module in ("pandas", "pyarrow", "xarray"):
        pytest.importorskip(module)
    monkeypatch.chdir(TOUR.parent.parent)
    names: dict[str, Any] = {}
    shown = {}
    for cell in json.loads(TOUR.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "tour", "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "tour", "eval"), names)  # type: ignore[attr-defined]
                draw = getattr(value, "_repr_html_", None)
                shown[ast.unparse(last)] = draw() if draw is not None else repr(value)
    assert "<svg" in shown["ball"] and "<svg" in shown["clip.scene"] and "<svg" in shown["clip.trace[0.5:1.2]"]
    assert "materials.rubber.restitution" in shown["diff_runs(clip.run, lively.run)"]
    assert sum(map(len, shown.values())) < 200_000
    assert "Run again: the motion" in capsys.readouterr().out


@pytest.mark.slow
def test_the_tour_runs_in_a_notebook() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book = nbformat.read(TOUR, as_version=4)
    nbclient.NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(TOUR.parent.parent)}}
    ).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert not any(output.get("output_type") == "error" for output in outputs)
    assert sum("text/html" in output.get("data", {}) for output in outputs) >= 4
    assert len(nbformat.writes(book)) < 200_000


def test_the_tour_is_small_and_names_no_machine() -> None:
    text = TOUR.read_text(encoding="utf-8")
    assert len(text) < 200_000 and "/home/" not in text and "/tmp/" not in text and "/work/" not in text
