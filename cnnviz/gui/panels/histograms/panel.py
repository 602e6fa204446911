"""The Spread tab of the Layer place: histograms of a layer's weights and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, hundredths, localized
from cnnviz.gui.panels.histograms.state import Bars, State, as_csv, state, table
from cnnviz.gui.widgets.histogram_bars import HistogramBars
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.inspection.answers.histograms import HistogramsOf
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.answers.histograms import Histograms
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


class HistogramsPanel(Panel):
    """The histogram of the outputs for the sample, and below it that of the weights."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: str | None = None
        self._state: State | None = None
        self._answer: Histograms | None = None
        self._title = MutedLabel()
        self.outputs, self.weights = HistogramBars(theme), HistogramBars(theme)
        self._outputs_title, self._weights_title = MutedLabel(), MutedLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._title)
        for title, chart in ((self._outputs_title, self.outputs), (self._weights_title, self.weights)):
            column.addWidget(title)
            column.addWidget(chart, 1)
        column.addStretch()
        numbers: dict[str, Content] = {"csv": self._as_csv, "npy": self._as_npy}
        self.menu = PictureMenu(self, self.tr("Spread"), self._file_name, numbers)
        self.menu.message.connect(self.message)
        self._show(None)

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def questions(self) -> Questions:
        """The histograms of the current layer, while the panel is visible."""
        return frozenset({HistogramsOf(self._node)}) if self._node is not None and self.isVisible() else frozenset()

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """See :meth:`Panel.set_layer`."""
        if layer is None or report is None or report.output is None:
            node = None
        if node != self._node:
            self._node = node
            self._show(None)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """See :meth:`Panel.show_snapshot`."""
        answer = None if self._node is None else snapshot.answer(HistogramsOf(self._node))
        if answer is not None:
            self._show(state(answer, snapshot.step))
            self._answer = answer

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self._show(None)

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        self.outputs.set_theme(theme)
        self.weights.set_theme(theme)

    def text(self) -> str:
        """All lines of text, from the top."""
        labels = (self._title, self._outputs_title, self._weights_title)
        return "\n".join(label.text() for label in labels if not label.isHidden())

    def _show(self, new: State | None) -> None:
        if new is not None and new == self._state:
            return
        self._state = new
        if new is None:
            self._answer = None
        outputs, weights = (None, None) if new is None else (new.outputs, new.weights)
        for title, chart, bars in (
            (self._outputs_title, self.outputs, outputs),
            (self._weights_title, self.weights, weights),
        ):
            title.setVisible(bars is not None)
            chart.setVisible(bars is not None)
            if bars is not None:
                chart.show_bars(
                    bars.heights, bars.zero, localized(bars.least), localized(bars.most), self._highest(bars)
                )
        if new is None:
            self._title.setText(self._why_empty())
            return
        self._title.setText(self.tr("{node} at step {step}").format(node=self._node, step=grouped(new.step)))
        self._outputs_title.setText(self.tr("Outputs for the sample: {facts}").format(facts=self._facts(new.outputs)))
        if weights is not None:
            self._weights_title.setText(self.tr("Weights: {facts}").format(facts=self._facts(weights)))

    def _file_name(self) -> str:
        return "" if self._state is None else f"{self._node}-spread-step-{self._state.step}"

    def _as_csv(self) -> str:
        assert self._answer is not None
        return as_csv(self._answer)

    def _as_npy(self) -> bytes:
        assert self._answer is not None
        return as_npy(table(self._answer))

    def _why_empty(self) -> str:
        if self._node is None:
            return self.tr("Select a layer to see how its weights and its outputs are spread.")
        return self.tr("The histograms of {node} appear as soon as it has run.").format(node=self._node)

    def _facts(self, bars: Bars) -> str:
        text = self.tr("mean {mean}, standard deviation {deviation}").format(
            mean=localized(bars.mean), deviation=localized(bars.deviation)
        )
        if bars.zeros:
            text = self.tr("{facts}; {zeros} % are 0 and have no bar").format(facts=text, zeros=hundredths(bars.zeros))
        if bars.non_finite:
            text = counted(
                "{facts}, {count} values are infinite or not a number",
                "{facts}, 1 value is infinite or not a number",
                bars.non_finite,
                facts=text,
            )
        return text

    def _highest(self, bars: Bars) -> str:
        return counted("highest bar: {count} values", "highest bar: 1 value", bars.highest) if bars.highest else ""
