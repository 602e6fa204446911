"""The panels of a window, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.gui.widgets.panel import Panel


class PanelSet(Mapping[str, "Panel"]):
    """The panels by id. The first look-up of a panel makes it, so that the window does not wait for hidden panels."""

    def __init__(self, makers: Mapping[str, Callable[[], Panel]]) -> None:
        """``makers`` are the functions that make the panels, by id."""
        self._makers = makers
        self._panels: dict[str, Panel] = {}
        self._waiting: dict[str, list[Callable[[Any], object]]] = {}
        self._prepared = False

    def __getitem__(self, identifier: str) -> Panel:
        self.make(identifier)
        return self._panels[identifier]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def make(self, identifier: str) -> None:
        """Make this panel, unless it exists."""
        if identifier in self._panels:
            return
        panel = self._panels[identifier] = self._makers[identifier]()
        for receive in self._waiting.pop(identifier, ()):
            receive(panel)
        if self._prepared:
            panel.prepare()

    def existing(self) -> tuple[Panel, ...]:
        """The panels that exist."""
        return tuple(self._panels.values())

    def is_made(self, identifier: str) -> bool:
        """Whether this panel exists."""
        return identifier in self._panels

    def when_made(self, identifier: str, receive: Callable[[Any], object]) -> None:
        """Call ``receive`` with this panel: now if it exists, else right after it is made."""
        if identifier in self._panels:
            receive(self._panels[identifier])
        else:
            self._waiting.setdefault(identifier, []).append(receive)

    def prepare(self) -> None:
        """Prepare the panels that exist, and from now on each panel right after it is made."""
        self._prepared = True
        for panel in self.existing():
            panel.prepare()
