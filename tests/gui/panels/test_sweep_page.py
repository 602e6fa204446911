"""The page of a sweep: which sweeps it offers, the table of trials, and pictures of its diagrams."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from cnnviz.gui.panels.sweep import words
from cnnviz.gui.panels.sweep.best_curve import BestCurve
from cnnviz.gui.panels.sweep.model import TrialsModel
from cnnviz.gui.panels.sweep.opening import OpenButton, entries
from cnnviz.gui.panels.sweep.parallel import ParallelPlot
from cnnviz.gui.panels.sweep.state import drawn
from cnnviz.gui.panels.sweep.table import ShownTrials, TrialsTable
from cnnviz.gui.run.sweep_watch import SweepState
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.save import picture, save_svg
from cnnviz.sweeps.results import Result
from cnnviz.sweeps.space import Axis
from cnnviz.sweeps.watching import SweepSnapshot

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

AXES = (Axis("learning_rate", low=1e-4, high=1.0, scale="log"), Axis("optimizer", ("sgd", "adam")))
RESULTS = (
    Result(0, "complete", 0.9, {"learning_rate": 0.1, "optimizer": "sgd"}, own=True),
    Result(1, "pruned", 0.8, {"learning_rate": 0.001, "optimizer": "adam"}),
    Result(2, "complete", 0.95, {"learning_rate": 0.01, "optimizer": "adam"}),
    Result(3, "failed", None, {"learning_rate": 1.0, "optimizer": "sgd"}, reason="The loss is no longer a number."),
    Result(4, "running", None, {"learning_rate": 0.02}),
)


def pixels(image: QImage) -> NDArray[np.uint8]:
    """The pixels, uint8 (height, width, 4)."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def test_sweeps_of_this_machine_and_of_elsewhere_are_offered() -> None:
    kept = (Path("/data/one.sqlite"), Path("/data/two.journal"))
    assert entries(kept, "", None) == [("one", ("/data/one.sqlite", "")), ("two", ("/data/two.journal", ""))]
    url = "postgresql://me:secret@host/sweeps"
    assert entries((), url, None) == [("sweeps", (url, ""))]
    several = SweepSnapshot("b", ("one", "b"))
    assert entries(kept[:1], "/data/one.sqlite", several) == [
        ("one", ("/data/one.sqlite", "one")),
        ("one · b", ("/data/one.sqlite", "b")),
    ]


def test_the_line_above_says_how_far_it_is() -> None:
    snapshot = SweepSnapshot("sweep", ("sweep",), axes=AXES, results=RESULTS, trials_wanted=6)
    assert words.summary(SweepState(running=True), None) == "The sweep is starting …"
    begun = SweepState(snapshot=snapshot, running=True)
    assert words.summary(begun, RESULTS[2]) == "4 of 6 trials · best 95.00 % by trial 2 · 1 under way"
    assert words.trouble(begun) == ""
    unreadable = replace(begun, running=False, failure="It is damaged.")
    assert words.summary(unreadable, None) == "4 of 6 trials · 1 under way when it could last be read"
    quiet = replace(snapshot, results=(*RESULTS[:4], replace(RESULTS[4], silent=7)))
    said = "4 of 6 trials · 1 under way · not heard of for 7 minutes"
    assert words.summary(replace(begun, snapshot=quiet), None) == said
    gone = replace(snapshot, results=(*RESULTS[:4], replace(RESULTS[4], state="interrupted")))
    assert words.summary(replace(unreadable, snapshot=gone), None) == "4 of 6 trials · 1 interrupted"
    between = replace(begun, snapshot=replace(snapshot, results=RESULTS[:4]))
    assert words.summary(between, None) == "4 of 6 trials · starting"
    # the process computes what mattered before it ends
    complete = replace(between, snapshot=replace(snapshot, results=RESULTS[:4], trials_wanted=4))
    assert words.summary(complete, None) == "4 trials"
    stopped = SweepState(snapshot=snapshot, last_line="The disk is full.", restartable=True)
    assert words.trouble(stopped) == "The process of this sweep has ended: The disk is full."
    assert words.trouble(replace(stopped, snapshot=replace(snapshot, trials_wanted=4))) == ""
    few = SweepSnapshot("sweep", ("sweep",), results=RESULTS[:1])
    assert words.why_no_importance(few, 4) == "What mattered can be said after 4 complete trials; complete so far: 1."


