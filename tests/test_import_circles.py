"""No module, and no package, imports itself by way of others; imports for types alone count as well."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

ROOMS = ("cli", "data", "code", "export", "gui", "imports", "inspection", "network", "project", "runs", "training")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("cnnviz", exclude_type_checking_imports=False, cache_dir=None)


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_of_a_room_is_in_a_circle(graph: grimp.ImportGraph, room: str) -> None:
    package = f"cnnviz.{room}"
    modules = {package} | graph.find_descendants(package)
    imported = {module: graph.find_modules_directly_imported_by(module) & modules for module in modules}
    assert _circle(imported) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_package_of_a_room_is_in_a_circle(graph: grimp.ImportGraph, room: str) -> None:
    package = f"cnnviz.{room}"
    for parent in sorted({package} | graph.find_descendants(package)):
        children = graph.find_children(parent)
        owner = {module: child for child in children for module in {child} | graph.find_descendants(child)}
        imported = {child: set[str]() for child in children}
        for module, child in owner.items():
            imported[child] |= {owner.get(one, child) for one in graph.find_modules_directly_imported_by(module)}
        assert _circle({child: others - {child} for child, others in imported.items()}) == []


def _circle(imported: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first also at the end; empty if there is none."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_a_circle_is_found() -> None:
    assert sorted(_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})[1:]) == ["b", "c"]
