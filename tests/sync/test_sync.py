"""Sync: what a person typed is read, checked, put in form, computed anew; everything else stays as it is."""

from __future__ import annotations

import io
import re
from datetime import date
from string import ascii_letters as letters
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.base.changes import ChangeKind
from crmbook.base.errors import BusyError
from crmbook.base.issues import Severity
from crmbook.ooxml import Package
from crmbook.store import Store, locate
from crmbook.sync.pipeline import SyncState, sync_workbook
from tests.books import built
from tests.desk import DAY, NAME, Desk, members, moved, rows, settled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("settled")
    settled(folder)
    return folder


@pytest.fixture
def sample(home) -> bytes:
    return settled(home)


@pytest.fixture
def desk(home, tmp_path) -> Desk:
    return Desk(moved(home, tmp_path))


# nothing new, nothing written


@pytest.mark.slow
def test_a_sync_without_edits_writes_nothing(desk, sample):
    before = desk.path.stat()
    result = desk.sync()
    after = desk.path.stat()
    assert (result.written, list(result.changes)) == (False, [])
    assert desk.path.read_bytes() == sample
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_the_first_sync_of_a_fresh_workbook_only_marks(tmp_path):
    path = tmp_path / "neu.xlsx"
    path.write_bytes(built().data)
    result = sync_workbook(path, DAY)
    assert {change.kind for change in result.changes} == {ChangeKind.MARKED}
    assert [(issue.severity, issue.field_name) for issue in result.issues] == [
        (Severity.WARNING, "phone")
    ] * 2


@pytest.mark.slow
def test_a_sync_of_a_synced_workbook_changes_nothing(desk):
    desk.type("customers", 3, phone="1380000", age="28岁", registered_on="2023/13/1")
    desk.type("transactions", 4, customer_id="001", date="2023年2月1日", amount="¥1,200元")
    assert desk.sync().written
    once = desk.path.read_bytes()
    assert not desk.sync().written
    assert desk.path.read_bytes() == once


@pytest.mark.slow
def test_other_members_and_rows_keep_their_bytes(desk, sample):
    desk.type("feedback", 3, status="已处理")
    edited = members(desk.path)
    desk.type("customers", 2, phone="13800000001")
    before = members(desk.path)
    desk.sync()
    after = members(desk.path)
    assert list(after) == list(before)
    changed = {name for name in after if after[name] != before[name]}
    package = Package.open(desk.path)
    parts = {info.name: info.part.lstrip("/") for info in package.sheets}
    touched = {parts[title] for title in ("客户基本信息", "校验问题")}
    touched |= {"docProps/custom.xml", "xl/workbook.xml"}  # both stamps
    touched |= {"xl/sharedStrings.xml", parts["客户关系管理总结"], parts["客户跟进"]}
    touched |= {parts["跟进提醒"], parts["客户画像"], parts["使用说明"]}  # whose figures count the reminders
    assert changed <= touched
    assert edited.keys() == members(sample).keys()
    people = parts["客户基本信息"]
    old, new = rows(before[people]), rows(after[people])
    assert {number for number in new if new[number] != old[number]} == {2}


# what is typed is put in form


TYPED = [
    ("date", "2023年1月8日", date(2023, 1, 8)),
    ("date", "20230108", date(2023, 1, 8)),
    ("date", "2023.1.8", date(2023, 1, 8)),
    ("amount", "¥5,000", 5000),
    ("amount", "1.2万", 12000),
    ("amount", "５０００元", 5000),
    ("customer_id", "李四", "002"),
    ("customer_id", 2, "002"),
]


@pytest.mark.slow
def test_typed_values_are_put_in_form(desk):
    whole = {"customer_id": "001", "date": date(2023, 1, 2), "amount": 10}
    for row, (field, typed, _) in enumerate(TYPED, start=4):
        desk.type("transactions", row, **whole | {field: typed})
    result = desk.sync()
    assert result.count(ChangeKind.CORRECTED) == len(TYPED)
    for row, (field, typed, meant) in enumerate(TYPED, start=4):
        assert desk.value("transactions", field, row) == meant, typed
        assert desk.cell("transactions", field, row).formula is None


