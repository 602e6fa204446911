"""The table of runs: folders for its rows, and what it says."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex

from cnnviz.gui.panels.runs.columns import column_of
from cnnviz.runs.entries import of_metrics
from cnnviz.runs.folder import FACTS, FORMAT, NUMBERS, VERSION
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from cnnviz.gui.panels.runs.panel import RunsPanel
    from cnnviz.runs.summary import Facts


def cell(panel: RunsPanel, title: str) -> str:
    return str(panel.model.index(0, column_of(title), QModelIndex()).data())


def write_runs(*facts: Facts) -> None:
    """Folders of runs as a recorder leaves them, but without moments."""
    for number, each in enumerate(facts):
        folder = runs_folder() / f"20260101-00000{number}-aaaaaaaa"
        folder.mkdir(parents=True)
        (folder / FACTS).write_text(json.dumps({"format": FORMAT, "version": VERSION, "facts": asdict(each)}))
        (folder / NUMBERS).write_bytes(
            b"".join(map(of_metrics, (Evaluation(1, "validation", 1, 10, 0.1 * number, 0.9 + 0.01 * number, 2.0),)))
        )


def names(panel: RunsPanel) -> list[str]:
    """The names that the user gave, else the networks, from the top of the table."""
    runs = map(panel.found.run, range(panel.found.rowCount()))
    return [run.name or run.facts.network for run in runs]
