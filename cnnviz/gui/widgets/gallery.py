"""The gallery: images with their label, the prediction and its confidence. Only visible images are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.gui.localized import percent
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.fitted import draw_fitted
from cnnviz.gui.widgets.plain import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.studies.predictions import Predictions

    CaptionOf = Callable[[int], "Caption"]

SIDE = "A "
"""The letter of a side of a comparison, before a class."""
SHARE = " (> 99 %)"
"""The longest text of a confidence, with the space before it."""
PICTURE, GAP = 44, 6
"""Sides of the picture, and room around picture and text, in pixels."""
TEXT, WIDEST_TEXT = 75, 150
"""Least and greatest width of the text beside the picture, in pixels."""


class Answer(NamedTuple):
    """A class that was predicted, an ``addition`` behind it, and whether it is that of the label."""

    predicted: str
    addition: str
    right: bool


class Caption(NamedTuple):
    """The words beside an image: a line ``above``, then the ``predicted`` class and an ``addition``.

    ``right`` tells whether the class is that of the label. ``sentence`` says all of it, for the tooltip. A ``second``
    answer has a line of its own below.
    """

    above: str
    predicted: str
    addition: str
    right: bool
    sentence: str
    second: Answer | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The lines below the one above."""
        first = Answer(self.predicted, self.addition, self.right)
        return (first,) if self.second is None else (first, self.second)


class GalleryModel(QAbstractListModel):
    """The images in the gallery. ``rows``: int64 (n,), their indices in the split. ``caption_of`` returns the words
    beside an image of the gallery by its number in ``rows``; without it the words tell the predictions."""

    def __init__(self) -> None:
        super().__init__()
        self.predictions: Predictions | None = None
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.images: NDArray[np.uint8] | None = None
        self.names: tuple[str, ...] = ()
        self.caption_of: CaptionOf | None = None

    def set_rows(
        self,
        predictions: Predictions | None,
        rows: NDArray[np.int64],
        images: NDArray[np.uint8] | None,
        names: tuple[str, ...],
        caption_of: CaptionOf | None = None,
    ) -> None:
        """Show the images with the indices ``rows``. ``images``: uint8 (N, C, H, W), all images of the split."""
        self.beginResetModel()
        self.caption_of = caption_of
        self.predictions, self.rows, self.images, self.names = predictions, rows, images, names
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Qt asks for the number of images."""
        return len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt asks for the text of an image, for assistive technology and tooltips."""
        if self.predictions is None or not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.caption(index.row()).sentence
            case Qt.ItemDataRole.ToolTipRole:
                return literal(self.caption(index.row()).sentence)
        return None

    def caption(self, row: int) -> Caption:
        """The words beside an image."""
        if self.caption_of is not None:
            return self.caption_of(row)
        assert self.predictions is not None
        predictions, index = self.predictions, int(self.rows[row])
        label = class_name(self.names, int(predictions.labels[index]))
        predicted = class_name(self.names, int(predictions.predicted[index]))
        confidence = float(predictions.confidence[index])
        sentence = self.tr("Image {index}: label {label}, the network predicts {said} ({share})")
        return Caption(
            self.tr("label {label}").format(label=label),
            predicted,
            f"({percent(confidence, 0)})",
            bool(predictions.right[index]),
            sentence.format(index=index, label=label, said=predicted, share=percent(confidence)),
        )

    def picture(self, row: int) -> QImage:
        """The image of a row: grey, or red, green and blue."""
        assert self.images is not None
        return picture_of(channels_last(self.images[self.rows[row]]))


class _Tile(QStyledItemDelegate):
    """Draws an image and the words beside it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.text = TEXT
        """The width of the text."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Qt asks for the size of a tile."""
        return QSize(PICTURE + self.text + 3 * GAP, PICTURE + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt asks to paint a tile."""
        model, theme = index.model(), self.theme
        assert isinstance(model, GalleryModel)
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.accent), 1.5))
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 5, 5)
        picture = QRect(rect.x() + GAP, rect.y() + GAP, PICTURE, PICTURE)
        draw_fitted(painter, model.picture(index.row()), picture)
        painter.setPen(QColor(theme.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(picture.adjusted(0, 0, -1, -1))
        caption = model.caption(index.row())
        metrics = painter.fontMetrics()
        line = QRect(picture.right() + GAP, picture.y() + 2, self.text, metrics.height())
        elided, middle = metrics.elidedText, Qt.TextElideMode.ElideMiddle
        painter.setPen(QColor(theme.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, elided(caption.above, middle, self.text))
        for answer in caption.answers:
            line.moveTop(line.y() + metrics.height())
            painter.setPen(QColor(theme.good if answer.right else theme.error))
            predicted = elided(answer.predicted, middle, self.text - metrics.horizontalAdvance(SHARE))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, predicted)
            painter.setPen(QColor(theme.muted))
            behind = line.adjusted(metrics.horizontalAdvance(predicted + " "), 0, 0, 0)
            painter.drawText(behind, Qt.AlignmentFlag.AlignLeft, answer.addition)
        painter.restore()


class Gallery(QListView):
    """``asked(index)`` follows the choice of an image by click or arrow keys; ``index`` is its index in the split."""

    asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = GalleryModel()
        self._tile = _Tile(theme, self)
        self.setModel(self.images)
        self.setItemDelegate(self._tile)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName(self.tr("Images and what the network says of them"))
        self.selectionModel().currentChanged.connect(self._ask)

    def show_images(
        self,
        predictions: Predictions | None,
        rows: NDArray[np.int64],
        images: NDArray[np.uint8] | None,
        names: tuple[str, ...],
        caption_of: CaptionOf | None = None,
    ) -> None:
        """Show images; the chosen one stays chosen if it is among them."""
        before = self.chosen
        if names != self.images.names:
            width_of = self.fontMetrics().horizontalAdvance
            # a text of a fractional width is elided in its rounded width
            widest = max((width_of(name) + 1 for name in names), default=0) + width_of(SIDE) + width_of(SHARE)
            self._tile.text = min(WIDEST_TEXT, max(TEXT, widest))
        self.images.set_rows(predictions, rows, images, names, caption_of)
        if before is not None and len(places := np.flatnonzero(rows == before)):
            with QSignalBlocker(self.selectionModel()):
                self.setCurrentIndex(self.images.index(int(places[0])))

    @property
    def chosen(self) -> int | None:
        """The index in the split of the chosen image."""
        row = self.currentIndex().row()
        return int(self.images.rows[row]) if 0 <= row < len(self.images.rows) else None

    def choose_none(self) -> None:
        """Choose no image."""
        if not self.currentIndex().isValid():
            return
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._tile.theme = theme
        self.viewport().update()

    def _ask(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.asked.emit(int(self.images.rows[current.row()]))
