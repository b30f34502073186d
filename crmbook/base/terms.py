"""The texts by which a person is known: what may stay of a text without them, and how often bytes hold them.

A number occurs in texts as people write it, ``138-0013-8000`` and ``+86 138…`` too. A name goes only where it is all
that a cell or an entry of a list says: inside another text nobody but a person can tell whom it means.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_NUMBER: Final = re.compile(r"\+?\d{7,}")
_LISTED: Final = re.compile(r'"([^"]*)"')
_LEAST: Final = 2
"""Characters of a name that is looked for: a single one occurs in too many words."""


@dataclass(frozen=True)
class Terms:
    """What mentions a person.

    Attributes
    ----------
    anywhere
        Texts that are nobody else's: numbers, addresses, whole sentences.
    whole
        Texts that count where they are all of a cell: the name, the key with the name.
    mark
        What is in place of a text that goes.
    """

    anywhere: Collection[str] = ()
    whole: Collection[str] = ()
    mark: str = ""

    def stays(self, text: str) -> str:
        """Return what may stay of a text."""
        if text.strip() in self._whole:
            return ""
        if self._whole and '"' in text:  # a list typed into a rule, a text in a formula
            text = _LISTED.sub(self._without_entries, text)
        return text if self._pattern is None else self._pattern.sub(self.mark, text)

    def holds(self, text: str) -> bool:
        """Return whether a text mentions the person: also by the name, within a longer one."""
        return self.stays(text) != text or any(one in text for one in self.names)

    def json(self, value: Any) -> Any:
        """Return what may stay of a JSON value: no entry of a list or mapping that mentions the person."""
        if isinstance(value, str):
            return self.stays(value)
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value if not (isinstance(item, dict) and self._tells(item))]
        if isinstance(value, dict):
            return {name: self.json(item) for name, item in value.items() if not self.holds(str(name))}
        return value

    def _tells(self, item: dict[str, Any]) -> bool:
        return self.count(json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass")) > 0

    def count(self, data: bytes) -> int:
        """Return how often bytes hold any of it, in the encodings in which programs write."""
        folded = data.lower()
        spaced = 0 if self._spaced is None else sum(1 for _ in self._spaced.finditer(folded))
        return spaced + sum(folded.count(one) for one in self._encoded)

    def count_named(self, data: bytes) -> int:
        """Return how often bytes hold the name."""
        return self.only_names().count(data)

    def only_names(self) -> Terms:
        """Return what is looked for of a person in others' texts: what counts only where it is all of a cell."""
        return Terms((), self.whole, self.mark)

    @property
    def names(self) -> list[str]:
        """What is looked for in longer texts besides."""
        return [one for one in self.whole if len(one) >= _LEAST]

    @property
    def hints(self) -> tuple[str, ...]:
        """Texts one of which replaces a text that must change: of a number the last digits, however it is written."""
        shortened = [one[-4:] if _NUMBER.fullmatch(one) else one for one in self.anywhere]
        return (*filter(None, shortened), *self.whole)

    def _without_entries(self, match: re.Match[str]) -> str:
        if not any(one.strip() in self._whole for one in match[1].split(",")):
            return match[0]
        return '"' + ",".join(one for one in match[1].split(",") if one.strip() not in self._whole) + '"'

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(self.whole)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = [_pattern_of(one) for one in sorted(self.anywhere, key=len, reverse=True) if one]
        return re.compile("|".join(found), re.IGNORECASE) if found else None

    @cached_property
    def _spaced(self) -> re.Pattern[bytes] | None:
        """What finds numbers that are written in groups; those without a gap are searched for as they are."""
        numbers = [one.removeprefix("+") for one in self.anywhere if _NUMBER.fullmatch(one)]
        written = [rf"(?<!\d)(?!{one}){'[ -]?'.join(one)}(?!\d)".encode() for one in numbers]
        return re.compile(b"|".join(written)) if written else None

    @cached_property
    def _encoded(self) -> frozenset[bytes]:
        terms = [one for one in (*self.anywhere, *self.names) if one]
        return frozenset(data.lower() for one in terms for data in _encodings(one))


def _pattern_of(term: str) -> str:
    if _NUMBER.fullmatch(term):
        return r"(?<!\d)(?:\+?86[ -]?)?" + "[ -]?".join(term.removeprefix("+")) + r"(?!\d)"
    return re.escape(term)


def _encodings(term: str) -> Iterator[bytes]:
    """Yield a text as programs write it: UTF-8, UTF-16, GB18030, escaped in JSON and in XML."""
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        yield term.encode(encoding, "ignore")
    yield json.dumps(term)[1:-1].encode()
    yield json.dumps(term, ensure_ascii=False)[1:-1].encode("utf-8", "ignore")
    yield term.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode("utf-8", "ignore")
