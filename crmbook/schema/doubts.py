"""What is no mistake in a workspace, and still most likely not what was meant: reported by ``crmbook schema`` alone.

A book is made with it all the same. So a formula that compares a field with a word of its list works until somebody renames
that word or builds the book in the other language, and a file that lies beside ``schemas/`` is simply not read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.base import Location, Severity
from crmbook.formula import iter_comparisons, iter_counts, iter_differences
from crmbook.schema.draft import make_draft
from crmbook.schema.problem import Problem, nearest, problem, sorted_problems
from crmbook.schema.shelves import HOMES, display, read_library
from crmbook.schema.sites import iter_sites
from crmbook.schema.source import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.schema.draft import Draft
    from crmbook.schema.sites import Site

_PATTERN: Final = re.compile(r"^[=<>]|[*?~]")
"""A criterion that is more than a word."""
_YAML: Final = (".yaml", ".yml")
_MOST_FILES: Final = 200
"""Files that are looked at beside ``schemas/`` and ``templates/``: a workspace may be a folder with much else in it."""


def find_doubts(
    template: str = "standard", workspace: Path | None = None, *, base: Path | None = None
) -> tuple[Problem, ...]:
    """Return what is doubtful about the workspace's files, for a template that has no mistakes."""
    library = read_library(workspace, base)
    draft = make_draft(library, template)
    found = [*_unread_files(workspace)] if workspace is not None else []
    for site in iter_sites(draft):
        kind, name, *steps = site.path
        if draft.is_own(draft.location(str(kind), str(name), *steps)):
            found += _formula_doubts(draft, site)
    return tuple(replace(one, severity=Severity.WARNING) for one in sorted_problems(found))


def _unread_files(workspace: Path) -> Iterator[Problem]:
    """Yield the YAML files of a workspace that are not read, and say where there is none that is."""
    folders = [workspace / kind for kind in sorted(set(HOMES.values()))]
    for path in _strays(workspace):
        node, _ = read_source(path, display(path))
        key = next((name for name in node.entries if name in HOMES), None)
        if key is not None:
            location = node.entries[key].key_location
            yield problem("schema.stray-file", location, path.name, folder=HOMES[key])
    if not any(path.suffix in _YAML for folder in folders if folder.is_dir() for path in folder.iterdir()):
        yield problem("schema.empty-workspace", Location(file=display(workspace)), str(workspace))


def _strays(workspace: Path) -> list[Path]:
    """Return the YAML files beside the two folders that are read, and those in folders below them."""
    read = {workspace / kind for kind in HOMES.values()}
    folders = [path for path in (workspace, *read) if path.is_dir()]
    below = [path for folder in folders for path in sorted(folder.iterdir())[:_MOST_FILES]]
    beside = [path for path in below if path.parent == workspace and path.is_file()]
    inner = [path for path in below if path.is_dir() and path not in read and not path.name.startswith(".")]
    nested = [path for folder in inner for path in sorted(folder.iterdir())[:_MOST_FILES] if path.is_file()]
    return [path for path in (*beside, *nested) if path.suffix in _YAML][:_MOST_FILES]


def _formula_doubts(draft: Draft, site: Site) -> Iterator[Problem]:
    """Yield what is doubtful about one formula of a person's own, at its character."""
    kind, name, *steps = site.path
    node = draft.nodes[str(kind)][str(name)].at(*steps)
    for difference, text, offset in iter_differences(site.text):
        yield problem(f"schema.{difference}", node.character(offset), text)
    if site.path[-1] == "default" and site.table is not None:
        for function, offset in iter_counts(site.text, site.table):
            yield problem("schema.counting-default", node.character(offset), function)
    for table, field, text, offset in iter_comparisons(site.text):
        words = _words_of(draft, table or site.table or "", field)
        if not words or not text or _PATTERN.search(text):
            continue
        location = node.character(offset)
        meant = words.get(text)
        if meant is None:
            meant = words.get(nearest(text, words), "")
            yield problem("schema.no-such-word", location, text, suggestion=meant, field=field)
        else:
            yield problem("schema.word-of-list", location, text, suggestion=meant)


def _words_of(draft: Draft, table: str, field: str) -> dict[str, str]:
    """Return the constants that stand for the values of a field's list, by their words in both languages."""
    spec = draft.tables.get(table)
    column = spec.fields.get(field) if spec else None
    if column is None or column.list is None or column.type == "multi_enum":
        return {}
    entry = draft.lists.get(column.list)
    values = entry.values.items() if entry else ()
    return {word: f"{column.list}.{key}" for key, value in values for word in (value.en, value.zh)}
