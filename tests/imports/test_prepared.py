"""What the user has to know before an import: how images are normalized, and which head the network has."""

from __future__ import annotations

from pathlib import Path

from cnnviz.imports.weights.prepared import about_import, prepare
from cnnviz.imports.weights.stored import StoredTensor, WeightsFile
from cnnviz.network.layers import Dense
from cnnviz.project.templates import TEMPLATES
from cnnviz.sentence import Sentence


def _file(**shapes: tuple[int, ...]) -> WeightsFile:
    names = {name.replace("__", "."): shape for name, shape in shapes.items()}
    tensors = {name: StoredTensor(name, "float32", shape) for name, shape in names.items()}

    def unread(tensor: StoredTensor) -> None:
        raise AssertionError(tensor)

    return WeightsFile(Path("there/w.pth"), "PyTorch", tensors, (Sentence("A note."),), unread)  # type: ignore[arg-type]


def test_the_normalization_of_the_images_is_said() -> None:
    file = _file(conv1__weight=(32, 1, 3, 3), conv1__bias=(32,))
    prepared = prepare(file, TEMPLATES["keras-tutorial"].project(), "keras-tutorial")
    assert [str(note) for note in prepared.notes] == [
        "A note.",
        "The Input subtracts 0.1307 from pixels between 0 and 1, and divides by 0.3081: set it if these weights were"
        " trained with other numbers.",
    ]
    assert str(about_import(prepared)) == "Imported from w.pth: 2 of 2 tensors."


def test_nothing_is_said_of_images_where_nothing_fits() -> None:
    prepared = prepare(_file(a__weight=(3, 3)), TEMPLATES["keras-tutorial"].project(), "keras-tutorial")
    assert prepared.notes == prepared.file.notes


def test_the_published_weights_of_googlenet_have_a_normalization_of_their_own() -> None:
    file = _file(conv1__conv__weight=(64, 3, 7, 7), aux1__fc1__weight=(1024, 2048), fc__weight=(1000, 1024))
    notes = prepare(file, TEMPLATES["googlenet"].project(), "googlenet").notes
    assert "mean 0.5 and deviation 0.5" in str(notes[-1])


def test_the_head_of_the_file_changes_the_network() -> None:
    file = _file(conv1__weight=(32, 1, 3, 3), conv1__bias=(32,), fc2__weight=(26, 64), fc2__bias=(26,))
    project = TEMPLATES["keras-tutorial"].project()
    kept, taken = (prepare(file, project, "keras-tutorial", file_head=head) for head in (False, True))
    assert kept.project is project
    assert not kept.file_head
    assert taken.file_head
    assert taken.project.network["fc2"] == Dense(26)
    assert kept.head == taken.head
