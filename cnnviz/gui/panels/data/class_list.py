"""The classes of a dataset, a row for each: mean image, name, counts and samples. Only visible rows are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from cnnviz.gui.panels.data import words
from cnnviz.gui.panels.data.state import class_rows
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.fitted import draw_fitted
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent

    from cnnviz.data.survey import Survey
    from cnnviz.gui.panels.data.state import ClassRow
    from cnnviz.gui.theme import Theme

PICTURE, GAP, TEXT = 40, 5, 146
"""Side of a picture, room around it, and width of name and counts, in pixels."""


class ClassModel(QAbstractListModel):
    """The classes of a survey."""

    def __init__(self) -> None:
        super().__init__()
        self.survey: Survey | None = None
        self.rows: tuple[ClassRow, ...] = ()

    def set_survey(self, survey: Survey | None) -> None:
        """Show the classes of a survey; None shows nothing."""
        self.beginResetModel()
        self.survey = survey
        self.rows = () if survey is None else class_rows(survey.census, survey.dataset.classes)
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Qt asks for the number of classes."""
        return len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt asks for the text of a class, for assistive technology and tooltips."""
        if not index.isValid() or role not in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        spoken = words.row_spoken(self.rows[index.row()])
        return literal(spoken) if role == Qt.ItemDataRole.ToolTipRole else spoken

    def mean(self, row: int) -> NDArray[np.uint8] | None:
        """The mean image of a class, uint8 (C, H, W); None if it was not computed."""
        assert self.survey is not None
        means = self.survey.census.means
        return means[row] if row < len(means) else None

    def samples(self, row: int, most: int) -> list[NDArray[np.uint8]]:
        """The first samples of a class, each uint8 (C, H, W)."""
        assert self.survey is not None
        images = self.survey.dataset.train.images
        return [images[index] for index in self.survey.census.samples[row][:most]]


class _Row(QStyledItemDelegate):
    """Draws a class."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Qt asks for the size of a row."""
        return QSize(PICTURE + TEXT + 2 * PICTURE, PICTURE + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt asks to paint a row."""
        model, rect = index.model(), option.rect
        assert isinstance(model, ClassModel)
        painter.save()
        left, top = rect.x() + GAP, rect.y() + GAP
        if (mean := model.mean(index.row())) is not None:
            self._draw(painter, mean, left, top)
        self._write(painter, model.rows[index.row()], left + PICTURE + 2 * GAP, top)
        left += PICTURE + TEXT + 2 * GAP
        most = max(0, (rect.right() - left) // (PICTURE + GAP))
        for image in model.samples(index.row(), most):
            self._draw(painter, image, left, top)
            left += PICTURE + GAP
        painter.restore()

    def _draw(self, painter: QPainter, image: NDArray[np.uint8], left: int, top: int) -> None:
        place = draw_fitted(painter, picture_of(channels_last(image)), QRect(left, top, PICTURE, PICTURE))
        painter.setPen(QColor(self.theme.line))
        painter.drawRect(place.adjusted(0, 0, -1, -1))

    def _write(self, painter: QPainter, row: ClassRow, left: int, top: int) -> None:
        font = QFont(painter.font())
        line = painter.fontMetrics().height()
        place = QRect(left, top + (PICTURE - 2 * line) // 2, TEXT - 2 * GAP, line)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, name)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        counts = painter.fontMetrics().elidedText(words.row(row), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place.translated(0, line), Qt.AlignmentFlag.AlignLeft, counts)


class ClassHeading(ThemedWidget):
    """The headings above the columns of the classes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            self.tr("The mean of the training and validation images, how many images each split has, and some images")
        )

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(PICTURE + TEXT + 2 * PICTURE, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.muted))
        second = PICTURE + 3 * GAP
        for begin, width, title in (
            (GAP, PICTURE + GAP, self.tr("mean")),
            (second, self.width() - second, self.tr("training · validation · test images")),
        ):
            elided = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRect(begin, 0, width, self.height()), Qt.AlignmentFlag.AlignLeft, elided)
        painter.end()


class ClassList(QListView):
    """Shows the classes of a survey."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassModel()
        self._row = _Row(theme, self)
        self.setModel(self.classes)
        self.setItemDelegate(self._row)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName(self.tr("Classes, with mean image, counts and samples"))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._row.theme = theme
        self.viewport().update()