def test_a_file_elsewhere_is_chosen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    button = OpenButton()
    qtbot.addWidget(button)
    name = "PySide6.QtWidgets.QFileDialog.getOpenFileName"
    monkeypatch.setattr(name, lambda *_: (str(tmp_path / "away.journal"), ""))
    with qtbot.waitSignal(button.chosen) as chosen:
        button.menu().actions()[0].trigger()
    assert chosen.args == [str(tmp_path / "away.journal")]


def test_a_database_is_named_by_its_url(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    button = OpenButton()
    qtbot.addWidget(button)
    typed = ["sweeps.db", "  ", " postgresql://me@host/sweeps "]
    monkeypatch.setattr("PySide6.QtWidgets.QInputDialog.getText", lambda *_: (typed.pop(0), True))
    chosen: list[str] = []
    button.chosen.connect(chosen.append)
    with qtbot.waitSignal(button.failed) as failed:
        button.menu().actions()[1].trigger()
    assert failed.args[0].startswith("“sweeps.db” is not the URL of a database")
    for _ in range(2):
        button.menu().actions()[1].trigger()
    assert chosen == ["postgresql://me@host/sweeps"] and not typed


def test_of_equal_trials_the_earlier_comes_first(qapp: QApplication) -> None:
    equal = tuple(replace(RESULTS[0], number=number) for number in (3, 0, 2, 1))
    model = TrialsModel(DARK)
    model.set_results((replace(RESULTS[2], number=4), *equal), tuple(axis.target for axis in AXES), 4)
    shown = ShownTrials(model)
    for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
        shown.sort(1, order)
        numbers = [shown.result(row).number for row in range(shown.rowCount())]
        assert [number for number in numbers if number != 4] == [0, 1, 2, 3]
        assert numbers.index(4) == (0 if order == Qt.SortOrder.DescendingOrder else 4)


def test_the_best_is_on_top_and_any_column_sorts(qtbot: QtBot) -> None:
    model = TrialsModel(DARK)
    table = TrialsTable(shown := ShownTrials(model))
    qtbot.addWidget(table)
    targets = tuple(axis.target for axis in AXES)
    assert model.set_results(RESULTS[:3], targets, 2)
    table.fit_columns()

    def numbers() -> list[int]:
        return [shown.result(row).number for row in range(shown.rowCount())]

    assert numbers() == [2, 0, 1]
    # the arrow is beside the title, not at the other end, where the column before it ends
    header = table.horizontalHeader()
    header.resizeSection(1, 200)
    found = re.search(r"center left; left: (\d+)px", header.styleSheet())
    assert found is not None and int(found[1]) > 100
    assert [shown.index(row, 0).data() for row in range(3)] == ["best · 2", "own · 0", "1"]
    table.choose(0)
    # more trials, of which one is better: the selection stays
    better = (*RESULTS, Result(5, "complete", 0.99, {"learning_rate": 0.05, "optimizer": "adam"}))
    assert not model.set_results(better, targets, 5)
    assert numbers()[:4] == [5, 2, 0, 1] and shown.index(0, 0).data() == "best · 5"
    chosen = table.chosen()
    assert chosen is not None and chosen.number == 0
    rate = 4
    table.sortByColumn(rate, Qt.SortOrder.AscendingOrder)
    assert numbers() == [1, 2, 4, 5, 0, 3]
    table.sortByColumn(rate + 1, Qt.SortOrder.DescendingOrder)
    assert (set(numbers()[:2]), set(numbers()[2:5]), numbers()[5]) == ({0, 3}, {1, 2, 5}, 4)
    shown.show_only(frozenset({1, 4}))
    assert sorted(numbers()) == [1, 4]
    assert shown.row(0) is None


def test_pictures_are_as_sharp_as_the_file(qtbot: QtBot, tmp_path: Path) -> None:
    found = drawn(RESULTS, AXES)
    for plot in (ParallelPlot(DARK), BestCurve(DARK)):
        qtbot.addWidget(plot)
        plot.resize(300, 140)
        plot.set_state(found)
        plot.show()
        dark = plot.grab().toImage()
        image = pixels(picture(plot)).reshape(140, 2, 300, 2, 4)
        # not enlarged from the screen, where each pixel would be a square of four
        assert (image.max((1, 3)) != image.min((1, 3))).any()
        save_svg(plot, path := tmp_path / f"{type(plot).__name__}.svg", "Sweep")
        assert "<polyline" in path.read_text(encoding="utf-8") or "<path" in path.read_text(encoding="utf-8")
        plot.set_theme(LIGHT)
        assert plot.grab().toImage() != dark
