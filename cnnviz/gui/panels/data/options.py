"""The options of how pictures are read: size, colours, and cropping, padding or stretching, shown on some pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnnviz.data.description import LARGEST_SIDE
from cnnviz.data.sources.source import Form
from cnnviz.data.survey import FITS, PREVIEWED
from cnnviz.gui.panels.data import words
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.fitted import draw_fitted
from cnnviz.gui.widgets.flow import Flow
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.data.description import Fit
    from cnnviz.data.survey import Preview

PICTURE, GAP = 32, 3
"""Side of a picture and the room between two, in pixels."""


class FormOptions(QWidget):
    """``previewAsked(Form)`` follows an edit of size or colours, ``readAsked(Form)`` the button to read them all."""

    previewAsked = Signal(object)
    readAsked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Form(1, 28, 28)
        self._read_form: Form | None = None
        """The form in which the pictures were read."""
        self.height_box, self.width_box = (NumberBox(1, LARGEST_SIDE, whole=True) for _ in range(2))
        for box, name in ((self.height_box, self.tr("Height in pixels")), (self.width_box, self.tr("Width in pixels"))):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setMaximumWidth(74)
            box.edited.connect(lambda _: self._edit())
        self.channels = ChoiceBox()
        self.channels.setAccessibleName(self.tr("Colours"))
        self.channels.addItem(self.tr("grey"), 1)
        self.channels.addItem(self.tr("colour"), 3)
        self.channels.activated.connect(lambda _: self._edit())
        self.read_again = QPushButton(self.tr("Read them so"))
        self.read_again.setToolTip(self.tr("Read all pictures in this size and these colours"))
        self.read_again.clicked.connect(lambda: self.readAsked.emit(self.form))
        self.sizes = ElidedLabel()
        self.sizes.setProperty("role", "muted")
        self.sizes.hide()
        self._group = QButtonGroup(self)
        self.fits: dict[Fit, QToolButton] = {}
        self._lay_out()

    def set_form(self, form: Form) -> None:
        """Show a form, in which the pictures are read."""
        self._read_form = form
        self._show(form)

    def show_preview(self, preview: Preview | None) -> None:
        """Show some pictures in the form; None shows none."""
        self.sizes.setText(words.sizes(None if preview is None else preview.contents.sizes))
        self.sizes.setToolTip(self.sizes.text())
        self.sizes.setVisible(bool(self.sizes.text()))
        for fit, button in self.fits.items():
            images = [] if preview is None else list(preview.pictures[fit])
            button.setIcon(QIcon(_strip(images, self.devicePixelRatioF())))

    def _lay_out(self) -> None:
        size = QHBoxLayout()
        size.setSpacing(6)
        for part in (
            PlainLabel(self.tr("Size")),
            self.height_box,
            PlainLabel("×"),
            self.width_box,
            self.channels,
            self.read_again,
        ):
            size.addWidget(part)
        size.addStretch()
        ways = QWidget()
        flow = Flow(ways)
        tips = {
            "crop": self.tr("The middle of the picture is cut out"),
            "pad": self.tr("Black borders are added"),
            "stretch": self.tr("The sides are scaled differently"),
        }
        for fit in FITS:
            button = self.fits[fit] = QToolButton()
            button.setCheckable(True)
            button.setText(words.fit_name(fit))
            button.setToolTip(tips[fit])
            button.setAccessibleDescription(tips[fit])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(PREVIEWED * (PICTURE + GAP) - GAP, PICTURE))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(self._edit)
            self._group.addButton(button)
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(size)
        column.addWidget(self.sizes)
        column.addWidget(ways)

    def _show(self, form: Form) -> None:
        self.form = form
        self.height_box.set_value(form.height)
        self.width_box.set_value(form.width)
        self.channels.setCurrentIndex(self.channels.findData(form.channels))
        self.fits[form.fit].setChecked(True)
        self.read_again.setEnabled(form != self._read_form)

    def _edit(self) -> None:
        fit = next(fit for fit in FITS if self.fits[fit].isChecked())
        height, width = int(self.height_box.value()), int(self.width_box.value())
        form = Form(self.channels.currentData(), height, width, fit)
        if form == self.form:
            return
        # a preview shows cropping, padding and stretching beside each other
        new_preview = form != replace(self.form, fit=fit)
        self._show(form)
        if new_preview:
            self.previewAsked.emit(form)


def _strip(images: list[NDArray[np.uint8]], ratio: float) -> QPixmap:
    """Pictures side by side; ``images`` are uint8 (C, H, W) each."""
    strip = QPixmap(round((PREVIEWED * (PICTURE + GAP) - GAP) * ratio), round(PICTURE * ratio))
    strip.setDevicePixelRatio(ratio)
    strip.fill(Qt.GlobalColor.transparent)
    with QPainter(strip) as painter:
        for at, image in enumerate(images):
            draw_fitted(painter, picture_of(channels_last(image)), QRect(at * (PICTURE + GAP), 0, PICTURE, PICTURE))
    return strip
