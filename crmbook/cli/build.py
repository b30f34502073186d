"""``crmbook build``: a new workbook, empty or with an example's rows."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.options import AsOf, Lang, Workspace, as_of_date, words
from crmbook.errors import CrmbookError
from crmbook.exchange.example import load_example
from crmbook.file import refuse_existing, refuse_open, write_atomically
from crmbook.schema import load_book
from crmbook.workbook.build import build_workbook
from crmbook.workbook.identity import new_stamp

if TYPE_CHECKING:
    from crmbook.exchange.example import Example
    from crmbook.issues import Language
    from crmbook.schema import Book
    from crmbook.workbook.build import Built
    from crmbook.workbook.live import Mode

DEFAULT_TEMPLATE = "standard"
NAMES_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build", cls=Command, help=words("cli.build.help"))(build)


def build(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    output: Annotated[Path, typer.Option("--output", "-o", help=words("cli.option.output"))],
    template: Annotated[
        str | None, typer.Option("--template", "-t", help=words("cli.option.template"))
    ] = None,
    lang: Lang = None,
    sample: Annotated[bool, typer.Option("--sample", help=words("cli.option.sample"))] = False,
    example: Annotated[str | None, typer.Option("--example", help=words("cli.option.example"))] = None,
    as_of: AsOf = None,
    live: Annotated[str, typer.Option("--live", help=words("cli.option.live"))] = "auto",
    workspace: Workspace = None,
    force: Annotated[bool, typer.Option("--force", help=words("cli.option.force"))] = False,
) -> None:
    """Build a workbook and say what is in it."""
    language, mode = as_language(lang), as_mode(live)
    if sample and example:
        raise CrmbookError("cli.sample-or-example")
    if not force:
        refuse_existing(output)
    refuse_open(output)
    book, source = find_book(template, language, workspace, "sample" if sample else example)
    day = source.as_of if source and as_of is None else as_of_date(as_of)
    frames = source.frames(book) if source else {}
    built = build_workbook(book, frames, day, new_stamp(example or ""), mode=mode)
    write_atomically(output, built.data)
    rows = sum(len(frame) for frame in frames.values())
    say("cli.built", language, path=output, sheets=len(book.sheets), rows=rows, as_of=day)
    say_live(book, built, language)


def find_book(
    template: str | None, lang: Language, workspace: Path | None, example: str | None
) -> tuple[Book, Example | None]:
    """Return the book to build, and the example whose rows go into it."""
    if example is None or example == "sample":
        book = load_book(template or DEFAULT_TEMPLATE, lang, workspace)
        return book, load_example("sample", book.template) if example else None
    source = load_example(example)
    return load_book(template or source.template, lang, workspace or source.workspace), source


def as_mode(text: str) -> Mode:
    """Return how formulas are written.

    Raises
    ------
    CrmbookError
        ``cli.bad-live`` if there is no such way.
    """
    modes: dict[str, Mode] = {"auto": "auto", "always": "always", "never": "never"}
    if text not in modes:
        raise CrmbookError("cli.bad-live", value=text)
    return modes[text]


def say_live(book: Book, built: Built, lang: Language) -> None:
    """Say which computed fields are live formulas and which sync computes."""
    if not built.by_sync:
        say("cli.all-live", lang, live=len(built.live))
        return
    titles = [
        f"{book.tables[table].title}·{book.tables[table].fields[name].title}"
        for table, name in sorted(built.by_sync)
    ]
    shown = (", " if lang == "en" else "、").join(titles[:NAMES_SHOWN]) + (
        "…" if len(titles) > NAMES_SHOWN else ""
    )
    say("cli.live", lang, live=len(built.live), values=len(built.by_sync), names=shown)
