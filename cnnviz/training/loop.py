"""The training loop, as a generator: every yield is a place to pause, to step or to stop."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from cnnviz.data.augment import Amounts, augment
from cnnviz.project.recipe import AUGMENTATIONS
from cnnviz.training.failure import NotANumber
from cnnviz.training.schedule import PLATEAU_EPOCHS, factor
from cnnviz.training.state import TrainingState, augmentation_seed, sample_order
from cnnviz.training.updating import update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.data.catalogue import Dataset, Split
    from cnnviz.training.device import Placement

EVALUATION_BATCH = 500
"""Images that an evaluation computes at once."""
EVALUATION_VALUES = 1_000_000
"""They are fewer where the largest output would have more values (4 MB), which is hardly slower. For outputs much
larger than those of a training step the allocator finds no free block, so that memory would grow for minutes."""


@dataclass(frozen=True)
class Images:
    """A split: ``images`` uint8 (N, C, H, W) in [0, 255], ``labels`` int64 (N,) from 0.

    Both are on the device, except images that are mapped from a file: of these each batch is read from the file and
    copied to the device.
    """

    images: Tensor
    labels: Tensor

    @classmethod
    def of(cls, split: Split, device: torch.device) -> Images:
        """A copy of the split on a device; mapped images are not copied."""
        labels = torch.tensor(split.labels, device=device)
        if not isinstance(split.images, np.memmap):
            return cls(torch.tensor(split.images, device=device), labels)
        with warnings.catch_warnings():
            # the file must not be written to, and nothing here writes
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            return cls(torch.from_numpy(split.images), labels)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """The images uint8 (B, C, H, W) and labels int64 (B,) of a batch, on the device.

        ``chosen`` are their numbers, int64 (B,) in [0, N), on the device of :attr:`images`.
        """
        images = self.images.index_select(0, chosen)  # (B, C, H, W)
        return self._on_device(images), self.labels.index_select(0, self._on_device(chosen))

    def part(self, first: int, count: int) -> tuple[Tensor, Tensor]:
        """Images uint8 (B, C, H, W) and labels int64 (B,) from number ``first`` on, on the device; B is ``count``, or
        less at the end of the split."""
        return self._on_device(self.images[first : first + count]), self.labels[first : first + count]

    def _on_device(self, tensor: Tensor) -> Tensor:
        device = self.labels.device
        if tensor.device == device:
            return tensor
        # from page-locked memory a copy runs beside the computation
        return tensor.pin_memory().to(device, non_blocking=True)


@dataclass(frozen=True)
class TrainingData:
    """All splits of a dataset on the device."""

    train: Images
    validation: Images
    test: Images

    @classmethod
    def of(cls, dataset: Dataset, device: torch.device) -> TrainingData:
        """All splits of ``dataset`` on a device."""
        return cls(*(Images.of(split, device) for split in (dataset.train, dataset.validation, dataset.test)))


@dataclass(frozen=True)
class BatchDone:
    """After one update of a batch of ``size`` images. Both tensors are still on the device.

    ``loss`` is the mean cross-entropy, float32 (), >= 0; ``correct`` the number of right predictions, int64 () in
    [0, size].
    """

    loss: Tensor
    correct: Tensor
    size: int


@dataclass(frozen=True)
class Evaluating:
    """Between two batches of an evaluation of ``split``."""

    split: str


@dataclass(frozen=True)
class Evaluated:
    """Mean loss and accuracy (a share in [0, 1]) of a split of so many ``images``; NaN where there are none.

    ``weights`` are "last", or "best": those of the epoch with the best validation accuracy.
    """

    split: str
    loss: float
    accuracy: float
    images: int
    weights: str = "last"

    @property
    def title(self) -> str:
        """What was evaluated: "validation", "test" or "test best"."""
        return self.split if self.weights == "last" else f"{self.split} {self.weights}"


@dataclass(frozen=True)
class Comparing:
    """Between two steps that measure which precision is faster; nothing is learned."""


Moment = BatchDone | Evaluating | Evaluated | Comparing


def batches_per_epoch(count: int, batch_size: int) -> int:
    """Batches of an epoch. A last batch of a single image is left out: batch normalization has no variance for it."""
    whole, rest = divmod(count, batch_size)
    return whole + (rest > 1 or (rest == 1 and batch_size == 1) or whole == 0)


def train(state: TrainingState, data: TrainingData) -> Iterator[Moment]:
    """Train to the last epoch of ``state``, with a validation after each epoch; ``state`` is advanced in place.

    Where the recipe ends a training early, the epochs of ``state`` become those that are done, and ``planned`` those
    that were to be. A loss that is not a number raises :class:`~cnnviz.training.failure.NotANumber` before the update,
    on a CPU; other devices would have to be waited for.
    """
    batches = batches_per_epoch(len(data.train), state.recipe.batch_size)
    while state.epoch < state.epochs:
        state.planned = 0
        order = sample_order(state.recipe.seed, state.epoch, len(data.train)).to(data.train.images.device)
        size = state.recipe.batch_size
        while state.batch < batches:
            set_rate(state, batches)
            chosen = order[state.batch * size : (state.batch + 1) * size]
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
    """Evaluate the last and, where there are some, the best weights on the test images: the one look at them, at the
    end of a training."""
    yield from evaluate(state, data.test, "test")
    if state.best:
        yield from evaluate(state, data.test, "test", state.best)


def evaluate(
    state: TrainingState, images: Images, split: str, tensors: Mapping[str, Tensor] | None = None
) -> Iterator[Moment]:
    """Loss and accuracy in evaluation mode, with the current weights or with ``tensors`` (named as in ``state_dict``).

    A loss that is not a number raises :class:`~cnnviz.training.failure.NotANumber`.
    """
    if not len(images):
        yield Evaluated(split, float("nan"), float("nan"), 0)
        return
    loss = torch.zeros((), device=state.placement.device, dtype=torch.float64)
    correct = torch.zeros((), device=state.placement.device, dtype=torch.int64)
    together = evaluated_together(state)
    for first in range(0, len(images), together):
        part, labels = images.part(first, together)
        _learning(state, False)
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
    count, total = len(images), loss.item()  # waits for the device, once for each evaluation
    if not isfinite(total):
        raise NotANumber(state.step, _first_layer(state, images, tensors or {}), split)
    yield Evaluated(split, total / count, correct.item() / count, count, weights)


def evaluated_together(state: TrainingState) -> int:
    """Images that go through the network at once; what training takes at once is never too many."""
    fitting = EVALUATION_VALUES // state.module.largest_output
    return min(EVALUATION_BATCH, max(state.recipe.batch_size, fitting))


def prepared(images: Tensor, placement: Placement) -> Tensor:
    """``images``, uint8 (N, C, H, W) in [0, 255], as float32 in [0, 1], in the memory format of the run."""
    return images.to(torch.float32, memory_format=placement.memory_format).div_(255)


def precision(placement: Placement) -> AbstractContextManager[object]:
    """The context of a forward pass in the run's precision; parameters stay float32."""
    if placement.precision == "bfloat16":
        return torch.autocast(placement.device.type, torch.bfloat16)
    return nullcontext()


