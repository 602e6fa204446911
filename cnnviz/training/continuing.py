"""A run that goes on with another network: every layer that still fits keeps what it has learned.

Parameters, their optimizer state and the buffers of a layer are not copied but handed on as they are, strides and all,
so that going on after a change of nothing that is computed gives the bits that going on without it gives. What a
change drops is remembered and comes back when a later change, an undo above all, asks for a layer that it fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.network.report import Report
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.changes import Continuation, Learned, compare, continuation, learned, pairing
from cnnviz.training.model import CompiledNetwork, build
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of

MOST_BYTES = 2**30
"""What is remembered of dropped layers takes no more than this; the oldest is forgotten first."""


@dataclass(frozen=True, eq=False)
class Dropped:
    """What a layer had learned when a change took it away: its tensors, and what the optimizer kept for each.

    ``optimizer`` tells which kind of optimizer that was; another one starts anew.
    """

    layer: Learned
    tensors: Mapping[str, Tensor]
    steps: Mapping[str, Mapping[str, Any]]
    optimizer: tuple[str, int]

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        kept = [*self.tensors.values(), *(value for one in self.steps.values() for value in one.values())]
        return sum(one.numel() * one.element_size() for one in kept if isinstance(one, Tensor))


class Memory:
    """What dropped layers had learned, the newest last; for a layer of one id, kind and shape only the newest."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._dropped: list[Dropped] = []

    @property
    def layers(self) -> tuple[Learned, ...]:
        """What is remembered, the newest last."""
        return tuple(one.layer for one in self._dropped)

    def recall(self, layer: Learned) -> Dropped:
        """What such a layer had learned."""
        return next(one for one in self._dropped if one.layer == layer)

    def forget(self, layer: Learned) -> None:
        """It is in use again."""
        self._dropped = [one for one in self._dropped if one.layer != layer]

    def add(self, dropped: Dropped) -> None:
        """Remember one more, and forget the oldest where there is no room."""
        self._dropped = [
            one for one in self._dropped if one.layer.node != dropped.layer.node or not one.layer.fits(dropped.layer)
        ]
        self._dropped.append(dropped)
        while self._dropped and sum(one.bytes for one in self._dropped) > self._most:
            self._dropped.pop(0)


def continued(
    state: TrainingState, old: Project, old_report: Report, new: Project, report: Report, memory: Memory
) -> tuple[TrainingState, Continuation]:
    """``state``, a training of ``old``, as a training of ``new`` at the same place, and what became of each layer.

    Step, epoch and the state of the schedule go on. The best weights go with a network that computes the same;
    another one is measured anew. The tensors of the result are those of ``state``, which must not be used any more;
    where this raises it is as it was.
    """
    network = new.network
    went = continuation(old.network, old_report, network, report, memory.layers)
    module = build(network, report, new.recipe.seed)
    module.to(device=state.placement.device)
    module.to(memory_format=state.placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
    optimizer_kept = _kind(state.recipe) == _kind(new.recipe)
    steps: dict[str, Mapping[str, Any]] = {}
    for name, source in went.kept.items():
        before = state.module._modules[source]
        _hand_on(module, name, dict(_tensors(before)))
        if optimizer_kept:
            steps |= {f"{name}.{key}": one for key, one in _steps(state, before).items()}
    for name, layer in went.recalled.items():
        dropped = memory.recall(layer)
        _hand_on(module, name, dropped.tensors)
        if dropped.optimizer == _kind(new.recipe):
            steps |= {f"{name}.{key}": one for key, one in dropped.steps.items()}
    names = pairing(old.network, network)
    for name, one in module._modules.items():
        before = state.module._modules.get(names.get(name, ""))
        if isinstance(one, SeededDropout) and isinstance(before, SeededDropout):
            one.generator = before.generator
    optimizer = optimizer_of(new.recipe, module)
    for name, parameter in module.named_parameters():
        if name in steps:
            optimizer.state[parameter] = dict(steps[name])
    _complete(optimizer)
    for layer in went.recalled.values():
        memory.forget(layer)
    for name, layer in learned(old.network, old_report).items():
        if name not in went.kept.values():
            before = state.module._modules[name]
            memory.add(Dropped(layer, dict(_tensors(before)), _steps(state, before), _kind(state.recipe)))
    after = replace(state, module=module, optimizer=optimizer, recipe=new.recipe)
    if _computes_the_same(old, new):
        sources = {source: name for name, source in names.items()}
        after.best = {
            ".".join([sources[key.partition(".")[0]], key.partition(".")[2]]): one for key, one in state.best.items()
        }
    else:
        after.best, after.best_accuracy, after.stale = {}, -1.0, 0
        after.best_loss, after.flat = float("inf"), 0
    return after, went


def _kind(recipe: Recipe) -> tuple[str, int]:
    """Which optimizer it is, as far as what it remembers goes."""
    return recipe.optimizer, recipe.state_tensors


def _computes_the_same(old: Project, new: Project) -> bool:
    fixed = replace(old, recipe=new.recipe, dataset=new.dataset)
    return not compare(fixed, new).restart


def _tensors(module: nn.Module | None) -> Iterator[tuple[str, Tensor]]:
    assert module is not None
    yield from module.named_parameters()
    yield from module.named_buffers()


def _steps(state: TrainingState, module: nn.Module | None) -> dict[str, Mapping[str, Any]]:
    """What the optimizer keeps for each parameter of a layer, by the name of the parameter."""
    assert module is not None
    kept = state.optimizer.state
    return {name: dict(kept[one]) for name, one in module.named_parameters() if one in kept}


def _hand_on(module: CompiledNetwork, node: str, tensors: Mapping[str, Tensor]) -> None:
    """Put tensors in the places of a node's own."""
    own = module._modules[node]
    for name, now in list(_tensors(own)):
        path, _, leaf = name.rpartition(".")
        assert own is not None and tensors[name].shape == now.shape
        owner = own.get_submodule(path)
        table = owner._parameters if leaf in owner._parameters else owner._buffers
        table[leaf] = tensors[name]  # type: ignore[assignment] # a parameter for a parameter, a buffer for a buffer


def _complete(optimizer: torch.optim.Optimizer) -> None:
    """Give the momentum of SGD to parameters that have none yet, where others have.

    Its fused kernel wants all or none. From 0 the first step is the same as from nothing: the gradient itself.
    """
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    if not isinstance(optimizer, torch.optim.SGD):
        return
    if any(optimizer.state[one].get("momentum_buffer") is not None for one in parameters if one in optimizer.state):
        for one in parameters:
            if optimizer.state[one].get("momentum_buffer") is None:
                optimizer.state[one]["momentum_buffer"] = torch.zeros_like(one)
