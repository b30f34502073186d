"""The text of a formula as pieces: the A1 references and the table references in it, everything else as it stands.

Only what says where a reference begins and ends is understood: texts in quotes, sheet titles, brackets, words.
A reference is taken together with its sheet (``'客户 表'!$A$1:B9``), so that whoever changes it knows which sheet it
is on. Written down are ``A1``, ``A1:B9``, ``A:B`` and ``1:9``; a word followed by ``(`` is a function, ``LOG10(`` too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_BRACKET = r"\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])*\]"
_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_TITLE = r"(?:\[[^\[\]]*\])?[^\W\d][\w.]*(?::[^\W\d][\w.]*)?"
_PIECE = re.compile(
    rf"""
      "(?:[^"]|"")*"
    | (?P<sheet>(?:'(?:[^']|'')*'|{_TITLE})!)?
      (?P<ref>{_CELL}(?::{_CELL})?|\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}|\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}})(?![\w.(!\[\\?])
    | (?P<table>(?:[^\W\d]|\\)[\w.\\?]*)(?P<columns>{_BRACKET})
    | (?:'(?:[^']|'')*'|{_TITLE})!
    | {_BRACKET}
    | [\w\\][\w.\\?]*
    | '(?:[^']|'')*'
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_TITLE = re.compile(r"[^\W\d][\w.]*\Z")


class Reference(NamedTuple):
    """An A1 reference in a formula.

    Attributes
    ----------
    sheet
        What is before the ``!``, apostrophes and all; empty where nothing does.
    first, last
        Its cells, columns or rows as written; `last` is empty for a single cell.
    """

    sheet: str
    first: str
    last: str

    @property
    def titles(self) -> tuple[str, ...]:
        """The sheet that is named, or the first and last of several; empty where none or another workbook is."""
        bare = self.sheet[1:-1].replace("''", "'") if self.sheet.startswith("'") else self.sheet
        return () if not bare or "[" in bare or "|" in bare else tuple(bare.split(":"))

    def __str__(self) -> str:
        cells = f"{self.first}:{self.last}" if self.last else self.first
        return f"{self.sheet}!{cells}" if self.sheet else cells


def with_references(formula: str, change: Callable[[Reference], str]) -> str:
    """Return a formula with every A1 reference replaced by what `change` makes of it."""

    def piece(match: re.Match[str]) -> str:
        if match["ref"] is None:
            return match[0]
        first, _, last = match["ref"].partition(":")
        return change(Reference((match["sheet"] or "").removesuffix("!"), first, last))

    return _PIECE.sub(piece, formula)


def with_table_references(formula: str, change: Callable[[str, str], str]) -> str:
    """Return a formula with every ``table[columns]`` replaced by what `change` makes of table and brackets."""

    def piece(match: re.Match[str]) -> str:
        return match[0] if match["table"] is None else change(match["table"], match["columns"])

    return _PIECE.sub(piece, formula)


def with_sheet_titles(formula: str, old: str, new: str) -> str:
    """Return a formula in which a sheet is named by its new title, letter case of the old one aside."""

    def piece(match: re.Match[str]) -> str:
        written, bang, rest = match[0].rpartition("!")
        if not bang or match["columns"] is not None or written.startswith('"'):
            return match[0]
        named = Reference(written, "", "").titles
        if old.lower() not in map(str.lower, named):
            return match[0]
        return f"{written_title(*(new if title.lower() == old.lower() else title for title in named))}!{rest}"

    return _PIECE.sub(piece, formula)


def written_title(*titles: str) -> str:
    """Return a sheet title (or the first and last of several) as formulas write it, in apostrophes where needed."""
    joined = ":".join(titles)
    if all(_PLAIN_TITLE.match(title) and not re.fullmatch(_CELL, title) for title in titles):
        return joined
    return "'" + joined.replace("'", "''") + "'"
