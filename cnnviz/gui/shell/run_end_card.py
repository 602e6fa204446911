"""Shows the end of a run on the canvas, or in a low window as a notice, with what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QPushButton

from cnnviz.gui.shell.play_tip import begins_anew, play_tip

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from cnnviz.gui.actions import Actions
    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.builder.overlays.end_card import EndCard
    from cnnviz.gui.run.run_end import RunEnd
    from cnnviz.gui.shell.notice_place import NoticePlace
    from cnnviz.gui.widgets.notice_bar import Choice
    from cnnviz.gui.workbench import Workbench

SUBJECT = "end"
"""The subject of the notice."""
EXPERIMENTS = ("damage", "build", "new_weights")
"""The commands that [Try an experiment] offers: damage the sample, change the network, start with other weights."""


class RunEndCard(QObject):
    """Shows the card when ``ended(RunEnd)`` is emitted, and hides it at ``ended(None)``.

    The card is made when the first run ends; a card that was closed is shown again when the next run ends. It is hidden
    while a recorded moment is looked at, because its result is that of the present, and while the network on screen has
    changes that the run does not train: what can be done then is said in a notice. In a low window it would cover maps
    and classes: a notice then has its sentence and its buttons.
    """

    def __init__(
        self,
        ended: SignalInstance,
        canvas: Canvas,
        bench: Workbench,
        actions: Actions[Any],
        place: NoticePlace,
    ) -> None:
        super().__init__(canvas)
        self._bar, self._notice_place = place.bar, place
        self._canvas, self._bench, self._actions = canvas, bench, actions
        self.card: EndCard | None = None
        self._open = False
        """Whether the present run has ended and the user has not closed the card."""
        self._other = ""
        """The name of the present run while the network on screen has changes that it does not train, else empty."""
        ended.connect(self._show)
        for changed in (bench.past.opened, bench.past.changed, place.lowTurned):
            changed.connect(lambda *_: self._place())
        place.bar.dismissed.connect(lambda subject: self._close() if subject == SUBJECT else None)

    def set_trained(self, run: str) -> None:
        """Follow whether the network on screen has changes that the run of this name does not train; "" if not."""
        self._other = run
        self._place()

    def _show(self, end: RunEnd | None) -> None:
        self._open = end is not None
        if end is not None:
            card = self.card or self._make()
            self._continue.setText(self.tr("Resume") if end.resumable else self.tr("More epochs"))
            bridge = self._bench.bridge
            status = bridge.session.status
            self._continue.setToolTip(play_tip(status, "", anew=begins_anew(bridge.recorder, status)))
            card.set_text(end.sentence)
            self._canvas.set_card(card)
        self._place()

    def _place(self) -> None:
        """Show the card or its notice, or hide both."""
        if self.card is None:
            return
        past, low = self._bench.past, self._notice_place.low
        shown = self._open and past.folder is None and past.step is None and not self._other
        if shown and low:
            buttons = self.card.findChildren(QPushButton)
            self._bar.post(SUBJECT, self.card.text(), *(self._choice(button) for button in buttons))
        else:
            self._bar.withdraw(SUBJECT)
        self.card.setVisible(shown and not low)
        if shown:
            self.card.raise_()

    def _choice(self, button: QPushButton) -> Choice:
        """The button of the notice that does what a button of the card does."""
        menu = button.menu()
        return button.text(), button.click if menu is None else lambda: menu.popup(QCursor.pos()), button.toolTip()

    def _close(self) -> None:
        self._open = False

    def _make(self) -> EndCard:
        # not at the top of the file: the first paint needs no card
        from cnnviz.gui.builder.overlays.end_card import EndCard

        actions = self._actions
        mistakes, draw = QPushButton(self.tr("See its mistakes")), QPushButton(self.tr("Draw"))
        mistakes.setToolTip(self.tr("Show which test images are wrong"))
        mistakes.clicked.connect(lambda: self._bench.show_mistakes("test"))
        draw.clicked.connect(actions["draw"].trigger)
        draw.setToolTip(self.tr("Draw a sample, and see what the network says of it"))
        experiment, self._continue = QPushButton(self.tr("Try an experiment") + " ▾"), QPushButton()
        menu = QMenu(experiment)
        for name, text in zip(EXPERIMENTS, self._experiments(), strict=True):
            menu.addAction(text).triggered.connect(actions[name].trigger)
        experiment.setMenu(menu)
        self._continue.clicked.connect(actions["play"].trigger)
        self.card = EndCard(self._bench.theme, (mistakes, draw, experiment, self._continue), self._canvas)
        self.card.close_button.clicked.connect(self._close)
        return self.card

    def _experiments(self) -> tuple[str, ...]:
        translate = QCoreApplication.translate
        return (
            translate("RunEndCard", "Damage the sample until the answer changes"),
            translate("RunEndCard", "Change a layer, and train again"),
            translate("RunEndCard", "Train again from other random weights"),
        )
