"""What an import would do, and what it did, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast, get_args

from rich.table import Table

from crmbook.base import Severity, describe
from crmbook.cli.console import say
from crmbook.cli.lines import say_lines, shown
from crmbook.cli.screen import Screen
from crmbook.exchange import RowAction, iter_statuses, row_name
from crmbook.values import cut_short, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmbook.base import Issue, Language
    from crmbook.exchange import ImportPlan, Lot, Mapping, Planned, RowPlan, SourceSheet, Undone
    from crmbook.schema import Book
    from crmbook.store import MapRecord

SHOWN: Final = 10
_SAMPLES, _SAMPLE_LENGTH = 3, 16
_ACTIONS: Final = cast("tuple[RowAction, ...]", get_args(RowAction))
_TELLING: Final[tuple[RowAction, ...]] = ("doubtful", "update", "duplicate", "skip", "new")
"""What a person wants to see first."""


def say_plan(book: Book, lot: Lot, planned: Planned, lang: Language) -> None:
    """Print what an import would do: columns, values, counts, the most telling rows, the problems by kind."""
    source, sheet, mapping, plan = lot.source, lot.sheet, planned.mapping, planned.plan
    name = source.path.name if len(source.sheets) < 2 else f"{source.path.name} · {sheet.title}"
    say("cli.import-list", lang, name=name, rows=len(sheet.frame), table=book.tables[mapping.table].title)
    _say_remembered(planned, lang)
    _say_left_out(sheet, lang)
    _say_columns(book, sheet, mapping, lang)
    _say_values(book, mapping, lang)
    _say_statuses(lot, planned, lang)
    _say_counts(book, plan, lang)
    _say_rows(book, plan, lang)
    _say_problems(plan, lang)


def _say_remembered(planned: Planned, lang: Language) -> None:
    """Print that a list is mapped as one before it was, since when, and what nobody has decided yet."""
    origin = planned.mapping.origin
    if origin is None:
        return
    say("cli.import-remembered", lang, name=origin.name, at=_day(origin.at))
    if origin.news:
        say("cli.import-news", lang, headers=origin.news)


def _day(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d}" if at else "–"


def _say_statuses(lot: Lot, planned: Planned, lang: Language) -> None:
    """Print which statuses leave rows out and why, and which make their amounts negative."""
    for one in iter_statuses(lot.sheet, planned.mapping, planned.plan):
        if one.left_out:
            say("cli.import-filtered", lang, count=one.left_out, header=one.header, texts=one.texts)
        if one.since:
            say("cli.import-closed-since", lang, count=one.since, header=one.header, texts=one.texts)
    for rule in planned.mapping.negative:
        count = int(lot.sheet.frame[rule.header].map(spell).map(tidy).isin(rule.texts).sum())
        if count:
            say("cli.import-negative", lang, count=count, header=rule.header, texts=rule.texts)


def _say_left_out(sheet: SourceSheet, lang: Language) -> None:
    """Print which rows of a list are no records."""
    counts = Counter(one.kind for one in sheet.left_out if one.kind != "header")
    parts = [describe(f"cli.import-left-{kind}", lang, {"count": count}) for kind, count in counts.items()]
    if parts:
        say("cli.import-left-out", lang, parts=tuple(parts))


def _say_columns(book: Book, sheet: SourceSheet, mapping: Mapping, lang: Language) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("header", "samples", "field", "found"):
        table.add_column(describe(f"cli.import-column-{column}", lang, {}), overflow="fold")
    for rule in mapping.columns:
        if not rule.table:
            target = describe("cli.import-not-mapped", lang, {})
        else:
            title = book.tables[rule.table].title
            own = describe("cli.import-own", lang, {})
            field = book.tables[rule.table].fields[rule.field].title if rule.field else own
            target = f"{title} · {field}"
        found = describe(f"cli.import-found-{rule.found}", lang, {}) if rule.found else ""
        sure = f"{found} {rule.sure:.0%}".strip() if rule.found else ""
        table.add_row(
            rule.header, _samples(sheet, rule.header), target, sure, style="" if rule.table else "dim"
        )
    Screen().print(table)


def _samples(sheet: SourceSheet, header: str) -> str:
    """Return a few of a column's texts."""
    if header not in sheet.frame.columns:
        return ""
    texts = (
        cut_short(spell(item).replace("\n", " "), _SAMPLE_LENGTH)
        for item in sheet.frame[header].dropna().head(50).tolist()
    )
    return " | ".join(list(dict.fromkeys(text for text in texts if text))[:_SAMPLES])


