"""The box that freezes a layer, and says what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.network.freezing import can_freeze
from cnnviz.network.layers import BatchNorm
from cnnviz.project import edits

if TYPE_CHECKING:
    from cnnviz.gui.document.editor import ProjectEditor


class FrozenBox(QWidget):
    """Hidden for layers that have nothing to freeze."""

    def __init__(self, editor: ProjectEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._node: str | None = None
        self.box, self.said = QCheckBox(self.tr("Frozen")), MutedLabel()
        self.box.setToolTip(self.tr("Training leaves the weights of a frozen layer as they are (Ctrl+Shift+F)"))
        self.box.toggled.connect(self._freeze)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self.said)

    def show_node(self, node: str | None) -> None:
        """Show whether a node is frozen; None for no node."""
        self._node = node
        project, report = self._editor.project, self._editor.report
        possible = node is not None and node in report.nodes and can_freeze(report.nodes[node])
        self.setVisible(possible)
        if node is None or not possible:
            return
        frozen = project.network.nodes[node].frozen
        with QSignalBlocker(self.box):
            self.box.setChecked(frozen)
        self.said.setVisible(frozen)
        if isinstance(project.network[node], BatchNorm):
            self.said.setText(self.tr("Its running mean and variance stay too, and it normalizes with them."))
        else:
            self.said.setText(self.tr("Training leaves its weights as they are."))

    def _freeze(self, frozen: bool) -> None:
        if self._node is None:
            return
        label = (self.tr("Freeze {0}") if frozen else self.tr("Unfreeze {0}")).format(self._node)
        self._editor.apply(label, edits.freeze(self._editor.project, [self._node], frozen))
