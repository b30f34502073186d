"""Regions and cities out of what people write: ``北京市朝阳区``, ``浙江省 杭州市 西湖区 文三路0号``, ``成都``.

A place is read from the left: a region with or without its ending, then a city of it; a city alone tells its
region. What is left over is the rest of an address. Only what the two lists hold is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.schema import REGIONS
from crmbook.values import PLACE_RANK, bare_place, narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.model import Split
    from crmbook.schema import Book, Field, Table
    from crmbook.values import Choice

_ENDING: Final = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)")
_DISTRICT: Final = re.compile(r"[区县]$")
_STREET: Final = re.compile(r"[东南西北中]?(?:路|街|道|巷|胡同|大[道街])")
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
        if field.by and field.by in table.fields and table.fields[field.by].list == REGIONS:
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
        self._region_names = _Beginnings(regions)
        under: dict[str | None, list[Choice]] = {}
        for city in cities:
            under.setdefault(city.of, []).append(city)
        self._cities = {region: _Beginnings(some) for region, some in under.items()}
        self._all_cities = _Beginnings(cities)

    def read(self, text: str) -> Found | None:
        """Return the place that a text begins with, None where it begins with none."""
        text = narrow(tidy(text))
        whole = self._regions.find(text)
        if whole is not None:
            return Found(whole.label)
        region = self._region_names.begin(text, _ENDING)
        if region is None:
            return self._by_city(text)
        city = self._city(text, region.label)
        if city is not None and city.named > region.named:  # 吉林市 lies in 吉林
            return Found(region.label, city.label, city.rest)
        city = self._city(region.rest, region.label)
        inner = self._region_names.begin(region.rest, _ENDING)
        if inner is not None and (city is None or city.label == inner.label):
            further = self._city(inner.rest, inner.label)
            if (
                inner.ended or further is not None
            ):  # 广东省深圳市: a region of its own here; 天津市河北路 is a street
                region, city = inner, further
        if city is None:
            return Found(region.label, "", region.rest) if region.ended else None
        return Found(region.label, city.label, city.rest)

    def _city(self, text: str, region: str) -> _Beginning | None:
        cities = self._cities.get(region)
        return cities.begin(text, PLACE_RANK) if cities else None

    def _by_city(self, text: str) -> Found | None:
        city = self._all_cities.begin(text, PLACE_RANK)
        if city is None or city.of is None or city.doubtful or not city.ended:
            return None
        return Found(city.of, city.label, city.rest)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The entry whose name a text begins with.

    Attributes
    ----------
    rest
        What follows its name.
    named
        Signs of the name.
    ended
        The name ends there for sure: 南京西路 and 北京路 begin with names of places that they do not lie in.
    doubtful
        Other entries have that name too.
    """

    label: str
    of: str | None
    rest: str
    named: int
    ended: bool
    doubtful: bool


class _Beginnings:
    """The names of places that may begin a text; 朝阳区 goes by 朝阳 too."""

    def __init__(self, entries: Iterable[Choice]) -> None:
        self._named: dict[str, dict[str, list[Choice]]] = {}
        for entry in entries:
            for name in _names(entry):
                self._named.setdefault(name[:_SHORTEST], {}).setdefault(name, []).append(entry)

    def begin(self, text: str, endings: re.Pattern[str]) -> _Beginning | None:
        """Return the entry with the longest name that a text begins with; the first of several."""
        word = text.casefold()
        named = self._named.get(word[:_SHORTEST], {})
        for name in sorted(named, key=len, reverse=True):
            rest = text[len(name) :]
            entries = [entry for entry in named[name] if not _other(name, entry, rest)]
            if word.startswith(name) and entries:
                return _beginning(entries, name, rest, endings)
        return None


def _beginning(entries: Sequence[Choice], name: str, rest: str, endings: re.Pattern[str]) -> _Beginning:
    ending = endings.match(rest)
    after = rest[ending.end() :] if ending else rest
    ended = bool(ending) or name[-1] in "市区县省" or not rest or rest[0] in _BETWEEN
    entry = entries[0]
    return _Beginning(entry.label, entry.of, after.strip(_BETWEEN), len(name), ended, len(entries) > 1)


def _other(name: str, entry: Choice, rest: str) -> bool:
    """Return whether the bare name of a district means something else there: 朝阳市 no district, 和平路 a street."""
    bare = _DISTRICT.search(narrow(entry.label)) is not None and not _DISTRICT.search(name)
    return bare and (rest.startswith("市") or _STREET.match(rest) is not None)


def _names(entry: Choice) -> Iterator[str]:
    """Yield the names of a place that may begin a text: its words, and those without 市, 区, 县, 州 and 盟."""
    words = [narrow(name).casefold() for name in (entry.label, *entry.aliases)]
    names = dict.fromkeys(part for word in words for part in (word, bare_place(word)))
    yield from (name for name in names if len(name) >= _SHORTEST)
