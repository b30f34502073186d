"""One column's cells in a run of rows, as arrays: where their XML is, and of which type.

The arrays point into the sheet's bytes; no text is copied out before it is needed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Words = np.ndarray[Any, np.dtype[np.uint64]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
    Heads = np.ndarray[tuple[int], np.dtype[np.void]]
    Octets = np.ndarray[tuple[int], np.dtype[np.uint8]]

HEAD: Final = 24
"""Bytes of a value that are at hand; few values but texts are longer."""


class Strip(NamedTuple):
    """Cells of one column and one type, each with a value or a formula.

    Attributes
    ----------
    column, rows
        Where they are; rows counted from 1, the column from 0.
    kind, styles
        Type (``t``; a number has ``n``) and the format of each (``s``).
    has_formula, has_value
        Whether they hold formulas, whether a ``<v>``.
    octets, starts, ends
        Where each value lies in a run of bytes.
    heads
        (n,) the first `HEAD` bytes of each value, with what follows it.
    """

    column: int
    rows: Positions
    kind: bytes
    styles: Positions
    has_formula: bool
    has_value: bool
    octets: bytes
    starts: Positions
    ends: Positions
    heads: Heads

    @property
    def _words(self) -> Words:
        """(n, HEAD / 8) the heads as numbers."""
        words: Words = np.ascontiguousarray(self.heads).view(np.uint64).reshape(-1, HEAD // 8)
        return words

    def filled(self) -> Strip:
        """Return the cells whose value is not empty."""
        is_filled = self.ends > self.starts
        if is_filled.all():
            return self
        at = np.flatnonzero(is_filled)
        return self._replace(
            rows=self.rows[at], styles=self.styles[at], starts=self.starts[at], ends=self.ends[at], heads=self.heads[at]
        )  # fmt: skip

    def indexes(self) -> Positions | None:
        """Return the values as whole numbers; None where one is anything else."""
        return whole_numbers(self._words[:, 0], self.ends - self.starts)

    def texts(self) -> list[bytes]:
        """Return the values as stored."""
        lengths = self.ends - self.starts
        if len(lengths) and int(lengths.max()) > HEAD:
            octets = self.octets
            return [
                octets[start:end] for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)
            ]
        kept: list[bytes] = (self._words & _first_bytes_table()[lengths]).view(f"S{HEAD}").ravel().tolist()
        return kept  # a value holds no zero bytes: XML has none


def windows(octets: Octets, width: int) -> Heads:
    """Return the `width` bytes that begin at each octet, as far as there are so many."""
    return np.ndarray((len(octets) - width + 1,), np.dtype(f"V{width}"), octets.data, strides=(1,))


def whole_numbers(words: Words, lengths: Positions) -> Positions | None:
    """Return the whole numbers that begin each word, in so many digits; None where one is anything else."""
    if not len(words):
        return np.empty(0, np.intp)
    if int(lengths.min()) < 1 or int(lengths.max()) > 8:
        return None
    shift = ((8 - lengths) * 8).astype(np.uint64)
    digits = (words << shift) - (np.uint64(0x3030303030303030) << shift)
    if ((digits | (digits + np.uint64(0x7676767676767676))) & np.uint64(0x8080808080808080)).any():
        return None
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8))
    mask = np.uint64(0x000000FF000000FF)
    high = (pairs & mask) * np.uint64(0x000F424000000064)
    low = ((pairs >> np.uint64(16)) & mask) * np.uint64(0x0000271000000001)
    return ((high + low) >> np.uint64(32)).astype(np.intp)


@cache
def _first_bytes_table() -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """(HEAD + 1, HEAD / 8) masks that keep the first bytes, by their number."""
    kept = np.tri(HEAD + 1, HEAD, -1, dtype=np.bool_).astype(np.uint8) * np.uint8(0xFF)
    return kept.view(np.uint64)
