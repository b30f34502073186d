"""The parts of tables and the columns of their sheets: style, fill-down formulas, green triangles, hidden row ids.

A table part without any style was written by a program that knows none; a person who wants no style leaves one
without a name, and another style of theirs stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.ooxml import (
    Area,
    Document,
    text,
    with_calculated_column,
    with_table_style,
)
from crmbook.schema import LAST_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmbook.formula import Formula, Labels
    from crmbook.ooxml import Package
    from crmbook.schema import TableLayout

STYLE: Final = "TableStyleLight1"
_KINDS: Final = ("numberStoredAsText", "calculatedColumn")


def repair_part(
    package: Package, part: str, formulas: Mapping[str, Formula], labels: Labels
) -> tuple[bool, int]:
    """Give a table its style and fill-down formulas, by header, where it has none; return what was put back."""
    data = package.parts.read(part)
    root = Document(data, part).root
    holder = root.find("tableColumns")
    bare = {
        text.decode(item.get("name") or "")
        for item in (holder.all("tableColumn") if holder else ())
        if item.find("calculatedColumnFormula") is None
    }
    styled = root.find("tableStyleInfo") is not None
    new = data if styled else with_table_style(data, part, STYLE, row_stripes=False)
    missing = [header for header in formulas if header in bare]
    for header in missing:
        new = with_calculated_column(new, part, header, formulas[header].render(labels, equals=False))
    if new != data:
        package.replace_part(part, new)
    return not styled, len(missing)


def filled_down(
    table_layout: TableLayout, live: Collection[tuple[str, str]], absent: AbstractSet[tuple[str, str]]
) -> dict[str, Formula]:
    """Return the formulas of a table's live columns by the headers they have now."""
    table = table_layout.table.name
    fields = {column.header: column.field for column in table_layout.columns.values() if column.field}
    return {
        header: field.formula
        for header, field in fields.items()
        if field.formula and (table, field.name) in live and not field.formula.references & absent
    }


def repair_ignored_errors(package: Package, title: str, layouts: Sequence[TableLayout]) -> bool:
    """Keep green triangles away from the tables of a sheet that has lost all such marks; return whether it had."""
    if b"ignoredErrors" in package.sheet(title).tail:
        return False
    areas = []
    for table_layout in layouts:
        columns = [column.index + 1 for column in table_layout.all_columns]
        areas.append(
            Area(table_layout.first_row, min(columns), table_layout.last_row or LAST_ROW, max(columns))
        )
    for kind in _KINDS:
        package.set_ignored_errors(title, " ".join(map(str, areas)), kind)
    return True
