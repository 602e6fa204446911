"""Whatever can have the keyboard says what it is, in the window, in its popups and in every dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QListView, QWidget
from window_kit import make_all_panels

from cnnviz.gui.builder.overlays.notes import Hint
from cnnviz.gui.panel_spec import At
from cnnviz.gui.panel_table import PANELS
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.shell.dialogs import AboutDialog, crash_dialog
from cnnviz.gui.shell.export_dialog import ExportDialog
from cnnviz.gui.shell.paste_dialog import PasteDialog
from cnnviz.gui.shell.preferences import PreferencesDialog
from cnnviz.gui.shell.start_page import StartPage
from cnnviz.gui.shell.sweep_dialog import SweepDialog
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.glossary import Glossary
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def curves_are_made_when_drawn() -> None:
    """Here they are made right after the first paint, as in a window of a user."""


def _nameless(root: QWidget) -> list[str]:
    """The widgets that can have the keyboard and have no name for who cannot see them."""
    found = []
    for widget in root.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.focusProxy() is not None or _never_shown(widget):
            continue
        said = QAccessible.queryAccessibleInterface(widget)
        if said is None or not said.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return found


def _never_shown(widget: QWidget) -> bool:
    """The mark of a form, an empty hint, the closed list of a box, and what pyqtgraph makes for a menu that is off."""
    above: QWidget | None = widget
    while above is not None and not type(above).__module__.startswith("pyqtgraph"):
        above = above.parentWidget()
    box = isinstance(widget, QListView) and isinstance(widget.window().parentWidget(), QComboBox)
    closed = (box or isinstance(widget, Hint)) and not widget.isVisible()
    # what is written into it when it is shown
    later = isinstance(widget, QAbstractButton | PlainLabel) and not widget.text() and not widget.isVisible()
    return widget.objectName() == "mark" or above is not None or closed or later


def test_all_of_the_window_has_names(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "the data")
    window.bridge.session.batches(3)
    person.until(lambda: window.bridge.session.status.step >= 3, "three batches")
    for arrangement in ("build", "train_view", "look"):
        window.arrange(arrangement)
        for node in window.editor.project.network.order:
            window.selection.select([node], node)
            assert _nameless(window) == []
    window.actions_by_id["commands"].trigger()
    window.canvas.open_find()
    window.canvas.quick_add()
    window.notice.post("file", "It could not be saved.", ("Try again", lambda: None))
    assert _nameless(window) == []
    for box in window.findChildren(QComboBox):
        if box.isVisible():
            box.showPopup()
            assert box.view().isVisible() and _nameless(window) == []
            box.hidePopup()


def test_all_of_the_panels_have_names(window: MainWindow) -> None:
    make_all_panels(window)
    for spec in PANELS:
        if spec.place in (At.LAYER, At.RUN):
            window.show_panel(spec.id)
    window.data.open()
    window.sweeps.open()
    assert _nameless(window) == []


def test_all_of_the_dialogs_have_names(window: MainWindow, qtbot: QtBot) -> None:
    project = window.editor.project
    for dialog in (
        StartPage(DARK, window),
        PasteDialog(project, facts_for(project), DARK, "import torch", window),
        ClosingDialog(window.document, window.keeper, window),
        AboutDialog(window),
        crash_dialog("It stopped.", "Because of this.", window),
        ExportDialog(window.bench),
        PreferencesDialog(10, window),
        SweepDialog(window.bench),
        Glossary(window),
    ):
        qtbot.addWidget(dialog)
        assert _nameless(dialog) == []


def test_all_buttons_and_commands_begin_with_a_capital(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "the data")
    for node in window.editor.project.network.order:
        window.selection.select([node], node)
    texts = {button.text() for button in window.findChildren(QAbstractButton) if not _never_shown(button)}
    texts |= {action.text() for action in window.findChildren(QAction)}
    # the value of a parameter, as torch writes it
    small = {text for text in texts if text[:1].islower()} - {"same"}
    assert small == set()
    assert {"Whole run", "Log", "Scale ▾"} <= texts
