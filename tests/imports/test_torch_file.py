"""State dicts of PyTorch are read as torch itself reads them; nothing of any other pickle is called."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections import OrderedDict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.pickles import PickleError, described
from cnnviz.imports.weights.stored import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

FORBIDDEN = (
    "os.system",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "compile",
    "exec",
    "import",
    "pickle.find_class",
)
_seen: list[str] = []
_armed = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _armed and event in FORBIDDEN:
        _seen.append(f"{event} {arguments[:1]}")


sys.addaudithook(_watch)


class _Hostile:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def _network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def _assert_read(path: Path, wanted: dict[str, Tensor]) -> None:
    file = open_weights(path)
    assert list(file.tensors) == list(wanted)
    for name, tensor in wanted.items():
        values = file.read(name)
        assert values.shape == tuple(tensor.shape)
        expected = tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()
        np.testing.assert_array_equal(values, expected)
        assert values.dtype == expected.dtype


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_state_dict_is_read_as_torch_reads_it(tmp_path: Path, protocol: int) -> None:
    state = _network().state_dict()
    torch.save(state, tmp_path / "net.pth", pickle_protocol=protocol)
    _assert_read(tmp_path / "net.pth", state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_of_numbers_become_float32_with_a_note(tmp_path: Path, dtype: torch.dtype) -> None:
    state = _network().to(dtype).state_dict()
    torch.save(state, tmp_path / "net.pth")
    _assert_read(tmp_path / "net.pth", state)
    (note,) = open_weights(tmp_path / "net.pth").notes
    assert str(dtype).removeprefix("torch.") in str(note)


def test_views_shared_and_transposed_tensors_are_read(tmp_path: Path) -> None:
    table = torch.randn(5, 7)
    state = {"a.weight": table.t(), "b.weight": table[1:3, ::2], "c.weight": table, "c.bias": nn.Parameter(table[4])}
    torch.save(state, tmp_path / "net.pt")
    _assert_read(tmp_path / "net.pt", state)


@pytest.mark.parametrize("key", ["state_dict", "model", "anything"])
def test_the_state_dict_in_a_checkpoint_is_found(tmp_path: Path, key: str) -> None:
    network = _network()
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.rand(2, 1, 3, 3)).sum().backward()
    optimizer.step()
    settings = SimpleNamespace(rate=0.1, best=np.float64(0.5))
    kept = {"epoch": 3, "optimizer": optimizer.state_dict(), "args": settings, key: network.state_dict()}
    torch.save(kept, tmp_path / "net.pth")
    _assert_read(tmp_path / "net.pth", network.state_dict())
    assert key in str(open_weights(tmp_path / "net.pth").notes[0])


def test_big_endian_values_are_read(tmp_path: Path) -> None:
    torch.save(OrderedDict(weight=torch.zeros(3)), tmp_path / "net.pth")
    with zipfile.ZipFile(tmp_path / "net.pth") as old, zipfile.ZipFile(tmp_path / "other.pth", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("/byteorder"):
                content = b"big"
            elif name.endswith("/data/0"):
                content = np.array([1, 2, 3], ">f4").tobytes()
            new.writestr(name, content)
    assert open_weights(tmp_path / "other.pth").read("weight").tolist() == [1, 2, 3]


def test_a_changed_value_is_noticed(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(100)}, tmp_path / "net.pth")
    content = (tmp_path / "net.pth").read_bytes()
    (tmp_path / "net.pth").write_bytes(content.replace(np.ones(3, np.float32).tobytes(), b"\0" * 12, 1))
    with pytest.raises(WeightsError, match="changed since"):
        open_weights(tmp_path / "net.pth").read("weight")


def test_files_of_other_kinds_are_refused_with_a_way_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save(_network().state_dict(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(WeightsError, match=r"before version 1\.6.*torch\.save\(torch\.load"):
        open_weights(path)
    torch.save(_network(), path)
    with pytest.raises(WeightsError, match=r"torch\.save\(model\.state_dict\(\)"):
        open_weights(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("net/data.pkl", "net/constants.pkl", "net/code/__torch__.py"):
            archive.writestr(name, b"")
    with pytest.raises(WeightsError, match="TorchScript"):
        open_weights(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(WeightsError, match=r"model of Keras.*ONNX"):
        open_weights(path)
    torch.save([torch.zeros(3)], path)
    with pytest.raises(WeightsError, match="no state dict"):
        open_weights(path)
    torch.save({"weight": torch.zeros(3)}, path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(WeightsError, match="packed anew"):
        open_weights(tmp_path / "packed.pth")
    for content, words in (
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"\x89HDF\r\n\x1a\n0000", "HDF5"),
        (b"", "empty"),
        (b"abc", "holds no weights"),
        (pickle.dumps({"a": 1}), "pickle"),
    ):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match=words):
            open_weights(path)
    with pytest.raises(WeightsError, match="could not be opened"):
        open_weights(tmp_path)


@pytest.mark.parametrize(
    "function",
    [os.system, subprocess.Popen, eval, exec, getattr, __import__, shutil.rmtree, open, pickle.loads, breakpoint],
)
def test_a_call_of_python_itself_is_refused_and_never_made(tmp_path: Path, function: Any) -> None:
    global _armed
    torch.save({"weight": torch.zeros(3), "extra": _Hostile(function, "raise SystemExit")}, tmp_path / "net.pth")
    open_weights(_plain(tmp_path))
    _seen.clear()
    _armed = True
    try:
        with pytest.raises(WeightsError, match=function.__name__):
            open_weights(tmp_path / "net.pth")
    finally:
        _armed = False
    assert not _seen


def _plain(folder: Path) -> Path:
    """An ordinary file: reading it imports what reading needs."""
    torch.save({"weight": torch.zeros(3)}, folder / "plain.pth")
    return folder / "plain.pth"


def test_objects_of_other_programs_are_left_out(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3), "extra": _Hostile(torch.nn.functional.relu, 1)}, tmp_path / "net.pth")
    file = open_weights(tmp_path / "net.pth")
    assert list(file.tensors) == ["weight"]
    assert "no weight" in str(file.notes[0])


def test_values_that_grow_are_refused() -> None:
    # a list that is copied into a dict again and again
    pairs = b"(" + b"(K\x01K\x02t" * 2_000 + b"l"
    again = b"ccollections\nOrderedDict\nh\x00\x85R0" * 10_000
    with pytest.raises(PickleError):
        described(b"\x80\x02" + pairs + b"q\x00" + again + b".")
    # a pair of pairs of pairs as a key: to compare it would take forever
    described(b"\x80\x02}()" + 60 * b"2\x86" + b"K\x01u.")


def test_a_tensor_that_repeats_values_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(1).expand(10**9)}, tmp_path / "net.pth")
    with pytest.raises(WeightsError, match="more values"):
        open_weights(tmp_path / "net.pth")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x02",
        b".",
        b"\x80\x02}",
        b"0.",
        b"(((((.",
        b"h\x05.",
        b"\x80\x02]\x8ap.",
        b"\x8d" + b"\xff" * 8 + b".",
    ],
)
def test_a_damaged_list_is_refused(content: bytes) -> None:
    with pytest.raises(PickleError):
        described(content)


def test_many_tensors_of_one_storage_do_not_each_read_all_of_it(tmp_path: Path) -> None:
    table = torch.arange(2.0**22).view(64, -1)
    torch.save({f"part{at}.weight": table[at] for at in range(64)}, tmp_path / "net.pth")
    file = open_weights(tmp_path / "net.pth")
    tracemalloc.start()
    try:
        for at in range(64):
            np.testing.assert_array_equal(file.read(f"part{at}.weight"), table[at].numpy())
        assert tracemalloc.get_traced_memory()[1] < table.nbytes / 2
    finally:
        tracemalloc.stop()
