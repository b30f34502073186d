"""Formulas: found wherever the schema holds them, parsed and bound; mistakes pointed at inside the YAML.

A formula may read what exists somewhere in the library but not in this template. What cannot be without it goes
(`crmbook.schema.pruning`); of any other derived field or cell is bound what is left of its formula. A check, a mark, a
reminder or a rule is left out of the book: what is left of a condition may say the contrary. Where a person's own formula
leaves a hole it is a problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from crmbook.formula import Formula, FormulaCallError, FormulaError, Scope, bind, is_settled, parse, reduce_to
from crmbook.schema.problem import Problem, problem
from crmbook.schema.pruned import Pruned
from crmbook.schema.pruning import drop_foreign_rules, name_of, page_of_typed_cell, prune
from crmbook.schema.rolerows import iter_row_problems
from crmbook.schema.scopes import Names
from crmbook.schema.sites import Path, Site, iter_sites

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.schema.draft import Draft

Key = tuple[str, str]
"""Table and field; a page's cell has an empty table."""

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
        Bound formulas by the path where they are; what is left out is missing.
    order
        Keys of all derived fields and computed cells, each after all that it reads.
    pruned
        What the book does without, because of what it leaves out.
    lacking
        By a cell that is filled in and not there, the shipped formulas which cannot be without it.
    """

    scope: Scope
    formulas: dict[Path, Formula] = field(default_factory=dict)
    order: tuple[Key, ...] = ()
    pruned: list[Pruned] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lacking: dict[str, list[Site]] = field(default_factory=dict)

    def get(self, *path: str | int) -> Formula | None:
        """Return the formula at `path`, or None."""
        return self.formulas.get(path)


def bind_draft(draft: Draft, lang: Language) -> Bindings:
    """Return all formulas of `draft` bound, constants in `lang`.

    What cannot be without things that this template does not have is taken out of the draft.
    """
    drop_foreign_rules(draft)
    names = Names(draft, lang)
    pruned = prune(draft, names)
    bindings = Bindings(names.present(), pruned=pruned)
    for site in iter_sites(draft):
        _bind_site(draft, site, bindings, names)
    bindings.problems += (_lack(draft, cell, sites) for cell, sites in bindings.lacking.items())
    bindings.problems += iter_row_problems(draft, bindings.scope)
    _order(draft, bindings)
    return bindings


def _bind_site(draft: Draft, site: Site, bindings: Bindings, names: Names) -> None:
    try:
        formula = names.bind(site)
    except FormulaError as error:
        is_dropped = names.exists(site)
        code = _ABSENT.get(error.code, "schema.absent-name") if is_dropped else error.code
        bindings.problems.append(_point(draft, site, error, code))
        return
    if formula.call_of_ours is not None and _stands_in_cells(site):
        call = formula.call_of_ours
        refused = FormulaCallError("formula.not-in-cells", call.offset, function=call.name)
        bindings.problems.append(_point(draft, site, refused, refused.code))
        return
    missing = names.missing(formula, bindings.scope)
    if not missing:
        bindings.formulas[site.path] = replace(formula, scope=bindings.scope)
        return
    kind, name, *steps = site.path
    is_own = draft.is_own(draft.location(str(kind), str(name), *steps))
    filled_in = [one for one in missing if page_of_typed_cell(draft, one)]
    if site.needed and filled_in and not is_own:
        bindings.lacking.setdefault(filled_in[0], []).append(site)
        return
    if site.needed and is_own:
        try:
            bind(parse(site.text), bindings.scope, site.table)
        except FormulaError as error:
            code = _ABSENT.get(error.code, "schema.absent-name")
            bindings.problems.append(_point(draft, site, error, code))
        return
    left = None if is_own or not site.partial else reduce_to(formula, bindings.scope, names.worth)
    if left is None or (is_settled(left) and site.path[-1] != "formula"):
        bindings.pruned.append(Pruned("pruned.rule", name_of(draft, site.path), missing))
    else:
        bindings.formulas[site.path] = left
        bindings.pruned.append(Pruned("pruned.reduced", name_of(draft, site.path), missing))


def _stands_in_cells(site: Site) -> bool:
    """Return whether a workbook always carries a formula itself: one of a page, or that colours."""
    return site.path[0] == "pages" or "highlight" in site.path


def _lack(draft: Draft, cell: str, sites: list[Site]) -> Problem:
    """Return the one problem of all formulas that read a cell which is not there, where it was left out."""
    page, sheets = page_of_typed_cell(draft, cell), draft.template_node.at("sheets")
    location = sheets.gone[page].key_location if page in sheets.gone else sheets.key_location
    if page in draft.nodes["pages"]:
        location = draft.key_location("pages", page, "cells")
    example = name_of(draft, sites[0].path)
    return problem("schema.cell-needed", location, cell, page=page, count=len(sites), example=example)


def _point(draft: Draft, site: Site, error: FormulaError, code: str) -> Problem:
    """Return the problem of a formula at the very character of the YAML file."""
    kind, name, *steps = site.path
    node = draft.nodes[str(kind)][str(name)].at(*steps)
    offset = int(str(error.params.get("offset", 0)))
    match = _WORD.match(site.text, offset)
    word = match[0] if match else ""
    params = {**error.params, "formula": site.text, "within": site.table or ""}
    params.pop("value", None)
    if code.startswith("schema."):  # what is absent may be used by a macro: name it, not the macro
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
