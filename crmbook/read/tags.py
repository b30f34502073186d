"""The tags of many rows at once: where the cells of a run of rows are, as arrays.

A sheet of a million cells is read in arrays or not at all quickly. What office programs write is plain::

    <row r="7" …><c r="A7" s="3" t="s"><v>12</v></c><c r="B7" s="4"><f>A7*2</f><v>24</v></c><c r="C7" s="4"/></row>

Every tag of a run of rows is found by its angle brackets, known by its first letters, and must follow one it may
follow; a run with anything else in it (an inline text, a tag of an extension, a cell without its reference) is not
plain, and None is returned: such a sheet is read by others. Nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from crmbook.read.strips import HEAD, Strip, windows

if TYPE_CHECKING:
    from crmbook.read.strips import Heads

    Words = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
    Codes = np.ndarray[tuple[int], np.dtype[np.uint8]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_OTHER, _ROW, _CELL, _FORMULA, _VALUE, _END_ROW, _END_CELL, _END_FORMULA, _END_VALUE = range(9)
_EMPTY: Final = 8  # added to the code of a tag that closes itself
_LAST: Final = _VALUE + _EMPTY
_FIRST: Final = {b"ro": _ROW, b"c ": _CELL, b"f>": _FORMULA, b"f ": _FORMULA, b"f/": _FORMULA, b"v>": _VALUE,
                 b"v ": _VALUE, b"v/": _VALUE, b"/r": _END_ROW, b"/c": _END_CELL, b"/f": _END_FORMULA, b"/v": _END_VALUE}  # fmt: skip
_ENDS: Final = {_END_ROW: b"</row>", _END_CELL: b"</c>", _END_FORMULA: b"</f>", _END_VALUE: b"</v>"}
_MAY_FOLLOW: Final = {
    _ROW: (_CELL, _CELL + _EMPTY, _END_ROW),
    _ROW + _EMPTY: (_ROW, _ROW + _EMPTY),
    _END_ROW: (_ROW, _ROW + _EMPTY),
    _CELL: (_FORMULA, _FORMULA + _EMPTY, _VALUE, _VALUE + _EMPTY, _END_CELL),
    _CELL + _EMPTY: (_CELL, _CELL + _EMPTY, _END_ROW),
    _END_CELL: (_CELL, _CELL + _EMPTY, _END_ROW),
    _FORMULA: (_END_FORMULA,),
    _FORMULA + _EMPTY: (_VALUE, _VALUE + _EMPTY, _END_CELL),
    _END_FORMULA: (_VALUE, _VALUE + _EMPTY, _END_CELL),
    _VALUE: (_END_VALUE,),
    _VALUE + _EMPTY: (_END_CELL,),
    _END_VALUE: (_END_CELL,),
}
_PADDING: Final = bytes(32)  # words are read beyond the last byte
_ROW_NUMBER: Final = int.from_bytes(b'<row r="', "little")
_MORE_THAN_NAME: Final = np.uint64(0xFF_FFFF)
_FORMULA_AND_MORE: Final = np.uint64(int.from_bytes(b"<f ", "little"))
_REFERENCE: Final = int.from_bytes(b'<c r="', "little")
_LONGEST_SUFFIX: Final = 24
_SUFFIX = re.compile(rb'(?: s="([0-9]{1,6})")?(?: t="([A-Za-z]{1,3})")?(?: [cv]m="[0-9]+")*')


@dataclass(frozen=True, slots=True)
class CellTags:
    """The cells of a run that hold a value or a formula.

    Attributes
    ----------
    strips
        The cells.
    is_bare
        Whether no formula's tag holds more than its name.
    begins, numbers
        Where the run's rows begin in it, and their numbers, from 1; cells or none may be in them.
    """

    strips: list[Strip]
    is_bare: bool
    begins: Positions
    numbers: Positions


def read_tags(run: bytes) -> CellTags | None:
    """Return the cells of a run of plain rows, None if it is not plain."""
    tags = Tags.find(run)
    return cells_of(run, tags) if tags is not None and tags.is_plain() else None


@dataclass(frozen=True, slots=True)
class Tags:
    """Every tag of a run: where it opens and closes, and what it is."""

    words: Words
    opened: Positions
    closed: Positions
    codes: Codes

    @classmethod
    def find(cls, data: bytes) -> Tags | None:
        """Return the tags of a run, None where it holds any other than these."""
        octets = np.frombuffer(data + _PADDING, np.uint8)
        words = np.ndarray((len(octets) - 8,), np.dtype("<u8"), octets.data, strides=(1,))
        opened, closed = np.flatnonzero(octets == ord("<")), np.flatnonzero(octets == ord(">"))
        if len(closed) != len(opened):  # a text may hold ">", and need not write it as "&gt;"
            found = np.searchsorted(closed, opened)
            if not len(closed) or found[-1] >= len(closed):
                return None
            closed = closed[found]
        if not len(opened) or (closed[:-1] > opened[1:]).any() or (closed < opened).any():
            return None
        heads = words[opened]
        codes = _first_letters()[(heads >> np.uint64(8)) & np.uint64(0xFFFF)]
        masks, ends = _end_tags()
        if (heads & masks[codes] != ends[codes]).any():
            return None
        empty = (octets[closed - 1] == ord("/")) & (codes <= _VALUE) & (codes > 0)
        return cls(words, opened, closed, codes + np.uint8(_EMPTY) * empty)

    def is_plain(self) -> bool:
        """Return whether the tags follow each other as they should."""
        codes = self.codes
        return (
            codes[0] in {_ROW, _ROW + _EMPTY}
            and codes[-1] in {_END_ROW, _ROW + _EMPTY}
            and bool(_transitions()[codes[:-1], codes[1:]].all())
        )

    def rows(self) -> Mask:
        """Return which tags begin a row."""
        found: Mask = self.codes == _ROW
        found |= self.codes == _ROW + _EMPTY
        return found

    def texts(self) -> Positions:
        """Return which tags are before a value or a formula."""
        return np.flatnonzero((self.codes == _VALUE) | (self.codes == _FORMULA))

    def numbered(self) -> int:
        """Return how many tags are rows or cells."""
        numbered = (_ROW, _CELL, _ROW + _EMPTY, _CELL + _EMPTY)
        return int(np.count_nonzero(np.isin(self.codes, numbered)))


def cells_of(run: bytes, tags: Tags) -> CellTags | None:
    """Return the cells of a run, given its tags; None where they are not numbered one after the other."""
    codes, opened = tags.codes, tags.opened
    at = np.flatnonzero(codes == _CELL)
    following = codes[at + 1]
    formula, short = following == _FORMULA, following == _FORMULA + _EMPTY
    value = at + 1 + 2 * formula + short
    has_value = codes[value] == _VALUE
    begin = opened[at]
    words = tags.words
    refs = _references(words, begin)
    suffixes = _suffixes(words, refs[2], tags.closed[at]) if refs else None
    if refs is None or suffixes is None:
        return None
    rows, columns, _ = refs
    begins = tags.rows()
    numbers = _row_numbers(words, opened[begins])
    if numbers is None or (numbers[np.cumsum(begins)[at] - 1] != rows).any():
        return None
    if (np.diff(numbers) <= 0).any() or (np.diff(rows * 20_000 + columns) <= 0).any():
        return None
    first = tags.closed[value] + 1
    ends = np.where(has_value, opened[np.minimum(value + 1, len(opened) - 1)], first)
    is_bare = not (words[opened[codes == _FORMULA]] & _MORE_THAN_NAME == _FORMULA_AND_MORE).any()
    found = _Found(rows, columns, *suffixes, formula | short, has_value, first, ends)
    return CellTags(found.strips(run), is_bare and not short.any(), opened[begins], numbers)


class _Found(NamedTuple):
    """The cells of a run, in its order."""

    rows: Positions
    columns: Positions
    kinds: Positions
    styles: Positions
    types: tuple[bytes, ...]
    has_formula: Mask
    has_value: Mask
    starts: Positions
    ends: Positions

    def strips(self, run: bytes) -> list[Strip]:
        """Return them column by column; a cell with neither a formula nor a value is none."""
        holds = self.has_formula | self.has_value
        keys = ((self.columns * len(self.types) + self.kinds) * 2 + self.has_formula) * 2 + self.has_value
        order = np.argsort(keys, kind="stable")
        order = order[holds[order]]
        heads = windows(np.frombuffer(run + _PADDING, np.uint8), HEAD)
        edges = np.flatnonzero(np.diff(keys[order], prepend=-1, append=-1)).tolist()
        return [self._strip(run, order[start:end], heads) for start, end in pairwise(edges)]

    def _strip(self, run: bytes, at: Positions, heads: Heads) -> Strip:
        one = at[0]
        return Strip(
            int(self.columns[one]),
            self.rows[at],
            self.types[self.kinds[one]],
            self.styles[at],
            bool(self.has_formula[one]),
            bool(self.has_value[one]),
            run,
            self.starts[at],
            self.ends[at],
            heads[self.starts[at]],
        )


def _references(words: Words, begin: Positions) -> tuple[Positions, Positions, Positions] | None:
    """Return row, column and the position behind the reference of cells whose tags begin at `begin`."""
    if (words[begin] & np.uint64(0xFFFF_FFFF_FFFF) != np.uint64(_REFERENCE)).any():
        return None
    letters = _byte_columns(words[begin + 6], 4) - ord("A")
    is_letter = (letters >= 0) & (letters < 26)
    count = np.where(is_letter[1], np.where(is_letter[2], 3, 2), 1)
    columns = letters[0] + 1
    for found in (1, 2):
        columns = np.where(count > found, columns * 26 + letters[found] + 1, columns)
    rows, length = quoted_numbers(words[begin + 6 + count])
    if not is_letter[0].all() or (length == 0).any():
        return None
    return rows, columns - 1, begin + 7 + count + length


def _row_numbers(words: Words, begin: Positions) -> Positions | None:
    """Return the numbers of rows whose tags begin at `begin`; None unless all begin with their number."""
    if (words[begin] != np.uint64(_ROW_NUMBER)).any():
        return None
    numbers, length = quoted_numbers(words[begin + 8])
    return numbers if length.all() else None


def quoted_numbers(words: Words) -> tuple[Positions, Positions]:
    """Return the number that begins each word, a quotation mark behind it, and its length: 0 where there is none."""
    octets = _byte_columns(words, 8)
    numbers, length = np.zeros(len(words), dtype=np.intp), np.zeros(len(words), dtype=np.intp)
    alive = np.ones(len(words), dtype=np.bool_)
    for found in range(7):
        digit = octets[found] - ord("0")
        alive &= (digit >= 0) & (digit <= 9)
        numbers = np.where(alive, numbers * 10 + digit, numbers)
        length += alive
    behind = octets[length, np.arange(len(words))]
    return numbers, np.where(behind == ord('"'), length, 0)


def _byte_columns(words: Words, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the first bytes of each word, one line for each position."""
    return np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)[:, :count].T.astype(np.int64)


