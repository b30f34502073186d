"""What goes with the things that a book leaves out, between merging the files and assembling the book.

A book leaves out what its template does not choose, and what a template or a workspace drops (``drop: [tasks]``,
``hobbies: null``). What refers to such a thing goes with it, until nothing refers to what is not there:

- a reference to a table that is not there; a table whose key went so, or that has one row for each row of it;
- a derived field and a cell of a page whose formula is settled: without the thing it would give the same in every row
  (`crmbook.formula.reduce_to`). A derived field that may be typed over (``override``) becomes one that is typed;
- a table that only shows, when nothing computed is left in it.

Any other formula says what is left of it. What a person's own files say is never reduced: a reference in them to a
dropped thing stays a mistake, reported with its location.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.formula import FormulaError, is_settled, reduce_to
from crmbook.schema.node import Node
from crmbook.schema.overlay import with_entry, without
from crmbook.schema.problem import problem
from crmbook.schema.pruned import Pruned
from crmbook.schema.sites import Site, iter_sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.formula import Scope
    from crmbook.schema.draft import Draft
    from crmbook.schema.scopes import Names
    from crmbook.schema.sites import Path


_WORD = re.compile(r"[a-z][a-z0-9_]*")


def prune(draft: Draft, names: Names) -> list[Pruned]:
    """Take everything out of `draft` that cannot be without what the book leaves out; return what went."""
    pruned: list[Pruned] = []
    while True:
        gone = [*_without_tables(draft), *_without_meaning(draft, names)]
        if not gone:
            break
        pruned += gone
    homonym = "pruned.alone" if draft.is_alone else "pruned.merged"
    found = [Pruned(homonym, name) for name in draft.homonyms]
    return [*found, *_told_once(draft, pruned), *_without_charts(draft), *_without_sheets(draft)]


def drop_foreign_rules(draft: Draft) -> None:
    """Take the scoring rules and parameters out of a draft that extends nothing, but its own and those that it reads."""
    if not draft.is_alone:
        return
    words = {word for site in iter_sites(draft) for word in _WORD.findall(site.text)}
    for kind, models in (("bands", draft.bands), ("parameters", draft.parameters)):
        for name, node in list(draft.nodes.get(kind, {}).items()):
            if not draft.is_own(node.location) and name not in words:
                del draft.nodes[kind][name]
                models.pop(name, None)


def _told_once(draft: Draft, pruned: list[Pruned]) -> Iterator[Pruned]:
    """Yield what went, of a table that went whole only that."""
    missing = {one.name: one.missing for one in pruned}
    for one in pruned:
        if one.code == "pruned.table":
            yield replace(one, missing=missing.get(one.missing[0], one.missing))
        elif "[" not in one.name or one.name.partition("[")[0] in draft.nodes["tables"]:
            yield one


def page_of_typed_cell(draft: Draft, name: str) -> str:
    """Return the page that has the cell `name`, which people or crmbook fill in: nothing can stand for it.

    Empty where it is no such cell.
    """
    for page, node in draft.all_pages.items():
        if not node.has("cells"):
            continue
        cells = (*node.at("cells").items, *node.at("cells").gone.values())
        if any(cell.at("id").value == name and not cell.has("formula") for cell in cells):
            return page
    return ""


def name_of(draft: Draft, path: Path) -> str:
    """Return what is at `path`, by machine names."""
    kind, name, key, *steps = path
    node = draft.nodes[str(kind)][str(name)].at(key, *steps[:1])
    if key == "fields":
        rest = [str(step) for step in steps[1:2] if step != "formula"]
        return ".".join([f"{name}[{steps[0]}]", *rest])
    if key == "cells":
        return str(node.at("id").value)
    return f"{name}: {node.at('id').value}" if node.has("id") else f"{name} → {node.at('to').value}"


def _without_tables(draft: Draft) -> Iterator[Pruned]:
    """Take out references to tables that are not there, and the tables that cannot be without them."""
    for name, node in list(draft.nodes["tables"].items()):
        fields = node.at("fields") if node.has("fields") else node
        lost = {
            key: str(inner.at("to").value)
            for key, inner in fields.entries.items()
            if inner.has("to") and _is_absent_table(draft, inner.at("to"), str(inner.at("to").value))
        }
        for key, target in lost.items():
            yield Pruned("pruned.field", f"{name}[{key}]", (target,))
        freed = {
            key: inner for key, inner in fields.entries.items() if _is_narrowed_by_absent(draft, name, inner)
        }
        for key, inner in freed.items():
            yield Pruned("pruned.reduced", f"{name}[{key}]", (f"{name}[{inner.at('by').value}]",))
        if lost or freed:
            changed = {key: _as_text(inner) for key, inner in freed.items()}
            _change_fields(draft, name, set(lost), changed)
        rules = [*_rules_over_gaps(draft, name, draft.nodes["tables"][name])]
        if rules:
            yield from _change_rules(draft, name, rules)
    for name, node in list(draft.nodes["tables"].items()):
        missing = _cannot_be(draft, name, node)
        if missing:
            draft.take_out_table(name)
            yield Pruned("pruned.table", name, (missing,))


def _rules_over_gaps(draft: Draft, name: str, node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the advance rules that lead into a stage which is not there, each with that of the stage behind it."""
    advance = node.at("advance") if node.has("advance") else None
    for rule in (advance.items or (advance,)) if advance is not None else ():
        to = str(rule.at("to").value) if rule.has("to") else ""
        if not to or not _is_absent_table(draft, rule.at("to"), to) or not draft.all_tables[to].has("stage"):
            continue
        beyond = draft.all_tables[to].at("advance") if draft.all_tables[to].has("advance") else None
        for after in (beyond.items or (beyond,)) if beyond is not None else ():
            is_step = not any(after.has(key) for key in ("into", "unless", "close"))
            if is_step and after.has("to") and after.at("to").value != name:
                yield rule, after
                break


