"""Only ordinary files are opened; what is written is whole, goes where a link leads, and keeps its permissions."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from cnnviz.files import (
    NotOrdinaryError,
    is_path,
    is_there,
    open_ordinary,
    put_in_place,
    read_ordinary,
    write_atomically,
)


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


@pytest.fixture(params=["fifo", "socket", "folder", "/dev/zero", "/dev/null"])
def unordinary(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    match request.param:
        case "fifo":
            return fifo(tmp_path)
        case "socket":
            # the address of a socket has to be short
            monkeypatch.chdir(tmp_path)
            with socket.socket(socket.AF_UNIX) as one:
                one.bind("socket")
            return tmp_path / "socket"
        case "folder":
            return tmp_path
    return Path(request.param)


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_ordinary_file_is_neither_read_nor_replaced(
    unordinary: Path, link: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if link:
        path = tmp_path_factory.mktemp("links") / "link"
        path.symlink_to(unordinary)
        unordinary = path
    with pytest.raises(NotOrdinaryError, match=r"it is a .*, not an ordinary file"):
        open_ordinary(unordinary)
    with pytest.raises(NotOrdinaryError):
        read_ordinary(unordinary, 10)
    before = unordinary.stat().st_mode
    with pytest.raises(NotOrdinaryError):
        write_atomically(unordinary, "new")
    assert unordinary.stat().st_mode == before


def test_a_file_that_becomes_a_pipe_after_the_first_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = fifo(tmp_path)
    (tmp_path / "ordinary").touch()
    looked = (tmp_path / "ordinary").stat()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda *_, **__: looked)
        with pytest.raises(NotOrdinaryError, match="a pipe"):
            open_ordinary(pipe)


def test_a_size_is_held_for_files_that_say_another_one(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(b"12345")
    assert read_ordinary(path, 5) == b"12345"
    with pytest.raises(OSError, match="it is larger than 4 bytes"):
        read_ordinary(path, 4)
    # files of the system say that they are empty
    with pytest.raises(OSError, match="it is larger than 4 bytes"):
        read_ordinary(Path("/proc/self/status"), 4)


def test_a_link_stays_and_the_file_that_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "real"
    target.write_text("old")
    (tmp_path / "second").symlink_to(target)
    link = tmp_path / "link"
    link.symlink_to("second")
    write_atomically(link, "new")
    assert link.is_symlink() and (tmp_path / "second").is_symlink()
    assert target.read_text() == "new"
    assert {one.name for one in tmp_path.rglob("*")} == {"there", "real", "second", "link"}


def test_a_link_that_leads_nowhere_makes_its_target_and_a_circle_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "real").read_text() == "new"
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels"):
        write_atomically(tmp_path / "a", "new")
    assert (tmp_path / "a").is_symlink()
    with pytest.raises(OSError, match="Too many levels"):
        open_ordinary(tmp_path / "a")


@pytest.mark.parametrize("length", [1, 100, 243, 250, 255])
def test_a_name_as_long_as_a_name_can_be(tmp_path: Path, length: int) -> None:
    for path in (tmp_path / ("a" * length), tmp_path / ("é" * (length // 2) + "b" * (length % 2))):
        write_atomically(path, "one")
        write_atomically(path, b"two")
        assert read_ordinary(path, 3) == b"two"
    assert not list(tmp_path.glob("*.part"))


def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    write_atomically(path, "content")
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9"]  # noqa: PTH208 # bytes are what is asked for
    assert read_ordinary(path, 10) == b"content"


@pytest.mark.parametrize("name", ["\ud800", "a\0b"])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="cannot be written in the character set"):
        open_ordinary(tmp_path / name)
    with pytest.raises(OSError, match="cannot be written in the character set"):
        write_atomically(tmp_path / name, "new")
    assert not is_path(str(tmp_path / name))
    assert is_path(str(tmp_path / "good"))


def test_what_cannot_be_there_is_not_there(tmp_path: Path) -> None:
    assert is_there(tmp_path)
    for name in ("gone", "a" * 300, "a\0b", "\ud800"):
        assert not is_there(tmp_path / name)


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o664])
def test_permissions_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "p"
    path.touch()
    path.chmod(mode)
    write_atomically(path, "new")
    assert path.stat().st_mode & 0o777 == mode


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    write_atomically(tmp_path / "p", "new")
    (tmp_path / "q").touch()
    assert (tmp_path / "p").stat().st_mode == (tmp_path / "q").stat().st_mode


def _folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "file").write_text(text, encoding="utf-8")
    return path


def test_a_folder_replaces_what_is_there(tmp_path: Path) -> None:
    place = tmp_path / "place"
    put_in_place(_folder(tmp_path / "first", "first"), place)
    put_in_place(_folder(tmp_path / "second", "second"), place)
    assert (place / "file").read_text(encoding="utf-8") == "second"
    assert not (tmp_path / "second").exists()
    (tmp_path / "link").symlink_to(place)
    put_in_place(_folder(tmp_path / "third", "third"), tmp_path / "link")
    assert (place / "file").read_text(encoding="utf-8") == "second"
    assert (tmp_path / "link" / "file").read_text(encoding="utf-8") == "third"


def test_an_intact_folder_of_another_process_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = _folder(tmp_path / "place", "theirs")
    put_in_place(_folder(tmp_path / "mine", "mine"), place, lambda: True)
    assert (place / "file").read_text(encoding="utf-8") == "theirs"
    # the other process is quicker between the removal and the move
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    answers = iter([False, True, False, False])
    put_in_place(tmp_path / "mine", place, lambda: next(answers))
    assert (place / "file").read_text(encoding="utf-8") == "theirs"
    with pytest.raises(OSError, match="not empty"):
        put_in_place(tmp_path / "mine", place, lambda: next(answers))