@pytest.mark.slow
def test_a_formula_typed_into_an_input_cell_stays(desk):
    desk.type("transactions", 2, amount="=100*5")
    desk.sync()
    assert desk.cell("transactions", "amount", 2).formula == "100*5"


@pytest.mark.slow
def test_what_sync_put_right_itself_is_told_once_and_marks_no_row(desk):
    desk.type("transactions", 2, customer_id="李四", date="1月8日")
    result = desk.sync()
    told = {issue.code for issue in result.issues}
    assert {"check.reference-by-name", "value.year-assumed"} <= told
    # A year that was assumed may be wrong, and nobody has looked yet; a name whose id stands there by now asks for nothing.
    assert "交易日期" in [line["field"] for line in desk.listed()]
    assert "客户ID" not in [line["field"] for line in desk.listed() if line["value"] == "李四"]
    assert desk.value("transactions", "issues", 2) in {None, ""}
    written = desk.path.read_bytes()
    assert told - {"check.reference-by-name"} == {issue.code for issue in desk.sync().issues}
    assert desk.path.read_bytes() == written
    desk.type("transactions", 2, amount=501)
    again = {issue.code for issue in desk.sync().issues}
    assert not again & {"check.reference-by-name", "value.year-assumed"}


# new rows


@pytest.mark.slow
def test_a_row_typed_below_the_table_joins_it(desk):
    header = desk.area("transactions")
    desk.type("transactions", 4, customer_id="002", date=date(2023, 3, 1), amount=700, product="电脑")
    result = desk.sync()
    assert header == "A1:" + re.sub(r"\d", "", header.split(":")[1]) + "3"
    assert desk.area("transactions") == header[:-1] + "4"
    assert desk.value("transactions", "transaction_id", 4) == "1003"
    ids = [desk.value("transactions", "row_id", row) for row in (2, 3, 4)]
    assert len(set(ids)) == 3
    assert all(text[-1].isalpha() for text in ids)
    name = desk.cell("transactions", "name", 4)
    assert name.value == "李四"
    assert name.formula == desk.cell("transactions", "name", 3).formula
    assert result.count(ChangeKind.ASSIGNED) == 1


@pytest.mark.slow
def test_a_row_typed_inside_a_grown_table_counts_on(desk):
    for row, person in ((4, "王五"), (5, "赵六")):
        desk.type("customers", row, name=person)
    desk.sync()
    assert [desk.value("customers", "customer_id", row) for row in (2, 3, 4, 5)] == [
        "001",
        "002",
        "003",
        "004",
    ]
    assert desk.area("customers").endswith("5")


@pytest.mark.slow
def test_a_new_purchase_of_a_new_customer_by_name(desk):
    desk.type("customers", 4, name="王五", email="wangwu@example.com")
    desk.type("transactions", 4, customer_id="王五", date="2023/3/2", amount="300元")
    desk.sync()
    assert desk.value("transactions", "customer_id", 4) == "003"
    assert desk.value("transactions", "name", 4) == "王五"
    assert desk.value("customers", "issues", 4) in {None, ""}


# computed cells


@pytest.mark.slow
@pytest.mark.parametrize("typed", [1, "九十", True])
def test_a_computed_cell_typed_over_comes_back_and_is_reported(desk, typed):
    formula = desk.cell("loyalty", "score", 2).formula
    desk.type("loyalty", 2, score=typed)
    result = desk.sync()
    cell = desk.cell("loyalty", "score", 2)
    assert (cell.value, cell.formula) == (90, formula)
    assert result.count(ChangeKind.RESTORED) == 1
    [line] = [line for line in desk.listed() if line["sheet"] == "客户忠诚度分析"]
    assert line["field"] == "忠诚度评分"
    assert str(typed).upper() in str(line["value"]).upper()
    assert not [change for change in desk.sync().changes if change.kind is not ChangeKind.MARKED]
    assert not desk.sync().written


@pytest.mark.slow
def test_a_computed_cell_that_was_emptied_comes_back(desk):
    desk.type("loyalty", 3, score=None)
    desk.sync()
    assert desk.value("loyalty", "score", 3) == 60
    assert desk.cell("loyalty", "score", 3).formula


