"""Columns as bytes and back: JSON lists, compressed one by one, in a container with a short head.

A column is a numpy array of one of three kinds: ``f`` float64, ``d`` datetime64[us], ``o`` objects. A blank is NaN,
NaT or None. Days are whole numbers since 1970, moments as microseconds, texts that repeat as a list of them and
the position of each; dates among objects are tagged. The bytes depend on nothing but the values, and reading them runs
no code. Every column is packed by itself, so that one that did not change need not be packed again.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pandas as pd

from crmbook.merge import columns_of, share_memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = np.ndarray[tuple[int], np.dtype[Any]]

SHARES: Final = int(pd.__version__.split(".")[0]) >= 3
"""Whether a shallow copy of a frame never writes through to the original."""
_MARK: Final = b"crmb1"
_LEVEL: Final = 1
_SMALL: Final = 200
"""Bytes; below, compressing gains nothing."""
_SMALL_TABLE: Final = 1 << 15
"""Bytes; larger tables are decoded anew, because keeping them would take memory for good."""
_SAMPLE: Final = 1000
_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATETIME


@dataclass(frozen=True, slots=True)
class Packed:
    """A column as bytes; `form` says how to read them."""

    label: str
    kind: str
    form: str
    data: bytes


def kind_of(values: Array) -> str:
    """Return the letter of a canonical column."""
    return {"f": "f", "M": "d"}.get(values.dtype.kind, "o")


def canonical(column: pd.Series) -> Array:
    """Return a column of one of the three kinds, without a copy where it is one already."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "fiu":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind == "M":
        return column.to_numpy().astype("datetime64[us]", copy=False)
    values: Array = column.to_numpy(dtype=object)
    odd = np.asarray(values != values, dtype=bool)  # noqa: PLR0124 - NaN and NaT differ from themselves, None does not
    if odd.any():
        values = values.copy()
        values[odd] = None
    return values