def _suffixes(
    words: Words, start: Positions, end: Positions
) -> tuple[Positions, Positions, tuple[bytes, ...]] | None:
    """Return type and style of cells by what is in their tags behind the reference; few differ."""
    length = end - start
    if len(length) and int(length.max()) > _LONGEST_SUFFIX:
        return None
    parts = [_first_bytes(words[start + 8 * part], length - 8 * part) for part in range(3)]
    mixed = parts[0] * np.uint64(0x9E3779B97F4A7C15) ^ parts[1] * np.uint64(0xC2B2AE3D27D4EB4F) ^ parts[2]
    codes, found = pd.factorize(mixed)
    first = np.zeros(len(found), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    if any((part != part[first][codes]).any() for part in parts):
        return None
    types: dict[bytes, int] = {}
    kinds, styles = np.zeros(len(found), dtype=np.intp), np.zeros(len(found), dtype=np.intp)
    for number, line in enumerate(first.tolist()):
        text = b"".join(int(part[line]).to_bytes(8, "little") for part in parts)[: int(length[line])]
        known = _SUFFIX.fullmatch(text.rstrip())
        if known is None:
            return None
        kinds[number] = types.setdefault(known[2] or b"n", len(types))
        styles[number] = int(known[1] or 0)
    return kinds[codes], styles[codes], tuple(types)


def _first_bytes(words: Words, count: Positions) -> Words:
    """Return words with all but their first bytes set to zero."""
    bits = (np.clip(count, 0, 8) * 8).astype(np.uint64)
    mask = np.where(bits == 64, np.uint64(2**64 - 1), (np.uint64(1) << (bits & np.uint64(63))) - np.uint64(1))
    return words & mask


@cache
def _first_letters() -> Codes:
    table = np.zeros(1 << 16, dtype=np.uint8)
    for letters, code in _FIRST.items():
        table[int.from_bytes(letters, "little")] = code
    return table


@cache
def _end_tags() -> tuple[Words, Words]:
    """Return by code which bits of an end tag's first eight bytes count, and what they are; of others none count."""
    masks, ends = np.zeros(_LAST + 1, dtype=np.uint64), np.zeros(_LAST + 1, dtype=np.uint64)
    for code, tag in _ENDS.items():
        masks[code], ends[code] = (1 << 8 * len(tag)) - 1, int.from_bytes(tag, "little")
    return masks, ends


@cache
def _transitions() -> np.ndarray[Any, np.dtype[np.bool_]]:
    table = np.zeros((_LAST + 1, _LAST + 1), dtype=np.bool_)
    for code, following in _MAY_FOLLOW.items():
        table[code, list(following)] = True
    return table
