"""``cnnviz evaluate``: numbers of a recorded run, beside those of torch and scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_score, recall_score

from cnnviz.cli import main
from cnnviz.data.catalogue import load
from cnnviz.network.shapes import infer
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.model import build_with


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
