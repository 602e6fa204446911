"""Project files (JSON): written atomically, and checked by a schema when they are read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.data.choice import DatasetChoice, DatasetChoiceError, description_entry, description_of
from cnnviz.files import cause, read_ordinary, shown, write_atomically
from cnnviz.network.graph import Edge, GraphError, Network, Node
from cnnviz.network.layers import KINDS, Layer
from cnnviz.project.arrange import arrange
from cnnviz.project.edits import Fragment
from cnnviz.project.layout import Block, BlockError, Layout
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.quoting import described, encodable, quoted
from cnnviz.sentence import SaidError, Sentence, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.schema import NetworkEntry, NodeEntry, ProjectEntry

T = TypeVar("T")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(@\d{1,15})?")
"""What names a recorded run: its id, and maybe a step."""

FORMAT = "cnnviz-project"
VERSION = 5
"""The version of the format. Version 1 had no blocks, version 2 no id of a run, version 3 no images of the user,
version 4 no frozen layers."""
WITHOUT_RUN, WITH_RUN, WITH_IMAGES, WITH_FROZEN = 2, 3, 4, 5
"""A file gets the lowest version that can express its content, so that older programs can open it."""
SUFFIX = ".cnnviz"
MOST_BYTES = 64 * 2**20
"""A larger file is refused before it is read; a network of ten thousand layers takes 3 MB."""


class ProjectFileError(SaidError):
    """A file that cannot be read or written as a project."""


def to_json(project: Project, run: str = "", *, compact: bool = False) -> str:
    """The project as text; the same project always gives the same text. ``compact`` is faster and less readable.

    ``run`` names the recorded run that was trained, see :class:`Saved`.
    """
    entry = {**_network_entry(project.network, project.layout), **_settings_entry(project)}
    # in ascending order: the highest version that is needed stays
    if run:
        entry |= {"version": WITH_RUN, "run": run}
    if project.dataset.own is not None:
        entry |= {"version": WITH_IMAGES}
    if project.network.frozen:
        entry |= {"version": WITH_FROZEN}
    return encodable(json.dumps(entry, ensure_ascii=False)) if compact else _dumps(entry)


@dataclass(frozen=True)
class Saved:
    """The content of a project file: the project, and the recorded run that was trained, empty if it names none.

    A run is named by its id, ``20261126-190101-0a1b2c3d``, or by id and step, ``20261126-190101-0a1b2c3d@40``.
    """

    project: Project
    run: str = ""


def from_json(text: str) -> Project:
    """The project in a text; raises :class:`ProjectFileError`."""
    return _project(_entry(text))


@lru_cache(maxsize=4)
def recent_project(text: str) -> Project:
    """See :func:`from_json`; for a text that is read again and again, as the projects of all moments of a run are."""
    return from_json(text)


def _project(entry: ProjectEntry) -> Project:
    network = _network(entry.network)
    layout = _layout(entry, network)
    recipe = _value(
        Recipe,
        entry.recipe,
        lambda reason: Sentence("The recipe cannot be read. {reason}", reason=reason),
        lambda name: Sentence("The recipe has a setting that this cnnviz does not know: {setting}.", setting=name),
    )
    dataset = _value(
        DatasetChoice,
        _dataset_settings(entry.dataset),
        lambda reason: Sentence("The dataset cannot be read. {reason}", reason=reason),
        lambda name: Sentence("The dataset has a setting that this cnnviz does not know: {setting}.", setting=name),
    )
    return Project(network, layout, recipe, dataset)


def _dataset_settings(entry: dict[str, Any]) -> dict[str, Any]:
    if entry.get("own") is None:
        return entry
    try:
        return {**entry, "own": description_of(entry["own"])}
    except DatasetChoiceError as error:
        raise ProjectFileError(Sentence("The dataset cannot be read. {reason}", reason=said(error))) from error


def fragment_to_json(fragment: Fragment) -> str:
    """A copied part of a network as text, for the clipboard."""
    return to_json(Project(fragment.network, fragment.layout))


def fragment_from_json(text: str) -> Fragment:
    """The part of a network in a text; raises :class:`ProjectFileError` if there is none."""
    project = from_json(text)
    return Fragment(project.network, project.layout)


def save(project: Project, path: Path, run: str = "") -> None:
    """Write the project atomically, with the name of the recorded run that was trained, see :class:`Saved`; raises
    :class:`ProjectFileError`."""
    try:
        write_atomically(path, to_json(project, run))
    except OSError as error:
        raise ProjectFileError(
            Sentence("“{name}” could not be saved: {reason}.", name=shown(path.name), reason=cause(error))
        ) from error


def load(path: Path) -> Project:
    """Read a project; raises :class:`ProjectFileError`."""
    return read(path).project


def read(path: Path) -> Saved:
    """Read a project and the id of its run; raises :class:`ProjectFileError`."""
    name = shown(path.name)
    try:
        text = read_ordinary(path, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectFileError(Sentence("“{name}” is not a cnnviz project: it is not text.", name=name)) from error
    except OSError as error:
        raise ProjectFileError(
            Sentence("“{name}” could not be opened: {reason}.", name=name, reason=cause(error))
        ) from error
    try:
        entry = _entry(text)
        # an invalid id of a run must not make the project unreadable
        named = isinstance(entry.run, str) and _RUN.fullmatch(entry.run)
        return Saved(_project(entry), entry.run if named else "")
    except ProjectFileError as error:
        raise ProjectFileError(
            Sentence("“{name}” could not be opened. {reason}", name=name, reason=said(error))
        ) from error


def prepare_to_read() -> None:
    """Import what only reading needs, so that opening the first file is fast."""
    import_module("cnnviz.project.schema")


def _dumps(entry: dict[str, Any]) -> str:
    return encodable(json.dumps(entry, indent=1, ensure_ascii=False)) + "\n"


def _network_entry(network: Network, layout: Layout) -> dict[str, Any]:
    edges = sorted((edge.target, edge.port, edge.source) for edge in network.edges)
    return {
        "format": FORMAT,
        "version": WITHOUT_RUN,
        "network": {
            "nodes": [
                {"id": node.id, "kind": node.layer.kind, "parameters": _parameters(node.layer)}
                | ({"frozen": True} if node.frozen else {})
                for node in network.nodes.values()
            ],
            "edges": [[source, target, port] for target, port, source in edges],
        },
        "layout": {name: list(layout.positions[name]) for name in network.nodes if name in layout.positions},
        "blocks": [
            {
                "id": block.id,
                "name": block.name,
                "parent": block.parent,
                "members": [name for name in network.nodes if name in block.members],
                "folded": block.folded,
            }
            for block in layout.blocks.values()
        ],
    }


def _settings_entry(project: Project) -> dict[str, Any]:
    dataset = vars(project.dataset).copy()
    # a file without images of the user is the same as that of an older program
    if (own := dataset.pop("own")) is not None:
        dataset["own"] = description_entry(own)
    return {"recipe": vars(project.recipe).copy(), "dataset": dataset}


def _parameters(layer: Layer) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in _names(type(layer))}


@cache
def _names(kind: type[Layer]) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in kind.parameters())


def _entry(text: str) -> ProjectEntry:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectFileError(Sentence("It is not a cnnviz project: its content is not JSON.")) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ProjectFileError(Sentence("It is not a cnnviz project."))
    version = raw.get("version")
    if isinstance(version, int) and version > VERSION:
        raise ProjectFileError(
            Sentence(
                "It was saved by a newer cnnviz (file version {version}; this one reads up to {newest}). Update"
                " cnnviz to open it.",
                version=described(version),
                newest=VERSION,
            )
        )
    # JSON's true is equal to 1, too
    if version == 1 and not isinstance(version, bool):
        raw = {**raw, "blocks": []}
    # not at the top of the file: pydantic is slow to import, and the first window does not need it
    from cnnviz.project.schema import SchemaError, validated

    try:
        return validated(raw)
    except SchemaError as error:
        raise ProjectFileError(said(error)) from error


def _network(entry: NetworkEntry) -> Network:
    nodes: dict[str, Node] = {}
    for node in entry.nodes:
        if node.kind not in KINDS:
            name, kind = quoted(node.id), quoted(node.kind)
            raise ProjectFileError(
                Sentence(
                    "Layer “{name}” is of the kind “{kind}”, which this cnnviz does not know.", name=name, kind=kind
                )
            )
        if node.id in nodes:
            raise ProjectFileError(Sentence("There are two layers named “{name}”.", name=quoted(node.id)))
        nodes[node.id] = Node(node.id, _layer(node), frozen=node.frozen)
    edges = set()
    for source, target, port in entry.edges:
        if not (isinstance(source, str) and isinstance(target, str) and isinstance(port, int)):
            raise ProjectFileError(Sentence("One of its wires is damaged."))
        edges.add(Edge(source, target, port))
    try:
        return Network(nodes, frozenset(edges))
    except GraphError as error:
        raise ProjectFileError(said(error)) from error


def _layer(node: NodeEntry) -> Layer:
    return _value(
        KINDS[node.kind],
        node.parameters,
        lambda reason: Sentence("Layer “{name}” cannot be read. {reason}", name=quoted(node.id), reason=reason),
        lambda setting: Sentence(
            "Layer “{name}” has a setting that this cnnviz does not know: {setting}.",
            name=quoted(node.id),
            setting=setting,
        ),
    )


def _layout(entry: ProjectEntry, network: Network) -> Layout:
    """The stored positions and blocks; nodes without a position are arranged."""
    blocks: dict[str, Block] = {}
    try:
        for block in entry.blocks:
            if block.id in blocks:
                raise ProjectFileError(Sentence("There are two blocks {block}.", block=quoted(block.id)))
            blocks[block.id] = Block(block.id, block.name, frozenset(block.members), block.parent, block.folded)
        stored = {name: (point[0], point[1]) for name, point in entry.layout.items() if name in network.nodes}
        if stored.keys() == network.nodes.keys():
            return Layout(stored, blocks)
        return arrange(network, blocks).placed(stored)
    except BlockError as error:
        raise ProjectFileError(said(error)) from error


def _value(
    kind: type[T],
    parameters: dict[str, Any],
    unreadable: Callable[[Sentence], Sentence],
    unknown: Callable[[str], Sentence],
) -> T:
    """A value made of ``parameters``.

    ``unreadable`` returns the sentence if a parameter is refused, ``unknown`` the sentence for an unknown name.
    """
    try:
        return kind(**parameters)
    except ValueError as error:
        raise ProjectFileError(unreadable(said(error))) from error
    except TypeError as error:
        field_names = set(getattr(kind, "__dataclass_fields__", {}))
        names = quoted(", ".join(sorted(parameters.keys() - field_names)) or str(error))
        raise ProjectFileError(unknown(names)) from error
