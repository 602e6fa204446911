"""Random edits of a project: layers, fixes, templates, code that is pasted, undo and redo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from cnnviz.project import edits
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from cnnviz.gui.main_window import MainWindow

SMALL = ("fast", "pytorch-tutorial", "lenet-5", "resnet-18-28")
"""Networks that train on any machine while the window goes on."""
CODE = (
    "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))",
    "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
    "nn.Sequential(nn.Conv2d(1, 8, (",
    "no code at all",
)


class Editing:
    """Edits the project of a window at random."""

    def __init__(self, window: MainWindow, chance: random.Random) -> None:
        self.window, self.chance = window, chance
        self.acts: tuple[Callable[[], str], ...] = (
            self.edit,
            self.select,
            self.template,
            self.paste,
            self.undo,
            self.undo,
        )

    def edit(self) -> str:
        """Some edits that take a steady hand otherwise."""
        editor, chance = self.window.editor, self.chance
        nodes = list(editor.project.network.nodes)
        which = chance.randrange(4)
        if which == 0:
            size = chance.choice((1, 16, 64))
            editor.apply("batch", replace(editor.project, recipe=replace(editor.project.recipe, batch_size=size)))
        elif which == 1:
            self.window.canvas.add(chance.choice(("Conv2d", "ReLU", "MaxPool2d", "Dense", "Concat", "Dropout")))
        elif nodes and which == 2:
            editor.apply("remove", edits.remove(editor.project, chance.sample(nodes, min(2, len(nodes)))))
        elif problems := editor.report.problems:
            fixes = [fix for problem in problems for fix in problem.fixes]
            if fixes:
                editor.apply("fix", edits.apply_fix(editor.project, chance.choice(fixes)))
        return f"edit {which}"

    def select(self) -> str:
        nodes = list(self.window.editor.project.network.nodes)
        chosen = self.chance.sample(nodes, min(len(nodes), self.chance.choice((0, 1, 1, 1, 2, 5))))
        self.window.selection.select(chosen)
        return f"select {len(chosen)}"

    def template(self) -> str:
        """A template in this window, once in a while the empty network."""
        if self.chance.random() < 0.7:
            return "no template"
        name = self.chance.choice((*SMALL, ""))
        self.window.editor.open(TEMPLATES[name].project() if name else Project())
        return f"template {name}"

    def paste(self) -> str:
        if self.chance.random() < 0.5:
            QGuiApplication.clipboard().setText(self.chance.choice(CODE))
        self.window.canvas.paste()
        return "paste"

    def undo(self) -> str:
        back = self.chance.random() < 0.6
        (self.window.editor.undo if back else self.window.editor.redo)()
        return "undo" if back else "redo"
