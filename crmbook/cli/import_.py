"""``crmbook import``: old lists become rows of the book, seen before they are taken in, and taken back if need be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from crmbook.base import BusyError, CrmbookError, describe, refuse_open
from crmbook.cli.command import Command
from crmbook.cli.console import as_language
from crmbook.cli.course import Course, uninterrupted
from crmbook.cli.importreport import JsonReporter, TextReporter
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
from crmbook.cli.remembered import forget_maps
from crmbook.cli.terminal import confirm, has_person
from crmbook.exchange import (
    Failures,
    ListWish,
    PreviewError,
    answered_lots,
    drop_dead_keys,
    export_about,
    find_listed,
    in_order,
    is_of_failures,
    is_preview,
    list_again,
    open_lots,
    plan_lot,
    preview_name,
    read_preview,
    relist,
    remember,
    renew_keys,
    was_saved_since,
    write_failures,
    write_preview,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.exchange import Lot, Planned, Policy, Preview, Target
    from crmbook.store import MapRecord

POLICIES = ("fill", "overwrite", "keep", "append")
_PROBLEMS, _HELD, _INTERRUPTED = 1, 3, 130
_READ, _PLAN, _SYNC, _TAKE, _DELIVER = 1, 2, 1, 1, 4
"""About how long the stages of an import take, one beside the other: writing the workbooks is the longest."""
_ATTEMPTS = 3
"""How often a list is planned while others go on changing the book."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("import", cls=Command, help=words("cli.import.help"))(import_)


