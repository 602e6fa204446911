"""What importing a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence


@dataclass(frozen=True, eq=False)
class Imported:
    """A network with its weights, read from a file.

    ``weights`` are all parameters and buffers of the used nodes, in memory of their own, named and shaped as in the
    torch module (``conv1.weight``: (O, I, kH, kW)): float32, batch counters int64. ``notes`` say what was read
    differently. ``classes`` are the names of the classes, empty if the file has none.
    """

    project: Project
    weights: Mapping[str, Tensor] = field(repr=False)
    notes: tuple[Sentence, ...] = ()
    classes: tuple[str, ...] = ()
