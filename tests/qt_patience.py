"""The waits of pytest-qt are as patient as all others: on a busy machine five seconds, their default, can pass."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

MILLISECONDS = 60_000

for _wait in (QtBot.waitSignal, QtBot.waitSignals, QtBot.waitUntil, QtBot.waitExposed, QtBot.waitActive):
    _defaults = _wait.__kwdefaults__
    assert _defaults is not None and "timeout" in _defaults
    _defaults["timeout"] = MILLISECONDS
