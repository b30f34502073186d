"""All that a book holds on one person, as a file that the person can be given: readable sheets, or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import pandas as pd

from crmbook.base import describe, moment_in
from crmbook.exchange.export.model import Export, Listing, OutColumn
from crmbook.exchange.export.records import records
from crmbook.exchange.export.sheets import workbook_of
from crmbook.ooxml import Package
from crmbook.read import CUSTOMER, PRODUCT
from crmbook.values import plain_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language
    from crmbook.revisions import Line
    from crmbook.store import RevisionRecord

VERSION: Final = 1
"""Of the JSON form; it grows when a property changes its meaning or goes."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What a book holds on one person.

    Attributes
    ----------
    customer
        Key and name.
    export
        The person's row, and the rows of other tables that refer to it, with what is computed.
    history
        Everything that ever was in these rows, and in those that were deleted: newest first.
    conflicts, reminders, mentions
        Rows of plain values by machine names: disputed cells with all their versions; answered reminders; cells of other
        rows that speak of the person.
    workbooks
        The files that show the person's row.
    clock
        The time zone of the moments in a workbook; empty for that of the machine.
    """

    customer: str
    export: Export
    history: Sequence[tuple[RevisionRecord, Line]]
    conflicts: Sequence[Row]
    reminders: Sequence[Row]
    mentions: Sequence[Row]
    workbooks: Sequence[str]
    clock: str = ""

    @property
    def changes(self) -> list[Row]:
        """The history as rows of plain values."""
        return [
            {
                "revision": revision.number,
                "at": revision.at,
                "who": revision.who,
                "table": line.title,
                "key": line.key,
                "change": line.change,
                "field": line.header,
                "old": plain_value(line.old),
                "new": plain_value(line.new),
            }
            for revision, line in self.history
        ]


def held_as_json(held: Held) -> bytes:
    """Return everything as one JSON document."""
    document = {
        "crmbook_person": {"version": VERSION, "template": held.export.template, "as_of": held.export.as_of},
        "customer": held.customer,
        "tables": {table.table.name: records(table) for table in held.export.tables},
        "history": held.changes,
        "conflicts": list(held.conflicts),
        "reminders": list(held.reminders),
        "mentions": list(held.mentions),
        "workbooks": list(held.workbooks),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def held_as_xlsx(held: Held) -> bytes:
    """Return everything as a workbook: a sheet for each table, then the rest."""
    lang = held.export.shown_lang
    listings: list[Listing] = [*held.export.tables]
    workbooks = [{"file-name": name} for name in held.workbooks]
    for code, rows in (
        ("history", held.changes),
        ("conflicts", held.conflicts),
        ("reminders", held.reminders),
        ("mentions", held.mentions),
        ("workbooks", workbooks),
    ):
        if rows:
            listings.append(_listing(code, rows, lang, held.clock))
    package = Package.open(workbook_of(listings, PRODUCT, "person"))
    package.set_property(CUSTOMER, held.customer)
    return package.to_bytes()


def _listing(code: str, rows: Sequence[Row], lang: Language, clock: str) -> Listing:
    """Return rows as texts under headers in a language."""
    names = list(rows[0])
    columns = tuple(OutColumn(name, describe(f"export.held-{name}", lang, {})) for name in names)
    frame = pd.DataFrame(
        {name: [_shown(name, row[name], lang, clock) for row in rows] for name in names}, dtype=object
    )
    return Listing(describe(f"export.held-{code}", lang, {}), columns, frame)


def _shown(name: str, value: Any, lang: Language, clock: str) -> str | None:
    if name in {"change", "state"} and value:
        return describe(f"export.held-{name}-{value}", lang, {})
    if name == "at" and value:
        return f"{moment_in(clock, value):%Y-%m-%d %H:%M}"
    if isinstance(value, dict):
        return "; ".join(f"{label}: {item}" for label, item in value.items())
    return None if value is None else str(value)
