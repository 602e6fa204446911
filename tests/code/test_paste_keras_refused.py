"""Keras sources that the interpreter follows and that are no network here: each is a sentence with its line."""

from __future__ import annotations

import pytest
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste

HEAD = "import keras\nfrom keras import layers, ops\ni = keras.Input((8, 8, 3))\n"
END = "m = keras.Model(i, layers.Dense(10)(layers.Flatten()(x)))"


def functional(*lines: str) -> str:
    return HEAD + "\n".join([*lines, END])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (functional("c = layers.Conv2D(3, 1)", "x = c(c(i))"), "Line 4: Conv2D is used more than once"),
        (
            functional("p = keras.Sequential([layers.Conv2D(3, 1)])", "x = layers.Add()([p(i), p(i)])"),
            "Line 4: Conv2D is used more than once",
        ),
        (
            functional(
                "j = keras.Input((8, 8, 3))", "p = keras.Model(j, layers.Conv2D(3, 1, name='look')(j))", "x = p(p(i))"
            ),
            "Line 5: look is used more than once",
        ),
        (functional("x = layers.Conv3D(3, 1)(i)"), "Line 4: Conv3D is no layer that is known here."),
        (functional("x = ops.sin(i)"), "Line 4: ops.sin(i) has no counterpart among the layers here."),
        (functional("x = ops.mean(i, axis=-1)"), "Line 4: ops.mean(i, axis=-1) has no counterpart among the layers"),
        (functional("x = ops.reshape(i, 192)"), "Line 4: ops.reshape(i, 192) has no counterpart among the layers"),
        (functional("x = layers.Subtract()([i, i])"), "Line 4: Subtract is no layer that is known here."),
        (functional("x = i * 0.5"), "Line 4: i * 0.5 has no counterpart"),
        (functional("x = i[:, 1:]"), "Line 4: i[:, 1:] has no counterpart"),
        (functional("x = i[..., 'a':3]"), "Line 4: i[..., 'a':3] has no counterpart"),
        (functional("x = i[..., i:3]"), "Line 4: i[..., i:3] has no counterpart"),
        (functional("x = layers.Conv2D(n, 3)(i)"), "Line 4: n cannot be told without running the source."),
        (functional("x = layers.Concatenate(axis=1)([i, i])"), "Line 4: Concatenate has axis=1"),
        (functional("x = layers.Add()([i, layers.Conv2D(3, 3)(i)])"), "Line 4: Add"),
        (functional("x = layers.Conv2D(2, 3, activation=abs)(i)"), "Line 4: the activation"),
        (functional("x = layers.Dropout(2)(i)"), "Line 4: Dropout: p must be"),
        (functional("j = keras.Input((8, 8, 3))", "x = layers.Add()([i, j])"), "Line 5: tensors of several inputs"),
        (functional("x = i", "for n in range(k):", "  x = layers.Conv2D(2, 1)(x)"), "Line 5: x cannot be told"),
        (functional("x = i", "if deep:", "  x = layers.Conv2D(2, 1)(x)"), "Line 5: x cannot be told"),
        (functional("def f(x):", "  return g(x)", "x = f(i)"), "g(x) cannot be told"),
        (functional("x = layers.Lambda(lambda t: t ** 2)(i)"), "Line 4: t ** 2 has no counterpart"),
        (functional("x = layers.Rescaling(1 / 255)(layers.Conv2D(3, 1)(i))"), "Line 4: Rescaling is no layer"),
        (functional("x = layers.Add()([layers.Rescaling(1 / 255)(i), i])"), "the images are scaled for a part of the"),
        (functional("layers.Conv2D = mine", "x = layers.Conv2D(3, 1)(i)"), "cannot be told without running"),
        (
            functional("x = layers.Conv2D(3, 1)(i)", "x = layers.Reshape((4, 8, 6))(x)"),
            "Line 5: Reshape gets its values",
        ),
        (
            functional("d = layers.Dense(16)(layers.Flatten()(i))", "x = layers.Reshape((2, 2, 4))(d)")
            + "\nm = keras.Model(i, layers.Add()([d, layers.Flatten()(x)]))",
            "gets its values in another order",
        ),
        (
            functional(
                "x = layers.Flatten()(layers.Conv2D(3, 1)(i))", "y = layers.Flatten()(layers.Conv2D(12, 1, 2)(i))"
            )
            + "\nm = keras.Model(i, layers.Add()([x, y]))",
            "Line 7: Add gets its values in another order",
        ),
        (HEAD + "a, b = layers.Flatten()(i), layers.Flatten()(i)\nm = keras.Model(i, [a, b])", "returns a list"),
        (HEAD + "j = keras.Input((8, 8, 3))\nm = keras.Model([i, j], layers.Add()([i, j]))", "several inputs"),
        (HEAD + "x = layers.Conv2D(3, 1)(i)\nm = keras.Model(x, layers.Flatten()(x))", "in the middle of another one"),
        (HEAD + "m = keras.Model(i, i)", "has no layers between"),
        (HEAD + "m = keras.Model(i, f(i))", "f(i) cannot be told without running the source."),
        (HEAD + "base = keras.applications.ResNet50(weights=None)\nm = keras.Model(i, base(i))", "cannot be told"),
    ],
    ids=range(34),
)
def test_what_is_no_network_here_is_a_sentence(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


OWN = """import keras
from keras import layers, ops
class Net(keras.Model):
    def __init__(self, n=10):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)
        self.head = layers.Dense(n)
        self.drop = layers.Dropout(0.5)
    def call(self, x, training=False):
{body}
m = Net()
"""


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("        return self.head(self.conv(self.conv(x)))", "conv is used more than once"),
        ("        return self.tail(x)", "Line 10: self.tail(x) cannot be told"),
        ("        return x @ self.w", "Line 10"),
        (
            "        x = self.conv(x)\n        if training:\n            x = ops.relu(x)\n        return x",
            "in training than in",
        ),
        ("        return self.conv(x), x", "returns a tuple"),
        ("        if x.shape[1] > k:\n            x = self.conv(x)\n        return x", "x.shape[1] > k"),
        ("        return [self.head(part) for part in x]", "Line 10"),
        (
            "        self.conv.filters = 3\n        while True:\n            x = self.conv(x)",
            "Line 10: self.conv.filters changes the layers",
        ),
        ("        while True:\n            x = self.conv(x)", "too much in this source"),
        ("        raise ValueError('no')", "Line 10"),
        ("        return self.call(x)", "nested too deeply"),
        ("        pass", "returns a NoneType"),
    ],
    ids=range(12),
)
def test_own_classes_that_are_no_network_here(body: str, sentence: str) -> None:
    assert sentence in refusal(OWN.format(body=body))


