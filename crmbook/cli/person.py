"""``crmbook person``: all that a book holds on one customer, as a file that may be handed over."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import Annotated, Final

import typer

from crmbook.base import CrmbookError, without_passwords, write_atomically
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsOf,
    BookId,
    Customer,
    Force,
    Lang,
    Place,
    StoreLocation,
    Workspace,
    words,
)
from crmbook.cli.replacing import make_way
from crmbook.exchange import held_as_json, held_as_xlsx
from crmbook.sync import read_person, refuse_no_folder

_JSON: Final = ".json"
_WORKBOOK: Final = ".xlsx"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("person", cls=Command, help=words("cli.person.help"))(person)


def person(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    customer: Customer,
    path: Place = None,
    output: Annotated[Path, typer.Option("--output", "-o", help=words("cli.option.person-output"))] = ...,  # type: ignore[assignment]
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    force: Force = False,
) -> None:
    """Write all that is held on one customer."""
    language, ending = as_language(lang), output.suffix.lower()
    if ending not in {_JSON, _WORKBOOK}:
        raise CrmbookError("cli.person-format", path=output)
    refuse_no_folder(output)
    make_way(output, language, force=force)
    with open_book_at(path, book, workspace, store) as opened:
        day, shown = opened.day(as_of), language if lang else None
        held = read_person(opened.store, opened.record, opened.schema, customer, day, shown)
    write_atomically(output, held_as_json(held) if ending == _JSON else held_as_xlsx(held), private=True)
    say(
        "cli.person-written", language, path=output, customer=held.customer, rows=held.export.rows,
        changes=len(held.history), conflicts=len(held.conflicts), mentions=len(held.mentions),
    )  # fmt: skip
    say("cli.person-beyond", language, folder=without_passwords(str(opened.location)))
