"""Cells as a row stores them: finding their markup, and reading it exactly.

A `RowMarkup` is a row in plain form (see `markup`) with the position of every cell in it. A `Cell` is what one of
them says, nothing inferred: a formula whose value was never computed has a formula and no value, an error is an
error, a cell without content is blank. Types (ISO/IEC 29500-1, 18.18.11 ST_CellType): ``n`` or none a number,
``s`` shared text, ``inlineStr`` text in the cell, ``str`` a formula's text, ``b`` boolean, ``e`` error, ``d``
ISO date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from crmbook.ooxml import dates, refs, text
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.markup import plain
from crmbook.ooxml.sharedstrings import rich_text
from crmbook.ooxml.values import CellError, CellValue
from crmbook.ooxml.xml import unescape

if TYPE_CHECKING:
    import datetime as dt

Kind = Literal["number", "text", "boolean", "error", "date", "blank"]

_TAG = rb"(?:\s++[^\s<>/=\"'!?&]++=\"[^\"<]*+\")*+"
_ROW = re.compile(rb"<row(" + _TAG + rb")\s*+(/?)>")
_CELL = re.compile(
    rb"\s*+(<c(?: r=\"([A-Z]{1,3})([0-9]{1,7})\")?(" + _TAG + rb")\s*+(?:/>|>(.*?)</c\s*+>))", re.DOTALL
)
_ROW_END = re.compile(rb"\s*+(?:<extLst[\s>].*?</extLst\s*+>)?\s*+</row\s*+>\s*+\Z", re.DOTALL)
_REFERENCE = re.compile(rb'\sr="([A-Za-z]{1,3})([0-9]{1,7})"')
_STYLE = re.compile(rb'\ss="([0-9]{1,9})"')
_OWN_FORMAT = re.compile(rb'\scustomFormat="(?:1|true)"')
_TYPE = re.compile(rb'\st="([A-Za-z]*)"')
_VALUE = re.compile(rb"<v(?:\s[^>]*)?(?:/>|>(.*?)</v\s*+>)", re.DOTALL)
_INLINE = re.compile(rb"<is(?:\s[^>]*)?>(.*?)</is\s*+>", re.DOTALL)
_FORMULA = re.compile(rb"<f(" + _TAG + rb")\s*+(?:/>|>(.*?)</f\s*+>)", re.DOTALL)
_ATTRIBUTE = re.compile(rb'\s([\w:.-]+)="([^"<]*)"')
_NAMELESS = "#VALUE!"
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,4})?\Z")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell holds.

    Attributes
    ----------
    ref, row, column
        Where it is, as text and counted from 1.
    kind
        Of the value: number, text, boolean, error, date or blank. A number whose style is a date format is a date.
    value
        The value, for a formula its cached one; None where there is none. A value that cannot be read is an error
        whose code is what is stored.
    formula
        Text without ``=``; None for a constant. Cells that share a formula each show their own.
    style
        Index of the cell format (``s``).
    formula_kind
        ``normal``, ``shared``, ``array`` or ``dataTable``; empty for a constant.
    """

    ref: str
    row: int
    column: int
    kind: Kind
    value: CellValue
    formula: str | None
    style: int
    formula_kind: str = ""


class CellMarkup(NamedTuple):
    """One cell in a plain row: its column, its position in the row, its attributes (``r`` aside) and content."""

    column: int
    start: int
    end: int
    attributes: bytes
    body: bytes

    @property
    def style(self) -> int | None:
        """Index of the cell format, None where none is written."""
        found = _STYLE.search(self.attributes)
        return int(found[1]) if found else None

    @property
    def type(self) -> str:
        """The type as written, ``n`` where none is."""
        found = _TYPE.search(self.attributes)
        return found[1].decode() if found else "n"

    @property
    def has_formula(self) -> bool:
        """Return whether the cell holds a formula, its own or a shared one."""
        return find_formula(self.body) is not None

    @property
    def is_blank(self) -> bool:
        """Return whether the cell holds neither value nor formula."""
        stored = _first(_VALUE, self.body, b"<v")
        return not (stored and stored[1]) and not self.has_formula and b"<is" not in self.body


