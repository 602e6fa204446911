"""Where a network is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

Point = tuple[float, float]
"""(x, y) of the top left corner of a node, in scene units: pixels at a zoom of 100 %."""

COLUMN = 92.0
"""Distance from one node to the next along the flow."""
ROW = 300.0
"""Distance between parallel paths; leaves room for the live maps below a node."""


@dataclass(frozen=True)
class Layout:
    """The position of every node."""

    positions: Mapping[str, Point] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", MappingProxyType(dict(self.positions)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and dict(self.positions) == dict(other.positions)

    def __hash__(self) -> int:
        return hash(frozenset(self.positions.items()))

    def placed(self, positions: Mapping[str, Point]) -> Layout:
        """The layout with these nodes at other places."""
        return replace(self, positions={**self.positions, **positions})

    def without(self, names: Iterable[str]) -> Layout:
        """The layout without these nodes."""
        gone = set(names)
        return replace(self, positions={name: point for name, point in self.positions.items() if name not in gone})

    def renamed(self, old: str, new: str) -> Layout:
        """The layout with a node under another name."""
        return replace(self, positions={new if name == old else name: point for name, point in self.positions.items()})
