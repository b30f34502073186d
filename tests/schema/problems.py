"""All that is wrong in a workspace, whichever template it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema import SchemaError, load_book
from crmbook.schema.problem import sorted_problems
from crmbook.schema.shelves import read_library

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema import Problem


def find_problems(workspace: Path | None = None, *, base: Path | None = None) -> tuple[Problem, ...]:
    """Return all problems of all templates; none when every one of them makes a book."""
    library = read_library(workspace, base)
    problems: list[Problem] = [] if library.templates else list(library.problems)
    for name in library.templates:
        try:
            load_book(name, workspace=workspace, base=base)
        except SchemaError as error:
            problems.extend(error.problems)
    return sorted_problems(problems)


def template_names(workspace: Path | None = None, *, base: Path | None = None) -> tuple[str, ...]:
    """Return the names of all templates."""
    return tuple(sorted(read_library(workspace, base).templates))
