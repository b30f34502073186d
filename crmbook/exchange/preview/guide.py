"""说明: the first sheet: which list, what will happen, what is worth a look, how to go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from crmbook.base import Severity, joined
from crmbook.build import theme
from crmbook.exchange.intake.model import RowAction
from crmbook.exchange.intake.statuses import iter_statuses
from crmbook.exchange.mapping.states import rows_where
from crmbook.schema import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.build import Strict
    from crmbook.exchange.intake.model import ImportPlan
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.preview.sheets import Sheets
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book

ACTIONS: Final = cast("tuple[RowAction, ...]", get_args(RowAction))
SURE: Final = 0.8
"""Below it a column is worth a look."""
_LABEL, _FIRST = 1, 2
_COUNTS: Final = len(ACTIONS)
WIDTHS: Final = (2.0, 30.0, *[13.0] * _COUNTS, 40.0)
_LAST: Final = len(WIDTHS) - 1
_LINE: Final = 22


@dataclass(frozen=True)
class Subject:
    """What a preview is about."""

    book: Book
    source: Source
    sheet: SourceSheet
    mapping: Mapping
    plan: ImportPlan

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the list feeds, the main one first."""
        fed = (rule.table for rule in self.mapping.columns if rule.table)
        return tuple(dict.fromkeys((self.mapping.table, *fed)))


