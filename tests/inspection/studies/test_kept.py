"""Results of studies in files: they come back with their bits, for the same weights and images only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from inspection_kit import moment_of

from cnnviz.data.catalogue import Split
from cnnviz.inspection.studies import kept
from cnnviz.inspection.studies.exciting import excite
from cnnviz.inspection.studies.fooling import measure_robustness
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
    return kept.read(
        path, kept.key_of(moment, split), lambda arrays: kept.predictions_of(arrays, moment, split, "validation")
    )


def write(path: Path, found: Predictions, key: bytes | None = None) -> None:
    kept.write(path, kept.arrays_of_predictions(found), kept.key_of(MOMENT, SPLIT) if key is None else key)


def test_predictions_come_back_with_their_bits(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "studies" / "one.safetensors"
    assert read(path) is None
    write(path, made)
    found = read(path)
    assert found is not None
    assert (found.split, found.run, found.step) == ("validation", MOMENT.run, MOMENT.step)
    for name in ("probabilities", "losses", "labels"):
        one, other = getattr(found, name), getattr(made, name)
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()


def test_other_weights_images_or_labels_have_other_predictions(made: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    write(path, made)
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
    write(path, made)
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
    write(path, many)
    assert not path.exists()
    # where nothing can be written, nothing is
    write(tmp_path / "no" / "such" / "folder.safetensors", made, b"")
    assert not list(tmp_path.iterdir())


def test_excitations_and_the_accuracy_under_attack_come_back(tmp_path: Path) -> None:
    path, key = tmp_path / "one.safetensors", kept.key_of(MOMENT, SPLIT)
    for node in ("conv1", "relu1", "fc1"):
        made = excite(MOMENT, SPLIT, node, lambda _: None, lambda: False)
        assert made is not None
        kept.write(path, kept.arrays_of_excitations(made), key)
        found = kept.read(path, key, lambda arrays, node=node: kept.excitations_of(arrays, MOMENT, SPLIT, node))  # type: ignore[misc]
        assert found is not None and found.rankings.keys() == made.rankings.keys()
        assert (found.node, found.shape, found.vector, found.count) == (node, made.shape, made.vector, 70)
        assert np.array_equal(found.means, made.means, equal_nan=True)
        for order, ranking in made.rankings.items():
            for field in ("images", "values", "positions"):
                assert np.array_equal(getattr(found.rankings[order], field), getattr(ranking, field))
    # those of another layer are not believed
    assert kept.read(path, key, lambda arrays: kept.excitations_of(arrays, MOMENT, SPLIT, "conv2")) is None
    few = Split(SPLIT.images[:9], SPLIT.labels[:9])
    curve = measure_robustness(MOMENT, few, "fgsm", "l2", lambda _: None, lambda: False)
    assert curve is not None
    kept.write(path, kept.arrays_of_robustness(curve), key)
    assert kept.read(path, key, lambda arrays: kept.robustness_of(arrays, MOMENT, few, "fgsm", "l2")) == curve
    assert kept.read(path, key, lambda arrays: kept.robustness_of(arrays, MOMENT, few, "fgsm", "linf")) is None
