"""``crmbook export``: rows of a book as files for other programs, personal values masked where asked."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import Annotated

import typer

from crmbook.base import CrmbookError
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_json
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    Force,
    Lang,
    Place,
    StoreLocation,
    Workspace,
    words,
)
from crmbook.cli.replacing import make_way
from crmbook.exchange import FORMATS, ExportWish, format_of, is_folder, write_export
from crmbook.sync import read_export, refuse_no_folder


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("export", cls=Command, help=words("cli.export.help"))(export)


def export(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Place = None,
    output: Annotated[Path, typer.Option("--output", "-o", help=words("cli.option.export-output"))] = ...,  # type: ignore[assignment]
    tables: Annotated[
        list[str] | None, typer.Option("--table", help=words("cli.option.export-table"), show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=words("cli.option.export-all"))] = False,
    where: Annotated[str, typer.Option("--where", help=words("cli.option.export-where"))] = "",
    fields: Annotated[str, typer.Option("--fields", help=words("cli.option.export-fields"))] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--format", help=words("cli.option.export-format"), metavar="|".join(FORMATS), show_default=False
        ),
    ] = "",
    masks: Annotated[bool, typer.Option("--mask", help=words("cli.option.export-mask"))] = False,
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Write rows of a book as files."""
    language = as_language(lang)
    if tables and everything:
        raise CrmbookError("cli.export-table-or-all")
    form = format_of(output, kind)
    refuse_no_folder(output)
    if not is_folder(output):
        make_way(output, language, force=force)
    listed = tuple(filter(None, (part.strip() for part in fields.replace("，", ",").split(","))))
    shown = language if lang else None
    wish = ExportWish(tuple(tables or ()), where, listed, masks, shown)
    with open_book_at(path, book, workspace, store) as opened:
        day = opened.day(as_of)
        made = read_export(opened.store, opened.record, opened.schema, wish, day)
    files = write_export(opened.schema, made, output, form, force=force)
    if as_json:
        counts = {one.table.name: len(one.frame) for one in made.tables}
        say_json({"format": form, "as_of": day, "masked": masks, "rows": counts, "files": files})
        return
    where_to = files[0] if len(files) == 1 else output
    say("cli.exported", language, path=where_to, tables=len(made.tables), rows=made.rows, as_of=day)
    if not made.rows:
        say("cli.export-empty", language)
