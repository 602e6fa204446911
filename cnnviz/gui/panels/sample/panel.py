"""The Sample place: one image, picked or drawn, and the network's answer to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal

from cnnviz.gui.document.trace_words import reach
from cnnviz.gui.panels.sample.answer_part import AnswerPart
from cnnviz.gui.panels.sample.arrangement import Arrangement, Parts
from cnnviz.gui.panels.sample.damage_line import DamageLine
from cnnviz.gui.panels.sample.damage_part import DamagePart
from cnnviz.gui.panels.sample.damaged_sample import cover_mark, with_damage
from cnnviz.gui.panels.sample.fool_part import FoolPart
from cnnviz.gui.panels.sample.pages import Pages
from cnnviz.gui.panels.sample.state import Silence, answered, before_answer, file_name, questions_about
from cnnviz.gui.panels.sample.why_part import WhyPart
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.segments import Segments
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.tracing import Pixel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sample.draw_page import DrawPage
    from cnnviz.gui.panels.sample.pick_page import PickPage
    from cnnviz.gui.panels.sample.state import SampleState
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.pixel_image import PixelImage
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.tracing import Trace
    from cnnviz.network.graph import Network
    from cnnviz.network.shape import Shape

LEAST_HEIGHT = 120
PICK, DRAW = "pick", "draw"


class SamplePanel(Panel):
    """Chooses an image of the dataset, or draws one, and shows the network's answer to it.

    ``sampleChosen(sample)`` follows each choice of the user and the first :meth:`set_images`, but not
    :meth:`show_sample`. ``pixelPointed(Pixel or None)`` follows the pointer on the image.
    """

    sampleChosen = Signal(object)
    pixelPointed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = PICK
        self._base: Sample | None = None
        """The sample without damage."""
        self._sample: Sample | None = None
        self._drawing_origin = object()
        """The :attr:`Sample.origin` of the present drawing; a new one for each new drawing or picture."""
        self._network: Network | None = None
        self._mute = False
        """Whether the network cannot run."""
        self._waiting = MutedLabel(self.tr("Loading MNIST …"))
        self._ways = Segments(self.tr("Where the sample comes from"))
        self._ways.add(PICK, self.tr("Pick"), self.tr("Pick an image of the data"))
        self._ways.add(DRAW, self.tr("Draw"), self.tr("Draw a sample, or open, drop or paste a picture"))
        self._ways.chosen.connect(self._go_to)
        self._pages = Pages(theme, self._add_drawing)
        self.picking = self._pages.picking
        self.image, self.pick = self.picking.image, self.picking.pick
        self.random, self.previous, self.next = self.picking.random, self.picking.previous, self.picking.next
        self.choose, self.step = self.picking.choose, self.picking.step
        self.picking.chosen.connect(self._choose)
        self.setAcceptDrops(True)
        self.damage = DamagePart(theme)
        self.damage.damaged.connect(lambda _, final: self._emit(final=final, follows=True))
        self._connect_image(self.image)
        self.damage_line = DamageLine(self.damage, theme)
        self.answer = AnswerPart(theme)
        self._legend = MutedLabel()
        self.bars = self.answer.bars
        self.why = WhyPart(theme)
        self.fool = FoolPart(theme)
        self.fool.used.connect(self._use)
        self.fool.said.connect(self.message)
        self.why.said.connect(self.message)
        for section in (self.damage, self.why, self.fool):
            section.folded.connect(partial(self._fold, section))
        parts = (self._ways, self._waiting, self.picking, self.damage_line, self.answer)
        self._arrangement = Arrangement(self, Parts(*parts, self.damage, self.why, self.fool, self._legend))
        self.why.grown.connect(self._arrangement.reveal)
        for late in (self.why, self.fool):
            late.arrived.connect(partial(self._arrangement.show_result, late))
        self.answer.roomTaken.connect(self._fit)
        numbers: dict[str, Content] = {"npy": self._as_npy, "csv": self.answer.as_csv}
        self.menu = PictureMenu(self, self.tr("Sample"), lambda: file_name(self._sample), numbers)
        self.menu.message.connect(self.message)
        self.set_theme(theme)
        self.show_page(PICK)

    @property
    def drawing(self) -> DrawPage:
        """The page to draw on; it is made on first use."""
        return self._pages.drawing

    def set_images(self, images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
        """Choose from these images: uint8 (N, C, H, W), their labels int64 (N,), and the names of the classes.

        A sample that is not among them gives way to the first image.
        """
        self.picking.set_images(images, labels, names)
        for part in (self.answer, self.why, self.fool):
            part.set_names(names)
        other = self._page == PICK and self.picking.current is None
        if len(images) and (self._sample is None or other):
            self.choose(0)
        self._show_parts()

    def set_shape(self, shape: Shape) -> None:
        """Set the shape (C, H, W) of the images; nothing changes if it is the present shape."""
        if shape == self._pages.shape:
            return
        self._pages.set_shape(shape)
        self.damage.set_shape(shape)
        self._turn_to(self._page)

    def say_why_empty(self, sentence: str) -> None:
        """Show ``sentence``, which says why there are no images to choose from."""
        self.picking.remove_images()
        if self.page() == PICK:
            self._sample = self._base = None
        self._waiting.setText(sentence)
        self._show_parts()

    def page(self) -> str:
        """The page on screen: :data:`PICK` or :data:`DRAW`."""
        return self._page

    def show_page(self, identifier: str) -> None:
        """Show a page, :data:`PICK` or :data:`DRAW`, and choose its sample."""
        before = self._page
        self._turn_to(identifier)
        if identifier != before:
            if identifier == DRAW:
                self._draw(self.drawing.image(), final=True)
            elif self.picking.current is not None:
                self._choose(self.picking.current)
            else:
                self._sample = self._base = None
                self.choose(0)
        self._show_parts()

    def focus_page(self) -> None:
        """Focus the drawing surface or the picked image."""
        (self.drawing.surface if self._page == DRAW else self.image).setFocus()

    def show_damage(self, field: str = "") -> None:
        """Unfold the damage, scroll to it, and focus the slider of ``field``, or the first slider if it is empty."""
        slider = self.damage.unfold(field)
        self._arrangement.scroll_to(slider)
        slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_sample(self, sample: Sample) -> None:
        """Show a sample of the data that was chosen elsewhere, without damage and without :attr:`sampleChosen`."""
        self.damage.forget()
        self.picking.current = self._base = sample
        self._turn_to(PICK)
        self._show(sample)

    def show_region(self, region: tuple[int, int, int, int] | None) -> None:
        """Frame the region of the sample that a value depends on; see :meth:`PixelImage.show_region`."""
        self._pages.show_region(region)

    def show_trace(self, trace: Trace | None) -> None:
        """Show in a tooltip which values depend on the pixel under the pointer."""
        self._pages.set_tip(literal(reach(trace)))

    def questions(self) -> Questions:
        """The network's output for the sample, while the panel is visible."""
        return questions_about(self._sample) if self.isVisible() else frozenset()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the network's answer, if the snapshot is of the sample on screen."""
        self._network, self._mute = snapshot.network, False
        state = answered(self._sample, snapshot)
        if state is not None:
            self.answer.show_snapshot(state, snapshot)
            self._follow(state, snapshot)

    def clear_snapshot(self) -> None:
        """Show that there is no answer, because the network cannot run."""
        self._mute = True
        self.answer.show_state(before_answer(self._sample, mute=True))
        self._follow(None, None)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for part in (self._pages, self.answer, self.damage, self.damage_line, self.why, self.fool):
            part.set_theme(theme)

    def sample(self) -> Sample | None:
        """The sample on screen."""
        return self._sample

    def says(self) -> str:
        """The line of label and answer, as rich text."""
        return self.answer.says.rich_text()

    def pixel_text(self) -> str:
        """The line about the pixel under the pointer."""
        return self.answer.pixel.text()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a picture anywhere on the panel."""
        if self.drawing.pictures.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Replace the drawing by the dropped picture."""
        self.show_page(DRAW)
        if self.drawing.pictures.take(event.mimeData()):
            event.acceptProposedAction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the new height; the image shrinks first, so that every class keeps its bar."""
        super().resizeEvent(event)
        self._fit()

    def _add_drawing(self, page: DrawPage) -> None:
        """Connect the page to draw on, and put it in its place."""
        page.drawn.connect(self._draw)
        page.pictured.connect(self._begin_picture)
        page.remark.roomTaken.connect(self._fit)
        self._connect_image(page.exact)
        self._arrangement.add_drawing(page)

    def _connect_image(self, image: PixelImage) -> None:
        image.pointed.connect(self._point)
        image.dragged.connect(self.damage.drag_cover)
        image.dropped.connect(self.damage.end_drag)

    def _go_to(self, identifier: str) -> None:
        self.show_page(identifier)
        if identifier == DRAW:
            self.focus_page()

    def _turn_to(self, identifier: str) -> None:
        self._page = identifier
        self._ways.choose(identifier)
        self._pages.turn_to(self._shown_page())
        self._legend.setText(self._pages.legend())

    def _choose(self, sample: Sample) -> None:
        self._base = sample
        self._emit(final=not sample.unfinished, follows=sample.split == "drawn")

    def _emit(self, *, final: bool, follows: bool) -> None:
        """Show the sample with the present damage, and emit :attr:`sampleChosen`; ``follows``: see :meth:`_show`."""
        if self._base is None:
            return
        sample = with_damage(self._base, self.damage.damage, final=final)
        self._show(sample, follows=follows)
        self.sampleChosen.emit(sample)

    def _show(self, sample: Sample, *, follows: bool = False) -> None:
        """Show a sample. If it ``follows`` from the last, as in a stroke, the old answer stays until the new comes."""
        self._sample = sample
        self.damage_line.follow()
        self._pages.set_moved(sample.undamaged is not None and self.damage.damage.moves)
        self._shown_page().show_image(sample.image)
        self._pages.set_mark(cover_mark(sample, self.damage.damage))
        state = before_answer(sample, mute=self._mute)
        if not (follows and state.silence is Silence.WAITING and self.bars.answer() is not None):
            self.answer.show_state(state)
        if sample.blank:
            self._follow(state, None)
        self._show_parts()

    def _draw(self, image: NDArray[np.uint8], final: bool) -> None:
        if self._page != DRAW:
            return
        if blank := not image.any():
            self._begin_drawing()
        unfinished = blank or not final
        self._choose(Sample(image, split="drawn", unfinished=unfinished, origin=self._drawing_origin))

    def _begin_picture(self) -> None:
        """Show the drawing page, because a picture is about to replace the drawing."""
        self.show_page(DRAW)
        self._begin_drawing()

    def _begin_drawing(self) -> None:
        """Begin another drawing, without damage."""
        self._drawing_origin = object()
        self.damage.forget()

    def _as_npy(self) -> bytes:
        assert self._sample is not None
        return as_npy(self._sample.image)

    def _point(self, row: int, column: int) -> None:
        self.pixelPointed.emit(Pixel(row, column) if row >= 0 else None)
        sample = self._sample
        if sample is None or row < 0:
            self.answer.show_no_pixel()
        else:
            self.answer.show_pixel(row, column, sample.image[:, row, column].tolist(), self._network)

    def _show_parts(self) -> None:
        has_sample = self._sample is not None
        self._waiting.setVisible(not has_sample)
        for part in (self.answer, self.answer.lines, self.damage, self.why, self.fool):
            part.setVisible(has_sample)
        self._fit()

    def _fold(self, section: DamagePart | WhyPart | FoolPart) -> None:
        """Follow a section; while the damage is unfolded, no line that appears above may move it."""
        if section is self.damage:
            self.damage_line.follow()
            self.answer.keep_room(section.open)
        self._fit()
        if section.open:
            self._arrangement.show_opened(section)

    def _follow(self, state: SampleState | None, snapshot: Snapshot | None) -> None:
        for section in (self.why, self.fool):
            section.follow(self._sample, state, snapshot)

    def _use(self, sample: Sample) -> None:
        """Make a changed image the sample, or its original again; no damage is added to it."""
        self.damage.forget()
        self._choose(sample)

    def _shown_page(self) -> PickPage | DrawPage:
        return self.drawing if self._page == DRAW else self.picking

    def _fit(self) -> None:
        self._arrangement.fit(self._shown_page(), sampled=self._sample is not None)

    def minimumSizeHint(self) -> QSize:
        """A small height: the picture shrinks as far as needed."""
        return QSize(super().minimumSizeHint().width(), LEAST_HEIGHT)
