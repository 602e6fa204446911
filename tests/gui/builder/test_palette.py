from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from canvas_kit import LEFT
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest

from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.kinds import KIND, MIME, headline
from cnnviz.gui.builder.palette import Palette
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.layers import KINDS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def palette(qtbot: QtBot) -> Palette:
    made = Palette(DARK)
    made.resize(220, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def kinds(palette: Palette) -> list[str]:
    entries = (palette.list.item(row).data(KIND) for row in range(palette.list.count()))
    return [kind for kind in entries if kind]


def test_every_layer_kind_is_listed_once(qtbot: QtBot) -> None:
    made = palette(qtbot)
    assert sorted(kinds(made)) == sorted(KINDS)


def test_the_filter_finds_names_and_what_layers_do(qtbot: QtBot) -> None:
    made = palette(qtbot)
    QTest.keyClicks(made.field, "pool")
    pools = ["MaxPool2d", "AvgPool2d"]
    assert kinds(made)[:6] == [*pools, *(f"{how}{one}" for how in ("Adaptive", "Global") for one in pools)]
    made.field.clear()
    QTest.keyClicks(made.field, "softmax")
    assert kinds(made) == ["Softmax", "Output"]
    made.field.clear()
    # inside words of many descriptions, and of no name
    QTest.keyClicks(made.field, "ach")
    assert kinds(made) == []
    made.field.clear()
    assert len(kinds(made)) == len(KINDS)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("linear", "Dense"),
        ("FC", "Dense"),
        ("fully  connected", "Dense"),
        ("conv", "Conv2d"),
        ("batchnorm", "BatchNorm2d"),
        ("bn", "BatchNorm2d"),
        ("maxpool", "MaxPool2d"),
        ("max pool", "MaxPool2d"),
        ("average pool", "AvgPool2d"),
        ("gap", "GlobalAvgPool2d"),
        ("skip", "Add"),
        ("residual", "Add"),
        ("shortcut", "Add"),
        ("clipped relu", "ReLU6"),
        ("concatenate", "Concat"),
        ("swish", "SiLU"),
        ("deconv", "ConvTranspose2d"),
        ("softmax", "Softmax"),
    ],
)
def test_the_filter_finds_the_other_names_of_a_kind_first(qtbot: QtBot, typed: str, kind: str) -> None:
    made = palette(qtbot)
    QTest.keyClicks(made.field, typed)
    assert kinds(made)[0] == kind
    assert made.list.chosen() == kind


def test_names_come_before_other_names(qtbot: QtBot) -> None:
    made = palette(qtbot)
    QTest.keyClicks(made.field, "re")
    assert kinds(made).index("Reshape") < kinds(made).index("Add")


def test_other_names_are_in_lower_case_and_mean_one_kind() -> None:
    names = [alias for kind in KINDS.values() for alias in kind.aliases]
    assert names == [name.casefold() for name in names]
    assert len(set(names)) == len(names)
    assert not {kind.casefold() for kind in KINDS}.intersection(names)


def test_enter_and_double_click_choose(qtbot: QtBot) -> None:
    made = palette(qtbot)
    QTest.keyClicks(made.field, "conv2")
    with qtbot.waitSignal(made.chosen) as caught:
        QTest.keyClick(made.field, Qt.Key.Key_Return)
    assert caught.args == ["Conv2d"]
    entry = made.list.visualItemRect(made.list.findItems("Conv2d", Qt.MatchFlag.MatchExactly)[0])
    with qtbot.waitSignal(made.chosen) as caught:
        QTest.mouseClick(made.list.viewport(), LEFT, pos=entry.center())
        QTest.mouseDClick(made.list.viewport(), LEFT, pos=entry.center())
    assert caught.args == ["Conv2d"]


def test_what_is_dragged_names_the_kind(qtbot: QtBot) -> None:
    made = palette(qtbot)
    made.set_theme(LIGHT)
    (entry,) = made.list.findItems("Dense", Qt.MatchFlag.MatchExactly)
    assert bytes(made.list.mimeData([entry]).data(MIME).data()) == b"Dense"


def test_a_headline_is_the_first_clause_of_a_summary() -> None:
    assert headline(KINDS["Conv2d"]) == "Slides kernels over all input maps"
    assert headline(KINDS["PReLU"]).endswith("from 0.25 on")
    assert all(KINDS[kind].summary.startswith(headline(KINDS[kind])) for kind in KINDS)


def test_names_that_are_too_long_keep_their_ends(qtbot: QtBot) -> None:
    widths = {name: text.advance(name, 10, 40, bold=True) for name in ("denseblock1", "denseblock2")}
    assert all(0 < width <= 40 for width in widths.values())
    pictures = []
    for name in widths:
        picture = QPixmap(60, 20)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        text.draw(painter, QRectF(0, 0, 40, 20), name, 10, QColor("black"), bold=True)
        painter.end()
        pictures.append(picture.toImage())
    assert pictures[0] != pictures[1]


def test_a_text_in_lines_loses_only_what_does_not_fit(qtbot: QtBot) -> None:
    said = "Keeps the largest value of each window"
    assert text.lines(said, 11, 4000, 2) == (said,)
    first, second = text.lines(said, 11, 100, 2)
    assert said.startswith(first) and second.endswith("…")
    assert " ".join(text.lines(said, 11, 130, 9)) == said
