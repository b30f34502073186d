"""Words of other programs: the tables, fields and lists that a workspace says them of.

The shipped words are of every template's tables; a template leaves most of them out, and that is no mistake. What a workspace
writes itself must name what there is, in whichever of its templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema.names import is_machine_name
from crmbook.schema.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node


def iter_import_problems(draft: Draft) -> Iterator[Problem]:
    """Yield each name in the workspace's words that nothing has."""
    words = draft.nodes.get("imports", {})
    for name, node in words["tables"].entries.items() if "tables" in words else ():
        if name in draft.all_tables:
            fields = _entries(draft.all_tables[name], "fields") | _added(draft, ("overrides", name, "fields"))
            yield from _field_problems(draft, node, fields)
        elif draft.is_own(node.key_location) and is_machine_name(name):
            yield problem("schema.unknown-table", node.key_location, name, draft.all_tables)
    lists = draft.nodes.get("lists", {}) | _added(draft, ("lists",))
    for name, node in words["lists"].entries.items() if "lists" in words else ():
        if name in lists:
            values = _entries(lists[name], "values") | _added(draft, ("lists", name, "values"))
            for value, inner in node.entries.items():
                if value not in values and draft.is_own(inner.key_location):
                    yield problem("schema.unknown-value", inner.key_location, value, values)
        elif draft.is_own(node.key_location):
            yield problem("schema.unknown-list", node.key_location, name, lists)


def _field_problems(draft: Draft, node: Node, fields: Mapping[str, Node]) -> Iterator[Problem]:
    named = [
        (name, inner.key_location)
        for name, inner in node.at("headers").entries.items()
        if node.has("headers")
    ]
    named += [
        (str(node.at(key).value), node.at(key).location) for key in ("further", "address") if node.has(key)
    ]
    for key in ("people", "beside"):
        named += [(str(item.value), item.location) for item in (node.at(key).items if node.has(key) else ())]
    for name, location in named:
        if name not in fields and draft.is_own(location):
            yield problem("schema.unknown-field", location, name, fields)


def _added(draft: Draft, path: tuple[str, ...]) -> dict[str, Node]:
    """Return what any template puts under a key."""
    return {
        name: inner
        for layer in draft.changes
        if layer.has(*path)
        for name, inner in layer.at(*path).entries.items()
    }


def _entries(node: Node, key: str) -> dict[str, Node]:
    """Return what is under a key of a thing, and what a template takes out of it."""
    inner = node.at(key) if node.has(key) else None
    return {**inner.entries, **inner.gone} if inner is not None else {}
