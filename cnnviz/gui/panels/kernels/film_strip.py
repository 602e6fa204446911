"""The film strip of a filter: its slices at recorded moments, side by side, in the Kernels tab."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.kernels.film import Film, Frame, chosen_steps, film_of, read_frames
from cnnviz.gui.panels.kernels.tiles import WEIGHT_SIDES
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.image_grid import ImageGrid
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import as_csv
from cnnviz.gui.widgets.tiling import Tiles, Tiling
from cnnviz.inspection.arrays import as_npy
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QHideEvent

    from cnnviz.gui.run.past import Past
    from cnnviz.gui.theme import Theme

POLL_MILLISECONDS = 30
FOLLOW_MILLISECONDS = 5000
"""New moments of a run that goes on are taken up so often."""
FRAME_SIDES, SLICE_SIDES = (36, 96), (40, 72)
"""The least and greatest width of a frame with a single slice, and of a slice among others, in pixels."""
SHOWN = "▸"
"""Stands before the step of the moment that the window shows."""


class FilmStrip(QWidget):
    """Reads the moments on a separate thread, and shows a frame for each.

    A click on a frame goes to its moment. ``closed`` follows the button that shows the kernels again.
    """

    closed = Signal()

    def __init__(self, theme: Theme, past: Past, parent: QWidget) -> None:
        super().__init__(parent)
        self._past = past
        self._node, self._filter, self._filters, self._dense = "", 0, 1, False
        self._frames_of: tuple[Path | None, str, int] = (None, "", 0)
        """Folder, layer and filter of the frames."""
        self._job_of: tuple[Path | None, str, int] = self._frames_of
        """Those that are being read."""
        self._frames: dict[int, Frame] = {}
        self._weights: Film | None = None
        self.film: Film | None = None
        """The shown film: of the weights, or of their changes."""
        self._job: Job[int, dict[int, Frame]] | None = None
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(POLL_MILLISECONDS)
        self._poll_timer.timeout.connect(self._poll)
        self._follow_timer = QTimer(self)
        self._follow_timer.setSingleShot(True)
        self._follow_timer.setInterval(FOLLOW_MILLISECONDS)
        self._follow_timer.timeout.connect(self._load)
        self._title, self._facts = MutedLabel(), MutedLabel()
        self.before, self.after = QToolButton(), QToolButton()
        for button, by, tip in (
            (self.before, -1, self.tr("The filter before")),
            (self.after, 1, self.tr("The next filter")),
        ):
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, by=by: self._step(by))
        self.back = QPushButton(self.tr("All kernels"))
        self.back.setToolTip(self.tr("Back to the kernels of the layer at one moment"))
        self.back.clicked.connect(self.closed)
        self.grid = ImageGrid(theme)
        self.grid.setAccessibleName(self.tr("Film strip of a filter"))
        self.grid.clicked.connect(self._go)
        self._bar = ColourBar(theme)
        self.change = QPushButton(self.tr("Change"))
        self.change.setCheckable(True)
        self.change.setToolTip(self.tr("Show how much each weight has changed since the first of these moments"))
        self.change.toggled.connect(lambda _: self._take(self._weights))
        foot = QHBoxLayout()
        foot.addWidget(self._bar, 1)
        foot.addWidget(self.change)
        head = QHBoxLayout()
        for part, share in ((self.before, 0), (self._title, 1), (self.after, 0), (self.back, 0)):
            head.addWidget(part, share)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.grid, 1)
        column.addLayout(foot)
        column.addWidget(self._facts)
        past.recorded.connect(lambda _: self._follow())
        past.opened.connect(self._load)
        past.changed.connect(lambda _: self._draw())
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.grid.set_theme(theme)
        self._bar.set_theme(theme)
        for button, name in ((self.before, "chevron-left"), (self.after, "chevron-right")):
            button.setIcon(icon(name, theme.text))

    def open(self, node: str, filter: int, filters: int, *, dense: bool) -> None:
        """Show a filter of a layer that has ``filters`` of them, or a unit of a fully connected layer."""
        self._node, self._filters, self._dense = node, filters, dense
        self._filter = min(max(0, filter), filters - 1)
        self.before.setEnabled(self._filter > 0)
        self.after.setEnabled(self._filter < filters - 1)
        self.show()
        self._load()

    def close_reading(self) -> bool:
        """End the reading of moments. Returns whether its thread has ended."""
        self._poll_timer.stop()
        self._follow_timer.stop()
        return self._job is None or self._job.close()

    def name(self) -> str:
        """The suggested name of a file, without its ending; empty without a film."""
        film = self.film
        change = "-change" if self.change.isChecked() else ""
        steps = "" if film is None else f"-step-{film.steps[0]}-to-{film.steps[-1]}"
        return "" if film is None else f"{film.node}-filter-{film.filter}{change}{steps}"

    def as_npy(self) -> bytes:
        """The film as the content of an npy file: float32 (steps, slices, height, width)."""
        assert self.film is not None
        return as_npy(self.film.stack)

    def as_csv(self) -> str:
        """The film as a table with a line for each weight of each step."""
        assert self.film is not None
        lines = as_csv(("step", "slice", "row", "column", "weight"), self.film.stack).splitlines()
        steps = self.film.steps
        # the first column is the number of the frame: in its place stands the step
        rows = [line.partition(",") for line in lines[1:]]
        return "\n".join([lines[0], *(f"{steps[int(frame)]},{columns}" for frame, _, columns in rows)]) + "\n"

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop reading while hidden."""
        self._follow_timer.stop()
        super().hideEvent(event)

    def _step(self, by: int) -> None:
        self.open(self._node, self._filter + by, self._filters, dense=self._dense)

    def _follow(self) -> None:
        if self.isVisible() and not self._follow_timer.isActive():
            self._follow_timer.start()

    def _load(self) -> None:
        """Read the moments that are not known yet; if another filter is being read, that is cancelled first."""
        if not self.isVisible():
            return
        folder, node, filter = self._past.run_folder, self._node, self._filter
        if (folder, node, filter) != self._frames_of:
            self._frames_of, self._frames = (folder, node, filter), {}
            self._take(None)
        if self._job is not None and self._job_of == self._frames_of:
            # new moments are read later: with each of them a slow reading would begin again
            self._follow()
            return
        if self._job is not None:
            self._job.cancel()
            return
        new = tuple(step for step in chosen_steps(self._past.steps) if step not in self._frames)
        if folder is None or not new:
            self._draw()
            return
        self._job_of = self._frames_of
        drawn = self._past.drawn()
        self._job = Job("cnnviz-film", lambda job: read_frames(job, folder, node, filter, new, drawn), said).start()
        self._poll_timer.start()
        self._draw()

    def _poll(self) -> None:
        job = self._job
        if job is None:
            return
        state = job.latest
        if not state.ended:
            self._draw()
            return
        self._job = None
        self._poll_timer.stop()
        if job.cancelled.is_set():
            self._load()
            return
        steps = set(chosen_steps(self._past.steps))
        frames = {**self._frames, **(state.result or {})}
        self._frames = {step: frame for step, frame in frames.items() if step in steps}
        self._take(
            film_of(self._node, self._filter, self._frames),
            "" if state.failure is None else text(state.failure.sentence),
        )

    def _take(self, weights: Film | None, failure: str = "") -> None:
        """Show this film of the weights, or with the button pressed the film of their changes."""
        self._weights = weights
        self.film = weights.since_first() if weights is not None and self.change.isChecked() else weights
        self._draw(failure)

    def _go(self, position: int) -> None:
        if self.film is not None:
            self._past.go_to(self.film.step_at(position))

    def _draw(self, failure: str = "") -> None:
        if not self.isVisible():
            return
        film, number = self.film, str(self._filter)
        title = self.tr("Unit {number}") if self._dense else self.tr("Filter {number}")
        self._title.setText(title.format(number=number))
        self.grid.setVisible(film is not None)
        self._bar.setVisible(film is not None)
        self.change.setVisible(film is not None)
        if film is not None:
            self._bar.set_scale(film.limit, signed=True)
            self.grid.show_tiles(self._tiles(film))
        self._facts.setText(failure or self._facts_about(film))

    def _facts_about(self, film: Film | None) -> str:
        if film is not None and self.change.isChecked():
            return counted(
                "{count} of {all} moments, to step {last}: the change since step {first}, on one scale. A click goes to"
                " the moment.",
                "1 moment, at step {last}: there is no change since it yet.",
                len(film.steps),
                all=grouped(len(self._past.steps)),
                first=grouped(film.steps[0]),
                last=grouped(film.steps[-1]),
            )
        if film is not None:
            return counted(
                "{count} of {all} moments, from step {first} to step {last}, on one scale. A click goes to the moment.",
                "1 moment, at step {last}. A click goes to it.",
                len(film.steps),
                all=grouped(len(self._past.steps)),
                first=grouped(film.steps[0]),
                last=grouped(film.steps[-1]),
            )
        if self._job is not None:
            done = self._job.latest.progress or 0
            return self.tr("Reading recorded moments: {done} of {all} …").format(
                done=done, all=len(chosen_steps(self._past.steps))
            )
        return self.tr("The film appears when moments of this run are recorded.")

    def _tiles(self, film: Film) -> Tiles:
        form, count = film.form, len(film.steps)
        if form.slices == 1:
            below = caption_height(self.font())
            least, most = FRAME_SIDES
            tiling = Tiling(count, form.tile, least_width=least, most_width=most, row_gap=4, below=below)
            return Tiles(
                tiling, film.tiles, film.limit, signed=True, caption=self._label, name=partial(_tile_name, film)
            )
        least, most = WEIGHT_SIDES if form.tile == (1, 1) else SLICE_SIDES
        label_length = max(len(self._label(frame * form.slices)) for frame in range(count))
        tiling = Tiling(
            count * form.slices, form.tile, form.slices, least, most, gap=3, row_gap=7, label_length=label_length
        )
        return Tiles(tiling, film.tiles, film.limit, signed=True, caption=self._label, name=partial(_tile_name, film))

    def _label(self, position: int) -> str:
        """The step of a tile, with a mark if the window shows this step."""
        assert self.film is not None
        step = self.film.step_at(position)
        return f"{SHOWN if step == self._past.step else ''}{grouped(step)}"


def _tile_name(film: Film, position: int) -> str:
    """The description of a tile, for the line below the tiles."""
    step = grouped(film.step_at(position))
    translate = QCoreApplication.translate
    if film.form.sources == 1:
        return translate("FilmStrip", "step {step}").format(step=step)
    reads = film.form.reads(film.filter, film.slice_at(position))
    return translate("FilmStrip", "step {step}, reads map {map} of {source}").format(
        step=step, map=reads, source=film.form.source
    )
