"""What a docstring lists is there: attributes of classes, parameters of functions; no name of yesterday stays behind."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
_SECTION = re.compile(
    r"^(Attributes|Parameters)\n-{4,}\n(.*?)(?=^\w[\w ]*\n-{4,}\n|\Z)", re.MULTILINE | re.DOTALL
)


def listed(node: ast.ClassDef | ast.FunctionDef, section: str) -> Iterator[str]:
    """Yield the names that a section of a docstring lists."""
    for title, text in _SECTION.findall(ast.get_docstring(node) or ""):
        if title == section:
            for line in text.splitlines():
                if line and not line.startswith(" "):
                    yield from (name.strip().lstrip("*") for name in line.split(" : ")[0].split(","))


def own_names(node: ast.ClassDef) -> set[str]:
    """Return what a class defines: fields, methods, and what is set on ``self``."""
    found = {one.name for one in ast.walk(node) if isinstance(one, ast.FunctionDef)}
    found |= {
        one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    return found | {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self"
    }


def names_of(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return what a class has, with what it inherits."""
    found = own_names(node)
    for base in node.bases:
        parent = classes.get(getattr(base, "id", getattr(base, "attr", "")))
        if parent is not None and parent is not node:
            found |= names_of(parent, classes)
    return found


def parameters(node: ast.ClassDef | ast.FunctionDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return the parameters of a function, or of what makes an instance of a class."""
    if isinstance(node, ast.FunctionDef):
        return {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return parameters(one, classes)
    parents = [getattr(base, "id", getattr(base, "attr", "")) for base in node.bases]
    inherited = [parameters(classes[name], classes) for name in parents if name in classes]
    return names_of(node, classes).union(*inherited)


def unknown(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Return what docstrings list that is not there, by file and line."""
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    classes = {node.name: node for _, node in nodes if isinstance(node, ast.ClassDef)}
    found: dict[str, set[str]] = {}
    for path, node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            missing = set(listed(node, "Parameters")) - parameters(node, classes)
            if isinstance(node, ast.ClassDef):
                missing |= set(listed(node, "Attributes")) - names_of(node, classes)
            if missing:
                found[f"{path}:{node.lineno}"] = missing
    return found


def test_a_name_of_yesterday_is_found():
    source = '''
class Copy:
    """A copy.

    Attributes
    ----------
    stamp, place
        Two of them.
    """

    stamp: str

def read(path):
    """Read it.

    Parameters
    ----------
    file
        Which.
    """
'''
    assert unknown({"a.py": ast.parse(source)}) == {"a.py:2": {"place"}, "a.py:13": {"file"}}


def test_docstrings_list_what_is_there():
    paths = sorted((ROOT / "crmbook").rglob("*.py"))
    assert unknown({str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}) == {}
