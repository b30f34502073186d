"""What a formula may speak of: tables and their fields, scalar names, constants.

A `Scope` is handed to `crmbook.formula.binder.bind`; it holds machine names only. How they look in a workbook of one
language and template is the business of `crmbook.formula.Labels`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crmbook.formula.values import Kind


@dataclass(frozen=True)
class Scope:
    """The names that formulas may use.

    Attributes
    ----------
    tables
        Table → field → kind. The order of the fields is that of the columns, which spans ``t[[a]:[c]]`` follow.
    names
        Scalar names, such as ``as_of``: defined names in the workbook, values at evaluation.
    constants
        ``list.value`` → the text it stands for, in the workbook's language; or a number, or several.
    bands, parameters
        Known rules of ``BAND`` and ids of ``PARAM``; None leaves them unchecked.
    fixed_bands, fixed_parameters
        What ``BAND`` and ``PARAM`` are worth without their tables: the bands of each rule by lower bound, each value.
    rule_tables
        Tables small enough to count as constants when asking whether a formula is row-local.
    """

    tables: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    names: Mapping[str, Kind] = field(default_factory=dict)
    constants: Mapping[str, str | float | tuple[float, ...]] = field(default_factory=dict)
    bands: Collection[str] | None = None
    parameters: Collection[str] | None = None
    fixed_bands: Mapping[str, Mapping[float, float | str]] = field(default_factory=dict)
    fixed_parameters: Mapping[str, float | str] = field(default_factory=dict)
    rule_tables: frozenset[str] = frozenset({"bands", "parameters"})
