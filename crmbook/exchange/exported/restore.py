"""The cells of an export as the values that they were: days, numbers and texts by the fields they are in.

A computed field is computed again. One that may be typed over is taken in the rows whose mark says that somebody did.
A cell that does not read as an export writes it, because somebody edited the file, is left as it stands: the checks of
typed cells understand it, or say why not.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.exchange.export.model import TYPED_OVER
from crmbook.exchange.export.texts import YES_NO, bare_text
from crmbook.exchange.exported.headers import label_of
from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.model import ColumnRule, Mapping, Typed
from crmbook.schema import Storage, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.exchange.mapping.model import Policy
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book, Field, Table

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_TRUTH: Final = {word: not position for words in YES_NO.values() for position, word in enumerate(words)}
_PARTS: Final = re.compile(r"[;；]")
_LISTED: Final = frozenset({"enum", "dependent_enum", "multi_enum", "region"})


def map_exported(book: Book, sheet: SourceSheet, policy: Policy | None) -> Mapping:
    """Return where the columns of an exported table go."""
    table, rules, taken = book.tables[sheet.table], [], set[str]()
    for header in sheet.headers:
        label = label_of(table, header)
        target = table.fields.get(label)
        if label == TYPED_OVER or label in taken or (target is not None and target.derived):
            rules.append(ColumnRule(header, sure=1.0))
        else:
            rules.append(ColumnRule(header, table.name, label, "label", 1.0, policy=policy or "fill"))
            taken.add(label) if label else None
    return Mapping(table.name, rules)


def restored(book: Book, mapping: Mapping, sheet: SourceSheet, *, is_text: bool) -> Typed:
    """Return the cells of an exported table as they were.

    Parameters
    ----------
    is_text
        Whether the file holds nothing but texts: in people's own columns too, what looks like a number is one.
    """
    table = book.tables[sheet.table]
    typed: dict[str, pd.Series] = {}
    own: dict[str, pd.Series] = {}
    marks = _marks(table, sheet)
    for rule in mapping.columns:
        if rule.table != table.name:
            continue
        cells = sheet.frame[rule.header]
        target = table.fields.get(rule.field)
        if target is None:
            own[rule.header] = _converted(Storage.ANY, cells, is_text=is_text)
        else:
            typed[rule.field] = _converted(target.storage, cells, is_text=is_text)
            if target.override:
                typed[rule.field] = typed[rule.field].where(_is_marked(marks, target), other=None)
    return Typed(
        frames={table.name: pd.DataFrame(typed, index=sheet.frame.index, dtype=object)},
        own={table.name: pd.DataFrame(own, index=sheet.frame.index, dtype=object)} if own else {},
        policies={
            (table.name, rule.field or rule.header): rule.policy
            for rule in mapping.columns
            if rule.table == table.name and rule.policy != "fill"
        },
        added=_added(book, table, typed),
        is_exact=True,
    )


def _marks(table: Table, sheet: SourceSheet) -> pd.Series:
    """Return by row the folded names of the fields that were typed over."""
    header = next((one for one in sheet.headers if label_of(table, one) == TYPED_OVER), None)
    if header is None:
        return pd.Series([frozenset[str]()] * len(sheet.frame), index=sheet.frame.index, dtype=object)
    return sheet.frame[header].map(
        lambda text: (
            frozenset(folded(part.strip()) for part in _PARTS.split(text))
            if isinstance(text, str)
            else frozenset[str]()
        )
    )


def _is_marked(marks: pd.Series, target: Field) -> pd.Series:
    names = frozenset(map(folded, (target.name, *target.titles.values())))
    return marks.map(lambda said: not names.isdisjoint(said)).astype(bool)


def _converted(storage: Storage, cells: pd.Series, *, is_text: bool) -> pd.Series:
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    values = np.empty(len(distinct) + 1, dtype=object)
    for position, cell in enumerate(distinct):
        values[position] = _value(storage, cell, is_text=is_text)
    values[-1] = None
    return pd.Series(values[codes], index=cells.index, dtype=object)


def _value(storage: Storage, cell: Any, *, is_text: bool) -> Any:
    """Return a cell as its field holds it, as far as it reads like one of an export."""
    if isinstance(cell, str):
        return _of_text(storage, cell, is_text=is_text)
    if storage is Storage.BOOLEAN and cell in {0, 1}:
        return bool(cell)
    if storage is Storage.DATE and isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell) if storage is Storage.TEXT else cell
    return cell


def _of_text(storage: Storage, text: str, *, is_text: bool) -> Any:
    if storage is Storage.TEXT:
        return text
    is_any = storage is Storage.ANY and is_text
    if (is_any or storage is Storage.NUMBER) and _NUMBER.fullmatch(text) and _is_plain(text):
        return float(text)
    try:
        if storage in {Storage.ANY, Storage.DATE} and _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
        if storage in {Storage.ANY, Storage.DATETIME} and _MOMENT.fullmatch(text):
            return dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    if (is_any or storage is Storage.BOOLEAN) and text in _TRUTH:
        return _TRUTH[text]
    return bare_text(text) if is_any else text


def _is_plain(text: str) -> bool:
    """Return whether a number does not begin with zeros, as a code does."""
    return not re.match(r"-?0\d", text)


def _added(book: Book, table: Table, typed: dict[str, pd.Series]) -> dict[str, tuple[str, ...]]:
    """Return the entries that people put into dropdown lists, as far as rows hold them."""
    entries, added = lists_of(book), dict[str, dict[str, None]]()
    for label, cells in typed.items():
        target = table.fields[label]
        known = book.lists.get(target.list or "")
        if target.type not in _LISTED or known is None or known.fixed:
            continue
        for text in _texts(target, cells.dropna().unique()):
            if "*" not in text and text not in known.texts and entries[known.name].find(text) is None:
                added.setdefault(known.name, {})[text] = None
    return {name: tuple(texts) for name, texts in added.items()}


def _texts(target: Field, cells: Iterable[Any]) -> list[str]:
    texts = [cell for cell in cells if isinstance(cell, str)]
    if target.type != "multi_enum":
        return texts
    return [part.strip() for text in texts for part in re.split("[、,，;；]", text) if part.strip()]
