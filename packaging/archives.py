"""Packing a bundle: archives whose content depends on nothing but the bundle, checksums, and the files for desktops."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUMS = "SHA256SUMS"
_BLOCK = 1 << 20


def moment() -> int:
    """The time that every file in an archive gets: ``SOURCE_DATE_EPOCH``, else that of the last commit, else now."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    git = ["git", "-C", str(Path(__file__).parent), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(git, check=True, capture_output=True, text=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return int(time.time())


def files_of(folder: Path) -> Iterator[Path]:
    """Every file and link below a folder, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            yield path


def size_of(folder: Path) -> int:
    """What its files hold, in bytes; links count nothing."""
    return sum(path.stat().st_size for path in files_of(folder) if not path.is_symlink())


def digest(path: Path, algorithm: str = "sha256") -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def write_sums(folder: Path, paths: Iterable[Path] | None = None) -> None:
    """Write ``SHA256SUMS`` of these files, or of all in the folder, as ``sha256sum --check`` reads it."""
    target = folder / SUMS
    target.unlink(missing_ok=True)
    chosen = [path for path in (files_of(folder) if paths is None else paths) if not path.is_symlink()]
    lines = [f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in chosen]
    target.write_text("".join(lines), encoding="utf-8", newline="\n")


def add_desktop_files(share: Path, packaging: Path, icons: Path) -> None:
    """What Linux desktops read, below a ``share`` folder: menu entry, metainfo, MIME type and icons."""
    linux = packaging / "linux"
    for source, place in (
        (linux / "cnnviz.desktop", "applications/cnnviz.desktop"),
        (linux / "cnnviz.metainfo.xml", "metainfo/cnnviz.metainfo.xml"),
        (linux / "cnnviz.mime.xml", "mime/packages/cnnviz.xml"),
        (packaging.parent / "resources" / "icons" / "cnnviz.svg", "icons/hicolor/scalable/apps/cnnviz.svg"),
        (packaging / "document.svg", "icons/hicolor/scalable/mimetypes/application-x-cnnviz.svg"),
    ):
        (share / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, share / place)
    for prefix, kind, name in (("cnnviz", "apps", "cnnviz"), ("document", "mimetypes", "application-x-cnnviz")):
        for picture in icons.glob(f"{prefix}-*.png"):
            side = picture.stem.rpartition("-")[2]
            target = share / "icons" / "hicolor" / f"{side}x{side}" / kind / f"{name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, target)


def tar_of(folder: Path, out: Path, level: int) -> Path:
    """``FOLDER.tar.xz`` in ``out``, with the folder itself inside; ``level`` is xz's, 0 (quick) to 9 (tight)."""
    plain = out / f"{folder.name}.tar"
    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in (folder, *sorted(folder.rglob("*"))):
            archive.add(path, f"{folder.name}/{path.relative_to(folder)}".removesuffix("/."), False, filter=uniform)
    subprocess.run(["xz", "--force", "--threads=0", f"-{level}", plain], check=True)
    return plain.with_name(f"{plain.name}.xz")


def uniform(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The entry as root's, with one time and the usual permissions."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = moment()
    if not entry.issym():
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def zip_of(folder: Path, out: Path) -> Path:
    """``FOLDER.zip`` in ``out``, with the folder itself inside."""
    target = out / f"{folder.name}.zip"
    target.unlink(missing_ok=True)
    if sys.platform == "darwin":
        # it keeps the links and permissions of an app
        subprocess.run(["ditto", "-c", "-k", "--keepParent", folder, target], check=True)
        return target
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files_of(folder):
            archive.write(path, Path(folder.name) / path.relative_to(folder))
    return target
