from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.answers.undamaged import UndamagedOutput
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import CompiledNetwork

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Questions


def test_the_answer_is_that_to_the_sample_as_it_was() -> None:
    torch.manual_seed(0)
    network = TEMPLATES["pytorch-tutorial"].project().network
    shapes = infer(network)
    tensors = {name: tensor.detach() for name, tensor in CompiledNetwork(network, shapes, None).state_dict().items()}
    moment = Moment(network, shapes, tensors, run=1, step=3, settled=True)
    generator = np.random.default_rng(0)
    whole = Sample(generator.integers(0, 256, (1, 28, 28), np.uint8))
    broken = Sample(generator.integers(0, 256, (1, 28, 28), np.uint8), undamaged=whole.image)
    viewer = Viewer(ANSWERS)
    questions: Questions = frozenset([NetworkOutput(), UndamagedOutput()])
    wanted, other = (viewer.snapshot(moment, one, questions) for one in (whole, replace(broken, undamaged=None)))
    both = viewer.snapshot(moment, broken, questions)
    pairs = ((both.answer(UndamagedOutput()), wanted), (both.answer(NetworkOutput()), other))
    for said, alone in pairs:
        expected = alone.answer(NetworkOutput())
        assert said is not None and expected is not None
        assert np.array_equal(said.logits, expected.logits)
        assert np.array_equal(said.probabilities, expected.probabilities)
    assert wanted.answer(UndamagedOutput()) is None
