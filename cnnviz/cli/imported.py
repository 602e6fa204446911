"""Writing an imported network with its weights: a project with a run of the library, or an archive."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.files import shown
from cnnviz.project.file import SUFFIX, save
from cnnviz.runs import archive
from cnnviz.runs.imported import add_imported
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.project.project import Project

NOT_WRITTEN = f"Nothing is written; --out NAME{archive.SUFFIX} writes the network with its weights."


def write_imported(
    out: Path, project: Project, tensors: Mapping[str, Tensor], network: str, source: Path, about: str
) -> str:
    """Write a network and its weights to ``out``; returns the id of the run in the library, empty for an archive.

    ``tensors`` are named and shaped as in the torch module, float32 and int64. ``network`` is the name of the project,
    ``source`` the file that it comes from. Raises RunError or ProjectFileError.
    """
    if out.suffix == SUFFIX:
        run = add_imported(runs_folder(), project, tensors, network, source, about)
        save(project, out, f"{run}@0")  # the run at step 0, as the window writes it
        return run
    with tempfile.TemporaryDirectory() as home:
        run = add_imported(Path(home), project, tensors, network, source, about)
        archive.write(Path(home) / run, out, project=project)
    return ""


def sentences_about(out: Path, run: str) -> list[str]:
    """The sentences about what was written."""
    lines = [f"“{shown(out)}” is written: cnnviz opens it with these weights."]
    if run:
        lines.append(f"Its run is {run}: see “cnnviz runs show {run}”.")
    return lines
