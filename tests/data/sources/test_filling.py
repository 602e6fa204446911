"""Images larger than memory are decoded in the background, those that are wanted first, and kept when all are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from folders_of_pictures import coloured
from held_source import FORM, HeldSource
from training_kit import project, state_of, tensors

from cnnviz.data.catalogue import Split
from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import filling as module
from cnnviz.data.sources import own
from cnnviz.data.sources.filling import Arriving, Filling, Part
from cnnviz.data.sources.own import describe_path, faults_of
from cnnviz.data.survey import survey_path
from cnnviz.training import loop
from cnnviz.training.images import Images, TrainingData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    yield
    own.forget()
    module.stop_all()


def filled(source: HeldSource, folder: Path) -> Filling:
    rows = np.arange(len(source.contents))
    train = np.flatnonzero(rows % 4)
    return Filling(folder, source, FORM, {"train": Part("train", train), "validation": Part("train", rows[::4])})


def data_of(filling: Filling, source: HeldSource) -> TrainingData:
    def images(name: str) -> Images:
        part = filling.parts[name]
        return Images.of(Split(part.images, source.contents.labels["train"][part.rows], Arriving(filling, name)), CPU)

    none = Images(torch.empty((0, 1, 28, 28), dtype=torch.uint8), torch.empty(0, dtype=torch.int64))
    return TrainingData(images("train"), images("validation"), none)


def losses(data: TrainingData, epochs: int = 2) -> tuple[list[float], list[float]]:
    """The losses of the batches and of the validations."""
    state = state_of(project(epochs=epochs))
    batches, validations = [], []
    for moment in loop.train(state, data):
        if isinstance(moment, loop.BatchDone):
            batches.append(float(moment.loss))
        elif isinstance(moment, loop.Evaluated):
            validations.append(moment.loss)
    return batches, validations


def test_training_starts_with_the_first_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOGETHER", 16)
    source = HeldSource(tmp_path)
    filling = filled(source, tmp_path / "done")
    state = state_of(project(epochs=1))
    moments = loop.train(state, data_of(filling, source))
    assert isinstance(next(moments), loop.Waiting)
    # the decoder began with rows of its own choice; those of the first batches come next
    source.allow(16 + 3 * 16)
    for kind in (loop.BatchDone, loop.BatchDone, loop.Waiting):
        while not isinstance(next(moments), kind):
            pass
    assert filling.done < 100 < filling.total and not (tmp_path / "done").exists()
    source.allow()
    assert sum(isinstance(moment, loop.BatchDone) for moment in moments) > 10
    assert sorted(source.read_rows) == list(range(400))
    assert filling.wait("validation", np.arange(100), 10)
    assert np.array_equal(filling.parts["train"].images, source.images[filling.parts["train"].rows])


def test_the_bits_are_those_of_images_that_are_all_there(tmp_path: Path) -> None:
    broken = (1, 2, 8, 301)
    source = HeldSource(tmp_path, broken=broken)
    source.allow()
    filling = filled(source, tmp_path / "done")
    meanwhile = losses(data_of(filling, source))
    filling.stop()
    again = HeldSource(tmp_path, broken=broken)
    complete = filled(again, tmp_path / "done")
    assert complete.done == complete.total and not again.read_rows
    assert [fault.name for fault in complete.faults] == ["1", "2", "8", "301"]
    assert losses(data_of(complete, again)) == meanwhile


def test_damaged_images_are_left_out_of_batches_and_evaluations(tmp_path: Path) -> None:
    broken = (0, 4, 5)
    source = HeldSource(tmp_path, broken=broken)
    source.allow()
    data = data_of(filled(source, tmp_path / "done"), source)
    for images, rows in ((data.train, np.flatnonzero(np.arange(400) % 4)), (data.validation, np.arange(0, 400, 4))):
        while not images.are_decoded(torch.arange(len(images))):
            pass
        expected = [row for row in rows if row not in broken]
        part, labels = images.part(0, len(images))
        assert np.array_equal(part, source.images[expected]) and np.array_equal(labels, np.array(expected) % 10)
    (*_, evaluated) = loop.evaluate(state_of(project()), data.validation, "validation")
    without = Images(torch.tensor(source.images[8::4]), torch.arange(8, 400, 4) % 10)
    (*_, alone) = loop.evaluate(state_of(project()), without, "validation")
    assert isinstance(evaluated, loop.Evaluated) and isinstance(alone, loop.Evaluated)
    assert evaluated.accuracy == alone.accuracy and evaluated.loss == pytest.approx(alone.loss, rel=1e-6)


def test_what_goes_wrong_while_decoding_is_said(tmp_path: Path) -> None:
    source = HeldSource(tmp_path, fails_at=399)
    source.allow()
    filling = filled(source, tmp_path / "done")
    state = state_of(project(epochs=1))
    weights = tensors(state)
    with pytest.raises(DataError, match=r"No space left on device\. Make room on the disk"):
        list(loop.train(state, data_of(filling, source)))
    assert weights.keys() == tensors(state).keys()
    filling.stop()
    assert not list(tmp_path.glob("filling-*")) and not (tmp_path / "done").exists()


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    source = HeldSource(tmp_path)
    filling = filled(source, tmp_path / "done")
    filling._stopping = True
    source.allow(128)
    filling.stop()
    assert not list(tmp_path.iterdir())
    with pytest.raises(DataError, match="was broken off"):
        filling.wait("train", np.arange(300), 0)


def test_all_that_is_decoded_is_stopped_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = HeldSource(tmp_path), HeldSource(tmp_path)
    source_of = {filled(source, tmp_path / f"done-{at}"): source for at, source in enumerate(sources)}
    stop = Filling.stop

    def stopped(filling: Filling) -> None:
        filling._stopping = True
        source_of[filling].allow()
        stop(filling)

    monkeypatch.setattr(Filling, "stop", stopped)
    module.stop_all()
    assert not module._running and not list(tmp_path.iterdir())


def test_what_another_process_left_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "filling-99999999-abc").mkdir()
    source = HeldSource(tmp_path)
    source.allow()
    filling = filled(source, tmp_path / "done")
    filling.stop()
    assert not list(tmp_path.glob("filling-9*"))


def test_a_folder_larger_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    pets = coloured(tmp_path / "pets", count=100, sides=(32, 32))
    (pets / "犬" / "broken.png").write_bytes(b"")
    inside = describe_path(pets)
    expected = load_choice(inside.choice)
    own.forget()
    monkeypatch.setattr(own, "available", lambda: 1000)
    found = describe_path(pets)
    assert found.description.mean == pytest.approx(inside.description.mean, abs=1e-3)
    assert found.description.training == inside.description.training + 1
    for _ in range(2):
        data = load_choice(found.choice)
        assert isinstance(data.train.images, np.memmap) and len(faults_of(found.choice)) == 1
        for name in ("train", "validation", "test"):
            split, whole = getattr(data, name), getattr(expected, name)
            good = slice(None) if split.arriving is None else split.arriving.good(np.arange(len(split)))
            assert np.array_equal(split.images[good], whole.images) and np.array_equal(split.labels[good], whole.labels)
        own.forget()
    assert len(list((home / "cache" / "decoded").iterdir())) == 2


def test_a_folder_that_vanishes_while_it_is_trained_on_ends_the_run_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = coloured(tmp_path / "pets", count=40, suffixes=("png",), sides=(32, 32))
    monkeypatch.setattr(own, "available", lambda: 1000)
    monkeypatch.setattr(module, "TOGETHER", 8)
    choice = describe_path(pets).choice
    pets.rename(tmp_path / "away")
    with pytest.raises(DataError, match="is not there"):
        load_choice(choice)
    (tmp_path / "away").rename(pets)
    before = module.Filling._write

    def pull_out(self: Filling, *arguments: object) -> None:
        before(self, *arguments)  # type: ignore[arg-type]
        if pets.exists() and self.done >= 16:
            pets.rename(tmp_path / "away")

    with monkeypatch.context() as patch:
        patch.setattr(module.Filling, "_write", pull_out)
        with pytest.raises(DataError, match="has vanished while its pictures were read"):
            load_choice(choice)
    (tmp_path / "away").rename(pets)
    data = load_choice(choice)
    assert not faults_of(choice) and data.train.images.any((1, 2, 3)).all()


def test_a_survey_of_images_larger_than_memory_names_all_that_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = coloured(tmp_path / "pets", suffixes=("png",), sides=(32, 32))
    (pets / "wolf").mkdir()
    for number in range(3):
        (pets / "犬" / f"broken {number}.png").write_bytes(b"")
    monkeypatch.setattr(own, "available", lambda: 1000)
    # fewer than are broken are looked at beforehand
    monkeypatch.setattr(own, "SAMPLED", 2)
    found = survey_path(pets, None)
    assert found is not None
    assert [fault.name for fault in found.faults] == ["wolf", *(f"犬/broken {number}.png" for number in range(3))]


def test_the_command_trains_with_images_larger_than_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cnnviz.cli import main

    monkeypatch.setattr(own, "available", lambda: 1000)
    pets = coloured(tmp_path / "pets", count=60)
    (pets / "犬" / "broken.png").write_bytes(b"")
    assert main(["train", "fast", "--data", str(pets), "--epochs", "2", "--no-record", "--threads", "1"]) == 0
    assert "Test accuracy" in capsys.readouterr().out
    assert main(["data", "show", str(pets)]) == 0
    assert "1 file is left out" in capsys.readouterr().out
