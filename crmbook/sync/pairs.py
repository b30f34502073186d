"""疑似重复 in a sync: what people answered is carried out once all workbooks are in, and each then lists what is left.

An answer is known by its two rows, so that the same one in two copies is one, and two that differ are none: both are reported.
It waits for its workbook to be closed, as long as somebody may still be choosing there. Rows are searched only where
something changed of the people of the book, and never where they are very many: then `crmbook dedupe --sheet` does, and a
sync leaves out what is settled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from crmbook.base import CrmbookError, Issue, Severity
from crmbook.build import DUPLICATES, tables_in_scope
from crmbook.ingest import DISTINCT, MERGED, Note, distinct_pairs, survivors
from crmbook.read import pair_answers, paired
from crmbook.render import PairLine, PairPage
from crmbook.revisions import Hand
from crmbook.store import Commit
from crmbook.sync.pulled import Pulled, scope_of
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Location, Options
    from crmbook.exchange import Duplicates, Pair, PairPlan, Take
    from crmbook.read import PairAnswer
    from crmbook.schema import Book, Table
    from crmbook.sync.leased import LeasedBook
    from crmbook.sync.pull import Pull

    Tables = Mapping[str, pd.DataFrame]

MOST_ROWS: Final = 20_000
"""Rows of people among which a sync looks for pairs: as many take a second at the most."""
LISTED: Final = 1000
"""Pairs that the page holds, the surest ones."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer, and the workbook in which it is."""

    pulled: Pulled
    answer: PairAnswer

    @property
    def meaning(self) -> tuple[str, str]:
        """Which row stays, none for two, and by which rule values are taken: answers of one meaning are one."""
        one = self.answer
        stays = {"keep_first": one.first, "keep_second": one.second}.get(one.choice, "")
        return stays, (one.take or "filled") if stays else ""


