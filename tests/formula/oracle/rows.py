"""Seeded random rows for the tables of a book, as untidy as people leave them.

Model: a key column numbers its rows; a reference draws from the keys of the table it points at, so that joins and
counts hit; numbers gather around the edges of the scoring bands, dates around the day that counts as today. A
share of all cells is blank, another holds what does not belong there: words and digits as text in number and date
columns, numbers out of bounds, and, where asked, error values.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from crmbook.formula.nodes import Call, RowField, iter_nodes
from crmbook.schema import Storage
from tests.formula.oracle.worlds import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula import Formula
    from crmbook.schema import Book, Field
    from tests.formula.oracle.worlds import Column, Content, Table

_STEPS = (0, 0, 1, -1, -7, -30, -31, -89, -90, -91, 15, 30, -364, -365, -366, 60, -59, -800)
_AMOUNTS = (0, 1, 2, 3, 4, 5, -1, -250.5, 0.5, 10, 30, 100, 365, 0.005, 1e6, 123456.785)
_STRAY_TEXTS = ("待定", "abc", "12", "5000元", "", "2023-01-05")
_WORDS = (
    "张三",
    "李四",
    "王芳",
    "星河科技",
    "手机",
    "a*b",
    "VIP客户",
    "是",
    "否",
    "A & B",
    "“引号”",
    "x" * 40,
)
_REACH = 250
"""References point at so many of the first keys."""
_MISSING, _STRAY, _MANUAL, _ERROR = 0.08, 0.04, 0.1, 0.004


class RowMaker:
    """Makes the rows of a book's tables.

    Parameters
    ----------
    book
        The schema.
    as_of
        The day that counts as today.
    seed
        The same seed makes the same rows.
    errors
        Whether error values stand among the inputs; never in those that a criterion compares with, because there
        LibreOffice and Excel differ (see `departures`) and every later figure with them.
    """

    def __init__(self, book: Book, as_of: dt.date, seed: int, *, errors: bool) -> None:
        self.book = book
        self.as_of = as_of
        self.chance = random.Random(seed)
        compared = {key for formula in book.formulas.values() for key in _compared(formula)}
        self.sound = compared if errors else None
        starts = [band.start for rule in book.bands.values() for band in rule.bands]
        limits = [item.value for item in book.parameters.values() if isinstance(item.value, (int, float))]
        self.amounts = (*_AMOUNTS, *starts, *limits, *(start - 0.5 for start in starts))

    def make_table(self, name: str, count: int) -> Table:
        """Return the table's columns; those that are computed are blank, but for values typed over them."""
        table = self.book.tables[name]
        return {
            field.name: self._key(field, count)
            if field.name == table.key and field.typed
            else self._column(field, count)
            for field in table.fields.values()
        }

    def _key(self, field: Field, count: int) -> Column:
        if field.list:
            return self._column(field, count)
        owner = self.book.tables[field.to].key_field if field.to else field
        return [None if self.chance.random() < 0.01 else key_text(owner, row) for row in range(count)]

    def _column(self, field: Field, count: int) -> Column:
        if field.derived:
            return [None] * count
        if field.override:
            return [self._good(field) if self.chance.random() < _MANUAL else None for _ in range(count)]
        return [self._cell(field) for _ in range(count)]

    def _cell(self, field: Field) -> Content:
        draw = self.chance.random()
        if draw < _MISSING:
            return None
        if draw < _MISSING + _STRAY and field.storage is not Storage.TEXT:
            return self.chance.choice(_STRAY_TEXTS)
        if self.sound is not None and (field.table, field.name) not in self.sound and draw > 1 - _ERROR:
            return self.chance.choice(ERRORS)
        return self._good(field)

    def _good(self, field: Field) -> Content:
        """Return a value of the field's own kind."""
        chance = self.chance
        if field.to:
            target = self.book.tables[field.to].key_field
            return key_text(target, chance.randrange(_REACH)) if chance.random() < 0.95 else "查无此人"
        if field.list:
            texts = self.book.lists[field.list].texts
            return chance.choice(texts) if texts and chance.random() < 0.95 else "其他选项"
        if field.storage is Storage.NUMBER:
            return self._number(field)
        if field.storage in {Storage.DATE, Storage.DATETIME}:
            return self._date(field)
        if field.storage is Storage.BOOLEAN:
            return chance.choice((True, False))
        return chance.choice(_WORDS)

    def _number(self, field: Field) -> float:
        chance = self.chance
        if field.type == "rating":
            return chance.choice((1, 2, 3, 4, 5, 0, 6))
        if chance.random() < 0.5:
            return chance.choice(self.amounts)
        return chance.randint(0, 60) if field.type == "integer" else round(chance.uniform(0, 12000), 2)

    def _date(self, field: Field) -> dt.date:
        step = self.chance.choice(_STEPS) if self.chance.random() < 0.3 else self.chance.randint(-900, 120)
        day = self.as_of + dt.timedelta(days=step)
        if field.storage is Storage.DATETIME:
            return dt.datetime.combine(day, dt.time(self.chance.randrange(24), 30))
        return day


def _compared(formula: Formula) -> Iterator[tuple[str, str]]:
    """Yield the fields of the own row that stand in a criterion of COUNTIFS and its kin."""
    for call in iter_nodes(formula.node):
        if isinstance(call, Call) and call.name.endswith(("IF", "IFS")) and call.name not in {"IF", "IFS"}:
            for node in iter_nodes(call):
                if isinstance(node, RowField):
                    yield node.table, node.field


def key_text(field: Field, row: int) -> str:
    """Return the key of a row: numbered ids, or names where the key is a name."""
    return field.id_text(row + (field.start or 1)) if field.type == "id" else f"{field.title}{row}"
