"""Downloads, from a server on this machine: whatever happens on the way, a sentence, and never half a file."""

from __future__ import annotations

import hashlib
import random
import socket
from typing import TYPE_CHECKING

import pytest
from full_disk import full_disk
from loopback import Loopback, serving

from cnnviz.data.errors import DataError
from cnnviz.data.sources import download as module
from cnnviz.data.sources.download import PARTIAL, Arrived, Remote, download
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = random.Random(0).randbytes(300_000)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as state:
        state.files["/file.gz"] = CONTENT
        yield state


def remote(server: Loopback, path: str = "/file.gz", content: bytes = CONTENT) -> Remote:
    return Remote(server.address + path, hashlib.md5(content).hexdigest(), len(content), 2 * len(content))


def test_a_file_arrives_with_progress(server: Loopback, tmp_path: Path) -> None:
    seen: list[Arrived] = []
    download(remote(server), tmp_path / "new" / "file.gz", seen.append)
    assert (tmp_path / "new" / "file.gz").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.gz"]
    assert (seen[0].done, seen[-1]) == (0, Arrived("file.gz", len(CONTENT), len(CONTENT))) and len(seen) > 4
    assert server.requests == [("/file.gz", None)]


def test_a_connection_that_breaks_is_made_again(server: Loopback, tmp_path: Path) -> None:
    server.break_after = [100_000, 50_000]
    download(remote(server), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_it_goes_on_at_another_time(server: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    server.break_after = [100_000, 0, 0, 0, 0]
    with pytest.raises(DataError, match=r"broke off after 0.1 MB of “file.gz”. Try again: it goes on from there"):
        download(remote(server), path)
    assert not path.exists() and path.with_name(path.name + PARTIAL).stat().st_size == 100_000
    server.break_after.clear()
    server.requests.clear()
    download(remote(server), path)
    assert path.read_bytes() == CONTENT and server.requests == [("/file.gz", "bytes=100000-")]


def test_a_server_that_knows_no_parts_begins_anew(server: Loopback, tmp_path: Path) -> None:
    server.ranges, server.break_after = False, [200_000]
    download(remote(server), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT


def test_all_had_arrived_before(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / f"file.gz{PARTIAL}").write_bytes(CONTENT)
    download(remote(server), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT


def test_a_server_that_sends_nothing_is_given_up(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.1)
    server.stall_after = 50_000
    with pytest.raises(DataError, match=r"broke off"):
        download(remote(server), tmp_path / "file.gz")
    assert not (tmp_path / "file.gz").exists()


def test_a_wrong_checksum_keeps_nothing(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"“file.gz” was downloaded from 127.0.0.1, but its checksum is wrong"):
        download(remote(server, content=CONTENT[:-1] + b"x"), tmp_path / "file.gz")
    assert not list(tmp_path.iterdir())
    # what was left of another file is noticed by the checksum too
    (tmp_path / f"file.gz{PARTIAL}").write_bytes(b"x" * 1000)
    with pytest.raises(DataError, match=r"checksum is wrong"):
        download(remote(server), tmp_path / "file.gz")
    assert not list(tmp_path.iterdir())


def test_without_a_length_the_checksum_decides(server: Loopback, tmp_path: Path) -> None:
    server.length, server.break_after = False, [100_000]
    with pytest.raises(DataError, match=r"checksum is wrong"):
        download(remote(server), tmp_path / "file.gz")
    download(remote(server), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT


def test_cancelling_keeps_what_has_arrived(server: Loopback, tmp_path: Path) -> None:
    seen: list[Arrived] = []
    with pytest.raises(CancelledError):
        download(remote(server), tmp_path / "file.gz", seen.append, lambda: bool(seen) and seen[-1].done > 100_000)
    assert [path.name for path in tmp_path.iterdir()] == [f"file.gz{PARTIAL}"]
    download(remote(server), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT
    server.requests.clear()
    with pytest.raises(CancelledError):
        download(remote(server), tmp_path / "other", cancelled=lambda: True)
    assert not server.requests


def test_no_space(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with full_disk(), pytest.raises(DataError, match=r"“file.gz” could not be saved: File too large"):
        download(remote(server), tmp_path / "file.gz")
    monkeypatch.setattr(module, "_SPARE_BYTES", 2**60)
    with pytest.raises(DataError, match=r"MB are free. Make room on the disk"):
        download(remote(server), tmp_path / "file.gz")
    assert not (tmp_path / "file.gz").exists()


def test_of_a_file_that_is_too_large_nothing_is_kept(server: Loopback, tmp_path: Path) -> None:
    path, partial = tmp_path / "file.gz", tmp_path / f"file.gz{PARTIAL}"
    partial.write_bytes(CONTENT[:1000])
    with pytest.raises(DataError, match=r"Nothing of it was kept"):
        download(Remote(server.address + "/file.gz", "", 0, 2000), path)
    assert not partial.exists()


def test_a_redirection_is_followed_but_not_to_files(server: Loopback, tmp_path: Path) -> None:
    server.moved = {"/old": "/file.gz", "/evil": "file:///etc/passwd", "/round": "/round"}
    download(remote(server, "/old"), tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == CONTENT
    for path in ("/evil", "/round"):
        with pytest.raises(DataError, match=r"does not send"):
            download(remote(server, path), tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["file.gz"]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_server_that_refuses(server: Loopback, tmp_path: Path, status: int) -> None:
    server.answer = {"/file.gz": status}
    with pytest.raises(DataError, match=f"127.0.0.1 does not send “file.gz”: it answers {status}"):
        download(remote(server), tmp_path / "file.gz")


def test_a_server_that_sends_too_much(server: Loopback, tmp_path: Path) -> None:
    server.files["/file.gz"] = CONTENT * 4
    for length in (True, False):
        server.length = length
        with pytest.raises(DataError, match=r"sends more for “file.gz” than the file is large"):
            download(remote(server), tmp_path / "file.gz")
        assert not list(tmp_path.iterdir())


def test_no_network(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/file.gz"
        with pytest.raises(DataError, match=r"127.0.0.1 cannot be reached: Connection refused. Check the connection"):
            download(Remote(address, "0" * 32), tmp_path / "file.gz")
    with pytest.raises(DataError, match=r"nowhere.invalid cannot be reached: .*\. Check the connection"):
        download(Remote("http://nowhere.invalid/file.gz", "0" * 32), tmp_path / "file.gz")
    assert not list(tmp_path.iterdir())
