"""The part beside the map of points: choices, a heading with facts below it, and a list of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.panels.points import words
from cnnviz.gui.panels.points.controls import PointControls
from cnnviz.gui.panels.points.pointed import PointedImage
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.gallery import Gallery

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.studies.points import Points

LEAST_WIDTH = 300
"""In pixels."""


class SideColumn(QWidget):
    """Shows a heading and facts about all points, the image of the point below the pointer, and a list of images."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices, self.gallery, self.pointed = PointControls(), Gallery(theme), PointedImage()
        self._heading, self._facts, self._listed = (ElidedLabel() for _ in range(3))
        for label in (self._facts, self._listed):
            label.setProperty("role", "muted")
        self.setMinimumWidth(LEAST_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        for button in (self.choices.fit_again, self.choices.cancel):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.choices)
        column.addLayout(head)
        for part in (self._facts, self.pointed, self._listed):
            column.addWidget(part)
        column.addWidget(self.gallery, 1)

    def text(self) -> str:
        """The heading and the facts."""
        return f"{self._heading.text()}\n{self._facts.text()}"

    def set_heading(self, heading: str, facts: str) -> None:
        """Set the heading and the line of facts below it."""
        self._heading.setText(heading)
        self._facts.setText(facts)
        self._facts.setToolTip(facts)

    def set_empty(self, *, empty: bool) -> None:
        """Hide the texts and empty the list if there are no points."""
        for part in (self._heading, self._facts, self._listed):
            part.setVisible(not empty)
        if empty:
            self.gallery.show_images(None, self.gallery.images.rows[:0], None, ())

    def list_images(self, points: Points, rows: NDArray[np.int64], sentence: str, names: tuple[str, ...]) -> None:
        """List the images of ``rows``, int64 (n,), below a sentence about them."""
        self._listed.setText(sentence)
        listed, bar = self.gallery.images, self.gallery.verticalScrollBar()
        if listed.predictions is points.predictions and np.array_equal(rows, listed.rows):
            return
        before = bar.value()
        self.gallery.show_images(
            points.predictions,
            rows,
            points.chosen.images,
            names,
            lambda number: words.caption(points, int(rows[number]), names),
        )
        # while it follows training the list stays where it was scrolled to
        bar.setValue(before)
