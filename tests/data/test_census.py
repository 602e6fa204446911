"""The census of a dataset beside a plain loop over its images."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.data import census as counting
from cnnviz.data.catalogue import Dataset, Split, load
from cnnviz.data.census import take_census


def random_dataset(classes: int = 4, seed: int = 0) -> Dataset:
    """Images (3, 5, 6) in three splits; the last class has no images, and some images occur in several splits."""
    chance = np.random.default_rng(seed)

    def split(count: int) -> Split:
        images = chance.integers(0, 256, (count, 3, 5, 6), np.uint8)
        return Split(images, chance.integers(0, classes - 1, count))

    train, validation, test = split(60), split(11), split(13)
    validation.images[3], test.images[5], test.images[7] = train.images[8], train.images[8], validation.images[2]
    # twice in one split is no duplicate between splits
    train.images[20] = train.images[21]
    names = tuple(map(str, range(classes)))
    return Dataset("d", "D", names, train, validation, test, (0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize("block", [7 * 90, 2**22])
def test_the_numbers_are_those_of_a_plain_loop(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_BLOCK_BYTES", block)
    dataset = random_dataset()
    found = take_census(dataset)
    assert found is not None
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    for name, split in splits.items():
        assert found.counts[name].tolist() == [list(split.labels).count(label) for label in range(4)]
    histogram = np.zeros((3, 256), np.int64)
    members: dict[int, list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]] = {label: [] for label in range(4)}
    for split in (dataset.train, dataset.validation):
        for image, label in zip(split.images, split.labels, strict=True):
            members[int(label)].append(image)
            for channel in range(3):
                for value in image[channel].ravel():
                    histogram[channel, value] += 1
    assert np.array_equal(found.histogram, histogram)
    for label, images in members.items():
        mean = np.rint(np.mean(images, 0)) if images else np.zeros((3, 5, 6))
        assert np.array_equal(found.means[label], mean)
        listed = [row for row, each in enumerate(dataset.train.labels) if each == label]
        assert found.samples[label].tolist() == listed[: counting.SAMPLES]
    assert {(each.split, each.row, each.earlier, each.earlier_row) for each in found.duplicates} == {
        ("validation", 3, "train", 8),
        ("test", 5, "train", 8),
        ("test", 7, "validation", 2),
    }
    assert found.duplicate_count == 3


def test_mnist_has_no_duplicates_between_its_splits_and_its_known_mean() -> None:
    dataset = load("mnist")
    seen: list[tuple[int, int]] = []
    found = take_census(dataset, lambda done, total: seen.append((done, total)))
    assert found is not None
    values = np.arange(256) / 255
    shares = found.histogram[0] / found.histogram.sum()
    assert float(values @ shares) == pytest.approx(0.1307, abs=5e-5)
    assert int(sum(each.sum() for each in found.counts.values())) == 70_000
    assert found.duplicate_count == 0
    assert seen[-1] == (70_000, 70_000) and seen == sorted(seen)


def test_a_census_is_cancelled_and_an_empty_split_is_counted() -> None:
    dataset = random_dataset()
    assert take_census(dataset, cancelled=lambda: True) is None
    none = Split(np.empty((0, 3, 5, 6), np.uint8), np.empty(0, np.int64))
    empty = Dataset("d", "D", dataset.classes, dataset.train, none, none, (0.5,) * 3, (0.5,) * 3)
    found = take_census(empty)
    assert found is not None and found.duplicate_count == 0 and not found.counts["test"].any()


def test_mean_images_of_many_classes_take_no_more_than_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MEAN_BYTES", 2 * 4 * 90)
    found = take_census(random_dataset())
    assert found is not None and len(found.means) == 2 and len(found.samples) == 4
