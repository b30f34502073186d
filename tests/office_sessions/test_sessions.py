"""Sessions at LibreOffice, each followed by a sync: exactly what was meant is in the head, all else is kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.sync.pipeline import SyncState
from tests.office import OfficeSession
from tests.office_sessions.firm import CUSTOMERS, Firm, added, edits, furniture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.office

PEOPLE, PURCHASES, CALLS, LOYALTY = "客户基本信息", "客户交易记录", "客户互动记录", "客户忠诚度分析"


@pytest.fixture(scope="module")
def program() -> Iterator[OfficeSession]:
    with OfficeSession() as opened:
        yield opened


@pytest.fixture
def firm(program, tmp_path) -> Firm:
    return Firm.open(tmp_path / "firm", program)


def sheet(firm: Firm, title: str, *, values: bool = False):
    return openpyxl.load_workbook(firm.main, data_only=values)[title]


def down(page, letter: str, last: int = 1 + CUSTOMERS) -> list[object]:
    """What stands in a column from the first row on."""
    return [page[f"{letter}{row}"].value for row in range(2, last + 1)]


def told(result, *boring: str) -> set[tuple[str, str]]:
    """Codes and cells of what a sync says; the sample's own reminders left out."""
    return {(one.code, one.location.cell) for one in result.issues if one.code not in {"check.rule", *boring}}


@pytest.mark.slow
def test_rows_sorted_inserted_deleted_copied_and_typed_below_the_table(firm):
    before, bare = firm.head(), furniture(firm.main)
    firm.edit(
        firm.main,
        f"""
hands.sort("{PEOPLE}", "A2:AL25", "B")
hands.type("{PEOPLE}", "G4", "新地址一号")
hands.insert_rows("{PURCHASES}", 10, 2)
hands.type_row("{PURCHASES}", 10, B="003", D="2025-05-01", E="1234.5", F="打印机")
hands.type_row("{PURCHASES}", 11, B="李超", D="2025-05-02", E="88")
hands.delete_rows("{PURCHASES}", 20, 2)
hands.copy("{PURCHASES}", "A5:R5", "A62")
hands.type("{PURCHASES}", "E62", "4321")
hands.copy("{PURCHASES}", "A6:R6", "A63")
hands.type("{PURCHASES}", "A63", "")
hands.clear("{PURCHASES}", "A30:J30")
hands.type_row("{CALLS}", 62, B="005", D="2025-06-01", E="电话", F="催款")
hands.type_row("{CALLS}", 63, B="006", D="2025-06-02", E="电话", F="回访")
""",
    )
    order = down(sheet(firm, PEOPLE), "A")
    result = firm.sync_one()
    after = firm.head()
    assert edits(before, after) == {
        ("customers", order[2], "address"): (address(before, order[2]), "新地址一号")
    }
    assert added(before, after) == {
        "transactions": ["1004", "1067", "1068", "1069"],
        "interactions": ["10260", "10261"],
    }
    assert added(after, before) == {"transactions": ["1017", "1018", "1029"]}
    assert told(result) == {
        ("check.reference-by-name", "B11"), ("identify.copied", "A62"), ("identify.copied", "A63"),
        ("check.duplicate-key", "A5"), ("check.duplicate-key", "A62"),
    }  # fmt: skip
    new = {cells["transaction_id"]: cells for row, cells in after["transactions"].items()
           if row not in before["transactions"]}  # fmt: skip
    assert new["1067"] | {"product": "打印机"} == new["1067"]
    assert (new["1067"]["date"], new["1067"]["amount"]) == (date(2025, 5, 1), 1234.5)
    assert (new["1068"]["customer_id"], new["1004"]["amount"]) == ("003", 4321)
    page = sheet(firm, PURCHASES, values=True)
    assert [page[f"C{row}"].value for row in (10, 11)] == ["李超", "李超"]
    assert down(sheet(firm, PEOPLE), "A") == order
    assert furniture(firm.main) == bare
    firm.still()


def address(head, key: str) -> str:
    return next(row["address"] for row in head["customers"].values() if row["customer_id"] == key)


def test_only_the_visible_columns_sorted(firm):
    """Row ids stay where they were; the customers are known by their own ids."""
    before = firm.head()
    keys = firm.edit(
        firm.main,
        f"""
hands.sort("{PEOPLE}", "A2:AK25", "G", ascending=False)
hands.type("{PEOPLE}", "G3", "新地址二号")
hands.type("{PEOPLE}", "I5", "王芳")
result = [hands.text("{PEOPLE}", ref) for ref in ("A3", "A5")]
""",
    )
    result = firm.sync_one()
    after = firm.head()
    assert {cell: new for cell, (_, new) in edits(before, after).items()} == {
        ("customers", keys[0], "address"): "新地址二号",
        ("customers", keys[1], "owner"): "王芳",
    }
    assert (added(before, after), added(after, before)) == ({}, {})
    assert told(result) == {("identify.rematched", "A1")}
    page = sheet(firm, PEOPLE)
    shown = dict(zip(down(page, "A"), down(page, "AL"), strict=True))
    assert shown == {cells["customer_id"]: row for row, cells in before["customers"].items()}
    firm.still()


