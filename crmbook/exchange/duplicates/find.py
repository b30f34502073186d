"""Pairs of rows that may be one: chosen by what they have in common, then judged by all that they say.

Only rows that share a value are ever compared, so that the work grows with the rows and not with their square. Of two rows
that share a strong value (see `crmbook.exchange.duplicates.evidence`), of any name, a pair is made; of those that share a
weak one, where their names are the same or alike. Each sign is an independent witness: the chance that two rows are two
is the product of the doubts, and every value that differs adds to it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from crmbook.exchange.duplicates.evidence import iter_signs, names_of
from crmbook.exchange.duplicates.model import Pair, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy.typing as npt
    import pandas as pd

    from crmbook.exchange.duplicates.evidence import Codes, Mask, Names, Sign
    from crmbook.schema import Book, Table

    Floats = npt.NDArray[np.float64]

LEAST: Final = 60
"""The score of a pair that is worth a look."""
_SAME, _SIMILAR = 0.6, 0.4
_ALIKE, _ALMOST = 80, 60
"""How alike names must be beside a weak sign, and beside a strong one; out of 100."""
_SHORTEST: Final = 5
"""Letters of a name that can be alike another one beside a weak sign: of shorter ones each letter makes another person."""
_WHOLE: Final = 8
"""Rows with one value at the most of which each is compared with each; of more, each with the first."""
_BLOCK: Final = 300
"""Names that are compared with one another at once."""


def find_duplicates(
    book: Book, table: Table, frame: pd.DataFrame, distinct: Collection[frozenset[str]] = ()
) -> list[Pair]:
    """Return the pairs of a table's rows that may be one, the surest first.

    Parameters
    ----------
    frame
        State frame of the table.
    distinct
        Pairs of row ids of which people have said that they are not the same.
    """
    if not table.name_field or table.name_field not in frame.columns or len(frame) < 2:
        return []
    names = names_of(book, table, frame)
    signs = list(iter_signs(book, table, frame, names))
    first, second = _candidates(signs, names)
    scores, similar = _judged(signs, names, first, second)
    kept = np.flatnonzero(scores >= LEAST)
    kept = kept[np.lexsort((second[kept], first[kept], -scores[kept]))]
    ids, found = frame.index.tolist(), []
    for position in kept.tolist():
        one, other = int(first[position]), int(second[position])
        if distinct and frozenset((ids[one], ids[other])) in distinct:
            continue
        said = _iter_reasons(
            str(table.name_field), signs, names, (one, other), is_similar=bool(similar[position])
        )
        found.append(Pair(ids[one], ids[other], int(scores[position]), tuple(said)))
    return found


def _candidates(signs: Sequence[Sign], names: Names) -> tuple[Codes, Codes]:
    """Return the positions of the rows to be compared: the first and the second of each pair."""
    count = len(names.codes)
    parts = []
    for sign in signs:
        parts.append(_together(np.where(sign.is_strong, sign.codes, -1)))
        shown = (sign.weights > 0) & (sign.codes >= 0) & (names.codes >= 0)
        parts.append(_together(np.where(shown, sign.codes * len(names.texts) + names.codes, -1)))
        parts.append(_alike(np.where(shown, sign.codes, -1), names))
    pairs = np.unique(np.concatenate([np.minimum(*part) * count + np.maximum(*part) for part in parts]))
    return pairs // count, pairs % count


def _together(codes: Codes) -> tuple[Codes, Codes]:
    """Return the pairs of rows that have the same number."""
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    parts = [np.empty((2, 0), dtype=np.int64)]
    for size in range(2, _WHOLE + 1):
        rows = order[starts[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(size, 1)
        parts.append(np.stack([rows[:, left].ravel(), rows[:, right].ravel()]))
    large = sizes > _WHOLE
    head = np.repeat(order[starts], sizes)
    rest = np.repeat(large, sizes) & (head != order)
    parts.append(np.stack([head[rest], order[rest]]))
    one, other = np.concatenate(parts, axis=1)
    return one, other


def _alike(codes: Codes, names: Names) -> tuple[Codes, Codes]:
    """Return the pairs of rows that have the same number and names that are alike."""
    long = np.array([len(text) >= _SHORTEST for text in names.texts] or [False])
    codes = np.where((names.codes >= 0) & long[names.codes], codes, -1)
    rows = np.flatnonzero(codes >= 0)
    rows = rows[np.lexsort((names.codes[rows], codes[rows]))]
    # Of a crowd of one value and one name a few stand for all, which are pairs already.
    both = codes[rows] * len(names.texts) + names.codes[rows]
    begins = np.flatnonzero(np.diff(both, prepend=-1))
    rank = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
    rows = rows[rank < _WHOLE]
    starts = np.append(np.flatnonzero(np.diff(codes[rows], prepend=-1)), len(rows))
    one: list[int] = []
    other: list[int] = []
    for start, end in pairwise(starts.tolist()):
        for block in _blocks(rows[start:end], names) if end - start > 1 else ():
            texts = [names.texts[code] for code in names.codes[block].tolist()]
            from rapidfuzz import fuzz, process  # slow to import

            near = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=_ALIKE, dtype=np.uint8)
            left, right = np.nonzero(np.triu(near, 1))
            one += block[left].tolist()
            other += block[right].tolist()
    return np.array(one, dtype=np.int64), np.array(other, dtype=np.int64)


def _blocks(rows: Codes, names: Names) -> Iterable[Codes]:
    """Return rows in parts that are small enough, those whose names begin alike together."""
    if len(rows) <= _BLOCK:
        return [rows]
    ordered = np.array(
        sorted(rows.tolist(), key=lambda row: names.texts[int(names.codes[row])]), dtype=np.int64
    )
    return [ordered[start : start + _BLOCK] for start in range(0, len(ordered), _BLOCK)]


def _judged(
    signs: Sequence[Sign], names: Names, first: Codes, second: Codes
) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return the score of each pair, and whether its names are alike without being the same."""
    doubt, against = np.ones(len(first)), np.ones(len(first))
    is_strong = np.zeros(len(first), dtype=bool)
    for sign in signs:
        same = (sign.codes[first] == sign.codes[second]) & (sign.codes[first] >= 0)
        doubt *= np.where(same, 1 - sign.weights[first], 1)
        is_strong |= same & sign.is_strong[first]
    for sign in signs:
        differ = _differ(sign.codes, first, second)
        against[differ & ~(is_strong & sign.yields)] *= sign.doubt
    called = names.codes[first] == names.codes[second]
    called &= names.codes[first] >= 0
    similar = _similar(names, first, second, is_strong, ~called)
    doubt *= np.where(called, 1 - _SAME, np.where(similar, 1 - _SIMILAR, 1))
    differ = _differ(names.codes, first, second) & ~similar
    against[differ] *= 0.8
    scores = np.rint(100 * (1 - doubt) * against)
    scores[~(called | similar | is_strong)] = 0
    return scores.astype(np.int64), similar