@pytest.mark.parametrize(
    "change",
    [
        "c.strides = (2, 2)",
        "c.activation = keras.activations.relu",
        "setattr(c, 'padding', 'same')",
        "p.layers[0].filters = 3",
        "p.append(layers.ReLU())",
        "p[0] = layers.ReLU()",
        "p._layers.pop()",
        "grow = p.extend",
    ],
)
def test_a_change_of_a_layer_is_said(change: str) -> None:
    made = "c = layers.Conv2D(3, 1)\np = keras.Sequential([c, layers.ReLU()])"
    assert "Line 6: " in refusal(functional(made, change, "x = p(i)"))


def test_a_class_that_changes_what_its_layer_computes_is_refused() -> None:
    own = "class Own(layers.Conv2D):\n  def __init__(self, n):\n    super().__init__(n, 3, padding='same')\n"
    assert "Conv2d" in [
        node.layer.kind for node in paste(functional(own, "x = Own(4)(i)"), MNIST).network.nodes.values()
    ]
    for method in ("convolution_op(self, x, kernel):", "build(self, shape):", "call(self, x):"):
        assert "Line " in refusal(functional(own + f"  def {method}\n    return 2 * super().call(x)", "x = Own(4)(i)"))


def test_layers_that_do_not_follow_the_training_are_said() -> None:
    text = functional("x = layers.Dropout(0.5)(layers.Conv2D(3, 1)(i), training=True)")
    assert "Line 4: this Dropout works as in training or as after it, always; here it follows the training." in [
        note.sentence() for note in paste(text, MNIST).notes
    ]


