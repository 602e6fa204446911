"""An export is written aside, verified and moved into place, or nothing of it is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from export_kit import made, one_of
from full_disk import full_disk
from onnx_kit import subject, subject_of_network

from cnnviz.data.catalogue import Split
from cnnviz.export import exporting
from cnnviz.export.exporting import Progress, export, images_of, places
from cnnviz.export.formats import FORMATS, Format, write
from cnnviz.export.subject import ExportError, Options, Subject
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_torch_thread")

TORCH, WEIGHTS = FORMATS["torch"], FORMATS["safetensors"]


@pytest.fixture
def small() -> Subject:
    return subject_of_network(one_of(made("Conv2d", 3, 3)))


def some_images(of: Subject, count: int = 40) -> tuple[str, Split]:
    chance = np.random.default_rng(1)
    shape = of.input.shape
    return "validation", Split(chance.integers(0, 256, (count, *shape), np.uint8), chance.integers(0, 10, count))


@pytest.mark.usefixtures("warm_program")
def test_a_folder_is_verified_and_says_so(tmp_path: Path, small: Subject) -> None:
    told: list[Progress] = []
    out = tmp_path / "new" / "deep"
    done = export(TORCH, small, out, lambda: some_images(small), told.append)
    assert done is not None and done.verified and not done.failed
    assert (done.place,) == places(small, (TORCH,), out) and done.place.is_dir()
    assert [path.name for path in out.iterdir()] == ["network-pytorch"]
    assert done.files[0] == done.place / "predict.py" and all(path.is_file() for path in done.files)
    text = (done.place / "README.md").read_text(encoding="utf-8")
    assert str(done.sentence) in text and "Verified: PyTorch" in text and "From a test." in text
    assert told[0] == Progress(TORCH) and told[-1] == Progress(TORCH, verifying=True, done=40, images=40)


def test_what_is_there_stays_unless_it_is_replaced(tmp_path: Path, small: Subject) -> None:
    (tmp_path / "network-pytorch").mkdir()
    (tmp_path / "network-pytorch" / "mine").write_text("")
    (tmp_path / "network.safetensors").write_text("mine")
    for format in (TORCH, WEIGHTS):
        with pytest.raises(ExportError, match="is there already"):
            export(format, small, tmp_path, lambda: None, verified=False)
    assert (tmp_path / "network.safetensors").read_text() == "mine"
    for format in (TORCH, WEIGHTS):
        done = export(format, small, tmp_path, lambda: None, verified=False, replace=True)
        assert done is not None and str(done.sentence) == "It was not verified."
    assert not (tmp_path / "network-pytorch" / "mine").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network-pytorch", "network.safetensors"]


@pytest.mark.parametrize("verifying", [False, True])
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, small: Subject, verifying: bool) -> None:
    told: list[Progress] = []
    out = tmp_path / "new"

    def cancelled() -> bool:
        return bool(told) and told[-1].verifying == verifying

    assert export(TORCH, small, out, lambda: some_images(small), told.append, cancelled) is None
    assert not out.exists()


def test_tracing_is_ended_when_it_is_cancelled(tmp_path: Path, small: Subject) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    assert export(FORMATS["pt2"], small, tmp_path / "new", lambda: None, cancelled=cancelled) is None
    assert not (tmp_path / "new").exists() and len(asked) < 9


@pytest.mark.usefixtures("warm_program")
def test_a_failed_verification_is_in_the_name(tmp_path: Path, small: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(format: Format, given: Subject, folder: Path, options: Options, _: object) -> tuple[Path, ...]:
        other = {key: np.asarray(array, np.float32) * np.float32(1.01) for key, array in given.tensors.items()}
        return write(format, replace(given, tensors=other), folder, options)

    monkeypatch.setattr(exporting, "write", spoilt)
    done = export(WEIGHTS, small, tmp_path, lambda: some_images(small))
    assert done is not None and done.failed and not done.verified and str(done.sentence).startswith("Not the same")
    assert done.place.name == "network-unverified.safetensors" and done.files == (done.place,)

    def torn(format: Format, given: Subject, folder: Path, options: Options, _: object) -> tuple[Path, ...]:
        files = write(format, given, folder, options)
        (files[0].parent / "weights.safetensors").write_bytes(b"torn")
        return files

    monkeypatch.setattr(exporting, "write", torn)
    done = export(TORCH, small, tmp_path, lambda: some_images(small))
    assert done is not None and done.failed and "could not run the file" in str(done.sentence)
    assert done.place.name == "network-unverified-pytorch" and done.files[0].is_file()
    assert "could not run the file" in (done.place / "README.md").read_text(encoding="utf-8")


def test_without_the_other_program_it_is_written_and_says_what_to_install(tmp_path: Path, small: Subject) -> None:
    lonely = replace(FORMATS["keras"], running=("no_such_package",))
    done = export(lonely, small, tmp_path, lambda: None)
    assert done is not None and not done.verified and not done.failed and done.place.name == "network-keras"
    assert str(done.sentence).endswith("pip install no_such_package")
    assert str(done.sentence) in (done.place / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("format", [TORCH, WEIGHTS, FORMATS["keras"]])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, small: Subject, format: Format) -> None:
    out = tmp_path / "new"
    with full_disk(300), pytest.raises(ExportError, match=r"could be (written|exported) to"):
        export(format, small, out, lambda: None)
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path, small: Subject) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"Nothing could be exported to “.*file”: "):
        export(TORCH, small, tmp_path / "file", lambda: None)


def test_the_images_set_aside_verify(small: Subject) -> None:
    given = subject(TEMPLATES["lenet-5"].project())
    found = images_of(given)
    assert found is not None and found[0] == "validation" and len(found[1]) == 5000
    assert images_of(small) is None, "of another size than MNIST"
