"""Importing torch takes over a second, so nothing that shows a window imports it, and nothing below gui imports Qt."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LIGHT = [
    "cnnviz.cli",
    "cnnviz.cli.check",
    "cnnviz.cli.runs",
    "cnnviz.cli.runs.comparing",
    "cnnviz.cli.runs.files",
    "cnnviz.cli.runs.listing",
    "cnnviz.cli.runs.resuming",
    "cnnviz.cli.templates",
    "cnnviz.cli.window",
    "cnnviz.data.catalogue",
    "cnnviz.code.write.keras",
    "cnnviz.code.read.paste",
    "cnnviz.code.write.pytorch",
    "cnnviz.cli.export",
    "cnnviz.export.exporting",
    "cnnviz.export.folders",
    "cnnviz.export.formats",
    "cnnviz.export.sources",
    "cnnviz.export.subject",
    "cnnviz.export.verification",
    "cnnviz.imports.imported",
    "cnnviz.imports.onnx.reading",
    "cnnviz.inspection.answers",
    "cnnviz.inspection.observer",
    "cnnviz.inspection.snapshot",
    "cnnviz.jobs",
    "cnnviz.network.check",
    "cnnviz.network.graph",
    "cnnviz.network.layers",
    "cnnviz.network.problems",
    "cnnviz.project.edits",
    "cnnviz.project.file",
    "cnnviz.project.recovery",
    "cnnviz.project.templates",
    "cnnviz.resources",
    "cnnviz.runs.archive",
    "cnnviz.runs.index",
    "cnnviz.runs.library",
    "cnnviz.runs.recorder",
    "cnnviz.runs.summary",
    "cnnviz.runs.writer",
    "cnnviz.settings",
    "cnnviz.training.channels",
    "cnnviz.training.commands",
    "cnnviz.training.facts",
    "cnnviz.training.hooks",
    "cnnviz.training.layer_time",
    "cnnviz.training.rate_finder",
    "cnnviz.training.rate_sweep",
    "cnnviz.training.session",
    "cnnviz.training.standing",
    "cnnviz.training.timing_job",
]


@pytest.mark.parametrize("module", LIGHT)
def test_no_torch_and_no_qt(module: str) -> None:
    assert not _imported(module) & {"torch", "torchvision", "PySide6", "pyqtgraph"}


@pytest.mark.parametrize("module", ["cnnviz.gui.main_window", "cnnviz.gui.app"])
def test_no_torch_in_the_window(module: str) -> None:
    assert not _imported(module) & {"torch", "torchvision"}


@pytest.mark.parametrize("module", ["cnnviz.network.check", "cnnviz.network.graph"])
def test_networks_need_the_standard_library_alone(module: str) -> None:
    assert _imported(module) - sys.stdlib_module_names == {"cnnviz"}


def _imported(module: str) -> set[str]:
    """Top-level names of all that a fresh interpreter has after importing ``module``, but for what it starts with."""
    code = f"import json, sys; old = set(sys.modules); import {module}; print(json.dumps([*sys.modules.keys() - old]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}
