"""Formulas of computed cells that are not the ones they should hold: somebody, or a program, put another in their place.

Programs spell one formula in several ways, so formulas are compared by meaning: ``[#This Row]`` and ``@`` are the same,
with the table's own name or without, functions with and without ``_xlfn.``, blanks outside texts do not count. Mostly
all cells of a column hold the same text: each text is compared once, and cells are only read where one is foreign.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.furniture.placement import place
from crmbook.furniture.spelling import plain
from crmbook.ooxml.text import decode
from crmbook.ooxml.xml import unescape
from crmbook.records import Unreadable
from crmbook.schema import Layout
from crmbook.writeback import live_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ooxml import Package, Sheet
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book

_STRINGS: Final = re.compile(r'("(?:[^"]|"")*")')
_PREFIX: Final = re.compile(r"_xl(?:fn|ws|udf)\.(?:_xlws\.)?", re.IGNORECASE)
_THIS_ROW: Final = re.compile(
    r"\[\[#thisrow\],\[((?:[^\[\]']|'.)*)\]\]|\[@\[((?:[^\[\]']|'.)*)\]\]|\[@((?:[^\[\]'@]|'.)+)\]"
)
_LOST: Final = "na()"
"""What is left of a formula that an old file format could not hold."""


def without_foreign(book: Book, snapshot: Snapshot, package: Package) -> Snapshot:
    """Return a workbook in whose computed columns only their own formulas count as such.

    A cell with another formula holds what somebody typed: its value counts where it may be typed over.
    """
    here = place(Layout(book), snapshot, package)
    labels = here.layout.labels()
    tables = dict(snapshot.tables)
    for name, found in snapshot.tables.items():
        live = live_fields(found, snapshot.properties, book)
        wanted: dict[str, str] = {}
        for label in found.formulas:
            field = book.tables[name].fields[label]
            if label in live and field.formula and field.formula.references.isdisjoint(here.absent):
                wanted[label] = field.formula.render(labels, equals=False)
        foreign = _find(package.sheet(found.sheet), found, wanted) if wanted else {}
        if foreign:
            tables[name] = _without(book, found, foreign)
    return replace(snapshot, tables=tables)


def _find(sheet: Sheet, found: TableSnapshot, wanted: Mapping[str, str]) -> dict[str, dict[int, str]]:
    """Return by field the rows that hold another formula, and its meaning."""
    known: dict[str, str] = {}

    def said(formula: str) -> str:
        if formula not in known:
            known[formula] = meaning(formula, found.table_name)
        return known[formula]

    columns: dict[int, str] = {}
    for label, text in wanted.items():
        texts = _texts(sheet, found.columns[label].letter)
        alike = all(one == text or said(one) == said(text) for one in texts)
        if not alike or texts.total() != len(found.formulas[label]):
            columns[found.columns[label].index + 1] = label
    foreign: dict[str, dict[int, str]] = {}
    rows = {row for label in columns.values() for row in found.formulas[label]}
    for cell in sheet.cells(rows, columns.keys()) if columns else ():
        label, formula = columns[cell.column], cell.formula
        is_own = formula is None or said(formula) == said(wanted[label])
        if formula is not None and not is_own and cell.row in found.formulas[label]:
            foreign.setdefault(label, {})[cell.row] = said(formula)
    return foreign


def _texts(sheet: Sheet, letters: str) -> Counter[str]:
    """Return the formulas written out in the cells of a column, each with its count."""
    cell = re.compile(rb'<c r="%s[0-9]+"[^>]*><f[^>]*>([^<]+)</f>' % letters.encode())
    sheet.flush()
    stored: Counter[bytes] = Counter()
    for block in sheet.body.blocks():
        stored.update(cell.findall(block.data))
    texts: Counter[str] = Counter()
    for one, count in stored.items():
        texts[decode(unescape(one))] += count
    return texts


def _without(book: Book, found: TableSnapshot, foreign: Mapping[str, Mapping[int, str]]) -> TableSnapshot:
    formulas = dict(found.formulas)
    for label, rows in foreign.items():
        typed = set(rows)
        if book.tables[found.name].fields[label].override:
            # Nobody typed what an old format left of a formula: it is no value, and no error to put right.
            typed = {
                row for row, said in rows.items()
                if said != _LOST or not isinstance(found.raw(label, row), Unreadable)
            }  # fmt: skip
        formulas[label] = formulas[label] - typed
    return replace(
        found, formulas=formulas, foreign={label: frozenset(rows) for label, rows in foreign.items()}
    )


def meaning(formula: str, table: str) -> str:
    """Return a formula in one spelling, whichever program wrote it; `table` is the one in which it stands."""
    pieces = _STRINGS.split(plain(formula.removeprefix("=")))
    pieces[::2] = [_outside_strings(piece.lower(), table.lower()) for piece in pieces[::2]]
    return "".join(pieces)


def _outside_strings(piece: str, table: str) -> str:
    piece = _THIS_ROW.sub(lambda found: f"[@{found[1] or found[2] or found[3]}]", _PREFIX.sub("", piece))
    return re.sub(rf"(?<![\w.]){re.escape(table)}\[@", "[@", piece) if table else piece
