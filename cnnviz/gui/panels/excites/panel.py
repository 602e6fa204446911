"""The Excites tab: the images that excite a map, a value or a class of the layer most and least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.excites import state
from cnnviz.gui.panels.excites.choices import Choices
from cnnviz.gui.panels.excites.climb_part import ClimbPart
from cnnviz.gui.panels.excites.tiles import Tiles
from cnnviz.gui.panels.excites.words import ExciteWords
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.gui.widgets.value_bars import Bars, ValueBars
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.moment import Sample
from cnnviz.network.vectors import gives_classes

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.gui.panels.excites.state import Example
    from cnnviz.gui.run.climbing import Climbing
    from cnnviz.gui.run.exciting import Exciting
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.excitation import Order
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


class ExcitesPanel(Panel):
    """Shows what ``study`` finds about the current layer, and the images that ``climbing`` makes for it.

    When an image is chosen, ``sampleAsked(Sample)`` asks to make it the sample; ``valueChosen(Place)`` and
    ``valuePointed(Place or None)`` tell the place of its value. ``valueAsked(Place)`` follows a double click or Enter.
    """

    sampleAsked = Signal(object)
    valueChosen = Signal(object)
    valuePointed = Signal(object)
    valueAsked = Signal(object)

    def __init__(self, study: Exciting, climbing: Climbing, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.study = study
        self._node: str | None = None
        self._order: Order = "strongest"
        self._channels: dict[str, int] = {}
        """The chosen map of each layer."""
        self._failure = ""
        self._sample: Sample | None = None
        """The sample that was chosen here, as long as it is shown."""
        self._words = ExciteWords()
        self.tiles = Tiles(theme, lambda example: self._words.image(example, located=self._located))
        self.bars = ValueBars(theme)
        self.bars.setAccessibleName(self.tr("Mean by class"))
        self.climb = ClimbPart(climbing, self._words, theme)
        self._empty, self._heading, self._facts, self._means = (MutedLabel() for _ in range(4))
        self.choices = Choices()
        self.renew = QPushButton(self.tr("Now"))
        self.renew.setToolTip(self.tr("Look at the images again with the present weights"))
        explain(self._heading, "sees")
        self._lay_out()
        self.renew.clicked.connect(study.renew)
        self.choices.channelChosen.connect(self.show_channel)
        self.choices.orderChosen.connect(self._choose_order)
        self.choices.patchesTurned.connect(self._show)
        self.tiles.chosen.connect(self._choose)
        self.climb.chosen.connect(self._choose_made)
        self.climb.entered.connect(lambda example: self.valueAsked.emit(example.place))
        self.tiles.entered.connect(lambda at: self.valueAsked.emit(self.tiles.shown[at].place))
        numbers: dict[str, Content] = {"csv": self._as_csv, "npy": self._as_npy}
        self.menu = PictureMenu(self, self.tr("Excites"), self._file_name, numbers)
        self.menu.message.connect(self.message)
        study.changed.connect(self._follow)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._fail)
        self._show()

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        self.tiles.set_theme(theme)
        self.bars.set_theme(theme)
        self.climb.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        self._words.classes = names
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Start the study, which runs while the panel is visible."""
        super().showEvent(event)
        self.study.choose_layer(self._node)
        self.study.watch(True)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the study."""
        self.study.watch(False)
        self.valuePointed.emit(None)
        super().hideEvent(event)

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """See :meth:`Panel.set_layer`."""
        if layer is None or report is None or report.output is None:
            node = None
        if node != self._node:
            self._node, self._failure = node, ""
            self.valuePointed.emit(None)
            if self.isVisible():
                self.study.choose_layer(node)
                self._show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Clear the choice of an image when the window shows another sample."""
        self._offer_renewal()
        chosen, sample = self._sample, snapshot.sample
        # a snapshot of an earlier sample may come after the choice of an image
        if chosen is not None and sample is self.study.sample and sample.origin is not chosen.origin:
            self._sample = None
            self.tiles.choose_none()
            self.climb.picture.choose_none()
            self.valuePointed.emit(None)

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self._show()

    def show_channel(self, channel: int) -> None:
        """Show another map or value of the layer."""
        found = self.study.latest
        if found is not None and 0 <= channel < found.shape[0] and channel != self.channel:
            self._channels[found.node] = channel
            self._show()

    def set_channel(self, node: str, channel: int) -> None:
        """Show this map or value whenever ``node`` is the current layer."""
        self._channels[node] = channel
        found = self.study.latest
        if found is not None and found.node == node:
            self._show()

    @property
    def channel(self) -> int:
        """The number of the displayed map or value."""
        found = self.study.latest
        return 0 if found is None else min(self._channels.get(found.node, 0), found.shape[0] - 1)

    def text(self) -> str:
        """The lines of text, from the top."""
        if self.study.latest is None:
            return self._empty.text()
        return "\n".join(label.text() for label in (self._heading, self._facts, self._means))

    @property
    def _located(self) -> bool:
        """Whether a value has a place in its map."""
        found = self.study.latest
        return found is not None and found.shape[1:] != (1, 1)

    def _choose(self, at: int) -> None:
        images, example = self.study.images, self.tiles.shown[at]
        if images is None:
            return
        self.climb.picture.choose_none()
        self._facts.setText(self._words.image(example, located=self._located))
        self._make_sample(Sample(images.images[example.image], example.label, example.image), example)

    def _choose_made(self, example: Example) -> None:
        if self.climb.made is not None:
            self.tiles.choose_none()
            self._make_sample(Sample(self.climb.made.climbed.image, split="made"), example)

    def _make_sample(self, sample: Sample, example: Example) -> None:
        """Ask to make an image the sample, and mark the place of its value."""
        self._sample = sample
        self.sampleAsked.emit(sample)
        self.valuePointed.emit(example.place)
        self.valueChosen.emit(example.place)

    def _follow(self) -> None:
        self._failure = ""
        self._show()

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def _show_progress(self, done: int, total: int) -> None:
        text = self._words.progress(done, total)
        if self.study.latest is None:
            self._failure = ""
            self._empty.setText(text)
        else:
            self._facts.setText(text)
            self._offer_renewal()

    def _show(self) -> None:
        found, moment, images = self.study.latest, self.study.shown, self.study.images
        complete = found is not None and moment is not None and images is not None
        self._content.setVisible(complete)
        self._empty.setVisible(not complete)
        if found is None or moment is None or images is None:
            self._empty.setText(self._failure or self._why_empty())
            self.tiles.show_examples((), np.empty((0, 1, 1, 1), np.uint8), patches=False)
            self.bars.show_bars(None)
            self.climb.follow(None, None, 0)
            return
        self._words.scores = found.vector and gives_classes(moment.network, found.node)
        if self._order not in found.rankings:
            self._order = "strongest"
        names = [self._words.channel(found, channel) for channel in range(found.shape[0])]
        self.choices.show_channels(names, self.channel)
        self.choices.show_order(self._order, lowest="lowest" in found.rankings)
        shown = state.examples(found, moment, images.labels, self._order, self.channel)
        self.tiles.show_examples(shown, images.images, patches=self.choices.patches.isChecked())
        region = self.tiles.largest_region(images.images.shape[2:])
        self.choices.patches.setVisible(region is not None)
        heading = self._words.heading(found, self._order, self.channel, region)
        if self._node is not None and found.node != self._node:
            held = self.tr("{node} holds the maps of {source}.").format(node=self._node, source=found.node)
            heading = f"{held} {heading}"
        self._heading.setText(heading)
        self._show_facts()
        self._offer_renewal()
        self._show_means()
        self.climb.follow(found, moment, self.channel)

    def _offer_renewal(self) -> None:
        """Offer to study the moment on screen, if it is another one."""
        self.renew.setVisible(self.study.outdated and not self.study.running)

    def _show_facts(self) -> None:
        found = self.study.latest
        assert found is not None
        at = self.tiles.at
        if self._failure:
            self._facts.setText(self._failure)
        elif at is not None:
            self._facts.setText(self._words.image(self.tiles.shown[at], located=self._located))
        else:
            self._facts.setText(
                self.tr("At step {step}. Click an image to make it the sample.").format(step=grouped(found.step))
            )

    def _show_means(self) -> None:
        found = self.study.latest
        assert found is not None
        means = state.class_means(found, self.channel)
        self._means.setText(self._words.means(found, means))
        values = np.array(means.means, np.float32)
        limit = float(
            np.abs(found.means[:, self.channel]).max(initial=0, where=~np.isnan(found.means[:, self.channel]))
        )
        signed = bool((values < 0).any())

        def label(at: int) -> str:
            return self._words.class_of(means.classes[at])

        self.bars.show_bars(Bars(values, limit or 1.0, signed, label, lambda at: self._words.mean(means.classes[at])))
        self.bars.fit()

    def _why_empty(self) -> str:
        study = self.study
        if self._node is None:
            return self.tr("Select a layer to see which images excite its maps.")
        if study.images is not None and not len(study.images):
            return self.tr("There are no validation images. Set some aside on the data page to see which excite a map.")
        if study.running:
            return self.tr("Looking at the validation images …")
        if study.moment is not None and not study.possible():
            return self.tr("{node} does not take part in the network that runs.").format(node=self._node)
        return self.tr("The images that excite {node} appear as soon as it has run.").format(node=self._node)

    def _file_name(self) -> str:
        found = self.study.latest
        if found is None:
            return ""
        kind = "value" if found.vector else "map"
        return f"{found.node}-{kind}-{self.channel}-{self._order}-step-{found.step}"

    def _as_csv(self) -> str:
        return state.as_csv(self.tiles.shown, self._words.classes)

    def _as_npy(self) -> bytes:
        images = self.study.images
        assert images is not None
        return as_npy(np.stack([images.images[example.image] for example in self.tiles.shown]))

    def _choose_order(self, order: Order) -> None:
        self._order = order
        self._show()

    def _lay_out(self) -> None:
        self._content = QWidget()
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        facts = QHBoxLayout()
        facts.addWidget(self._facts, 1)
        facts.addWidget(self.renew)
        for part in (self.choices, self._heading, self.tiles):
            inside.addWidget(part)
        inside.addLayout(facts)
        for below in (self.climb, self._means, self.bars):
            inside.addWidget(below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._empty)
        column.addWidget(ScrolledColumn(self._content), 1)
