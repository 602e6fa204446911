"""Actions: menus, shortcuts, icons and availability, made from a table of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence

from cnnviz.gui.icons import icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

    from cnnviz.gui.theme import Theme

W = TypeVar("W")
"""The type of the object that the commands act on."""


@dataclass(frozen=True)
class ActionSpec(Generic[W]):
    """One command: ``run`` carries it out; it is disabled while ``needs`` is false.

    Of the checkable actions of one ``group`` only one is checked. ``separated`` draws a line above the menu entry.
    ``canvas_key`` is shown like a shortcut, but only the canvas handles it. ``also`` is a second shortcut, which other
    programs use. ``after`` is the id of a command of another menu below which this command is shown too. ``context`` is
    the translation context of ``text``.
    """

    id: str
    menu: str
    text: str
    run: Callable[[W], object]
    shortcut: str = ""
    icon: str = ""
    needs: Callable[[W], bool] | None = None
    group: str = ""
    separated: bool = False
    canvas_key: str = ""
    also: str = ""
    after: str = ""
    context: str = "actions"


class Actions(Mapping[str, QAction], Generic[W]):
    """An action for each row of a table, by its id."""

    def __init__(self, specs: Sequence[ActionSpec[W]], window: W, owner: QWidget) -> None:
        """``window`` is the argument of the commands; the actions belong to the widget ``owner``."""
        self.specs = specs
        self._window = window
        self._made = {spec.id: self._make(spec, owner) for spec in specs}
        self._held: dict[Callable[[W], bool], bool] = {}
        """The last known result of each ``needs``."""
        self._needing: dict[Callable[[W], bool], list[QAction]] = {}
        for spec in specs:
            if spec.needs is not None:
                self._needing.setdefault(spec.needs, []).append(self._made[spec.id])

    def __getitem__(self, identifier: str) -> QAction:
        return self._made[identifier]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def fill_menus(self, bar: QMenuBar, titles: Sequence[str]) -> dict[str, QMenu]:
        """Fill a menu bar; returns the menus by their English titles."""
        menus = {title: bar.addMenu(QCoreApplication.translate("actions", title)) for title in titles}
        for spec in self.specs:
            menu = menus[spec.menu]
            if spec.separated:
                menu.addSeparator()
            menu.addAction(self._made[spec.id])
        places = {spec.id: menus[spec.menu] for spec in self.specs}
        for spec in self.specs:
            if spec.after:
                entries = places[spec.after].actions()
                following = entries[entries.index(self._made[spec.after]) + 1]
                places[spec.after].insertAction(following, self._made[spec.id])
        return menus

    def refresh(self) -> None:
        """Enable the actions that can be used now, and disable the others."""
        for needs, actions in self._needing.items():
            if (holds := needs(self._window)) != self._held.get(needs):
                self._held[needs] = holds
                for action in actions:
                    action.setEnabled(holds)

    def group(self, name: str) -> list[QAction]:
        """The checkable actions of a group."""
        return [self._made[spec.id] for spec in self.specs if spec.group == name]

    def check(self, group: str, chosen: str) -> None:
        """Check one action of a group, and uncheck the others."""
        for action in self.group(group):
            action.setChecked(action.objectName() == chosen)

    def set_icons(self, theme: Theme) -> None:
        """Draw the icons in the text colour of the theme."""
        for spec in self.specs:
            if spec.icon:
                self._made[spec.id].setIcon(icon(spec.icon, theme.text))

    def _make(self, spec: ActionSpec[W], owner: QWidget) -> QAction:
        action = QAction(QCoreApplication.translate(spec.context, spec.text), owner)
        action.setObjectName(spec.id)
        if spec.shortcut:
            action.setShortcuts([QKeySequence(keys) for keys in (spec.shortcut, spec.also) if keys])
        elif spec.canvas_key:
            action.setShortcut(QKeySequence(spec.canvas_key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setCheckable(bool(spec.group) or spec.id == "full_screen")
        action.triggered.connect(lambda _=False: spec.run(self._window))
        owner.addAction(action)
        return action
