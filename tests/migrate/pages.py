"""Pages of workbooks that a migration draws anew: their titles, and what their named cells show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl

from crmbook.ooxml import Package
from crmbook.read import target_of

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")


def place_of(folder: Path) -> tuple[object, ...]:
    return ("--workspace", folder, *DAY)


def titles(path: Path) -> list[str]:
    return [sheet.name for sheet in Package.open(path).sheets]


def place(path: Path, name: str) -> tuple[str, int, int]:
    [target] = [target_of(one) for one in Package.open(path).defined_names if one.name == name]
    assert target is not None
    return target


def shown(path: Path, name: str) -> Any:
    sheet, row, column = place(path, name)
    return openpyxl.load_workbook(path, data_only=True)[sheet].cell(row, column).value
