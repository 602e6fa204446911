"""Damage: a file as a failing disk, another program or somebody's hand may leave it. The same seed, the same damage."""

from __future__ import annotations

import json
import os
import random
import signal
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

COUNT = "CNNVIZ_ATTACKS"
"""Environment variable: how many files of each kind are damaged and read; “full” is what the README promises."""
SECONDS = 2.0
"""Processor time after which reading a file counts as hanging; the clock on the wall depends on other programs."""

DEEP = 100_000
NUMBERS = (0, -1, 1, 2, 255, 256, 2**31, 2**32, 2**63, 2**64, -(2**63), 10**30, 10**400, 0.5, -0.0, 1e-320, 1e300)
WORDS = (
    "", " ", "\0", "\n", "\ud800", "\udcff", "\u202eright to left", "e\u0301", "😀", "a.b", "../../x", "/dev/zero",
    "input", "conv1", "same", "auto", "cpu", "cuda", "hip", "mnist", "Conv2d", "<img src='file:///dev/zero'>", "{id}",
    "{0.__class__}", "%s%n", "x" * 300, "x" * 70_000,
)  # fmt: skip
RAW = (
    "NaN", "Infinity", "-Infinity", "1e999", "9" * 4_000, "9" * 5_000, "[" * DEEP + "]" * DEEP, '{"a":' * 2_000 + "1",
)  # fmt: skip
"""Texts that no value of Python gives when it is written as JSON."""


class HangError(Exception):
    """Reading took more than :data:`SECONDS`."""


def attacks(name: str, ordinary: int, full: int) -> Iterator[tuple[int, random.Random]]:
    """A number and a source of chance for each file to be damaged: ``ordinary`` many, or as many as :data:`COUNT` says.

    ``CNNVIZ_ATTACKS=FROM:TO`` repeats some of them.
    """
    wanted = os.environ.get(COUNT, "")
    first, _, last = wanted.rpartition(":")
    stop = full if wanted == "full" else int(last or ordinary)
    for number in range(int(first or 0), stop):
        yield number, random.Random(f"{name} {number}")


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Names the attack in whatever goes wrong in it, and ends it with :class:`HangError` where it takes too long.

    The error is made anew outside of what hung: a signal may arrive at an instruction without a line, and pytest fails
    at its traceback; and what hung may have turned the error into another.
    """
    place: list[str] = []

    def late(number: int, frame: FrameType | None) -> None:
        place[:] = traceback.format_stack(frame)
        raise HangError(what)

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    except Exception as error:
        error.add_note(f"while attacking with {what}")
        if not place:
            raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if place:
        raise HangError(f"{what} takes more than {SECONDS} s of processor time, in\n{''.join(place)}")


def damaged_bytes(content: bytes, chance: random.Random) -> bytes:
    """A few bits turned, a piece left out, doubled, moved or overwritten, the end cut off."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at, other = chance.randrange(len(made) + 1), chance.randrange(len(made) + 1)
        start, end = sorted((at, min(other, at + chance.choice((1, 4, 64, len(made))))))
        match chance.randrange(6):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1:
                del made[at:]
            case 2:
                del made[start:end]
            case 3:
                made[other:other] = made[start:end]
            case 4:
                made[start:end] = bytes(chance.randrange(256) for _ in range(min(64, end - start)))
            case _:
                made[start:end] = bytes([chance.choice((0, 255, 34, 123, 93))]) * min(64, end - start)
    return bytes(made)


def damaged_json(content: str, chance: random.Random) -> bytes:
    """JSON that is still JSON, mostly, with other values, keys and types in it; or :func:`damaged_bytes`."""
    kind = chance.random()
    if kind < 0.25:
        return damaged_bytes(content.encode(), chance)
    entry = json.loads(content)
    raw: dict[str, str] = {}
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        entry = _changed(entry, chance, raw)
    text = json.dumps(entry, ensure_ascii=chance.random() < 0.7)
    for mark, replacement in raw.items():
        text = text.replace(f'"{mark}"', replacement)
    made = text.encode("utf-8", "surrogatepass")
    return damaged_bytes(made, chance) if kind > 0.95 else made


def _changed(entry: Any, chance: random.Random, raw: dict[str, str]) -> Any:
    """``entry`` with one change somewhere in it, copied along the way."""
    if isinstance(entry, str) and entry.startswith("{") and chance.random() < 0.8:
        try:
            inner = json.loads(entry)
        except ValueError:
            return _value(entry, chance, raw)
        return json.dumps(_changed(inner, chance, {}))
    if not isinstance(entry, dict | list) or not entry or chance.random() < 0.08:
        return _value(entry, chance, raw)
    made: Any = entry.copy()
    key: Any = chance.choice(list(made)) if isinstance(made, dict) else chance.randrange(len(made))
    match chance.randrange(12):
        case 0:
            del made[key]
        case 1 if isinstance(made, dict):
            made[chance.choice(WORDS)] = _value(made[key], chance, raw)
        case 1:
            made.insert(key, made[chance.randrange(len(made))])
        case 2:
            other: Any = chance.choice(list(made)) if isinstance(made, dict) else chance.randrange(len(made))
            made[key], made[other] = made[other], made[key]
        case 3 if isinstance(made, dict):
            # a key that is there twice
            mark = f"mark{len(raw)}"
            raw[mark] = json.dumps(key)
            made[mark] = _value(made[key], chance, raw)
        case _:
            made[key] = _changed(made[key], chance, raw)
    return made


def _value(old: Any, chance: random.Random, raw: dict[str, str]) -> Any:
    """Something else in the place of ``old``."""

    def written() -> str:
        mark = f"mark{len(raw)}"
        raw[mark] = chance.choice(RAW)
        return mark

    kinds: tuple[Callable[[], Any], ...] = (
        lambda: chance.choice(NUMBERS),
        lambda: chance.choice(WORDS),
        written,
        lambda: chance.choice((None, True, False, [], {}, [[]], {"": 0})),
        lambda: str(old)[:1000],
        lambda: [old],
        lambda: {"id": old},
        lambda: -old if isinstance(old, int | float) else old,
        lambda: old + chance.choice((1, -1, 10**9)) if isinstance(old, int | float) else old,
    )
    return chance.choice(kinds)()
