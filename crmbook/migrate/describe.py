"""A schema as plain data, kept with the book, so that a later schema can be compared with it.

Only what a migration must know is described: what tables, fields, lists and values are called in each language, what
kind of values they hold, what is computed how. Everything that has an order is a list, for not every database keeps
that of a mapping. Earlier descriptions travel along by fingerprint: a copy that comes back after two changes of the
schema is brought up to date in one step.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import CHINA
from crmbook.build import GUIDE, purpose_of, role_book
from crmbook.schema import DRAWN, Layout, layout_of, table_name
from crmbook.store import CLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.schema import Book, Field, Table, ValueList

    Description = dict[str, Any]

FORMAT: Final = 1
"""Version of the form of descriptions."""
MISSING: Final = 'AND($A1="",COUNTA($A1:$B1)>0)'
"""What marks a required cell that is blank, wherever it is."""
MANUAL: Final = 'AND($A1<>"",NOT(_xlfn.ISFORMULA($A1)))'
"""What marks a computed cell that somebody typed over, wherever it is."""
READ_ONLY: Final = " read-only"
"""What is said besides of a field that a role only sees."""
_LIMITS: Final = ("required", "unique", "min", "max", "pattern", "severity")
_DRAWN: Final = 3
"""How dashboards are drawn; raised when code alone draws them anew, so that filled workbooks get them too."""
_OF_HOME: Final = re.compile(r"\blocale\.|\bDAYS_(?:BETWEEN|AFTER)\(", re.IGNORECASE)
"""What in a formula reads the book's locale, which may change though the formula does not."""
_LOOKS: Final = ("format", "unit", "help", "example", "bars", "icons", "hidden", "suggest")


def describe_schema(book: Book, before: Mapping[str, Any] | None = None) -> Description:
    """Return what a later migration must know of a book's schema, ready for JSON.

    Parameters
    ----------
    book
        The schema.
    before
        The description that this one replaces; it is kept inside, with those before it.
    """
    described: Description = json.loads(_described(book))
    if before and before.get("fingerprint") != book.fingerprint:
        last = {name: part for name, part in before.items() if name != "earlier"}
        older = [one for one in before.get("earlier", ()) if one.get("fingerprint") != book.fingerprint]
        described["earlier"] = [last, *older]
    elif before:
        described["earlier"] = list(before.get("earlier", ()))
    return described


@lru_cache(maxsize=16)
def _described(book: Book) -> str:
    """Describe a book once, as text: every description that is handed out may be changed."""
    layout = layout_of(book)
    described: Description = {
        "format": FORMAT,
        "fingerprint": book.fingerprint,
        "template": book.template,
        "lang": book.lang,
        "paper": book.locale.paper,
        "drawn": DRAWN,
        "theme": [book.accent or "", book.font or ""],
        "tables": [_table(book, layout, table) for table in book.tables.values()],
        "sheets": [{"name": sheet.name, "titles": dict(sheet.titles)} for sheet in book.sheets],
        "lists": [_list(entries) for entries in book.lists.values()],
        "bands": list(book.bands),
        "parameters": list(book.parameters),
        "pages": [_page(book, name) for name in book.pages],
        "roles": [_role(book, name) for name in book.roles],
        "earlier": [],
    }
    if book.locale.clock:
        described[CLOCK] = book.locale.clock
    return json.dumps(described)


def find_schema(described: Mapping[str, Any], fingerprint: str) -> Mapping[str, Any] | None:
    """Return the description with a fingerprint: this one or one of the earlier; None where it is not known."""
    for one in (described, *described.get("earlier", ())):
        if one.get("fingerprint") == fingerprint:
            return one  # type: ignore[no-any-return]
    return None


def _table(book: Book, layout: Layout, table: Table) -> Description:
    table_layout = layout.tables.get(table.name)
    sheet = book.sheet_of(table.name) if table_layout else None
    return {
        "name": table.name,
        "titles": dict(table.titles),
        "aliases": list(table.aliases),
        "object_names": {lang: table_name(title) for lang, title in table.titles.items()},
        "sheet": sheet.name if sheet else "",
        "sheet_titles": dict(sheet.titles) if sheet else {},
        "managed": table.managed,
        "rows": table.rows or "",
        "key": table.key,
        "fields": [
            _field(layout, table, inner, book.missing_of(table.name, name))
            for name, inner in table.fields.items()
        ],
    }


def _field(layout: Layout, table: Table, inner: Field, missing: tuple[str, ...]) -> Description:
    written = inner.written
    return {
        "name": inner.name,
        "titles": dict(inner.titles),
        "aliases": list(inner.aliases),
        "type": inner.type,
        "storage": str(inner.storage),
        "list": inner.list or "",
        "by": inner.by or "",
        "to": inner.to or "",
        "derived": inner.derived,
        "helper": inner.is_helper,
        "hidden": inner.hidden,
        "formula": _digest(*_computed(layout, inner), *missing) if inner.formula else "",
        "limits": _digest(*(getattr(inner, name) for name in _LIMITS), written.required_when),
        "shown": shown_as(inner),
        "looks": looks_of(inner) + (READ_ONLY if inner.read_only else ""),
        "rules": list(_rules(layout, table, inner)),
        "bars": bars_of(inner),
        "icons": icons_of(inner),
    }


