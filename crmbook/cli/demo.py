"""``crmbook demo``: build the example company, edit it as a person would, sync, and say which file to open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.base import Options, describe, make_folder, refuse_open, write_atomically
from crmbook.build import load_example
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.demonstration.edits import plan_edits
from crmbook.cli.demonstration.office import edit_in_office
from crmbook.cli.options import Lang, words
from crmbook.cli.report import say_report, shown_path
from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.store import Store, locate, private_location
from crmbook.sync import Wish, new_record, start_book, sync_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.cli.demonstration.edits import SampleEdit


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo", cls=Command, help=words("cli.demo.help"))(demo)


def demo(
    directory: Annotated[Path, typer.Argument(help=words("cli.option.directory"))] = Path("demo"),
    lang: Lang = None,
) -> None:
    """Run the demonstration in `directory`."""
    language = as_language(lang)
    example = load_example("company")
    book = load_book(example.template, language)
    frames = example.frames(book)
    make_folder(directory)
    path = directory / describe("cli.demo-file", language, {})
    refuse_open(path)
    location = locate(directory.absolute())
    wish = Wish(path, example.as_of, is_beside=location == private_location(directory.absolute()))
    with Store.open(location) as store:
        made = start_book(store, new_record(book), book, frames, wish)
    say("cli.built", language, path=path, sheets=len(book.sheets), rows=made.rows, as_of=example.as_of)
    edits = plan_edits(book, frames)
    in_office = edit_in_office(path, edits)
    if not in_office:
        _edit_package(path, edits)
    say("cli.demo-edited-in-office" if in_office else "cli.demo-edited", language, count=len(edits))
    for edit in edits:
        say("cli.demo-edit", language, sheet=edit.sheet, cell=edit.ref, text=edit.text)
    report = sync_workbooks([path], Options(example.as_of))
    say_report(report, language)
    say("cli.demo-happened", language, count=len(edits))
    say("cli.demo-open", language, path=path.resolve())
    say("cli.demo-next", language, folder=shown_path(directory))


def _edit_package(path: Path, edits: Sequence[SampleEdit]) -> None:
    """Make the edits without an office program."""
    package = Package.open(path)
    for edit in edits:
        package.sheet(edit.sheet).set(edit.ref, edit.text)
    write_atomically(path, package.to_bytes())
