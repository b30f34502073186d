"""``crmbook bulk``: one change to all rows of a table that meet a condition, seen before it is made, and taken back alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbook.base import BusyError, CrmbookError, describe
from crmbook.bulk import BulkWish, carry_out, undo_bulk
from crmbook.cli.bulkreport import plan_json, reasons, say_plan, say_undone, undone_json
from crmbook.cli.command import Command
from crmbook.cli.console import INTERRUPTED, as_language, say, say_json
from crmbook.cli.course import Course, telling_interrupts, uninterrupted
from crmbook.cli.location import find_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    DryRun,
    Lang,
    StoreLocation,
    Who,
    Workspace,
    words,
)
from crmbook.cli.receiver import Receiver
from crmbook.cli.terminal import confirm, has_person
from crmbook.revisions import Hand
from crmbook.store import Store
from crmbook.sync import read_bulk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language
    from crmbook.bulk import BulkAction, BulkPlan
    from crmbook.store import BookRecord

_PROBLEMS, _HELD = 1, 3
_SYNC, _PLAN, _TAKE = 4, 1, 1
"""About how long the stages take, one beside the other."""
_ATTEMPTS = 3
"""How often an edit is worked out while others go on changing the book."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("bulk", cls=Command, help=words("cli.bulk.help"))(bulk)


