"""What of the libraries stays out of the bundle. Places are those in the bundle, with forward slashes.

Kept on purpose: ``torch/bin/torch_shm_manager`` and the module ``torch.testing._internal``, without which torch does
not share memory or not import, and most sources of torch, which its scripting and its configuration read.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EXCLUDED_MODULES = (
    "IPython",
    "PyInstaller",
    "matplotlib",
    "pip",
    "pytest",
    "readline",  # its library is under the GPL, and there is no prompt to edit
    "setuptools",
    "tensorboard",
    "tkinter",
)

_EVERYWHERE = (
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    # sources beside the compiled modules, that nobody reads but for the configuration
    "torch/_inductor/*",
    "torch/ao/*.py",
    "torch/onnx/*.py",
    "torch/testing/*.py",
    "torch/lib/*.lib",
    "torch/lib/*_test.*",
    "torch/lib/*aoti_custom_ops*",
    "torch/lib/*backend_with_compiler*",
    "*.dist-info/licenses/*",
    "*.dist-info/RECORD",
    "*.pyi",
    # Qt Quick and what stands on it: nothing here is drawn with it
    "PySide6/*Qt6Qml*",
    "PySide6/*Qt6Quick*",
    "PySide6/*Qt6VirtualKeyboard*",
    "PySide6/*QtQml*",
    "PySide6/*QtQuick*",
    "PySide6/*QtVirtualKeyboard*",
    "PySide6/*plugins/egldeviceintegrations/*",
    "PySide6/*plugins/generic/*",
    "PySide6/*plugins/networkinformation/*",
    "PySide6/*plugins/platforms/*eglfs*",
    "PySide6/*plugins/platforms/*linuxfb*",
    "PySide6/*plugins/platforms/*minimalegl*",
    "PySide6/*plugins/platforms/*vkkhrdisplay*",
    "PySide6/*plugins/platforms/*vnc*",
    "PySide6/*plugins/platforminputcontexts/*virtualkeyboard*",
    "PySide6/*plugins/platformthemes/*gtk3*",
    "PySide6/*plugins/qmltooling/*",
    "PySide6/*plugins/wayland-graphics-integration-server/*",
    "PySide6/*plugins/imageformats/*icns*",
    "PySide6/*plugins/imageformats/*pdf*",
    "PySide6/*plugins/imageformats/*tga*",
    "PySide6/*plugins/imageformats/*tiff*",
    "PySide6/*plugins/imageformats/*wbmp*",
    "PySide6/*plugins/imageformats/*webp*",
    "PIL/_avif*",
    "pillow.libs/libavif*",
)
_ON_LINUX = (
    # torchvision's libraries there are built for CUDA and do not load beside a torch without it
    "torchvision/_C.so",
    "torchvision/image.so",
    "torchvision.libs/*",
    # what talks to the drivers has to be the system's, as the drivers are
    "libEGL.so*",
    "libGL.so*",
    "libGLX.so*",
    "libGLdispatch.so*",
    "libOpenGL.so*",
    "libdrm.so*",
    "libgbm.so*",
)
_CONFIGURATION = "torch/_inductor/config*.py"
_TORCH_PROGRAM = "torch/bin/torch_shm_manager"
_STRIPPED = ("libtorch_cpu.so", "libtorch_python.so", "libpython3.*.so.*", "python3.*/lib-dynload/*.so")
_LIBRARY = re.compile(rb"lib[A-Za-z0-9_.+-]+\.so(?:\.[0-9]+)*")

Entry = tuple[str, str, str]
"""As PyInstaller lists files: the place in the bundle, the file (of a link: what it points to), the kind."""


def is_wanted(place: str) -> bool:
    """Whether the file at this place belongs into the bundle."""
    place = place.replace("\\", "/")
    if place.startswith("torch/bin/"):
        return place.startswith(_TORCH_PROGRAM)
    if fnmatchcase(place, _CONFIGURATION):
        return True
    if "/translations/" in place and place.startswith("PySide6/"):
        return Path(place).name.startswith("qtbase_")
    patterns = _EVERYWHERE + (_ON_LINUX if sys.platform.startswith("linux") else ())
    return not any(fnmatchcase(place, pattern) for pattern in patterns)


def slim(binaries: Sequence[Entry]) -> list[Entry]:
    """The binaries without what is unwanted, the system's libraries that only that needed, and links to either."""
    kept = [entry for entry in binaries if is_wanted(entry[0])]
    if sys.platform.startswith("linux"):
        kept = _without_orphans(kept)
    places = {place for place, _, _ in kept}
    return [entry for entry in kept if entry[2] != "SYMLINK" or _aim(entry) in places]


def _without_orphans(binaries: list[Entry]) -> list[Entry]:
    """Without the libraries at the top, which come from the system, that no other file names."""
    mentions = {
        place: {match.decode() for match in _LIBRARY.findall(Path(source).read_bytes())}
        for place, source, kind in binaries
        if kind != "SYMLINK"
    }
    while True:
        named = {name for place, names in mentions.items() for name in names if name != posixpath.basename(place)}
        orphans = [place for place in mentions if "/" not in place and _is_library(place) and place not in named]
        if not orphans:
            return [entry for entry in binaries if entry[2] == "SYMLINK" or entry[0] in mentions]
        for place in orphans:
            del mentions[place]


def _is_library(place: str) -> bool:
    # Python itself is loaded by its name, from the start of the program
    return place.startswith("lib") and ".so" in place and not place.startswith("libpython")


def _aim(link: Entry) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(link[0]), link[1]))


def strip(folder: Path) -> None:
    """Take the symbols that nobody asks for out of the largest libraries; numpy's break by it. Only with GNU strip."""
    if not sys.platform.startswith("linux"):
        return
    for pattern in _STRIPPED:
        for library in folder.rglob(pattern):
            if not library.is_symlink():
                subprocess.run(["strip", "--strip-unneeded", library], check=True)
