"""A visit to a window in the marked language: what every station of it uses."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from marked_cases import NAMES, SOURCES, small
from marked_language import Texts

from cnnviz import __version__
from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.app import Application
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.dialogs import versions
from cnnviz.gui.shell.paste_dialog import EXAMPLE
from cnnviz.network.layers import KINDS
from cnnviz.parameters import parameters_of
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.project.project import Project


class Visit:
    """One window, and what was read in it."""

    def __init__(self, qt: QApplication, folder: Path) -> None:
        """``folder`` is where files are written; its name is no text of the program."""
        self.qt, self.texts, self.folder = qt, Texts(), folder
        self.texts.names |= NAMES
        for kind in (*KINDS.values(), Recipe, DatasetChoice):
            self.texts.names |= {one.name for one in parameters_of(kind)}
        self.texts.quoted |= {
            "  ·  ".join(versions().splitlines()[1:]),
            __version__,
            *SOURCES,
            EXAMPLE,
            str(folder),
            folder.name,
        }
        # what the system and libraries say is in a language of their own
        self.texts.quoted |= {os.strerror(code) for code in errno.errorcode}
        self.texts.quoted |= {"Input should be a valid list", "'(' was never closed"}
        self.texts.watch_painting()
        self.application = Application(qt)
        self.window: MainWindow = self.application.open_window(small())
        self.window.resize(1600, 1000)
        self.person = Person(self.window)
        self.person.until(lambda: self.window.bridge.session.status.ready, "torch")

    def look(self) -> None:
        """Read everything that is there now."""
        self.qt.processEvents()
        for window in self.application.windows:
            project = window.editor.project
            self.texts.names |= project.network.nodes.keys()
            self.texts.quoted |= {block.name for block in project.layout.blocks.values()}
        self.texts.look(self.qt)

    def put(self, project: Project) -> None:
        """Put another project on the canvas, as an edit, with its problems, and try what mends them."""
        editor = self.window.editor
        editor.apply("", project)
        editor.finish_trials(frozenset(project.network.nodes))

    def show(self, project: Project) -> None:
        """Put another project on the canvas, and read what is there."""
        self.put(project)
        self.look()

    def close_dialogs(self) -> None:
        """Close all windows but the main ones."""
        for dialog in self.qt.topLevelWidgets():
            if dialog.isVisible() and dialog not in self.application.windows:
                dialog.close()
        self.qt.processEvents()

    def refused(self, error: Exception) -> None:
        """Say why something could not be done, where such is said."""
        from cnnviz.gui.document.sentences import error_sentence

        self.window.status.show_message(error_sentence(error))
        self.look()

    def train(self, action: str) -> None:
        """Train so many batches."""
        status = self.window.bridge.session.status
        self.person.shortcut(action)
        session = self.window.bridge.session
        self.person.until(lambda: (session.status.run, session.status.step) != (status.run, status.step), "a batch")
        self.person.until(lambda: session.status.state is State.PAUSED, "the pause")
