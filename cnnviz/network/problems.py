"""The problems of a network, and their fixes, as values.

A :class:`Problem` has a kind, a node and the values for its sentence; a :class:`Fix` is an edit that removes it. Both
are frozen and compared by value, so that lists of problems can be compared and fixes previewed.
The English templates are in :data:`~cnnviz.network.problem_kinds.PROBLEM_KINDS` and :data:`LABELS`; ``said`` is what
the window translates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.layers.base import Layer
    from cnnviz.network.problem_kind import ProblemKind
    from cnnviz.network.shape import Shape

LABELS: Mapping[str, str] = {
    "insert": "Insert {kind}",
    "set": "Set {parameter} {value}",
    "set_of": "Set {node} {parameter} {value}",
    "set_both": "Set {parameter} {value}, {second} {other}",
    "switch_on": "Turn {parameter} on",
    "switch_off": "Turn {parameter} off",
    "remove": "Remove {node}",
    "bypass": "Remove {node}",
    "move": "Move {node} in front of {target}",
    "unfreeze": "Unfreeze {node}",
    "replace": "Take {kind} instead",
    "feed_all": "Feed all from {source}, remove {node}",
    "add": "Add {kind}",
    "connect": "Connect {source}",
    "connect_through": "Connect {source} through {kind}",
    "dataset_shape": "Set shape {value}",
    "batch_size": "Set batch size {value}",
    "use_dataset": "Fit it to {dataset}",
}
"""The labels of the buttons, by the code of the fix."""


class Severity(Enum):
    """An error keeps the network from being trained; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Set one parameter of a node."""

    node: str
    parameter: str
    value: Any


@dataclass(frozen=True, slots=True)
class SetLayer:
    """Replace the layer of a node, for changes of more than one parameter or of the kind."""

    node: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class InsertBefore:
    """Insert a new layer into the wire at input ``port`` of ``node``."""

    node: str
    port: int
    layer: Layer


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Remove a node; its targets are connected to its first source."""

    node: str


@dataclass(frozen=True, slots=True)
class Unfreeze:
    """Let a frozen node be trained again."""

    node: str


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Add a layer; connect it from the node ``after`` and to the node ``before``, if they are given."""

    layer: Layer
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Add a wire from ``source`` to the next free input of ``target``; with the new layer ``through`` in it, if
    given."""

    source: str
    target: str
    through: Layer | None = None


@dataclass(frozen=True, slots=True)
class SetBatchSize:
    """Set the batch size; the network stays the same."""

    size: int


@dataclass(frozen=True, slots=True)
class UseDataset:
    """Change to the dataset ``name``, and fit the network to it.

    ``image`` is the shape (C, H, W) of an image; ``mean`` and ``std`` have a number for each channel; ``classes`` is
    the number of classes.
    """

    name: str
    title: str
    image: Shape
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


Step = SetParameter | SetLayer | InsertBefore | RemoveNode | Unfreeze | AddLayer | Connect


@dataclass(frozen=True, slots=True)
class Together:
    """Several edits, applied one after the other."""

    steps: tuple[Step, ...]


Edit = Step | Together | SetBatchSize | UseDataset


@dataclass(frozen=True)
class Fix:
    """One way to remove a problem: an edit, and the label of its button (a code of :data:`LABELS` and its values)."""

    code: str
    edit: Edit
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Sentence:
        """The text of the button; parameters have the names that they have in code."""
        return Sentence(LABELS[self.code], **self.values)

    def label(self) -> str:
        """The text of the button in English."""
        return str(self.said)


@dataclass(frozen=True)
class Problem:
    """One problem, at one node, or of the whole network if ``node`` is None.

    ``fixes`` were tried out: each removes the problem and causes no other. ``untried`` are candidates.
    """

    severity: Severity
    node: str | None
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    untried: tuple[Fix, ...] = ()

    @property
    def kind(self) -> ProblemKind:
        """The problem kind with this ``code``."""
        return PROBLEM_KINDS[self.code]

    @property
    def identity(self) -> tuple[str | None, str]:
        """Equal for the same problem before and after an edit: its code and its node (None if its kind ``moves``)."""
        return None if self.kind.moves else self.node, self.code

    @property
    def said(self) -> Sentence:
        """The problem as a sentence."""
        return Sentence(self.kind.template, **self.values)

    def sentence(self) -> str:
        """The problem as a sentence in English."""
        return str(self.said)
