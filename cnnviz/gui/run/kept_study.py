"""Results of studies in files beside the recorded moment that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment

R = TypeVar("R")


def kept_or_made(
    folder: Path | None,
    name: str,
    moment: Moment,
    images: Split,
    arrays_of: Callable[[R], Mapping[str, NDArray[Any]]],
    result_of: Callable[[dict[str, NDArray[Any]]], R],
    make: Callable[[], R | None],
) -> R | None:
    """The result of the study ``name`` at a moment for ``images``; None if ``make`` returns None.

    ``folder`` is the folder of the moment's run, where results are read if they were made before; None: nothing is read
    or kept. Results are kept if the moment is recorded, or will be because training stands still there. Nothing is
    added to a run of another process or outside the library. ``arrays_of`` turns a result into arrays, and
    ``result_of`` turns them into a result, as in :mod:`cnnviz.inspection.studies.kept`, which tells their shapes and
    dtypes.
    """
    # imported here: torch must not be imported on the thread of the window
    from cnnviz.inspection.studies import kept
    from cnnviz.runs.folder import is_recorded, study_path
    from cnnviz.runs.ownership import belongs_here
    from cnnviz.runs.recorder import runs_folder

    if folder is None:
        return make()
    path, key = study_path(folder, moment.step, name), kept.key_of(moment, images)
    result = kept.read(path, key, result_of)
    if result is None:
        result = make()
        has_moment = moment.settled or is_recorded(folder, moment.step)
        if result is not None and has_moment and belongs_here(folder, runs_folder()):
            kept.write(path, arrays_of(result), key)
    return result
