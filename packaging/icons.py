"""The project's SVG icons as the pictures that desktops want: PNG in all sizes, .ico for Windows, .icns for macOS.

Needs PySide6: build.py runs it in the environment that it has made. ``python icons.py SVG FOLDER``
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Sides in pixels of the PNG icons."""
_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
_ICNS_KINDS = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def png(svg: Path, side: int) -> bytes:
    """The picture as PNG, ``side`` pixels wide and high, transparent around it; raises ValueError for a bad SVG."""
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise ValueError(f"{svg} is not an SVG picture.")
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(content.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon of PNG pictures by their side, which is at most 256."""
    header = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(header) + 16 * len(pictures)
    entries, content = b"", b""
    for side, picture in sorted(pictures.items()):
        entries += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(picture), offset + len(content))
        content += picture
    return header + entries + content


def icns(pictures: dict[int, bytes]) -> bytes:
    """A macOS icon of PNG pictures by their side, a power of 2 from 16 to 1024."""
    content = b"".join(
        _ICNS_KINDS[side] + struct.pack(">I", 8 + len(picture)) + picture for side, picture in sorted(pictures.items())
    )
    return b"icns" + struct.pack(">I", 8 + len(content)) + content


def write(svg: Path, folder: Path) -> None:
    """Write ``SIDE.png`` of every size and ``NAME.ico`` and ``NAME.icns`` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {side: png(svg, side) for side in {*SIZES, *_ICO_SIZES, *_ICNS_KINDS}}
    for side in SIZES:
        (folder / f"{svg.stem}-{side}.png").write_bytes(pictures[side])
    (folder / f"{svg.stem}.ico").write_bytes(ico({side: pictures[side] for side in _ICO_SIZES}))
    (folder / f"{svg.stem}.icns").write_bytes(icns({side: pictures[side] for side in _ICNS_KINDS}))


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
