"""A worksheet part in three pieces: head, rows, tail.

``head`` ends with ``<sheetData>``, ``tail`` begins with ``</sheetData>``; both are small and kept. The rows between
come in *blocks* of whole rows, about one MiB each, so that a sheet of any length costs little memory: up to
`CACHED` bytes the blocks are kept, beyond that they are inflated again for each pass.

Where a comment, CDATA section or instruction is among the rows, looking for ``<row`` could be fooled. Such a
sheet is tokenised as a whole instead, and its row places are kept.

Trap: ``<sheetData/>`` has no inside; the head then ends with the tag made open, and only a changed sheet is
written that way.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from crmbook.ooxml.errors import PartError
from crmbook.ooxml.xml import check_prolog, tokens

if TYPE_CHECKING:
    from array import array as Array  # noqa: N812
    from collections.abc import Callable, Iterator, Sequence

CACHED = 128 << 20
_BLOCK = 1 << 20
_HEAD_LIMIT = 16 << 20
_ROW_LIMIT = 64 << 20
_SLOW_LIMIT = 256 << 20
_FORMULA_KINDS = (b"shared", b"array", b"dataTable")
_PLAIN_NUMBER = b' r="'
_DIGITS = 7
_NUMBER = re.compile(rb"\sr\s*=\s*[\"']\s*([0-9]{1,7})\s*[\"']")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows: their bytes, where each begins (it ends where the next begins), and their numbers."""

    data: bytes
    starts: list[int]
    numbers: list[int]

    def row(self, index: int) -> bytes:
        """Return the bytes of one row, with the white space that follows it."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[index] : end]


@dataclass(frozen=True, slots=True)
class Passed:
    """What somebody knows who went through all rows, run by run.

    Attributes
    ----------
    rows
        Of each run, where its rows begin and their numbers; they ascend, and each row has its end.
    tail
        Everything after the last row.
    has_attributes
        Whether a formula's tag holds more than its name.
    """

    rows: Sequence[tuple[Array[int], Array[int]]]
    tail: bytes
    has_attributes: bool


class _OddRowsError(PartError):
    """Something among the rows that looking for ``<row`` could be fooled by."""


class Body:
    """Head, rows and tail of a worksheet part.

    Parameters
    ----------
    pieces
        Gives the part's content, from the beginning, each time it is called.
    part
        Its name.
    size
        Its length in bytes.

    Attributes
    ----------
    head
        Everything before the first row.
    prefix
        Prefix of the main namespace's elements with its colon (``b"x:"``), or nothing.
    is_empty_tag
        Whether the part says ``<sheetData/>``.
    """

    def __init__(self, pieces: Callable[[], Iterator[bytes]], part: str, size: int) -> None:
        self._pieces = pieces
        self.part = part
        self.head = self.prefix = b""
        self.is_empty_tag = False
        self._tail = b""
        self._has_attributes: bool | None = None
        self._keeps = size <= CACHED
        self._kept: list[bytes] | None = None
        self._blocks: list[Block] | None = None
        self._rows: Sequence[tuple[Array[int], Array[int]]] | None = None
        self._is_known = False
        self._read_head(iter(pieces()))

    @property
    def tail(self) -> bytes:
        """Everything after the last row."""
        self._go_through()
        return self._tail

    @property
    def has_formula_attributes(self) -> bool:
        """Return whether the rows may hold shared, array or data table formulas; looked for when it is first asked."""
        if self._has_attributes is None:
            self._go_through()
            self._has_attributes = any(map(self._may_have_attributes, self.runs()))
        return self._has_attributes

    def passed(self, found: Passed) -> None:
        """Take note of what is known of the rows, from a pass over this body or over the same bytes elsewhere."""
        self._rows = found.rows
        self._tail = found.tail
        self._is_known = True
        if not found.has_attributes:
            self._has_attributes = False

    def blocks(self) -> Iterator[Block]:
        """Yield the rows, block by block."""
        self._go_through()
        if self._blocks is not None:
            return iter(self._blocks)
        if self._kept is None:
            return self._numbered(self._row_runs())
        self._blocks = list(self._numbered(iter(self._kept)))
        return iter(self._blocks)

    def runs(self) -> Iterator[bytes]:
        """Yield the rows run by run, not looked through; what must be known of the part is found out in the same pass.

        Raises
        ------
        PartError
            ``ooxml.sheet-too-odd`` where the rows must be found by their tokens; `blocks` does that.
        """
        if not self._is_known:
            return self._first_pass()
        if self._blocks is not None:
            return (block.data for block in self._blocks)
        return self._row_runs() if self._kept is None else iter(self._kept)

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of every row."""
        for block in self.blocks():
            for index, number in enumerate(block.numbers):
                yield number, block.row(index)

    def _go_through(self) -> None:
        """Find out what only a whole pass can tell, once."""
        if self._is_known:
            return
        try:
            for _ in self._first_pass():
                pass
        except _OddRowsError:
            self._blocks = [self._tokenised()]
            self._has_attributes = self._is_known = True

    def _first_pass(self) -> Iterator[bytes]:
        kept = []
        for run in self._watched(self._row_runs()):
            if self._keeps:
                kept.append(run)
            yield run
        self._kept = kept if self._keeps else None
        self._is_known = True

    def _check_ends(self, block: Block) -> None:
        """Refuse rows without an end: readers that mind none would take the cells of several for one row's."""
        name = self.prefix + b"row"
        ends = block.data.count(b"</" + name + b">")
        if ends != len(block.starts):  # rows without cells have none, and one may hold a space
            ends += len(re.findall(rb"<" + name + rb"(?:\s[^<>]*)?/>|</" + name + rb"\s+>", block.data))
        if ends != len(block.starts):
            raise PartError("ooxml.malformed-xml", part=self.part, reason="a row is not closed")

    def _watched(self, runs: Iterator[bytes]) -> Iterator[bytes]:
        for run in runs:
            # the single characters are rare, and looking for them alone is many times faster
            if (b"!" in run and b"<!" in run) or (b"?" in run and b"<?" in run):
                raise _OddRowsError("ooxml.sheet-too-odd", part=self.part)
            yield run

    def _may_have_attributes(self, run: bytes) -> bool:
        """Return whether a formula's tag may hold more than its name; a space other than the plain one is rare."""
        tag = b"<" + self.prefix + b"f "
        may = tag in run or b"\n" in run or b"\t" in run or b"\r" in run
        return may and any(kind in run for kind in _FORMULA_KINDS)

    def _row_runs(self) -> Iterator[bytes]:
        """Yield runs of whole rows, found by looking for ``<row``; set head and tail on the way."""
        pieces = _ahead(_gathered(self._pieces()))
        buffer = self._read_head(pieces)
        if self.is_empty_tag:
            self._tail = b"".join([buffer, *pieces])
            return
        row, close = b"<" + self.prefix + b"row", b"</" + self.prefix + b"sheetData"
        searched = 0
        while (end := buffer.find(close, searched)) < 0:
            cut = _last_row(buffer, row) if len(buffer) >= _BLOCK else 0
            if cut > 0:
                yield buffer[:cut]
                buffer = buffer[cut:]
            searched = max(0, len(buffer) - len(close))
            piece = next(pieces, None)
            if piece is None or len(buffer) > _ROW_LIMIT:
                raise PartError("ooxml.malformed-xml", part=self.part, reason="sheetData is not closed")
            buffer += piece
        if end:
            yield buffer[:end]
        self._tail = b"".join([buffer[end:], *pieces])

    def _read_head(self, pieces: Iterator[bytes]) -> bytes:
        """Read up to the end of the sheetData tag; set head and prefix; return what was read beyond it."""
        buffer = b""
        for piece in pieces:
            buffer += piece
            at = buffer.find(b"sheetData")
            if at >= 0 and (b">" in buffer[at:]):
                rest = self._split_head(buffer)
                if rest is not None:
                    return rest
            if len(buffer) > _HEAD_LIMIT:
                break
        check_prolog(buffer, self.part)
        for _ in tokens(buffer, self.part):  # names the defect, if the part is malformed
            pass
        raise PartError("ooxml.not-a-worksheet", part=self.part)

    def _split_head(self, buffer: bytes) -> bytes | None:
        check_prolog(buffer, self.part)
        last = buffer.rfind(b">") + 1
        for match in tokens(buffer[:last], self.part):
            name = match["open"]
            if name is not None and name.rpartition(b":")[2] == b"sheetData":
                self.prefix = name[: -len(b"sheetData")]
                self.is_empty_tag = bool(match["empty"])
                tag = match[0]
                opened = tag[:-2].rstrip() + b">" if self.is_empty_tag else tag
                self.head = buffer[: match.start()] + opened
                return (b"</" + name + b">" if self.is_empty_tag else b"") + buffer[match.end() :]
        return None

    def _numbered(self, runs: Iterator[bytes]) -> Iterator[Block]:
        """Yield the block of each run."""
        if self._rows is not None:
            for run, (starts, numbers) in zip(runs, self._rows, strict=True):
                yield Block(run, starts.tolist(), numbers.tolist())
            return
        opening = b"<" + self.prefix + b"row"
        previous = 0
        for run in runs:
            block = _plain_block(run, opening) or self._block(run, opening, previous)
            if block is not None:
                self._check_ends(block)
                previous = block.numbers[-1]
                yield block

    def _block(self, run: bytes, opening: bytes, previous: int) -> Block | None:
        """Return the block of rows that begin in any way; None where there is nothing but white space."""
        pattern = re.compile(opening + rb"(?: r=\"([0-9]{1,7})\"|([\s/][^<>]*+|(?=>)))")
        starts, numbers = [], []
        at = -1
        while (at := run.find(opening, at + 1)) >= 0:
            match = pattern.match(run, at)
            if match is None:
                continue
            if match[1]:
                previous = int(match[1])
            else:
                written = _NUMBER.search(b" " + match[2])
                previous = int(written[1]) if written else previous + 1
            starts.append(at)
            numbers.append(previous)
        if not starts and run.strip():
            raise PartError("ooxml.malformed-xml", part=self.part, reason="no rows in sheetData")
        return Block(run, starts, numbers) if starts else None

    def _tokenised(self) -> Block:
        """Find the rows of a whole sheet by its tokens."""
        data = b"".join(self._pieces())
        if len(data) > _SLOW_LIMIT:
            raise PartError("ooxml.sheet-too-odd", part=self.part)
        start = self.head_length
        row, close = self.prefix + b"row", self.prefix + b"sheetData"
        starts: list[int] = []
        numbers: list[int] = []
        depth, end = 0, -1
        for match in tokens(data, self.part, start):
            if match["close"] is not None:
                if match["close"] == close and depth == 0:
                    end = match.start()
                    break
                depth -= 1
            elif match["open"] is not None:
                if depth == 0 and match["open"] == row:
                    written = _NUMBER.search(match["attributes"])
                    numbers.append(int(written[1]) if written else (numbers[-1] if numbers else 0) + 1)
                    starts.append(match.start() - start)
                depth += not match["empty"]
        if end < 0:
            raise PartError("ooxml.malformed-xml", part=self.part, reason="sheetData is not closed")
        self._tail = data[end:]
        return Block(data[start:end], starts, numbers)

    @property
    def head_length(self) -> int:
        """Length of the head as the part has it."""
        return len(self.head) + (1 if self.is_empty_tag else 0)


