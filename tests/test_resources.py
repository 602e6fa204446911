"""Resources are found in a checkout, in an installed wheel and in a frozen app."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import resources


def _copied(package: Path) -> Path:
    package.mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        shutil.copy(Path(resources.__file__).with_name(name), package)
    return package


def _asked(root: Path, prepare: str = "") -> Path:
    code = f"import sys; {prepare}\nfrom cnnviz.resources import resource; print(resource('a/b'))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    return Path(found.stdout.strip())


def test_this_one_finds_them() -> None:
    assert resources.resource("datasets/mnist/README.md").is_file()


@pytest.mark.parametrize("place", ["cnnviz/resources", "resources"])
def test_inside_the_package_or_beside_it(tmp_path: Path, place: str) -> None:
    _copied(tmp_path / "cnnviz")
    (tmp_path / place).mkdir()
    assert _asked(tmp_path) == tmp_path / place / "a" / "b"


@pytest.mark.parametrize("place", ["cnnviz/resources", "resources"])
def test_in_the_bundle_of_a_frozen_app(tmp_path: Path, place: str) -> None:
    _copied(tmp_path / "lib" / "cnnviz")
    bundle = tmp_path / "bundle"
    (bundle / place).mkdir(parents=True)
    assert _asked(tmp_path / "lib", f"sys._MEIPASS = {str(bundle)!r}") == bundle / place / "a" / "b"
