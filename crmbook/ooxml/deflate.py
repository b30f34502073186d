"""Packing: a stream of bytes becomes the pieces of one raw deflate stream, on several cores.

The stream is cut into blocks of a fixed size, each packed for itself and ended on a byte boundary (a sync
flush, RFC 1951 3.2.4), so that the pieces simply follow one another. The cut does not depend on the number
of cores, hence neither do the bytes. Level 1: for sheet XML it is four times as fast as level 6 and some 15 %
larger.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


LEVEL = 1
_BLOCK = 1 << 20
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Packed:
    """The new content of a member, ready to be written.

    Attributes
    ----------
    crc, size
        CRC-32 and length of the content before packing.
    chunks
        The raw deflate stream, in pieces.
    """

    crc: int
    size: int
    chunks: Sequence[bytes]

    @property
    def packed(self) -> int:
        """Length of the deflate stream in bytes."""
        return sum(map(len, self.chunks))


def pack(pieces: Iterable[bytes]) -> Packed:
    """Pack `pieces`, which may be of any length; holds a few MiB of them at a time."""
    blocks = _Counter(_blocks(pieces))
    first = next(blocks, b"")
    second = next(blocks, None)
    if second is None:
        chunks = [_finish(first)]
    else:
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            chunks = list(_packed(pool, first, second, blocks))
    return Packed(blocks.crc, blocks.size, chunks)


class _Counter:
    """Iterator over blocks that keeps their running CRC and length."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.crc = 0
        self.size = 0

    def __iter__(self) -> _Counter:
        return self

    def __next__(self) -> bytes:
        block = next(self._blocks)
        self.crc = zlib.crc32(block, self.crc)
        self.size += len(block)
        return block


def _packed(
    pool: ThreadPoolExecutor, first: bytes, second: bytes, blocks: Iterator[bytes]
) -> Iterator[bytes]:
    waiting: deque[Future[bytes]] = deque([pool.submit(_sync, first)])
    last = second
    for block in blocks:
        waiting.append(pool.submit(_sync, last))
        last = block
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
    yield _finish(last)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    length = 0
    for piece in pieces:
        gathered.append(piece)
        length += len(piece)
        if length >= _BLOCK:
            whole = b"".join(gathered)
            full = length // _BLOCK * _BLOCK
            for at in range(0, full, _BLOCK):
                yield whole[at : at + _BLOCK]
            gathered, length = [whole[full:]], length - full
    if length:
        yield b"".join(gathered)


def _sync(block: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)


def _finish(block: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(block) + packer.flush(zlib.Z_FINISH)
