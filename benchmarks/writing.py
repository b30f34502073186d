"""Writing a table of 100,000 rows and 15 columns, against the writers that people use.

Everybody gets the same cells in the shape it likes best (we columns, XlsxWriter rows, rustpy-xlsxwriter dicts),
writes a header, shows dates as dates, and saves to disk. XlsxWriter runs in its normal mode, which is the faster one
here (constant_memory takes some 15 % longer). Ours is what `build` does: XlsxWriter makes a skeleton
with a real table, `Package.fill` the rows.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from math import isclose
from typing import TYPE_CHECKING

from benchmarks import cells
from benchmarks.contest import Contest, Entrant, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 100_000
OURS, XLSXWRITER, RUSTPY = "ours.xlsx", "xlsxwriter.xlsx", "rustpy.xlsx"


def ours(folder: Path, rows: int = ROWS) -> Callable[[], None]:
    data = cells.columns(rows)
    return partial(write, folder / OURS, data)


def write(path: Path, data: list[list[object]]) -> None:
    from crmbook.ooxml import ColumnFill, Package

    package = Package.open(skeleton())
    package.fill("Cells", [ColumnFill(values) for values in data], len(data[0]))
    package.save(path)


def skeleton() -> bytes:
    """Return a workbook with the header, one row of styled blanks, and the table around both."""
    from io import BytesIO

    import xlsxwriter

    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Cells")
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        columns = [
            {"header": header, "format": day if header in cells.DATES else None} for header in cells.HEADERS
        ]
        sheet.add_table(0, 0, 1, len(columns) - 1, {"name": "Cells", "columns": columns})
        for column, header in enumerate(cells.HEADERS):
            if header in cells.DATES:
                sheet.write_blank(1, column, None, day)
    return file.getvalue()


def xlsxwriter(folder: Path) -> Callable[[], None]:
    return partial(_write_xlsxwriter, folder / XLSXWRITER, list(zip(*cells.columns(ROWS), strict=True)))


def _write_xlsxwriter(path: Path, rows: list[tuple[object, ...]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for column, header in enumerate(cells.HEADERS):
            sheet.write_string(0, column, header)
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(row, column, value, day)
                else:
                    sheet.write_number(row, column, value)


def rustpy(folder: Path) -> Callable[[], None]:
    rows = zip(*cells.columns(ROWS), strict=True)
    records = [dict(zip(cells.HEADERS, row, strict=True)) for row in rows]
    return partial(_write_rustpy, folder / RUSTPY, records)


def _write_rustpy(path: Path, records: list[dict[str, object]]) -> None:
    from rustpy_xlsxwriter import FastExcel

    FastExcel(str(path)).format(datetime_format="yyyy-mm-dd").sheet("Cells", records).save()


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless the three files hold the same cells, numbers to the 16 digits that XlsxWriter writes."""
    for name in (XLSXWRITER, RUSTPY):
        refuse_different(folder / OURS, folder / name)


def refuse_different(one: Path, two: Path) -> None:
    """Raise unless two files hold the same cells, numbers to 16 digits."""
    for row, other in zip(read(one), read(two), strict=True):
        if not all(map(_equal, row, other)):
            raise AssertionError(f"not the same cells: {row} {other}")


def _equal(one: object, two: object) -> bool:
    return one == two or (
        isinstance(one, float) and isinstance(two, float) and isclose(one, two, rel_tol=1e-15)
    )


def read(path: Path) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [[_day(value) for value in row] for row in rows]


def _day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


CONTEST = Contest(
    name="writing",
    work="write a table of 100,000 × 15",
    ours=Entrant("crmbook", "benchmarks.writing:ours"),
    peers=(
        Peer("XlsxWriter", "benchmarks.writing:xlsxwriter", target=8),
        Peer("rustpy-xlsxwriter", "benchmarks.writing:rustpy", target=1),
    ),
    same="benchmarks.writing:same",
)
