"""Replacing the network by pasted source code: an undoable step, and a notice about the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from cnnviz.gui.builder import clipboard
from cnnviz.gui.document.sentences import FRAMEWORKS, layers, remark_sentence
from cnnviz.gui.run.project_run import kept_share
from cnnviz.gui.run.run_notices import PASTED
from cnnviz.gui.shell.source_reader import SourceReader
from cnnviz.network.layers import Conv2d
from cnnviz.project import edits
from cnnviz.training.changes import compare
from cnnviz.training.channels import MOVING, State
from cnnviz.training.events import RunStarted
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.code.read.pasted import Pasted
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.gui.run.run_notices import RunNotices
    from cnnviz.gui.shell.paste_dialog import PasteDialog
    from cnnviz.gui.widgets.notice_bar import Choice, NoticeBar
    from cnnviz.gui.workbench import Workbench
    from cnnviz.project.project import Project
    from cnnviz.training.channels import Status


MOSTLY = 0.5
"""If a smaller share of its layers can keep what they have learned, a pasted network is another network, not an edit of
the network before."""


@dataclass(frozen=True)
class _Replaced:
    """A step of pasting: the projects before and after it, and the names of their networks."""

    before: Project
    after: Project
    name_before: str
    name_after: str


class Pasting(QObject):
    """Takes source from the clipboard or a dialog.

    If few layers of the pasted network can keep what the present run has learned, a new run begins with it, so that
    nothing on screen belongs to the network before; undo goes back to that run, while the new one is untrained. A
    training that runs goes on.

    ``opened(Project, str, str)`` follows a network that is to have a window of its own, with its name and the sentence
    about it.
    """

    opened = Signal(object, str, str)

    def __init__(self, bench: Workbench, notice: NoticeBar, notices: Callable[[], RunNotices], window: QWidget) -> None:
        super().__init__(window)
        self._bench, self._notice, self._notices, self._window = bench, notice, notices, window
        self._text = ""
        self._replaced: list[_Replaced] = []
        self._moving = False
        self._reader = SourceReader(self)
        self._reader.finished.connect(self._done)
        bench.editor.changed.connect(self._follow_edit)
        bench.bridge.status.connect(self._follow_run)

    def ask(self) -> PasteDialog:
        """Open the dialog; the clipboard's text is filled in if it looks like source."""
        return self._open(clipboard.source())

    def ask_new(self, project: Project) -> PasteDialog:
        """Open the dialog for a window of its own; ``project`` is what the window has besides the network."""
        dialog = self._dialog(project, clipboard.source())
        dialog.taken.connect(lambda pasted: self._open_window(project, pasted))
        dialog.open()
        return dialog

    def read(self, text: str) -> PasteDialog:
        """Open the dialog with the text of a file."""
        return self._open(text)

    def paste(self, text: str) -> None:
        """Read a source and make it the network; if it cannot be read, open the dialog, which reports why."""
        self._text = text
        self._reader.start(text, facts_for(self._bench.editor.project).image)

    def tell(self, sentence: str) -> None:
        """Tell about the network on screen, which was pasted."""
        self._notice.post(PASTED, sentence)

    def _done(self, result: Pasted | PasteError) -> None:
        if isinstance(result, ValueError):
            self._open(self._text)
        else:
            self._apply(result)

    def _open(self, text: str) -> PasteDialog:
        dialog = self._dialog(self._bench.editor.project, text)
        dialog.taken.connect(self._apply)
        dialog.open()
        return dialog

    def _dialog(self, project: Project, text: str) -> PasteDialog:
        # imported here, because most windows need no paste dialog and so open sooner
        from cnnviz.gui.shell.paste_dialog import PasteDialog

        dialog = PasteDialog(project, facts_for(project), self._bench.theme, text, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _open_window(self, project: Project, pasted: Pasted) -> None:
        with_network = edits.use_network(project, pasted.network, pasted.blocks)
        self.opened.emit(with_network, self._name(pasted), self._sentence(with_network, pasted))

    def _apply(self, pasted: Pasted) -> None:
        editor = self._bench.editor
        before = editor.project
        project = edits.use_network(before, pasted.network, pasted.blocks)
        if project == before:
            self._notice.tell(PASTED, self.tr("This is the network that is on the canvas already."))
            return
        choices: tuple[Choice, ...] = ()
        if before.network.nodes:
            choices = ((self.tr("Back to the network before"), editor.undo),)
        sentence = self._sentence(project, pasted)
        origin = self._bench.document.origin
        other = kept_share(before, project) < MOSTLY
        self._replaced.append(_Replaced(before, project, origin, self._name(pasted) if other else origin))
        editor.apply(self.tr("Paste code"), project)
        if self._bench.selection.current is None:
            self._bench.selection.select(project.network.of_kind(Conv2d)[:1])
        if self._notices().awaits_run:
            self._notices().announce(RunStarted, lambda: self._notice.post(PASTED, sentence, *choices))
            return
        if self._bench.bridge.session.status.begun and editor.report.trainable:
            choices = ((self.tr("Train from scratch"), self._notices().from_scratch), *choices)
        self._notice.post(PASTED, sentence, *choices)

    def _sentence(self, project: Project, pasted: Pasted) -> str:
        """What became of the source, and what was read differently."""
        sentence = self.tr("The pasted {framework} code is the network now: {layers}.").format(
            framework=FRAMEWORKS[pasted.framework], layers=layers(len(project.network.nodes))
        )
        return " ".join([sentence, *map(remark_sentence, pasted.notes)])

    def _name(self, pasted: Pasted) -> str:
        return pasted.choice or self.tr("Pasted code")

    def _begins(self, project: Project) -> bool:
        """Whether a new run begins with a pasted project, because it can keep few layers of the present run."""
        session = self._bench.bridge.session
        status = session.status
        if status.state is State.FAILED:
            return True
        return status.begun and status.state not in MOVING and kept_share(session.standing.project, project) < MOSTLY

    def _follow_edit(self, old: Project, new: Project) -> None:
        self._notice.withdraw(PASTED)
        document = self._bench.document
        done = next((each for each in self._replaced if new is each.after), None)
        undone = next((each for each in self._replaced if old is each.after and new is each.before), None)
        if done is not None:
            document.comes_from(done.name_after)
            if not self._notices().awaits_run and self._begins(new):
                self._bench.past.now()
                self._notices().start_over()
        elif undone is not None:
            document.comes_from(undone.name_before)
            self._go_back(new)

    def _go_back(self, project: Project) -> None:
        """Go back to the run before, if it trains this project and the present run was not trained."""
        session = self._bench.bridge.session
        previous = session.standing.previous
        if previous is not None and not session.status.begun and not compare(previous.project, project).restart:
            self._notices().back()

    def _follow_run(self, status: Status) -> None:
        """The notice goes when a training begins."""
        moving = status.state in MOVING
        if moving and not self._moving:
            self._notice.withdraw(PASTED)
        self._moving = moving
