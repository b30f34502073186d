"""``crmbook diff``: what a sync of a workbook would take in, or how two revisions differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbook.base import CrmbookError, Options
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_failures, say_json
from crmbook.cli.lines import lines_json, say_lines
from crmbook.cli.location import find_workbooks
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    Lang,
    Place,
    StoreLocation,
    Workspace,
    as_of_date,
    clock,
    words,
)
from crmbook.cli.report import conflict_json, failure_json, plan_json, say_conflicts, say_plan
from crmbook.revisions import compare_states
from crmbook.sync import Incoming, read_all_incoming, read_incoming

if TYPE_CHECKING:
    from crmbook.base import Language

_CONFLICTS, _FAILED, _HELD, _BUSY = range(1, 5)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("diff", cls=Command, help=words("cli.diff.help"))(diff)


def diff(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Place = None,
    first: Annotated[
        int | None, typer.Option("--from", help=words("cli.option.from-revision"), metavar="REVISION", min=0)
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", help=words("cli.option.to-revision"), metavar="REVISION", min=0)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help=words("cli.option.limit"), min=1)] = 50,
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Show differences; change nothing."""
    language, options = (
        as_language(lang),
        Options(as_of_date(as_of), workspace, store, now=None if as_of else clock()),
    )
    if (path is None or path.is_dir()) and first is None and last is None:
        raise typer.Exit(_say_folder(path or Path(), options, language, limit, as_json=as_json))
    if first is not None:
        found = _between(path, (first, last), (book, workspace, store))
    elif path is None or path.is_dir() or last is not None:
        raise CrmbookError("cli.diff-what")
    else:
        found = read_incoming(path, options)
    if as_json:
        say_json(incoming_json(found, language))
    else:
        _say(found, language, limit)
    raise typer.Exit(code=_exit_code(found))


def _exit_code(found: Incoming) -> int:
    return _HELD if found.plan else _CONFLICTS if found.conflicts else 0


def _say_folder(folder: Path, options: Options, lang: Language, limit: int, *, as_json: bool) -> int:
    """Show what a sync of a folder would take in, workbook by workbook; return the exit code."""
    found, failures = read_all_incoming(find_workbooks([folder], options.store), options)
    if as_json:
        listed = [{"file": str(path), **incoming_json(one, lang)} for path, one in found.items()]
        failed = [failure_json(path, error, lang) for path, error in failures]
        say_json({"workbooks": listed, "failures": failed})
    else:
        for path, one in found.items():
            say("cli.workbook", lang, name=path.name)
            _say(one, lang, limit)
        say_failures(failures, lang)
    codes = {_exit_code(one) for one in found.values()} | {error.exit_code for _, error in failures}
    return next((code for code in (_FAILED, _HELD, _BUSY, _CONFLICTS) if code in codes), 0)


def _between(
    path: Path | None,
    revisions: tuple[int, int | None],
    where: tuple[str | None, Path | None, str | None],
) -> Incoming:
    """Return how two revisions of a book differ; the newest is the second one by default."""
    book, workspace, store = where
    with open_book_at(path, book, workspace, store) as opened:
        last = opened.record.revision if revisions[1] is None else revisions[1]
        before, after = (
            opened.store.state_at(opened.record.book_id, number) for number in (revisions[0], last)
        )
    return Incoming(compare_states(opened.schema, before, after))


def _say(found: Incoming, lang: Language, limit: int) -> None:
    say_lines(found.lines, lang, limit, code="history.more-by-limit")
    if found.conflicts:
        say_conflicts(found.conflicts, found.names, lang)
    if found.plan is not None:
        say_plan(found.plan, lang)
    elif not found.lines and not found.conflicts:
        say("cli.diff-none", lang)


def incoming_json(found: Incoming, lang: Language) -> dict[str, Any]:
    """Return differences as JSON data."""
    return {
        "changes": lines_json(found.lines),
        "conflicts": [conflict_json(one) for one in found.conflicts],
        "plan": plan_json(found.plan, lang),
    }
