"""The Kernels tab of the Layer place: every filter as the stack of slices that it is."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.document.sentences import parameters
from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm, stack_form
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.panel import TiledPanel
from cnnviz.gui.widgets.picture_menu import PictureMenu, as_npy
from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
from cnnviz.gui.widgets.tiling import Tiles, Tiling
from cnnviz.inspection.answers.kernels import Kernels, KernelsOf
from cnnviz.network.shape import spell
from cnnviz.numerals import compact, grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport

JUDGE_SECONDS = 1.0
"""While it moves, the order of the slices is judged this often."""


class KernelsPanel(TiledPanel):
    """The weights of one convolution or fully connected layer, strongest slices first.

    The order of the slices holds still while training; "Sort again" appears once it no longer tells the truth.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._node: str | None = None
        self._layer: Layer | None = None
        self._report: NodeReport | None = None
        self._kernels: Kernels | None = None
        self._form: StackForm | None = None
        self._stack: Array | None = None
        self._order = SliceOrder()
        self._sorted_at: int | None = None
        self._judged_at = 0.0
        self._step = 0
        self._title = RichLabel()
        self._title.setWordWrap(True)
        self._title.setProperty("role", "muted")
        self._shown = PlainLabel()
        self._shown.setProperty("role", "muted")
        # beside the button it may take two lines, so that the place does not grow when the button appears
        self._shown.setWordWrap(True)
        self.sort_button = QPushButton(self.tr("Sort again"))
        self.sort_button.setToolTip(self.tr("The strongest slices are others by now. Put them in front."))
        self.sort_button.clicked.connect(self.sort_again)
        keep = self.sort_button.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.sort_button.setSizePolicy(keep)
        self._bar = ColourBar(theme)
        self._facts = PlainLabel()
        self._facts.setProperty("role", "muted")
        self._facts.setWordWrap(True)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self._shown, 1)
        foot.addWidget(self.sort_button)
        column = self.column
        column.addWidget(self._title)
        column.addWidget(self._foot)
        column.addWidget(self._bar)
        column.addWidget(self._facts)
        column.addStretch(1)
        self.menu = PictureMenu(self, self.tr("Kernels"), self._file_name, {"npy": self._as_npy})
        self.menu.failed.connect(self.message)
        self._forget()

    def connect_grid(self, grid: ImageGrid) -> None:
        """See :meth:`TiledPanel.connect_grid`."""
        grid.setAccessibleName(self.tr("Kernels"))
        grid.scrolled.connect(self._count)

    def questions(self) -> Questions:
        """The weights of the layer, while they are on screen."""
        if self._node is None or not self._has_kernels() or not self.isVisible():
            return frozenset()
        return frozenset({KernelsOf(self._node)})

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self._bar.set_theme(theme)

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """Show another layer; the weights of the same one stay until the next snapshot."""
        if (node, layer, report) == (self._node, self._layer, self._report):
            return
        same = node == self._node and self._has_kernels()
        self._node, self._layer, self._report = node, layer, report
        if not (same and self._has_kernels()):
            self._forget()
        self._facts.setText(self._costs())
        self._facts.setVisible(bool(self._facts.text()))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the weights of the layer, where the snapshot has them."""
        kernels = snapshot.answer(KernelsOf(self._node)) if self._node is not None else None
        if kernels is None or kernels is self._kernels or not self.isVisible() or not self._has_kernels():
            return
        assert self._node is not None
        if self._kernels is None or self._kernels.weight.shape != kernels.weight.shape or self._form is None:
            self._form = stack_form(snapshot.network, self._node, kernels.weight.shape)
            self._order.sort_again()
            self._sorted_at = None
            self._judged_at = 0.0
        self._kernels, self._step = kernels, snapshot.step
        self._stack = kernels.weight.reshape(self._form.filters, self._form.slices, *self._form.tile)
        if self._sorted_at is None:
            self._sorted_at = snapshot.step
        self._bar.set_scale(kernels.limit, signed=True)
        self._bar.show()
        self._foot.show()
        self.grid.show()
        self.grid.show_tiles(self._tiles(self._form, self._stack, kernels.limit))
        now = time.monotonic()
        if snapshot.settled or now - self._judged_at >= JUDGE_SECONDS:
            self._judged_at = now
            stale = self._stacked() and self._order.stale(self.grid.visible()[0], self._stack)
            self.sort_button.setVisible(stale)
            self._set_title(self._describe(self._form, stale))

    def clear_snapshot(self) -> None:
        """There are no weights."""
        self._forget()

    def shown_weights(self) -> Array | None:
        """The weights on screen as the snapshot has them: float32 (O, I, kH, kW) or (O, I); None without any."""
        return None if self._kernels is None else self._kernels.weight

    def shown_order(self, filter: int) -> NDArray[np.intp]:
        """The slices of a filter in the order on screen: intp (slices,)."""
        assert self._stack is not None
        return self._order.of(filter, self._stack)

    def text(self) -> str:
        """The lines above the kernels, as rich text."""
        return self._title.text()

    def facts(self) -> str:
        """The lines below the kernels."""
        return self._facts.text()

    def sort_again(self) -> None:
        """Put the strongest slices of now in front."""
        if self._form is None or self._stack is None or self._kernels is None:
            return
        self._order.sort_again()
        self._sorted_at = self._step
        self.grid.show_tiles(self._tiles(self._form, self._stack, self._kernels.limit))
        self.sort_button.hide()
        self._set_title(self._describe(self._form, stale=False))

    def _file_name(self) -> str:
        return "" if self._kernels is None else f"{self._node}-kernels-step-{self._step}"

    def _as_npy(self) -> bytes:
        assert self._kernels is not None
        return as_npy(self._kernels.weight)

    def _has_kernels(self) -> bool:
        return self._report is not None and len(self._report.parameters.get("weight", ())) >= 2

    def _stacked(self) -> bool:
        return self._form is not None and self._form.slices > 1

    def _forget(self) -> None:
        self._kernels = self._form = self._stack = self._sorted_at = None
        self._order.sort_again()
        self.hide_grid()
        for part in (self._bar, self._foot, self.sort_button):
            part.hide()
        self._shown.clear()
        self._set_title(self._nothing())

    def _nothing(self) -> str:
        layer, report = self._layer, self._report
        if self._node is None or layer is None:
            return self.tr("Select a layer to see its kernels.")
        if self._has_kernels():
            return self.tr("The kernels of <b>{node}</b> appear as soon as it can run.").format(
                node=escape(self._node or "")
            )
        if report is not None and report.parameters:
            template = self.tr(
                "{kind} has no kernels: it learns a scale γ and a shift β for each map, {count} numbers."
            )
            return template.format(kind=layer.kind, count=grouped(report.parameter_count))
        if report is None or report.output is None:
            return self.tr("Nothing is known of <b>{node}</b> yet: it has a problem to be solved first.").format(
                node=escape(self._node or "")
            )
        return self.tr("{kind} has no kernels: there is nothing in it to be learned.").format(kind=layer.kind)

    def _costs(self) -> str:
        report = self._report
        if report is None or report.output is None:
            return ""
        lines = [
            self.tr("{parameters} · {macs} MACs").format(
                parameters=parameters(report.parameter_count), macs=compact(report.macs)
            )
        ]
        out = self.tr("out {shape}").format(shape=spell(report.output)).replace(" ", "\u00a0")
        seen = report.receptive_field
        if seen is not None:
            out = self.tr("sees {size} of the image").format(size=spell(seen.size)) + " · " + out
        lines.append(out)
        return "\n".join(lines)

    def _set_title(self, text: str) -> None:
        if text != self._title.text():
            self._title.setText(text)

    def _describe(self, form: StackForm, stale: bool) -> str:
        values = {
            "filters": grouped(form.filters),
            "slices": grouped(form.slices),
            "source": f"<b>{escape(form.source)}</b>",
        }
        if form.folded:
            text = self.tr("{filters} units, each with a weight for every value of the {slices} maps of {source}.")
        elif form.dense:
            text = self.tr("{filters} units, each with {slices} weights, one for each value of {source}.")
        elif form.slices > 1:
            text = self.tr("{filters} filters, each a stack of {slices} slices, one for each map of {source}.")
        elif form.groups > 1:
            text = self.tr("{filters} filters, each for a single map of {source}.")
        else:
            text = self.tr("{filters} filters of a single slice: {source} has one map.")
        if form.groups > 1 and form.slices > 1:
            text = self.tr("{filters} filters, each a stack of {slices} slices for its group of the maps of {source}.")
        text = text.format(**values)
        if not self._stacked():
            return text
        if stale:
            return f"{text} " + self.tr("Slices in the order of step {step}.").format(
                step=grouped(self._sorted_at or 0)
            )
        return f"{text} " + (self.tr("Strongest first.") if form.dense else self.tr("Strongest slices first."))

    def _tiles(self, form: StackForm, stack: Array, limit: float) -> Tiles:
        if form.slices == 1:
            tiling = Tiling(form.filters, form.tile, least=36, most=112, row_gap=2, below=caption_height(self.font()))
        else:
            least, most = (11, 14) if form.tile == (1, 1) else (52, 72) if form.slices <= 4 else (28, 40)
            tiling = Tiling(form.filters * form.slices, form.tile, form.slices, least, most, gap=3, row_gap=7)

        def read(positions: NDArray[np.intp]) -> Array:
            filters, ranks = positions // form.slices, positions % form.slices
            slices = np.empty_like(ranks)
            for filter in np.unique(filters).tolist():
                mine = filters == filter
                slices[mine] = self._order.of(filter, stack)[ranks[mine]]
            values: Array = stack[filters, slices]
            return values

        return Tiles(tiling, read, limit, True, self._caption, self._name)

    def _caption(self, position: int) -> str:
        assert self._form is not None
        return str(position // self._form.slices)

    def _name(self, position: int) -> str:
        assert self._form is not None and self._stack is not None
        filter, rank = divmod(position, self._form.slices)
        slice = int(self._order.of(filter, self._stack)[rank])
        values = {"filter": filter, "map": self._form.reads(filter, slice), "source": self._form.source}
        if self._form.dense and not self._form.folded:
            return self.tr("unit {filter}, value {map} of {source}").format(**values)
        if self._form.dense:
            return self.tr("unit {filter}, map {map} of {source}").format(**values)
        return self.tr("filter {filter}, map {map} of {source}").format(**values)

    def _count(self) -> None:
        """Say how many of how many are on screen."""
        if self._form is None:
            return
        rows, columns = self.grid.visible()
        if self._stacked():
            text = self._some(len(rows), self._form.filters)
            if len(columns) < self._form.slices:
                flat = self._form.dense and not self._form.folded
                template = self.tr("{shown} of {all} weights") if flat else self.tr("{shown} of {all} slices")
                text += " · " + template.format(shown=len(columns), all=grouped(self._form.slices))
        else:
            placed = self.grid.placement()
            text = self._some(
                min(self._form.filters, len(rows) * (placed.columns if placed else 0)), self._form.filters
            )
        text = text.replace(" ", "\u00a0").replace("\u00a0·\u00a0", " · ")
        if text != self._shown.text():
            self._shown.setText(text)

    def _some(self, shown: int, total: int) -> str:
        unit = self.form_unit()
        return self.tr("{shown} of {all} {unit}").format(shown=shown, all=grouped(total), unit=unit)

    def form_unit(self) -> str:
        """What a row is called: filters of a convolution, units of a fully connected layer."""
        return self.tr("units") if self._form is not None and self._form.dense else self.tr("filters")
