"""Formulas: found wherever the schema holds them, parsed and bound; mistakes pointed at inside the YAML.

A formula may read what exists somewhere in the library but not in this template. Where that leaves a hole (a
derived field of a managed table) it is a problem; elsewhere (a check, a mark, a reminder, a key figure, a table
that only shows) the thing is left out of the book.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from crmbook.formula import Formula, FormulaError, Kind, Scope, bind, parse
from crmbook.schema.fieldtypes import FIELD_TYPES, Storage
from crmbook.schema.problem import Problem, problem
from crmbook.schema.sites import Path, Site, iter_sites

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.base import Language
    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node

Key = tuple[str, str]
"""Table and field; a page's cell has an empty table."""

_KINDS = {
    Storage.TEXT: Kind.TEXT,
    Storage.NUMBER: Kind.NUMBER,
    Storage.DATE: Kind.DATE,
    Storage.DATETIME: Kind.DATE,
    Storage.BOOLEAN: Kind.BOOLEAN,
    Storage.ANY: Kind.ANY,
}
_WORD = re.compile(r"[^\W\d][\w.]*|\d+|.", re.DOTALL)
_ABSENT = {
    "formula.unknown-table": "schema.absent-table",
    "formula.unknown-field": "schema.absent-field",
}


@dataclass(slots=True)
class Bindings:
    """What came of all formulas of a draft.

    Attributes
    ----------
    scope
        The names that formulas of this book may use.
    formulas
        Bound formulas by the path where they stand; what is left out is missing.
    order
        Keys of all derived fields and computed cells, each after all that it reads.
    """

    scope: Scope
    formulas: dict[Path, Formula] = field(default_factory=dict)
    order: tuple[Key, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def get(self, *path: str | int) -> Formula | None:
        """Return the formula at `path`, or None."""
        return self.formulas.get(path)


def bind_draft(draft: Draft, lang: Language) -> Bindings:
    """Return all formulas of `draft` bound, constants in `lang`.

    What only shows things that this template does not have (unmanaged tables, cells) is taken out of the draft.
    """
    everything = _everything(draft, lang)
    while _leave_out(draft, lang, everything):
        pass
    bindings = Bindings(_scope(draft, lang))
    for site in iter_sites(draft):
        _bind_site(draft, site, bindings, everything)
    _order(draft, bindings)
    return bindings


def _scope(draft: Draft, lang: Language) -> Scope:
    """Return the names of the book, taken from the trees, so that one bad table does not make others fail."""
    return _make_scope(draft, lang, draft.nodes["tables"], _cell_kinds(draft.nodes["pages"]))


def _everything(draft: Draft, lang: Language) -> Scope:
    """Return the names of the whole library."""
    return _make_scope(draft, lang, draft.all_tables, _cell_kinds(draft.all_pages))


def _cell_kinds(pages: Mapping[str, Node]) -> dict[str, Kind]:
    cells = (cell for page in pages.values() if page.has("cells") for cell in page.at("cells").items)
    return {str(cell.at("id").value): _kind(cell.at("type").value) for cell in cells if cell.has("id")}


def _make_scope(draft: Draft, lang: Language, tables: Mapping[str, Node], cells: Mapping[str, Kind]) -> Scope:
    return Scope(
        tables={name: _field_kinds(node) for name, node in tables.items()},
        names=cells,
        constants={
            f"{name}.{key}": value.text(lang)
            for name, entry in draft.lists.items()
            for key, value in entry.values.items()
        },
        bands=frozenset(draft.nodes.get("bands", ())),
        parameters=frozenset(draft.nodes.get("parameters", ())),
        rule_tables=frozenset(
            name for name, node in draft.all_tables.items() if node.has("rows") and _holds_rules(node)
        ),
    )


def _holds_rules(node: Node) -> bool:
    return node.at("rows").value in ("bands", "parameters")


def _field_kinds(node: Node) -> dict[str, Kind]:
    fields = node.at("fields").entries if node.has("fields") else {}
    return {name: _kind(inner.at("type").value) for name, inner in fields.items()}


def _kind(type_name: object) -> Kind:
    found = FIELD_TYPES.get(str(type_name))
    return _KINDS[found.storage] if found else Kind.ANY


def _leave_out(draft: Draft, lang: Language, everything: Scope) -> bool:
    """Take out unmanaged tables and cells that read what the book lacks; return whether there were any."""
    scope = _scope(draft, lang)
    absent = [
        site.path
        for site in iter_sites(draft)
        if site.optional and not _binds(site, scope) and _binds(site, everything)
    ]
    for name in {str(path[1]) for path in absent if path[0] == "tables"}:
        draft.tables.pop(name, None)
        del draft.nodes["tables"][name]
    for page in {str(path[1]) for path in absent if path[0] == "pages"}:
        draft.take_out_cells(page, {int(path[3]) for path in absent if path[:2] == ("pages", page)})
    return bool(absent)


def _binds(site: Site, scope: Scope) -> bool:
    try:
        bind(parse(site.text), scope, site.table)
    except FormulaError:
        return False
    return True


def _bind_site(draft: Draft, site: Site, bindings: Bindings, everything: Scope) -> None:
    try:
        bindings.formulas[site.path] = bind(parse(site.text), bindings.scope, site.table)
    except FormulaError as error:
        absent = _binds(site, everything)
        if absent and site.needed:
            code = _ABSENT.get(error.code, "schema.absent-name")
            bindings.problems.append(_point(draft, site, error, code))
        elif not absent:
            try:
                bind(parse(site.text), everything, site.table)
            except FormulaError as cause:
                bindings.problems.append(_point(draft, site, cause, cause.code))


def _point(draft: Draft, site: Site, error: FormulaError, code: str) -> Problem:
    """Return the problem of a formula at the very character of the YAML file."""
    kind, name, *steps = site.path
    node = draft.nodes[str(kind)][str(name)].at(*steps)
    offset = int(str(error.params.get("offset", 0)))
    match = _WORD.match(site.text, offset)
    word = match[0] if match else ""
    params = {**error.params, "formula": site.text}
    params.pop("value", None)
    if code.startswith("schema."):  # what is absent may stand behind a macro: name it, not the macro
        params["suggestion"] = ""
        word = str(params.get("table" if code == "schema.absent-table" else "field", word))
    return problem(code, node.character(offset), word, None, **params)


def _order(draft: Draft, bindings: Bindings) -> None:
    """Order fields and cells by what they read; a cycle is a problem at the formula that closes it."""
    keys: dict[Key, Path] = {}
    for path in bindings.formulas:
        if path[0] == "tables" and path[2] == "fields" and path[-1] == "formula":
            keys[str(path[1]), str(path[3])] = path
        elif path[0] == "pages" and path[-1] == "formula":
            cell = draft.nodes["pages"][str(path[1])].at("cells", path[3])
            keys["", str(cell.at("id").value)] = path
    graph = {
        key: [need for need in _needs(bindings.formulas[path]) if need in keys] for key, path in keys.items()
    }
    try:
        bindings.order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle: list[Key] = list(reversed(error.args[1]))
        first = keys[cycle[0]]
        formula = bindings.formulas[first]
        offset = formula.offset_of(*cycle[1])
        kind, name, *steps = first
        node = draft.nodes[str(kind)][str(name)].at(*steps)
        names = " → ".join(f"{table}[{name}]" if table else name for table, name in cycle)
        bindings.problems.append(problem("formula.cycle", node.character(offset), cycle[0][1], cycle=names))


def _needs(formula: Formula) -> list[Key]:
    return sorted(formula.references) + sorted(("", name) for name in formula.names)
