"""The Python files of an exported folder that are the same for every network.

They need no cnnviz. ``preprocessing.py`` brings pictures into the form of the network as cnnviz does
(:mod:`cnnviz.data.sources.decoding`).
"""

from __future__ import annotations

PREPROCESSING = '''"""Brings pictures into the form that the network takes: float32 (C, H, W) in [0, 1].

Mean and standard deviation are not applied here: a layer of the network does that.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

FACTS = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))
CLASSES: list[str] = FACTS["classes"]
CHANNELS, HEIGHT, WIDTH = FACTS["channels"], FACTS["height"], FACTS["width"]
FIT: str = FACTS["fit"]
"""How a picture with other sides becomes an image: "crop" takes its middle, "pad" adds black borders, "stretch" scales
its sides differently."""


def image_of(path: str | Path, invert: bool = False) -> np.ndarray:
    """The image in a file, upright; ``invert`` swaps dark and light.

    The file is a picture, or an array of NumPy with the values (C, H, W) as they are.
    """
    if str(path).endswith(".npy"):
        values = np.load(path, allow_pickle=False).astype(np.float32)
        if values.shape != (CHANNELS, HEIGHT, WIDTH):
            raise ValueError(f"{path} is {values.shape}, not {(CHANNELS, HEIGHT, WIDTH)}.")
    else:
        values = _picture(path)
    return 1 - values if invert else values


def _picture(path: str | Path) -> np.ndarray:
    if CHANNELS not in (1, 3):
        raise ValueError(f"{path}: pictures have no {CHANNELS} channels. Give the values in a .npy file.")
    mode = "L" if CHANNELS == 1 else "RGB"
    with Image.open(path) as file:
        side = 2 * max(HEIGHT, WIDTH)
        file.draft(mode, (side, side))
        upright = ImageOps.exif_transpose(file)
        values = np.asarray(_scaled(_plain(upright, mode)), np.float32) / np.float32(255)
    return values[None] if CHANNELS == 1 else values.transpose(2, 0, 1)


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """The picture with 8 bits of grey or of each colour; what is transparent becomes white."""
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_bytes(np.asarray(image)))
    elif "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        colours = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", colours.size, (255, 255, 255, 255)), colours)
    return image.convert(mode)


def _bytes(values: np.ndarray) -> np.ndarray:
    """Grey values of more than 8 bits as 8 bits: whole numbers up to 255 stay, 16 bits are divided by 257, other ranges
    are scaled to 255."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    if values.dtype == np.uint16 or (values.dtype.kind in "iu" and low >= 0 and 255 < high <= 65535):
        return (values // 257).astype(np.uint8)
    if values.dtype.kind in "iu" and low >= 0 and high <= 255:
        return values.astype(np.uint8)
    least = min(float(low), 0.0)
    return ((values - least) * (255 / max(float(high) - least, 1e-30))).round().astype(np.uint8)


def _scaled(image: Image.Image) -> Image.Image:
    size, bilinear = (WIDTH, HEIGHT), Image.Resampling.BILINEAR
    if image.size == size:
        return image
    if FIT == "stretch":
        return image.resize(size, bilinear, reducing_gap=2.0)
    across, down = WIDTH / image.width, HEIGHT / image.height
    if FIT == "crop":
        scale = max(across, down)
        width, height = WIDTH / scale, HEIGHT / scale
        left, top = (image.width - width) / 2, (image.height - height) / 2
        box = (max(0.0, left), max(0.0, top), min(image.width, left + width), min(image.height, top + height))
        return image.resize(size, bilinear, box, reducing_gap=2.0)
    scale = min(across, down)
    inner = min(WIDTH, max(1, round(image.width * scale))), min(HEIGHT, max(1, round(image.height * scale)))
    ground = Image.new(image.mode, size)
    ground.paste(
        image.resize(inner, bilinear, reducing_gap=2.0), ((WIDTH - inner[0]) // 2, (HEIGHT - inner[1]) // 2)
    )
    return ground
'''

_PREDICT = '''"""Says which class the network sees in pictures: ``python predict.py picture.png ...``"""

from __future__ import annotations

import argparse
# imports
from preprocessing import CLASSES, image_of

HERE = Path(__file__).resolve().parent


# functions


def main() -> None:
    """Print the most probable classes of each picture."""
    parser = argparse.ArgumentParser(description="Say which class the network sees in pictures.")
    parser.add_argument("pictures", nargs="+", help="pictures, or .npy files with the values of an image")
    parser.add_argument("--invert", action="store_true", help="swap dark and light, as for ink on white paper")
    parser.add_argument("--top", type=int, default=3, help="how many classes are printed (default: 3)")
    arguments = parser.parse_args()
    for picture in arguments.pictures:
        try:
            image = image_of(picture, arguments.invert)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{picture} cannot be read: {error}") from error
        scores = logits(image[None])[0].astype(np.float64)
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        best = np.argsort(-probabilities, kind="stable")[: arguments.top]
        print(f"{picture}: " + ", ".join(f"{CLASSES[label]} {probabilities[label]:.2%}" for label in best))


if __name__ == "__main__":
    main()
'''

_TORCH_IMPORTS = """from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from model import network
"""

_TORCH_FUNCTIONS = '''@cache
def loaded() -> torch.nn.Module:
    """The network with its weights, in evaluation mode."""
    network.load_state_dict(load_file(HERE / "weights.safetensors"))
    return network.eval()


def logits(images: np.ndarray) -> np.ndarray:
    """Logits, float32 (N, classes), for images, float32 (N, C, H, W) in [0, 1]."""
    with torch.no_grad():
        return loaded()(torch.from_numpy(np.ascontiguousarray(images, np.float32))).numpy()
'''

_KERAS_IMPORTS = """import os
from functools import cache
from pathlib import Path

# the backend of Keras; "tensorflow" and "jax" do as well
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

from model import network
"""

_KERAS_FUNCTIONS = '''@cache
def loaded() -> keras.Model:
    """The network with its weights."""
    with np.load(HERE / "weights.npz", allow_pickle=False) as weights:
        for layer in network.layers:
            # in the order that Keras has
            own = [name for name in weights.files if name.startswith(f"{layer.name}/")]
            layer.set_weights([weights[name] for name in own])
    return network


def logits(images: np.ndarray) -> np.ndarray:
    """Logits, float32 (N, classes), for images, float32 (N, C, H, W) in [0, 1]."""
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1), np.float32)
    return keras.ops.convert_to_numpy(loaded()(last, training=False))
'''


def _with(imports: str, functions: str) -> str:
    return _PREDICT.replace("# imports\n", imports).replace("# functions\n", functions)


TORCH_PREDICT = _with(_TORCH_IMPORTS, _TORCH_FUNCTIONS)
KERAS_PREDICT = _with(_KERAS_IMPORTS, _KERAS_FUNCTIONS)
