"""``crmbook build``: a new book with its first workbook, or a further working copy of the book that is there."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.base import CrmbookError, Sample, day_of_book, day_of_copy, joined
from crmbook.build import Scope, check_scope, load_example, load_sample, refuse_nobody
from crmbook.cli.command import Command
from crmbook.cli.console import INTERRUPTED, as_language, preferred_book_language, say
from crmbook.cli.location import choose_book, open_schema
from crmbook.cli.options import (
    AsOf,
    BookId,
    Force,
    Lang,
    SharedGroup,
    StoreLocation,
    Workspace,
    as_of_date,
    clock,
    words,
)
from crmbook.cli.progress import working
from crmbook.cli.replacing import make_way
from crmbook.cli.sampled import sample_people
from crmbook.schema import find_workspace, load_book
from crmbook.store import Store, exists, locate, private_location, share
from crmbook.sync import Wish, check_out, days_shown, new_record, refuse_no_folder, start_book

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from crmbook.base import Language
    from crmbook.build import Built, Example, Mode
    from crmbook.schema import Book
    from crmbook.store import BookRecord
    from crmbook.sync import CheckedOut

DEFAULT_TEMPLATE = "standard"
NAMES_SHOWN = 12
_COPIES_SHOWN = 3
_AWAY = frozenset({"archived", "gone"})
"""States of workbooks that are not there."""


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
    owner: Annotated[str, typer.Option("--owner", help=words("cli.option.owner"))] = "",
    where: Annotated[str, typer.Option("--where", help=words("cli.option.where"))] = "",
    role: Annotated[str, typer.Option("--role", help=words("cli.option.role"))] = "",
    holder: Annotated[str, typer.Option("--for", help=words("cli.option.for"))] = "",
    as_of: AsOf = None,
    live: Annotated[str, typer.Option("--live", help=words("cli.option.live"))] = "auto",
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    shared_group: SharedGroup = None,
    new: Annotated[bool, typer.Option("--new", help=words("cli.option.new"))] = False,
    force: Force = False,
    verbose: Annotated[bool, typer.Option("--verbose", help=words("cli.option.verbose-build"))] = False,
) -> None:
    """Build a workbook and say what is in it."""
    language, scope = as_language(lang), Scope(owner, where, role)
    asked = BuildRequest(template, lang, "sample" if sample else example, workspace, new=new)
    if sample and example:
        raise CrmbookError("cli.sample-or-example")
    if book and asked.is_new:
        raise CrmbookError("cli.book-or-new")
    folder = output.absolute().parent
    location = locate(folder, store)
    wish = Wish(output, as_of_date(as_of), scope, holder, as_mode(live), location == private_location(folder))
    now = clock() if as_of is None else None
    _refuse_unfit(output, language, force=force)
    if shared_group:
        share([folder], store, shared_group)
    record = None if asked.is_new or not exists(location) else choose_book(location, book)
    if record is None and book is None:
        made = _start(location, asked, wish, language, now)
    else:
        made, sampled = _copy(location, record, asked, wish, language, now)
        if not scope.narrows:
            _say_shared(sampled, language, is_meant=bool(book or holder))
    say_live(made.book, made.built, language, verbose=verbose)
    if scope.narrows and not made.customers:
        say("cli.nobody-in-scope", language, path=wish.path, owners=tuple(made.owners[:NAMES_SHOWN]) or "–")


def _refuse_unfit(output: Path, lang: Language, *, force: bool) -> None:
    """Refuse a path that no workbook can be written to."""
    if output.suffix.lower() != ".xlsx":
        raise CrmbookError("cli.not-xlsx", path=output)
    make_way(output, lang, force=force)


def _say_shared(sampled: Sequence[str], lang: Language, *, is_meant: bool) -> None:
    """Say that a copy is no book of its own: which sample customers it shows, and what to do where nobody said that a copy is meant."""
    if sampled:
        first = Sample(tuple(sampled[:_COPIES_SHOWN]), max(0, len(sampled) - _COPIES_SHOWN))
        say("cli.copy-of-sample", lang, count=len(sampled), names=first)
    if not is_meant:
        say("cli.copy-not-new", lang)


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """Which book was asked for: the options that name one."""

    template: str | None
    lang: str | None
    example: str | None
    workspace: Path | None
    new: bool = False

    @property
    def is_new(self) -> bool:
        """Return whether a new book was asked for."""
        return self.new or self.template is not None or self.example is not None


def _start(
    location: str | Path, asked: BuildRequest, wish: Wish, lang: Language, now: datetime | None
) -> CheckedOut:
    """Begin a book; `now` is the moment where no day was said."""
    workspace = find_workspace(wish.path.absolute().parent, asked.workspace, None)
    book_lang = lang if asked.lang else preferred_book_language(asked.template or DEFAULT_TEMPLATE, workspace)

    def today(book: Book) -> date:
        return wish.as_of if now is None else day_of_book(book.locale.zone, now)

    book, source = find_book(asked.template, book_lang, workspace, asked.example, today)
    wish = replace(wish, as_of=source.as_of if source and now is not None else today(book))
    frames = source.frames(book) if source else {}
    check_scope(book, wish.scope)
    refuse_nobody(book, wish.scope, frames)
    refuse_no_folder(wish.path)
    example = "" if asked.example in {None, "sample"} else str(asked.example)
    with Store.open(location) as store, building(wish, lang) as wish:
        made = start_book(store, new_record(book, example, asked.workspace), book, frames, wish)
    say("cli.built", lang, path=wish.path, sheets=len(made.book.sheets), rows=made.rows, as_of=wish.as_of)
    return made


@contextmanager
def building(wish: Wish, lang: Language) -> Iterator[Wish]:
    """Show how far a workbook is; an interruption reports that there is none."""
    before = wish.path.exists() and wish.path.stat().st_mtime_ns
    try:
        with working("progress.building", lang, name=wish.path.name) as progress:
            yield replace(wish, progress=progress)
    except KeyboardInterrupt:
        if (wish.path.exists() and wish.path.stat().st_mtime_ns) == before:
            say("cli.build-interrupted", lang, path=wish.path)
        raise typer.Exit(code=INTERRUPTED) from None


def _copy(  # noqa: PLR0913, PLR0917 - what was asked for, and what is there
    location: str | Path,
    record: BookRecord | None,
    asked: BuildRequest,
    wish: Wish,
    lang: Language,
    now: datetime | None,
) -> tuple[CheckedOut, list[str]]:
    """Check a working copy out of a book that is there; return which customers of the book are a sample's, too."""
    if record is None:
        raise CrmbookError("cli.no-store", store=location)
    if asked.lang not in {None, record.lang}:
        raise CrmbookError("cli.other-language", lang=asked.lang, known=record.lang)
    book = open_schema(record, wish.path, asked.workspace)
    check_scope(book, wish.scope)
    refuse_no_folder(wish.path)
    with Store.open(location) as store:
        tables = store.head(record.book_id).tables
        if wish.scope.owner:
            refuse_nobody(book, wish.scope, tables)
        if now is not None:
            wish = replace(wish, as_of=day_of_copy(book.locale.zone, now, days_shown(store, record.book_id)))
        known = (one.path for one in store.workbooks(record.book_id) if one.state not in _AWAY)
        there = [*dict.fromkeys(filter(None, known))]
        with building(wish, lang) as wish:
            made = check_out(store, record, book, wish)
    known_place = Path(record.workspace) if record.workspace else None
    workspace = find_workspace(wish.path.absolute().parent, asked.workspace, known_place)
    sampled = sample_people(record, book, tables, workspace, wish.as_of)
    params = {"path": wish.path, "sheets": len(made.book.sheets), "rows": made.rows, "as_of": wish.as_of}
    names = Sample(tuple(there[:_COPIES_SHOWN]), max(0, len(there) - _COPIES_SHOWN)) if there else "–"
    say(
        "cli.checked-out",
        lang,
        title=book.title,
        revision=made.workbook.written_revision,
        names=names,
        **params,
    )
    return made, sampled


def find_book(
    template: str | None,
    lang: Language,
    workspace: Path | None,
    example: str | None,
    today: Callable[[Book], date],
) -> tuple[Book, Example | None]:
    """Return the book to build, and the example whose rows go into it."""
    if example is None or example == "sample":
        book = load_book(template or DEFAULT_TEMPLATE, lang, workspace)
        if example is None:
            return book, None
        return book, load_sample(book, workspace, today(book))
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


def say_live(book: Book, built: Built, lang: Language, *, verbose: bool) -> None:
    """Print which computed fields sync computes, but for those that no office program could; if `verbose`, that there are none."""
    fields = [(book.tables[table], book.tables[table].fields[name]) for table, name in sorted(built.by_sync)]
    titles = [
        f"{table.title}·{field.title}"
        for table, field in fields
        if field.formula is None or field.formula.call_of_ours is None
    ]
    if not titles:
        if verbose:
            say("cli.all-live", lang, live=len(built.live))
        return
    shown = joined([*titles[:NAMES_SHOWN], *(["…"] if len(titles) > NAMES_SHOWN else [])], lang)
    say("cli.live", lang, live=len(built.live), values=len(titles), names=shown)
