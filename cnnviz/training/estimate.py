"""Estimates how long a training will take on this machine, before it begins. No torch.

What is told is a range: it is narrow where the time of a step was measured, and wide where it follows from the speed of
the machine, or where other programs disturbed the measurement.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cnnviz.network.freezing import learning, trained_parameters
from cnnviz.quoting import described
from cnnviz.training.machine_cache import MachineCache

if TYPE_CHECKING:
    from cnnviz.network.report import Facts, Report

PASSES = 3
"""A step multiplies with each weight three times: forward, and backward for the gradients of input and weight."""
FIRST_IMAGES = 8
"""The first step of a measurement of a network has this many images."""
MOST_WORK, MOST_WEIGHTS = 2e10, 2e7
"""The largest network that is measured: multiply-accumulates of the first step (about a second on a slow machine), and
parameters (gradients and optimizer state need several times their memory)."""
LARGEST_FILE = 10_000
LEAST, MOST = 1e-12, 1e18
"""Limits of plausible speeds; between them no time overflows."""
SHORTEST, LONGEST = 0.6, 3.0
"""The limits of the real time of a step, as multiples of the one by :func:`step_seconds`. Of 16 templates, in processor
time of one thread, it was 0.6 (attention) to 2.9 times as long (lenet-5); see tests/time_of_training.py."""
TIMES = 3
"""The number of measurements: one of them may be slowed down by other programs."""
CACHE = MachineCache("speed.json", "speed", most=32, most_bytes=LARGEST_FILE)


@dataclass(frozen=True)
class Estimate:
    """A time, in seconds, that is expected to be between ``least`` and ``most``."""

    least: float
    most: float

    def __mul__(self, count: float) -> Estimate:
        return Estimate(self.least * count, self.most * count)

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.least + other.least, self.most + other.most)


@dataclass(frozen=True)
class Speed:
    """The speed of a machine in training, forward and backward together.

    ``macs`` are multiply-accumulates a second, ``values`` activations read and written a second, ``layer`` the seconds
    that even the smallest layer takes. ``attention`` are the multiply-accumulates a second in attention, whose many
    small products are slower. The speed is the best of ``measured`` measurements, see
    :func:`cnnviz.training.speed.measure`.
    """

    macs: float
    values: float
    layer: float
    attention: float
    measured: int = 1

    def __post_init__(self) -> None:
        for value in asdict(self).values():
            if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST <= value <= MOST:
                raise ValueError(f"a speed cannot be {described(value)}")

    @property
    def certain(self) -> bool:
        """Whether the speed was measured often enough."""
        return self.measured >= TIMES

    def better(self, other: Speed) -> Speed:
        """The faster of both in each number: other programs can only slow a measurement down."""
        return Speed(
            max(self.macs, other.macs),
            max(self.values, other.values),
            min(self.layer, other.layer),
            max(self.attention, other.attention),
            self.measured + other.measured,
        )


def step_seconds(report: Report, facts: Facts, speed: Speed) -> float:
    """The estimated seconds of one step: multiplications, memory traffic, and a constant for each layer.

    This is the additive form of the roofline model (Williams, Waterman and Patterson, 2009): the times add up because
    layers limited by arithmetic and layers limited by memory alternate. Each parameter counts once for itself, once for
    its gradient, and once for each tensor that the optimizer keeps.
    """
    macs, attention, trained = _work(report)
    products = (macs - attention) / speed.macs + attention / speed.attention
    weights = trained * (2 + facts.state_tensors)
    work = facts.batch_size * (products + report.values / speed.values)
    return work + weights / speed.values + len(report.used) * speed.layer


def _work(report: Report) -> tuple[int, int, int]:
    """The multiplications of a step for one image, those of attention layers among them, and the trained parameters.

    A frozen layer has no gradient of its weights, and below the first trained layer there is none of the inputs either.
    """
    attentive = [name for name in report.used if report.nodes[name].family == "attention"]
    network = None if report.inferred_for is None else report.inferred_for[0]
    if network is None or not network.frozen:
        return PASSES * report.macs, PASSES * sum(report.nodes[name].macs for name in attentive), report.parameters
    with_gradient = learning(network, report)
    macs = {
        name: report.nodes[name].macs
        * ((PASSES - 1 if name in with_gradient else 1) if network.nodes[name].frozen else PASSES)
        for name in report.used
    }
    return sum(macs.values()), sum(macs[name] for name in attentive), trained_parameters(network, report)


def image_estimate(report: Report, facts: Facts, speed: Speed) -> Estimate:
    """The time of an image in a training step, by the speed of the machine."""
    image = step_seconds(report, facts, speed) / facts.batch_size
    return Estimate(SHORTEST * image, LONGEST * image)


def soon_tried(report: Report) -> bool:
    """Whether the network is so small that a few steps can be made just to measure them."""
    return PASSES * report.macs * FIRST_IMAGES <= MOST_WORK and report.parameters <= MOST_WEIGHTS


def training_estimate(
    image: Estimate, evaluation: Estimate, epochs: int, trained: int, validated: int, tested: int
) -> Estimate:
    """The time of a whole training; ``image`` is the time of an image in a training step, ``evaluation`` in an
    evaluation.

    Each of the ``epochs`` trains on ``trained`` images and validates on ``validated``. At the end the ``tested`` images
    are evaluated twice, with the last and with the best weights.
    """
    return image * (epochs * trained) + evaluation * (epochs * validated + 2 * tested)


def remember(key: str, speed: Speed) -> Speed:
    """Combine a measurement with the earlier ones for ``key``; keep and return the best.

    ``key`` begins with device and threads, and ends with the precision, see :func:`remembered_for`.
    """
    before = remembered(key)
    if before is not None:
        speed = before.better(speed)
    CACHE.write({name: each for name, each in CACHE.read().items() if name != key} | {key: asdict(speed)})
    return speed


def remembered(key: str) -> Speed | None:
    """The kept measurement for ``key``; None if there is none."""
    kept = CACHE.read()
    try:
        return Speed(**kept[key]) if key in kept else None
    except (TypeError, ValueError):
        return None


def remembered_for(device: str, threads: int, precision: str) -> Speed | None:
    """The newest kept measurement on a device with so many threads; ``precision`` "auto" is any. None without one."""
    begin, end = f"{device} | threads {threads} | ", "" if precision == "auto" else f" | {precision}"
    keys = [key for key in CACHE.read() if key.startswith(begin) and key.endswith(end)]
    return remembered(keys[-1]) if keys else None
