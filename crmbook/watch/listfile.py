"""One file in a drop folder → rows of the book, or a preview that asks a person, or a text that says why it is none.

A list is taken in once, however often the watcher ends in between: what was taken is known by the digest of its file,
and only then is the file put away. What the watcher wrote itself is no answer: `crmbook.watch.dropped` knows it, and a
preview of which nothing is known counts as answered only where it says anything else than when it was written.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, cast, get_args

from crmbook.base import (
    BusyError,
    CrmbookError,
    day_of_book,
    describe,
    digest,
    read_bytes,
    rights_like,
    set_rights,
    write_atomically,
)
from crmbook.exchange import (
    Failures,
    ListWish,
    RowAction,
    TakenRows,
    Target,
    answered_lots,
    commit_plan,
    find_listed,
    imported_cells,
    is_of_failures,
    is_preview,
    open_lots,
    plan_lot,
    preview_name,
    read_preview,
    remember,
    renew_keys,
    standing_imports,
    write_failures,
    write_preview,
)
from crmbook.sync import days_shown
from crmbook.watch.account import in_words
from crmbook.watch.drops import DONE, NOTES, free_name, put_away
from crmbook.watch.trial import is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.exchange import Lot, Planned
    from crmbook.schema import Book
    from crmbook.store import BookRecord
    from crmbook.watch.dropped import Dropped, DroppedList
    from crmbook.watch.leader import Lead

_ATTEMPTS: Final = 3
_WISH: Final = ListWish()
_PARTIAL: Final = ".crmbook-import.tmp"
_PASSING: Final = frozenset({"intake.stale", "intake.schema-changed", "file.missing", "file.changed"})
_ACTIONS: Final = cast("tuple[RowAction, ...]", get_args(RowAction))


@dataclass(frozen=True, slots=True)
class Into:
    """The book that a file goes into, who watches, and in which language the watcher speaks."""

    lead: Lead
    record: BookRecord
    book: Book
    now: datetime
    who: str
    said_in: Language

    def target(self) -> Target:
        """Return the book as it is now."""
        store, book_id = self.lead.store, self.lead.book_id
        taken = standing_imports(store.revisions(book_id)).values()
        day = day_of_book(self.book.locale.zone, self.now, days_shown(store, book_id))
        maps = store.maps.of(book_id)
        owned = partial(imported_cells, store, book_id)
        return Target(self.book, store.head(book_id), day, maps, TakenRows.of(taken), owned)


class ListFile:
    """One file that has come to rest in a drop folder."""

    def __init__(self, path: Path, into: Into, dropped: Dropped, log: Callable[..., None]) -> None:
        self._path, self._into, self._dropped, self._tell = path, into, dropped, log
        self._failures: list[Failures] = []
        self._has_taken = False

    def take(self) -> bool:
        """See to it; return whether the book may have changed.

        Raises
        ------
        CrmbookError
            Where something keeps it from being taken that may pass by itself.
        """
        found = digest(read_bytes(self._path))
        name = self._dropped.name(self._path)
        if found in {self._dropped.own.get(name), self._dropped.refused.get(name)}:
            return False
        try:
            if is_preview(self._path):
                self._take_answer(found)
            else:
                self._take_list(found)
            self._list_failures()
        except CrmbookError as error:
            if isinstance(error, BusyError) or error.code in _PASSING or self._may_pass(error):
                raise
            self._refuse(found, error)
        return self._has_taken

    def _may_pass(self, error: CrmbookError) -> bool:
        return is_passing(error) and not hasattr(error, "problems")  # a mistake in the file itself stays

    # a list

    def _take_list(self, found: str) -> None:
        target, known = self._into.target(), self._dropped.of_list(self._path, found)
        lots = list(open_lots(self._path, self._into.book, target.maps, _WISH))
        if not lots:
            raise CrmbookError("cli.import-no-records")
        is_mended = is_of_failures(self._path)
        if not (is_mended or known.done or known.shown):
            self._say_first(lots, target)
        for lot in lots:
            self._take_lot(lot, known, is_mended=is_mended)
        if all(lot.sheet.title in known.done for lot in lots):
            self._put_away(self._path)

    def _say_first(self, lots: Sequence[Lot], target: Target) -> None:
        """Report what is to be known of a file that is seen for the first time."""
        if all(target.has_taken(lot.note) for lot in lots):
            self._tell("watch.import-again", name=self._path.name)
        for issue in lots[0].source.issues:
            if issue.code == "import.hidden-sheet":
                self._tell("cli.import-hidden", name=self._path.name, sheet=issue.params["sheet"])

    def _take_lot(self, lot: Lot, known: DroppedList, *, is_mended: bool) -> None:
        """Take one list of a file in, or show it, unless that was done before."""
        title, target = lot.sheet.title, self._into.target()
        preview = self._path.with_name(known.shown.get(title, _PARTIAL))
        waits = title in known.shown and preview.exists()
        if target.has_taken(lot.note):
            if waits:  # somebody has carried it out by hand
                self._put_away(preview)
            self._note_done(known, title)
        elif title not in known.done and not waits:
            planned = plan_lot(target, lot, _WISH)
            if is_mended or planned.needs_no_look:
                self._take_in(lot, is_decided=False)
                self._note_done(known, title)
            else:
                known.shown[title] = self._show(lot, planned, target).name
                self._dropped.save()

    def _note_done(self, known: DroppedList, title: str) -> None:
        """Note that a list of a file was taken in."""
        known.done += [] if title in known.done else [title]
        known.shown.pop(title, None)
        self._dropped.save()

    def _show(self, lot: Lot, planned: Planned, target: Target) -> Path:
        """Write the preview of a list beside it, and return where."""
        book, folder = self._into.book, self._path.parent
        path = free_name(folder, preview_name(book, lot.source, lot.sheet))
        partial = folder / _PARTIAL
        write_preview(
            partial, book, lot.source, planned.sheet, planned.mapping, planned.plan, lot.layout, target.lists,
            is_watched=True,
        )  # fmt: skip
        self._put(partial, path)
        self._tell("watch.import-shown", name=lot.name, preview=f"{folder.name}/{path.name}")
        return path

    def _put(self, partial: Path, path: Path) -> None:
        """Let a file that was written lie where people look for it; before that is noted that nobody has answered it."""
        set_rights(partial, rights_like(self._path))  # who dropped a list must be able to answer
        self._dropped.own[self._dropped.name(path)] = digest(read_bytes(partial))
        self._dropped.save()
        partial.replace(path)

    # an answer

    def _take_answer(self, found: str) -> None:
        answer = read_preview(self._path, self._into.book)
        is_here = answer.source.parent.resolve() == self._path.parent.resolve()
        source = self._path.with_name(answer.source.name) if is_here else answer.source
        lots = list(answered_lots(answer, self._into.book))
        known = self._dropped.of_list(source, answer.digest) if is_here else None
        if self._dropped.name(self._path) not in self._dropped.own and not answer.is_changed:
            self._adopt(found, known.shown if known else {}, lots)
            return
        for lot in lots:
            self._take_in(lot, is_decided=True)
            if known is not None:
                self._note_done(known, lot.sheet.title)
        self._list_failures()
        self._put_away(self._path)
        if known is not None and self._is_done(source, known.done):
            self._put_away(source)

    def _adopt(self, found: str, shown: dict[str, str], lots: Sequence[Lot]) -> None:
        """Take a preview that came from elsewhere, and that nobody has changed, for one that waits."""
        shown.update({lot.sheet.title: self._path.name for lot in lots})
        self._dropped.own[self._dropped.name(self._path)] = found
        self._dropped.save()

    def _is_done(self, source: Path, done: Sequence[str]) -> bool:
        """Return whether every list of a file was taken in."""
        lots = open_lots(source, self._into.book, (), _WISH)
        return all(lot.sheet.title in done for lot in lots)

    # both

    def _take_in(self, lot: Lot, *, is_decided: bool) -> None:
        """Take a list in; where a colleague's edits came between, it is planned anew."""
        into = self._into
        for attempt in range(1, _ATTEMPTS + 1):
            target = into.target()
            planned = plan_lot(target, lot, _WISH)
            kept = remember(target, lot, planned.mapping, into.who) if is_decided else None
            try:
                revision = commit_plan(
                    into.lead.store, into.record, into.book, planned.plan, into.who,
                    lot.noted(planned.plan).to_text(),
                    remembered=kept, led=into.lead.number,
                )  # fmt: skip
                break
            except BusyError as error:
                if error.code != "intake.stale" or attempt == _ATTEMPTS:
                    raise
        self._has_taken = True
        self._say(lot, planned, revision)
        if planned.plan.failed:
            self._failures.append(Failures(planned.sheet, planned.mapping, planned.plan, lot.origins))

    def _say(self, lot: Lot, planned: Planned, revision: int) -> None:
        book, main, lang = self._into.book, planned.mapping.table, self._into.said_in
        counts = Counter(row.action for row in planned.plan.rows if row.table == main)
        parts = [
            describe(f"cli.import-count-{action}", lang, {"count": counts[action]})
            for action in _ACTIONS
            if counts[action]
        ]
        code = "watch.import-taken" if revision != planned.plan.based_on else "watch.import-nothing"
        params = {"table": book.tables[main].title, "parts": tuple(parts), "revision": revision}
        self._tell(code, name=lot.name, **params)

    def _list_failures(self) -> None:
        """Write down beside the list what could not be taken."""
        if not self._failures:
            return
        folder = self._path.parent
        name = describe("cli.import-failures-file", self._into.book.lang, {})
        path = find_listed(folder, name, self._into.book, self._failures)
        if path is None:
            path = free_name(folder, name)
            write_failures(folder / _PARTIAL, self._into.book, self._failures)
            self._put(folder / _PARTIAL, path)
        else:
            with suppress(CrmbookError):  # somebody has it open: what is mended there is known by its values
                renew_keys(path, self._into.book, self._failures)
        count = sum(len(one.plan.failed) for one in self._failures)
        self._failures = []
        self._tell("watch.import-failures", count=count, path=f"{folder.name}/{path.name}")

    def _put_away(self, path: Path) -> None:
        """Move a file away that was taken in, and with it what was said of it before."""
        for note in NOTES:
            path.with_name(path.name + note).unlink(missing_ok=True)
        put_away(path)
        self._dropped.forget(path)
        self._dropped.save()

    def _refuse(self, found: str, error: CrmbookError) -> None:
        """Say beside a file why it cannot be taken, once; it stays where it is."""
        lang, name = self._into.book.lang, self._path.name
        problem, remedy = in_words(error, lang)
        params = {"name": name, "problem": problem, "remedy": remedy, "done": DONE[self._path.parent.name]}
        note = self._path.with_name(name + NOTES[lang == "en"])
        text = describe("watch.import-note", lang, params)
        write_atomically(note, text.encode("utf-8-sig"), private=True)
        set_rights(note, rights_like(self._path))
        self._dropped.refused[self._dropped.name(self._path)] = found
        self._dropped.save()
        problem, remedy = in_words(error, self._into.said_in)
        self._tell("watch.import-refused", name=name, problem=problem, remedy=remedy, note=note.name)
