"""The language of the window: sentences as text, localized numbers, and loading of translations.

Texts of the window pass ``tr()``, and texts of tables ``QCoreApplication.translate``. A
:class:`~cnnviz.sentence.Sentence`, wherever it arises, becomes text in :func:`text` alone.
"""

from __future__ import annotations

import re
from functools import cache, partial

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from cnnviz.resources import resource
from cnnviz.sentence import Language, Sentence, english, has_words, plural

CONTEXT = "sentences"
"""Translation context of the templates of sentences."""
_FOLDER = "translations"
_signs: dict[int, str] = {}
"""Replacements for comma and point of an English number, by code point; empty if they are the same."""
_LARGE = 1_000_000
"""Counts above this are reduced to their last digits, which decide on the plural form; Qt takes 32-bit counts."""


def text(sentence: Sentence, context: str = CONTEXT) -> str:
    """A sentence in the language of the window; ``context`` is where translators find its template."""
    return sentence.written(_language(context))


def counted(many: str, one: str, count: int, /, **values: object) -> str:
    """A sentence with a count in the language of the window, see :func:`cnnviz.sentence.plural`."""
    return text(plural(many, one, count, **values))


def localized(number: str) -> str:
    """A number in English form (``1,234.5``), rewritten for the language of the window."""
    return number.translate(_signs) if _signs else number


def localized_in(text: str) -> str:
    """A text in which numbers in English form, for example in a formula, are rewritten as in :func:`localized`."""
    return re.sub(r"(?<=\d)[.,](?=\d)", lambda sign: localized(sign[0]), text) if _signs else text


def set_locale(locale: QLocale) -> None:
    """Write numbers in the format of a locale."""
    QLocale.setDefault(locale)
    _signs.clear()
    signs = {",": locale.groupSeparator(), ".": locale.decimalPoint()}
    if signs != {",": ",", ".": "."}:
        _signs.update(str.maketrans(signs))


def install(owner: QObject, locale: QLocale | None = None) -> bool:
    """Load the translation for the first of the user's languages that has one; returns whether one was found.

    ``locale`` defaults to the system's. Without a translation numbers are written as in English,
    whatever the system's locale: a sentence and its numbers have the same language. ``owner`` owns the translators.
    """
    for language in (locale or QLocale.system()).uiLanguages():
        if QLocale(language).language() == QLocale.Language.English:
            break
        ours = QTranslator(owner)
        if ours.load("cnnviz_" + language.replace("-", "_"), str(resource(_FOLDER))):
            set_locale(QLocale(language))
            _install_qt(owner)
            return QCoreApplication.installTranslator(ours)
    set_locale(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    return False


def _install_qt(owner: QObject) -> None:
    """Load the translations of Qt's own dialogs, buttons and menus."""
    qt = QTranslator(owner)
    if qt.load(QLocale(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(qt)


def _template(context: str, sentence: Sentence) -> str:
    template, count = sentence.template, sentence.count
    if not has_words(template):
        return template
    if count is None:
        return QCoreApplication.translate(context, template)
    translated = QCoreApplication.translate(
        context, template, None, count if count < _LARGE else _LARGE + count % _LARGE
    )
    # without a translation Qt does not choose the singular in the source language
    return english(sentence) if translated == template else translated


@cache
def _language(context: str) -> Language:
    return Language(partial(_template, context), localized)
