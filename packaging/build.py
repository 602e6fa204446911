"""Build the standalone program: ``python packaging/build.py``, with Python 3.11 or newer and nothing installed.

It makes an environment of its own from the dependencies that the project declares, freezes the program with
PyInstaller, leaves out what nobody needs, proves the result by ``cnnviz smoke`` in an empty environment, and packs it:

- Linux: a folder, a .tar.xz of it, and a .deb
- Windows and macOS: a folder or an app, and a .zip of it

All go to ``dist/``, with ``SHA256SUMS`` beside them. What is inside, its versions and its licences are in the folder
``licences`` of each.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import archives
import deb
import slim

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
ICON = PROJECT / "resources" / "icons" / "cnnviz.svg"
PYINSTALLER = ("pyinstaller==6.22.*", "pyinstaller-hooks-contrib")
SMOKE_TIMEOUT = 600
MOST_MB, MOST_PACKED_MB = 700, 230


def main() -> int:
    """Build; 0, or 1 where the result is larger than it may be."""
    options = _options()
    out, work = options.out.resolve(), options.work.resolve()
    out.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    python = _environment(work, options.index)
    version = _text(python, "-c", "import cnnviz; print(cnnviz.__version__)")
    say(f"cnnviz {version}, {_text(python, '-c', 'import torch; print(torch.__version__)')} of torch")
    _draw_icons(python, work / "icons")
    program = _freeze(python, work, version)
    slim.strip(program)
    _add_licences(python, program, work)
    name = f"cnnviz-{version}-{_system()}"
    folder = _place(program, out / name)
    if sys.platform.startswith("linux"):
        archives.add_desktop_files(folder / "share", HERE, work / "icons")
        shutil.copy(HERE / "linux" / "add-to-menu", folder)
    if not options.without_smoke:
        smoke(folder)
    archives.write_sums(folder)
    unpacked = archives.size_of(folder)
    say(f"{folder.name}: {unpacked / 1e6:.0f} MB")
    packed = [] if options.without_archives else _pack(folder, out, work, version, options.level)
    for archive in packed:
        say(f"{archive.name}: {archive.stat().st_size / 1e6:.0f} MB")
    archives.write_sums(out, packed)
    too_large = unpacked > MOST_MB * 1e6 or any(one.stat().st_size > MOST_PACKED_MB * 1e6 for one in packed)
    if too_large:
        say(f"That is more than {MOST_MB} MB unpacked or {MOST_PACKED_MB} MB packed.")
    return int(too_large)


def smoke(folder: Path) -> None:
    """Run ``cnnviz smoke`` of the bundle with an empty environment; raises CalledProcessError where it fails."""
    # Windows does not start programs without SystemRoot; elsewhere nothing at all is needed
    environment = {name: os.environ[name] for name in ("SystemRoot", "TEMP") if sys.platform == "win32"}
    say("smoke")
    subprocess.run(
        [executable(folder), "smoke", "--json"], env=environment, cwd=folder, check=True, timeout=SMOKE_TIMEOUT
    )


def executable(folder: Path) -> Path:
    """The program of a bundle."""
    if sys.platform == "darwin":
        return folder / "cnnviz.app" / "Contents" / "MacOS" / "cnnviz"
    return folder / ("cnnviz.exe" if sys.platform == "win32" else "cnnviz")


def say(sentence: str) -> None:
    """Tell how far it is."""
    print(f"[{time.strftime('%H:%M:%S')}] {sentence}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=PROJECT / "dist", help="where the results go (dist)")
    parser.add_argument("--work", type=Path, default=PROJECT / "build" / "bundle", help="for what is made on the way")
    parser.add_argument("--index", help="on Linux: a package index that has torch without CUDA, where pip finds none")
    parser.add_argument("--level", type=int, default=3, choices=range(10), help="how tightly xz packs on Linux (3)")
    parser.add_argument("--without-archives", action="store_true", help="only the folder")
    parser.add_argument("--without-smoke", action="store_true", help="do not start the result")
    return parser.parse_args()


def _environment(work: Path, index: str | None) -> Path:
    """A fresh environment with the wheel of this checkout, what it depends on, and PyInstaller; its Python."""
    say("environment")
    home, wheels = work / "environment", work / "wheel"
    for old in (home, wheels):
        shutil.rmtree(old, ignore_errors=True)
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    _run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, PROJECT)
    (wheel,) = wheels.glob("*.whl")
    install = (python, "-m", "pip", "install", "--quiet", wheel, *PYINSTALLER)
    if not sys.platform.startswith("linux"):
        _run(*install)
        return python
    # on Linux pip prefers torch with CUDA, gigabytes of it; "+cpu" in the version names the other one
    constraints = HERE / "constraints-linux.txt"
    if subprocess.run([str(part) for part in (*install, "--constraint", constraints)], check=False).returncode:
        if index is None:
            raise SystemExit("pip finds no torch without CUDA: name a package index that has it with --index.")
        say(f"no torch without CUDA where pip looks: trying {index}")
        _run(*install, "--constraint", constraints, "--extra-index-url", index)
    return python


def _draw_icons(python: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for picture in (ICON, HERE / "document.svg"):
        _run(python, HERE / "icons.py", picture, folder)


def _freeze(python: Path, work: Path, version: str) -> Path:
    say("PyInstaller")
    environment = {
        **os.environ,
        "CNNVIZ_BUNDLE_ICONS": str(work / "icons"),
        "CNNVIZ_BUNDLE_VERSION": version,
        "CNNVIZ_BUNDLE_BINARIES": str(work / "binaries.json"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "",
    }
    places = ("--distpath", work / "frozen", "--workpath", work / "pyinstaller")
    command = (python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", *places)
    # not from the checkout: its packages would come before the installed ones
    subprocess.run([str(part) for part in (*command, HERE / "cnnviz.spec")], env=environment, cwd=work, check=True)
    return work / "frozen" / ("cnnviz.app" if sys.platform == "darwin" else "cnnviz")


def _add_licences(python: Path, program: Path, work: Path) -> None:
    """Write the folder ``licences`` and put its table where Help > About shows it."""
    inside = program / "Contents" / "Resources" if sys.platform == "darwin" else program
    _run(python, HERE / "licences.py", work / "binaries.json", inside / "licences")
    for notices in program.rglob("resources/notices"):
        if not notices.is_symlink():
            shutil.copy(inside / "licences" / "README.md", notices / "of-this-bundle.md")
            with (notices / "README.md").open("a", encoding="utf-8") as file:
                file.write("- [All that this bundle contains](of-this-bundle.md)\n")


def _place(program: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    if sys.platform != "darwin":
        shutil.move(program, folder)
        return folder
    folder.mkdir()
    shutil.copy(HERE.parent / "resources" / "icons" / "cnnviz.svg", folder)
    app = Path(shutil.move(program, folder))
    # files were added after PyInstaller had signed it
    _run("codesign", "--force", "--deep", "--sign", "-", app)
    return folder


def _pack(folder: Path, out: Path, work: Path, version: str, level: int) -> list[Path]:
    say("archives")
    if not sys.platform.startswith("linux"):
        return [archives.zip_of(folder, out)]
    return [archives.tar_of(folder, out, level), deb.build(folder, out, work / "deb", version, level)]


def _system() -> str:
    names = {"linux": "linux", "win32": "windows", "darwin": "macos"}
    machine = platform.machine().lower()
    return f"{names.get(sys.platform, sys.platform)}-{'x86_64' if machine == 'amd64' else machine}"


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True)


def _text(*command: object) -> str:
    # from a folder without the checkout, whose packages would come before the installed ones
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=Path(sys.prefix), check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
