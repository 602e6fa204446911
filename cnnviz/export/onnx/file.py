"""Writes an ONNX file, and runs it with onnxruntime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.export.formats import Runner
from cnnviz.export.subject import ExportError
from cnnviz.files import write_atomically
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.export.subject import Options, Subject

SUFFIX = ".onnx"
MOST_BYTES = 2**31 - 2**20
"""protobuf refuses messages from 2 GiB on; the rest is for names and metadata."""


def write(subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
    """Write one file, checked by ONNX's own checker; raises :class:`~cnnviz.export.subject.ExportError`."""
    del cancelled
    from onnx import checker

    from cnnviz.export.onnx.model import model_of

    if subject.bytes > MOST_BYTES:
        raise ExportError(
            Sentence(
                "The weights take {size:.1f} GB, and an ONNX file holds 2 GB at most. Export them as safetensors.",
                size=subject.bytes / 1e9,
            )
        )
    model = model_of(subject.project, subject.report, subject.tensors, subject.classes, options)
    content = model.SerializeToString()
    checker.check_model(content, full_check=True)
    path = folder / f"{subject.stem}{SUFFIX}"
    write_atomically(path, content)
    return (path,)


def runner(files: Sequence[Path]) -> Runner:
    """The file in onnxruntime, on the processor."""
    import onnxruntime

    from cnnviz.export.onnx.model import OPTIONS, PROJECT
    from cnnviz.network.layers import Input
    from cnnviz.project.file import from_json

    session = onnxruntime.InferenceSession(files[0].read_bytes(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    metadata = session.get_modelmeta().custom_metadata_map
    mean: NDArray[np.float32] = np.zeros(1, np.float32)
    std: NDArray[np.float32] = np.ones(1, np.float32)
    if not json.loads(metadata[OPTIONS])["normalize"]:
        network = from_json(metadata[PROJECT]).network
        (layer,) = (network[node] for node in network.of_kind(Input))
        assert isinstance(layer, Input)
        mean, std = (np.array(values, np.float32).reshape(-1, 1, 1) for values in (layer.mean, layer.std))

    def logits(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = (images.astype(np.float32) / np.float32(255) - mean) / std
        output: NDArray[np.float32] = session.run(None, {name: pixels})[0]
        return output

    return Runner(f"onnxruntime {onnxruntime.__version__}", logits)
