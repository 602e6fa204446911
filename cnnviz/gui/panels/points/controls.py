"""The choices of the Points tab: layer, method, colours, and the buttons that fit and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.panels.points.state import colourings
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.segments import Segments

if TYPE_CHECKING:
    from cnnviz.gui.panels.points.state import Colouring

PCA, TSNE = "pca", "tsne"
"""The methods that turn outputs into points."""
LEAST_FOR_LAYER, LEAST_FOR_COLOURS, MOST_WIDTH = 84, 70, 140
"""The least and the greatest widths of the choices of layer and colours, in pixels; the methods keep theirs."""


class PointControls(QWidget):
    """``layerChosen(node)``, ``methodChosen(method)`` and ``coloured`` follow the choices; ``method`` is chosen now.

    The button ``fit_again`` fits once more, ``cancel`` ends an embedding; the caller places both.
    """

    layerChosen = Signal(str)
    methodChosen = Signal(str)
    coloured = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = PCA
        self._classes: tuple[int, tuple[str, ...]] = (0, ())
        self.layer, self.colouring = ChoiceBox(), ChoiceBox()
        for box in (self.layer, self.colouring):
            box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(MOST_WIDTH)
        self.layer.setMinimumWidth(LEAST_FOR_LAYER)
        self.colouring.setMinimumWidth(LEAST_FOR_COLOURS)
        self.layer.setAccessibleName(self.tr("Layer whose outputs are drawn"))
        self.layer.setToolTip(self.tr("The layer whose outputs are drawn as points"))
        self.layer.textActivated.connect(self.layerChosen)
        self.colouring.setAccessibleName(self.tr("Colours of the points"))
        self.colouring.setToolTip(self.tr("What the colours of the points stand for"))
        self.colouring.activated.connect(lambda _: self.coloured.emit())
        self.methods = Segments(self.tr("How the outputs become points"))
        self.methods.add(PCA, self.tr("PCA"), self.tr("Along the two directions of the largest variance"))
        self.methods.add(TSNE, self.tr("t-SNE"), self.tr("Similar outputs side by side; far distances mean nothing"))
        self.methods.choose(PCA)
        self.methods.chosen.connect(self._choose)
        explain(self.methods, lambda _: "t-SNE" if self.method == TSNE else "principal components")
        self.fit_again, self.cancel = QPushButton(self.tr("Fit again")), QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Stop here, and keep what is drawn"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.layer, self.methods, self.colouring):
            row.addWidget(part)
        row.addStretch()
        self.show_running(running=False, possible=False)

    def show_layers(self, layers: tuple[str, ...], node: str | None) -> None:
        """Offer these layers; ``node`` is on screen."""
        if tuple(self.layer.itemText(index) for index in range(self.layer.count())) != layers:
            self.layer.clear()
            self.layer.addItems(layers)
        self.layer.setCurrentIndex(self.layer.findText(node or ""))

    def offer_colourings(self, classes: int, names: tuple[str, ...]) -> None:
        """Offer the colours for a number of classes with these names."""
        if (classes, names) == self._classes:
            return
        self._classes = classes, names
        titles = {"class": self.tr("by class"), "right": self.tr("right and wrong")}
        template = self.tr("class {name}")
        self.colouring.clear()
        for colouring in colourings(classes):
            if isinstance(colouring, str):
                title = titles[colouring]
            else:
                title = template.format(name=class_name(names, colouring))
            self.colouring.addItem(title, colouring)

    def chosen_colouring(self) -> Colouring:
        """What the colours stand for."""
        return cast("Colouring", self.colouring.currentData())

    def choose_colouring(self, colouring: Colouring) -> None:
        """Choose what the colours stand for."""
        self.colouring.setCurrentIndex(self.colouring.findData(colouring))
        self.coloured.emit()

    def show_running(self, *, running: bool, possible: bool) -> None:
        """Show whether an embedding grows, and whether something could be fitted again."""
        self.cancel.setVisible(running)
        self.fit_again.setVisible(not running)
        self.fit_again.setEnabled(possible)
        self.fit_again.setToolTip(
            self.tr("Fit the axes to the present outputs. Otherwise they stay the same for the whole run.")
            if self.method == PCA
            else self.tr("Arrange the present outputs of this layer")
        )

    def _choose(self, method: str) -> None:
        self.method = method
        self.methodChosen.emit(method)
