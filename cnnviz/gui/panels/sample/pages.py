"""The two pages of the Sample place."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz.gui.panels.sample.pick_page import PickPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.sample.draw_page import DrawPage
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.pixel_image import PixelImage
    from cnnviz.network.shape import Shape

MNIST = (1, 28, 28)


class Pages:
    """``picking`` shows an image of the data; ``drawing`` is the page to draw on, which is made on first use.

    ``connect`` gets the page to draw on as soon as it is made.
    """

    def __init__(self, theme: Theme, connect: Callable[[DrawPage], object]) -> None:
        self._theme, self._connect = theme, connect
        self.shape: Shape = MNIST
        """The shape (C, H, W) of the images."""
        self._region: tuple[int, int, int, int] | None = None
        self.picking = PickPage(theme)

    @cached_property
    def drawing(self) -> DrawPage:
        """The page to draw on."""
        from cnnviz.gui.panels.sample.draw_page import DrawPage

        page = DrawPage(self._theme, self.shape)
        page.hide()
        page.show_region(self._region)
        page.exact.setToolTip(self.picking.image.toolTip())
        self._connect(page)
        return page

    @property
    def drawings(self) -> tuple[DrawPage, ...]:
        """The page to draw on, if it is made."""
        return (self.drawing,) if "drawing" in vars(self) else ()

    def legend(self) -> str:
        """The sentence that explains the drawing; empty before the first drawing."""
        return self.drawing.legend() if self.drawings else ""

    def turn_to(self, shown: PickPage | DrawPage) -> None:
        """Show a page, and hide the other."""
        for page in (self.picking, *self.drawings):
            page.setVisible(page is shown)

    def set_shape(self, shape: Shape) -> None:
        """Set the shape (C, H, W) of the images."""
        self.shape = shape
        for page in self.drawings:
            page.set_shape(shape)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.picking.set_theme(theme)
        for page in self.drawings:
            page.set_theme(theme)

    def set_moved(self, moved: bool) -> None:
        """Set whether damage has moved the image away from the drawing."""
        for page in self.drawings:
            page.set_moved(moved)

    def show_region(self, region: tuple[int, int, int, int] | None) -> None:
        """Frame a region of the image; see :meth:`PixelImage.show_region`."""
        self._region = region
        self.picking.image.show_region(region)
        for page in self.drawings:
            page.show_region(region)

    def set_tip(self, text: str) -> None:
        """Set the tooltip of the image of each page."""
        for image in self._images():
            image.setToolTip(text)

    def set_mark(self, mark: tuple[slice, slice] | None) -> None:
        """Frame the rows and columns that damage covers; see :meth:`PixelImage.set_mark`."""
        for image in self._images():
            image.set_mark(mark)

    def _images(self) -> tuple[PixelImage, ...]:
        """The image of each page that is made, as the network gets it."""
        return (self.picking.image, *(page.exact for page in self.drawings))
