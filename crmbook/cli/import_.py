"""``crmbook import``: old lists become rows of the book, seen before they are taken in, and taken back if need be."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from crmbook.base import CrmbookError, describe, read_bytes
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.imported import say_done, say_plan, say_undone
from crmbook.cli.options import AsOf, BookId, Lang, StorePlace, Workspace, words
from crmbook.cli.receiver import Receiver
from crmbook.exchange import (
    Failures,
    ImportNote,
    SourceLayout,
    apply,
    from_yaml,
    is_of_failures,
    mapping_of,
    plan_import,
    propose,
    read_source,
    write_failures,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.base import Language
    from crmbook.exchange import Mapping, Plan, Policy, Source, SourceSheet

POLICIES = ("fill", "overwrite", "keep", "append")
_PROBLEMS, _HELD = 1, 3


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
        str, typer.Option("--policy", help=words("cli.option.policy"), metavar="|".join(POLICIES))
    ] = "fill",
    into: Annotated[
        Path | None, typer.Option("--into", help=words("cli.option.import-into"), show_default=False)
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help=words("cli.option.template"), show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=words("cli.option.yes"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=words("cli.option.dry-run"))] = False,
    undoing: Annotated[bool, typer.Option("--undo", help=words("cli.option.undo"))] = False,
    who: Annotated[str, typer.Option("--for", help=words("cli.option.who"))] = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StorePlace = None,
) -> None:
    """Import lists, or take an import back."""
    language = as_language(lang)
    if policy not in POLICIES:
        raise CrmbookError("cli.bad-policy", value=policy, known=POLICIES)
    receiver = Receiver(into or Path.cwd(), book, store, workspace, template, lang, as_of, who)
    if undoing:
        raise typer.Exit(_undo(receiver, files or [], language, dry_run=dry_run))
    if not files:
        raise CrmbookError("cli.import-no-file")
    wish, layout = ListWish(table, sheet, cast("Policy", policy)), SourceLayout(sheet=sheet)
    if map_file is not None:
        text = read_bytes(map_file).decode("utf-8-sig", "replace")
        mapping, said = from_yaml(text, receiver.schema, str(map_file))
        wish, layout = replace(wish, mapping=mapping), replace(said, sheet=sheet or said.sheet)
    sources = [read_source(path, layout) for path in files]
    raise typer.Exit(_Import(receiver, wish, language, yes=yes, dry_run=dry_run).run(sources))


@dataclass(frozen=True, slots=True)
class ListWish:
    """What a person said of lists: the table they go into, the only sheet, what becomes of filled cells, the mapping."""

    table: str
    sheet: str
    policy: Policy
    mapping: Mapping | None = None


@dataclass
class _Import:
    """The import of some files, sheet by sheet, each a revision of its own."""

    receiver: Receiver
    wish: ListWish
    lang: Language
    yes: bool
    dry_run: bool

    def run(self, sources: Sequence[Source]) -> int:
        """Import; return the exit code."""
        asks = not self.yes and not self.dry_run
        if asks and not _is_terminal():
            return self._hold(sources)
        if not self.dry_run:
            self.receiver.sync()
        failures, taken, code = list[Failures](), 0, 0
        for source, sheet in self._lists(sources):
            mapping, plan = self._plan(source, sheet)
            if asks or self.dry_run:
                say_plan(self.receiver.schema, source, sheet, mapping, plan, self.lang)
            if self.dry_run:
                code = max(code, _PROBLEMS if plan.failed else 0)
                continue
            if asks and not typer.confirm(describe("cli.import-ask", self.lang, {"name": sheet.title})):
                say("cli.import-not-taken", self.lang, name=_name(source, sheet))
                continue
            plan = self._take(source, sheet, plan)
            taken += 1
            if plan.failed:
                failures.append(Failures(sheet, mapping, plan))
        if self.dry_run:
            say("cli.import-dry-run", self.lang)
            return code
        return self._finish(failures, taken)

    def _hold(self, sources: Sequence[Source]) -> int:
        """Show what would be done, and change nothing until somebody says so."""
        for source, sheet in self._lists(sources):
            mapping, plan = self._plan(source, sheet)
            say_plan(self.receiver.schema, source, sheet, mapping, plan, self.lang)
        say("cli.import-held", self.lang)
        return _HELD

    def _lists(self, sources: Sequence[Source]) -> Iterator[tuple[Source, SourceSheet]]:
        """Yield the sheets to take; a hidden one only where it was named."""
        for source in sources:
            for sheet in source.sheets:
                if sheet.is_hidden and sheet.title != self.wish.sheet:
                    if source.kind == "xlsx" and is_of_failures(source.path):
                        continue
                    say("cli.import-hidden", self.lang, name=source.path.name, sheet=sheet.title)
                elif len(sheet.frame):
                    yield source, sheet

    def _plan(self, source: Source, sheet: SourceSheet) -> tuple[Mapping, Plan]:
        book, head = self.receiver.schema, self.receiver.head
        mapping = self._mapping(source, sheet)
        typed = apply(book, mapping, sheet)
        is_again = self.receiver.has_taken(source, sheet)
        plan = plan_import(
            book, head, typed, source, sheet, self.receiver.day, mapping=mapping, is_again=is_again
        )
        return mapping, plan

    def _mapping(self, source: Source, sheet: SourceSheet) -> Mapping:
        """Return how a list is mapped: as a person said, as mended rows were, or as it seems."""
        book, wish = self.receiver.schema, self.wish
        if wish.mapping is not None:
            return wish.mapping
        known = mapping_of(source.path, sheet, book) if source.kind == "xlsx" else None
        if known is not None:
            return known
        mapping = propose(book, sheet, self.receiver.lists, self.receiver.table_named(wish.table))
        if wish.policy == "fill":
            return mapping
        return replace(mapping, columns=[replace(rule, policy=wish.policy) for rule in mapping.columns])

    def _take(self, source: Source, sheet: SourceSheet, plan: Plan) -> Plan:
        """Take a plan in; where the book has moved on meanwhile, work it out anew."""
        if self.receiver.begin():
            _, plan = self._plan(source, sheet)
        revision = self.receiver.take(plan, note_of(source, sheet))
        say_done(self.receiver.schema, _name(source, sheet), plan, revision, self.lang)
        return plan

    def _finish(self, failures: Sequence[Failures], taken: int) -> int:
        """Bring the workbooks up to date, and list what could not be taken."""
        if not taken:
            return 0
        self.receiver.deliver()
        for path, errors, warnings in self.receiver.written():
            say("cli.import-synced", self.lang, path=path, errors=errors, warnings=warnings)
        if not failures:
            return 0
        name = describe("cli.import-failures-file", self.receiver.schema.lang, {})
        path = free_name(self.receiver.folder, name)
        write_failures(path, self.receiver.schema, failures)
        count = sum(len(one.plan.failed) for one in failures)
        say("cli.import-failures", self.lang, path=path, count=count)
        return _PROBLEMS


def _undo(receiver: Receiver, words: Sequence[Path], lang: Language, *, dry_run: bool) -> int:
    """Take an import back; the newest, or the revision that was named."""
    named = [str(word) for word in words]
    if len(named) > 1 or any(not word.isdecimal() for word in named) or dry_run:
        raise CrmbookError("cli.import-undo-what")
    receiver.sync()
    done = receiver.undo(int(named[0]) if named else 0)
    receiver.sync()
    say_undone(done, lang)
    return _PROBLEMS if done.conflicts else 0


def _name(source: Source, sheet: SourceSheet) -> str:
    return note_of(source, sheet).name


def note_of(source: Source, sheet: SourceSheet) -> ImportNote:
    """Return what the history says of a list."""
    several = len(source.sheets) > 1
    return ImportNote(source.path.name, sheet.title if several else "", source.digest)


def free_name(folder: Path, name: str) -> Path:
    """Return a path in a folder under which nothing lies: what people may have mended is not overwritten."""
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem} {number}{Path(name).suffix}"
        number += 1
    return path


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
