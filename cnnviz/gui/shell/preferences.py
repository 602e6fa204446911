"""The preferences: whether runs are recorded, how much room their moments may take, and where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from cnnviz import numerals, settings
from cnnviz.files import cause, to_unicode
from cnnviz.gui.language import text
from cnnviz.gui.localized import memory
from cnnviz.gui.shell.dialog_parts import dialog_column
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.error_label import ErrorLabel
from cnnviz.gui.widgets.front import show_in_front
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.runs.recorder import RECORD, environment_allows_recording, runs_folder
from cnnviz.sentence import plural

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, NUMBER_WIDTH = 520, 120
"""The widths of the dialog and of the field of a number, in pixels."""
MEGABYTE = 10**6
BYTES_OF_PARAMETER = 4
"""A moment holds the parameters as float32."""


class PreferencesDialog(QDialog):
    """Shows the settings about recorded runs; a change is kept at once, and holds for runs that begin afterwards.

    ``parameters`` is the number of parameters of the network in the window.
    """

    def __init__(self, parameters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self._parameters = parameters
        kept_settings = settings.load()
        self.record = QCheckBox(self.tr("Record every run"))
        self.record.setChecked(kept_settings.record and environment_allows_recording())
        self.record.setEnabled(environment_allows_recording())
        if not environment_allows_recording():
            self.record.setToolTip(
                self.tr("The environment variable {name} switches recording off.").format(name=RECORD)
            )
        self.run_megabytes = self._box("run_megabytes", kept_settings.run_megabytes)
        self.all_megabytes = self._box("all_megabytes", kept_settings.all_megabytes)
        about = MutedLabel(
            self.tr(
                "Curves and numbers are always kept whole. Moments, the weights at some of the steps, are thinned out"
                " until they fit; the first, the best, the last, and those with a name or a pin always stay. A change"
                " holds for runs that begin afterwards."
            )
        )
        self.fitting, self.error = MutedLabel(), ErrorLabel(lines=1)
        self.place = ElidedLabel()
        self.place.setText(to_unicode(runs_folder()))
        self.show_folder = QPushButton(self.tr("Show the folder"))
        self.show_folder.setAutoDefault(False)
        self.show_folder.clicked.connect(self._show_folder)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.record.toggled.connect(lambda record: self._keep(record=record))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (title, field, widget) in enumerate(
            (
                (self.tr("Moments of a run"), self.run_megabytes, _with_unit(self.run_megabytes)),
                (self.tr("Moments of all runs"), self.all_megabytes, _with_unit(self.all_megabytes)),
                (self.tr("Folder"), self.place, _beside(self.place, self.show_folder)),
            )
        ):
            field.setAccessibleName(title)
            grid.addWidget(PlainLabel(title), row, 0)
            grid.addWidget(widget, row, 1)
        heading = PlainLabel(self.tr("Recorded runs"))
        heading.setStyleSheet("font-weight: 600")
        column = dialog_column(self)
        for part in (heading, self.record, about):
            column.addWidget(part)
        column.addLayout(grid)
        column.addWidget(self.fitting)
        column.addWidget(self.error)
        column.addStretch(1)
        column.addWidget(buttons)
        self.setMinimumWidth(WIDTH)
        self._show()

    def _box(self, name: str, value: int) -> NumberBox:
        box = NumberBox(1, settings.MOST_MEGABYTES[name], whole=True, parent=self)
        box.set_value(value)
        box.edited.connect(lambda megabytes: self._keep(**{name: megabytes}))
        return box

    def _keep(self, **changes: int) -> None:
        kept = settings.save(replace(settings.load(), **changes))  # type: ignore[arg-type]
        self.error.say("" if kept else self.tr("The preferences could not be saved. The log says why."))
        self._show()

    def _show(self) -> None:
        recorded = self.record.isChecked()
        for field in (self.run_megabytes, self.all_megabytes):
            field.setEnabled(recorded)
        size = BYTES_OF_PARAMETER * self._parameters
        count = 0 if size == 0 else int(self.run_megabytes.value() * MEGABYTE // size)
        if not recorded or size == 0:
            self.fitting.setText("")
        elif count == 0:
            self.fitting.setText(
                self.tr("A moment of this network has {size}: beside those that always stay none fits.").format(
                    size=memory(size)
                )
            )
        else:
            self.fitting.setText(
                text(
                    plural(
                        "About {count} moments of this network fit into a run, {size} each.",
                        "About one moment of this network fits into a run, {size}.",
                        count,
                        size=numerals.memory(size),
                    )
                )
            )

    def _show_folder(self) -> None:
        folder: Path = runs_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._fail(text(cause(error)))
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(to_unicode(folder))):
            self._fail(self.tr("this desktop opens no folders"))

    def _fail(self, reason: str) -> None:
        self.error.say(self.tr("The folder could not be shown: {reason}.").format(reason=reason))


def show_preferences(parameters: int, window: QWidget) -> None:
    """Show the preferences over a window; if they are open already, bring them to the front."""
    found = window.findChild(PreferencesDialog)
    dialog = found if isinstance(found, PreferencesDialog) else PreferencesDialog(parameters, window)
    show_in_front(dialog)


def _with_unit(box: NumberBox) -> QWidget:
    box.setFixedWidth(NUMBER_WIDTH)
    return _beside(box, PlainLabel("MB"))


def _beside(*parts: QWidget) -> QWidget:
    row = QHBoxLayout(together := QWidget())
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, int(isinstance(part, ElidedLabel)))
    if isinstance(parts[0], NumberBox):
        row.addStretch(1)
    return together
