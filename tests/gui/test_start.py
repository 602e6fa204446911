"""The start of the program: what is loaded and made before the window is painted for the first time, and what later."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panel_spec import At
from cnnviz.gui.panel_table import PANELS, id_of
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.recipe.panel import EXAMPLES
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

LATER = (
    "asyncio",
    "cnnviz.code",
    "cnnviz.data.census",
    "cnnviz.data.sources",
    "cnnviz.data.survey",
    "cnnviz.export",
    "cnnviz.gui.panels.code",
    "cnnviz.gui.panels.data",
    "cnnviz.gui.panels.excites",
    "cnnviz.gui.panels.histograms",
    "cnnviz.gui.panels.maps",
    "cnnviz.gui.panels.microscope",
    "cnnviz.gui.panels.problems.panel",
    "cnnviz.gui.panels.recipe.panel",
    "cnnviz.gui.panels.runs",
    "cnnviz.gui.panels.sample.draw_page",
    "cnnviz.gui.panels.settings",
    "cnnviz.gui.panels.sweep",
    "cnnviz.gui.recovering",
    "cnnviz.gui.run.climbing",
    "cnnviz.gui.run.exciting",
    "cnnviz.gui.shell.closing",
    "cnnviz.gui.shell.command_palette",
    "cnnviz.gui.shell.dialogs",
    "cnnviz.gui.shell.start_page",
    "cnnviz.inspection.arithmetic.table",
    "cnnviz.inspection.viewer",
    "cnnviz.project.templates.densenet",
    "cnnviz.runs.folder",
    "cnnviz.runs.library",
    "cnnviz.runs.recorder",
    "cnnviz.runs.writer",
    "cnnviz.sweeps",
    "optuna",
    "pydantic",
    "pyqtgraph",
    "sqlite3",
    "torch",
)
"""Modules and packages that the first paint does not need."""
SCRIPT = """
import json, sys
import cnnviz.gui.app as app
from cnnviz.gui.qt_application import make_qt
application = app.Application(qt := make_qt())
window = application.open_first(None)
window.painted.connect(lambda: (print(json.dumps(sorted(sys.modules))), qt.exit()))
qt.exec()
sys.stdout.flush()
import os
os._exit(0)
"""


def test_the_first_paint_waits_only_for_what_it_shows() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120)
    loaded = json.loads(done.stdout)
    assert "cnnviz.gui.panels.kernels.panel" in loaded
    assert not [name for name in loaded for late in LATER if name == late or name.startswith(f"{late}.")]


def test_a_panel_is_made_when_its_tab_is_first_clicked(application: Application) -> None:
    window = application.open_window(TEMPLATES["fast"].project())
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a snapshot")
    for tabs, places in ((window.layer, At.LAYER), (window.run, At.RUN)):
        hidden = [spec for spec in PANELS if spec.place is places and not window.panels.is_made(spec.id)]
        assert len(hidden) >= 3
        for spec in hidden:
            bar = tabs.tabBar()
            tab = next(tab for tab in range(tabs.count()) if tabs.tabText(tab) == spec.title)
            QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(tab).center())
            assert window.panels.is_made(spec.id)
            panel = window.panels[spec.id]
            assert tabs.currentWidget() is panel and panel.isVisible()
            assert tabs.count() == sum(one.place is places for one in PANELS)
            assert tabs.currentIndex() == tab and tabs.tabText(tab) == spec.title


def test_the_microscope_and_the_recipe_are_made_when_they_are_opened(application: Application) -> None:
    window = application.open_window(TEMPLATES["fast"].project())
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a snapshot")
    assert not window.panels.is_made("microscope") and not window.panels.is_made("recipe")
    person.shortcut("look_into")
    person.until(lambda: window.middle.microscope.page() is not None, "the page of a value")
    assert window.middle.microscope.isVisible() and window.middle.microscope.bar.isVisible()
    menu = window.top.recipe.menu()
    menu.popup(window.top.recipe.mapToGlobal(window.top.recipe.rect().bottomLeft()))
    assert window.recipe.isVisible() and window.recipe.height() <= menu.height()
    menu.close()


def test_a_panel_that_is_made_late_knows_what_was_said_before(application: Application) -> None:
    window = application.open_window(TEMPLATES["fast"].project())
    person = Person(window)
    person.until(lambda: window.bridge.images is not None and window.bridge.shown is not None, "images and a snapshot")
    application.set_theme("light")
    window.scale.menu.actions()[1].trigger()
    window.selection.select(["conv2"])
    assert not window.panels.is_made("maps")
    dataset = window.bridge.images
    assert dataset is not None
    window.show_panel("maps")
    maps = window.panel(MapsPanel)
    person.until(lambda: maps.shown_maps() is not None, "the maps")
    assert maps.scale_text() and maps._map_scale == window.scale.scale != "layer"
    assert maps._theme == application.theme
    assert maps._words.classes == dataset.classes
    images = window.recipe.strip._images
    assert images is not None and len(images) == EXAMPLES
    assert window.panel(SettingsPanel).form.field("out_channels").isEnabled()


@pytest.mark.parametrize("backwards", [False, True])
def test_the_tab_key_does_not_depend_on_which_panel_was_made_first(application: Application, backwards: bool) -> None:
    window = application.open_window(TEMPLATES["fast"].project())
    for identifier in sorted(window.panels, reverse=backwards):
        window.panels.make(identifier)
    order = [_panel_of(window, widget) for widget in _focus_chain(window)]
    seen = [panel for before, panel in zip(["", *order], order, strict=False) if panel and panel != before]
    # each panel is one stretch of the way, and the tabs follow one another
    assert len(seen) == len(set(seen))
    for place in (At.LAYER, At.RUN):
        tabs = [spec.id for spec in PANELS if spec.place is place]
        assert [panel for panel in seen if panel in tabs] == [tab for tab in tabs if tab in seen]


def _focus_chain(window: MainWindow) -> list[QWidget]:
    """The widgets that the Tab key could reach, in its order."""
    chain, widget = [], window.nextInFocusChain()
    while widget is not None and widget is not window:
        if Qt.FocusPolicy.TabFocus in widget.focusPolicy():
            chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def _panel_of(window: MainWindow, widget: QWidget) -> str:
    """The id of the panel that a widget is in; empty if it is in none."""
    return next((name for name, panel in window.panels.items() if panel is widget or panel.isAncestorOf(widget)), "")


def test_the_table_names_the_class_of_each_panel(window: MainWindow) -> None:
    for spec in PANELS:
        kind = type(window.panels[spec.id])
        assert kind.__name__ == spec.kind
        assert id_of(kind) == spec.id and window.panel(kind) is window.panels[spec.id]
