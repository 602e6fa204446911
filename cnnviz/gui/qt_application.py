"""The QApplication of this process."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon, QPixmapCache
from PySide6.QtWidgets import QApplication

from cnnviz import __version__
from cnnviz.gui import feature_switches, language
from cnnviz.resources import resource

PIXMAP_KILOBYTES = 64 * 1024
"""Room for the drawn curves, which Qt keeps as pixmaps: its default is too little for a plot that fills the window."""


class MacApplication(QApplication):
    """Receives the files that macOS opens with the program; they come as events, not as arguments."""

    fileOpened = Signal(str)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.fileOpened.emit(event.file())
            return True
        return super().event(event)


def make_qt() -> QApplication:
    """The QApplication of this process, with name, version and icon."""
    kind = MacApplication if sys.platform == "darwin" else QApplication
    qt = QApplication.instance()
    if qt is None:
        qt = kind(sys.argv[:1])
        language.install(qt)
    assert isinstance(qt, QApplication)
    feature_switches.disable()
    qt.setApplicationName("cnnviz")
    qt.setApplicationDisplayName("cnnviz")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("cnnviz")
    QPixmapCache.setCacheLimit(PIXMAP_KILOBYTES)
    qt.setWindowIcon(QIcon(str(resource("icons/cnnviz.svg"))))
    return qt
