"""Rows that are hard to carry: for every field of every table what its type allows, at its worst."""

from __future__ import annotations

import datetime as dt
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from crmbook.schema import table_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from crmbook.schema import Book, Field, Table, ValueList

ROWS = 7
TEXTS = (
    "=1+1", "+cmd|' /C calc'!A0", "-x", "@SUM(A1)", "'=x", "''=x", "'", "''x", "'007", "007", "1E5", "1.38E+10",
    "无", "-", "合计", "总计", "备注：以下空白", 'a"b,c;d', '"', "甲\n乙\n\n=丙", "🙂👨‍👩‍👧‍👦 x", "x\ty", "NaN", "null",
    "TRUE", "2023-01-05", "1/2", '="001"', "_x000D_", "_x0041_", "＝1", "张三（备注）", "123456789012345678901", "0",
    "；；", "{}", "[1]", "\\", "a\\nb", "<b>&amp;</b>", "%s%d", "是", "北京市海淀区", "第 1 页", "#N/A", "é", "\u200d字",
)  # fmt: skip
LONGEST = "长" + "x" * 32_765 + "尾"
NUMBERS = (-1234.5, 0.1, 500.0, 0.0, 99_999_999_999.25, -500.0, 3.0)
DAYS = (dt.date(2023, 1, 5), dt.date(1999, 12, 31), dt.date(2023, 2, 28), dt.date(2020, 2, 29))
PHONES = ("13800000001", "010-88886666", "+1 650-253-0000", "13900000002", "400-8001234")
EMAILS = ("a@example.com", "li.si+x@example.com", "z@qq.com")


def nasty_frames(book: Book) -> dict[str, pd.DataFrame]:
    """Return rows for every table that people fill but the scoring rules, which bring their own."""
    texts = cycle((*TEXTS, LONGEST))
    keys: dict[str, list[Any]] = {}
    tables = [one for one in book.tables.values() if one.managed and one.rows not in {"bands", "parameters"}]
    for table in sorted(tables, key=lambda one: one.key_field.to is not None):
        keys[table.name] = _keys(table, keys)
    return {table.name: _frame(book, table, keys, texts) for table in tables}


def _keys(table: Table, keys: dict[str, list[Any]]) -> list[Any]:
    if table.key_field.to:
        return list(keys[table.key_field.to])
    if table.key_field.type == "id":
        start = table.key_field.start or 1
        ids = [table.key_field.id_text(start + number) for number in range(ROWS)]
        return list(reversed(ids)) if table.one_per else ids
    return [f"{text} {number}" for number, text in enumerate(TEXTS[:ROWS])]


def _frame(book: Book, table: Table, keys: dict[str, list[Any]], texts: Iterator[str]) -> pd.DataFrame:
    columns = {
        name: keys[table.name] if name == table.key else _cells(book, table, target, keys, texts)
        for name, target in table.fields.items()
        if target.typed
    }
    typed = [name for name, target in table.fields.items() if target.typed]
    return table_frame(table, columns)[typed]


def _cells(
    book: Book, table: Table, target: Field, keys: dict[str, list[Any]], texts: Iterator[str]
) -> list[Any]:
    if target.to:
        return list(islice(cycle(keys[target.to]), ROWS))
    if target.type == "id":
        return [target.id_text(row + 1) for row in range(ROWS)]
    cells = [_value(book, target, row, texts) for row in range(ROWS)]
    if target.group is None and not target.required and target.name != table.name_field:
        cells[1] = cells[4] = None
    return cells


def _value(book: Book, target: Field, row: int, texts: Iterator[str]) -> Any:
    match target.type:
        case "money" | "number" | "percent":
            return _within(target, NUMBERS[row])
        case "integer" | "rating":
            return int(_within(target, row + 1))
        case "date":
            return DAYS[row % len(DAYS)]
        case "datetime":
            return dt.datetime(2023, 1, 5, 14, 30, row)  # noqa: DTZ001 - a workbook knows no time zones
        case "boolean":
            return bool(row % 2)
        case "phone":
            return PHONES[row % len(PHONES)]
        case "email":
            return EMAILS[row % len(EMAILS)]
        case "url":
            return "https://example.com/a?b=c"
        case "enum" | "region" | "multi_enum":
            values = book.lists[str(target.list)].texts
            return values[0] if target.group else values[row % len(values)]
        case "dependent_enum":
            known = book.lists[str(target.list)]
            parent = next(iter(book.lists[str(known.by)].values))
            inside = [text for text in known.texts if _parent(known, text) == parent]
            return inside[0] if inside else None
        case "text" | "long_text" if target.pattern is None:
            text = next(texts)
            return text[: int(target.max)] if isinstance(target.max, int | float) else text
    return "13800000001" if target.pattern and target.personal else None


def _parent(known: ValueList, text: str) -> str | None:
    return next(one.parent for one in known.values.values() if one.text == text)  # noqa: PD011 - no pandas


def _within(target: Field, number: float) -> float:
    """Return a number within what a field may hold; money may be paid back."""
    low, high = target.traits.limits if target.type == "rating" else (None, None)
    if target.type == "percent":
        low, high = target.scale
    low = target.min if isinstance(target.min, int | float) else low
    high = target.max if isinstance(target.max, int | float) else high
    number = number if high is None else min(number, float(high))
    return number if low is None else max(number, float(low))
