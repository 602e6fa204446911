"""The user's preferences, and the folders for what the program keeps between two starts."""

from __future__ import annotations

import json
import logging
import os
from base64 import b64decode
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import platformdirs

from cnnviz.files import cause, is_folder, is_path, read_ordinary, write_atomically
from cnnviz.quoting import described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ThemeChoice = Literal["system", "dark", "light"]
Framework = Literal["pytorch", "keras"]
FileKind = Literal["project", "training", "picture", "code", "run"]
"""What dialogs for files are about."""

HOME = "CNNVIZ_HOME"
"""Environment variable: a folder that holds all of :class:`Folders` instead of the places of the system."""
MOST_RECENT = 10
_MOST_BYTES = 2**20
_LONGEST = 4096
"""Characters of a name of a device or of a state of the window."""

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
    """The folders of this user; made where they are missing and can be made. Never raises.

    Where there is no home they are at a place that cannot exist: nothing is found there, and writing raises OSError.
    """
    if home := os.environ.get(HOME):
        base = _expanded(Path(home)).absolute()
        found = Folders(base / "config", base / "data", base / "cache", base / "log")
    else:
        found = _places()
    for folder in _each(found):
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True)
    return found


def unwritable() -> Path | None:
    """The first of the folders in which nothing can be kept; None where all are well."""
    found = _each(folders())
    return next((folder for folder in found if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))), None)


def start_folder() -> Path:
    """Where a dialog for files begins: the user's home, or the working folder where there is none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path()


def _places() -> Folders:
    """The places of the system."""
    places = platformdirs.PlatformDirs("cnnviz", appauthor=False)
    try:
        found = Folders(places.user_config_path, places.user_data_path, places.user_cache_path, places.user_log_path)
    except RuntimeError:
        found = None
    if found is not None and all(folder.is_absolute() for folder in _each(found)):
        return found
    # the system does not know where this user is at home
    return Folders(*(Path(os.devnull) / "cnnviz" / name for name in ("config", "data", "cache", "log")))


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _each(found: Folders) -> tuple[Path, ...]:
    return found.config, found.data, found.cache, found.log


def at_home() -> bool:
    """Whether the system, or the user, names a place for what is kept."""
    return not folders().config.is_relative_to(os.devnull)


@dataclass(frozen=True)
class Settings:
    """Preferences.

    ``recent`` are paths of projects, the last one first; ``geometry`` and ``arrangement`` are what Qt says of the
    window and of its places, in base64; ``device`` is "auto", "cpu" or a name of torch's; ``threads`` 0 is as many
    as fit; ``validation`` is how many training images a new project sets aside; ``framework`` is that of
    the code beside the canvas; ``welcomed``: the user has read what this is; ``folders`` are the folders used last,
    one for each kind of file. ``record``: every run is recorded; the moments of one may take ``run_megabytes``, those
    of all ``all_megabytes``.
    """

    theme: ThemeChoice = "system"
    recent: tuple[str, ...] = ()
    geometry: str = ""
    arrangement: str = ""
    device: str = "auto"
    threads: int = 0
    validation: int = 5000
    framework: Framework = "pytorch"
    welcomed: bool = False
    folders: tuple[tuple[FileKind, str], ...] = ()
    record: bool = True
    run_megabytes: int = 200
    all_megabytes: int = 2000

    def folder(self, kind: FileKind) -> Path | None:
        """The folder used last for files of a kind; None where there is none any more."""
        path = dict(self.folders).get(kind)
        return Path(path) if path is not None and is_folder(Path(path)) else None

    def with_folder(self, kind: FileKind, folder: Path) -> Settings:
        """The settings after a file of a kind was chosen in ``folder``."""
        return replace(self, folders=(*{**dict(self.folders), kind: str(folder.absolute())}.items(),))

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

    A preference that cannot be understood has its default. A file that cannot be understood at all is kept beside as
    ``settings.json.broken``. Both are said in the log. Never raises.
    """
    path = path or folders().settings
    try:
        raw = json.loads(read_ordinary(path, _MOST_BYTES))
        if not isinstance(raw, dict):
            raise ValueError("it is no object")
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except OSError as error:
        _log.warning("The settings could not be read: %s. The defaults are used.", cause(error))
        return Settings()
    except (ValueError, RecursionError):
        aside = path.with_name(path.name + ".broken")
        _log.warning(
            "The settings in “%s” are damaged; the defaults are used and the file is kept as “%s”.", path, aside
        )
        _keep_aside(path, aside)
        return Settings()
    kept = {}
    for name in (field.name for field in fields(Settings)):
        if name not in raw:
            continue
        if _UNDERSTOOD[name](raw[name]):
            kept[name] = raw[name]
        else:
            _log.warning("The setting “%s” cannot be %s; its default is used.", name, described(raw[name]))
    lists = {"recent": tuple(kept.get("recent", ())), "folders": tuple(map(tuple, kept.get("folders", ())))}
    return Settings(**{**kept, **lists})


def save(settings: Settings, path: Path | None = None) -> bool:
    """Store the settings; False, and a sentence in the log, where that cannot be done."""
    try:
        # ASCII, as a path may hold bytes that are no characters
        write_atomically(path or folders().settings, json.dumps(asdict(settings), indent=1) + "\n")
    except OSError as error:
        _log.warning("The settings could not be saved: %s.", cause(error))
        return False
    return True


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and value.isascii()


def _base64(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    try:
        b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def _base64s(value: object) -> bool:
    return isinstance(value, str) and all(map(_base64, value.split(".")))


def _paths(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST_RECENT and all(map(is_path, value))


def _folders(value: object) -> bool:
    kinds = get_args(FileKind)
    if not isinstance(value, list) or len(value) > len(kinds):
        return False
    return all(isinstance(each, list) and len(each) == 2 and each[0] in kinds and is_path(each[1]) for each in value)


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


_UNDERSTOOD: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "theme": get_args(ThemeChoice).__contains__,
        "recent": _paths,
        "geometry": _base64,
        "arrangement": _base64s,
        "device": _text,
        "threads": _whole(0, 1024),
        "validation": _whole(0, 2**31 - 1),
        "framework": get_args(Framework).__contains__,
        "welcomed": lambda value: isinstance(value, bool),
        "folders": _folders,
        "record": lambda value: isinstance(value, bool),
        "run_megabytes": _whole(1, 2**20),
        "all_megabytes": _whole(1, 2**30),
    }
)
"""For each preference, whether a stored value is one that it can have; by hand, as the first window waits for it."""


def _keep_aside(path: Path, aside: Path) -> None:
    try:
        path.replace(aside)
    except OSError as error:
        _log.warning("“%s” could not be renamed: %s.", path, cause(error))
