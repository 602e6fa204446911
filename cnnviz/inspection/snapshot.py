"""A snapshot: the answers to all questions of the panels, about one moment and one sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.questions import A, NodeQuestion, Question
    from cnnviz.network.graph import Network


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The answers at ``step`` of ``run``. Questions that are not possible at this moment are missing in ``answers``."""

    run: int
    step: int
    network: Network
    sample: Sample
    answers: Mapping[Question[Any], object]
    settled: bool
    """True while training is paused or finished: no newer snapshot will follow."""
    seconds: float
    """How long the observer's thread worked on this snapshot."""
    moment: Moment | None = None
    """The moment that was asked; None if the answers were not computed from a moment, as in a benchmark."""
    _by_node: dict[type, Mapping[str, object]] = field(default_factory=dict, init=False, repr=False)

    @property
    def recorded(self) -> bool:
        """Whether this is of a moment that was read from a recorded run."""
        return self.moment is not None and self.moment.recorded

    def answer(self, question: Question[A]) -> A | None:
        """The answer to a question, or to a question that covers it; None if there is neither."""
        found = self.answers.get(question)
        if found is None:
            same_kind = ((asked, answer) for asked, answer in self.answers.items() if type(asked) is type(question))
            found = next((answer for asked, answer in same_kind if asked.covers(question)), None)
        return cast("A | None", found)

    def by_node(self, kind: type[NodeQuestion[A]]) -> Mapping[str, A]:
        """The answers to all questions of a kind, by the id of their node."""
        if kind not in self._by_node:
            self._by_node[kind] = {
                question.node: answer for question, answer in self.answers.items() if isinstance(question, kind)
            }
        return cast("Mapping[str, A]", self._by_node[kind])
