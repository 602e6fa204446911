"""The training loop, as a generator: the caller can pause or stop at each yield, which comes after each batch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from cnnviz.data.augment import Amounts, Part, augment
from cnnviz.project.recipe import AUGMENTATIONS
from cnnviz.training.failure import NotANumber
from cnnviz.training.ranks import LEAST_IMAGES
from cnnviz.training.schedule import PLATEAU_EPOCHS, factor
from cnnviz.training.state import TrainingState, augmentation_seed, sample_order
from cnnviz.training.updating import update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.training.device import Placement
    from cnnviz.training.images import Images, TrainingData
    from cnnviz.training.ranks import Ranks

EVALUATION_BATCH = 500
"""The most images that an evaluation computes at once."""
EVALUATION_VALUES = 1_000_000
"""The most values (4 MB) of the largest output in an evaluation. This limits the images too, and is hardly slower. For
outputs much larger than in a training step the allocator finds no free block, so memory would grow for minutes."""


@dataclass(frozen=True)
class BatchDone:
    """Yielded after the update of one batch of ``size`` images. Both tensors are still on the device.

    ``loss``: float32 (), >= 0, the mean cross-entropy. ``correct``: int64 () in [0, size], the right predictions.
    """

    loss: Tensor
    correct: Tensor
    size: int


@dataclass(frozen=True)
class Evaluating:
    """Yielded after each batch of an evaluation of ``split``."""

    split: str


@dataclass(frozen=True)
class Evaluated:
    """Yielded at the end of an evaluation: mean loss and accuracy (a share in [0, 1]) of a split of ``images``.

    Both are NaN for a split without images. ``weights`` is "last", or "best": the weights of the epoch with the best
    validation accuracy.
    """

    split: str
    loss: float
    accuracy: float
    images: int
    weights: str = "last"

    @property
    def title(self) -> str:
        """The name of the evaluation: "validation", "test" or "test best"."""
        return self.split if self.weights == "last" else f"{self.split} {self.weights}"


@dataclass(frozen=True)
class Comparing:
    """Yielded after each step that measures which precision is faster; nothing is learned."""


@dataclass(frozen=True)
class Waiting:
    """Yielded while the images of the next batch are not decoded yet; nothing is learned."""


Moment = Waiting | BatchDone | Evaluating | Evaluated | Comparing


def batches_per_epoch(count: int, batch_size: int, ranks: Ranks | None = None) -> int:
    """The number of batches in an epoch of ``count`` images.

    A last batch of too few images is left out: batch normalization needs two, in each of the processes. The only batch
    of an epoch is not.
    """
    full_batches, rest = divmod(count, batch_size)
    least = LEAST_IMAGES * (1 if ranks is None else ranks.size)
    return full_batches + (rest >= least or full_batches == 0)


def train(state: TrainingState, data: TrainingData) -> Iterator[Moment]:
    """Train to the last epoch of ``state``, with a validation after each epoch; changes ``state`` in place.

    If the recipe's patience ends the training early, ``state.epochs`` becomes the number of epochs that are done, and
    ``state.planned`` the number before. On a CPU a loss that is not finite raises
    :class:`~cnnviz.training.failure.NotANumber` before the update; checking it on a GPU would mean to wait for it.
    """
    ranks = state.placement.ranks
    batches = batches_per_epoch(len(data.train), state.recipe.batch_size, ranks)
    while state.epoch < state.epochs:
        state.planned = 0
        order = sample_order(state.recipe.seed, state.epoch, len(data.train)).to(data.train.images.device)
        size = state.recipe.batch_size
        if data.train.arriving is not None:
            data.train.arriving.prefer(order[state.batch * size :].numpy())
        while state.batch < batches:
            set_rate(state, batches)
            chosen = order[state.batch * size : (state.batch + 1) * size]
            if ranks is not None:
                chosen = chosen[ranks.begin(len(chosen))]
            while not data.train.are_decoded(chosen):
                yield Waiting()
            done = _step(state, *data.train.batch(chosen))
            state.batch += 1
            state.step += 1
            yield done
        for moment in evaluate(state, data.validation, "validation"):
            if isinstance(moment, Evaluated):
                state.epoch += 1
                state.batch = 0
                _keep_best(state, moment.accuracy)
                _lower_on_plateau(state, moment.loss)
            yield moment


def test(state: TrainingState, data: TrainingData) -> Iterator[Moment]:
    """Evaluate the last weights, and the best ones if there are any, on the test images, at the end of a training."""
    yield from evaluate(state, data.test, "test")
    if state.best:
        yield from evaluate(state, data.test, "test", state.best)


def evaluate(
    state: TrainingState, images: Images, split: str, tensors: Mapping[str, Tensor] | None = None
) -> Iterator[Moment]:
    """Evaluate ``images`` in evaluation mode; the last moment is an :class:`Evaluated`.

    ``tensors``, named and shaped as in ``state_dict`` (float32; ``conv1.weight`` is (O, I, kH, kW)), replace the
    current weights. A loss that is not finite raises :class:`~cnnviz.training.failure.NotANumber`.
    """
    if not len(images):
        yield Evaluated(split, float("nan"), float("nan"), 0)
        return
    ranks = state.placement.ranks
    share = slice(0, len(images)) if ranks is None else ranks.share(len(images))
    if ranks is not None:
        # the running statistics of other processes may be those of other parts
        ranks.copy_from_first(state.module.buffers())
    loss = torch.zeros((), device=state.placement.device, dtype=torch.float64)
    correct = torch.zeros((), device=state.placement.device, dtype=torch.int64)
    size = evaluation_batch(state)
    count = 0
    for first in range(share.start, share.stop, size):
        last = min(first + size, share.stop)
        while not images.are_decoded(torch.arange(first, last)):
            yield Evaluating(split)
        part, labels = images.part(first, last - first)
        count += len(labels)
        _set_mode(state, False)
        with torch.inference_mode(), precision(state.placement):
            x = prepared(part, state.placement)
            if tensors is None:
                logits = state.module.logits(x).float()
            else:
                logits = state.module(x, tensors=tensors)[0].float()
            # logits: (B, classes)
            loss += cross_entropy(logits, labels, reduction="sum")
            correct += (logits.argmax(1) == labels).sum()
        yield Evaluating(split)
    weights = "last" if tensors is None else "best"
    if ranks is not None:
        loss, correct, count = ranks.sum_evaluation(loss, correct, count)
    total = loss.item()  # .item() waits for the device: once in each evaluation
    if not isfinite(total):
        raise NotANumber(state.step, _first_out_of_range_in(state, images, tensors or {}), split)
    yield Evaluated(split, total / count, correct.item() / count, count, weights)


def evaluation_batch(state: TrainingState) -> int:
    """The number of images that are evaluated at once: at least a training batch, which is known to fit."""
    fitting = EVALUATION_VALUES // state.module.largest_output
    return min(EVALUATION_BATCH, max(state.recipe.batch_size, fitting))


def prepared(images: Tensor, placement: Placement) -> Tensor:
    """Scale images: uint8 (N, C, H, W) in [0, 255] -> float32 (N, C, H, W) in [0, 1], in the run's memory format."""
    return images.to(torch.float32, memory_format=placement.memory_format).div_(255)


