"""Loads the dataset that a project names: one that the program knows, or images of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.catalogue import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.catalogue import Dataset
    from cnnviz.data.choice import DatasetChoice


def load_choice(
    choice: DatasetChoice, *, partly: bool = False, cancelled: Callable[[], bool] = lambda: False
) -> Dataset:
    """The three splits of a dataset; raises :class:`~cnnviz.data.errors.DataError`. Safe to call from any thread.

    ``partly`` returns images of the user that are larger than memory before all of them are decoded.
    Raises :class:`~cnnviz.jobs.CancelledError` soon after ``cancelled()`` returns True.
    """
    if choice.own is None:
        return load(choice.name, choice.validation, choice.split_seed)
    # not at the top of the file: most windows show no images of the user
    from cnnviz.data.sources.own import load_own

    return load_own(choice, partly=partly, cancelled=cancelled)
