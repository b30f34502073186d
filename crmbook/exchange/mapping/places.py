"""Regions and cities out of what people write: ``北京市朝阳区``, ``浙江省 杭州市 西湖区 文三路0号``, ``成都``.

A place is read from the left: a region with or without its ending, then a city of it; a city alone tells its
region. What is left over is the rest of an address. Only what the two lists hold is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.values import narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.model import Split
    from crmbook.schema import Book, Field, Table
    from crmbook.values import Choice

_ENDING: Final = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)")
_CITY_ENDING: Final = re.compile(r"市|新区|区|县")
_BARE: Final = re.compile(r"(?:市|新区|区|县)$")
_BETWEEN: Final = " \t,，/、-·"
_SHORTEST: Final = 2
"""Signs of a name that may begin a longer text: 沪 alone is 上海, but 新街口 lies not in 新疆."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text says about a place; empty where it does not."""

    region: str
    city: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """The fields of a table that hold a region and a city of it."""

    region: str
    city: str


def place_fields(table: Table) -> PlaceFields | None:
    """Return which fields of a table hold a region and a city, None where it has none."""
    for field in table.fields.values():
        if field.by and field.by in table.fields and table.fields[field.by].list == "region":
            return PlaceFields(field.by, field.name)
    return None


def fitting_split(book: Book, target: Field, split: Split) -> Split:
    """Return how cells that go into a field are taken apart; nothing where a rule asks for what means nothing there."""
    table = book.tables[target.table]
    words = book.imports.tables.get(table.name)
    places = place_fields(table)
    of_places = {places.region, places.city, words.address if words else None} if places else set()
    fits = {
        "phones": target.type == "phone",
        "emails": target.type == "email",
        "region_city_address": target.name in of_places,
        "name_company": target.type == "text",
        "note": target.type == "text",
        "given_name": target.name == table.name_field,
        "family_name": target.name == table.name_field,
    }
    return split if fits.get(split) else ""


class Places:
    """Reads places against the lists of regions and cities."""

    def __init__(self, regions: Entries, cities: Entries) -> None:
        self._regions = regions
        self._region_names = sorted(_names(iter(regions)), key=lambda pair: -len(pair[0]))
        self._cities: dict[str | None, list[tuple[str, Choice]]] = {}
        for name, city in sorted(_names(iter(cities)), key=lambda pair: -len(pair[0])):
            self._cities.setdefault(city.of, []).append((name, city))
            self._cities.setdefault(None, []).append((name, city))

    def read(self, text: str) -> Found | None:
        """Return the place that a text begins with, None where it begins with none."""
        text = narrow(tidy(text))
        whole = self._regions.find(text)
        if whole is not None:
            return Found(whole.label)
        region, rest, ended = self._region(text)
        if region is None:
            return self._by_city(text)
        city, city_rest, _ = self._city(rest, region.label)
        inner, inner_rest, inner_ended = self._region(rest)
        if city is None and inner is not None:  # 广东省深圳市: a region of its own here
            region, rest, ended = inner, inner_rest, inner_ended
            city, city_rest, _ = self._city(rest, region.label)
        if city is None:
            return Found(region.label, "", rest) if ended else None
        return Found(region.label, city.label, city_rest)

    def _by_city(self, text: str) -> Found | None:
        city, rest, ended = self._city(text, None)
        if city is None or city.of is None or not ended:
            return None
        same = {other.of for _, other in self._cities[None] if other.label == city.label}
        return Found(city.of, city.label, rest) if len(same) == 1 else None

    def _region(self, text: str) -> tuple[Choice | None, str, bool]:
        return _begin(text, self._region_names, _ENDING)

    def _city(self, text: str, region: str | None) -> tuple[Choice | None, str, bool]:
        return _begin(text, self._cities.get(region, []), _CITY_ENDING)


def _begin(
    text: str, names: list[tuple[str, Choice]], endings: re.Pattern[str]
) -> tuple[Choice | None, str, bool]:
    """Return the entry whose name a text begins with, what follows, and whether its name ends there for sure.

    南京西路 and 北京路 begin with names of places that they do not lie in.
    """
    for name, entry in names:
        if text.casefold().startswith(name):
            rest = text[len(name) :]
            ending = endings.match(rest)
            after = rest[ending.end() :] if ending else rest
            whole = bool(ending) or name[-1] in "市区县省" or not rest or rest[0] in _BETWEEN
            return entry, after.strip(_BETWEEN), whole
    return None, text, False


def _names(entries: Iterator[Choice]) -> Iterator[tuple[str, Choice]]:
    """Yield the names of places that may begin a text, with the place: 朝阳区 also as 朝阳."""
    for entry in entries:
        for name in dict.fromkeys((entry.label, *entry.aliases)):
            word = narrow(name).casefold()
            bare = _BARE.sub("", word)
            yield from ((part, entry) for part in dict.fromkeys((word, bare)) if len(part) >= _SHORTEST)
