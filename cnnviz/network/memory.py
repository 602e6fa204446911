"""What training a network takes of the memory, told from its report alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.network.check import Facts, Report

FLOAT = 4
"""Bytes of a number: weights and their gradients are float32 whatever the precision of the run."""


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes at the peak of a step: what is learned, its gradients, what the optimizer remembers, and activations.

    ``activations`` counts the output of each layer for a whole batch, as if each were kept until the step is done, and
    two gradients of the largest one, which are there while it is passed; the true peak lies somewhat below.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.activations

    @property
    def weights(self) -> int:
        """What does not depend on the batch size."""
        return self.parameters + self.gradients + self.optimizer

    def fitting(self, batch_size: int, available: int) -> int:
        """The largest power of two that fits as a batch size; 0 where none does."""
        image = max(1, self.activations // batch_size)
        fits = (available - self.weights) // image
        return 1 << (fits.bit_length() - 1) if fits >= 1 else 0


def training_memory(report: Report, facts: Facts) -> TrainingMemory:
    """What the nodes that take part need at the batch size and with the optimizer of ``facts``."""
    parameters = FLOAT * report.parameters
    outputs = [prod(report.nodes[name].output or (0,)) for name in report.used]
    activations = FLOAT * facts.batch_size * (sum(outputs) + 2 * max(outputs, default=0))
    return TrainingMemory(parameters, parameters, facts.state_tensors * parameters, activations)


def spell_bytes(count: int) -> str:
    """A number of bytes the way a person would say it: ``12.3 MB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if size < 1000 or unit == "PB":
            break
        size /= 1000
    return f"{size:,.3g} {unit}" if size < 1000 else f"{size:,.0f} {unit}"
