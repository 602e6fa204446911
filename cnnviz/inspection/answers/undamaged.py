"""The network's output for the sample without its damage, at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.answers.prediction import Prediction
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Question

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look


@dataclass(frozen=True)
class UndamagedOutput(Question[Prediction | None]):
    """Asks for the network's output for the sample without its damage; the answer is None for an undamaged sample."""


def undamaged_output(look: Look, _: UndamagedOutput) -> Prediction | None:
    """The answer: logits, and their softmax, of a second forward pass."""
    image = look.sample.undamaged
    if image is None:
        return None
    import torch

    pixels = torch.from_numpy(image.copy()).to(torch.float32).div_(255).unsqueeze(0)  # (1, C, H, W)
    logits, _ = look.module(pixels)  # (1, classes)
    return Prediction(as_array(logits[0]), as_array(logits[0].softmax(0)))
