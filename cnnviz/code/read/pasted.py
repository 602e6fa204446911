"""The network that was read from a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.code.read.remarks import Remark
    from cnnviz.network.graph import Network
    from cnnviz.project.layout import Block
    from cnnviz.settings import Framework


@dataclass(frozen=True)
class Pasted:
    """The network that was read, its framework, and remarks about parts that were read differently."""

    network: Network
    framework: Framework
    notes: tuple[Remark, ...]
    blocks: tuple[Block, ...] = ()
    """The parts that classes, inner models and functions of the source make, as blocks of the layout."""
    choices: tuple[str, ...] = ()
    """The names of the networks in the source, if it has several."""
    choice: str = ""
    """The name of the network that was read, if the source has several."""
