"""Text as people copy it: notebooks, consoles, web pages, listings, lines of a class. Lines keep their numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError

if TYPE_CHECKING:
    from collections.abc import Callable

NET = "net = nn.Sequential(\n    nn.Flatten(),\n    nn.Linear(784, 10),\n)"
WHOLE = f"import torch\nfrom torch import nn\n\n{NET}\nprint(net)\n"
PRINTED = "Sequential(\n  (0): Flatten(start_dim=1)\n)"
LEFT_OUT = "the output of Python is left out."


def prompted(text: str, first: str, more: str) -> str:
    """A statement of several lines as a console shows it."""
    begin, *rest = text.split("\n")
    return "\n".join([first + begin, *(more + line for line in rest)])


def console(net: str) -> str:
    return f">>> from torch import nn\n{prompted(net, '>>> ', '... ')}\n>>> print(net)\n{PRINTED}\n>>>\n"


def ipython(net: str) -> str:
    return (
        f"In [1]: from torch import nn\n\n{prompted(net, 'In [2]: ', '   ...: ')}\n\nIn [3]: net\nOut[3]:\n{PRINTED}\n"
    )


def cells(net: str) -> str:
    return f"In [1]:\nfrom torch import nn\n%matplotlib inline\n\nIn [*]:\n{net}\nnet\n\nOut[2]:\n{PRINTED}\n"


def markdown(net: str) -> str:
    return (
        f"First:\n\n```bash\npip install torch\n```\nThen “this”:\n\n~~~python\n{net}\n~~~\n"
        "It's printed:\n```text\nSequential(\n```\n"
    )


def items(net: str) -> str:
    return "1. Write\n\n   ```py\n" + "\n".join(f"   {line}" for line in net.split("\n")) + "\n   ```\n"


def numbered(net: str, form: str) -> str:
    lines = f"import torch\nfrom torch import nn\n\n\n\n\n\n\n{net}".split("\n")
    return "\n".join(form.format(number, line) for number, line in enumerate(lines, 17))


def notebook(net: str, indent: int | None = 1) -> str:
    made = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A network\n", "It's **small**"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["%%bash\n", "pip install 'torch"]},
        {"cell_type": "code", "metadata": {}, "outputs": [{"data": {"text/plain": ["1\n"]}}], "source": []},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {"source": ["no"]},
            "outputs": [{"output_type": "stream", "text": ["source\n", "x = (\n"]}],
            "source": f"files = !ls\nfrom torch import nn\n{net}".splitlines(keepends=True),
        },
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent)


COPIED: dict[str, Callable[[str], str]] = {
    "console": console,
    "ipython": ipython,
    "cells": cells,
    "markdown": markdown,
    "items": items,
    "an open fence": lambda net: f"```python\n{net}\n",
    "numbers": lambda net: numbered(net, "{:3d} {}"),
    "numbers and tabs": lambda net: numbered(net, "{}\t{}"),
    "numbers and colons": lambda net: numbered(net, "{}: {}"),
    "numbers and bars": lambda net: numbered(net, "{:<4}| {}"),
    "notebook": notebook,
    "notebook of Windows": lambda net: notebook(net, 2).replace("\n", "\r\n"),
    "a byte order mark": lambda net: f"\ufeff{net}",
    "other spaces": lambda net: net.replace(" ", "\u00a0").replace("\u00a0nn.Lin", "\u3000nn.\u200bLin"),
    "commands": lambda net: f"%matplotlib inline\n!pip install 'torch\nlines = !ls -l 'a\nnn.Linear?\n?nn\n{net}",
    "cut out of a class": lambda net: "\n".join(f"        {line}" for line in f"# layers\n{net}".split("\n")),
    "begun within a line": lambda net: "\n        ".join([*net.split("\n"), "self.size = 3"]),
    "a comment at the margin": lambda net: "    x = 1\n# a comment\n" + "\n".join(f"    {x}" for x in net.split("\n")),
    "old Mac": lambda net: net.replace("\n", "\r"),
}


@pytest.mark.parametrize("name", COPIED)
def test_copied_text_is_read_as_the_source_in_it(name: str) -> None:
    read = paste(COPIED[name](NET), MNIST)
    assert read.network == paste(WHOLE, MNIST).network
    left_out = [note.sentence() for note in read.notes if note.code == "output_left_out"]
    assert bool(left_out) == (name in ("console", "ipython", "cells"))
    assert all(sentence.endswith(LEFT_OUT) for sentence in left_out)


@pytest.mark.parametrize("name", COPIED)
def test_a_sentence_names_the_line_of_the_copied_text(name: str) -> None:
    text = COPIED[name](NET.replace("10", "classes"))
    with pytest.raises(PasteError) as refused:
        paste(text, MNIST)
    (remark,) = refused.value.remarks
    shown = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert remark.code == "unknown_value" and "classes" in shown[remark.line - 1]


def test_a_notebook_in_a_single_line_counts_the_lines_of_its_code() -> None:
    assert paste(notebook(NET, None), MNIST).network == paste(WHOLE, MNIST).network
    assert refusal(notebook(NET.replace("10", "classes"), None)).startswith("Line 5: classes")


def test_an_older_notebook() -> None:
    cell = {"cell_type": "code", "language": "python", "input": NET.splitlines(keepends=True)}
    text = json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": [cell]}]}, indent=1)
    assert paste(text, MNIST).network == paste(WHOLE, MNIST).network


@pytest.mark.parametrize(
    "text",
    [
        notebook(NET)[:-40],
        '{"cells": 3}',
        '{"cells": [{"cell_type": "code", "source": [3]}]}',
        '{"metadata": {}, "cells": [{"cell_type": "code", "source": {}}]}',
        '{"worksheets": [[]]}',
    ],
)
def test_a_broken_notebook_is_a_sentence(text: str) -> None:
    assert "his is not the whole JSON of a notebook" in refusal(text)


def test_curly_quotes() -> None:
    text = "net = nn.Sequential(OrderedDict([(“flat”, nn.Flatten()), (‘last’, nn.Linear(784, 10))]))"
    assert [*paste(text, MNIST).network.nodes] == ["input", "flat", "last", "output"]


def test_signs_of_valid_source_stay() -> None:
    text = "# ```\nx = '''\n>>> net = nn.Sequential(nn.ReLU())\n“…”\n```\n'''\n" + NET
    assert paste(text, MNIST).network == paste(WHOLE, MNIST).network


def test_output_is_never_taken_for_source() -> None:
    text = f">>> {NET.splitlines()[0]}\n" + "\n".join(NET.splitlines()[1:])
    assert "this is not Python" in refusal(text)
    read = paste(console(NET).replace(PRINTED, "net = nn.Sequential(nn.Flatten(), nn.Linear(784, 99))"), MNIST)
    assert read.network == paste(WHOLE, MNIST).network
    assert [note.sentence() for note in read.notes if note.code == "output_left_out"] == [f"Line 7: {LEFT_OUT}"]


def test_what_is_no_python_at_all() -> None:
    assert refusal("```python\nnet = nn.Sequential(\n nn.Flatten() nn.ReLU()\n)\n```").startswith("Line 3: this is not")
    assert "this is not Python" in refusal("A network has layers, and it's trained.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import torch\nx = 1\0\n", "Line 2: a character with the code 0 stands here."),
        ("\0", "Line 1: a character with the code 0 stands here."),
        (
            '{"cells": [{"cell_type": "code", "source": ["x = 1\\u0000"]}]}',
            "Line 1: a character with the code 0 stands",
        ),
        ("x = '\ud800'", "This is not Python ('utf-8' codec can't encode"),
        ('{"cells": 3}', "This is not the whole JSON of a notebook."),
        ('{"cells": [\n\0]}', "Line 2: this is not the whole JSON of a notebook."),
    ],
)
def test_what_is_no_text_is_said_with_its_line_if_it_has_one(text: str, sentence: str) -> None:
    assert refusal(text).startswith(sentence)


METHODS = """    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.head = nn.Linear(8 * 26 * 26, 10)

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.head(torch.flatten(x, 1))
"""
LAYERS = """    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(8, 3, activation="relu")
        self.head = layers.Dense(10)

    def call(self, x):
        return self.head(layers.Flatten()(self.conv(x)))
"""


@pytest.mark.parametrize("methods", [METHODS, LAYERS])
@pytest.mark.parametrize("first", [1, 2, 3])
def test_lines_cut_out_of_a_class_with_its_methods(methods: str, first: int) -> None:
    text = "\n".join(methods.split("\n")[first - 1 :])
    read = paste(text, MNIST).network
    assert [read[name].kind for name in read.order] == ["Input", "Conv2d", "ReLU", "Flatten", "Dense", "Output"]
    wrong = text.replace("10)", "classes)")
    line = next(place for place, line in enumerate(wrong.split("\n"), 1) if "classes" in line)
    assert f"Line {line}: " in refusal(wrong) and "classes" in refusal(wrong)


def test_functions_of_a_module_are_no_methods() -> None:
    text = f"def __init__(self):\n  pass\ndef forward(x):\n  return x\n{NET}"
    assert paste(text, MNIST).network == paste(WHOLE, MNIST).network
