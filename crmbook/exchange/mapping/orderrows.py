"""Which rows of a list are orders that count: not those that were closed, and what became of those that were paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmbook.exchange.mapping.names import fold
from crmbook.exchange.mapping.states import rows_where, said_of
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crmbook.exchange.mapping.made import MadeTables
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book


class OrderRows:
    """The rows of a list by the state of their orders.

    Parameters
    ----------
    orders
        Numbers of the orders that the book holds: that one of these was closed since is taken, other ones stay out.

    Attributes
    ----------
    number
        Header of the numbers of orders, empty for none.
    frame
        The rows that are taken.
    filtered
        Whether each row of the list stays out.
    closed
        The rows of `frame` that are orders of the book which were closed for good.
    refunds, undone
        Whether each row of `frame` was paid back, and is there without the payment.
    """

    def __init__(self, book: Book, mapping: Mapping, sheet: SourceSheet, orders: Collection[str]) -> None:
        self._book, self._mapping = book, mapping
        own = [rule for rule in mapping.columns if rule.table == mapping.table and rule.is_external]
        self.number = own[0].header if own else ""
        left_out = rows_where(sheet.frame, {rule.header: rule.without for rule in mapping.filters})
        closed = left_out & self._closed(sheet.frame, orders)
        self.filtered = left_out & ~closed
        self.frame = sheet.frame.loc[~self.filtered]
        self.closed = frozenset(map(int, closed.index[closed]))
        self.refunds = rows_where(self.frame, {rule.header: rule.texts for rule in mapping.negative})
        self.undone = self.refunds & self._undone()

    @property
    def revoked(self) -> frozenset[int]:
        """The rows that are orders which were paid back or closed."""
        return frozenset(map(int, self.refunds.index[self.refunds])) | self.closed

    def states(self, made: MadeTables) -> Iterator[tuple[str, str]]:
        """Yield the own columns that say in what state an order is."""
        headers = {one.header for one in self._mapping.filters}
        headers |= {one.header for one in self._mapping.negative}
        for rule in self._mapping.columns:
            if rule.header in headers and rule.table and not rule.field:
                yield rule.table, made.own_name(rule.table, rule.header)

    def _closed(self, frame: pd.DataFrame, orders: Collection[str]) -> pd.Series:
        """Return which rows are orders that the book holds, and that were closed for good."""
        words = self._book.imports.tables.get(self._mapping.table)
        if words is None or words.status is None or not orders or self.number not in frame.columns:
            return pd.Series(data=False, index=frame.index)
        texts = {rule.header: words.status.closed for rule in self._mapping.filters}
        known = frozenset(orders)
        return rows_where(frame, texts) & frame[self.number].map(lambda raw: spell(raw).strip() in known)

    def _undone(self) -> pd.Series:
        """Return which rows are orders that were paid back, and are there without the payment."""
        words = self._book.imports.tables.get(self._mapping.table)
        states = (
            frozenset(fold(text) for text in words.status.undone) if words and words.status else frozenset()
        )
        texts = {
            rule.header: tuple(text for text in rule.texts if said_of(text) & states)
            for rule in self._mapping.negative
        }
        undone = rows_where(self.frame, texts)
        if not self.number or not undone.any():
            return undone
        paid = set(self.frame.loc[~self.refunds, self.number].dropna().map(spell))
        return undone & ~self.frame[self.number].map(spell).isin(paid)
