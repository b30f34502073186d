"""Every regular expression of the package, with the ways in which the code uses it.

Each call of `re` in the source is found, wherever it stands. What a pattern gets only when the code runs (a title, a
prefix) is taken for a letter; what stands in a module is put in.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crmbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Use = tuple[re.Pattern[Any], frozenset[str]]

METHODS = frozenset({"fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer"})
ANY = re.compile("")
"""Stands for a pattern of which nothing is in the source: names as they are, or what a schema or a library gives."""
_UNKNOWN = "x"


@cache
def used() -> dict[str, Use]:
    """Return each pattern by module and name, or by its place where it has none, with its methods."""
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(crmbook.__path__, "crmbook.")
        if not info.name.endswith("__main__")
    ]
    trees = [ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in modules]
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for tree in trees:
        for name, uses in _methods(tree).items():
            shared[name or ""] |= uses if name and name.isupper() and name[0] != "_" else set()
    found: dict[str, Use] = {}
    for module, tree in zip(modules, trees, strict=True):
        found |= of_source(tree, vars(module), module.__name__, shared)
    return found


def of_source(
    tree: ast.Module, known: dict[str, Any], module: str, shared: Mapping[str, set[str]]
) -> dict[str, Use]:
    """Return the patterns of one module's source.

    Parameters
    ----------
    known
        What the module's names stand for.
    shared
        The methods that other modules call, by name of the pattern.
    """
    names, methods = _names(tree), _methods(tree)
    values = {name: value for value, name in names.items() if name and name not in known}
    found: dict[str, Use] = {}
    for node in ast.walk(tree):
        method = _of_re(node)
        if method is None:
            continue
        assert isinstance(node, ast.Call)
        name = names.get(node, "")
        uses = {method} - {"compile"} or methods.get(name, set()) | shared.get(name, set())
        is_top = method == "compile" and isinstance(known.get(name), re.Pattern)
        where = f"{module}.{name}" if is_top else f"{module}:{node.lineno}:{node.col_offset}"
        pattern = _compiled(node, known | values)
        found[where] = (pattern or ANY, frozenset(uses or {"search"}))
    return found


def _of_re(node: ast.AST) -> str | None:
    """Return which function of `re` a node calls with a pattern."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attr), args=[_, *_]):
            return attr if attr in METHODS | {"compile"} else None
    return None


def _names(tree: ast.Module) -> dict[ast.AST, str]:
    """Return to what name each call's value is given, as one or in a group."""
    found: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if node.value is not None:
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                found[node.value] = name
    return found


def _methods(tree: ast.Module) -> defaultdict[str | None, set[str]]:
    """Return which methods are called on what has a name, as ``name.sub`` and as ``self.name.sub``."""
    found: defaultdict[str | None, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", None)
            found[name].add(node.attr)
    return found


def _compiled(call: ast.Call, known: Mapping[str, Any]) -> re.Pattern[Any] | None:
    """Return the pattern of a call of `re`; None where nothing of it stands in the source."""
    pieces = list(_pieces(call.args[0], known))
    if not any(pieces):
        return None
    if isinstance(pieces[0], re.Pattern):
        return pieces[0]
    is_bytes = any(isinstance(piece, bytes) for piece in pieces)
    text = "".join(_text(piece) for piece in pieces)
    return re.compile(text.encode("latin-1") if is_bytes else text, _flags(call))


def _text(piece: object) -> str:
    if isinstance(piece, re.Pattern):
        piece = piece.pattern
    return piece.decode("latin-1") if isinstance(piece, bytes) else str(piece or _UNKNOWN)


def _pieces(node: ast.expr, known: Mapping[str, Any]) -> Iterator[object]:
    """Yield the pieces of a pattern's text; None for what only the running code knows."""
    match node:
        case ast.Constant():
            yield node.value
        case ast.JoinedStr():
            for piece in node.values:
                yield from _pieces(piece, known)
        case ast.FormattedValue():
            yield from _pieces(node.value, known)
        case ast.BinOp(op=ast.Add()):
            yield from _pieces(node.left, known)
            yield from _pieces(node.right, known)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=left)):
            yield left.replace(b"%s", b"x") if isinstance(left, bytes) else left.replace("%s", _UNKNOWN)
        case ast.IfExp():
            yield from _pieces(node.orelse, known)
        case ast.Name(id=name) if isinstance(known.get(name), ast.expr):
            yield from _pieces(known[name], known)
        case _:
            try:
                value = eval(compile(ast.Expression(node), "", "eval"), dict(known))
            except (NameError, AttributeError, TypeError, KeyError):
                value = None
            yield value if isinstance(value, str | bytes | re.Pattern) else None


def _flags(call: ast.Call) -> int:
    words = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
    return sum(re.RegexFlag[word] for word in words & re.RegexFlag.__members__.keys())
