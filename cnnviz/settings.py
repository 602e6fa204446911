"""The user's preferences, and the folders of the program's files."""

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
FileKind = Literal["project", "training", "picture", "code", "run", "export"]
"""The kinds of files; each has a folder of its own where dialogs begin."""
BESIDE: tuple[FileKind, ...] = ("training", "code", "run", "export")
"""The kinds of files that are usually kept beside the project from which they are made."""

HOME = "CNNVIZ_HOME"
"""Environment variable: a folder that contains all of :class:`Folders`, in place of the system's folders."""
MOST_RECENT = 10
_MOST_BYTES = 2**20
_MOST_THREADS = 1024
_LONGEST = 4096
"""The most characters of a device's name, and of a stored state of the window."""

MOST_MEGABYTES: Mapping[str, int] = MappingProxyType({"run_megabytes": 2**20, "all_megabytes": 2**30})
"""The largest values of the settings about the room for moments."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """The folders of preferences, of data that must not be lost, of data that can be made again, and of the log."""

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
    """The folders of this user, created if that is possible. Never raises.

    For a user without a home folder the paths cannot exist: nothing is found there, and writing raises OSError.
    """
    if home := os.environ.get(HOME):
        base = _expanded(Path(home)).absolute()
        found = Folders(base / "config", base / "data", base / "cache", base / "log")
    else:
        found = _system_folders()
    for folder in _paths_of(found):
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True)
    return found


def unwritable() -> Path | None:
    """The first of the folders that cannot be written to; None if all can."""
    found = _paths_of(folders())
    return next((folder for folder in found if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))), None)


def start_folder() -> Path:
    """The folder in which a dialog for files begins: the user's home, or the working folder without a home."""
    try:
        return Path.home()
    except RuntimeError:
        return Path()


def _system_folders() -> Folders:
    """The folders as the system defines them."""
    places = platformdirs.PlatformDirs("cnnviz", appauthor=False)
    try:
        found = Folders(places.user_config_path, places.user_data_path, places.user_cache_path, places.user_log_path)
    except RuntimeError:
        found = None
    if found is not None and all(folder.is_absolute() for folder in _paths_of(found)):
        return found
    # the system knows no home folder of this user
    return Folders(*(Path(os.devnull) / "cnnviz" / name for name in ("config", "data", "cache", "log")))


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _paths_of(found: Folders) -> tuple[Path, ...]:
    return found.config, found.data, found.cache, found.log


def at_home() -> bool:
    """Whether there are folders for the program's files, from the system or from :data:`HOME`."""
    return not folders().config.is_relative_to(os.devnull)


@dataclass(frozen=True)
class Settings:
    """Preferences.

    ``recent`` are paths of projects, the newest first. ``geometry`` and ``arrangement`` are Qt's states of the window
    and of its splitters, in base64. ``device`` is "auto", "cpu" or the name of a device of torch. ``threads`` is the
    number of torch's threads; 0: as many as suit the machine. ``validation`` is how many training images a new project
    sets aside. ``framework`` is the framework of the code beside the canvas. ``welcomed``: the user has closed the
    welcome. ``folders`` has the last used folder for each kind of file. ``exports`` are the
    formats that were exported last. ``record``: runs are recorded; the moments of a
    run may take ``run_megabytes``, the moments of all runs ``all_megabytes``.
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
    exports: tuple[str, ...] = ("onnx", "torch")
    record: bool = True
    run_megabytes: int = 200
    all_megabytes: int = 2000

    def folder(self, kind: FileKind) -> Path | None:
        """The folder used last for files of a kind; None if there is none or it no longer exists."""
        path = dict(self.folders).get(kind)
        return Path(path) if path is not None and is_folder(Path(path)) else None

    def with_folder(self, kind: FileKind, folder: Path) -> Settings:
        """The settings after a file of a kind was chosen in ``folder``."""
        return replace(self, folders=(*{**dict(self.folders), kind: str(folder.absolute())}.items(),))

    def with_project_folder(self, folder: Path) -> Settings:
        """The settings after a project was opened or saved in ``folder``.

        Files made from a project of another folder no longer count, so that dialogs begin beside the project.
        """
        if dict(self.folders).get("project") == str(folder.absolute()):
            return self
        others = tuple(each for each in self.folders if each[0] not in BESIDE)
        return replace(self, folders=others).with_folder("project", folder)

    def with_recent(self, path: Path) -> Settings:
        """The settings after a project was opened or saved at ``path``."""
        first = str(path.absolute())
        others = tuple(other for other in self.recent if other != first)
        return replace(self, recent=(first, *others)[:MOST_RECENT])

    def without_recent(self, path: Path) -> Settings:
        """The settings without a project that is no longer there."""
        removed = {str(path), str(path.absolute())}
        return replace(self, recent=tuple(other for other in self.recent if other not in removed))


def load(path: Path | None = None) -> Settings:
    """The stored settings, or the defaults if nothing is stored. Never raises.

    An invalid preference gets its default. A file that is not valid JSON is renamed to ``settings.json.broken``. Both
    are logged.
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
        if _IS_VALID[name](raw[name]):
            kept[name] = raw[name]
        else:
            _log.warning("The setting “%s” cannot be %s; its default is used.", name, described(raw[name]))
    lists: dict[str, Any] = {name: tuple(kept[name]) for name in ("recent", "exports") if name in kept}
    lists["folders"] = tuple(map(tuple, kept.get("folders", ())))
    return Settings(**{**kept, **lists})


def save(settings: Settings, path: Path | None = None) -> bool:
    """Store the settings. Returns False, and logs the reason, if that fails."""
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


def _names(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST_RECENT and all(map(_text, value))


def _in_range(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


_IS_VALID: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "theme": get_args(ThemeChoice).__contains__,
        "recent": _paths,
        "geometry": _base64,
        "arrangement": _base64s,
        "device": _text,
        "threads": _in_range(0, _MOST_THREADS),
        "validation": _in_range(0, 2**31 - 1),
        "framework": get_args(Framework).__contains__,
        "welcomed": lambda value: isinstance(value, bool),
        "folders": _folders,
        "exports": _names,
        "record": lambda value: isinstance(value, bool),
        **{name: _in_range(1, most) for name, most in MOST_MEGABYTES.items()},
    }
)
"""For each preference, whether a stored value is valid. Written by hand, because importing pydantic takes long."""


def _keep_aside(path: Path, aside: Path) -> None:
    try:
        path.replace(aside)
    except OSError as error:
        _log.warning("“%s” could not be renamed: %s.", path, cause(error))
