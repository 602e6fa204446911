"""The commands of the menu Sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.commands.window import Window
    from cnnviz.gui.panels.sample.pick_page import PickPage
    from cnnviz.gui.panels.sample.picture_input import PictureInput

SAMPLE = QT_TRANSLATE_NOOP("actions", "&Sample")


def _picture(ask: Callable[[PictureInput], None]) -> Callable[[Window], None]:
    """A command that shows the drawing page and then asks for a picture with ``ask``."""

    def run(window: Window) -> None:
        window.show_sample("draw")
        ask(window.sample.drawing.pictures)

    return run


def _picked(choose: Callable[[PickPage], None]) -> Callable[[Window], None]:
    """A command that shows the page of the dataset's images and then picks an image with ``choose``."""

    def run(window: Window) -> None:
        window.show_sample("pick")
        choose(window.sample.picking)

    return run


def _explain(window: Window) -> None:
    """Show the sample, and unfold why the network says what it says of it."""
    window.show_sample(window.sample.page())
    window.sample.why.unfold()


def _fool(window: Window) -> None:
    """Show the sample, and unfold what makes the network say another class."""
    window.show_sample(window.sample.page())
    window.sample.fool.unfold()


def _compare(window: Window) -> None:
    """Compare the samples that follow with the present one."""
    sample = window.sample.sample()
    if sample is not None and not sample.blank:
        window.bench.sides.set_reference(sample)


SAMPLE_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec(
        "draw", SAMPLE, QT_TRANSLATE_NOOP("actions", "&Draw"), lambda window: window.show_sample("draw"), "Ctrl+Shift+D"
    ),
    ActionSpec(
        "pick",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Pick from the data"),
        lambda window: window.show_sample("pick"),
        "Ctrl+Shift+K",
    ),
    ActionSpec(
        "open_picture",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Open a picture …"),
        _picture(lambda pictures: pictures.ask()),
        "Ctrl+Shift+O",
        "folder-open-outline",
        separated=True,
    ),
    ActionSpec(
        "paste_picture",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "Pa&ste a picture"),
        _picture(lambda pictures: pictures.paste()),
    ),
    ActionSpec(
        "next_image",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Next image of the data"),
        _picked(lambda page: page.step(1)),
        separated=True,
    ),
    ActionSpec(
        "previous_image",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "P&revious image of the data"),
        _picked(lambda page: page.step(-1)),
    ),
    ActionSpec(
        "random_image",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Any image of the data"),
        _picked(lambda page: page.choose_random()),
    ),
    ActionSpec(
        "why",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Why the network says that"),
        _explain,
        "Ctrl+Shift+W",
        separated=True,
    ),
    ActionSpec(
        "fool",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Fool the network"),
        _fool,
    ),
    ActionSpec(
        "compare_sample",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Compare with this sample"),
        _compare,
    ),
    ActionSpec(
        "damage",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "Da&mage the sample"),
        lambda window: window.show_damage(),
    ),
    ActionSpec(
        "reset_damage",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Undo all damage"),
        lambda window: window.sample.damage.reset.click(),
    ),
)
