"""``cnnviz evaluate``: numbers of a recorded run, beside those of torch and scikit-learn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import precision_score, recall_score

from cnnviz.cli import main
from cnnviz.data.catalogue import load
from cnnviz.network.shapes import infer
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path


def test_a_recorded_run_is_evaluated(capsys: pytest.CaptureFixture[str], recording: None) -> None:
    assert main(["train", "fast", "--batches", "12", "--precision", "float32", "--json"]) == 0
    (run,) = Library(runs_folder()).runs()
    capsys.readouterr()
    assert main(["evaluate", run.id[:12], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["split"] == "validation" and found["images"] == 5000 and found["step"] == 12
    project, tensors = weights(runs_folder() / run.id, 12)
    module = build_with(project.network, infer(project.network), tensors)
    split = load("mnist").validation
    with torch.inference_mode():
        logits = module(torch.tensor(split.images).float() / 255)[0]
    said = logits.argmax(1).numpy()
    assert found["accuracy"] == pytest.approx((said == split.labels).mean())
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(split.labels))
    assert found["loss"] == pytest.approx(float(loss), rel=1e-4)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (split.labels, said), 1)
    assert found["confusion"] == confusion.tolist()
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        theirs = score(split.labels, said, average=None, zero_division=np.nan)
        assert [np.nan if one is None else one for one in found[name]] == pytest.approx(theirs, nan_ok=True)
    assert main(["evaluate", run.id, "--step", "0", "--split", "test"]) == 0
    text = capsys.readouterr().out
    assert "of 10,000 test images are right" in text and "at step 0" in text
    assert main(["evaluate", run.id, "--step", "5"]) == 2
    assert "no such recorded moment" in capsys.readouterr().err
    assert main(["evaluate", "nothing"]) == 2
    assert "There is no recorded run" in capsys.readouterr().err


def test_a_prediction_is_explained(capsys: pytest.CaptureFixture[str], recording: None, tmp_path: Path) -> None:
    assert main(["train", "fast", "--batches", "12", "--precision", "float32", "--json"]) == 0
    (run,) = Library(runs_folder()).runs()
    capsys.readouterr()
    values, picture = tmp_path / "why.npy", tmp_path / "why.png"
    assert main(["explain", run.id, "--image", "3", "--class", "7", "--out", str(values), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    shown = np.load(values)
    assert shown.shape == (28, 28) and found["sum"] == pytest.approx(float(shown.sum()), abs=1e-4)
    assert found["sum"] == pytest.approx(found["logit"] - found["logit_of_black"], rel=0.01)
    assert main(["explain", run.id, "--image", "3", "--method", "grad-cam", "--out", str(picture)]) == 0
    assert "not a reason" in capsys.readouterr().out
    with Image.open(picture) as opened:
        assert opened.size == (280, 280)
    for wrong, sentence in (
        (["--image", "5000"], "from 0 to 4,999"),
        (["--image", "1", "--class", "10"], "no class number 10"),
        (["--image", "1", "--method", "grad-cam", "--layer", "fc1"], "outputs are maps"),
        (["--image", "1", "--out", "why.gif"], ".npy or .png"),
    ):
        assert main(["explain", run.id, *wrong]) == 2
        assert sentence in capsys.readouterr().err
