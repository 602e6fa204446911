"""What the exported folders of PyTorch and of Keras share: the files that say how images are prepared, and README.

A format that runs what it has exported, to verify it, runs it within :func:`without_program`.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnviz.data.catalogue import describe
from cnnviz.export.scripts import PREPROCESSING
from cnnviz.files import write_atomically
from cnnviz.numerals import spell
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.machinery import ModuleSpec
    from pathlib import Path

    from cnnviz.export.subject import Subject

SCRIPT = "predict.py"
"""The file of a folder that is named first: it loads the network, and has a function ``logits``."""
SHOWN_CLASSES = 20
"""How many classes a README names."""
_PROGRAM = "cnnviz"


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> tuple[Path, ...]:
    """Write files into a new folder; returns their paths, :data:`SCRIPT` first. Raises OSError."""
    folder.mkdir()
    for name, content in files.items():
        write_atomically(folder / name, content)
    return tuple(folder / name for name in sorted(files, key=lambda name: (name != SCRIPT, name)))


def model_file(subject: Subject, source: str) -> str:
    """The source of the network; the name of the network stands above it if the name of the folder is another."""
    return source if subject.name == subject.stem else f"# {quoted(subject.name)}\n{source}"


def preparation(subject: Subject) -> dict[str, str]:
    """The files that bring pictures into the form of the network, as data and as code."""
    data = json.dumps(facts(subject), ensure_ascii=False, indent=1)
    return {"preprocessing.json": data, "preprocessing.py": PREPROCESSING}


def facts(subject: Subject) -> dict[str, Any]:
    """The form of the images and the names of the classes, for JSON."""
    layer = subject.input
    channels, height, width = layer.shape
    origin = describe(subject.project.dataset).origin
    return {
        "channels": channels,
        "height": height,
        "width": width,
        "range": [0, 1],
        "mean": list(layer.mean),
        "std": list(layer.std),
        "fit": "crop" if origin is None else origin.fit,
        "classes": list(subject.classes),
    }


def readme(subject: Subject, framework: str, weights: tuple[str, str], more: str) -> str:
    """The README of a folder for a framework; ``more`` comes at the end.

    ``weights`` is the row about the file of weights: its name, and what it is.
    """
    weights_name, about_weights = weights
    layer = subject.input
    size = ", ".join(map(str, layer.shape))
    count = len(subject.classes)
    classes = ", ".join(subject.classes[:SHOWN_CLASSES]) + (", …" if count > SHOWN_CLASSES else "")
    mean, std = (", ".join(map(spell, values)) for values in (layer.mean, layer.std))
    rows = {
        "`model.py`": f"the network as {framework} source; its first layer normalizes with mean {mean} and std {std}",
        f"`{weights_name}`": about_weights,
        "`preprocessing.json`": f"the form of the images, ({size}) in [0, 1], and the names of the classes",
        "`preprocessing.py`": "brings pictures into this form",
        "`predict.py`": f"loads the network; its `logits` takes images, float32 (N, {size}) in [0, 1]",
        "`requirements.txt`": "the packages that it needs",
    }
    table = "\n".join(f"| {name} | {text} |" for name, text in rows.items())
    return f"""# {quoted(subject.name)}: a network for {framework}

It sorts images into {count:,} classes: {classes}. It was built with cnnviz, and runs without it.

## Run it

```sh
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/python predict.py picture.png
```

For each picture it prints the most probable classes. `--invert` swaps dark and light: for black ink on white paper, if
the network has learned white digits on a black ground.

## Weights

From {subject.origin}. The images were those of {describe(subject.project.dataset).title}.

## Files

| file | what it is |
| --- | --- |
{table}

{more}"""


@contextmanager
def without_program() -> Iterator[None]:
    """In here no module of this program can be imported: exported files must do without it."""
    hidden = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == _PROGRAM}
    for name in hidden:
        del sys.modules[name]
    sys.meta_path.insert(0, _Refusing())
    try:
        yield
    finally:
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Refusing)]
        sys.modules.update(hidden)


def script_in(folder: Path) -> Any:
    """The module :data:`SCRIPT` of a folder, imported without this program.

    For the process that verifies an export: it imports from one folder only, which stays in ``sys.path``.
    """
    sys.path.insert(0, str(folder))
    # no __pycache__ in the exported folder
    sys.dont_write_bytecode = True
    with without_program():
        return import_module(SCRIPT.removesuffix(".py"))


class _Refusing:
    """A finder of modules that finds none of this program, and lets nobody else find them."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Called by Python for each import."""
        del path, target
        if name.partition(".")[0] == _PROGRAM:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None
