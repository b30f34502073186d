"""What the commands say: words in the person's language on standard output, errors on standard error."""

from __future__ import annotations

import io
import json
import locale
import os
import sys
from typing import TYPE_CHECKING, Any, cast

from crmbook.base import (
    CrmbookError,
    Sample,
    Severity,
    advise,
    describe,
    single,
    without_passwords,
    worst_first,
)
from crmbook.cli.terminal import Terminal
from crmbook.cli.visible import visible_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from crmbook.base import Issue, Language

SHOWN = 20
INTERRUPTED = 130
"""What a shell takes for ended by Ctrl-C."""
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
VERSION = 1
"""Of what ``--json`` prints: it grows when a property changes its meaning or goes, not when one comes."""
LANGUAGES = ("zh", "en")


def preferred_language() -> Language:
    """Return the language of the person's locale: Chinese where it is a Chinese one, else English."""
    return "zh" if _named_language().startswith(("zh", "chinese")) else "en"


def preferred_book_language(template: str = "", workspace: Path | None = None) -> Language:
    """Return the language of a new book: that of a workspace's template, else of the locale, Chinese where it names none."""
    from crmbook.schema import template_language  # nothing else here needs the schemas

    said = template_language(template, workspace) if workspace else None
    if said is not None:
        return said
    named = _named_language().partition(".")[0]
    return "zh" if named in {"", "c", "posix"} else preferred_language()


def _named_language() -> str:
    """Return what names the person's language, in lower case; of the locale's variables the first that is set."""
    variables = ("CRMBOOK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    named = next((value for value in map(os.environ.get, variables) if value), "")
    # Windows sets none of them: there the settings of the system count.
    return (named or locale.getlocale()[0] or "").lower()


def as_language(lang: str | None) -> Language:
    """Return `lang` if it was given, else the person's own.

    Raises
    ------
    CrmbookError
        ``cli.bad-lang`` for any other language.
    """
    if lang is None:
        return preferred_language()
    if lang not in LANGUAGES:
        raise CrmbookError("cli.bad-lang", value=lang)
    return cast("Language", lang)


def set_up_streams() -> None:
    """Let a terminal or pipe that cannot show a character get its code instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(code: str, lang: Language, **params: object) -> None:
    """Print the message `code`."""
    Terminal().print(describe(code, lang, params))


def say_issues(issues: Sequence[Issue], lang: Language, *, verbose: bool = False) -> None:
    """Print the kinds of issues, errors first: location and problem, then the remedy; each issue for itself where it is `verbose`."""
    kinds = single(issues) if verbose else worst_first(issues)
    for kind in kinds if verbose else kinds[:SHOWN]:
        code = f" [{kind.issue.code}]" if verbose else ""
        say_item(kind.line(lang) + code, kind.issue.remedy(lang), _STYLES[kind.issue.severity])
    if not verbose and len(kinds) > SHOWN:
        say("cli.more", lang, count=len(kinds) - SHOWN)


def say_item(text: str, remedy: str = "", style: str = "") -> None:
    """Print a line of a report, with what can be done about it below."""
    terminal = Terminal()
    terminal.print(text, style)
    if remedy:
        terminal.print(f"  → {remedy}")


def count_levels(issues: Sequence[Issue]) -> tuple[int, int]:
    """Return how many issues are errors, and how many warnings."""
    errors = sum(issue.severity is Severity.ERROR for issue in issues)
    return errors, len(issues) - errors


def say_json(data: Mapping[str, Any]) -> None:
    """Print a result as ``docs/json`` describes it, with the version of that."""
    print_json({"version": VERSION} | dict(data))


def print_json(data: Mapping[str, Any]) -> None:
    """Print `data` as JSON, readable for people as well where the terminal or pipe takes their letters."""
    spelled = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(visible_json(json.dumps(data, ensure_ascii=not spelled, indent=2, default=str)) + "\n")


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
        "count": issue.count,
        "cells": list(issue.cells or (issue.location.cell,)),
        "problem": issue.text(lang),
        "remedy": issue.remedy(lang),
    }


def say_error(error: Exception, lang: Language) -> int:
    """Print a coded error, all of its problems if it has several, and return the exit code."""
    console = Terminal(stderr=True)
    for problem in getattr(error, "problems", ()):
        console.print(problem.line(lang), style="red")
    if getattr(error, "template", ""):
        counted = {"template": getattr(error, "template", ""), "count": len(getattr(error, "problems", ()))}
        console.print(describe("schema.in-template", lang, counted))
    if not hasattr(error, "problems"):
        code, params = getattr(error, "code", ""), getattr(error, "params", {})
        where = str(getattr(error, "location", None) or "")
        prefix = f"{where}: " if where else ""
        console.print(prefix + describe(code, lang, params), style="red")
        remedy = _remedy(code, lang, params)
        if remedy:
            console.print(f"  → {remedy}")
    return int(getattr(error, "exit_code", 2))


def say_failures(failures: Iterable[tuple[Path, Exception]], lang: Language) -> None:
    """Print what kept workbooks from being synced: a cause that several share once, a mistake in the schema with their names."""
    from crmbook.schema import SchemaError  # where nothing failed it is not needed

    shared: dict[Exception, None] = {}
    concerned: dict[str, dict[str, str]] = {}
    for path, error in failures:
        if isinstance(error, SchemaError):
            for one in error.problems:
                concerned.setdefault(one.line(lang), {})[path.name] = error.template
        else:
            shared[error] = None
    for error in shared:
        say_error(error, lang)
    console = Terminal(stderr=True)
    groups: dict[tuple[str, ...], list[str]] = {}
    for line, where in concerned.items():
        groups.setdefault(tuple(where), []).append(line)
    for names, lines in groups.items():
        for line in lines:
            console.print(line, style="red")
        templates = tuple(dict.fromkeys(filter(None, concerned[lines[0]].values())))
        held = Sample(names[:SHOWN], max(0, len(names) - SHOWN))
        prefix = {"count": len(lines), "templates": templates or ("–",), "names": held}
        console.print(describe("schema.holds", lang, prefix))


def _remedy(code: str, lang: Language, params: Mapping[str, object]) -> str:
    """Return how to mend an error: the nearest word that is known first, where a formula has one that is not."""
    near = params.get("suggestion")
    hint = describe("schema.did-you-mean", lang, {"suggestion": near}) if near else ""
    return " ".join(filter(None, [hint, advise(code, lang, params)]))


def say_error_json(error: Exception, lang: Language) -> int:
    """Print a coded error as JSON on standard output, and return the exit code."""
    params = getattr(error, "params", {})
    listed = [
        {"code": problem.code, "place": str(problem.location), "problem": problem.line(lang)}
        for problem in getattr(error, "problems", ())
    ]
    # An error about a whole file or store names it in its words: there is no location inside of it to report besides.
    named = params.get("path", params.get("store", ""))
    prefix = {
        "code": getattr(error, "code", ""),
        "place": str(getattr(error, "location", None) or named),
        "problem": listed[0]["problem"] if listed else describe(getattr(error, "code", ""), lang, params),
        "remedy": "" if listed else _remedy(getattr(error, "code", ""), lang, params),
    }
    template = getattr(error, "template", "")
    prefix |= {"problems": listed} if listed else {}
    say_json({"error": prefix | ({"template": template} if template else {})})
    return int(getattr(error, "exit_code", 2))


def say_failure(error: Exception, lang: Language) -> int:
    """Print that crmbook itself failed, and return the exit code."""
    reason = without_passwords(f"{type(error).__name__}: {error}")
    Terminal(stderr=True).print(describe("cli.failure", lang, {"reason": reason}), style="red")
    return 2
