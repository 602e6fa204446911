"""What the table of panels says of each panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.widgets.panel import Panel
    from cnnviz.gui.workbench import Workbench


class At(Enum):
    """The places for panels."""

    LEFT = "left"
    LAYER = "layer"
    """A tab of the right place."""
    RUN = "run"
    """A tab of the bottom place."""
    BESIDE_RUN = "beside run"
    MIDDLE = "middle"
    """In the place of the network."""
    BAR = "bar"
    """Opened by a button of the top bar."""


@dataclass(frozen=True)
class PanelSpec:
    """A panel: ``make`` creates it and connects it to signals of the workbench. ``title`` is in English.

    ``kind`` is the name of its class.
    """

    id: str
    title: str
    place: At
    kind: str
    make: Callable[[Workbench], Panel]

    @property
    def action(self) -> str:
        """The id of the command that brings the panel to the front."""
        return f"panel_{self.id}"
