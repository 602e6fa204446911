"""The commands of the menu File."""

from __future__ import annotations

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.commands.window import Window, ask, can_keep
from cnnviz.gui.translation import QT_TRANSLATE_NOOP


def _export(window: Window) -> None:
    # not at the top of the file: most windows export nothing
    from cnnviz.gui.shell.export_dialog import show_export

    window.typed_first(lambda: show_export(window.bench))


def _watch(window: Window) -> None:
    # not at the top of the file: most windows watch nothing
    from cnnviz.gui.shell.watch_run import ask_watch

    ask_watch(window.bench)


FILE = QT_TRANSLATE_NOOP("actions", "&File")
FILE_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec("new", FILE, QT_TRANSLATE_NOOP("actions", "&New …"), ask("new"), "Ctrl+N", "plus"),
    ActionSpec("open", FILE, QT_TRANSLATE_NOOP("actions", "&Open …"), ask("open"), "Ctrl+O", "folder-open-outline"),
    ActionSpec(
        "import",
        FILE,
        QT_TRANSLATE_NOOP("actions", "&Import …"),
        lambda window: window.importing.ask(),
        "Ctrl+Shift+I",
    ),
    ActionSpec("watch", FILE, QT_TRANSLATE_NOOP("actions", "&Watch a run …"), _watch),
    ActionSpec("sweeps", FILE, QT_TRANSLATE_NOOP("actions", "S&weeps"), lambda window: window.sweeps.open()),
    ActionSpec("open_training", FILE, QT_TRANSLATE_NOOP("actions", "Open a kept &training …"), ask("open_training")),
    ActionSpec(
        "save",
        FILE,
        QT_TRANSLATE_NOOP("actions", "&Save"),
        lambda window: window.typed_first(window.document.save),
        "Ctrl+S",
        "content-save-outline",
        separated=True,
    ),
    ActionSpec(
        "save_as",
        FILE,
        QT_TRANSLATE_NOOP("actions", "Save &as …"),
        lambda window: window.typed_first(window.document.save_as),
        "Ctrl+Shift+S",
    ),
    ActionSpec(
        "save_weights",
        FILE,
        QT_TRANSLATE_NOOP("actions", "Save with &weights …"),
        lambda window: window.typed_first(lambda: window.bench.archives.ask(window.document.beside(""))),
        needs=lambda window: window.bench.archives.possible,
    ),
    ActionSpec(
        "keep_training",
        FILE,
        QT_TRANSLATE_NOOP("actions", "&Keep the training …"),
        lambda window: window.keep_training(),
        needs=can_keep,
    ),
    ActionSpec("export", FILE, QT_TRANSLATE_NOOP("actions", "E&xport …"), _export, separated=True),
    ActionSpec(
        "picture",
        FILE,
        QT_TRANSLATE_NOOP("actions", "Export &picture …"),
        lambda window: window.picture.ask(),
        "Ctrl+Shift+E",
    ),
    ActionSpec(
        "copy_picture",
        FILE,
        QT_TRANSLATE_NOOP("actions", "Copy pictu&re"),
        lambda window: window.picture.copy(),
    ),
    ActionSpec(
        "close",
        FILE,
        QT_TRANSLATE_NOOP("actions", "&Close window"),
        lambda window: window.close(),
        "Ctrl+W",
        separated=True,
    ),
    ActionSpec("quit", FILE, QT_TRANSLATE_NOOP("actions", "&Quit"), ask("quit"), "Ctrl+Q"),
)
