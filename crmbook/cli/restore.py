"""``crmbook restore``: back to an earlier revision, or one deleted row out of the recycle bin."""

from __future__ import annotations

from typing import Annotated

import typer

from crmbook.base import CrmbookError
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_json
from crmbook.cli.course import telling_interrupts, uninterrupted
from crmbook.cli.lines import lines_json, say_lines
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    Lang,
    Place,
    StoreLocation,
    Who,
    Workspace,
    words,
)
from crmbook.revisions import Hand, restore_revision, restore_row

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("restore", cls=Command, help=words("cli.restore.help"))(restore)


def restore(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Place = None,
    revision: Annotated[
        int | None, typer.Option("--to", help=words("cli.option.to"), metavar="REVISION")
    ] = None,
    row: Annotated[
        tuple[str, str] | None, typer.Option("--row", help=words("cli.option.row"), metavar="TABLE KEY")
    ] = None,
    who: Who = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Go back, as a new revision."""
    language = as_language(lang)
    if (revision is None) == (row is None):
        raise CrmbookError("cli.to-or-row")
    with (
        telling_interrupts(language) as made,
        uninterrupted(),
        open_book_at(path, book, workspace, store) as opened,
    ):
        known, hand = (opened.store, opened.record, opened.schema), Hand(opened.day(as_of), who)
        if row is not None:
            done = restore_row(*known, row[0], row[1], hand)
        else:
            done = restore_revision(*known, revision or 0, hand)
        made.revision = 0 if done.revision == done.before else done.revision
    if as_json:
        output = {"book": opened.record.book_id, "before": done.before, "revision": done.revision}
        say_json({**output, "changes": lines_json(done.lines)})
        return
    say_lines(done.lines, language, SHOWN)
    code = "cli.restored-as" if done.revision != done.before else "cli.restored-nothing"
    say(code, language, revision=done.revision, count=len(done.lines))
