"""Exporting the drawn network as a picture, to a file or the clipboard."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage

from cnnviz.files import cause, shown, write_atomically
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.language import text
from cnnviz.gui.widgets import save
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.layer_times import LayerTimes
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot

KINDS = {"svg": "SVG", "png": "PNG", "pdf": "PDF", "npz": "NPZ"}
"""The last one holds no picture, but the numbers of the maps that are drawn."""
PATIENCE_MILLISECONDS = 3000
"""How long to wait for the maps, in milliseconds; missing maps are left empty."""


class PictureExport(QObject):
    """Writes the whole network as drawn on ``canvas``; ``message`` reports the file, ``failed`` an error.

    ``questions`` ask for all maps in the picture, visible or not; ``beside(ending)`` returns a path for a file
    with the project's name.
    """

    message = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        editor: ProjectEditor,
        canvas: Canvas,
        times: LayerTimes,
        bridge: Bridge,
        beside: Callable[[str], Path],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._editor, self._canvas, self._times, self._bridge = editor, canvas, times, bridge
        self._beside, self._window = beside, window
        self.questions: Questions = frozenset()
        self._path: Path | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MILLISECONDS)
        self._patience.timeout.connect(self._finish)
        bridge.snapshot.connect(self._finish_if_answered)

    def ask(self) -> None:
        """Ask for a file name, whose ending determines the format, and write the picture to it."""
        if not self._editor.project.network.nodes:
            self.failed.emit(self.tr("There is nothing to draw yet: add layers to the canvas first."))
            return
        path = save.ask_path(self._window, self.tr("Export the picture"), "picture", self._beside(".svg"), KINDS)
        if path is not None:
            self.write(path)

    def copy(self) -> None:
        """Copy the picture to the clipboard, with the maps that are available now."""
        from cnnviz.gui.builder import picture

        if not self._editor.project.network.nodes:
            self.failed.emit(self.tr("There is nothing to draw yet: add layers to the canvas first."))
            return
        QGuiApplication.clipboard().setImage(QImage.fromData(picture.png(self._scene_for_export())))
        self.message.emit(self.tr("The picture of the network is on the clipboard."))

    def write(self, path: Path) -> None:
        """Write the picture to a file, as soon as all of its maps are available."""
        # imported here, because most windows never export anything and so open sooner
        from cnnviz.gui.builder.picture import area_of

        if path.suffix.lower().removeprefix(".") not in KINDS:
            sentence = self.tr(
                "A picture cannot be written as “{path}”: its name should end with .svg, .png, .pdf or .npz."
            )
            self.failed.emit(sentence.format(path=shown(path)))
            return
        if self._path is not None:
            self._finish()
        self._path = path
        scene = self._scene_for_export()
        self.questions = scene.questions(area_of(scene))
        if self._bridge.shown is None:
            self._finish()
        else:
            self._patience.start()
            self._finish_if_answered(self._bridge.shown)

    def _finish_if_answered(self, snapshot: Snapshot | None) -> None:
        """Write the picture if a snapshot has all answers that are awaited."""
        if self._path is None or snapshot is None:
            return
        if all(snapshot.answer(question) is not None for question in self.questions):
            self._finish()

    def _scene_for_export(self) -> GraphScene:
        from cnnviz.gui.builder.picture import scene_for_export

        shown = self._canvas.scene()
        assert isinstance(shown, GraphScene)
        editor = self._editor
        return scene_for_export(shown, editor.project, editor.report, self._times.by_node(), self._bridge.shown)

    def _finish(self) -> None:
        from cnnviz.gui.builder import picture

        path, self._path, self.questions = self._path, None, frozenset()
        self._patience.stop()
        assert path is not None
        scene = self._scene_for_export()
        try:
            match path.suffix.lower():
                case ".svg":
                    data = picture.svg(scene, shown(path.stem))
                case ".pdf":
                    data = picture.pdf(scene, shown(path.stem))
                case ".npz":
                    data = as_npz(self._bridge.shown)
                case _:
                    data = picture.png(scene)
            write_atomically(path, data)
        except OSError as error:
            sentence = self.tr("The picture could not be saved as “{path}”: {reason}. Another folder may do.")
            self.failed.emit(sentence.format(path=shown(path), reason=text(cause(error))))
        else:
            self.message.emit(self.tr("The picture is saved as “{path}”.").format(path=shown(path)))


def as_npz(snapshot: Snapshot | None) -> bytes:
    """The maps of a snapshot as the content of a file that numpy loads: for each node its values, float32 (n, H, W) or
    (n,), and under ``NODE.channels`` the channels that they are of."""
    content = BytesIO()
    # not numpy.savez: a layer may be called as one of its arguments
    with ZipFile(content, "w", ZIP_DEFLATED) as file:
        for node, maps in ({} if snapshot is None else snapshot.by_node(MapsOf)).items():
            if maps.channels:
                file.writestr(f"{node}.npy", as_npy(maps.values))
                file.writestr(f"{node}.channels.npy", as_npy(np.array(maps.channels)))
    return content.getvalue()
