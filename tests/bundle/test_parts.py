"""The parts of packaging/ that need no build: what stays out, icons, archives, certificates, the needed C library."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import struct
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from types import ModuleType

PACKAGING = Path(__file__).parents[2] / "packaging"
ICON = PACKAGING.parent / "resources" / "icons" / "cnnviz.svg"


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a module of packaging/, which is no package."""
    monkeypatch.syspath_prepend(str(PACKAGING))

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the places of Linux")
@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/protoc", False),
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/lib/libtorchbind_test.so", False),
        ("torch/nn/functional.py", True),
        ("torch/testing/_internal/common_utils.py", False),
        ("torch/_inductor/config.py", True),
        ("torch/_inductor/lowering.py", False),
        ("torchvision/_C.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("PySide6/Qt/translations/qtdeclarative_de.qm", False),
        ("libEGL.so.1", False),
        ("cnnviz/resources/datasets/mnist/train-images-idx3-ubyte.gz", True),
    ],
)
def test_what_stays_out_of_the_bundle(part: Any, place: str, wanted: bool) -> None:
    assert part("slim").is_wanted(place) is wanted


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no libraries to leave out")
def test_libraries_that_only_the_unwanted_needed_stay_out(part: Any, tmp_path: Path) -> None:
    content = {
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so": b"libepoxy.so.0\0",
        "libepoxy.so.0": b"libepoxy.so.0\0libthai.so.0\0",
        "libthai.so.0": b"libthai.so.0\0",
        "PySide6/Qt/lib/libQt6Gui.so.6": b"libfreetype.so.6\0",
        "libfreetype.so.6": b"libfreetype.so.6\0",
        "libpython3.11.so.1.0": b"",
    }
    entries = []
    for place, text in content.items():
        source = tmp_path / Path(place).name
        source.write_bytes(text)
        entries.append((place, str(source), "BINARY"))
    links = [
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("libqgtk3.so", "PySide6/Qt/plugins/platformthemes/libqgtk3.so", "SYMLINK"),
    ]
    kept = {place for place, _, _ in part("slim").slim(entries + links)}
    assert kept == {"PySide6/Qt/lib/libQt6Gui.so.6", "libfreetype.so.6", "libpython3.11.so.1.0", "libQt6Gui.so.6"}


def test_icons_are_what_windows_and_macos_read(part: Any, tmp_path: Path) -> None:
    part("icons").write(ICON, tmp_path)
    for side in (16, 512):
        picture = QImage(str(tmp_path / f"cnnviz-{side}.png"))
        assert (picture.width(), picture.height()) == (side, side)
        assert picture.pixelColor(0, 0).alpha() == 0
        assert picture.pixelColor(side // 2, side // 2).alpha() == 255
    windows = (tmp_path / "cnnviz.ico").read_bytes()
    _, kind, count = struct.unpack_from("<HHH", windows)
    assert (kind, count) == (1, 7)
    for number in range(count):
        size, offset = struct.unpack_from("<II", windows, 6 + 16 * number + 8)
        assert windows[offset : offset + 4] == b"\x89PNG"
        assert offset + size <= len(windows)
    mac = (tmp_path / "cnnviz.icns").read_bytes()
    assert mac[:4] == b"icns"
    assert struct.unpack_from(">I", mac, 4) == (len(mac),)


@pytest.mark.qt_log_ignore("Cannot read file")
def test_a_picture_that_is_none_is_refused(part: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.svg"
    broken.write_text("<svg", encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.svg is not an SVG picture"):
        part("icons").png(broken, 16)


def test_sums_are_those_of_every_file(part: Any, tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "ü").write_bytes(b"content")
    part("archives").write_sums(tmp_path)
    written = (tmp_path / "SHA256SUMS").read_text(encoding="utf-8")
    assert written == f"{hashlib.sha256(b'content').hexdigest()}  a folder/ü\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="made on Linux")
def test_an_archive_depends_on_nothing_but_the_content(
    part: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    made: list[Path] = []
    for name in ("one", "two"):
        folder = tmp_path / name / "bundle"
        folder.mkdir(parents=True)
        (folder / "cnnviz").write_text("program", encoding="utf-8")
        (folder / "cnnviz").chmod(0o700)
        (folder / "link").symlink_to("cnnviz")
        os.utime(folder / "cnnviz", (len(made), len(made)))
        made.append(part("archives").tar_of(folder, tmp_path / name, 0))
    assert made[0].read_bytes() == made[1].read_bytes()
    with tarfile.open(made[0]) as archive:
        entries = {entry.name: (oct(entry.mode), entry.uname, entry.mtime) for entry in archive if not entry.issym()}
    assert entries == {"bundle": ("0o755", "root", 10**9), "bundle/cnnviz": ("0o755", "root", 10**9)}


def test_the_needed_c_library_is_the_newest_that_a_file_asks_for(part: Any, tmp_path: Path) -> None:
    (tmp_path / "one.so.1").write_bytes(b"\x7fELF\0GLIBC_2.9\0GLIBC_2.34\0")
    (tmp_path / "two").write_bytes(b"\x7fELF\0GLIBC_2.17\0")
    (tmp_path / "text.py").write_bytes(b"GLIBC_2.99")
    assert part("deb").needed_libc(tmp_path) == "2.34"


def test_certificates_are_looked_for_unless_they_are_named(
    part: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = part("launcher")
    place = tmp_path / "ca.crt"
    place.touch()
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setattr(launcher, "CERTIFICATES", (str(tmp_path / "none"), str(place)))
    monkeypatch.setenv("SSL_CERT_FILE", "mine")
    launcher.find_certificates()
    assert os.environ["SSL_CERT_FILE"] == "mine"
    monkeypatch.delenv("SSL_CERT_FILE")
    launcher.find_certificates()
    assert os.environ["SSL_CERT_FILE"] == str(place)
