"""Docstrings of public functions and classes that take or give arrays say the shape and the dtype of these."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cnnviz

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(cnnviz.__file__).parent
FILES = sorted(
    path for room in ("training", "inspection", "data", "export", "imports") for path in (FOLDER / room).rglob("*.py")
)

ARRAY = re.compile(r"\b(NDArray|Tensor|Array)\b")
DTYPE = re.compile(r"\b(float(16|32|64)|u?int(8|16|32|64)?|bool|dtypes?)\b")
SHAPE = re.compile(r"\([^\s()]+,[^()]*\)|\(\)|\bshape[ds]?\b")


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Names of the public functions, methods and classes of a module that mention an array and not its form."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            fields = [ast.unparse(field.annotation) for field in node.body if isinstance(field, ast.AnnAssign)]
            yield from _unless_said(node, node.name, fields)
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield from _unless_said(method, f"{node.name}.{method.name}", _annotations(method))
        elif isinstance(node, ast.FunctionDef):
            yield from _unless_said(node, node.name, _annotations(node))


def _annotations(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = [argument.annotation for argument in every if argument is not None] + [function.returns]
    return [ast.unparse(annotation) for annotation in found if annotation is not None]


def _unless_said(node: ast.ClassDef | ast.FunctionDef, name: str, annotations: list[str]) -> Iterator[str]:
    if name.startswith("_") or "._" in name or not any(ARRAY.search(annotation) for annotation in annotations):
        return
    text = ast.get_docstring(node) or ""
    if not DTYPE.search(text) or not SHAPE.search(text):
        yield name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_arrays_are_described_by_shape_and_dtype(path: Path) -> None:
    names = list(undocumented(ast.parse(path.read_text(encoding="utf-8"))))
    assert not names


def test_a_docstring_without_a_shape_or_a_dtype_is_found() -> None:
    text = '''
def flip(images: Tensor) -> Tensor:
    """Images float32, mirrored."""

def _flip(images: Tensor) -> Tensor:
    """Private."""

class Batch:
    """Images uint8 (N, C, H, W)."""

    images: NDArray[np.uint8]

    def labels(self) -> NDArray[np.int64]:
        """The labels (N,)."""
'''
    assert list(undocumented(ast.parse(text))) == ["flip", "Batch.labels"]
