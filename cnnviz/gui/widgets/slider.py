"""A horizontal slider beside which a page can be scrolled."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider, QWidget

from cnnviz.gui.widgets.wheel_guard import WheelGuard


class Slider(QSlider):
    """A horizontal slider that takes the wheel only after a click, see :class:`WheelGuard`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        WheelGuard(self)
