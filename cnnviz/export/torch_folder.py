"""A folder that runs in PyTorch without this program: source, weights, and a script that predicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.export.folders import facts, model_file, preparation, readme, script_in, write_folder
from cnnviz.export.formats import Runner
from cnnviz.export.scripts import TORCH_PREDICT
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.export.subject import Options, Subject

REQUIREMENTS = "torch>=2.11,<3\nsafetensors>=0.5,<1\nnumpy>=2.0,<3\npillow>=10.4,<14\n"
WEIGHTS = "weights.safetensors"
"""The weights; :data:`~cnnviz.export.scripts.TORCH_PREDICT` has the same name."""
SOURCE = "source"
"""The key of the PyTorch source among the metadata of the weights."""
_MORE = """In a program of your own:

```python
from model import network
from safetensors.torch import load_file

network.load_state_dict(load_file("weights.safetensors"))
network.eval()
```
"""


def write(subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
    """Write the folder ``NAME-pytorch``."""
    del options, cancelled
    return write_folder(folder / f"{subject.stem}-pytorch", files(subject))


def files(subject: Subject) -> dict[str, str | bytes]:
    """The content of each file."""
    about_weights = (WEIGHTS, "the weights, named as in the `state_dict` of the source")
    return {
        "model.py": model_file(subject, pytorch_source(subject.network, subject.report).text),
        WEIGHTS: weights(subject),
        **preparation(subject),
        "predict.py": TORCH_PREDICT,
        "requirements.txt": REQUIREMENTS,
        "README.md": readme(subject, "PyTorch", about_weights, _MORE),
    }


def weights(subject: Subject) -> bytes:
    """The weights as safetensors, named as in the ``state_dict`` of the PyTorch source.

    The metadata have this source, the form of the images, the classes and where the weights come from.
    """
    from safetensors.numpy import save

    source = pytorch_source(subject.network, subject.report)
    named = {}
    for key, array in subject.tensors.items():
        node, _, rest = key.partition(".")
        named[f"{source.names[node]}.{rest}"] = array
    metadata = {
        "format": "pt",
        "network": quoted(subject.name),
        "origin": str(subject.origin),
        SOURCE: source.text,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in facts(subject).items()},
    }
    content: bytes = save(named, metadata)
    return content


def float_images(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images, uint8 (N, C, H, W), as float32 (N, C, H, W) in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


def runner(files: Sequence[Path]) -> Runner:
    """The network of the folder, loaded and run by its own script."""
    script = script_in(files[0].parent)
    import torch

    return Runner(f"PyTorch {torch.__version__}", lambda images: script.logits(float_images(images)))
