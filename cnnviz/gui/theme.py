"""Named colours, and the palette, style sheet and colour maps made from them.

A widget that paints for itself has ``set_theme(theme)`` and keeps the theme it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QApplication

    from cnnviz.network.layers import Family
    from cnnviz.settings import ThemeChoice


@dataclass(frozen=True)
class Theme:
    """A set of colours, each as ``#rrggbb``."""

    name: Literal["dark", "light"]
    background: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    activation: str
    pooling: str
    good: str
    error: str
    on_accent: str
    negative: str
    positive: str
    one_sided: tuple[str, ...]
    """Stops of the colour map for values that cannot be negative, from 0 up."""

    def family(self, family: Family) -> str:
        """The colour of a family of layers."""
        return {
            "structure": self.muted,
            "convolution": self.accent,
            "pooling": self.pooling,
            "activation": self.activation,
            "dense": self.good,
            "normalization": self.activation,
            "regularization": self.muted,
            "attention": self.accent,
            "merge": self.muted,
            "shape": self.muted,
        }[family]


DARK = Theme(
    name="dark",
    background="#12151a",
    surface="#191d24",
    raised="#212730",
    line="#2d343f",
    text="#e7eaef",
    muted="#8d97a6",
    accent="#5aa9ff",
    activation="#a68bff",
    pooling="#ffb05c",
    good="#4cc38a",
    error="#ff7a70",
    on_accent="#0b1016",
    negative="#5aa9ff",
    positive="#ffb05c",
    one_sided=("#191d24", "#3a2352", "#7a2f6e", "#d9525a", "#f89c5a", "#ffd98a", "#fff8e6"),
)

LIGHT = Theme(
    name="light",
    background="#f3f4f6",
    surface="#ffffff",
    raised="#f7f8fa",
    line="#d9dde3",
    text="#1c222b",
    muted="#67707d",
    accent="#1f6fd6",
    activation="#7a55e0",
    pooling="#c97a12",
    good="#1a8f5a",
    error="#c53428",
    on_accent="#ffffff",
    negative="#0f5fc8",
    positive="#c25a00",
    one_sided=("#ffffff", "#f6e3b4", "#f0aa62", "#d9525a", "#8a2670", "#3f1652", "#14061f"),
)


OUTLINE = 127
"""Factor in percent by which the Fusion style darkens the window colour for outlines, approximately."""


def choose(choice: ThemeChoice) -> Theme:
    """The theme of a setting; "system" follows the desktop."""
    if choice == "system":
        return LIGHT if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK
    return DARK if choice == "dark" else LIGHT


LIFT = 0.55
"""Exponent of the colour scale: a value at share s of the limit has the colour at s ** LIFT."""


@cache
def colour_map(theme: Theme, signed: bool) -> NDArray[np.uint8]:
    """The colours of 256 levels, RGB uint8 (256, 3). The value 0 is the middle level if ``signed``, else level 0.

    Colours differ from the background already at small values, see :data:`LIFT`, so that weak maps remain readable.
    """
    stops = (theme.negative, theme.surface, theme.positive) if signed else theme.one_sided
    shades = [QColor(stop) for stop in stops]
    colours = np.array([(shade.red(), shade.green(), shade.blue()) for shade in shades], dtype=np.float64)
    at = np.linspace(0, 1, len(stops))
    levels = np.linspace(-1 if signed else 0, 1, 256)
    # both levels in the middle have the colour of 0
    sizes = np.where(np.abs(levels) < 1.5 / 255, 0, np.abs(levels)) ** LIFT if signed else levels**LIFT
    levels = (1 + np.sign(levels) * sizes) / 2 if signed else sizes
    channels = [np.interp(levels, at, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


@cache
def colour_table(theme: Theme, signed: bool) -> tuple[int, ...]:
    """:func:`colour_map` as the table of an indexed QImage."""
    return tuple(QColor(*(int(part) for part in row)).rgb() for row in colour_map(theme, signed))


def apply(application: QApplication, theme: Theme) -> None:
    """Set the theme of the whole application."""
    # in place of another style sheet Qt would style each widget three times as long
    if application.styleSheet():
        application.setStyleSheet("")
    prepare(application, theme)
    application.setStyleSheet(_style_sheet(theme))


def prepare(application: QApplication, theme: Theme) -> None:
    """Set style and palette without the style sheet, while the first window is being created.

    With a style sheet each widget is styled again whenever it gets a parent, a third of the window's creation time.
    """
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    # the stub asks for bytes, which PySide6 refuses
    application.setPalette(_box_palette(theme), "QCheckBox")  # type: ignore[arg-type]


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for colour_role, colour in (
        (role.Window, theme.background),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.activation),
        (role.Light, theme.raised),
        (role.Midlight, theme.line),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.background),
        (role.Accent, theme.accent),
    ):
        palette.setColor(colour_role, QColor(colour))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, QColor(theme.muted))
    return palette


