"""The user's preferences, and the folders for what the program keeps between two starts."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal, get_args

import platformdirs

from cnnviz.files import write_atomically

ThemeChoice = Literal["system", "dark", "light"]
Framework = Literal["pytorch", "keras"]

HOME = "CNNVIZ_HOME"
"""Environment variable: a folder that holds all of :class:`Folders` instead of the places of the system."""
MOST_RECENT = 10
_MOST_BYTES = 2**20
_CHOICES = {"theme": get_args(ThemeChoice), "framework": get_args(Framework)}
_RANGES = {"threads": (0, 1024), "validation": (0, 2**31 - 1), "autosave": (1, 3600)}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """Where things are kept: preferences, what must not be lost, what can be made again, and the log."""

    config: Path
    data: Path
    cache: Path
    log: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "settings.json"

    @property
    def recovery(self) -> Path:
        """The folder of autosaved projects."""
        return self.data / "recovery"


def folders() -> Folders:
    """The folders of this user; made where they are missing. Raises OSError where that cannot be done."""
    if home := os.environ.get(HOME):
        base = Path(home).expanduser().absolute()
        found = Folders(base / "config", base / "data", base / "cache", base / "log")
    else:
        places = platformdirs.PlatformDirs("cnnviz", appauthor=False)
        found = Folders(places.user_config_path, places.user_data_path, places.user_cache_path, places.user_log_path)
    for folder in (found.config, found.data, found.cache, found.log):
        folder.mkdir(parents=True, exist_ok=True)
    return found


@dataclass(frozen=True)
class Settings:
    """Preferences.

    ``recent`` are paths of projects, the last one first; ``geometry`` and ``arrangement`` are what Qt says of the
    window and of its places, in base64; ``device`` is "auto", "cpu" or a name of torch's; ``threads`` 0 is as many
    as fit; ``validation`` is how many training images a new project sets aside; ``autosave`` is the time between two
    autosaves, in seconds; ``framework`` is that of the code beside the canvas.
    """

    theme: ThemeChoice = "system"
    recent: tuple[str, ...] = ()
    geometry: str = ""
    arrangement: str = ""
    device: str = "auto"
    threads: int = 0
    validation: int = 5000
    autosave: int = 20
    framework: Framework = "pytorch"

    def with_recent(self, path: Path) -> Settings:
        """The settings after a project was opened or saved at ``path``."""
        first = str(path.absolute())
        rest = tuple(other for other in self.recent if other != first)
        return replace(self, recent=(first, *rest)[:MOST_RECENT])

    def without_recent(self, path: Path) -> Settings:
        """The settings without a project that is no longer there."""
        gone = {str(path), str(path.absolute())}
        return replace(self, recent=tuple(other for other in self.recent if other not in gone))


def load(path: Path | None = None) -> Settings:
    """The stored settings, the defaults where there are none.

    A file that cannot be understood is kept beside as ``settings.json.broken``, said in the log, and the defaults are
    used. Never raises.
    """
    try:
        path = path or folders().settings
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
        raw = json.loads(content)
        known = {field.name for field in fields(Settings)}
        kept = {name: value for name, value in raw.items() if name in known}
        if not all(_understood(name, value) for name, value in kept.items()):
            raise ValueError
        return Settings(**{**kept, "recent": tuple(kept.get("recent", ()))})
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        _log.warning("The settings could not be read (%s); the defaults are used.", error.strerror or error)
    except (ValueError, RecursionError, AttributeError):
        assert path is not None
        aside = path.with_name(path.name + ".broken")
        _log.warning(
            "The settings in “%s” are damaged; the defaults are used and the file is kept as “%s”.", path, aside
        )
        _keep_aside(path, aside)
    return Settings()


def save(settings: Settings, path: Path | None = None) -> bool:
    """Store the settings; False, and a sentence in the log, where that cannot be done."""
    try:
        write_atomically(path or folders().settings, json.dumps(asdict(settings), indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        _log.warning("The settings could not be saved: %s.", error.strerror or error)
        return False
    return True


def _understood(name: str, value: object) -> bool:
    """Whether a stored value is one that a preference can have; by hand, as the first window waits for it."""
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "recent":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name in _RANGES:
        low, high = _RANGES[name]
        return type(value) is int and low <= value <= high
    return isinstance(value, str)


def _keep_aside(path: Path, aside: Path) -> None:
    try:
        path.replace(aside)
    except OSError as error:
        _log.warning("“%s” could not be renamed: %s.", path, error.strerror or error)
