"""Loads the images of a project on a separate thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.jobs import Job, JobError
from cnnviz.sentence import said

if TYPE_CHECKING:
    from cnnviz.data.catalogue import Dataset
    from cnnviz.data.choice import DatasetChoice
    from cnnviz.sentence import Sentence


class DatasetLoading:
    """Loads the images that were chosen last; loading those that were chosen before is cancelled."""

    def __init__(self) -> None:
        self._job: Job[None, Dataset] | None = None
        self._choice: DatasetChoice | None = None

    def load(self, choice: DatasetChoice) -> None:
        """Load a choice, unless it is the last one that was loaded."""
        if choice == self._choice:
            return
        self._choice = choice
        if self._job is not None:
            self._job.cancel()

        def work(job: Job[None, Dataset]) -> Dataset:
            try:
                return load_choice(choice, cancelled=job.cancelled.is_set)
            except DataError as error:
                raise JobError(said(error)) from error

        # after the end of the cancelled job: two datasets at once may not fit into memory
        self._job = Job("cnnviz-data", work, said, after=self._job).start()

    def take(self) -> Dataset | Sentence | None:
        """What has been loaded since the last call, or why it could not be; None if there is nothing new."""
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return None
        self._job = None
        if state.failure is not None:
            return state.failure.sentence
        return state.result

    def close(self) -> bool:
        """Stop loading; returns whether the thread has ended."""
        return self._job is None or self._job.close()
