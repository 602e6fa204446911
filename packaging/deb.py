"""The Debian package: the bundle below /usr/lib, the files for desktops, and nothing that has to be run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import archives

_CONTROL = """\
Package: cnnviz
Version: {version}
Architecture: {architecture}
Maintainer: The cnnviz developers <cnnviz@localhost>
Installed-Size: {kilobytes}
Depends: libc6 (>= {libc}), libegl1, libgl1
Recommends: desktop-file-utils, hicolor-icon-theme, shared-mime-info
Section: education
Priority: optional
Description: build a convolutional network and look inside while it learns
 cnnviz is a window in which convolutional networks are built by pointing and
 clicking, trained, and looked into while they learn: their kernels, the maps of
 every layer for an image of your choice, and the curves, all live. MNIST comes
 with it; no network connection is needed.
 .
 The package holds the program with Python, Qt and PyTorch for processors.
"""
_LIBC = re.compile(rb"GLIBC_2\.(\d+)")


def build(folder: Path, out: Path, work: Path, version: str, level: int) -> Path:
    """``cnnviz_VERSION_ARCHITECTURE.deb`` in ``out``, of a bundle with its folder ``share``; needs dpkg-deb.

    ``level`` is xz's, 0 (quick) to 9 (tight).
    """
    shutil.rmtree(work, ignore_errors=True)
    program = work / "usr" / "lib" / "cnnviz"
    # links instead of copies: the bundle is large, and it stays as it is
    shutil.copytree(folder, program, symlinks=True, copy_function=_link)
    shutil.move(program / "share", work / "usr" / "share")
    (program / "add-to-menu").unlink()
    (program / archives.SUMS).unlink()
    documents = work / "usr" / "share" / "doc" / "cnnviz"
    documents.mkdir(parents=True)
    shutil.move(program / "licences", documents / "licences")
    shutil.copyfile(documents / "licences" / "README.md", documents / "copyright")
    (work / "usr" / "bin").mkdir()
    (work / "usr" / "bin" / "cnnviz").symlink_to("../lib/cnnviz/cnnviz")
    architecture = _output("dpkg", "--print-architecture")
    control = work / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        _CONTROL.format(
            version=version,
            architecture=architecture,
            kilobytes=archives.size_of(work) // 1024,
            libc=needed_libc(folder),
        ),
        encoding="utf-8",
    )
    installed = [path for path in archives.files_of(work / "usr") if not path.is_symlink()]
    sums = "".join(f"{archives.digest(path, 'md5')}  {path.relative_to(work)}\n" for path in installed)
    (control / "md5sums").write_text(sums, encoding="utf-8")
    _permit(work)
    target = out / f"cnnviz_{version}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{level}", "--build", work, target],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(work)
    return target


def needed_libc(folder: Path) -> str:
    """The oldest version of the C library with which every file of the bundle loads, e.g. ``2.36``."""
    versions = {0}
    for path in archives.files_of(folder):
        if not path.is_symlink() and (".so" in path.name or path.suffix == ""):
            content = path.read_bytes()
            if content.startswith(b"\x7fELF"):
                versions.update(int(number) for number in _LIBC.findall(content))
    return f"2.{max(versions)}"


def _link(source: str, target: str) -> str:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
    return target


def _permit(work: Path) -> None:
    for path in (work, *work.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
