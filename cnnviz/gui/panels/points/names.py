"""The names of classes on the map of points: each among its points or, where there is no room, in a line below."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainterPath, QPen

from cnnviz.gui.panels.points.colours import class_colour

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QPainter

    from cnnviz.gui.panels.points.state import Group, State
    from cnnviz.gui.theme import Theme

SIZE, EDGE = 15, 3.5
"""The font size of a name, and the width of the line around its letters, in pixels."""
ABOVE_BASELINE = 5
"""From the baseline of a name to its middle, in pixels."""
HEIGHT, MOST_WIDTH = 16, 120
"""The height of a name, and its largest width, in pixels."""
TRIED = 60
"""If the middle of a class is taken, its name is tried at so many of its points, always of the same images."""
DISC, BESIDE, GAP = 8.0, 4.0, 10.0
"""In the line below: the diameter of the disc in the colour of a class, and pixels beside it and between two names."""
EDGE_OF_PLOT = 4.0
"""Pixels between the line and the edge of the plot."""


class Name(NamedTuple):
    """The name of a class, elided to :data:`MOST_WIDTH`, its area in pixels, and the number of the class.

    ``aside``: it stands in the line below the points, with a disc in the colour of the class left of it.
    """

    text: str
    area: QRectF
    label: int
    aside: bool = False


def font_of(font: QFont) -> QFont:
    """The font of names in a widget with this font."""
    bold = QFont(font)
    bold.setBold(True)
    bold.setPixelSize(SIZE)
    return bold


def names_of(
    drawn: State,
    places: NDArray[np.float64],
    place: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    size: QSize,
    font: QFont,
) -> list[Name]:
    """A name for each class that has points inside a widget of this size, placed so that none covers another.

    ``places``: the positions of the points in pixels, float64 (n, 2); ``place`` turns coordinates into pixels.
    """
    metrics = QFontMetricsF(font)
    found: list[Name] = []
    left: list[Group] = []
    x_of, y_of = places.T
    inside = (x_of >= 0) & (x_of <= size.width()) & (y_of >= 0) & (y_of <= size.height())
    named = [group for group in drawn.groups if group.name and inside[group.rows].any()]
    # a class with more points has its name nearer to their middle
    for group in sorted(named, key=lambda each: -len(each.rows)):
        text = metrics.elidedText(group.name, Qt.TextElideMode.ElideMiddle, MOST_WIDTH)
        width = metrics.horizontalAdvance(text)
        for x, y in _candidates(group, places, inside, place):
            area = QRectF(x - width / 2, y - HEIGHT / 2, width, HEIGHT)
            if not any(area.intersects(name.area) for name in found):
                found.append(Name(text, area, group.label))
                break
        else:
            left.append(group)
    return found + _line(sorted(left, key=lambda each: each.label), found, metrics, size)


def _candidates(
    group: Group,
    places: NDArray[np.float64],
    inside: NDArray[np.bool_],
    place: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> list[list[float]]:
    """Where the middle of a name may be, the best place first; none for a class of few points."""
    if group.middle is None:
        return []
    middle = place(np.array([group.middle]))[0]
    heights = places[group.rows, 1]
    if np.ptp(heights) < HEIGHT:
        # the name would cover all points of the group
        middle = np.array([middle[0], heights.min() - HEIGHT])
    rows = group.rows[:TRIED]
    own = places[rows[inside[rows]]]
    nearest = own[np.hypot(*(own - middle).T).argsort(kind="stable")]
    return [middle.tolist(), *nearest.tolist()]


def _line(groups: list[Group], taken: list[Name], metrics: QFontMetricsF, size: QSize) -> list[Name]:
    """The names of classes for which there is no room among the points, from the lower left corner on.

    They stand beside the names that are ``taken``, and further up if a line is full.
    """
    found: list[Name] = []
    left, right = EDGE_OF_PLOT, size.width() - EDGE_OF_PLOT
    x, y = left, size.height() - EDGE_OF_PLOT - HEIGHT
    for group in groups:
        text = metrics.elidedText(group.name, Qt.TextElideMode.ElideMiddle, MOST_WIDTH)
        area = QRectF(x, y, DISC + BESIDE + metrics.horizontalAdvance(text), HEIGHT)
        while y > 0 and (area.right() > right or any(area.intersects(name.area) for name in taken)):
            x += GAP
            if x + area.width() > right:
                x, y = left, y - HEIGHT
            area.moveTo(x, y)
        found.append(Name(text, area, group.label, aside=True))
        x = area.right() + GAP
    return found


def paint_name(painter: QPainter, name: Name, font: QFont, theme: Theme) -> None:
    """Paint a name with an edge in the colour of the ground."""
    x, middle = name.area.x(), name.area.center().y()
    path = QPainterPath()
    path.addText(x + (DISC + BESIDE if name.aside else 0), middle + ABOVE_BASELINE, font, name.text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.strokePath(path, QPen(QColor(theme.surface), EDGE))
    painter.fillPath(path, QColor(theme.text))
    if name.aside:
        painter.setPen(QPen(QColor(theme.surface), EDGE / 2))
        painter.setBrush(QColor(class_colour(theme, name.label)))
        painter.drawEllipse(QPointF(x + DISC / 2, middle), DISC / 2, DISC / 2)
