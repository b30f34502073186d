"""Sheets: each once, with a title and names that every office program accepts, in both languages; roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema.model import RoleSheetSpec
from crmbook.schema.names import is_sheet_name
from crmbook.schema.naming import cell_name, list_name, table_name
from crmbook.schema.problem import Problem, problem
from crmbook.schema.verify.fields import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language, Location
    from crmbook.schema.draft import Draft
    from crmbook.schema.model import Label


def iter_sheet_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the sheets of the template."""
    yield from _repeated_sheets(draft)
    for lang in LANGUAGES:
        yield from _title_problems(draft, lang)
        yield from _name_problems(draft, lang)
    yield from _role_problems(draft)
    yield from _owner_problems(draft)
    for index, name in enumerate(draft.template.hidden):
        location = draft.template_node.at("hidden", index).location
        if name not in draft.sheet_names(location):
            yield problem("schema.unknown-sheet", location, name, draft.sheet_names(location))


def _repeated_sheets(draft: Draft) -> Iterator[Problem]:
    seen: set[tuple[bool, str]] = set()
    for index, sheet in draft.sheet_places():
        key = (sheet.table is not None, sheet.name)
        if key in seen:
            location = draft.template_node.at("sheets", index, "table" if sheet.table else "page").location
            yield problem("schema.duplicate-sheet", location, sheet.name)
        seen.add(key)
    for name, page in draft.pages.items():
        for index, table in enumerate(page.tables):
            if (True, table) in seen:
                yield problem("schema.duplicate-sheet", draft.location("pages", name, "tables", index), table)
            seen.add((True, table))


def _titles(draft: Draft, lang: Language) -> Iterator[tuple[str, str, Location]]:
    """Yield machine name, title and the title's location of every sheet."""
    for sheet in draft.template.sheets:
        kind = "tables" if sheet.table else "pages"
        specs: dict[str, Label] = {name: spec.title for name, spec in draft.tables.items()}
        if sheet.page:
            specs = {name: spec.title for name, spec in draft.pages.items()}
        if sheet.name in specs:
            yield sheet.name, specs[sheet.name].text(lang), draft.location(kind, sheet.name, "title", lang)


def _title_problems(draft: Draft, lang: Language) -> Iterator[Problem]:
    taken: dict[str, tuple[str, Location]] = {}
    for name, title, location in _titles(draft, lang):
        if not is_sheet_name(title):
            yield problem("schema.bad-sheet-title", location, title)
        owner, first = taken.setdefault(title.casefold(), (name, location))
        if first != location:
            yield problem("schema.duplicate-sheet-title", location, title, other=owner)


def _name_problems(draft: Draft, lang: Language) -> Iterator[Problem]:
    """Yield names of tables, lists and cells that would meet in the workbook."""
    taken: dict[str, str] = {}
    for kind, name, written, location in _names(draft, lang):
        owner = taken.setdefault(written.casefold(), f"{kind} {name}")
        if owner != f"{kind} {name}":
            yield problem("schema.duplicate-name", location, written, other=owner)


def _names(draft: Draft, lang: Language) -> Iterator[tuple[str, str, str, Location]]:
    for name, table in draft.tables.items():
        yield "table", name, table_name(table.title.text(lang)), draft.location("tables", name, "title", lang)
    used = draft.used_lists()
    for name, entry in draft.lists.items():
        if not entry.hidden and name in used:
            yield (
                "list",
                name,
                list_name(entry.title.text(lang), lang),
                draft.location("lists", name, "title", lang),
            )
    for page_name, page in draft.pages.items():
        for index, cell in enumerate(page.cells):
            location = draft.location("pages", page_name, "cells", index, "title", lang)
            yield "cell", cell.id, cell_name(cell.title.text(lang)), location


def _owner_problems(draft: Draft) -> Iterator[Problem]:
    """Yield that the field which says who is in charge is none that people fill in."""
    if draft.template.owner_field is None:
        return
    table, field = draft.template.people
    location = draft.template_node.at("owner_field").location
    if table not in draft.tables:
        is_broken = table in draft.all_tables and any(sheet.table == table for sheet in draft.template.sheets)
        if not is_broken:
            yield problem("schema.unknown-table", location, table, draft.tables)
        return
    fields = draft.tables[table].fields
    typed = [name for name, spec in fields.items() if spec.formula is None or spec.override]
    is_broken = field not in fields and field in draft.fields_of(table, location)
    if field in fields and field not in typed:
        yield problem("schema.never-typed", location, field)
    elif field not in fields and not is_broken:
        yield problem("schema.unknown-field", location, field, typed)


def _is_typed(draft: Draft, table: str, field: str) -> bool:
    """Return whether people type into a field, its own number apart, by which sync knows the row."""
    spec = draft.tables.get(table)
    inner = spec.fields.get(field) if spec else None
    return spec is None or inner is None or (field != spec.key and (not inner.formula or inner.override))


def _role_problems(draft: Draft) -> Iterator[Problem]:
    for role, spec in draft.template.roles.items():
        for index, sheet in enumerate(spec.sheets):
            node = draft.template_node.at("roles", role, "sheets", index)
            view = RoleSheetSpec(table=sheet) if isinstance(sheet, str) else sheet
            at = node.at("table" if view.table else "page").location
            shown = draft.sheet_names(at)
            if view.name not in shown:
                yield problem("schema.unknown-sheet", at, view.name, shown)
                continue
            named = (("fields", view.fields or ()), ("hide", view.hide), ("read_only", view.read_only))
            for key, names in named:
                for inner, field in enumerate(names):
                    location = node.at(key, inner).location
                    known = draft.fields_of(view.name, location)
                    if field not in known:
                        yield problem("schema.unknown-field", location, field, known)
                    elif key == "read_only" and not _is_typed(draft, view.name, field):
                        yield problem("schema.never-typed", location, field)
