"""A question leaves the module as it was, also where the network raises."""

from __future__ import annotations

import threading
from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from inspection_kit import answers, moment_of, places, sample_of, state
from networks import gated, valid_networks
from training_kit import PATIENCE, assert_same, project, session

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.histograms import HistogramsOf
from cnnviz.inspection.answers.kernels import KernelsOf, WeightScale
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.answers.value import ValueOf
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.answers.vector import VectorOf
from cnnviz.inspection.answers.weight_gradient import WeightGradientOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.moment import Live
from cnnviz.inspection.observer import Observer
from cnnviz.inspection.viewer import Viewer
from cnnviz.training.channels import State
from cnnviz.training.weight_watch import WeightWatch

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Question, Questions
    from cnnviz.network.graph import Network

pytestmark = pytest.mark.usefixtures("one_torch_thread")

BROKEN = torch.nn.Linear(3, 3)
QUESTIONS: list[Question[Any]] = [
    MapsOf("conv"),
    KernelsOf("conv"),
    WeightScale(),
    NetworkOutput(),
    HistogramsOf("conv"),
    ValueOf(Place("conv", 1, 2, 3)),
    ValuesOf("conv"),
    VectorOf("flatten"),
    GradientOf(Place("conv", 1, 2, 3)),
    WeightGradientOf("conv", (1, 2, 0, 0)),
]


def test_every_kind_of_question_that_takes_gradients_is_asked_here() -> None:
    assert {kind for kind in ANSWERS if kind.needs_gradients} <= {type(question) for question in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: type(one).__name__)
def test_a_question_leaves_no_trace(question: Question[Any]) -> None:
    moment, sample, viewer = moment_of(gated()), sample_of(gated()), Viewer(ANSWERS)
    viewer.snapshot(moment, sample, frozenset({NetworkOutput()}))
    module = viewer._module
    assert module is not None
    before = state(module)
    assert viewer.snapshot(moment, sample, frozenset({question})).answer(question) is not None
    assert state(module) == before
    whole = module._modules["fc"]
    # as an operation fails for which there is no memory
    module._modules["fc"] = BROKEN
    if question.needs_forward or question.needs_gradients:
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            viewer.snapshot(moment, sample, frozenset({question}))
    module._modules["fc"] = whole
    assert state(module) == before


def test_a_training_that_is_looked_at_and_watched_ends_in_the_same_bits() -> None:
    one = project(dropout=0.5, epochs=4, optimizer="adam")
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        plain = watched.tensors()
    sample = sample_of(one.network)
    asked: Questions = frozenset(
        {GradientOf(Place("conv1", 1, 2, 3)), WeightGradientOf("conv1", (1, 0, 0, 0)), ValueOf(Place("fc1", 3))}
    )
    with session(one) as watched:
        observer = Observer(Live(watched.session.weights))
        observer.listen(lambda: observer.request(sample, asked))
        seen = threading.Condition()

        def notify() -> None:
            with seen:
                seen.notify_all()

        observer.listen(notify)
        observer.start()
        watch = WeightWatch(watched.session, "conv1", (1, 0, 0, 0))
        # slow at first, so that training goes on while it is looked at
        watched.session.pace(20)
        watched.session.play()
        observer.request(sample, asked)
        with seen:
            assert seen.wait_for(lambda: observer.made >= 3, PATIENCE)
        watched.session.pace(0)
        watched.in_state(State.FINISHED)
        looked_at = watched.tensors()
        assert watch.latest is not None and observer.failure is None
        assert observer.close(PATIENCE)
    assert_same(plain, looked_at)


@pytest.mark.parametrize("value", [nan, inf])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: type(one).__name__)
def test_weights_that_are_no_numbers_are_answered_all_the_same(question: Question[Any], value: float) -> None:
    broken = filled(moment_of(gated()), value)
    answer = Viewer(ANSWERS).snapshot(broken, sample_of(gated()), frozenset({question})).answer(question)
    assert answer is not None


@given(valid_networks(), st.sampled_from([nan, inf]))
def test_values_that_are_no_numbers_have_an_arithmetic_all_the_same(network: Network, value: float) -> None:
    broken = filled(moment_of(network), value)
    asked = [place for name in broken.shapes.used for place in places(broken, name, 1)]
    sample = sample_of(network)
    for answer in answers(broken, sample, [ValueOf(place) for place in asked]):
        assert answer is not None and isinstance(answer.arithmetic.total, float)
    for gradient in answers(broken, sample, [GradientOf(place) for place in asked[::4]]):
        assert gradient is not None and isinstance(gradient.total, float)


def filled(moment: Moment, value: float) -> Moment:
    """The moment with all learned numbers and statistics equal to ``value``."""
    tensors = {
        name: torch.full_like(one, value) if one.is_floating_point() else one for name, one in moment.tensors.items()
    }
    return replace(moment, tensors=tensors)