@pytest.mark.deep
def test_columns_moved_renamed_hidden_and_added_and_a_sheet_dressed_up(firm):
    before, bare = firm.head(), furniture(firm.main)
    firm.edit(
        firm.main,
        f"""
hands.move_column("{PEOPLE}", "L", "C")
hands.type("{PEOPLE}", "B1", "全名")
hands.hide_column("{PEOPLE}", "F")
hands.insert_column("{PURCHASES}", "F")
hands.type("{PURCHASES}", "F1", "折扣")
hands.type("{PURCHASES}", "T1", "含税")
for row in range(2, 12):
    hands.type("{PURCHASES}", f"F{{row}}", str(row))
    hands.type("{PURCHASES}", f"T{{row}}", f"=E{{row}}*2")
hands.type("{PURCHASES}", "E3", "=100*5")
hands.colour("{PURCHASES}", "E3:E5", 0xFFCC00)
hands.comment("{PURCHASES}", "E4", "老板问过")
hands.chart("{PURCHASES}", "我的图", "E1:F11")
hands.sheet("{CALLS}").Name = "互动"
""",
    )
    firm.sync_one()
    after, page = firm.head(), sheet(firm, PURCHASES)
    found = edits(before, after)
    assert {cell: new for cell, (_, new) in found.items() if not cell[2].startswith("own:")} == {
        ("transactions", "1002", "amount"): 500.0
    }
    own = {cell[1:]: new for cell, (_, new) in found.items() if cell[2].startswith("own:")}
    assert [own[f"{1000 + number}", "own:折扣"] for number in range(1, 11)] == list(range(2, 12))
    assert own["1002", "own:含税"] == 1000
    assert len(own) == 20
    assert (added(before, after), added(after, before)) == ({}, {})
    assert [page[f"E{row}"].fill.fgColor.rgb[-6:] for row in (3, 4, 5)] == ["FFCC00"] * 3
    assert page["E4"].comment.text.endswith("老板问过")
    assert (page["E3"].value, page["T3"].value) == ("=100*5", "=E3*2")
    assert [page["F1"].value, page["T1"].value, page["F2"].value] == ["折扣", "含税", 2]
    assert len(page._charts) == 1
    people = sheet(firm, PEOPLE)
    assert [cell.value for cell in people[1]][:4] == ["客户ID", "全名", "公司名称", "性别"]
    assert people.column_dimensions["F"].hidden
    made = furniture(firm.main)
    assert {header for header, _, _ in made[PEOPLE][0]} == {
        "全名" if header == "姓名" else header for header, _, _ in bare[PEOPLE][0]
    }
    assert made["互动"] == bare[CALLS]
    assert made[PEOPLE][1:] == (*bare[PEOPLE][1:3], bare[PEOPLE][3] | {"电话"})
    assert made[PURCHASES][1:] == bare[PURCHASES][1:]
    firm.still()


@pytest.mark.slow
def test_ids_filled_down_values_pasted_over_formulas_and_bad_values_pasted_past_the_validation(firm):
    before, bare = firm.head(), furniture(firm.main)
    formulas = down(sheet(firm, LOYALTY), "G")
    firm.edit(
        firm.main,
        f"""
hands.type("{PURCHASES}", "A62", "1900")
for row, customer in ((62, "001"), (63, "002"), (64, "003")):
    hands.type_row("{PURCHASES}", row, B=customer, D="2025-06-01", E=str(row))
hands.fill("{PURCHASES}", "A62:A64")
hands.paste_values("{LOYALTY}", "G2:G25", "G2:G25")
hands.type("客户分类管理", "D3", "VIP客户")
hands.put("{PEOPLE}", "R3", "2023/13/1")
hands.put("{PEOPLE}", "C4", "未知性别")
hands.put("{PEOPLE}", "J5", "跟进中")
hands.put("{PURCHASES}", "E4", "五百多")
hands.put("{PURCHASES}", "D5", "2025年5月3日")
hands.put("{PURCHASES}", "E6", "¥1,200元")
""",
    )
    result = firm.sync_one()
    after = firm.head()
    assert {cell: new for cell, (_, new) in edits(before, after).items()} == {
        ("transactions", "1004", "date"): date(2025, 5, 3),
        ("transactions", "1005", "amount"): 1200.0,
        ("classes", "4002", "category"): "VIP客户",
    }
    assert added(before, after) == {"transactions": ["1900", "1901", "1902"]}
    assert added(after, before) == {}
    assert told(result) == {
        ("value.no-such-date", "R3"), ("value.not-in-list", "C4"), ("value.not-a-number", "E4"),
        ("check.typed-over", "J5"),
    }  # fmt: skip
    people, purchases = sheet(firm, PEOPLE), sheet(firm, PURCHASES)
    assert (people["R3"].value, people["C4"].value, purchases["E4"].value) == (
        "2023/13/1",
        "未知性别",
        "五百多",
    )
    assert "【注册时间】" in people["AK3"].value
    assert people["J5"].value.startswith("=")
    assert down(sheet(firm, LOYALTY), "G") == formulas
    assert purchases["E6"].value == 1200
    assert furniture(firm.main) == bare
    firm.still()


