"""Making a book: files → library → draft → checks → bound formulas → book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Language, Location
from crmbook.schema.assemble import assemble_book
from crmbook.schema.binding import bind_draft
from crmbook.schema.consequences import without_consequences
from crmbook.schema.draft import make_draft
from crmbook.schema.problem import SchemaError, problem
from crmbook.schema.shelves import read_library
from crmbook.schema.telling import with_machine_names
from crmbook.schema.verify import iter_draft_problems

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema.book import Book


def make_book(workspace: Path | None, base: Path | None, template: str, lang: Language) -> Book:
    """Return the book of a template, see `crmbook.schema.load_book`.

    Raises
    ------
    SchemaError
        If a file has mistakes, or there is no such template.
    """
    library = read_library(workspace, base)
    if template not in library.templates:
        unknown = problem("schema.unknown-template", Location(), template, library.templates)
        reported = without_consequences([*library.problems, unknown], frozenset(library.lost))
        raise SchemaError(reported or [unknown])
    draft = make_draft(library, template)
    bindings = bind_draft(draft, lang)
    problems = [*draft.problems, *iter_draft_problems(draft), *bindings.problems]
    if problems:
        reported = without_consequences(problems, frozenset(library.lost) | draft.broken())
        raise SchemaError(with_machine_names(reported or problems, draft), template)
    return assemble_book(draft, bindings, lang)
