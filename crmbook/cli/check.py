"""``crmbook check``: every problem of a workbook, as text or JSON; nothing is written."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import typer

from crmbook.base import CrmbookError, read_bytes
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, count_levels, issue_json, say, say_issues, say_json
from crmbook.cli.options import AsJson, AsOf, Lang, Verbose, WorkbookFile, Workspace, day_in_book, words
from crmbook.cli.overridden import overrides_json, say_overrides
from crmbook.store import Store, exists, locate
from crmbook.sync import days_shown, read_and_check

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crmbook.build import Stamp


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check", cls=Command, help=words("cli.check.help"))(check)


def check(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    file: WorkbookFile,
    as_of: AsOf = None,
    lang: Lang = None,
    workspace: Workspace = None,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Check a workbook and list what is wrong."""
    reading = read_and_check(file, read_bytes(file), partial(_day, file, as_of), workspace)
    language = as_language(lang)
    errors, warnings = count_levels(reading.issues)
    if as_json:
        listed = [issue_json(issue, language) for issue in reading.issues]
        say_json(
            {
                "file": str(file),
                "rows": reading.rows,
                "errors": errors,
                "warnings": warnings,
                "issues": listed,
                "overrides": overrides_json(reading.overrides),
            }
        )
    else:
        say_issues(reading.issues, language, verbose=verbose)
        say_overrides(reading.overrides, language, verbose=verbose)
        tables = len(reading.checked.frames)
        say("cli.checked", language, tables=tables, rows=reading.rows, errors=errors, warnings=warnings)
    raise typer.Exit(code=1 if reading.issues else 0)


def _day(file: Path, said: str | None, stamp: Stamp) -> date:
    """Return the day that was said, else the one on which a sync of the workbook would judge it."""
    place, shown = locate(file.absolute().parent), []
    with suppress(CrmbookError):  # a workbook is checked by itself where its store cannot be asked
        if exists(place):
            with Store.open(place, create=False) as store:
                shown = days_shown(store, stamp.book_id)
    return day_in_book(said, stamp.lang, shown)
