"""One export from its beginning to its end: written aside, verified, and moved into place."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.export.formats import missing, not_verified, write
from cnnviz.export.subject import ExportError, Options, Subject
from cnnviz.export.verification import verify
from cnnviz.files import cause, is_folder, is_there, shown
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.data.catalogue import Split
    from cnnviz.export.formats import Format
    from cnnviz.export.verification import Verification

UNVERIFIED = "-unverified"
"""Added to the name of an export that another program could not run, or for which it computes something else."""
README = "README.md"
_ASIDE = ".cnnviz-"
_NOT_WANTED = Sentence("It was not verified.")


@dataclass(frozen=True)
class Progress:
    """What is done: the ``format`` is written, or ``verifying`` has compared ``done`` of ``images`` images."""

    format: Format
    verifying: bool = False
    done: int = 0
    images: int = 0


@dataclass(frozen=True)
class Exported:
    """A finished export: its ``files``, the most important first, and ``place``, the file or folder that holds them;
    ``origin`` says where the weights come from.

    ``verification`` is the comparison with the other program; without it ``unverified`` says why there is none.
    ``failed`` is True if the other program could not run it or computes something else.
    """

    format: Format
    place: Path
    files: tuple[Path, ...]
    verification: Verification | None
    unverified: Sentence | None
    failed: bool
    origin: Sentence

    @property
    def verified(self) -> bool:
        """Whether another program gives the same answers."""
        return self.verification is not None and self.verification.holds

    @property
    def sentence(self) -> Sentence:
        """The result of the verification, or why there is none."""
        if self.verification is not None:
            return self.verification.sentence
        return self.unverified or _NOT_WANTED


def images_of(subject: Subject) -> tuple[str, Split] | None:
    """The images on which an export is verified: those set aside for validation, else the test images.

    None if they are not on this machine, or have another size or more classes than the network.
    """
    try:
        dataset = load_choice(subject.project.dataset)
    except DataError:
        return None
    for name, split in (("validation", dataset.validation), ("test", dataset.test)):
        if len(split):
            fits = split.images.shape[1:] == subject.input.shape and int(split.labels.max()) < len(subject.classes)
            return (name, split) if fits else None
    return None


def places(subject: Subject, formats: Sequence[Format], out: Path) -> tuple[Path, ...]:
    """The files and folders that exports to ``formats`` become in the folder ``out``."""
    return tuple(out / f"{subject.stem}{format.ending}" for format in formats)


def export(
    format: Format,
    subject: Subject,
    out: Path,
    images: Callable[[], tuple[str, Split] | None],
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    options: Options = Options(),  # noqa: B008 - a value
    *,
    replace: bool = False,
    verified: bool = True,
) -> Exported | None:
    """Export to the folder ``out``, which is made if needed; None if ``cancelled``: nothing is left then.

    What is there already is an error, unless ``replace``. ``images`` returns the images on which the export is
    ``verified``, see :func:`images_of`. Raises :class:`~cnnviz.sentence.SaidError`.
    """
    (place,) = places(subject, (format,), out)
    if is_there(place) and not replace:
        raise ExportError(
            Sentence("“{name}” is there already. Choose another folder, or delete it.", name=shown(place))
        )
    new = not is_folder(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=out))
    except OSError as error:
        raise _unwritten(out, error) from error
    try:
        report(Progress(format))
        try:
            files = write(format, subject, aside, options, cancelled)
        except SaidError:
            if cancelled():
                return None
            raise
        if cancelled():
            return None
        verification, unverified, failed = _compared(
            format, files, subject, images, report, cancelled, verified=verified
        )
        if cancelled():
            return None
        exported = Exported(format, place, files, verification, unverified, failed, subject.origin)
        _note(aside, exported)
        return _moved(exported, aside)
    except OSError as error:
        raise _unwritten(out, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if new:
            # only an empty folder can be removed so
            with suppress(OSError):
                out.rmdir()


def _compared(
    format: Format,
    files: Sequence[Path],
    subject: Subject,
    images: Callable[[], tuple[str, Split] | None],
    report: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    *,
    verified: bool,
) -> tuple[Verification | None, Sentence | None, bool]:
    """The verification, why there is none, and whether it failed."""
    if not verified:
        return None, _NOT_WANTED, False
    if absent := missing(format):
        return None, not_verified(absent), False
    images_given = images()
    count = 0 if images_given is None else len(images_given[1])
    report(Progress(format, verifying=True, images=count))
    try:
        verification = verify(
            format,
            files,
            subject,
            images_given,
            lambda done: report(Progress(format, verifying=True, done=done, images=count or done)),
            cancelled,
        )
    except SaidError as error:
        return None, error.sentence, True
    return verification, None, verification is not None and not verification.holds


def _note(aside: Path, exported: Exported) -> None:
    """Write the result into the README of a folder."""
    for file in aside.rglob(README):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"\n## Verification\n\n{exported.sentence}\n")


def _moved(exported: Exported, aside: Path) -> Exported:
    """The export after its files were moved from the folder ``aside`` to their place."""
    place, files = exported.place, []
    if exported.failed:
        place = place.with_name(
            f"{place.name.removesuffix(exported.format.ending)}{UNVERIFIED}{exported.format.ending}"
        )
    for entry in sorted(aside.iterdir()):
        target = place if entry.name == exported.place.name else place.with_name(entry.name)
        if is_there(target):
            # what stood there goes away with the folder aside
            target.rename(Path(tempfile.mkdtemp(dir=aside)) / target.name)
        entry.rename(target)
        files += [
            target / path.relative_to(entry) for path in exported.files if path == entry or path.is_relative_to(entry)
        ]
    return dataclasses.replace(exported, place=place, files=tuple(files))


def _unwritten(out: Path, error: OSError) -> ExportError:
    return ExportError(
        Sentence("Nothing could be exported to “{name}”: {reason}.", name=shown(out), reason=cause(error))
    )
