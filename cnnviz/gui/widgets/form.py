"""A form made from a list of parameters, such as those of a layer class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.widgets.allowed_values import expected
from cnnviz.gui.widgets.fields import Field, field_for
from cnnviz.gui.widgets.focus_order import stops
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Layer
    from cnnviz.parameters import Parameter


MOST_PAGES = 16
"""The most pages that a form keeps: making the fields of a layer takes longer than an edit of its network."""
MOST_WIDTH = 130
"""The largest width of a field beside its name, in pixels."""


def layer_values(layer: Layer) -> dict[str, object]:
    """The parameter values of a layer, for a form."""
    return {parameter.name: getattr(layer, parameter.name) for parameter in layer.parameters()}


@dataclass(frozen=True)
class _Row:
    widget: QWidget
    column: QVBoxLayout
    field: Field
    complaint: PlainLabel
    remark: PlainLabel


@dataclass(frozen=True)
class _Page:
    """The fields of ``parameters``, in a widget of their own."""

    parameters: tuple[Parameter, ...]
    widget: QWidget
    rows: dict[str, _Row]


class Form(QWidget):
    """For each parameter a field, a help line and, for a wrong input, a sentence.

    ``edited(name, value)`` follows an edit by the user to an allowed value; :meth:`set_values` does not emit it.
    ``refused(sentence)`` follows Enter and leaving the field with a text that is not allowed, which remains in the
    field. ``gestureEnded`` ends a series of edits that are merged for undo, such as a button held down.
    """

    edited = Signal(str, object)
    refused = Signal(str)
    gestureEnded = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._page = _Page((), QWidget(), {})
        self._pages = [self._page]
        """The pages that were shown last, the present one at the end."""
        self._mark = QWidget(self)
        """An invisible widget that keeps the form's place in the tab order."""
        self._mark.setObjectName("mark")
        self._mark.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._mark.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._page.widget)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the fields."""
        return self._page.parameters

    @property
    def _rows(self) -> dict[str, _Row]:
        return self._page.rows

    def set_parameters(self, parameters: tuple[Parameter, ...]) -> None:
        """Show the fields of these parameters; they are created if they were not shown recently."""
        if parameters == self.parameters:
            return
        self.restore()
        self._page.widget.hide()
        page = next((page for page in self._pages if page.parameters == parameters), None)
        if page is None:
            self._page = self._make_page(parameters)
        else:
            self._pages.remove(page)
            self._page = page
        self._pages.append(self._page)
        self._page.widget.show()
        for dropped in self._pages[:-MOST_PAGES]:
            self._column.removeWidget(dropped.widget)
            dropped.widget.deleteLater()
        del self._pages[:-MOST_PAGES]

    def _make_page(self, parameters: tuple[Parameter, ...]) -> _Page:
        page = _Page(parameters, QWidget(self), {parameter.name: self._make_row(parameter) for parameter in parameters})
        column = QVBoxLayout(page.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for row in page.rows.values():
            column.addWidget(row.widget)
        self._column.addWidget(page.widget)
        self._order_focus(page)
        return page

    def _order_focus(self, page: _Page) -> None:
        """Set the tab order from field to field; otherwise new fields would be at the end of the window's order."""
        before = self._mark
        for row in page.rows.values():
            for part in stops(row.field):
                QWidget.setTabOrder(before, part)
                before = part

    def set_values(self, values: Mapping[str, object]) -> None:
        """Set the values; text being typed is kept in fields whose value is unchanged."""
        for name, value in values.items():
            self._rows[name].field.set_value(value)

    def restore(self) -> None:
        """Discard text being typed, because the form now shows another object."""
        for row in self._rows.values():
            row.field.restore()

    def apply(self) -> None:
        """Apply the text being typed, if it is allowed, because the user leaves the form."""
        for row in list(self._rows.values()):
            row.field.apply()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for page in self._pages:
            for row in page.rows.values():
                row.field.set_theme(theme)

    def show_only(self, names: frozenset[str]) -> None:
        """Show the rows of these parameters only; text being typed in hidden rows is discarded."""
        for name, row in self._rows.items():
            if name not in names:
                row.field.restore()
            row.widget.setVisible(name in names)

    def field(self, name: str) -> Field:
        """The field of a parameter."""
        return self._rows[name].field

    def complaint(self, name: str) -> str:
        """The sentence under a field; empty if its input is right."""
        label = self._rows[name].complaint
        return "" if label.isHidden() else label.text()

    def set_remarks(self, remarks: Mapping[str, str]) -> None:
        """Show a remark below the help line of each of these parameters; an empty text hides it."""
        for name, remark in remarks.items():
            label = self._rows[name].remark
            label.setText(remark)
            label.setVisible(bool(remark))

    def remark(self, name: str) -> str:
        """The remark of a parameter."""
        return self._rows[name].remark.text()

    def add_below(self, name: str, widget: QWidget) -> None:
        """Add a widget below the field of a parameter, above its help line."""
        row = self._rows[name]
        row.column.insertWidget(row.column.indexOf(row.complaint) + 1, widget)

    def _make_row(self, parameter: Parameter) -> _Row:
        widget = QWidget()
        column = QVBoxLayout(widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        field = field_for(parameter, self._theme)
        title = PlainLabel(text(parameter.title))
        title.setBuddy(field)
        unit = PlainLabel(text(Sentence(parameter.unit)))
        unit.setProperty("role", "muted")
        help_text = text(Sentence(parameter.help))
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(title)
        head.addWidget(unit)
        head.addStretch(1)
        column.addLayout(head)
        if field.wide:
            column.addWidget(field)
        else:
            field.setMaximumWidth(MOST_WIDTH)
            head.addWidget(field)
        complaint = _wrapped_label("", "error")
        complaint.hide()
        column.addWidget(complaint)
        column.addWidget(_wrapped_label(help_text, "muted"))
        remark = _wrapped_label("", "muted")
        remark.hide()
        column.addWidget(remark)
        for part in (title, field):
            part.setToolTip(help_text)
        proxy = field.focusProxy()
        if proxy is not None and not proxy.accessibleName():
            proxy.setAccessibleName(title.text())
        field.judged.connect(lambda ok: self._judge(parameter, field, complaint, ok))
        field.refused.connect(lambda text: self.refused.emit(self._refusal(parameter, title.text(), text)))
        field.edited.connect(lambda value: self.edited.emit(parameter.name, value))
        field.gestureEnded.connect(self.gestureEnded)
        return _Row(widget, column, field, complaint, remark)

    def _judge(self, parameter: Parameter, field: Field, complaint: PlainLabel, ok: bool) -> None:
        if not ok:
            stays = self.tr("Until then it stays {value}; Esc shows it again.").format(value=field.value_text())
            complaint.setText(f"{expected(parameter)} {stays}")
        complaint.setVisible(not ok)
        field.describe(complaint.text())

    def _refusal(self, parameter: Parameter, title: str, text: str) -> str:
        sentence = self.tr("“{text}” is no value for {parameter}. {expected}")
        return sentence.format(text=quoted(text), parameter=title, expected=expected(parameter))


def _wrapped_label(text: str, role: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setFont(small_font(label.font()))
    return label
