"""Colour scales of recorded moments are those of their whole run, and the present keeps its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from inspection_kit import moment_of, sample_of

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.scales import largest, span
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment

NETWORK = chain(
    ("input", Input((1, 8, 8))),
    ("conv", Conv2d(3, (3, 3))),
    ("flat", Flatten()),
    ("fc", Dense(4)),
    ("output", Output()),
)
SAMPLE = sample_of(NETWORK)
BASE = moment_of(NETWORK)
pytestmark = pytest.mark.usefixtures("one_torch_thread")


def moment(scale: float, run: int = 1, *, settled: bool = False, recorded: bool = False) -> Moment:
    tensors = {name: tensor * scale for name, tensor in BASE.tensors.items()}
    return replace(BASE, tensors=tensors, run=run, step=1, settled=settled, recorded=recorded)


def limits(viewer: Viewer, one: Moment) -> tuple[float, float, float]:
    """The robust scales of kernels and maps, and the full scale of the kernels."""
    shown = viewer.snapshot(one, SAMPLE, frozenset({KernelsOf("conv"), MapsOf("conv")}))
    kernels, maps = shown.answer(KernelsOf("conv")), shown.answer(MapsOf("conv"))
    assert kernels is not None and maps is not None
    return kernels.limit, maps.limit, kernels.full


def test_a_recorded_moment_has_the_widest_scale_that_the_run_had() -> None:
    viewer = Viewer(ANSWERS)
    weight = BASE.tensors["conv.weight"].numpy()
    live = [limits(viewer, moment(scale)) for scale in (1.0, 3.0)]
    paused = moment(2.0, settled=True)
    now = limits(viewer, paused)
    assert now[0] == pytest.approx(2 * span(weight)) and now[2] == pytest.approx(2 * largest(weight))
    for scale in (0.5, 1.0, 2.0, 0.1):
        assert limits(viewer, moment(scale, recorded=True)) == live[1]
    # a moment that was not seen live widens the scale for all that are looked at later
    wider = limits(viewer, moment(5.0, recorded=True))
    assert wider[0] == pytest.approx(5 * span(weight))
    assert limits(viewer, moment(1.0, recorded=True)) == wider
    # the present has the scale that it had
    assert limits(viewer, paused) == now
    assert limits(viewer, moment(2.5))[0] == pytest.approx(2.5 * span(weight))


def test_each_run_has_scales_of_its_own() -> None:
    viewer = Viewer(ANSWERS)
    first = limits(viewer, moment(4.0))
    second = limits(viewer, moment(1.0, run=2))
    assert second < first
    opened = limits(viewer, moment(0.5, run=-1, recorded=True))
    assert opened < second
    assert limits(viewer, moment(0.5, run=2)) == second
    assert limits(viewer, moment(0.5, recorded=True)) == first
