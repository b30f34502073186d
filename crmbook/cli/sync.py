"""``crmbook sync``: bring a workbook up to date in place and say what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from crmbook.cli.check import count_levels
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, issue_json, say, say_issues, say_json
from crmbook.cli.options import AsJson, AsOf, Lang, WorkbookFile, Workspace, as_of_date, words
from crmbook.sync import sync_workbook
from crmbook.writeback import Kind

if TYPE_CHECKING:
    from crmbook.issues import Language
    from crmbook.sync import Synced


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("sync", cls=Command, help=words("cli.sync.help"))(sync)


def sync(
    file: WorkbookFile,
    as_of: AsOf = None,
    lang: Lang = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Sync a workbook."""
    result = sync_workbook(file, as_of_date(as_of), workspace)
    language = as_language(lang)
    if as_json:
        say_json(report_json(result, language))
    else:
        say_synced(result, language)
    raise typer.Exit(code=1 if result.issues else 0)


def say_synced(result: Synced, lang: Language) -> None:
    """Say in words what a sync found and did."""
    errors, warnings = count_levels(result.issues)
    say_issues(result.issues, lang)
    restored, assigned = result.count(Kind.RESTORED), result.count(Kind.ASSIGNED)
    if restored:
        say("cli.restored", lang, count=restored)
    if result.written:
        say("cli.synced", lang, path=result.path, cells=result.count(Kind.COMPUTED, Kind.RESTORED), assigned=assigned,
            corrected=result.count(Kind.CORRECTED), errors=errors, warnings=warnings)  # fmt: skip
    else:
        say("cli.unchanged", lang, path=result.path, errors=errors, warnings=warnings)


def report_json(result: Synced, lang: Language) -> dict[str, Any]:
    """Return what a sync found and did as JSON data."""
    changes = [
        {
            "sheet": change.sheet,
            "cell": change.ref,
            "reason": str(change.kind),
            "old": change.old,
            "new": change.value,
        }
        for change in result.changes
    ]
    return {
        "file": str(result.path),
        "as_of": result.as_of.isoformat(),
        "written": result.written,
        "rows": result.rows,
        "changes": changes,
        "issues": [issue_json(issue, lang) for issue in result.issues],
    }
