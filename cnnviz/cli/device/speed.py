"""Images per second compared with the tutorial's script and a hand-written loop, as in ``cnnviz bench``."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.watched import PATIENCE_SECONDS
from cnnviz.cli.errors import CommandError
from cnnviz.program import command

ROUNDS, SECONDS = 3, 1.5
QUICK_ROUNDS, QUICK_SECONDS = 1, 0.2
LEAST = {"script": 1.0, "bare": 0.9}
"""Least speed of a training, relative to each program."""
_NAMES = {"script": "the tutorial's script", "bare": "a loop written by hand"}


def run(setting: Setting) -> Finding:
    """Measure in turns, each program in a separate process."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if setting.quick else (ROUNDS, SECONDS)
    line = command("bench", "--no-window", "--json", "--device", setting.device)
    line += ["--rounds", f"{rounds}", "--seconds", f"{seconds}"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    if done.returncode:
        raise CommandError(done.stderr.strip().removeprefix("cnnviz: "))
    found = finding(json.loads(done.stdout.splitlines()[-1]))
    return replace(found, passed=None) if setting.quick else found


def finding(figures: dict[str, object]) -> Finding:
    """The finding for the figures of ``bench``."""
    ratios, speeds = figures["ratio"], figures["images_per_second"]
    assert isinstance(ratios, dict) and isinstance(speeds, dict)
    good = all(ratios[name] >= least for name, least in LEAST.items())
    ratios_in_words = ", ".join(f"{ratios[name]:.2f} times as fast as {title}" for name, title in _NAMES.items())
    sentence = f"{speeds['ours']:,} images/s in {figures['precision']}: {ratios_in_words}."
    return Finding(good, sentence, figures)
