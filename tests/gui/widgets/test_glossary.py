"""The glossary: found by search, and from each word where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from cnnviz.gui.app import Application
from cnnviz.gui.panels.layer_table.rows import COLUMNS
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.shell.past_bar import PastBar
from cnnviz.gui.widgets.glossary import Glossary, term_at
from cnnviz.gui.widgets.terms import TERMS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def shown(glossary: Glossary) -> list[str]:
    words = glossary.words
    return [words.item(place).text() for place in range(words.count()) if not words.item(place).isHidden()]


def ask(widget: QWidget, at: QPoint) -> QMenu:
    """The menu of the right button at a point of a widget."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_words_are_in_order_and_each_is_told_in_a_sentence() -> None:
    assert list(TERMS) == sorted(TERMS, key=str.casefold)
    assert all(text.endswith(".") for text in TERMS.values())
    assert set(COLUMNS) <= set(TERMS)


def test_a_search_goes_through_words_and_meanings(qtbot: QtBot) -> None:
    glossary = Glossary()
    qtbot.addWidget(glossary)
    glossary.search.setText("receptive field")
    assert shown(glossary) == ["sees"] and glossary.meaning.text() == TERMS["sees"]
    glossary.search.setText("map")
    assert len(shown(glossary)) > 3 and glossary.meaning.text() == TERMS["map"]
    glossary.search.setText("xyzzy")
    assert shown(glossary) == [] and glossary.meaning.text() == ""
    glossary.show_term("MACs")
    assert len(shown(glossary)) == len(TERMS) and glossary.meaning.text() == TERMS["MACs"]
    for after_nothing in ("", "MACs"):
        glossary.search.setText("xyzzy")
        glossary.search.setText(after_nothing)
        assert glossary.meaning.text() == TERMS["MACs"]


def test_each_word_of_the_window_leads_to_it(qtbot: QtBot) -> None:
    application = Application(QApplication.instance())  # type: ignore[arg-type] # pytest-qt made one
    window = application.open_template("fast")
    try:
        _follow(window)
    finally:
        window.leave()
        application.deleteLater()


def test_each_word_of_runs_moments_mistakes_and_explanations_leads_to_it(qtbot: QtBot) -> None:
    application = Application(QApplication.instance())  # type: ignore[arg-type] # pytest-qt made one
    window = application.open_template("fast")
    try:
        body = window.sample.why.body()
        for part, term in (
            (window.panel(RunsPanel).table, "run"),
            (window.curves.timeline, "moment"),
            (window.panel(MistakesPanel)._facts, "calibration"),
            (window.middle.microscope.bar.direction, "gradient"),
            (window.sample.why._section.title, "attribution"),
            (body.check, "rank correlation"),
            (window.sample.fool._section.title, "adversarial image"),
            (window.panel(PointsPanel).choices.methods.buttons()[1], "principal components"),
            (window.findChildren(PastBar)[0].word, "past"),
        ):
            assert term_at(part, part.mapToGlobal(QPoint(2, 2))) == term and term in TERMS
        for method, term in (
            ("integrated_gradients", "integrated gradients"),
            ("grad_cam", "Grad-CAM"),
            ("occlusion", "occlusion"),
            ("smooth_gradient", "gradient"),
        ):
            body.method.setCurrentIndex(body.method.findData(method))
            assert term_at(body.method, QPoint()) == term_at(body.other, QPoint()) == term and term in TERMS
    finally:
        window.leave()
        application.deleteLater()


def _follow(window: MainWindow) -> None:
    window.arrange("build")
    line = window.status
    for widget, term in ((line.cost, "looking costs"), (line.problems, "problems"), (line.device, "number format")):
        menu = ask(widget, widget.rect().center())
        assert menu.actions()[0].text() == f"What is “{term}”?"
        menu.actions()[0].trigger()
        menu.close()
        glossary = window.findChild(Glossary)
        assert isinstance(glossary, Glossary) and glossary.isVisible()
        assert glossary.meaning.text() == TERMS[term]
    header = window.table.table.horizontalHeader()
    for place, name in enumerate(COLUMNS):
        if not header.isSectionHidden(place):
            at = QPoint(header.sectionViewportPosition(place) + 3, 5)
            assert term_at(header.viewport(), header.viewport().mapToGlobal(at)) == name
    window.actions_by_id["glossary"].trigger()
    assert len(window.findChildren(Glossary, options=Qt.FindChildOption.FindChildrenRecursively)) == 1
