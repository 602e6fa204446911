"""Saving widgets as PNG or SVG files. A file is moved into place only when it is complete."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsItem, QGraphicsView, QWidget

from cnnviz.files import from_unicode, to_unicode, write_atomically
from cnnviz.gui.file_places import beginning, remember
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.settings import FileKind

ENLARGED = 2
"""Pixels of a PNG per pixel on screen."""


def picture(widget: QWidget) -> QImage:
    """A widget as an image, enlarged for printing."""
    image = QImage(widget.size() * ENLARGED, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ENLARGED)
    image.fill(widget.palette().window().color())
    with _drawn_anew(widget):
        widget.render(image)
    return image


@contextmanager
def _drawn_anew(widget: QWidget) -> Iterator[None]:
    """Meanwhile every item in the graphics views of a widget is drawn: kept pixmaps have the resolution of the
    screen."""
    views = [view for view in (widget, *widget.findChildren(QGraphicsView)) if isinstance(view, QGraphicsView)]
    items = [item for view in views for item in view.scene().items()]
    kept = [(item, mode) for item in items if (mode := item.cacheMode()) != QGraphicsItem.CacheMode.NoCache]
    for item, _ in kept:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    try:
        yield
    finally:
        for item, mode in kept:
            item.setCacheMode(mode)


def device_for(data: QByteArray) -> QBuffer:
    """A device that writes into ``data``; the caller must keep a reference while writing."""
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def as_png(image: QImage) -> bytes:
    """An image as the content of a PNG file."""
    data = QByteArray()
    device = device_for(data)
    QImageWriter(device, QByteArray(b"png")).write(image)
    return bytes(data.data())


def save_png(widget: QWidget, path: Path) -> None:
    """Write a widget as PNG; raises OSError if that fails."""
    write_atomically(path, as_png(picture(widget)))


def save_svg(widget: QWidget, path: Path, title: str) -> None:
    """Write a widget as SVG; raises OSError if that fails."""
    data = QByteArray()
    device = device_for(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(device)
    generator.setSize(QSize(widget.size()))
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(quoted(title))
    with QPainter(generator) as painter, _drawn_anew(widget):
        widget.render(painter, QPoint())
    write_atomically(path, bytes(data.data()))


def ask_path(parent: QWidget, title: str, kind: FileKind, suggested: Path, formats: Mapping[str, str]) -> Path | None:
    """Ask for the path of the file to write; None if the user cancels. ``formats`` maps each offered suffix to its
    name.

    The dialog begins in the folder that was used last for files of this kind, else in the folder of
    ``suggested``. It asks before it overwrites a file.
    """
    suggested = beginning(kind, suggested)
    filters = {f"{name} (*.{suffix})": suffix for suffix, name in formats.items()}
    dialog = QFileDialog(parent, title, to_unicode(suggested.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    # the dialog must know the suffix; otherwise it would ask about overwriting another file
    dialog.setDefaultSuffix(next(iter(formats)))
    dialog.selectFile(to_unicode(suggested.name))

    def choose(name_filter: str) -> None:
        dialog.setDefaultSuffix(filters[name_filter])
        name = Path(next(iter(dialog.selectedFiles()), suggested.name))
        if name.suffix.removeprefix(".") in formats:
            dialog.selectFile(name.with_suffix(f".{filters[name_filter]}").name)

    dialog.filterSelected.connect(choose)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return None
    path = from_unicode(chosen[0])
    remember(kind, path)
    return path
