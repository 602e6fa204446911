"""Sentences that arise below the window, translated: the template first, the values filled in afterwards."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.code.read import remarks
from cnnviz.network.graph import MESSAGES, GraphError
from cnnviz.network.problems import LABELS, Fix, Problem
from cnnviz.numerals import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.read.remarks import Remark
    from cnnviz.settings import Framework

FRAMEWORKS: Mapping[Framework, str] = MappingProxyType({"pytorch": "PyTorch", "keras": "Keras"})
"""How the frameworks are called."""


def problem_sentence(problem: Problem) -> str:
    """A problem as a sentence in the language of the window."""
    return problem.sentence(QCoreApplication.translate("problems", problem.kind.template))


def fix_label(fix: Fix) -> str:
    """The text of a fix's button in the language of the window."""
    values = dict(fix.values)
    if "parameter" in values:
        before, space, parameter = str(values["parameter"]).rpartition(" ")
        values["parameter"] = before + space + parameter.replace("_", " ")
    return replace(fix, values=values).label(QCoreApplication.translate("problems", LABELS[fix.code]))


def error_sentence(error: ValueError) -> str:
    """An edit that was refused, as a sentence in the language of the window."""
    if isinstance(error, GraphError):
        return QCoreApplication.translate("problems", MESSAGES[error.code]).format(**error.values)
    return str(error)


def remark_sentence(remark: Remark) -> str:
    """What there is to say of pasted source, in the language of the window."""
    return remark.sentence(QCoreApplication.translate("export", remarks.MESSAGES[remark.code]))


def pace_text(pace: float) -> str:
    """Batches a second in words."""
    if pace >= 1:
        one = QCoreApplication.translate("sentences", "1 batch a second")
        return one if pace == 1 else QCoreApplication.translate("sentences", "%g batches a second") % pace
    return QCoreApplication.translate("sentences", "1 batch in %g seconds") % (1 / pace)


def layers(count: int) -> str:
    """``1 layer``, ``7 layers``."""
    if count == 1:
        return QCoreApplication.translate("sentences", "1 layer")
    return QCoreApplication.translate("sentences", "{count} layers").format(count=grouped(count))


def parameters(count: int) -> str:
    """``1 parameter``, ``54,410 parameters``."""
    if count == 1:
        return QCoreApplication.translate("sentences", "1 parameter")
    return QCoreApplication.translate("sentences", "{count} parameters").format(count=grouped(count))


def epochs(count: int) -> str:
    """``1 epoch``, ``5 epochs``."""
    if count == 1:
        return QCoreApplication.translate("sentences", "1 epoch")
    return QCoreApplication.translate("sentences", "{count} epochs").format(count=grouped(count))


def span(seconds: float) -> str:
    """A time of seconds to days, as a person would say it: ``40 s``, ``12 min``, ``1.5 h``, ``12 days``."""
    translate = QCoreApplication.translate
    if seconds < 90:
        return translate("sentences", "{count} s").format(count=round(seconds))
    if seconds < 90 * 60:
        return translate("sentences", "{count} min").format(count=round(seconds / 60))
    if seconds < 48 * 3600:
        return translate("sentences", "{count} h").format(count=f"{seconds / 3600:.2g}")
    return translate("sentences", "{count} days").format(count=round(seconds / 86400))


def about(seconds: float) -> str:
    """About how long: ``about 12 min``."""
    return QCoreApplication.translate("sentences", "about {time}").format(time=span(seconds))
