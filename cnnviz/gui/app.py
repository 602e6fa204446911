"""The application: its windows, its theme, and the handling of unexpected exceptions."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer

from cnnviz import settings
from cnnviz.files import from_unicode, is_there, shown
from cnnviz.gui import theme as themes
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.garbage import GarbageTimer
from cnnviz.gui.importable import may_be_imported
from cnnviz.gui.main_window import FRAME, MainWindow
from cnnviz.gui.opening import read_archive, read_project, read_training, template_for
from cnnviz.gui.qt_application import MacApplication, make_qt
from cnnviz.gui.recent_menu import fill_recent_menu
from cnnviz.gui.run.keeping import ask_kept_folder
from cnnviz.gui.run_windows import RunWindows
from cnnviz.gui.shell.cascade import offset
from cnnviz.gui.shell.unexpected_errors import UnexpectedErrors
from cnnviz.gui.welcome import welcome
from cnnviz.gui.widgets.glossary import open_glossary, term_under_pointer
from cnnviz.gui.window_menu import WindowMenu, untouched
from cnnviz.interruption import SIGNALLED
from cnnviz.log import start_logging
from cnnviz.project.file import ProjectFileError, prepare_to_read
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QSessionManager
    from PySide6.QtWidgets import QApplication

    from cnnviz.data.choice import DatasetChoice
    from cnnviz.interruption import Interruption
    from cnnviz.project.project import Project

log = logging.getLogger(__name__)


class Application(QObject):
    """All windows of one process."""

    def __init__(self, qt: QApplication) -> None:
        super().__init__()
        self.windows: list[MainWindow] = []
        self.lingering = False
        """True if a thread of a closed window is still busy; see :func:`run`."""
        self.interrupted: int | None = None
        """The signal that ended the program."""
        self._qt = qt
        self._runs = RunWindows(lambda: self.windows, self.open_window)
        self._garbage = GarbageTimer(self)
        self.errors = UnexpectedErrors(lambda: self.windows, self)
        self.theme = themes.choose(settings.load().theme)
        themes.prepare(qt, self.theme)
        qt.commitDataRequest.connect(self._end_session, Qt.ConnectionType.DirectConnection)
        qt.styleHints().colorSchemeChanged.connect(self._follow_system)
        if isinstance(qt, MacApplication):
            qt.fileOpened.connect(lambda name: self.open_file(from_unicode(name), self.windows[-1]))

    def open_window(self, project: Project, path: Path | None = None) -> MainWindow:
        """Open a new window for a project."""
        window = MainWindow(project, path, self.theme)
        window.asked.connect(lambda what: self._obey(window, what))
        window.projectAsked.connect(self.open_window)
        window.bench.requests.fileAsked.connect(lambda path: self.open_file(path, window))
        window.bench.requests.watchAsked.connect(lambda *run: self._watch(window, *run))
        window.bench.requests.lookAsked.connect(self._runs.look)
        window.bench.requests.runAsked.connect(self._runs.begin)
        window.importing.opened.connect(partial(self._open_imported, window))
        window.pasting.opened.connect(partial(self._open_pasted, window))
        window.closed.connect(lambda ended: self._closed(window, ended))
        window.painted.connect(self._garbage.take_over)
        window.repainted.connect(self._garbage.painted)
        window.bridge.ready.connect(self._garbage.start)
        window.document.recent.connect(self._fill_recent_menus)
        self.windows.append(window)
        WindowMenu(window, lambda: self.windows)
        self._fill_recent_menus()
        if len(self.windows) > 1:
            offset(window, self.windows[:-1], FRAME)
        if len(self.windows) == 1:
            themes.apply(self._qt, self.theme)
            # not before: it would hold up the loading of torch
            window.bridge.ready.connect(lambda: QTimer.singleShot(0, self, prepare_to_read))
        window.show()
        self._garbage.wait()
        return window

    def open_template(self, name: str, images: DatasetChoice | None = None) -> MainWindow:
        """Open a window with a template; without a name, with an empty project. See :func:`template_for`."""
        window = self.open_window(template_for(name, images))
        if not name:
            return window
        window.document.comes_from(TEMPLATES[name].title)
        return window

    def open_first(self, path: Path | None) -> MainWindow:
        """Open the first window: with the project at ``path``, or, if there is none or it cannot be read, a
        template."""
        ready = next(iter(TEMPLATES))
        if path is None:
            return self.open_template(ready)
        if may_be_imported(path):
            window = self.open_template(ready)
            window.painted.connect(partial(window.importing.take, path))
            return window
        try:
            return self._open(path)
        except ProjectFileError as error:
            window = self.open_template(ready)
            window.notice.post("file", error_sentence(error))
            return window

    def open_file(self, path: Path, beside: MainWindow) -> MainWindow | None:
        """Open a project, or a folder with a training, in a new window; ``beside`` is closed if it was not used.

        If it cannot be opened, ``beside`` shows the reason. A file that is imported, such as one of another program, is
        passed to ``beside``.
        """
        if may_be_imported(path):
            beside.importing.take(path)
            return beside
        try:
            return self._in_place_of(beside, self._open(path))
        except ProjectFileError as error:
            beside.notice.post("file", error_sentence(error))
            if not is_there(path):
                settings.save(settings.load().without_recent(path))
                self._fill_recent_menus()
            return None

    def _in_place_of(self, old: MainWindow, new: MainWindow) -> MainWindow:
        """Close ``old`` if it was not used, and move ``new`` to its position."""
        if untouched(old):
            new.setGeometry(old.normalGeometry() if old.isMaximized() or old.isFullScreen() else old.geometry())
            new.setWindowState(old.windowState())
            # later: a menu or page of the old window may be calling this
            QTimer.singleShot(0, old, old.leave)
        return new

    def _open(self, path: Path) -> MainWindow:
        """The window of a project, or of a training that goes on; raises :class:`ProjectFileError` with a sentence."""
        if not path.is_dir():
            if (project := read_archive(path)) is not None:
                window = self.open_window(project)
                window.document.comes_from_archive(path)
                window.painted.connect(partial(window.bench.archives.open, path))
                return window
            saved = read_project(path)
            window = self.open_window(saved.project, path)
            window.painted.connect(partial(window.bench.reopen, saved.run))
            return window
        window = self.open_window(read_training(path))
        window.document.comes_from_training(path)
        window.bridge.session.resume(path)
        return window

    def _open_imported(self, beside: MainWindow, project: Project, run: str, name: str) -> None:
        """Open a network of another program with its weights, which are a run of the library."""
        window = self._in_place_of(beside, self.open_window(project))
        window.document.comes_from(name)
        window.importing.tell(name)
        window.arrange("train_view")
        # at step 0, see :attr:`ProjectRun.name`
        window.painted.connect(partial(window.bench.project_run.reopen, f"{run}@0"))

    def _open_pasted(self, beside: MainWindow, project: Project, name: str, sentence: str) -> None:
        """Open a network that was read from source code."""
        window = self._in_place_of(beside, self.open_window(project))
        window.document.comes_from(name)
        window.pasting.tell(sentence)

    def _watch(self, beside: MainWindow, run: Path, project: Project) -> None:
        """Follow a recorded run in a window of its network; a new one takes the place of ``beside`` if that was not
        used."""
        before = list(self.windows)
        if (window := self._runs.look(run, project)) not in before:
            self._in_place_of(beside, window)

    def offer_recovery(self, window: MainWindow) -> None:
        """Offer the unsaved projects and the trainings of crashed processes."""
        from cnnviz.gui.recovering import CrashRecovery

        CrashRecovery(window, self.open_window).offer()

    def warn_of_folders(self, window: MainWindow) -> None:
        """Show a notice if settings and autosaved projects cannot be written."""
        folder = settings.unwritable()
        if folder is None:
            return
        if settings.at_home():
            sentence = self.tr("Nothing will be remembered, because “%s” cannot be written to.") % shown(folder)
        else:
            sentence = self.tr("Nothing will be remembered, because this user has no home folder.")
        rest = self.tr("Settings, recent files and copies of unsaved work are lost when cnnviz ends.")
        window.notice.post("folders", f"{sentence} {rest}")

    def set_theme(self, choice: settings.ThemeChoice) -> None:
        """Change the theme of all windows, and save the choice."""
        settings.save(replace(settings.load(), theme=choice))
        self.theme = themes.choose(choice)
        themes.apply(self._qt, self.theme)
        for window in self.windows:
            window.set_theme(self.theme)

    def end_by(self, interruption: Interruption) -> None:
        """End the program on a signal: without asking, but autosave unsaved projects for the next start."""
        notifier = QSocketNotifier(interruption.socket.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda *_: self._interrupt(interruption.received()))

    def _interrupt(self, number: int | None) -> None:
        if number is None or self.interrupted is not None:
            return
        log.info("ended by signal %d", number)
        self.interrupted = number
        for window in list(self.windows):
            window.leave(keep_aside=True)
        self._qt.quit()

    def quit(self) -> bool:
        """Ask in every window about unsaved changes, then close all. Returns False if the user has cancelled."""
        if not all(window.may_close() for window in self.windows):
            return False
        for window in list(self.windows):
            window.leave()
        return True

    def _end_session(self, manager: QSessionManager) -> None:
        """The user logs out, or the system shuts down: autosave, ask about unsaved changes, close."""
        for window in self.windows:
            window.document.autosave()
        if not manager.allowsInteraction():
            return
        if all(window.may_close() for window in self.windows):
            # later: the session manager waits for an answer
            for window in self.windows:
                QTimer.singleShot(0, window, window.leave)
        else:
            manager.cancel()
        manager.release()

    def _obey(self, window: MainWindow, what: str) -> None:
        match what:
            case "new":
                self._offer_new(window)
            case "open":
                if (path := window.document.ask_for_file()) is not None:
                    self.open_file(path, window)
            case "quit":
                self.quit()
            case "open_training":
                if (folder := ask_kept_folder(window.document.suggested_folder().parent, window)) is not None:
                    self.open_file(folder, window)
            case "glossary":
                open_glossary(window, term_under_pointer())
            case "about":
                from cnnviz.gui.shell.dialogs import show_about

                show_about(window)
            case "preferences":
                from cnnviz.gui.shell.preferences import show_preferences

                show_preferences(window.editor.report.parameters, window)
            case "log":
                from PySide6.QtCore import QUrl
                from PySide6.QtGui import QDesktopServices

                QDesktopServices.openUrl(QUrl.fromLocalFile(str(settings.folders().log)))
            case "system" | "dark" | "light":
                self.set_theme(what)

    def _closed(self, window: MainWindow, ended: bool) -> None:
        self.lingering = self.lingering or not ended
        self.windows.remove(window)
        if not self.windows and not self.lingering:
            self._garbage.stop()
        window.destroyed.connect(self._garbage.collect_soon)
        window.deleteLater()

    def _follow_system(self) -> None:
        if settings.load().theme == "system":
            self.set_theme("system")

    def _offer_new(self, window: MainWindow) -> None:
        """Show the start page with the templates over a window."""
        # not at the top of the file: the first window does not need it
        from cnnviz.gui.shell.start_page import StartPage

        page = StartPage(self.theme, window)
        forecast = window.forecast
        page.tell_times(forecast.seconds)
        forecast.changed.connect(page.update_times)
        if not forecast.machine_known:
            window.bridge.measurements.measure_speed()
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        images = window.editor.project.dataset
        page.chosen.connect(lambda name: self._in_place_of(window, self.open_template(name, images)))
        page.codeAsked.connect(lambda: window.pasting.ask_new(template_for("", images)))
        page.open()

    def _fill_recent_menus(self) -> None:
        for window in self.windows:
            fill_recent_menu(window, partial(self.open_file, beside=window))


def run(path: Path | None, interruption: Interruption) -> int:
    """Open the window with the project at ``path``, or with the first template; return when the last window is closed.

    If a signal ends the program, the exit code is 128 plus its number, as in a shell. A thread that is still in a long
    torch operation cannot be ended, and would abort the process when the interpreter exits. In this case everything is
    flushed, and the process exits by ``os._exit``.
    """
    start_logging()
    qt = make_qt()
    application = Application(qt)
    application.errors.catch()
    application.end_by(interruption)
    window = application.open_first(path)
    welcome(window)
    application.warn_of_folders(window)
    # afterwards, because it reads the folders of all runs
    window.painted.connect(lambda: application.offer_recovery(window))
    code = qt.exec()
    interruption.ignore()
    if application.interrupted is not None:
        code = SIGNALLED + application.interrupted
    if application.lingering or application.windows:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
