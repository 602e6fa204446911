from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from canvas_kit import Bench

from cnnviz.gui.builder.canvas import Canvas
from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.document.selection import Selection
from cnnviz.gui.theme import DARK
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.project.project import Project


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Callable[..., Bench]]:
    """Makes a canvas that shows a project or a template."""
    editors: list[ProjectEditor] = []

    def make(project: Project | str = "pytorch-tutorial", width: int = 1100, height: int = 600) -> Bench:
        if isinstance(project, str):
            project = TEMPLATES[project].project()
        editor, selection = ProjectEditor(project, Facts((1, 28, 28), 10)), Selection()
        editors.append(editor)
        canvas = Canvas(editor, selection, DARK)
        said: list[str] = []
        canvas.message.connect(said.append)
        canvas.resize(width, height)
        qtbot.addWidget(canvas)
        with qtbot.waitExposed(canvas):
            canvas.show()
        canvas.setFocus()
        # Selection and editor have no parent: the bench keeps them as long as the test.
        return Bench(canvas, editor, selection, said)

    yield make
    for editor in editors:
        editor.trials.stop()
