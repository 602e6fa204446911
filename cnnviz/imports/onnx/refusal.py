"""The error of an ONNX file that cannot be read, and what its sentences say about operators."""

from __future__ import annotations

from cnnviz.sentence import SaidError, Sentence


class OnnxError(SaidError):
    """An ONNX file that cannot be read as a network. ``str()`` is a sentence for the user."""


def damaged() -> OnnxError:
    """The error of a file that is not what the format demands."""
    return OnnxError(Sentence("It is truncated or damaged, or no ONNX file. Replace it by a complete copy."))
