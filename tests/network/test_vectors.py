from __future__ import annotations

from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Dropout, Flatten, Input, Output, ReLU, Softmax
from cnnviz.network.shapes import infer
from cnnviz.network.vectors import gives_classes, maps_before

NETWORK = chain(
    ("input", Input((1, 8, 8))),
    ("conv", Conv2d(3, (3, 3))),
    ("flatten", Flatten()),
    ("relu", ReLU()),
    ("drop", Dropout()),
    ("fc1", Dense(16)),
    ("relu1", ReLU()),
    ("fc2", Dense(4)),
    ("drop2", Dropout()),
    ("output", Output()),
)


def test_a_vector_keeps_the_maps_before_a_flatten_until_values_are_mixed() -> None:
    shapes = infer(NETWORK)
    found = {name: maps_before(NETWORK, shapes, name) for name in NETWORK.order}
    assert {name for name, behind in found.items() if behind is not None} == {"flatten", "relu", "drop"}
    assert found["drop"] == ("conv", (3, 6, 6))


def test_the_last_values_that_nothing_mixes_are_those_of_the_classes() -> None:
    assert [name for name in NETWORK.order if gives_classes(NETWORK, name)] == ["fc2", "drop2", "output"]
    mixed = chain(("input", Input((1, 8, 8))), ("fc", Dense(4)), ("softmax", Softmax()), ("output", Output()))
    assert not gives_classes(mixed, "fc") and gives_classes(mixed, "softmax")
