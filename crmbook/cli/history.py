"""``crmbook history``: who changed what and when, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbook.base import describe, moment_in
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_json
from crmbook.cli.lines import lines_json, say_lines
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import AsJson, BookId, Lang, Place, StoreLocation, Workspace, words
from crmbook.revisions import HistoryQuery, read_history

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.exchange import ImportNote
    from crmbook.revisions import Chapter
    from crmbook.store import RevisionRecord


FIRST = frozenset({"build", "adopt"})
"""Kinds of revisions that bring a whole book."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("history", cls=Command, help=words("cli.history.help"))(history)


def history(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Place = None,
    table: Annotated[str, typer.Option("--table", help=words("cli.option.table"))] = "",
    key: Annotated[str, typer.Option("--key", help=words("cli.option.key"))] = "",
    field: Annotated[str, typer.Option("--field", help=words("cli.option.field"))] = "",
    since: Annotated[
        int, typer.Option("--since", help=words("cli.option.since"), min=1, metavar="REVISION")
    ] = 1,
    limit: Annotated[int, typer.Option("--limit", help=words("cli.option.limit"), min=1)] = 50,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest changes of a book."""
    language = as_language(lang)
    with open_book_at(path, book, workspace, store) as opened:
        query = HistoryQuery(table, key, field, since, limit)
        chapters = read_history(opened.store, opened.record.book_id, opened.schema, query)
    if as_json:
        revisions = [chapter_json(chapter) for chapter in chapters]
        say_json({"book": opened.record.book_id, "revisions": revisions})
        return
    for chapter in chapters:
        _say_chapter(chapter, language, limit, opened.schema.locale.clock, whole=not (table or key or field))
    if not chapters:
        say("cli.history-none", language)
    elif sum(len(one.lines) + one.more for one in chapters) >= limit and chapters[-1].revision.number > since:
        say("history.older", language, number=chapters[-1].revision.number)


def _say_chapter(chapter: Chapter, lang: Language, limit: int, clock: str, *, whole: bool) -> None:
    """Print what a revision changed; of the first one, which brought everything, only how many rows of each table."""
    revision = chapter.revision
    kind = describe(f"history.kind-{revision.kind}", lang, {})
    parts = [kind, revision.who, chapter.workbook or _about(revision, lang), _moment(clock, revision.at)]
    say("cli.revision", lang, number=revision.number, parts=" · ".join(part for part in parts if part))
    if whole and revision.kind in FIRST:
        rows = [*chapter.rows.items()]
        shown = (
            len(chapter.lines) if chapter.more else len(rows)
        )  # what the revisions above have left of the limit
        for (change, title), count in rows[:shown]:
            say(f"history.{change}-rows", lang, title=title, count=count)
        if rows[shown:]:
            say("history.more-by-limit", lang, count=len(rows) - shown)
    else:
        say_lines(chapter.lines, lang, limit, more=chapter.more, code="history.more-by-limit")


def _moment(clock: str, at: str) -> str:
    """Return when something happened on the book's clock, else on that of whoever reads it."""
    moment = moment_in(clock, at)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _about(revision: RevisionRecord, lang: Language) -> str:
    """Return what an import's list was called, what an edit in bulk did, two rows that were merged or declared different, what was taken back; empty for any other revision."""
    if revision.kind == "import":
        return list_of(revision.note).name
    if revision.kind == "bulk":
        return edit_in_words(revision.note, lang)
    if revision.kind in {"merge", "distinct"}:
        return pair_of(revision)
    return describe("history.of-revision", lang, {"number": revision.note}) if revision.kind == "undo" else ""


def list_of(note: str) -> ImportNote:
    """Return what an import's revision says of its list."""
    from crmbook.exchange import ImportNote  # most revisions are none

    return ImportNote.from_text(note)


def edit_in_words(note: str, lang: Language) -> str:
    """Return what an edit in bulk did."""
    from crmbook.bulk import BulkNote  # most revisions are none

    said = BulkNote.from_text(note)
    blank = describe("history.blank", lang, {})
    texts = tuple(f"{header} = {text or blank}" for header, text in said.texts.items())
    parts = {"table": said.table, "texts": texts, "rows": said.rows, "where": said.where}
    return describe(f"history.bulk-{said.action}", lang, parts)


def pair_of(revision: RevisionRecord) -> str:
    """Return what people call two rows that were merged or declared different."""
    from crmbook.exchange import PairNote  # most revisions are none

    return PairNote.from_text(revision.note).name(is_merge=revision.kind == "merge")


def chapter_json(chapter: Chapter) -> dict[str, Any]:
    """Return a revision with its changes as JSON data."""
    revision = chapter.revision
    note = {"import": lambda: list_of(revision.note).name}
    note |= dict.fromkeys(("merge", "distinct"), lambda: pair_of(revision))
    return {
        "revision": revision.number,
        "kind": revision.kind,
        "who": revision.who,
        "workbook": chapter.workbook,
        "at": revision.at,
        "note": note[revision.kind]() if revision.kind in note else revision.note,
        "changes": lines_json(chapter.lines),
        "more": chapter.more,
    }
