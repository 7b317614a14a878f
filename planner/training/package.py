"""Write the trained pipeline with its licence and attribution, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["package_pipeline"]

_ATTRIBUTION = """# Attribution

The weights and lemma tables in this folder were trained on, and derived from, **UD English-EWT** (Universal Dependencies, the English Web Treebank),
by Natalia Silveira, Timothy Dozat, Christopher Manning, Sebastian Schuster, Ethan Chi, John Bauer, Miriam Connor, Marie-Catherine de Marneffe,
Nathan Schneider, Sam Bowman, Hanzhi Zhu, Daniel Galbraith and contributors, <https://universaldependencies.org/treebanks/en_ewt/>,
licensed under Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0): see LICENSE-EWT.txt.

Changes: the treebank's sentences were mixed with sentences that a grammar of described scenes makes (`planner/training/`), and a spaCy pipeline
(tok2vec, tagger, morphologizer, dependency parser, rule lemmatizer) was trained on the mixture. No sentence of the treebank is contained in this folder.

The contents of this folder are licensed under CC BY-SA 4.0 as well.
"""


def package_pipeline(nlp: Language, output: Path, treebank: Path) -> None:
    """Save `nlp` to `output` with LICENSE-EWT.txt (copied from `treebank`) and ATTRIBUTION.md; an older folder is replaced by rename."""
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}-"))
    _without_word_list(nlp, temporary).to_disk(temporary)
    shutil.copyfile(Path(treebank) / "LICENSE-EWT.txt", temporary / "LICENSE-EWT.txt")
    (temporary / "ATTRIBUTION.md").write_text(_ATTRIBUTION, encoding="utf-8", newline="\n")
    temporary.chmod(0o755)
    old = temporary.with_name(temporary.name + "-old")
    if output.exists():
        os.replace(output, old)
    os.replace(temporary, output)
    shutil.rmtree(old, ignore_errors=True)


def _without_word_list(nlp: Language, folder: Path) -> Language:
    """The same pipeline without the list of all words met in training, which a loaded pipeline has no use for."""
    import spacy

    nlp.to_disk(folder, exclude=["vocab"])
    slim = spacy.load(folder)
    for name in slim.pipe_names:
        pipe = slim.get_pipe(name)
        for label in getattr(pipe, "labels", ()):
            slim.vocab.strings.add(label)
        for analysis in getattr(pipe, "cfg", {}).get("labels_morph", {}).values():
            slim.vocab.morphology.add(analysis)
    return slim
