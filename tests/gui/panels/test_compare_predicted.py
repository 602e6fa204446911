"""What both sides of Compare predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from inspection_kit import moment_of
from PySide6.QtCore import QObject

from cnnviz.data.catalogue import Split
from cnnviz.gui.panels.compare.predicted import BothPredicted
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_moments_that_cannot_predict_the_images_are_tried_once_each(qtbot: QtBot) -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    moments = moment_of(network), moment_of(network)
    images = Split(np.zeros((2, 3, 8, 8), np.uint8), np.zeros(2, np.int64))
    parent = QObject()
    predicted = BothPredicted(parent)
    failures: list[str] = []
    predicted.failed.connect(failures.append)
    # as the page does, which looks after each change
    predicted.changed.connect(lambda: predicted.want(moments, images))
    predicted.want(moments, images)
    qtbot.waitUntil(lambda: len(failures) >= 2)
    assert len(failures) == 2 and predicted.progress is None
    assert predicted.close()
