"""Saves a replay: every recorded moment is shown in turn, and a place of the window becomes a frame."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter

from cnnviz.files import shown
from cnnviz.gui.language import counted, text
from cnnviz.gui.run.replay import MOMENT_SECONDS
from cnnviz.gui.widgets import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.shell.replay_writer import ReplayWriter
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.gui.workbench import Workbench

POLL_MILLISECONDS = 40
"""How often is looked whether the file is complete."""
CAPTION = 24
"""Height of the line below each frame that says the step and the measures, in pixels."""
CAPTION_INDENT = 8
"""Pixels beside that line."""
CLOSING_SECONDS = 2.0
"""How long the closing of the window waits for the file."""
FASTEST = 1000.0
"""The speed of a replay that is saved: each moment is shown for as long as it takes to draw it."""


class ReplayExport(QObject):
    """Tells of the progress and of the file by the requests of ``bench``, and posts in ``bar`` how to cancel.

    ``caption(step)`` returns the line below the frame of a moment.
    """

    def __init__(self, bench: Workbench, caption: Callable[[int], str], bar: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._bench, self._caption, self._bar, self._window = bench, caption, bar, window
        self._place: QWidget | None = None
        self._path: Path | None = None
        self._writer: ReplayWriter | None = None
        self._step_before: int | None = None
        """The moment that was shown before the saving began."""
        self._speed_before = 1.0
        """The speed of the replay before the saving began."""
        self._last: int | None = None
        """The step of the last frame."""
        self.failed = False
        """Whether the last replay could not be saved."""
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._read)
        bench.replay.drawn.connect(self._take)
        bench.replay.changed.connect(self._end)
        bench.closers.append(self._close)

    @property
    def running(self) -> bool:
        """Whether a replay is being saved."""
        return self._writer is not None

    def cancel(self) -> None:
        """Give up the replay that is being saved."""
        self._bench.replay.pause()

    def ask(self, place: QWidget) -> None:
        """Ask for a file name, and save what ``place`` shows at each moment."""
        if self.running or not self._bench.past.steps:
            return
        kinds = {"gif": self.tr("Animated GIF"), "png": self.tr("PNG, one for each moment")}
        name = self._bench.document.beside(".gif")
        suggested = name.with_name(f"{name.stem}-replay.gif")
        path = save.ask_path(self._window, self.tr("Save the replay"), "picture", suggested, kinds)
        if path is not None:
            self.write(place, path)

    def write(self, place: QWidget, path: Path) -> None:
        """Replay the run from its first moment, and write what ``place`` shows to ``path``."""
        from cnnviz.gui.shell.replay_writer import ReplayWriter

        past, replay = self._bench.past, self._bench.replay
        if path.suffix.lower() not in (".gif", ".png"):
            sentence = self.tr("A replay cannot be written as “{path}”: its name should end with .gif or .png.")
            self._bench.requests.failed.emit(sentence.format(path=shown(path)))
            return
        replay.pause()
        self._place, self._path, self._last = place, path, None
        self._step_before, self._speed_before = past.step, replay.speed
        self._writer = ReplayWriter(path, round(1000 * MOMENT_SECONDS / replay.speed))
        self._writer.job.start()
        self._bar.post("replay", self.tr("The replay is being saved."), (self.tr("Cancel"), self.cancel))
        self._poll.start()
        replay.set_speed(FASTEST)
        replay.start_at(past.steps[0])

    def _take(self, step: int) -> None:
        """Take the frame of a moment, which has been drawn."""
        if self._writer is None or self._place is None or self._last == step:
            return
        from cnnviz.gui.shell.replay_writer import Picture

        image = frame(self._place, self._caption(step))
        pixels = bytes(image.constBits())
        self._writer.add(Picture(step, image.width(), image.height(), image.bytesPerLine(), pixels))
        self._last = step
        steps = self._bench.past.steps
        done = sum(other <= step for other in steps)
        self._bench.requests.message.emit(
            self.tr("Saving the replay: moment {done} of {all}").format(done=done, all=len(steps))
        )

    def _end(self, playing: bool) -> None:
        """Once the replay no longer plays: finish the file if the replay has come to its end, else give it up."""
        writer = self._writer
        if playing or writer is None or self._place is None:
            return
        self._place = None
        past = self._bench.past
        self._bench.replay.set_speed(self._speed_before)
        if past.step == past.steps[-1] == self._last:
            # after the replay has handled its end
            QTimer.singleShot(0, self, partial(self._go_back, self._step_before))
        else:
            writer.job.cancel()
        writer.finish()

    def _go_back(self, step: int | None) -> None:
        if step is not None:
            self._bench.past.go_to(step)

    def _read(self) -> None:
        """Say how it ended."""
        writer, path = self._writer, self._path
        if writer is None or path is None or not writer.job.latest.ended:
            return
        state = writer.job.latest
        self._writer = None
        self.failed = state.failure is not None
        self._poll.stop()
        self._bar.withdraw("replay")
        if self._place is not None:
            # the disk is full before the replay is at its end
            self._place = None
            self._bench.replay.pause()
            self._bench.replay.set_speed(self._speed_before)
        if state.failure is not None:
            self._bench.requests.failed.emit(text(state.failure.sentence))
        elif writer.job.cancelled.is_set():
            self._bench.requests.message.emit(self.tr("The replay was not saved."))
        else:
            self._bench.requests.message.emit(
                counted(
                    "The replay of {count} moments is saved as “{path}”.",
                    "The replay of 1 moment is saved as “{path}”.",
                    state.result or 0,
                    path=shown(path),
                )
            )

    def _close(self) -> bool:
        self._poll.stop()
        if self._writer is None:
            return True
        self._writer.job.cancel()
        self._writer.finish()
        return self._writer.job.wait(CLOSING_SECONDS)


def frame(place: QWidget, caption: str) -> QImage:
    """A picture of a widget, with a line of text below it: RGB, one pixel for each on screen."""
    size, palette = place.size(), place.palette()
    image = QImage(size.width(), size.height() + CAPTION, QImage.Format.Format_RGB888)
    image.fill(palette.window().color())
    place.render(image)
    with QPainter(image) as painter:
        painter.setPen(QColor(palette.windowText().color()))
        painter.setFont(place.font())
        line = QRect(CAPTION_INDENT, size.height(), size.width() - 2 * CAPTION_INDENT, CAPTION)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, caption)
    return image
