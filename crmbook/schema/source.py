"""Reading YAML: a file or text becomes a tree of `Node`, its mistakes of notation become problems."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
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
        place = Location(name, line, error.start - error.object.rfind(b"\n", 0, error.start))
        return _empty(name), (problem("schema.not-utf8", place),)
    return _read_text(text, name)


@lru_cache(maxsize=512)
def _read_text(text: str, name: str) -> tuple[Node, tuple[Problem, ...]]:
    node = recall(text, name)
    if node is not None:
        return node, ()
    node, problems = parse_source(text, name)
    if not problems:
        keep(text, node)
    return node, problems


def parse_source(text: str, name: str) -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of YAML `text` and the problems of its notation (syntax, keys given twice)."""
    reader = _Reader(name, text)
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML allows an anchor to be given anew
    try:
        raw = yaml.compose(text)
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
    place = Location(name, 1, 1)
    return Node({}, place, place)


class _Reader:
    """Turns ruamel's node graph into a tree of `Node`; aliases are copied, merge keys (``<<``) resolved."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.problems: list[Problem] = []
        self._open: list[RawNode] = []
        self._count = 0
        self._scalars = YAML(typ="safe", pure=True).constructor

    def read(self, raw: RawNode, key: Location | None) -> Node:
        place = self._place(raw)
        if any(raw is outer for outer in self._open):
            self.problems.append(problem("schema.bad-yaml", place, "*"))
            return Node(None, place, key or place)
        self._count += 1
        if len(self._open) >= MOST_LEVELS:
            raise _TooMuchError(problem("schema.too-deep", place, limit=MOST_LEVELS))
        if self._count > MOST_NODES:
            raise _TooMuchError(problem("schema.too-many-aliases", place, limit=MOST_NODES))
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
        except (YAMLError, ValueError, ArithmeticError):
            self.problems.append(problem("schema.bad-yaml", place, text))
            value = None
        return Node(value, place, key or place, text, raw.style or "")
