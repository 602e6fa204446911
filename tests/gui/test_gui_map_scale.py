from __future__ import annotations

from pytestqt.qtbot import QtBot

from cnnviz.gui.map_scale import MapScaleControl


def test_it_says_which_step_is_shown_on_which_scale_and_tells_of_another_choice(qtbot: QtBot) -> None:
    control = MapScaleControl()
    qtbot.addWidget(control)
    assert control.text() == ""
    control.show_step(1234)
    assert control.text() == "step 1,234 · strongest maps · one scale for each layer, held"
    actions = [action for action in control.button.menu().actions() if action.isCheckable()]
    assert [action.isChecked() for action in actions] == [True, False, False]
    told: list[str] = []
    control.chosen.connect(told.append)
    for action, words in zip(reversed(actions), ("all layers", "cannot be compared", "each layer"), strict=True):
        action.trigger()
        assert words in control.text()
    assert told == ["network", "map", "layer"]
    with qtbot.waitSignal(control.choiceAsked):
        control.button.menu().actions()[-1].trigger()
