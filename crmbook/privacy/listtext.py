"""A list in text (CSV, TSV, TXT) without a person, all else in it byte for byte as it was.

The text is read in its own encoding, parted by its own delimiter into the cells that the csv module would give, and put
together again from what stays: byte order mark, line ends and quotation marks stay, and a cell of several lines is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.exchange import decode, sniff_delimiter
from crmbook.ooxml import letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Terms
    from crmbook.privacy.listrows import PersonRows


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as the file has it, and the delimiter or line end behind it."""

    raw: str
    end: str

    @property
    def is_quoted(self) -> bool:
        """Whether quotation marks are around it."""
        return self.raw.startswith('"') and self.raw.count('"') > 1

    @property
    def text(self) -> str:
        """What it says."""
        if not self.is_quoted:
            return self.raw
        inside, _, behind = self.raw[1:].rpartition('"')
        return inside.replace('""', '"') + behind

    def with_text(self, text: str, delimiter: str) -> RawCell:
        """Return the cell with another text, in quotation marks where it was or must be."""
        if self.is_quoted or any(sign in text for sign in (delimiter, '"', "\r", "\n")):
            text = '"' + text.replace('"', '""') + '"'
        return RawCell(text, self.end)


@dataclass(frozen=True)
class ListText:
    """A list in text.

    Attributes
    ----------
    start
        Byte order marks.
    rows
        Their cells; the texts of all of them together are the text.
    """

    encoding: str
    delimiter: str
    start: str
    rows: list[list[RawCell]]

    @classmethod
    def read(cls, data: bytes) -> ListText | None:
        """Return the list in some bytes; None where they are no text that could be written again as it is."""
        try:
            encoding = decode(data).encoding
            text = data.decode(encoding, "surrogateescape")
            if text.encode(encoding, "surrogateescape") != data:
                return None
        except (CrmbookError, UnicodeError, LookupError):
            return None
        body = text.lstrip("\ufeff")
        delimiter = sniff_delimiter(body)
        rows = list(_iter_rows(body, delimiter))
        return cls(encoding, delimiter, text[: len(text) - len(body)], rows)

    def without(self, persons: PersonRows) -> bytes:
        """Return the list without the person's rows, and without what other rows say that is the person's alone."""
        gone = persons.find(self.texts)
        terms = self._writable(persons.gone.terms)
        kept = (row for at, row in enumerate(self.rows) if at not in gone)
        cells = (self._stays(cell, terms) for row in kept for cell in row)
        text = self.start + "".join(cell.raw + cell.end for cell in cells)
        return text.encode(self.encoding, "surrogateescape")

    @property
    def texts(self) -> list[list[str]]:
        """What the cells of each row say."""
        return [[cell.text for cell in row] for row in self.rows]

    def iter_holding(self, terms: Terms) -> Iterator[str]:
        """Yield where a cell mentions the person, as a spreadsheet names it."""
        for at, row in enumerate(self.texts, 1):
            yield from (f"{letters(column)}{at}" for column, text in enumerate(row, 1) if terms.holds(text))

    def _stays(self, cell: RawCell, terms: Terms) -> RawCell:
        text = cell.text
        stays = terms.stays(text)
        return cell if stays == text else cell.with_text(stays, self.delimiter)

    def _writable(self, terms: Terms) -> Terms:
        """Return terms whose mark the file's encoding can write."""
        try:
            terms.mark.encode(self.encoding)
        except UnicodeEncodeError:
            return type(terms)(terms.anywhere, terms.whole)
        return terms


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    """Return what finds the next cell; a quotation mark that is never closed is a sign like any other."""
    sign = re.escape(delimiter)
    return re.compile(
        rf'(?P<raw>"(?:[^"]|"")*+"[^{sign}\r\n]*+|[^{sign}\r\n]*+)(?P<end>{sign}|\r\n|\r|\n|\Z)'
    )


def _iter_rows(text: str, delimiter: str) -> Iterator[list[RawCell]]:
    row: list[RawCell] = []
    for match in _cell_pattern(delimiter).finditer(text):
        if match.start() == len(text) and not row:
            return
        row.append(RawCell(match["raw"], match["end"]))
        if match["end"] != delimiter:
            yield row
            row = []
