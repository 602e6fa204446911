"""The state of the Sample place: the network's answer to the sample. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isnan
from typing import TYPE_CHECKING

from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.answers.undamaged import UndamagedOutput
from cnnviz.network.layers import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network

Answer = tuple[tuple[float, float], ...]
"""For each class its probability, in [0, 1], and its logit."""


class Silence(Enum):
    """Why there is no answer."""

    WAITING = "waiting"
    """The answer has not come yet."""
    MUTE = "mute"
    """The network cannot run."""
    BLANK = "blank"
    """Nothing is drawn."""


@dataclass(frozen=True)
class SampleState:
    """The displayed state: the ``label`` of the sample, and the ``answer`` or, in ``silence``, why there is no answer.

    ``undamaged`` is the answer at the same moment to the sample without its damage; None for an undamaged sample.
    """

    label: int | None = None
    answer: Answer | None = None
    silence: Silence = Silence.WAITING
    undamaged: Answer | None = None

    @property
    def best(self) -> int | None:
        """The most probable class; None without an answer, or if the probabilities are not numbers."""
        return None if not self.answer else best_of(self.answer)

    def right(self, predicted: int | None) -> bool | None:
        """Whether a class is the label; None if the sample has no label."""
        return None if self.label is None else predicted == self.label


def best_of(answer: Answer) -> int | None:
    """The most probable class; None if the probabilities are not numbers."""
    if any(isnan(share) for share, _ in answer):
        return None
    return max(range(len(answer)), key=lambda place: answer[place][0])


def before_answer(sample: Sample | None, *, mute: bool) -> SampleState:
    """The state before an answer to the sample has come; ``mute``: the network cannot run."""
    if sample is None:
        return SampleState()
    silence = Silence.BLANK if sample.blank else Silence.MUTE if mute else Silence.WAITING
    return SampleState(sample.label, None, silence)


def answered(sample: Sample | None, snapshot: Snapshot) -> SampleState | None:
    """The state with the answer of a snapshot; None if the snapshot is of another sample or has no answer."""
    prediction = snapshot.answer(NetworkOutput())
    # the answer also holds for another Sample of the same image, for which only the strongest maps are chosen anew
    if sample is None or snapshot.sample.image is not sample.image or prediction is None:
        return None
    before = snapshot.answer(UndamagedOutput()) if sample.undamaged is not None else None
    return SampleState(sample.label, _pairs(prediction), undamaged=None if before is None else _pairs(before))


def questions_about(sample: Sample | None) -> Questions:
    """The questions about a sample."""
    if sample is None or sample.undamaged is None:
        return frozenset({NetworkOutput()})
    return frozenset({NetworkOutput(), UndamagedOutput()})


def pixel_seen(network: Network | None, raw: Sequence[int]) -> list[float]:
    """The values of a pixel, 0 to 255, as the Input normalizes them; empty if there is no Input."""
    starts = network.of_kind(Input) if network is not None else ()
    if network is None or not starts:
        return []
    layer = network[starts[0]]
    assert isinstance(layer, Input)
    means, stds = (part * len(raw) if len(part) == 1 else part for part in (layer.mean, layer.std))
    return [(value / 255 - mean) / std for value, mean, std in zip(raw, means, stds, strict=False)]


def _pairs(prediction: Prediction) -> Answer:
    return tuple(zip(prediction.probabilities.tolist(), prediction.logits.tolist(), strict=True))


def file_name(sample: Sample | None) -> str:
    """The name of a file with the sample, without its ending; empty without a sample."""
    if sample is None:
        return ""
    return "sample" if sample.index is None else f"sample-{sample.index}"
