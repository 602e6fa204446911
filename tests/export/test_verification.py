"""An export is verified by a process of its own, which has only the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from export_kit import made, one_of
from onnx_kit import logits_here, subject, subject_of_network

from cnnviz.data.catalogue import Split
from cnnviz.data.loading import load_choice
from cnnviz.export.formats import FORMATS, missing, not_verified, write
from cnnviz.export.subject import ExportError, Options, Subject, initial, stem_of, subject_of
from cnnviz.export.verification import verify
from cnnviz.network.graph import remove
from cnnviz.project.templates import TEMPLATES
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONNX = FORMATS["onnx"]


@pytest.fixture
def small() -> Subject:
    return subject_of_network(one_of(made("Conv2d", 3, 3)))


def some_images(of: Subject, count: int) -> Split:
    chance = np.random.default_rng(1)
    shape = of.input.shape
    return Split(chance.integers(0, 256, (count, *shape), np.uint8), chance.integers(0, 10, count))


@pytest.mark.parametrize("options", [Options(), Options(normalize=False, probabilities=True)])
def test_it_counts_what_is_right_here_and_there(tmp_path: Path, options: Options) -> None:
    project = TEMPLATES["lenet-5"].project()
    given = subject(project, "LeNet 5")
    dataset = load_choice(project.dataset).validation
    split = Split(dataset.images[:1200], dataset.labels[:1200])
    done: list[int] = []
    files = write(ONNX, given, tmp_path / "made", options)
    assert [file.name for file in files] == ["LeNet-5.onnx"]
    result = verify(ONNX, files, given, ("validation", split), done.append, lambda: False)
    assert result is not None and result.holds and result.images == 1200 == done[-1]
    predicted = logits_here(given, split.images.astype(np.float32) / np.float32(255)).argmax(1)
    assert result.right_here == int((predicted == split.labels).sum())
    assert result.right_there is not None and abs(result.right_there - result.right_here) <= result.changed
    assert result.program.startswith("onnxruntime") and 0 <= result.largest_difference < 1e-3
    assert str(result.sentence).startswith("Verified: onnxruntime")


def test_a_file_that_computes_something_else_does_not_hold(tmp_path: Path, small: Subject) -> None:
    files = write(ONNX, small, tmp_path, Options())
    model = onnx.load(files[0])
    weight = next(each for each in model.graph.initializer if each.name == "one.weight")
    weight.raw_data = (np.frombuffer(weight.raw_data, "<f4") * np.float32(1.01)).tobytes()
    onnx.save(model, files[0])
    result = verify(ONNX, files, small, ("validation", some_images(small, 9)), lambda _: None, lambda: False)
    assert result is not None and not result.holds
    assert str(result.sentence).startswith("Not the same:")


def test_without_images_noise_is_compared(tmp_path: Path, small: Subject) -> None:
    files = write(ONNX, small, tmp_path, Options())
    result = verify(ONNX, files, small, None, lambda _: None, lambda: False)
    assert result is not None and result.holds and result.right_here is None and result.split == "made"
    assert str(result.sentence).startswith("Verified:")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "could not run the file"), (b"nonsense", "could not run the file")]
)
def test_a_file_that_cannot_be_run_is_a_sentence(tmp_path: Path, small: Subject, content: bytes, reason: str) -> None:
    files = write(ONNX, small, tmp_path, Options())
    files[0].write_bytes(content)
    with pytest.raises(ExportError, match=reason):
        verify(ONNX, files, small, None, lambda _: None, lambda: False)


def test_it_can_be_cancelled(tmp_path: Path, small: Subject) -> None:
    files = write(ONNX, small, tmp_path, Options())
    done: list[int] = []
    images = ("validation", some_images(small, 1100))
    assert verify(ONNX, files, small, images, done.append, lambda: bool(done)) is None
    assert done and done[-1] < 1100


def test_other_images_are_refused(tmp_path: Path, small: Subject) -> None:
    split = Split(np.zeros((2, 1, 3, 3), np.uint8), np.zeros(2, np.int64))
    with pytest.raises(ExportError, match="do not have the size"):
        verify(ONNX, (tmp_path,), small, ("test", split), lambda _: None, lambda: False)


def test_a_package_that_is_not_installed_is_named_with_its_command() -> None:
    assert missing(ONNX) == ()
    absent = missing(replace(ONNX, running=("onnxruntime", "neither_this")))
    assert str(not_verified(absent)) == (
        "Not verified: that takes neither_this, which is not installed: pip install neither_this"
    )


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, small: Subject) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ExportError, match="Nothing could be written to"):
        write(ONNX, small, tmp_path / "taken", Options())


def test_first_weights_are_those_of_the_seed() -> None:
    project = TEMPLATES["lenet-5"].project()
    first, again = initial(project, "a"), initial(project, "a")
    assert first.tensors.keys() == again.tensors.keys() and first.classes == tuple("0123456789")
    assert all(np.array_equal(first.tensors[key], again.tensors[key]) for key in first.tensors)


def test_a_network_with_errors_is_refused() -> None:
    project = TEMPLATES["lenet-5"].project()
    broken = replace(project, network=remove(project.network, ["output"]))
    with pytest.raises(ExportError, match="A network with errors cannot be exported"):
        subject_of(broken, {}, Sentence("a test"), "x")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a/b", "a-b"),
        ("..", "network"),
        ("Grüße 1", "Grüße-1"),
        ("", "network"),
        ("x" * 999, "x" * 100),
        ("🦊 net", "fox-face-net"),
        ("🦊", "fox-face"),
        ("net ❤️", "net-heavy-black-heart"),
    ],
)
def test_names_of_files(name: str, stem: str) -> None:
    assert stem_of(name) == stem


def test_weights_beyond_two_gigabytes_are_refused(tmp_path: Path, small: Subject) -> None:
    huge = np.broadcast_to(np.zeros((), np.float32), (2**29,))
    with pytest.raises(ExportError, match=r"2\.1 GB"):
        write(ONNX, replace(small, tensors={"one.weight": huge}), tmp_path, Options())
    assert not _files(tmp_path)


def _files(folder: Path) -> Sequence[Path]:
    return list(folder.iterdir())
