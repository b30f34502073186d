"""What a table's columns say about whether two rows are one: each value as a number, with its weight.

A sign is strong where it makes a pair by itself: a mobile number, a mail address of one's own, a tax number. A weak one
(a switchboard, a company, a birthday) only counts beside a name that is alike. A strong value that is under several
names is weak: it is a switchboard, whatever it looks like. A weak one that many rows have says nothing, but for the
company, of which people of one name are still few.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.exchange.intake.signs import is_mobile, is_placeholder, is_role_address, signs_of, spelled
from crmbook.exchange.mapping.salutations import Salutations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from crmbook.schema import Book, Field, Table

    Codes = npt.NDArray[np.int64]
    Weights = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

_CROWD: Final = 3
"""A strong value under as many names is a switchboard's, as in `crmbook.exchange.intake.match`."""
_MANY: Final = 20
"""A weak value of as many rows says nothing."""
_REACHED, _SHARED, _CODE, _IDENTITY = 0.75, 0.4, 0.9, 0.7
_BESIDE, _DAY, _TEXT = 0.35, 0.4, 0.3
_CODES: Final = frozenset({"national_id", "company_code"})
_KINDS: Final = frozenset({"date", "text", "phone", "email"})
_LATIN: Final = re.compile(r"[^\W_]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Sign:
    """One column.

    Attributes
    ----------
    codes
        By row, the number of its value as compared; -1 where it has none that says anything.
    weights, is_strong
        By row, how strong a sign it is that another one has the same value, and whether that makes a pair by itself.
    doubt
        By what a pair's chance is multiplied where both have a value and the values differ.
    yields
        Whether two values are not against each other where another strong sign is the same: people have two numbers.
    """

    label: str
    codes: Codes
    weights: Weights
    is_strong: Mask
    doubt: float
    yields: bool


@dataclass(frozen=True)
class Names:
    """What rows are called: by row the number of its name, -1 for none; by number the text."""

    codes: Codes
    texts: Sequence[str]


def names_of(book: Book, table: Table, frame: pd.DataFrame) -> Names:
    """Return the names of rows as compared: without salutation, legal form and brackets, in whatever order of words."""
    label = str(table.name_field)
    read, nothing = Salutations(book, None).read, {word.casefold() for word in book.imports.nothing}
    known: dict[str | None, str] = {}
    raw = spelled(frame[label])
    for text in dict.fromkeys(raw):
        called = read(text) if text is not None else None
        known[text] = called.name if called is not None else text or ""
    whole = pd.DataFrame({label: [known[text] for text in raw]}, index=frame.index, dtype=object)
    compared = signs_of(table, whole).names
    named = [
        None if bare is None or bare in nothing else _in_order(known[text], bare)
        for text, bare in zip(raw, compared, strict=True)
    ]
    codes, texts = pd.factorize(pd.Series(named, dtype=object))
    return Names(codes.astype(np.int64), [str(text) for text in texts])


def _in_order(text: str, bare: str) -> str:
    """Return a name with its words in one order: Zhang Wei is Wei Zhang."""
    if _HAN.search(text) or " " not in text.strip():
        return bare
    words = _LATIN.findall(unicodedata.normalize("NFKC", text).casefold())
    return "".join(sorted(words)) or bare


def iter_signs(book: Book, table: Table, frame: pd.DataFrame, names: Names) -> Iterator[Sign]:
    """Yield the columns that say something, those of the table's identity first."""
    nothing = {word.casefold() for word in book.imports.nothing}
    compared = signs_of(table, frame.drop(columns=str(table.name_field))).tellers
    for label, column in compared.items():
        yield _sign(table, table.fields[label], column, names, nothing)
    for label, target in table.fields.items():
        if label in compared or label not in frame.columns or label in {table.name_field, table.key}:
            continue
        if target.type in _CODES or (target.personal and not target.derived and target.type in _KINDS):
            column = frame[label].tolist() if target.type == "date" else spelled(frame[label])
            yield _sign(table, target, column, names, nothing)


def _sign(table: Table, target: Field, column: Sequence[Any], names: Names, nothing: set[str]) -> Sign:
    codes, values = pd.factorize(pd.Series(list(column), dtype=object))
    codes, count = codes.astype(np.int64), len(values)
    weight, strong, doubt = _kind(table, target)
    weights, is_strong = np.full(count, weight), np.full(count, strong)
    if target.type != "date":
        codes[np.append([not _tells(text, nothing) for text in values], False)[codes].astype(bool)] = -1
    if weight == _REACHED:
        shared = np.array(
            [is_role_address(text) if "@" in text else not is_mobile(text) for text in values], dtype=bool
        )
        weights[shared], is_strong[shared] = _SHARED, False
    crowded = _count_names(codes, names.codes, count) >= _CROWD
    weights[is_strong & crowded] = _SHARED
    is_strong &= ~crowded
    if (target.name,) in table.identity or target.personal:
        many = np.bincount(codes[codes >= 0], minlength=count) >= _MANY
        weights[many & ~is_strong] = 0
    rows = np.append(weights, 0.0)[codes], np.append(is_strong, False)[codes]
    return Sign(target.name, codes, *rows, doubt, yields=target.type in {"phone", "email"})


def _tells(text: str, nothing: set[str]) -> bool:
    return text.casefold() not in nothing and not is_placeholder(text)


def _kind(table: Table, target: Field) -> tuple[float, bool, float]:
    """Return the weight of a column, whether it is strong, and how much a difference speaks against a pair."""
    contact = target.type == "text" and target.personal and bool(target.pattern)
    if target.type in _CODES:
        return _CODE, True, 0.3
    if target.type in {"phone", "email"} or contact:
        return _REACHED, True, 0.85
    if (target.name,) in table.identity:
        return _IDENTITY, True, 0.7
    if any(target.name in labels for labels in table.identity):
        return _BESIDE, False, 0.6 if target.personal else 0.85
    return (_DAY, False, 0.7) if target.type == "date" else (_TEXT, False, 1.0)


def _count_names(codes: Codes, names: Codes, count: int) -> Codes:
    """Return under how many names each value occurs."""
    both = (codes >= 0) & (names >= 0)
    pairs = np.unique(np.stack([codes[both], names[both]]), axis=1)
    return np.bincount(pairs[0], minlength=count)
