"""Masked cells of a list, as shops export them: ``张**``, ``138****0001``. None of them goes into the book.

Of a personal field every cell with an asterisk is masked, of telephones one with several. Any other column, such as one of people's own, may hold asterisks
that hide nothing: ``龙井*2``, ``**urgent**``, ``***``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.mapping.series import changed
from crmbook.values import narrow, spell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.exchange.mapping.series import Column

_STARS: Final = ("*", "＊", "●")
_NAME: Final = re.compile(r"(?:[^\W\d_]{1,2}\*{1,4}[^\W\d_]{0,2}|\*{1,4}[^\W\d_]{1,2})")
_RUN: Final = re.compile(r"\*{2,}")
_EMPHASIS: Final = re.compile(r"(\*{2,3})[^*]+\1|\*+")
_NUMBER: Final = re.compile(r"\+?\d[\d -]{0,8}[*xX×]{3,8}[ -]?\d{2,4}")
"""A telephone without its middle."""


def is_masked(raw: Any, *, is_personal: bool) -> bool:
    """Return whether a cell hides a part of what it says."""
    if not isinstance(raw, str):
        return False
    text = narrow(raw).replace("●", "*")
    if _NUMBER.fullmatch(text):
        return True
    if "*" not in text:
        return False
    if is_personal:
        return True
    hides = _NAME.fullmatch(text) or _RUN.search(text)
    return hides is not None and _EMPHASIS.fullmatch(text) is None


class Masks:
    """The masked cells of one list.

    Attributes
    ----------
    cells
        (row, header) → text of each.
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, str], str] = {}

    def without(self, header: str, column: Column, *, is_personal: bool) -> Column:
        """Return a column with None for its masked cells, which are noted."""
        hidden = _among(column.unique(), is_personal=is_personal)
        if not hidden:
            return column
        are_hidden = column.isin(hidden)
        for row, raw in column[are_hidden].items():
            self.cells[int(row), header] = spell(raw)  # type: ignore[call-overload]
        return changed(column, lambda raw: None if raw in hidden else raw)


def _among(raws: Iterable[Any], *, is_personal: bool) -> frozenset[Any]:
    """Return those of many cells that are masked; most lists are known not to hold any."""
    texts = [raw for raw in raws if raw.__class__ is str]
    joined = "\0".join(texts)
    if not any(star in joined for star in _STARS) and re.search(r"\d[xX×]{3}", joined) is None:
        return frozenset()
    return frozenset(raw for raw in texts if is_masked(raw, is_personal=is_personal))