def _differ(codes: Codes, first: Codes, second: Codes) -> Mask:
    differ: Mask = (codes[first] >= 0) & (codes[second] >= 0) & (codes[first] != codes[second])
    return differ


def _similar(names: Names, first: Codes, second: Codes, is_strong: Mask, asked: Mask) -> Mask:
    """Return which of the pairs asked for have names that are alike."""
    found = np.zeros(len(first), dtype=bool)
    positions = np.flatnonzero(asked & (names.codes[first] >= 0) & (names.codes[second] >= 0))
    if len(positions):
        texts = [
            [names.texts[code] for code in names.codes[rows[positions]].tolist()] for rows in (first, second)
        ]
        from rapidfuzz import fuzz, process  # slow to import

        near = process.cpdist(*texts, scorer=fuzz.ratio)
        long = np.array([min(map(len, both)) >= _SHORTEST for both in zip(*texts, strict=True)])
        found[positions] = np.where(is_strong[positions], near >= _ALMOST, (near >= _ALIKE) & long)
    return found


def _iter_reasons(
    name: str, signs: Sequence[Sign], names: Names, pair: tuple[int, int], *, is_similar: bool
) -> Iterator[Reason]:
    """Yield what speaks for a pair, and what against."""
    one, other = pair
    is_named = names.codes[one] == names.codes[other] >= 0
    shown = [sign for sign in signs if sign.codes[one] >= 0 and sign.codes[other] >= 0]
    same = [sign.label for sign in shown if sign.codes[one] == sign.codes[other] and sign.weights[one]]
    if is_named or same:
        yield Reason("same", (*([name] if is_named else []), *same))
    if is_similar:
        yield Reason("similar", (name,))
    differing = [sign.label for sign in shown if sign.codes[one] != sign.codes[other] and sign.doubt < 1]
    if min(names.codes[one], names.codes[other]) >= 0 and not is_named and not is_similar:
        differing.insert(0, name)
    if differing:
        yield Reason("differs", tuple(differing))
