"""Collects every text of the program into ``resources/translations/cnnviz_en.ts``, for translators.

    python packaging/collect_texts.py

Translations beside that file (``cnnviz_de.ts`` ...) are brought up to date too: what is translated stays, new texts are
added as unfinished, texts that are gone are removed. Texts are found in two ways: literals where they are said
(``tr``, ``translate``, ``QT_TRANSLATE_NOOP``, ``Sentence``, ``plural`` and ``counted``), and the tables of the program,
such as the parameters of layers and the kinds of problems. A text that is neither ends the script with its place.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cnnviz.code.read import remarks  # noqa: E402
from cnnviz.code.write import source as export  # noqa: E402
from cnnviz.data.choice import DatasetChoice  # noqa: E402
from cnnviz.export.formats import FORMATS  # noqa: E402
from cnnviz.gui.builder.kinds import FAMILIES  # noqa: E402
from cnnviz.gui.language import CONTEXT  # noqa: E402
from cnnviz.gui.panels.layer_table.rows import COLUMNS  # noqa: E402
from cnnviz.gui.widgets.allowed_values import EXPECTED  # noqa: E402
from cnnviz.gui.widgets.terms import TERMS  # noqa: E402
from cnnviz.network import graph, problems  # noqa: E402
from cnnviz.network.layers import KINDS  # noqa: E402
from cnnviz.network.problem_kinds import PROBLEM_KINDS  # noqa: E402
from cnnviz.parameters import parameters_of  # noqa: E402
from cnnviz.project import layout  # noqa: E402
from cnnviz.project.recipe import Recipe  # noqa: E402
from cnnviz.project.templates import MEASURED_ON, TEMPLATES  # noqa: E402
from cnnviz.sentence import has_words  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FOLDER = ROOT / "resources" / "translations"
ENGLISH = FOLDER / "cnnviz_en.ts"
PACKAGE = ROOT / "cnnviz"
TABLES = {
    "code/read/chain.py": {"template"},
    "code/read/remarks.py": {"MESSAGES[self.code]"},
    "code/write/source.py": {"MESSAGES[code]"},
    "gui/builder/kinds.py": {"kind.summary", "FAMILIES[family]"},
    "gui/panels/layer_table/model.py": {"name"},
    "gui/panels/microscope/page.py": {"template"},
    "gui/panels/settings/panel.py": {"layer.formula", "layer.summary"},
    "gui/shell/export_rows.py": {"format.about", "format.title"},
    "gui/shell/start_page.py": {"MEASURED_ON", "template.about", "template.title"},
    "gui/widgets/allowed_values.py": {"EXPECTED[parameter.form]", "parameter.unit"},
    "gui/widgets/fields.py": {"choice"},
    "gui/widgets/form.py": {"parameter.help", "parameter.unit"},
    "gui/widgets/terms.py": {"text"},
    "imports/onnx/assembly.py": {"kind.template"},
    "network/graph.py": {"MESSAGES[code]"},
    "network/problems.py": {"LABELS[self.code]", "self.kind.template"},
    "parameters.py": {"name.replace('_', ' ')"},
    "project/differences.py": {"parameter.unit", "str(value)"},
    "project/layout.py": {"MESSAGES[code]"},
    "project/recipe.py": {"parameter.title.template.capitalize()"},
}
"""In which files which expressions are texts of a table that :func:`in_tables` reads."""
_MARKED = re.compile(r"QT_TRANSLATE_NOOP\(\s*\"(\w+)\"")
COUNT = "{count}"
"""The field of a text whose words depend on a count."""
PASSED_ON = frozenset({"sentence.py", "gui/language.py", "gui/translation.py"})
"""Files that pass on what others say."""


class UncollectedTextError(Exception):
    """A text that is no literal and in no known table."""


@dataclass(frozen=True, order=True)
class Message:
    """One text: ``context`` is the class or table that it belongs to.

    Where it is ``counted``, it has as many translations as the language has plural forms. ``one`` is then the English
    for a count of 1, where that differs.
    """

    context: str
    text: str
    counted: bool = False
    one: str = ""


def collect() -> tuple[Message, ...]:
    """All texts, in order, each once."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    # what is looked up in these contexts stands in tables whose rows are marked
    marked = frozenset(context for source in sources.values() for context in _MARKED.findall(source))
    found = {message for path, source in sources.items() for message in in_source(path, source, marked)}
    found.update(in_tables())
    # where a text is said with a count and without, its forms are needed
    last = {(message.context, message.text): message for message in sorted(found) if has_words(message.text)}
    return tuple(sorted(last.values()))


def in_source(path: Path, source: str, marked: frozenset[str] = frozenset()) -> Iterator[Message]:
    """The texts that are literals in a file. In ``marked`` contexts others may be looked up."""
    name = path.relative_to(PACKAGE).as_posix()
    if name in PASSED_ON:
        return
    tree = ast.parse(source)
    short = _short_names(tree)
    tree.body = [one for one in tree.body if not isinstance(one, ast.FunctionDef) or one.name not in short]
    for owner, call in _calls(tree, ""):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        context, first = CONTEXT, 0
        match function:
            case "tr":
                context = owner
            case _ if function in short:
                context = short[function]
            case "translate" | "QT_TRANSLATE_NOOP" if len(call.args) >= 2:
                if not isinstance(call.args[0], ast.Constant) or not isinstance(call.args[0].value, str):
                    continue  # a painter, or an action of a table: its row is marked
                context, first = call.args[0].value, 1
            case "Sentence" | "plural" | "counted":
                pass
            case _:
                continue
        if context in marked and function != "QT_TRANSLATE_NOOP" and not isinstance(call.args[first], ast.Constant):
            continue
        texts = _literals(call.args[first], name)
        ones = _literals(call.args[1], name) if function in ("plural", "counted") else [""]
        counts = function in ("Sentence", "plural", "counted", "QT_TRANSLATE_NOOP")
        yield from (Message(context, text, counts and COUNT in text, one) for text in texts for one in ones)


