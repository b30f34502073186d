"""Reading YAML: a file or text becomes a tree of `Node`, its mistakes of notation become problems."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.tokens import (
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
)

from crmbook.base import Location, read_regular
from crmbook.schema.cache import keep, recall
from crmbook.schema.node import Node
from crmbook.schema.notation import explain, find_colour, find_full_width, find_slip_in_key, full_width
from crmbook.schema.problem import Problem, problem
from crmbook.schema.sources import MOST_YAML

if TYPE_CHECKING:
    from pathlib import Path

    from ruamel.yaml.nodes import Node as RawNode

MOST_LEVELS = 40
"""Levels of nesting; schemas have ten."""
MOST_NODES = 100_000
"""Values of one file once its aliases are written out; a few lines of aliases of aliases would be billions."""
_OPENING = (BlockMappingStartToken, BlockSequenceStartToken, FlowMappingStartToken, FlowSequenceStartToken)
_CLOSING = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)
_WORD = re.compile(r"[^\W\d]\w*")
_MERGE_TAG = "tag:yaml.org,2002:merge"


def read_source(path: Path, name: str = "") -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of a YAML file and the problems of its notation.

    Parameters
    ----------
    name
        How the file is called in messages; its path when empty.
    """
    name = name or str(path)
    try:
        text = read_regular(path, MOST_YAML).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        return _empty(name), (problem("schema.unreadable-file", Location(name, 1, 1), reason),)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        location = Location(name, line, error.start - error.object.rfind(b"\n", 0, error.start))
        return _empty(name), (problem("schema.not-utf8", location),)
    return _read_text(text, name)


def read_text(path: Path) -> str:
    """Return what a file says, as well as it can be read: nothing of one that cannot."""
    try:
        return read_regular(path, MOST_YAML).decode("utf-8", errors="replace")
    except OSError:
        return ""


def words_of(text: str) -> frozenset[str]:
    """Return the words of a file, any of which may be a name that it would have given."""
    return frozenset(_WORD.findall(text))


@lru_cache(maxsize=512)
def _read_text(text: str, name: str) -> tuple[Node, tuple[Problem, ...]]:
    node = recall(text, name)
    if node is not None:
        return node, ()
    node, problems = parse_source(text, name, named=True)
    if not problems:
        keep(text, node)
    return node, problems


