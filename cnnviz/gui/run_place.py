"""The bottom place: how it went, what is wrong and the code, one at a time, and beside them the layer table."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QWidget

from cnnviz.gui.panels.code import CodePanel
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.problems import ProblemsPanel
from cnnviz.gui.widgets.panel import Panel


class RunPlace(QSplitter):
    """Tabs on the left, the table on the right."""

    def __init__(
        self,
        curves: CurvesPanel,
        problems: ProblemsPanel,
        code: CodePanel,
        table: LayerTable,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.panels: tuple[Panel, ...] = (curves, problems, code, table)
        self._curves, self._table = curves, table
        self._heads: dict[QWidget, QWidget] = {curves: curves.head, code: code.head}
        self._building: QWidget = problems
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Curves, problems and code"))
        for panel, title in (
            (curves, self.tr("Curves")),
            (problems, self.tr("Problems")),
            (code, self.tr("Code")),
        ):
            self.tabs.addTab(panel, title)
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, 0)
        for head in self._heads.values():
            row.addWidget(head)
        self.tabs.setCornerWidget(corner)
        self.tabs.currentChanged.connect(self._turned)
        self._turned()
        self.addWidget(self.tabs)
        self.addWidget(table)
        self.setChildrenCollapsible(False)

    def arrange(self, *, building: bool) -> None:
        """Bring to the front what belongs to an arrangement: while building what was last used for that."""
        self.tabs.setCurrentWidget(self._building if building else self._curves)
        self._table.arrange(building=building)

    def _turned(self) -> None:
        current = self.tabs.currentWidget()
        for panel, head in self._heads.items():
            head.setVisible(panel is current)
        if current is not self._curves:
            self._building = current