def _change_rules(draft: Draft, name: str, rules: list[tuple[Node, Node]]) -> Iterator[Pruned]:
    """Let rules lead into the stage after the one that is not there, with what both steps carry."""
    node = draft.nodes["tables"][name]
    advance = node.at("advance")
    changed = {id(rule): _joined(rule, after) for rule, after in rules}
    if advance.items:
        items = tuple(changed.get(id(rule), rule) for rule in advance.items)
        draft.change_table(name, with_entry(node, "advance", replace(advance, value=items)))
    else:
        draft.change_table(name, with_entry(node, "advance", changed[id(advance)]))
    for rule, after in rules:
        yield Pruned("pruned.reduced", f"{name} → {after.at('to').value}", (str(rule.at("to").value),))


def _joined(rule: Node, after: Node) -> Node:
    """Return a rule that goes two steps at once."""
    first = rule.at("carry").entries if rule.has("carry") else {}
    then = after.at("carry").entries if after.has("carry") else {}
    carried = {to: first[str(by.value)] for to, by in then.items() if str(by.value) in first}
    carry = Node(carried, rule.location, rule.key_location)
    return with_entry(with_entry(rule, "to", after.at("to")), "carry", carry)


def _is_absent_table(draft: Draft, at: Node, table: str) -> bool:
    is_known = table in draft.all_tables and table not in draft.nodes["tables"]
    return is_known and not draft.is_own(at.location)


def _is_narrowed_by_absent(draft: Draft, table: str, inner: Node) -> bool:
    by = str(inner.at("by").value) if inner.has("by") else ""
    if not by or by in draft.nodes["tables"][table].at("fields").entries:
        return False
    return by in draft.fields_of(table, inner.at("by").location)


def _as_text(inner: Node) -> Node:
    """Return a list that was narrowed by another field as a text that offers what was entered before."""
    word = replace(inner.at("type"), value="text", raw="text")
    yes = replace(inner.at("type"), value=True, raw="true")
    return with_entry(with_entry(without(inner, "list", "by", "formula"), "type", word), "suggest", yes)


