"""What the Mistakes tab draws of predictions: the matrix, its classes and cells, reliability, and saved numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest

from cnnviz.gui.panels.mistakes import state, words
from cnnviz.gui.panels.mistakes.matrix import COLUMN_GAP, LARGEST_FONT, ConfusionMatrix
from cnnviz.gui.panels.mistakes.state import MOST_CLASSES
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.gallery import Gallery
from cnnviz.gui.widgets.glossary import term_at
from cnnviz.gui.widgets.terms import TERMS
from cnnviz.inspection.studies.predictions import Predictions

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def made(labels: list[int], predicted: list[int], classes: int = 3) -> Predictions:
    shares = np.full((len(labels), classes), 0.1, np.float32)
    shares[np.arange(len(labels)), predicted] = np.linspace(0.6, 0.9, len(labels))
    return Predictions("validation", 1, 7, shares, np.ones(len(labels), np.float32), np.array(labels))


def test_the_matrix_counts_labels_by_row_and_predictions_by_column() -> None:
    shown = state.matrix(made([0, 0, 0, 1, 2], [0, 1, 1, 1, 2]), ("a", "b", "c"), rates=False)
    assert [[cell.count for cell in row] for row in shown.cells] == [[1, 2, 0], [0, 1, 0], [0, 0, 1]]
    assert list(shown.recall) == pytest.approx([1 / 3, 1, 1])
    assert list(shown.precision) == pytest.approx([1, 1 / 3, 1])
    assert shown.cells[0][1].share == pytest.approx(2 / 3)
    # the most frequent mistake has the full colour
    assert (shown.cells[0][1].strength, shown.cells[0][2].strength) == (1, 0)


def test_of_many_classes_those_with_most_mistakes_are_shown() -> None:
    labels = [*range(1000), 500, 500, 7]
    shown = state.matrix(made(labels, [*range(1000), 7, 7, 900], 1000), (), rates=False)
    assert len(shown.classes) == MOST_CLASSES and shown.of == 1000
    assert {7, 500, 900} <= set(shown.classes) and list(shown.classes) == sorted(shown.classes)
    assert shown.cells[shown.classes.index(500)][shown.classes.index(7)].count == 2


def test_the_classes_of_the_most_frequent_mistakes_are_shown_in_pairs() -> None:
    # class 3 has most mistakes, each of them another one; 5 is often taken for 8
    labels, predicted = [3] * 9 + [5, 5, 5], [*range(20, 29), 8, 8, 8]
    assert state.chosen_classes(made(labels, predicted, 40).confusion, 4) == (3, 5, 8, 20)


@pytest.mark.parametrize(("classes", "size"), [(2, (150, 150)), (10, (320, 145)), (40, (500, 900)), (1000, (420, 160))])
def test_the_matrix_has_its_cells_in_view_whatever_the_number_of_classes(
    qtbot: QtBot, classes: int, size: tuple[int, int]
) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(*size)
    matrix.show()
    labels = np.arange(classes).repeat(2)
    found = made(labels.tolist(), ((labels + np.tile([0, 1], classes)) % classes).tolist(), classes)
    names = tuple(f"a rather long name {at}" for at in range(classes))
    drawn = state.matrix(found, names, rates=False, most=min(matrix.room, MOST_CLASSES))
    matrix.set_state(drawn)
    assert len(drawn.classes) == min(classes, matrix.room, MOST_CLASSES) and drawn.of == classes
    for label in drawn.classes:
        assert matrix.rect().contains(matrix.cell_rect(label, label).toAlignedRect())


def test_columns_are_as_wide_as_their_names_where_there_is_room(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    names = ("circles", "squares", "triangles")
    matrix.set_state(state.matrix(made([0, 0, 1, 2], [0, 2, 1, 2]), names, rates=False))
    matrix.resize(matrix.sizeHint().width(), 170)
    font = QFont(matrix.font())
    font.setPixelSize(LARGEST_FONT)
    needed = QFontMetrics(font).horizontalAdvance("triangles")
    assert matrix.cell_rect(0, 0).width() >= needed + COLUMN_GAP
    assert matrix.cell_rect(0, 0).x() >= needed + 4
    # without room the cells are narrower than the names, and all of them are in view
    matrix.resize(220, 170)
    assert matrix.cell_rect(2, 2).right() <= 220 and matrix.cell_rect(0, 0).width() < needed


@pytest.mark.parametrize("height", [150, 190, 300])
def test_two_precisions_side_by_side_have_a_gap(qtbot: QtBot, height: int) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    labels = np.arange(10).repeat(500).tolist()
    matrix.set_state(state.matrix(made(labels, labels, 10), tuple("0123456789"), rates=False))
    matrix.resize(matrix.sizeHint().width(), height)
    cell = matrix.cell_rect(0, 0)
    assert QFontMetrics(matrix._font(cell.height())).horizontalAdvance("100") + COLUMN_GAP <= cell.width()


def test_a_cell_is_chosen_by_click_and_by_keys(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(300, 120)
    matrix.set_state(state.matrix(made([0, 0, 0, 1, 2], [0, 1, 1, 1, 2]), ("a", "b", "c"), rates=False))
    found: list[tuple[int, int | None]] = []
    matrix.chosen.connect(lambda *cell: found.append(cell))
    cell = matrix.cell_rect(2, 2)
    right, below = (
        QPoint(round(cell.right()) + 9, round(cell.y()) + 3),
        QPoint(round(cell.x()) + 3, round(cell.bottom()) + 3),
    )
    for point, term in ((cell.center().toPoint(), "confusion matrix"), (right, "recall"), (below, "precision")):
        assert term_at(matrix, matrix.mapToGlobal(point)) == term and term in TERMS
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(0, 1).center().toPoint())
    assert found.pop() == (0, 1)
    assert matrix.accessibleDescription() == "2 images of a are taken for b (66.7 % of a)"
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert found.pop() == (1, 1)
    assert matrix.accessibleDescription() == "1 image of b is recognized (100.0 % of b)"
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(2, round(matrix.cell_rect(2, 0).center().y())))
    assert found.pop() == (2, None)


def test_the_reliability_diagram_has_the_figures_of_the_calibration() -> None:
    found = made([0, 0, 1, 2, 2], [0, 1, 1, 2, 0])
    drawn = state.calibration(found, words.calibration_lines(state.facts(found)))
    curve = found.calibration
    assert [each.count for each in drawn.bins] == curve.counts.tolist() and sum(curve.counts) == 5
    for each, accuracy, confidence in zip(drawn.bins, curve.accuracy, curve.confidence, strict=True):
        assert np.array_equal([each.accuracy, each.confidence], [accuracy, confidence], equal_nan=True)
        assert each.height == (
            0 if not each.count else pytest.approx(np.log1p(each.count) / np.log1p(max(curve.counts)))
        )
    assert drawn.lines[0] == "It calls no image at least 95 % sure."
    sure = replace(found, probabilities=np.where(found.probabilities > 0.5, 0.97, 0.01).astype(np.float32))
    lines = words.calibration_lines(state.facts(sure))
    assert lines[0] == "Of the 5 that it calls at least 95 % sure, 60.00 % are right."


def test_no_share_below_all_is_called_100_percent(qtbot: QtBot) -> None:
    found = replace(made([1], [1]), probabilities=np.array([[0.001, 0.997, 0.002]], np.float32))
    gallery = Gallery(DARK)
    qtbot.addWidget(gallery)
    gallery.show_images(found, np.array([0]), np.zeros((1, 1, 8, 8), np.uint8), ("a", "b", "c"))
    caption = gallery.images.caption(0)
    assert caption.addition == "(> 99 %)" and caption.sentence.endswith("predicts b (99.7 %)")
    assert words.facts(replace(state.facts(found), accuracy=0.99999)).startswith("> 99.99 % right")


def test_numbers_are_saved_with_the_names_of_classes() -> None:
    lines = state.as_csv(made([0, 1], [0, 2]), ("a", "b,b", "c")).splitlines()
    assert lines[0] == "image,label,predicted,confidence,loss"
    assert lines[2].startswith('1,"b,b",c,0.8')