class Guide:
    """Writes the guide line by line.

    Parameters
    ----------
    command
        What carries the preview out; empty where a watcher does once it is saved.
    """

    def __init__(self, sheets: Sheets, subject: Subject, command: str) -> None:
        self._sheets = sheets
        self._say = sheets.words.say
        self._subject = subject
        self._command = command
        self._row = 3

    def write(self) -> None:
        """Write the sheet."""
        head = self._say("title", name=self._subject.source.path.name)
        lead = self._say("help-guide" if self._command else "help-guide-watched")
        sheet = self._sheets.open(self._sheets.home, head, lead, WIDTHS)
        for label, text in self._facts():
            self._line(sheet, label, text)
        self._heading(sheet, self._say("outcome"))
        self._outcome(sheet)
        self._heading(sheet, self._say("look"))
        for title, text, is_urgent in self._look():
            self._link(sheet, title, text, is_urgent=is_urgent)
        self._heading(sheet, self._say("how"))
        third = "step-3" if self._command else "step-3-watched"
        for step in ("step-1", "step-2", third, "step-4", "legend"):
            self._paragraph(sheet, self._say(step, command=self._command), is_input=step == "legend")
        if not self._command:
            self._paragraph(sheet, self._say("agree"), is_input=True)
        sheet.set_portrait()
        sheet.activate()

    def _facts(self) -> Iterator[tuple[str, str]]:
        one = self._subject
        params = {"file": one.source.path.name, "sheet": one.sheet.title, "rows": len(one.sheet.frame)}
        yield self._say("list"), self._say("list-value", **params)
        lang = one.book.lang
        yield self._say("into"), joined((one.book.tables[name].title for name in one.tables), lang)
        if one.mapping.origin is not None:
            origin = one.mapping.origin
            day = f"{datetime.fromisoformat(origin.at).astimezone():%Y-%m-%d}" if origin.at else "–"
            yield self._say("remembered"), self._say("remembered-value", name=origin.name, at=day)
            if origin.news:
                yield self._say("news"), joined(origin.news, lang)
        left = Counter(item.kind for item in one.sheet.left_out if item.kind != "header")
        if left:
            parts = [self._say(f"left-{kind}", count=count) for kind, count in left.items()]
            yield self._say("left-out"), joined(parts, lang)
        for status in iter_statuses(one.sheet, one.mapping, one.plan):
            params = {"header": status.header, "texts": joined(status.texts, lang)}
            if status.left_out:
                yield self._say("filter"), self._say("filter-value", count=status.left_out, **params)
            if status.since:
                yield self._say("closed-since"), self._say("filter-value", count=status.since, **params)
        for negative in one.mapping.negative:
            count = int(rows_where(one.sheet.frame, {negative.header: negative.texts}).sum())
            yield (
                self._say("negative"),
                self._say(
                    "filter-value", header=negative.header, texts=joined(negative.texts, lang), count=count
                ),
            )

    def _look(self) -> Iterator[tuple[str, str, bool]]:
        """Yield each other sheet with what is there, and whether a person should look at it."""
        one = self._subject
        columns, values = one.mapping.columns, one.mapping.values
        fields = sum(bool(rule.field) for rule in columns)
        own = sum(bool(rule.table) and not rule.field for rule in columns)
        unsure = sum(bool(rule.field) and rule.sure < SURE for rule in columns)
        text = self._say("count-columns", fields=fields, own=own, none=len(columns) - fields - own)
        text += self._say("count-doubtful-columns", count=unsure) if unsure else ""
        yield self._say("sheet-columns"), text, bool(unsure)
        unknown = sum(rule.action == "keep" for rule in values)
        text = self._say("count-values" if values else "no-values", count=len(values), unknown=unknown)
        yield self._say("sheet-values"), text, bool(unknown)
        doubtful = sum(row.action == "doubtful" for row in one.plan.rows)
        text = self._say(
            "count-doubtful" if doubtful else "count-rows", count=len(one.plan.rows), doubtful=doubtful
        )
        yield self._say("sheet-rows"), text, bool(doubtful)
        errors = sum(issue.count for issue in one.plan.issues if issue.severity is Severity.ERROR)
        warnings = sum(issue.count for issue in one.plan.issues) - errors
        yield (
            self._say("sheet-problems"),
            self._say("count-problems", errors=errors, warnings=warnings),
            bool(errors),
        )

    def _outcome(self, sheet: Strict) -> None:
        head = self._format(
            bold=True,
            bg_color=theme.ACCENT_SOFT,
            font_color=self._sheets.accent,
            align="center",
            bottom=1,
            bottom_color=self._sheets.accent,
        )
        first = self._format(
            bold=True,
            bg_color=theme.ACCENT_SOFT,
            font_color=self._sheets.accent,
            indent=1,
            bottom=1,
            bottom_color=self._sheets.accent,
        )
        sheet.write_string(self._row, _LABEL, self._say("table"), first)
        for column, action in enumerate(ACTIONS, _FIRST):
            sheet.write_string(self._row, column, self._say(f"action-{action}"), head)
        sheet.set_row(self._row, _LINE)
        for name in self._subject.tables:
            self._row += 1
            counts = Counter(row.action for row in self._subject.plan.rows if row.table == name)
            line = {"bottom": 4, "bottom_color": theme.LINE}
            sheet.write_string(
                self._row, _LABEL, self._subject.book.tables[name].title, self._format(indent=1, **line)
            )
            for column, action in enumerate(ACTIONS, _FIRST):
                look = dict(theme.HIGHLIGHTS["bad"]) if action == "doubtful" and counts[action] else {}
                ink = {} if counts[action] else {"font_color": theme.COMPUTED}
                style = self._format(num_format="#,##0", align="center", **line, **(ink | look))
                sheet.write_number(self._row, column, counts[action], style)
            sheet.set_row(self._row, _LINE)
        self._row += 2

    def _heading(self, sheet: Strict, text: str) -> None:
        self._row += 1
        style = self._format(bold=True, font_size=12, font_color=self._sheets.accent)
        sheet.write_string(self._row, _LABEL, text, style)
        sheet.set_row(self._row, _LINE + 4)
        self._row += 1

    def _line(self, sheet: Strict, label: str, text: str) -> None:
        sheet.write_string(
            self._row, _LABEL, label, self._format(bold=True, font_color=theme.COMPUTED, indent=1)
        )
        sheet.merge_range(self._row, _FIRST, self._row, _LAST, text, self._format(font_color=theme.INK))
        sheet.set_row(self._row, _LINE)
        self._row += 1

    def _link(self, sheet: Strict, title: str, text: str, *, is_urgent: bool) -> None:
        link = self._format(font_color=theme.LINK, underline=1, indent=1, bottom=4, bottom_color=theme.LINE)
        sheet.write_url(self._row, _LABEL, f"internal:{quoted(title)}!A1", link, string=title)
        look = dict(theme.HIGHLIGHTS["warn"]) if is_urgent else {"font_color": theme.INK}
        style = self._format(bottom=4, bottom_color=theme.LINE, indent=1, **look)
        sheet.merge_range(self._row, _FIRST, self._row, _LAST, text, style)
        sheet.set_row(self._row, _LINE)
        self._row += 1

    def _paragraph(self, sheet: Strict, text: str, *, is_input: bool) -> None:
        look = (
            {"bg_color": theme.INPUT_FILL, "font_color": theme.INPUT_INK}
            if is_input
            else {"font_color": theme.INK}
        )
        self._row += is_input
        sheet.merge_range(self._row, _LABEL, self._row, _LAST, text, self._format(indent=1, **look))
        sheet.set_row(self._row, _LINE)
        self._row += 1

    def _format(self, **look: object) -> Any:
        return self._sheets.writer.format(**look)
