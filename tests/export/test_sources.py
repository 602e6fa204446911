"""The moments of a recorded run as subjects of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from recorded_run import record

from cnnviz.export.sources import BEST, FIRST, LAST, recorded
from cnnviz.export.subject import ExportError
from cnnviz.runs.folder import RunError, weights
from cnnviz.sentence import SaidError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-00000001"
    record(folder)
    return folder


@pytest.mark.parametrize(("moment", "step"), [(FIRST, 0), (4, 4), (BEST, 9), (LAST, 9)])
def test_moments_are_found_by_name_and_by_step(run: Path, moment: str | int, step: int) -> None:
    subject = recorded(run, moment)
    _, tensors = weights(run, step)
    assert subject.stem == "small" and subject.tensors.keys() == tensors.keys()
    assert all(np.array_equal(subject.tensors[key], tensor.numpy()) for key, tensor in tensors.items())
    said = f"step {step} of the run “first try”"
    # an evaluation was recorded at step 9 only
    assert str(subject.origin) == (f"{said}; 50.00% of the validation images were right there" if step == 9 else said)


def test_a_moment_that_is_not_there_is_named_with_those_that_are(run: Path) -> None:
    with pytest.raises(ExportError, match="moments at the steps: 0, 4, 9"):
        recorded(run, 5)
    (run / "moments" / "000000000009" / "state.json").unlink()
    with pytest.raises(ExportError, match="best weights of this run are not known"):
        recorded(run, BEST)


def test_what_is_no_run_or_has_no_moment_is_a_sentence(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        recorded(tmp_path / "nothing")
    for file in sorted((run / "moments").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    with pytest.raises(SaidError, match="no recorded moment, so there are no weights"):
        recorded(run)
