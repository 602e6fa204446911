"""What the Kernels tab draws, without Qt."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm, stack_form
from cnnviz.gui.panels.kernels.state import Options, state
from cnnviz.gui.widgets.map_scales import Scale
from cnnviz.inspection.answers.kernels import Kernels
from cnnviz.network.graph import chain
from cnnviz.network.layers import ConvTranspose2d, Dense, Flatten, Input, Output

WEIGHT = np.random.default_rng(1).standard_normal((6, 4, 3, 3)).astype(np.float32)
KERNELS = Kernels(WEIGHT, None, 1.0, "pool1", 9.0)
FORM = StackForm(6, 4, (3, 3), "pool1")
GROUPED = StackForm(6, 4, (3, 3), "pool1", groups=2)


def test_the_same_answer_and_options_are_the_same_state() -> None:
    assert state(KERNELS, FORM, 1, Options()) == state(KERNELS, FORM, 1, Options())
    assert state(KERNELS, FORM, 1, Options()) != state(KERNELS, FORM, 1, Options(reads=1))


def test_only_slices_that_read_one_map() -> None:
    now, order = state(KERNELS, FORM, 1, Options(reads=2)), SliceOrder()
    assert now.filters == tuple(range(6)) and now.columns == 1
    assert np.array_equal(now.tiles(np.arange(6), order), WEIGHT[:, 2])
    assert [now.slice_at(place, order) for place in range(6)] == [2] * 6


def test_of_groups_only_filters_of_the_group_that_reads_the_map() -> None:
    now = state(KERNELS, GROUPED, 1, Options(reads=5))
    assert now.filters == (3, 4, 5)
    assert np.array_equal(now.tiles(np.arange(3), SliceOrder()), WEIGHT[3:, 1])


def test_the_filters_of_a_transposed_convolution_are_those_of_the_maps_that_come_out() -> None:
    network = chain(
        *(("input", Input((4, 6, 6))), ("up", ConvTranspose2d(6, kernel_size=(3, 3), groups=2))),
        *(("flat", Flatten()), ("fc", Dense(10)), ("output", Output())),
    )
    weight = np.random.default_rng(2).standard_normal((4, 3, 3, 3)).astype(np.float32)
    form = stack_form(network, "up", weight.shape)
    assert (form.filters, form.slices, form.sources) == (6, 2, 4)
    now, order = state(Kernels(weight, None, 1.0, "input", 9.0), form, 1, Options()), SliceOrder()
    for position, tile in enumerate(now.tiles(np.arange(12), order)):
        filter, slice = now.filter_at(position), now.slice_at(position, order)
        assert slice is not None
        assert np.array_equal(tile, weight[form.reads(filter, slice), filter % 3])
        for row, column in ((0, 1), (2, 2)):
            index = now.index_at(position, row, column, order)
            assert index is not None and weight[index] == tile[row, column]


def test_the_average_is_that_of_all_slices() -> None:
    now, order = state(KERNELS, FORM, 1, Options(average=True)), SliceOrder()
    assert np.allclose(now.tiles(np.arange(6), order), WEIGHT.mean(axis=1))
    assert now.slice_at(3, order) is None


def test_pinned_filters_stand_first() -> None:
    now = state(KERNELS, FORM, 1, Options(pinned=(2, 4, 77)))
    assert now.filters == (2, 4, 0, 1, 3, 5) and now.options.pinned == (2, 4)
    strongest = int(np.abs(WEIGHT[4]).max(axis=(1, 2)).argmax())
    assert np.array_equal(now.tiles(np.array([4]), SliceOrder())[0], WEIGHT[4, strongest])
    assert now.filter_at(4) == 4


@pytest.mark.parametrize("kind", ["layer", "full", "network", "map"])
def test_what_lies_beyond_the_scale_is_counted(kind: str) -> None:
    limit = {"layer": 1.0, "full": 9.0, "network": 0.5, "map": 0.0}[kind]
    now = state(KERNELS, FORM, 1, Options(Scale(kind, 0.5)))  # type: ignore[arg-type]
    assert now.limit == limit
    assert now.clipped == (np.abs(WEIGHT) > limit).sum() * (limit > 0)


def test_a_map_that_the_layer_does_not_read_is_no_choice() -> None:
    assert state(KERNELS, FORM, 1, Options(reads=4)).filters == tuple(range(6))
    assert not state(KERNELS, FORM, 1, Options(reads=4)).single


def test_the_numbers_below_slices_are_made_once_for_an_order() -> None:
    order = SliceOrder()
    for filter in range(len(WEIGHT)):
        numbers = order.numbers(filter, FORM, WEIGHT)
        assert numbers == tuple(str(FORM.reads(filter, slice)) for slice in order.of(filter, WEIGHT).tolist())
        assert order.numbers(filter, FORM, WEIGHT) is numbers
    strongest_last = WEIGHT.copy()
    weakest = int(numbers[-1]) % FORM.slices
    strongest_last[-1, weakest] += 100
    assert order.numbers(len(WEIGHT) - 1, FORM, strongest_last) is numbers
    order.sort_again()
    assert order.numbers(len(WEIGHT) - 1, FORM, strongest_last)[0] == numbers[-1]


def test_the_slices_of_tiles_are_found_once_until_they_are_sorted_again() -> None:
    now, order, positions = state(KERNELS, FORM, 1, Options()), SliceOrder(), np.arange(2 * FORM.slices)
    first = now.tiles(positions, order)
    assert np.array_equal(first[0], WEIGHT[0, order.of(0, WEIGHT)[0]])
    weight = WEIGHT.copy()
    weakest = int(order.of(0, WEIGHT)[-1])
    weight[0, weakest] += 100
    later = state(Kernels(weight, None, 1.0, "source"), FORM, 2, Options())
    assert np.array_equal(later.tiles(positions, order)[FORM.slices - 1], weight[0, weakest])
    order.sort_again()
    assert np.array_equal(later.tiles(positions, order)[0], weight[0, weakest])
    assert np.array_equal(later.tiles(positions[1:], order)[0], later.tiles(positions, order)[1])