def _say_values(book: Book, mapping: Mapping, lang: Language) -> None:
    """Print which texts of a list become which entries."""
    rules = [rule for rule in mapping.values if rule.action != "use" or rule.entry != rule.text]
    if not rules:
        return
    say("cli.import-values", lang)
    for rule in rules[:SHOWN]:
        field = book.tables[rule.table].fields[rule.field].title
        output = {"field": field, "text": rule.text, "count": rule.count, "entry": rule.entry}
        say(f"cli.import-value-{rule.action}", lang, **output)
    if len(rules) > SHOWN:
        say("cli.import-more", lang, count=len(rules) - SHOWN)


def _say_counts(book: Book, plan: ImportPlan, lang: Language) -> None:
    """Print how many rows of each table are new, known, doubtful."""
    for name in dict.fromkeys(one.table for one in plan.rows):
        counts = Counter(one.action for one in plan.rows if one.table == name)
        parts = tuple(
            describe(f"cli.import-count-{action}", lang, {"count": counts[action]})
            for action in _ACTIONS
            if counts[action]
        )
        say("cli.import-counts", lang, table=book.tables[name].title, parts=parts)


def _say_rows(book: Book, plan: ImportPlan, lang: Language) -> None:
    """Print the most telling rows: some of each kind, what a person must look at first."""
    chosen = list(_iter_telling(plan.rows))
    if not chosen:
        return
    say("cli.import-rows", lang)
    for one in chosen:
        table = book.tables[one.table]
        changes = tuple(
            f"{table.header(label)}: {shown(old, lang)} → {shown(new, lang)}"
            for label, (old, new) in one.changes.items()
        )
        by = tuple(table.header(name) for name in one.matched_by)
        output = {
            "row": row_name(one.row),
            "table": table.title,
            "key": one.key,
            "name": one.name,
            "of_row": row_name(one.of_row),
        }
        text = describe(f"cli.import-row-{one.action}", lang, {**output, "by": by or "–"})
        say("cli.import-row", lang, text=text if not changes else f"{text}  {_joined(changes, lang)}")


def _joined(parts: Sequence[str], lang: Language) -> str:
    return ("; " if lang == "en" else "；").join(parts)


def _iter_telling(rows: Sequence[RowPlan]) -> Iterator[RowPlan]:
    """Yield ten rows at the most, in turn one of each action, the first of them first."""
    queues = [[one for one in rows if one.action == action] for action in _TELLING]
    left = SHOWN
    while left and any(queues):
        for queue in queues:
            if queue and left:
                yield queue.pop(0)
                left -= 1


def _say_problems(plan: ImportPlan, lang: Language) -> None:
    """Print what is wrong, one line for each kind with its count and three locations."""
    kinds: dict[tuple[str, str], list[Issue]] = {}
    for issue in plan.issues:
        of_list = "" if issue.location.cell else str(issue.params.get("header", ""))
        kinds.setdefault((issue.code, issue.field_name or of_list), []).append(issue)
    if not kinds:
        return
    say("cli.import-problems", lang)
    for issues in _worst_first(kinds.values()):
        cells = [cell for issue in issues[:_SAMPLES] for cell in issue.cells or (issue.location.cell,)]
        cells_named = tuple(cell or str(issues[0].location) for cell in cells[:_SAMPLES])
        first = replace(issues[0], count=sum(issue.count for issue in issues), cells=cells_named)
        remedy = first.remedy(lang)
        say("cli.import-problem", lang, text=first.text(lang) + (f" → {remedy}" if remedy else ""))


def _worst_first(kinds: Iterable[list[Issue]]) -> list[list[Issue]]:
    return sorted(kinds, key=lambda issues: (issues[0].severity is not Severity.ERROR, -len(issues)))


def say_done(  # noqa: PLR0913 - a list, and what came of it
    book: Book, lot: Lot, planned: Planned, revision: int, lang: Language, *, was_shown: bool
) -> None:
    """Print what an import brought; what is wrong as well, unless a person `was_shown` that before."""
    is_new = revision != planned.plan.based_on
    say("cli.import-done" if is_new else "cli.import-nothing", lang, name=lot.name, revision=revision)
    if not was_shown:
        _say_left_out(lot.sheet, lang)
        _say_remembered(planned, lang)
        _say_statuses(lot, planned, lang)
    _say_counts(book, planned.plan, lang)
    if not was_shown:
        _say_problems(planned.plan, lang)


def say_maps(maps: Sequence[MapRecord], code: str, lang: Language) -> None:
    """Print maps that are remembered, or that were just forgotten."""
    for one in maps:
        say(code, lang, name=one.name, at=_day(one.at), who=one.who or "–")


def say_undone(done: Undone, lang: Language) -> None:
    """Print what was taken back."""
    say_lines(done.lines, lang, SHOWN)
    code = "cli.import-undone" if done.revision != done.before else "cli.import-undone-nothing"
    say(code, lang, name=done.name, revision=done.revision, count=len(done.lines))
    if done.conflicts:
        say("cli.import-undo-conflicts", lang, count=done.conflicts)
