"""What the cells of a column hold, judged by the cells alone: telephones, addresses, days, amounts, entries of a list."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.mapping.phones import holds_more_than_a_phone
from crmbook.exchange.mapping.salutations import Salutations
from crmbook.exchange.mapping.series import Nothing
from crmbook.values import Domain, Surroundings, ValueKind, narrow, parse_value, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pandas as pd

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.schema import Book

SHARE: Final = 0.95
"""Of the filled cells: as many must be telephones for a column of telephones."""
FITTING: Final = 0.7
"""Of the filled cells: as many must be entries of a list for a column that is named like it."""
_MOST: Final = 2000
"""Distinct cells that are looked at."""
_LONG_NUMBER: Final = 10
_OUR_ID: Final = re.compile(r"[0-9]{1,7}")
_NAME: Final = re.compile(r"[\u4e00-\u9fff]{2,4}")
_BRACKETED: Final = re.compile(r".[^(（〔【\[]*[(（〔【\[].+[)）〕】\]]", re.DOTALL)
_NEARLY: Final = frozenset(
    [
        "value.date-short-year",
        "value.date-day-or-month",
        "value.date-without-day",
        "value.comma-doubtful",
        "value.other-currency",
    ]
)
"""Problems of cells that mean a day or an amount all the same."""
_SEVERAL: Final = "value.several-phones"


class Cells:
    """The filled cells of one column, each distinct text with how often it occurs.

    Parameters
    ----------
    nothing
        Folded words that say a cell is blank.
    """

    def __init__(self, column: pd.Series, book: Book, nothing: Collection[str]) -> None:
        counts: dict[Any, int] = Counter(
            column.tolist()
        )  # a third of the time that pandas takes to count texts
        for blank in [raw for raw in counts if raw is None or raw != raw]:  # noqa: PLR0124 - NaN and NaT
            del counts[blank]
        self._surnames = book.imports.surnames
        self._salutations = Salutations(book, None)
        self._around = Surroundings(locale=book.locale)
        silent = Nothing(nothing).among(counts)
        self.counts = {raw: count for raw, count in counts.items() if raw not in silent} if silent else counts
        self.filled = sum(self.counts.values())
        self.rows = len(column)

    @property
    def is_blank(self) -> bool:
        """Return whether no cell holds anything."""
        return not self.filled

    @property
    def is_full(self) -> bool:
        """Return whether no cell is blank."""
        return self.filled == self.rows

    def share(self, test: Callable[[Any], bool]) -> float:
        """Return which share of the filled cells passes a test, 0 of an empty column."""
        looked = list(self.counts.items())[:_MOST]
        total = sum(count for _, count in looked)
        return sum(count for raw, count in looked if test(raw)) / total if total else 0.0

    def fits(self, entries: Entries) -> float:
        """Return which share of the filled cells means entries of a list."""
        return self.share(lambda raw: entries.guess(spell(raw)) is not None)

    def reads_as(self, kind: ValueKind) -> float:
        """Return which share of the filled cells the grammar of a field type takes, or asks about."""
        domain = Domain(kind)
        return self.share(lambda raw: parse_value(domain, raw, self._around).problem in {None, *_NEARLY})

    @cached_property
    def phones(self) -> float:
        """The share of telephones, of several in a cell too."""
        return self.share(self._is_phone)

    @cached_property
    def names(self) -> float:
        """The share of what looks like a Chinese person's name: a surname with one to three signs."""
        return self.share(
            lambda raw: (
                isinstance(raw, str)
                and _NAME.fullmatch(raw.strip()) is not None
                and raw.strip()[0] in self._surnames
            )
        )

    @cached_property
    def emails(self) -> float:
        """The share of e-mail addresses, mistyped ones and several in a cell too."""
        return self.share(lambda raw: isinstance(raw, str) and "@" in narrow(raw).strip("@"))

    @cached_property
    def counts_rows(self) -> bool:
        """Return whether the cells only number the rows: 1, 2, 3 and so on."""
        texts = [spell(raw) for raw in self.counts]
        numbers = [
            int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < _LONG_NUMBER
        ]
        return len(numbers) > 1 and len(numbers) == len(texts) == max(numbers) - min(numbers) + 1

    @property
    def are_our_ids(self) -> bool:
        """Return whether the cells could be ids of ours, each once."""
        return self.are_distinct and self.may_be_our_ids

    @property
    def are_distinct(self) -> bool:
        """Return whether no two filled cells are the same."""
        return self.filled == len(self.counts)

    @property
    def variety(self) -> float:
        """The share of distinct cells among the filled ones, 0 of an empty column."""
        return len(self.counts) / self.filled if self.filled else 0.0

    @property
    def may_be_our_ids(self) -> bool:
        """Return whether the cells could be ids of ours."""
        return bool(self.filled) and all(_OUR_ID.fullmatch(spell(raw)) for raw in self.counts)

    def any_several(self, sign: str) -> bool:
        """Return whether a cell holds several parts: a `sign` twice, or for an empty one more than a telephone."""
        if sign:
            return any(isinstance(raw, str) and narrow(raw).count(sign) > 1 for raw in self.counts)
        return any(holds_more_than_a_phone(raw, self._around) for raw in self.counts)

    @cached_property
    def bracketed(self) -> float:
        """The share of cells with something in brackets at their end; not of those with a salutation there."""
        return self.share(
            lambda raw: (
                isinstance(raw, str)
                and _BRACKETED.fullmatch(raw.strip()) is not None
                and self._salutations.unbracketed(raw) == raw
            )
        )

    def _is_phone(self, raw: Any) -> bool:
        text = spell(raw)
        parsed = parse_value(Domain(ValueKind.PHONE), raw, self._around)
        enough = sum(map(str.isdigit, text)) >= _LONG_NUMBER
        return enough and (parsed.problem in {None, _SEVERAL})
