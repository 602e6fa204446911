"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cnnviz.quoting import described

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
Precision = Literal["auto", "float32", "bfloat16"]
ScheduleName = Literal["constant", "step", "cosine", "one-cycle", "plateau"]

LIMITS = {
    "learning_rate": (1e-8, 100.0),
    "momentum": (0.0, 0.999),
    "weight_decay": (0.0, 10.0),
    "batch_size": (1, 65536),
    "epochs": (1, 100_000),
    "seed": (0, 2**31 - 1),
    "threads": (1, 1024),
    "warm_up": (0.0, 1000.0),
    "step_epochs": (1, 100_000),
    "step_factor": (1e-4, 1.0),
    "label_smoothing": (0.0, 0.9),
    "clip_norm": (0.0, 1e6),
    "patience": (0, 100_000),
    "shift": (0.0, 64.0),
    "rotation": (0.0, 180.0),
    "scaling": (0.0, 0.9),
    "shear": (0.0, 60.0),
    "elastic": (0.0, 16.0),
    "noise": (0.0, 1.0),
    "erasing": (0.0, 0.9),
}
"""Inclusive range of each number in a :class:`Recipe`."""

CHOICES = {
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(ScheduleName),
    "precision": get_args(Precision),
}
"""The words that each field of words may hold."""

SWITCHES = ("nesterov", "repeatable")
"""The fields that are on or off."""

AUGMENTATIONS = ("shift", "rotation", "scaling", "shear", "elastic", "noise", "erasing")
"""The fields that change training images by chance."""


class RecipeError(ValueError):
    """A recipe value out of its range. ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class Recipe:
    """Optimizer, schedule, batch size, length, augmentation and seed of a training.

    ``learning_rate`` is the base rate, which the schedule multiplies; ``momentum`` and ``nesterov`` are for SGD, and
    momentum for RMSprop; the other optimizers have their own at torch's defaults. ``precision`` "auto" takes bfloat16
    where the processor or GPU computes it natively and is faster with it, float32 elsewhere. A ``repeatable`` training
    is one in float32 with just so many ``threads``, whatever the machine would choose.

    ``warm_up`` is in epochs; the schedules "step" (every ``step_epochs``) and "plateau" multiply the rate by
    ``step_factor``. ``clip_norm`` limits the norm of all gradients together, ``patience`` is after how many epochs
    without a better validation accuracy training ends; both are off at 0. The augmentations are the largest amounts
    drawn: ``shift`` and ``elastic`` in pixels, ``rotation`` and ``shear`` in degrees, ``scaling`` and ``erasing`` as
    shares, ``noise`` as a standard deviation of pixels in [0, 1]; 0 is none.

    Values out of :data:`LIMITS` raise :class:`RecipeError`.
    """

    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.001
    momentum: float = 0.0
    weight_decay: float = 0.0
    batch_size: int = 64
    epochs: int = 5
    seed: int = 0
    precision: Precision = "auto"
    repeatable: bool = False
    threads: int = 1
    nesterov: bool = False
    schedule: ScheduleName = "constant"
    warm_up: float = 0.0
    step_epochs: int = 1
    step_factor: float = 0.5
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    patience: int = 0
    shift: float = 0.0
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    noise: float = 0.0
    erasing: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            what, whole = name.replace("_", " "), isinstance(low, int)
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise RecipeError(f"The {what} must be a {'whole ' if whole else ''}number, not {described(value)}.")
            if not low <= value <= high:
                raise RecipeError(f"The {what} must be from {low:g} to {high:,.10g}, not {described(value)}.")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise RecipeError(
                    f"The {name} must be one of {', '.join(choices)}, not {described(getattr(self, name))}."
                )
        for name in SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise RecipeError(f"{name.title()} must be true or false, not {described(getattr(self, name))}.")

    @property
    def augments(self) -> bool:
        """Whether training images are changed by chance."""
        return any(getattr(self, name) for name in AUGMENTATIONS)

    @property
    def state_tensors(self) -> int:
        """How many numbers the optimizer remembers for each parameter."""
        match self.optimizer:
            case "sgd":
                return 1 if self.momentum else 0
            case "rmsprop":
                return 2 if self.momentum else 1
            case "adagrad":
                return 1
        return 2

    @property
    def uses(self) -> frozenset[str]:
        """The fields that have an effect with this optimizer and this schedule; forms hide the others."""
        idle = {"precision"} if self.repeatable else {"threads"}
        if self.optimizer not in ("sgd", "rmsprop"):
            idle.add("momentum")
        if self.optimizer != "sgd" or not self.momentum:
            idle.add("nesterov")
        if self.schedule != "step":
            idle.add("step_epochs")
        if self.schedule not in ("step", "plateau"):
            idle.add("step_factor")
        if self.schedule == "one-cycle":
            idle.add("warm_up")
        return frozenset(self.__dataclass_fields__) - idle
