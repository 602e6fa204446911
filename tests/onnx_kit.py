"""What the tests of ONNX share: subjects with weights as after a training, and onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import torch
from export_kit import kinds, made, trained
from networks import facts

from cnnviz.export.onnx.model import model_of
from cnnviz.export.subject import Options, Subject
from cnnviz.network.check import judge
from cnnviz.network.layers import Softplus
from cnnviz.network.shapes import infer
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.sentence import Sentence
from cnnviz.training.model import build

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.training.model import CompiledNetwork

RELATIVE = 1e-5
LAYERS: list[Layer] = [
    *[made(kind) for kind in kinds() if kind != "Reshape"],
    made("Reshape", (2, 6, 6)),
    made("Conv2d", 6, 4, padding="same", dilation=(2, 1), groups=2, bias=False),
    made("Conv2d", 6, (3, 2), (2, 1), (1, 0), (1, 2)),
    made("ConvTranspose2d", 6, 3, 2, 1, 1, groups=2),
    made("ConvTranspose2d", 6, 3, 1, dilation=2, bias=False),
    made("ConvTranspose2d", 6, 2, (1, 2), 1, (2, 3), (3, 4)),
    made("MaxPool2d", 3, 2, 1),
    made("MaxPool2d", 4, 4, ceil_mode=True),
    made("MaxPool2d", (3, 2), (2, 5), (1, 1), ceil_mode=True),
    made("AvgPool2d", 3, 2, 1),
    made("AvgPool2d", 4, 4, ceil_mode=True),
    made("AvgPool2d", 3, 2, 1, ceil_mode=True),
    made("AvgPool2d", (3, 2), (4, 2), (1, 0), ceil_mode=True),
    *[made(kind, size) for kind in ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d") for size in (1, 2, (4, 3), (5, 6), 9)],
    made("PReLU", per_channel=True),
    made("LeakyReLU", 0.3),
    made("ELU", 2.5),
    made("GELU", "tanh"),
    *[made("Softplus", beta, threshold) for beta, threshold in ((1, 20), (2.5, 20), (1, 0.1), (0.5, 0.2))],
    *[made(kind, affine=False) for kind in ("BatchNorm2d", "BatchNorm1d", "LayerNorm")],
    made("InstanceNorm2d", affine=True),
    made("GroupNorm", 2),
    made("GroupNorm", 4, affine=False),
    *[made("LocalResponseNorm", size, 0.5, 0.6, 1.5) for size in (1, 2, 3, 4, 9)],
    made("LocalResponseNorm", 3, 0.0, 0.6, 1.5),
    made("LocalResponseNorm", 3, 0.5, 0.0, 1.5),
    made("MultiheadSelfAttention", 2),
    made("MultiheadSelfAttention", 4, bias=False),
    made("Upsample", (3, 2), "bilinear"),
    made("ZeroPad2d", (1, 2, 3, 0)),
]
"""Layers of every kind, with the parameters that are written differently."""


def module_of(network: Network) -> CompiledNetwork:
    """The module in evaluation mode, with statistics and shifts that are not those of a new one."""
    module: CompiledNetwork = trained(build(network, infer(network)))
    return module


def arrays_of(module: CompiledNetwork) -> dict[str, NDArray[Any]]:
    """The state of a module as arrays."""
    return {key: value.numpy() for key, value in module.state_dict().items()}


def subject(project: Project, name: str = "network") -> Subject:
    """The subject for a project, with weights as after a training."""
    report = judge(project.network, facts(project.network))
    arrays = arrays_of(module_of(project.network))
    return Subject(project, report, arrays, tuple("abcdefghij"), Sentence("a test"), name)


def subject_of_network(network: Network) -> Subject:
    """The subject for a network, arranged."""
    return subject(Project(network, arrange(network)))


def exported(given: Subject, options: Options = Options()) -> ModelProto:  # noqa: B008 - a value
    """The ONNX model of a subject."""
    return model_of(given.project, given.report, given.tensors, given.classes, options)


def images_for(network: Network, count: int) -> NDArray[np.float32]:
    """Random images in [0, 1], float32 (N, C, H, W)."""
    shape = facts(network).image
    return np.random.default_rng(3).random((count, *shape), np.float32)


def outputs_of(model: ModelProto, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """What onnxruntime computes."""
    quiet = onnxruntime.SessionOptions()
    quiet.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    outputs: list[NDArray[np.float32]] = session.run(None, {session.get_inputs()[0].name: images})
    return outputs


def logits_here(given: Subject, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the program computes from the tensors of a subject."""
    module = module_of(given.network)
    with torch.inference_mode():
        logits: NDArray[np.float32] = module(torch.from_numpy(images))[0].numpy()
    return logits


def is_continuous(network: Network) -> bool:
    """Whether the network has no jump: a Softplus with a low threshold has, so that rounding may decide."""
    return all(network[name].threshold > 15 for name in network.of_kind(Softplus))  # type: ignore[attr-defined]


def assert_same_logits(model: ModelProto, given: Subject) -> None:
    """onnxruntime computes the logits of the program, at batch 1 and 7, but for the order of sums."""
    for count in (1, 7):
        images = images_for(given.network, count)
        here, there = logits_here(given, images), outputs_of(model, images)[0]
        largest = np.abs(here[np.isfinite(here)]).max(initial=0.0)
        np.testing.assert_allclose(there, here, rtol=0, atol=RELATIVE * largest)
