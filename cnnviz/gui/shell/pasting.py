"""Replacing the network by pasted source code: an undoable step, and a notice about the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from cnnviz.gui.builder import clipboard
from cnnviz.gui.document.sentences import FRAMEWORKS, layers, remark_sentence
from cnnviz.gui.shell.source_reader import SourceReader
from cnnviz.project import edits
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.code.read.paste import Pasted
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.shell.paste_dialog import PasteDialog
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.notice_bar import Choice, NoticeBar

SUBJECT = "pasted"


class Pasting(QObject):
    """Takes source from the clipboard or a dialog; ``theme()`` returns the current theme."""

    def __init__(self, editor: ProjectEditor, notice: NoticeBar, theme: Callable[[], Theme], window: QWidget) -> None:
        super().__init__(window)
        self._editor, self._notice, self._theme, self._window = editor, notice, theme, window
        self._text = ""
        self._reader = SourceReader(self)
        self._reader.finished.connect(self._done)
        editor.changed.connect(lambda *_: notice.withdraw(SUBJECT))

    def ask(self) -> PasteDialog:
        """Open the dialog; the clipboard's text is filled in if it looks like source."""
        return self._open(clipboard.source())

    def paste(self, text: str) -> None:
        """Read a source and make it the network; if it cannot be read, open the dialog, which reports why."""
        self._text = text
        self._reader.start(text, facts_for(self._editor.project).image)

    def _done(self, result: Pasted | PasteError) -> None:
        if isinstance(result, ValueError):
            self._open(self._text)
        else:
            self._apply(result)

    def _open(self, text: str) -> PasteDialog:
        # imported here, because most windows need no paste dialog and so open sooner
        from cnnviz.gui.shell.paste_dialog import PasteDialog

        project = self._editor.project
        dialog = PasteDialog(project, facts_for(project), self._theme(), text, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.taken.connect(self._apply)
        dialog.open()
        return dialog

    def _apply(self, pasted: Pasted) -> None:
        before = self._editor.project
        project = edits.use_network(before, pasted.network, pasted.blocks)
        if project == before:
            self._notice.tell(SUBJECT, self.tr("This is the network that is on the canvas already."))
            return
        self._editor.apply(self.tr("Paste code"), project)
        said = self.tr("The pasted {framework} code is the network now: {layers}.").format(
            framework=FRAMEWORKS[pasted.framework], layers=layers(len(project.network.nodes))
        )
        choices: tuple[Choice, ...] = ()
        if before.network.nodes:
            choices = ((self.tr("Back to the network before"), self._editor.undo),)
        self._notice.post(SUBJECT, " ".join([said, *map(remark_sentence, pasted.notes)]), *choices)
