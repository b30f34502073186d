"""``crmbook schema``: what the book holds, whether a workspace's YAML is right, JSON Schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table as Grid

from crmbook.base import describe, joined
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, print_json, say, say_json
from crmbook.cli.options import AsJson, Lang, Workspace, words
from crmbook.cli.screen import Screen
from crmbook.cli.terminal import Terminal
from crmbook.schema import find_doubts, find_workspace, json_schema, load_book, write_skeleton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language
    from crmbook.schema import Book, FileKind, Problem, Table

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
        print_json(json_schema(cast("FileKind", kind)))
        return
    language = as_language(lang)
    if init is not None:
        _begin(init, language, as_json=as_json)
        return
    workspace = find_workspace(Path.cwd(), workspace, None)
    book = load_book(template, language, workspace)
    doubts = find_doubts(template, workspace)
    if as_json:
        say_json(_as_json(book, doubts, language))
        return
    for doubt in doubts:
        Terminal().print(doubt.line(language), style="yellow")
    _show(book, language)


def _begin(folder: Path, lang: Language, *, as_json: bool) -> None:
    """Write the skeleton of a workspace, and say what it holds."""
    files = [str(path.relative_to(folder)) for path in write_skeleton(folder, lang)]
    if as_json:
        say_json({"workspace": str(folder), "files": files})
    else:
        say("cli.skeleton", lang, path=folder, files=tuple(files))


def _tables(book: Book) -> list[Table]:
    return [book.tables[name] for sheet in book.sheets for name in sheet.tables]


def _as_json(book: Book, doubts: Sequence[Problem], lang: Language) -> dict[str, Any]:
    return {
        "template": book.template,
        "lang": lang,
        "fingerprint": book.fingerprint,
        "tables": {
            table.name: {name: field.title for name, field in table.fields.items()} for table in _tables(book)
        },
        "pruned": [{"code": one.code, "name": one.name, "missing": list(one.missing)} for one in book.pruned],
        "doubts": [
            {"code": one.code, "place": str(one.location), "problem": one.line(lang)} for one in doubts
        ],
    }


def _show(book: Book, lang: Language) -> None:
    """Print the sheets with their fields, what the book does without, and how much there is."""
    shown, tables = Grid(box=None, pad_edge=False, header_style="bold"), _tables(book)
    for name in ("sheet", "table", "fields"):
        shown.add_column(describe(f"cli.column.{name}", lang, {}), overflow="fold")
    for table in tables:
        titles = joined((field.title for field in table.fields.values()), lang)
        shown.add_row(book.sheet_of(table.name).title, table.name, titles)
    Screen().print(shown)
    for one in book.pruned:
        say(one.code, lang, name=one.name, missing=joined(one.missing, lang))
    say(
        "cli.schema",
        lang,
        template=book.title,
        sheets=len(book.sheets),
        tables=len(tables),
        formulas=len(book.formulas),
    )
