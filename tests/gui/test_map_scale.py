from __future__ import annotations

from typing import TYPE_CHECKING

from moments_kit import go_to

from cnnviz.gui.builder.items.drawn_maps import DrawnMaps
from cnnviz.gui.builder.overlays.map_scale import MapScaleControl
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.training.channels import State

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def test_it_says_which_step_is_shown_on_which_scale_and_tells_of_another_choice(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)
    assert control.text() == ""
    control.show_step(1234, DrawnMaps((1234, 1234)))
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
    control.show_step(1234, DrawnMaps(clipped=1500))
    assert control.text().endswith("· 1,500 values outside have the last colour")
    with qtbot.waitSignal(control.choiceAsked):
        control.button.menu().actions()[-1].trigger()


def test_it_says_at_which_step_and_for_which_image_the_maps_were_the_strongest(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)

    def said(drawn: DrawnMaps) -> list[str]:
        control.show_step(1747, drawn)
        control._label.resize(4000, 20)
        whole = control._label.shown_text()
        control._label.resize(control._label.fontMetrics().horizontalAdvance(whole) - 1, 20)
        short = control._label.shown_text()
        first, second, *_ = short.split(" · ")
        control._label.resize(control._label.fontMetrics().horizontalAdvance(f"{first} · {second}") - 1, 20)
        shortest = control._label.shown_text()
        return [text.removeprefix("step 1,747 · ").split(" · ")[0] for text in (whole, short, shortest)]

    assert said(DrawnMaps((1747, 1747))) == ["strongest maps", "strongest maps", "step 1,747"]
    for drawn, words in (
        (DrawnMaps((0, 0)), "strongest at step 0"),
        (DrawnMaps((0, 1747)), "strongest at steps 0 to 1,747"),
        (DrawnMaps((1747, 1747), other_sample=True), "strongest before the sample changed"),
    ):
        assert said(drawn) == [f"maps that were {words}", words, words]
    # all maps are drawn: none had to be chosen
    control.show_step(1747)
    assert control.text() == "step 1,747 · colours span 99.7 % of the values of each layer"


def test_it_offers_to_choose_again_while_other_maps_are_the_strongest(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)
    control.show()
    control.show_step(7)
    assert not control.choose_again.isVisible()
    control.show_step(8, DrawnMaps((7, 7), outdated=True))
    assert control.choose_again.isVisible()
    with qtbot.waitSignal(control.choiceAsked):
        control.choose_again.click()
    control.show_step(8)
    assert not control.choose_again.isVisible()


def test_while_training_and_in_the_past_it_says_when_the_maps_were_chosen_and_offers_others(
    window: MainWindow, recording: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.inspection.viewer.JUDGE_SECONDS", 0.1)
    window.resize(1600, 1000)
    person, scale = Person(window), window.scale

    def said() -> str:
        return scale.text().split(" · ")[1]

    person.until(lambda: window.bridge.shown is not None, "the first maps")
    person.until(lambda: said() == "strongest maps", "the first choice")
    window.bridge.session.play()
    person.until(lambda: window.bridge.session.status.step > 20 and scale.choose_again.isVisible(), "the offer")
    assert window.bridge.session.status.state is State.RUNNING
    assert said() == "maps that were strongest at step 0"
    scale.choose_again.click()
    person.until(lambda: said() not in ("maps that were strongest at step 0", "strongest maps"), "another choice")
    chosen = said()
    assert chosen.startswith("maps that were strongest at step ")
    window.bridge.session.pause()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.settled, "the pause")
    person.until(lambda: 0 in window.bench.past.steps, "the recorded moment")
    assert said() == chosen
    go_to(window, 0)
    assert said() == chosen and scale.choose_again.isVisible() and scale.choose_again.isEnabled()
    scale.choose_again.click()
    person.until(lambda: said() == "strongest maps" and not scale.choose_again.isEnabled(), "the choice of then")
    window.bench.past.now()
    kept = "maps that were strongest at step 0"
    person.until(lambda: said() == kept and scale.choose_again.isEnabled(), "the present")


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
