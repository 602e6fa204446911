"""How a source prepares its images and weights: what the Input takes over, and what is said to be left out."""

from __future__ import annotations

import pytest
from execute_kit import FLAT, HEAD, net, notes_of
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.layers import Input

pytestmark = pytest.mark.usefixtures("one_torch_thread")
NORMALIZED = "from torchvision import transforms\nstats = ((0.1307,), (0.3081,))\n"
PLAIN = "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"


@pytest.mark.parametrize(
    "call",
    [
        "transforms.Normalize((0.1307,), (0.3081,))",
        "transforms.Normalize(*stats)",
        "transforms.Normalize(mean=[.1307], std=[.3081])",
    ],
)
@pytest.mark.parametrize("body", [PLAIN, net("self.fc = nn.Linear(784, 10)", FLAT).replace(HEAD, "")])
def test_the_normalization_of_the_images_becomes_the_inputs(call: str, body: str) -> None:
    pasted = paste(f"{HEAD}{NORMALIZED}t = transforms.Compose([transforms.ToTensor(), {call}])\n{body}", MNIST)
    (name,) = pasted.network.of_kind(Input)
    assert pasted.network[name] == Input(MNIST, (0.1307,), (0.3081,))
    assert any(sentence.endswith("becomes a part of the Input.") for sentence in notes_of(pasted))


@pytest.mark.parametrize(
    "calls",
    [
        "transforms.Normalize((0.5,), (0.5,))\ntransforms.Normalize((0.1,), (0.5,))",
        "transforms.Normalize(mean, std)",
        "transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))",
        "transforms.Normalize((0.5,), (0.0,))",
    ],
)
def test_a_normalization_that_cannot_be_taken_is_said(calls: str) -> None:
    pasted = paste(f"{HEAD}{NORMALIZED}{calls}\n{PLAIN}", MNIST)
    (name,) = pasted.network.of_kind(Input)
    assert pasted.network[name] == Input(MNIST, (0.0,), (1.0,))
    assert any("is left out, as its numbers" in sentence for sentence in notes_of(pasted))


@pytest.mark.parametrize(
    "call",
    [
        "nn.init.kaiming_normal_(model[1].weight)",
        "model[1].weight.data.normal_(0, 0.01)",
        "init.xavier_uniform(model[1].weight)",
    ],
)
def test_weights_that_the_source_sets_at_the_beginning_are_said(call: str) -> None:
    said = notes_of(paste(f"{HEAD}{PLAIN}{call}\n", MNIST))
    assert f"Line 5: {call} is left out: the weights begin here as they do in PyTorch itself." in said
    assert not any("left out" in sentence for sentence in notes_of(paste(HEAD + PLAIN, MNIST)))


@pytest.mark.parametrize(
    ("function", "mean", "std"),
    [
        ("x / 127.5 - 1.0", 0.5, 0.5),
        ("x / 255.0 - 0.5", 0.5, 1.0),
        ("(x - 0.5) * 2", 0.5, 0.5),
        ("x / 255", 0.0, 1.0),
        ("x", 0.0, 1.0),
    ],
)
def test_a_lambda_of_keras_that_scales_the_images(function: str, mean: float, std: float) -> None:
    text = (
        "from keras.models import Sequential\nfrom keras.layers import Lambda, Conv2D, Dense, Flatten\n"
        "m = Sequential()\n"
        f"m.add(Lambda(lambda x: {function}, input_shape=(66, 200, 3)))\nm.add(Conv2D(4, 5))\nm.add(Flatten())\n"
        "m.add(Dense(10))\n"
    )
    network = paste(text, MNIST).network
    (name,) = network.of_kind(Input)
    assert network[name] == Input((3, 66, 200), (mean,), (std,))


def test_a_lambda_that_the_input_cannot_replace_is_a_sentence() -> None:
    text = (
        "import keras\ni = keras.Input((28, 28, 1))\nx = keras.layers.Lambda(lambda x: x / 3)(i)\n"
        "x = keras.layers.Flatten()(x)\nm = keras.Model(i, keras.layers.Dense(10)(x))\n"
    )
    assert refusal(text) == "Line 3: x / 3 has no counterpart among the layers here."