def set_rate(state: TrainingState, batches: int) -> None:
    """Give the optimizer the rate of the next step; an epoch has ``batches``."""
    rate = state.recipe.learning_rate * factor(state.recipe, state.step, batches) * state.lowered
    for group in state.optimizer.param_groups:
        group["lr"] = rate


def _step(state: TrainingState, images: Tensor, labels: Tensor) -> BatchDone:
    _learning(state, True)
    state.optimizer.zero_grad(set_to_none=True)
    x = _augmented(state, prepared(images, state.placement))
    with precision(state.placement):
        logits = state.module.logits(x).float()  # (B, classes)
    smoothing = state.recipe.label_smoothing
    loss = cross_entropy(logits, labels, label_smoothing=smoothing)
    # other devices would have to be waited for: their losses are checked when they are read, see Reporter.flush
    if state.placement.device.type == "cpu" and not isfinite(loss.item()):
        raise NotANumber(state.step + 1, first_out_of_range(state, x))
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
        if state.recipe.clip_norm:
            clip_grad_norm_(state.module.parameters(), state.recipe.clip_norm)
        update(state.optimizer)
    logits = logits.detach()
    # what is shown is comparable with validation, whose labels are not smoothed
    shown = cross_entropy(logits, labels) if smoothing else loss.detach()
    return BatchDone(shown, (logits.argmax(1) == labels).sum(), len(labels))


def _augmented(state: TrainingState, x: Tensor) -> Tensor:
    recipe = state.recipe
    if not recipe.augments:
        return x
    seed = augmentation_seed(recipe.seed, state.epoch, state.batch)
    amounts = Amounts(**{name: getattr(recipe, name) for name in AUGMENTATIONS})
    changed = augment(x, amounts, torch.Generator(x.device).manual_seed(seed))
    return changed.contiguous(memory_format=state.placement.memory_format)


def first_out_of_range(
    state: TrainingState, x: Tensor, tensors: Mapping[str, Tensor] = MappingProxyType({})
) -> str | None:
    """The first node in the order of the network whose output for ``x`` is not finite; None where all are.

    ``x`` are images, float32 (N, C, H, W) in [0, 1]. The module computes in the mode that it is in, with ``tensors``
    (named as in ``state_dict``) in place of its own.
    """
    buffers = {name: buffer.clone() for name, buffer in state.module.named_buffers()}
    names = [name for name in state.module.network.order if name in state.module._modules]
    with torch.no_grad(), precision(state.placement):
        _, seen = state.module(x, names, {**buffers, **tensors})
    return next((name for name in names if not torch.isfinite(seen[name]).all()), None)


def suspect(state: TrainingState, images: Images) -> str | None:
    """The first layer whose output is not finite, for the first batch of ``images`` and the present weights.

    For a GPU, which may have trained on before its loss was read: the weights have learned from a loss that was no
    number.
    """
    _learning(state, True)
    return first_out_of_range(state, prepared(images.part(0, state.recipe.batch_size)[0], state.placement))


def _first_layer(state: TrainingState, images: Images, tensors: Mapping[str, Tensor]) -> str | None:
    """As :func:`first_out_of_range` for all ``images``, in parts of no more than training computes at once."""
    size = min(state.recipe.batch_size, evaluated_together(state))
    for first in range(0, len(images), size):
        x = prepared(images.part(first, size)[0], state.placement)
        if (layer := first_out_of_range(state, x, tensors)) is not None:
            return layer
    return None


def _learning(state: TrainingState, learning: bool) -> None:
    """Training or evaluation mode; setting it goes through all modules, so only where it changes."""
    if state.module.training != learning:
        state.module.train(learning)


def _keep_best(state: TrainingState, accuracy: float) -> None:
    """Note the best weights, and end the training where it has not become better for as long as the recipe waits.

    Without validation images, where the accuracy is not a number, the last weights are the best.
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
    if state.recipe.schedule != "plateau":
        return
    if loss < state.best_loss:
        state.best_loss, state.flat = loss, 0
        return
    state.flat += 1
    if state.flat >= PLATEAU_EPOCHS:
        state.lowered *= state.recipe.step_factor
        state.flat = 0
