"""An ExportedProgram of PyTorch, as ``torch.export.save`` writes it: graph and weights, without source of Python.

It is traced from the exported PyTorch source, in a process of its own (:func:`trace`): tracing takes seconds in which
the interpreter is busy.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.export import torch_folder
from cnnviz.export.folders import script_in, without_program, write_folder
from cnnviz.export.formats import Runner
from cnnviz.export.subject import ExportError
from cnnviz.export.torch_folder import float_images
from cnnviz.files import write_atomically
from cnnviz.program import command
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch.export import ExportedProgram
    from torch.nn import Module

    from cnnviz.export.subject import Options, Subject

_POLL_SECONDS = 0.1
"""Seconds between two looks whether the user has cancelled."""
_FACTS = "preprocessing.json"
"""The extra file inside the program."""


def write(subject: Subject, folder: Path, options: Options, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
    """Write the file ``NAME.pt2``."""
    del options
    path = folder / f"{subject.stem}.pt2"
    with tempfile.TemporaryDirectory(prefix="cnnviz-") as temporary:
        source = Path(temporary) / "source"
        write_folder(source, torch_folder.files(subject))
        code, errors = _ended(command("export-pt2", str(source), str(path)), cancelled)
    if code or not path.is_file():
        lines = [line for line in errors.splitlines() if line.strip()]
        reason = quoted((lines or [f"exit status {code}"])[-1].removeprefix("cnnviz: "))
        raise ExportError(Sentence("PyTorch could not write the network: {reason}", reason=reason))
    return (path,)


def _ended(line: Sequence[str], cancelled: Callable[[], bool]) -> tuple[int, str]:
    """The exit status of a command and its standard error; it is ended if ``cancelled``."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            while process.poll() is None:
                if cancelled():
                    break
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            process.kill()
            process.wait()
        errors.seek(0)
        return process.returncode, errors.read().decode(errors="replace")


def trace(folder: Path, path: Path) -> None:
    """Trace the network of an exported folder, and write it to ``path``; raises OSError."""
    script: Any = script_in(folder)
    with without_program():
        import torch

        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        program = traced(script.loaded(), (facts["channels"], facts["height"], facts["width"]))
        content = io.BytesIO()
        torch.export.save(program, content, extra_files={_FACTS: json.dumps(facts, ensure_ascii=False)})
    write_atomically(path, content.getvalue())


def traced(network: Module, shape: tuple[int, ...]) -> ExportedProgram:
    """A module as a program for any number of images of a ``shape`` (C, H, W)."""
    import torch

    # the example has two images: a size of 1 would be taken for a constant
    return torch.export.export(network, (torch.rand(2, *shape),), dynamic_shapes=({0: torch.export.Dim("batch")},))


def runner(files: Sequence[Path]) -> Runner:
    """The program as PyTorch loads it."""
    with without_program():
        import torch

        network = torch.export.load(files[0]).module()

    def logits(images: Any) -> Any:
        with torch.no_grad():
            return network(torch.from_numpy(float_images(images))).numpy()

    return Runner(f"PyTorch {torch.__version__}", logits)
