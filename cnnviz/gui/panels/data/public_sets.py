"""Downloading public datasets, only when asked: which there are, their size, progress, and what went wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.data.sources import registry
from cnnviz.data.sources.download import Arrived
from cnnviz.data.sources.public import PUBLIC
from cnnviz.data.sources.unpacked import is_unpacked
from cnnviz.files import from_unicode, to_unicode
from cnnviz.gui import file_places
from cnnviz.gui.localized import grouped, memory
from cnnviz.gui.panels.data.reading import Reading
from cnnviz.gui.widgets.plain import PlainLabel, menu_text
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.data.choice import DatasetChoice
    from cnnviz.data.sources.preparing import Progress
    from cnnviz.data.sources.public import Public

STEPS = 1000
"""The steps of the progress bar: numbers of bytes may be too large for it."""


class PublicSets(QWidget):
    """Offers one public dataset, and fetches it. ``button`` opens the menu of all that are not here yet.

    ``chosen(Public)`` follows a choice from the menu, ``fetched(DatasetChoice)`` a dataset that has arrived.
    """

    chosen = Signal(object)
    fetched = Signal(object)

    def __init__(self, sets: Mapping[str, Public] = PUBLIC, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sets = sets
        self._shown: Public | None = None
        self._running: Public | None = None
        """What is being downloaded, which may be another one than what is shown."""
        self.reading: Reading[DatasetChoice] = Reading("cnnviz-fetching", self)
        self.button = QPushButton(self.tr("Download …"))
        self.button.setToolTip(self.tr("Public datasets: Fashion-MNIST, EMNIST, CIFAR-10 and others"))
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        self.about, self.stage, self.error = (PlainLabel() for _ in range(3))
        self.error.setProperty("role", "error")
        self.stage.setProperty("role", "muted")
        for label in (self.about, self.stage, self.error):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, label.sizePolicy().verticalPolicy())
        self.download, self.given, self.cancel = (QPushButton() for _ in range(3))
        self.download.setProperty("primary", True)
        self.given.setText(self.tr("Take files that are here …"))
        self.given.setToolTip(self.tr("A folder with the files as their authors publish them; nothing is downloaded"))
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("What has arrived is kept: the download goes on from there the next time"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the download"))
        self.download.clicked.connect(lambda: self._start(None))
        self.given.clicked.connect(self._ask_folder)
        self.cancel.clicked.connect(self._cancel)
        self.reading.progressed.connect(self._show_progress)
        self.reading.finished.connect(self._finish)
        self.reading.failed.connect(self._fail)
        self._lay_out()
        self.hide()

    @property
    def missing(self) -> tuple[Public, ...]:
        """The public datasets that have not been fetched."""
        registered = registry.names()
        return tuple(public for public in self._sets.values() if public.name not in registered)

    def show_public(self, public: Public | None) -> None:
        """Offer a dataset; None hides the offer. A download goes on all the same."""
        self._shown = public
        self.setVisible(public is not None)
        self.error.setText("")
        self._show_state()

    def _fill(self) -> None:
        self.menu.clear()
        for public in self.missing:
            size = self.tr("on this machine") if is_unpacked(public) else memory(public.size)
            action = self.menu.addAction(menu_text(f"{public.title}  ·  {size}"))
            action.triggered.connect(partial(self.chosen.emit, public))
        if not self.menu.actions():
            self.menu.addAction(self.tr("All of them are here")).setEnabled(False)

    def _start(self, given: Path | None) -> None:
        """Fetch the dataset that is shown, from a folder if it is ``given``."""
        public = self._shown
        assert public is not None

        def work(report: Callable[[Any], object], cancelled: Callable[[], bool]) -> DatasetChoice | None:
            # not at the top of the file: most windows download nothing
            from cnnviz.data.sources.fetching import fetch

            try:
                return fetch(public, given, report, cancelled).choice
            except CancelledError:
                return None

        self._running = public
        self.error.setText("")
        self.stage.setText("")
        self.bar.setRange(0, 0)
        self.reading.start(work)
        self._show_state()

    def _show_progress(self, state: Arrived | Progress) -> None:
        self.bar.setRange(0, STEPS if state.total else 0)
        self.bar.setValue(round(STEPS * state.done / max(1, state.total)))
        title = "" if self._running is None else self._running.title
        if isinstance(state, Arrived):
            text = self.tr("{title}: {done} of {total} of “{name}”") if state.total else self.tr("{title}: {done}")
            done, total = memory(state.done), memory(state.total)
            self.stage.setText(text.format(title=title, done=done, total=total, name=state.name))
        else:
            text = self.tr("{title}: {done} of {total} images are read")
            self.stage.setText(text.format(title=title, done=grouped(state.done), total=grouped(state.total)))

    def _finish(self, choice: DatasetChoice) -> None:
        self._running = None
        self._show_state()
        self.fetched.emit(choice)

    def _fail(self, sentence: str) -> None:
        self._running = None
        self.error.setText(sentence)
        self._show_state()

    def _cancel(self) -> None:
        self.reading.cancel()
        self._fail(self.tr("Cancelled. What has arrived is kept: the download goes on from there."))

    def _show_state(self) -> None:
        running = self._running is not None
        unpacked = self._shown is not None and is_unpacked(self._shown)
        if self._shown is not None:
            size, host = memory(self._shown.size), urlsplit(self._shown.files[0].url).hostname or ""
            offer = self.tr("Its files are on this machine: nothing is downloaded.")
            self.about.setText(offer if unpacked else self.tr("{size} from {host}.").format(size=size, host=host))
            self.download.setText(self.tr("Add it") if unpacked else self.tr("Download {size}").format(size=size))
        self._progress.setVisible(running)
        self.download.setVisible(not running)
        self.given.setVisible(not running and not unpacked)
        self.error.setVisible(bool(self.error.text()))

    def _ask_folder(self) -> None:
        start = to_unicode(file_places.beginning("picture", Path("pictures")).parent)
        if chosen := QFileDialog.getExistingDirectory(self, self.tr("Take the files of a dataset"), start):
            self._start(from_unicode(chosen))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.download)
        buttons.addWidget(self.given)
        buttons.addStretch()
        self._progress = QWidget()
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        lines = QVBoxLayout(self._progress)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.stage)
        lines.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.about)
        column.addLayout(buttons)
        column.addWidget(self._progress)
        column.addWidget(self.error)
