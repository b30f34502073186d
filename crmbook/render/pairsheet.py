"""疑似重复: pairs of rows that may be one, put where people say what they are, with what they said and why it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbook.build import DUPLICATES, hyperlink
from crmbook.read import BETWEEN, paired
from crmbook.render.marks import answer_of, iter_lines, link_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.base import Change, Issue
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.render.marks import Line
    from crmbook.schema import Book


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair as people read it.

    Attributes
    ----------
    first, second
        Ids of the rows.
    names, facts
        By row, what people call it, and what else tells it apart.
    """

    first: str
    second: str
    score: int
    reasons: str
    names: tuple[str, str]
    facts: tuple[str, str]

    @property
    def key(self) -> str:
        """By what the line is known again."""
        return f"{self.first}{BETWEEN}{self.second}"


@dataclass(frozen=True)
class PairPage:
    """What the page is to hold.

    Attributes
    ----------
    lines
        The pairs that are listed; None where the page stays as it is.
    count
        How many there are.
    issues
        What is wrong with answers, each with the key of its line.
    """

    lines: Sequence[PairLine] | None = None
    count: int = 0
    issues: Sequence[tuple[str, Issue]] = ()


def iter_pairs(book: Book, snapshot: Snapshot, package: Package, page: PairPage) -> Iterator[Change]:
    """Yield the changes of the list of pairs."""
    found = snapshot.tables.get(DUPLICATES)
    if found is None or page.lines is None:
        return
    if page.lines:
        package.show_sheet(found.sheet)
    answers = {BETWEEN.join(ids): row for ids, row in reversed(list(paired(found)))}
    wrong: dict[str, list[str]] = {}
    for key, issue in page.issues:
        wrong.setdefault(key, []).append(issue.text(book.lang))
    lines: list[Line] = []
    for one in page.lines:
        row = answers.get(one.key)
        said = "；" if book.lang == "zh" else "; "
        line = {**_line(book, snapshot, one), "outcome": (said.join(wrong.get(one.key, ())) or None, None)}
        lines.append({**line, **({} if row is None else _answer(found, row))})
    yield from iter_lines(found, package, lines)


def _answer(found: TableSnapshot, row: int) -> Line:
    """Return what a person answered in a line, to be there again as long as the pair is."""
    return {name: (answer_of(found.raw(name, row)), None) for name in ("decision", "take")}


def _line(book: Book, snapshot: Snapshot, one: PairLine) -> Line:
    rows = zip(("first", "second"), (one.first, one.second), one.names, one.facts, strict=True)
    cells: dict[str, tuple[Any, str | None]] = {
        "score": (one.score, None),
        "reasons": (one.reasons, None),
        "pair": (one.key, None),
    }
    for side, row_id, name, facts in rows:
        cells[side] = (name, _link(book, snapshot, row_id, name))
        cells[f"{side}_facts"] = (facts or None, None)
    return cells


def _link(book: Book, snapshot: Snapshot, row_id: str, name: str) -> str | None:
    """Return the formula of a link to a row of a person; None where the workbook lacks it."""
    found: TableSnapshot | None = snapshot.tables.get(book.people)
    rows = [] if found is None else found.row_ids.index[found.row_ids == row_id].tolist()
    if found is None or not rows:
        return None
    columns: Mapping[str, Any] = found.columns
    key = columns.get(book.tables[book.people].key)
    return hyperlink(link_to(found, rows[0], key.letter if key else "A"), name)
