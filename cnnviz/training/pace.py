"""The pace of a run, which is kept for the next training of such a network. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cnnviz.training.estimate import PASSES
from cnnviz.training.machine_cache import MachineCache

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project

ENOUGH_SECONDS = 10.0
"""A pace that was measured for so long counts more than any earlier one."""
LEAST, MOST = 1e-12, 1e9
"""Limits of plausible times; between them nothing overflows."""
CACHE = MachineCache("pace.json", "pace", most=128, most_bytes=2**16)


@dataclass(frozen=True)
class Pace:
    """The seconds for an image in a training step, and in an evaluation (0 before the first one), as means over
    ``measured`` seconds of a run."""

    image: float
    evaluated: float
    measured: float

    def __post_init__(self) -> None:
        values = asdict(self).values()
        if not all(isinstance(value, float) and 0 <= value <= MOST for value in values) or self.image < LEAST:
            raise ValueError("not the pace of a run")

    @property
    def evaluation(self) -> float:
        """The seconds for an image in an evaluation; before the first one estimated: it is a forward pass."""
        return self.evaluated or self.image / PASSES

    def counts_more(self, other: Pace | None) -> bool:
        """Whether this pace of a later run counts more than the pace of an earlier one."""
        return other is None or self.measured >= min(ENOUGH_SECONDS, other.measured)


def kind_of(network: Network, report: Report, batch_size: int) -> str:
    """A digest of the computation for a batch: kinds and sizes of the layers; ids and connections do not matter."""
    parts = []
    for name in report.used:
        node = report.nodes[name]
        computed = f"{network[name].kind} {node.inputs} {node.output} {sorted(node.parameters.items())} {node.macs}"
        parts.append(f"{computed} frozen" if network.nodes[name].frozen else computed)
    return sha256("\n".join([f"{batch_size}", *sorted(parts)]).encode()).hexdigest()[:16]


def step_of(project: Project, report: Report) -> str:
    """The part of a project that determines the time of a training step, as a text: its network, and the settings of a
    step."""
    recipe = project.recipe
    settings = (recipe.optimizer, recipe.precision, recipe.threads if recipe.repeatable else None, recipe.augments)
    return f"{kind_of(project.network, report, recipe.batch_size)} {settings}"


def remember(device: str, threads: int, step: str, pace: Pace) -> None:
    """Keep the pace of a run, if possible on disk; ``step`` is that of :func:`step_of`, ``device`` that of a status."""
    key, kept = f"{device} | threads {threads} | {step}", CACHE.read()
    if pace.counts_more(_read(kept.get(key))):
        CACHE.write({name: each for name, each in kept.items() if name != key} | {key: asdict(pace)})


def remembered(device: str, threads: int) -> dict[str, Pace]:
    """The kept paces of runs on a device with so many threads, by their :func:`step_of`."""
    prefix = f"{device} | threads {threads} | "
    paces = {key.removeprefix(prefix): _read(value) for key, value in CACHE.read().items() if key.startswith(prefix)}
    return {step: pace for step, pace in paces.items() if pace is not None}


def _read(value: object) -> Pace | None:
    """A pace from the file; None if it is not one."""
    try:
        return Pace(**value) if isinstance(value, dict) else None
    except (TypeError, ValueError):
        return None
