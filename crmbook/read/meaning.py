"""What a formula says, in whichever spelling a program saved it, and what programs leave of formulas they do not know.

One formula has several spellings: ``[#This Row]`` and ``@`` are the same, with the table's own name or without,
functions with and without ``_xlfn.``, numbers with and without an exponent; case and blanks outside texts do not
count. A program without tables writes the cells that a reference stands for, one that cannot hold a formula an error
or a text in its place. Where a sheet was deleted, errors stand for the references to it, in LibreOffice also for some to
other sheets. None of that is what somebody typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.read.spelling import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Spot = tuple[str, str]
    """The sheet of a column and its letters, both folded as `plain_title` folds."""

_STRINGS: Final = re.compile(r'("(?:[^"]|"")*")')
_BRACKETS: Final = re.compile(r"(\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])")
_PREFIX: Final = re.compile(r"_{1,2}xl(?:fn|ws|udf)\.(?:_xlws\.)?", re.IGNORECASE)
_THIS_ROW: Final = re.compile(
    r"\[\[#thisrow\],\[((?:[^\[\]']|'.)*)\]\]|\[@\[((?:[^\[\]']|'.)*)\]\]|\[@((?:[^\[\]'@]|'.)+)\]"
)
_DATA: Final = re.compile(r"\[(?:\[#data\],)?\[((?:[^\[\]'#@]|'.)*)\]\]")
_COLUMN: Final = re.compile(r"(?:(?<![\w.])([^\W\d][\w.]*+))?(?<!')\[@?((?:[^\[\]'@]|'.)++)\]")
_FOUND: Final = re.compile(r"(⟦[^⟦⟧]*⟧)")
_NUMBER: Final = re.compile(r"(?<![\w.$!:])(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?(?![\w.(!:])")
_WRECK: Final = re.compile(
    r"na\(\)|err:[0-9]+|#[a-z0-9/]+[!?]?|_xlfngnumeric\.error\(.*\)|(?:iferror\()?dummyfunction\(.*\)",
    re.DOTALL,
)
_CALL: Final = re.compile(r"(?<![a-z0-9.])([a-z][a-z0-9.]*+)\(")
_LOST: Final = re.compile(r"(?<!['\w])#(?:name\?|ref!)")


def meaning(formula: str, table: str) -> str:
    """Return a formula in one spelling, whichever program wrote it; `table` is the one in which it is."""
    return _outside(
        plain(formula.removeprefix("=")), lambda piece: _one_spelling(piece, table.lower()), _STRINGS
    )


def is_wreck(said: str) -> bool:
    """Return whether a meaning is what a program left in place of a formula that it could not hold."""
    return _WRECK.fullmatch(said) is not None


def is_remnant(said: str, right: str) -> bool:
    """Return whether a meaning is what is left of another one whose sheets were deleted: the same functions over nothing.

    Somebody's own formula that lost what it read is none.
    """
    pieces = _STRINGS.split(said)[::2]
    calls = [
        [name for piece in one for name in _CALL.findall(piece)]
        for one in (pieces, _STRINGS.split(right)[::2])
    ]
    return any(map(_LOST.search, pieces)) and calls[0] == calls[1]


def lacks_prefix(formula: str, wanted: str) -> bool:
    """Return whether a formula of the same meaning is spelled as a file must not: other programs would not read it.

    Excel knows a function no more without its prefix, LibreOffice no row by ``[@``.
    """
    outside = ["".join(_STRINGS.split(text)[::2]) for text in (formula, wanted)]
    marks = [len(_PREFIX.findall(text)) for text in outside]
    return marks[0] < marks[1] or "[@" in outside[0]


def in_columns(said: str, title: str, columns: Mapping[Spot, Spot]) -> str:
    """Return a meaning with references to columns instead of cells and of headers, to compare the two.

    Parameters
    ----------
    title
        The sheet on which the formula is.
    columns
        Where the columns of tables are, by name of the table and header; under an empty name those of its own.
    """
    titles = sorted({sheet for sheet, _ in columns.values()} | {plain_title(title)}, key=len, reverse=True)
    cells = re.compile(
        rf"(?:({'|'.join(map(re.escape, titles))})!)?(?<![\w.])"
        r"\$?([a-z]{1,3})(?:\$?[0-9]{1,7}(?::\$?\2\$?[0-9]{1,7})?|:\$?\2)(?![\w(!.])"
    )

    def by_header(match: re.Match[str]) -> str:
        spot = columns.get((match[1] or "", match[2]))
        return f"⟦{spot[0]}!{spot[1]}⟧" if spot else match[0]

    def by_cell(match: re.Match[str]) -> str:
        return f"⟦{match[1] or plain_title(title)}!{match[2]}⟧"

    def spelled(piece: str) -> str:
        held = _FOUND.split(_COLUMN.sub(by_header, piece))
        held[::2] = [cells.sub(by_cell, one) for one in held[::2]]
        return "".join(held)

    return _outside(said, spelled, _STRINGS)


def plain_title(title: str) -> str:
    """Return the title of a sheet, a table's name or a header as meanings spell it."""
    return "".join(title.split()).lower()


def _one_spelling(piece: str, table: str) -> str:
    piece = _PREFIX.sub("", piece.lower())
    piece = _THIS_ROW.sub(lambda found: f"[@{found[1] or found[2] or found[3]}]", piece)
    piece = _DATA.sub(r"[\1]", piece)
    piece = re.sub(rf"(?<![\w.]){re.escape(table)}\[@", "[@", piece) if table else piece
    return _outside(piece, lambda text: _NUMBER.sub(lambda found: repr(float(found[0])), text), _BRACKETS)


def _outside(text: str, spell: Callable[[str], str], kept: re.Pattern[str]) -> str:
    """Return a text spelled anew but for what is to be kept."""
    pieces = kept.split(text)
    pieces[::2] = [spell(piece) for piece in pieces[::2]]
    return "".join(pieces)
