"""The tensors of a training by name, and back: what was read is compared with what the network and its optimizer have.

Tensors are stored contiguous. On loading, each takes the strides of the parameter that it belongs to: fused optimizers
walk through parameters and their state side by side, and compute wrong updates, without an error, where these differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cnnviz.training.model import seed_of
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of
from cnnviz.training.updating import update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.project.recipe import Recipe

MOST_STEPS = 2**53
NAME_BYTES = 2**14
"""What the name and shape of a tensor take in a file, or the state of a generator, and more."""


class StrangeTensorError(Exception):
    """A tensor that does not belong to the network or to its optimizer. ``str()`` says which, in a sentence."""


def gather(state: TrainingState) -> dict[str, Tensor]:
    """Contiguous copies on the CPU of all tensors of a state, with their shapes and dtypes.

    Their names begin with what they are: ``module/``, ``best/`` (weights), ``dropout/`` (states of generators, uint8),
    or ``optimizer/`` and the number of the parameter.
    """
    found = {f"module/{name}": tensor for name, tensor in state.module.state_dict().items()}
    found |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    found |= {
        f"dropout/{name}": one.generator.get_state()
        for name, one in _dropouts(state).items()
        if one.generator is not None
    }
    for number, values in state.optimizer.state_dict()["state"].items():
        found |= {f"optimizer/{number}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    return {name: torch.empty(one.shape, dtype=one.dtype).copy_(one.detach()) for name, one in found.items()}


def most_bytes(state: TrainingState) -> int:
    """The size of the largest file that can hold the tensors of a training like ``state``."""
    own = list(state.module.state_dict().values())
    bytes_of_weights: int = sum(one.numel() * one.element_size() for one in own)
    sets = 2 + len(state_names(state.recipe))
    return sets * (bytes_of_weights + NAME_BYTES * len(own)) + NAME_BYTES * (1 + len(_dropouts(state)))


def fill(state: TrainingState, tensors: Mapping[str, Tensor], device: str) -> None:
    """Give ``state`` the ``tensors`` that :func:`gather` made of a training on ``device``.

    Raises :class:`StrangeTensorError` where names, shapes or dtypes are not those of ``state``.
    """
    rooms: dict[str, dict[str, Tensor]] = {"module": {}, "best": {}, "dropout": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        room, _, rest = name.partition("/")
        if room not in rooms:
            raise StrangeTensorError("There are tensors of an unknown kind.")
        rooms[room][rest] = tensor
    own = state.module.state_dict()
    if rooms["module"].keys() != own.keys() or (rooms["best"] and rooms["best"].keys() != own.keys()):
        raise StrangeTensorError("The weights are those of another network.")
    for room in ("module", "best"):
        for name, tensor in rooms[room].items():
            _compare(tensor, own[name].shape, own[name].dtype, "The weights are those of another network.")
    state.module.load_state_dict(rooms["module"])
    state.best = {name: _like(tensor, own[name]) for name, tensor in rooms["best"].items()}
    _fill_dropout(state, rooms["dropout"], device)
    _fill_optimizer(state, rooms["optimizer"])


def state_names(recipe: Recipe) -> frozenset[str]:
    """What the optimizer of a recipe remembers for each parameter, as torch names it: ``step``, ``exp_avg`` ..."""
    tiny = nn.Linear(1, 1, bias=False)
    optimizer = optimizer_of(recipe, tiny)
    tiny.weight.grad = torch.zeros(1, 1)
    update(optimizer)
    return frozenset(name for name, value in optimizer.state[tiny.weight].items() if isinstance(value, Tensor))


def _fill_dropout(state: TrainingState, tensors: Mapping[str, Tensor], device: str) -> None:
    modules = _dropouts(state)
    for name, tensor in tensors.items():
        if name not in modules:
            raise StrangeTensorError("There is chance for a layer that draws none.")
        module = modules[name]
        module.generator = torch.Generator(state.placement.device)
        if state.placement.device.type != device:
            # the generators of processors and GPUs cannot go on with each other's states
            module.generator.manual_seed(seed_of(module.seed, f"{state.step}"))
            continue
        try:
            module.generator.set_state(tensor)
        except (RuntimeError, TypeError) as error:
            raise StrangeTensorError("The state of chance of a layer is damaged.") from error


def _fill_optimizer(state: TrainingState, tensors: Mapping[str, Tensor]) -> None:
    """Each parameter has all that its optimizer remembers, or nothing yet: a layer may be new in its network."""
    strange = "What the optimizer remembers does not belong to this network."
    parameters = [one for group in state.optimizer.param_groups for one in group["params"]]
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, what = name.partition("/")
        found.setdefault(number, {})[what] = tensor
    if not found.keys() <= {str(number) for number in range(len(parameters))}:
        raise StrangeTensorError(strange)
    if isinstance(state.optimizer, torch.optim.SGD) and 0 < len(found) < len(parameters):
        # its fused kernel wants the momentum of all parameters or of none
        raise StrangeTensorError("The optimizer remembers less than it should.")
    names = state_names(state.recipe)
    # counted beside the parameter by fused optimizers, on the CPU by the others
    fused = bool(state.optimizer.defaults.get("fused"))
    for number, kept in found.items():
        parameter = parameters[int(number)]
        if kept.keys() != names:
            raise StrangeTensorError("The optimizer remembers more or less than it should.")
        for what, tensor in kept.items():
            if what == "step":
                _compare(tensor, torch.Size(), torch.float32, strange)
                if not 0 <= (steps := tensor.item()) <= MOST_STEPS or steps != int(steps):
                    raise StrangeTensorError("The optimizer has counted an impossible number of steps.")
                state.optimizer.state[parameter][what] = tensor.to(parameter.device if fused else "cpu")
            else:
                _compare(tensor, parameter.shape, parameter.dtype, strange)
                state.optimizer.state[parameter][what] = _like(tensor, parameter)


def _dropouts(state: TrainingState) -> dict[str, SeededDropout]:
    return {name: one for name, one in state.module.named_children() if isinstance(one, SeededDropout)}


def _compare(tensor: Tensor, shape: torch.Size, dtype: torch.dtype, sentence: str) -> None:
    if tensor.shape != shape or tensor.dtype != dtype:
        raise StrangeTensorError(sentence)


def _like(tensor: Tensor, pattern: Tensor) -> Tensor:
    """The values of ``tensor`` in the strides and on the device of ``pattern``, which has the same shape."""
    made = torch.empty_strided(pattern.shape, pattern.stride(), dtype=tensor.dtype, device=pattern.device)
    assert made.dim() == 0 or made.stride() == pattern.stride()
    return made.copy_(tensor)
