"""The Settings tab of the Layer place: a layer's description, parameters and problems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import spell
from cnnviz.gui.panels.settings.frozen_box import FrozenBox
from cnnviz.gui.widgets.breaking import breakable
from cnnviz.gui.widgets.form import Form, layer_values
from cnnviz.gui.widgets.input_list import InputList
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.problem_rows import ProblemRows
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.network.graph import Edge, GraphError
from cnnviz.network.layers import Concat, Layer, ParameterError
from cnnviz.parameters import title
from cnnviz.project import edits
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.theme import Theme
    from cnnviz.project.project import Project

GAP = 8
"""Pixels between the form and the problems below it."""
SHORT = 16
"""Brackets in a formula up to this many characters are not broken into lines."""


class SettingsPanel(Panel):
    """Shows the current layer of the selection, and edits it through the editor.

    ``message`` reports a refused edit; ``left`` follows Esc.
    """

    left = Signal()

    def __init__(
        self, editor: ProjectEditor, selection: Selection, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self._key = editor.new_key()
        self._shown: str | None = None
        """The displayed layer, to which text typed into the form belongs."""
        self._shown_project = editor.project
        """The project at the last change; the selection changes before the editor reports an edit or undo."""
        self._title = _text("")
        # a long name must not make the column wider than the panel, where the form would be cut
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._summary = _text("")
        self._formula = _text("muted")
        self._formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problems = ProblemRows(editor, theme)
        self._problems.refused.connect(self.message)
        self.inputs = InputList(theme)
        self.inputs.moved.connect(self._move_input)
        self.inputs.removed.connect(self._disconnect)
        self.form = Form(theme)
        self.form.edited.connect(self._edit)
        self.form.refused.connect(self.message)
        self.form.gestureEnded.connect(self._end_gesture)
        self.frozen = FrozenBox(editor)
        self._hint = _text("muted")

        self._scroll = scroll = ScrolledColumn(
            self._title, self._summary, self._formula, self.inputs, self.form, self.frozen, self._hint
        )
        self._below = ScrolledColumn(self._problems)
        self._below.column.setContentsMargins(0, GAP, 0, 0)
        self._below.inside.installEventFilter(self)
        scroll.column.setContentsMargins(0, 0, 8, 0)
        scroll.column.setSpacing(GAP)
        scroll.setAccessibleName(self.tr("Settings of the layer"))
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._outer = outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        # below the form, so that a new problem does not move the field in which the user types
        outer.addWidget(self._below)

        selection.changed.connect(self._follow_selection)
        editor.opened.connect(self.form.restore)
        editor.changed.connect(self._changed)
        editor.fixesFound.connect(self._show_fixes)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.form.set_theme(theme)
        self.inputs.set_theme(theme)
        self._problems.set_theme(theme)

    def apply_typed(self) -> None:
        """See :meth:`Panel.apply_typed`."""
        self.form.apply()

    def begin(self) -> None:
        """Focus the first setting."""
        names = [parameter.name for parameter in self.form.parameters]
        if names:
            self.form.field(names[0]).setFocus(Qt.FocusReason.TabFocusReason)
        elif not self.inputs.isHidden():
            self.inputs.setFocus(Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def hint(self) -> str:
        """The text shown instead of a form; empty if there is a form."""
        return "" if self._hint.isHidden() else self._hint.text()

    def _node(self) -> str | None:
        """The layer to show: the current one, if exactly one is selected; else None."""
        node = self._selection.current
        if len(self._selection.nodes) != 1 or node not in self._editor.project.network.nodes:
            return None
        return node

    def _follow_selection(self) -> None:
        """Show another layer after the selection has changed.

        If the user has selected it, text typed for the previous layer is applied first; if an edit or undo has changed
        the selection, the text is dropped.
        """
        if self._shown != self._node() and self._editor.project is self._shown_project:
            self.form.apply()
        self._refresh()

    def _changed(self, old: Project, new: Project) -> None:
        self._shown_project = new
        if old.network != new.network or old.recipe != new.recipe:
            self._refresh()

    def _refresh(self) -> None:
        with self._scroll.laid_out_once():
            self._show_node()

    def _show_node(self) -> None:
        node = self._node()
        if node != self._shown:
            self.form.restore()
            self._shown = node
        layer = None if node is None else self._editor.project.network[node]
        problems = self._editor.report.at(node) if node is not None else ()
        for part in (self._title, self._summary, self._formula):
            part.setVisible(layer is not None)
        self._below.setVisible(bool(problems))
        self.form.setVisible(layer is not None and bool(layer.parameters()))
        self._show_inputs(node, layer)
        self._show_note(layer)
        self.frozen.show_node(node)
        if node is None or layer is None:
            return
        self._title.setText(breakable(f"{node} · {layer.kind}"))
        self._summary.setText(text(Sentence(layer.summary)))
        self._formula.setText(unbroken(text(Sentence(layer.formula))))
        self.form.set_parameters(layer.parameters())
        self.form.set_values(layer_values(layer))
        self._problems.show_problems(problems)
        if problems:
            self._editor.try_first(node)

    def _show_fixes(self) -> None:
        if (node := self._node()) is not None:
            self._problems.show_problems(self._editor.report.at(node))

    def _fit_problems(self) -> None:
        """Give the problems the height that they need, but not more than half of the panel."""
        height = max(0, min(self._below.height_for(self.width()), self.height() // 2))
        if height == self._below.height():
            return
        self._below.setFixedHeight(height)
        self._outer.activate()
        focused = self.focusWidget()
        if focused is not None and self.form.isAncestorOf(focused):
            self._scroll.ensureWidgetVisible(focused, 0, GAP)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of the problems: rows and buttons are added one after the other."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_problems()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the sentences of the problems wrap in other places."""
        super().resizeEvent(event)
        self._fit_problems()

    def _show_inputs(self, node: str | None, layer: Layer | None) -> None:
        """Show the inputs of a layer that joins paths, in their order."""
        sources = self._editor.project.network.inputs[node] if node is not None else ()
        joins = layer is not None and layer.most_inputs is None and bool(sources)
        self.inputs.setVisible(joins)
        if node is None or not joins:
            return
        reports = self._editor.report.nodes
        shapes = [reports[source].output if source in reports else None for source in sources]
        spelled_shapes = ["?" if shape is None else spell(shape) for shape in shapes]
        if isinstance(layer, Concat):
            note = self.tr("Their maps are joined in this order. Alt+Up and Alt+Down move an input.")
        else:
            note = self.tr("The result is the same in any order. Alt+Up and Alt+Down move an input.")
        self.inputs.show_inputs(node, list(zip(sources, spelled_shapes, strict=True)), note)

    def _show_note(self, layer: Layer | None) -> None:
        """Say below the form why there is nothing to set, or what to select; nothing if there is a form."""
        count = len(self._selection.nodes)
        if layer is not None:
            note = "" if layer.parameters() or not self.inputs.isHidden() else self.tr("There is nothing to set.")
        elif count > 1:
            note = counted(
                "{count} layers are selected. Select a single one to change its settings.",
                "1 layer is selected.",
                count,
            )
        else:
            note = self.tr("Select a layer on the canvas to see what it does and to change its settings.")
        self._hint.setText(note)
        self._hint.setVisible(bool(note))

    def _edit(self, name: str, value: object) -> None:
        node = self._shown
        if node is None or node not in self._editor.project.network.nodes:
            return
        label = self.tr("Set {parameter} of {node}").format(parameter=text(title(name)), node=node)
        try:
            project = edits.set_parameter(self._editor.project, node, name, value)
        except (GraphError, ParameterError) as error:
            self.message.emit(error_sentence(error))
            self._refresh()
            return
        self._editor.apply(label, project, self._key)

    def _move_input(self, port: int, to: int) -> None:
        node = self._node()
        assert node is not None
        label = self.tr("Move input {port} of {node}").format(port=port + 1, node=node)
        self._editor.apply(label, edits.reorder(self._editor.project, node, port, to))

    def _disconnect(self, port: int) -> None:
        node = self._node()
        assert node is not None
        edge = Edge(self._editor.project.network.inputs[node][port], node, port)
        self._editor.apply(self.tr("Disconnect"), edits.disconnect(self._editor.project, [edge]))

    def _end_gesture(self) -> None:
        self._key = self._editor.new_key()


def unbroken(formula: str) -> str:
    """A formula with no-break spaces in its brackets; long brackets can still wrap after a comma."""

    def unbroken_brackets(brackets: re.Match[str]) -> str:
        inside = brackets.group()
        return re.sub(" " if len(inside) <= SHORT else "(?<!,) ", "\u00a0", inside)

    return re.sub(r"[\[(][^\[\]()]*[\])]", unbroken_brackets, formula)


def _text(role: str) -> PlainLabel:
    label = PlainLabel()
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label
