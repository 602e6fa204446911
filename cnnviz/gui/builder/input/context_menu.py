"""The context menu of the canvas: repairs of problems first, then the actions for what was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.builder.items.wire import NEAR
from cnnviz.gui.document import fixing
from cnnviz.gui.document.sentences import fix_label
from cnnviz.gui.widgets.plain import menu_text, without_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.builder.gestures import CanvasContext
    from cnnviz.gui.builder.input.pointing import Pointing
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.network.problems import Fix

ON_NODES = (
    ("rename", "connect", "freeze"),
    ("cut", "copy", "duplicate"),
    ("delete", "bypass"),
    ("group", "ungroup", "fold"),
    ("align_row", "align_column", "distribute_across", "distribute_down"),
)
ON_WIRE = (("delete",),)
ON_GROUND = (
    ("quick_add", "paste", "paste_code"),
    ("select_all", "find"),
    ("arrange", "fit"),
    ("copy_picture", "picture"),
)
"""Ids of actions in groups, for a menu on nodes, on a wire, and on the empty canvas."""


class ContextMenu(QObject):
    """Opens the menu; hovering over a repair previews it on the canvas."""

    def __init__(self, context: CanvasContext, pointing: Pointing) -> None:
        super().__init__(context.view)
        self._context, self._pointing = context, pointing
        self._actions: Mapping[str, QAction] = {}
        self._scale_menu: QMenu | None = None

    def set_actions(self, actions: Mapping[str, QAction], scale_menu: QMenu | None = None) -> None:
        """Set the actions of the window, by id, and the menu with the colour scales of the maps."""
        self._actions, self._scale_menu = actions, scale_menu

    def open(self, event: QContextMenuEvent) -> QMenu:
        """Open the menu for the item under the pointer, or for the current node when the menu key was pressed."""
        view = self._context.view
        point = view.mapToScene(event.pos())
        item = self._context.scene.node_at(point)
        wire = None if item is not None else self._context.scene.wire_at(point, NEAR / 2)
        corner = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            item, wire = self._context.scene.item_of(self._context.selection.current or ""), None
            if item is not None:
                header = view.mapFromScene(QRectF(*item.place, WIDTH, HEADER)).boundingRect()
                corner = view.viewport().mapToGlobal(header.bottomLeft())
        if item is not None:
            if not item.members <= self._context.selection.nodes:
                self._context.selection.select(item.members, item.node)
            return self._popup(corner, ON_NODES, self._fixes(item), self._pinnable(item, point))
        if wire is not None and wire.edge is not None:
            self._context.selection.select([])
            self._pointing.select_wire(wire.edge)
            return self._popup(corner, ON_WIRE, {})
        return self._popup(corner, ON_GROUND, {})

    def _fixes(self, item: NodeItem) -> dict[str, Fix]:
        """The repairs for the problems of a node or folded block, by label."""
        editor = self._context.editor
        editor.finish_trials(item.members)
        problems = (problem for problem in editor.report.problems if problem.node in item.members)
        return {fix_label(fix): fix for problem in problems for fix in problem.fixes}

    def _pinnable(self, item: NodeItem, point: QPointF) -> tuple[str, int] | None:
        """Layer and channel of the map at a point of the scene; None if no map is there."""
        channel = item.below.channel_at(item.below.mapFromScene(point), self._context.view.zoom)
        return None if channel is None or not isinstance(item.below, MapsItem) else (item.below.node, channel)

    def open_pins(self) -> QMenu | None:
        """Open a menu that pins or unpins the maps that are drawn below the current node; None if there are none."""
        item = self._context.scene.item_of(self._context.selection.current or "")
        below = None if item is None else item.below
        if not isinstance(below, MapsItem) or below.plan is None or below.plan.size == (1, 1) or not below.channels:
            self._context.show_message(self.tr("Select a layer whose maps are shown: they are pinned from here."))
            return None
        menu = QMenu(self._context.view)
        menu.aboutToHide.connect(menu.deleteLater)
        for channel in below.channels:
            self._add_pin(menu, below.node, channel)
        menu.setActiveAction(menu.actions()[0])
        view = self._context.view
        area = view.mapFromScene(below.mapRectToScene(below.rect())).boundingRect()
        menu.popup(view.viewport().mapToGlobal(area.topRight()))
        return menu

    def _add_pin(self, menu: QMenu, node: str, channel: int) -> None:
        pins = self._context.scene.pins
        text = self.tr("Unpin map {number}") if channel in pins.of(node) else self.tr("Pin map {number}")
        menu.addAction(text.format(number=channel), lambda: pins.toggle(node, channel))

    def _popup(
        self,
        corner: QPoint,
        groups: tuple[tuple[str, ...], ...],
        fixes: Mapping[str, Fix],
        pinnable: tuple[str, int] | None = None,
    ) -> QMenu:
        menu = QMenu(self._context.view)
        menu.aboutToHide.connect(lambda: fixing.preview(self._context.editor, None))
        menu.aboutToHide.connect(menu.deleteLater)
        for label, fix in fixes.items():
            menu.addAction(menu_text(label)).triggered.connect(lambda _=False, fix=fix: self._apply(fix))
        menu.hovered.connect(
            lambda action: fixing.preview(self._context.editor, fixes.get(without_keys(action.text())))
        )
        for group in groups:
            menu.addSeparator()
            menu.addActions([self._actions[name] for name in group if name in self._actions])
        if pinnable is not None:
            menu.addSeparator()
            self._add_pin(menu, *pinnable)
        if self._scale_menu is not None and self._context.scene.view_kind == "maps" and groups is not ON_WIRE:
            menu.addSeparator()
            menu.addMenu(self._scale_menu)
        menu.popup(corner)
        return menu

    def _apply(self, fix: Fix) -> None:
        if refusal := fixing.apply(self._context.editor, fix):
            self._context.show_message(refusal)
