"""Formulas of computed cells that are not the ones they should hold: somebody, or a program, put another in their place.

What a person typed is overtyping, like a constant. What a program made of the own formula (the cells that its
references stand for, an error that says that it could not be held, a function without the prefix it needs) is nobody's
value: it is put back and counts as the formula. Mostly all cells of a column hold the same text: each text is compared
once, and cells are only read where one is foreign.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.base import Unreadable
from crmbook.ooxml import decode, unescape
from crmbook.read.live import live_fields
from crmbook.read.meaning import in_columns, is_remnant, is_wreck, lacks_prefix, meaning, plain_title
from crmbook.read.placement import find_placement
from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ooxml import Package, Sheet
    from crmbook.read.meaning import Spot
    from crmbook.read.placement import Placement
    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Book


class _Kind(Enum):
    OWN = "own"
    RESPELT = "respelt"  # by a program, so that it does not say the same everywhere
    WRECK = "wreck"  # what a program left of it
    OTHER = "other"


def without_foreign(book: Book, snapshot: Snapshot, package: Package) -> Snapshot:
    """Return a workbook in whose computed columns only their own formulas count as such.

    A cell with another formula holds what somebody typed: its value counts where it may be typed over.
    """
    here = find_placement(layout_of(book), snapshot, package)
    labels = here.layout.labels()
    spots = _spots(here)
    tables = dict(snapshot.tables)
    for name, found in snapshot.tables.items():
        live = live_fields(found, snapshot.properties, book)
        wanted: dict[str, str] = {}
        for label in found.formulas:
            inner = book.tables[name].fields[label]
            if label in live and inner.formula and inner.formula.references.isdisjoint(here.absent):
                wanted[label] = inner.formula.render(labels, equals=False)
        if wanted:
            known = here.layout.tables[name].name
            judges = {label: _Judge(text, known, found.sheet, spots) for label, text in wanted.items()}
            foreign = _find(package.sheet(found.sheet), found, judges)
            tables[name] = _without(book, found, foreign) if foreign else found
    return replace(snapshot, tables=tables)


def _spots(here: Placement) -> dict[Spot, Spot]:
    """Return where the columns of the tables are, by table and header."""
    return {
        (plain_title(known.name), plain_title(column.header)): (
            plain_title(known.sheet),
            column.letter.lower(),
        )
        for name in here.fields
        for known in [here.layout.tables[name]]
        for column in known.columns.values()
    }


class _Judge:
    """What formulas are, measured by the one that the cells of a column should hold.

    Parameters
    ----------
    wanted
        That formula.
    table, sheet
        The name of the table in which the column is, and the title of its sheet.
    """

    def __init__(self, wanted: str, table: str, sheet: str, spots: Mapping[Spot, Spot]) -> None:
        self._wanted, self._table, self._sheet, self._spots = wanted, table, sheet, spots
        self._known: dict[str, _Kind] = {wanted: _Kind.OWN}

    def kind(self, formula: str) -> _Kind:
        if formula not in self._known:
            self._known[formula] = self._kind(formula)
        return self._known[formula]

    def _kind(self, formula: str) -> _Kind:
        said = meaning(formula, self._table)
        if said == self._right:
            return _Kind.RESPELT if lacks_prefix(formula, self._wanted) else _Kind.OWN
        if is_wreck(said) or is_remnant(said, self._right):
            return _Kind.WRECK
        alike = "[" not in said and self._in_columns(said) == self._in_columns_right
        return _Kind.RESPELT if alike else _Kind.OTHER

    @cached_property
    def _right(self) -> str:
        return meaning(self._wanted, self._table)

    @cached_property
    def _in_columns_right(self) -> str:
        return self._in_columns(self._right)

    @cached_property
    def _columns(self) -> dict[Spot, Spot]:
        own = plain_title(self._table)
        mine = {("", header): spot for (table, header), spot in self._spots.items() if table == own}
        return {**self._spots, **mine}

    def _in_columns(self, said: str) -> str:
        return in_columns(said, self._sheet, self._columns)


def _find(sheet: Sheet, found: TableSnapshot, judges: Mapping[str, _Judge]) -> dict[str, dict[int, _Kind]]:
    """Return by field the rows that hold another formula, and whose it is."""
    columns: dict[int, str] = {}
    for label, judge in judges.items():
        texts = _texts(sheet, found.columns[label].letter)
        alike = all(judge.kind(one) is _Kind.OWN for one in texts)
        if not alike or texts.total() != len(found.formulas[label]):
            columns[found.columns[label].index + 1] = label
    foreign: dict[str, dict[int, _Kind]] = {}
    rows = {row for label in columns.values() for row in found.formulas[label]}
    for cell in sheet.cells(rows, columns.keys()) if columns else ():
        label = columns[cell.column]
        if cell.formula is not None and cell.row in found.formulas[label]:
            kind = judges[label].kind(cell.formula)
            if kind is not _Kind.OWN:
                foreign.setdefault(label, {})[cell.row] = kind
    return foreign


def _texts(sheet: Sheet, letters: str) -> Counter[str]:
    """Return the formulas written out in the cells of a column, each with its count."""
    cell = re.compile(rb'<c r="%s[0-9]+"[^<>]*><f[^<>]*>([^<]+)</f>' % letters.encode())
    sheet.flush()
    stored: Counter[bytes] = Counter()
    for block in sheet.body.blocks():
        stored.update(cell.findall(block.data))
    texts: Counter[str] = Counter()
    for one, count in stored.items():
        texts[decode(unescape(one))] += count
    return texts


def _without(book: Book, found: TableSnapshot, foreign: Mapping[str, Mapping[int, _Kind]]) -> TableSnapshot:
    """Return a table in which only what people typed is no formula of the column."""
    formulas = dict(found.formulas)
    for label, kinds in foreign.items():
        # Programs treat all formulas of a column alike: a single error may be somebody's.
        wrecked = len(kinds) == len(formulas[label]) and set(kinds.values()) == {_Kind.WRECK}
        typed = {
            row for row, kind in kinds.items() if kind is _Kind.OTHER or (kind is _Kind.WRECK and not wrecked)
        }
        if book.tables[found.name].fields[label].override:
            # An error is no value.
            typed = {
                row for row in typed
                if kinds[row] is _Kind.OTHER or not isinstance(found.raw(label, row), Unreadable)
            }  # fmt: skip
        formulas[label] = formulas[label] - typed
    return replace(
        found, formulas=formulas, foreign={label: frozenset(rows) for label, rows in foreign.items()}
    )
