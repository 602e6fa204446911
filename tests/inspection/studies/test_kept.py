"""Predictions in a file: they come back with their bits, for the same weights and images only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from inspection_kit import moment_of

from cnnviz.data.catalogue import Split
from cnnviz.inspection.studies import kept
from cnnviz.inspection.studies.predicting import predict
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.predictions import Predictions

MOMENT = moment_of(TEMPLATES["fast"].project().network)


def split_of(count: int, seed: int = 0) -> Split:
    rng = np.random.default_rng(seed)
    return Split(rng.integers(0, 256, (count, 1, 28, 28), np.uint8), rng.integers(0, 10, count))


SPLIT = split_of(70)


@pytest.fixture(scope="module")
def made() -> Predictions:
    found = predict(MOMENT, SPLIT, "validation", lambda _: None, lambda: False)
    assert found is not None
    return found


def read(path: Path, moment: Moment = MOMENT, split: Split = SPLIT) -> Predictions | None:
    return kept.read(path, moment, split, "validation", kept.key_of(moment, split))


def test_predictions_come_back_with_their_bits(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "studies" / "one.safetensors"
    assert read(path) is None
    kept.write(path, made, kept.key_of(MOMENT, SPLIT))
    found = read(path)
    assert found is not None
    assert (found.split, found.run, found.step) == ("validation", MOMENT.run, MOMENT.step)
    for name in ("probabilities", "losses", "labels"):
        one, other = getattr(found, name), getattr(made, name)
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()


def test_other_weights_images_or_labels_have_other_predictions(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    kept.write(path, made, kept.key_of(MOMENT, SPLIT))
    name = next(iter(MOMENT.tensors))
    changed = MOMENT.tensors[name].clone()
    changed.view(-1)[0] += 1e-6
    labels, images = SPLIT.labels.copy(), SPLIT.images.copy()
    labels[3] = (labels[3] + 1) % 10
    images[-1] = 255 - images[-1]
    assert read(path) is not None
    assert read(path, replace(MOMENT, tensors={**MOMENT.tensors, name: changed})) is None
    assert read(path, replace(MOMENT, network=TEMPLATES["pytorch-tutorial"].project().network)) is None
    for other in (replace(SPLIT, labels=labels), replace(SPLIT, images=images), split_of(69)):
        assert read(path, split=other) is None


def test_a_damaged_file_is_not_believed(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    kept.write(path, made, kept.key_of(MOMENT, SPLIT))
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for at in rng.integers(0, len(whole), 60).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << int(rng.integers(8))]) + whole[at + 1 :])
        found = read(path)
        assert found is None or found.probabilities.tobytes() == made.probabilities.tobytes()
    for damaged in (b"", whole[:100], whole[:-1], whole + b"0", whole * 500):
        path.write_bytes(damaged)
        assert read(path) is None


def test_large_predictions_are_not_written(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    many = replace(made, probabilities=np.full((70, kept.MOST_BYTES // 280), 0.1, np.float32))
    kept.write(path, many, kept.key_of(MOMENT, SPLIT))
    assert not path.exists()
    # where nothing can be written, nothing is
    kept.write(tmp_path / "no" / "such" / "folder.safetensors", made, b"")
    assert not list(tmp_path.iterdir())
