"""What the commands say: words in the person's language on standard output, errors on standard error."""

from __future__ import annotations

import json
import locale
import os
import sys
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.table import Table

from crmbook.issues import Severity, advise, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.issues import Issue, Language

SHOWN = 20


def preferred_language() -> Language:
    """Return the language of the person's locale: English where it says so, else Chinese."""
    named = os.environ.get("CRMBOOK_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    return "en" if (named or locale.getlocale()[0] or "").lower().startswith("en") else "zh"


def as_language(lang: str | None) -> Language:
    """Return `lang` if it was given, else the person's own."""
    return cast("Language", lang) if lang in ("zh", "en") else preferred_language()


def say(code: str, lang: Language, **params: object) -> None:
    """Print the message `code`."""
    Console(soft_wrap=True, highlight=False).print(describe(code, lang, params), markup=False)


def say_issues(issues: Sequence[Issue], lang: Language) -> None:
    """Print the first issues as a table: place, problem, remedy."""
    if not issues:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("place", "problem", "remedy"):
        table.add_column(describe(f"cli.column.{name}", lang, {}), overflow="fold")
    for issue in issues[:SHOWN]:
        style = "red" if issue.severity is Severity.ERROR else "yellow"
        table.add_row(str(issue.location), issue.text(lang), issue.remedy(lang), style=style)
    Console(highlight=False).print(table, markup=False)
    if len(issues) > SHOWN:
        say("cli.more", lang, count=len(issues) - SHOWN)


def say_json(data: dict[str, Any]) -> None:
    """Print `data` as JSON, readable for people as well."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


def issue_json(issue: Issue, lang: Language) -> dict[str, Any]:
    """Return one issue as JSON data."""
    return {
        "code": issue.code,
        "severity": str(issue.severity),
        "sheet": issue.location.sheet,
        "cell": issue.location.cell,
        "table": issue.table,
        "row": issue.row_key,
        "field": issue.field_name,
        "value": issue.value,
        "problem": issue.text(lang),
        "remedy": issue.remedy(lang),
    }


def say_error(error: Exception, lang: Language) -> int:
    """Print a coded error, all of its problems if it has several, and return the exit code."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in getattr(error, "problems", ()):
        console.print(problem.line(lang), style="red", markup=False)
    if not hasattr(error, "problems"):
        code, params = getattr(error, "code", ""), getattr(error, "params", {})
        place = str(getattr(error, "location", None) or "")
        told = f"{place}: " if place else ""
        console.print(told + describe(code, lang, params), style="red", markup=False)
        remedy = advise(code, lang, params)
        if remedy:
            console.print(f"  → {remedy}", markup=False)
    return int(getattr(error, "exit_code", 2))
