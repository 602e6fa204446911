"""The Code panel: the network as source code of PyTorch or Keras, linked with the selection."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from cnnviz import settings
from cnnviz.files import cause, shown, write_atomically
from cnnviz.gui.document.sentences import FRAMEWORKS
from cnnviz.gui.language import text
from cnnviz.gui.panels.code.parts import packed_column, tab_button, wrapped_label
from cnnviz.gui.panels.code.state import State, state
from cnnviz.gui.widgets import save
from cnnviz.gui.widgets.focus_order import come_first
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.problem_rows import ProblemRows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.code.write.source import Source
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.code_view import CodeView
    from cnnviz.settings import Framework

MOST_NAMED = 4
"""At most this many of the layers that the code leaves out are named."""


class CodePanel(Panel):
    """Shows the source of the network, generated after each edit while the panel is visible.

    ``beside(ending)`` returns a path for a file with the project's name. ``chosen`` follows when the user selects
    a layer here, ``message`` reports what was done, and ``failed`` what could not be done.
    """

    chosen = Signal()

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        beside: Callable[[str], Path],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection, self._beside = editor, selection, beside
        self.framework: Framework = settings.load().framework
        self._state: State | None = None
        self._leading = False
        """Whether the selection follows the cursor in the code at this moment."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._refresh)
        self._theme = theme
        self._note = wrapped_label("muted")
        self._why = wrapped_label("")
        self._problems = ProblemRows(editor, theme)
        self._problems.chosen.connect(lambda problem: self._select(problem.node))
        self._problems.refused.connect(self.message)
        self.show_layer = tab_button(self.tr("Show the layer"))
        self.show_layer.clicked.connect(lambda: self._select(self._lacking()))
        self.as_pytorch = tab_button(self.tr("Show it as PyTorch"))
        self.as_pytorch.clicked.connect(lambda: self.set_framework("pytorch"))
        self.menu = PictureMenu(self, self.tr("Code"), self._file_name, {"py": self.text})
        self.menu.message.connect(self.message)
        self.head = self._make_head()
        self._lay_out()
        editor.changed.connect(lambda *_: self._later())
        editor.fixesFound.connect(self._later)
        selection.changed.connect(self._follow)

    @property
    def source(self) -> Source | None:
        """The displayed source; None if there is none."""
        return None if self._state is None else self._state.source

    def _lacking(self) -> str | None:
        """The layer that the framework lacks, if that is why there is no source."""
        return None if self._state is None or self._state.refusal is None else self._state.refusal.node

    @cached_property
    def code(self) -> CodeView:
        """The field with the code; it is created on first use."""
        from cnnviz.gui.widgets.code_view import CodeView

        code = CodeView(self._theme)
        code.setAccessibleName(self.tr("Code of the network"))
        code.linesChosen.connect(self._choose)
        code.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        code.customContextMenuRequested.connect(self._open_menu)
        self._page.addWidget(code, 1)
        come_first(code, self)
        return code

    def _open_menu(self, point: QPoint) -> None:
        """Open the context menu: the actions of the text field, and those of the panel."""
        menu = self.code.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSeparator()
        self.menu.enable()
        menu.addActions(self.menu.actions())
        menu.popup(self.code.viewport().mapToGlobal(point))

    def prepare(self) -> None:
        """Create the field."""
        _ = self.code  # is created when it is read

    def set_framework(self, framework: Framework) -> None:
        """Show the source for another framework."""
        self.framework = framework
        settings.save(replace(settings.load(), framework=framework))
        self.choices[framework].setChecked(True)
        self._later()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self.head

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        if "code" in vars(self):
            self.code.set_theme(theme)
        self._problems.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Update the source to the changes made while the panel was hidden."""
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lines of the current layer in view."""
        super().resizeEvent(event)
        self._later()

    def text(self) -> str:
        """The displayed code; empty if there is none."""
        return self.source.text if self.source is not None else ""

    def says(self) -> str:
        """The remarks above the code, or why there is no code."""
        return self._note.text() if self.source is not None else self._why.text()

    def copy(self) -> None:
        """Put the whole code on the clipboard."""
        if self.source is not None:
            QGuiApplication.clipboard().setText(self.source.text)
            self.message.emit(self.tr("The {framework} code is on the clipboard.").format(framework=self._title()))

    def save(self) -> None:
        """Ask for a file name and write the code to it."""
        if self.source is None:
            return
        suggested = self._suggested()
        path = save.ask_path(self, self.tr("Save the code"), "code", suggested, {"py": self.tr("Python source")})
        if path is not None:
            self.save_to(path)

    def _suggested(self) -> Path:
        suggested = self._beside(f"_{self.framework}.py")
        # only such a name can be imported as a module
        return suggested.with_name(re.sub(r"\W", "_", suggested.stem) + ".py")

    def _file_name(self) -> str:
        return "" if self.source is None else self._suggested().stem

    def save_to(self, path: Path) -> None:
        """Write the code to a file."""
        try:
            write_atomically(path, self.text())
        except OSError as error:
            sentence = self.tr("The code could not be saved as “{path}”: {reason}. Another folder may do.")
            self.failed.emit(sentence.format(path=shown(path), reason=text(cause(error))))
        else:
            self.message.emit(self.tr("The code is saved as “{path}”.").format(path=shown(path)))

    # The displayed source.

    def _later(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        new = state(self._editor.project.network, self._editor.report, self.framework, self._state)
        if new is not self._state:
            self._state = new
            self._show(new)
        self._follow()

    def _show(self, new: State) -> None:
        if new.source is not None:
            self.code.show_text(new.source.text)
            self.code.setAccessibleName(self.tr("Source code in {framework}").format(framework=self._title()))
            self._show_left_out(new.left_out)
        else:
            self._explain(new)
        self._stack.setCurrentWidget(self._empty if new.source is None else self._written_page)
        for button in (self.copy_button, self.save_button):
            button.setEnabled(new.source is not None)

    def _show_left_out(self, nodes: tuple[str, ...]) -> None:
        named = ", ".join(nodes[:MOST_NAMED]) + (" …" if len(nodes) > MOST_NAMED else "")
        self._note.setText(
            self.tr("Left out, as they are on no path from the Input to the Output: {names}.").format(names=named)
            if nodes
            else ""
        )
        self._note.setVisible(bool(nodes))

    def _explain(self, new: State) -> None:
        """Show why there is no source, and which fixes would help."""
        self._problems.show_problems(() if new.hindrance is None or not new.network.nodes else (new.hindrance,))
        if not new.network.nodes:
            self._why.setText(self.tr("Code appears here when there are layers on the canvas."))
        elif new.refusal is None:
            self._why.setText(self.tr("There is no code yet. It appears here when this is mended:"))
        else:
            self._why.setText(text(new.refusal.sentence))
        self.show_layer.setVisible(self._lacking() is not None)
        self.as_pytorch.setVisible(new.refusal is not None and self.framework != "pytorch")

    # Linking lines and selection.

    def _choose(self, first: int, last: int) -> None:
        """Select the layers whose lines the user has selected."""
        if self.source is None:
            return
        lines = self.source.nodes[first : last + 1]
        nodes = [node for node in dict.fromkeys(lines) if node is not None]
        if nodes:
            self._leading = True
            self._selection.select(nodes, nodes[0])
            self._leading = False
            self.chosen.emit()

    def _select(self, node: str | None) -> None:
        if node is not None:
            self._selection.select([node], node)
            self.chosen.emit()

    def _follow(self) -> None:
        """Mark the lines of the selected layers, and scroll to those of the current layer."""
        if self.source is None or not self.isVisible():
            return
        lines = self.source.lines
        self.code.mark(sorted(line for node in self._selection.nodes for line in lines.get(node, ())))
        current = lines.get(self._selection.current or "", ())
        if current and not self._leading and not any(self.code.shows(line) for line in current):
            self.code.go_to(current[0])

    # Its parts.

    def _make_head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QButtonGroup(head)
        self.choices: dict[Framework, QPushButton] = {}
        for framework, title in FRAMEWORKS.items():
            button = tab_button(title)
            button.setCheckable(True)
            button.setAccessibleName(self.tr("Code of {framework}").format(framework=title))
            button.clicked.connect(lambda _=False, framework=framework: self.set_framework(framework))
            group.addButton(button)
            self.choices[framework] = button
            row.addWidget(button)
        first, second = self.choices.values()
        first.setStyleSheet("border-top-right-radius: 0; border-bottom-right-radius: 0;")
        second.setStyleSheet("border-top-left-radius: 0; border-bottom-left-radius: 0;")
        self.choices[self.framework].setChecked(True)
        self.copy_button = tab_button(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Put the whole code on the clipboard"))
        self.copy_button.clicked.connect(self.copy)
        self.save_button = tab_button(self.tr("Save …"))
        self.save_button.setToolTip(self.tr("Write the code to a file"))
        self.save_button.clicked.connect(self.save)
        for button in (self.copy_button, self.save_button):
            row.addSpacing(6)
            row.addWidget(button)
        return head

    def _lay_out(self) -> None:
        self._written_page = QWidget()
        self._page = packed_column(self._written_page)
        self._page.addWidget(self._note)
        self._empty = QWidget()
        empty = packed_column(self._empty)
        empty.addWidget(self._why)
        empty.addWidget(self._problems)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_layer)
        buttons.addWidget(self.as_pytorch)
        buttons.addStretch(1)
        empty.addLayout(buttons)
        empty.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._written_page)
        packed_column(self).addWidget(self._stack, 1)

    def _title(self) -> str:
        return FRAMEWORKS[self.framework]
