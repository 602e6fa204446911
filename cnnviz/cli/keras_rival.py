"""Keras 3 ``fit`` on TensorFlow's CPU device, as a separate program for an interpreter that has both.

``python keras_rival.py IMAGES LABELS BATCH RATE THREADS`` reads numbers of steps, one per line, trains them, and
answers each with a line of JSON: the number of images and the seconds. It does not import the rest of this package,
which that interpreter need not have. All settings not given here are Keras's defaults.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def main(images_path: str, labels_path: str, batch: int, rate: float, threads: int) -> None:
    """Serve the lines of the standard input."""
    os.environ["KERAS_BACKEND"], os.environ["TF_CPP_MIN_LOG_LEVEL"] = "tensorflow", "3"
    numpy: Any = __import__("numpy")
    tensorflow: Any = __import__("tensorflow")
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    keras: Any = __import__("keras")
    images = numpy.load(images_path).transpose(0, 2, 3, 1).astype("float32") / 255
    labels = numpy.load(labels_path)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(keras.optimizers.SGD(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    times: list[float] = []
    # fit does setup work before its first step, which must not be measured
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: times.append(time.perf_counter()))
    print(json.dumps({"keras": keras.__version__, "tensorflow": tensorflow.__version__}), flush=True)  # noqa: T201
    for line in sys.stdin:
        count = min((int(line) + 1) * batch, len(labels) // batch * batch)
        times.clear()
        model.fit(images[:count], labels[:count], batch_size=batch, epochs=1, verbose=0, callbacks=[clock])
        answer = {"images": (len(times) - 1) * batch, "seconds": times[-1] - times[0]}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
