"""The page that draws a sample: a surface, its tools, and the exact image that the network sees of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.data.drawing import as_image, on_sheet, region_on_sheet
from cnnviz.data.ink import sheet_size
from cnnviz.gui.icons import icon
from cnnviz.gui.panels.sample.picture_input import PictureInput
from cnnviz.gui.panels.sample.remark import Remark
from cnnviz.gui.panels.sample.small_button import small_button
from cnnviz.gui.panels.sample.strokes import NARROWEST, WIDEST, Tool
from cnnviz.gui.panels.sample.surface import LEAST, DrawingSurface
from cnnviz.gui.widgets.pixel_image import PixelImage
from cnnviz.gui.widgets.slider import Slider

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QToolButton

    from cnnviz.data.pictures import Picture
    from cnnviz.gui.theme import Theme
    from cnnviz.network.shape import Shape

EXACT = 56
"""Width and height of the exact image on screen, in pixels: an MNIST pixel is shown as 2×2."""

SPACE, GAP, CLOSE = 7, 6, 3
"""Vertical spacing, horizontal spacing, and the spacing between tools, in pixels."""
WIDE_COLUMNS, NARROW_COLUMNS = 4, 2
"""The columns of the tools if they are below the surface, and if they are beside it."""
LOW_TOOL = 22
"""The height of a tool beside the surface, in pixels."""
WIDTH_TICKS = 1000
"""The slider counts the width of the pen in thousandths of the sheet's width."""
Arrangement = Literal["below", "beside", "narrow"]
"""The positions of the exact image, the tools and the slider for the pen's width.

below: all below the surface. beside: image and slider beside it, tools below. narrow: image and tools beside it, slider
below."""


