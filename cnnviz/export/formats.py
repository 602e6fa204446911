"""The table of formats, and exporting to one of them. No torch at the top of the file.

Each format is a module with two functions:

- ``write(subject, folder, options, cancelled) -> tuple[Path, ...]`` writes the files and returns them, the most
  important first. It raises :class:`~cnnviz.export.subject.ExportError` or OSError, also soon after ``cancelled()``
  returns True if it takes long.
- ``runner(files) -> Runner`` loads the files with the program that they are for. It is called in a process of its own
  (:mod:`cnnviz.export.peer`), and should use only the files and that program.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from cnnviz.export.subject import ExportError, Options, Subject
from cnnviz.files import cause, shown
from cnnviz.program import lacks
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Format:
    """A format: ``name`` on the command line, ``title`` and ``about`` for the user, its ``module``.

    ``running`` are the packages that verifying takes, which may be missing.
    ``ending`` follows the name of the subject in the name of the file or folder.
    """

    name: str
    title: str
    about: str
    module: str
    ending: str
    running: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "onnx": Format(
            "onnx",
            "ONNX",
            "One file for onnxruntime, OpenVINO, TensorRT, Core ML and browsers.",
            "cnnviz.export.onnx.file",
            ".onnx",
            ("onnxruntime",),
        ),
        "torch": Format(
            "torch",
            "PyTorch",
            "A folder with source, weights and a script that predicts; it runs where PyTorch is.",
            "cnnviz.export.torch_folder",
            "-pytorch",
        ),
        "keras": Format(
            "keras",
            "Keras",
            "The same for Keras 3, with PyTorch, TensorFlow or JAX below it.",
            "cnnviz.export.keras_folder",
            "-keras",
            running=("keras",),
        ),
        "pt2": Format(
            "pt2",
            "PyTorch program",
            "One file with graph and weights, which torch.export.load reads without source.",
            "cnnviz.export.pt2",
            ".pt2",
        ),
        "safetensors": Format(
            "safetensors",
            "Weights",
            "One safetensors file with the weights alone, named as in the PyTorch source.",
            "cnnviz.export.safetensors_file",
            ".safetensors",
        ),
    }
)
"""All formats by name."""


@dataclass(frozen=True)
class Runner:
    """An exported network in the program that it is for.

    ``program`` is its name and version. ``logits`` maps images, uint8 (N, C, H, W), to logits, float32 (N, classes).
    """

    program: str
    logits: Callable[[NDArray[np.uint8]], NDArray[np.float32]]


class FormatModule(Protocol):
    """The functions of the module of a format."""

    def write(
        self, subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]
    ) -> tuple[Path, ...]:
        """Write the files."""
        ...

    def runner(self, files: Sequence[Path]) -> Runner:
        """Load the files."""
        ...


def module_of(format: Format) -> FormatModule:
    """The module of a format, imported."""
    module: Any = import_module(format.module)
    loaded: FormatModule = module
    return loaded


def missing(format: Format) -> tuple[str, ...]:
    """The packages that verifying a format takes and that cannot be imported."""
    return tuple(name for name in format.running if find_spec(name) is None)


def not_verified(packages: Sequence[str]) -> Sentence:
    """That an export cannot be verified because ``packages`` cannot be imported, and what to do."""
    names = ", ".join(packages)
    return Sentence("Not verified: that takes {packages}, {lacks}", packages=names, lacks=lacks(*packages))


def write(
    format: Format,
    subject: Subject,
    folder: Path,
    options: Options,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Path, ...]:
    """Write the files of an export into ``folder``, which is made if needed; the most important file comes first.

    Raises :class:`~cnnviz.export.subject.ExportError`, also soon after ``cancelled()`` returns True.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return module_of(format).write(subject, folder, options, cancelled)
    except OSError as error:
        raise ExportError(
            Sentence("Nothing could be written to “{name}”: {reason}.", name=shown(folder), reason=cause(error))
        ) from error
