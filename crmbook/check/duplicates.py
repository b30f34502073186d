"""Rows that probably stand for one and the same person: the same telephone, the same e-mail, the same name.

Values are compared without what people write now one way, now another: blanks and dashes in a number, the country
code, letter case, full width, the legal form of a company. Where several signs point at the same rows, the first one
says. Within a table two rows are compared; a prospect is also compared with the customers, its own one excepted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import Severity
from crmbook.check.checked import CellLocator, Keys
from crmbook.values import ValueKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.base import Issue
    from crmbook.check.checked import Checked
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Field, Table

_SHORTEST: Final = 7  # digits; an extension says nothing
_CROWD: Final = 20  # as many rows with one number share a switchboard or a placeholder
_NAMED: Final = 5
_BESIDE: Final = ("contact_name", "company")
"""Fields that, together with a name, identify a person: who it is in a company, or in which company."""
_COUNTRY: Final = re.compile(r"^(?:0086|86(?=1[3-9][0-9]{9}$))")
_LEGAL: Final = re.compile(
    r"(?:(?:股份|责任)?有限(?:责任)?公司|公司|集团|,?(?:co|ltd|inc|llc|corp|gmbh)\.?)\Z"
)
_LONGEST_LEGAL: Final = 10


@dataclass(frozen=True, slots=True)
class _Sign:
    """One way to know a person: the field that is marked, and what each row has there, compared as `keys`."""

    code: str
    target: Field
    keys: pd.Series


def iter_duplicate_issues(book: Book, snapshot: Snapshot, checked: Checked) -> Iterator[Issue]:
    """Yield the rows of tables of persons that probably stand for the same person, once each."""
    people = [book.tables[name] for name in checked.frames if book.tables[name].name_field]
    signs = {table.name: list(_iter_signs(table, checked.frames[table.name])) for table in people}
    for table in people:
        cells = _locator_of(table, snapshot, checked)
        yield from _iter_within(cells, signs[table.name])
        for target in table.fields.values():
            if target.name == table.key and target.to in signs:
                known = _locator_of(book.tables[target.to], snapshot, checked)
                yield from _iter_across(cells, signs[table.name], known, signs[target.to])


def _locator_of(table: Table, snapshot: Snapshot, checked: Checked) -> CellLocator:
    return CellLocator(table, snapshot.tables[table.name], Keys(checked.frames[table.name][table.key]))


def _iter_within(cells: CellLocator, signs: list[_Sign]) -> Iterator[Issue]:
    reported: set[tuple[int, ...]] = set()
    for sign in signs:
        filled = sign.keys.dropna()
        shared = filled[filled.duplicated(keep=False)]
        for rows in shared.groupby(shared, sort=False).groups.values():
            sharing = tuple(int(row) for row in rows)
            if len(sharing) > _CROWD or sharing in reported:
                continue
            reported.add(sharing)
            for row in sharing:
                others = [other for other in sharing if other != row]
                yield cells.issue(sign.code, sign.target, row, {"rows": _shown(others)}, Severity.WARNING)


def _iter_across(
    cells: CellLocator, signs: list[_Sign], known: CellLocator, others: list[_Sign]
) -> Iterator[Issue]:
    """Yield the rows that probably stand for a row of another table than the one they name."""
    reported: set[int] = set()
    for sign in signs:
        there = [other.keys.dropna() for other in others if other.code == sign.code]
        rows_by_key = pd.concat(there).drop_duplicates() if there else sign.keys.iloc[:0]
        rows = dict(zip(rows_by_key.tolist(), rows_by_key.index.tolist(), strict=True))
        met = sign.keys[sign.keys.isin(list(rows)) & sign.keys.notna()]
        for row, key in zip(met.index.tolist(), met.tolist(), strict=True):
            owner = known.keys[rows[key]]
            if row in reported or owner == cells.keys[row]:
                continue
            reported.add(row)
            params = {"table": known.table.title, "row": rows[key], "key": owner or "?"}
            yield cells.issue("check.known-already", sign.target, row, params, Severity.WARNING)


def _shown(rows: list[int]) -> tuple[object, ...]:
    return (*rows[:_NAMED], *(["…"] if len(rows) > _NAMED else []))


def _iter_signs(table: Table, frame: pd.DataFrame) -> Iterator[_Sign]:
    """Yield the signs by which the persons of a table are known, the most telling first."""
    for target in table.fields.values():
        if target.name not in frame.columns or target.derived or target.unique:
            continue
        contact = target.type == ValueKind.TEXT and target.personal and bool(target.pattern)
        if target.type == ValueKind.PHONE or contact:
            yield _Sign("check.same-phone", target, _mapped(frame[target.name], bare_phone))
        if target.type == ValueKind.EMAIL or contact:
            yield _Sign("check.same-email", target, _mapped(frame[target.name], bare_email))
    name = table.fields[table.name_field or ""]
    beside = next((field for field in _BESIDE if field in frame.columns and field in table.fields), None)
    if beside:
        names = _mapped(frame[name.name], bare_name).dropna()
        names = names[names.duplicated(keep=False)]
        others = _mapped(frame[beside].loc[names.index], bare_name)
        yield _Sign("check.same-person", name, (names + "|" + others).where(others.notna()))


def _mapped(column: pd.Series, key: Callable[[str], str | None]) -> pd.Series:
    """Return what each text is compared as, None where it says nothing."""
    keys = [key(text) if isinstance(text, str) else None for text in column.tolist()]
    return pd.Series(keys, index=column.index, dtype=object)


def _folded(text: str) -> str | None:
    written = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(written.split()).casefold() or None


def bare_name(text: str) -> str | None:
    """Return a company or a person as compared: without a legal form, unless that is all there is."""
    folded = _folded(text)
    if not folded:
        return None
    end = len(folded)
    while found := _LEGAL.search(folded, max(0, end - _LONGEST_LEGAL), end):
        end = found.start()
    return folded[:end] or folded


def bare_phone(text: str) -> str | None:
    """Return the digits of a telephone number without country code; None for what is none."""
    if "@" in text:
        return None
    digits = text
    if not (text.isascii() and text.isdecimal()):
        written = unicodedata.normalize("NFKC", text)
        digits = "".join(character for character in written if character.isdecimal())
    if digits.startswith(("86", "0086")):
        digits = _COUNTRY.sub("", digits)
    return digits if len(digits) >= _SHORTEST else None


def bare_email(text: str) -> str | None:
    """Return an e-mail address as compared; None for what is none."""
    return _folded(text) if "@" in text else None
