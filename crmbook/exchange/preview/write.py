"""A list, its mapping and its plan → a workbook in which a person sees and changes them.

Besides the sheets that people look at it holds, hidden, the choices of its dropdowns and the mapping as YAML: what is
read back is that mapping with what the person changed. Its custom properties say which file it is about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from time import time
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Severity, describe, write_atomically
from crmbook.build import text_units, theme
from crmbook.exchange.mapping.document import to_yaml
from crmbook.exchange.mapping.eachperson import row_name
from crmbook.exchange.preview.choices import Words
from crmbook.exchange.preview.guide import SURE, Guide, Subject
from crmbook.exchange.preview.sheets import HEADER_ROW, Column, Sheets
from crmbook.exchange.sources.model import SourceLayout
from crmbook.read import PREVIEW
from crmbook.values import cut_short, spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crmbook.base import Issue
    from crmbook.exchange.intake.model import ImportPlan, RowPlan
    from crmbook.exchange.mapping.model import ColumnRule
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book, Table

_BOLD: Final[dict[str, object]] = {"bold": True}
_SAMPLES, _SAMPLE_LENGTH = 3, 24
_CHANGES_WIDTH: Final = 90.0
_MOST_ROWS, _MOST_PROBLEMS = 20_000, 5_000
"""More are counted, not listed: nobody reads them, and office programs take long to open them."""
_TELLING: Final = ("doubtful", "update", "duplicate", "skip", "new", "same")
_LOOKS: Final = {
    "new": "info",
    "update": "warn",
    "doubtful": "bad",
    "duplicate": "muted",
    "same": "muted",
    "skip": "muted",
}


def preview_name(book: Book, source: Source, sheet: SourceSheet) -> str:
    """Return the file name of the preview of a list; of one of several sheets with the title of the sheet."""
    name = source.path.stem if len(source.sheets) < 2 else f"{source.path.stem}-{sheet.title}"
    bare = "".join(sign for sign in name if sign not in '\\/:*?"<>|')
    return describe("preview.file-name", book.lang, {"name": bare})


def write_preview(  # noqa: PLR0913, PLR0917 - a list with all that was decided about it
    path: Path,
    book: Book,
    source: Source,
    sheet: SourceSheet,
    mapping: ListMapping,
    plan: ImportPlan,
    layout: SourceLayout = SourceLayout(),  # noqa: B008 - a value that never changes
    lists: Mapping[str, Sequence[str]] | None = None,
    *,
    is_watched: bool = False,
) -> None:
    """Write the preview of one list.

    Parameters
    ----------
    layout
        What a person said of the source; its encoding and delimiter as read are kept besides.
    lists
        Labels by list, where the book's workbook has others than the schema.
    is_watched
        Whether a watcher carries it out once somebody has saved it.

    Raises
    ------
    CrmbookError
        If the file cannot be written.
    """
    subject = Subject(book, source, sheet, mapping, plan)
    sheets = Sheets(book, Words(book, subject.tables))
    Guide(sheets, subject, "" if is_watched else f'crmbook import "{path.name}"').write()
    preview = _Preview(sheets, subject, lists or {})
    preview.write_columns()
    preview.write_values()
    preview.write_rows()
    preview.write_problems()
    preview.write_choices()
    kept = to_yaml(mapping, _as_read(source, sheet, layout))
    sheets.keep_text(sheets.words.say("sheet-mapping"), kept)
    for name, text in _stamp(path, book, source).items():
        sheets.writer.book.set_custom_property(PREVIEW + name, text)
    write_atomically(path, sheets.writer.close(), private=True)


def _stamp(path: Path, book: Book, source: Source) -> dict[str, str]:
    """Return what a preview says of itself: its list, its book, and the second in which it was written."""
    listed = {"source": _relative(source.path, path.parent), "digest": source.digest}
    return {**listed, "written": str(int(time())), "template": book.template, "lang": book.lang}


def _as_read(source: Source, sheet: SourceSheet, layout: SourceLayout) -> SourceLayout:
    """Return how the list was read, so that it is read so again."""
    return replace(
        layout,
        encoding=layout.encoding or source.encoding,
        delimiter=layout.delimiter or source.delimiter,
        sheet=sheet.title if len(source.sheets) > 1 else layout.sheet,
    )


def _relative(path: Path, folder: Path) -> str:
    """Return a path as seen from a folder where it lies inside, so that both may be moved together."""
    whole, base = path.resolve(), folder.resolve()
    return (whole.relative_to(base) if whole.is_relative_to(base) else whole).as_posix()


class _Preview:
    """Writes the sheets of tables."""

    def __init__(self, sheets: Sheets, subject: Subject, lists: Mapping[str, Sequence[str]]) -> None:
        self._sheets = sheets
        self._words = sheets.words
        self._say = sheets.words.say
        self._subject = subject
        self._choices: dict[str, list[str]] = {
            "fields": list(self._words.targets),
            "splits": list(self._words.splits),
            "policies": list(self._words.policies),
            "decisions": list(self._words.decisions),
        }
        self._lists = lists
        self._offers: list[tuple[Any, tuple[int, int], int, str]] = []

    def write_choices(self) -> None:
        """Write the hidden sheet of choices, and let the cells offer them."""
        areas = self._sheets.choices(self._choices)
        for sheet, rows, column, name in self._offers:
            self._sheets.offer(sheet, rows, column, areas[name])

    def _table(self, sheet: Any, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
        """Write a table; what its columns offer is written with all choices."""
        bare = [Column(column.title, column.width, column.kind) for column in columns]
        self._sheets.table(sheet, name, bare, rows)
        for index, column in enumerate(columns):
            if column.choices and rows:
                self._offers.append((sheet, (HEADER_ROW + 1, HEADER_ROW + len(rows)), index, column.choices))

    def _open(self, name: str, columns: Sequence[Column]) -> Any:
        title = self._say(f"sheet-{name}")
        return self._sheets.open(
            title, title, self._say(f"help-{name}"), [column.width for column in columns]
        )

    def write_columns(self) -> None:
        """Write which column goes into which field."""
        columns = [
            Column(self._say("column-header"), 22, "wrapped"),
            Column(self._say("column-samples"), 44, "wrapped"),
            Column(self._say("column-field"), 28, "input", "fields"),
            Column(self._say("column-found"), 22),
            Column(self._say("column-sure"), 9, "share"),
            Column(self._say("column-split"), 20, "input", "splits"),
            Column(self._say("column-policy"), 20, "input", "policies"),
        ]
        rows = [self._column(rule) for rule in self._subject.mapping.columns]
        self._table(self._open("columns", columns), "preview_columns", columns, rows)

    def _column(self, rule: ColumnRule) -> list[Any]:
        book = self._subject.book
        is_sure = rule.sure >= SURE or not rule.field
        found = f"found-{rule.found}" if rule.found and rule.field else ""
        how = self._say("external") if rule.is_external else describe_found(found, book)
        split = self._say(f"split-{rule.split or 'none'}")
        muted: dict[str, object] | None = None if rule.table else dict(theme.HIGHLIGHTS["muted"])
        return [
            (rule.header, muted or _BOLD),
            (self._samples(rule.header), muted),
            self._words.target(rule),
            (how, muted),
            (rule.sure if rule.field else None, muted if is_sure else dict(theme.HIGHLIGHTS["warn"])),
            split if rule.field else None,
            self._say(f"policy-{rule.policy}") if rule.table else None,
        ]

    def _samples(self, header: str) -> str:
        """Return a few different cells of a column."""
        column = self._subject.sheet.frame[header]
        texts = (
            cut_short(" ".join(spell(raw).split()), _SAMPLE_LENGTH)
            for raw in column.dropna().head(200).tolist()
        )
        return "  ·  ".join(list(dict.fromkeys(filter(None, texts)))[:_SAMPLES])

    def write_values(self) -> None:
        """Write which text means which entry."""
        columns = [
            Column(self._say("column-list"), 24),
            Column(self._say("column-text"), 36, "wrapped"),
            Column(self._say("column-count"), 10, "number"),
            Column(self._say("column-entry"), 28, "input"),
            Column(self._say("column-sure"), 9, "share"),
        ]
        rules = self._subject.mapping.values
        warn = dict(theme.HIGHLIGHTS["warn"])
        rows = [
            [self._words.field(rule), rule.text, rule.count, self._words.value(rule),
             (rule.sure if rule.action == "use" else None, warn if rule.sure < SURE else None)]
            for rule in rules
        ]  # fmt: skip
        sheet = self._open("values", columns)
        self._table(sheet, "preview_values", columns, rows)
        for line, rule in enumerate(rules, HEADER_ROW + 1):
            name = str(self._subject.book.tables[rule.table].fields[rule.field].list)
            self._choices.setdefault(name, self._entries(name))
            if rule.action == "use" and rule.entry not in self._choices[name]:
                self._choices[name].append(rule.entry)
            same = self._offers and self._offers[-1][0] is sheet and self._offers[-1][3] == name
            first = self._offers.pop()[1][0] if same else line
            self._offers.append((sheet, (first, line), 3, name))

    def _entries(self, name: str) -> list[str]:
        labels = (*self._subject.book.lists[name].texts, *self._lists.get(name, ()))
        return [*self._words.specials, *dict.fromkeys(labels)]

    def write_rows(self) -> None:
        """Write what becomes of each row; of very many the most telling ones."""
        columns = [
            Column(self._say("column-row"), 11, "number"),
            Column(self._say("table"), 18),
            Column(self._say("column-outcome"), 11),
            Column(self._say("column-decision"), 12, "input", "decisions"),
            Column(self._say("column-match"), 24, "wrapped"),
            Column(self._say("column-by"), 18),
            Column(self._say("column-changes"), _CHANGES_WIDTH, "wrapped"),
        ]
        sheet = self._open("rows", columns)
        self._table(sheet, "preview_rows", columns, [self._row(row) for row in self._listed])
        more = len(self._subject.plan.rows) - len(self._listed)
        if more:
            note = self._sheets.writer.format(font_color=theme.COMPUTED, italic=True, indent=1)
            sheet.write_string(2, 0, self._say("more-rows", count=more), note)

    def _row(self, row: RowPlan) -> list[Any]:
        table = self._subject.book.tables[row.table]
        match = " ".join(filter(None, (row.key, row.name)))
        if row.of_row:
            match = " · ".join(filter(None, (match, self._say("of-row", row=row_name(row.of_row)))))
        look = dict(theme.HIGHLIGHTS[_LOOKS[row.action]])
        comma = "、" if self._subject.book.lang == "zh" else ", "
        return [
            row_name(row.row),
            table.title,
            (self._say(f"action-{row.action}"), look),
            None,
            match,
            comma.join(table.header(name) for name in row.matched_by),
            "\n".join(self._changes(table, row)),
        ]

    def _changes(self, table: Table, row: RowPlan) -> Iterator[str]:
        """Yield what changes in a row; of a new one what it holds."""
        mark = "：" if self._subject.book.lang == "zh" else ": "
        if not row.changes or row.action in {"new", "same", "skip"}:
            yield self._source(row, mark)
            return
        for name, (old, new) in row.changes.items():
            change = f"{shown(old)} → {shown(new)}" if shown(old) else f"+ {shown(new)}"
            yield f"{table.header(name)}{mark}{change}"

    def _source(self, row: RowPlan, mark: str) -> str:
        """Return what is in a row of the list for its table, as much as one line shows."""
        cells, headers = self._cells.get(row.row, {}), self._headers.get(row.table, [])
        line, left = "", int(_CHANGES_WIDTH) - 6
        for header in headers:
            part = (
                f"{header}{mark}{cut_short(shown(cells.get(header)), _SAMPLE_LENGTH)}"
                if shown(cells.get(header))
                else ""
            )
            left -= text_units(part) + (3 if part else 0)
            if left < 0:
                return f"{line} …"
            line += f"   {part}" if line and part else part
        return line

    @cached_property
    def _headers(self) -> Mapping[str, list[str]]:
        """The headers of the columns that each table takes."""
        found: dict[str, list[str]] = {}
        for rule in self._subject.mapping.columns:
            if rule.table:
                found.setdefault(rule.table, []).append(rule.header)
        return found

    @cached_property
    def _cells(self) -> Mapping[int, Mapping[str, Any]]:
        """The cells of the rows that are listed, those of columns that are taken."""
        taken = [rule.header for rule in self._subject.mapping.columns if rule.table]
        frame = self._subject.sheet.frame[taken]
        rows = dict.fromkeys(row.row for row in self._listed)
        records = frame.loc[frame.index.isin(list(rows))]
        return dict(zip(records.index.tolist(), records.to_dict("records"), strict=True))

    @cached_property
    def _listed(self) -> Sequence[RowPlan]:
        """The rows that are listed, those that a person should look at first; of very many not all."""
        every = sorted(self._subject.plan.rows, key=lambda row: _TELLING.index(row.action))
        return every[:_MOST_ROWS]

    def write_problems(self) -> None:
        """Write what cannot be taken as it stands."""
        columns = [
            Column(self._say("column-level"), 10),
            Column(self._say("column-place"), 18),
            Column(self._say("column-list"), 18),
            Column(self._say("column-value"), 26, "wrapped"),
            Column(self._say("column-problem"), 50, "wrapped"),
            Column(self._say("column-remedy"), 50, "wrapped"),
        ]
        issues = sorted(self._subject.plan.issues, key=lambda issue: issue.severity is not Severity.ERROR)
        rows = [self._problem(issue) for issue in issues[:_MOST_PROBLEMS]]
        self._table(self._open("problems", columns), "preview_problems", columns, rows)

    def _problem(self, issue: Issue) -> list[Any]:
        book = self._subject.book
        table = book.tables.get(issue.table)
        is_error = issue.severity is Severity.ERROR
        return [
            (self._say(f"level-{issue.severity}"), dict(theme.HIGHLIGHTS["bad" if is_error else "warn"])),
            issue.location.cell or "",
            table.header(issue.field_name) if table else issue.field_name,
            issue.value,
            issue.text(book.lang),
            issue.remedy(book.lang),
        ]


def describe_found(found: str, book: Book) -> str:
    """Return how a field was found, in words."""
    return describe(f"mapping.{found}", book.lang, {}) if found else ""


def shown(value: object) -> str:
    """Return a value as one line."""
    blank = value is None or value != value  # noqa: PLR0124 - NaN and NaT
    return "" if blank else " ".join(spell(value).split())
