"""批量操作 in a sync: each line in which somebody chose 执行 is carried out once all workbooks are in, and answered beside it.

A line is known by what is in it and by the export of the workbook in which it was typed; the revision that it made
names it. So it is carried out once, whatever ends a run before its file was written, and whichever copy of the file comes
later; typed anew into the workbook that was written since, it is a new wish. It waits for its workbook to be closed: the
answer could not be written beside it. A workbook that holds some customers only changes these alone, and its conditions
see nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from crmbook.base import CrmbookError, Issue, Severity, describe
from crmbook.build import BULK, tables_in_scope
from crmbook.formula import FormulaError
from crmbook.ingest import Note
from crmbook.read import bulk_lines
from crmbook.render import BulkAnswer, BulkPage
from crmbook.revisions import Hand, plan_reversal
from crmbook.sync.pulled import Pulled, scope_of
from crmbook.values import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from crmbook.base import Language, Options
    from crmbook.bulk import BulkAction, BulkPlan
    from crmbook.read import BulkLine
    from crmbook.store import RevisionRecord
    from crmbook.sync.leased import LeasedBook
    from crmbook.sync.pull import Pull

    Tables = Mapping[str, pd.DataFrame]

_DIGITS: Final = 16


class BulkDesk:
    """Carries out the lines of one session, and says what is beside them."""

    def __init__(self, leased: LeasedBook, pull: Pull, options: Options) -> None:
        self._leased, self._pull, self._options = leased, pull, options
        self._answers: dict[str, dict[int, BulkAnswer]] = {}
        self._issues: dict[str, list[Issue]] = {}

    def carry_out(self, pulled_all: Sequence[Any]) -> list[Any]:
        """Carry out what is asked for in workbooks that are in; return them with what is to be reported of it."""
        return [
            self._answer(pulled)
            if isinstance(pulled, Pulled) and pulled.intake.plan is None and not pulled.base.is_open
            else pulled
            for pulled in pulled_all
        ]

    def page(self, pulled: Pulled) -> BulkPage:
        """Return what is to be in a workbook."""
        name = pulled.record.workbook_id
        return BulkPage(self._answers.get(name, {}), self._issues.get(name, []))

    def _answer(self, pulled: Pulled) -> Pulled:
        lines = bulk_lines(pulled.copy.view, pulled.intake.snapshot)
        answers: dict[int, BulkAnswer] = {}
        issues: list[Issue] = []
        notes: list[Note] = []
        for line in lines:
            one = _Line(self._leased, self._options, self._pull.who(pulled), pulled, line)
            try:
                answers[line.row], note = one.carry_out()
                notes += [note] if note else []
            except CrmbookError as error:
                text = line.typed["decision"]
                issue = Issue(
                    error.code, Severity.WARNING, line.location, BULK, "", "decision", text, error.params
                )
                words = _words(issue, pulled.copy.book.lang)
                answers[line.row] = BulkAnswer(words, is_done=False, revision=line.revision)
                issues.append(issue)
        self._answers[pulled.record.workbook_id] = answers
        self._issues[pulled.record.workbook_id] = issues
        if not notes:
            return pulled
        return replace(pulled, intake=replace(pulled.intake, notes=[*pulled.intake.notes, *notes]))


def _words(issue: Issue, lang: Language) -> str:
    """Return what is wrong and how to mend it."""
    remedy = issue.remedy(lang)
    return f"{issue.text(lang)} → {remedy}" if remedy else issue.text(lang)


class _Line:
    """One line while it is carried out."""

    def __init__(
        self, leased: LeasedBook, options: Options, who: str, pulled: Pulled, line: BulkLine
    ) -> None:
        self._leased, self._options, self._pulled, self._line = leased, options, pulled, line
        self._hand = Hand(options.as_of, who)
        from crmbook.sync.checkout import left_book  # what writes workbooks is slow to import

        self._book = left_book(pulled.copy.book, leased.head.tables)
        self._lang = pulled.copy.book.lang

    def carry_out(self) -> tuple[BulkAnswer, Note | None]:
        """Carry it out as far as it may be; return what is beside it, and what is reported.

        Raises
        ------
        CrmbookError
            If it cannot be carried out; nothing is changed then.
        """
        if not self._line.decision:
            self._refuse_word("decision", "bulk_decision")
        if not self._line.action and tidy(self._line.typed["action"]):
            self._refuse_word("action", "bulk_action")
        if self._line.decision == "undo":
            return self._undo()
        if self._line.action == "export":
            return self._export()
        known = self._known()
        return (self._done(known), None) if known else self._run()

    def _refuse_word(self, name: str, choices: str) -> NoReturn:
        """Refuse a word that is none of a list's.

        Raises
        ------
        CrmbookError
            ``bulk.sheet-choice``, with those that are.
        """
        field = self._book.tables[BULK].fields[name].title
        known = tuple(value.text for value in self._book.lists[choices].values.values())  # noqa: PD011 - a list of the dictionary
        raise CrmbookError("bulk.sheet-choice", value=self._line.typed[name], field=field, choices=known)

    @property
    def _request(self) -> str:
        """By what it is known again: the workbook, its export, and all that was typed."""
        stamp = self._pulled.opened.stamp
        said = [self._pulled.workbook_id, stamp.export, *self._line.typed.values(), self._line.plan]
        text = json.dumps(said, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]

    def _revisions(self) -> list[RevisionRecord]:
        leased = self._leased
        return leased.store.revisions(leased.book_id) if leased.is_stored else []

    def _known(self) -> RevisionRecord | None:
        """Return the revision that an earlier run made of this line."""
        from crmbook.bulk import BulkNote

        request = self._request
        made = (one for one in self._revisions() if one.kind == "bulk" and request in one.note)
        return next((one for one in made if BulkNote.from_text(one.note).request == request), None)

    def _done(self, made: RevisionRecord) -> BulkAnswer:
        from crmbook.bulk import BulkNote

        note = BulkNote.from_text(made.note)
        params = {"rows": note.rows, "revision": made.number}
        text = describe(f"bulk.sheet-done-{note.action}", self._lang, params)
        return BulkAnswer(text, is_done=True, revision=made.number)

    def _export(self) -> tuple[BulkAnswer, Note | None]:
        from crmbook.sync.bulkexport import EXPORTED, chosen, write  # takes longer than most syncs

        self._refuse_lacking()
        tables, day = self._seen() or self._leased.head.tables, self._options.as_of
        try:
            export = chosen(self._book, self._line, tables, day)
        except FormulaError as error:
            raise self._wrong_condition(error) from error
        params: dict[str, Any] = {"rows": export.rows, "table": export.tables[0].title}
        if not export.rows:
            return BulkAnswer(self._text("bulk.sheet-exports-nothing", params), is_done=True), None
        folder = self._pulled.opened.path.parent / EXPORTED[self._lang]
        if self._options.dry_run:
            return BulkAnswer("", is_done=True), Note(
                "bulk.sheet-told-export", "", "", {**params, "file": folder}
            )
        path = write(self._book, export, self._line, folder)
        params["file"] = f"{folder.name}/{path.name}"
        answer = BulkAnswer(self._text("bulk.sheet-done-export", params), is_done=True)
        return answer, Note("bulk.sheet-told-export", "", "", params)

    def _refuse_lacking(self) -> None:
        """Refuse a line in which something is missing.

        Raises
        ------
        CrmbookError
            ``bulk.sheet-lacks``.
        """
        line = self._line
        lacking = [name for name in ("table", "where") if not line.typed[name].strip()]
        lacking += ["action"] if not line.action else []
        lacking += ["field"] if line.action == "set" and not line.field else []
        if lacking:
            table = self._book.tables[BULK]
            raise CrmbookError("bulk.sheet-lacks", fields=tuple(table.header(name) for name in lacking))

    def _plan(self) -> BulkPlan:
        from crmbook.bulk import BulkWish, plan_bulk

        self._refuse_lacking()
        line, leased = self._line, self._leased
        texts = {line.field: line.value} if line.action == "set" else {}
        wish = BulkWish(line.table, line.where, cast("BulkAction", line.action), texts)
        seen, day = self._seen(), self._options.as_of
        try:
            plan = plan_bulk(leased.store, leased.book_id, self._book, wish, day, leased.head, seen)
        except FormulaError as error:
            raise self._wrong_condition(error) from error
        if plan.refused:
            raise CrmbookError("bulk.refused", reasons=tuple(one.text(self._lang) for one in plan.refused))
        return plan

    def _wrong_condition(self, error: FormulaError) -> CrmbookError:
        """Return what is wrong with a condition, in the words of the sheet, with a field that would do as an example."""
        params = dict(error.params)
        known = self._book.tables.get(str(params.get("table", "")))
        if known is not None:
            params["table"] = known.title
        problem = describe(error.code, self._lang, params)
        table = next((one for one in self._book.tables.values() if one.title == self._line.table), None)
        example = table.header(table.name_field or table.key) if table is not None else ""
        return CrmbookError("bulk.sheet-condition", problem=problem, field=example)

    def _seen(self) -> Tables | None:
        """Return the rows that the workbook may speak of; None for all."""
        pulled = self._pulled
        scope = scope_of(pulled.copy.book, pulled.record)
        if not scope.narrows:
            return None
        if self._line.action == "restore":
            raise CrmbookError("bulk.sheet-restore-in-part")
        held = {name: frame.index for name, frame in pulled.intake.file.items()}
        return tables_in_scope(pulled.copy.book, scope, self._leased.head.tables, held)

    def _run(self) -> tuple[BulkAnswer, Note | None]:
        from crmbook.bulk import bulk_commit

        line, plan = self._line, self._plan()
        params = {"rows": len(plan.rows), "of": plan.of, "matched": plan.matched, "table": plan.title}
        if not plan.rows:
            return BulkAnswer(describe("bulk.sheet-nothing", self._lang, params), is_done=True), None
        if plan.is_large and not (line.decision == "confirm" and line.plan == plan.id):
            code = "bulk.sheet-asks-again" if line.decision == "confirm" else "bulk.sheet-asks"
            text = self._text(code, params)
            return BulkAnswer(text, is_done=True, plan=plan.id), None
        commit = bulk_commit(
            self._book,
            plan,
            self._leased.head,
            self._hand.who,
            self._request,
            self._pulled.record.workbook_id,
        )
        self._leased.commit(commit, plan.tables)
        params["revision"] = self._leased.revision
        text = " ".join([self._text(f"bulk.sheet-done-{plan.wish.action}", params), *self._besides(plan)])
        note = Note(f"bulk.sheet-told-{plan.wish.action}", plan.table, "", params)
        return BulkAnswer(text, is_done=True, revision=self._leased.revision), note

    def _text(self, code: str, params: Mapping[str, Any]) -> str:
        return describe(code, self._lang, params)

    def _besides(self, plan: BulkPlan) -> list[str]:
        """Return what somebody should look at."""
        said = [one.text(self._lang) for one in plan.doubts]
        if plan.stays:
            said.append(self._text("bulk.stays", {"count": len(plan.stays), "rows": plan.stays[:3]}))
        if plan.referring:
            tables = tuple(
                self._text("bulk.referring-table", {"title": title, "count": count})
                for title, count in plan.referring.items()
            )
            params = {"count": sum(plan.referring.values()), "tables": tables}
            said.append(self._text("bulk.referring", params))
        return said

    def _undo(self) -> tuple[BulkAnswer, Note | None]:
        leased, number = self._leased, self._line.revision
        made = next((one for one in self._revisions() if one.number == number and one.kind == "bulk"), None)
        narrows = scope_of(self._pulled.copy.book, self._pulled.record).narrows
        if made is None or (narrows and made.workbook_id != self._pulled.record.workbook_id):
            raise CrmbookError("bulk.sheet-undo-what")
        if leased.record is None:
            raise CrmbookError("bulk.nothing-to-undo")
        undone = {int(one.note) for one in self._revisions() if one.kind == "undo"}
        if number in undone:
            text = self._text("bulk.sheet-undone-before", {"of": number})
            return BulkAnswer(text, is_done=True), None
        commit, tables, done = plan_reversal(
            leased.store, leased.record, self._book, number, leased.head, self._hand
        )
        leased.commit(commit, tables)
        params = {"of": number, "revision": leased.revision, "count": len(done.lines)}
        text = self._text("bulk.sheet-undone", params)
        if done.conflicts:
            text += " " + self._text("bulk.undo-conflicts", {"count": done.conflicts})
        return BulkAnswer(text, is_done=True), Note("bulk.sheet-told-undone", "", "", params)
