"""The part beside the map of points: choices, a heading with facts below it, and a list of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.panels.points import words
from cnnviz.gui.panels.points.controls import PointControls
from cnnviz.gui.panels.points.pointed import PointedImage
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.gallery import Gallery
from cnnviz.gui.widgets.plain import literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.studies.points import Points

LEAST_WIDTH = 370
"""In pixels."""
LEAST_FOR_ALL, LEAST_FOR_FACTS = 200, 150
"""The least heights of the panel, in pixels, with room for all parts, and for the facts or the image of the point that
is pointed at."""


class SideColumn(QWidget):
    """Shows a heading and facts about all points, the image of the point below the pointer, and a list of images.

    In a low panel the image stands in the place of the facts and the sentence above the list while a point is pointed
    at. In a lower one there are only the heading, the list and what is said of a frame; the tooltip has the facts.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices, self.gallery, self.pointed = PointControls(), Gallery(theme), PointedImage()
        self._heading, self._facts, self._listed = (ElidedLabel() for _ in range(3))
        for label in (self._facts, self._listed):
            label.setProperty("role", "muted")
        self._empty, self._framed, self._is_pointed, self._height = True, False, False, LEAST_FOR_ALL
        self.setMinimumWidth(LEAST_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self.choices, 1)
        for button in (self.choices.fit_again, self.choices.cancel):
            head.addWidget(button)
        column.addLayout(head)
        for part in (self._heading, self._facts, self.pointed, self._listed):
            column.addWidget(part)
        column.addWidget(self.gallery, 1)

    def text(self) -> str:
        """The heading and the facts."""
        return f"{self._heading.text()}\n{self._facts.text()}"

    def set_heading(self, heading: str, facts: str) -> None:
        """Set the heading and the line of facts below it."""
        if (heading, facts) == (self._heading.text(), self._facts.text()):
            return
        self._heading.setText(heading)
        self._facts.setText(facts)
        for label in (self._heading, self._facts):
            label.setToolTip(literal(self.text()))

    def fit(self, height: int) -> None:
        """Show the parts for which a panel of this height has room."""
        self._height = height
        self._show_parts()

    def set_empty(self, *, empty: bool) -> None:
        """Hide the texts and empty the list if there are no points."""
        self._empty = empty
        self._show_parts()
        if empty:
            self.gallery.show_images(None, np.empty(0, np.int64), None, ())

    def show_pointed(self, image: NDArray[np.uint8] | None, sentence: str) -> None:
        """Show the image of the point that is pointed at, uint8 (C, H, W), or none, and a sentence about it."""
        self.pointed.show_image(image, sentence)
        self._is_pointed = image is not None
        self._show_parts()

    def _show_parts(self) -> None:
        roomy, low = self._height >= LEAST_FOR_ALL, self._height < LEAST_FOR_FACTS
        pointed = roomy or (self._is_pointed and not low)
        texts = roomy or not (low or self._is_pointed)
        for part, visible in (
            (self._heading, True),
            (self._facts, texts),
            (self.pointed, pointed),
            (self._listed, texts or (low and self._framed)),
        ):
            part.setVisible(visible and not self._empty)

    def list_images(
        self, points: Points, rows: NDArray[np.int64], sentence: str, names: tuple[str, ...], *, framed: bool
    ) -> None:
        """List the images of ``rows``, int64 (n,), below a sentence about them; ``framed``: they are in a frame."""
        self._listed.setText(sentence)
        self._framed = framed
        self._show_parts()
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