def _cannot_be(draft: Draft, name: str, node: Node) -> str:
    """Return what a table lacks that it cannot be without; empty where it lacks nothing."""
    rows = str(node.at("rows").value) if node.has("rows") else ""
    parent = rows.removeprefix("one per ")
    if parent != rows and _is_absent_table(draft, node.at("rows"), parent):
        return parent
    fields = node.at("fields") if node.has("fields") else node
    key = str(node.at("key").value) if node.has("key") else ""
    if key and key not in fields.entries and key in draft.fields_of(name, node.at("key").location):
        whole = draft.all_tables[name].at("fields")
        if key in whole.gone and node.at("managed").value is not False:  # nobody but a person drops a key
            draft.problems.append(problem("schema.key-left-out", whole.location, key))
            return ""
        return f"{name}[{key}]"
    if node.at("managed").value is False and node.has("fields"):
        had = _computed(draft.all_tables[name].at("fields").entries)
        return f"{name}[{had[0]}]" if had and not _computed(fields.entries) else ""
    return ""


def _computed(fields: Mapping[str, Node]) -> list[str]:
    return [name for name, inner in fields.items() if inner.has("formula")]


def _without_meaning(draft: Draft, names: Names) -> Iterator[Pruned]:
    """Take out the derived fields and the cells whose formulas are settled without what is not there."""
    present = names.present()
    fields: dict[str, dict[str, bool]] = {}
    cells: dict[str, set[int]] = {}
    for site in iter_sites(draft):
        missing = _settled_without(draft, names, site, present)
        if not missing:
            continue
        kind, owner, _, part, *_ = site.path
        name = name_of(draft, site.path)
        if kind == "pages":
            cells.setdefault(str(owner), set()).add(int(part))
            yield Pruned("pruned.cell", name, missing)
        else:
            inner = draft.nodes["tables"][str(owner)].at("fields", part)
            is_typed = inner.has("override") and inner.at("override").value is True
            fields.setdefault(str(owner), {})[str(part)] = is_typed
            yield Pruned("pruned.typed" if is_typed else "pruned.field", name, missing)
    for table, lost in fields.items():
        entries = draft.nodes["tables"][table].at("fields").entries
        typed = {
            key: without(entries[key], "formula", "override", "live")
            for key, is_typed in lost.items()
            if is_typed
        }
        _change_fields(draft, table, lost.keys() - typed.keys(), typed)
    for page, indexes in cells.items():
        draft.take_out_cells(page, indexes)


def _settled_without(draft: Draft, names: Names, site: Site, present: Scope) -> tuple[str, ...]:
    """Return what the formula of a field or cell lacks, if without it there is nothing left to compute."""
    if not (site.needed or site.optional) or site.path[-1] != "formula":
        return ()
    try:
        formula = names.bind(site)
    except FormulaError:
        return ()
    missing = names.missing(formula, present)
    kind, name, *steps = site.path
    if draft.is_own(draft.location(str(kind), str(name), *steps)):
        return missing if site.optional else ()
    if site.needed and any(page_of_typed_cell(draft, one) for one in missing):
        return ()
    return missing if missing and is_settled(reduce_to(formula, present, names.worth)) else ()


def _change_fields(draft: Draft, table: str, lost: set[str], changed: Mapping[str, Node]) -> None:
    node = draft.nodes["tables"][table]
    old = node.at("fields")
    entries = {key: changed.get(key, inner) for key, inner in old.entries.items() if key not in lost}
    draft.change_table(table, with_entry(node, "fields", replace(old, value=entries)))


def _without_charts(draft: Draft) -> Iterator[Pruned]:
    for name, page in draft.pages.items():
        for chart in page.charts:
            if chart.table in draft.all_tables and chart.table not in draft.nodes["tables"]:
                yield Pruned("pruned.chart", f"{name}: {chart.id}", (chart.table,))


def _without_sheets(draft: Draft) -> Iterator[Pruned]:
    shown = {*draft.nodes["tables"], *draft.nodes["pages"]}
    for name, role in draft.template.roles.items():
        sheets = [sheet if isinstance(sheet, str) else sheet.name for sheet in role.sheets]
        missing = tuple(sheet for sheet in sheets if sheet not in shown)
        if missing:
            yield Pruned("pruned.role", name, missing)
