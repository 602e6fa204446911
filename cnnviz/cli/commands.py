"""The table of commands."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Command:
    """A command. Its module, imported when used, has ``add_arguments(parser)`` and ``run(arguments) -> exit code``.

    A :class:`~cnnviz.cli.errors.CommandError` or :class:`~cnnviz.sentence.SaidError` raised by ``run`` is printed as
    its sentence.
    """

    module: str
    summary: str


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "templates": Command("cnnviz.cli.templates", "list the networks to start from"),
        "check": Command("cnnviz.cli.check", "show shapes, parameters and problems of a network"),
        "train": Command("cnnviz.cli.train", "train a network"),
        "data": Command("cnnviz.cli.data", "list, look at, add and download images to train with"),
        "import": Command("cnnviz.cli.import_weights", "read the weights or the network in a file of another program"),
        "runs": Command("cnnviz.cli.runs", "list, compare, export and continue recorded runs"),
        "sweep": Command("cnnviz.cli.sweep", "train a network with many settings, and say which were best"),
        "evaluate": Command("cnnviz.cli.evaluate", "count what a recorded run gets right and wrong, by class"),
        "explain": Command("cnnviz.cli.explain", "show which pixels of an image moved a class of a recorded run"),
        "fool": Command("cnnviz.cli.fool", "change an image a little so that a recorded run says another class"),
        "export": Command(
            "cnnviz.cli.export", "write a network with its weights for other programs, and verify it there"
        ),
        "tour": Command("cnnviz.cli.tour", "drive the real window through a training, with pictures and measurements"),
        "bench": Command("cnnviz.cli.bench", "measure how fast a training is beside other programs"),
        "check-device": Command(
            "cnnviz.cli.check_device", "check whether a GPU, or the processor, trains as it should"
        ),
        "check-kernels": Command(
            "cnnviz.cli.check_kernels", "check random convolutions and poolings on this processor"
        ),
        "smoke": Command("cnnviz.cli.smoke", "try everything once, and say whether it works here"),
    }
)
"""All commands by name; they work without a display."""
INTERNAL: Mapping[str, Command] = MappingProxyType(
    {
        "turns": Command("cnnviz.cli.turns", "train when told to, beside another program"),
        "kernel-trials": Command("cnnviz.cli.kernel_trials", "compute random layers, and perhaps crash"),
        "export-peer": Command("cnnviz.cli.export_peer", "run an exported network beside this program"),
        "export-pt2": Command("cnnviz.cli.export_pt2", "trace an exported network"),
        "lost-device": Command("cnnviz.cli.device.lost_program", "lose the GPU while training"),
    }
)
"""Commands that the program uses to start itself as another process."""
