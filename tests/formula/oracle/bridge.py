"""Worlds in crmbook's own terms: the scope its formulas may speak of, the frames they are evaluated on.

The same columns come as frames of plain Python objects and, where a column is clean, as float64 and datetime64:
both ways of storing must give the same values.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.formula import CellError, Kind, Labels, Scope
from tests.formula.oracle.worlds import Content, Error
from tests.office import ErrorText

if TYPE_CHECKING:
    from tests.formula.oracle.worlds import Column, Table, World
    from tests.office import CellContent

CONSTANTS = {"alert.high": "高"}
NAMES = {"as_of": Kind.DATE, "rate": Kind.NUMBER, "label": Kind.TEXT}


def build_scope(world: World) -> Scope:
    """Return the scope of a world's tables; kinds are what the first cells suggest, or any."""
    tables = {
        name: {field: _kind(column) for field, column in table.items()}
        for name, table in world.tables.items()
    }
    return Scope(tables=tables, names=NAMES, constants=CONSTANTS)


def build_labels(world: World) -> Labels:
    """Return labels under which everything is called in the workbook as it is called in the formulas."""
    return Labels(
        tables={name: name for name in world.tables},
        headers={(name, field): field for name, table in world.tables.items() for field in table},
        names={name: name for name in world.names},
    )


def build_frames(world: World, *, typed: bool) -> dict[str, pd.DataFrame]:
    """Return a world's tables as frames; `typed` stores clean columns as float64 and datetime64."""
    return {name: build_frame(table, typed=typed) for name, table in world.tables.items()}


def build_frame(table: Table, *, typed: bool) -> pd.DataFrame:
    """Return one table as a frame; see `build_frames`."""
    return pd.DataFrame({field: _series(column, typed=typed) for field, column in table.items()})


def plain(value: object) -> CellContent:
    """Return an evaluated value in the terms in which the office program's values are read."""
    if isinstance(value, CellError):
        return ErrorText(value.value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str) or value is None:
        return value
    number = float(value)
    return None if math.isnan(number) else number


def _kind(column: Column) -> Kind:
    types = {type(content) for content in column} - {type(None)}
    if types and types <= {int, float}:
        return Kind.NUMBER
    kinds = {str: Kind.TEXT, bool: Kind.BOOLEAN, dt.date: Kind.DATE, dt.datetime: Kind.DATE}
    return kinds.get(types.pop(), Kind.ANY) if len(types) == 1 else Kind.ANY


def _series(column: Column, *, typed: bool) -> pd.Series:
    kind = _kind(column)
    if typed and kind is Kind.NUMBER:
        return pd.Series(column, dtype="float64")
    if typed and kind is Kind.DATE:
        return pd.Series(column, dtype="datetime64[s]")
    return pd.Series([_content(content) for content in column], dtype=object)


def _content(content: Content) -> object:
    return CellError(str(content)) if isinstance(content, Error) else content
