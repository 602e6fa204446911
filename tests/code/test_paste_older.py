"""Spellings that Keras takes or took: what Keras 3 still takes is compared with what it builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from networks import CLASSES
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    import keras

pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not pass an `input_shape`", "ignore:Argument `alpha` is deprecated", "ignore:Argument `input_shape`"
)


def sequential(*layers: str) -> str:
    made = ", ".join(f"layers.{layer}" for layer in layers)
    return f"import keras\nfrom keras import layers\nm = keras.Sequential([{made}])"


@pytest.mark.parametrize(
    "text",
    [
        sequential("Input((28, 28, 1))", "Convolution2D(8, 3, padding='Same')", "Flatten()", "Dense(10)"),
        sequential("Convolution2D(8, 3, 3, input_shape=(28, 28, 1))", "Flatten()", "Dense(10)"),
        sequential("Conv2D(8, (3, 3), 2, 'SAME', input_shape=(28, 28, 1))", "Flatten()", "Dense(10)"),
        sequential("Conv2D(8, 3, padding='SAME', input_shape=(1, 28, 28))", "Flatten()", "Dense(10)"),
        sequential("Input((9, 9, 2))", "Convolution2DTranspose(8, 3, 2)", "MaxPool2D(2, padding='same')", "Flatten()"),
        sequential("Input((9, 9, 2))", "AvgPool2D(3, 1, 'valid')", "GlobalMaxPool2D()", "Dense(3)"),
        sequential("Dense(32, 'relu', input_dim=784)", "Dense(10, 'softmax', False)"),
        sequential("Dense(32, activation='relu', input_shape=(784,))", "Dropout(0.2)", "Dense(10)"),
        sequential("Input((784,))", "Dense(32, activation=keras.activations.relu)", "Dense(10)"),
        sequential("Input((3072,))", "Dense(32, activation=layers.LeakyReLU(alpha=0.1))", "Dense(10)"),
        sequential("Input((784,))", "Reshape((28, 28, 1))", "Conv2D(4, 3)", "Flatten()", "Dense(10)"),
        sequential("Reshape((28, 28, 1), input_shape=(28, 28))", "Conv2D(4, 3)", "Flatten()", "Dense(10)"),
        sequential("Input((9, 9, 2))", "Conv2D(4, 3)", "Activation(keras.activations.tanh)", "Flatten()"),
        sequential("Input((9, 9, 2))", "Conv2D(4, 3)", "Activation(layers.ELU(0.5))", "Flatten()"),
        sequential("Input((9, 9, 2))", "Conv2D(4, 3, activation='swish')", "Activation('hard_swish')", "Flatten()"),
        sequential("Input((9, 9, 2))", "Conv2D(4, 3)", "LeakyReLU(alpha=0.1)", "SpatialDropout2D(0.2)", "Flatten()"),
        sequential("InputLayer(shape=(9, 9, 2))", "Conv2D(4, 3)", "Flatten()"),
        sequential("Input(batch_shape=(None, 9, 9, 2))", "Conv2D(4, 3)", "Flatten()"),
    ],
)
def test_what_is_read_is_what_keras_builds(text: str) -> None:
    space: dict[str, Any] = {}
    exec(compile(text, "source.py", "exec"), space)
    built: keras.Model = space["m"]
    network = paste(text, MNIST).network
    image = network[network.of_kind(Input)[0]].infer(()).output
    report = check(network, Facts(image, CLASSES))
    assert report.parameters == built.count_params()
    last = report.nodes[network.inputs[network.order[-1]][0]].output
    assert last is not None
    assert (*last[1:], last[0]) == built.output_shape[1:]


HEAD = "from keras.models import Sequential\nfrom keras.layers import *\nm = Sequential()\n"


def added(*layers: str) -> str:
    return HEAD + "\n".join(f"m.add({layer})" for layer in layers)


@pytest.mark.parametrize(
    ("older", "today"),
    [
        (
            (
                "Convolution2D(32, 3, 3, border_mode='same', input_shape=(28, 28, 1))",
                "MaxPooling2D(pool_size=(2, 2), border_mode='valid')",
                "Convolution2D(16, 5, 3, activation='relu', subsample=(2, 2), bias=False)",
                "Dropout(p=0.25)",
                "Flatten()",
                "Dense(output_dim=10)",
            ),
            (
                "Conv2D(32, (3, 3), padding='same', input_shape=(28, 28, 1))",
                "MaxPooling2D(pool_size=(2, 2), padding='valid')",
                "Conv2D(16, (5, 3), activation='relu', strides=(2, 2), use_bias=False)",
                "Dropout(0.25)",
                "Flatten()",
                "Dense(10)",
            ),
        ),
        (
            (
                "Convolution2D(nb_filter=8, nb_row=3, nb_col=5, input_shape=(28, 28, 1), dim_ordering='tf')",
                "BatchNormalization(mode=0, axis=3)",
                "AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2), activation='tanh')",
                "ZeroPadding2D((1, 1))",
                "Flatten()",
                "Dense(10, 'uniform', 'relu')",
            ),
            (
                "Conv2D(8, (3, 5), input_shape=(28, 28, 1))",
                "BatchNormalization(axis=3)",
                "Conv2D(8, 3, dilation_rate=2, activation='tanh')",
                "ZeroPadding2D((1, 1))",
                "Flatten()",
                "Dense(10, 'relu')",
            ),
        ),
        (
            (
                "Convolution2D(8, 3, 3, border_mode='same', input_shape=(3, 32, 32))",
                "BatchNormalization(axis=1)",
                "MaxPooling2D()",
                "Flatten()",
                "Dense(10)",
            ),
            (
                "Conv2D(8, 3, padding='same', input_shape=(32, 32, 3))",
                "BatchNormalization()",
                "MaxPooling2D()",
                "Flatten()",
                "Dense(10)",
            ),
        ),
        (
            ("Convolution2D(8, 3, 3, input_shape=(1, 28, 28))", "MaxPooling2D(dim_ordering='th')", "Flatten()"),
            ("Conv2D(8, (3, 3), input_shape=(28, 28, 1))", "MaxPooling2D()", "Flatten()"),
        ),
        (
            ("Conv2D(8, (3, 3), batch_input_shape=(None, 20, 24, 3))", "Flatten()"),
            ("Input((20, 24, 3))", "Conv2D(8, (3, 3))", "Flatten()"),
        ),
    ],
    ids=range(5),
)
def test_keras_1_is_read_as_it_was_meant(older: tuple[str, ...], today: tuple[str, ...]) -> None:
    assert paste(added(*older), MNIST).network == paste(added(*today), MNIST).network


def codes(text: str) -> list[str]:
    return [note.code for note in paste(text, MNIST).notes]


def test_two_meanings_are_said() -> None:
    plain = ("Convolution2D(8, 3, 3, input_shape=(28, 28, 1))", "Flatten()", "Dense(10)")
    assert codes(added(*plain)) == ["side_or_stride"]
    assert paste(added(*plain), MNIST).network["conv1"].stride == (3, 3)  # type: ignore[attr-defined]
    first = added(*plain) + "\nm.fit(x, y, nb_epoch=3)"
    assert codes(first) == []
    assert paste(first, MNIST).network["conv1"].kernel_size == (3, 3)  # type: ignore[attr-defined]
    swapped = ("Conv2D(8, 3, padding='same', input_shape=(1, 28, 28))", "Flatten()")
    assert codes(added(*swapped)) == ["channels_last_assumed"]
    assert codes(added(*swapped) + "\nm.fit(x, y, nb_epoch=3)") == ["channels_first_assumed"]
    stated = "from keras import backend as K\nK.set_image_dim_ordering('th')\n"
    assert codes(stated + added(*swapped)) == []
    assert paste(stated + added(*swapped), MNIST).network["input"].shape == MNIST  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("shape", "image"),
    [
        ("x_train.shape[1:]", MNIST),
        ("input_shape", MNIST),
        ("(rows, columns, 3)", (3, 28, 28)),
        ("size + (3,)", (3, 28, 28)),
        ("(rows, columns, channels)", MNIST),
    ],
)
def test_a_size_from_the_data_is_that_of_the_images_at_hand(shape: str, image: tuple[int, ...]) -> None:
    pasted = paste(added(f"Flatten(input_shape={shape})", "Dense(10)"), MNIST)
    assert pasted.network["input"].infer(()).output == image
    assert [note.code for note in pasted.notes] == ["size_unknown"]


def test_values_that_are_no_images() -> None:
    assert codes(added("Dense(10, input_dim=784)")) == ["flat_images"]
    assert "Input has shape=(785,)" in refusal(added("Dense(10, input_dim=785)"))