def parse_source(text: str, name: str, *, named: bool = False) -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of YAML `text` and the problems of its notation (syntax, keys given twice).

    Parameters
    ----------
    named
        Whether all keys are names of ours, so that one like ``zh：姓名`` is a slip and no word of somebody's list.
    """
    reader = _Reader(name, text, named=named)
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML allows an anchor to be given anew
    try:
        raw = yaml.compose(text)
    except YAMLError as error:
        return _empty(name), (explain(text, name, error),)
    except RecursionError:
        return _empty(name), (problem("schema.too-deep", _deepest(text, name), limit=MOST_LEVELS),)
    if raw is None:
        return _empty(name), ()
    try:
        return reader.read(raw, None), tuple(reader.problems)
    except _TooMuchError as error:
        return _empty(name), (error.problem,)


def _deepest(text: str, name: str) -> Location:
    """Return where a text is nested deeper than may be."""
    level = 0
    for token in YAML(typ="safe", pure=True).scan(text):
        level += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if level > MOST_LEVELS:
            return Location(name, token.start_mark.line + 1, token.start_mark.column + 1)
    return Location(name, 1, 1)


class _TooMuchError(Exception):
    """A tree deeper or larger than any schema is; `problem` says where."""

    def __init__(self, found: Problem) -> None:
        super().__init__()
        self.problem = found


def _empty(name: str) -> Node:
    location = Location(name, 1, 1)
    return Node({}, location, location)


class _Reader:
    """Turns ruamel's node graph into a tree of `Node`; aliases are copied, merge keys (``<<``) resolved."""

    def __init__(self, name: str, text: str, *, named: bool) -> None:
        self.name = name
        self.text = text
        self.named = named
        self.problems: list[Problem] = []
        self._open: list[RawNode] = []
        self._count = 0
        self._scalars = YAML(typ="safe", pure=True).constructor

    def read(self, raw: RawNode, key: Location | None) -> Node:
        location = self._place(raw)
        if any(raw is outer for outer in self._open):
            self.problems.append(problem("schema.bad-yaml", location, "*"))
            return Node(None, location, key or location)
        self._count += 1
        if len(self._open) >= MOST_LEVELS:
            raise _TooMuchError(problem("schema.too-deep", location, limit=MOST_LEVELS))
        if self._count > MOST_NODES:
            raise _TooMuchError(problem("schema.too-many-aliases", location, limit=MOST_NODES))
        self._open.append(raw)
        try:
            if isinstance(raw, MappingNode):
                return Node(self._mapping(raw), location, key or location)
            if isinstance(raw, SequenceNode):
                return Node(tuple(self.read(item, None) for item in raw.value), location, key or location)
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
            location = self._place(key)
            if key.tag == _MERGE_TAG:
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in reversed(sources):
                    merged.update(self.read(source, None).entries)
                continue
            if not isinstance(key, ScalarNode):
                self.problems.append(problem("schema.bad-yaml", location, "?"))
                continue
            if key.value in entries:
                first = entries[key.value].key_location
                self.problems.append(problem("schema.duplicate-key", location, key.value, line=first.line))
                continue
            self._enter(key, value, entries)
        return {**{name: node for name, node in merged.items() if name not in entries}, **entries}

    def _enter(self, key: ScalarNode, value: RawNode, entries: dict[str, Node]) -> None:
        """Add one entry of a mapping; one whose key holds its value as well, by a slip, is read as it was meant."""
        location = self._place(key)
        is_alone = isinstance(value, ScalarNode) and not value.value and not value.style
        slip = find_slip_in_key(key.value, alone=is_alone) if self.named and not key.style else None
        if slip is None:
            entries[key.value] = self.read(value, location)
            if is_alone:
                self._look_for_colour(key)
            return
        offset, code, meant, inside = slip
        at = replace(location, column=(location.column or 1) + offset)
        sign = key.value[offset]
        self.problems.append(
            full_width(at, sign) if code == "schema.full-width" else problem(code, at, key.value)
        )
        if meant not in entries:
            entries[meant] = Node(inside, at, location, inside) if inside else self.read(value, location)

    def _look_for_colour(self, key: ScalarNode) -> None:
        """Name a colour that is unquoted behind a key without a value: YAML takes it for a remark."""
        position = find_colour(self.text, key.end_mark.index)
        if position is not None:
            colour, location = self.text[position : position + 7], self._place(key)
            at = replace(location, column=(location.column or 1) + position - key.start_mark.index)
            self.problems.append(problem("schema.colour-unquoted", at, colour, suggestion=f"'{colour}'"))

    def _scalar(self, raw: ScalarNode, key: Location | None) -> Node:
        location = self._place(raw)
        text = self.text[raw.start_mark.index : raw.end_mark.index]
        wrong = find_full_width(raw.value, item=key is None) if self.named and not raw.style else None
        if wrong is not None:
            offset, sign, meant = wrong
            at = replace(location, column=(location.column or 1) + offset)
            self.problems.append(full_width(at, sign))
            return Node(meant, location, key or location, text[:1] + meant if offset == 0 else meant, "")
        try:
            value = self._scalars.construct_object(raw)
        except (YAMLError, ValueError, ArithmeticError):
            code = _unread(raw)
            self.problems.append(problem(code, location, text[:1] if code == "schema.sign-first" else text))
            value = None
        return Node(value, location, key or location, text, raw.style or "")


def _unread(raw: ScalarNode) -> str:
    """Return the code of a value that looks like something and is none."""
    tag = raw.tag or ""
    if tag.startswith("!"):
        return "schema.sign-first"
    return "schema.no-such-day" if tag.endswith(":timestamp") else "schema.bad-yaml"
