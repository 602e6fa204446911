"""Continues a run with another network: every layer that still fits keeps its weights.

The tensors of a layer (parameters, buffers, optimizer state) are moved, not copied, with their strides. So an edit that
changes nothing that is computed gives the same bits as no edit. The tensors of a layer that an edit removes are
remembered, and used again if a later edit, such as an undo, adds a layer that they fit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cnnviz.network.pairing import pairing
from cnnviz.training.changes import Continuation, Learned, compare, continuation, learned
from cnnviz.training.model import CompiledNetwork, build
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe

MOST_BYTES = 2**30
"""The most memory that dropped layers may take; the oldest are forgotten if they need more."""


@dataclass(frozen=True, eq=False)
class DroppedLayer:
    """The tensors of a layer that an edit removed.

    ``tensors`` are its parameters and buffers by their names in the layer (``weight``: (O, I, kH, kW)), in the shapes
    that ``layer`` lists, float32 (batch counters int64). ``optimizer_state`` is what the optimizer kept for each
    parameter. ``optimizer`` is the kind of optimizer; another kind cannot use ``optimizer_state``.
    """

    layer: Learned
    tensors: Mapping[str, Tensor]
    optimizer_state: Mapping[str, Mapping[str, Any]]
    optimizer: tuple[str, int]

    @property
    def bytes(self) -> int:
        """The memory that the tensors take."""
        kept = [*self.tensors.values(), *(value for each in self.optimizer_state.values() for value in each.values())]
        return sum(each.numel() * each.element_size() for each in kept if isinstance(each, Tensor))


class DroppedLayers:
    """The layers that edits removed from a run, the newest last.

    Of layers with the same id, kind and shapes only the newest is kept. ``most`` is the size in bytes that all of them
    may have together.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._dropped: list[DroppedLayer] = []

    @property
    def layers(self) -> tuple[Learned, ...]:
        """The layers, the newest last."""
        return tuple(each.layer for each in self._dropped)

    def find(self, layer: Learned) -> DroppedLayer:
        """The tensors of ``layer``, one of :attr:`layers`."""
        return next(each for each in self._dropped if each.layer == layer)

    def remove(self, layer: Learned) -> None:
        """Forget ``layer``, whose tensors are used again."""
        self._dropped = [each for each in self._dropped if each.layer != layer]

    def add(self, dropped: DroppedLayer) -> None:
        """Remember a layer, and forget the oldest ones if all together take too much memory."""
        self._dropped = [
            each
            for each in self._dropped
            if each.layer.node != dropped.layer.node or not each.layer.fits(dropped.layer)
        ]
        self._dropped.append(dropped)
        while self._dropped and sum(each.bytes for each in self._dropped) > self._most:
            self._dropped.pop(0)


def continued(
    state: TrainingState, old: Project, old_report: Report, new: Project, report: Report, dropped_layers: DroppedLayers
) -> tuple[TrainingState, Continuation]:
    """Turn ``state``, a training of ``old``, into a training of ``new`` at the same step; also where each layer's
    weights come from.

    Epoch and schedule go on. The best weights are kept if the network computes the same, else they are forgotten. The
    result uses the tensors of ``state``, which must not be used any more. If this raises, ``state`` is unchanged.
    """
    network = new.network
    plan = continuation(old.network, old_report, network, report, dropped_layers.layers)
    module = build(network, report, new.recipe.seed)
    module.to(device=state.placement.device)
    module.to(memory_format=state.placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
    optimizer_kept = _kind(state.recipe) == _kind(new.recipe)
    optimizer_state: dict[str, Mapping[str, Any]] = {}
    for name, source in plan.kept.items():
        before = state.module._modules[source]
        _replace_tensors(module, name, dict(_tensors(before)))
        if optimizer_kept:
            optimizer_state |= {f"{name}.{key}": each for key, each in _optimizer_state(state, before).items()}
    for name, layer in plan.recalled.items():
        dropped = dropped_layers.find(layer)
        _replace_tensors(module, name, dropped.tensors)
        if dropped.optimizer == _kind(new.recipe):
            optimizer_state |= {f"{name}.{key}": each for key, each in dropped.optimizer_state.items()}
    module.freeze()
    names = pairing(old.network, network)
    for name, each in module._modules.items():
        before = state.module._modules.get(names.get(name, ""))
        if isinstance(each, SeededDropout) and isinstance(before, SeededDropout):
            each.generator = before.generator
    optimizer = optimizer_of(new.recipe, module)
    for name, parameter in module.named_parameters():
        if name in optimizer_state:
            optimizer.state[parameter] = dict(optimizer_state[name])
    _complete(optimizer)
    for layer in plan.recalled.values():
        dropped_layers.remove(layer)
    for name, layer in learned(old.network, old_report).items():
        if name not in plan.kept.values():
            before = state.module._modules[name]
            dropped_layers.add(
                DroppedLayer(layer, dict(_tensors(before)), _optimizer_state(state, before), _kind(state.recipe))
            )
    after = replace(state, module=module, optimizer=optimizer, recipe=new.recipe)
    if _computes_the_same(old, new):
        sources = {source: name for name, source in names.items()}
        after.best = {
            ".".join([sources[key.partition(".")[0]], key.partition(".")[2]]): each for key, each in state.best.items()
        }
    else:
        after.best, after.best_accuracy, after.stale = {}, -1.0, 0
        after.best_loss, after.flat = float("inf"), 0
    return after, plan


def _kind(recipe: Recipe) -> tuple[str, int]:
    """The kind of an optimizer: optimizers of the same kind keep the same tensors for each parameter."""
    return recipe.optimizer, recipe.state_tensors


def _computes_the_same(old: Project, new: Project) -> bool:
    fixed = replace(old, recipe=new.recipe, dataset=new.dataset)
    return not compare(fixed, new).restart


def _tensors(module: nn.Module | None) -> Iterator[tuple[str, Tensor]]:
    assert module is not None
    yield from module.named_parameters()
    yield from module.named_buffers()


def _optimizer_state(state: TrainingState, module: nn.Module | None) -> dict[str, Mapping[str, Any]]:
    """The optimizer's state for each parameter of a layer, by the parameter's name in the layer."""
    assert module is not None
    kept = state.optimizer.state
    return {name: dict(kept[each]) for name, each in module.named_parameters() if each in kept}


def _replace_tensors(module: CompiledNetwork, node: str, tensors: Mapping[str, Tensor]) -> None:
    """Replace the parameters and buffers of a node by the ``tensors`` of the same names and shapes."""
    own = module._modules[node]
    for name, now in list(_tensors(own)):
        path, _, leaf = name.rpartition(".")
        assert own is not None and tensors[name].shape == now.shape
        owner = own.get_submodule(path)
        table = owner._parameters if leaf in owner._parameters else owner._buffers
        table[leaf] = tensors[name]  # type: ignore[assignment] # a parameter for a parameter, a buffer for a buffer


def _complete(optimizer: torch.optim.Optimizer) -> None:
    """In SGD, give parameters without momentum a momentum of 0 if other parameters have one.

    The fused kernel of torch needs the momentum of all parameters or of none. With a momentum of 0 the first step is
    the gradient itself, as it is without momentum.
    """
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    if not isinstance(optimizer, torch.optim.SGD):
        return
    if any(
        optimizer.state[parameter].get("momentum_buffer") is not None
        for parameter in parameters
        if parameter in optimizer.state
    ):
        for parameter in parameters:
            if optimizer.state[parameter].get("momentum_buffer") is None:
                optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
