"""Places typed whole into the cell of a region: ``北京市朝阳区`` is the region 北京 and the city 朝阳区.

A cell is taken apart only where nothing of it is lost: all of its text is region and city, and the city's cell is
blank or says the same. Where it says another city, both cells stay as they were typed, and the region's is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crmbook.schema import place_fields
from crmbook.values import Parsed, parse_value, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.check.domains import Domains
    from crmbook.read import TableSnapshot
    from crmbook.schema import Field, Table
    from crmbook.values import Address, Column, Surroundings

    Items = np.ndarray[tuple[int], np.dtype[Any]]

_NO_ENTRY = frozenset({"value.not-in-list", "value.not-in-list-near"})


@dataclass(frozen=True, slots=True)
class TypedPlaces:
    """The cells of a table's regions and cities, as they were typed.

    Attributes
    ----------
    region, city
        The two fields.
    cities
        What was typed into the cells of the city.
    domains
        What the fields may hold.
    """

    region: Field
    city: Field
    cities: pd.Series
    domains: Domains

    @classmethod
    def of(cls, table: Table, found: TableSnapshot, domains: Domains) -> TypedPlaces | None:
        """Return the places of a table, None where a workbook does not show both of their columns."""
        fields = place_fields(table)
        if fields is None or not {fields.region, fields.city} <= set(found.columns):
            return None
        region, city = table.fields[fields.region], table.fields[fields.city]
        return cls(region, city, found.frame[city.name], domains)

    def split(self, column: Column, raws: Items, around: Surroundings) -> dict[int, str]:
        """Put the regions of places typed whole into the column of regions; return the cities that go with them."""
        cities: dict[int, str] = {}
        for position, finding in list(column.findings.items()):
            address = self._address(raws[position]) if finding.problem in _NO_ENTRY else None
            if address is None:
                continue
            problem = self._problem(address, self.cities.iloc[position], around)
            if problem is not None:
                column.findings[position] = problem
                continue
            del column.findings[position]
            column.items[position] = address.region
            cities[position] = address.city
        column.altered = _with(column.altered, cities)
        return cities

    def _address(self, raw: object) -> Address | None:
        return self.domains.addresses(self.region, self.city).read(spell(raw))

    def _problem(self, address: Address, typed: object, around: Surroundings) -> Parsed | None:
        """Return why a place cannot be taken apart beside what was typed as its city, None where it can."""
        found = {"region": address.region, "city": address.city}
        if address.rest:
            return Parsed(None, "value.place-with-more", params={**found, "rest": address.rest})
        text = tidy(spell(typed))
        inside = replace(around, parent=address.region)
        cities = self.domains.of(self.city)
        if not text or not address.city or parse_value(cities, typed, inside).value == address.city:
            return None
        return Parsed(None, "value.place-contradicts", params={**found, "typed": text})


def put_cities(column: Column, cities: Mapping[int, str]) -> None:
    """Put the cities that were in the cells of regions into the column of cities."""
    missing = [position for position, city in cities.items() if city and column.items[position] is None]
    for position in missing:
        column.items[position] = cities[position]
    column.altered = _with(column.altered, missing)


def _with(positions: Items, more: Any) -> Items:
    return np.union1d(positions, np.fromiter(more, dtype=np.intp, count=len(more))).astype(np.intp)
