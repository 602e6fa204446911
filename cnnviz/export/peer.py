"""A fresh process that loads an exported network and computes its logits.

``python -m cnnviz export-peer FORMAT FILE ...`` writes a line of JSON with the program that runs the network. Then it
reads arrays of images from standard input, uint8 (N, C, H, W), and answers each with its logits, float32 (N, classes).
An array is a length in bytes (8 bytes, little-endian) and a file in NumPy's format. If something fails, standard error
has the sentence.
"""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from cnnviz.export.formats import FORMATS, module_of
from cnnviz.export.subject import ExportError
from cnnviz.program import command
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.export.formats import Format

_POLL_SECONDS = 0.1
"""Seconds between two looks whether the user has cancelled."""
_LAST_WORDS_SECONDS = 10.0
"""Seconds that a process which has closed its output is given to write its error."""
_LENGTH = struct.Struct("<Q")


def serve(name: str, files: Sequence[Path]) -> None:
    """Answer arrays of images until standard input ends."""
    source = sys.stdin.buffer
    # libraries may print to standard output
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with answers:
        try:
            runner = module_of(FORMATS[name]).runner(files)
        except Exception as error:
            # whatever the other program raises is its reason
            raise ExportError(unchanged(f"{type(error).__name__}, {error}".replace("\n", " "))) from error
        answers.write(json.dumps({"program": runner.program}).encode() + b"\n")
        answers.flush()
        while (images := _read(source)) is not None:
            _write(answers, np.ascontiguousarray(runner.logits(images), dtype=np.float32))


class Peer:
    """The other process; it ends with :meth:`close`, or soon after ``cancelled()`` returns True.

    Raises :class:`~cnnviz.export.subject.ExportError` if the process cannot load the files, or fails.
    """

    def __init__(self, format: Format, files: Sequence[Path], cancelled: Callable[[], bool]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        line = command("export-peer", format.name, *[str(file) for file in files])
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=-1
        )
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, args=(cancelled,), name="export peer", daemon=True)
        self._watcher.start()
        try:
            self.program = str(json.loads(self._output.readline() or b"{}")["program"])
        except (ValueError, KeyError) as error:
            raise self._failed() from error

    def ask(self, images: NDArray[np.uint8]) -> None:
        """Send images, uint8 (N, C, H, W); the process computes them meanwhile."""
        assert self._process.stdin is not None
        try:
            _write(self._process.stdin, images)
        except OSError as error:
            raise self._failed() from error

    def answer(self) -> NDArray[np.float32]:
        """The logits, float32 (N, classes), of the images sent last."""
        logits = _read(self._output)
        if logits is None:
            raise self._failed()
        return logits

    def close(self) -> None:
        """End the process."""
        self._ended.set()
        self._process.kill()
        self._process.wait()
        self._watcher.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            # unsent images may remain in the buffer of a process that has ended
            with suppress(OSError):
                stream.close()
        self._errors.close()

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _watch(self, cancelled: Callable[[], bool]) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            if cancelled():
                self._process.kill()
                return

    def _failed(self) -> ExportError:
        """The error with the last line that the process has written to standard error."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS_SECONDS)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.removeprefix("cnnviz: ") for line in reversed(lines) if line.strip()), "")
        self.close()
        return ExportError(Sentence("The other program could not run the file: {reason}", reason=quoted(last)))


def _write(stream: IO[bytes], array: NDArray[Any]) -> None:
    """Write the length of the following bytes, and the array in NumPy's format."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    stream.write(_LENGTH.pack(content.tell()))
    stream.write(content.getbuffer())
    stream.flush()


def _read(stream: IO[bytes]) -> NDArray[Any] | None:
    """The next array; None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        return None
    array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array
