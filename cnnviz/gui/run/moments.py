"""The recorded moments of the run that the window shows, with the names and pins that the user gave them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.files import shown
from cnnviz.gui.language import text
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.runs.folder import MomentFile
    from cnnviz.runs.marks import MomentMark


@dataclass(frozen=True)
class KnownMoment:
    """A recorded moment: whether training can go on from it exactly, its ``name``, and whether it is pinned."""

    step: int
    exact: bool = False
    name: str = ""
    pinned: bool = False

    @property
    def marked(self) -> bool:
        """Whether the moment is kept, whatever the budget is."""
        return self.pinned or bool(self.name)


@dataclass(frozen=True)
class KnownMoments:
    """The moments of a run in ascending order; about ``fit`` of them fit into the budget, 0 if that is unknown."""

    moments: tuple[KnownMoment, ...] = ()
    fit: int = 0

    def at(self, step: int | None) -> KnownMoment | None:
        """The moment after ``step``."""
        return next((moment for moment in self.moments if moment.step == step), None)


class Moments(QObject):
    """Follows ``past``. ``changed(KnownMoments)`` follows a change; ``failed(str)`` says why a name or pin could not be
    kept."""

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, past: Past, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._past, self._bridge = past, bridge
        self.known = KnownMoments()
        self._marks: dict[int, MomentMark] = {}
        past.recorded.connect(lambda _: self._read())

    def set_name(self, step: int, name: str) -> None:
        """Name a moment; an empty text removes its name."""
        self._mark(step, name=name)

    def toggle_pin(self, step: int) -> None:
        """Pin a moment, or unpin it."""
        moment = self.known.at(step)
        if moment is not None:
            self._mark(step, pinned=not moment.pinned)

    def _mark(self, step: int, **changes: object) -> None:
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.marks import MomentMark, write_mark
        from cnnviz.runs.ownership import belongs_here
        from cnnviz.runs.recorder import runs_folder

        folder = self._past.run_folder
        if folder is None:
            return
        try:
            if not belongs_here(folder, runs_folder()):
                raise RunError(
                    Sentence(
                        "“{name}” is only watched, and nothing is written to it: its moments get no names and pins.",
                        name=shown(folder.name),
                    )
                )
            write_mark(folder, step, replace(self._marks.get(step, MomentMark()), **changes))  # type: ignore[arg-type]
        except RunError as error:
            self.failed.emit(text(error.sentence))
        self._read()

    def _read(self) -> None:
        """Read the moments again, and their names and pins: a run that goes on from another takes them over."""
        from cnnviz.runs.marks import read_marks

        folder = self._past.run_folder
        self._marks = {} if folder is None else read_marks(folder)
        files, fit = self._files()
        known = KnownMoments(
            tuple(
                KnownMoment(file.step, file.exact, mark.name, mark.pinned)
                if (mark := self._marks.get(file.step)) is not None
                else KnownMoment(file.step, file.exact)
                for file in files
            ),
            fit,
        )
        if known != self.known:
            self.known = known
            self.changed.emit(known)

    def _files(self) -> tuple[tuple[MomentFile, ...], int]:
        """The moments on disk, and about how many of them fit into the budget."""
        from cnnviz.runs.folder import moments
        from cnnviz.runs.thinning import fitting

        past, recorder = self._past, self._bridge.recorder
        if past.folder is not None:
            return tuple(moments(past.folder).values()), 0
        if recorder is None:
            return (), 0
        files = recorder.files(past.run)
        sizes = {file.step: file.bytes for file in files}
        return files, fitting(sizes, recorder.budget(past.run), self._marks) if files else 0
