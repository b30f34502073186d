"""A YAML value that remembers its location, down to the single character.

A node holds a scalar, a mapping of nodes or a list of nodes, and the location where it was written; an entry of a
mapping also knows the location of its key. Merging keeps the nodes, and with them the locations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from crmbook.base import Location

Scalar = str | int | float | bool | date | None
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)|.", re.DOTALL)
_BLANK_ESCAPES = frozenset({"\\n", "\\t", "\\ ", "\\r", "\\_", "\\N"})


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML value with its location.

    Attributes
    ----------
    value
        A scalar, a mapping of names to nodes, or a sequence of nodes.
    location
        File, line and column of the value, 1-based.
    key_location
        Location of the key, for an entry of a mapping; else the location of the value.
    raw
        What is in the file, for a scalar: needed to point into a text.
    style
        The quote or block mark of a scalar: ``'``, ``"``, ``|``, ``>`` or nothing.
    gone
        What merging took out of a mapping (by key) or a list (by id): it exists, only not here.
    removed_at
        Of an entry that was taken out by ``null``: the location of the key where that is said.
    """

    value: Scalar | Mapping[str, Node] | tuple[Node, ...]
    location: Location
    key_location: Location
    raw: str = field(default="", repr=False)
    style: str = ""
    gone: Mapping[str, Node] = field(default_factory=dict, repr=False, compare=False)
    removed_at: Location | None = field(default=None, repr=False, compare=False)

    @property
    def entries(self) -> Mapping[str, Node]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The items of a list; none for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def at(self, *path: str | int) -> Node:
        """Return the node at `path`, or the last one on the way that exists."""
        node = self
        for step in path:
            inner = _step(node, step)
            if inner is None:
                return node
            node = inner
        return node

    def scalars(self) -> Iterator[str]:
        """Yield every key and every value below as text."""
        for name, inner in self.entries.items():
            yield name
            yield from inner.scalars()
        for item in self.items:
            yield from item.scalars()
        if not self.entries and not self.items:
            yield str(self.value)

    def has_removals(self) -> bool:
        """Return whether merging took anything out of it, or of what is in it."""
        inner = (*self.entries.values(), *self.items)
        return bool(self.gone) or any(one.has_removals() for one in inner)

    def has(self, *path: str | int) -> bool:
        """Return whether something is at `path`."""
        node: Node | None = self
        for step in path:
            node = _step(node, step) if node else None
        return node is not None

    def plain(self) -> object:
        """Return the value as plain dictionaries, tuples and scalars."""
        if isinstance(self.value, Mapping):
            return {name: inner.plain() for name, inner in self.value.items()}
        if self.items or isinstance(self.value, tuple):
            return tuple(inner.plain() for inner in self.items)
        return self.value

    def character(self, offset: int) -> Location:
        """Return the location of character `offset` (0-based) of a text, inside its YAML scalar.

        Exact in plain, quoted and block scalars, over line folds and escapes too: the visible characters of the
        value are in the file in the same order, so the n-th of the one is the n-th of the other.
        """
        text = str(self.value)
        visible = sum(not char.isspace() for char in text[:offset])
        inside = offset < len(text) and not text[offset].isspace()
        position, seen = 0, 0
        for start, end in _visible_spans(self.raw, self.style):
            if seen == visible:
                position = start if inside else position
                break
            position, seen = end, seen + 1
        before = self.raw[:position]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else (self.location.column or 1) + len(before)
        return Location(self.location.file, (self.location.line or 1) + lines, column)


def _step(node: Node, step: str | int) -> Node | None:
    if isinstance(step, int):
        return node.items[step] if -1 < step < len(node.items) else None
    return node.entries.get(step)


def _visible_spans(raw: str, style: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each character of `raw` that stands for a visible character of the value."""
    start = 0
    if style and style in "'\"":
        start, raw = 1, raw[:-1]
    elif style:
        start = raw.find("\n") + 1  # the header of a block scalar
    if style == '"':
        tokens = (match.span() for match in _ESCAPE.finditer(raw, start))
    elif style == "'":
        tokens = (match.span() for match in re.compile("''|.", re.DOTALL).finditer(raw, start))
    else:
        tokens = ((index, index + 1) for index in range(start, len(raw)))
    for begin, end in tokens:
        token = raw[begin:end]
        if not token.isspace() and token not in _BLANK_ESCAPES and not token.startswith(("\\\n", "\\\r")):
            yield begin, end
