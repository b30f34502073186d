"""What may be new (a company, a person in charge, a customer) is never objected to, and offered after the next sync."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbook.base import describe
from crmbook.ooxml import Package
from crmbook.schema import PAGE_HEADER_ROW, column_letters
from tests.books import empty
from tests.cli.run import run
from tests.desk import DAY, NAME, Desk, moved, settled

ROWS = range(PAGE_HEADER_ROW + 1, PAGE_HEADER_ROW + 60)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suggestions")
    settled(folder)
    return folder


@pytest.fixture
def desk(home, tmp_path):
    return Desk(moved(home, tmp_path))


def dictionary(path):
    return Package.open(path).sheet("数据字典")


def column_of(path, title):
    header = describe("workbook.entered", "zh", {"field": title})
    (cell,) = (one for one in dictionary(path).cells({PAGE_HEADER_ROW}) if one.value == header)
    return cell.column


def offered(path, title):
    """The list behind the dropdown, as it stands."""
    column = column_of(path, title)
    cells = dictionary(path).cells(set(ROWS), {column})
    return [cell.value for cell in sorted(cells, key=lambda cell: cell.row) if cell.value not in {None, ""}]


def put(path, title, place, value):
    """Type into the list itself."""
    package = Package.open(path)
    letters = column_letters(column_of(path, title) - 1)
    package.sheet("数据字典").set(f"{letters}{PAGE_HEADER_ROW + 1 + place}", value)
    package.save(path)


@pytest.mark.slow
def test_what_is_entered_is_offered_after_the_next_sync(desk):
    before = offered(desk.path, "公司名称")
    desk.type("customers", 2, company="长风物流")
    desk.sync()
    assert "长风物流" not in before
    assert "长风物流" in offered(desk.path, "公司名称")
    assert offered(desk.path, "公司名称") == sorted(offered(desk.path, "公司名称"))


@pytest.mark.slow
def test_what_no_row_says_any_more_is_offered_no_longer(desk):
    desk.type("customers", 2, company="长凤物流")
    desk.sync()
    desk.type("customers", 2, company="长风物流")
    desk.sync()
    assert "长凤物流" not in offered(desk.path, "公司名称")
    assert "长风物流" in offered(desk.path, "公司名称")


@pytest.mark.slow
def test_a_list_serves_all_fields_of_its_name(desk):
    desk.type("tasks", 2, customer_id="001", task="回访", owner="孙悦", due="2023-04-10")
    desk.sync()
    assert "孙悦" in offered(desk.path, "负责人")


@pytest.mark.slow
def test_what_somebody_put_into_the_list_stays(desk):
    put(desk.path, "公司名称", len(offered(desk.path, "公司名称")), "准备联系的公司")
    desk.type("customers", 2, company="长风物流")
    desk.sync()
    desk.sync()
    assert {"准备联系的公司", "长风物流"} <= set(offered(desk.path, "公司名称"))


@pytest.mark.slow
def test_a_sync_that_brings_nothing_writes_no_list(desk):
    desk.type("customers", 2, company="长风物流")
    desk.sync()
    data = desk.path.read_bytes()
    assert not desk.sync().written
    assert desk.path.read_bytes() == data


@pytest.mark.slow
def test_in_an_empty_book_the_first_entry_does_not_look_like_the_header(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(empty().data)
    desk = Desk(path)
    desk.type("customers", 2, name="赵云", company="长风物流", phone="13800138000")
    desk.sync()
    assert offered(path, "公司名称") == ["长风物流"]
    column, sheet = column_letters(column_of(path, "公司名称") - 1), dictionary(path)
    assert (
        sheet.cell(f"{column}{PAGE_HEADER_ROW + 1}").style != sheet.cell(f"{column}{PAGE_HEADER_ROW}").style
    )


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("customers", "company"), ("customers", "position"), ("customers", "owner"), ("prospects", "company"),
        ("transactions", "product"), ("transactions", "customer_id"), ("interactions", "customer_id"), ("tasks", "owner"),
    ],
)  # fmt: skip
def test_no_validation_objects_to_what_may_be_new(desk, table, field):
    place = desk.place(table)
    column = place.columns[field].index + 1
    rules = [
        one
        for one in Package.open(desk.path).validations(place.sheet)
        if any(area.left <= column <= area.right for area in one.areas)
    ]
    assert [(one.type, one.shows_error) for one in rules] == [("list", False)]


@pytest.mark.slow
def test_a_workbook_with_the_old_objection_loses_it(desk):
    place = desk.place("customers")
    package = Package.open(desk.path)
    old = [
        replace(one, shows_error=True, error_style="warning", error="请从下拉列表中选择。")
        if one.type == "list" and not one.shows_error
        else one
        for one in package.validations(place.sheet)
    ]
    package.set_validations(place.sheet, old)
    package.save(desk.path)
    desk.sync()
    column = place.columns["company"].index + 1
    rules = [
        one
        for one in Package.open(desk.path).validations(place.sheet)
        if any(area.left <= column <= area.right for area in one.areas)
    ]
    assert [one.shows_error for one in rules] == [False]


@pytest.mark.slow
def test_a_new_company_is_no_issue(desk):
    desk.type("customers", 2, company="长风物流", owner="孙悦")
    found = desk.sync().issues
    assert not [issue for issue in found if issue.field_name in {"company", "owner"}]


@pytest.mark.slow
def test_an_owners_copy_offers_only_what_its_own_rows_say(desk):
    folder = desk.path.parent
    desk.type("customers", 2, owner="王芳", company="长风物流")
    desk.type("customers", 3, owner="李强", company="清河制药")
    desk.sync()
    hers = folder / "王芳.xlsx"
    assert run("build", "-o", hers, "--owner", "王芳", "--as-of", DAY.isoformat()).exit_code == 0
    desk.type("customers", 3, company="清河药业")
    run("sync", folder, "--as-of", DAY.isoformat())
    assert "长风物流" in offered(hers, "公司名称")
    assert not {"清河制药", "清河药业"} & set(offered(hers, "公司名称"))
    desk.type("customers", 2, owner="李强")
    run("sync", folder, "--as-of", DAY.isoformat())
    assert "长风物流" not in offered(hers, "公司名称")
    assert set(offered(desk.path, "公司名称")) >= {"长风物流", "清河药业"}
