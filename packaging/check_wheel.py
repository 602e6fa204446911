"""Prove the wheel: ``python packaging/check_wheel.py``, with the package ``build`` installed.

It holds the package and the resources and nothing else of the checkout; the source archive gives the same wheel; and,
installed in a fresh environment away from the checkout, its ``cnnviz smoke`` passes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "TEMP", "QT_QPA_PLATFORM")
"""What of the environment the smoke test gets, and whatever says where pip finds packages does not matter to it."""


def main() -> int:
    """Check it in a temporary folder; 0 where everything holds."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-wheel-") as name:
        folder = Path(name)
        # by way of the source archive, and directly
        wheel = _build(folder / "archive")
        direct = _build(folder / "direct", "--wheel")
        _expect(_contents(wheel) == _contents(direct), "the source archive gives another wheel than the checkout")
        _inspect(wheel)
        _try(wheel, folder)
    return 0


def _build(out: Path, *options: str) -> Path:
    subprocess.run([sys.executable, "-m", "build", *options, "--outdir", out, PROJECT], check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _inspect(wheel: Path) -> None:
    """The package and the resources as they are in version control, the metadata, and nothing else."""
    inside = {name for name in _contents(wheel) if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "-C", PROJECT, "ls-files", "-z", "cnnviz", "resources"], check=True, capture_output=True, text=True
    )
    tracked = {
        f"cnnviz/{name}" if name.startswith("resources/") else name for name in listed.stdout.split("\0") if name
    }
    _expect(inside == tracked, f"the wheel differs from what is tracked: {sorted(inside ^ tracked)}")
    print(f"{wheel.name}: {len(inside)} files, {wheel.stat().st_size / 1e6:.1f} MB", flush=True)


def _try(wheel: Path, folder: Path) -> None:
    home = folder / "environment"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    # the smoke test loads a part of what is installed; the rest need not be compiled
    subprocess.run(
        [programs / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel], check=True, cwd=folder
    )
    environment = {name: value for name, value in os.environ.items() if name in _KEPT}
    subprocess.run([programs / "cnnviz", "smoke", "--json"], check=True, cwd=folder, env=environment)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(f"Failed: {otherwise}.")


if __name__ == "__main__":
    sys.exit(main())
