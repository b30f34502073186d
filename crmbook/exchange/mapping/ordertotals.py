"""Amounts of whole orders on their lines: each order counts once, however many lines it has.

::

    E1  shirt  80     E1  shirt  200   price 80      E1  shirt  200
    E1  socks         E1  socks  200   price 120     E1  socks  200
    one line bears    every line repeats it: each    without prices that add up to it, the first line
    it for all        counts price × quantity        bears it, if the header says that it is the order's

Two lines of one amount may also be two goods of one price. What is repeated is known by prices that add up to it, or by
the header.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from crmbook.exchange.mapping.series import series
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.exchange.mapping.made import MadeTables
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.mapping.orderrows import OrderRows
    from crmbook.exchange.mapping.series import Column
    from crmbook.schema import Book, Field

_OF_ORDER: Final = re.compile(r"订单|整单|结算|应付|\border\b|\bgrand\b", re.IGNORECASE)
PRICE, QUANTITY = "unit_price", "quantity"
_CENT: Final = 0.005


@dataclass
class OrderTotals:
    """The amounts of a list's orders.

    Attributes
    ----------
    lacking
        By header, how many lines count 0 because another line bears the amount of their order.
    repeated
        By header, how many orders repeated their amount in each line.
    """

    book: Book
    mapping: Mapping
    orders: OrderRows
    made: MadeTables
    lacking: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)

    def complete(self, numbers: Column) -> None:
        """Let each order count once.

        Parameters
        ----------
        numbers
            The number of each line's order.
        """
        table = self.book.tables[self.mapping.table]
        headers = {rule.field: rule.header for rule in self.mapping.columns if rule.table == table.name}
        texts = numbers.map(spell, na_action="ignore")
        if not texts.dropna().duplicated().any():
            return
        for target in table.fields.values():
            if target.type == "money" and target.required and self.made.is_filled(target):
                header = headers.get(target.name, target.title)
                self._fill(target, header, texts)
                self._part(target, header, texts)

    def _fill(self, target: Field, header: str, numbers: Column) -> None:
        """Let lines without an amount count 0 where another line of their order bears it for all of them."""
        column = self.made.column(target)
        lacks = column.isna() & numbers.isin(set(numbers[column.notna()].dropna()))
        if lacks.any():
            self.made.set(target, column.where(~lacks, other=0.0))
            self.lacking[header] = int(lacks.sum())

    def _part(self, target: Field, header: str, numbers: Column) -> None:
        """Part the amounts that every line of their order repeats."""
        amounts = self.made.column(target).tolist()
        prices = self._prices()
        is_of_order = _OF_ORDER.search(header) is not None
        parted: dict[int, float] = {}
        count = 0
        for lines in self._several(numbers):
            said = [amounts[at] for at in lines]
            if not isinstance(said[0], float) or said[0] <= 0 or any(one != said[0] for one in said):
                continue
            shares = _shares(said[0], [prices[at] for at in lines], is_of_order=is_of_order)
            parted |= dict(zip(lines, shares, strict=True)) if shares else {}
            count += bool(shares)
        if count:
            items = [parted.get(at, amount) for at, amount in enumerate(amounts)]
            self.made.set(target, series(items, numbers.index))
            self.repeated[header] = count

    def _several(self, numbers: Column) -> Iterator[list[int]]:
        """Yield the positions of the lines of each order of several that was not paid back.

        A line that comes twice is one: both are left as they are.
        """
        states = {one.header for one in self.mapping.filters} | {one.header for one in self.mapping.negative}
        again = (numbers.notna() & numbers.duplicated(keep=False)).to_numpy()
        frame = self.orders.frame[again]
        contents = frame.drop(columns=list(states & set(frame.columns))).map(spell, na_action="ignore")
        are_odd = contents.duplicated(keep=False) | self.orders.refunds[again]
        lines: dict[str, list[int]] = {}
        for at, number in zip(np.flatnonzero(again).tolist(), numbers[again], strict=True):
            lines.setdefault(number, []).append(at)
        odd = set(numbers[again][are_odd])
        yield from (found for number, found in lines.items() if number not in odd)

    def _prices(self) -> list[float | None]:
        """Return what the goods of each line cost, None where the list does not say it."""
        fields = self.book.tables[self.mapping.table].fields
        blank = [None] * len(self.orders.frame)
        if PRICE not in fields or not self.made.is_filled(fields[PRICE]):
            return list(blank)
        prices = self.made.column(fields[PRICE]).tolist()
        has_counts = QUANTITY in fields and self.made.is_filled(fields[QUANTITY])
        counts = self.made.column(fields[QUANTITY]).tolist() if has_counts else [1.0] * len(prices)
        return [
            price * count if isinstance(price, float) and isinstance(count, float) else None
            for price, count in zip(prices, counts, strict=True)
        ]


def _shares(amount: float, prices: Sequence[float | None], *, is_of_order: bool) -> list[float] | None:
    """Return what each line of an order counts whose lines all bear one amount; None where it is each line's own."""
    known = [price for price in prices if price is not None]
    are_known = len(known) == len(prices)
    if are_known and abs(math.fsum(known) - amount) < _CENT * len(known):
        return known
    if not is_of_order or (are_known and all(abs(price - amount) < _CENT for price in known)):
        return None
    return [amount, *[0.0] * (len(prices) - 1)]
