"""A workbook on somebody's desk: typed into as a person would, synced, looked at. Built once, copied for each test."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from crmbook.ooxml import Package
from crmbook.schema import Layout
from crmbook.sync.pipeline import Synced, sync_workbook
from tests.books import book_of, built
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crmbook.schema import TableLayout

DAY = date(2023, 4, 1)
"""As-of date of the sample."""
_ROW = re.compile(rb'<row r="(\d+)".*?</row>', re.DOTALL)


NAME = "客户管理.xlsx"


@cache
def settled(folder: Path, lang: str = "zh") -> bytes:
    """The sample after its first sync, which has marked the two telephone numbers; its store beside it."""
    path = folder / NAME
    path.write_bytes(built(lang=lang).data)
    sync_workbook(path, DAY)
    return path.read_bytes()


def moved(source: Path, target: Path) -> Path:
    """Copy a folder's settled workbook and store, as somebody who moves the folder does; return the workbook."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target / NAME


def set_cells(path: Path, sheet: str, cells: Mapping[str, Any]) -> None:
    """Type into cells of a sheet: None empties one, a text that begins with ``=`` is a formula."""
    package = Package.open(path)
    typed = package.sheet(sheet)
    for ref, value in cells.items():
        formula = value[1:] if isinstance(value, str) and value.startswith("=") else None
        typed.set(ref, 0 if formula else value, formula=formula)
    package.save(path)


@dataclass(frozen=True)
class Desk:
    """The sample workbook at `path`."""

    path: Path
    lang: str = "zh"

    def place(self, table: str) -> TableLayout:
        return Layout(book_of(lang=self.lang)).tables[table]

    def ref(self, table: str, field: str, row: int) -> str:
        """Address of a field's cell in the sheet's row `row`; 问题 and the row id go by ``issues`` and ``row_id``."""
        place = self.place(table)
        service = {"issues": place.issues, "row_id": place.row_id}
        column = service.get(field) or place.columns[field]
        return f"{column.letter}{row}"

    def type(self, table: str, row: int, /, **values: Any) -> None:
        """Type into one row: a text that begins with ``=`` is a formula."""
        cells = {self.ref(table, field, row): value for field, value in values.items()}
        set_cells(self.path, self.place(table).sheet, cells)

    def sync(self, day: date = DAY) -> Synced:
        """Sync, and see that the workbook has no defect afterwards."""
        result = sync_workbook(self.path, day)
        assert lint(self.path.read_bytes()) == []
        return result

    def value(self, table: str, field: str, row: int) -> Any:
        return self.cell(table, field, row).value

    def cell(self, table: str, field: str, row: int) -> Any:
        return Package.open(self.path).sheet(self.place(table).sheet).cell(self.ref(table, field, row))

    def area(self, table: str) -> str:
        return Package.open(self.path).table(self.place(table).name).ref

    def listed(self) -> list[dict[str, Any]]:
        """The list of issues as it stands on its sheet, by field; the row's link under ``link``."""
        place, lines = self.place("issues"), []
        sheet = Package.open(self.path).sheet(place.sheet)
        row = place.first_row
        while sheet.cell(f"{place.columns['number'].letter}{row}").value not in {None, ""}:
            cells = {name: sheet.cell(f"{column.letter}{row}") for name, column in place.columns.items()}
            lines.append({name: cell.value for name, cell in cells.items()} | {"link": cells["row"].formula})
            row += 1
        return lines


def members(data: Path | bytes) -> dict[str, bytes]:
    """Content of every member of a package, in order."""
    import io

    with zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(markup: bytes) -> dict[int, bytes]:
    """The rows of a worksheet's markup, by number."""
    return {int(found[1]): found[0] for found in _ROW.finditer(markup)}
