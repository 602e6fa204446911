"""The error dialog and the About dialog. Each is deleted when it is closed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from cnnviz import __version__
from cnnviz.gui.widgets.front import show_in_front
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.resources import resource

PARTS = ("PySide6-Essentials", "pyqtgraph", "torch", "numpy", "pydantic")


def versions() -> str:
    """The versions of program, Python and libraries, one per line."""
    # imported here, because only reports need it and the window opens sooner
    import platform
    from importlib.metadata import PackageNotFoundError, version

    lines = [f"cnnviz {__version__}", f"Python {platform.python_version()} on {platform.platform()}"]
    for part in PARTS:
        try:
            lines.append(f"{part} {version(part)}")
        except PackageNotFoundError:
            lines.append(f"{part} (version unknown)")
    return "\n".join(lines)


class ReportDialog(QDialog):
    """Shows a sentence, and below it a text that can be copied."""

    def __init__(self, title: str, sentence: str, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(680, 420)
        label = PlainLabel(sentence)
        label.setWordWrap(True)
        self.detail = QPlainTextEdit(detail)
        self.detail.setReadOnly(True)
        self.detail.setAccessibleName(self.tr("Details"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.detail.toPlainText()))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(label)
        column.addWidget(self.detail, 1)
        column.addWidget(buttons)


def crash_dialog(sentence: str, detail: str, parent: QWidget | None) -> ReportDialog:
    """The dialog for an unexpected exception; the project stays open."""
    title = QCoreApplication.translate("dialogs", "Something went wrong")
    return ReportDialog(title, sentence, f"{versions()}\n\n{detail}", parent)


class AboutDialog(QDialog):
    """Shows what the program is, its versions, and the licences of all its parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About cnnviz"))
        self.resize(720, 560)
        picture = PlainLabel()
        picture.setPixmap(self.windowIcon().pixmap(64, 64))
        name = PlainLabel(f"cnnviz {__version__}")
        name.setStyleSheet("font-size: 15pt; font-weight: 600")
        sentence = PlainLabel(self.tr("Build a convolutional network, train it, and look inside while it learns."))
        made_of = PlainLabel("  ·  ".join(versions().splitlines()[1:]))
        made_of.setProperty("role", "muted")
        for label in (sentence, made_of):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notices = QTextBrowser()
        self.notices.setAccessibleName(self.tr("Licences"))
        self.notices.setOpenExternalLinks(True)
        self.notices.setSource(QUrl.fromLocalFile(str(resource("notices/README.md"))))
        head = QGridLayout()
        head.setHorizontalSpacing(16)
        head.setVerticalSpacing(2)
        head.addWidget(picture, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(name, 0, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(sentence, 1, 1, Qt.AlignmentFlag.AlignTop)
        head.setColumnStretch(1, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.back = buttons.addButton(self.tr("Back"), QDialogButtonBox.ButtonRole.ActionRole)
        self.back.setEnabled(False)
        self.back.clicked.connect(self.notices.backward)
        self.notices.backwardAvailable.connect(self.back.setEnabled)
        copy = buttons.addButton(self.tr("Copy versions"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions()))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(made_of)
        column.addWidget(self.notices, 1)
        column.addWidget(buttons)


def show_about(window: QWidget) -> None:
    """Show the About dialog of a window; if it is open already, bring it to the front."""
    found = window.findChild(AboutDialog)
    dialog = found if isinstance(found, AboutDialog) else AboutDialog(window)
    show_in_front(dialog)
