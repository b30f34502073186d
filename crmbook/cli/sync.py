"""``crmbook sync``: take in what people typed, bring every workbook up to date in place, say what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_failures, say_json
from crmbook.cli.options import (
    AsJson,
    AsOf,
    Lang,
    SharedGroup,
    StorePlace,
    Verbose,
    Workspace,
    as_of_date,
    clock,
    words,
)
from crmbook.cli.place import find_workbooks
from crmbook.cli.told import report_json, say_synced, say_unwritten
from crmbook.store import share
from crmbook.sync import Options, sync_workbooks


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
    who: Annotated[str, typer.Option("--for", help=words("cli.option.who"))] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=words("cli.option.dry-run"))] = False,
    adopt_store: Annotated[bool, typer.Option("--adopt-store", help=words("cli.option.adopt-store"))] = False,
    retire: Annotated[
        list[str] | None,
        typer.Option("--retire", help=words("cli.option.retire"), metavar="NAME", show_default=False),
    ] = None,
    lang: Lang = None,
    workspace: Workspace = None,
    store: StorePlace = None,
    shared_group: SharedGroup = None,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Sync workbooks, or all workbooks of a folder."""
    language = as_language(lang)
    now = clock() if as_of is None else None
    options = Options(
        as_of_date(as_of), workspace, store, dry_run, accept, who, adopt_store, now,
        retired=frozenset(retire or ()),
    )  # fmt: skip
    found = find_workbooks(paths or [Path()], store)
    if shared_group and not dry_run:
        share([path.absolute().parent for path in found if path.exists()], store, shared_group)
    report = sync_workbooks(found, options)
    if as_json:
        say_json(report_json(report, options, language))
    else:
        for synced in report.workbooks:
            say_synced(synced, language, among_others=len(report.workbooks) > 1, verbose=verbose)
        for synced in report.unwritten:
            say_unwritten(synced, language)
        for missing in report.newly_missing:
            say("cli.missing-workbook", language, path=missing, name=missing.name)
        for retired in report.retired:
            say("cli.retired-workbook", language, path=retired)
        say_failures(report.failures, language)
    raise typer.Exit(code=report.exit_code)
