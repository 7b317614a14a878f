"""Editing a run: its scene in an editor with the schema named for it, checked, run again from what changed, and the difference shown."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid.diff import RunDiff, changed_values, diff_runs
from hybrid.run_io import load_run
from scenes.errors import UserError
from scenes.files import write_text
from scenes.scene import Provenance, Scene

if TYPE_CHECKING:
    from hybrid.pipeline import Clip, HybridPipeline

__all__ = ["DRAFT", "SCHEMA", "edit_run", "marked", "open_draft", "system_editor", "watch"]

DRAFT, SCHEMA, TRIALS = "scene.draft.yaml", "scene.schema.json", "draft"
HEADER = f"# yaml-language-server: $schema={SCHEMA}\n"
POLL = 0.3  # [s] between looks at the file
Editor = Callable[[Path], None]


def system_editor(path: Path) -> None:
    """Open a file in $VISUAL or $EDITOR and wait. UserError when neither is set or it cannot be started."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        raise UserError(
            f"No editor is named: set EDITOR, for example EDITOR=nano, or edit {path} and run it with hybrid make."
        )
    words = shlex.split(command)
    if shutil.which(words[0]) is None:
        raise UserError(f"The editor {words[0]!r} is not installed: set EDITOR to one that is.")
    done = subprocess.run([*words, str(path)], check=False)
    if done.returncode != 0:
        raise UserError(
            f"The editor {words[0]!r} ended with status {done.returncode}, so nothing was run; {path} is as it left it."
        )


def open_draft(folder: Path) -> Path:
    """The draft of a run's scene, with its JSON Schema beside it; one that an earlier edit left unfinished is taken up again."""
    draft = folder / DRAFT
    write_text(folder / SCHEMA, json.dumps(Scene.model_json_schema(by_alias=True), ensure_ascii=False, indent=1) + "\n")
    if not draft.is_file():
        write_text(draft, HEADER + Scene.load(folder / "scene.yaml").to_yaml())
    return draft


def marked(old: Scene, new: Scene) -> Scene:
    """The edited scene with its provenance brought up to date: what the person changed is `set`, and is searched no more."""
    changed = {path for path, _, after in changed_values(old, new) if after is not None}
    changed = {path for path in changed if path.split(".")[0] not in ("title", "text", "language", "free", "schema")}
    provenance: dict[str, Provenance] = {}
    free = dict(new.free)
    for path, entry in new.provenance.items():
        try:
            new.get(path)
        except UserError:
            continue  # of something that was removed
        touched = [one for one in changed if one == path or one.startswith(path + ".")]
        if touched and entry == old.provenance.get(path):
            provenance[path] = Provenance(source="set")
            free.pop(path, None)
            changed -= set(touched)
        else:
            provenance[path] = entry
            changed.discard(path)
    provenance.update({path: Provenance(source="set") for path in sorted(changed) if path not in provenance})
    return new.model_copy(update={"provenance": provenance, "free": free})


def edit_run(
    folder: Path, *, pipeline: HybridPipeline, editor: Editor = system_editor, output: Path | None = None
) -> tuple[Clip, RunDiff] | None:
    """Edit the scene of the run in `folder` and run what changed, in place or into `output`; None when nothing was changed.

    Raises UserError when the edited scene cannot be used; the text is kept as `scene.draft.yaml`, and the next edit goes on with it.
    """
    from hybrid.again import again

    old = load_run(folder)
    draft = open_draft(folder)
    editor(draft)
    try:
        scene = Scene.load(draft)
    except UserError as error:
        raise UserError(f"{error} Your text is kept in {draft}; edit again to go on with it.") from error
    if not changed_values(old.scene, scene):
        draft.unlink()
        return None
    clip = again(pipeline, old, marked(old.scene, scene), output=output or folder)
    draft.unlink()
    return clip, diff_runs(old, clip.run)


def watch(
    folder: Path, *, pipeline: HybridPipeline, say: Callable[[str], None], wait: Callable[[], bool] | None = None,
    show: Callable[[Clip, RunDiff], None] | None = None,
) -> int:  # fmt: skip
    """Each time the draft of the run in `folder` is saved, run what changed into `folder/draft`; returns how often it ran.

    `wait` pauses and says whether to go on (for ever, when None); a scene that cannot be used is told by `say`, and the watch goes on.
    """
    from hybrid.again import again

    first = load_run(folder)
    run, draft, seen, runs = first, open_draft(folder), "", 0
    seen = draft.read_text(encoding="utf-8")
    go_on = wait or _pause
    while go_on():
        try:
            text = draft.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # an editor replaces the file: it is back at the next look
        if text == seen:
            continue
        seen = text
        try:
            scene = Scene.from_yaml(text, name=draft.name)
            if not changed_values(run.scene, scene):
                continue
            clip = again(pipeline, run, marked(run.scene, scene), output=folder / TRIALS)
        except UserError as error:
            say(str(error))
            continue
        runs += 1
        say(clip.ran)
        if show is not None:
            show(clip, diff_runs(run, clip.run))
        run = clip.run
    return runs


def _pause() -> bool:
    time.sleep(POLL)
    return True