def _computed(layout: Layout, inner: Field) -> list[Any]:
    """Return what says how a field is computed: what reads where the book is at home, as it reads there."""
    written = inner.written
    said = [written.formula, inner.override, inner.live]
    if inner.formula and _OF_HOME.search(written.formula or "") and inner.table in layout.tables:
        said.append(inner.formula.render(layout.labels()))
    if inner.formula and inner.formula.searched.keys() & layout.labels().picked:
        said.append("picked")  # written with the search for a picked key, which the field itself does not say
    return said


def looks_of(inner: Field, **others: object) -> str:
    """Return a digest of how a field is shown and explained.

    Parameters
    ----------
    others
        What is taken to be said otherwise: its `help` or its `example`.
    """
    return _digest(*(others.get(name, getattr(inner, name)) for name in _LOOKS))


def shown_as(inner: Field) -> str:
    """Return the number format of a field's cells, and whether they are grey because a role only sees them."""
    return f"{inner.format}{READ_ONLY}" if inner.read_only else inner.format


def bars_of(inner: Field) -> bool | list[float | None]:
    """Return whether a field has data bars, and where they begin and end if its scale says so."""
    return list(inner.scale) if inner.bars and inner.scale[1] is not None else inner.bars


def icons_of(inner: Field) -> str:
    """Return the icons of a field and the scale that they share out; empty where it has none."""
    return " ".join(map(str, (inner.icons, *inner.scale))) if inner.icons else ""


def _rules(layout: Layout, table: Table, inner: Field) -> list[str]:
    """Return the formulas of a field's conditional formats as build writes them where nothing was moved."""
    table_layout = layout.tables.get(table.name)
    if table_layout is None or inner.name not in table_layout.columns:
        return []
    rules = [one.formula.render_a1(layout.labels(), table_layout.first_row) for one in inner.highlight]
    if table.managed and inner.awaited:
        rules.append(MISSING)
    if inner.override:
        rules.append(MANUAL)
    return [rule.removeprefix("=") for rule in rules]


def _list(entries: ValueList) -> Description:
    return {
        "name": entries.name,
        "titles": dict(entries.titles),
        "by": entries.by or "",
        "hidden": entries.hidden,
        "values": [
            {"name": value.name, "texts": dict(value.texts), "parent": value.parent or ""}
            for value in entries.values.values()
        ],
    }


def _role(book: Book, name: str) -> Description:
    """Return which tables a role sees, which fields of each and how these are marked, and its pages."""
    view = role_book(book, name)
    layout = layout_of(view)
    tables = [
        {
            "name": one.name,
            "fields": list(one.fields),
            "read_only": [inner.name for inner in one.fields.values() if inner.read_only],
            "rules": [list(_rules(layout, one, inner)) for inner in one.fields.values()],
        }
        for one in view.tables.values()
    ]
    return {"name": name, "tables": tables, "pages": [_page(view, page) for page in view.pages]}


def _page(book: Book, name: str) -> Description:
    page = book.pages[name]
    cells = [(cell.id, cell.title, cell.type, cell.help) for cell in page.cells]
    said = (
        page.title,
        page.texts,
        page.labels,
        cells,
        page.charts,
        page.tables,
        [one.text for one in page.advice],
    )
    laid_out: tuple[object, ...] = (page.blocks,) if page.blocks else ()
    laid_out += (page.links,) if page.links else ()
    if page.is_dashboard and not page.charts:  # which had no figures while only charts made a dashboard
        laid_out += ("dashboard",)
    if page.is_dashboard:
        laid_out += (_DRAWN,)
    labels = layout_of(book).labels()
    looks = [
        (cell.id, cell.below, [(one.style, one.formula.render_a1(labels, 1)) for one in cell.highlight])
        for cell in page.cells
        if cell.highlight or cell.below
    ]
    laid_out += (looks,) if looks else ()
    if book.locale.currency != CHINA.currency and _shows_currency(book, name):
        laid_out += (("currency", book.locale.currency),)
    if name == GUIDE:
        laid_out += ([(sheet.title, *purpose_of(book, sheet)) for sheet in book.sheets],)
    return {"name": name, "title": page.title, "digest": _digest(*said, *laid_out)}


def _shows_currency(book: Book, name: str) -> bool:
    """Return whether a page shows amounts: in its cells, or in its tables and the charts over them."""
    page = book.pages[name]
    types = {cell.type for cell in page.cells}
    types |= {field.type for table in page.tables for field in book.tables[table].fields.values()}
    return "money" in types


def _digest(*said: object) -> str:
    """Return a short text that is another one where something else is said."""
    return hashlib.blake2s(repr(said).encode(), digest_size=6).hexdigest()
