"""Questions about a moment: kinds of one's own, gradients that leave no trace, and questions that cover others."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
import torch
from inspection_kit import state

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.kernels import KernelsOf, WeightScale
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.questions import Array, NodeQuestion, Question, Questions, without_covered
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Dropout, Flatten, Input, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NETWORK = chain(
    ("input", Input((1, 8, 8))),
    ("conv1", Conv2d(3, (3, 3))),
    ("norm1", BatchNorm2d()),
    ("relu1", ReLU()),
    ("drop1", Dropout(0.5)),
    ("flatten", Flatten()),
    ("fc1", Dense(4)),
    ("output", Output()),
)
REPORT = check(NETWORK, Facts((1, 8, 8), 4))
SAMPLE = Sample(np.arange(64, dtype=np.uint8).reshape(1, 8, 8) * 3, label=1)


@dataclass(frozen=True)
class MeanOf(NodeQuestion[float]):
    """The mean of what a node gives."""

    node: str

    def outputs(self, network: Network) -> tuple[str, ...]:
        return (self.node,)


@dataclass(frozen=True)
class PixelGradient(Question[Array]):
    """How the score of a class changes with each pixel: float32 (C, H, W)."""

    target: int
    needs_gradients: ClassVar[bool] = True


@dataclass(frozen=True)
class Mischief(Question[None]):
    """Changes all that an answer should leave alone, then does what ``end`` says."""

    end: str
    needs_gradients: ClassVar[bool] = True


def pixel_gradient(look: Look, question: PixelGradient) -> Array:
    pixels = look.pixels.clone().requires_grad_()
    logits, _ = look.module(pixels)
    (gradient,) = torch.autograd.grad(logits[0, question.target], pixels)
    return as_array(gradient[0])


def mischief(look: Look, question: Mischief) -> None:
    module = look.module
    for part in module.modules():
        object.__setattr__(part, "training", True)
    convolution = module._modules["conv1"]
    assert convolution is not None
    convolution.register_forward_hook(lambda *_: None)
    convolution.register_forward_pre_hook(lambda *_: None)
    convolution.register_full_backward_hook(lambda *_: None)
    torch.rand(7)
    weight = module.get_parameter("fc1.weight").requires_grad_()
    torch.autograd.backward(weight.sum())
    if question.end == "write":
        weight.data.mul_(1)
        with torch.no_grad():
            weight.mul_(2)
    if question.end == "raise":
        raise ValueError("on purpose")


MORE: Mapping[type[Question[Any]], Callable[[Look, Any], object]] = {
    **ANSWERS,
    MeanOf: lambda look, question: float(look.outputs[question.node].mean()),
    PixelGradient: pixel_gradient,
    Mischief: mischief,
}


def moment() -> Moment:
    module = build(NETWORK, REPORT, seed=3)
    return Moment(NETWORK, REPORT, MappingProxyType(module.state_dict()), 1, 5, True)


@pytest.fixture
def viewer() -> Viewer:
    threads = torch.get_num_threads()
    made = Viewer(MORE)
    torch.set_num_threads(threads)
    return made


def test_a_kind_of_question_is_a_class_and_a_row(viewer: Viewer) -> None:
    snapshot = viewer.snapshot(moment(), SAMPLE, frozenset({MeanOf("relu1"), MapsOf("relu1"), MeanOf("gone")}))
    maps, mean = snapshot.answer(MapsOf("relu1")), snapshot.answer(MeanOf("relu1"))
    assert maps is not None and mean == pytest.approx(float(maps.values.mean()))
    assert snapshot.answer(MeanOf("gone")) is None
    assert snapshot.by_node(MeanOf) == {"relu1": mean}


def test_gradients_equal_those_of_finite_differences(viewer: Viewer) -> None:
    now = moment()
    gradient = viewer.snapshot(now, SAMPLE, frozenset({PixelGradient(2)})).answer(PixelGradient(2))
    assert gradient is not None and gradient.shape == (1, 8, 8) and not gradient.flags.writeable
    module = build(NETWORK, REPORT, seed=3).double().eval()
    pixels = torch.from_numpy(SAMPLE.image.copy()).double().div(255).unsqueeze(0)
    with torch.no_grad():
        for y, x in ((0, 0), (3, 4), (7, 7)):
            step = torch.zeros_like(pixels)
            step[0, 0, y, x] = 1e-6
            slope = (module(pixels + step)[0] - module(pixels - step)[0])[0, 2] / 2e-6
            assert float(gradient[0, y, x]) == pytest.approx(float(slope), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("end", ["return", "raise"])
def test_an_answer_with_gradients_leaves_no_trace(viewer: Viewer, end: str) -> None:
    now = moment()
    viewer.snapshot(now, SAMPLE, frozenset({NetworkOutput()}))
    assert viewer._module is not None
    before = state(viewer._module)
    if end == "raise":
        with pytest.raises(ValueError, match="on purpose"):
            viewer.snapshot(now, SAMPLE, frozenset({Mischief(end)}))
    else:
        viewer.snapshot(now, SAMPLE, frozenset({Mischief(end)}))
    assert state(viewer._module) == before


def test_an_answer_that_changes_weights_is_a_fault(viewer: Viewer) -> None:
    with pytest.raises(RuntimeError, match="changed the weights"):
        viewer.snapshot(moment(), SAMPLE, frozenset({Mischief("write")}))


def test_the_network_is_not_run_for_its_weights_alone(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.training.model.CompiledNetwork.forward", lambda *_: pytest.fail("the network was run"))
    assert viewer.snapshot(moment(), SAMPLE, frozenset({KernelsOf("conv1")})).answer(KernelsOf("conv1")) is not None


def test_an_answer_of_weights_is_the_same_object_for_another_sample_and_a_new_one_for_other_weights(
    viewer: Viewer,
) -> None:
    now, drawn = moment(), Sample(255 - SAMPLE.image, label=1)
    asked: Questions = frozenset({KernelsOf("conv1"), WeightScale(), MapsOf("conv1"), GradientOf(Place("conv1", 0))})
    first, second = (viewer.snapshot(now, sample, asked) for sample in (SAMPLE, drawn))
    assert first.answer(KernelsOf("conv1")) is second.answer(KernelsOf("conv1")) is not None
    assert first.answer(MapsOf("conv1")) is not second.answer(MapsOf("conv1")) is not None
    gradient = GradientOf(Place("conv1", 0))
    assert first.answer(gradient) is not second.answer(gradient) is not None
    later = viewer.snapshot(moment(), drawn, asked).answer(KernelsOf("conv1"))
    assert later is not None and later is not second.answer(KernelsOf("conv1"))


def test_more_maps_cover_fewer_of_the_same_node(viewer: Viewer) -> None:
    fewer = {MapsOf("conv1", 2), MapsOf("relu1", 0)}
    left: set[Question[Any]] = {MapsOf("conv1"), MapsOf("relu1", 2), NetworkOutput()}
    asked: Questions = frozenset(left | fewer)
    assert without_covered(asked) == left
    snapshot = viewer.snapshot(moment(), SAMPLE, asked)
    assert set(snapshot.answers) == left
    assert snapshot.answer(MapsOf("conv1", 2)) is snapshot.answer(MapsOf("conv1"))
    assert snapshot.answer(MapsOf("relu1")) is None
