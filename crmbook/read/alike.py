"""Rows that are written alike: all their bytes are the same but for their values and their numbers.

Most rows of a table are. One of them is taken apart by its tags (`crmbook.read.tags`) and becomes the *pattern*: what
is between its values and formulas, with the number of the row in it here and there::

    <row r="·" spans="1:3"><c r="A·" s="3" t="s"><v>…</v></c><c r="B·" s="4"><f>…</f><v>…</v></c><c r="C·" s="4"/></row>

Rows with as many tags are compared with it, each stretch of markup of all of them at once; where one differs in a
single byte it is none of these. Rows that are like no others are taken apart themselves. What is found is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from crmbook.read.strips import HEAD, Strip, whole_numbers, windows
from crmbook.read.tags import CellTags, Tags, cells_of, quoted_numbers, read_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.read.strips import Heads, Octets, Positions, Words

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_FEW: Final = 16
"""Fewer rows are taken apart one by one sooner."""
_PATTERNS: Final = 8
"""Most patterns that are tried on a run, and remembered …"""
_WORTH: Final = 8
"""… and one that fits less than so many of a run's rows is the last."""
_LONGEST: Final = 1024
"""Bytes of the longest stretch."""
_ROW: Final = int.from_bytes(b'<row r="', "little")
_NUMBERED = re.compile(rb'<(?:row|c) r="[A-Z]{0,3}([0-9]{1,7})"')


class AlikeRows:
    """Reads the runs of one sheet; a pattern that fitted is tried on the next run as well."""

    def __init__(self) -> None:
        self._known: dict[int, _Pattern] = {}
        self._usual = 0

    def read(self, run: bytes) -> CellTags | None:
        """Return the cells of a run of plain rows, None if it is not plain."""
        rows = _Rows.guess(run, self._usual) if self._usual else None
        found, left = self._matched(rows) if rows is not None else ([], None)
        if rows is None or left is None or len(left):  # no guess, or a wrong one
            rows = _Rows.find(run)
            if rows is None:
                return read_tags(run)
            found, left = self._matched(rows)
        self._usual = int(rows.counts[0])
        if len(left):
            rest = read_tags(run if len(left) == len(rows.first) else rows.raw(left))
            if rest is None:
                return None
            found.append(rest)
        return CellTags(
            strips=[strip for part in found for strip in part.strips],
            is_bare=all(part.is_bare for part in found),
            begins=rows.opened[rows.first],
            numbers=rows.numbers,
        )

    def _matched(self, rows: _Rows) -> tuple[list[CellTags], Positions]:
        """Return the cells of the rows that are like others, and which rows are left."""
        found: list[CellTags] = []
        tried: set[int] = set()
        left = np.arange(len(rows.first))
        for _ in range(_PATTERNS):
            shape, alike = rows.commonest(left)
            if len(alike) < _FEW:
                break
            pattern = None if shape in tried else self._known.get(shape)
            is_new = pattern is None
            if pattern is None:
                pattern = _Pattern.of(rows, int(alike[0]))
            if pattern is None:
                break
            tried.add(shape)
            self._remember(shape, pattern)
            fits, strips = pattern.match(rows, alike)
            if fits.any():
                found.append(CellTags(strips, pattern.is_bare, alike[:0], alike[:0]))
            left = np.setdiff1d(left, alike[fits], assume_unique=True)
            if is_new and np.count_nonzero(fits) * _WORTH < len(alike):
                break
        return found, left

    def _remember(self, shape: int, pattern: _Pattern) -> None:
        """Keep the latest patterns: each holds about as many bytes as the rows it was compared with."""
        self._known.pop(shape, None)
        self._known[shape] = pattern
        if len(self._known) > _PATTERNS:
            del self._known[next(iter(self._known))]


