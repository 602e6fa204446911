"""The schema of the JSON in a project file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence, unchanged

FARTHEST = 1e7
"""The largest valid coordinate, in scene units; ten thousand layers in a row or in a column need less."""


class SchemaError(SaidError):
    """The JSON does not fit the schema. ``str()`` is a sentence that says where and why; its “It” is the file."""


_Coordinate = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class NodeEntry(_Strict):
    """A layer."""

    id: str
    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    frozen: bool = False


class NetworkEntry(_Strict):
    """Layers, and wires as [source, target, port]."""

    nodes: list[NodeEntry]
    edges: list[Annotated[list[str | int], Field(min_length=3, max_length=3)]]


class BlockEntry(_Strict):
    """A group of layers."""

    id: str
    name: str
    parent: str | None
    members: list[str]
    folded: bool


class ProjectEntry(_Strict):
    """The whole file."""

    format: str
    version: Annotated[int, Field(ge=1)]
    network: NetworkEntry
    layout: dict[str, Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]]
    blocks: list[BlockEntry]
    recipe: dict[str, Any]
    dataset: dict[str, Any]
    run: Any = None


def validated(raw: dict[str, Any]) -> ProjectEntry:
    """Check parsed JSON against the schema; raises :class:`SchemaError`."""
    try:
        return ProjectEntry.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        reason = unchanged(first["msg"])
        if place := ".".join(str(part) for part in first["loc"]):
            raise SchemaError(
                Sentence("Its {place} is damaged: {reason}.", place=quoted(place), reason=reason)
            ) from error
        raise SchemaError(Sentence("It is damaged: {reason}.", reason=reason)) from error
