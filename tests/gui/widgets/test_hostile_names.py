"""Names of classes and folders are no HTML in any tooltip: Qt would open the picture that it names."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from unittest.mock import Mock

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.data.class_list import ClassList
from cnnviz.gui.panels.data.state import ClassRow
from cnnviz.gui.panels.data.summary import Summary
from cnnviz.gui.panels.points.pointed import PointedImage
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.class_bars import ClassBars
from cnnviz.gui.widgets.gallery import Caption, Gallery

if TYPE_CHECKING:
    import pytest
    from PySide6.QtWidgets import QListView
    from pytestqt.qtbot import QtBot

NAME = '<img src="picture.png">'


def is_literal(tip: str) -> bool:
    return escape(NAME) in tip and "<img" not in tip


def tip_of_first(view: QListView) -> str:
    return str(view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole))


def test_in_the_list_of_classes_and_beside_the_place_of_a_dataset(qtbot: QtBot) -> None:
    classes, summary = ClassList(DARK), Summary(DARK)
    qtbot.addWidget(classes)
    qtbot.addWidget(summary)
    classes.classes.rows = (ClassRow(NAME, 3, 2, 1),)
    assert is_literal(tip_of_first(classes))
    summary.show_about(NAME, NAME, f"/home/{NAME}")
    assert is_literal(summary.place.toolTip())


def test_in_the_gallery_and_beside_a_point(qtbot: QtBot) -> None:
    gallery, pointed = Gallery(DARK), PointedImage()
    qtbot.addWidget(gallery)
    qtbot.addWidget(pointed)
    caption = Caption(NAME, NAME, "", False, f"“{NAME}” is taken for “7”")
    gallery.show_images(Mock(), np.array([0]), np.zeros((1, 1, 8, 8), np.uint8), (NAME,), lambda _: caption)
    assert is_literal(tip_of_first(gallery))
    pointed.show_image(None, caption.sentence)
    assert is_literal(pointed._sentence.toolTip())


def test_on_the_bars_of_the_classes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, tips = ClassBars(DARK), Mock()
    qtbot.addWidget(bars)
    monkeypatch.setattr("cnnviz.gui.widgets.class_bars.QToolTip.showText", tips)
    bars.set_names((NAME, "7"))
    bars.show_answer(((0.25, -1.0), (0.75, 1.0)))
    QApplication.sendEvent(bars, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), QPoint(2, 2)))
    assert is_literal(tips.call_args.args[1])
