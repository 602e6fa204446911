"""Sources that must not be run, do not end, or hold no chain: each is a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from export_kit import checked
from hypothesis import given
from hypothesis import strategies as st
from networks import valid_networks
from paste_kit import MNIST, computed, sentences

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import MESSAGES, PasteError
from cnnviz.code.write.pytorch import pytorch_source

if TYPE_CHECKING:
    from cnnviz.network.graph import Network


def without_unused(network: Network) -> Network:
    from cnnviz.network.graph import remove

    return remove(network, network.nodes.keys() - set(checked(network).used))


@pytest.mark.parametrize(
    "text",
    [
        "nn.Sequential(" * 90 + ")" * 90,
        "(" * 5000 + ")" * 5000,
        "x = " + "-" * 20000 + "1",
        "nn.Sequential(nn.Dropout(" + "[" * 80 + "]" * 80 + "))",
        "nn.Sequential(nn.Conv2d(1, 9**9**9**9, 3))",
        "nn.Sequential(nn.Conv2d(1, " + "9" * 4000 + ", 3))",
        "nn.Sequential(nn.Conv2d(1, " + "9" * 9000 + ", 3))",
        "nn.Sequential(nn.Conv2d(1, 10**12, 10**6))",
        "a = b\nb = a\nnn.Sequential(a)",
        "a = nn.Sequential(a, a)\nb = nn.Sequential(a)",
        "a = (a, a)\nnn.Sequential(nn.Conv2d(1, 2, a))",
        "\n".join(["a0 = nn.Sequential(nn.ReLU())"] + [f"a{n + 1} = nn.Sequential(a{n}, a{n})" for n in range(60)]),
        "\n".join(
            ["a0 = (1, 1)"] + [f"a{n + 1} = (a{n}, a{n})" for n in range(60)] + ["nn.Sequential(nn.Dropout(a40))"]
        ),
        "nn.Sequential(" + "nn.ReLU(), " * 5000 + ")",
        "nn.Sequential(nn.Dropout(float('nan')), nn.Dropout(1e999))",
        "nn.Sequential(nn.ReLU())\0",
        "x" * 250_001,
        "x = 1\n" * 1_700_000,
        "'\\" * 5_000_000,
        "(" * 10_000 + ")" * 10_000,
        "nn.Sequential(nn.Linear(784, 10**10**8))",
        "n = 'a' * 10**9\nnn.Sequential(nn.Linear(784, [n] * 10**9))",
        '{"cells": [' + ", ".join(['{"cell_type": "code", "source": ["a=1\\n"]}'] * 100_000) + "]}",
        '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}",
        "```\n" * 60_000,
        ">>> x = (\n" * 20_000,
        "“x”\n" * 20_000,
        " " * 249_000 + "x(",
        "a, " * 12_000 + "= !x(",
        "a = 1\n" * 60_000,
        "'\\" * 100_000,
        "x = f'" + "{a}" * 50_000 + "'",
        "import torch.nn as nn\n" * 3000 + "nn.Sequential(nn.LSTM(), " + "nn.ReLU(), " * 900 + ")",
        "nn.x = 1\n" * 4000 + "nn.Sequential(nn.LSTM(), " + "nn.ReLU(), " * 900 + ")",
        "i = x = keras.Input((28, 28, 1))\n" + "x = layers.ReLU()(x)\n" * 2200 + "m = keras.Model(i, x)",
        "a, b = " + "1 + " * 9000 + "1, 2\nnn.Sequential(nn.Dropout(a))",
        "nn.Sequential(nn.Flatten(), nn.Linear(0x" + "f" * 4000 + ", 10))",
        "\n".join(f"m{n} = nn.Sequential(nn.Conv3d(1))" for n in range(3000)),
        "i = keras.Input((5000, 28, 1))\nm = keras.Model(i, layers.Dense(10)(layers.Flatten()(i)))",
        "i = keras.Input((25_000_000,))\nm = keras.Model(i, layers.Dense(10)(i))",
        "i = keras.Input((8, 8, 3))\nm = keras.Model(i, layers.Reshape((4, [1], -1))(i))",
        "keras.Sequential([keras.Input((8, 8, 3)), layers.Reshape((4, 'a', -1)), layers.Dense(10)])",
        "class Net([nn.Module]):\n    def forward(self, x):\n        return x.flatten(1)",
        "class Net(nn.Module):\n    @(lambda: 0)\n    def forward(self, x):\n        return x.flatten(1)",
        "import torch.nn as nn\nn = nn.Sequential(nn.Conv2d(5000, 8, 3), nn.Flatten(), nn.Linear(5408, 10))",
        "from torch import nn\nfrom collections import OrderedDict\n"
        "n = nn.Sequential(OrderedDict([(1.5, nn.Flatten()), ('fc', nn.Linear(784, 10))]))",
    ],
    ids=lambda text: text[:24].replace("\0", ""),
)
def test_hostile_source_is_a_sentence(text: str) -> None:
    assert sentences(text)


@given(st.text(alphabet="nkerasqutil.S(){}[],='\"0123456789*-\n ", max_size=200))
def test_any_text_is_a_network_or_a_sentence(text: str) -> None:
    for source in (text, f"nn.Sequential({text})", f"keras.Sequential([{text}])"):
        try:
            paste(source, MNIST)
        except PasteError as error:
            assert error.remarks and all(remark.code in MESSAGES for remark in error.remarks)


@given(valid_networks())
def test_own_source_comes_back_whatever_its_graph(network: Network) -> None:
    report = checked(network)
    text = pytorch_source(network, report).text
    # what joins a single input is an Identity, which is left out
    if all(network[name].most_inputs is not None or len(network.inputs[name]) > 1 for name in report.used):
        assert computed(paste(text, MNIST).network) == computed(without_unused(network))
