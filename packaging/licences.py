"""The licences of all that a bundle holds: a table, and the full texts beside it.

Run by build.py in the environment that was frozen: ``python licences.py BINARIES.json FOLDER``, where the first is a
list of [place in the bundle, file it was taken from].
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TEXT = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS)", re.IGNORECASE)
_QT = ("pyside6_essentials", "shiboken6")
_KNOWN = {"pyside6_essentials": "LGPL-3.0-only", "shiboken6": "LGPL-3.0-only"}
"""Where a library names a choice of licences: the one that is taken."""


@dataclass(frozen=True)
class Part:
    """Something in the bundle, and the file name of its licence's text."""

    name: str
    version: str
    licence: str
    text: str


def main() -> None:
    """Write the folder."""
    binaries, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_interpreter(folder), *(_library(one, folder) for one in _closure("cnnviz"))]
    parts += [_library(distribution("pyinstaller"), folder)]
    parts += _of_system(json.loads(binaries.read_text(encoding="utf-8")), folder)
    notices = Path(str(distribution("cnnviz").locate_file("cnnviz/resources/notices")))
    for text in (*notices.glob("*.txt"), notices / "mnist.md", notices / "qt.md"):
        shutil.copy(text, folder)
    rows = "".join(f"| {one.name} | {one.version} | {one.licence} | {one.text} |\n" for one in parts)
    (folder / "README.md").write_text(_HEAD + rows, encoding="utf-8", newline="\n")


_HEAD = """\
# What this bundle contains

cnnviz is under the MIT licence. With it come the works below, each under its own; their texts are in the folder
`licences`. Qt and PySide6 are separate shared libraries under the LGPL (`qt.md`, `lgpl-3.0.txt`, `gpl-3.0.txt`): you
may replace them. PyInstaller's exception allows programs under any licence. MNIST is under CC BY-SA 3.0 (`mnist.md`).

| what | version | licence | text |
| --- | --- | --- | --- |
"""


def _closure(root: str) -> list[Distribution]:
    """The installed distribution and all that it needs, by name."""
    found: dict[str, Distribution] = {}
    waiting = [root]
    while waiting:
        try:
            one = distribution(waiting.pop())
        except PackageNotFoundError:
            continue
        key = _key(one)
        if key in found:
            continue
        found[key] = one
        needs = (line for line in one.requires or () if "extra ==" not in line)
        waiting += [match.group() for line in needs if (match := _NAME.match(line))]
    return [found[key] for key in sorted(found)]


def _library(one: Distribution, folder: Path) -> Part:
    name, version = str(one.metadata["Name"]), str(one.version)
    texts = [path for path in one.files or () if _TEXT.search(path.name) and ".dist-info" in str(path)]
    if _key(one) in _QT:
        return Part(name, version, _KNOWN[_key(one)], "lgpl-3.0.txt")
    target = folder / f"{name}.txt"
    read = [(str(path), Path(str(one.locate_file(path)))) for path in sorted(texts)]
    shown = [f"==== {title} ====\n\n{path.read_text('utf-8', 'replace')}\n" for title, path in read if path.is_file()]
    target.write_text("\n".join(shown) or f"{_licence(one)}\n", encoding="utf-8", newline="\n")
    return Part(name, version, _licence(one), target.name)


def _licence(one: Distribution) -> str:
    """What the library's metadata call its licence, in a line."""
    for field in ("License-Expression", "License"):
        for given in one.metadata.get_all(field) or ():
            if "\n" not in given.strip() and 0 < len(given.strip()) < 120 and given.strip() != "UNKNOWN":
                return str(given).strip()
    classifiers = [line for line in one.metadata.get_all("Classifier") or () if line.startswith("License ::")]
    return ", ".join(line.rpartition(" :: ")[2] for line in classifiers) or "see its text"


def _interpreter(folder: Path) -> Part:
    places = (Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt")
    for place in places:
        if place.is_file():
            shutil.copy(place, folder / "Python.txt")
            return Part("Python", platform.python_version(), "PSF-2.0", "Python.txt")
    return Part("Python", platform.python_version(), "PSF-2.0", "https://docs.python.org/3/license.html")


def _of_system(binaries: list[list[str]], folder: Path) -> list[Part]:
    """Libraries that were taken from the system that built the bundle, by its packages; none where it has no dpkg."""
    if shutil.which("dpkg-query") is None:
        return []
    foreign = [Path(source).resolve() for _, source in binaries if not _is_ours(Path(source))]
    packages = sorted({package for source in foreign if (package := _package_of(source))})
    parts = []
    for package in packages:
        version = _query("-W", "-f=${Version}", package)
        copyright_ = Path("/usr/share/doc") / package.partition(":")[0] / "copyright"
        target = folder / f"{package.partition(':')[0]}.txt"
        shutil.copy(copyright_, target)
        content = target.read_text("utf-8", "replace")
        names = sorted(set(re.findall(r"^License: *(\S[^\n]*)", content, re.MULTILINE)))
        parts.append(Part(package.partition(":")[0], version, "; ".join(names[:4]) or "see its text", target.name))
    return parts


def _is_ours(source: Path) -> bool:
    return any(source.is_relative_to(prefix) for prefix in (sys.prefix, sys.base_prefix))


def _package_of(source: Path) -> str | None:
    # the package may name the file by a folder that has since become a link, /lib of /usr/lib
    for place in (source, Path("/", *source.parts[2:])):
        if found := _query("-S", str(place)):
            return found.partition(": ")[0].partition(",")[0]
    return None


def _query(*arguments: str) -> str:
    return subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True, check=False).stdout.strip()


def _key(one: Distribution) -> str:
    return re.sub(r"[-_.]+", "_", str(one.metadata["Name"])).lower()


if __name__ == "__main__":
    main()
