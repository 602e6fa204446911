"""MNIST as it comes with the program, and its split."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.catalogue import Dataset, describe, load, validation_indices
from cnnviz.data.errors import DataError
from cnnviz.resources import resource

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TRAINING_LABELS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_LABELS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return load("mnist")


def test_mnist_is_whole(mnist: Dataset) -> None:
    assert mnist.train.images.shape == (55_000, 1, 28, 28)
    assert mnist.validation.images.shape == (5000, 1, 28, 28)
    assert mnist.test.images.shape == (10_000, 1, 28, 28)
    for split in (mnist.train, mnist.validation, mnist.test):
        assert split.images.dtype == np.uint8
        assert split.labels.dtype == np.int64
        assert split.labels.shape == (len(split),)
    both = np.bincount(mnist.train.labels) + np.bincount(mnist.validation.labels)
    assert both.tolist() == TRAINING_LABELS
    assert np.bincount(mnist.test.labels).tolist() == TEST_LABELS


def test_mean_and_deviation_are_those_of_the_pixels(mnist: Dataset) -> None:
    pixels = np.concatenate([mnist.train.images.ravel(), mnist.validation.images.ravel()])
    counts = np.bincount(pixels, minlength=256) / pixels.size
    values = np.arange(256) / 255
    mean = float((counts * values).sum())
    deviation = float(np.sqrt((counts * (values - mean) ** 2).sum()))
    assert (round(mean, 4), round(deviation, 4)) == (mnist.mean[0], mnist.std[0])


def test_the_description_is_what_is_loaded(mnist: Dataset) -> None:
    described = describe("mnist")
    assert mnist.train.images.shape[1:] == described.image
    assert len(mnist.train) + len(mnist.validation) == described.training
    assert len(mnist.test) == described.test
    assert mnist.classes == described.classes == tuple("0123456789")


def test_what_is_known_of_images_that_are_not_at_hand_can_be_asked_for_but_not_loaded() -> None:
    described = describe("imagenet")
    assert (described.image, len(described.classes), described.at_hand) == ((3, 224, 224), 1000, False)
    with pytest.raises(DataError, match="The images of ImageNet do not come with the program"):
        load("imagenet")


def test_the_arrays_are_shared_and_cannot_be_written(mnist: Dataset) -> None:
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: load("mnist", 5000, 0), range(8)))
    assert all(one is mnist for one in again)
    for split in (mnist.train, mnist.validation, mnist.test):
        with pytest.raises(ValueError, match="read-only"):
            split.images[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            split.labels[0] = 0


def test_the_split_of_a_seed_is_the_same_for_ever(mnist: Dataset) -> None:
    digest = hashlib.sha256(mnist.validation.images.tobytes() + mnist.validation.labels.tobytes()).hexdigest()
    assert digest == "e69f5bbbf27ae37c06d7c6a7bf0337ba0af82229796b125be7dbed0511927d7b"


def test_another_seed_sets_other_images_aside(mnist: Dataset) -> None:
    other = load("mnist", 5000, 1)
    assert not np.array_equal(other.validation.images, mnist.validation.images)
    assert np.array_equal(np.bincount(other.validation.labels), np.bincount(mnist.validation.labels))


labels_of_any_kind = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(lambda some: np.array(some, np.int64))


@given(labels_of_any_kind, st.integers(0, 2**31 - 1), st.data())
def test_a_split_is_stratified_and_exact(labels: NDArray[np.int64], seed: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(labels)))
    aside = validation_indices(labels, count, seed)
    assert len(aside) == len(set(aside.tolist())) == count
    assert sorted(aside.tolist()) == aside.tolist()
    for label in set(labels.tolist()):
        share = count * int((labels == label).sum()) / len(labels)
        assert abs(int((labels[aside] == label).sum()) - share) < 1
    np.testing.assert_array_equal(aside, validation_indices(labels.copy(), count, seed))


def test_a_truncated_file_is_a_sentence(tmp_path: Path) -> None:
    for file in resource("datasets/mnist").glob("*.gz"):
        shutil.copy(file, tmp_path)
    images = tmp_path / "train-images-idx3-ubyte.gz"
    content = images.read_bytes()
    images.write_bytes(content[: len(content) // 2])
    with pytest.raises(
        DataError, match=r"^“train-images-idx3-ubyte.gz” is truncated\. Replace it by a complete copy\.$"
    ):
        load("mnist", folder=tmp_path)


def test_a_folder_without_files_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"^“train-images-idx3-ubyte.gz” could not be read: No such file or directory\.$"
    ):
        load("mnist", folder=tmp_path)


def test_an_unknown_data_set_is_a_sentence() -> None:
    for call in (describe, load):
        with pytest.raises(DataError, match=r"^There is no data set named “cats”; those that come .*: mnist\.$"):
            call("cats")


@pytest.mark.parametrize("count", [60_000, 10**9, -1])
def test_more_validation_images_than_there_are_is_a_sentence(count: int) -> None:
    with pytest.raises(
        DataError, match=r"^MNIST has 60,000 training images, so .* cannot be set aside for validation\.$"
    ):
        load("mnist", count)


def test_nothing_set_aside_leaves_an_empty_split() -> None:
    whole = load("mnist", 0)
    assert len(whole.validation) == 0
    assert whole.validation.images.shape == (0, 1, 28, 28)
    assert np.bincount(whole.train.labels).tolist() == TRAINING_LABELS
