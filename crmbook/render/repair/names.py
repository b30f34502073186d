"""Defined names: hidden again, defined again where they are gone, and led back to the cells they stand for.

A name of a dropdown that somebody let point to another sheet is theirs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.ooxml import DefinedName, number, splice
from crmbook.read import target_of
from crmbook.render.repair.furniture import cell_formula

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.ooxml import Package
    from crmbook.render.repair.furniture import Pattern

_PREFIX: Final = "_crmbook."
_BROKEN: Final = "#REF!"
_WRECK: Final = re.compile(r"#|_xlfngnumeric\.|Err:", re.IGNORECASE)
"""How what a program writes begins that cannot hold the formula of a name."""
_CELLS: Final = re.compile(
    r"(?:(?<!')'((?:[^']|'')++)'|(?<![^'!:(),&])([^'!:(),&]++))!\$([A-Z]{1,3})\$([0-9]{1,7})"
)


def hide_names(package: Package) -> int:
    """Hide crmbook's own names, which office programs then show to nobody; return how many were visible."""
    workbook = package.workbook
    holder = workbook.root.find("definedNames")
    visible = [
        item
        for item in (holder.all("definedName") if holder else ())
        if (item.get("name") or "").lower().startswith(_PREFIX) and item.get("hidden") not in {"1", "true"}
    ]
    if visible:
        package.replace_part(workbook.part, splice(workbook.data, [item.set(hidden="1") for item in visible]))
    return len(visible)


def repair_names(package: Package, pattern: Pattern) -> int:
    """Define what is gone or astray among the names of headers and dropdowns; return how many those were."""
    known = {item.name.lower(): item for item in package.defined_names if item.sheet is None}
    wrong = list(_iter_wrong(pattern, known))
    if wrong:
        package.set_defined_names(wrong)
    return len(wrong)


def _iter_wrong(pattern: Pattern, known: Mapping[str, DefinedName]) -> Iterator[DefinedName]:
    for name, cell in pattern.marks.items():
        found = known.get(name.lower())
        if found is None or target_of(found) != cell:
            yield DefinedName(name, cell_formula(cell), None, hidden=True)
    for name, formula in pattern.areas.items():
        found = known.get(name.lower())
        if found is None or _is_astray(found.formula, formula):
            yield DefinedName(name, formula, None, hidden=False)


def _is_astray(formula: str, wanted: str) -> bool:
    """Return whether a name is broken, or begins at another cell of the very sheet it belongs to."""
    if _BROKEN in formula or _WRECK.match(formula):
        return True
    right, found = _starts(wanted), _starts(formula)
    if not found or {sheet for sheet, _, _ in found} != {sheet for sheet, _, _ in right}:
        return False
    return min(found) != min(right) or {column for _, column, _ in found} != {
        column for _, column, _ in right
    }


def _starts(formula: str) -> set[tuple[str, int, int]]:
    """Return the first cells of a formula's references, as sheet, column and row."""
    return {
        ((match[1] or match[2]).replace("''", "'"), number(match[3]), int(match[4]))
        for match in _CELLS.finditer(formula)
    }
