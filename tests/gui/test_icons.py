"""Icons take any colour and size, and are fainter where they cannot be used."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage

import cnnviz.gui
from cnnviz.gui.commands.table import COMMANDS
from cnnviz.gui.icons import GlyphEngine, icon
from cnnviz.resources import resource

NAMES = sorted(path.stem for path in resource("icons/controls").glob("*.svg"))


def drawn(name: str, side: int, mode: QIcon.Mode = QIcon.Mode.Normal) -> QImage:
    return icon(name, "#ff8000").pixmap(QSize(side, side), 1.0, mode).toImage()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", NAMES)
def test_it_has_its_colour_at_any_size_and_fills_its_square(name: str) -> None:
    for side in (16, 96):
        picture = drawn(name, side)
        assert (picture.width(), picture.height()) == (side, side)
        shades = [picture.pixelColor(x, y) for x in range(side) for y in range(side)]
        assert sum(one.alphaF() for one in shades) > side * side / 40
        assert all(picture.pixelColor(x, y).alpha() == 0 for x in (0, side - 1) for y in (0, side - 1))
    assert {one.name() for one in shades if one.alpha() == 255} == {"#ff8000"}


@pytest.mark.usefixtures("qapp")
def test_what_cannot_be_used_is_fainter() -> None:
    plain, faint = drawn("stop", 24), drawn("stop", 24, QIcon.Mode.Disabled)
    assert plain.pixelColor(12, 12).alpha() == 255
    assert 60 < faint.pixelColor(12, 12).alpha() < 140


@pytest.mark.usefixtures("qapp")
def test_a_name_without_a_picture_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-icon"):
        icon("no-such-icon", "#000000")


def test_every_picture_is_used_and_every_action_has_its_picture() -> None:
    assert {spec.icon for spec in COMMANDS if spec.icon} <= set(NAMES)
    folder = Path(cnnviz.gui.__path__[0])
    words = {
        node.value
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(NAMES) <= words


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("size", [QSize(0, 0), QSize(16, 0), QSize(0, 16)])
def test_without_room_it_is_an_empty_picture(size: QSize) -> None:
    engine = GlyphEngine(resource(f"icons/controls/{NAMES[0]}.svg").read_text(encoding="utf-8"))
    assert engine.pixmap(size, QIcon.Mode.Normal, QIcon.State.Off).isNull()
