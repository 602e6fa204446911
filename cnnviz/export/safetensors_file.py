"""The weights alone as safetensors, named as in the ``state_dict`` of the PyTorch source, which is in the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.export.folders import without_program
from cnnviz.export.formats import Runner
from cnnviz.export.torch_folder import SOURCE, float_images, weights
from cnnviz.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from cnnviz.export.subject import Options, Subject


def write(subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
    """Write the file ``NAME.safetensors``."""
    del options, cancelled
    path = folder / f"{subject.stem}.safetensors"
    write_atomically(path, weights(subject))
    return (path,)


def runner(files: Sequence[Path]) -> Runner:
    """The network of the source in the metadata, with the weights."""
    with without_program():
        import torch
        from safetensors import safe_open

        namespace: dict[str, Any] = {"__name__": "model"}
        with safe_open(files[0], "pt") as file:
            # this program has just written it
            exec(compile(file.metadata()[SOURCE], SOURCE, "exec"), namespace)
            network = namespace["network"]
            network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - no dict
        network.eval()

    def logits(images: Any) -> Any:
        with torch.no_grad():
            return network(torch.from_numpy(float_images(images))).numpy()

    return Runner(f"PyTorch {torch.__version__}", logits)
