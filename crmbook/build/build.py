"""Builds a workbook: recompute → skeleton by XlsxWriter → rows streamed in by `crmbook.ooxml` → stamp.

Two writers share the work because each is best at its part: XlsxWriter knows charts, formats and validations,
`crmbook.ooxml` writes rows many times faster and is the same row writer that sync uses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import OWN, describe, silent
from crmbook.build import theme
from crmbook.build.advice import choose_advice
from crmbook.build.blocks import write_blocks
from crmbook.build.blueprint import Blueprint
from crmbook.build.bulkoffers import offered_frames
from crmbook.build.dashboard import COLUMNS, write_dashboard
from crmbook.build.dictionary import write_dictionary
from crmbook.build.extract import Extract, page_book, with_blank_rows
from crmbook.build.guide import write_guide
from crmbook.build.heights import row_heights
from crmbook.build.identity import Stamp, by_sync_property, row_ids, write_stamp
from crmbook.build.issueline import DUPLICATES, ISSUES, conflict_line, issue_line, pair_line
from crmbook.build.links import row_link
from crmbook.build.live import plan_live
from crmbook.build.names import build_names
from crmbook.build.page import Canvas, write_tables_page
from crmbook.build.pagemarks import write_page_marks
from crmbook.build.reminderlines import count_line, line_frame, reminder_lines
from crmbook.build.reminders import CONFLICTS, REMINDERS, find_due, notes_of, open_of
from crmbook.build.tablesheet import write_table_sheet
from crmbook.build.writer import Writer
from crmbook.ooxml import ColumnFill, Package, fill
from crmbook.schema import BLOCK_COLUMNS, Computed, layout_of, recompute, recompute_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from crmbook.base import Progress
    from crmbook.build.live import FieldKey, Mode
    from crmbook.build.reminderlines import Line
    from crmbook.build.reminders import Due
    from crmbook.schema import Book, Page, Table

VISIBLE_COLUMNS: Final = {"guide": 6, "dictionary": 9}


@dataclass(frozen=True, slots=True)
class Built:
    """A finished workbook.

    Attributes
    ----------
    data
        The bytes of the .xlsx file.
    computed
        Everything that it holds.
    live, by_sync
        Computed fields, as (table, field), that are live formulas, and those whose values sync keeps.
    """

    data: bytes
    computed: Computed
    live: frozenset[FieldKey]
    by_sync: frozenset[FieldKey]


def build_workbook(  # noqa: PLR0913 - what is in it, and how
    book: Book,
    frames: Mapping[str, pd.DataFrame],
    as_of: date,
    stamp: Stamp,
    *,
    mode: Mode = "auto",
    extract: Extract | None = None,
    answers: pd.DataFrame | None = None,
    coming: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> Built:
    """Build the workbook of `book` that holds `frames` on the day `as_of`.

    Parameters
    ----------
    frames
        Canonical values by table, as `crmbook.schema.recompute.table_frame` makes them; a derived field holds a value only
        where a person typed one over it. An index of texts holds the ids of the rows, else they are numbered; columns
        whose label begins with `crmbook.base.records.OWN` are people's own.
    mode
        Whether cross-table fields are live formulas, see `crmbook.build.live`.
    extract
        The part of the book that the workbook shows; all of it by default.
    coming
        How many rows tables will hold soon: formulas that would be too many then are values from the start.
    answers
        What people answered to reminders, see `crmbook.build.reminders`.

    Raises
    ------
    WorkbookError
        If XlsxWriter refuses a part of the skeleton.
    """
    extract = extract or Extract(book)
    shown = extract.book
    progress("progress.computing")
    whole = recompute(book, _with_template_rows(book, {**frames, **offered_frames(shown, frames)}), as_of)
    computed = with_blank_rows(book, whole, as_of)
    computed, due, lines = _with_reminders(shown, computed, as_of, answers)
    live = extract.live(plan_live(shown, _counts(computed, coming or {}), mode))
    package = _write(_plan(extract, computed, live, whole, due, stamp), computed, lines, progress)
    fields = frozenset(key for key in shown.formulas if key[0])
    _write_properties(package, book, shown, fields - live, stamp)
    return Built(package.to_bytes(), computed, live & fields, fields - live)


def _counts(computed: Computed, coming: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows each table holds, or will hold soon."""
    return {name: max(len(frame), coming.get(name, 0)) for name, frame in computed.frames.items()}