@dataclass(frozen=True, slots=True)
class RowMarkup:
    """One row in plain form.

    Attributes
    ----------
    data
        The plain bytes.
    attributes
        Of the row's tag, raw.
    inner
        Where the content begins; the length of the tag where the row is written ``<row/>``.
    """

    data: bytes
    attributes: bytes
    inner: int
    is_empty_tag: bool
    cells: tuple[CellMarkup, ...]

    @classmethod
    def parse(cls, raw: bytes, number: int, prefix: bytes, part: str) -> RowMarkup:
        """Find the cells of row `number`.

        Raises
        ------
        PartError
            ``ooxml.malformed-row``, ``ooxml.malformed-xml``, ``ooxml.row-namespace``.
        """
        found = None if prefix else cls._tile(raw, number)
        found = found or cls._tile(plain(raw, prefix, part), number)
        if found is None:
            raise PartError("ooxml.malformed-row", part=part, row=number)
        return found

    @classmethod
    def _tile(cls, raw: bytes, number: int) -> RowMarkup | None:
        """Cells must lie side by side with nothing between them, or the row was not understood."""
        tag = _ROW.match(raw)
        if tag is None or b"<!" in raw or b"<?" in raw:
            return None
        inner = at = tag.end()
        cells: list[CellMarkup] = []
        column = 0
        while not tag[2] and (match := _CELL.match(raw, at)):
            letters, digits, attributes = match[2], match[3], match[4]
            if letters is None and b' r="' in attributes:
                ref = _REFERENCE.search(attributes)
                letters, digits = (ref[1], ref[2]) if ref else (b"A", b"0")
            if letters is not None and int(digits) != number:
                return None
            column = refs.number(letters.decode()) if letters else column + 1
            at = match.end()
            cells.append(CellMarkup(column, match.start(1), at, attributes, match[5] or b""))
        closed = not raw[at:].strip() if tag[2] else _ROW_END.match(raw, at)
        return cls(raw, tag[1], inner, bool(tag[2]), tuple(cells)) if closed else None

    def find(self, column: int) -> CellMarkup | None:
        """Return the cell in this column, or None."""
        return next((cell for cell in self.cells if cell.column == column), None)

    @property
    def style(self) -> int | None:
        """The row's own format, which new cells take; None where it has none."""
        found = _STYLE.search(self.attributes)
        return int(found[1]) if found and _OWN_FORMAT.search(self.attributes) else None


class Context(Protocol):
    """What the reading of a cell needs to know of the rest of the package."""

    date1904: bool

    def shared_text(self, index: int) -> str:
        """Return a shared string; IndexError where there is none."""
        ...

    def is_date(self, style: int) -> bool:
        """Return whether the cell format shows numbers as dates."""
        ...

    def shared_formula(self, group: str, row: int, column: int) -> str | None:
        """Return the formula that a member of a shared group has at this cell."""
        ...


def read_cell(markup: CellMarkup, row: int, context: Context) -> Cell:
    """Return what one cell says."""
    style = markup.style or 0
    kind, value = _read_value(markup, style, context)
    formula, formula_kind = _read_formula(markup, row, context)
    ref = refs.reference(row, markup.column)
    return Cell(ref, row, markup.column, kind, value, formula, style, formula_kind)


def find_formula(raw: bytes) -> re.Match[bytes] | None:
    """Return the ``<f>`` element of a plain cell: its attributes and its text are the match's groups."""
    return _first(_FORMULA, raw, b"<f")


def _first(pattern: re.Pattern[bytes], raw: bytes, opening: bytes) -> re.Match[bytes] | None:
    """Return the first element in a cell; gives up soon where tags are not closed, lest it take for ever."""
    at = raw.find(opening)
    for _ in range(8):
        if at < 0:
            return None
        found = pattern.match(raw, at)
        if found:
            return found
        at = raw.find(opening, at + 1)
    return None


def formula_attributes(raw: bytes) -> dict[str, str]:
    """Return the attributes of an ``<f>`` tag."""
    return {match[1].decode(): unescape(match[2]) for match in _ATTRIBUTE.finditer(raw)}


def _read_formula(markup: CellMarkup, row: int, context: Context) -> tuple[str | None, str]:
    found = find_formula(markup.body)
    if found is None:
        return None, ""
    written = formula_attributes(found[1])
    own = text.decode(unescape(found[2] or b""))
    kind = written.get("t", "normal")
    if kind == "shared" and not own:
        return context.shared_formula(written.get("si", ""), row, markup.column) or "", kind
    return own, kind


def _read_value(markup: CellMarkup, style: int, context: Context) -> tuple[Kind, CellValue]:
    kind = markup.type
    if kind == "inlineStr":
        inline = _first(_INLINE, markup.body, b"<is")
        return ("text", rich_text(inline[1])) if inline else ("blank", None)
    stored = _first(_VALUE, markup.body, b"<v")
    if kind == "e" and (stored is None or not (stored[1] or b"").strip()):
        return "error", CellError(_NAMELESS)  # a program lost which one: no blank, whatever it was
    if stored is None or (not stored[1] and kind != "str"):
        return "blank", None
    raw = unescape(stored[1] or b"")
    return _typed(kind, raw, style, context)


def _typed(kind: str, raw: str, style: int, context: Context) -> tuple[Kind, CellValue]:
    if kind == "s":
        try:
            return "text", context.shared_text(int(raw))
        except (ValueError, IndexError):
            return "error", CellError(raw)
    if kind == "str":
        return "text", text.decode(raw)
    if kind == "b":
        return "boolean", raw.strip().lower() in {"1", "true"}
    if kind == "e":
        return "error", CellError(raw)
    if kind == "d":
        moment = dates.from_iso(raw)
        return ("date", moment) if moment else ("error", CellError(raw))
    return _number(raw.strip(), style, context) if kind in {"n", ""} else ("error", CellError(raw))


def _number(raw: str, style: int, context: Context) -> tuple[Kind, CellValue]:
    if not _NUMBER.match(raw):
        return "error", CellError(raw)
    number = int(raw) if _INTEGER.match(raw) else float(raw)
    shown: dt.date | None = None
    if context.is_date(style):
        shown = dates.date(number, date1904=context.date1904)
    return ("number", number) if shown is None else ("date", shown)
