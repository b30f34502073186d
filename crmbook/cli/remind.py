"""``crmbook remind``: what is due, in the terminal, as JSON, or as a calendar file."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from crmbook.base import CrmbookError, describe
from crmbook.build import fold, told_days
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_json
from crmbook.cli.location import scope_at
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    Lang,
    Place,
    StoreLocation,
    Workspace,
    clock,
    words,
)
from crmbook.cli.screen import Screen
from crmbook.sync import read_due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crmbook.base import Language
    from crmbook.build import Due

SHOWN: Final = 40
_COLUMNS: Final = ("urgency", "due", "days", "owner", "customer", "reason", "remedy")
_STYLES: Final = {"overdue": "red", "today": "yellow", "week": "", "later": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("remind", cls=Command, help=words("cli.remind.help"))(remind)


def remind(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Place = None,
    owner: Annotated[str, typer.Option("--owner", help=words("cli.option.remind-owner"))] = "",
    days: Annotated[int, typer.Option("--days", help=words("cli.option.days"), min=0)] = 7,
    ics: Annotated[
        Path | None, typer.Option("--ics", help=words("cli.option.ics"), metavar="FILE", show_default=False)
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Show what is due."""
    language = as_language(lang)
    with open_book_at(path, book, workspace, store) as opened:
        day = opened.day(as_of)
        found = read_due(opened.store, opened.record, opened.schema, day, scope_at(path))
    due = [one for one in _of(found, owner) if one.days is None or one.days <= days]
    if ics is not None:
        _write_calendar(ics, due, owner, opened.record.book_id, day, opened.schema.lang)
    if as_json:
        said = [_json(one) for one in due]
        say_json({"book": opened.record.book_id, "as_of": day.isoformat(), "reminders": said})
        return
    urgencies = opened.schema.lists["reminder_urgency"].values.values()
    _say(due, {value.name: value.text for value in urgencies}, language)
    if ics is not None:
        say("cli.remind-written", language, path=ics, count=len(due))


def _of(found: Sequence[Due], owner: str) -> list[Due]:
    """Return one person's reminders; everybody's where nobody is named.

    Raises
    ------
    CrmbookError
        ``remind.unknown-owner`` if nobody of that name is in charge of anything that is due.
    """
    mine = [one for one in found if not owner or fold(one.owner) == fold(owner)]
    known = sorted({one.owner for one in found if one.owner})
    if owner and not mine and known:
        raise CrmbookError("remind.unknown-owner", owner=owner, known=known)
    return mine


def _say(due: Sequence[Due], urgencies: dict[str, str], lang: Language) -> None:
    if not due:
        say("cli.remind-none", lang)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        whole = name in {"due", "days"}
        table.add_column(describe(f"remind.column-{name}", lang, {}), overflow="fold", no_wrap=whole)
    for one in due[:SHOWN]:
        customer = f"{one.customer_id} {one.customer}".strip()
        when = (one.due.isoformat() if one.due else "", told_days(one, lang))
        cells = (urgencies[one.urgency], *when, one.owner, customer, one.reason, one.remedy)
        table.add_row(*cells, style=_STYLES[one.urgency])
    Screen().print(table)
    late = sum(one.urgency == "overdue" for one in due)
    if len(due) > SHOWN:
        say("cli.remind-more", lang, count=len(due) - SHOWN)
    say("cli.remind-counts", lang, count=len(due), late=late)


def _write_calendar(  # noqa: PLR0913, PLR0917 - the file, and what it is made of
    path: Path, due: Sequence[Due], owner: str, book_id: str, day: date, lang: Language
) -> None:
    from crmbook.notify import write_calendar  # icalendar, for whoever asks for one

    title = describe("remind.calendar-of" if owner else "remind.calendar", lang, {"owner": owner})
    write_calendar(path, due, title=title, book_id=book_id, as_of=day, lang=lang, now=clock())


def _json(one: Due) -> dict[str, Any]:
    return {
        "reminder": one.key,
        "urgency": one.urgency,
        "due": one.due.isoformat() if one.due else None,
        "days": one.days,
        "owner": one.owner,
        "customer_id": one.customer_id,
        "customer": one.customer,
        "reason": one.reason,
        "remedy": one.remedy,
        "table": one.table,
        "row_id": one.row_id,
    }
