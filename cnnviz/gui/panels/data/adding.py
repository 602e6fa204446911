"""The button of the data page that adds a folder or file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from cnnviz.files import from_unicode, to_unicode
from cnnviz.gui import file_places

SUFFIXES = ("npz", "npy", "csv", "tsv", "parquet", "gz")


class AddButton(QPushButton):
    """``picked(Path)`` carries the folder or file that the user has chosen."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Add a folder or file …"))
        self.setToolTip(self.tr("They can also be dropped on the window"))
        self.setMenu(menu := QMenu(self))
        menu.addAction(self.tr("A folder of pictures or files …"), self._ask_folder)
        menu.addAction(self.tr("A file: npz, CSV, Parquet, IDX …"), self._ask_file)

    def _ask_folder(self) -> None:
        # the dialogs take a folder, and not the suggested name of a file
        start = to_unicode(file_places.beginning("picture", Path("pictures")).parent)
        self._take(QFileDialog.getExistingDirectory(self, self.tr("Add a folder of images"), start))

    def _ask_file(self) -> None:
        start = to_unicode(file_places.beginning("picture", Path("images")).parent)
        patterns = " ".join(f"*.{suffix}" for suffix in SUFFIXES)
        kinds = f"{self.tr('Images')} ({patterns});;{self.tr('All files')} (*)"
        self._take(QFileDialog.getOpenFileName(self, self.tr("Add a file of images"), start, kinds)[0])

    def _take(self, chosen: str) -> None:
        if chosen:
            path = from_unicode(chosen)
            file_places.remember("picture", path)
            self.picked.emit(path)
