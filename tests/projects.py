"""Hypothesis strategies: projects with blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from networks import valid_networks, wild_networks

from cnnviz.project.arrange import arrange
from cnnviz.project.layout import Block
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network


@st.composite
def blocks_of(draw: st.DrawFn, network: Network) -> Mapping[str, Block]:
    """Blocks over some of the nodes, nested or not, folded or not."""
    count = draw(st.integers(0, 4))
    names = [f"#{number}" for number in range(1, count + 1)]
    owner = {node: draw(st.sampled_from([None, *names])) for node in network.nodes}
    blocks = {}
    for at, name in enumerate(names):
        members = frozenset(node for node, block in owner.items() if block == name)
        parent = draw(st.sampled_from([None, *names[:at]]))
        blocks[name] = Block(
            name, draw(st.sampled_from(["stem", "Block 1", "layer1.0"])), members, parent, draw(st.booleans())
        )
    return blocks


@st.composite
def projects_with_blocks(draw: st.DrawFn) -> Project:
    """Any network, arranged, with blocks."""
    network = draw(st.one_of(valid_networks(), wild_networks()))
    return Project(network, arrange(network, draw(blocks_of(network))))
