"""What the tests of pasted source share: images of MNIST, and the sentences about a source that is no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError
from cnnviz.network.layers import Layer, Output

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

MNIST = (1, 28, 28)


def computed(network: Network) -> list[tuple[Layer, tuple[int, ...]]]:
    """What a network computes, whatever its nodes are called: each layer with the places of those that it reads."""
    places: dict[str, int] = {}
    found: list[tuple[Layer, tuple[int, ...]]] = []

    def place(name: str) -> int:
        if name not in places:
            sources = tuple(place(source) for source in network.inputs[name])
            places[name] = len(found)
            found.append((network[name], sources))
        return places[name]

    for name in network.of_kind(Output):
        place(name)
    return found


def refusal(text: str) -> str:
    """Why a source is no network, in one text."""
    with pytest.raises(PasteError) as refused:
        paste(text, MNIST)
    return str(refused.value)


def sentences(text: str) -> list[str]:
    """Why a source is no network: short sentences without open fields."""
    with pytest.raises(PasteError) as refused:
        paste(text, MNIST)
    found = [remark.sentence() for remark in refused.value.remarks]
    assert all("{" not in sentence and len(sentence) < 400 for sentence in found)
    return found
