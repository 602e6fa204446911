"""The tensors of a training by name, for a checkpoint; and back into a training, whose names and shapes must match.

Tensors are stored contiguous. On loading, each gets the strides of the parameter that it belongs to: a fused optimizer
computes wrong updates, without an error, if the strides of a parameter and of its state differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cnnviz.sentence import SaidError, Sentence
from cnnviz.training.model import seed_of
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of
from cnnviz.training.updating import update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.project.recipe import Recipe

MOST_STEPS = 2**53
"""No training has more steps: up to here float64 represents every whole number."""
NAME_BYTES = 2**14
"""An upper bound for what the name and shape of a tensor take in a file, and for the state of a random generator."""


class StrangeTensorError(SaidError):
    """A tensor that does not fit the network or its optimizer. ``str()`` is a sentence that says which."""


def gather(state: TrainingState) -> dict[str, Tensor]:
    """Contiguous copies of all tensors of a training, on the CPU, with the same shapes and dtypes.

    The names begin with ``module/`` or ``best/`` (parameters and buffers: float32, batch counters int64), ``dropout/``
    (states of random generators: uint8 (bytes,)), or ``optimizer/`` and the number of the parameter (float32, with the
    shape of the parameter; the counter ``step`` has the shape ()).
    """
    tensors = {f"module/{name}": tensor for name, tensor in state.module.state_dict().items()}
    tensors |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    tensors |= {
        f"dropout/{name}": dropout.generator.get_state()
        for name, dropout in _dropouts(state).items()
        if dropout.generator is not None
    }
    for number, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    return {name: torch.empty(each.shape, dtype=each.dtype).copy_(each.detach()) for name, each in tensors.items()}


def most_bytes(state: TrainingState) -> int:
    """An upper bound, in bytes, for the file that holds the tensors of a training like ``state``."""
    tensors = list(state.module.state_dict().values())
    bytes_of_weights: int = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    # the weights, the best ones, and what the optimizer keeps of each
    sets = 2 + len(state_names(state.recipe))
    return sets * (bytes_of_weights + NAME_BYTES * len(tensors)) + NAME_BYTES * (1 + len(_dropouts(state)))


def fill(state: TrainingState, tensors: Mapping[str, Tensor], device: str) -> None:
    """Give ``state`` the ``tensors`` that :func:`gather` made of a training on ``device``.

    ``tensors`` have the names, shapes and dtypes that :func:`gather` documents. Raises :class:`StrangeTensorError` if
    a name, shape or dtype differs from that in ``state``.
    """
    by_part: dict[str, dict[str, Tensor]] = {"module": {}, "best": {}, "dropout": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, _, name_in_part = name.partition("/")
        if part not in by_part:
            raise StrangeTensorError(Sentence("There are tensors of an unknown kind."))
        by_part[part][name_in_part] = tensor
    current = state.module.state_dict()
    other_network = Sentence("The weights are those of another network.")
    if by_part["module"].keys() != current.keys() or (by_part["best"] and by_part["best"].keys() != current.keys()):
        raise StrangeTensorError(other_network)
    for part in ("module", "best"):
        for name, tensor in by_part[part].items():
            _compare(tensor, current[name].shape, current[name].dtype, other_network)
    state.module.load(by_part["module"])
    state.best = {name: _like(tensor, current[name]) for name, tensor in by_part["best"].items()}
    _fill_dropout(state, by_part["dropout"], device)
    _fill_optimizer(state, by_part["optimizer"])


def state_names(recipe: Recipe) -> frozenset[str]:
    """The names of the tensors that the recipe's optimizer keeps for each parameter: ``step``, ``exp_avg`` ..."""
    tiny = nn.Linear(1, 1, bias=False)
    optimizer = optimizer_of(recipe, tiny)
    tiny.weight.grad = torch.zeros(1, 1)
    update(optimizer)
    return frozenset(name for name, value in optimizer.state[tiny.weight].items() if isinstance(value, Tensor))


def _fill_dropout(state: TrainingState, tensors: Mapping[str, Tensor], device: str) -> None:
    modules = _dropouts(state)
    for name, tensor in tensors.items():
        if name not in modules:
            raise StrangeTensorError(Sentence("There is a random state for a layer that draws no random numbers."))
        module = modules[name]
        module.generator = torch.Generator(state.placement.device)
        if state.placement.device.type != device:
            # a generator of a GPU cannot use the state of one of a CPU, nor the other way round
            module.generator.manual_seed(seed_of(module.seed, f"{state.step}"))
            continue
        try:
            module.generator.set_state(tensor)
        except (RuntimeError, TypeError) as error:
            raise StrangeTensorError(Sentence("The random state of a layer is damaged.")) from error


def _fill_optimizer(state: TrainingState, tensors: Mapping[str, Tensor]) -> None:
    """Fill the optimizer's state. A parameter has all of its tensors, or none: its layer may be new in the network."""
    strange = Sentence("What the optimizer remembers does not belong to this network.")
    parameters = [each for group in state.optimizer.param_groups for each in group["params"]]
    found: dict[str, dict[str, Tensor]] = {}
    """By the number of the parameter, then by the name that the optimizer has for the tensor."""
    for name, tensor in tensors.items():
        number, _, field = name.partition("/")
        found.setdefault(number, {})[field] = tensor
    if not found.keys() <= {str(number) for number in range(len(parameters))}:
        raise StrangeTensorError(strange)
    trained = [str(number) for number, each in enumerate(parameters) if each.requires_grad]
    remembered = sum(number in found for number in trained)
    if isinstance(state.optimizer, torch.optim.SGD) and 0 < remembered < len(trained):
        # the fused kernel of SGD needs the momentum of all trained parameters or of none
        raise StrangeTensorError(Sentence("The optimizer remembers less than it should."))
    names = state_names(state.recipe)
    # fused optimizers keep the counter on the device of the parameter, the others on the CPU
    fused = bool(state.optimizer.defaults.get("fused"))
    for number, values in found.items():
        parameter = parameters[int(number)]
        if values.keys() != names:
            raise StrangeTensorError(Sentence("The optimizer remembers more or less than it should."))
        for field, tensor in values.items():
            if field == "step":
                _compare(tensor, torch.Size(), torch.float32, strange)
                if not 0 <= (steps := tensor.item()) <= MOST_STEPS or steps != int(steps):
                    raise StrangeTensorError(Sentence("The optimizer has counted an impossible number of steps."))
                state.optimizer.state[parameter][field] = tensor.to(parameter.device if fused else "cpu")
            else:
                _compare(tensor, parameter.shape, parameter.dtype, strange)
                state.optimizer.state[parameter][field] = _like(tensor, parameter)


def _dropouts(state: TrainingState) -> dict[str, SeededDropout]:
    return {name: each for name, each in state.module.named_children() if isinstance(each, SeededDropout)}


def _compare(tensor: Tensor, shape: torch.Size, dtype: torch.dtype, sentence: Sentence) -> None:
    if tensor.shape != shape or tensor.dtype != dtype:
        raise StrangeTensorError(sentence)


def _like(tensor: Tensor, pattern: Tensor) -> Tensor:
    """A copy of ``tensor`` with the strides and the device of ``pattern``, which has the same shape."""
    restored = torch.empty_strided(pattern.shape, pattern.stride(), dtype=tensor.dtype, device=pattern.device)
    assert restored.dim() == 0 or restored.stride() == pattern.stride()
    return restored.copy_(tensor)
