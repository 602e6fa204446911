"""A folder that runs in Keras 3 without this program: source, weights, and a script that predicts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.code.write.keras import keras_source
from cnnviz.export.folders import model_file, preparation, readme, script_in, write_folder
from cnnviz.export.formats import Runner
from cnnviz.export.keras_weights import keras_weights
from cnnviz.export.scripts import KERAS_PREDICT
from cnnviz.export.torch_folder import float_images

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.export.subject import Options, Subject

REQUIREMENTS = """keras>=3.15,<4
# the backend of Keras; tensorflow or jax in its place, with the environment variable KERAS_BACKEND
torch>=2.11,<3
numpy>=2.0,<3
pillow>=10.4,<14
"""
WEIGHTS = "weights.npz"
"""The weights; :data:`~cnnviz.export.scripts.KERAS_PREDICT` has the same name."""
_MORE = """Keras' own file, with source and weights in one, is written by

```python
from predict import loaded

loaded().save("network.keras")
```

Images are (N, H, W, C) in Keras; `logits` of `predict.py` takes (N, C, H, W), and turns them.
"""


def write(subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
    """Write the folder ``NAME-keras``."""
    del options, cancelled
    return write_folder(folder / f"{subject.stem}-keras", files(subject))


def files(subject: Subject) -> dict[str, str | bytes]:
    """The content of each file."""
    arrays = io.BytesIO()
    converted: dict[str, Any] = dict(keras_weights(subject.network, subject.report, subject.tensors))
    np.savez(arrays, **converted)
    about_weights = (WEIGHTS, "the weights as arrays of NumPy, by layer and name in Keras, such as `conv1/kernel`")
    return {
        "model.py": model_file(subject, keras_source(subject.network, subject.report).text),
        WEIGHTS: arrays.getvalue(),
        **preparation(subject),
        "predict.py": KERAS_PREDICT,
        "requirements.txt": REQUIREMENTS,
        "README.md": readme(subject, "Keras", about_weights, _MORE),
    }


def runner(files: Sequence[Path]) -> Runner:
    """The network of the folder, loaded and run by its own script."""
    script = script_in(files[0].parent)
    import keras

    program = f"Keras {keras.__version__} with {keras.backend.backend()}"
    return Runner(program, lambda images: script.logits(float_images(images)))
