"""Orders of several lines: which row of the book each line is, where one number is in all of them.

A line goes to the row of its order that says the same, then to the one it has most in common with; lines beyond the rows
are new. So an order that comes again, with one line refunded or one more, doubles nothing. In the list itself two lines are
one where nothing that they say differs, but for the state that the order was in when the program wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import same

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    Content = tuple[tuple[str, Any], ...]

_LONGEST: Final = 200
"""Lines of one order that are compared; beyond it the number is none of an order."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What a line of an order was found to be: a row of the book, an earlier line once more, else a new row."""

    row_id: str = ""
    of_line: int | None = None
    is_doubtful: bool = False


def match_lines(
    positions: Mapping[str, Sequence[int]],
    rows: Mapping[str, Sequence[str]],
    said: Callable[[int], Content],
    held: Callable[[str], Mapping[str, Any]],
    states: Collection[str],
) -> dict[int, OrderLine]:
    """Return what the lines of orders are that have several, in the list or in the book.

    Parameters
    ----------
    positions, rows
        By number of the order, the positions of its lines in the list and its rows in the book.
    said, held
        The filled cells of a line, and of a row.
    states
        Labels of the columns that say in what state an order is.
    """
    found: dict[int, OrderLine] = {}
    for number, lines in positions.items():
        if len(lines) > 1 or len(rows.get(number, ())) > 1:
            found |= _of_one(lines, rows.get(number, ()), said, held, states)
    return found


def _of_one(
    lines: Sequence[int],
    rows: Sequence[str],
    said: Callable[[int], Content],
    held: Callable[[str], Mapping[str, Any]],
    states: Collection[str],
) -> dict[int, OrderLine]:
    first: dict[int, Content] = {}
    found: dict[int, OrderLine] = {}
    for position in lines:
        content = said(position)
        earlier = first.items() if len(first) <= _LONGEST else ()
        of = next((one for one, known in earlier if _agree(known, content, states)), None)
        if of is None:
            first[position] = content
        else:
            found[position] = OrderLine(of_line=of)
    cells = {row: held(row) for row in rows}
    common = {
        (position, row): sum(same(cells[row].get(label), value) for label, value in content)
        for position, content in first.items()
        for row in rows
        if len(first) <= _LONGEST
    }
    free_lines, free_rows = list(first), list(rows)
    for position, row in sorted(common, key=lambda pair: -common[pair]):
        if position in free_lines and row in free_rows:
            found[position] = OrderLine(
                row, is_doubtful=_is_tied(common, position, row, free_rows, len(free_lines))
            )
            free_lines.remove(position)
            free_rows.remove(row)
    return found | {position: OrderLine() for position in free_lines}


def _agree(one: Content, other: Content, states: Collection[str]) -> bool:
    """Return whether two lines contradict each other in nothing but the state of the order."""
    known = dict(one)
    return all(
        label in states or known.get(label) is None or same(known[label], value) for label, value in other
    )


def _is_tied(
    common: Mapping[tuple[int, str], int], position: int, row: str, rows: Sequence[str], lines: int
) -> bool:
    """Return whether another row that no line is left for has as much in common with a line."""
    return lines < len(rows) and any(
        common[position, other] == common[position, row] for other in rows if other != row
    )
