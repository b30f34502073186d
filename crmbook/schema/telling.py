"""Suggestions for misspelled names in formulas and schemas.

Whoever writes a formula reads headers, not files: the words that a workbook shows are known here by their machine names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.schema.consequences import NAMES
from crmbook.schema.names import is_machine_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node
    from crmbook.schema.problem import Problem

_OTHERS: Final = frozenset({"schema.bad-name", "schema.unknown-field-type"})
"""What is said of a name as well, and follows from nothing else."""


def with_machine_names(problems: Iterable[Problem], draft: Draft) -> list[Problem]:
    """Return the problems, those about a name that the workbook shows with the machine name of what it means."""
    return [_with_machine_name(one, draft) for one in problems]


def _with_machine_name(found: Problem, draft: Draft) -> Problem:
    if found.suggestion or found.code not in NAMES | _OTHERS:
        return found
    names = _meant(found, draft)
    if found.code == "schema.bad-name":
        names = (name for name in (*names, _plain(found.value)) if is_machine_name(name))
    names = (name for name in names if name != found.value)  # what is wrong here may be right elsewhere
    meant = next(names, "")
    return replace(found, params={**found.params, "suggestion": meant}) if meant else found


def _plain(text: str) -> str:
    """Return a name as it might be written: in lower case, with underscores."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def _meant(found: Problem, draft: Draft) -> Iterator[str]:
    """Yield the machine names of what a word may mean, the likeliest first."""
    word = str(
        found.params.get("field" if found.code == "formula.unknown-field" else "word", found.value)
    ).strip()
    if found.code == "formula.unknown-table":
        word = str(found.params.get("table", word))
    if found.code == "formula.unknown-field":
        yield from _fields(draft, str(found.params.get("table", "")), word)
    elif found.code in ("formula.unknown-constant", "schema.unknown-constant"):
        name, _, value = word.partition(".")
        for entry in (name, *_called(draft.nodes.get("lists", {}), name)):
            yield from _constants(draft, value, only=entry)
    elif found.code == "formula.unknown-name":
        yield from (f"[@{name}]" for name in _fields(draft, str(found.params.get("within", "")), word))
        yield from _cells(draft, word)
        yield from _constants(draft, word)
    elif found.code == "schema.unknown-value":
        offered = str(found.params.get("valid", "")).split(", ")
        names = (name.rpartition(".")[2] for name in _constants(draft, word))
        yield from (name for name in names if name in offered)
    yield from _others(found, draft, word)


def _others(found: Problem, draft: Draft, word: str) -> Iterator[str]:
    """Yield what a word may mean where a name of whatever kind is wanted."""
    if found.code in ("schema.unknown-field", "schema.bad-name"):
        for name, node in draft.all_tables.items():
            if node.location.file == found.location.file:
                yield from _fields(draft, name, word)
    if found.code in (
        "formula.unknown-table",
        "schema.unknown-table",
        "schema.unknown-sheet",
        "schema.bad-name",
    ):
        yield from _called(draft.all_tables, word)
    if found.code in ("schema.unknown-page", "schema.unknown-sheet", "schema.bad-name"):
        yield from _called(draft.all_pages, word)
    if found.code in ("schema.unknown-list", "schema.bad-name"):
        yield from _called(draft.nodes.get("lists", {}), word)


def _fields(draft: Draft, table: str, word: str) -> Iterator[str]:
    node = draft.all_tables.get(table)
    if node is not None and node.has("fields"):
        yield from _called(node.at("fields").entries, word)


def _cells(draft: Draft, word: str) -> Iterator[str]:
    for page in draft.all_pages.values():
        for cell in page.at("cells").items if page.has("cells") else ():
            if cell.has("id") and word.casefold() in _titles(cell):
                yield str(cell.at("id").value)


def _constants(draft: Draft, word: str, *, only: str = "") -> Iterator[str]:
    for name, entry in draft.lists.items():
        if only in ("", name):
            for key, value in entry.values.items():
                if word.casefold() in (value.zh.casefold(), value.en.casefold(), key):
                    yield f"{name}.{key}"


def _called(entries: Mapping[str, Node], word: str) -> Iterator[str]:
    for name, node in entries.items():
        if word.casefold() in _titles(node):
            yield name


def _titles(node: Node) -> set[str]:
    """Return the words by which a workbook shows a thing, and its other ones."""
    title = node.entries.get("title")
    shown = [inner.value for inner in title.entries.values()] if title else []
    aliases = node.entries.get("aliases")
    shown += [inner.value for inner in aliases.items] if aliases else []
    return {str(text).casefold() for text in shown}
