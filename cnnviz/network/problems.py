"""What can be wrong with a network, said as values.

A :class:`Problem` names its kind, the node and the numbers that fill its sentence; a :class:`Fix` is an edit that
removes it. Both are frozen and compared by value, so that a list of problems can be diffed and a fix can be previewed.
The English templates are in :data:`~cnnviz.network.problem_kinds.PROBLEM_KINDS` and :data:`LABELS`; a translation
replaces the template before the values are filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from cnnviz.network.problem_kinds import PROBLEM_KINDS, ProblemKind
from cnnviz.network.shape import Shape, spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.layers.base import Layer

LABELS: Mapping[str, str] = {
    "insert": "Insert {kind}",
    "set": "Set {parameter} {value}",
    "switch_on": "Turn {parameter} on",
    "switch_off": "Turn {parameter} off",
    "remove": "Remove {node}",
    "bypass": "Remove {node}",
    "move": "Move {node} in front of {target}",
    "replace": "Take {kind} instead",
    "feed_all": "Feed all from {source}, remove {node}",
    "add": "Add {kind}",
    "connect": "Connect {source}",
    "connect_through": "Connect {source} through {kind}",
    "dataset_shape": "Set shape {value}",
    "batch_size": "Set batch size {value}",
    "use_dataset": "Fit it to {dataset}",
}
"""Fix code -> label of its button."""


class Severity(Enum):
    """An error keeps the network from being trained; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Give one parameter of a node another value."""

    node: str
    parameter: str
    value: Any


@dataclass(frozen=True, slots=True)
class SetLayer:
    """Put another layer in the place of a node's own, where one parameter asks for another."""

    node: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class InsertBefore:
    """Put a new layer on the wire that enters ``node`` at ``port``."""

    node: str
    port: int
    layer: Layer


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Remove a node; where it had one input, what followed it is connected to what came before."""

    node: str


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Add a layer; ``after`` and ``before`` name the nodes it is connected to, where there are any."""

    layer: Layer
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Draw a wire from ``source`` to the next free input of ``target``, with a new layer in its middle where given."""

    source: str
    target: str
    through: Layer | None = None


@dataclass(frozen=True, slots=True)
class SetBatchSize:
    """Take fewer images at once; the network stays as it is."""

    size: int


@dataclass(frozen=True, slots=True)
class UseDataset:
    """Take the images of the data set ``name``, and fit the network to them: ``image`` (C, H, W), ``mean`` and ``std``
    for each channel, and how many ``classes`` it tells apart.
    """

    name: str
    title: str
    image: Shape
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


Step = SetParameter | SetLayer | InsertBefore | RemoveNode | AddLayer | Connect


@dataclass(frozen=True, slots=True)
class Together:
    """Several edits as one, each of the network that those before it have left."""

    steps: tuple[Step, ...]


Edit = Step | Together | SetBatchSize | UseDataset


@dataclass(frozen=True)
class Fix:
    """One way to remove a problem: an edit and the label of its button (a code of :data:`LABELS` and its values)."""

    code: str
    edit: Edit
    values: Mapping[str, Any] = field(default_factory=dict)

    def label(self, template: str | None = None) -> str:
        """The text of the button; ``template`` replaces the English one."""
        return (template or LABELS[self.code]).format(**{name: spell(value) for name, value in self.values.items()})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, at one node (or at the network as a whole, where ``node`` is None).

    ``fixes`` were tried: each removes the problem and makes no other. Of the ``untried`` that is not known yet.
    """

    severity: Severity
    node: str | None
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    untried: tuple[Fix, ...] = ()

    @property
    def kind(self) -> ProblemKind:
        """The kind of problem that ``code`` names."""
        return PROBLEM_KINDS[self.code]

    @property
    def identity(self) -> tuple[str | None, str]:
        """Equal for the same problem before and after an edit: its node, unless its kind moves, and its code."""
        return None if self.kind.moves else self.node, self.code

    def sentence(self, template: str | None = None) -> str:
        """The problem as a sentence; ``template`` replaces the English one."""
        return (template or self.kind.template).format(**{name: spell(value) for name, value in self.values.items()})