def _box_palette(theme: Theme) -> QPalette:
    """The palette of check boxes. Fusion draws their outline darker than the window, invisible in the dark theme."""
    palette = _palette(theme)
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.muted).lighter(OUTLINE))
    palette.setColor(QPalette.ColorRole.Base, QColor(theme.raised))
    return palette


def _style_sheet(theme: Theme) -> str:
    hover = f"background: {theme.line};"
    return f"""
    QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
    QFrame[place="true"] {{ background: {theme.surface}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QFrame[place="true"][past="true"] {{ border: 2px solid {theme.activation}; }}
    QLabel[role="past"] {{ color: {theme.activation}; font-weight: 600; }}
    QLabel[role="changed"] {{ color: {theme.pooling}; font-weight: 600; }}
    QLabel[role="past values"] {{ color: {theme.activation}; }}
    QLabel[role="title"] {{ color: {theme.muted}; font-weight: 600; }}
    QLabel[role="muted"] {{ color: {theme.muted}; }}
    QLabel[role="error"] {{ color: {theme.error}; }}
    QLabel[role="good"] {{ color: {theme.good}; }}
    QLabel[role="warning"] {{ color: {theme.pooling}; }}
    QPushButton, QToolButton {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; border-radius: 6px;
        padding: 4px 10px;
    }}
    QFileDialog QToolButton {{ padding: 2px; }}
    QPushButton:hover, QToolButton:hover {{ {hover} }}
    QPushButton:focus, QToolButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.muted}; }}
    QPushButton:checked, QToolButton:checked {{ background: {theme.line}; border-color: {theme.accent}; }}
    QFrame[segments="true"] {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 14px; }}
    QFrame[segments="true"] QPushButton {{
        background: transparent; color: {theme.muted}; border-color: transparent; border-radius: 11px;
        padding: 2px 12px; min-height: 16px;
    }}
    QFrame[segments="true"] QPushButton:hover {{ color: {theme.text}; }}
    QFrame[segments="true"] QPushButton:focus {{ border-color: {theme.accent}; }}
    QFrame[segments="true"] QPushButton:checked {{ background: {theme.line}; color: {theme.text}; }}
    QFrame[chip="true"] {{ background: {theme.raised}; border: 0; border-radius: 8px; }}
    QFrame[chip="true"] QToolButton {{ background: transparent; border-color: transparent; padding: 0 4px; }}
    QFrame[chip="true"] QToolButton:focus {{ border-color: {theme.accent}; }}
    QFrame[chip="true"] QToolButton:!checked {{ color: {theme.muted}; }}
    QPushButton[primary="true"] {{
        background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent}; font-weight: 600;
    }}
    QPushButton[primary="true"]:disabled {{
        background: {theme.raised}; color: {theme.muted}; border-color: {theme.line};
    }}
    QToolButton[popupMode="1"] {{ padding-right: 24px; }}
    QToolButton::menu-button {{
        background: transparent; border: 0; border-left: 1px solid {theme.line}; width: 18px;
        border-top-right-radius: 5px; border-bottom-right-radius: 5px;
    }}
    QToolButton::menu-button:hover {{ {hover} }}
    QToolButton::menu-indicator, QPushButton::menu-indicator {{ width: 0; }}
    QMenuBar {{ background: {theme.background}; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; }}
    QMenuBar::item:selected {{ {hover} }}
    QMenu {{ background: {theme.raised}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{ color: {theme.muted}; padding: 5px 7px; border: 1px solid transparent; border-radius: 6px; }}
    QTabBar::tab:selected {{ color: {theme.text}; background: {theme.raised}; border-color: {theme.line}; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QTabBar::tab:focus {{ border-color: {theme.accent}; }}
    QTabBar QToolButton {{ padding: 0; }}
    QTabWidget::pane {{ border: 0; margin-top: 6px; }}
    QLineEdit, QAbstractSpinBox, QComboBox {{
        background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 5px; padding: 3px 6px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border-color: {theme.accent}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; background: transparent; width: 14px; }}
    QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] {{ border-color: {theme.error}; }}
    QTableView, QListView, QTreeView, QListWidget {{
        background: transparent; border: 0; gridline-color: {theme.line}; outline: 0;
        selection-background-color: {theme.line}; selection-color: {theme.text};
    }}
    QHeaderView {{ background: transparent; border: 0; }}
    QHeaderView::section {{
        background: transparent; color: {theme.muted}; padding: 4px 6px;
        border: 0; border-bottom: 1px solid {theme.line};
    }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
    QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{
        background: {theme.line}; border-radius: 4px; min-width: 24px; min-height: 24px; margin: 1px;
    }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: transparent; border: 0; width: 0; height: 0;
    }}
    QProgressBar {{ background: {theme.line}; border: 0; border-radius: 3px; max-height: 6px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; width: 60px; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QSplitter::handle {{ background: transparent; }}
    QSplitter::handle:hover {{ background: {theme.line}; }}
    QStatusBar {{ background: {theme.surface}; border-top: 1px solid {theme.line}; }}
    QStatusBar::item {{ border: 0; }}
    """
