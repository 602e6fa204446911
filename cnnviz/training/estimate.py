"""How long a training will take on this machine, told before it begins. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING

from cnnviz.quoting import described
from cnnviz.training.machine_cache import MachineCache

if TYPE_CHECKING:
    from cnnviz.network.report import Facts, Report

PASSES = 3
"""A step multiplies each weight three times: forward, and backward for the input and for the weight."""
FIRST_IMAGES = 8
"""A measurement of a network's own steps begins with so many images."""
MOST_WORK, MOST_WEIGHTS = 2e10, 2e7
"""Multiply-accumulates of its first step, about a second on a slow machine, and parameters, of which it makes more."""
LARGEST_FILE = 10_000
LEAST, MOST = 1e-12, 1e18
"""No machine is so slow or so fast: with what lies between, times can be told without an overflow."""
TIMES = 3
"""So many measurements are made, as one may fall into a moment in which other programs work."""
CACHE = MachineCache("speed.json", "speed", most=32, most_bytes=LARGEST_FILE)


@dataclass(frozen=True)
class Speed:
    """What a machine does in a training step: multiply-accumulates and activations each second, both passes together,
    and the seconds that any layer takes however small it is. Measured by :func:`cnnviz.training.speed.measure`.

    ``attention`` are the multiply-accumulates of attention, whose many small products are slower. ``measured`` counts
    the measurements that it is the best of.
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
        """Whether it was measured often enough."""
        return self.measured >= TIMES

    def better(self, other: Speed) -> Speed:
        """The best of both: other programs make a machine slower, nothing makes it faster than it is."""
        return Speed(
            max(self.macs, other.macs),
            max(self.values, other.values),
            min(self.layer, other.layer),
            max(self.attention, other.attention),
            self.measured + other.measured,
        )


def step_seconds(report: Report, facts: Facts, speed: Speed) -> float:
    """About how long one step takes: what is multiplied, what is read and written, and a little for each layer.

    The additive form of the roofline model (Williams, Waterman and Patterson, 2009): layers that multiply much and
    layers that only move values take turns. Each parameter is read and written as often as the optimizer keeps it.
    """
    used = [report.nodes[name] for name in report.used]
    values = sum(prod(node.output or (0,)) for node in used)
    attention = sum(node.macs for node in used if node.family == "attention")
    products = (report.macs - attention) / speed.macs + attention / speed.attention
    weights = report.parameters * (2 + facts.state_tensors)
    work = facts.batch_size * (PASSES * products + values / speed.values)
    return work + weights / speed.values + len(report.used) * speed.layer


def epoch_seconds(report: Report, facts: Facts, images: int, speed: Speed) -> float:
    """About how long an epoch of so many training ``images`` takes, its validation not counted."""
    return -(-images // facts.batch_size) * step_seconds(report, facts, speed)


def soon_tried(report: Report) -> bool:
    """Whether a few steps of a network take a moment alone, so that they can be made to measure it."""
    return PASSES * report.macs * FIRST_IMAGES <= MOST_WORK and report.parameters <= MOST_WEIGHTS


def training_seconds(image: float, epochs: int, trained: int, validated: int, tested: int) -> float:
    """About how long a whole training takes at so many seconds for an ``image`` of a step; the other numbers are those
    of its epochs, of the images of an epoch and its validation, and of the test images.

    An image that is evaluated costs a forward pass. The test looks at the last and at the best weights.
    """
    return image * (epochs * (trained + validated / PASSES) + 2 * tested / PASSES)


def remember(key: str, speed: Speed) -> Speed:
    """Keep a measurement, the best of it and of those before; ``key`` names device, precision and threads. Returns
    what is known now.
    """
    before = remembered(key)
    if before is not None:
        speed = before.better(speed)
    CACHE.write({name: one for name, one in CACHE.read().items() if name != key} | {key: asdict(speed)})
    return speed


def remembered(key: str | None = None) -> Speed | None:
    """A measurement that was kept; without a ``key`` the newest of all. None where there is none."""
    kept = CACHE.read()
    if key is None:
        key = next(reversed(kept), None)
    try:
        return Speed(**kept[key]) if key in kept else None
    except (TypeError, ValueError):
        return None
