"""YAML as a tree of `Node` values that remember their place, so that every later mistake can be pointed at.

A node holds a scalar, a mapping of nodes or a list of nodes, and the place where it was written; an entry of a
mapping also knows the place of its key. Merging keeps the nodes, and with them the places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from crmbook.records import Location
from crmbook.schema.problem import Problem, problem

if TYPE_CHECKING:
    from pathlib import Path

    from ruamel.yaml.nodes import Node as RawNode

Scalar = str | int | float | bool | date | None
_MERGE_TAG = "tag:yaml.org,2002:merge"
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)|.", re.DOTALL)
_BLANK_ESCAPES = frozenset({"\\n", "\\t", "\\ ", "\\r", "\\_", "\\N"})


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML value with its place.

    Attributes
    ----------
    value
        A scalar, a mapping of names to nodes, or a sequence of nodes.
    place
        File, line and column of the value, 1-based.
    key_place
        Place of the key, for an entry of a mapping; else the place of the value.
    raw
        What stands in the file, for a scalar: needed to point into a text.
    style
        The quote or block mark of a scalar: ``'``, ``"``, ``|``, ``>`` or nothing.
    """

    value: Scalar | Mapping[str, Node] | tuple[Node, ...]
    place: Location
    key_place: Location
    raw: str = field(default="", repr=False)
    style: str = ""

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

    def has(self, *path: str | int) -> bool:
        """Return whether something stands at `path`."""
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
        """Return the place of character `offset` (0-based) of a text, inside its YAML scalar.

        Exact in plain, quoted and block scalars, over line folds and escapes too: the visible characters of the
        value stand in the file in the same order, so the n-th of the one is the n-th of the other.
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
        column = len(before) - before.rfind("\n") if lines else (self.place.column or 1) + len(before)
        return Location(self.place.file, (self.place.line or 1) + lines, column)


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


def read_source(path: Path, name: str = "") -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of a YAML file and the problems of its notation.

    Parameters
    ----------
    name
        How the file is called in messages; its path when empty.
    """
    name = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        place = Location(name, line, error.start - error.object.rfind(b"\n", 0, error.start))
        return _empty(name), (problem("schema.not-utf8", place),)
    return parse_source(text, name)


@lru_cache(maxsize=512)
def parse_source(text: str, name: str) -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of YAML `text` and the problems of its notation (syntax, keys given twice)."""
    reader = _Reader(name, text)
    try:
        raw = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name, 1, 1)
        return _empty(name), (problem("schema.bad-yaml", place, error.problem or ""),)
    except YAMLError as error:
        position = int(getattr(error, "position", 0))
        line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        return _empty(name), (
            problem("schema.bad-yaml", Location(name, line, column), str(error).split("\n")[0]),
        )
    if raw is None:
        return _empty(name), ()
    return reader.read(raw, None), tuple(reader.problems)


def _empty(name: str) -> Node:
    place = Location(name, 1, 1)
    return Node({}, place, place)


class _Reader:
    """Turns ruamel's node graph into a tree of `Node`; aliases are copied, merge keys (``<<``) resolved."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.problems: list[Problem] = []
        self._open: list[RawNode] = []
        self._scalars = YAML(typ="safe", pure=True).constructor

    def read(self, raw: RawNode, key: Location | None) -> Node:
        place = self._place(raw)
        if any(raw is outer for outer in self._open):
            self.problems.append(problem("schema.bad-yaml", place, "*"))
            return Node(None, place, key or place)
        self._open.append(raw)
        try:
            if isinstance(raw, MappingNode):
                return Node(self._mapping(raw), place, key or place)
            if isinstance(raw, SequenceNode):
                return Node(tuple(self.read(item, None) for item in raw.value), place, key or place)
            if isinstance(raw, ScalarNode):
                return self._scalar(raw, key)
            raise TypeError(raw)
        finally:
            self._open.pop()

    def _place(self, raw: RawNode) -> Location:
        return Location(self.name, raw.start_mark.line + 1, raw.start_mark.column + 1)

    def _mapping(self, raw: MappingNode) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in raw.value:
            place = self._place(key)
            if key.tag == _MERGE_TAG:
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in reversed(sources):
                    merged.update(self.read(source, None).entries)
                continue
            if not isinstance(key, ScalarNode):
                self.problems.append(problem("schema.bad-yaml", place, "?"))
                continue
            if key.value in entries:
                first = entries[key.value].key_place
                self.problems.append(problem("schema.duplicate-key", place, key.value, line=first.line))
                continue
            entries[key.value] = self.read(value, place)
        return {**{name: node for name, node in merged.items() if name not in entries}, **entries}

    def _scalar(self, raw: ScalarNode, key: Location | None) -> Node:
        place = self._place(raw)
        text = self.text[raw.start_mark.index : raw.end_mark.index]
        try:
            value = self._scalars.construct_object(raw)
        except (YAMLError, ValueError):
            self.problems.append(problem("schema.bad-yaml", place, text))
            value = None
        return Node(value, place, key or place, text, raw.style or "")