def bulk(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    path: Annotated[
        list[str] | None,
        typer.Argument(help=words("cli.option.bulk-place"), metavar="PATH", show_default=False),
    ] = None,
    table: Annotated[str, typer.Option("--table", help=words("cli.option.bulk-table"))] = "",
    where: Annotated[str, typer.Option("--where", help=words("cli.option.bulk-where"))] = "",
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help=words("cli.option.bulk-set"), metavar="FIELD=VALUE", show_default=False),
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help=words("cli.option.bulk-delete"))] = False,
    restore: Annotated[bool, typer.Option("--restore", help=words("cli.option.bulk-restore"))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=words("cli.option.bulk-yes"))] = False,
    accept: Annotated[
        str,
        typer.Option("--accept", help=words("cli.option.bulk-accept"), metavar="PLAN", show_default=False),
    ] = "",
    dry_run: DryRun = False,
    undoing: Annotated[bool, typer.Option("--undo", help=words("cli.option.bulk-undo"))] = False,
    who: Who = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Change many rows at once, or take such a change back."""
    language = as_language(lang)
    location, revision = _location_and_revision(path or [], undoing=undoing)
    wish = None if undoing else _wish(table, where, sets or [], delete=delete, restore=restore)
    find_book_at(location, book, store)
    receiver = Receiver(location or Path.cwd(), book, store, workspace, None, lang, as_of, who)
    if wish is None:
        if table or where or sets or delete or restore or dry_run:
            raise CrmbookError("cli.bulk-undo-what")
        raise typer.Exit(_undo(receiver, revision, language, as_json=as_json))
    asks = not as_json and has_person()
    run = _Bulk(receiver, wish, language, accept, yes=yes, dry_run=dry_run, asks=asks, as_json=as_json)
    raise typer.Exit(run.run())


def _location_and_revision(said: Sequence[str], *, undoing: bool) -> tuple[Path | None, int]:
    """Return the workbook or folder, and the revision that is to be taken back, 0 for the newest."""
    numbers = [one for one in said if undoing and one.isdecimal() and not Path(one).exists()]
    named = [one for one in said if one not in numbers]
    if len(named) > 1 or len(numbers) > 1:
        raise CrmbookError("cli.bulk-undo-what" if undoing else "cli.bulk-one-place")
    return Path(named[0]) if named else None, int(numbers[0]) if numbers else 0


def _wish(table: str, where: str, sets: Sequence[str], *, delete: bool, restore: bool) -> BulkWish:
    """Return what is wanted."""
    if [bool(sets), delete, restore].count(True) != 1 or not table.strip() or not where.strip():
        raise CrmbookError("cli.bulk-what")
    action: BulkAction = "set" if sets else "delete" if delete else "restore"
    texts: dict[str, str] = {}
    for text in sets:
        name, sign, value = (
            text.replace("＝", "=", 1).partition("=") if "=" not in text else text.partition("=")
        )
        if not sign or not name.strip():
            raise CrmbookError("cli.bulk-set-what", text=text)
        if name.strip() in texts:
            raise CrmbookError("bulk.field-twice", field=name.strip())
        texts[name.strip()] = value
    return BulkWish(table.strip(), where.strip(), action, texts)


@dataclass
class _Bulk:
    """One edit in bulk: what waits in workbooks is taken in, then it is planned, shown, made and delivered."""

    receiver: Receiver
    wish: BulkWish
    lang: Language
    accept: str
    yes: bool
    dry_run: bool
    asks: bool
    as_json: bool
    course: Course = field(init=False)

    def __post_init__(self) -> None:
        self.course = Course(self.lang, 2 * _SYNC + _PLAN + _TAKE)

    def run(self) -> int:
        """Carry it out as far as it may be; return the exit code. Ctrl-C reports what was done until then."""
        with telling_interrupts(self.lang, self.receiver.noted):
            return self._run()

    def _run(self) -> int:
        if not self.dry_run:
            with self.course.stage("progress.syncing", _SYNC):
                self.receiver.sync()
        plan = self._plan()
        if self.accept and self.accept != plan.id:
            raise CrmbookError("bulk.other-plan", plan=self.accept, now=plan.id)
        self._show(plan)
        if not plan.rows:
            return self._end(plan, "nothing")
        if self.dry_run:
            return self._end(plan, "dry-run")
        if not self.accept:
            if plan.is_large:
                return self._end(plan, "held-large")
            if not self.yes and not self.asks:
                return self._end(plan, "held")
            asked = describe(f"bulk.ask-{self.wish.action}", self.lang, {"rows": len(plan.rows)})
            if not self.yes and not confirm(asked, self.lang):
                return self._end(plan, "declined")
        return self._make(plan)

    def _make(self, plan: BulkPlan) -> int:
        """Make the revision and bring it into the workbooks; Ctrl-C then reports that it was made."""
        revision = 0
        try:
            with self.course.stage("progress.writing", _TAKE, name=plan.title), uninterrupted():
                plan, revision = self._patiently(plan)
            with self.course.stage("progress.syncing", _SYNC):
                self.receiver.deliver()
        except (KeyboardInterrupt, typer.Abort):
            if not revision:
                raise
            self._end(plan, "interrupted", revision)
            return INTERRUPTED
        return self._end(plan, "done", revision)

    @property
    def _record(self) -> BookRecord:
        if self.receiver.record is None:
            raise CrmbookError("cli.no-book", store=self.receiver.location)
        return self.receiver.record

    def _plan(self) -> BulkPlan:
        """Work the edit out.

        Raises
        ------
        CrmbookError
            ``bulk.refused`` if a value cannot be used.
        """
        with self.course.stage("progress.computing", _PLAN), Store.open(self.receiver.location) as store:
            plan = read_bulk(store, self._record, self.receiver.schema, self.wish, self.receiver.day)
        if plan.refused:
            raise CrmbookError("bulk.refused", reasons=reasons(plan.refused, self.lang))
        return plan

    def _patiently(self, plan: BulkPlan) -> tuple[BulkPlan, int]:
        """Make the revision; where a colleague's edits came between, work it out anew: it must be the same edit."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with Store.open(self.receiver.location) as store:
                    book, who = self.receiver.schema, self.receiver.who
                    return plan, carry_out(store, self._record, book, plan, who)
            except BusyError as error:
                if error.code != "bulk.stale" or attempt == _ATTEMPTS:
                    raise
                again = self._plan()
                if again.id != plan.id:
                    raise
                plan = again
        raise AssertionError

    def _show(self, plan: BulkPlan) -> None:
        if not self.as_json:
            say_plan(plan, self.lang)

    def _end(self, plan: BulkPlan, state: str, revision: int = 0) -> int:
        """Report how it ended; return the exit code."""
        output = {"rows": len(plan.rows), "of": plan.of, "plan": plan.id, "revision": revision}
        if self.as_json:
            name = {"held-large": "held", "interrupted": "done"}.get(state, state)
            say_json(plan_json(plan, name, revision or plan.based_on, self.lang))
        else:
            say(f"bulk.done-{self.wish.action}" if state == "done" else f"bulk.{state}", self.lang, **output)
            for path, errors, warnings in self.receiver.written() if state == "done" else ():
                say("cli.import-synced", self.lang, path=path, errors=errors, warnings=warnings)
        if state.startswith("held"):
            return _HELD
        return _PROBLEMS if plan.doubts or plan.referring or plan.stays else 0


def _undo(receiver: Receiver, revision: int, lang: Language, *, as_json: bool) -> int:
    """Take an edit back; the newest, or the revision that was named."""
    with telling_interrupts(lang, receiver.noted) as made:
        receiver.sync()
        if receiver.record is None:
            raise CrmbookError("cli.no-book", store=receiver.location)
        with uninterrupted(), Store.open(receiver.location) as store:
            hand = Hand(receiver.day, receiver.who)
            done = undo_bulk(store, receiver.record, receiver.schema, revision, hand)
            made.revision = done.revision
        receiver.sync()
    if as_json:
        say_json(undone_json(done))
    else:
        say_undone(done, lang)
    return _PROBLEMS if done.conflicts else 0
