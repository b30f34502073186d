"""The layout of the code: its packages, who imports whom, and the document that describes them."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/architecture.md"
TREES = ("crmbook", "benchmarks")
FUNCTION, MODULE, MEDIAN = 45, 400, 130
"""The most lines of a function and of a module, and of a module in the middle."""


@cache
def modules(tree: str) -> dict[str, Path]:
    """Return the files of a package by dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / tree).rglob("*.py"))
    }


@cache
def imports(tree: str) -> dict[str, set[tuple[str, str]]]:
    """Return by module what it imports of its tree, for type checking too: module and name."""
    known = modules(tree)
    found: dict[str, set[tuple[str, str]]] = {}
    for name, path in known.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == tree:
                found[name] |= {(str(node.module), alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                found[name] |= {(alias.name, "") for alias in node.names if alias.name in known}
    return found


def arrows(tree: str) -> dict[str, set[str]]:
    """Return by file the files that it imports; a package's `__init__` stands for the package."""
    known = modules(tree)
    return {
        name: {
            target
            for module, item in found
            if (target := f"{module}.{item}" if f"{module}.{item}" in known else module) in known
        } - {name}
        for name, found in imports(tree).items()
    }  # fmt: skip


def without_circles(graph: dict[str, set[str]]) -> set[str]:
    """Return the files that lie in a circle, or between two."""
    left = dict(graph)
    while free := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in free}
    return set(left)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_no_module_lies_loose():
    assert {path.name for path in (ROOT / "crmbook").glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.sample(1)
@pytest.mark.parametrize("tree", TREES)
def test_no_file_imports_in_a_circle(tree):
    assert without_circles(arrows(tree)) == set()


def test_a_circle_is_found():
    assert without_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}


def test_packages_are_imported_by_their_face():
    past = {
        f"{name}: from {module} import {item}"
        for name, found in imports("crmbook").items()
        for module, item in found
        if room(name) and module.count(".") > 1 and room(module) != room(name)
    }
    assert past == set()


def test_a_face_exports_what_others_use():
    used = {
        (room(module), item)
        for name, found in imports("crmbook").items()
        for module, item in found
        if module.count(".") == 1 and room(module) != room(name)
    }
    for package in sorted({room(name) for name in modules("crmbook")} - {"", "__main__"}):
        exported = set(import_module(f"crmbook.{package}").__all__)
        assert {item for owner, item in used if owner == package} <= exported


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`(crmbook(?:\.\w+)+)`", DOCUMENT.read_text("utf-8"))))
)
def test_what_the_document_names_is_there(name):
    module, rest = name, []
    while module not in modules("crmbook"):
        module, _, last = module.rpartition(".")
        rest.insert(0, last)
    found = import_module(module)
    for item in rest:
        found = getattr(found, item)


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`(\w+(?:/[\w<>*.]+)+)`", DOCUMENT.read_text("utf-8"))))
)
def test_every_path_of_the_document_is_there(name):
    assert list(ROOT.glob(name.replace("<command>", "*").rstrip("/")))


def unknown_names(text: str) -> set[str]:
    """Return the names in a text, other than dotted ones of crmbook's, that no code of crmbook's bears."""
    known = set()
    for name, path in modules("crmbook").items():
        known |= set(name.split("."))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                known.add(node.name)
            elif isinstance(node, ast.Name | ast.Attribute):
                known.add(node.id if isinstance(node, ast.Name) else node.attr)
    named = set(re.findall(r"`([A-Za-z_]\w*(?:\.\w+)*)`", text))
    named = {name for name in named if not name.startswith("crmbook.") and not name.endswith(".py")}
    return {name for name in named if not set(name.split(".")) <= known}


def test_the_documents_other_names_are_there():
    assert unknown_names("`Store.mark_written`, `Herald.tell_all` and `sync`") == {"Herald.tell_all"}
    assert unknown_names(DOCUMENT.read_text("utf-8")) == set()


def test_the_document_lists_every_package():
    rows = re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted({room(name) for name in modules("crmbook")} - {"", "__main__"})


def sizes(text: str) -> dict[str, int]:
    """Return the lines of each function, from ``def`` to its last line, docstring and inner functions included.

    A parameter counts as one line: an option of the command line has its flags and the code of its help text in its
    annotation, which the formatter breaks over three or four.
    """
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
            broken = sum((one.end_lineno or 0) - one.lineno for one in parameters)
            found[f"{node.name}:{node.lineno}"] = (node.end_lineno or 0) - node.lineno + 1 - broken
    return found


COMMAND = """
def command(
    path: Annotated[
        str, Option("--path")
    ] = "",
) -> None:
    '''Do it.

    At once.
    '''
    def inner():
        return 1
"""


def test_a_function_is_measured_whole_and_its_parameters_one_line_each():
    assert sizes(COMMAND) == {"command:2": 9, "inner:11": 2}


@pytest.mark.parametrize("tree", TREES)
def test_no_function_is_long(tree):
    assert {
        f"{name}.{function}": lines
        for name, path in modules(tree).items()
        for function, lines in sizes(path.read_text(encoding="utf-8")).items()
        if lines > FUNCTION
    } == {}


def test_no_module_is_long():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in modules("crmbook").items()}
    assert {name: count for name, count in lines.items() if count > MODULE} == {}
    faces = {name for name, path in modules("crmbook").items() if path.name == "__init__.py"}
    assert median(count for name, count in lines.items() if name not in faces) <= MEDIAN


def test_no_folder_of_tests_is_left_out(pytestconfig):
    """Pytest passes over folders of some names, such as ``build``, without a word."""
    passed_over = pytestconfig.getini("norecursedirs")
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(folders) > 20
    assert [
        folder
        for folder in folders
        if any(fnmatch(part, pattern) for part in folder.parts for pattern in passed_over)
    ] == []
