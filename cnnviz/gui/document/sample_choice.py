"""The sample that a panel asks for, so that all places show it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class SampleChoice(QObject):
    """``asked(Sample)`` follows the choice of a sample outside the Sample place."""

    asked = Signal(object)
