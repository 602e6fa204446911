"""The undo stack: a list of project values."""

from __future__ import annotations

from dataclasses import replace

from cnnviz.project.history import History, Step
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe


def project(epochs: int) -> Project:
    return replace(Project(), recipe=Recipe(epochs=epochs))


def filled(*keys: int, most: int = 1000) -> History:
    """Steps from 1 epoch to 2, to 3 and so on, with these keys."""
    history = History(most)
    for number, key in enumerate(keys, 1):
        history.push(Step(f"to {number + 1}", project(number), project(number + 1), key))
    return history


def test_steps_are_undone_and_redone_in_turn() -> None:
    history = filled(-1, -1)
    assert (history.index(), history.count(), history.undoText(), history.redoText()) == (2, 2, "to 3", "")
    assert [history.undo(), history.undo(), history.undo()] == [project(2), project(1), None]
    assert (history.canUndo(), history.canRedo(), history.undoText(), history.redoText()) == (False, True, "", "to 2")
    assert [history.redo(), history.redo(), history.redo()] == [project(2), project(3), None]
    assert [history.at(index) for index in range(3)] == [project(1), project(2), project(3)]


def test_an_edit_after_undo_takes_the_place_of_what_was_undone() -> None:
    history = filled(-1, -1)
    history.undo()
    history.push(Step("another", project(2), project(9)))
    assert (history.count(), history.undoText(), history.canRedo()) == (2, "another", False)
    assert [history.undo(), history.undo()] == [project(2), project(1)]


def test_steps_of_one_key_are_one_and_nothing_where_they_end_as_they_began() -> None:
    history = filled(-1, 7, 7, 7)
    assert (history.count(), history.undoText()) == (2, "to 5")
    assert (history.undo(), history.redo()) == (project(2), project(5))
    history.push(Step("back", project(5), project(2), 7))
    assert (history.count(), history.undoText()) == (1, "to 2")
    assert history.undo() == project(1)


def test_the_oldest_steps_are_forgotten() -> None:
    history = filled(*[-1] * 5, most=3)
    assert history.count() == history.index() == 3
    assert [history.undo() for _ in range(4)] == [project(5), project(4), project(3), None]
