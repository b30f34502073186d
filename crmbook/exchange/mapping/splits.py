"""Which rules for taking cells apart (two telephones, region and city, name and company) fit which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema import place_fields

if TYPE_CHECKING:
    from crmbook.exchange.mapping.model import Split
    from crmbook.schema import Book, Field


def fitting_split(book: Book, target: Field, split: Split) -> Split:
    """Return how cells that go into a field are taken apart; nothing where a rule asks for what means nothing there."""
    table = book.tables[target.table]
    words = book.imports.tables.get(table.name)
    address = place_fields(table)
    of_places = {address.region, address.city, words.address if words else None} if address else set()
    fits = {
        "phones": target.type == "phone",
        "emails": target.type == "email",
        "region_city_address": target.name in of_places,
        "name_company": target.type == "text",
        "note": target.type == "text",
        "people": target.name == table.name_field and words is not None and target.name in words.people,
        "given_name": target.name == table.name_field,
        "family_name": target.name == table.name_field,
    }
    return split if fits.get(split) else ""
