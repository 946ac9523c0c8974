"""Imports within the package point down only: nobody needs who stands above."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pixembed

PACKAGE = Path(pixembed.__file__).parent


def _name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {_name(file): file for file in PACKAGE.rglob("*.py")}


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, those of functions too, but none that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from nodes(node)


def imported(name: str, text: str, modules: set[str]) -> set[str]:
    """The modules of the package that one of them imports.

    A folder's `__init__` runs before what stands in the folder; that is no import by
    the module, nor is the package itself with its version.
    """
    found = set()
    for node in nodes(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports are not in this graph"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules else node.module)
    return found & modules - {name, "pixembed"}


GRAPH = {
    name: imported(name, file.read_text(encoding="utf-8"), set(MODULES))
    for name, file in MODULES.items()
}


def room(name: str) -> str:
    """The module or folder right below the package, `noise` of `noise.cases`."""
    return f"{name}.".split(".")[1]


def rooms_below(name: str) -> set[str]:
    """The other rooms that the modules of one import."""
    return {
        room(found)
        for module, below in GRAPH.items()
        if room(module) == name
        for found in below
    } - {name}


def check_no_circle(graph: dict[str, set[str]]) -> None:
    """Names the modules of a circle, in the order of their imports."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # The sorter lists each before the one that imports it.
        circle = " imports ".join(reversed(error.args[1]))
        raise AssertionError(f"a circle: {circle}") from None


def test_no_module_imports_itself_by_way_of_others():
    check_no_circle(GRAPH)


def test_no_room_imports_itself_by_way_of_others():
    check_no_circle({name: rooms_below(name) for name in map(room, MODULES)})


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("checks", set()),
        ("files", {"checks"}),
        ("noise", {"checks", "files"}),
    ],
)
def test_a_room_of_the_ground_floor_imports_those_below_it_only(name, may):
    assert rooms_below(name) <= may


def test_only_the_command_line_stands_above_reproduction():
    above = {name for name in map(room, MODULES) if "reproduction" in rooms_below(name)}
    assert above == {"__main__"}


def test_what_a_function_imports_counts_and_what_a_type_checker_reads_does_not():
    text = (
        "if TYPE_CHECKING:\n    import pixembed.data\n"
        "def later():\n    from pixembed import files, __version__\n"
        "from pixembed.checks import check_seed\nimport numpy\n"
    )
    found = imported("pixembed.one", text, set(MODULES))
    assert found == {"pixembed.files", "pixembed.checks"}


def test_a_circle_is_named():
    # It may begin anywhere.
    named = "a imports b imports c|b imports c imports a|c imports a imports b"
    with pytest.raises(AssertionError, match=named):
        check_no_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
