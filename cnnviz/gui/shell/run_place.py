"""The Run place at the bottom: curves, problems and code as tabs, and beside them the layer table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.panel_tabs import LEAST_PADDING, PanelTabs
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.widgets.panel import Panel
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.training.channels import Status


FOR_BUILDING = ("problems", "code")
"""The ids of the panels that are used while building."""
LEAST_HEIGHT = 120
"""The least height of the tabs and the panel below them, in pixels."""
FRAME = 4
"""Pixels at both sides of a panel together."""
CONTROLS = 260
"""The width, in pixels, that is kept for the controls of the panel in front where the titles move closer together."""


class _RunTabs(PanelTabs):
    """Tabs whose least height does not depend on their panels: the tabs do not move when another panel is shown.

    A panel that needs more height scrolls or shrinks. The least width, too, is the same for all panels, but for a wider
    one in front. Qt would take that of the widest panel that was ever shown.
    """

    def least_width(self) -> int:
        """The least width that does not depend on the panel in front: with it all titles are in view."""
        return self.titles_width(LEAST_PADDING) + CONTROLS

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        page = self.currentWidget()
        panel = 0 if page is None else page.minimumSizeHint().width() + FRAME
        return QSize(max(self.least_width(), panel), LEAST_HEIGHT)


class RunPlace(QSplitter):
    """Tabs on the left, and a panel that is always visible on the right.

    Building and training have different tabs. When the window is arranged for building or for training, the tab that
    was used last there is shown. A panel that is wider than the part on the left widens it while it is in front.
    """

    def __init__(
        self, panels: PanelSet, titles: Mapping[str, str], beside: Panel, parent: QWidget | None = None
    ) -> None:
        """``titles`` are the titles of the tabs by the id of their panel."""
        super().__init__(parent)
        self._panels, self._beside = panels, beside
        self._left: QWidget | None = None
        """The tab in front when a training was asked for, until it starts; None if none was."""
        self._tabs = tuple(titles)
        self._building = FOR_BUILDING[0]
        self._shares: Sequence[int] = (1, 1)
        """The shares of both parts in the width; see :meth:`divide`."""
        self._training = next(identifier for identifier in self._tabs if identifier not in FOR_BUILDING)
        self.tabs = _RunTabs(panels, titles)
        self.tabs.setAccessibleName(self.tr("Curves, problems and code"))
        corner = QWidget()
        self._corner = QHBoxLayout(corner)
        self._corner.setContentsMargins(0, 0, 0, 0)
        self.tabs.setCornerWidget(corner)
        for identifier in titles:
            panels.when_made(identifier, self._add_controls)
        self.tabs.turned.connect(self._turned)
        self.tabs.resized.connect(self._fit_controls)
        self._turned()
        self.addWidget(self.tabs)
        self.addWidget(beside)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(lambda *_: self._keep())

    def divide(self, shares: Sequence[int]) -> None:
        """Divide the width among the two parts by these shares, as far as their least widths allow."""
        self._shares = shares
        self._divide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the new width by the same shares."""
        super().resizeEvent(event)
        self._divide()

    def await_training(self) -> None:
        """Show the curves once training starts, unless another tab is chosen before."""
        self._left = self.tabs.current()

    def follow(self, status: Status) -> None:
        """Show the curves if a training that was awaited has started."""
        if self._left is not None and status.state is State.RUNNING:
            if self._left is self.tabs.current():
                self.tabs.setCurrentWidget(self._panels["curves"])
            self._left = None

    def arrange(self, *, building: bool) -> None:
        """Show the last tab used for building, or else for training."""
        self._left = None
        self.tabs.setCurrentWidget(self._panels[self._building if building else self._training])
        self._beside.arrange(building=building)

    def _add_controls(self, panel: Panel) -> None:
        if (controls := panel.controls()) is not None:
            self._corner.addWidget(controls)
            follow(self.tabs.cornerWidget(), controls)
            controls.setVisible(panel is self.tabs.current())

    def _turned(self) -> None:
        for identifier in filter(self._panels.is_made, self._tabs):
            panel = self._panels[identifier]
            front = panel is self.tabs.current()
            if (controls := panel.controls()) is not None:
                controls.setVisible(front)
            if front and identifier in FOR_BUILDING:
                self._building = identifier
            elif front:
                self._training = identifier
        self.tabs.updateGeometry()
        self._divide()
        self._fit_controls()

    def _keep(self) -> None:
        """Note how the user has divided the width."""
        self._shares = self.sizes()

    def _divide(self) -> None:
        self.setSizes(self._widths())

    def _widths(self) -> list[int]:
        """The widths of both parts by their shares, without regard to the panel in front."""
        room = max(0, self.width() - self.handleWidth())
        left = max(self.tabs.least_width(), room * self._shares[0] // max(1, sum(self._shares)))
        return [left, max(1, room - left)]

    def _fit_controls(self) -> None:
        # not the present width, which the panel in front may have widened: the titles stand still
        self.tabs.fit_titles(self._widths()[0] - CONTROLS)
        if (panel := self.tabs.current()) is not None:
            panel.fit_controls(self.tabs.free_width())
