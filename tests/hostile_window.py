"""A window that is given hostile words in every place where words of others are shown; started as a process of its own.

``hostile_window.py BAIT FOLDER``: the words name the pipe BAIT, so that whatever opens it can be seen from outside.
It writes JSON: files and sockets that Python opened, and what was shown.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from PySide6.QtCore import QAbstractTableModel, QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QMenu, QToolTip, QWidget

from cnnviz.gui.app import Application
from cnnviz.gui.builder import picture
from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.shell.dialogs import crash_dialog
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.project.file import save, to_json
from cnnviz.project.layout import Block
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

BAIT, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])
PICTURE = f'<img src="{BAIT.as_uri()}">'
NEAR = f'<img src="{BAIT.name}">'
WORDS = (
    PICTURE,
    NEAR,
    f"&lt;{PICTURE}",
    f'<a href="{BAIT.as_uri()}">a & b</a>',
    f"<html><body background='{BAIT.as_uri()}'>",
    f"\u202eright\u2066\n{PICTURE}\n\x1b[31m[*]&",
    "x" * 1_000_000 + PICTURE,
)
opened: list[str] = []
sockets: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """What Python opens from now on."""
    if event == "open" and isinstance(arguments[0], str | bytes):
        opened.append(os.fsdecode(arguments[0]))
    elif event.startswith("socket."):
        sockets.append(event)


def projects() -> list[Path]:
    """Files with each of the words in each place of a project, by names that are words too."""
    entry = json.loads(to_json(TEMPLATES["fast"].project()))
    made = []
    for number, word in enumerate(WORDS):
        node = entry["network"]["nodes"][1]
        for place, changed in (
            ("kind", {"network": {**entry["network"], "nodes": [{**node, "kind": word}]}}),
            ("id", {"network": {**entry["network"], "nodes": [{**node, "id": word}]}}),
            ("parameter", {"network": {**entry["network"], "nodes": [{**node, "parameters": {word: 1}}]}}),
            ("wire", {"network": {**entry["network"], "edges": [[word, word, 0]]}}),
            ("recipe", {"recipe": {word: word}}),
            ("optimizer", {"recipe": {**entry["recipe"], "optimizer": word}}),
            ("data", {"dataset": {**entry["dataset"], "name": word}}),
            ("block", {"blocks": [{"id": word, "name": word, "parent": word, "members": [word], "folded": False}]}),
            ("top", {word: 1}),
        ):
            path = FOLDER / f"{place} {number} {NEAR.replace('/', '')}&[*]\u202e.cnnviz"
            path.write_text(json.dumps({**entry, **changed}))
            made.append(path)
    return made


def with_block() -> Project:
    """A project with a problem in a folded block whose name is a word."""
    project = TEMPLATES["fast"].project()
    names = [name for name in project.network.nodes if name.startswith(("conv", "relu"))][:2]
    block = Block("#1", f"{NEAR}&"[:64], frozenset(names), None, True)
    return Project(project.network, project.layout.with_block(block), project.recipe, project.dataset)


def show_tips(qt: QApplication) -> None:
    """Show every tooltip that there is: of widgets, actions, items of the canvas and cells of lists."""
    tips = []
    for widget in qt.allWidgets():
        tips += [widget.toolTip(), widget.whatsThis(), widget.statusTip(), *(one.toolTip() for one in widget.actions())]
        qt.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), QPoint(2, 2)))
        if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
            for row in range(model.rowCount()):
                cells = [model.index(row, column) for column in range(columns)]
                tips += [str(cell.data(Qt.ItemDataRole.ToolTipRole) or "") for cell in cells]
        if isinstance(widget, MainWindow):
            tips += [item.hover_text(0.5) for item in widget.canvas.scene().items() if isinstance(item, NodeItem)]
            tips += [action.toolTip() for action in widget.findChildren(QAction)]
    for tip in {tip for tip in tips if tip}:
        QToolTip.showText(QPoint(5, 5), tip)
        qt.processEvents()
    QToolTip.hideText()


def say_everywhere(window: MainWindow, word: str, shown: list[str]) -> None:
    """Sentences with a word in them, where sentences of errors are shown."""
    window.notice.post("word", word, (word, lambda: None, word))
    window.status.show_message(word)
    window.sample.say_why_empty(word)
    window.document.failed.emit(word)
    window.layer.name.setText(word)
    window.places.left.title.setText(word)
    project = window.editor.project
    window.editor.apply(word, replace(project, recipe=replace(project.recipe, seed=project.recipe.seed + 1)))
    shown.append(window.actions_by_id["undo"].text())


def close_question(qt: QApplication, texts: list[str]) -> None:
    """Answer the question about unsaved changes as soon as it is there."""
    box = qt.activeModalWidget()
    if isinstance(box, ClosingDialog):
        texts += [box.windowTitle(), *(label.text() for label in box.findChildren(PlainLabel))]
        box.grab()
        box.discard.click()
    else:
        QTimer.singleShot(10, lambda: close_question(qt, texts))


def drive(qt: QApplication) -> dict[str, Any]:
    """Show everything everywhere; what was seen."""
    application = Application(qt)
    block = FOLDER / f"{NEAR}&[*].cnnviz"
    save(with_block(), block)
    window = application.open_first(block)
    qt.processEvents()
    sentences = []
    for path in projects():
        application.open_file(path, window)
        sentences.append(window.notice.text())
        window.grab()
        qt.processEvents()
    undo: list[str] = []
    for word in WORDS[:-1]:
        say_everywhere(window, word, undo)
        dialog = crash_dialog(word, word, window)
        dialog.show()
        dialog.grab()
        paste = window.pasting._open(f"nn.Sequential({word})\n{word}")
        paste.grab()
        qt.processEvents()
        paste.close()
        dialog.close()
        window.grab()
    window.arrange("build")
    qt.processEvents()
    show_tips(qt)
    recent = window.recent_menu
    assert isinstance(recent, QMenu)
    menu = [action.text() for action in recent.actions()]
    scene = window.canvas.scene()
    assert isinstance(scene, GraphScene)
    drawn = picture.svg(scene, WORDS[5])
    window.document.mark_unsaved()
    texts: list[str] = []
    QTimer.singleShot(0, lambda: close_question(qt, texts))
    title = window.windowTitle()
    for one in list(application.windows):
        one.close()
    return {
        "sentences": sentences,
        "menu": menu,
        "title": title,
        "question": texts,
        "undo": undo,
        "tags": sorted({one.tag.rpartition("}")[2] for one in ET.fromstring(drawn).iter()}),
        "links": [one.attrib[name] for one in ET.fromstring(drawn).iter() for name in one.attrib if "href" in name],
        "words": [one.text for one in ET.fromstring(drawn).iter() if one.text and "img" in one.text],
    }


def main() -> None:
    """Be watched from the first window on."""
    qt = make_qt()
    QWidget().deleteLater()
    os.chdir(BAIT.parent)
    sys.addaudithook(watch)
    seen = drive(qt)
    sys.stdout.write(json.dumps({**seen, "opened": opened, "sockets": sockets}))


if __name__ == "__main__":
    main()
