"""Which row of the book, or which earlier row of the same list, each row of a list is.

An identifier of the program that the list came from is believed. The book's own key is, unless the names differ. Then
come the values that the schema names as the table's identity; they count as long as nothing else speaks against them.
Whoever shares only a name and nothing that differs, or is called by values of two different rows, is doubtful: a person
must say. So a list that is imported twice changes nothing the second time, and a row that is in it twice becomes one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import same
from crmbook.exchange.intake.orderlines import match_lines
from crmbook.exchange.intake.origins import Earlier
from crmbook.exchange.intake.seen import Seen
from crmbook.exchange.intake.signs import has_legal_form, is_shared, signs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.exchange.intake.model import Decision
    from crmbook.exchange.intake.orderlines import OrderLine
    from crmbook.exchange.intake.signs import Signs
    from crmbook.schema import Table

    Verdict = Literal["new", "known", "again", "doubtful", "skip", "unfit"]
    Content = tuple[tuple[str, Any], ...]

_NOTHING: Final = Earlier()
_CROWD: Final = 3
"""A value under as many names is nobody's: a switchboard, a placeholder."""


@dataclass(slots=True)
class Match:
    """What a row of a list was found to be.

    Attributes
    ----------
    row_id
        The row that it is, or may be; of a new one the id that it gets.
    by
        Fields that say so.
    of_row
        The row of the list that came first, where that is the same.
    """

    verdict: Verdict
    row_id: str = ""
    by: tuple[str, ...] = ()
    of_row: int = 0


@dataclass(frozen=True, slots=True)
class _Hit:
    """A row that some values of another one point at."""

    fields: tuple[str, ...]
    row_id: str
    is_doubtful: bool


