"""The summary of a recorded run for tables, read from its folder, even if damaged. No torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from cnnviz.data.catalogue import describe
from cnnviz.data.errors import DataError
from cnnviz.files import cause, read_ordinary, shown, write_atomically
from cnnviz.runs import entries
from cnnviz.runs.folder import (
    FACTS,
    FORMAT,
    LABEL,
    MOST_NUMBERS_BYTES,
    NUMBERS,
    SUMMARY,
    VERSION,
    MomentFile,
    RunError,
    moments,
    object_in,
    project_at,
)
from cnnviz.runs.names import run_name
from cnnviz.runs.sealed import is_sound, sealed
from cnnviz.sentence import Sentence
from cnnviz.training.channels import Evaluation
from cnnviz.training.events import RunFailed, RunFinished, SettingChanged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cnnviz.training.events import Event

_DAMAGED_FACTS = Sentence("What was noted where the run began is damaged.")
_DAMAGED_LABEL = Sentence("Its name and notes are damaged: give them again.")
LAST_TIME = 1e11
"""The last time of a run that counts, in seconds since 1970: some thousand years from now."""
LONGEST = 10_000
"""The most characters of a name and of notes."""


@dataclass(frozen=True)
class Facts:
    """Facts known at the start of a run. ``created`` is in seconds since 1970, ``network`` is the name of its project.

    A run that goes on from a moment of another one has that run's id in ``parent``, and the step in ``parent_step``;
    its numbers begin with the numbers of the other run up to that step. ``learning_rate`` is the base rate.
    ``source`` is the name of the file from which the weights at step 0 were imported, empty if they were initialized.
    ``inherited`` are the names of the layers, with commas between them, that began with the weights of another run
    after ``weights_step``; ``weights_from`` is its id, or the name of the folder in which it was kept, empty if it was
    not recorded. ``dataset`` is the title of the dataset.
    """

    network: str = ""
    created: float = 0.0
    parameters: int = 0
    device: str = ""
    precision: str = ""
    threads: int = 0
    versions: str = ""
    batch_size: int = 0
    parent: str = ""
    parent_step: int = 0
    optimizer: str = ""
    learning_rate: float = 0.0
    source: str = ""
    inherited: str = ""
    weights_from: str = ""
    weights_step: int = 0
    dataset: str = ""


@dataclass(frozen=True)
class Numbers:
    """Results of a run. Accuracies are in [0, 1], losses in nats; None if not measured.

    ``validation_accuracy`` is the best, at ``best_step``, and ``validation_loss`` the loss there. ``log_bytes`` is the
    length of the file from which this was computed. ``trained_rate`` is the last base rate that was set while training
    and with which a step was trained. A run has ``failed`` if it could not go on, as where its loss is no number any
    more.
    """

    steps: int = 0
    epochs: int = 0
    seconds: float = 0.0
    validation_accuracy: float | None = None
    best_step: int | None = None
    test_accuracy: float | None = None
    finished: bool = False
    log_bytes: int = 0
    validation_loss: float | None = None
    trained_rate: float | None = None
    failed: bool = False


@dataclass(frozen=True)
class Context:
    """What tells a run from the other runs, see :func:`cnnviz.runs.context.in_context`.

    ``news`` says in a few words each where the run begins and what differs from the run called ``before``. ``origin``
    is the name of the run from which it goes on, or whose weights it began with. Each is empty if there is none.
    """

    news: tuple[Sentence, ...] = ()
    before: str = ""
    origin: str = ""


@dataclass(frozen=True)
class RunSummary:
    """A recorded run. ``missing`` are sentences about lost data."""

    id: str
    facts: Facts
    numbers: Numbers
    moments: tuple[MomentFile, ...]
    name: str = ""
    notes: str = ""
    missing: tuple[Sentence, ...] = ()
    context: Context = Context()

    @property
    def bytes(self) -> int:
        """The bytes of numbers and moments on disk."""
        return self.numbers.log_bytes + sum(moment.bytes for moment in self.moments)

    @property
    def title(self) -> str:
        """The name of the run wherever it is shown: see :func:`cnnviz.runs.names.run_name`."""
        return run_name(self.name, self.facts.network, self.facts.created, self.id)

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """The base rates of the first and the last step; one, if they are equal."""
        return tuple(dict.fromkeys((self.facts.learning_rate, self.learning_rate)))

    @property
    def learning_rate(self) -> float:
        """The base rate with which the last step was trained."""
        changed = self.numbers.trained_rate
        return self.facts.learning_rate if changed is None else changed

    @property
    def images_per_second(self) -> float | None:
        """The mean speed of training; None if unknown."""
        images = self.numbers.steps * self.facts.batch_size
        return images / self.numbers.seconds if images and self.numbers.seconds > 0 else None


def numbers_of(read: entries.Entries, log_bytes: int) -> Numbers:
    """The results from the entries of a run."""
    # a run without validation images is evaluated at its end only
    evaluated = [metric.epoch for metric in read.metrics if isinstance(metric, Evaluation)]
    best, test = read.best("validation"), read.last("test")
    return Numbers(
        read.steps,
        max(evaluated, default=0),
        read.seconds,
        None if best is None else best.accuracy,
        None if best is None else best.step,
        None if test is None else test.accuracy,
        any(isinstance(event, RunFinished) for event in read.events),
        log_bytes,
        None if best is None else best.loss,
        trained_rate(read.events, read.steps),
        any(isinstance(event, RunFailed) for event in read.events),
    )


def rate_changes(events: Iterable[Event]) -> list[SettingChanged]:
    """The changes of the base rate among the events of a run."""
    return [event for event in events if isinstance(event, SettingChanged) and event.parameter == "learning_rate"]


def first_rate(events: Iterable[Event]) -> float | None:
    """The base rate before it was changed for the first time; None if it was not changed, or was not known."""
    return next((change.before for change in rate_changes(events)), None)


def trained_rate(events: Iterable[Event], steps: int) -> float | None:
    """The base rate that was set last before the last of the ``steps`` of a run; None if it was not changed before.

    A change counts only if a step was trained with it.
    """
    rates = [change.value for change in rate_changes(events) if change.step < steps]
    return rates[-1] if rates else None


def read_entries(folder: Path, run: int = 1) -> entries.Entries:
    """The numbers and events of a recorded run, as those of run number ``run``. Never raises."""
    try:
        return entries.read(read_ordinary(folder / NUMBERS, MOST_NUMBERS_BYTES), run)
    except FileNotFoundError:
        return entries.Entries(missing=(Sentence("The recorded numbers are missing."),))
    except OSError as error:
        return entries.Entries(
            missing=(Sentence("The recorded numbers could not be read: {reason}.", reason=cause(error)),)
        )


def summarize(folder: Path) -> RunSummary:
    """The summary of the run in ``folder``; raises :class:`RunError` if it is no recorded run."""
    try:
        raw = object_in(folder / FACTS)
    except (OSError, ValueError) as error:
        if not (folder / NUMBERS).exists():
            raise RunError(Sentence("“{name}” is no recorded run.", name=shown(folder.name))) from error
        raw, missing = {}, [_DAMAGED_FACTS]
    else:
        missing = [_DAMAGED_FACTS] if is_sound(raw) is False else []
        if raw.get("format") == FORMAT and raw.get("version") not in range(1, VERSION + 1):
            raise RunError(
                Sentence("“{name}” was recorded by a newer version of this program.", name=shown(folder.name))
            )
    try:
        label = label_in(folder)
    except ValueError:
        label, missing = {}, [*missing, _DAMAGED_LABEL]
    numbers = _stored(folder)
    if numbers is None:
        read = read_entries(folder)
        missing += read.missing
        numbers = numbers_of(read, _size(folder / NUMBERS))
    facts = _with_recorded_project(_filled(Facts, raw.get("facts")), folder)
    facts = replace(facts, network=label.get("network") or facts.network)
    return RunSummary(
        folder.name,
        facts if facts.created <= LAST_TIME else replace(facts, created=0.0),
        numbers,
        tuple(moments(folder).values()),
        label.get("name", ""),
        label.get("notes", ""),
        tuple(missing),
    )


def label_in(folder: Path) -> dict[str, str]:
    """What was given to the run in ``folder`` since it began: ``name`` and ``notes`` by the user, ``network`` by the
    first saving of its project. Raises ValueError if it is damaged."""
    try:
        label = object_in(folder / LABEL)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(str(error)) from error
    if is_sound(label) is False:
        raise ValueError("its seal is broken")
    return {key: _text(label.get(key)) for key in ("name", "notes", "network")}


def name_in(folder: Path) -> str:
    """The name of the run in ``folder`` as it is now; the name of the folder if it holds no run. Never raises."""
    try:
        return summarize(folder).title
    except RunError:
        return shown(folder.name)


def precision_in(folder: Path) -> str:
    """The precision of the run in ``folder``; empty if it is not known. Never raises."""
    try:
        return summarize(folder).facts.precision
    except RunError:
        return ""


def write_summary(folder: Path, numbers: Numbers) -> None:
    """Store the results; raises OSError."""
    write_atomically(folder / SUMMARY, sealed(asdict(numbers)))


def _stored(folder: Path) -> Numbers | None:
    """The stored results if they are up to date and sealed, else None.

    Older versions did not seal them, or stored a ``learning_rate`` that was set, whether a step was trained with it or
    not.
    """
    try:
        raw = object_in(folder / SUMMARY)
    except (OSError, ValueError):
        return None
    if not is_sound(raw) or raw.get("learning_rate") is not None:
        return None
    stored = _filled(Numbers, raw)
    return stored if stored.log_bytes == _size(folder / NUMBERS) else None


def _filled(kind: type[Any], raw: object) -> Any:
    """A dataclass with the fields in ``raw`` that have the right type, and defaults for the others."""
    entry = raw if isinstance(raw, dict) else {}
    return kind(**{field.name: entry[field.name] for field in fields(kind) if _fits(field.type, entry.get(field.name))})


def _with_recorded_project(facts: Facts, folder: Path) -> Facts:
    """The facts with dataset, optimizer and rate of the recorded project, where they were not noted."""
    if facts.optimizer and facts.dataset:
        return facts
    try:
        project = project_at(folder, facts.parent_step)
        dataset = facts.dataset or describe(project.dataset).title
    except (RunError, DataError):
        return facts
    facts = replace(facts, dataset=dataset)
    recipe = project.recipe
    return facts if facts.optimizer else replace(facts, optimizer=recipe.optimizer, learning_rate=recipe.learning_rate)


def _fits(type_name: object, value: object) -> bool:
    """Whether a value from a file fits a field whose type annotation is ``type_name``."""
    names = str(type_name).split(" | ")
    if value is None:
        return False
    if isinstance(value, bool):
        return "bool" in names
    if isinstance(value, int):
        return ("int" in names or "float" in names) and 0 <= value < 2**63
    if isinstance(value, float):
        return "float" in names and math.isfinite(value) and value >= 0
    return isinstance(value, str) and "str" in names and len(value) <= LONGEST


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST else ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
