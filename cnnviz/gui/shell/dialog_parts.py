"""How dialogs are laid out: the column of their parts, and the row of buttons at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLayout, QPushButton, QVBoxLayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QDialog, QWidget

    from cnnviz.gui.widgets.plain import PlainLabel


def dialog_column(dialog: QDialog, spacing: int = 10) -> QVBoxLayout:
    """The column in which the parts of a dialog stand."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 18, 20, 16)
    column.setSpacing(spacing)
    return column


def lay_out_question(dialog: QDialog, labels: Iterable[PlainLabel], parts: Iterable[QWidget], width: int) -> None:
    """Lay out wrapped texts of this width with parts below them; the height of the dialog follows from the texts."""
    column = dialog_column(dialog, 12)
    column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
    for label in labels:
        label.setWordWrap(True)
        label.setFixedWidth(width)
        column.addWidget(label)
    for part in parts:
        column.addWidget(part)


def button_row(dialog: QDialog, left: Iterable[QPushButton], right: Iterable[QPushButton]) -> QHBoxLayout:
    """Buttons at the left and at the right, and Close at the end. Enter in a field presses none of them."""
    row = QHBoxLayout()
    for button in left:
        row.addWidget(button)
    row.addStretch(1)
    for button in right:
        row.addWidget(button)
    close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close.rejected.connect(dialog.reject)
    row.addWidget(close)
    # those in the dialog and in this row, which belongs to no dialog yet
    for button in (*dialog.findChildren(QPushButton), *left, *right, *close.findChildren(QPushButton)):
        button.setAutoDefault(False)
    return row


def cancel_and(title: str) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel, and the button with this title that accepts a dialog."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
    accept = buttons.addButton(title, QDialogButtonBox.ButtonRole.AcceptRole)
    accept.setProperty("primary", True)
    return buttons, accept