def _plain_block(run: bytes, opening: bytes) -> Block | None:
    """Return a run whose rows all begin with their number, as nearly all programs write; else None.

    Cutting it at the tags is many times faster than looking for a pattern.
    """
    before, *rows = run.split(opening)
    if not rows or not all(row.startswith(_PLAIN_NUMBER) for row in rows):
        return None
    digits = [row[len(_PLAIN_NUMBER) : row.find(b'"', len(_PLAIN_NUMBER))] for row in rows]
    if not b"".join(digits).isdigit() or not 0 < min(map(len, digits)) <= max(map(len, digits)) <= _DIGITS:
        return None
    starts = list(accumulate((len(row) + len(opening) for row in rows[:-1]), initial=len(before)))
    return Block(run, starts, list(map(int, digits)))


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `pieces`, put together to blocks: joining them one by one would copy them over and over."""
    gathered, length = [], 0
    for piece in pieces:
        gathered.append(piece)
        length += len(piece)
        if length >= _BLOCK:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)


def _ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `pieces`, the next one being inflated on another core while one is worked on."""
    first, second = next(pieces, None), next(pieces, None)
    if first is not None:
        yield first
    if second is None:
        return
    with ThreadPoolExecutor(1) as pool:
        while second is not None:
            coming = pool.submit(next, pieces, None)
            yield second
            second = coming.result()


def _last_row(buffer: bytes, row: bytes) -> int:
    """Return where the last row tag of `buffer` begins; -1 if there is none."""
    end = len(buffer) - 1
    while (at := buffer.rfind(row, 0, end)) >= 0:
        if buffer[at + len(row) : at + len(row) + 1] in {b" ", b">", b"/", b"\n", b"\t", b"\r"}:
            return at
        end = at + len(row) - 1
    return -1
