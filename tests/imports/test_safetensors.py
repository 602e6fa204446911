"""Safetensors files of other programs are read, with their layers in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.stored import WeightsError

if TYPE_CHECKING:
    from pathlib import Path


def test_values_come_back_as_float32(tmp_path: Path) -> None:
    state = {
        "a.weight": torch.randn(3, 4),
        "b.weight": torch.randn(5).to(torch.bfloat16),
        "c.weight": torch.randn(2, 2).half(),
        "c.num_batches_tracked": torch.tensor(7),
    }
    save_file(state, tmp_path / "w.safetensors")
    file = open_weights(tmp_path / "w.safetensors")
    assert file.format == "safetensors"
    for name, tensor in state.items():
        kind = torch.float32 if tensor.is_floating_point() else torch.int64
        np.testing.assert_array_equal(file.read(name), tensor.to(kind).numpy())
    assert "bfloat16, float16" in str(file.notes[-1])


def test_layers_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = [f"features.{at}.weight" for at in (0, 2, 10, 11)]
    save_file({name: torch.zeros(at + 1) for at, name in enumerate(names)}, tmp_path / "w.safetensors")
    assert list(open_weights(tmp_path / "w.safetensors").tensors) == names


def test_a_superscript_is_no_number(tmp_path: Path) -> None:
    names = ["layer1.weight", "layer1²3.weight", "²"]
    save_file({name: torch.zeros(1) for name in names}, tmp_path / "w.safetensors")
    assert sorted(open_weights(tmp_path / "w.safetensors").tensors) == sorted(names)


def test_types_that_no_layer_has_are_left_out(tmp_path: Path) -> None:
    state = {"a.weight": torch.zeros(2), "b.weight": torch.zeros(2, dtype=torch.float8_e4m3fn)}
    save_file(state, tmp_path / "w.safetensors")
    file = open_weights(tmp_path / "w.safetensors")
    assert list(file.tensors) == ["a.weight"]
    assert "“b.weight” is not read" in str(file.notes[0])


def test_a_tensor_with_too_many_axes_is_left_out_for_this_reason(tmp_path: Path) -> None:
    state = {"a.weight": torch.zeros(2), "b.weight": torch.zeros((1,) * 17)}
    save_file(state, tmp_path / "w.safetensors")
    file = open_weights(tmp_path / "w.safetensors")
    assert list(file.tensors) == ["a.weight"]
    assert str(file.notes[0]) == "“b.weight” is not read, because it has 17 axes."


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    save_file({"a.weight": torch.zeros(100)}, tmp_path / "w.safetensors")
    content = (tmp_path / "w.safetensors").read_bytes()
    (tmp_path / "w.safetensors").write_bytes(content[:-10])
    with pytest.raises(WeightsError, match="It is truncated or damaged"):
        open_weights(tmp_path / "w.safetensors")
