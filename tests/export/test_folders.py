"""Folders for PyTorch and Keras, and the files of PyTorch: each runs without this program, with the same logits."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from export_kit import kinds, one_of
from folder_kit import said_by
from networks import gated
from onnx_kit import images_for, logits_here, subject, subject_of_network
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load

from cnnviz.cli import main
from cnnviz.data.catalogue import Split
from cnnviz.data.loading import load_choice
from cnnviz.export import torch_folder
from cnnviz.export.formats import FORMATS, write
from cnnviz.export.pt2 import traced
from cnnviz.export.subject import Options, Subject
from cnnviz.export.verification import verify
from cnnviz.network.layers import KINDS
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_torch_thread")

RELATIVE = 1e-5


def loaded(given: Subject) -> Any:
    """The source of the folder, with the weights of the folder."""
    files = torch_folder.files(given)
    namespace: dict[str, Any] = {"__name__": "model"}
    exec(compile(files["model.py"], "model.py", "exec"), namespace)
    content = files["weights.safetensors"]
    assert isinstance(content, bytes)
    namespace["network"].load_state_dict(load(content))
    return namespace["network"].eval()


def assert_same(given: Subject, counts: tuple[int, ...] = (1, 7)) -> None:
    network = loaded(given)
    for count in counts:
        assert_near(network, given, count)


def assert_near(network: Any, given: Subject, count: int) -> None:
    """The logits of so many images are those of the program, but for the order of sums."""
    images = images_for(given.network, count)
    here = logits_here(given, images)
    with torch.no_grad():
        there = network(torch.from_numpy(images)).numpy()
    largest = np.abs(here[np.isfinite(here)]).max(initial=0.0)
    np.testing.assert_allclose(there, here, rtol=0, atol=RELATIVE * largest)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_in_pytorch(kind: str) -> None:
    assert_same(subject_of_network(one_of(KINDS[kind]())))


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_traced_for_any_number_of_images(kind: str) -> None:
    given = subject_of_network(one_of(KINDS[kind]()))
    program = traced(loaded(given), given.input.shape).module()
    for count in (1, 7):
        assert_near(program, given, count)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_in_pytorch(name: str) -> None:
    assert_same(subject(TEMPLATES[name].project(), name), (2,))


def lenet() -> tuple[Subject, tuple[str, Split]]:
    project = TEMPLATES["lenet-5"].project()
    images = load_choice(project.dataset).validation
    return subject(project, "lenet-5"), ("validation", Split(images.images[:600], images.labels[:600]))


@pytest.mark.parametrize("name", ["torch", "keras", "pt2", "safetensors"])
def test_another_process_gives_the_same_answers(tmp_path: Path, name: str) -> None:
    given, images = lenet()
    files = write(FORMATS[name], given, tmp_path, Options())
    assert [path.name for path in tmp_path.iterdir()] == [f"lenet-5{FORMATS[name].ending}"]
    before = sorted(tmp_path.rglob("*"))
    result = verify(FORMATS[name], files, given, images, lambda _: None, lambda: False)
    assert result is not None and result.holds and result.images == 600
    assert result.right_here == result.right_there and result.changed == 0
    assert result.program.startswith("Keras 3" if name == "keras" else "PyTorch 2")
    assert sorted(tmp_path.rglob("*")) == before, "running it adds nothing"


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_the_script_names_classes_without_this_program(tmp_path: Path, name: str) -> None:
    given, (_, images) = lenet()
    folder = write(FORMATS[name], given, tmp_path, Options())[0].parent
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(images.images[number, 0]).save(paths[-1])
    np.save(tmp_path / "3.npy", images.images[3].astype(np.float32) / 255)
    (tmp_path / "inverted").mkdir()
    negative = tmp_path / "inverted" / "0.png"
    Image.fromarray(255 - images.images[0, 0]).save(negative)
    every = ("--top", "10")
    said, inverted, again = said_by(
        folder,
        (*paths, tmp_path / "3.npy", "--top", "1"),
        (paths[0], "--invert", *every),
        (negative, *every),
    )
    logits = logits_here(given, images.images[:4].astype(np.float32) / np.float32(255))
    shares = torch.from_numpy(logits).softmax(1).numpy()
    assert [line.rpartition("/")[2] for line in said.splitlines()] == [
        f"{number}.{'npy' if number == 3 else 'png'}: {given.classes[row.argmax()]} {row.max():.2%}"
        for number, row in enumerate(shares)
    ]
    assert inverted == again.replace(str(negative), str(paths[0])) and inverted.count("%") == 10


def test_the_blocked_program_is_missed() -> None:
    line = [sys.executable, "-c", "import sys; sys.modules['cnnviz'] = None; import cnnviz"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 1


def test_pictures_become_images_as_in_this_program(tmp_path: Path) -> None:
    from cnnviz.data.sources.decoding import decoded
    from cnnviz.data.sources.source import Form
    from cnnviz.export.scripts import PREPROCESSING

    chance = np.random.default_rng(2)
    (tmp_path / "preprocessing.py").write_text(PREPROCESSING, encoding="utf-8")
    pictures = {
        "grey.png": Image.fromarray(chance.integers(0, 256, (40, 60), np.uint8)),
        "colour.jpg": Image.fromarray(chance.integers(0, 256, (300, 200, 3), np.uint8)),
        "clear.png": Image.fromarray(chance.integers(0, 256, (31, 17, 4), np.uint8)),
        "deep.png": Image.fromarray(chance.integers(0, 65536, (20, 20), np.uint16)),
        "palette.gif": Image.fromarray(chance.integers(0, 256, (9, 9, 3), np.uint8)).quantize(8),
        "same.png": Image.fromarray(chance.integers(0, 256, (16, 20, 3), np.uint8)),
    }
    for name, picture in pictures.items():
        if name.endswith("jpg"):
            exif = picture.getexif()
            exif[0x0112] = 6
            picture.save(tmp_path / name, exif=exif)
        else:
            picture.save(tmp_path / name)
    for channels in (1, 3):
        for fit in ("crop", "pad", "stretch"):
            facts: dict[str, Any] = {"channels": channels, "height": 16, "width": 20, "fit": fit, "classes": []}
            (tmp_path / "preprocessing.json").write_text(json.dumps(facts), encoding="utf-8")
            namespace: dict[str, Any] = {"__name__": "preprocessing", "__file__": str(tmp_path / "preprocessing.py")}
            exec(compile(PREPROCESSING, "preprocessing.py", "exec"), namespace)
            for name in pictures:
                here = decoded((tmp_path / name).read_bytes(), Form(channels, 16, 20, fit))
                there = namespace["image_of"](tmp_path / name)
                assert np.array_equal(np.round(there * 255).astype(np.uint8), here), (name, channels, fit)


def test_the_weights_alone_say_what_they_are_of(tmp_path: Path) -> None:
    given, _ = lenet()
    (path,) = write(FORMATS["safetensors"], given, tmp_path, Options())
    network = loaded(given)
    with safe_open(path, "pt") as file:
        assert set(file.keys()) == network.state_dict().keys()
        metadata = file.metadata()
    assert json.loads(metadata["classes"]) == list("abcdefghij") and json.loads(metadata["std"]) == [0.3081]
    assert (metadata["network"], metadata["origin"], metadata["format"]) == ("lenet-5", "a test", "pt")
    assert json.loads(metadata["channels"]) == 1 and "class" not in metadata["source"][:5]


def test_names_that_python_does_not_take_are_those_of_the_source(tmp_path: Path) -> None:
    from cnnviz.network.graph import rename
    from cnnviz.project.arrange import arrange

    project = TEMPLATES["lenet-5"].project()
    network = rename(project.network, "conv1", "first-conv")
    given = subject(replace(project, network=network, layout=arrange(network)))
    assert "first_conv.weight" in loaded(given).state_dict()
    assert_same(given)


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_a_folder_of_another_name_than_its_network_is_run(tmp_path: Path, name: str) -> None:
    given, images = lenet()
    files = write(FORMATS[name], replace(given, name='🦊\n"""'), tmp_path, Options())
    assert [path.name for path in tmp_path.iterdir()] == [f"fox-face{FORMATS[name].ending}"]
    result = verify(FORMATS[name], files, given, images, lambda _: None, lambda: False)
    assert result is not None and result.holds


def test_a_graph_is_traced_for_any_number_of_images(tmp_path: Path) -> None:
    given = subject_of_network(gated())
    (path,) = write(FORMATS["pt2"], given, tmp_path, Options())
    program = torch.export.load(path).module()
    for count in (1, 7):
        assert_near(program, given, count)


def test_what_torch_cannot_trace_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the command adds the folder
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert main(["export-pt2", str(tmp_path / "nothing"), str(tmp_path / "x.pt2")]) == 2
    assert "predict" in capsys.readouterr().err


def test_the_files_are_tidy_python(tmp_path: Path) -> None:
    given, _ = lenet()
    for name in ("torch", "keras"):
        write(FORMATS[name], given, tmp_path, Options())
    lint = ["check", "--isolated", "--line-length=120", "--select=E,F,W,B,UP"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *lint, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
