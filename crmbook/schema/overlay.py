"""Deep merge of one tree over another: how a template or a workspace changes a schema.

The rules, the same at every level:

- a mapping is merged key by key; keys that are new go last;
- a key with the value ``null`` is removed;
- a list whose items all carry an ``id`` is merged item by item; an item with ``drop: true`` is removed;
- anything else is replaced.

Every node keeps the location where it was written, so a mistake in an override is reported in the override. What was
removed is remembered beside what is left (`Node.gone`), with the location where that was said: who refers to it is not
mistaken about a name, and what may not be missing is put back.
"""

from __future__ import annotations

from dataclasses import replace

from crmbook.schema.node import Node


def overlay(base: Node, over: Node) -> Node:
    """Return `base` with `over` merged over it."""
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        return _merge_entries(base, over)
    if _identified(base) and _identified(over):
        return _merge_items(base, over)
    return over


def without(node: Node, *names: str) -> Node:
    """Return a mapping without the entries `names`."""
    entries = {name: inner for name, inner in node.entries.items() if name not in names}
    return replace(node, value=entries)


def put_back(node: Node, *path: str | int) -> Node:
    """Return a node in which what was removed at `path` is there again."""
    name, *deeper = path
    if not deeper:
        return with_entry(node, str(name), node.gone[str(name)])
    inner = put_back(node.at(name), *deeper)
    if node.items:
        return replace(node, value=tuple(inner if item is node.at(name) else item for item in node.items))
    return with_entry(node, str(name), inner)


def with_entry(node: Node, name: str, entry: Node) -> Node:
    """Return a mapping with `entry` under `name`, in place of the one that was there."""
    return replace(node, value={**node.entries, name: entry})


def _merge_entries(base: Node, over: Node) -> Node:
    merged, gone = dict(base.entries), {**base.gone, **over.gone}
    for name, node in over.entries.items():
        if node.value is None:
            if name in merged:
                gone[name] = replace(merged.pop(name), removed_at=node.key_location)
        else:
            merged[name] = overlay(merged[name], node) if name in merged else node
    return _merged(merged, over, gone)


def _identified(node: Node) -> bool:
    return bool(node.items) and all("id" in item.entries for item in node.items)


def _merge_items(base: Node, over: Node) -> Node:
    merged = {str(item.entries["id"].value): item for item in base.items}
    gone = {**base.gone, **over.gone}
    for item in over.items:
        name = str(item.entries["id"].value)
        if item.has("drop") and item.at("drop").value is True:
            if name in merged:
                gone[name] = merged.pop(name)
        else:
            merged[name] = overlay(merged[name], item) if name in merged else item
    whole = _merged(merged, over, gone)
    return replace(whole, value=tuple(merged.values()))


def _merged(merged: dict[str, Node], over: Node, gone: dict[str, Node]) -> Node:
    left = {name: node for name, node in gone.items() if name not in merged}
    return Node(merged, over.location, over.key_location, gone=left)
