"""Which sweeps can be shown: those kept on this machine, files elsewhere, and databases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMenu, QPushButton

from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.quoting import quoted
from cnnviz.sweeps.storage import is_url, sweeps_folder
from cnnviz.sweeps.watching import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.sweeps.watching import SweepSnapshot

Entry = tuple[str, tuple[str, str]]
"""A title, and the storage and the name of a sweep; the name is empty for the newest sweep of a storage."""


def entries(kept: Sequence[Path], storage: str, snapshot: SweepSnapshot | None) -> list[Entry]:
    """What the list of sweeps offers; ``storage`` is the storage that is shown, and ``snapshot`` what it contains."""
    places = [str(path) for path in kept]
    if storage and storage not in places:
        places.insert(0, storage)
    found: list[Entry] = []
    for place in places:
        title = place.rpartition("/")[2] if is_url(place) else shown(Path(place).stem)
        names = snapshot.names if snapshot is not None and place == storage else ()
        if len(names) > 1:
            found += [(name if name == title else f"{title} · {name}", (place, name)) for name in names]
        else:
            found.append((title, (place, names[0] if names else "")))
    return found


class OpenButton(QPushButton):
    """Asks for a file or a database; ``chosen(where)`` carries its path or URL, ``failed(str)`` what is wrong with a
    URL."""

    chosen = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setText(self.tr("Open …"))
        self.setToolTip(self.tr("Show a sweep that is kept elsewhere, also while other machines work on it"))
        menu = QMenu(self)
        menu.addAction(self.tr("A file …")).triggered.connect(lambda _=False: self._ask_file())
        menu.addAction(self.tr("A database …")).triggered.connect(lambda _=False: self._ask_database())
        self.setMenu(menu)

    def _ask_file(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in (*SUFFIXES, ".db"))
        filters = f"{self.tr('Sweeps')} ({kinds});;{self.tr('All files')} (*)"
        title = self.tr("Open a sweep")
        chosen, _ = QFileDialog.getOpenFileName(self, title, to_unicode(sweeps_folder()), filters)
        if chosen:
            self.chosen.emit(str(from_unicode(chosen)))

    def _ask_database(self) -> None:
        label = self.tr("URL of the database, such as postgresql://user:password@host/name")
        url, agreed = QInputDialog.getText(self, self.tr("Open a sweep"), label, QLineEdit.EchoMode.Normal)
        if not agreed or not url.strip():
            return
        if is_url(url):
            self.chosen.emit(url.strip())
        else:
            sentence = self.tr("“{text}” is not the URL of a database, such as postgresql://user:password@host/name.")
            self.failed.emit(sentence.format(text=quoted(url.strip())))