@pytest.mark.slow
def test_an_overridable_cell_keeps_what_was_typed_until_it_is_emptied(desk):
    desk.type("loyalty", 3, frequency=12)
    result = desk.sync()
    assert (desk.value("loyalty", "frequency", 3), desk.cell("loyalty", "frequency", 3).formula) == (12, None)
    assert desk.value("loyalty", "score", 3) == 40 + 20 + 10
    assert result.count(ChangeKind.RESTORED) == 0
    desk.type("loyalty", 3, frequency=None)
    desk.sync()
    assert desk.value("loyalty", "frequency", 3) == 1
    assert desk.cell("loyalty", "frequency", 3).formula.startswith("IFERROR(")


# bad values


@pytest.mark.slow
def test_a_bad_value_stays_is_marked_and_goes_when_mended(desk):
    known = len(desk.listed())
    desk.type("customers", 3, registered_on="2023/13/1")
    result = desk.sync()
    assert desk.value("customers", "registered_on", 3) == "2023/13/1"
    assert "【注册时间】" in desk.value("customers", "issues", 3)
    assert any(issue.field_name == "registered_on" for issue in result.issues)
    [line] = [line for line in desk.listed() if line["field"] == "注册时间"]
    row_id = desk.value("customers", "row_id", 3)
    letter = re.match("[A-Z]+", desk.ref("customers", "registered_on", 3))[0]
    assert f'MATCH("{row_id}",' in line["link"]
    assert line["link"].startswith(f"HYPERLINK(\"#'客户基本信息'!{letter}\"&")
    assert (line["sheet"], line["row"], line["record"], line["value"]) == (
        "客户基本信息",
        3,
        "002",
        "2023/13/1",
    )
    assert line["problem"]
    assert line["remedy"]
    desk.type("customers", 3, registered_on="2022/12/1")
    desk.sync()
    assert len(desk.listed()) == known
    assert "注册时间" not in (desk.value("customers", "issues", 3) or "")


@pytest.mark.slow
def test_bad_values_are_never_erased_nor_counted(desk):
    desk.type("transactions", 2, amount="五百多")
    desk.sync()
    assert desk.value("transactions", "amount", 2) == "五百多"
    assert "【交易金额】" in desk.value("transactions", "issues", 2)
    assert desk.value("customers", "customer_id", 2) == "001"


@pytest.mark.slow
def test_a_required_cell_left_blank_is_marked(desk):
    desk.type("customers", 3, name=None)
    desk.sync()
    assert "【姓名】" in desk.value("customers", "issues", 3)


@pytest.mark.slow
def test_ids_that_stand_twice_are_marked_on_both_rows(desk):
    desk.type("customers", 3, customer_id="001")
    desk.sync()
    assert all("【客户ID】" in desk.value("customers", "issues", row) for row in (2, 3))


# the day


def named_cell(desk: Desk, name: str):
    package = Package.open(desk.path)
    place = next(item.formula for item in package.defined_names if item.name == name)
    sheet, ref = place.replace("$", "").rsplit("!", 1)
    return package, sheet.strip("'"), ref


@pytest.mark.slow
def test_another_day_changes_what_depends_on_it(desk):
    assert desk.value("alerts", "level", 3) == "低"
    assert desk.value("lifecycle", "status", 2) == "不活跃"
    desk.sync(date(2023, 2, 25))
    assert desk.value("lifecycle", "status", 2) == "活跃"
    assert desk.value("alerts", "level", 3) == "无"
    package, sheet, ref = named_cell(desk, "截止日期")
    assert package.sheet(sheet).cell(ref).value == date(2023, 2, 25)
    desk.sync(DAY)
    assert desk.value("alerts", "level", 3) == "低"


@pytest.mark.slow
def test_today_typed_into_the_day_is_left_alone(desk):
    package, sheet, ref = named_cell(desk, "截止日期")
    package.sheet(sheet).set(ref, 45017, formula="TODAY()")
    package.save(desk.path)
    desk.sync(date(2023, 2, 25))
    package, sheet, ref = named_cell(desk, "截止日期")
    cell = package.sheet(sheet).cell(ref)
    assert (cell.formula, cell.value) == ("TODAY()", date(2023, 2, 25))


# a workbook that people made their own


def reworked(desk: Desk, change) -> None:
    """Let another program change the workbook's build and save it."""
    workbook = openpyxl.load_workbook(desk.path)
    change(workbook)
    workbook.save(desk.path)


