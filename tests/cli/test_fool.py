"""``cnnviz fool``: what is written and printed, beside the network of the recorded run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from cnnviz.cli import main
from cnnviz.data.catalogue import load
from cnnviz.network.shapes import infer
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path


def test_an_image_is_changed_and_written(capsys: pytest.CaptureFixture[str], recording: None, tmp_path: Path) -> None:
    assert main(["train", "fast", "--batches", "12", "--precision", "float32", "--json"]) == 0
    (run,) = Library(runs_folder()).runs()
    capsys.readouterr()
    values, picture = tmp_path / "fooled.npy", tmp_path / "fooled.png"
    assert main(["fool", run.id, "--image", "3", "--out", str(values), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    image, split = np.load(values), load("mnist").validation
    assert image.shape == (1, 28, 28) and image.dtype == np.uint8
    change = image.astype(int) - split.images[3]
    assert np.abs(change).max() == found["largest_change"] <= found["size"] and found["label"] == split.labels[3]
    project, tensors = weights(runs_folder() / run.id, 12)
    module = build_with(project.network, infer(project.network), tensors)
    with torch.inference_mode():
        shares = module(torch.tensor(image[np.newaxis]).float() / 255)[0].softmax(1)[0]
    assert found["fooled"] and int(shares.argmax()) == found["says"] != found["predicted"]
    assert found["probabilities_after"] == pytest.approx(shares.tolist(), abs=1e-5)
    l2 = ["--norm", "l2", "--size", "60", "--method", "fgsm", "--out", str(picture)]
    assert main(["fool", run.id, "--image", "3", *l2]) == 0
    assert "at most 60 of 255 for the length" in capsys.readouterr().out
    with Image.open(picture) as opened:
        assert opened.size == (28, 28) and opened.mode == "L"
        assert np.linalg.norm(np.asarray(opened).astype(float) - split.images[3][0]) <= 60
    assert main(["fool", run.id, "--images", "40", "--method", "fgsm", "--json"]) == 0
    curve = json.loads(capsys.readouterr().out)
    assert curve["sizes"][:2] == [0, 1] and curve["right"] == [round(share * 40) for share in curve["accuracy"]]
    assert main(["fool", run.id, "--images", "40", "--method", "fgsm"]) == 0
    assert "Of 40 validation images" in capsys.readouterr().out
    for wrong, sentence in (
        (["--image", "5000"], "from 0 to 4,999"),
        (["--image", "1", "--class", "10"], "no class number 10"),
        (["--image", "1", "--size", "256"], "from 1 to 255"),
        (["--image", "1", "--out", "it.gif"], ".npy or .png"),
        (["--images", "0"], "at least 1"),
        (["--images", "5", "--size", "3"], "cannot be combined"),
    ):
        assert main(["fool", run.id, *wrong]) == 2
        assert sentence in capsys.readouterr().err
