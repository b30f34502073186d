"""``crmbook check``: every problem of a workbook, as text or JSON; nothing is written."""

from __future__ import annotations

import typer

from crmbook.cli.command import Command
from crmbook.cli.console import as_language, count_levels, issue_json, say, say_issues, say_json
from crmbook.cli.options import AsJson, AsOf, Lang, WorkbookFile, Workspace, as_of_date, words
from crmbook.file import read_bytes
from crmbook.reading import read_and_check


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check", cls=Command, help=words("cli.check.help"))(check)


def check(
    file: WorkbookFile,
    as_of: AsOf = None,
    lang: Lang = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Check a workbook and list what is wrong."""
    reading = read_and_check(file, read_bytes(file), as_of_date(as_of), workspace)
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
            }
        )
    else:
        say_issues(reading.issues, language)
        tables = len(reading.checked.frames)
        say("cli.checked", language, tables=tables, rows=reading.rows, errors=errors, warnings=warnings)
    raise typer.Exit(code=1 if reading.issues else 0)