class PairDesk:
    """Carries out the answers of one session, and says what each workbook is to list."""

    def __init__(self, leased: LeasedBook, pull: Pull, options: Options) -> None:
        self._leased, self._pull, self._options = leased, pull, options
        self._wrong: dict[tuple[str, frozenset[str]], tuple[str, Mapping[str, Any]]] = {}

    def carry_out(self, pulled_all: Sequence[Any]) -> list[Any]:
        """Carry out what was answered in workbooks that are in; return them with what is to be reported of it."""
        said: dict[frozenset[str], list[_Said]] = {}
        for pulled in pulled_all:
            if isinstance(pulled, Pulled) and pulled.intake.plan is None and not pulled.base.is_open:
                for answer in pair_answers(pulled.copy.view, pulled.intake.snapshot):
                    if answer.choice and not answer.is_unread and self._is_seen(pulled, answer):
                        said.setdefault(answer.pair, []).append(_Said(pulled, answer))
        notes: dict[int, list[Note]] = {}
        for answers in said.values():
            note = self._settle(answers)
            if note is not None:
                notes.setdefault(id(answers[0].pulled), []).append(note)
        return [_with_notes(pulled, notes.get(id(pulled), ())) for pulled in pulled_all]

    def _is_seen(self, pulled: Pulled, answer: PairAnswer) -> bool:
        """Return whether a workbook may speak of both rows: one that holds some customers only of its own."""
        scope = scope_of(pulled.copy.book, pulled.record)
        if not scope.narrows:
            return True
        held = {name: frame.index for name, frame in pulled.intake.file.items()}
        mine = tables_in_scope(pulled.copy.book, scope, pulled.intake.head, held)[pulled.copy.book.people]
        return answer.first in mine.index and answer.second in mine.index

    def _settle(self, answers: Sequence[_Said]) -> Note | None:
        """Carry out what was said of one pair; return what to report, or keep why it was not done."""
        if len({one.meaning for one in answers}) > 1:
            files = tuple(dict.fromkeys(one.pulled.opened.path.name for one in answers))
            for one in answers:
                self._refuse(one, "duplicates.answers-differ", files=files)
            return None
        try:
            return self._store(answers[0])
        except CrmbookError as error:
            for one in answers:
                self._refuse(one, error.code, **error.params)
        return None

    def _refuse(self, said: _Said, code: str, **params: Any) -> None:
        self._wrong[said.pulled.record.workbook_id, said.answer.pair] = code, params

    def _store(self, said: _Said) -> Note | None:
        """Store one answer as a revision; return what to report, None where it was so already."""
        from crmbook.exchange import (  # takes longer than most syncs that need none of it
            plan_apart,
            plan_merge,
        )

        pulled, answer, leased = said.pulled, said.answer, self._leased
        book, head = pulled.copy.book, leased.head
        table = book.tables[book.people]
        hand, rows = Hand(self._options.as_of, self._pull.who(pulled)), (answer.first, answer.second)
        if code := settled_before(head.tables, table, rows, answer.choice):
            raise CrmbookError(code, **_names(table, head.tables, rows))
        stays, take = said.meaning
        now = survivors(head.tables, table.name)
        rows = (now.get(rows[0], rows[0]), now.get(rows[1], rows[1]))
        if rows[0] == rows[1]:
            return None
        if not stays:
            plan, params = plan_apart(head, table, rows, hand), {}
        else:
            keep = now.get(stays, stays)
            other = rows[1] if keep == rows[0] else rows[0]
            takes: dict[str, Take] = {"*": cast("Take", take)}
            plan = plan_merge(
                book, head, table, (keep, other), hand, takes, self._changed, leased.open_conflicts
            )
            params = {"moved": sum(plan.settled.moved.values()), "lost": len(plan.settled.lost)}
        return self._commit(said, plan, table.name, params) if plan.step is not None else None

    def _commit(self, said: _Said, plan: PairPlan, table: str, params: Mapping[str, Any]) -> Note:
        step = replace(plan.step, workbook_id=said.pulled.record.workbook_id) if plan.step else None
        self._leased.commit(
            Commit(self._leased.head.revision, [step] if step else [], dict(plan.counters)), plan.tables
        )
        done, revision = plan.settled, self._leased.revision
        values = {"first": done.first, "second": done.second, "revision": revision, **params}
        return Note("duplicates.told-merged" if params else "duplicates.told-two", table, "", values)

    def _changed(self, table: str, row: str, label: str) -> int:
        cell = (table, row, label)
        found = self._leased.last_change([cell]).get(cell)
        return found.number if found else 0

    # what a workbook lists

    def page(self, pulled: Pulled, mine: Tables) -> PairPage:
        """Return what a workbook's list is to hold.

        Parameters
        ----------
        mine
            The rows that it shows.
        """
        book, snapshot = pulled.intake.book, pulled.intake.snapshot
        if DUPLICATES not in snapshot.tables or book.people not in mine:
            return PairPage()
        issues = list(self._issues(pulled))
        table = book.tables[book.people]
        if not (table.identity and table.name_field):
            return PairPage()
        if not self._is_due(pulled, table, mine):
            found = snapshot.tables[DUPLICATES]
            is_said = bool(issues) or ("outcome" in found.columns and found.frame["outcome"].notna().any())
            return self._standing(pulled, mine, issues) if is_said else PairPage()
        if len(mine[table.name]) > MOST_ROWS and not self._options.lists_duplicates:
            return self._standing(pulled, mine, issues)
        from crmbook.exchange import read_duplicates  # see `_store`

        pairs = read_duplicates(book, mine)
        return PairPage(list(_lines(book, table, mine, pairs)), len(pairs.pairs), issues)

    def _is_due(self, pulled: Pulled, table: Table, mine: Tables) -> bool:
        """Return whether rows are to be searched: the workbook lags behind, or something of them changed since it was written."""
        begun, now, record = self._leased.begun, self._leased.head, pulled.record
        lags = record.written_revision != begun.revision or not record.content  # one that was only built
        names = (table.name, DISTINCT, MERGED)
        is_new = any(begun.tables.get(name) is not now.tables.get(name) for name in names)
        counted = {one for ids, _ in paired(pulled.intake.snapshot.tables[DUPLICATES]) for one in ids}
        gone = not counted <= set(mine[table.name].index)
        return bool(lags or is_new or gone or pulled.migration is not None or self._options.lists_duplicates)

    def _standing(self, pulled: Pulled, mine: Tables, issues: list[tuple[str, Issue]]) -> PairPage:
        """Return the pairs that are in a workbook and are not settled."""
        book, found = pulled.intake.book, pulled.intake.snapshot.tables[DUPLICATES]
        frame = mine[book.people]
        apart = distinct_pairs(self._leased.head.tables, book.people)
        lines = []
        for (first, second), row in paired(found):
            if {first, second} <= set(frame.index) and frozenset((first, second)) not in apart:
                cells = {name: spell(found.raw(name, row)) for name in found.columns}
                score = cells.get("score", "")
                names = cells.get("first", ""), cells.get("second", "")
                facts = cells.get("first_facts", ""), cells.get("second_facts", "")
                number = int(float(score)) if score.replace(".", "", 1).isdigit() else 0
                lines.append(PairLine(first, second, number, cells.get("reasons", ""), names, facts))
        return PairPage(lines, len(lines), issues)

    def _issues(self, pulled: Pulled) -> Iterator[tuple[str, Issue]]:
        """Yield what is wrong with the answers of a workbook, each with the key of its line."""
        book, snapshot, head = pulled.intake.book, pulled.intake.snapshot, self._leased.head
        table = book.tables[book.people]
        for answer in pair_answers(book, snapshot):
            rows, found = (answer.first, answer.second), snapshot.tables[DUPLICATES]
            line = next(spell(found.raw("pair", row)) for ids, row in paired(found) if ids == rows)
            wrong = self._wrong.get((pulled.record.workbook_id, answer.pair))
            if answer.is_unread:
                name = "decision" if answer.text and not answer.choice else "take"
                text = answer.text if name == "decision" else answer.take_text
                position = answer.location if name == "decision" else answer.take_place
                choices = _choices(book, f"duplicate_{name}")
                yield line, _issue("duplicates.choice-unknown", position, name, text, {"choices": choices})
            elif wrong is not None:
                yield line, _issue(wrong[0], answer.location, "decision", answer.text, wrong[1])
            elif not answer.choice:
                yield line, _issue("duplicates.take-alone", answer.take_place, "take", answer.take_text, {})
            elif code := settled_before(head.tables, table, rows, answer.choice):
                params = _names(table, head.tables, rows)
                yield line, _issue(code, answer.location, "decision", answer.text, params)


