"""Names of layers and blocks from the names in a file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cnnviz.export.onnx.operators import BLOCK, LAYER
from cnnviz.network.graph import Network, free_id
from cnnviz.network.names import LONGEST_ID
from cnnviz.project.layout import DEEPEST, LONGEST_BLOCK_NAME, Block

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cnnviz.imports.onnx.graph import Operation
    from cnnviz.network.layers import Layer

Path = tuple[str, ...]
"""The names of the modules around a layer, the outermost first, and its own."""
NUMBERED = 6
"""So many letters of an id are kept for a number."""
SHORTENED = 30
"""Of the path of a layer whose id would be longer, so many letters at the end are kept."""
_WEIGHT = re.compile(r"(.+)\.(weight|bias|running_mean|running_var)")
_SCOPES = "pkg.torch.onnx.name_scopes"
"""Key of the metadata that PyTorch's exporter gives to operators: a list of scopes, the operator's own name last."""
_LONGEST_TEXT = 2000
"""Of longer texts in a file only the beginning is read."""


def path_of(operation: Operation, weights: Iterable[str]) -> Path:
    """The path of a layer: from its metadata, the names of its ``weights``, or the name of its operator; else empty."""
    path = _path(operation, weights)
    return path if len(path) < DEEPEST else (*path[: DEEPEST - 2], path[-1])


def _path(operation: Operation, weights: Iterable[str]) -> Path:
    if (own := operation.metadata.get(LAYER)) is not None:
        return (*_blocks(operation.metadata.get(BLOCK, "")), own[:_LONGEST_TEXT])
    for weight in weights:
        if (matched := _WEIGHT.fullmatch(weight[:_LONGEST_TEXT])) is not None and "::" not in weight:
            return tuple(matched[1].split("."))
    scopes = re.findall(r"'([^']*)'", operation.metadata.get(_SCOPES, "")[:_LONGEST_TEXT])
    if len(scopes) > 1:
        return tuple(scopes[-2].split(".")) if scopes[-2] else ()
    parts = operation.name[:_LONGEST_TEXT].strip("/").split("/")
    # each scope repeats the scopes around it: /layer1/layer1.0/conv1/Conv
    return tuple(part.rpartition(".")[2] for part in parts[:-1]) if len(parts) > 1 else ()


def _blocks(text: str) -> Path:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


class FreeIds:
    """Unused ids for the layers of a file. ``containers`` are paths that have other layers inside."""

    def __init__(self, taken: Iterable[str], containers: Collection[Path]) -> None:
        self._taken, self._containers = set(taken), containers
        self._last: dict[str, int] = {}
        """The last number of each stem, as a file may have thousands of layers of one kind."""

    def take(self, layer: Layer, path: Path) -> str:
        """The id of a layer with this path; a layer whose path has others inside is named after its kind as well."""
        kind = layer.kind.lower().removesuffix("2d")
        if path in self._containers:
            path = (*path, kind)
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", "_".join(path)).strip("_") if path else free_id(Network(), layer)
        name = name if name[:1].isalpha() else f"{kind}_{name}"
        if len(name) > LONGEST_ID - NUMBERED:
            name = f"{kind}_{name[-SHORTENED:].strip('_-')}"
        if name in self._taken:
            stem = f"{name}_" if path else name.rstrip("0123456789")
            self._last[stem] = number = self._number(stem)
            name = f"{stem}{number}"
        self._taken.add(name)
        return name

    def _number(self, stem: str) -> int:
        # the numbers of a path begin with 2, as its first layer has none; the numbers of a kind begin with 1
        number = self._last.get(stem, 1) + 1 if stem.endswith("_") else self._last.get(stem, 0) + 1
        while f"{stem}{number}" in self._taken:
            number += 1
        return number


def containers_of(paths: Iterable[Path]) -> set[Path]:
    """The paths that have layers inside."""
    return {path[:end] for path in paths for end in range(1, len(path))}


def blocks_of(paths: Mapping[str, Path], own: Collection[str], containers: Collection[Path]) -> dict[str, Block]:
    """The blocks of the layers with these paths, by id.

    A path that holds a single layer, or all of them, makes no block, except around ``own`` layers.
    Names are dotted paths, as ``layer1.0``; those of ``own`` layers are names of blocks already.
    """
    around = {name: path if path in containers and name not in own else path[:-1] for name, path in paths.items()}
    counts: dict[Path, int] = {}
    for path in around.values():
        for end in range(1, min(len(path), DEEPEST - 1) + 1):
            counts[path[:end]] = counts.get(path[:end], 0) + 1
    kept = {path for path, count in counts.items() if 1 < count < len(around)}
    own_paths = {path[:end] for name, path in around.items() if name in own for end in range(1, len(path) + 1)}
    kept |= own_paths & counts.keys()
    ids = {path: f"#{number}" for number, path in enumerate(sorted(kept), 1)}
    members: dict[Path, set[str]] = {path: set() for path in kept}
    for name, path in around.items():
        inner = _innermost(path, ids)
        if inner:
            members[inner].add(name)
    blocks = {}
    for path, block in ids.items():
        title = path[-1] if path in own_paths else ".".join(path)
        blocks[block] = Block(
            block, _printed(title), frozenset(members[path]), ids.get(_innermost(path[:-1], ids)), True
        )
    return blocks


def _innermost(path: Path, ids: Mapping[Path, str]) -> Path:
    while path and path not in ids:
        path = path[:-1]
    return path


def _printed(name: str) -> str:
    kept = "".join(character if character.isprintable() else " " for character in name).strip()
    return kept[-LONGEST_BLOCK_NAME:].strip() or "block"