def import_(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    files: Annotated[
        list[Path] | None, typer.Argument(help=words("cli.option.lists"), show_default=False)
    ] = None,
    table: Annotated[str, typer.Option("--table", help=words("cli.option.into-table"))] = "",
    map_file: Annotated[
        Path | None, typer.Option("--map", help=words("cli.option.map"), show_default=False)
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help=words("cli.option.sheet"))] = "",
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", help=words("cli.option.policy"), metavar="|".join(POLICIES), show_default=False
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help=words("cli.option.import-into"), show_default=False)
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help=words("cli.option.template"), show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=words("cli.option.yes"))] = False,
    dry_run: DryRun = False,
    undoing: Annotated[bool, typer.Option("--undo", help=words("cli.option.undo"))] = False,
    forgets: Annotated[bool, typer.Option("--forget", help=words("cli.option.forget"))] = False,
    who: Who = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Import lists, or take an import back."""
    language = as_language(lang)
    if policy not in {None, *POLICIES}:
        raise CrmbookError("cli.bad-policy", value=policy, known=POLICIES)
    if not (forgets or undoing):
        _refuse_no_files(files or [])
    receiver = Receiver(into or Path.cwd(), book, store, workspace, template, lang, as_of, who)
    if forgets:
        code = forget_maps(receiver, files or [], language, dry_run=dry_run, as_json=as_json)
        raise typer.Exit(code)
    reporter = JsonReporter(language) if as_json else TextReporter(language)
    if undoing:
        raise typer.Exit(_undo(receiver, files or [], reporter, dry_run=dry_run))
    wish = ListWish(receiver.table_named(table), map_file, sheet, cast("Policy | None", policy))
    asks = not as_json and has_person()
    importing = _Import(receiver, wish, reporter, yes=yes, dry_run=dry_run, asks=asks)
    raise typer.Exit(importing.run(files or []))


def _refuse_no_files(files: Sequence[Path]) -> None:
    """Refuse a call that names no list, or one that is not there, before anything is asked about books.

    Raises
    ------
    CrmbookError
        ``cli.import-no-file``, ``file.missing``.
    """
    if not files:
        raise CrmbookError("cli.import-no-file")
    for path in files:
        if not path.exists():
            raise CrmbookError("file.missing", path=path)


@dataclass
class _Import:
    """The import of some lists, each a revision of its own."""

    receiver: Receiver
    wish: ListWish
    reporter: TextReporter
    yes: bool
    dry_run: bool
    asks: bool
    failures: list[Failures] = field(default_factory=list)
    mended: dict[Path, list[tuple[Lot, Failures]]] = field(default_factory=dict)
    left: list[Lot] = field(default_factory=list)
    taken: list[tuple[Lot, int]] = field(default_factory=list)
    course: Course = field(init=False)

    def __post_init__(self) -> None:
        self.course = Course(self.reporter.lang, _SYNC + _DELIVER)

    def lots(self, path: Path) -> Iterator[Lot]:
        """Yield the lists of a file; of a preview that was saved the one that it is about, as it says."""
        if is_preview(path):
            yield from answered_lots(self._answer(path), self.receiver.schema)
            return
        if not self.dry_run and path.is_file() and is_of_failures(path):
            _look_after(path, self.receiver)
        with self.course.stage("cli.import-reading", _READ, name=path.name):
            self._become_exported(path)
            lots = list(open_lots(path, self.receiver.schema, self.receiver.maps, self.wish))
        if lots and not is_of_failures(path):
            for issue in lots[0].source.issues:
                if issue.code == "import.hidden-sheet":
                    self.reporter.hidden(path.name, str(issue.params["sheet"]))
        yield from lots

    def _become_exported(self, path: Path) -> None:
        """Let a book that is not there yet be of the template and language that an export names."""
        receiver = self.receiver
        if receiver.record is None and receiver.template is None and path.is_file():
            about = export_about(path)
            if about.get("template") and about.get("lang"):
                receiver.become(str(about["template"]), str(about["lang"]))

    def _answer(self, path: Path) -> Preview:
        """Return what a saved preview says; a book that is not there yet becomes the one that it is for."""
        try:
            return read_preview(path, self.receiver.schema)
        except PreviewError as error:
            if (
                error.code != "preview.other-book"
                or self.receiver.record is not None
                or self.receiver.template
            ):
                raise
            self.receiver.become(str(error.params["template"]), str(error.params["lang"]))
            return read_preview(path, self.receiver.schema)

    def run(self, files: Sequence[Path]) -> int:
        """Import; return the exit code. Ctrl-C reports what was done until then.

        Raises
        ------
        CrmbookError
            ``cli.import-no-records``
        """
        self.course.total += len(files) * (_READ + _PLAN + _TAKE)
        try:
            return self._run([lot for path in files for lot in self.lots(path)])
        except (KeyboardInterrupt, typer.Abort):
            self.reporter.interrupted(
                [(lot.name, revision) for lot, revision in self.taken], [one.name for one in self.left]
            )
            return _INTERRUPTED

    def _run(self, lots: Sequence[Lot]) -> int:
        if not lots:
            raise CrmbookError("cli.import-no-records")
        lots = in_order(lots, self.receiver.schema, begins=self.receiver.record is None)
        self.left = list(lots)
        self.course.total = _SYNC + _DELIVER + self.course.done + len(lots) * (_PLAN + _TAKE)
        if self.dry_run:
            return self._tell(lots)
        asked = [lot for lot in lots if not (self.yes or lot.is_answered)]
        if asked and not self.asks:
            return self._hold(lots)
        with self.course.stage("cli.import-syncing", _SYNC):
            self.receiver.sync()
        taken = [lot for lot in lots if self._take(lot, asks=lot in asked)]
        if not taken:
            self.reporter.end()
            return 0
        with self.course.stage("cli.import-syncing", _DELIVER):
            self.receiver.deliver()
        for path, errors, warnings in self.receiver.written():
            self.reporter.written(path, errors, warnings)
        code = self._list_failures()
        for lot in taken:
            self._clear_previews(lot)
        self.reporter.end()
        return code

    def _tell(self, lots: Sequence[Lot]) -> int:
        """Show what would be done, and leave everything as it is."""
        plans = [self._shown(lot)[1].plan for lot in lots]
        self.reporter.end("dry-run")
        return _PROBLEMS if any(plan.failed for plan in plans) else 0

    def _hold(self, lots: Sequence[Lot]) -> int:
        """Show what would be done, and write it down as workbooks that wait for an answer."""
        for lot in lots:
            self._preview(lot, *self._shown(lot))
        self.reporter.end("held")
        return _HELD

    def _shown(self, lot: Lot) -> tuple[Target, Planned]:
        target, planned = self._plan(lot)
        self.reporter.plan(self.receiver.schema, lot, planned)
        return target, planned

    def _preview(self, lot: Lot, target: Target, planned: Planned, *, is_declined: bool = False) -> None:
        book = self.receiver.schema
        path = free_name(self.receiver.folder, preview_name(book, lot.source, lot.sheet))
        write_preview(
            path, book, lot.source, planned.sheet, planned.mapping, planned.plan, lot.layout, target.lists
        )
        self.reporter.preview(lot, path, is_declined=is_declined)

    def _clear_previews(self, lot: Lot) -> None:
        """Delete the previews of a list that came in without them and that nobody has saved since they were written."""
        book, folder = self.receiver.schema, self.receiver.folder
        name = Path(preview_name(book, lot.source, lot.sheet)).stem
        for path in () if lot.is_answered else sorted(folder.glob(f"{escape(name)}*.xlsx")):
            with suppress(CrmbookError, OSError):  # of another list, or open in an office program
                answer = read_preview(path, book)
                if answer.digest == lot.source.digest and not answer.is_changed and not was_saved_since(path):
                    refuse_open(path)
                    path.unlink()
                    self.reporter.cleared(lot, path)

    def _take(self, lot: Lot, *, asks: bool) -> bool:
        """Take a list in, where a person wants it; where the book begins with it, it is planned for that."""
        target, planned = self._shown(lot) if asks else self._plan(lot)
        if asks and not self._wants(lot):
            self._preview(lot, target, planned, is_declined=True)
            self.left.remove(lot)
            return False
        if self.receiver.record is None:
            others = [self._plan(one)[1].plan for one in self.left if one is not lot]
            self.receiver.begin([planned.plan, *others])
            target, planned = self._plan(lot)
        with self.course.stage("cli.import-taking", _TAKE, name=lot.name), uninterrupted():
            planned, revision = self._patiently(lot, target, planned, is_decided=asks)
            self.left.remove(lot)
            if revision != planned.plan.based_on:
                self.taken.append((lot, revision))
        self.reporter.taken(self.receiver.schema, lot, planned, revision, was_shown=asks)
        brought = revision if revision != planned.plan.based_on else 0
        done = Failures(planned.sheet, planned.mapping, planned.plan, lot.origins, brought)
        if lot.source.kind == "xlsx" and is_of_failures(lot.source.path):
            self.mended.setdefault(lot.source.path, []).append((lot, done))
        elif planned.plan.failed:
            self.failures.append(done)
        return True

    def _wants(self, lot: Lot) -> bool:
        lang = self.reporter.lang
        return confirm(describe("cli.import-ask", lang, {"name": lot.name}), lang)

    def _patiently(
        self, lot: Lot, target: Target, planned: Planned, *, is_decided: bool
    ) -> tuple[Planned, int]:
        """Take a plan in; where a colleague's edits came between, work it out anew."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                kept = self._kept(lot, target, planned, is_decided=is_decided)
                return planned, self.receiver.take(planned.plan, lot.noted(planned.plan), kept)
            except BusyError as error:
                if error.code != "intake.stale" or attempt == _ATTEMPTS:
                    raise
                target, planned = self._plan(lot)
        raise AssertionError

    def _kept(self, lot: Lot, target: Target, planned: Planned, *, is_decided: bool) -> MapRecord | None:
        """Return what is remembered of a list about which a person has decided."""
        if not (is_decided or lot.is_answered or lot.mapping is not None):
            return None
        return remember(target, lot, planned.mapping, self.receiver.who)

    def _plan(self, lot: Lot) -> tuple[Target, Planned]:
        with self.course.stage("cli.import-planning", _PLAN, name=lot.name):
            target = self.receiver.read_target()
            return target, plan_lot(target, lot, self.wish)

    def _list_failures(self) -> int:
        """Write down what could not be taken; return the exit code."""
        left = [self._relist(path, taken) for path, taken in self.mended.items()]
        if not self.failures:
            return _PROBLEMS if any(left) else 0
        name = describe("cli.import-failures-file", self.receiver.schema.lang, {})
        folder, book = self.receiver.folder, self.receiver.schema
        path = find_listed(folder, name, book, self.failures)
        if path is None:
            path = free_name(folder, name)
            write_failures(path, book, self.failures)
        else:
            with suppress(CrmbookError):  # somebody has it open: what is mended there is known by its values
                renew_keys(path, book, self.failures)
        count = sum(len(one.plan.failed) for one in self.failures)
        self.reporter.failed(path, count)
        return _PROBLEMS

    def _relist(self, path: Path, taken: Sequence[tuple[Lot, Failures]]) -> bool:
        """Take out of a mended list what came in; return whether anything is left in it."""
        expected, lists = taken[0][0].source.digest, [one for _, one in taken]
        try:
            left = relist(path, expected, self.receiver.schema, lists)
        except CrmbookError as error:  # all rows are still there, and none comes in twice
            self.reporter.kept(path, error)
            return any(one.plan.failed for one in lists)
        self.reporter.mended(path, left)
        return left > 0


