from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.overlays.map_scale import MapScaleControl
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def test_it_says_which_step_is_shown_on_which_scale_and_tells_of_another_choice(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)
    assert control.text() == ""
    control.show_step(1234)
    assert control.text() == "step 1,234 · strongest maps · colours span 99.7 % of the values of each layer"
    actions = [action for action in control.button.menu().actions() if action.isCheckable()]
    assert [action.isChecked() for action in actions] == [True, False, False, False]
    told: list[str] = []
    control.chosen.connect(told.append)
    for action, words in zip(
        reversed(actions), ("all layers", "cannot be compared", "all values", "99.7 %"), strict=True
    ):
        action.trigger()
        assert words in control.text()
    assert told == ["network", "map", "full", "layer"]
    control.show_step(1234, clipped=1500)
    assert control.text().endswith("· 1,500 values outside have the last colour")
    with qtbot.waitSignal(control.choiceAsked):
        control.button.menu().actions()[-1].trigger()


def test_it_offers_to_choose_again_while_other_maps_are_the_strongest(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)
    control.show()
    control.show_step(7)
    assert not control.choose_again.isVisible()
    control.show_step(8, outdated=True)
    assert control.choose_again.isVisible()
    with qtbot.waitSignal(control.choiceAsked):
        control.choose_again.click()
    control.show_step(8)
    assert not control.choose_again.isVisible()


def test_the_choice_is_offered_after_training_and_the_scale_reaches_every_place(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    window.resize(1600, 900)
    person.until(lambda: window.bridge.shown is not None, "the first maps")
    assert not window.scale.choose_again.isVisible()
    session.batches(30)
    person.until(lambda: session.status.step == 30 and session.status.state is State.PAUSED, "30 batches")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.settled, "the last maps")
    person.until(window.scale.choose_again.isVisible, "the offer")
    window.scale.choose_again.click()
    person.until(lambda: not window.scale.choose_again.isVisible(), "the choice")
    window.layer.setCurrentWidget(window.panel(MapsPanel))
    person.until(lambda: window.panel(MapsPanel).shown_maps() is not None, "the maps of the layer")
    expected = ("99.7 %", "all values", "of its own", "all layers")
    for action, words in zip(window.scale.menu.actions(), expected, strict=False):
        action.trigger()
        assert words in window.panel(MapsPanel).scale_text()