def precision(placement: Placement) -> AbstractContextManager[object]:
    """The context manager for a forward pass in the run's precision; parameters stay float32."""
    if placement.precision == "bfloat16":
        return torch.autocast(placement.device.type, torch.bfloat16)
    return nullcontext()


def set_rate(state: TrainingState, batches: int) -> None:
    """Set the optimizer's learning rate for the next step; an epoch has ``batches``."""
    rate = state.recipe.learning_rate * factor(state.recipe, state.step, batches) * state.lowered
    for group in state.optimizer.param_groups:
        group["lr"] = rate


def _step(state: TrainingState, images: Tensor, labels: Tensor) -> BatchDone:
    _set_mode(state, True)
    state.optimizer.zero_grad(set_to_none=True)
    ranks = state.placement.ranks
    x = _augmented(state, prepared(images, state.placement))
    with precision(state.placement):
        logits = state.module.logits(x).float()  # (B, classes)
    smoothing = state.recipe.label_smoothing
    # parts of a batch have different sizes: the sum over them is divided by the number of all images
    reduction = "mean" if ranks is None else "sum"
    loss = cross_entropy(logits, labels, label_smoothing=smoothing, reduction=reduction)
    if ranks is None:
        _check(state, loss, x)
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
    logits = logits.detach()
    # the published loss has no label smoothing, so that it can be compared with that of the validation
    published_loss = cross_entropy(logits, labels, reduction=reduction) if smoothing else loss.detach()
    correct, count = (logits.argmax(1) == labels).sum(), len(labels)
    if ranks is not None:
        gradients = [each.grad for each in state.module.parameters() if each.grad is not None]
        published_loss, correct = ranks.sum_step(gradients, published_loss, correct, count)
        count = ranks.count
        _check(state, published_loss, x)
    if loss.requires_grad:
        if state.recipe.clip_norm:
            clip_grad_norm_(state.module.parameters(), state.recipe.clip_norm)
        update(state.optimizer)
    return BatchDone(published_loss, correct, count)