def _write_properties(
    package: Package, book: Book, shown: Book, by_sync: frozenset[FieldKey], stamp: Stamp
) -> None:
    """Write what sync reads first: which values it keeps, what each page shows, and whose workbook this is."""
    for table, names in _by_table(by_sync).items():
        package.set_property(by_sync_property(table), ",".join(names))
    write_page_marks(package, shown)
    write_stamp(package, book, stamp)


def build_page(book: Book, name: str, computed: Computed, heading: str = "") -> bytes:
    """Return a workbook of one page that holds its values and nothing behind them.

    Parameters
    ----------
    name
        The page.
    computed
        Everything that the book computes.
    heading
        What is printed at the top; by default the name of the file.
    """
    alone = page_book(book, name)
    plan = _plan(Extract(alone), computed, frozenset(), computed, (), Stamp("", ""))
    return _write(replace(plan, heading=heading), computed).to_bytes()


def _by_table(keys: Iterable[FieldKey]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for table, name in sorted(keys):
        grouped.setdefault(table, []).append(name)
    return grouped


def _with_template_rows(book: Book, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give every empty table that people fill one blank row, because an Excel table cannot be without."""
    blank = pd.DataFrame(index=pd.RangeIndex(1))
    filled = {name: frame for name, frame in frames.items() if len(frame)}
    empty = {name: blank for name, table in book.tables.items() if name not in filled and not table.seed}
    return {**filled, **empty}


def _with_reminders(
    book: Book, computed: Computed, as_of: date, answers: pd.DataFrame | None
) -> tuple[Computed, list[Due], list[Line]]:
    """Return what is in a workbook with the lines of its reminders, what is due, and those lines."""
    if REMINDERS not in book.tables:
        return computed, [], []
    frames = {name: computed.frames[name] for name, table in book.tables.items() if table.reminders}
    ids = {name: pd.Series(_ids(book.tables[name], frame), frame.index) for name, frame in frames.items()}
    due = open_of(find_due(book, computed, as_of, ids), answers, as_of)
    layouts = layout_of(book).tables

    def link(one: Due) -> tuple[str, str] | None:
        table_layout = layouts[one.table]
        key, row_id = table_layout.columns[table_layout.table.key], table_layout.row_id
        return row_link(table_layout.sheet, key.letter, row_id.letter, one.row_id) if row_id else None

    lines = reminder_lines(book, due, notes_of(answers), link)
    return _with_lines(book, computed, lines), due, lines


def _with_lines(book: Book, computed: Computed, lines: Sequence[Line]) -> Computed:
    """Return what is in a workbook with the lines of its reminders."""
    if not lines:
        return computed
    frame = line_frame(book, lines)
    computed = recompute_cells(book, computed, {REMINDERS: frame})
    return replace(computed, frames={**computed.frames, REMINDERS: frame})


def _write(
    plan: Blueprint, computed: Computed, lines: Sequence[Line] = (), progress: Progress = silent
) -> Package:
    """Write every sheet, the rows of every table, and the links of reminders."""
    package = Package.open(_write_skeleton(plan))
    for number, table in enumerate(plan.book.tables.values()):
        progress("progress.filling", number, len(plan.book.tables), name=table.title)
        _fill_table(plan, package, computed, table)
    _write_links(plan, package, lines)
    return package


def _write_links(plan: Blueprint, package: Package, lines: Sequence[Line]) -> None:
    """Give the reminders the links to the rows that they are about."""
    for row, line in enumerate(lines):
        table_layout = plan.layout.tables[REMINDERS]
        title, formula = line["source"]
        package.sheet(table_layout.sheet).set(table_layout.cell("source", row), title, formula=formula)


def _plan(  # noqa: PLR0913, PLR0917 - the workbook, and all that is to be in it
    extract: Extract,
    computed: Computed,
    live: frozenset[FieldKey],
    whole: Computed,
    due: Sequence[Due],
    stamp: Stamp,
) -> Blueprint:
    book, layout = extract.book, layout_of(extract.book)
    return Blueprint(
        book=book,
        layout=layout,
        labels=layout.labels(),
        names=build_names(book, layout),
        extract=extract,
        live=live,
        frames=computed.frames,
        values=computed.cells,
        advice={page.name: choose_advice(page, whole) for page in book.pages.values() if page.advice},
        lines=_lines(book, due),
        counted=_counted(book, stamp),
        own={name: own_columns(computed.frames[name]) for name in book.tables if _stands_alone(book, name)},
        writer=Writer(book.font or theme.FONT),
    )


def _counted(book: Book, stamp: Stamp) -> str:
    """Return in words whose rows a copy of some customers counts, for the pages whose figures are about the others too."""
    limits = [
        describe(f"workbook.counted-{kind}", book.lang, {kind: text})
        for kind, text in (("owner", stamp.owner), ("where", stamp.where))
        if text
    ]
    between = describe("workbook.counted-between", book.lang, {})
    return describe("workbook.counted", book.lang, {"limits": between.join(limits)}) if limits else ""


def _lines(book: Book, due: Sequence[Due]) -> dict[str, str]:
    """Return the lines above the tables of pages; a new workbook has nothing else before its first sync."""
    lines = {
        REMINDERS: count_line(book, due),
        ISSUES: issue_line(book, 0, 0),
        CONFLICTS: conflict_line(book, 0),
        DUPLICATES: pair_line(book, 0, 0),
    }
    return {name: line for name, line in lines.items() if line}


def _write_skeleton(plan: Blueprint) -> bytes:
    """Write every sheet with one template row per table; return the package."""
    book = plan.book
    sheets = {sheet.name: plan.writer.sheet(sheet.title) for sheet in book.sheets}
    for name, area in plan.names.areas.items():
        plan.writer.book.define_name(name, f"={area}")
    for sheet in book.sheets:
        if sheet.page is None:
            write_table_sheet(plan, sheets[sheet.name], book.tables[sheet.name])
        else:
            _write_page(plan, sheets[sheet.name], sheet.page)
    for sheet in book.sheets:
        if sheet.hidden:
            sheets[sheet.name].hide()
    sheets[REMINDERS if REMINDERS in sheets else book.sheets[0].name].activate()
    plan.writer.book.set_properties({"title": book.title, "comments": "crmbook"})
    return plan.writer.close()


def _write_page(plan: Blueprint, sheet: Any, page: Page) -> None:
    if page.blocks:
        write_blocks(Canvas(plan, sheet, page, BLOCK_COLUMNS - 2))
    elif page.is_dashboard:
        write_dashboard(Canvas(plan, sheet, page, COLUMNS))
    elif page.name in VISIBLE_COLUMNS:
        write = {"guide": write_guide, "dictionary": write_dictionary}[page.name]
        write(Canvas(plan, sheet, page, VISIBLE_COLUMNS[page.name]))
    else:
        last = max((plan.layout.tables[name].all_columns[-1].index for name in page.tables), default=8)
        write_tables_page(Canvas(plan, sheet, page, last))


def _fill_table(plan: Blueprint, package: Package, computed: Computed, table: Table) -> None:
    book, table_layout, frame = plan.book, plan.layout.tables[table.name], computed.frames[table.name]
    count, ids = len(frame), _ids(table, frame)
    columns = []
    for name, field in table.fields.items():
        key = (table.name, name)
        formula = (
            field.formula.render(plan.labels, equals=False) if field.formula and key in plan.live else None
        )
        values: Any = computed.results[key] if field.formula else frame[name]
        if field.formula and formula is None and ids == [None]:  # a blank row holds nothing that looks typed
            values = [None]
        columns.append(ColumnFill(values, formula))
    if table.managed:
        columns += [ColumnFill([None] * count), ColumnFill(ids)]
    own = [frame[OWN + header].astype(object) for header in plan.own.get(table.name, ())]
    columns += [ColumnFill(column.where(column.notna(), None).tolist()) for column in own]
    heights = row_heights(book, table, frame) if book.sheet_of(table.name).page is None else []
    fill(package, table_layout.name, columns, count, heights)
    sheet = package.sheet(table_layout.sheet)
    for (owner, name), manual in computed.manual.items():
        if owner == table.name and name in table.fields:
            for row in manual.to_numpy().nonzero()[0]:
                sheet.set(table_layout.cell(name, int(row)), computed.results[owner, name].iloc[row])


def _ids(table: Table, frame: pd.DataFrame) -> list[str | None]:
    """Return the ids of a table's rows; a row in which nothing is typed has none, so that no two copies share it."""
    if frame.index.dtype == object:
        return [str(label) for label in frame.index]
    typed = [name for name, field in table.fields.items() if field.typed]
    if len(frame) == 1 and frame[typed].isna().to_numpy().all():
        return [None]
    return list(row_ids(table.name, len(frame)))


def own_columns(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the headers of people's own columns in a frame."""
    return tuple(str(label).removeprefix(OWN) for label in frame.columns if str(label).startswith(OWN))


def _stands_alone(book: Book, table: str) -> bool:
    """Return whether a table has its sheet to itself: beside it is room for people's own columns."""
    return book.tables[table].managed and book.sheet_of(table).page is None