class Matcher:
    """Finds out what the rows of one list are in one table.

    Parameters
    ----------
    head
        The table's state.
    frame
        Canonical cells of the list, with the row numbers of the source.
    external
        Label of the column that identifies rows in the program the list came from.
    ids
        Ids for new rows, as many as the list has rows.
    decisions
        What a person said, by row.
    unfit
        Places of the rows that say too little to be new ones.
    changing
        Labels of the columns that the list comes to change.
    earlier
        What earlier imports made of the list's rows: of one that was taken and has no sign, it is known that it is in.
    is_beside
        Whether the list is one of another table, such as orders, and speaks of these rows besides.
    closed
        Rows that come to nothing unless they are known.
    states
        Labels of the columns that say in what state an order is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a list, a table, and what is said of them
        self,
        table: Table,
        head: pd.DataFrame,
        frame: pd.DataFrame,
        external: str,
        ids: Sequence[str],
        decisions: Mapping[int, Decision],
        *,
        changing: Collection[str] = (),
        unfit: Collection[int] = (),
        earlier: Earlier = _NOTHING,
        is_beside: bool = False,
        closed: Collection[int] = (),
        states: Collection[str] = (),
    ) -> None:
        self._table, self._head, self._frame, self._external = table, head, frame, external
        self._signs, there = signs_of(table, frame, external), signs_of(table, head, external)
        self._ids, self._decisions = iter(ids), decisions
        rows = [] if earlier.is_nothing else frame.index.tolist()
        self._again = {position for position, row in enumerate(rows) if earlier.has(row)}
        self._came = {
            position: came for position, row in enumerate(rows) if (came := earlier.row_id(table.name, row))
        }
        self._unfit, self._is_beside = frozenset(unfit), is_beside
        self._lines: dict[str, list[int]] = defaultdict(list)
        self._seen, self._first = Seen(), dict[str, int]()
        for position, row_id in enumerate(head.index.tolist()):
            self._seen.add(row_id, there, position)
        self._telling = {
            label
            for label, target in table.fields.items()
            if target.type != "long_text" and label not in {table.name_field, *changing, *self._signs.tellers}
        }
        self._crowded = _crowded([there, self._signs])
        self._columns = {str(label): frame[label].tolist() for label in frame.columns}
        self._closed = frozenset(closed)
        self._placed = dict[int, str]()
        self._of_orders = self._order_lines(states)
        if self._again:
            self._note_contents()

    def matches(self) -> dict[int, Match]:
        """Return what each row is, in the order of the list."""
        rows = self._frame.index.tolist()
        # What says too little to be a row may still speak of one, even of one that comes later.
        waiting = sorted(range(len(rows)), key=lambda position: position in self._unfit)
        found: dict[int, Match] = {}
        while waiting:
            for position in waiting:
                found[position] = self._settled(position, rows[position])
            doubtful = [position for position in waiting if found[position].verdict == "doubtful"]
            # What came after them may tell more.
            waiting = doubtful if len(doubtful) < len(waiting) else []
        return {row: found[position] for position, row in enumerate(rows)}

    def _settled(self, position: int, row: int) -> Match:
        match = self._decided(position, self._match(position), self._decisions.get(row))
        if match.verdict == "new" and position in self._unfit:
            return Match("unfit")
        if match.verdict == "new" and row in self._closed:
            return Match("skip")
        if match.verdict == "new":
            match.row_id = next(self._ids)
            self._first[match.row_id] = row
        elif match.row_id in self._first:
            match.of_row = self._first[match.row_id]
        elif match.verdict == "known":
            self._first[match.row_id] = row
        if match.verdict in {"new", "known"}:
            self._placed[position] = match.row_id
            self._seen.add(match.row_id, self._signs, position)
            self._lines[match.row_id].append(position)
        return match

    def _decided(self, position: int, match: Match, decision: Decision | None) -> Match:
        """Return a match as a person wants it."""
        if decision == "skip":
            return Match("skip", match.row_id, match.by)
        if decision == "new" and self._signs.key[position] not in self._seen.by_key:
            row = self._came_of(position) if position in self._again else ""
            return Match("known", row) if row else Match("new")
        if decision == "update" and match.row_id:
            return Match("known", match.row_id, match.by)
        return match

    def _came_of(self, position: int) -> str:
        """Return the row that came of a line which a person called new before, empty where there is none.

        It says the same, and no line before this one is that row already.
        """
        alike = self._seen.by_name.get(self._signs.names[position] or "", ())
        rows = [*self._seen.contents.get(self._content(position), ()), *alike]
        return next(
            (row for row in rows if not self._lines.get(row) and self._says_the_same(position, row)), ""
        )

    def _match(self, position: int) -> Match:
        signs, seen = self._signs, self._seen
        came = self._came.get(position)
        if came is not None:
            return Match("known", came) if came in self._head.index else Match("again")
        if position in self._of_orders:
            return self._line_of_an_order(self._of_orders[position])
        external = signs.external[position]
        if external is not None and (rows := seen.by_external.get(external)):
            return Match("known" if len(rows) == 1 else "doubtful", rows[0], (self._external,))
        if external is not None and not signs.identity and signs.key[position] is None:
            return Match("new")
        hits = [*self._by_key(position), *self._by_identity(position)]
        if not hits:
            return self._by_name(position) or self._by_content(position) or Match("new")
        rows = list(dict.fromkeys(hit.row_id for hit in hits))
        by = tuple(dict.fromkeys(name for hit in hits if hit.row_id == rows[0] for name in hit.fields))
        # Name and company alone are not against other values that differ.
        is_weak = all(len(hit.fields) > 1 for hit in hits) and any(
            self._contradicts(position, row) for row in rows
        )
        if len(rows) < 2 and not is_weak and not any(hit.is_doubtful for hit in hits):
            return Match("known", rows[0], by)
        same = next((row for row in rows if self._says_the_same(position, row)), "")
        return Match("known" if same else "doubtful", same or rows[0], by)

    def _order_lines(self, states: Collection[str]) -> dict[int, OrderLine]:
        """Return what the lines of orders of several lines are."""
        signs, positions = self._signs, defaultdict[str, list[int]](list)
        if signs.identity or any(key is not None for key in signs.key):
            return {}
        for position, number in enumerate(signs.external):
            if number is not None:
                positions[number].append(position)
        return match_lines(positions, self._seen.by_external, self._content, self._cells, states)

    def _line_of_an_order(self, line: OrderLine) -> Match:
        row_id = line.row_id if line.of_line is None else self._placed.get(line.of_line, "")
        if not row_id:
            return Match("new")
        return Match("doubtful" if line.is_doubtful else "known", row_id, (self._external,))

    def _by_key(self, position: int) -> Iterator[_Hit]:
        key = self._signs.key[position]
        for row in self._seen.by_key.get(key, ()) if key is not None else ():
            yield _Hit((self._table.key,), row, not self._is_called_alike(position, row))

    def _by_identity(self, position: int) -> Iterator[_Hit]:
        """Yield the rows that the values of a row's identity point at."""
        signs, key = self._signs, self._signs.key[position]
        for names, column in signs.identity.items():
            text = column[position]
            if text is None:
                continue
            rows = [
                row
                for row in self._seen.by_identity.get((names, text), ())
                if not self._is_another(position, row)
            ]
            called = [row for row in rows if self._is_called_alike(position, row)]
            if (names, text) in self._crowded:  # it says something only of one of its many names
                rows = called = [row for row in called if signs.names[position] in self._seen.known(row).name]
            elif len(names) > 1:
                rows = called = [row for row in called if not self._differs(position, row)]
            elif is_shared(self._table, names, text):
                rows = called
            for row in called or rows:
                has_other_key = _is_other(key, self._seen.known(row).key)
                yield _Hit(names, row, has_other_key or row not in called)

    def _by_name(self, position: int) -> Match | None:
        """Return what a row is of which only the name is known: the same where it says the same, else that is doubtful."""
        name = self._signs.names[position]
        if (
            name is None
            or not self._table.identity
            or self._signs.external[position]
            or self._signs.key[position]
        ):
            return None
        rows = [
            row
            for row in self._seen.by_name.get(name, ())
            if not self._is_another(position, row)
            and not self._may_compare(position, row)
            and not self._contradicts(position, row)
        ]
        if not rows:
            return None
        by = (str(self._table.name_field),)
        for row in rows:
            if self._says_the_same(position, row) and not self._may_be_a_namesake(position, row):
                return Match("known", row, by)
        return Match("doubtful", rows[0], by)

    def _may_be_a_namesake(self, position: int, row: str) -> bool:
        """Return whether an order would go to a customer of the book by a person's name alone, which several may bear.

        A company's name with its legal form is one company's; once a line of the list is that customer, all are. Of a
        customer of whom the book knows no more than the name, such as from the sheet of the month before, it is enough.
        """
        is_known_better = any(self._seen.known(row).tellers.values())
        if not self._is_beside or position in self._again or self._lines[row] or not is_known_better:
            return False
        name = str(self._columns[str(self._table.name_field)][position])
        return not has_legal_form(name, self._signs.names[position] or "")

    def _by_content(self, position: int) -> Match | None:
        """Return the row that a row was taken in as, where the same list comes again and nothing else decides.

        Of one without any sign that people have changed since, it is only known that it is there.
        """
        if position not in self._again:
            return None
        rows = self._seen.contents.get(self._content(position))
        if rows:
            return Match("known", rows.pop(0))
        return None if self._is_known_by_signs(position) else Match("again")

    # what speaks for and against

    def _is_called_alike(self, position: int, row: str) -> bool:
        return not _is_other(self._signs.names[position], self._seen.known(row).name)

    def _is_another(self, position: int, row: str) -> bool:
        """Return whether two rows have different identifiers in the program that the list came from."""
        return _is_other(self._signs.external[position], self._seen.known(row).external)

    def _differs(self, position: int, row: str) -> bool:
        """Return whether something beside the name tells two rows apart."""
        tellers = self._seen.known(row).tellers
        return any(_is_other(column[position], tellers[name]) for name, column in self._signs.tellers.items())

    def _may_compare(self, position: int, row: str) -> bool:
        """Return whether something beside the name distinguishes two rows, or would have shown that they are one."""
        tellers = self._seen.known(row).tellers
        return any(
            column[position] is not None and tellers[name] for name, column in self._signs.tellers.items()
        )

    def _is_known_by_signs(self, position: int) -> bool:
        signs = self._signs
        columns = [signs.external, signs.key, *signs.identity.values()]
        return any(column[position] is not None for column in columns)

    def _says_the_same(self, position: int, row: str) -> bool:
        """Return whether a row says nothing that the other one does not say as well."""
        there = self._cells(row)
        return all(there.get(label) == value for label, value in self._content(position))

    def _contradicts(self, position: int, row: str) -> bool:
        """Return whether another value of a row differs, of those that the list does not come to change."""
        there = self._cells(row)
        return any(
            there.get(label) is not None and not same(there[label], value)
            for label, value in self._content(position)
            if label in self._telling
        )

    def _cells(self, row: str) -> dict[str, Any]:
        """Return the filled cells of a row: of the head, and of the lines of the list that are it."""
        cells: dict[str, Any] = {}
        if row in self._head.index:
            cells = {
                str(name): item for name, item in self._head.loc[row].items() if _plain(item) is not None
            }
        for position in self._lines[row]:
            cells = {**dict(self._content(position)), **cells}
        return cells

    def _content(self, position: int) -> Content:
        found = ((label, _plain(column[position])) for label, column in self._columns.items())
        return tuple((label, value) for label, value in found if value is not None)

    def _note_contents(self) -> None:
        labels = [label for label in self._columns if label in self._head.columns]
        came = set(self._came.values())
        columns = [self._head[label].tolist() for label in labels]
        for position, row_id in enumerate(self._head.index.tolist()):
            if row_id in came:
                continue
            cells = ((label, _plain(column[position])) for label, column in zip(labels, columns, strict=True))
            content = tuple((label, value) for label, value in cells if value is not None)
            self._seen.contents[content].append(row_id)


def _crowded(several: Sequence[Signs]) -> set[tuple[tuple[str, ...], str]]:
    """Return the values that are under so many names that they identify nobody."""
    names: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for signs in several:
        for fields, column in signs.identity.items():
            if len(fields) == 1:
                for text, name in zip(column, signs.names, strict=True):
                    if text is not None and name is not None:
                        names[fields, text].add(name)
    return {value for value, called in names.items() if len(called) >= _CROWD}


def _is_other(text: str | None, said: set[str]) -> bool:
    """Return whether a value differs from all that is known."""
    return text is not None and bool(said) and text not in said


def _plain(item: Any) -> Any:
    return None if item is None or item != item else item  # noqa: PLR0124 - NaN and NaT
