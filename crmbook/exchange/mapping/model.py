"""A mapping: all that is decided about a list before its rows are looked at, as plain data (YAML, or the preview)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping as Mapped
    from collections.abc import Sequence

    import pandas as pd

Found = Literal["label", "alias", "language", "fuzzy", "content", "map", "memory", ""]
"""How the field of a column was found; empty where it was not. ``memory``: as a person decided it for such a list."""
Split = Literal[
    "",
    "phones",
    "emails",
    "region_city_address",
    "name_company",
    "note",
    "people",
    "given_name",
    "family_name",
]
"""How the cells of a column are taken apart; the further parts go to fields the rule knows.

``note`` takes what is in brackets behind a name as a remark; ``people`` does so too and gives each of several people a
row, see `crmbook.exchange.mapping.eachperson`; ``given_name`` and ``family_name`` are put together.
"""
Policy = Literal["fill", "overwrite", "keep", "append"]
"""Fill blanks of the row that is there, overwrite, keep what is there, append a text. A blank never erases."""
ValueAction = Literal["use", "add", "blank", "keep"]
"""Use an entry of the list; add the text to the list; leave the cell blank; keep it as it stands, no value for the book."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column of the source.

    Attributes
    ----------
    header
        As in `SourceSheet.headers`.
    table, field
        Machine names; a field that is empty with a table is a column of one's own named as the header; both empty: the
        column is not taken.
    sure
        From 0 to 1.
    is_external
        The cells identify the row of `table` in the program the list came from: such a row is found again by them.
    """

    header: str
    table: str = ""
    field: str = ""
    found: Found = ""
    sure: float = 0.0
    split: Split = ""
    policy: Policy = "fill"
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class ValueRule:
    """One distinct value of a list field: text in the source → text of a list entry, or what else becomes of it."""

    table: str
    field: str
    text: str
    count: int
    action: ValueAction
    entry: str = ""
    sure: float = 0.0


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Rows are taken only where the cell under `header` is none of `without` (an order that was closed, …)."""

    header: str
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """Amounts are negative where the cell under `header` is one of `texts`: an order that was refunded."""

    header: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MapOrigin:
    """The list that a remembered map was decided for.

    Attributes
    ----------
    at
        When it was taken in (ISO 8601, UTC).
    news
        Headers of the present list whose contents nobody has decided about.
    """

    name: str
    at: str
    news: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """What becomes of one source sheet.

    Attributes
    ----------
    table
        The table whose rows the list holds; other tables of the rules are fed besides (orders → customers).
    fingerprint
        Of the headers: a list with the same ones is mapped the same way.
    nothing
        Words that say a cell is blank, folded.
    origin
        Where it is remembered from; None of one that was proposed or written down.
    """

    table: str
    columns: Sequence[ColumnRule]
    values: Sequence[ValueRule] = ()
    fingerprint: str = ""
    nothing: tuple[str, ...] = ()
    filters: Sequence[RowFilter] = ()
    negative: Sequence[Negative] = ()
    origin: MapOrigin | None = None


@dataclass(frozen=True, slots=True)
class DayOrder:
    """What is in front in days such as ``12/1/1990`` (``mdy``, ``dmy``), and how many were read so."""

    order: str
    count: int


@dataclass(frozen=True, slots=True)
class CellSources:
    """Which column of a list the cells of a field were typed from.

    Attributes
    ----------
    rows
        By row the header, where it is another one than `header`: a second telephone filled the blank of the first.
    """

    header: str
    rows: Mapped[int, str] = field(default_factory=dict)

    def of(self, row: int) -> str:
        """Return the header of a row's cell."""
        return self.rows.get(row, self.header)


@dataclass(frozen=True)
class Typed:
    """What a mapping makes of a sheet: cells as a person would type them, by table.

    Attributes
    ----------
    frames
        By table: raw cells by field; the index holds the row numbers of the source.
    own
        By table: cells of columns of one's own, by header; the same index.
    external
        By table: the header in `own`, or the field in `frames`, that identifies its rows in the source's program.
    links
        (table, reference field) → table: the reference names the row that the same source row is in the other table.
    policies
        (table, field) → policy, where it is not ``fill``; own columns by their header.
    added
        (list) → texts to be added to it.
    filtered
        Rows that a filter left out.
    states
        (table, header in `own`) of the columns that say in what state an order is.
    revoked
        Rows that are orders which were paid back or closed.
    closed
        Of these the rows that would stay out if the book did not know their orders.
    leftovers
        (row, header) → text of cells, or parts of cells, that went nowhere: named, never silently dropped.
    companions
        (row, header) → text of cells that name several people, of whom the first is the row's.
    day_orders
        By header, how days were read that did not say themselves which number is the month.
    order_amounts
        By header, how many lines of orders count 0 because another line bears the amount of the whole order.
    repeated_totals
        By header, how many orders of several lines repeated their amount in each of them.
    decimal_commas
        By header, how many numbers were read whose decimals follow a comma.
    with_units
        By header, how many numbers had with them what they count: they are kept as they stood besides.
    named_by
        By header, how many rows without a name were named by another column.
    masked
        (row, header) → text of the cells that were masked, and left blank.
    sources
        By table and field, the columns of the list that its cells came from.
    is_exact
        Whether the cells are those of an export: values as they were, rows known by their keys alone.
    """

    frames: Mapped[str, pd.DataFrame]
    own: Mapped[str, pd.DataFrame] = field(default_factory=dict)
    external: Mapped[str, str] = field(default_factory=dict)
    links: Mapped[tuple[str, str], str] = field(default_factory=dict)
    policies: Mapped[tuple[str, str], Policy] = field(default_factory=dict)
    added: Mapped[str, tuple[str, ...]] = field(default_factory=dict)
    filtered: tuple[int, ...] = ()
    states: frozenset[tuple[str, str]] = frozenset()
    revoked: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    leftovers: Mapped[tuple[int, str], str] = field(default_factory=dict)
    companions: Mapped[tuple[int, str], str] = field(default_factory=dict)
    day_orders: Mapped[str, DayOrder] = field(default_factory=dict)
    order_amounts: Mapped[str, int] = field(default_factory=dict)
    repeated_totals: Mapped[str, int] = field(default_factory=dict)
    decimal_commas: Mapped[str, int] = field(default_factory=dict)
    with_units: Mapped[str, int] = field(default_factory=dict)
    named_by: Mapped[str, int] = field(default_factory=dict)
    masked: Mapped[tuple[int, str], str] = field(default_factory=dict)
    sources: Mapped[tuple[str, str], CellSources] = field(default_factory=dict)
    is_exact: bool = False
