"""What the Maps tab draws, without Qt."""

from __future__ import annotations

import numpy as np

from cnnviz.gui.panels.maps.state import Form, Options, form_of, state
from cnnviz.gui.widgets.map_scales import Scale
from cnnviz.inspection.answers.maps import Maps
from cnnviz.project.templates import TEMPLATES

NETWORK = TEMPLATES["pytorch-tutorial"].project().network
VALUES = np.random.default_rng(2).standard_normal((6, 4, 3)).astype(np.float32)
MAPS = Maps(VALUES, tuple(range(6)), 6, True, 1.0, full=9.0)
VECTOR = Maps(VALUES.ravel(), tuple(range(72)), 72, True, 4.0, full=4.0)
TILED = Form((6, 4, 3))


def test_a_layer_is_seen_as_maps_as_bars_or_as_the_maps_that_it_came_from() -> None:
    assert form_of(NETWORK, "conv1", (32, 26, 26)) == Form((32, 26, 26))
    assert form_of(NETWORK, "flatten", (1600,)) == Form((64, 5, 5), "pool2")
    assert form_of(NETWORK, "fc1", (128,)) == form_of(NETWORK, "relu3", (128,)) == Form(None)
    assert form_of(NETWORK, "fc2", (10,)) == form_of(NETWORK, "output", (10,)) == Form(None, classes=True)


def test_the_same_answer_and_options_are_the_same_state() -> None:
    assert state(MAPS, TILED, 1, Options()) == state(MAPS, TILED, 1, Options())
    assert state(MAPS, TILED, 1, Options()) != state(MAPS, TILED, 2, Options())
    assert state(MAPS, TILED, 1, Options()) != state(MAPS, TILED, 1, Options(since=0))


def test_pinned_maps_stand_first() -> None:
    now = state(MAPS, TILED, 1, Options(pinned=(2, 5, 9)))
    assert now.channels == (2, 5, 0, 1, 3, 4) and now.options.pinned == (2, 5)
    assert np.array_equal(now.tiles(np.arange(3)), VALUES[[2, 5, 0]])


def test_a_vector_of_maps_is_laid_out_as_them_and_has_no_pins() -> None:
    now = state(VECTOR, Form((6, 4, 3), "pool2"), 1, Options(pinned=(2,)))
    assert now.channels == tuple(range(6)) and now.options.pinned == ()
    assert np.array_equal(now.tiles(np.arange(6)), VALUES)


def test_bars_have_the_scale_of_their_layer_whatever_that_of_maps_is() -> None:
    now = state(VECTOR, Form(None), 1, Options(Scale("map")))
    assert now.limit == 4.0 and len(now.channels) == 72 and np.array_equal(now.values, VALUES.ravel())


def test_a_change_is_not_drawn_on_the_scale_of_all_maps() -> None:
    assert state(MAPS, TILED, 1, Options(Scale("network", 7.0))).limit == 7.0
    changed = state(MAPS, TILED, 1, Options(Scale("network", 7.0), since=0))
    assert changed.limit == 1.0 and changed.options.scale.kind == "layer"
    assert changed.clipped == (np.abs(VALUES) > 1).sum()


def test_a_map_without_values_is_silent() -> None:
    values = VALUES.copy()
    values[3] = 0
    now = state(Maps(values, tuple(range(6)), 6, True, 1.0), TILED, 1, Options())
    assert now.silent == {3}
    # a map that has not changed is nothing special
    assert state(Maps(values, tuple(range(6)), 6, True, 1.0), TILED, 1, Options(since=0)).silent == frozenset()