def in_tables() -> Iterator[Message]:
    """The texts of tables that are translated where they are shown."""
    for kind in KINDS.values():
        yield from (_in_sentences(kind.summary), _in_sentences(kind.formula))
    for described in (*KINDS.values(), Recipe, DatasetChoice):
        for parameter in parameters_of(described):
            for text in (parameter.title.template, parameter.help, parameter.unit, *parameter.choices):
                yield _in_sentences(text)
            if parameter.form == "switch":
                # a sentence begins with it
                yield _in_sentences(parameter.title.template.capitalize())
    for kind_of_problem in PROBLEM_KINDS.values():
        yield _in_sentences(kind_of_problem.template)
        yield _in_sentences(kind_of_problem.nameless)
    for table in (
        graph.MESSAGES,
        layout.MESSAGES,
        remarks.MESSAGES,
        export.MESSAGES,
        problems.LABELS,
        FAMILIES,
        EXPECTED,
    ):
        yield from (_in_sentences(text) for text in table.values())
    for term, explanation in TERMS.items():
        yield from (Message("terms", term), Message("terms", explanation))
    for template in TEMPLATES.values():
        yield from (_in_sentences(template.title), _in_sentences(template.about))
    yield _in_sentences(MEASURED_ON)
    yield from (_in_sentences(text) for format in FORMATS.values() for text in (format.title, format.about))
    yield from (Message("LayerModel", column) for column in COLUMNS)


def _in_sentences(text: str) -> Message:
    return Message(CONTEXT, text, COUNT in text)


def written(messages: Iterable[Message], language: str = "", translations: Translations | None = None) -> str:
    """The content of a ``.ts`` file; without ``translations`` every text is unfinished."""
    known = translations or {}
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    target = f' language="{language}"' if language else ""
    lines.append(f'<TS version="2.1" sourcelanguage="en"{target}>')
    context = ""
    for message in sorted(messages):
        if message.context != context:
            lines += ["</context>"] if context else []
            context = message.context
            lines += ["<context>", f"    <name>{escape(context)}</name>"]
        lines += _entry(message, known.get((message.context, message.text)))
    return "\n".join([*lines, *(["</context>"] if context else []), "</TS>", ""])


Translations = dict[tuple[str, str], tuple[str, ...]]
"""By context and English text: the translation, or one for each plural form of the language."""


def read(path: Path) -> Translations:
    """What is translated in a ``.ts`` file."""
    done: Translations = {}
    for context in ET.fromstring(path.read_text(encoding="utf-8")).iter("context"):
        for message in context.iter("message"):
            forms = [form.text or "" for form in message.iter("numerusform")]
            translation = tuple(forms) if forms else (message.findtext("translation") or "",)
            if any(translation):
                done[context.findtext("name") or "", message.findtext("source") or ""] = translation
    return done


def _entry(message: Message, translation: Sequence[str] | None) -> list[str]:
    opening = '    <message numerus="yes">' if message.counted else "    <message>"
    lines = [opening, f"        <source>{escape(message.text)}</source>"]
    state = "" if translation else ' type="unfinished"'
    if message.one:
        lines.append(f"        <extracomment>English for a count of 1: {escape(message.one)}</extracomment>")
    if message.counted:
        forms = "".join(f"<numerusform>{escape(form)}</numerusform>" for form in translation or ("", ""))
        lines.append(f"        <translation{state}>{forms}</translation>")
    else:
        lines.append(f"        <translation{state}>{escape(translation[0]) if translation else ''}</translation>")
    return [*lines, "    </message>"]


def _short_names(tree: ast.Module) -> dict[str, str]:
    """The functions of a file that do nothing but translate their argument, and the contexts in which they do."""
    found = {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and isinstance(function.body[-1], ast.Return):
            match function.body[-1].value:
                case ast.Call(ast.Attribute(attr="translate"), [ast.Constant(str(context)), ast.Name(argument)]):
                    if [one.arg for one in function.args.args] == [argument]:
                        found[function.name] = context
    return found


def _calls(node: ast.AST, owner: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the class that it stands in: Qt finds what passes ``tr`` by that name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and child.args:
            yield owner, child
        yield from _calls(child, child.name if isinstance(child, ast.ClassDef) else owner)


def _literals(node: ast.expr, name: str) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body, name), *_literals(node.orelse, name)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if (expression := ast.unparse(node)) in TABLES.get(name, ()):
        return []
    raise UncollectedTextError(
        f"cnnviz/{name}, line {node.lineno}: “{expression}” is no literal. Write the text there, or add its table to"
        " packaging/collect_texts.py."
    )


def main() -> None:
    """Write all files anew."""
    messages = collect()
    FOLDER.mkdir(parents=True, exist_ok=True)
    ENGLISH.write_text(written(messages), encoding="utf-8")
    print(f"{ENGLISH.relative_to(ROOT)}: {len(messages)} texts")
    for path in sorted(FOLDER.glob("cnnviz_*.ts")):
        if path != ENGLISH:
            done = read(path)
            path.write_text(written(messages, path.stem.removeprefix("cnnviz_"), done), encoding="utf-8")
            count = sum((message.context, message.text) in done for message in messages)
            print(f"{path.relative_to(ROOT)}: {count} of {len(messages)} texts are translated")


if __name__ == "__main__":
    main()
