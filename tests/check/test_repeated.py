"""One mistyped key is one issue with a count, in the workbook, on the terminal and as JSON; every row has its mark."""

from __future__ import annotations

import pytest

from crmbook.base.issues import Issue
from crmbook.check import once_each
from crmbook.ooxml import Package
from tests.check.run import ORDER, ZHANG, run
from tests.cli.run import run as run_command
from tests.cli.run import run_json
from tests.programs.markup import Parts, tag
from tests.sync.shop import DAY, Shop, workspace

MANY = 114
CODE = "check.unknown-reference"


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


def sync_json(shop: Shop):
    place = shop.main.path, "--workspace", workspace(), "--as-of", DAY
    _, report = run_json("sync", *place, "--lang", "en")
    return report["workbooks"][0]["issues"]


def typed_many(shop: Shop, client: str) -> list[str]:
    """Type visits of one client; return the cells of the references."""
    package, place = Package.open(shop.main.path), shop.main.place("visits")
    first = max(shop.main.rows("visits")) + 1
    cells = [shop.main.ref("visits", "client_id", row) for row in range(first, first + MANY)]
    for cell in cells:
        package.sheet(place.sheet).set(cell, client)
    package.save(shop.main.path)
    return cells


def test_a_key_typed_wrongly_in_114_rows_is_one_issue(shop):
    cells = typed_many(shop, "查无此人")
    (issue,) = sync_json(shop)
    assert (issue["code"], issue["value"], issue["cell"]) == (CODE, "查无此人", cells[0])
    assert (issue["count"], issue["cells"]) == (MANY, cells[:3])
    assert f"({MANY} cells: {', '.join(cells[:3])} …)" in issue["problem"]
    (line,) = shop.main.lines("issues")
    assert f"（共 {MANY} 处：{'、'.join(cells[:3])} 等）" in line["problem"]
    marks = {row["issues"] for row in shop.main.rows("visits").values() if row["client_id"] == "查无此人"}
    assert marks == {"【客户编号】“客户”中没有“查无此人”"}
    told = run_command("check", shop.main.path, "--workspace", workspace(), "--lang", "zh").output
    assert told.count("查无此人") == 1


def test_many_of_one_kind_are_one_line_of_the_page(shop):
    """The report tells each, the page counts them; few of a kind have a line each."""
    package, place = Package.open(shop.main.path), shop.main.place("visits")
    first = max(shop.main.rows("visits")) + 1
    for row in range(first, first + 6):
        package.sheet(place.sheet).set(shop.main.ref("visits", "client_id", row), f"9{row:02}")
        package.sheet(place.sheet).set(
            shop.main.ref("visits", "amount", row), "很多" if row < first + 2 else 5
        )
    package.sheet(place.sheet).set(shop.main.ref("visits", "amount", first), "不少")
    package.save(shop.main.path)
    assert len(sync_json(shop)) == 8
    lines = shop.main.lines("issues")
    assert [(line["row"], line["field"], line["value"]) for line in lines] == [
        (first, "客户编号", f"9{first:02}、9{first + 1:02}、9{first + 2:02}…"),
        (first, "金额", "不少"), (first + 1, "金额", "很多"),
    ]  # fmt: skip
    cells = [shop.main.ref("visits", "client_id", row) for row in range(first + 1, first + 4)]
    assert lines[0]["problem"] == f"“客户”中没有“9{first:02}”；同类问题另有 5 处：{'、'.join(cells)}…"
    assert len([row for row in shop.main.rows("visits").values() if row.get("issues")]) == 6


def test_the_line_above_counts_errors_and_warnings_and_says_when_there_are_none(shop):
    def line() -> str:
        return str(Package.open(shop.main.path).sheet(shop.main.place("issues").sheet).cell("A3").value)

    assert line().startswith("没有发现问题。点击")
    typed_many(shop, "查无此人")
    sync_json(shop)
    assert line().startswith("错误 1 个。点击")
    shop.main.type("clients", 3, phone="12")
    sync_json(shop)
    assert line().startswith("错误 1 个、警告 1 个。点击")


def test_an_unchanged_workbook_tells_the_same(shop):
    typed_many(shop, "查无此人")
    first, again = sync_json(shop), sync_json(shop)
    assert again == first
    assert [issue["count"] for issue in again] == [MANY]


def test_a_name_in_the_place_of_an_id_is_said_once(shop):
    cells = typed_many(shop, "客户2")
    (issue,) = sync_json(shop)
    assert (issue["code"], issue["count"], issue["cells"]) == (
        "check.reference-by-name", MANY, cells[:3],
    )  # fmt: skip


def test_a_key_mistyped_where_it_is_given_is_one_issue_for_all_that_refer_to_it():
    orders = [{**ORDER, "order_id": str(1001 + row), "customer_id": "001"} for row in range(MANY)]
    found = run({"customers": [{**ZHANG, "customer_id": "O01"}], "orders": orders})
    (issue,) = [issue for issue in once_each(found.issues) if issue.value == "001"]
    assert (issue.count, issue.cells) == (MANY, ("B2", "B3", "B4"))


def test_what_differs_stays_apart_and_in_order():
    typed = ["王五", "赵六", "王五", "赵六", "孙七"]
    orders = [{**ORDER, "order_id": str(1001 + row), "customer_id": who} for row, who in enumerate(typed)]
    found = once_each(run({"customers": [ZHANG], "orders": orders}).issues)
    assert [(issue.value, issue.count, issue.cells) for issue in found if issue.code == CODE] == [
        ("王五", 2, ("B2", "B4")), ("赵六", 2, ("B3", "B5")), ("孙七", 1, ()),
    ]  # fmt: skip


def test_a_duplicated_key_is_an_issue_of_each_row():
    orders = [{**ORDER, "customer_id": "001"}] * 2
    found = run({"customers": [ZHANG], "orders": orders})
    assert once_each(found.issues) == found.issues
    assert [code for code, _ in found.told()] == ["check.duplicate-key"] * 2


def test_an_issue_of_several_cells_comes_back_from_json():
    orders = [{**ORDER, "order_id": str(row), "customer_id": "王五"} for row in range(5)]
    (issue,) = [
        one for one in once_each(run({"customers": [ZHANG], "orders": orders}).issues) if one.code == CODE
    ]
    again = Issue.from_json(issue.to_json())
    assert (again.count, again.cells, again.text("zh")) == (5, issue.cells, issue.text("zh"))


def test_a_column_of_dates_that_lost_its_format_is_one_issue(shop):
    """Each of them says another day; what is wrong is one thing, and of the program that saved."""
    shop.main.type("clients", 3, notes="改过")
    parts = Parts(shop.main.path)
    places = {
        shop.main.ref("clients", field, row) for field in ("since", "checked_on") for row in range(2, 8)
    }
    for title, _, root in parts.sheets():
        for cell in root.iter(tag("c")):
            if title == "客户" and cell.get("r") in places:
                cell.attrib.pop("s")
    parts.save()
    issues = sync_json(shop)
    assert [(one["code"], one["field"], one["count"]) for one in issues] == [
        ("value.date-from-serial", "since", 6), ("value.date-from-serial", "checked_on", 6),
    ]  # fmt: skip
    assert [one["cells"] for one in issues] == [["D2", "D3", "D4"], ["H2", "H3", "H4"]]
    assert "(6 cells: D2, D3, D4 …)" in issues[0]["problem"]
    assert [line["problem"].rpartition("（")[2] for line in shop.main.lines("issues")] == [
        "共 6 处：D2、D3、D4 等）", "共 6 处：H2、H3、H4 等）",
    ]  # fmt: skip
