"""Applying a fix to the project on screen, and previewing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import error_sentence, fix_label
from cnnviz.network.graph import GraphError
from cnnviz.network.layers import ParameterError
from cnnviz.project import edits

if TYPE_CHECKING:
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.network.problems import Fix


def apply(editor: ProjectEditor, fix: Fix) -> str:
    """Apply a fix as an undoable step; returns why it was refused, or an empty text."""
    if not editor.mends(fix):
        return QCoreApplication.translate("fixing", "“{fix}” would not help any more.").format(fix=fix_label(fix))
    try:
        project = edits.apply_fix(editor.project, fix)
    except (GraphError, ParameterError) as error:
        return error_sentence(error)
    editor.apply(fix_label(fix), project)
    return ""


def preview(editor: ProjectEditor, fix: Fix | None) -> None:
    """Preview a fix; None, or a fix that is refused, ends the preview."""
    editor.end_preview()
    if fix is None:
        return
    try:
        project = edits.apply_fix(editor.project, fix)
    except (GraphError, ParameterError):
        return
    editor.preview(fix_label(fix), project)