class _Rows(NamedTuple):
    """The rows of a run.

    Attributes
    ----------
    run, octets
        The run, and its bytes with as many behind them as a stretch may have.
    opened
        Where every tag begins.
    first, counts
        Which tag each row begins with, and how many it has.
    numbers, spelled
        The rows' numbers, and the eight bytes that begin with each of them.
    shapes
        The same number for rows that could be alike.
    """

    run: bytes
    octets: Octets
    opened: Positions
    first: Positions
    counts: Positions
    numbers: Positions
    spelled: Words
    shapes: Positions

    @classmethod
    def find(cls, run: bytes) -> _Rows | None:
        """Return the rows of a run; None where not all are numbered."""
        octets, opened = _opened(run)
        first = np.flatnonzero((octets[opened + 1] == ord("r")) & (octets[opened + 2] == ord("o")))
        return cls._beginning(run, octets, opened, first) if len(first) and not first[0] else None

    @classmethod
    def guess(cls, run: bytes, count: int) -> _Rows | None:
        """Return the rows if all have as many tags, which is true if all of them are alike; None if they have not."""
        octets, opened = _opened(run)
        if not len(opened) or len(opened) % count:
            return None
        return cls._beginning(run, octets, opened, np.arange(0, len(opened), count))

    @classmethod
    def _beginning(cls, run: bytes, octets: Octets, opened: Positions, first: Positions) -> _Rows | None:
        """Return the rows that begin with some tags; None if one does not."""
        words = windows(octets, 16)[opened[first]].view(np.uint64).reshape(-1, 2)
        if (words[:, 0] != _ROW).any():
            return None
        numbers, digits = _numbered(words[:, 1])
        if not digits.all() or (np.diff(numbers) <= 0).any():
            return None
        counts = np.diff(first, append=len(opened))
        return cls(run, octets, opened, first, counts, numbers, words[:, 1], counts * 8 + digits)

    def commonest(self, left: Positions) -> tuple[int, Positions]:
        """Return the shape that most of some rows have, and which have it."""
        shapes, codes, sizes = np.unique(self.shapes[left], return_inverse=True, return_counts=True)
        if not len(shapes):
            return 0, left
        best = int(sizes.argmax())
        return int(shapes[best]), left[codes == best]

    def raw(self, rows: Sequence[int] | Positions) -> bytes:
        """Return the bytes of some rows."""
        edges = [*self.opened[self.first].tolist(), len(self.run)]
        return b"".join(self.run[edges[row] : edges[row + 1]] for row in rows)


def _opened(run: bytes) -> tuple[Octets, Positions]:
    """Return the bytes of a run, with as many behind them as a stretch may have, and where its tags begin."""
    octets = np.frombuffer(run + bytes(_LONGEST + 2 * HEAD), np.uint8)
    return octets, np.flatnonzero(octets == ord("<"))


