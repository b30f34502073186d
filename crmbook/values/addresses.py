"""Regions and cities out of what people write: ``北京市朝阳区``, ``浙江省 杭州市 西湖区 文三路0号``, ``成都``.

A place is read from the left: a region with or without its ending, then a city of it; a city alone implies its
region. What is left over is the rest of an address. Only what the two lists hold is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.values.place import PLACE_RANK, bare_place
from crmbook.values.text import narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmbook.values.choices import Choice, Choices

_ENDING: Final = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)")
_DISTRICT: Final = re.compile(r"[区县]$")
_STREET: Final = re.compile(r"[东南西北中]?(?:路|街|道|巷|胡同|大[道街])")
_BETWEEN: Final = " \t,，/、-·"
_SHORTEST: Final = 2
"""Signs of a name that may begin a longer text: 沪 alone is 上海, but 新街口 lies not in 新疆."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a text says about a place; empty where it does not."""

    region: str
    city: str = ""
    rest: str = ""


class AddressReader:
    """Reads places against the lists of regions and cities."""

    def __init__(self, regions: Choices, cities: Choices) -> None:
        self._regions = regions
        self._region_names = _Beginnings(regions.entries)
        under: dict[str | None, list[Choice]] = {}
        for city in cities.entries:
            under.setdefault(city.of, []).append(city)
        self._cities = {region: _Beginnings(some) for region, some in under.items()}
        self._all_cities = _Beginnings(cities.entries)

    def read(self, text: str) -> Address | None:
        """Return the place that a text begins with, None where it begins with none."""
        text = narrow(tidy(text))
        whole = self._regions.find(text)
        if len(whole) == 1:
            return Address(whole[0].label)
        region = self._region_names.begin(text, _ENDING)
        if region is None:
            return self._by_city(text)
        city = self._city(text, region.label)
        if city is not None and city.named > region.named:  # 吉林市 lies in 吉林
            return Address(region.label, city.label, city.rest)
        city = self._city(region.rest, region.label)
        inner = self._region_names.begin(region.rest, _ENDING)
        if inner is not None and (city is None or city.label == inner.label):
            further = self._city(inner.rest, inner.label)
            if (
                inner.ended or further is not None
            ):  # 广东省深圳市: a region of its own here; 天津市河北路 is a street
                region, city = inner, further
        if city is None:
            return Address(region.label, "", region.rest) if region.ended else None
        return Address(region.label, city.label, city.rest)

    def _city(self, text: str, region: str) -> _Beginning | None:
        cities = self._cities.get(region)
        return cities.begin(text, PLACE_RANK) if cities else None

    def _by_city(self, text: str) -> Address | None:
        city = self._all_cities.begin(text, PLACE_RANK)
        if city is None or city.of is None or city.doubtful or not city.ended:
            return None
        return Address(city.of, city.label, city.rest)


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
