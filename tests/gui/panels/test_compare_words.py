"""What the pages of Compare say of a prediction, also where the output of the network is not a number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np

from cnnviz.gui.panels.compare.answers_page import AnswersPage
from cnnviz.gui.panels.compare.samples_page import SamplesPage
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.compare.observed import ObservedSide

SAMPLE = Sample(np.zeros((1, 28, 28), np.uint8), 7, 3)


def side(prediction: Prediction) -> ObservedSide:
    network = TEMPLATES["lenet-5"].build().network
    snapshot = Snapshot(1, 5, network, SAMPLE, {NetworkOutput(): prediction}, settled=True, seconds=0.0)
    return cast("ObservedSide", SimpleNamespace(snapshot=snapshot, failure=""))


def test_a_network_whose_output_is_not_a_number_predicts_no_class(qtbot: QtBot) -> None:
    answers, samples = AnswersPage(DARK), SamplesPage(DARK)
    for page in (answers, samples):
        qtbot.addWidget(page)
    logits, not_numbers = np.log(np.array([0.25, 0.75], np.float32)), np.full(2, np.nan, np.float32)
    for prediction, said in (
        (Prediction(logits, np.exp(logits)), "predicts 1 (75.0 %)"),
        (Prediction(not_numbers, not_numbers), "no answer: NaN"),
    ):
        answers.parts[0].show_side(side(prediction), None)
        assert answers.parts[0].says.text() == f"label 7\n{said}"
        assert samples._caption("A", SAMPLE, prediction) == f"A: 7 (#3)\n{said}"
