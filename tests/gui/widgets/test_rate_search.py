"""The curve of the search for a learning rate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.rate_search import RateSearch, TrialCurve
from cnnviz.gui.widgets.save import save_svg
from cnnviz.training.rate_sweep import RateTrial, Suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def drawn(curve: TrialCurve, folder: Path) -> list[str]:
    """The texts of a curve."""
    curve.resize(500, curve.sizeHint().height())
    save_svg(curve, path := folder / "curve.svg", "Rates")
    return [each.strip() for each in re.findall(r">([^<>]+)</text>", path.read_text(encoding="utf-8"))]


def test_rates_at_the_axis_are_written_as_elsewhere(qtbot: QtBot, tmp_path: Path) -> None:
    curve = TrialCurve(DARK)
    qtbot.addWidget(curve)
    assert drawn(curve, tmp_path)[:8] == ["10⁻⁶", "10⁻⁵", "0.0001", "0.001", "0.01", "0.1", "1", "10"]


def test_both_axes_have_names_and_that_of_the_loss_its_ends(qtbot: QtBot, tmp_path: Path) -> None:
    curve = TrialCurve(DARK)
    qtbot.addWidget(curve)
    names = ["learning rate, on a logarithmic scale", "loss"]
    assert drawn(curve, tmp_path)[8:10] == names
    curve.show_trial(RateTrial((1e-3, 1e-2, 1e-1), (2.0, 0.5, 1.0), False))
    highest, lowest = drawn(curve, tmp_path)[10:]
    assert highest == "2.50" and 0 < float(lowest) < 1.2


def test_the_axis_of_the_loss_ascends_after_a_lucky_first_batch_and_where_all_losses_are_0(
    qtbot: QtBot, tmp_path: Path
) -> None:
    curve = TrialCurve(DARK)
    qtbot.addWidget(curve)
    for losses in ((0.2, *[2.0] * 9), (0.0,) * 10):
        curve.show_trial(RateTrial(tuple(10.0**-power for power in range(10, 0, -1)), losses, False))
        highest, lowest = drawn(curve, tmp_path)[10:]
        assert float(highest) > float(lowest)


def test_a_rate_in_the_band_of_good_rates_is_kept(qtbot: QtBot) -> None:
    search = RateSearch(DARK)
    qtbot.addWidget(search)
    search.set_present(0.005)
    search.show_trial(RateTrial((1e-3, 1e-2, 1e-1), (2.0, 0.5, 1.0), False, Suggestion(0.012, 0.004, 0.036)))
    assert search.take.isHidden() and "0.005" in search.sentence() and "keep it" in search.sentence()
    search.set_present(0.1)
    assert not search.take.isHidden() and search.take.text() == "Set the rate to 0.012"
    taken: list[float] = []
    search.taken.connect(taken.append)
    search.take.click()
    search.set_present(0.012)
    assert taken == [0.012] and search.take.isHidden()


def test_a_rate_beyond_the_axis_is_not_said_to_be_drawn(qtbot: QtBot) -> None:
    search = RateSearch(DARK)
    qtbot.addWidget(search)
    search.set_present(0.005)
    assert search.of_line() == "The dashed line is the rate of the recipe."
    search.set_present(100)
    assert search.of_line() == "The rate of the recipe, 100, is higher than all that are tried."
    search.set_present(1e-7)
    assert search.of_line() == "The rate of the recipe, 10⁻⁷, is lower than all that are tried."


def test_the_rate_of_the_recipe_is_drawn_before_and_after_a_search(qtbot: QtBot) -> None:
    curve = TrialCurve(DARK)
    qtbot.addWidget(curve)
    curve.resize(500, curve.sizeHint().height())
    for trial in (None, RateTrial((1e-3, 1e-2, 1e-1), (2.0, 0.5, 1.0), False)):
        curve.show_trial(trial)
        curve.set_present(0.0)
        without = curve.grab().toImage()
        curve.set_present(0.005)
        assert curve.grab().toImage() != without


def test_what_is_offered_is_said_for_the_schedule_of_the_recipe(qtbot: QtBot) -> None:
    search = RateSearch(DARK)
    qtbot.addWidget(search)
    search.set_present(0.005, peak=False)
    assert "falls most steeply" in search.explanation() and "one-cycle" not in search.explanation()
    search.set_present(0.005, peak=True)
    assert "falls most steeply" not in search.explanation() and "one-cycle" in search.explanation()


def test_with_spoilt_weights_the_way_out_is_a_new_run(qtbot: QtBot) -> None:
    search = RateSearch(DARK)
    qtbot.addWidget(search)
    search.set_present(0.005)
    search.set_spoilt(True)
    assert search.start_over.isHidden()
    search.show_trial(RateTrial((1e-3, 1e-2, 1e-1), (2.0, 0.5, 1.0), False, Suggestion(0.012, 0.004, 0.036)))
    assert not search.start_over.isHidden() and search.take.isHidden()
    assert "for new weights" in search.sentence() and search.sentence().endswith("start over to train new ones.")
    with qtbot.waitSignal(search.startOverAsked):
        search.start_over.click()
    # first another rate
    search.set_present(5.0)
    assert search.start_over.isHidden() and not search.take.isHidden()
    search.set_present(0.012)
    assert not search.start_over.isHidden()
    search.set_outdated(True)
    assert search.start_over.isHidden()
    search.set_outdated(False)
    search.set_spoilt(False)
    assert search.start_over.isHidden() and search.sentence().endswith("with the dot at 0.012: keep it.")
