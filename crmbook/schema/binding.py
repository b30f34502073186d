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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.issues import Language
    from crmbook.schema.draft import Draft
    from crmbook.schema.model import TableSpec
    from crmbook.schema.source import Node

Path = tuple[str | int, ...]
"""Kind, name and steps: where a formula stands, e.g. ``("tables", "loyalty", "fields", "score", "formula")``."""
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


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a formula stands."""

    path: Path
    table: str | None
    text: str
    needed: bool = False
    """Whether the book has a hole without it."""


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


def iter_sites(draft: Draft) -> Iterator[Site]:
    """Yield every formula of a draft."""
    for name, table in draft.tables.items():
        yield from _field_sites(name, table)
        yield from _rule_sites(draft, name, table)
    for name, page in draft.pages.items():
        for index, cell in enumerate(page.cells):
            if cell.formula:
                yield Site(("pages", name, "cells", index, "formula"), None, cell.formula)
            elif _is_formula(cell.default):
                yield Site(("pages", name, "cells", index, "default"), None, str(cell.default))
        for index, advice in enumerate(page.advice):
            yield Site(("pages", name, "advice", index, "when"), None, advice.when)


def _field_sites(name: str, table: TableSpec) -> Iterator[Site]:
    for key, spec in table.fields.items():
        path = ("tables", name, "fields", key)
        if spec.formula:
            yield Site((*path, "formula"), name, spec.formula, needed=table.managed)
        if spec.required_when:
            yield Site((*path, "required_when"), name, spec.required_when)
        if _is_formula(spec.default):
            yield Site((*path, "default"), name, str(spec.default))
        for index, highlight in enumerate(spec.highlight):
            yield Site((*path, "highlight", index, "when"), name, highlight.when)


def _rule_sites(draft: Draft, name: str, table: TableSpec) -> Iterator[Site]:
    path = ("tables", name)
    for index, check in enumerate(table.checks):
        yield Site((*path, "checks", index, "check"), name, check.check)
    listed = bool(draft.nodes["tables"][name].at("advance").items)
    for index, advance in enumerate(table.advance):
        yield Site(
            (*path, "advance", index, "when") if listed else (*path, "advance", "when"), name, advance.when
        )
    for index, reminder in enumerate(table.reminders):
        yield Site((*path, "reminders", index, "when"), name, reminder.when)
        if _is_formula(reminder.due):
            yield Site((*path, "reminders", index, "due"), name, str(reminder.due))


def _is_formula(value: object) -> bool:
    return isinstance(value, str) and value.startswith("=")


def _scope(draft: Draft, lang: Language) -> Scope:
    """Return the names of the book, taken from the trees, so that one bad table does not make others fail."""
    cells = {cell.id: _kind(cell.type) for page in draft.pages.values() for cell in page.cells}
    return _make_scope(draft, lang, draft.nodes["tables"], cells)


def _everything(draft: Draft, lang: Language) -> Scope:
    """Return the names of the whole library."""
    cells = {
        str(cell.at("id").value): _kind(cell.at("type").value)
        for page in draft.library_pages.values()
        for cell in (page.at("cells").items if page.has("cells") else ())
    }
    return _make_scope(draft, lang, {**draft.library_tables}, cells)


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
            name for name, node in draft.library_tables.items() if node.has("rows") and _holds_rules(node)
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
        site for site in iter_sites(draft) if _optional(draft, site) and _is_absent(site, scope, everything)
    ]
    tables = {str(site.path[1]) for site in absent if site.path[0] == "tables"}
    cells = {site.path[:4] for site in absent if site.path[0] == "pages"}
    for name in tables:
        del draft.tables[name], draft.nodes["tables"][name]
    for name in {str(path[1]) for path in cells}:
        _take_out_cells(draft, name, {int(path[3]) for path in cells if path[1] == name})
    return bool(tables or cells)


def _optional(draft: Draft, site: Site) -> bool:
    if site.path[0] == "pages":
        return site.path[2] == "cells"
    return site.path[-1] == "formula" and not draft.tables[str(site.path[1])].managed


def _take_out_cells(draft: Draft, name: str, indexes: set[int]) -> None:
    """Remove cells from the model and from the tree alike, so that their positions still agree."""
    from crmbook.schema.overlay import with_entry
    from crmbook.schema.source import Node

    page, node = draft.pages[name], draft.nodes["pages"][name]
    kept = [index for index in range(len(page.cells)) if index not in indexes]
    cells = node.at("cells")
    items = tuple(cells.items[index] for index in kept)
    draft.nodes["pages"][name] = with_entry(node, "cells", Node(items, cells.place, cells.key_place))
    draft.pages[name] = page.model_copy(update={"cells": tuple(page.cells[index] for index in kept)})


def _is_absent(site: Site, scope: Scope, everything: Scope) -> bool:
    """Return whether a formula reads what the library has and the book has not."""
    try:
        bind(parse(site.text), scope, site.table)
    except FormulaError:
        return _binds(site, everything)
    return False


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
    word = _WORD.match(site.text, offset)
    params = {**error.params, "formula": site.text}
    params.pop("value", None)
    if code.startswith("schema."):
        params["suggestion"] = ""
    return problem(code, node.character(offset), word[0] if word else "", (), **params)


def _order(draft: Draft, bindings: Bindings) -> None:
    """Order fields and cells by what they read; a cycle is a problem at the formula that closes it."""
    keys: dict[Key, Path] = {}
    for path in bindings.formulas:
        if path[0] == "tables" and path[2] == "fields" and path[-1] == "formula":
            keys[str(path[1]), str(path[3])] = path
        elif path[0] == "pages" and path[-1] == "formula":
            cell = draft.pages[str(path[1])].cells[int(path[3])]
            keys["", cell.id] = path
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
