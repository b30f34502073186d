"""Which fields of a table hold a place: a region, and a city that the region narrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.schema.names import REGIONS

if TYPE_CHECKING:
    from crmbook.schema.book import Table


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """The fields of a table that hold a region and a city of it."""

    region: str
    city: str


def place_fields(table: Table) -> PlaceFields | None:
    """Return which fields of a table hold a region and a city, None where it has none."""
    for field in table.fields.values():
        if field.by and field.by in table.fields and table.fields[field.by].list == REGIONS:
            return PlaceFields(field.by, field.name)
    return None