class DrawPage(QWidget):
    """``drawn(image, final)`` carries uint8 (C, H, W) after every change; ``final`` is False while a stroke is drawn.

    Pictures that are opened, dropped or pasted become the drawing; ``pictured`` is emitted before
    that.
    """

    drawn = Signal(object, bool)
    pictured = Signal()

    def __init__(self, theme: Theme, shape: Shape, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = shape
        self.surface = DrawingSurface(theme, sheet_size(shape), self.tr("Draw here, or drop a picture"))
        self.surface.setAccessibleName(
            self.tr("Drawing; arrows move the pen, Space puts it down and lifts it, Delete clears")
        )
        self.surface.changed.connect(self._drawing_changed)
        self.surface.toolChanged.connect(self._show_tool)
        self.remark = Remark()
        self.pictures = PictureInput(self)
        self.pictures.reading.connect(lambda name: self.remark.say(self.tr("Reading {name} …").format(name=name)))
        self.pictures.read.connect(self._replace_by)
        self.pictures.failed.connect(lambda sentence: self.remark.say(sentence, bad=True))
        self.surface.pasteAsked.connect(self.pictures.paste)
        self.exact = PixelImage(theme)
        self.exact.setFixedSize(EXACT, EXACT)
        self.exact.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.exact.setAccessibleName(self.tr("What the network sees of it; Shift with arrows points at its pixels"))
        self._region: tuple[int, int, int, int] | None = None
        self._moved = False
        self._arrangement: Arrangement = "below"
        self._make_tools()
        self._lay_out()
        self.set_theme(theme)
        self.set_shape(shape)
        self._show_tool()
        self._enable()

    def set_shape(self, shape: Shape) -> None:
        """Set the shape (C, H, W) of the images; the drawing is cleared if that changes the size of the sheet."""
        self.shape = shape
        if sheet_size(shape) != self.surface.drawing.sheet.shape:
            self.surface.new_sheet(sheet_size(shape))
        self.exact.show_pixels(self.image())

    def image(self) -> NDArray[np.uint8]:
        """The drawing as an image for the network: uint8 (C, H, W)."""
        return as_image(self.surface.drawing.sheet, self.shape)

    def legend(self) -> str:
        """A sentence that explains the exact image."""
        _, height, width = self.shape
        text = self.tr("Small: the {width}×{height} pixels that the network sees. The drawing is scaled and centred.")
        return text.format(width=width, height=height)

    def show_image(self, image: NDArray[np.uint8]) -> None:
        """Show an image, uint8 (C, H, W), as the exact image."""
        self.exact.show_pixels(image)

    def show_region(self, region: tuple[int, int, int, int] | None) -> None:
        """Frame a region of the exact image, and the same region of the drawing unless damage has moved the image."""
        self._region = region
        self.exact.show_region(region)
        self._frame()

    def set_moved(self, moved: bool) -> None:
        """Set whether damage moves the pixels of the exact image: then no region of the drawing corresponds to them."""
        if moved != self._moved:
            self._moved = moved
            self._frame()

    def _frame(self) -> None:
        drawn = self.surface.drawing.sheet
        region = None if self._region is None or self._moved else region_on_sheet(drawn, self.shape, self._region)
        self.surface.show_region(region)

    def fit(self, width: int, height: int) -> None:
        """Make the surface as large as this room allows, in the arrangement that makes it largest."""
        sides: dict[Arrangement, int] = {
            "below": min(width, height - self._other_height("below")),
            "beside": min(width - EXACT - GAP, height - self._other_height("beside")),
        }
        if height >= self._side_height():
            sides["narrow"] = min(width - EXACT - GAP, height - self._other_height("narrow"))
        best = max(sides, key=lambda each: sides[each])
        self._arrange(best)
        self.surface.fit(width - (0 if best == "below" else EXACT + GAP), height - self._other_height(best))

    def least_height(self) -> int:
        """The height of the page with a small surface, in pixels."""
        return max(self._side_height(), self._other_height("narrow") + LEAST)

    def _side_height(self) -> int:
        """The height of the exact image above the tools, in pixels."""
        rows = -(-len(self._icons) // NARROW_COLUMNS)
        return EXACT + GAP + rows * LOW_TOOL + (rows - 1) * CLOSE

    def _other_height(self, arrangement: Arrangement) -> int:
        """The height of everything but the surface, in pixels."""
        remark = 0 if self.remark.isHidden() else self.remark.heightForWidth(self.width()) + SPACE
        slider, tools = self._pen_width.sizeHint().height(), 2 * self.tools[Tool.PEN].sizeHint().height() + CLOSE
        if arrangement == "narrow":
            return slider + SPACE + remark
        return SPACE + remark + (tools if arrangement == "beside" else max(EXACT, tools) + slider + SPACE)

    def _arrange(self, arrangement: Arrangement) -> None:
        """Move the exact image, the tools and the slider for the pen's width to their places in an arrangement."""
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        narrow = arrangement == "narrow"
        self._place_tools(NARROW_COLUMNS if narrow else WIDE_COLUMNS, LOW_TOOL if narrow else None)
        if narrow:
            self._side.insertWidget(0, self.exact)
            self._side.insertWidget(1, self._box)
            self._left.insertWidget(1, self._pen_width)
        elif arrangement == "beside":
            self._side.insertWidget(0, self.exact)
            self._side.insertWidget(1, self._pen_width)
            self._row.insertWidget(0, self._box, 1)
        else:
            self._row.insertWidget(0, self.exact)
            self._row.insertWidget(1, self._box, 1)
            self._column.insertWidget(2, self._pen_width)

    def _place_tools(self, columns: int, height: int | None) -> None:
        """Arrange the tools in ``columns``; ``height`` is the height of each, None for its own."""
        for number, button in enumerate(self._icons):
            button.setFixedHeight(height or button.sizeHint().height())
            self._grid.addWidget(button, number // columns, number % columns)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.surface.set_theme(theme)
        self.exact.set_theme(theme)
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme.text))

    def _make_tools(self) -> None:
        surface = self.surface
        tools = {
            Tool.PEN: (self.tr("Pen (P)"), "pencil"),
            Tool.ERASER: (self.tr("Eraser (E)"), "eraser"),
            Tool.MOVE: (self.tr("Move the drawing (M; Ctrl with arrows)"), "cursor-move"),
        }
        self._icons: dict[QToolButton, str] = {}
        self.tools: dict[Tool, QToolButton] = {}
        group = QButtonGroup(self)
        for tool, (name, picture) in tools.items():
            button = small_button(name, partial(surface.choose, tool))
            button.setCheckable(True)
            group.addButton(button)
            self.tools[tool], self._icons[button] = button, picture
        self.invert = small_button(
            self.tr("Invert: ink becomes ground (I)"), lambda: surface.do(surface.strokes.invert)
        )
        self.undo = small_button(self.tr("Undo the last stroke (Ctrl+Z)"), lambda: surface.do(surface.strokes.undo))
        self.redo = small_button(self.tr("Redo (Ctrl+Shift+Z)"), lambda: surface.do(surface.strokes.redo))
        self.clear = small_button(self.tr("Clear (Delete)"), lambda: surface.do(surface.strokes.clear))
        self.open = small_button(self.tr("Open a picture; one can also be dropped or pasted here"), self.pictures.ask)
        self._icons |= {
            self.invert: "circle-half-full",
            self.undo: "undo",
            self.redo: "redo",
            self.clear: "delete-outline",
            self.open: "folder-open-outline",
        }
        self._pen_width = Slider()
        self._pen_width.setRange(round(WIDTH_TICKS * NARROWEST), round(WIDTH_TICKS * WIDEST))
        self._pen_width.setMinimumWidth(EXACT)
        self._pen_width.setToolTip(self.tr("Width of the pen (+ and −)"))
        self._pen_width.setAccessibleName(self.tr("Width of the pen"))
        self._pen_width.valueChanged.connect(self._widen)

    def _lay_out(self) -> None:
        self._box = QWidget()
        self._grid = QGridLayout(self._box)
        self._grid.setSpacing(CLOSE)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for button in self._icons:
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._place_tools(WIDE_COLUMNS, None)
        self._side = QVBoxLayout()
        self._side.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        self._left = QVBoxLayout()
        self._left.setSpacing(SPACE)
        self._left.addWidget(self.surface)
        self._left.addStretch(1)
        top.addLayout(self._left, 1)
        top.addLayout(self._side)
        self._row = QHBoxLayout()
        self._row.setSpacing(GAP)
        self._row.addWidget(self.exact)
        self._row.addWidget(self._box, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self._column.addLayout(top)
        self._column.addLayout(self._row)
        self._column.addWidget(self._pen_width)
        self._column.addWidget(self.remark)

    def _replace_by(self, picture: Picture) -> None:
        """Replace the drawing by a picture, as one step."""
        self.pictured.emit()
        strokes, shape = self.surface.strokes, self.surface.drawing.sheet.shape
        self.surface.do(lambda: strokes.replace(on_sheet(picture.ink, shape)))
        if picture.inverted:
            remark = self.tr("Inverted: light ground.")
            self.remark.say(remark, self.tr("Do not invert"), lambda: self.surface.do(self.surface.strokes.invert))

    def _drawing_changed(self) -> None:
        self.remark.withdraw()
        self._enable()
        self._frame()
        self.drawn.emit(self.image(), not self.surface.strokes.down)

    def _enable(self) -> None:
        drawing = self.surface.drawing
        self.undo.setEnabled(drawing.can_undo)
        self.redo.setEnabled(drawing.can_redo)
        for button in (self.clear, self.invert):
            button.setEnabled(not drawing.empty)

    def _show_tool(self) -> None:
        strokes = self.surface.strokes
        self.tools[strokes.tool].setChecked(True)
        self._pen_width.blockSignals(True)
        self._pen_width.setValue(round(WIDTH_TICKS * strokes.width_share))
        self._pen_width.blockSignals(False)

    def _widen(self, value: int) -> None:
        self.surface.strokes.width_share = value / WIDTH_TICKS
        self.surface.update()
