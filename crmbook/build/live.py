"""Live formula or value: which computed fields a workbook of this size can afford to keep live.

A column of formulas costs an office program twice. To calculate it: a formula that looks through whole columns does so anew in
each row, which is (its rows) × (rows of the tables it looks through, its own among them; half of them where it searches for one
exact match). To open and save it: every formula is parsed, kept and written for itself, which is (its rows) × (operands, operators and
calls of it), also where it reads its own row alone.

Under ``auto`` the columns are admitted, cheapest first, while what they cost adds up to at most `PAIRS` and `PARTS`; the rest are
written as values, which sync keeps right. What an office program has no function for is a value in any case. Measured in
LibreOffice: 5×10⁷ row pairs recalculate in about 3 s; a million parts are 2 s of opening, 2 s of saving and 200 MB of memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.formula import Formula
    from crmbook.schema import Book

Mode = Literal["auto", "always", "never"]
FieldKey = tuple[str, str]

PAIRS: Final = 50_000_000
PARTS: Final = 1_250_000


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
        ``always``: every formula; ``never``: only row-local ones; ``auto``: within the budgets.
    """
    live: set[FieldKey] = set()
    offered: list[FieldKey] = []
    for key, formula in book.formulas.items():
        own = book.tables[key[0]].fields[key[1]].live if key[0] else "always"
        wish = mode if own == "auto" else own
        if formula.call_of_ours is not None:
            continue
        if wish == "always" or (wish == "never" and formula.row_local):
            live.add(key)
        elif wish == "auto":
            offered.append(key)
    formulas = book.formulas
    calculable = _affordable({key: _pairs(formulas[key], key, rows) for key in offered}, PAIRS)
    picked = layout_of(book).labels().picked
    sizes = {key: formulas[key].written_size(picked) for key in calculable}
    return frozenset(
        live | _affordable({key: rows.get(key[0], 0) * size for key, size in sizes.items()}, PARTS)
    )


def _pairs(formula: Formula, key: FieldKey, rows: Mapping[str, int]) -> int:
    """Return how many pairs of rows a column looks at; the small tables of rules do not count."""
    if formula.row_local:
        return 0
    halves = sum(
        rows.get(table, 0) * (1 if table in formula.tables_searched else 2)
        for table in formula.tables_scanned
    )
    return rows.get(key[0], 0) * halves // 2


def _affordable(costs: Mapping[FieldKey, int], budget: int) -> set[FieldKey]:
    """Return the columns, cheapest first, that cost at most the budget together."""
    kept: set[FieldKey] = set()
    spent = 0
    for cost, key in sorted((cost, key) for key, cost in costs.items()):
        spent += cost
        if spent > budget:
            break
        kept.add(key)
    return kept
