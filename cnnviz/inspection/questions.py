"""Questions about a moment: frozen values, each kind answered by one function.

Each kind has a file in :mod:`cnnviz.inspection.answers`, which holds the question, the answer and the function, and a
row in the table there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.graph import Network

Array = NDArray[np.float32]
A = TypeVar("A")
"""The type of a question's answer."""


class Question(Generic[A]):
    """The base of all questions. Subclasses are frozen dataclasses: equal questions share one answer."""

    needs_gradients: ClassVar[bool] = False
    """True if the answer needs gradients: it is then computed outside ``inference_mode``."""
    needs_forward: ClassVar[bool] = True
    """True if the answer needs a forward pass; False if it reads only weights, or runs the network itself."""

    @property
    def needs_weights_alone(self) -> bool:
        """Whether the answer is the same for all samples."""
        return not (self.needs_forward or self.needs_gradients)

    def outputs(self, network: Network) -> tuple[str, ...]:
        """Ids of the nodes of ``network`` whose outputs the answer reads."""
        return ()

    def possible(self, moment: Moment) -> bool:
        """Whether the question has an answer at this moment; its nodes may have been deleted."""
        return all(node in moment.shapes.taking_part for node in self.outputs(moment.network))

    def covers(self, other: Question[Any]) -> bool:
        """Whether the answer to this question also answers ``other``, a question of the same kind."""
        return other == self


class NodeQuestion(Question[A]):
    """A question about one node. Of several of a kind some may be left out, see :func:`without_covered`."""

    node: str


Questions = frozenset[Question[Any]]


@lru_cache(maxsize=4)
def without_covered(questions: Questions) -> Questions:
    """The questions without those that another question of the same kind about the same node covers."""
    alike: dict[tuple[type, str | None], list[Question[Any]]] = {}
    for question in questions:
        node = question.node if isinstance(question, NodeQuestion) else None
        alike.setdefault((type(question), node), []).append(question)
    return frozenset(
        question
        for group in alike.values()
        for question in group
        if not any(other.covers(question) for other in group if other is not question)
    )
