"""Functional models and own classes of Keras: what is read computes what Keras computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import torch
from export_kit import assert_close
from keras_kit import maps_last
from keras_sources import SOURCES
from networks import CLASSES
from paste_kit import MNIST

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    # Keras warns of inputs in no list, and of build without a method of that name
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(autouse=True)
def channels_last() -> Iterator[None]:
    yield
    keras.config.set_image_data_format("channels_last")


def executed(text: str) -> Any:
    """What the source calls ``m``, built by Keras itself."""
    space: dict[str, Any] = {}
    exec(compile(text.replace("tensorflow.keras", "keras"), "source.py", "exec"), space)
    return space["m"]


def value_at(*places: NDArray[np.int64]) -> NDArray[np.float32]:
    """A weight by its place: output channel, input channel, row, column."""
    waves: NDArray[np.float32] = np.float32(0.2) * np.sin(
        1.0 + sum(factor * place for factor, place in zip((1.0, 3.0, 7.0, 11.0), places, strict=False))
    ).astype(np.float32)
    return waves


def weight(shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """The weight of a torch layer, which depends on its shape and name alone."""
    places = np.indices(shape)
    if name.endswith("running_var"):
        return np.float32(1) + np.abs(value_at(*places))
    if len(shape) == 2 or shape[2:] == (1, 1):
        # values flow into a Dense in another order than in Keras
        return value_at(places[0])
    return value_at(*places)


def for_keras(variable: Any) -> NDArray[np.float32]:
    """The same weight with the axes of Keras."""
    shape = tuple(variable.shape)
    if "depthwise" in variable.path and len(shape) == 4:
        return weight((shape[2], 1, *shape[:2]), "").transpose(2, 3, 0, 1)
    if len(shape) == 4:
        return weight((shape[3], shape[2], *shape[:2]), "").transpose(2, 3, 1, 0)
    if len(shape) == 2:
        return weight(shape[::-1], "").T
    return weight(shape, "running_var" if variable.name == "moving_variance" else "")


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_read_computes_what_keras_computes(name: str) -> None:
    text = SOURCES[name]
    read = paste(text, MNIST)
    network = read.network
    image = network[network.of_kind(Input)[0]].infer(()).output
    report = check(network, Facts(image, CLASSES))
    assert not report.errors
    images = torch.rand(2, *image)
    given = images.numpy() if name == "first" else maps_last(images)
    if any(note.code == "flat_images" for note in read.notes):
        given = given.reshape(2, -1)
    if any(note.code == "rescaled" for note in read.notes):
        given = given * 255
    model = executed(text)
    model(given)
    moving = sum(shape[0] for node in report.nodes.values() for key, shape in node.buffers.items() if "running" in key)
    assert report.parameters + moving == model.count_params()
    for variable in model.weights:
        if variable.name != "seed_generator_state":
            variable.assign(for_keras(variable))
    compiled = build(network, report).eval()
    state = compiled.state_dict()
    for key, tensor in state.items():
        if tensor.dtype == torch.float32:
            state[key] = torch.from_numpy(weight(tuple(tensor.shape), key))
    compiled.load_state_dict(state)
    with torch.no_grad():
        ours = compiled(images)[0]
        theirs = model(given, training=False)
        if any(note.code == "softmax_left_out" for note in read.notes):
            ours = torch.softmax(ours, -1)
    assert_close(torch.as_tensor(theirs), ours)