def _undo(receiver: Receiver, words: Sequence[Path], reporter: TextReporter, *, dry_run: bool) -> int:
    """Take an import back; the newest, or the revision that was named."""
    named = [str(word) for word in words]
    if len(named) > 1 or any(not word.isdecimal() for word in named) or dry_run:
        raise CrmbookError("cli.import-undo-what")
    receiver.sync()
    done = receiver.undo(int(named[0]) if named else 0)
    receiver.sync()
    path = receiver.folder / done.file
    listed = 0
    for one in sorted({path, *receiver.folder.glob("*.xlsx")}):
        if not one.is_file() or not is_of_failures(one):
            continue
        with suppress(CrmbookError):  # somebody has it open: the next import of it sees to it
            count = _look_after(one, receiver)
            listed += count if one == path else 0
    reporter.undone(done, path, listed)
    return _PROBLEMS if done.conflicts else 0


def _look_after(path: Path, receiver: Receiver) -> int:
    """Let a list of failed rows be as imports were undone since; return how many rows are listed again."""
    listed = list_again(path, receiver.schema, receiver.standing)
    drop_dead_keys(path, receiver.schema, receiver.read_target().taken)
    return listed


def free_name(folder: Path, name: str) -> Path:
    """Return a path in a folder under which nothing lies: what people may have mended is not overwritten."""
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem} {number}{Path(name).suffix}"
        number += 1
    return path