def settled_before(tables: Tables, table: Table, rows: tuple[str, str], choice: str) -> str:
    """Return why an answer comes too late: the code of what was decided of the two rows otherwise; empty where nothing was."""
    stays = survivors(tables, table.name)
    now = {stays.get(row, row) for row in rows}
    if not now <= set(tables[table.name].index):
        return "duplicates.row-gone"
    if len(now) == 1:
        return "duplicates.merged-before" if choice == "apart" else ""
    is_apart = frozenset(now) in distinct_pairs(tables, table.name)
    return "duplicates.told-apart-before" if is_apart and choice != "apart" else ""


def _names(table: Table, tables: Tables, rows: tuple[str, str]) -> dict[str, Any]:
    """Return what people call two rows, also one that went into another."""
    gone: Any = tables[MERGED]["key"] if MERGED in tables else {}
    frame, found = tables[table.name], []
    for row in rows:
        if row in frame.index:
            cells = [frame[name].loc[row] for name in (table.key, table.name_field) if name in frame]
            found.append(" ".join(spell(cell) for cell in cells if cell is not None and cell == cell))  # noqa: PLR0124 - NaN
        else:
            found.append(spell(gone.get(row, "?")))
    return {"first": found[0], "second": found[1]}


def _lines(book: Book, table: Table, tables: Tables, found: Duplicates) -> Iterator[PairLine]:
    """Yield the pairs that are listed, in people's words."""
    frame = tables[table.name]
    for pair in found.pairs[:LISTED]:
        labels = _telling(table, pair)
        names = found.names[pair.first], found.names[pair.second]
        facts = (
            _facts(book, table, frame, pair.first, labels),
            _facts(book, table, frame, pair.second, labels),
        )
        yield PairLine(pair.first, pair.second, pair.score, found.reasons(pair, book.lang), names, facts)


def _telling(table: Table, pair: Pair) -> list[str]:
    """Return the fields that tell two rows apart: those by which a row is known, and those that speak for the pair or against it."""
    wanted = {label for labels in table.identity for label in labels}
    wanted |= {label for reason in pair.reasons for label in reason.labels}
    return [name for name in table.fields if name in wanted - {table.key, table.name_field}]


def _facts(book: Book, table: Table, frame: pd.DataFrame, row: str, labels: Sequence[str]) -> str:
    colon, between = (": ", "; ") if book.lang == "en" else ("：", "；")
    cells = [
        (table.header(label), spell(value))
        for label in labels
        if label in frame.columns and (value := frame[label].loc[row]) is not None and value == value  # noqa: PLR0124 - NaN
    ]
    return between.join(f"{header}{colon}{text}" for header, text in cells if text)


def _choices(book: Book, name: str) -> str:
    return " / ".join(value.text for value in book.lists[name].values.values())  # noqa: PD011 - a list of the dictionary


def _issue(code: str, position: Location, label: str, text: str, params: Mapping[str, Any]) -> Issue:
    return Issue(code, Severity.WARNING, position, DUPLICATES, "", label, text, params)


def _with_notes(pulled: Any, notes: Sequence[Note]) -> Any:
    """Return a workbook that also reports what was carried out of it."""
    if not notes:
        return pulled
    return replace(pulled, intake=replace(pulled.intake, notes=[*pulled.intake.notes, *notes]))
