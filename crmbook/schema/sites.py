"""Where formulas are in the files: found in the trees, so that a table with another mistake is looked at too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node

Path = tuple[str | int, ...]
"""Kind, name and steps: where a formula is, e.g. ``("tables", "loyalty", "fields", "score", "formula")``."""


@dataclass(frozen=True, slots=True)
class Site:
    """A location where a formula is.

    Attributes
    ----------
    path
        Where.
    table
        The table whose row it sees; None on a page.
    text
        The formula.
    needed
        Whether the book has a hole without it: a derived field of a managed table.
    optional
        Whether what it belongs to goes when it cannot be computed: a table for looking, a cell of a page.
    partial
        Whether what is left of it counts where some of what it reads is not there.
    """

    path: Path
    table: str | None
    text: str = ""
    needed: bool = False
    optional: bool = False
    partial: bool = False


def iter_sites(draft: Draft) -> Iterator[Site]:
    """Yield every formula of a draft."""
    for name, table in draft.nodes["tables"].items():
        yield from _table_sites(name, table)
    for name, page in draft.nodes["pages"].items():
        for index, cell in _listed(page, "cells"):
            at = Site(("pages", name, "cells", index), None, optional=True)
            yield from _sites(cell, replace(at, partial=True), "formula")
            yield from _sites(cell, at, "default")
            for number, highlight in _listed(cell, "highlight"):
                yield from _sites(highlight, Site((*at.path, "highlight", number), None), "when")
        for index, advice in _listed(page, "advice"):
            yield from _sites(advice, Site(("pages", name, "advice", index), None), "when")


def _table_sites(name: str, table: Node) -> Iterator[Site]:
    path: Path = ("tables", name)
    managed = table.at("managed").value is not False
    for key, field in table.at("fields").entries.items() if table.has("fields") else ():
        inner: Path = (*path, "fields", key)
        yield from _sites(field, Site(inner, name, "", managed, not managed, partial=True), "formula")
        yield from _sites(field, Site(inner, name, partial=True), "default")
        yield from _sites(field, Site(inner, name), "required_when", "default_when")
        for index, highlight in _listed(field, "highlight"):
            yield from _sites(highlight, Site((*inner, "highlight", index), name), "when")
    for index, check in _listed(table, "checks"):
        yield from _sites(check, Site((*path, "checks", index), name), "check")
    for index, reminder in _listed(table, "reminders"):
        is_partial = reminder.at("partial").value is True
        at = Site((*path, "reminders", index), name, partial=is_partial)
        yield from _sites(reminder, at, "when", "due", "occurrence")
    for index, advance in _listed(table, "advance"):
        yield from _advance_sites(advance, Site((*path, "advance", index), name))
    if table.has("advance", "when"):
        yield from _advance_sites(table.at("advance"), Site((*path, "advance"), name))


def _advance_sites(rule: Node, at: Site) -> Iterator[Site]:
    """Yield the formulas of an advance rule; `into` sees the rows of the other table."""
    yield from _sites(rule, at, "when", "unless")
    if rule.has("to"):
        yield from _sites(rule, replace(at, table=str(rule.at("to").value)), "into")


def _listed(node: Node, key: str) -> Iterator[tuple[int, Node]]:
    if node.has(key):
        yield from enumerate(node.at(key).items)


def _sites(node: Node, at: Site, *keys: str) -> Iterator[Site]:
    """Yield those `keys` of an entry at `at` that hold formulas."""
    for key in keys:
        text = node.at(key).value if node.has(key) else None
        if isinstance(text, str) and text.startswith("=") and text != "=":
            yield replace(at, path=(*at.path, key), text=text)
