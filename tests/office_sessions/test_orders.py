"""批量操作 and 疑似重复 filled in at LibreOffice: carried out in every copy, answered beside the line, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from crmbook.schema import layout_of
from tests.cli.run import run
from tests.office import OfficeSession
from tests.office_sessions.firm import DAY, Firm, book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.sync import Report

pytestmark = pytest.mark.office

LINE = 5
"""The first row of both lists."""


@pytest.fixture(scope="module")
def program() -> Iterator[OfficeSession]:
    with OfficeSession() as opened:
        yield opened


@pytest.fixture
def firm(program, tmp_path) -> Firm:
    return Firm.open(tmp_path / "firm", program)


def ref(table: str, field: str, row: int) -> tuple[str, str]:
    """Return the sheet and the cell of a field in a row."""
    place = layout_of(book()).tables[table]
    return place.sheet, f"{place.columns[field].letter}{row}"


def typed(name: str, row: int, /, **cells: str) -> str:
    """Return a script that types into fields of a row of a table."""
    places = [(*ref(name, field, row), text) for field, text in cells.items()]
    return "\n".join(f"hands.put({sheet!r}, {cell!r}, {text!r})" for sheet, cell, text in places)


def reads(path: Path, table: str, field: str, row: int) -> Any:
    sheet, cell = ref(table, field, row)
    return openpyxl.load_workbook(path, data_only=True)[sheet][cell].value


def row_of(path: Path, key: str) -> int:
    sheet, cell = ref("customers", "customer_id", 2)
    column = openpyxl.load_workbook(path, data_only=True)[sheet][cell.rstrip("0123456789")]
    return next(cell.row for cell in column if cell.value == key)


def address(path: Path, key: str) -> Any:
    return reads(path, "customers", "address", row_of(path, key))


def told(report: Report, prefix: str) -> list[str]:
    return [code for one in report.workbooks for code, _ in one.notes if code.startswith(prefix)]


@pytest.mark.slow
def test_a_bulk_order_is_counted_done_in_every_copy_and_taken_back(firm):
    other, head = firm.check_out(), firm.head()
    name, old = next(
        (row["name"], row["address"]) for row in head["customers"].values() if row["customer_id"] == "003"
    )
    table = book().tables["customers"]
    order = {
        "table": table.title, "where": f'[@{table.fields["name"].title}]="{name}"', "action": "修改字段",
        "field": f"{table.title}·{table.fields['address'].title}", "value": "批量路1号", "decision": "执行",
    }  # fmt: skip
    firm.edit(firm.main, typed("bulk_edits", LINE, **order))
    assert told(firm.sync(firm.main, other), "bulk.") == ["bulk.sheet-told-set"]
    assert reads(firm.main, "bulk_edits", "outcome", LINE).startswith("已修改 1 行")
    assert [address(path, "003") for path in (firm.main, other)] == ["批量路1号"] * 2
    firm.edit(firm.main, typed("bulk_edits", LINE, decision="撤销"))
    firm.sync(firm.main, other)
    assert [address(path, "003") for path in (firm.main, other)] == [old] * 2
    assert firm.head() == head


@pytest.mark.slow
def test_a_merge_takes_a_colleagues_edit_of_the_row_that_goes_along(firm):
    same = next(row for row in firm.head()["customers"].values() if row["customer_id"] == "003")
    twin = {name: same[name] for name in ("name", "phone", "company") if name in same}
    firm.edit(firm.main, typed("customers", 26, **twin))
    firm.sync()
    other = firm.check_out()
    firm.sync(firm.main, other)
    first, second = (reads(firm.main, "duplicates", name, LINE).split()[0] for name in ("first", "second"))
    assert first == "003"
    before = firm.head()
    firm.edit(other, typed("customers", row_of(other, second), notes="同事刚写的"))
    firm.edit(firm.main, typed("duplicates", LINE, decision="合并，留下左边"))
    assert told(firm.sync(firm.main, other), "duplicates.") == ["duplicates.told-merged"]
    merged = {row["customer_id"]: row for row in firm.head()["customers"].values()}
    assert second not in merged
    assert "同事刚写的" in merged["003"]["notes"]
    for path in (firm.main, other):
        assert "同事刚写的" in reads(path, "customers", "notes", row_of(path, "003"))
    assert run("dedupe", firm.folder, "--undo", "--as-of", DAY).exit_code in {0, 1}
    firm.sync(firm.main, other)
    again = {row["customer_id"]: row for row in firm.head()["customers"].values()}
    assert {second, "003"} <= again.keys()
    assert len(again) == len(before["customers"])
