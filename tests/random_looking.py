"""Random actions where a window looks inside: microscope, drawing, damage, recorded moments, pins, held moments."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.sample.damage_kinds import KINDS
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.tracing import Pixel
from cnnviz.project import edits

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
SCOPE_KEYS = (*"SSNBBWWWP", *("Escape", "Backspace", "Left", "Right", "Up", "Down"), *("PageUp", "PageDown", "Return"))
RATES = (100.0, 1e-3, 0.1)
"""The first one makes weights that are not numbers."""


class Looking:
    """Looks at random things in a window; ``files`` are pictures and others that are dropped and pasted."""

    def __init__(self, window: MainWindow, chance: random.Random, files: Sequence[Path]) -> None:
        self.window, self.chance, self.files = window, chance, files
        self.scope = window.panel(Microscope)
        self.acts: tuple[Callable[[], str], ...] = (
            *(self.open_value, self.open_weight, self.scope_key, self.scope_key, self.scope_key, self.scope_click),
            *(self.scrub, self.scrub, self.draw, self.damage, self.picture, self.pin, self.compare, self.point),
            *(self.replace_looked_at, self.sample, self.run, self.lose_run),
        )

    def node(self) -> str | None:
        """Some layer, most often the one that is looked at."""
        nodes = list(self.window.editor.project.network.nodes)
        place = self.scope.place
        if place is not None and place.node in nodes and self.chance.random() < 0.5:
            return place.node
        return self.chance.choice(nodes) if nodes else None

    def open_value(self) -> str:
        node, most = self.node(), self.chance.choice((1, 6, 40))
        if node is None:
            return "no layer"
        if self.chance.random() < 0.4:
            self.window.middle.look_into(node, self.chance.choice((None, 0, most)))
        else:
            self.window.middle.open(Place(node, *(self.chance.randrange(most) for _ in range(3))))
        return f"look into {node}"

    def open_weight(self) -> str:
        shown, place = self.window.bridge.shown, self.scope.place
        if place is None or not self.window.middle.is_deep:
            return "no weight"
        shapes = None if shown is None or shown.moment is None else shown.moment.shapes.nodes.get(place.node)
        parameters = {"weight": (4, 1, 3, 3)} if shapes is None or not shapes.parameters else shapes.parameters
        name, shape = self.chance.choice(list(parameters.items()))
        self.scope.open_weight(tuple(self.chance.randrange(max(1, size)) for size in shape), name)
        return f"look at a weight of {name}"

    def scope_key(self) -> str:
        name = self.chance.choice(SCOPE_KEYS)
        if self.window.middle.is_deep:
            QTest.keyClick(self.scope, getattr(Qt.Key, f"Key_{name}"))
        return f"{name} into the microscope"

    def scope_click(self) -> str:
        """A click into map, rows or controls of the microscope."""
        if not self.window.middle.is_deep:
            return "no microscope"
        sheet = self.scope.sheet
        parts = (sheet.map, sheet.rows.viewport(), sheet.table, sheet.strip, self.scope.whole.map)
        for part in self.chance.sample(parts, 2):
            if part.isVisible() and part.width() > 2 and part.height() > 2:
                at = QPoint(self.chance.randrange(part.width()), self.chance.randrange(part.height()))
                QTest.mouseMove(part, at)
                QTest.mouseClick(part, LEFT, pos=at)
        if self.chance.random() < 0.2:
            self.scope.bar.speed.setValue(self.scope.bar.speed.maximum())
        return "click into the microscope"

    def scrub(self) -> str:
        past, way = self.window.bench.past, self.chance.randrange(4)
        if way == 0:
            past.now()
        elif way == 1:
            past.move(self.chance.choice((-1, -1, 1)))
        else:
            for _ in range(self.chance.choice((1, 5))):
                past.go_to(self.chance.randrange(300))
                if self.chance.random() < 0.5:
                    QApplication.processEvents()
        return f"scrub {way}"

    def draw(self) -> str:
        sample, surface = self.window.sample, self.window.sample.drawing.surface
        if self.chance.random() < 0.3:
            self.window.show_sample(self.chance.choice(("pick", "draw")))
        if not surface.isVisible():
            return "no drawing"
        which = self.chance.randrange(4)
        if which == 0:
            strokes = surface.strokes
            surface.do(
                self.chance.choice(
                    (strokes.undo, strokes.redo, strokes.clear, strokes.invert, lambda: strokes.nudge(1, 2))
                )
            )
        else:
            self.chance.choice(list(sample.drawing.tools.values())).click()
            places = [
                QPoint(*(self.chance.randrange(-5, side + 5) for side in (surface.width(), surface.height())))
                for _ in "123"
            ]
            QTest.mousePress(surface, LEFT, pos=places[0])
            for place in places[1:]:
                QTest.mouseMove(surface, place)
                QApplication.processEvents()
                if self.chance.random() < 0.1:
                    self.window.show_sample("pick")
            QTest.mouseRelease(surface, LEFT, pos=places[-1])
        return f"draw {which}"

    def damage(self) -> str:
        part = self.window.sample.damage
        which = self.chance.randrange(5)
        if which == 0:
            self.chance.choice((part.undo, part.redo, part.reset)).click()
        elif which == 1:
            part.drag_cover(*(self.chance.uniform(-0.5, 1.5) for _ in "12"))
            if self.chance.random() < 0.7:
                part.end_drag()
        else:
            slider = part.sliders[self.chance.choice(KINDS).field]
            slider.setSliderDown(self.chance.random() < 0.3)
            slider.setValue(self.chance.randint(slider.minimum(), slider.maximum()))
            slider.setSliderDown(False)
        return f"damage {which}"

    def picture(self) -> str:
        data, which = QMimeData(), self.chance.randrange(3)
        if which == 0:
            image = QImage(
                self.chance.choice((1, 30, 200)), self.chance.choice((1, 31, 200)), QImage.Format.Format_RGB32
            )
            image.fill(QColor("white"))
            image.setPixelColor(0, 0, QColor("black"))
            data.setImageData(image)
        else:
            data.setUrls([QUrl.fromLocalFile(str(self.chance.choice(self.files)))])
        QGuiApplication.clipboard().setMimeData(data)
        self.window.actions_by_id["paste_picture"].trigger()
        return f"paste picture {which}"

    def pin(self) -> str:
        node = self.node()
        if node is not None:
            self.window.bench.pins.toggle(node, self.chance.choice((0, 1, 7, 400)))
        return "pin"

    def compare(self) -> str:
        shown = self.window.bridge.shown
        which = self.chance.randrange(3)
        if which == 0:
            held = None if shown is None or self.chance.random() < 0.3 else shown.moment
            self.window.bench.references.hold(held)
        else:
            panel = self.window.panel(MapsPanel)
            self.window.show_panel(self.chance.choice(("maps", "kernels")))
            since = self.chance.choice(("now", "start", "held"))
            if since != "held" or self.window.bench.references.held is not None:
                panel.compare.chosen.emit(since)
        return f"compare {which}"

    def point(self) -> str:
        """Point at a value or a pixel, as it may be beyond what the network has."""
        node, traces = self.node(), self.window.bench.traces
        at = [self.chance.randrange(40) for _ in "123"]
        target = self.chance.choice((None, Pixel(*at[:2]), None if node is None else Place(node, *at)))
        traces.point(self.chance.choice(("maps", "canvas")), target)
        return "point"

    def replace_looked_at(self) -> str:
        """Delete, rename or replace the layer that the microscope shows."""
        editor, node = self.window.editor, self.node()
        if node is None:
            return "no layer"
        which = self.chance.randrange(3)
        if which == 0:
            editor.apply("remove", edits.remove(editor.project, [node]))
        elif which == 1 and f"{node}a" not in editor.project.network.nodes and len(node) < 20:
            editor.apply("rename", edits.rename(editor.project, node, f"{node}a"))
        else:
            editor.undo()
        return f"replace {which}"

    def sample(self) -> str:
        panel = self.window.sample
        panel.step(self.chance.choice((-1, 1)))
        self.window.actions_by_id[self.chance.choice(("next_image", "random_image", "reset_damage"))].trigger()
        return "sample"

    def run(self) -> str:
        """Train, pause, start over, or go back, once in a while at a rate at which weights are lost."""
        editor = self.window.editor
        if self.chance.random() < 0.2:
            recipe = replace(editor.project.recipe, learning_rate=self.chance.choice(RATES))
            editor.apply("rate", replace(editor.project, recipe=recipe))
        names = [
            name
            for name in ("play", "batch", "batches_10", "start_over", "new_weights", "back_to_run")
            if self.window.actions_by_id[name].isEnabled()
        ]
        if not names:
            return "no run"
        self.window.actions_by_id[name := self.chance.choice(names)].trigger()
        return f"run {name}"

    def lose_run(self) -> str:
        """Damage or delete the recorded run of now, as another program may."""
        recorder = self.window.bridge.recorder
        folders = [] if recorder is None else list(recorder.folders.values())
        if not folders or self.chance.random() < 0.9:
            return "no loss"
        folder = folders[-1]
        if self.chance.random() < 0.4:
            shutil.rmtree(folder, ignore_errors=True)
            return "delete the run"
        for path in self.chance.sample(found := sorted(folder.rglob("*")), min(3, len(found))):
            if path.is_file():
                path.write_bytes(path.read_bytes()[: self.chance.randrange(200)])
        return "damage the run"


def pictures(folder: Path) -> list[Path]:
    """Files to be pasted: pictures, one that is damaged, one that is none, and one that does not exist."""
    from PIL import Image

    made = []
    for name, shape in (
        ("small.png", (1, 1, 3)),
        ("grey.png", (40, 30)),
        ("large.png", (3000, 2000, 3)),
        ("a.jpg", (64, 64, 3)),
    ):
        pixels = np.full(shape, 255, np.uint8)
        pixels[: shape[0] // 2, : shape[1] // 3] = 0
        Image.fromarray(pixels).save(folder / name)
        made.append(folder / name)
    (folder / "half.png").write_bytes((folder / "large.png").read_bytes()[:300])
    (folder / "none.txt").write_text("none")
    return [*made, folder / "half.png", folder / "none.txt", folder, folder / "missing.png"]
