"""``self.training``: whether a network is being trained, which a source may ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.values import line_of

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine


@dataclass(eq=False)
class Training(FrameworkValue):
    """The value of ``self.training``. ``asked`` are the lines whose conditions depend on it."""

    on: bool = False
    asked: list[int] = field(default_factory=list)

    def truth(self, run: Machine, node: ast.AST) -> bool:
        """Whether the network is being trained."""
        self.asked.append(line_of(node))
        return self.on