def _check(state: TrainingState, loss: Tensor, x: Tensor) -> None:
    """Raise NotANumber if the loss of the batch ``x`` is not finite.

    .item() would make the step wait for a GPU: its losses are checked when they are read, see Reporter.flush.
    """
    if state.placement.device.type == "cpu" and not isfinite(loss.item()):
        raise NotANumber(state.step + 1, first_out_of_range(state, x))


def _augmented(state: TrainingState, x: Tensor) -> Tensor:
    recipe = state.recipe
    if not recipe.augments:
        return x
    seed = augmentation_seed(recipe.seed, state.epoch, state.batch)
    amounts = Amounts(**{name: getattr(recipe, name) for name in AUGMENTATIONS})
    ranks = state.placement.ranks
    part = None if ranks is None else Part(ranks.part.start, ranks.count)
    changed = augment(x, amounts, torch.Generator(x.device).manual_seed(seed), part)
    return changed.contiguous(memory_format=state.placement.memory_format)


def first_out_of_range(
    state: TrainingState, x: Tensor, tensors: Mapping[str, Tensor] = MappingProxyType({})
) -> str | None:
    """The first node, in the order of the network, whose output for ``x`` is not finite; None if all are.

    ``x``: float32 (N, C, H, W) in [0, 1]. ``tensors``, named and shaped as in ``state_dict``, replace the
    module's. The module stays in its mode (training or evaluation).
    """
    buffers = {name: buffer.clone() for name, buffer in state.module.named_buffers()}
    names = [name for name in state.module.network.order if name in state.module._modules]
    with torch.no_grad(), precision(state.placement):
        _, outputs = state.module(x, names, {**buffers, **tensors})
    return next((name for name in names if not torch.isfinite(outputs[name]).all()), None)


def suspect(state: TrainingState, images: Images) -> str | None:
    """The first layer whose output is not finite for the first batch of ``images`` and the present weights.

    It is used for a GPU, which may have made more steps before a loss was read that was not finite.
    """
    _set_mode(state, True)
    return first_out_of_range(state, prepared(images.part(0, state.recipe.batch_size)[0], state.placement))


def _first_out_of_range_in(state: TrainingState, images: Images, tensors: Mapping[str, Tensor]) -> str | None:
    """As :func:`first_out_of_range` for all ``images``, in parts of at most a training batch."""
    size = min(state.recipe.batch_size, evaluation_batch(state))
    for first in range(0, len(images), size):
        x = prepared(images.part(first, size)[0], state.placement)
        if (layer := first_out_of_range(state, x, tensors)) is not None:
            return layer
    return None


def _set_mode(state: TrainingState, learning: bool) -> None:
    """Set training or evaluation mode. Setting it visits all modules, so it is done only if the mode changes."""
    if state.module.training != learning:
        state.module.train(learning)


def _keep_best(state: TrainingState, accuracy: float) -> None:
    """Keep the weights if ``accuracy`` is the best so far; end the training if the recipe's patience is over.

    Without validation images the accuracy is NaN, and the last weights count as the best.
    """
    if not accuracy <= state.best_accuracy:
        state.best_accuracy, state.stale = accuracy, 0
        state.best = {name: tensor.detach().clone() for name, tensor in state.module.state_dict().items()}
        return
    state.stale += 1
    if 0 < state.recipe.patience <= state.stale:
        state.planned = state.epochs if state.epoch < state.epochs else 0
        state.epochs, state.stale = state.epoch, 0


def _lower_on_plateau(state: TrainingState, loss: float) -> None:
    """In the schedule "plateau", lower the learning rate if the validation loss has not improved for some epochs."""
    if state.recipe.schedule != "plateau":
        return
    if loss < state.best_loss:
        state.best_loss, state.flat = loss, 0
        return
    state.flat += 1
    if state.flat >= PLATEAU_EPOCHS:
        state.lowered *= state.recipe.step_factor
        state.flat = 0
