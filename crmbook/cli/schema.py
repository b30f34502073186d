"""``crmbook schema``: what the book holds, whether a workspace's YAML is right, JSON Schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.table import Table

from crmbook.base import describe
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_json
from crmbook.cli.options import AsJson, Lang, Workspace, words
from crmbook.cli.terminal import Terminal
from crmbook.schema import find_doubts, find_workspace, json_schema, load_book, write_skeleton

if TYPE_CHECKING:
    from crmbook.schema import FileKind

Init = Annotated[Path | None, typer.Option("--init", help=words("cli.option.init"), metavar="FOLDER")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("schema", cls=Command, help=words("cli.schema.help"))(schema)


def schema(  # noqa: PLR0913, PLR0917 - one parameter for each option
    template: Annotated[
        str, typer.Option("--template", "-t", help=words("cli.option.template"))
    ] = "standard",
    lang: Lang = None,
    workspace: Workspace = None,
    kind: Annotated[str | None, typer.Option("--json-schema", help=words("cli.option.json-schema"))] = None,
    init: Init = None,
    as_json: AsJson = False,
) -> None:
    """Show every sheet of a template and what it does without; all mistakes of its YAML files where there are any."""
    if kind is not None:
        say_json(json_schema(cast("FileKind", kind)))
        return
    language = as_language(lang)
    if init is not None:
        files = [str(path.relative_to(init)) for path in write_skeleton(init, language)]
        if as_json:
            say_json({"workspace": str(init), "files": files})
        else:
            say("cli.skeleton", language, path=init, files=tuple(files))
        return
    workspace = find_workspace(Path.cwd(), workspace, None)
    book = load_book(template, language, workspace)
    doubts = find_doubts(template, workspace)
    tables = [book.tables[name] for sheet in book.sheets for name in sheet.tables]
    if as_json:
        fields = {table.name: {name: field.title for name, field in table.fields.items()} for table in tables}
        pruned = [{"code": one.code, "name": one.name, "missing": list(one.missing)} for one in book.pruned]
        say_json(
            {
                "template": book.template,
                "lang": language,
                "fingerprint": book.fingerprint,
                "tables": fields,
                "pruned": pruned,
                "doubts": [
                    {"code": one.code, "place": str(one.location), "problem": one.line(language)}
                    for one in doubts
                ],
            }
        )
        return
    for doubt in doubts:
        Terminal(soft_wrap=True).print(doubt.line(language), style="yellow")
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("sheet", "table", "fields"):
        shown.add_column(describe(f"cli.column.{name}", language, {}), overflow="fold")
    for table in tables:
        shown.add_row(
            book.sheet_of(table.name).title,
            table.name,
            (", " if language == "en" else "、").join(field.title for field in table.fields.values()),
        )
    Terminal().print(shown)
    between = ", " if language == "en" else "、"
    for one in book.pruned:
        say(one.code, language, name=one.name, missing=between.join(one.missing))
    say(
        "cli.schema",
        language,
        template=book.title,
        sheets=len(book.sheets),
        tables=len(tables),
        formulas=len(book.formulas),
    )
