"""``crmbook forget``: a person goes from the book, its past and every file that crmbook wrote; what is left is proved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbook.base import Options, advise, describe
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_item, say_json
from crmbook.cli.course import uninterrupted
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsJson,
    AsOf,
    BookId,
    Customer,
    DryRun,
    Lang,
    Place,
    StoreLocation,
    Who,
    Workspace,
    words,
)
from crmbook.cli.terminal import confirm, has_person
from crmbook.privacy import Surroundings, plan_forgetting, resume
from crmbook.privacy import forget as forget_person
from crmbook.store import key_path

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.privacy import Finding, Forgetting, Proof
    from crmbook.schema import Book

_PROBLEMS, _HELD = 1, 3


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("forget", cls=Command, help=words("cli.forget.help"))(forget)


def forget(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    customer: Customer,
    path: Place = None,
    keep_accounts: Annotated[
        bool, typer.Option("--keep-accounts", help=words("cli.option.keep-accounts"))
    ] = False,
    replace_name: Annotated[
        bool, typer.Option("--replace-name", help=words("cli.option.replace-name"))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=words("cli.option.forget-yes"))] = False,
    dry_run: DryRun = False,
    who: Who = "",
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Erase all personal data of a customer."""
    language = as_language(lang)
    folder = Path.cwd() if path is None else path if path.is_dir() else path.absolute().parent
    with open_book_at(path, book, workspace, store) as opened:
        day = opened.day(as_of)
        options = Options(day, workspace, store, who=who, acknowledges=True)
        around = Surroundings.of(opened.store, opened.record, opened.schema, opened.location, folder)
        run = _Run(around, options, language, as_json=as_json)
        if not dry_run and (done := run.complete(customer)) is not None:
            raise typer.Exit(run.end(done, "done"))
        planned = plan_forgetting(around, customer, day, keep_accounts=keep_accounts, by_name=replace_name)
        run.show(planned)
        if dry_run:
            raise typer.Exit(run.end(planned, "dry-run"))
        asks = not as_json and has_person()
        if not yes and not asks:
            raise typer.Exit(run.end(planned, "held"))
        if not yes and not confirm(describe("forget.ask", language, {}), language):
            raise typer.Exit(run.end(planned, "declined"))
        with uninterrupted():
            done = forget_person(around, planned, options)
        raise typer.Exit(run.end(done, "done"))


class _Run:
    """One erasing, reported on the terminal or as JSON."""

    def __init__(self, around: Surroundings, options: Options, lang: Language, *, as_json: bool) -> None:
        self._around, self._options, self._lang, self._as_json = around, options, lang, as_json

    def complete(self, customer: str) -> Forgetting | None:
        """Complete what was cut off; return it where it is the one that was asked for."""
        done = resume(self._around, self._options)
        if done is None:
            return None
        if not self._as_json:
            say("forget.open-first", self._lang, customer=done.gone.shown)
        wanted = " ".join(customer.split())
        if wanted in {done.gone.shown, done.gone.name, *done.gone.keys}:
            return done
        record = self._around.store.book(self._around.record.book_id) or self._around.record
        self._around = replace(self._around, record=record)
        return None

    def show(self, planned: Forgetting) -> None:
        """Report what would go, and where the person is."""
        if self._as_json:
            return
        tables = self._around.book.tables
        say("forget.found", self._lang, customer=planned.gone.shown, rows=sum(planned.rows.values()))
        for name, count in planned.rows.items():
            say("forget.row", self._lang, table=tables[name].title, rows=count)
        for name, count in planned.kept.items():
            say(
                "forget.row-kept",
                self._lang,
                table=tables[name].title,
                rows=count,
                name=planned.gone.stand_in[2],
            )
        for name, count in planned.before.counts.items():
            place = describe(f"forget.place-{name}", self._lang, {})
            say("forget.place", self._lang, place=place, count=count, searched=planned.before.searched[name])
        for one in planned.before.named:
            self._say_named(one, "forget.named")

    def end(self, done: Forgetting, state: str) -> int:
        """Report how it ended; return the exit code."""
        is_done = state == "done"
        if self._as_json:
            say_json(_json(done, state, self._around.book, self._lang))
        elif is_done:
            self._say_done(done)
        else:
            say(f"forget.{state}", self._lang)
        if state == "held":
            return _HELD
        return _PROBLEMS if is_done and not (done.is_complete and not done.proof.named) else 0

    def _say_done(self, done: Forgetting) -> None:
        proof = done.proof
        say("forget.done", self._lang, customer=done.gone.shown, revision=done.revision)
        if not proof.found:
            say("forget.clean", self._lang, places=len(proof.searched), searched=sum(proof.searched.values()))
        for one in proof.left:
            place = describe(f"forget.place-{one.place}", self._lang, {})
            self._say("forget.left", place=place, where=one.where, count=one.count)
        for one in proof.named:
            self._say_named(one, "forget.named-still")
        self._say_files(done)
        if done.refused:
            self._say("forget.not-vacuumed", reason=done.refused)
        for path, error in done.report.failures if done.report else ():
            say_item(f"{path.name}: {describe(error.code, self._lang, error.params)}")
        say("forget.key-here", self._lang, path=key_path())
        say("forget.beyond", self._lang)

    def _say_files(self, done: Forgetting) -> None:
        """Report what became of files as wholes."""
        for where in done.deleted:
            self._say("forget.deleted", where=where)
        for where in done.reports:
            self._say("forget.deleted-report", where=where)
        for where, now in done.renamed.items():
            self._say("forget.renamed", where=where, now=now)
        for where, reason in done.failed.items():
            self._say("forget.failed", where=where, reason=reason)
        for where in done.proof.unread:
            self._say("forget.unread", where=where)

    def _say_named(self, one: Finding, code: str) -> None:
        if one.is_file_name:
            self._say("forget.named-file", where=one.where)
            return
        cells = f" ({', '.join(one.cells)})" if one.cells else ""
        self._say(code, where=one.where, count=one.count, cells=cells)

    def _say(self, code: str, **params: object) -> None:
        say_item(describe(code, self._lang, params), advise(code, self._lang, params))


def _json(done: Forgetting, state: str, book: Book, lang: Language) -> dict[str, Any]:
    tables = {name: {"title": book.tables[name].title} for name in done.gone.rows}
    return {
        "state": state,
        "customer": done.gone.shown,
        "revision": done.revision,
        "tables": [
            {"table": name, **tables[name], "erased": done.rows.get(name, 0), "kept": done.kept.get(name, 0)}
            for name in done.gone.rows
        ],
        "before": _proof(done.before),
        "after": _proof(done.proof) if state == "done" else None,
        "complete": done.is_complete if state == "done" else None,
        "deleted": [*done.deleted, *done.reports],
        "renamed": dict(done.renamed),
        "failed": [{"where": where, "reason": reason} for where, reason in done.failed.items()],
        "refused": done.refused,
        "beyond": describe("forget.beyond", lang, {}),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "places": [
            {"place": name, "searched": count, "found": proof.counts[name]}
            for name, count in proof.searched.items()
        ],
        "found": [
            {
                "place": one.place,
                "where": one.where,
                "count": one.count,
                "cells": list(one.cells),
                "named": one.is_named_only,
                "file_name": one.is_file_name,
            }
            for one in proof.found
        ],
        "unread": list(proof.unread),
    }
