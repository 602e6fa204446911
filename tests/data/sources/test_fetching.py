"""Public datasets in the forms in which their authors publish them, from a server on this machine or from a folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from loopback import Loopback, serving
from published_sets import IMAGES, LABELS, matlab_file, published

from cnnviz.cli import main
from cnnviz.cli.data import fetching as command
from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import registry
from cnnviz.data.sources.fetching import fetch
from cnnviz.data.sources.public import PUBLIC
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as state:
        yield state


@pytest.mark.parametrize(
    "name", ["fashion-mnist", "kmnist", "qmnist", "emnist-letters", "emnist-balanced", "cifar-10", "cifar-100", "svhn"]
)
def test_every_dataset(name: str, server: Loopback, tmp_path: Path, home: Path) -> None:
    public = published(name, server, tmp_path / "files")
    found = fetch(public)
    assert len(server.requests) == len(public.files)
    choice = registry.find(name)
    assert choice == found.choice and choice is not None and choice.own is not None
    assert (choice.own.title, choice.own.classes) == (public.title, public.classes[:10])
    assert (choice.own.training, choice.own.test, choice.validation) == (40, 10, 4)
    data = load_choice(replace(choice, validation=0))
    colour = "cifar" in name or name == "svhn"
    expected = IMAGES.transpose(0, 3, 1, 2) if colour else IMAGES[:, None, :28, :28, 0]
    assert np.array_equal(data.train.images, expected) and np.array_equal(data.train.labels, LABELS)
    assert np.array_equal(data.test.labels, LABELS[:10])
    place = home / "data" / "datasets"
    assert sorted(path.name for path in place.iterdir()) == sorted(
        [name, f"{name}.json", *(["downloads"] if public.part else [])]
    )
    assert not (tmp_path / "evil").exists() and not (place / "evil").exists()


def test_the_parts_of_emnist_share_their_archive(server: Loopback, tmp_path: Path) -> None:
    fetch(published("emnist-letters", server, tmp_path))
    other = published("emnist-balanced", server, tmp_path)
    assert fetch(other).description.training == 40
    assert len(server.requests) == 1


def test_files_that_are_there_need_no_network(server: Loopback, tmp_path: Path) -> None:
    public = published("cifar-10", server, tmp_path / "files")
    with pytest.raises(DataError, match=r"“cifar-10-binary.tar.gz” is not in “elsewhere”"):
        fetch(public, tmp_path / "elsewhere")
    assert fetch(public, tmp_path / "files").description.training == 40
    assert not server.requests


def test_what_is_complete_is_not_downloaded_again(server: Loopback, tmp_path: Path) -> None:
    public = published("fashion-mnist", server, tmp_path)
    labels = public.files[1].url.removeprefix(server.address)
    content = server.files.pop(labels)
    with pytest.raises(DataError, match=r"it answers 404"):
        fetch(public)
    assert registry.find("fashion-mnist") is None
    server.files[labels] = content
    server.requests.clear()
    fetch(public)
    assert [path.rpartition("/")[2] for path, _ in server.requests] == [remote.name for remote in public.files[1:]]


@pytest.mark.parametrize("name", ["fashion-mnist", "cifar-10"])
def test_files_that_stayed_when_a_dataset_was_removed_are_used_again(
    name: str, server: Loopback, tmp_path: Path, home: Path
) -> None:
    public = published(name, server, tmp_path)
    first = fetch(public)
    registry.remove(name)
    server.requests.clear()
    assert fetch(public).choice == first.choice and registry.find(name) == first.choice
    assert not server.requests
    # damaged ones are not taken for whole ones, and nothing is requested where it was not asked for
    folder = home / "data" / "datasets" / name
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[-1] ^= 1
    largest.write_bytes(content)
    with pytest.raises(DataError, match="are damaged, so they were deleted"):
        fetch(public)
    assert not server.requests and not folder.exists()
    assert fetch(public).description.training == 40 and len(server.requests) == len(public.files)


def test_a_right_checksum_of_a_wrong_archive(server: Loopback, tmp_path: Path, home: Path) -> None:
    """It is refused, and leaves nothing."""
    for name in ("cifar-10", "svhn", "emnist-letters"):
        public = published(name, server, tmp_path)
        for content in (b"nothing", server.files[f"/{name}/{public.files[0].name}"][:-3000]):
            server.files[f"/{name}/{public.files[0].name}"] = content
            first = replace(public.files[0], md5=hashlib.md5(content).hexdigest())
            with pytest.raises(DataError, match=r"is damaged and cannot be unpacked|is truncated"):
                fetch(replace(public, files=(first, *public.files[1:])))
    assert [path.name for path in (home / "data" / "datasets").iterdir()] == ["downloads"]


def test_images_of_three_axes(server: Loopback, tmp_path: Path) -> None:
    public = published("svhn", server, tmp_path)
    content = matlab_file({b"X": ((32, 32, 3), bytes(32 * 32 * 3))})
    server.files[f"/svhn/{public.files[0].name}"] = content
    first = replace(public.files[0], md5=hashlib.md5(content).hexdigest())
    with pytest.raises(DataError, match="is damaged and cannot be unpacked"):
        fetch(replace(public, files=(first, *public.files[1:])))


def test_cancelled(server: Loopback, tmp_path: Path) -> None:
    public = published("kmnist", server, tmp_path)
    with pytest.raises(CancelledError):
        fetch(public, cancelled=lambda: len(server.requests) > 1)
    assert registry.find("kmnist") is None and fetch(public).description.training == 40


def test_the_command(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    public = published("cifar-10", server, tmp_path / "files")
    monkeypatch.setattr(command, "PUBLIC", MappingProxyType({"cifar-10": public}))
    for arguments in (["list"], ["list", "--json"], ["show", "mnist"]):
        assert main(["data", *arguments]) == 0
    assert "cnnviz data fetch NAME" in capsys.readouterr().out
    assert main(["train", "fast", "--data", "cifar-10"]) == 2
    assert (
        "CIFAR-10 is not on this machine. “cnnviz data fetch cifar-10” downloads it (170 MB)."
        in capsys.readouterr().err
    )
    assert not server.requests
    assert main(["data", "fetch", "cifar-10"]) == 0
    assert "CIFAR-10 is here" in capsys.readouterr().out
    assert main(["data", "fetch", "cifar-10", "--from", str(tmp_path / "files"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["image"] == [3, 32, 32]
    assert len(server.requests) == 1
    assert main(["train", "fast", "--data", "cifar-10", "--batches", "1", "--no-record"]) == 0
    assert main(["data", "fetch", "nothing"]) == 2
    assert main(["data", "add", str(tmp_path / "files"), "--name", "svhn"]) == 2


def test_the_table() -> None:
    for name, public in PUBLIC.items():
        assert name == public.name and len(set(public.classes)) == len(public.classes)
        assert all(len(remote.md5) == 32 and remote.size <= remote.most for remote in public.files)
    assert {name: len(public.classes) for name, public in PUBLIC.items() if "emnist" in name} == {
        "emnist-balanced": 47, "emnist-byclass": 62, "emnist-bymerge": 47, "emnist-letters": 26, "emnist-digits": 10,
        "emnist-mnist": 10,
    }  # fmt: skip
