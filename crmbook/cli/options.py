"""Options that several commands share, their words from the message catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.base import CrmbookError, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable


def words(code: str) -> str:
    """Return what stands for a help text until it is shown: its code, which the catalogue must have.

    Raises
    ------
    KeyError
        If it has not.
    """
    return code if catalogue()[code] else ""


def clock() -> datetime:
    """Return this moment, in the zone of this machine: the only place where a command asks the clock for a day."""
    return datetime.now(UTC).astimezone()


def as_of_date(text: str | None) -> date:
    """Return the date that `text` names, or today.

    Raises
    ------
    CrmbookError
        ``cli.bad-date`` if `text` is no ISO date.
    """
    if text is None:
        return clock().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CrmbookError("cli.bad-date", value=text) from None


def day_in_book(text: str | None, zone: str, shown: Iterable[str]) -> date:
    """Return the date that `text` names, or the day of a book in a time zone, see `crmbook.base.options.day_of_book`.

    Raises
    ------
    CrmbookError
        ``cli.bad-date`` if `text` is no ISO date.
    """
    if text is not None:
        return as_of_date(text)
    from crmbook.base import day_of_book  # imports the time zones, which no help needs

    return day_of_book(zone, clock(), shown)


AsOf = Annotated[str | None, typer.Option("--as-of", help=words("cli.option.as-of"), metavar="DATE")]
Lang = Annotated[str | None, typer.Option("--lang", help=words("cli.option.lang"), metavar="zh|en")]
AsJson = Annotated[bool, typer.Option("--json", help=words("cli.option.json"))]
Verbose = Annotated[bool, typer.Option("--verbose", help=words("cli.option.verbose"))]
Workspace = Annotated[Path | None, typer.Option("--workspace", help=words("cli.option.workspace"))]
BookId = Annotated[
    str | None, typer.Option("--book", help=words("cli.option.book"), metavar="ID|FILE", show_default=False)
]
StoreLocation = Annotated[
    str | None,
    typer.Option("--store", help=words("cli.option.store"), metavar="FOLDER|URL", show_default=False),
]
SharedGroup = Annotated[
    str | None,
    typer.Option(
        "--shared-group", help=words("cli.option.shared-group"), metavar="GROUP", show_default=False
    ),
]
Place = Annotated[Path | None, typer.Argument(help=words("cli.option.place"), show_default=False)]
Who = Annotated[str, typer.Option("--for", help=words("cli.option.who"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=words("cli.option.dry-run"))]
Force = Annotated[bool, typer.Option("--force", help=words("cli.option.force"))]
Customer = Annotated[str, typer.Argument(help=words("cli.option.customer"), show_default=False)]
