"""Follows one weight through a training, and gives the optimizer's arithmetic for its newest step. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.training.weight_step import WeightStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.project.recipe import OptimizerName
    from cnnviz.training.hooks import Place
    from cnnviz.training.session import Session
    from cnnviz.training.state import TrainingState


@dataclass(frozen=True, eq=False)
class _Copy:
    """Numbers of one weight between two steps, float32 () each."""

    weight: Tensor
    gradient: Tensor | None
    state: Mapping[str, Tensor]


class WeightWatch:
    """Watches the weight ``index`` of a parameter of a node from now on, until it is closed.

    Between two batches a few numbers are copied; they stay on the device until :attr:`latest` is read. Without a watch
    training does nothing for it. A node or index that does not exist (any more) has no steps.
    """

    def __init__(self, session: Session, node: str, index: tuple[int, ...], parameter: str = "weight") -> None:
        self.node, self.parameter, self.index = node, parameter, index
        self._before: tuple[Tensor, int, _Copy] | None = None
        """The parameter, the steps done, and the numbers then."""
        self._newest: tuple[Place, OptimizerName, Mapping[str, float], _Copy, _Copy] | None = None
        self._read: tuple[object, WeightStep] | None = None
        session.visit(self._begin)
        self._end = session.at(lambda place: not (place.evaluated or place.settled), self._done)

    def close(self) -> None:
        """End the watch."""
        self._end()

    @property
    def latest(self) -> WeightStep | None:
        """The newest step that was seen from beginning to end; None before it. Any thread may read it."""
        newest = self._newest
        if newest is None:
            return None
        if self._read is None or self._read[0] is not newest:
            self._read = newest, self._step(*newest)
        return self._read[1]

    def _begin(self, state: TrainingState | None) -> None:
        self._before = None if state is None else self._copy(state)

    def _done(self, place: Place, state: TrainingState) -> None:
        before, after = self._before, self._copy(state)
        self._before = after
        # another run, or a network that was changed, has tensors of its own
        if before and after and after[0] is before[0] and after[1] == before[1] + 1:
            self._newest = place, state.recipe.optimizer, _options(state), before[2], after[2]

    def _copy(self, state: TrainingState) -> tuple[Tensor, int, _Copy] | None:
        module = state.module._modules.get(self.node)
        parameter = None if module is None else dict(module.named_parameters()).get(self.parameter)
        if parameter is None or not _holds(parameter, self.index):
            return None
        kept = state.optimizer.state.get(parameter, {})
        numbers = {name: self._number(tensor) for name, tensor in kept.items() if tensor is not None}
        gradient = None if parameter.grad is None else self._number(parameter.grad)
        return parameter, state.step, _Copy(self._number(parameter), gradient, numbers)

    def _number(self, tensor: Tensor) -> Tensor:
        """A copy of this weight's number; the count of steps is one for all weights."""
        return tensor.detach()[self.index if tensor.dim() else ()].clone()

    def _step(
        self,
        place: Place,
        optimizer: OptimizerName,
        options: Mapping[str, float],
        before: _Copy,
        after: _Copy,
    ) -> WeightStep:
        return WeightStep(
            self.node,
            self.parameter,
            self.index,
            place.run,
            place.step,
            optimizer,
            options,
            0.0 if after.gradient is None else float(after.gradient),
            float(before.weight),
            float(after.weight),
            {name: float(tensor) for name, tensor in before.state.items()},
            {name: float(tensor) for name, tensor in after.state.items()},
        )


def _holds(tensor: Tensor, index: tuple[int, ...]) -> bool:
    return len(index) == tensor.dim() and all(0 <= at < size for at, size in zip(index, tensor.shape, strict=True))


def _options(state: TrainingState) -> Mapping[str, float]:
    """The options of the step that was just made: edits come after it."""
    group = state.optimizer.param_groups[0]
    names = ("lr", "weight_decay", "momentum", "nesterov", "alpha", "eps")
    options = {name: float(group[name]) for name in names if name in group}
    if "betas" in group:
        options["beta1"], options["beta2"] = (float(beta) for beta in group["betas"])
    return options
