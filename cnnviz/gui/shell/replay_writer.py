"""Writes the frames of a replay, on a thread: an animated GIF, or a PNG for each moment. No Qt."""

from __future__ import annotations

import queue
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from cnnviz.files import cause, is_there, shown, write_atomically
from cnnviz.jobs import Job, JobError
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

LAST_MILLISECONDS = 1500
"""How long the last frame of a GIF stays at least, before it begins again."""
SHORTEST_MILLISECONDS = 20
"""How long a frame of a GIF stays at least: programs show shorter ones for longer."""
COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A frame: the moment's ``step``, and ``width`` × ``height`` RGB pixels, ``stride`` bytes a line."""

    step: int
    width: int
    height: int
    stride: int
    pixels: bytes


class ReplayWriter:
    """Takes frames while they are drawn. ``path`` ends in ``.gif`` or ``.png``; a frame of a GIF stays for
    ``milliseconds``.

    After :meth:`finish`, the state of :attr:`job` has the number of frames, or a failure; after ``job.cancel()``
    nothing is left on disk.
    """

    def __init__(self, path: Path, milliseconds: int) -> None:
        self._path, self._milliseconds = path, milliseconds
        self._queue: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        self.job: Job[None, int] = Job("cnnviz-replay", self._work, said)

    def add(self, picture: Picture) -> None:
        """Add the next frame."""
        self._queue.put(picture)

    def finish(self) -> None:
        """Say that there are no more frames."""
        self._queue.put(None)

    def _work(self, job: Job[None, int]) -> int:
        try:
            return self._write_gif(job) if self._path.suffix.lower() == ".gif" else self._write_each(job)
        except OSError as error:
            raise JobError(
                Sentence(
                    "The replay could not be saved as “{path}”: {reason}. Another folder may do.",
                    path=shown(self._path),
                    reason=cause(error),
                )
            ) from error

    def _write_gif(self, job: Job[None, int]) -> int:
        from PIL.Image import Dither

        # each frame has a palette of its own
        images = _of_one_size(image for _, image in self._taken())
        frames = [image.quantize(COLOURS, dither=Dither.NONE) for image in images]
        if job.cancelled.is_set() or not frames:
            return 0
        each = max(SHORTEST_MILLISECONDS, self._milliseconds)
        content = BytesIO()
        frames[0].save(
            content,
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=[*[each] * (len(frames) - 1), max(each, LAST_MILLISECONDS)],
            loop=0,
        )
        write_atomically(self._path, content.getvalue())
        return len(frames)

    def _write_each(self, job: Job[None, int]) -> int:
        written: list[Path] = []
        try:
            for step, image in self._taken():
                path = self._path.with_name(f"{self._path.stem}-step-{step:06}.png")
                if path not in written and is_there(path):
                    raise JobError(Sentence("“{name}” is there already. Choose another name.", name=shown(path)))
                content = BytesIO()
                image.save(content, "PNG")
                write_atomically(path, content.getvalue())
                written.append(path)
        except BaseException:
            _delete(written)
            raise
        if job.cancelled.is_set():
            _delete(written)
        return len(written)

    def _taken(self) -> Iterator[tuple[int, Image]]:
        """Step and picture of each frame, until there are no more."""
        from PIL import Image

        while (picture := self._queue.get()) is not None and not self.job.cancelled.is_set():
            size = (picture.width, picture.height)
            yield picture.step, Image.frombytes("RGB", size, picture.pixels, "raw", "RGB", picture.stride)


def _of_one_size(images: Iterator[Image]) -> Iterator[Image]:
    """The images, cut or filled up to the size of the first one."""
    size = None
    for image in images:
        size = size or image.size
        yield image if image.size == size else image.crop((0, 0, *size))


def _delete(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
