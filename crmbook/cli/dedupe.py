"""``crmbook dedupe``: rows that may be one, listed; two of them merged or declared different; that taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from crmbook.base import CrmbookError, describe
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_item, say_json
from crmbook.cli.course import Made, telling_interrupts, uninterrupted
from crmbook.cli.lines import lines_json, say_lines, shown
from crmbook.cli.location import find_book_at
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    DryRun,
    Force,
    Lang,
    StoreLocation,
    Who,
    Workspace,
    words,
)
from crmbook.cli.receiver import Receiver
from crmbook.cli.replacing import make_way
from crmbook.exchange import (
    TAKES,
    keep_apart,
    merge_rows,
    pairs_file,
    read_duplicates,
    refuse_pairs_format,
    undo_pair,
)
from crmbook.revisions import Hand, Naming
from crmbook.store import Store
from crmbook.values import plain_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language
    from crmbook.exchange import Duplicates, Lost, Parted, Settled, Take
    from crmbook.schema import Book

_PROBLEMS: Final = 1
_SHOWN: Final = 20


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("dedupe", cls=Command, help=words("cli.dedupe.help"))(dedupe)


def dedupe(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    named: Annotated[
        list[str] | None,
        typer.Argument(help=words("cli.option.dedupe-place"), metavar="PATH", show_default=False),
    ] = None,
    table: Annotated[str, typer.Option("--table", help=words("cli.option.dedupe-table"))] = "",
    merge: Annotated[
        tuple[str, str] | None,
        typer.Option("--merge", help=words("cli.option.merge"), metavar="KEEP OTHER", show_default=False),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", help=words("cli.option.take"), metavar="FIELD=CHOICE", show_default=False),
    ] = None,
    not_same: Annotated[
        tuple[str, str] | None,
        typer.Option("--not-same", help=words("cli.option.not-same"), metavar="ID ID", show_default=False),
    ] = None,
    undoing: Annotated[bool, typer.Option("--undo", help=words("cli.option.dedupe-undo"))] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help=words("cli.option.dedupe-sheet"))] = False,
    dry_run: DryRun = False,
    limit: Annotated[int, typer.Option("--limit", help=words("cli.option.dedupe-limit"), min=1)] = 50,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=words("cli.option.dedupe-output"), show_default=False),
    ] = None,
    force: Force = False,
    who: Who = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """List rows that may be one, or say what they are."""
    language, asked = as_language(lang), [bool(merge), bool(not_same), undoing, sheet]
    if sum(asked) > 1 or (take and not merge) or (output and any(asked)) or (dry_run and not merge):
        raise CrmbookError("cli.dedupe-what")
    if sheet and table:
        raise CrmbookError("cli.dedupe-sheet-table")
    takes = _takes(take or ())
    path, wanted = _place(named or (), is_undo=undoing)
    if not any(asked):
        _list(path, table, language, (book, store, workspace), output, limit, as_json=as_json, force=force)
        return
    find_book_at(path, book, store)
    receiver = Receiver(path or Path.cwd(), book, store, workspace, None, lang, as_of, who)
    with telling_interrupts(language, receiver.noted) as made:
        if not dry_run:
            receiver.sync(lists_duplicates=sheet)
        desk = _Desk(receiver, language, made, as_json=as_json)
        if sheet:
            raise typer.Exit(desk.list_on_sheet())
        if merge:
            raise typer.Exit(desk.merge(merge, table, takes, dry_run=dry_run))
        raise typer.Exit(desk.keep_apart(not_same, table) if not_same else desk.undo(wanted))


def _takes(said: Sequence[str]) -> dict[str, Take]:
    """Return which value stays, by field."""
    found: dict[str, Take] = {}
    for text in said:
        label, _, choice = text.rpartition("=")
        take = next((one for one in TAKES if one == choice.strip().lower()), None)
        if not label.strip() or take is None:
            raise CrmbookError("duplicates.bad-take", value=text, known=TAKES)
        found[label.strip()] = take
    return found


def _place(named: Sequence[str], *, is_undo: bool) -> tuple[Path | None, str]:
    """Return the path among some words and, where something is taken back, what that is."""
    paths = [one for one in named if Path(one).exists()]
    rest = [one for one in named if one not in paths]
    if not is_undo and rest:
        raise CrmbookError("file.missing", path=rest[0])
    if len(paths) > 1 or len(rest) > 1:
        raise CrmbookError("cli.dedupe-what")
    return (Path(paths[0]) if paths else None), "".join(rest)


def _list(  # noqa: PLR0913, PLR0917 - which book, and how it is reported
    path: Path | None,
    table: str,
    lang: Language,
    where: tuple[str | None, str | None, Path | None],
    output: Path | None,
    limit: int,
    *,
    as_json: bool,
    force: bool,
) -> None:
    """Report which rows may be one; nothing is changed."""
    if output is not None:
        refuse_pairs_format(output)
        make_way(output, lang, force=force)
    book_id, url, workspace = where
    with open_book_at(path, book_id, workspace, url) as opened:
        schema, tables = opened.schema, opened.store.head(opened.record.book_id).tables
    found = read_duplicates(schema, tables, Naming(schema, tables).find_table(table) if table else "")
    if output is not None:
        pairs_file(output, found, lang)
    if as_json:
        say_json({"book": opened.record.book_id, **_pairs_json(found, lang)})
        return
    for pair in found.pairs[:limit]:
        one, other = found.names[pair.first], found.names[pair.second]
        say(
            "cli.dedupe-pair",
            lang,
            score=pair.score,
            first=one,
            second=other,
            reasons=found.reasons(pair, lang),
        )
    _say_how(found, lang, limit)
    if output is not None:
        say("cli.dedupe-written", lang, path=output, count=len(found.pairs))


def _say_how(found: Duplicates, lang: Language, limit: int) -> None:
    if len(found.pairs) > limit:
        say("cli.dedupe-more", lang, count=len(found.pairs) - limit)
    if not found.pairs:
        say("cli.dedupe-none", lang, table=found.table.title)
        return
    first = found.pairs[0]
    keys = {"first": found.keys.get(first.first, "?"), "second": found.keys.get(first.second, "?")}
    say("cli.dedupe-next", lang, count=len(found.pairs), table=found.table.title, **keys)


def _pairs_json(found: Duplicates, lang: Language) -> dict[str, Any]:
    def row(row_id: str) -> dict[str, str]:
        return {"row_id": row_id, "key": found.keys.get(row_id, ""), "name": found.names[row_id]}

    return {
        "table": found.table.name,
        "title": found.table.title,
        "pairs": [
            {
                "first": row(pair.first),
                "second": row(pair.second),
                "score": pair.score,
                "reasons": [{"says": one.speaks, "fields": list(one.labels)} for one in pair.reasons],
                "text": found.reasons(pair, lang),
            }
            for pair in found.pairs
        ],
        "not_same": [[row(one), row(other)] for one, other in found.told_apart],
    }


class _Desk:
    """Carries out what somebody said of two rows, and reports it."""

    def __init__(self, receiver: Receiver, lang: Language, made: Made, *, as_json: bool) -> None:
        self._receiver, self._lang, self._made, self._as_json = receiver, lang, made, as_json

    def list_on_sheet(self) -> int:
        """Say in which workbooks the pairs are listed by now; return the exit code."""
        found = {path: params for path, code, params in self._receiver.notes() if code == "duplicates.listed"}
        if self._as_json:
            files = [str(path) for path in found]
            say_json({"book": self._receiver.known.book_id, "state": "listed", "files": files})
            return 0
        for path, params in found.items():
            say("cli.dedupe-listed", self._lang, path=path, **params)
        if not found:
            say("cli.dedupe-nowhere", self._lang)
        return 0

    def merge(self, rows: tuple[str, str], table: str, takes: dict[str, Take], *, dry_run: bool) -> int:
        """Merge two rows; return the exit code."""
        receiver = self._receiver
        with uninterrupted(), Store.open(receiver.location) as store:
            done = merge_rows(
                store, receiver.known, receiver.schema, rows, self._hand, table=receiver.table_named(table),
                takes=takes, dry_run=dry_run,
            )  # fmt: skip
            self._made.revision = 0 if dry_run or done.revision == done.before else done.revision
        if not dry_run:
            receiver.sync()
        state = "dry-run" if dry_run else "merged" if done.revision != done.before else "same"
        self._tell(done, state)
        return 0

    def keep_apart(self, rows: tuple[str, str], table: str) -> int:
        """Remember that two rows are not the same; return the exit code."""
        receiver = self._receiver
        with uninterrupted(), Store.open(receiver.location) as store:
            named = receiver.table_named(table)
            done = keep_apart(store, receiver.known, receiver.schema, rows, self._hand, table=named)
            self._made.revision = 0 if done.revision == done.before else done.revision
        self._tell(done, "not-same" if done.revision != done.before else "known")
        return 0

    def undo(self, wanted: str) -> int:
        """Take back what was said; return the exit code."""
        receiver = self._receiver
        with uninterrupted(), Store.open(receiver.location) as store:
            done = undo_pair(store, receiver.known, receiver.schema, wanted, self._hand)
            self._made.revision = done.revision
        receiver.sync()
        self._tell_undone(done)
        return _PROBLEMS if done.conflicts else 0

    @property
    def _hand(self) -> Hand:
        return Hand(self._receiver.day, self._receiver.who)

    def _tell(self, done: Settled, state: str) -> None:
        book = self._receiver.schema
        if self._as_json:
            output = {"book": self._receiver.known.book_id, "state": state, "before": done.before}
            lost = [_lost_json(book, one) for one in done.lost]
            rows = {"first": done.first, "second": done.second, "moved": dict(done.moved), "lost": lost}
            say_json({**output, "revision": done.revision, **rows, "changes": lines_json(done.lines)})
            return
        say(f"cli.dedupe-{state}", self._lang, first=done.first, second=done.second, revision=done.revision)
        for title, count in done.moved.items():
            say("cli.dedupe-moved", self._lang, title=title, count=count)
        for one in done.lost:
            told_lost = _lost_words(book, one, self._lang)
            say("cli.dedupe-noted" if one.is_noted else "cli.dedupe-lost", self._lang, **told_lost)
        if state == "merged":
            say("cli.dedupe-undo-by", self._lang, revision=done.revision)

    def _tell_undone(self, done: Parted) -> None:
        if self._as_json:
            output = {"book": self._receiver.known.book_id, "state": "undone", "before": done.before}
            more = {"name": done.name, "conflicts": done.conflicts}
            say_json({**output, "revision": done.revision, **more, "changes": lines_json(done.lines)})
            return
        say_lines(done.lines, self._lang, _SHOWN)
        say("cli.dedupe-undone", self._lang, name=done.name, revision=done.revision)
        if done.conflicts:
            say_item(describe("cli.dedupe-undone-conflicts", self._lang, {"count": done.conflicts}))


def _lost_words(book: Book, one: Lost, lang: Language) -> dict[str, str]:
    table = book.tables[one.table]
    said = {"value": shown(one.value, lang), "stays": shown(one.stays, lang)}
    return {"title": table.title, "field": table.header(one.label), **said}


def _lost_json(book: Book, one: Lost) -> dict[str, Any]:
    return {
        "table": one.table,
        "field": one.label,
        "header": book.tables[one.table].header(one.label),
        "value": plain_value(one.value),
        "stays": plain_value(one.stays),
        "noted": one.is_noted,
    }
