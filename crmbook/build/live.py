"""Live formula or value: which computed fields a workbook of this size can afford to keep live.

An office program scans whole columns anew for each formula row, so a column costs (its rows) × (rows of the tables it
looks through, its own among them). What an office program has no function for is a value; any other row-local formula
stays live. Under ``auto`` the other columns are admitted, cheapest first, while their costs add up to at most `BUDGET`;
the rest are written as values, which sync keeps right. Measured in LibreOffice: 5×10⁷ row pairs recalculate in about 3 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.schema import Book

Mode = Literal["auto", "always", "never"]
FieldKey = tuple[str, str]

BUDGET: Final = 50_000_000


def plan_live(book: Book, rows: Mapping[str, int], mode: Mode) -> frozenset[FieldKey]:
    """Return the computed fields, as (table, field), that are written as live formulas.

    Parameters
    ----------
    book
        The schema; a field's own ``live: always`` or ``never`` outranks `mode`. The single cells of pages are one
        row each and always live.
    rows
        Number of rows per table.
    mode
        ``always``: every formula; ``never``: only row-local ones; ``auto``: within the budget.
    """
    live: set[FieldKey] = set()
    costs: list[tuple[int, FieldKey]] = []
    for key, formula in book.formulas.items():
        own = book.tables[key[0]].fields[key[1]].live if key[0] else "always"
        wish = mode if own == "auto" else own
        if formula.call_of_ours is not None:
            continue
        if formula.row_local or wish == "always":
            live.add(key)
        elif wish == "auto":
            costs.append((_cost(key, formula.tables_scanned, rows), key))
    spent = 0
    for cost, key in sorted(costs):
        spent += cost
        if spent > BUDGET:
            break
        live.add(key)
    return frozenset(live)


def _cost(key: FieldKey, scanned: frozenset[str], rows: Mapping[str, int]) -> int:
    return rows.get(key[0], 0) * sum(rows.get(table, 0) for table in scanned)
