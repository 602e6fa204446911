"""The recipe: how a network is trained."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from cnnviz.parameters import Parameter, choice, integer, number, parameters_of, switch
from cnnviz.project.setting import Setting, setting
from cnnviz.quoting import described
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
Precision = Literal["auto", "float32", "bfloat16"]
ScheduleName = Literal["constant", "step", "cosine", "one-cycle", "plateau"]


class RecipeError(SaidError, ValueError):
    """A recipe value out of its range. ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class Recipe:
    """Optimizer, schedule, batch size, length, augmentation and seed of a training.

    ``learning_rate`` is the base rate, which the schedule multiplies. Optimizers for which ``momentum`` is not used
    have torch's defaults. ``precision`` "auto" means bfloat16 if the CPU or GPU computes it natively and trains the
    network faster with it, else float32. A ``repeatable`` training uses float32 and exactly ``threads`` threads.
    ``clip_norm`` limits the norm of all gradients together. The augmentations are the largest amounts that are drawn:
    ``scaling`` and ``erasing`` as shares of the size, ``noise`` as a standard deviation of pixels in [0, 1]; 0 is none.

    :data:`SETTINGS` has the range and unit of each field; other values raise :class:`RecipeError`.
    """

    optimizer: OptimizerName = setting(
        choice(
            "adam",
            get_args(OptimizerName),
            "How gradients become steps: plain descent, or steps adapted to each weight.",
        ),
        "steps",
        "continued",
    )
    learning_rate: float = setting(
        number(
            0.001,
            1e-8,
            100.0,
            "How far each step goes. Too high and it diverges, too low and it crawls.",
        ),
        "steps",
        "live",
    )
    momentum: float = setting(
        number(0.0, 0.0, 0.999, "Share of the last step that is added to the next one."),
        "steps",
        "live",
        used=lambda recipe: recipe.optimizer in ("sgd", "rmsprop"),
        # torch's RMSprop keeps a momentum only if it had one at its first step
        live_in=lambda recipe: recipe.optimizer != "rmsprop",
    )
    nesterov: bool = setting(
        switch(False, "Look ahead along the last step before taking the next one."),
        "steps",
        "continued",
        used=lambda recipe: recipe.optimizer == "sgd" and recipe.momentum > 0,
    )
    weight_decay: float = setting(
        number(0.0, 0.0, 10.0, "How strongly weights are pulled towards 0 at each step."), "steps", "live"
    )
    batch_size: int = setting(integer(64, 1, 65536, "How many images one step learns from.", "images"), "steps")
    epochs: int = setting(integer(5, 1, 100_000, "How often all training images are seen."), "steps", "live")
    seed: int = setting(
        integer(
            0,
            0,
            2**31 - 1,
            "Where chance begins; the same seed gives the same first weights and order of images.",
        ),
        "steps",
    )
    precision: Precision = setting(
        choice(
            "auto",
            get_args(Precision),
            "Number format while training; “auto” takes bfloat16 where this computer is faster with it.",
        ),
        "steps",
        used=lambda recipe: not recipe.repeatable,
    )
    repeatable: bool = setting(
        switch(
            False,
            "Always the same bits: float32, a fixed number of threads, the seed above. Another processor, another"
            " version of PyTorch or a GPU may still differ in the last bits.",
        ),
        "steps",
    )
    threads: int = setting(
        integer(1, 1, 1024, "How many threads compute; other numbers of them round differently."),
        "steps",
        used=lambda recipe: recipe.repeatable,
    )
    schedule: ScheduleName = setting(
        choice(
            "constant",
            get_args(ScheduleName),
            "How the learning rate changes while training; “plateau” lowers it where validation stalls.",
        ),
        "course",
        "continued",
    )
    warm_up: float = setting(
        number(0.0, 0.0, 1000.0, "How long the rate rises from 0 at the start; 0 is not at all.", "epochs"),
        "course",
        "continued",
        used=lambda recipe: recipe.schedule != "one-cycle",
    )
    step_epochs: int = setting(
        integer(1, 1, 100_000, "How long the rate stays before it is lowered.", "epochs"),
        "course",
        "continued",
        used=lambda recipe: recipe.schedule == "step",
    )
    step_factor: float = setting(
        number(0.5, 1e-4, 1.0, "What the rate is multiplied by when it is lowered."),
        "course",
        "continued",
        used=lambda recipe: recipe.schedule in ("step", "plateau"),
    )
    label_smoothing: float = setting(
        number(0.0, 0.0, 0.9, "Share of certainty that is taken from the right class."), "course", "live"
    )
    clip_norm: float = setting(
        number(0.0, 0.0, 1e6, "Longest gradient that is followed in full; 0 is no limit."), "course", "live"
    )
    patience: int = setting(
        integer(0, 0, 100_000, "End after so long without a better validation accuracy; 0 is never.", "epochs"),
        "course",
        "live",
    )
    shift: float = setting(
        number(0.0, 0.0, 64.0, "Move each image by up to this much in both directions.", "pixels"),
        "augmentation",
        "live",
    )
    rotation: float = setting(
        number(0.0, 0.0, 180.0, "Turn each image by up to this much, either way.", "degrees"), "augmentation", "live"
    )
    scaling: float = setting(
        number(0.0, 0.0, 0.9, "Make each image larger or smaller by up to this share."), "augmentation", "live"
    )
    shear: float = setting(
        number(0.0, 0.0, 60.0, "Slant each image by up to this much, either way.", "degrees"), "augmentation", "live"
    )
    elastic: float = setting(
        number(0.0, 0.0, 16.0, "Bend each image smoothly by up to this much.", "pixels"), "augmentation", "live"
    )
    noise: float = setting(
        number(0.0, 0.0, 1.0, "Add noise of this standard deviation to each pixel in [0, 1]."), "augmentation", "live"
    )
    erasing: float = setting(
        number(0.0, 0.0, 0.9, "Blank a rectangle of up to this share of each side."), "augmentation", "live"
    )

    def __post_init__(self) -> None:
        for parameter in parameters_of(Recipe):
            value = getattr(self, parameter.name)
            if parameter.normalized(value) is None:
                raise RecipeError(_refusal(parameter, value))

    @property
    def augments(self) -> bool:
        """Whether training images are changed randomly."""
        return any(getattr(self, name) for name in AUGMENTATIONS)

    @property
    def state_tensors(self) -> int:
        """How many tensors of the size of each parameter the optimizer keeps."""
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
        """The fields that have an effect in this recipe; forms hide the others."""
        return frozenset(name for name, field_setting in SETTINGS.items() if field_setting.used(self))


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        entry.name: replace(entry.metadata["setting"], parameter=parameter)
        for entry, parameter in zip(fields(Recipe), parameters_of(Recipe), strict=True)
    }
)
"""The setting of each field of a :class:`Recipe`, in the order of the form."""
AUGMENTATIONS = tuple(name for name, field_setting in SETTINGS.items() if field_setting.part == "augmentation")
"""The fields that change training images randomly."""


def _refusal(parameter: Parameter, value: object) -> Sentence:
    """The sentence that says why a field cannot have ``value``."""
    values = {"setting": parameter.title, "value": described(value)}
    if parameter.form == "switch":
        first = Sentence(parameter.title.template.capitalize())
        return Sentence("{setting} must be true or false, not {value}.", setting=first, value=described(value))
    if parameter.form == "choice":
        return Sentence("The {setting} must be one of {choices}, not {value}.", choices=parameter.choices, **values)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if parameter.form == "integer" and not (is_number and isinstance(value, int)):
        return Sentence("The {setting} must be a whole number, not {value}.", **values)
    if not is_number:
        return Sentence("The {setting} must be a number, not {value}.", **values)
    return Sentence(
        "The {setting} must be from {low:g} to {high:,.10g}, not {value}.",
        low=parameter.low,
        high=parameter.high,
        **values,
    )
