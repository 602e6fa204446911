"""Encoding the steps, evaluations and events of a run as blocks of bytes, and decoding them."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.runs.blocks import block, blocks
from cnnviz.runs.steps import MOST_STEPS, JoinedSteps, encoded, is_time
from cnnviz.sentence import Sentence, plural, unchanged
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.events import EpochsAdded, Event, NetworkChanged, RunFailed, RunFinished, SettingChanged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCHES, TEXT = 1, 2
"""The kinds of blocks: measures of steps, and a JSON object."""
SPLITS = ("validation", "test", "test best")
"""See :attr:`Evaluation.split`."""
_IMPOSSIBLE = (ValueError, KeyError, TypeError, OverflowError, struct.error, RecursionError)
"""What decoding a block with impossible values raises."""


@dataclass(frozen=True)
class Entries:
    """Decoded ``metrics`` and ``events`` in their order, and a sentence for each ``missing`` thing."""

    metrics: tuple[Metrics, ...] = ()
    events: tuple[Event, ...] = ()
    missing: tuple[Sentence, ...] = ()

    @property
    def steps(self) -> int:
        """The last recorded step."""
        batches = [
            metric.first_step + len(metric.losses) - 1 for metric in self.metrics if isinstance(metric, BatchMetrics)
        ]
        return max([0, *batches, *(metric.step for metric in self.metrics if isinstance(metric, Evaluation))])

    @property
    def seconds(self) -> float:
        """The training time, without pauses and evaluations."""
        return max((metric.seconds for metric in self.metrics), default=0.0)

    def best(self, split: str) -> Evaluation | None:
        """The evaluation of ``split`` with the highest accuracy."""
        found = [metric for metric in self.metrics if isinstance(metric, Evaluation) and metric.split == split]
        return max(found, key=lambda each: each.accuracy, default=None)

    def last(self, split: str) -> Evaluation | None:
        """The newest evaluation of ``split``."""
        found = [metric for metric in self.metrics if isinstance(metric, Evaluation) and metric.split == split]
        return found[-1] if found else None


def of_metrics(metrics: Metrics) -> bytes:
    """The block of an evaluation or of the measures of steps."""
    if isinstance(metrics, Evaluation):
        return _text(
            "evaluation",
            split=metrics.split,
            epoch=metrics.epoch,
            step=metrics.step,
            loss=metrics.loss,
            accuracy=metrics.accuracy,
            seconds=metrics.seconds,
        )
    return block(BATCHES, encoded(metrics))


def of_event(event: Event) -> bytes:
    """The block of an event; empty for an event that is not recorded."""
    match event:
        case SettingChanged():
            return _text("setting", step=event.step, parameter=event.parameter, value=event.value, before=event.before)
        case EpochsAdded():
            return _text("epochs", step=event.step, epochs=event.epochs, rate=event.rate, raised=event.raised)
        case NetworkChanged():
            return _text("network", step=event.step, kept=event.kept, new=event.new)
        case RunFinished():
            return _text("finished", step=event.step)
        case RunFailed():
            return _text("failed", step=event.step, sentence=str(event.sentence))
    return b""


def read(content: bytes, run: int = 1) -> Entries:
    """Decode the blocks in ``content``, with ``run`` as the number of the run. Never raises.

    Blocks that are damaged or have impossible values are left out, and so are steps that an earlier block has. Blocks
    of consecutive steps are joined, because a run has thousands of them.
    """
    found = blocks(content)
    try:
        metrics, events = _decoded(found.found, run)
        strange = 0
    except _IMPOSSIBLE:
        metrics, events, strange = _decoded_one_by_one(found.found, run)
    missing = []
    if found.lost:
        missing.append(
            plural(
                "{count} bytes of the recorded numbers are damaged and were left out.",
                "One byte of the recorded numbers is damaged and was left out.",
                found.lost,
            )
        )
    if strange:
        missing.append(
            plural(
                "{count} recorded entries cannot be understood and were left out.",
                "One recorded entry cannot be understood and was left out.",
                strange,
            )
        )
    return Entries(tuple(metrics), tuple(events), tuple(missing))


def _decoded(found: Sequence[tuple[int, bytes]], run: int) -> tuple[list[Metrics], list[Event]]:
    """Metrics and events in blocks; raises one of ``_IMPOSSIBLE`` if a block has impossible values."""
    metrics: list[Metrics] = []
    events: list[Event] = []
    joined = JoinedSteps(run)
    for kind, payload in found:
        if kind == BATCHES:
            if not joined.follows(payload):
                metrics += joined.pop()
            joined.add(payload)
            continue
        entry = _entry(payload, run)
        if isinstance(entry, Evaluation):
            metrics += joined.pop()
            metrics.append(entry)
        elif entry is not None:
            events.append(entry)
    return metrics + joined.pop(), events


def _decoded_one_by_one(found: Sequence[tuple[int, bytes]], run: int) -> tuple[list[Metrics], list[Event], int]:
    """Metrics and events in blocks, and the number of blocks that have impossible values."""
    metrics: list[Metrics] = []
    events: list[Event] = []
    strange = last_step = 0
    for each in found:
        try:
            own, happened = _decoded([each], run)
            first = next((metric.first_step for metric in own if isinstance(metric, BatchMetrics)), None)
            if first is not None and first <= last_step:
                raise ValueError("these steps are known already")
        except _IMPOSSIBLE:
            strange += 1
            continue
        last_step = max(
            [last_step, *(part.first_step + len(part.losses) - 1 for part in own if isinstance(part, BatchMetrics))]
        )
        metrics += own
        events += happened
    return metrics, events, strange


def _text(kind: str, **values: object) -> bytes:
    return block(TEXT, json.dumps({"kind": kind, **values}).encode())


def _entry(payload: bytes, run: int) -> Evaluation | Event | None:
    """Decode a JSON object; None for a change of the network, which is known from moments and projects."""
    raw = json.loads(payload)
    step = _count(raw, "step")
    match raw["kind"]:
        case "evaluation":
            split, accuracy = raw["split"], _number(raw, "accuracy")
            if split not in SPLITS or not 0 <= accuracy <= 1 or not is_time(seconds := _number(raw, "seconds")):
                raise ValueError("no evaluation")
            return Evaluation(run, split, _count(raw, "epoch"), step, _number(raw, "loss"), accuracy, seconds)
        case "setting":
            before = None if raw["before"] is None else _number(raw, "before")
            return SettingChanged(run, step, _word(raw, "parameter"), _number(raw, "value"), before)
        case "epochs":
            return EpochsAdded(run, step, _count(raw, "epochs"), _number(raw, "rate"), raw["raised"] is True)
        case "network":
            return None
        case "finished":
            return RunFinished(run, step)
        case "failed":
            return RunFailed(run, step, unchanged(_word(raw, "sentence")), "")
    raise ValueError("no known kind")


def _count(raw: Mapping[str, Any], name: str) -> int:
    value = raw[name]
    if type(value) is not int or not 0 <= value <= MOST_STEPS:
        raise ValueError(f"{name} is no count")
    return value


def _number(raw: Mapping[str, Any], name: str) -> float:
    value = raw[name]
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return float(value)


def _word(raw: Mapping[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str) or len(value) > 10_000:
        raise ValueError(f"{name} is no text")
    return value
