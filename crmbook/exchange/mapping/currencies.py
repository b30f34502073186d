"""Amounts that are in another currency than the book's by what is around them, not by what is in their cells.

::

    10 shown as $10.00 by its number format   →  $10       refused by name like a ``$10`` that somebody typed
    10 under 金额(USD)                        →  USD 10
    10 in a row with USD under 币种           →  USD 10

What a cell says itself goes before its header: of ``¥72`` under 金额(USD) nothing is asked, nor of 0. A row that comes back
from a list of failed rows was shown there with its currency: a bare number is one that somebody has converted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.mapping.names import fold
from crmbook.exchange.mapping.series import changed, series
from crmbook.values import Unit, narrow, other_currency, spell

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping as Mapped

    from crmbook.exchange.mapping.model import ColumnRule, Mapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book

_OF_ROWS: Final = frozenset(
    [
        "币种",
        "货币",
        "货币种类",
        "货币单位",
        "货币代码",
        "交易币种",
        "结算币种",
        "订单币种",
        "currency",
        "currencycode",
        "ordercurrency",
        "währung",
        "devise",
        "moneda",
    ]
)
"""Folded headers of columns that say which currency the amounts of a row are in."""
_BARE: Final = re.compile(r"[-+(]? ?[0-9][0-9,.' ]*[百千万亿kKwWmM]?\)?")


def with_currencies(
    book: Book, mapping: Mapping, sheet: SourceSheet, mended: Collection[int] = ()
) -> SourceSheet:
    """Return a list whose amounts in another currency say so in their cells; mostly the list itself.

    Parameters
    ----------
    mended
        Rows that come back from a list of failed rows.
    """
    of_rows = {row: unit for row, unit in _of_rows(book, sheet).items() if row not in mended}
    stated = {
        rule.header: cells
        for rule in mapping.columns
        if _holds_money(book, rule) and rule.header in sheet.headers
        for cells in [_with_currency(book, sheet, rule.header, of_rows, mended)]
        if cells is not None
    }
    return replace(sheet, frame=sheet.frame.assign(**stated)) if stated else sheet


def _holds_money(book: Book, rule: ColumnRule) -> bool:
    return bool(rule.table and rule.field) and book.tables[rule.table].fields[rule.field].type == "money"


def _of_rows(book: Book, sheet: SourceSheet) -> dict[int, Unit]:
    """Return by row the other currency that its cell under 币种 names."""
    header = next((one for one in sheet.headers if fold(one) in _OF_ROWS), None)
    if header is None or not book.locale.currency:
        return {}
    column = changed(sheet.frame[header], lambda raw: other_currency(f"({spell(raw)})", book.locale))
    return {
        row: unit
        for row, unit in zip(column.index.tolist(), column.tolist(), strict=True)
        if unit is not None
    }


def _with_currency(
    book: Book, sheet: SourceSheet, header: str, of_rows: Mapped[int, Unit], mended: Collection[int]
) -> Any:
    """Return the cells of a column with the currencies that they are in; None where all are in the book's."""
    shown = _shown(book, sheet.units.get(sheet.column(header), {}))
    of_header = other_currency(header, book.locale)
    if not shown and not of_rows and of_header is None:
        return None
    items = []
    for row, raw in zip(sheet.frame.index.tolist(), sheet.frame[header].tolist(), strict=True):
        unit = shown.get(row) or of_rows.get(row) or (of_header if row not in mended else None)
        items.append(unit.of(spell(raw)) if unit is not None and _is_bare(raw) else raw)
    return series(items, sheet.frame.index)


def _shown(book: Book, units: Mapped[int, str]) -> dict[int, Unit]:
    """Return by row the other currency that the format of its number shows."""
    other = {unit: other_currency(f"({unit})", book.locale) for unit in set(units.values())}
    return {row: found for row, unit in units.items() if (found := other[unit]) is not None}


def _is_bare(raw: Any) -> bool:
    """Return whether a cell is an amount that names no currency and is not nothing."""
    if isinstance(raw, str):
        text = narrow(raw).strip()
        return _BARE.fullmatch(text) is not None and any(sign in "123456789" for sign in text)
    return isinstance(raw, int | float) and not isinstance(raw, bool) and bool(raw)
