"""Loading a book: files → library → draft → checks → bound formulas → book. All mistakes are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.records import Location
from crmbook.schema.assemble import assemble_book
from crmbook.schema.binding import bind_draft
from crmbook.schema.draft import make_draft
from crmbook.schema.problem import Problem, SchemaError, problem, sorted_problems
from crmbook.schema.shelves import Library, read_library
from crmbook.schema.verify import iter_draft_problems

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.issues import Language
    from crmbook.schema.book import Book


def load_book(
    template: str = "standard",
    lang: Language = "zh",
    workspace: Path | None = None,
    *,
    base: Path | None = None,
) -> Book:
    """Return the book of a template.

    Parameters
    ----------
    template
        Machine name of the template.
    lang
        Language of titles, lists and texts.
    workspace
        Folder whose ``schemas/`` and ``templates/`` change or extend the shipped ones.
    base
        Folder whose ``schemas/`` and ``templates/`` take the place of the shipped ones.

    Raises
    ------
    SchemaError
        If a file has mistakes, or there is no such template; it lists all problems.
    """
    return _load(read_library(workspace, base), template, lang)


def find_problems(workspace: Path | None = None, *, base: Path | None = None) -> tuple[Problem, ...]:
    """Return all problems of all templates; none when every one of them makes a book."""
    library = read_library(workspace, base)
    problems: list[Problem] = [] if library.templates else list(library.problems)
    for name in library.templates:
        try:
            _load(library, name, "zh")
        except SchemaError as error:
            problems.extend(error.problems)
    return sorted_problems(problems)


def template_names(workspace: Path | None = None, *, base: Path | None = None) -> tuple[str, ...]:
    """Return the names of all templates."""
    return tuple(sorted(read_library(workspace, base).templates))


def _load(library: Library, template: str, lang: Language) -> Book:
    if template not in library.templates:
        place = Location()
        raise SchemaError(
            [*library.problems, problem("schema.unknown-template", place, template, library.templates)]
        )
    draft = make_draft(library, template)
    bindings = bind_draft(draft, lang)
    problems = [*draft.problems, *iter_draft_problems(draft), *bindings.problems]
    if problems:
        raise SchemaError(problems)
    return assemble_book(draft, bindings, lang)
