"""What a panel can show: the answers to all questions that were asked, about one moment and one sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.questions import A, NodeQuestion, Question
    from cnnviz.network.graph import Network


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The answers about ``step`` of ``run``. A question that cannot be answered at this moment has none."""

    run: int
    step: int
    network: Network
    sample: Sample
    answers: Mapping[Question[Any], object]
    settled: bool
    """Training stands still: nothing newer will follow by itself."""
    seconds: float
    """What making this snapshot took, on the observer's thread."""
    _by_node: dict[type, Mapping[str, object]] = field(default_factory=dict, init=False, repr=False)

    def answer(self, question: Question[A]) -> A | None:
        """The answer to a question, or to one that covers it; None where there is neither."""
        found = self.answers.get(question)
        if found is None:
            alike = ((asked, one) for asked, one in self.answers.items() if type(asked) is type(question))
            found = next((one for asked, one in alike if asked.covers(question)), None)
        return cast("A | None", found)

    def by_node(self, kind: type[NodeQuestion[A]]) -> Mapping[str, A]:
        """The answers to all questions of a kind, by the id of their node."""
        if kind not in self._by_node:
            asked = {one.node: answer for one, answer in self.answers.items() if isinstance(one, kind)}
            self._by_node[kind] = asked
        return cast("Mapping[str, A]", self._by_node[kind])