def rename_header(workbook) -> None:
    sheet = workbook["客户基本信息"]
    cell = next(cell for cell in sheet[1] if cell.value == "电话")
    cell.value = "手机号码"
    table = next(iter(sheet.tables.values()))
    next(column for column in table.tableColumns if column.name == "电话").name = "手机号码"


def move_sheets(workbook) -> None:
    workbook.move_sheet("客户交易记录", offset=-8)
    workbook.move_sheet("使用说明", offset=5)


def hide_columns(workbook) -> None:
    sheet = workbook["客户交易记录"]
    sheet.column_dimensions["C"].hidden = True
    sheet.column_dimensions["D"].width = 40


def add_own_column(workbook) -> None:
    sheet = workbook["客户交易记录"]
    right = sheet.max_column + 1
    sheet.cell(1, right, "自己的备注")
    sheet.cell(2, right, "老客户")


@pytest.mark.slow
@pytest.mark.parametrize("change", [rename_header, move_sheets, hide_columns, add_own_column])
def test_a_workbook_rearranged_by_people_syncs_on(desk, change):
    reworked(desk, change)
    sync_workbook(desk.path, DAY)
    desk.type("transactions", 2, amount="¥800")
    result = sync_workbook(desk.path, DAY)
    assert desk.value("transactions", "amount", 2) == 800
    assert not [issue for issue in result.issues if issue.severity is Severity.ERROR]
    assert not sync_workbook(desk.path, DAY).written
    workbook = openpyxl.load_workbook(desk.path)
    if change is move_sheets:
        assert workbook.sheetnames.index("使用说明") == 5
    if change is hide_columns:
        assert workbook["客户交易记录"].column_dimensions["C"].hidden
    if change is add_own_column:
        assert "老客户" in [cell.value for cell in workbook["客户交易记录"][2]]
    if change is rename_header:
        assert "手机号码" in [cell.value for cell in workbook["客户基本信息"][1]]


@pytest.mark.slow
def test_a_column_inserted_in_the_middle_shifts_nothing(desk):
    place = desk.place("preferences")
    package = Package.open(desk.path)
    sheet = package.sheet(place.sheet)
    width = len(place.all_columns)
    stored = {
        row: [sheet.cell(f"{column.letter}{row}").value for column in place.all_columns] for row in (1, 2, 3)
    }

    def insert(workbook) -> None:
        page = workbook[place.sheet]
        for row, values in stored.items():
            page.cell(row, 3, "等级" if row == 1 else f"甲{row}")
            for at in range(2, width):
                page.cell(row, at + 2, values[at])
        page.tables[place.name].ref = f"A1:{openpyxl.utils.get_column_letter(width + 1)}3"
        columns = page.tables[place.name].tableColumns
        columns.insert(2, openpyxl.worksheet.table.TableColumn(id=99, name="等级"))
        for number, column in enumerate(columns, start=1):
            column.id = number

    reworked(desk, insert)
    result = sync_workbook(desk.path, DAY)
    assert not [issue for issue in result.issues if issue.table == "preferences"]
    page = openpyxl.load_workbook(desk.path)[place.sheet]
    assert [page.cell(row, 3).value for row in (1, 2, 3)] == ["等级", "甲2", "甲3"]
    assert page.cell(2, 5).value is not None


# somebody else has the file


@pytest.mark.sample(1)
@pytest.mark.parametrize("lock", ["~${}", ".~lock.{}#", ".~{}"])
def test_rule_13_an_open_workbook_is_read_but_not_written(desk, lock):
    desk.type("feedback", 3, status="已处理", date="不久")
    data = desk.path.read_bytes()
    sign = desk.path.with_name(lock.format(desk.path.name))
    sign.write_bytes(b"")
    result = sync_workbook(desk.path, DAY)
    assert (result.state, result.written, result.exit_code) == (SyncState.WAITING, False, 4)
    assert result.taken.changed == 1
    assert [issue.value for issue in result.issues if issue.code == "value.not-a-date"] == ["不久"]
    assert desk.path.read_bytes() == data
    sign.unlink()
    result = sync_workbook(desk.path, DAY)
    assert (result.state, result.written, result.taken.changed) == (SyncState.CURRENT, True, 0)


