"""Excel's wildcards: ``*`` any text, ``?`` any one character, ``~`` takes the next of ``* ? ~`` as it is.

A pattern is a row of segments with ``*`` between them. The first is bound to the beginning of a text, the last to
its end, and every one between may be put at the first position where it fits: putting it later leaves the others less
room. Nothing is ever tried twice, so that the work grows with the lengths of pattern and text together; a regular
expression would try every way to share the text among the stars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_SIGNS = re.compile(r"~([*?~])|([*?])|([^*?~]+|~)", re.DOTALL)


def has_wildcards(text: str) -> bool:
    """Return whether a text must be matched as a pattern; an escaped sign also counts."""
    return "*" in text or "?" in text or "~" in text


@lru_cache(maxsize=4096)
def pattern(text: str) -> Wildcards:
    """Return the pattern that a text with wildcards spells.

    >>> pattern("a*").fits("Abc"), pattern("~*").fits("x"), pattern("n?n").find("Banana")
    (True, False, 2)
    """
    segments: list[list[tuple[int, str]]] = [[]]
    lengths = [0]
    for literal, sign, plain in _SIGNS.findall(text):
        if sign == "*":
            segments.append([])
            lengths.append(0)
            continue
        run = _folded(literal or plain)
        if run:
            segments[-1].append((lengths[-1], run))
        lengths[-1] += len(run) or 1
    return Wildcards(
        tuple(_Segment(length, _joined(runs)) for length, runs in zip(lengths, segments, strict=True))
    )


@dataclass(frozen=True, slots=True)
class Wildcards:
    """A pattern; letters count as equal regardless of case."""

    segments: tuple[_Segment, ...]

    def fits(self, text: str) -> bool:
        """Return whether the whole of `text` fits the pattern."""
        text = _folded(text)
        first, last = self.segments[0], self.segments[-1]
        if len(self.segments) == 1:
            return len(text) == first.length and first.stands(text, 0)
        end = len(text) - last.length
        if end < first.length or not first.stands(text, 0) or not last.stands(text, end):
            return False
        return _follow(self.segments[1:-1], text[:end], first.length)

    def find(self, text: str, start: int = 0) -> int:
        """Return the first position from `start` on where some part of `text` fits the pattern, else -1."""
        text = _folded(text)
        first = self.segments[0]
        position = first.find(text, start)
        # Where the others do not follow the first fit of the first segment, they follow no later one.
        return position if position >= 0 and _follow(self.segments[1:], text, position + first.length) else -1


@dataclass(frozen=True, slots=True)
class _Segment:
    """What is between two stars.

    Attributes
    ----------
    length
        How many characters it takes.
    runs
        The characters that it names, in runs, each with its offset; what is between them is ``?``.
    """

    length: int
    runs: tuple[tuple[int, str], ...]

    def stands(self, text: str, position: int) -> bool:
        """Return whether the segment fits at a position that leaves it room."""
        return all(text.startswith(run, position + offset) for offset, run in self.runs)

    def find(self, text: str, start: int) -> int:
        """Return the first position from `start` on where the segment fits, else -1."""
        last = len(text) - self.length
        if last < start:
            return -1
        if not self.runs:
            return start
        if len(self.runs) > 1:
            return self._find_apart(text, start)
        offset, run = self.runs[0]
        position = text.find(run, start + offset, last + offset + len(run))
        return position - offset if position >= 0 else -1

    def _find_apart(self, text: str, start: int) -> int:
        """Find several runs with ``?`` between them, in windows that hold the segment a few times."""
        width = 2 * self.length + 64
        for begin in range(start, len(text) - self.length + 1, width - self.length + 1):
            position = self._find_within(text[begin : begin + width])
            if position >= 0:
                return begin + position
        return -1

    def _find_within(self, window: str) -> int:
        """Try all positions of a window at once, a bit for each."""
        bits = {character: 0 for _, run in self.runs for character in run}
        for position, character in enumerate(window):
            if character in bits:
                bits[character] |= 1 << position
        fitting = (1 << (len(window) - self.length + 1)) - 1
        for offset, run in self.runs:
            for index, character in enumerate(run, start=offset):
                fitting &= bits[character] >> index
                if not fitting:
                    return -1
        return (fitting & -fitting).bit_length() - 1


def _follow(segments: tuple[_Segment, ...], text: str, position: int) -> bool:
    """Return whether the segments fit one behind the other from a position on."""
    for segment in segments:
        position = segment.find(text, position)
        if position < 0:
            return False
        position += segment.length
    return True


def _joined(runs: list[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """Return runs with those that touch made one: ``a~*b`` names three characters in a row."""
    whole: list[tuple[int, list[str]]] = []
    end = -1
    for offset, run in runs:
        if offset == end:
            whole[-1][1].append(run)
        else:
            whole.append((offset, [run]))
        end = offset + len(run)
    return tuple((offset, "".join(parts)) for offset, parts in whole)


def _folded(text: str) -> str:
    """Return `text` in small letters, each in its place."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return lower.replace("ς", "σ")
