"""Downloads a file over HTTP: with progress, cancelling, going on where it was broken off, and a checksum.

What has arrived stands under another name until it is complete and its checksum is right, so half a file is never taken
for a whole one. Nothing is requested but by :func:`download`.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz import __version__
from cnnviz.data.errors import DataError
from cnnviz.files import cause, open_ordinary, shown
from cnnviz.jobs import CancelledError
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 20.0
"""A server that sends nothing for so long is given up."""
ATTEMPTS = 3
"""After so many connections in a row that break before anything arrives the download is given up."""
PIECE_BYTES = 2**16
_CHECKED_BYTES = 2**20
"""So many bytes are read at once for a checksum."""
PARTIAL = ".part"
_SPARE_BYTES = 2**24
_RANGE_REFUSED = 416


@dataclass(frozen=True)
class Remote:
    """A file on a server: its address, its size in bytes and its MD5 in hexadecimal digits.

    ``size`` is 0 if it is not known; a file that is larger than ``most`` bytes is refused.
    """

    url: str
    md5: str
    size: int = 0
    most: int = 2**31

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Arrived:
    """How many bytes of a file have arrived; ``total`` is 0 if its size is not known."""

    name: str
    done: int
    total: int


class _Broken(Exception):
    """The connection ended before the file did."""


def download(
    remote: Remote,
    path: Path,
    report: Callable[[Arrived], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Download a file to ``path``, going on with what is there from an earlier time.

    Raises :class:`DataError` with a sentence, and CancelledError soon after ``cancelled()`` returns True; what has
    arrived is kept for the next time in both cases, unless its checksum is wrong.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        attempts = ATTEMPTS
        while True:
            before = _size(partial)
            try:
                _receive(remote, partial, report, cancelled)
                break
            except _Broken as error:
                attempts = ATTEMPTS if _size(partial) > before else attempts - 1
                if not attempts or _size(partial) > remote.most:
                    raise _broken_off(remote, _size(partial)) from error
        if not has_checksum(partial, remote.md5, cancelled):
            partial.unlink()
            raise DataError(
                Sentence(
                    "“{name}” was downloaded from {host}, but its checksum is wrong, so it was deleted. Try again"
                    " later: it may have been damaged on its way, or changed on the server.",
                    name=quoted(remote.name),
                    host=quoted(_host(remote)),
                )
            )
        partial.replace(path)
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be saved: {reason}.", name=shown(path.name), reason=cause(error))
        ) from error


def has_checksum(path: Path, md5: str, cancelled: Callable[[], bool] = lambda: False) -> bool:
    """Whether a file is there and has this MD5. Raises OSError for a file that cannot be read."""
    try:
        return checksum(path, "md5", cancelled) == md5
    except FileNotFoundError:
        return False


def checksum(path: Path, algorithm: str, cancelled: Callable[[], bool]) -> str:
    """The checksum of a file in hexadecimal digits; ``algorithm`` as :mod:`hashlib` names it.

    Raises OSError, and CancelledError soon after ``cancelled()`` returns True.
    """
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open_ordinary(path) as file:
        while piece := file.read(_CHECKED_BYTES):
            digest.update(piece)
            if cancelled():
                raise CancelledError
    return digest.hexdigest()


def _receive(remote: Remote, partial: Path, report: Callable[[Arrived], object], cancelled: Callable[[], bool]) -> None:
    """Request the missing bytes of the file and append them; raises _Broken, DataError, CancelledError and OSError."""
    have = _size(partial)
    if cancelled():
        raise CancelledError
    response = _open(remote, have)
    if response is None:
        # the server has nothing beyond what is here
        return
    with response:
        going_on = response.status == http.client.PARTIAL_CONTENT and _begins_at(response, have)
        have = have if going_on else 0
        length = response.headers.get("Content-Length", "")
        stated = have + int(length) if length.isdecimal() else 0
        total = stated or remote.size
        _check(remote, partial, total, have)
        with partial.open("ab" if going_on else "wb") as file:
            report(Arrived(remote.name, have, total))
            while True:
                try:
                    piece = response.read1(PIECE_BYTES)
                except (OSError, http.client.HTTPException) as error:
                    raise _Broken from error
                if not piece:
                    break
                file.write(piece)
                have += len(piece)
                if have > remote.most:
                    break
                report(Arrived(remote.name, have, total))
                if cancelled():
                    raise CancelledError
    if have > remote.most:
        raise _too_large(remote, partial)
    if have < stated:
        raise _Broken


def _open(remote: Remote, have: int) -> Any:
    """The server's response; None if it says that there is nothing from this place on. Raises DataError."""
    headers = {"User-Agent": f"cnnviz/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(remote.url, headers=headers)
    try:
        return _opener().open(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _RANGE_REFUSED and have:
                return None
            raise DataError(
                Sentence(
                    "{host} does not send “{name}”: it answers {code} ({reason}). Try again later.",
                    host=quoted(_host(remote)),
                    name=quoted(remote.name),
                    code=error.code,
                    reason=quoted(str(error.reason)),
                )
            ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise DataError(
            Sentence(
                "{host} cannot be reached: {reason}. Check the connection to the network, and try again.",
                host=quoted(_host(remote)),
                reason=cause(reason) if isinstance(reason, OSError) else unchanged(quoted(str(reason))),
            )
        ) from error


def _opener() -> urllib.request.OpenerDirector:
    """Opens addresses of HTTP and HTTPS only, also where it is redirected."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _begins_at(response: Any, have: int) -> bool:
    """Whether a response holds the file from this byte on."""
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {have}-")


def _check(remote: Remote, partial: Path, total: int, have: int) -> None:
    """Raise DataError if a file of ``total`` bytes is larger than allowed, or has no room beside the ``have`` bytes."""
    if total > remote.most:
        raise _too_large(remote, partial)
    free = shutil.disk_usage(partial.parent).free
    if total - have + _SPARE_BYTES > free:
        raise DataError(
            Sentence(
                "“{name}” takes {total} MB, and {free} MB are free. Make room on the disk.",
                name=quoted(remote.name),
                total=(total - have) >> 20,
                free=free >> 20,
            )
        )


def _too_large(remote: Remote, partial: Path) -> DataError:
    """Delete what has arrived; returns the error."""
    partial.unlink(missing_ok=True)
    return DataError(
        Sentence(
            "{host} sends more for “{name}” than the file is large. Nothing of it was kept.",
            host=quoted(_host(remote)),
            name=quoted(remote.name),
        )
    )


def _broken_off(remote: Remote, have: int) -> DataError:
    return DataError(
        Sentence(
            "The connection to {host} broke off after {have:,.1f} MB of “{name}”. Try again: it goes on from there.",
            host=quoted(_host(remote)),
            have=have / 2**20,
            name=quoted(remote.name),
        )
    )


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _host(remote: Remote) -> str:
    return urllib.parse.urlsplit(remote.url).hostname or remote.url
