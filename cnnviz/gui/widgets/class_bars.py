"""A bar for each class: its softmax, with the logit beside it."""

from __future__ import annotations

from heapq import nsmallest
from math import floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.localized import fixed, in_power, percent
from cnnviz.gui.widgets.ground import Ground
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnnviz.gui.theme import Theme

Answer = tuple[tuple[float, float], ...]
"""(softmax, logit) of each class; softmax is in [0, 1]."""
MOST_ROWS = 12
"""The most rows; with more classes only the most probable ones have a row."""
WIDEST_NAME = 0.45
"""The widest name, as a share of the widget's width; longer names are elided."""
LEAST_CHANGE = 2
"""A mark is painted if a bar's end has moved by at least this many pixels."""
GAP = 3
"""Pixels between the rows, if there is room."""
LEAST_GAP = 5
"""Pixels between the digits of two rows, at least."""
USUAL_LOGIT = "−00.0"
"""The bars leave room for this number beside them, and for longer ones when there are any."""
LARGE = 1e5
"""From here on a logit is written as a multiple of a power of ten."""
BESIDE_NAME = 10
"""Pixels between the widest name and the bars."""
BEFORE_LOGIT = 6
"""Pixels between the longest bar and the widest number."""
LEAST_BAR = 32
"""Logits are left out where a bar could not be this long beside them, in pixels."""
_LOGIT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ClassBars(ThemedWidget):
    """Rows ``7 [=====] +11.3``. Without an answer the classes are shown without bars.

    Of more than :data:`MOST_ROWS` classes the most probable ones are shown, the most probable on top; without an answer
    none is shown. In a narrow widget the logits are only in the tooltip; ``logitsTurned`` follows when that changes.
    """

    logitsTurned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._names: tuple[str, ...] = ()
        self._answer: Answer | None = None
        self._before: Answer | None = None
        self.with_logits = True
        """Whether there is room for the logits beside the bars."""
        self._ground = Ground()
        """The names, because only the numbers beside them change often."""
        self._bar_span = (0, 0)
        """The left edge of the bars, and the length of the longest bar, in pixels."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Softmax and logit of each class"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: a line of text for each class."""
        return QSize(160, (self.fontMetrics().height() + GAP) * self._count())

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size: lines whose digits are :data:`LEAST_GAP` apart."""
        return QSize(160, (self.fontMetrics().capHeight() + LEAST_GAP) * self._count())

    def _count(self) -> int:
        return max(1, min(MOST_ROWS, len(self._names)))

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        if names != self._names:
            self._names, self._answer = names, None
            self._fit_logits()
            self.updateGeometry()
            self.update()

    def show_answer(self, answer: Answer | None, before: Answer | None = None) -> None:
        """Show an answer, or none; marks show the ends of the bars in ``before``."""
        if answer is not None and len(answer) != len(self._names):
            answer = None
        if answer is None or (before is not None and len(before) != len(self._names)):
            before = None
        if answer != self._answer or before != self._before:
            self._answer, self._before = answer, before
            self.update()

    def exact(self) -> str:
        """The exact numbers, one line per displayed class."""
        if self._answer is None:
            return ""
        lines = []
        for label in self.shown():
            share, logit = self._answer[label]
            before = "" if self._before is None else f" ({self.tr('before')} {percent(self._before[label][0])})"
            lines.append(f"{self._names[label]}: {percent(share)}{before} · {fixed(logit, 3, True)}")
        return "\n".join(lines)

    def shown(self) -> tuple[int, ...]:
        """The classes that have a row, from the top."""
        if len(self._names) <= MOST_ROWS:
            return tuple(range(len(self._names)))
        if self._answer is None:
            return ()
        answer = self._answer
        return tuple(nsmallest(MOST_ROWS, range(len(answer)), key=lambda label: _rank(answer[label][0])))

    def event(self, event: QEvent) -> bool:
        """Show the exact numbers in the tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), literal(self.exact()), self)
            return True
        return super().event(event)

    def before(self) -> Answer | None:
        """The answer shown by the marks; None if there are no marks."""
        return self._before

    def answer(self) -> Answer | None:
        """The displayed answer; None if there is none."""
        return self._answer

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the logits out where they leave too little room for the bars."""
        super().resizeEvent(event)
        self._fit_logits()

    def _fit_logits(self) -> None:
        _, longest = self._span(self._short_names(range(self._count() if self._names else 0)), len(USUAL_LOGIT))
        if self.with_logits != (with_logits := longest >= LEAST_BAR):
            self.with_logits = with_logits
            self.logitsTurned.emit()

    def _row_height(self) -> int:
        return min(self.fontMetrics().height() + GAP, self.height() // self._count())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        row, shown = self._row_height(), self.shown()
        logits = [] if self._answer is None else in_one_power([self._answer[label][1] for label in shown])
        letters = max(map(len, [USUAL_LOGIT, *logits]))
        key = (shown, self._names, self._theme, self.font(), letters, self.with_logits)
        ratio, surface = self.devicePixelRatioF(), self._theme.surface
        ground = self._ground.picture(
            key, self.size(), ratio, surface, lambda names: self._draw_names(names, shown, row, letters)
        )
        painter.drawPixmap(0, 0, ground)
        left, longest = self._bar_span
        rows = self._rows(shown, row)
        if self._answer is not None:
            shares = [self._answer[label][0] for label in shown]
            best = shares.index(max(shares))
            painter.setFont(self.font())
            for number, (frame, logit) in enumerate(zip(rows, logits, strict=True)):
                painter.setPen(QColor(self._theme.text if number == best else self._theme.muted))
                if self.with_logits:
                    painter.drawText(frame, _LOGIT, logit)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.accent))
            lengths = [1.0 if isnan(share) else max(1.0, longest * share) for share in shares]
            painter.drawRects(
                [
                    QRectF(left, frame.top() + GAP, length, row - 2 * GAP)
                    for frame, length in zip(rows, lengths, strict=True)
                ]
            )
        if self._answer is not None and self._before is not None:
            painter.setBrush(QColor(self._theme.text))
            painter.drawRects(
                [
                    QRectF(left + longest * self._before[label][0] - 1, frame.top() + 1, 2, row - 2)
                    for frame, label in zip(rows, shown, strict=True)
                    # no mark if the bar has not moved, or if a value is NaN
                    if abs(self._before[label][0] - self._answer[label][0]) * longest >= LEAST_CHANGE
                ]
            )
        painter.end()

    def _rows(self, shown: tuple[int, ...], row: int) -> list[QRectF]:
        return [QRectF(0, number * row, self.width(), row) for number in range(len(shown))]

    def _draw_names(self, painter: QPainter, shown: tuple[int, ...], row: int, letters: int) -> None:
        """Write the names of the classes, and find the room for the bars beside logits of so many letters."""
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(self._theme.text))
        names = self._short_names(shown)
        for frame, name in zip(self._rows(shown, row), names, strict=True):
            painter.drawText(frame, Qt.AlignmentFlag.AlignVCenter, name)
        left, longest = self._span(names, letters)
        self._bar_span = left, max(1, longest if self.with_logits else self.width() - left)

    def _short_names(self, labels: Iterable[int]) -> list[str]:
        """The names of classes, elided where they are wide."""
        metrics, widest = self.fontMetrics(), round(WIDEST_NAME * self.width())
        return [metrics.elidedText(self._names[label], Qt.TextElideMode.ElideRight, widest) for label in labels]

    def _span(self, names: Sequence[str], letters: int) -> tuple[int, int]:
        """Left edge and greatest length of the bars between these names and logits of so many letters."""
        metrics = self.fontMetrics()
        left = max((metrics.horizontalAdvance(name) for name in names), default=0) + BESIDE_NAME
        logit = metrics.horizontalAdvance("0" * (letters - len(USUAL_LOGIT)) + USUAL_LOGIT)
        return left, self.width() - left - logit - BEFORE_LOGIT


def in_one_power(logits: Sequence[float]) -> list[str]:
    """Logits with a decimal; if one of them is large, all as multiples of its power of ten, to be compared."""
    largest = max((abs(logit) for logit in logits if isfinite(logit)), default=0.0)
    if largest < LARGE:
        return [fixed(logit, 1, plus=True) for logit in logits]
    power = floor(log10(largest))
    return [in_power(logit, power, 1, plus=True) if isfinite(logit) else fixed(logit, 1, plus=True) for logit in logits]


def _rank(share: float) -> float:
    """Sorts shares from the largest to the smallest, NaN last."""
    return 1.0 if isnan(share) else -share
