"""Importing weights and networks of other programs into a window, or into a window of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from cnnviz.files import from_unicode, to_unicode
from cnnviz.gui import file_places
from cnnviz.gui.importable import endings, is_code
from cnnviz.gui.language import text
from cnnviz.gui.opening import template_for
from cnnviz.gui.run.run_notices import IMPORTED
from cnnviz.source_files import SourceFileError, text_of
from cnnviz.training.events import RunResumed

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.run.importing import Added, Importer
    from cnnviz.gui.run.run_notices import RunNotices
    from cnnviz.gui.shell.import_dialog import ImportDialog
    from cnnviz.gui.widgets.notice_bar import Choice, NoticeBar
    from cnnviz.gui.workbench import Workbench


class Importing(QObject):
    """Asks for a file and opens the dialog of the import.

    Weights for the network on screen become those of the present run. ``opened(Project, str, str)`` follows for any
    other network, with the id of the run that holds its weights in the library, and the name of the network.
    """

    opened = Signal(object, str, str)

    def __init__(
        self,
        bench: Workbench,
        notice: NoticeBar,
        notices: Callable[[], RunNotices],
        read_code: Callable[[str], object],
        window: QWidget,
    ) -> None:
        """``read_code`` takes the text of source code."""
        super().__init__(window)
        self._bench, self._notice, self._notices, self._window = bench, notice, notices, window
        self._read_code = read_code
        self._importers: list[Importer] = []
        """Those whose threads may still run."""
        bench.closers.append(self._close)

    def ask(self) -> None:
        """Ask for a file, and import it."""
        start = to_unicode(file_places.beginning("training", Path("weights")).parent)
        kinds = f"{self.tr('Weights, networks and code')} ({endings()});;{self.tr('All files')} (*)"
        chosen, _ = QFileDialog.getOpenFileName(self._window, self.tr("Import weights or a network"), start, kinds)
        if chosen:
            path = from_unicode(chosen)
            file_places.remember("training", path)
            self.take(path)

    def take(self, path: Path) -> None:
        """Import a file: weights or a network in the dialog that shows what goes where, source code by pasting it."""
        if not is_code(path):
            self.open(path)
            return
        try:
            self._read_code(text_of(path))
        except SourceFileError as error:
            self._notice.post("file", text(error.sentence))

    def open(self, path: Path) -> ImportDialog:
        """Show what of a file goes where."""
        from cnnviz.gui.run.importing import Importer
        from cnnviz.gui.shell.import_dialog import ImportDialog

        bench = self._bench
        project = bench.editor.project
        importer = Importer(path, project, bench.document.name, lambda name: template_for(name, project.dataset), self)
        self._importers = [importer for importer in self._importers if not importer.ended]
        self._importers.append(importer)
        dialog = ImportDialog(path, importer, bench.theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.added.connect(self._show)
        dialog.open()
        return dialog

    def tell(self, name: str) -> None:
        """Say that the network on screen, which was imported, has its weights, as soon as it has them."""
        self._announce(self.tr("“%s” has the weights that were imported.") % name)

    def _close(self) -> bool:
        """Stop reading files; returns whether all threads have ended."""
        ended = [importer.close() for importer in self._importers]
        return all(ended)

    def _show(self, added: Added) -> None:
        """Show a network with its weights."""
        if added.new_network:
            self.opened.emit(added.project, added.run, added.new_network)
            return
        session = self._bench.bridge.session
        choices = ((self.tr("Back to the run before"), session.back),) if session.status.begun else ()
        self._bench.editor.apply(self.tr("Import weights"), added.project)
        self._announce(added.sentence, *choices)
        # at step 0, see :attr:`ProjectRun.name`
        self._bench.project_run.reopen(f"{added.run}@0")

    def _announce(self, sentence: str, *choices: Choice) -> None:
        def show() -> None:
            sentences = " ".join(filter(None, (sentence, self._notices().paused())))
            if choices:
                self._notice.post(IMPORTED, sentences, *choices)
            else:
                self._notice.tell(IMPORTED, sentences)

        self._notices().announce(RunResumed, show)
