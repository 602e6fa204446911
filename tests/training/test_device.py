"""Where a training is computed: devices that are not there or do not answer, and what moves between two of them."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from training_kit import advance, data, project, state_of, tensors

from cnnviz import control_group
from cnnviz.training import checkpoint, checkpoint_entry, device
from cnnviz.training.device import DeviceError, Placement, free_memory, place
from cnnviz.training.failure import explain
from cnnviz.training.modules import SeededDropout
from cnnviz.training.resources import TrainingResources

if TYPE_CHECKING:
    from pathlib import Path

CPU = torch.device("cpu")


@pytest.fixture
def one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that the driver lists; where there is none in truth it does not answer."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)


@pytest.mark.usefixtures("one_gpu")
def test_a_gpu_of_a_number_that_is_not_there_is_refused_before_it_is_used() -> None:
    with pytest.raises(DeviceError, match="There is no “cuda:5” on this computer; choose “cuda”"):
        place("cuda:5", "auto", 1)


@pytest.mark.usefixtures("one_gpu")
def test_a_gpu_that_does_not_answer_is_a_sentence_and_is_not_taken_by_auto(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nmore of it")

    monkeypatch.setattr(torch, "zeros", refuse)
    sentence = r"The GPU “cuda:0” cannot be used \(CUDA error: no kernel image .* the device\); choose “cpu”\.$"
    with pytest.raises(DeviceError, match=sentence):
        place("cuda:0", "auto", 1)
    with caplog.at_level(logging.WARNING):
        assert place("auto", "float32", 1) == Placement(CPU, "float32", 1)
    assert "the GPU is not used" in caplog.text


@pytest.mark.usefixtures("one_gpu")
def test_a_gpu_has_a_number_as_the_devices_of_its_tensors_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.training.device._trouble", lambda _: "")
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    assert place("cuda", "float32", 1).device == place("auto", "float32", 1).device == torch.device("cuda:0")


@pytest.mark.parametrize(("limit", "cores"), [("150000 100000", 1), ("50000 100000", 1), ("max 100000", 3), ("", 3)])
def test_a_container_gets_no_more_threads_than_it_may_keep_busy(
    limit: str, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_group, "folder", lambda: tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: 8)
    (tmp_path / "cpu.max").write_text(limit)
    assert device.physical_cores() == cores


def test_memory_of_processors_is_told_by_the_system() -> None:
    assert free_memory(CPU) is None


@pytest.mark.parametrize("repeatable", [False, True])
def test_a_repeatable_training_on_a_gpu_takes_deterministic_algorithms(repeatable: bool) -> None:
    one = project(repeatable=repeatable)
    there = TrainingResources("cpu", 1)
    try:
        there.use(Placement(torch.device("cuda"), "float32", 1), one.recipe)
        assert device.deterministic() == repeatable
    finally:
        there.close()
    assert not device.deterministic()


def test_images_follow_a_run_that_goes_on_elsewhere() -> None:
    one = project()
    there = TrainingResources("cpu", 1)
    try:
        first, _ = there.prepare(one)
        assert there.data is not None and there.data.train.images.device == first.device == CPU
        meta = Placement(torch.device("meta"), "float32", 1)
        assert there.prepare(one, meta)[0] == meta
        assert there.data.train.images.device == there.data.test.labels.device == meta.device
        there.prepare(one)
        assert there.data.train.images.device == CPU
    finally:
        there.close()


def test_a_run_of_a_gpu_with_dropout_goes_on_on_the_processor(tmp_path: Path) -> None:
    one = project(dropout=0.5)
    state = state_of(one)
    advance(state, data(), 3)
    checkpoint.save(replace(state, placement=Placement(torch.device("cuda"), "float32", 1)), one, tmp_path)
    # the state of a generator of a GPU has 16 bytes: seed and offset
    _with_tensor(tmp_path, "dropout/drop1", torch.zeros(16, dtype=torch.uint8))
    ends = []
    for _ in range(2):
        _, again = checkpoint.load(tmp_path, "cpu")
        assert again.step == 3
        advance(again, data(), 3)
        ends.append(tensors(again))
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())
    masks = again.module._modules["drop1"]
    assert isinstance(masks, SeededDropout) and masks.generator is not None
    assert masks.generator.initial_seed() != masks.seed


def _with_tensor(folder: Path, name: str, tensor: torch.Tensor) -> None:
    """The checkpoint with another tensor, sealed anew."""
    path = folder / checkpoint_entry.STATE
    body = json.loads(path.read_text(encoding="utf-8"))["state"]
    file = folder / body["tensors"]
    save_file({**load_file(file), name: tensor}, file)
    body["sha256"] = checkpoint._sha256(file)
    path.write_text(json.dumps({"state": body, "sha256": checkpoint_entry._seal(body)}), encoding="utf-8")


@pytest.mark.parametrize(
    "said",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ],
)
def test_memory_that_a_gpu_lacks_is_told_whoever_misses_it(said: str) -> None:
    assert "not enough memory" in str(explain(RuntimeError(said), 64))
