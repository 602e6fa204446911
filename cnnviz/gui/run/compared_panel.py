"""The base class of panels whose tiles can be pinned and compared with an earlier moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.gui.document.pins import Pins
from cnnviz.gui.run.comparison import Comparison
from cnnviz.gui.widgets.compare_row import NOW
from cnnviz.gui.widgets.panel import TiledPanel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.pin_action import PinAction
from cnnviz.gui.widgets.tile_copy import TileCopy

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.run.references import References
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
    from cnnviz.gui.widgets.scale_menu import ScaleLegend
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Question
    from cnnviz.inspection.snapshot import Snapshot

LOW_PANEL = 320
"""A panel lower than this, in pixels, gives the room of some words to its tiles."""

Present = TypeVar("Present")
Change = TypeVar("Change")


class ComparedPanel(TiledPanel):
    """A panel with the tiles of a layer: their present values, or the change since a moment that ``compare`` chooses.

    A subclass makes the ``legend`` of the colour scale, and says what its tiles are: :meth:`_pinnable` for the pin,
    :meth:`_file_name`, :meth:`_as_csv` and :meth:`_as_npy` for the menu that copies and saves.
    """

    legend: ScaleLegend

    def __init__(
        self,
        theme: Theme,
        present: str,
        title: PlainLabel | RichLabel,
        pins: Pins | None,
        references: References | None,
        parent: QWidget | None,
    ) -> None:
        """``present`` is the text of the choice that shows the present values, ``title`` the label above the tiles."""
        super().__init__(theme, parent)
        self._node: str | None = None
        self._snapshot: Snapshot | None = None
        """The displayed snapshot."""
        self._pins = pins or Pins(self)
        self._pins.changed.connect(self._draw_again)
        self._title = title
        self._title.setWordWrap(True)
        self._title.setProperty("role", "muted")
        self.compare = Comparison(present, references)
        self.compare.changed.connect(self._draw_again)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out words in a low panel."""
        super().resizeEvent(event)
        low = self.height() < LOW_PANEL
        self.compare.set_low(low)
        self.legend.set_low(low)

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def text(self) -> str:
        """The lines above the tiles."""
        return self._title.text()

    def _add_menu(self, title: str, pin: str, unpin: str) -> None:
        """Create the menu; ``pin`` and ``unpin`` are its texts for a tile, with ``{number}``."""
        self.menu = PictureMenu(self, title, self._file_name, {"csv": self._as_csv, "npy": self._as_npy})
        self.menu.message.connect(self.message)
        self._pin = PinAction(self.menu, (pin, unpin), self._pinnable, self._pins)

    def _connect_tiles(self, grid: ImageGrid, copy: str) -> None:
        """Connect the grid to the pin, and add the entry ``copy`` to the menu, which copies one tile."""
        grid.pinAsked.connect(lambda _: self._pin.toggle())
        TileCopy(copy, self.menu, grid, lambda: self._theme)

    def _ask(
        self, present: Callable[[str], Present], change: Callable[[str, Moment], Change]
    ) -> Present | Change | None:
        """The question for the present values or for their change; None if there is no moment to compare with."""
        assert self._node is not None
        if self.compare.since == NOW:
            return present(self._node)
        moment = self.compare.moment
        return None if moment is None else change(self._node, moment)

    @property
    def _since(self) -> int | None:
        """The step of the moment to compare with; None if nothing is compared."""
        return None if self.compare.moment is None else self.compare.moment.step

    def _draw_again(self) -> None:
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def _set_title(self, text: str) -> None:
        if text != self._title.text():
            self._title.setText(text)

    def _pinnable(self) -> tuple[str, int] | None:
        """Layer and channel of the current tile; None if there is none."""
        raise NotImplementedError

    def _file_name(self) -> str:
        """The suggested name of a file, without its suffix; empty if nothing is shown."""
        raise NotImplementedError

    def _name_at(self, content: str, step: int, since: int | None) -> str:
        """The name of a file with a ``content`` of the layer at ``step``, or its change since the step ``since``."""
        return f"{self._node}-{content}-step-{step}" + ("" if since is None else f"-since-step-{since}")

    def _as_csv(self) -> str:
        """The displayed values as CSV."""
        raise NotImplementedError

    def _as_npy(self) -> bytes:
        """The displayed values as the bytes of a NumPy file."""
        raise NotImplementedError


def never_answered(question: Question[Any] | None, snapshot: Snapshot) -> bool:
    """Whether later snapshots of the same moment will not answer ``question`` either; None is never answered."""
    return question is None or (snapshot.moment is not None and not question.possible(snapshot.moment))
