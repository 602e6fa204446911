"""Continues a run with another network: every layer that still fits keeps what it has learned.

The tensors of a layer (parameters, buffers, optimizer state) are not copied but used as they are, with their strides.
So a change that alters nothing that is computed gives the same bits as no change. What layers had learned that a change
takes away is remembered, and used again when a later change (an undo above all) has a layer that it fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cnnviz.training.changes import Continuation, Learned, compare, continuation, learned, pairing
from cnnviz.training.model import CompiledNetwork, build
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe

MOST_BYTES = 2**30
"""Of dropped layers; where they would take more, the oldest are forgotten."""


@dataclass(frozen=True, eq=False)
class DroppedLayer:
    """What a layer had learned when a change took it away.

    ``tensors`` are its parameters and buffers by their names in the layer, as trained (float32 unless the buffer counts
    batches); ``steps`` what the optimizer kept for each parameter. ``optimizer`` is the kind of optimizer; another kind
    starts without these.
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


class DroppedLayers:
    """The layers that changes took away from a run, the newest last; of the same id, kind and shapes only the newest.

    ``most`` is the size in bytes that all of them may have.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._dropped: list[DroppedLayer] = []

    @property
    def layers(self) -> tuple[Learned, ...]:
        """Which layers they are, the newest last."""
        return tuple(one.layer for one in self._dropped)

    def find(self, layer: Learned) -> DroppedLayer:
        """What ``layer``, one of :attr:`layers`, had learned."""
        return next(one for one in self._dropped if one.layer == layer)

    def remove(self, layer: Learned) -> None:
        """Forget ``layer``: it is in use again."""
        self._dropped = [one for one in self._dropped if one.layer != layer]

    def add(self, dropped: DroppedLayer) -> None:
        """Remember one more, and forget the oldest where all would take too much."""
        self._dropped = [
            one for one in self._dropped if one.layer.node != dropped.layer.node or not one.layer.fits(dropped.layer)
        ]
        self._dropped.append(dropped)
        while self._dropped and sum(one.bytes for one in self._dropped) > self._most:
            self._dropped.pop(0)


def continued(
    state: TrainingState, old: Project, old_report: Report, new: Project, report: Report, dropped_layers: DroppedLayers
) -> tuple[TrainingState, Continuation]:
    """``state``, a training of ``old``, as a training of ``new`` at the same step; and what becomes of each layer.

    Epoch and schedule go on as well. The best weights are kept where the network computes the same, else they are to be
    found anew. The result uses the tensors of ``state``, which must not be used any more; where this raises, ``state``
    is as it was.
    """
    network = new.network
    went = continuation(old.network, old_report, network, report, dropped_layers.layers)
    module = build(network, report, new.recipe.seed)
    module.to(device=state.placement.device)
    module.to(memory_format=state.placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
    optimizer_kept = _kind(state.recipe) == _kind(new.recipe)
    steps: dict[str, Mapping[str, Any]] = {}
    for name, source in went.kept.items():
        before = state.module._modules[source]
        _replace_tensors(module, name, dict(_tensors(before)))
        if optimizer_kept:
            steps |= {f"{name}.{key}": one for key, one in _steps(state, before).items()}
    for name, layer in went.recalled.items():
        dropped = dropped_layers.find(layer)
        _replace_tensors(module, name, dropped.tensors)
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
        dropped_layers.remove(layer)
    for name, layer in learned(old.network, old_report).items():
        if name not in went.kept.values():
            before = state.module._modules[name]
            dropped_layers.add(DroppedLayer(layer, dict(_tensors(before)), _steps(state, before), _kind(state.recipe)))
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
    """The kind of an optimizer: those of the same kind remember the same tensors for each parameter."""
    return recipe.optimizer, recipe.state_tensors


def _computes_the_same(old: Project, new: Project) -> bool:
    fixed = replace(old, recipe=new.recipe, dataset=new.dataset)
    return not compare(fixed, new).restart


def _tensors(module: nn.Module | None) -> Iterator[tuple[str, Tensor]]:
    assert module is not None
    yield from module.named_parameters()
    yield from module.named_buffers()


def _steps(state: TrainingState, module: nn.Module | None) -> dict[str, Mapping[str, Any]]:
    """What the optimizer keeps for each parameter of a layer, by the name of the parameter in the layer."""
    assert module is not None
    kept = state.optimizer.state
    return {name: dict(kept[one]) for name, one in module.named_parameters() if one in kept}


def _replace_tensors(module: CompiledNetwork, node: str, tensors: Mapping[str, Tensor]) -> None:
    """Replace the parameters and buffers of a node by ``tensors``, by name and of the same shapes."""
    own = module._modules[node]
    for name, now in list(_tensors(own)):
        path, _, leaf = name.rpartition(".")
        assert own is not None and tensors[name].shape == now.shape
        owner = own.get_submodule(path)
        table = owner._parameters if leaf in owner._parameters else owner._buffers
        table[leaf] = tensors[name]  # type: ignore[assignment] # a parameter for a parameter, a buffer for a buffer


def _complete(optimizer: torch.optim.Optimizer) -> None:
    """Give parameters without momentum in SGD a momentum of 0, where others have one.

    The fused kernel of torch wants all or none. From 0 the first step is the gradient itself, as without momentum.
    """
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    if not isinstance(optimizer, torch.optim.SGD):
        return
    if any(optimizer.state[one].get("momentum_buffer") is not None for one in parameters if one in optimizer.state):
        for one in parameters:
            if optimizer.state[one].get("momentum_buffer") is None:
                optimizer.state[one]["momentum_buffer"] = torch.zeros_like(one)
