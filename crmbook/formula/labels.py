"""How machine names look in one workbook: names of tables, headers, defined names, positions of columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Labels:
    """What rendering needs to know of a workbook.

    Attributes
    ----------
    tables
        Table → name of its ListObject.
    headers
        (table, field) → header text.
    names
        Scalar name → defined name.
    letters
        (table, field) → column letter; for `Formula.render_a1`.
    areas
        (table, field) → absolute area with its sheet, ``'客户'!$B$2:$B$900``; for whole columns in
        `Formula.render_a1`.
    picked
        The fields, as (table, field), whose cells may hold a key, a blank and a name until the next sync.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[tuple[str, str], str] = field(default_factory=dict)
    areas: Mapping[tuple[str, str], str] = field(default_factory=dict)
    picked: frozenset[tuple[str, str]] = frozenset()
