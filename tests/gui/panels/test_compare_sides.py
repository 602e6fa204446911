"""What Compare says of its sides: the runs to choose from, their figures in a table, and one scale for both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from inspection_kit import moment_of

from cnnviz.gui.panels.compare.figure_table import FigureTable
from cnnviz.gui.panels.compare.figures import Figures, columns, figures_of
from cnnviz.gui.panels.compare.side_row import SideRow
from cnnviz.gui.panels.compare.tiles import Values, difference, together
from cnnviz.gui.run.sides import Side
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.histories.run_history import RunHistory
from cnnviz.runs.names import time_of_day
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Context, Facts, Numbers, RunSummary
from cnnviz.sentence import Sentence
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_layers_of_other_shapes_have_no_difference() -> None:
    a, b = (np.ones(shape, np.float32) for shape in ((4, 3, 3), (4, 5, 5)))
    sentence = difference((Values(a, None, 1.0, signed=True), Values(b, None, 2.0, signed=True)))
    assert isinstance(sentence, Sentence)
    assert str(sentence) == "There is no difference to show: 4 tiles of 3×3 and 4 of 5×5."
    change = difference((Values(a, None, 1.0, signed=True), Values(3 * a, None, 2.0, signed=True)))
    assert isinstance(change, Values) and (change.tiles == 2).all() and change.limit == 2.0


def test_both_sides_have_one_scale_that_holds_both() -> None:
    one = Values(np.zeros((2, 3, 3), np.float32), None, 0.5, signed=False)
    other = Values(np.zeros((2, 3, 3), np.float32), None, 2.0, signed=True)
    assert [(each.limit, each.signed) for each in together((one, other))] == [(2.0, True), (2.0, True)]


def test_the_better_number_is_marked() -> None:
    a = Figures(10, 0.9, 0.3, 0.95, 0.2, None, 5.0, 1000, 5000, 100.0)
    b = replace(a, step=20, validation_accuracy=0.97, validation_loss=0.3, parameters=900, seconds=9.0)
    better = {str(figure.title): figure.better for figure in columns(a, b)}
    assert (better["last validation"], better["last validation loss"], better["parameters"]) == (1, 0, 1)
    assert better["step"] is None and better["test"] is None and better["training"] is None
    assert next(figure.texts for figure in columns(None, b)) == ("", "20")


def test_the_step_of_an_evaluation_is_said_beside_it() -> None:
    a = Figures(571, 0.9, 0.3, 0.954, 0.2, None, 5.0, 1000, 5000, 100.0, 430)
    a = replace(a, best=Evaluation(1, "validation", 2, 286, 0.0734, 0.961, 2.0))
    b = replace(a, validation_accuracy=None, validation_loss=None, validation_step=None, best=None)
    said = {str(figure.title): figure.texts for figure in columns(a, b)}
    assert said["last validation"] == ("95.4 % at step 430", "") and said["last validation loss"] == ("0.2000", "")
    assert said["best validation"] == ("96.1 % at step 286", "") and said["loss at best"] == ("0.0734", "")


def test_a_chosen_run_is_offered_once_under_its_name(qtbot: QtBot) -> None:
    run = RunSummary("20260101-000000-aaaaaaaa", Facts("fast"), Numbers(558), (), "fast rate")
    row = SideRow("B", Side(runs_folder() / run.id))
    qtbot.addWidget(row)
    # another object for the same folder
    row.show_runs([(runs_folder() / run.id, run)])
    assert [row.run.itemText(place) for place in range(row.run.count())] == ["present run", "fast rate · 558 steps"]
    assert row.run.currentText() == "fast rate · 558 steps"
    facts = Facts("fast", optimizer="adam", learning_rate=0.01, dataset="pictures")
    numbers = Numbers(558, validation_accuracy=0.954, trained_rate=0.002)
    row.show_runs([(runs_folder() / run.id, replace(run, facts=facts, numbers=numbers))])
    assert row.run.currentText() == "fast rate · 558 steps · 95.4 % · rate 0.01 → 0.002 · pictures"
    # what is new in a run tells it from others of its network, but a name of the user's is enough
    new = replace(run, facts=replace(facts, created=1.0), numbers=numbers, context=Context((Sentence("+ conv3"),)))
    row.show_runs([(runs_folder() / run.id, new)])
    assert "conv3" not in row.run.currentText()
    row.show_runs([(runs_folder() / run.id, replace(new, name=""))])
    clock = time_of_day(1.0)
    assert row.run.currentText() == f"fast · {clock} · + conv3 · 558 steps · 95.4 % · rate 0.01 → 0.002 · pictures"
    told = Context((Sentence("rate {rates}", rates="0.01 → 0.002"),))
    row.show_runs([(runs_folder() / run.id, replace(new, name="", context=told))])
    assert row.run.currentText().count("0.01 → 0.002") == 1


def test_the_present_run_is_listed_once(qtbot: QtBot) -> None:
    runs = [
        (runs_folder() / name, RunSummary(name, Facts("LeNet-5 (untitled)", created), Numbers(350), ()))
        for name, created in (("20260101-000001-aaaaaaaa", 2.0), ("20260101-000000-aaaaaaaa", 1.0))
    ]
    row = SideRow("A", Side())
    qtbot.addWidget(row)
    row.show_runs(runs, runs[0][0])
    texts = [row.run.itemText(place) for place in range(row.run.count())]
    assert (
        texts == ["present run", f"LeNet-5 (untitled) · {time_of_day(1.0)} · 350 steps"]
        and row.run.currentText() == "present run"
    )
    # chosen in the table of runs, without the number of steps, which grows
    row.show_side(Side(runs[0][0]))
    assert row.run.currentText() == f"{runs[0][1].title} (present run)"
    row.show_side(Side(runs[1][0]))
    assert row.run.count() == 2


def test_a_table_that_is_wider_than_the_panel_goes_on_below(qtbot: QtBot) -> None:
    table = FigureTable()
    qtbot.addWidget(table)
    columns = [(f"a long title {number}", f"{number}0.5 % at step 938", "") for number in range(8)]
    table.show_columns(columns, 2000)
    assert table.blocks() == 1
    wide = table.sizeHint()
    table.fit(wide.width() // 2)
    assert table.blocks() in (2, 3) and table.sizeHint().width() <= wide.width() // 2
    assert table.sizeHint().height() > wide.height() and table.texts() == [("", "A", "B"), *columns]
    table.fit(2000)
    assert table.blocks() == 1 and table.sizeHint() == wide
    # in no room at all each column has a block
    table.fit(1)
    assert table.blocks() == 8


def test_no_column_of_the_table_is_alone_below_the_others(qtbot: QtBot) -> None:
    table = FigureTable()
    qtbot.addWidget(table)
    table.show_columns([(f"a long title {number}", f"{number}0.5 % at step 938", "") for number in range(13)], 9000)
    wide = table.sizeHint().width()
    # a little less room: the columns move closer together
    table.fit(wide - 20)
    assert table.blocks() == 1 and table.sizeHint().width() <= wide - 20
    # much less: about half of them go on below
    table.fit(wide - 150)
    assert table.blocks() == 2 and table.sizeHint().width() < 0.6 * wide
    table.fit(wide)
    assert table.blocks() == 1 and table.sizeHint().width() == wide


def test_the_last_test_before_a_moment_is_said_with_its_step() -> None:
    project, history = TEMPLATES["fast"].project(), RunHistory()
    history.add_metrics([Evaluation(1, "test", n, 860 * n, 0.1, 0.9 + n / 50, 9.0) for n in (1, 3)])
    moment = moment_of(project.network)
    a, b = (figures_of(project, history, replace(moment, step=step)) for step in (1000, 2580))
    said = {str(figure.title): figure for figure in columns(a, b)}["test"]
    assert said.texts == ("92.0 % at step 860", "96.0 %")
    assert figures_of(project, history, replace(moment, step=500)).test_accuracy is None


def test_a_narrow_list_of_runs_shows_the_time(qtbot: QtBot) -> None:
    run = RunSummary("20260101-000001-aaaaaaaa", Facts("a long name of a network", 2.0), Numbers(350), ())
    folder, row = runs_folder() / run.id, SideRow("A", Side())
    qtbot.addWidget(row)
    row.show_runs([(folder, run)])
    row.show_side(Side(folder))
    text, wide = row.run.currentText(), row.run.fontMetrics().horizontalAdvance
    for room in (wide(time_of_day(2.0)) + 2, 150, 200):
        shown = row.run.fitting_text(text, room)
        assert time_of_day(2.0) in shown and wide(shown) <= room
    assert row.run.fitting_text(text, 1000) == text
