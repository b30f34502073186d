"""``crmbook build``: a new workbook, empty or with an example's rows."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmbook.cli.console import as_language, say
from crmbook.cli.options import AsOf, Lang, Workspace, as_of_date, words
from crmbook.exchange.example import load_example
from crmbook.file import refuse_existing, write_atomically
from crmbook.schema import load_book
from crmbook.workbook.build import build_workbook
from crmbook.workbook.identity import new_stamp

if TYPE_CHECKING:
    from crmbook.issues import Language
    from crmbook.schema import Book
    from crmbook.workbook.build import Built
    from crmbook.workbook.live import Mode

DEFAULT_TEMPLATE = "standard"
NAMES_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build", help=words("cli.build.help"))(build)


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
    language = as_language(lang)
    if not force:
        refuse_existing(output)
    source = None
    if sample or example:
        source = (
            load_example("sample", template or DEFAULT_TEMPLATE) if sample else load_example(str(example))
        )
    workspace = workspace or (source.workspace if source else None)
    book = load_book(template or (source.template if source else DEFAULT_TEMPLATE), language, workspace)
    day = source.as_of if source and as_of is None else as_of_date(as_of)
    frames = source.frames(book) if source else {}
    built = build_workbook(book, frames, day, new_stamp(example or ""), mode=as_mode(live))
    write_atomically(output, built.data)
    rows = sum(len(frame) for frame in frames.values())
    say("cli.built", language, path=output, sheets=len(book.sheets), rows=rows, as_of=day)
    say_live(book, built, language)


def as_mode(text: str) -> Mode:
    """Return how formulas are written, refusing what is no mode."""
    modes: dict[str, Literal["auto", "always", "never"]] = {
        "auto": "auto",
        "always": "always",
        "never": "never",
    }
    if text not in modes:
        raise typer.BadParameter(", ".join(modes), param_hint="--live")
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
    shown = "、".join(titles[:NAMES_SHOWN]) + ("…" if len(titles) > NAMES_SHOWN else "")
    say("cli.live", lang, live=len(built.live), values=len(built.by_sync), names=shown)
