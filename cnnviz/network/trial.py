"""Tries out fixes before they are offered: a fix must remove its problem and cause no other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import NamedTuple, cast

from cnnviz.network.adapting import fit
from cnnviz.network.fixes import applied
from cnnviz.network.graph import GraphError, Network
from cnnviz.network.layers import ParameterError
from cnnviz.network.problem_kind import About
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.network.problems import (
    Fix,
    Problem,
    RemoveNode,
    SetBatchSize,
    SetParameter,
    Severity,
    UseDataset,
)
from cnnviz.network.report import Facts, Report

Judging = Callable[[Network, Facts, Report], Generator[None, None, Report]]
"""Checks a network in steps, see :func:`cnnviz.network.check.judging`."""
NODE_BUDGET = 8_000
"""The most nodes that are checked while trying out the fixes of one network. The fixes left over are not offered until
others have been applied."""


class Error(NamedTuple):
    """An error of a network: its node, if it has one, and its code in :data:`PROBLEM_KINDS`."""

    node: str | None
    code: str


class Trials:
    """Tries out the fixes of the problems in the ``report`` of a network, as many as the budget allows."""

    def __init__(self, network: Network, facts: Facts, report: Report, judging: Judging) -> None:
        self.network, self.facts, self.report, self.judging = network, facts, report, judging
        self.before = {problem.identity for problem in report.errors}
        self.unknown = {name for name, node in report.nodes.items() if node.output is None}
        self.budget = NODE_BUDGET

    def all(self) -> tuple[Problem, ...]:
        """All problems, each with the fixes that remove it."""
        return tuple(self.all_of(problem) for problem in self.report.problems)

    def all_of(self, problem: Problem) -> Problem:
        """A problem with the fixes that remove it."""
        steps = self.steps(problem)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return cast("Problem", end.value)

    def steps(self, problem: Problem) -> Generator[None, None, Problem]:
        """As :meth:`all_of`, in steps of a few milliseconds, however large the network is."""
        tried: list[tuple[Fix, frozenset[Error]]] = []
        for fix in problem.untried:
            if self._keeps_shapes(problem, fix):
                tried.append((fix, frozenset()))
                continue
            after = yield from self._after(fix)
            if after is not None and not _remains(problem, after):
                tried.append((fix, self._arising(after)))
            yield
        revealed = self._revealed(problem, tried)
        working: dict[object, Fix] = {}
        for fix, errors in tried:
            if errors <= revealed:
                working.setdefault(_changed_parameter(fix), fix)
        return replace(problem, fixes=tuple(working.values()), untried=())

    def _arising(self, after: Report) -> frozenset[Error]:
        """The errors after a fix that were not there before."""
        return frozenset(Error(error.node, error.code) for error in after.errors if error.identity not in self.before)

    def _after(self, fix: Fix) -> Generator[None, None, Report | None]:
        """The report of the network with a fix applied; None if it cannot be applied or the budget is used up."""
        facts, edit = self.facts, fix.edit
        if isinstance(edit, UseDataset):
            return (yield from self._fitted(edit))
        self.budget -= len(self.network.nodes)
        if self.budget < 0:
            return None
        if isinstance(edit, SetBatchSize):
            facts = replace(facts, batch_size=edit.size)
        try:
            network = applied(self.network, edit)
        except (GraphError, ParameterError):
            return None
        yield
        return (yield from self.judging(network, facts, self.report))

    def _fitted(self, edit: UseDataset) -> Generator[None, None, Report | None]:
        """The report with another dataset. If all maps keep their sizes, the network need not be checked again."""
        fitting = fit(self.network, edit, self.report)
        if fitting.unfit:
            return None
        if not fitting.resized:
            # the problem of the images is gone, and no other arises: only that is looked at
            return replace(self.report, problems=())
        self.budget -= len(self.network.nodes)
        if self.budget < 0:
            return None
        facts = replace(
            self.facts, image=edit.image, classes=edit.classes, training=None, absent="", missing="", instead=None
        )
        return (yield from self.judging(fitting.of(self.network), facts, self.report))

    def _keeps_shapes(self, problem: Problem, fix: Fix) -> bool:
        """Whether a fix of a warning leaves the inputs of all other used nodes unchanged, so that it need not be
        tried."""
        edit = fix.edit
        if problem.kind.about is About.UNUSED and isinstance(edit, RemoveNode) and edit.node == problem.node:
            return True
        if problem.severity is not Severity.WARNING or not isinstance(edit, RemoveNode | SetParameter):
            return False
        node = self.report.nodes[edit.node]
        if isinstance(edit, SetParameter):
            return edit.parameter == "bias" and edit.value is False
        return not self.network.outputs[edit.node] or (node.output is not None and node.inputs == (node.output,))

    def _revealed(self, problem: Problem, tried: list[tuple[Fix, frozenset[Error]]]) -> frozenset[Error]:
        """The errors that the fixes only reveal: they were hidden because the shapes there were unknown.

        ``tried`` are the fixes that remove the problem, and the new errors after each.
        """
        arising = [errors for _, errors in tried]
        if not arising:
            return frozenset()
        if problem.kind.about is About.MISSING_INPUT:
            return _whatever_source([errors for fix, errors in tried if not isinstance(fix.edit, RemoveNode)])
        if problem.kind.lets_in:
            return frozenset(error for errors in arising for error in errors if self._was_there(error))
        hidden = self.unknown - {problem.node}
        # the new errors at nodes with unknown shapes: after any fix, after every fix, and those about a layer alone
        found = {error for error in frozenset.union(*arising) if error.node in hidden}
        always = {error for error in frozenset.intersection(*arising) if error.node in hidden}
        by_itself = {error for error in found if PROBLEM_KINDS[error.code].about is About.LAYER}
        if problem.kind.one_outcome:
            # shapes that became known may also need too much memory; that is the same after all fixes
            memory = {error for error in arising[0] if PROBLEM_KINDS[error.code].about is About.MEMORY}
            return frozenset(always | by_itself | memory)
        # a single fix may have caused whatever comes after it
        if len(arising) == 1:
            return frozenset(by_itself)
        return frozenset(by_itself | {error for error in always if not PROBLEM_KINDS[error.code].mutual})

    def _was_there(self, error: Error) -> bool:
        """Whether an error was there before, but not reported because its node was unused or its wire missing."""
        return error.node in self.network.nodes or PROBLEM_KINDS[error.code].about is About.MISSING_INPUT


def _whatever_source(arising: list[frozenset[Error]]) -> frozenset[Error]:
    """The new errors that do not depend on the source to which a missing input is connected.

    ``arising`` are the new errors after each possible connection. These errors are in all of them, and are mended at
    the parameters of the node, the batch size or the memory, not at the connection.
    """
    always = frozenset.intersection(*arising) if arising else frozenset()
    return frozenset(error for error in always if PROBLEM_KINDS[error.code].hangs_on_settings)


def _remains(problem: Problem, after: Report) -> bool:
    """Whether the problem is still in the report after a fix."""
    same_problem = (other for other in after.problems if _key(other) == _key(problem))
    return any(not problem.kind.counted or other.values["count"] >= problem.values["count"] for other in same_problem)


def _key(problem: Problem) -> tuple[object, ...]:
    """The identity of a problem; an Input can have two problems of one kind, with its means and its deviations."""
    return *problem.identity, problem.values.get("what")


def _changed_parameter(fix: Fix) -> object:
    """Equal for fixes that change the same parameter; of these only the first that works is offered."""
    if isinstance(fix.edit, SetParameter):
        return fix.edit.node, fix.edit.parameter
    return fix.label()