@pytest.mark.slow
@pytest.mark.parametrize("answer", [pytest.param("放弃", marks=pytest.mark.deep), "确认"])
def test_most_rows_deleted_are_held_until_a_person_decides(firm, answer):
    before = firm.head()
    firm.edit(firm.main, f'hands.delete_rows("{PURCHASES}", 8, 54)\nhands.type("{PEOPLE}", "G2", "新地址")')
    result = firm.sync_one()
    assert result.state is SyncState.HELD
    assert firm.head() == before
    page = sheet(firm, "校验问题")
    lines = [row for row in range(1, page.max_row + 1) if page[f"K{row}"].value == result.plan.id]
    assert lines
    firm.edit(firm.main, "\n".join(f'hands.type("校验问题", "J{row}", "{answer}")' for row in lines))
    result = firm.sync_one()
    after = firm.head()
    assert result.state is SyncState.CURRENT
    assert {cell: new for cell, (_, new) in edits(before, after).items()} == {
        ("customers", "001", "address"): "新地址"
    }
    gone = added(after, before).get("transactions", [])
    assert len(gone) == (54 if answer == "确认" else 0)
    page = sheet(firm, PURCHASES)
    shown = set(down(page, "A", page.max_row)) - {None}
    assert shown == {cells["transaction_id"] for cells in after["transactions"].values()}
    page = sheet(firm, "校验问题")
    assert not any(page[f"J{row}"].value for row in lines)
    firm.still()


@pytest.mark.deep
def test_two_sessions_on_two_copies_merge_and_their_conflict_is_settled(firm):
    other = firm.check_out()
    before = firm.head()
    firm.edit(
        firm.main,
        f"""
hands.type("{PEOPLE}", "G2", "甲地")
hands.type("{PEOPLE}", "T3", "70000")
hands.type_row("{PURCHASES}", 62, B="001", D="2025-06-01", E="10")
hands.delete_rows("{CALLS}", 5, 1)
""",
    )
    firm.edit(
        other,
        f"""
hands.sort("{PEOPLE}", "A2:AL25", "A", ascending=False)
hands.type("{PEOPLE}", "G25", "乙地")
hands.type("{PEOPLE}", "I24", "王芳")
hands.type_row("{PURCHASES}", 62, B="002", D="2025-06-02", E="20")
hands.delete_rows("{CALLS}", 9, 1)
""",
    )
    report = firm.sync(firm.main, other)
    after = firm.head()
    assert {cell: new for cell, (_, new) in edits(before, after).items()} == {
        ("customers", "001", "address"): "甲地",
        ("customers", "002", "opportunity"): 70000,
        ("customers", "002", "owner"): "王芳",
    }
    new = added(before, after)["transactions"]
    assert len(new) == 2
    assert len(added(after, before)["interactions"]) == 2
    assert [(one.key, one.labels) for one in firm.conflicts()] == [("001", ("address",))]
    assert report.exit_code == 1
    for path in (firm.main, other):
        page = openpyxl.load_workbook(path)["冲突处理"]
        row = next(row for row in range(1, 20) if page[f"A{row}"].value == 1)
        assert [page[f"{letter}{row}"].value for letter in "BDEH"] == [PEOPLE, "地址", "甲地", "乙地"]
    firm.edit(other, f'hands.type("冲突处理", "K{row}", "采用本簿")')
    firm.sync(firm.main, other)
    assert address(firm.head(), "001") == "乙地"
    assert firm.conflicts() == []
    firm.sync(firm.main, other)
    for path in (firm.main, other):
        workbook = openpyxl.load_workbook(path, data_only=True)
        people = dict(zip(down(workbook[PEOPLE], "A"), down(workbook[PEOPLE], "G"), strict=True))
        assert people["001"] == "乙地"
        assert not workbook["冲突处理"][f"A{row}"].value
        assert set(down(workbook[PURCHASES], "A", 70)) >= set(new)
    firm.still(firm.main, other)
