"""``crmbook sync``: take in what people typed, bring every workbook up to date in place, say what happened."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.cli.command import Command
from crmbook.cli.console import INTERRUPTED, as_language, say, say_json
from crmbook.cli.location import find_workbooks
from crmbook.cli.options import (
    AsJson,
    AsOf,
    DryRun,
    Lang,
    SharedGroup,
    StoreLocation,
    Verbose,
    Who,
    Workspace,
    as_of_date,
    clock,
    words,
)
from crmbook.cli.progress import Noted, working
from crmbook.cli.report import report_json, say_report
from crmbook.store import share
from crmbook.sync import Options, acknowledge, sync_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("sync", cls=Command, help=words("cli.sync.help"))(sync)


def sync(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    paths: Annotated[
        list[Path] | None, typer.Argument(help=words("cli.option.paths"), show_default=False)
    ] = None,
    as_of: AsOf = None,
    accept: Annotated[
        str, typer.Option("--accept", help=words("cli.option.accept"), metavar="PLAN", show_default=False)
    ] = "",
    who: Who = "",
    dry_run: DryRun = False,
    adopt_store: Annotated[bool, typer.Option("--adopt-store", help=words("cli.option.adopt-store"))] = False,
    retire: Annotated[
        list[str] | None,
        typer.Option("--retire", help=words("cli.option.retire"), metavar="NAME", show_default=False),
    ] = None,
    lang: Lang = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    shared_group: SharedGroup = None,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Sync workbooks, or all workbooks of a folder."""
    language = as_language(lang)
    now = clock() if as_of is None else None
    options = Options(
        as_of_date(as_of), workspace, store, dry_run, accept, who, adopt_store, now,
        retired=frozenset(retire or ()), acknowledges=True,
    )  # fmt: skip
    found = find_workbooks(paths or [Path()], store)
    if shared_group and not dry_run:
        share([path.absolute().parent for path in found if path.exists()], store, shared_group)
    noted = Noted()
    try:
        with working("progress.syncing", language) as noted.onward:
            report = sync_workbooks(found, replace(options, progress=noted))
    except KeyboardInterrupt:
        _say_interrupted(found, noted, language, dry_run=dry_run)
        raise typer.Exit(code=INTERRUPTED) from None
    if as_json:
        say_json(report_json(report, options, language))
    else:
        say_report(report, language, verbose=verbose)
    sys.stdout.flush()
    acknowledge(report, options)
    raise typer.Exit(code=report.exit_code)


def _say_interrupted(found: Sequence[Path], noted: Noted, lang: Language, *, dry_run: bool) -> None:
    """Say what was done and what was not when somebody pressed Ctrl-C."""
    if dry_run or not noted.has_begun:
        say("cli.cancelled", lang)
        return
    left = [path.name for path in found if path.name not in noted.written]
    say("cli.interrupted", lang, written=noted.written or "–", left=left or "–")
