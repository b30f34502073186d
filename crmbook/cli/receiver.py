"""The book that lists are imported into: the one of a folder, or a new one that begins with the first list."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError, Options, describe, refuse_existing
from crmbook.cli.build import DEFAULT_TEMPLATE
from crmbook.cli.console import as_language, count_levels, preferred_book_language
from crmbook.cli.location import book_of, choose_book, find_workbooks, open_schema
from crmbook.cli.opening import day_of_stored
from crmbook.cli.options import as_of_date, clock, day_in_book
from crmbook.cli.progress import Noted
from crmbook.exchange import TakenRows, Target, commit_plan, imported_cells, standing_imports, undo
from crmbook.ooxml import OoxmlError
from crmbook.revisions import Hand, Naming
from crmbook.schema import load_book
from crmbook.store import State, Store, exists, locate, private_location
from crmbook.sync import (
    Wish,
    check_out,
    counters_of,
    first_state,
    new_record,
    start_book,
    sync_workbooks,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from typing import Any

    from crmbook.exchange import ImportNote, ImportPlan, Undone
    from crmbook.schema import Book
    from crmbook.store import BookRecord, MapRecord
    from crmbook.sync import Report


@dataclass
class Receiver:
    """A book that lists go into.

    Attributes
    ----------
    target
        The folder of its workbooks, or one of these; where neither is there yet, the one to be built.
    wanted
        The beginning of its id, where a store has several.
    lang
        Of a new book.
    noted
        What its syncs have written so far.
    """

    target: Path
    wanted: str | None
    url: str | None
    workspace: Path | None
    template: str | None
    lang: str | None
    as_of: str | None
    who: str
    record: BookRecord | None = field(init=False)
    reports: list[Report] = field(default_factory=list)
    noted: Noted = field(default_factory=Noted)

    def __post_init__(self) -> None:
        if self.target.suffix and not self.target.exists() and self.target.suffix.lower() != ".xlsx":
            raise CrmbookError("cli.not-xlsx", path=self.target)
        if not self.folder.is_dir():
            raise CrmbookError("checkout.no-folder", path=self.target, folder=self.folder)
        self.record = self._find()
        if self.record is not None and self.template not in {None, self.record.template}:
            raise CrmbookError(
                "cli.import-other-template", template=self.template, known=self.record.template
            )

    @property
    def folder(self) -> Path:
        """The folder of its workbooks."""
        return self.target if self.target.is_dir() else self.target.absolute().parent

    @property
    def location(self) -> str | Path:
        """The location of its store."""
        return locate(self.folder, self.url)

    def _find(self) -> BookRecord | None:
        if not exists(self.location):
            return None
        return choose_book(self.location, str(self.target) if self.target.is_file() else self.wanted)

    @cached_property
    def schema(self) -> Book:
        """The schema."""
        if self.record is not None:
            return open_schema(self.record, self.folder, self.workspace)
        said = preferred_book_language(self.template or DEFAULT_TEMPLATE, self.workspace)
        lang = said if self.lang is None else as_language(self.lang)
        return load_book(self.template or DEFAULT_TEMPLATE, lang, self.workspace)

    @property
    def known(self) -> BookRecord:
        """The book, which is there.

        Raises
        ------
        CrmbookError
            ``cli.no-book``.
        """
        if self.record is None:
            raise CrmbookError("cli.no-book", store=self.location)
        return self.record

    @property
    def day(self) -> date:
        """The day that counts as today."""
        if self.record is None:
            return day_in_book(self.as_of, self.schema.locale.zone, ())
        with Store.open(self.location) as store:
            return day_of_stored(store, self.record.book_id, self.schema, self.as_of)

    def read_target(self) -> Target:
        """Return the book as it is now; one that is not there yet as it would begin."""
        if self.record is None:
            tables = first_state(self.schema, {})
            head = State(0, tables, counters_of(self.schema, tables))
            return Target(self.schema, head, day_in_book(self.as_of, self.schema.locale.zone, ()))
        book_id = self.record.book_id
        with Store.open(self.location) as store:
            taken = standing_imports(store.revisions(book_id)).values()
            return Target(
                self.schema,
                store.head(book_id),
                day_of_stored(store, book_id, self.schema, self.as_of),
                store.maps.of(book_id),
                TakenRows.of(taken),
                self._imported,
            )

    def _imported(self, cells: Collection[tuple[str, str, str]]) -> Collection[tuple[str, str, str]]:
        """Return the cells whose value an import brought."""
        if self.record is None:
            return ()
        with Store.open(self.location) as store:
            return imported_cells(store, self.record.book_id, cells)

    @property
    def standing(self) -> Collection[int]:
        """The imports that nobody has taken back."""
        if self.record is None:
            return ()
        with Store.open(self.location) as store:
            return standing_imports(store.revisions(self.record.book_id)).keys()

    @property
    def maps(self) -> Sequence[MapRecord]:
        """What it remembers of lists."""
        if self.record is None:
            return ()
        with Store.open(self.location) as store:
            return store.maps.of(self.record.book_id)

    def table_named(self, words: str) -> str:
        """Return the table that goes by a title or name; empty for none."""
        return Naming(self.schema, {}).find_table(words) if words else ""

    def become(self, template: str, lang: str) -> None:
        """Let the book that is not there yet be of this template and language."""
        self.template, self.lang = template, lang
        self.__dict__.pop("schema", None)

    def begin(self, plans: Sequence[ImportPlan]) -> None:
        """Build the book, which is not there yet, for the rows that some plans bring."""
        wish = replace(self._wish(), coming=_rows_of(plans))
        record = new_record(self.schema, workspace=self.workspace)
        with Store.open(self.location) as store:
            start_book(store, record, self.schema, {}, wish)
            self.record = store.book(record.book_id)

    def _wish(self) -> Wish:
        """Return where the first workbook is to lie.

        Raises
        ------
        CrmbookError
            If something lies there.
        """
        name = describe("cli.import-workbook", self.schema.lang, {})
        path = self.folder / name if self.target.is_dir() else self.target
        refuse_existing(path)
        return Wish(path, self.day, is_beside=self.location == private_location(self.folder))

    def sync(self, *, lists_duplicates: bool = False) -> None:
        """Take in what waits in the workbooks of the folder, and bring them up to date.

        Parameters
        ----------
        lists_duplicates
            Whether each lists anew which rows may be one, however many there are.
        """
        with suppress(_NoWorkbooks):
            self.reports.append(self._sync(lists_duplicates=lists_duplicates))
        self.record = self._find()
        self.__dict__.pop("schema", None)

    def deliver(self) -> None:
        """Bring the workbooks up to date; where the folder has none, because its making was cut off, make one."""
        try:
            self.reports.append(self._sync())
        except _NoWorkbooks:
            if self.record is None:
                return
            with Store.open(self.location) as store:
                check_out(store, self.record, self.schema, self._wish())
            self.reports.append(self._sync())

    def _sync(self, *, lists_duplicates: bool = False) -> Report:
        try:
            found = self._own(find_workbooks([self.folder], self.url))
        except CrmbookError as error:
            if error.code == "cli.no-workbooks":
                raise _NoWorkbooks from error
            raise
        now = clock() if self.as_of is None else None
        # What it finds in copies of drives an import does not say: the next sync does.
        options = Options(
            as_of_date(self.as_of), self.workspace, self.url, who=self.who, now=now, acknowledges=True,
            progress=self.noted, lists_duplicates=lists_duplicates, notes_quiet=False,
        )  # fmt: skip
        return sync_workbooks(found, options)

    def _own(self, paths: list[Path]) -> list[Path]:
        """Return the workbooks that are not of another book of the same folder: that one is not asked about."""
        if self.record is None:
            return paths
        with Store.open(self.location) as store:
            others = {one.book_id for one in store.books()} - {self.record.book_id}
        return [path for path in paths if _book_id(path) not in others] if others else paths

    def take(self, plan: ImportPlan, note: ImportNote, remembered: MapRecord | None = None) -> int:
        """Take a plan in, and return the revision; what is `remembered` is kept for the next such list."""
        if self.record is None:
            raise ValueError("the book has not begun")
        with Store.open(self.location) as store:
            text = note.to_text()
            return commit_plan(store, self.record, self.schema, plan, self.who, text, remembered=remembered)

    def forget(self, shapes: Collection[str]) -> None:
        """Forget how lists of some shapes are mapped."""
        if self.record is not None and shapes:
            with Store.open(self.location) as store, store.lease(self.record.book_id) as lease:
                store.maps.drop(lease, self.record.book_id, shapes)

    def undo(self, revision: int) -> Undone:
        """Take an import back; 0 for the newest.

        Raises
        ------
        CrmbookError
            ``cli.no-book``; see `crmbook.exchange.undo`.
        """
        with Store.open(self.location) as store:
            return undo(store, self.known, self.schema, revision, Hand(self.day, self.who))

    def written(self) -> Iterator[tuple[Path, int, int]]:
        """Yield the workbooks of the last sync, each with how many errors and warnings it shows."""
        for one in self.reports[-1].workbooks if self.reports else ():
            yield one.path, *count_levels(one.issues)

    def notes(self) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
        """Yield what the last sync said of its workbooks, each as a message code with its params."""
        for one in self.reports[-1].workbooks if self.reports else ():
            yield from ((one.path, code, params) for code, params in one.notes)


def _rows_of(plans: Sequence[ImportPlan]) -> dict[str, int]:
    """Return how many rows each table holds at the most once all plans for an empty book are taken in.

    A row that refers to one of another list is refused by a plan of its own, and comes in behind that list. What follows from rows, one beside each customer, is the same in plans that name the same customers.
    """
    rows: Counter[str] = Counter()
    for plan in plans:
        rows.update(one.table for one in plan.rows if one.action != "duplicate")
    for plan in plans:
        for name, frame in plan.tables.items():
            rows[name] = max(rows[name], len(frame))
    return dict(rows)


def _book_id(path: Path) -> str:
    """Return the id of the book that a workbook belongs to; empty where it does not say."""
    try:
        return book_of(path)
    except (CrmbookError, OoxmlError):
        return ""


class _NoWorkbooks(Exception):  # noqa: N818 - no error: a folder may hold none
    """A folder without a workbook of the book."""