class _Stretch:
    """Markup between two values, the same in all rows of a pattern.

    Parameters
    ----------
    raw
        Its bytes in one row.
    tag
        Which tag of the row it begins with.
    holes, digits
        Where the row's number is in it, and how long that is.

    Attributes
    ----------
    length, width
        Its bytes, and those that are looked at: the head of the value behind it as well.
    """

    def __init__(self, raw: bytes, tag: int, holes: Sequence[int], digits: int) -> None:
        self.tag, self.holes = tag, tuple(holes)
        self.length = len(raw)
        self.width = -(-(len(raw) + HEAD) // 8) * 8
        kept = np.zeros(self.width, np.uint8)
        kept[: len(raw)] = 0xFF
        for hole in holes:
            kept[hole : hole + digits] = 0
        markup = np.frombuffer(raw.ljust(self.width, b"\0"), np.uint8) & kept
        # A line for each row, so that whole blocks are compared: three times as fast as one line for all.
        self._kept, self._markup = kept.view(np.uint64)[None], markup.view(np.uint64)[None]

    def differing(self, words: Words) -> Mask:
        """(n, width / 8) where rows are not as they should be, but for the row's number."""
        count = len(words)
        if count > len(self._kept):
            self._kept, self._markup = (np.repeat(one[:1], count, 0) for one in (self._kept, self._markup))
        found: Mask = (words & self._kept[:count]) != self._markup[:count]
        return found


class _Cell(NamedTuple):
    """A cell of the pattern: where it is, and behind which stretch its value is; -1: it has none."""

    strip: Strip
    stretch: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What rows that are alike have in common.

    Attributes
    ----------
    number
        Which bits of the eight bytes that begin with a row's number are the number.
    is_bare
        Whether no formula's tag holds more than its name.
    """

    number: np.uint64
    stretches: tuple[_Stretch, ...]
    cells: tuple[_Cell, ...]
    is_bare: bool

    @classmethod
    def of(cls, rows: _Rows, row: int) -> _Pattern | None:
        """Take a row apart; None where it is not plain, or has longer stretches than are compared."""
        raw = rows.raw([row])
        tags = Tags.find(raw)
        cells = cells_of(raw, tags) if tags is not None and tags.is_plain() else None
        spelled = b"%d" % int(rows.numbers[row])
        numbers = list(_NUMBERED.finditer(raw))
        if tags is None or cells is None or len(numbers) != tags.numbered():
            return None
        if any(match[1] != spelled for match in numbers):
            return None
        behind = tags.texts()
        begins = [0, *(behind + 1).tolist()]
        starts = tags.opened[begins].tolist()
        ends = [*(tags.closed[behind] + 1).tolist(), int(tags.closed[-1]) + 1]
        if max(end - start for start, end in zip(starts, ends, strict=True)) > _LONGEST:
            return None
        stretches = tuple(
            _Stretch(
                raw[start:end], tag, [match.start(1) - start for match in numbers if start <= match.start() < end], len(spelled)
            )
            for tag, start, end in zip(begins, starts, ends, strict=True)
        )  # fmt: skip
        order = {end: number for number, end in enumerate(ends)}
        found = tuple(
            _Cell(strip, order[int(strip.starts[0])] if strip.has_value else -1) for strip in cells.strips
        )
        return cls(np.uint64((1 << 8 * len(spelled)) - 1), stretches, found, cells.is_bare)

    def match(self, rows: _Rows, at: Positions) -> tuple[Mask, list[Strip]]:
        """Return which of some rows fit, and the cells of these."""
        spelled = rows.spelled[at] & self.number
        fits = np.ones(len(at), np.bool_)
        begins, heads = [], []
        for stretch in self.stretches:
            begin = rows.opened[rows.first[at] + stretch.tag]
            found = windows(rows.octets, stretch.width)[begin]
            words = found.view(np.uint64).reshape(len(at), -1)
            different = stretch.differing(words)
            if different.any():
                fits &= ~different.any(axis=1)
            for hole in stretch.holes:
                fits &= _word_at(words, hole) & self.number == spelled
            begins.append(begin)
            heads.append(np.ndarray((len(at),), f"V{HEAD}", found.data, stretch.length, (stretch.width,)))
        if not fits.all():
            at, begins, heads = at[fits], [begin[fits] for begin in begins], [head[fits] for head in heads]
        numbers = rows.numbers[at]
        values = [
            (begin + stretch.length, end, head)
            for stretch, (begin, end), head in zip(self.stretches, pairwise(begins), heads, strict=False)
        ]
        return fits, [_filled(cell, numbers, rows.run, values) for cell in self.cells]


def _numbered(words: Words) -> tuple[Positions, Positions]:
    """Return the number that begins each word, and how many digits it has, 0 if it is none: mostly all as many."""
    head = int(words[0]).to_bytes(8, "little")
    digits = head.find(b'"')
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)
    if digits > 0 and (octets[:, digits] == ord('"')).all():
        lengths = np.full(len(words), digits)
        numbers = whole_numbers(words, lengths)
        if numbers is not None:
            return numbers, lengths
    return quoted_numbers(words)


def _filled(
    cell: _Cell, rows: Positions, octets: bytes, values: Sequence[tuple[Positions, Positions, Heads]]
) -> Strip:
    one = cell.strip
    starts, ends, heads = values[cell.stretch] if cell.stretch >= 0 else (rows, rows, one.heads[:0])
    styles = np.full(len(rows), one.styles[0])
    return one._replace(rows=rows, styles=styles, octets=octets, starts=starts, ends=ends, heads=heads)


def _word_at(words: Words, octet: int) -> Words:
    """Return the eight bytes that begin at an octet of each line."""
    order, shift = octet >> 3, (octet & 7) * 8
    if not shift:
        return words[:, order]
    return (words[:, order] >> np.uint64(shift)) | (words[:, order + 1] << np.uint64(64 - shift))
