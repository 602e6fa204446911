"""Encoding the steps, evaluations and events of a run as blocks of bytes, and decoding them."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.runs.blocks import block, blocks
from cnnviz.sentence import Sentence, plural, unchanged
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.events import EpochsAdded, Event, NetworkChanged, RateChanged, RunFailed, RunFinished

if TYPE_CHECKING:
    from collections.abc import Mapping

BATCHES, TEXT = 1, 2
"""The kinds of blocks: measures of steps, and a JSON object."""
MOST_STEPS = 2**53
SPLITS = ("validation", "test", "test best")
_HEAD = struct.Struct("<QIId")
"""The first step, the number of steps, the number of pieces, and the seconds at the end."""


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


def of_metrics(one: Metrics) -> bytes:
    """The block of an evaluation or of the measures of steps."""
    if isinstance(one, Evaluation):
        return _text(
            "evaluation",
            split=one.split,
            epoch=one.epoch,
            step=one.step,
            loss=one.loss,
            accuracy=one.accuracy,
            seconds=one.seconds,
        )
    pieces = 0 if one.ends is None else len(one.ends)
    head = _HEAD.pack(one.first_step, len(one.losses), pieces, one.seconds)
    parts = [one.losses.astype("<f4").tobytes(), one.accuracies.astype("<f4").tobytes()]
    if one.ends is not None and one.times is not None:
        parts += [one.ends.astype("<i4").tobytes(), one.times.astype("<f8").tobytes()]
    return block(BATCHES, b"".join([head, *parts]))


def of_event(event: Event) -> bytes:
    """The block of an event; empty for an event that is not recorded."""
    match event:
        case RateChanged():
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

    Blocks that are damaged or have impossible values are left out, and so are steps that do not follow the previous
    ones.
    """
    found = blocks(content)
    metrics: list[Metrics] = []
    events: list[Event] = []
    strange = 0
    known = 0
    for kind, payload in found.found:
        try:
            entry = _batches(payload, run) if kind == BATCHES else _entry(payload, run)
            if isinstance(entry, BatchMetrics):
                if entry.first_step <= known:
                    raise ValueError("these steps are known already")
                known = entry.first_step + len(entry.losses) - 1
        except (ValueError, KeyError, TypeError, OverflowError, struct.error, RecursionError):
            strange += 1
            continue
        if entry is None:
            continue
        if isinstance(entry, BatchMetrics | Evaluation):
            metrics.append(entry)
        else:
            events.append(entry)
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


def _text(kind: str, **values: object) -> bytes:
    return block(TEXT, json.dumps({"kind": kind, **values}).encode())


def _batches(payload: bytes, run: int) -> BatchMetrics:
    first, count, pieces, seconds = _HEAD.unpack_from(payload)
    if not (1 <= first <= MOST_STEPS and count and _is_time(seconds)):
        raise ValueError("no steps")
    if len(payload) != _HEAD.size + 8 * count + 12 * pieces:
        raise ValueError("another length is expected")
    at = _HEAD.size
    losses = np.frombuffer(payload, "<f4", count, at).astype(np.float32)
    accuracies = np.frombuffer(payload, "<f4", count, at + 4 * count).astype(np.float32)
    if not ((accuracies >= 0) & (accuracies <= 1)).all():
        raise ValueError("an accuracy is from 0 to 1")
    if not pieces:
        return BatchMetrics(run, first, losses, accuracies, seconds)
    at += 8 * count
    ends = np.frombuffer(payload, "<i4", pieces, at).astype(np.int32)
    times = np.frombuffer(payload, "<f8", pieces, at + 4 * pieces).astype(np.float64)
    if ends[0] < 1 or ends[-1] != count or (np.diff(ends) <= 0).any() or not np.isfinite(times).all():
        raise ValueError("its times do not follow each other")
    return BatchMetrics(run, first, losses, accuracies, seconds, ends, times)


def _entry(payload: bytes, run: int) -> Evaluation | Event | None:
    """Decode a JSON object; None for a change of the network, which is known from moments and projects."""
    raw = json.loads(payload)
    step = _count(raw, "step")
    match raw["kind"]:
        case "evaluation":
            split, accuracy = raw["split"], _number(raw, "accuracy")
            if split not in SPLITS or not 0 <= accuracy <= 1 or not _is_time(seconds := _number(raw, "seconds")):
                raise ValueError("no evaluation")
            return Evaluation(run, split, _count(raw, "epoch"), step, _number(raw, "loss"), accuracy, seconds)
        case "setting":
            before = None if raw["before"] is None else _number(raw, "before")
            return RateChanged(run, step, _word(raw, "parameter"), _number(raw, "value"), before)
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


def _is_time(seconds: float) -> bool:
    return math.isfinite(seconds) and seconds >= 0
