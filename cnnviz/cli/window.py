"""Opening the window if there is a display. Without one Qt would end the process, so this is checked first."""

from __future__ import annotations

import ctypes
import gc
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from cnnviz.cli.commands import COMMANDS
from cnnviz.cli.errors import CommandError
from cnnviz.interruption import Interruption

_PLATFORM = "QT_QPA_PLATFORM"
_TIMEOUT_SECONDS = 2.0
"""Seconds to wait for the answer of a display."""
_X11_PORT = 6000
"""The TCP port of the display 0 of another machine; the ports of its further displays follow."""
_PACKAGES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
"""Packages of Debian and Ubuntu by the system library that Qt needs."""


def open_window(path: Path | None) -> int:
    """Open the window with a project and return its exit code; raises CommandError if it cannot be opened."""
    interruption = Interruption()
    try:
        if sys.platform.startswith("linux"):
            _choose_platform()
        _prepare_imports()
        from cnnviz.gui.app import run
    except ImportError as error:
        interruption.restore()
        if (sentence := missing_library(str(error))) is None:
            raise
        raise CommandError(sentence) from error
    except CommandError:
        interruption.restore()
        raise
    code: int = run(path, interruption)
    return code


def prepare_anywhere() -> None:
    """Prepare for a window that need not be visible: on the display, or offscreen if there is none."""
    if sys.platform.startswith("linux"):
        try:
            _choose_platform()
        except CommandError:
            os.environ[_PLATFORM] = "offscreen"
    _prepare_imports()


def _prepare_imports() -> None:
    """Make importing the window quick.

    Garbage collection is disabled until the window is painted (see :mod:`cnnviz.gui.garbage`): importing the window
    creates a hundred thousand permanent objects, and examining them repeatedly took a tenth of the time to the first
    paint. PySide is kept from reading the sources of all modules, which took as long.
    """
    gc.disable()
    from cnnviz.gui import feature_switches

    feature_switches.disable()


def _choose_platform() -> None:
    """Make Qt use a platform plugin that works; raises CommandError if there is none."""
    if chosen := os.environ.get(_PLATFORM):
        names = [name.partition(":")[0] for name in chosen.split(";")]
        if not any(_works(name) for name in names):
            raise CommandError(_no_display())
        return
    x11, wayland = _works("xcb"), _works("wayland")
    if not x11 and not wayland:
        raise CommandError(_no_display())
    if x11 and (sentence := _missing_for_x11()) is not None:
        if not wayland:
            raise CommandError(sentence)
        x11 = False
    if not (x11 and wayland):
        os.environ[_PLATFORM] = "xcb" if x11 else "wayland"


def _works(platform: str) -> bool:
    """Whether a platform plugin of Qt can be used; plugins that need no display, such as offscreen, always can."""
    if platform == "xcb":
        return x11_answers(os.environ.get("DISPLAY", ""))
    if platform.startswith("wayland"):
        return wayland_answers(os.environ.get("WAYLAND_DISPLAY", ""))
    return True


def x11_answers(display: str) -> bool:
    """Whether an X server accepts a connection to this display (``:0``, ``host:10.0``)."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return _x11_listens(display)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    error: int = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return error == 0


def _x11_listens(display: str) -> bool:
    host, _, number_and_screen = display.rpartition(":")
    number = number_and_screen.partition(".")[0]
    if not number.isdecimal():
        return False
    if host in ("", "unix"):
        return _listens(f"/tmp/.X11-unix/X{number}") or _listens(f"\0/tmp/.X11-unix/X{number}")
    try:
        with socket.create_connection((host, _X11_PORT + int(number)), _TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def wayland_answers(display: str) -> bool:
    """Whether a Wayland compositor listens at this display (a name or a path)."""
    if os.environ.get("WAYLAND_SOCKET"):
        return True
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not display or not (folder or display.startswith("/")):
        return False
    return _listens(str(Path(folder) / display))


def _listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_TIMEOUT_SECONDS)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def _missing_for_x11() -> str | None:
    """The sentence about a missing library that Qt needs on X11; without it Qt would end the process."""
    spec = find_spec("PySide6")
    for place in spec.submodule_search_locations or () if spec is not None else ():
        plugin = Path(place) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        if plugin.exists():
            try:
                ctypes.CDLL(str(plugin))
            except OSError as error:
                return missing_library(str(error))
    return None


def missing_library(message: str) -> str | None:
    """The sentence for the loader's ``NAME: cannot open shared object file``; None for other messages."""
    name, found, _ = message.partition(": cannot open shared object file")
    if not found:
        return None
    package = _PACKAGES.get(name)
    remedy = f": install the package {package} (on Debian and Ubuntu)" if package else ""
    return f"The window cannot open because the system lacks the library {name}{remedy}. {_commands_without_display()}"


def _no_display() -> str:
    return f"There is no display to open a window on. {_commands_without_display()}"


def _commands_without_display() -> str:
    names = [f"“cnnviz {name}”" for name in COMMANDS]
    return f"{', '.join(names[:-1])} and {names[-1]} work without one."
