"""``crmbook check``: every problem of a workbook, as text or JSON; nothing is written."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbook.base import CrmbookError, read_bytes
from crmbook.cli.command import Command, coded
from crmbook.cli.console import as_language, count_levels, issue_json, say, say_error, say_issues, say_json
from crmbook.cli.location import find_workbooks
from crmbook.cli.options import AsJson, AsOf, Lang, Verbose, Workspace, day_in_book, words
from crmbook.cli.overridden import overrides_json, say_overrides
from crmbook.cli.report import failure_json, shown_path
from crmbook.store import Store, exists, locate
from crmbook.sync import days_shown, read_and_check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crmbook.base import Language
    from crmbook.build import Stamp
    from crmbook.schema import Book
    from crmbook.sync import Reading


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check", cls=Command, help=words("cli.check.help"))(check)


def check(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    paths: Annotated[
        list[Path] | None, typer.Argument(help=words("cli.option.paths"), show_default=False)
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    workspace: Workspace = None,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Check workbooks and list what is wrong."""
    language = as_language(lang)
    files = find_workbooks(paths or [Path()])
    is_one = paths is not None and files == paths
    if is_one and len(files) == 1:
        reading = _read(files[0], as_of, workspace)
        if as_json:
            say_json(_reading_json(files[0], reading, language))
        else:
            _say(files[0], reading, language, verbose=verbose)
        raise typer.Exit(code=1 if reading.issues else 0)
    raise typer.Exit(
        code=_check_several(files, (as_of, workspace), language, verbose=verbose, as_json=as_json)
    )


def _check_several(
    files: Sequence[Path],
    how: tuple[str | None, Path | None],
    lang: Language,
    *,
    verbose: bool,
    as_json: bool,
) -> int:
    """Check one workbook after the other; one that cannot be read keeps no other from it. Return the exit code."""
    found: dict[Path, Reading] = {}
    failures: list[tuple[Path, Any]] = []
    for path in files:
        try:
            found[path] = _read(path, *how)
        except coded() as error:
            failures.append((path, error))
    if as_json:
        listed = [_reading_json(path, reading, lang) for path, reading in found.items()]
        say_json({"workbooks": listed, "failures": [failure_json(*one, lang) for one in failures]})
    else:
        for _, broken in failures:
            say_error(broken, lang)
        for path, reading in found.items():
            if len(files) > 1:
                say("cli.workbook", lang, name=path.name)
            _say(path, reading, lang, verbose=verbose)
    codes = {int(bool(reading.issues)) for reading in found.values()} | {
        getattr(broken, "exit_code", 2) for _, broken in failures
    }
    return max(codes)


def _read(path: Path, as_of: str | None, workspace: Path | None) -> Reading:
    return read_and_check(path, read_bytes(path), partial(_day, path, as_of), workspace)


def _reading_json(path: Path, reading: Reading, lang: Language) -> dict[str, Any]:
    """Return what was found in a workbook as JSON data."""
    errors, warnings = count_levels(reading.issues)
    return {
        "file": str(path),
        "rows": reading.rows,
        "errors": errors,
        "warnings": warnings,
        "issues": [issue_json(issue, lang) for issue in reading.issues],
        "overrides": overrides_json(reading.overrides),
    }


def _say(path: Path, reading: Reading, lang: Language, *, verbose: bool) -> None:
    """Print what was found in a workbook."""
    say_issues(reading.issues, lang, verbose=verbose)
    say_overrides(reading.overrides, lang, verbose=verbose)
    errors, warnings = count_levels(reading.issues)
    counts = {"tables": len(reading.checked.frames), "rows": reading.rows}
    say("cli.checked", lang, path=shown_path(path), **counts, errors=errors, warnings=warnings)


def _day(file: Path, said: str | None, stamp: Stamp, book: Book) -> date:
    """Return the day that was said, else the one on which a sync of the workbook would judge it."""
    location, shown = locate(file.absolute().parent), []
    with suppress(CrmbookError):  # a workbook is checked by itself where its store cannot be asked
        if exists(location):
            with Store.open(location, create=False) as store:
                shown = days_shown(store, stamp.book_id)
    return day_in_book(said, book.locale.zone, shown)