@pytest.mark.slow
def test_rule_14_a_workbook_that_is_saved_meanwhile_is_merged_again(desk, monkeypatch):
    desk.type("customers", 3, phone="13800000002")
    write = Package.to_bytes
    waiting = [lambda: desk.type("customers", 3, address="苏州")]

    def interrupted(package: Package) -> bytes:
        if waiting:
            waiting.pop()()
        return write(package)

    monkeypatch.setattr(Package, "to_bytes", interrupted)
    result = sync_workbook(desk.path, DAY)
    assert result.written
    assert desk.value("customers", "phone", 3) == "13800000002"
    assert desk.value("customers", "address", 3) == "苏州"


@pytest.mark.slow
def test_rule_14_a_workbook_that_never_rests_is_left_alone(desk, monkeypatch):
    desk.type("customers", 3, phone="13800000002")
    write = Package.to_bytes

    def interrupted(package: Package) -> bytes:
        desk.path.write_bytes(desk.path.read_bytes() + b" ")
        return write(package)

    monkeypatch.setattr(Package, "to_bytes", interrupted)
    with pytest.raises(BusyError) as caught:
        sync_workbook(desk.path, DAY)
    assert caught.value.code == "file.changed"
    assert desk.path.read_bytes().endswith(b" ")
    assert {path.name for path in desk.path.parent.iterdir()} == {desk.path.name, ".crmbook"}


@pytest.mark.slow
def test_an_english_workbook_speaks_english(tmp_path):
    settled(tmp_path, "en")
    desk = Desk(tmp_path / NAME, "en")
    desk.type("customers", 3, registered_on="2023/13/1")
    desk.sync()
    [line] = [line for line in desk.listed() if line["field"] == "Registered on"]
    assert line["sheet"] == "Customers"
    assert "【Registered on】" in desk.value("customers", "issues", 3)
    assert not re.search("[\u4e00-\u9fff]", line["problem"] + line["remedy"])


@pytest.mark.slow
def test_pandas_reads_what_sync_computed(desk):
    import pandas as pd

    desk.type("loyalty", 3, frequency=12)
    desk.sync()
    frame = pd.read_excel(
        io.BytesIO(desk.path.read_bytes()),
        sheet_name="客户忠诚度分析",
        engine="calamine",
        dtype={"客户ID": str},
    )
    assert frame["忠诚度评分"].tolist() == [90, 70]


@pytest.mark.slow
@pytest.mark.parametrize("style", [0, 1])
def test_a_date_typed_as_text_is_shown_as_a_date(desk, style):
    package = Package.open(desk.path)
    assert not package.styles.is_date(style)
    sheet, ref = package.sheet(desk.place("customers").sheet), desk.ref("customers", "birth_date", 2)
    sheet.set(ref, "Mar 14, 1985", style=style)
    package.save(desk.path)
    desk.sync()
    assert (desk.cell("customers", "birth_date", 2).kind, desk.value("customers", "birth_date", 2)) == (
        "date",
        date(1985, 3, 14),
    )
    assert "value.date-from-serial" not in [issue.code for issue in desk.sync().issues]


@pytest.mark.slow
@pytest.mark.parametrize("besides", [None, "查无此人"])
def test_a_name_means_a_new_row_whatever_else_means_nobody(desk, besides):
    last = {
        name: int(desk.area(name).rpartition(":")[2].lstrip(letters))
        for name in ("customers", "transactions")
    }
    customer, bought = last["customers"] + 1, last["transactions"] + (2 if besides else 1)
    desk.type("customers", customer, name="赵六", phone="13800139999")
    if besides:
        desk.type("transactions", bought - 1, customer_id=besides, amount=11)
    desk.type("transactions", bought, customer_id="赵六", amount=22, date=DAY)
    for _ in range(2):
        desk.sync()
        key = desk.value("customers", "customer_id", customer)
        assert key
        assert desk.value("transactions", "customer_id", bought) == key
        with Store.open(locate(desk.path.parent)) as store:
            head = store.head(store.books()[0].book_id).tables["transactions"]
        assert head.loc[head["amount"] == 22, "customer_id"].tolist() == [key]