def test_layers_of_a_model_are_counted_without_its_input() -> None:
    part = "p = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 1), layers.ReLU(), layers.Conv2D(3, 1)])"
    read = paste(functional(part, "x = p.layers[1](p.layers[0](i))"), MNIST)
    assert [node.layer.kind for node in read.network.nodes.values()] == [
        *("Input", "Conv2d", "ReLU", "Flatten", "Dense", "Output")
    ]


@pytest.mark.parametrize(("index", "kind"), [(0, "Conv2d"), (1, "ReLU"), (-2, "ReLU")])
def test_a_layer_is_got_by_its_place(index: int, kind: str) -> None:
    part = "p = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 1), layers.ReLU(), layers.Flatten()])"
    read = paste(functional(part, f"x = p.get_layer(index={index})(i)"), MNIST)
    assert [node.layer.kind for node in read.network.nodes.values()][1] == kind


def test_layers_can_be_trained_unless_the_source_says_otherwise() -> None:
    read = paste(functional("f = layers.Flatten()", "x = layers.Conv2D(2 if f.trainable == True else 3, 1)(i)"), MNIST)
    assert "out_channels=2" in repr(read.network)


def test_a_class_that_hands_its_ends_to_its_base() -> None:
    text = (
        "import keras\nfrom keras import layers\nclass Net(keras.Model):\n  def __init__(self, n):\n"
        "    i = keras.Input((8, 8, 1))\n    super().__init__(inputs=i, outputs=layers.Dense(n)(layers.Flatten()(i)))\n"
        "m = Net(10)"
    )
    assert [node.layer.kind for node in paste(text, MNIST).network.nodes.values()] == [
        *("Input", "Flatten", "Dense", "Output")
    ]


def test_a_layer_without_weights_may_be_used_again() -> None:
    text = functional("r, d = layers.ReLU(), layers.Dropout(0.1)", "x = r(d(r(d(layers.Conv2D(2, 3)(i)))))")
    assert [node.layer.kind for node in paste(text, MNIST).network.nodes.values()].count("ReLU") == 2


def test_what_the_network_does_not_use_does_not_matter() -> None:
    text = functional("y = layers.LSTM(3)(i)", "x = c = layers.Conv2D(3, 1)(i)", "z = ops.sin(c)")
    assert [node.layer.kind for node in paste(text, MNIST).network.nodes.values()] == [
        *("Input", "Conv2d", "Flatten", "Dense", "Output")
    ]


def test_several_networks_are_offered() -> None:
    text = functional("x = layers.Conv2D(3, 1)(i)", "small = keras.Model(i, layers.Flatten()(x))")
    last = paste(text, MNIST)
    assert (last.choices, last.choice) == (("small", "m"), "m")
    assert "The source has several networks (small, m); m is taken." in [note.sentence() for note in last.notes]
    first = paste(text, MNIST, "small")
    assert first.choice == "small" and "fc1" not in first.network.nodes
    inner = functional("part = keras.Sequential([layers.Conv2D(3, 1)])", "x = part(i)")
    assert paste(inner, MNIST).choices == ("part", "m")
    assert "many_networks" not in [note.code for note in paste(inner, MNIST).notes]


def test_functions_that_make_networks_are_offered() -> None:
    text = (
        "from keras import layers, Model\n"
        "def small(n=10):\n  i = layers.Input((8, 8, 1))\n  return Model(i, layers.Dense(n)(layers.Flatten()(i)))\n"
        "def large(shape, n):\n  i = layers.Input(shape)\n  x = layers.Conv2D(4, 3)(i)\n"
        "  return Model(i, layers.Dense(n)(layers.Flatten()(x)))\n"
    )
    assert paste(text, MNIST).choices == ("small", "large")
    assert "Line 4: n cannot be told" in refusal(text.replace("(n=10)", "(n)"))