def canonical_frame(frame: pd.DataFrame, like: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a table of canonical columns that no later change of `frame` reaches.

    Parameters
    ----------
    like
        A canonical table; columns that share its memory are known to be canonical.
    """
    result = frame.copy(deep=not SHARES)
    known = {} if like is None else columns_of(like)
    for label, held in columns_of(frame).items():
        if label in known and isinstance(held, np.ndarray) and share_memory(held, known[label]):
            continue
        values = canonical(frame[label])
        if values.dtype != held.dtype or not np.shares_memory(values, held):
            result[label] = pd.Series(values, index=frame.index, dtype=values.dtype)
    result.index = _plain_index(frame.index)
    result.columns = _plain_index(frame.columns)
    return result


def _plain_index(index: pd.Index) -> pd.Index:
    return index if index.dtype == object and index.name is None else pd.Index(index, dtype=object, name=None)


def pack(label: str, values: Array) -> Packed:
    """Return a canonical column as bytes."""
    kind = kind_of(values)
    form, text = {"f": _numbers, "d": _days, "o": _objects}[kind](values)
    if len(text) > _SMALL:
        return Packed(label, kind, f"{form}/z", zlib.compress(text, _LEVEL))
    return Packed(label, kind, form, text)


def unpack(column: Packed) -> Array:
    """Return the values of a packed column."""
    form, _, compressed = column.form.partition("/")
    data = zlib.decompress(column.data) if compressed else column.data
    items = json.loads(data) if form == "plain" else orjson.loads(data)
    if form in {"tagged", "plain"}:
        items = [_untag(item) if type(item) is dict else item for item in items]
    if form == "blank":
        return np.full(items, None, dtype=object)
    if form == "codes":
        return _array([*items[0], None])[np.array(items[1], dtype=np.intp)]
    if column.kind == "f":
        return np.array(items, dtype=np.float64)
    if column.kind == "d":
        days = np.array(items, dtype=np.int64)
        return days.view("M8[D]" if form == "days" else "M8[us]").astype("M8[us]")
    return _array(items)


def join(head: Mapping[str, Any], columns: Sequence[Packed]) -> bytes:
    """Return a container: a JSON head and the columns after it."""
    parts = [(column.label, column.kind, column.form, len(column.data)) for column in columns]
    first = json.dumps({**head, "columns": parts}).encode()  # ASCII: any text passes, lone surrogates too
    return b"".join([_MARK, len(first).to_bytes(4, "little"), first, *(column.data for column in columns)])


def split(blob: bytes) -> tuple[dict[str, Any], list[Packed]]:
    """Return the head and the columns of a container.

    Raises
    ------
    ValueError
        If `blob` is none.
    """
    start = len(_MARK) + 4
    if blob[: len(_MARK)] != _MARK:
        raise ValueError("not a container of columns")
    position = start + int.from_bytes(blob[len(_MARK) : start], "little")
    head = json.loads(blob[start:position])
    columns = []
    for label, kind, form, size in head.pop("columns"):
        columns.append(Packed(label, kind, form, blob[position : position + size]))
        position += size
    if position != len(blob):
        raise ValueError("a container of columns is cut off")
    return head, columns


def encode_frame(frame: pd.DataFrame, known: Mapping[str, Packed] | None = None) -> bytes:
    """Return a canonical table as bytes; `known` are columns that are packed already, the row ids under ``""``."""
    known = known or {}
    ids = known.get("") or pack("", frame.index.to_numpy(dtype=object))
    columns = [known.get(label) or pack(label, values) for label, values in columns_of(frame).items()]
    return join({}, [ids, *columns])


def decode_frame(blob: bytes) -> pd.DataFrame:
    """Return the table in `blob`; of small ones the very same for the same bytes, so that nobody may write to it."""
    return _recall(blob) if SHARES and len(blob) <= _SMALL_TABLE else _decode(blob)


def _decode(blob: bytes) -> pd.DataFrame:
    _, (ids, *columns) = split(blob)
    return make_frame(unpack(ids), {column.label: unpack(column) for column in columns})


_recall = lru_cache(maxsize=128)(_decode)
"""Most tables of a book are small and stay as they are, sync after sync of one process."""


def make_frame(ids: Array | pd.Index, columns: Mapping[str, Array]) -> pd.DataFrame:
    """Return a table of canonical columns; the arrays are taken, not copied."""
    index = ids if isinstance(ids, pd.Index) else pd.Index(ids, dtype=object)
    typed = {
        label: pd.Series(values, index=index, dtype=values.dtype, copy=False)
        for label, values in columns.items()
    }
    return pd.DataFrame(typed, index=index, columns=pd.Index(list(columns), dtype=object), copy=False)


def _array(items: Sequence[Any]) -> Array:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _numbers(values: Array) -> tuple[str, bytes]:
    if np.isinf(values).any():  # JSON has no infinity
        return _listed([None if math.isnan(item) else item for item in values.tolist()])
    return "list", orjson.dumps(np.ascontiguousarray(values), option=_OPTIONS)


def _days(values: Array) -> tuple[str, bytes]:
    days = values.astype("M8[D]")
    if bool(((days == values) | np.isnat(values)).all()):
        return "days", orjson.dumps(np.ascontiguousarray(days).view(np.int64), option=_OPTIONS)
    return "moments", orjson.dumps(np.ascontiguousarray(values).view(np.int64), option=_OPTIONS)


def _objects(values: Array) -> tuple[str, bytes]:
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred == "empty":
        return "blank", orjson.dumps(len(values))
    if inferred != "string":
        return _listed(values.tolist())
    sample = values[:_SAMPLE]
    if len(set(sample)) * 2 <= len(sample):
        codes, texts = pd.factorize(values)
        if len(texts) * 4 <= len(values):
            pair = _dumps([list(texts), codes])
            if pair is not None:
                return "codes", pair
    return _listed(values.tolist(), texts=True)


def _listed(items: list[Any], *, texts: bool = False) -> tuple[str, bytes]:
    """Return objects as a list: plain JSON where orjson refuses a lone surrogate or a huge integer."""
    if not texts:
        tagged = [_tag(item) for item in items]
        form = "list" if all(left is right for left, right in zip(items, tagged, strict=True)) else "tagged"
        items = tagged
    else:
        form = "list"
    data = _dumps(items)
    return (form, data) if data is not None else ("plain", json.dumps(items).encode())


def _dumps(value: object) -> bytes | None:
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError:
        return None


def _tag(item: Any) -> Any:
    if item is None or isinstance(item, str | bool):
        return item
    if isinstance(item, dt.datetime):
        return {"t": item.isoformat()}
    if isinstance(item, dt.date):
        return {"d": item.isoformat()}
    if isinstance(item, float) and math.isinf(item):
        return {"n": str(item)}
    return item.item() if isinstance(item, np.generic) else item


def _untag(item: dict[str, str]) -> object:
    ((tag, text),) = item.items()
    if tag == "n":
        return float(text)
    return dt.date.fromisoformat(text) if tag == "d" else dt.datetime.fromisoformat(text)
