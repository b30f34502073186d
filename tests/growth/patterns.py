"""Every regular expression of the package, with the ways in which the code uses it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import crmbook

if TYPE_CHECKING:
    from types import ModuleType

METHODS = frozenset({"fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer"})


@cache
def used() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Return each pattern by module and name (or line, for one written where it is used) with its methods."""
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    for info in pkgutil.walk_packages(crmbook.__path__, "crmbook."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        found |= _of_module(module)
    return found


def _of_module(module: ModuleType) -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    compiled = {name: item for name, item in vars(module).items() if isinstance(item, re.Pattern)}
    methods: defaultdict[str, set[str]] = defaultdict(set)
    written: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    with open(str(module.__file__), encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Attribute)
            or node.attr not in METHODS
            or not isinstance(node.value, ast.Name)
        ):
            continue
        methods[node.value.id].add(node.attr)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.func.attr in METHODS:
            source = node.args[0]
            if isinstance(source, ast.Constant):
                flags = re.DOTALL if "DOTALL" in ast.dump(node) else 0
                written[f"{module.__name__}:{node.lineno}"] = (
                    re.compile(source.value, flags),
                    frozenset({node.func.attr}),
                )
    named = {
        f"{module.__name__}.{name}": (pattern, frozenset(methods[name]))
        for name, pattern in compiled.items()
        if methods[name]
    }
    return named | written
