"""Reads the files that the user opens: a project, an archive, or a training that was kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.data.catalogue import describe
from cnnviz.data.errors import DataError
from cnnviz.files import shown
from cnnviz.project.adapting import fitted_to
from cnnviz.project.file import ProjectFileError, Saved, read
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.sentence import Sentence, said
from cnnviz.training.fitting_batch import with_fitting_batch

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.data.choice import DatasetChoice


def read_project(path: Path) -> Saved:
    """The project in a file, if its dataset is known, and its run; raises :class:`ProjectFileError`."""
    saved = read(path)
    _checked(saved.project, path)
    return saved


def template_for(name: str, images: DatasetChoice | None = None) -> Project:
    """The project of a template, or the empty project without a name.

    If ``images`` are the user's own and at hand, the template is fitted to them.
    """
    project = TEMPLATES[name].project() if name else Project()
    if images is None or images.own is None or not describe(images).at_hand:
        return project
    return with_fitting_batch(fitted_to(project, images)) if name else replace(project, dataset=images)


def read_archive(path: Path) -> Project | None:
    """The project in an archive of project and weights, None if the file is no archive; raises
    :class:`ProjectFileError`."""
    # not at the top of the file: most windows open no archive
    from cnnviz.runs import archive
    from cnnviz.runs.folder import RunError

    if not archive.is_archive(path):
        return None
    try:
        return _checked(archive.project_in(path), path)
    except RunError as error:
        raise ProjectFileError(said(error)) from error


def read_training(folder: Path) -> Project:
    """The project of a training that was kept; raises :class:`ProjectFileError` with a sentence."""
    # not at the top of the file: it imports torch
    from cnnviz.training.checkpoint import project_of
    from cnnviz.training.checkpoint_entry import CheckpointError

    try:
        return _checked(project_of(folder), folder)
    except CheckpointError as error:
        raise ProjectFileError(said(error)) from error


def _checked(project: Project, path: Path) -> Project:
    """The project itself; raises :class:`ProjectFileError` if its dataset is not known."""
    try:
        describe(project.dataset)
    except DataError as error:
        raise ProjectFileError(
            Sentence("“{name}” could not be opened. {reason}", name=shown(path.name), reason=said(error))
        ) from error
    return project
