"""Headers as they are compared, and which fields of a table each of them may name.

``联系手机*（必填）`` and ``E-Mail Address`` are compared without case, width, blanks, marks and what is in
brackets. Of a header in two rows (``公司/名称``) the whole, both parts joined, and the last part are tried; one in two languages
(``电话 Tel``) names what both of its parts do.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

from crmbook.values import narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmbook.exchange.mapping.model import Found
    from crmbook.schema import Book, Field, Table

_BRACKETS: Final = re.compile(r"[(\[【〔{《][^(\[【〔{《)\]】〕}》]*[)\]】〕}》]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_MARKS: Final = re.compile(r"[\s_*:：·\-—•]+")
_SCALE: Final = re.compile(
    r"[(\[【](?:单位[:：]?)?(?P<unit>百万|千万|十万|亿|万|千|百)?元?(?:人民币)?[)\]】]"
)
_SCALES: Final = {
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
}
_PAIRS: Final = (
    "電电話话機机聯联絡络郵邮編编號号備备註注單单價价數数產产類类別别級级來来負负責责業业務务員员時时間间訂订狀状態态職职稱称區区縣县國国稅税總总計计結结實实際际買买賣卖貨货會会資资詳详細细與与給给開开發发賬账帳账戶户紀纪錄录"
    "進进內内評评處处點点優优專专齡龄歲岁顧顾銀银倉仓庫库傳传網网題题說说歷历學学關关係系費费運运險险寶宝貝贝積积顯显體体證证營营執执額额減减個个應应後后統统標标聲声長长歸归屬属採采購购運运輸输門门師师場场馬马廣广東东臺台灣湾"
)
_SIMPLE: Final = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))
"""Traditional characters of headers; they are compared as simplified ones."""
_ALIKE, _ALIKE_LATIN = 80, 86
"""Likeness (0–100) from which a header may be a misspelled name; 累计金额 and 预计金额 are not alike enough."""
_OTHER_CALENDAR: Final = re.compile("[农農阴陰旧舊夏][历曆歷]")
"""A header that speaks of the Chinese calendar: its days are not those of a field of days."""
_SHORTEST: Final = 3
_OF_TWO_ROWS, _PREFIXED, _LIKENESS = 0.95, 0.9, 0.9
"""How sure a name found by a part, behind a prefix, or by likeness (times the likeness) is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A field that a header may name; the lowest `rank` of one field is its likeliest name."""

    field: str
    found: Found
    sure: float
    rank: int


def fold(header: str) -> str:
    """Return a header or a word as it is compared."""
    text = narrow(tidy(header)).casefold().translate(_SIMPLE)
    bare = _MARKS.sub("", _BRACKETS.sub("", text))
    return bare or _MARKS.sub("", text)


def scale_of(header: str) -> int:
    """Return what numbers under a header count: ``累计金额（万元）`` → 10,000."""
    unit = _SCALE.search(narrow(tidy(header)))
    return _SCALES.get(unit["unit"] or "", 1) if unit else 1


def fingerprint(headers: Iterable[str]) -> str:
    """Return a hash of headers by which a list of the same layout is known again."""
    return hashlib.sha256("\n".join(map(fold, headers)).encode()).hexdigest()[:16]


class Names:
    """The names of a table's fields: their titles, aliases and import words.

    Computed fields are none of them: nothing can be put there.
    """

    def __init__(self, book: Book, table: Table) -> None:
        words = book.imports.tables.get(table.name)
        self._prefixes = [fold(prefix) for prefix in book.imports.prefixes]
        self._known: dict[str, list[Candidate]] = {}
        self._of_days = {field.name for field in table.fields.values() if field.type in {"date", "datetime"}}
        for field in table.fields.values():
            if field.typed:
                for rank, (word, found) in enumerate(_words(field, words.headers if words else {})):
                    self._add(fold(word), Candidate(field.name, found, 1.0, rank))

    def _add(self, word: str, candidate: Candidate) -> None:
        others = self._known.setdefault(word, [])
        if word and all(other.field != candidate.field for other in others):
            others.append(candidate)

    def exact(self, header: str) -> Sequence[Candidate]:
        """Return the fields that a header names, the likeliest first."""
        return [found for found in self._exact(header) if self._may_be(header, found)]

    def _exact(self, header: str) -> Sequence[Candidate]:
        found = self._known.get(fold(header), [])
        parts = [part for part in re.split(r"[/／\n]", header) if part.strip()]
        if not found and len(parts) > 1:
            tries = ("".join(parts), parts[-1], parts[0])
            found = next((self._known[fold(part)] for part in tries if fold(part) in self._known), [])
            return [_less_sure(candidate, _OF_TWO_ROWS) for candidate in found]
        if not found:
            found = [_less_sure(candidate, _OF_TWO_ROWS) for candidate in self._in_two_languages(header)]
        return found or [_less_sure(candidate, _PREFIXED) for candidate in self._behind_prefix(fold(header))]

    def like(self, header: str) -> Iterator[Candidate]:
        """Yield the fields that a misspelled header may name."""
        word = fold(header)
        if len(word) < _SHORTEST:
            return
        cutoff = _ALIKE_LATIN if word.isascii() else _ALIKE
        for name, candidates in self._known.items():
            likeness = fuzz.ratio(word, name) if len(name) >= _SHORTEST else 0
            if likeness >= cutoff and _digits(word) == _digits(name):
                for candidate in candidates:
                    if not self._may_be(header, candidate):
                        continue
                    sure = round(likeness / 100 * _LIKENESS, 2)
                    yield Candidate(candidate.field, "fuzzy", sure, candidate.rank)

    def _may_be(self, header: str, candidate: Candidate) -> bool:
        return candidate.field not in self._of_days or not _OTHER_CALENDAR.search(header)

    def _in_two_languages(self, header: str) -> Sequence[Candidate]:
        """Return the fields that a header names twice, in Chinese and in another language: ``电话 Tel``, not ``公司QQ``."""
        chinese, other = fold("".join(_HAN.findall(header))), fold(_HAN.sub(" ", header))
        if not chinese or not other:
            return ()
        twice = {candidate.field for candidate in self._known.get(other, ())}
        return [candidate for candidate in self._known.get(chinese, ()) if candidate.field in twice]

    def _behind_prefix(self, word: str) -> Sequence[Candidate]:
        for prefix in self._prefixes:
            if word.startswith(prefix) and word[len(prefix) :] in self._known:
                return self._known[word[len(prefix) :]]
        return ()


def _less_sure(candidate: Candidate, sure: float) -> Candidate:
    return Candidate(candidate.field, candidate.found, sure, candidate.rank)


def _words(field: Field, more: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Found]]:
    """Yield the names of a field, the likeliest first."""
    yield field.title, "label"
    others = set(field.titles.values())
    for word in field.aliases:
        yield word, "language" if word in others else "alias"
    for word in more.get(field.name, ()):
        yield word, "alias"


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
