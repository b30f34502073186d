"""vCard 3.0: a card for each person with a telephone, an address or anything else that a card can hold.

Which field a property is, the import says that reads cards: the headers it gives them are looked up among the names of
the table's fields, so that what goes out comes back into the same fields.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import vobject

from crmbook.exchange.export.errors import ExportError
from crmbook.exchange.export.records import plain
from crmbook.exchange.mapping import Names
from crmbook.exchange.sources import CARD_HEADERS

if TYPE_CHECKING:
    from crmbook.exchange.export.model import Export, Outgoing
    from crmbook.schema import Book

_CHINESE: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST_NAME: Final = 4
"""Characters of a Chinese person's name; a longer one is a company's."""


def as_vcard(book: Book, _export: Export, table: Outgoing) -> bytes:
    """Return the rows of a table as cards; a row without a name and a way to reach anybody has none.

    Raises
    ------
    ExportError
        ``export.no-contacts`` if the table holds no names.
    """
    if not can_be_cards(table):
        raise ExportError("export.no-contacts", table=table.title)
    cells = {one.name: plain(one, table) for one in table.columns}
    fields = _properties(book, table)
    name = table.table.name_field or ""
    surnames = book.imports.surnames
    cards = []
    for row, person in enumerate(cells[name]):
        if person is not None:
            values = [(kind, cells[label][row]) for kind, label in fields]
            cards.append(_card(str(person), [(kind, one) for kind, one in values if one], surnames))
    return "".join(cards).encode()


def can_be_cards(table: Outgoing) -> bool:
    """Return whether the rows of a table are people or companies that can be reached."""
    kinds = {one.field.type for one in table.columns if one.field}
    return table.table.name_field in table.frame and bool(kinds & {"phone", "email"})


def _properties(book: Book, table: Outgoing) -> list[tuple[str, str]]:
    """Return the properties of a card with the fields whose values they take, telephones first."""
    found: list[tuple[str, str]] = []
    taken = {table.table.name_field}
    for one in table.columns:
        if one.field and one.field.type in {"phone", "email"}:
            found.append(("TEL" if one.field.type == "phone" else "EMAIL", one.name))
            taken.add(one.name)
    names = Names(book, table.table)
    for kind, header in CARD_HEADERS.items():
        for candidate in names.exact(header):
            if candidate.field in table.frame and candidate.field not in taken:
                found.append((kind, candidate.field))
                taken.add(candidate.field)
                break
    return found


def _card(name: str, values: list[tuple[str, Any]], surnames: str) -> str:
    card = vobject.vCard()
    card.add("fn").value = name
    family, given = _parted(name, surnames)
    card.add("n").value = vobject.vcard.Name(family=family, given=given)
    for kind, value in values:
        text = str(value)
        if kind == "ADR":
            card.add("adr").value = vobject.vcard.Address(street=text)
        elif kind == "ORG":
            card.add("org").value = [text]
        elif kind != "BDAY" or _DAY.fullmatch(text):  # a day that was masked is none
            card.add(kind.lower()).value = text
        if kind == "TEL":
            card.contents["tel"][-1].type_param = "CELL" if _is_mobile(text) else "VOICE"
    return str(card.serialize(lineLength=75))


def _is_mobile(text: str) -> bool:
    return re.fullmatch(r"1\d{10}", text) is not None


def _parted(name: str, surnames: str) -> tuple[str, str]:
    """Return family name and given name, as an address book sorts by."""
    if _CHINESE.search(name):
        is_person = name[0] in surnames and len(name) <= _LONGEST_NAME
        return (name[0], name[1:]) if is_person else (name, "")
    given, _, family = name.rpartition(" ")
    return family, given
