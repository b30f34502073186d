"""Deep merge of one tree over another: how a template or a workspace changes a schema.

The rules, the same at every level:

- a mapping is merged key by key; keys that are new go last;
- a key with the value ``null`` is removed;
- a list whose items all carry an ``id`` is merged item by item; an item with ``drop: true`` is removed;
- anything else is replaced.

Every node keeps the place where it was written, so a mistake in an override is reported in the override.
"""

from __future__ import annotations

from crmbook.schema.node import Node


def overlay(base: Node, over: Node) -> Node:
    """Return `base` with `over` merged over it."""
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        return Node(_merge_entries(base.value, over.value), over.place, over.key_place)
    if _identified(base) and _identified(over):
        return Node(_merge_items(base, over), over.place, over.key_place)
    return over


def without(node: Node, *names: str) -> Node:
    """Return a mapping without the entries `names`."""
    entries = {name: inner for name, inner in node.entries.items() if name not in names}
    return Node(entries, node.place, node.key_place)


def with_entry(node: Node, name: str, entry: Node) -> Node:
    """Return a mapping with `entry` under `name`, in the place of the one that stood there."""
    return Node({**node.entries, name: entry}, node.place, node.key_place)


def _merge_entries(base: dict[str, Node], over: dict[str, Node]) -> dict[str, Node]:
    merged = dict(base)
    for name, node in over.items():
        if node.value is None:
            merged.pop(name, None)
        else:
            merged[name] = overlay(merged[name], node) if name in merged else node
    return merged


def _identified(node: Node) -> bool:
    return bool(node.items) and all("id" in item.entries for item in node.items)


def _merge_items(base: Node, over: Node) -> tuple[Node, ...]:
    merged = {str(item.entries["id"].value): item for item in base.items}
    for item in over.items:
        name = str(item.entries["id"].value)
        if item.has("drop") and item.at("drop").value is True:
            merged.pop(name, None)
        else:
            merged[name] = overlay(merged[name], item) if name in merged else item
    return tuple(merged.values())
