"""Reading workbooks: which cells belong to which field of which table."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.issues import describe
from crmbook.base.records import Unreadable
from crmbook.read import ListEntry, ReadError, column_name, read_workbook
from crmbook.schema import Layout
from tests.check.sheets import Formula, Page, lay_out
from tests.check.world import small_book

BOOK = small_book()
PLACES = Layout(BOOK).tables
ZHANG = {
    "customer_id": "001",
    "name": "张三",
    "phone": 13800138000,
    "birthday": dt.date(1993, 5, 12),
    "row_id": "r1a",
}
LI = {"customer_id": "002", "name": "李四", "row_id": "r2a"}


def read(tables, change=None, lang="zh"):
    return read_workbook(lay_out(tables, lang=lang, change=change), BOOK)


def customers(rows, change=None):
    return read({"customers": rows}, change).tables["customers"]


def test_cells_are_taken_as_calamine_gives_them():
    table = customers([ZHANG, LI])
    assert table.frame.loc[2].dropna().to_dict() == {
        key: value for key, value in ZHANG.items() if key != "row_id"
    }
    assert table.frame.loc[3, "birthday"] is None
    assert (table.sheet, table.header_row, table.table_name, table.last_row) == ("客户", 1, "客户", 3)
    assert table.row_ids.tolist() == ["r1a", "r2a"]


def test_every_table_of_the_layout_is_found_side_by_side_too():
    snapshot = read({})
    assert set(snapshot.tables) == set(PLACES)
    assert snapshot.missing == ()
    assert snapshot.tables["bands"].frame["from"].tolist() == [0.0, 1000.0]
    assert snapshot.tables["parameters"].frame["parameter"].tolist() == ["days"]
    assert snapshot.tables["funnel"].frame["level"].tolist() == ["普通", "VIP"]
    assert snapshot.tables["feedback"].frame.empty


def test_places_are_named_as_people_see_them():
    table = customers([ZHANG])
    assert str(table.cell("name", 2)) == "客户!B2"


@pytest.mark.parametrize(("top", "left"), [(3, 0), (0, 2), (5, 3)])
def test_a_moved_table_is_found_with_its_leading_empty_rows_and_columns(top, left):
    table = customers([ZHANG], lambda sheets: sheets.pages["客户"].move(top, left))
    assert table.header_row == 1 + top
    assert table.frame.loc[2 + top, "name"] == "张三"
    assert table.columns["customer_id"].index == left


def test_a_table_without_its_list_object_is_found_by_its_headers():
    def change(sheets):
        sheets.pages["客户"].tables.clear()
        sheets.pages["客户"].move(2, 1)
        sheets.pages["客户"].cells[0, 0] = "张三的客户"
        sheets.pages["评分规则"].tables.clear()

    snapshot = read({"customers": [ZHANG, {}, LI]}, change)
    assert snapshot.tables["customers"].frame["name"].to_dict() == {4: "张三", 6: "李四"}
    assert snapshot.tables["customers"].table_name == ""
    assert snapshot.tables["bands"].frame["rule"].tolist() == ["level", "level"]
    assert snapshot.tables["parameters"].frame["value"].tolist() == [30.0]


def test_rows_inserted_above_a_table_that_stayed_where_it_was_are_named():
    """openpyxl's insert_rows moves cells, not the ranges of tables."""
    workbook = openpyxl.load_workbook(io.BytesIO(lay_out({"customers": [ZHANG]})))
    workbook["客户"].insert_rows(1, 2)
    workbook["客户"]["A1"] = "王芳的客户"
    workbook.save(stream := io.BytesIO())
    with pytest.raises(ReadError) as caught:
        read_workbook(stream.getvalue(), BOOK)
    assert (caught.value.code, caught.value.params) == (
        "read.headers-astray",
        {"sheet": "客户", "row": 3, "table_row": 1},
    )


def test_a_renamed_sheet_is_known_by_its_table_and_a_bare_one_by_its_alias():
    def rename(sheets):
        sheets.pages = {
            "我的客户" if title == "客户" else title: page for title, page in sheets.pages.items()
        }

    def rename_bare(sheets):
        sheets.pages = {
            "客户资料" if title == "客户" else title: page for title, page in sheets.pages.items()
        }
        sheets.pages["客户资料"].tables.clear()

    assert customers([ZHANG], rename).sheet == "我的客户"
    assert customers([ZHANG], rename_bare).sheet == "客户资料"


def test_a_workbook_in_the_other_language_is_understood():
    snapshot = read({"customers": [ZHANG]}, lang="en")
    table = snapshot.tables["customers"]
    assert (table.sheet, table.frame.loc[2, "name"]) == ("Customers", "张三")
    assert table.columns["name"].found_by == "alias"


def _columns(table):
    return {name: (column.header, column.found_by) for name, column in table.columns.items()}


def _retitle(field, header, *, mark=False):
    def change(sheets):
        column = PLACES["customers"].columns[field]
        page = sheets.pages["客户"]
        page.cells[0, column.index] = header
        page.tables[0][5][column.index] = header
        if mark:
            sheets.names[column_name("customers", field)] = f"客户!${column.letter}$1"

    return change


def test_a_header_outranks_a_mark_and_a_mark_an_alias():
    assert _columns(customers([ZHANG]))["phone"] == ("电话", "header")
    assert _columns(customers([ZHANG], _retitle("phone", "手机")))["phone"] == ("手机", "alias")
    assert _columns(customers([ZHANG], _retitle("phone", "联系电话", mark=True)))["phone"] == (
        "联系电话",
        "name",
    )
    assert _columns(customers([ZHANG], _retitle("name", " 姓 名* ")))["name"][1] == "header"


def test_an_unknown_header_is_a_column_of_ones_own():
    table = customers([ZHANG], _retitle("phone", "暗号"))
    assert "phone" not in table.columns
    assert table.custom["暗号"].letter == "D"
    assert table.own["暗号"].tolist() == [13800138000.0]


def test_a_column_beside_the_table_belongs_to_it_up_to_a_gap():
    def change(sheets):
        right = PLACES["customers"].all_columns[-1].index
        cells = sheets.pages["客户"].cells
        cells |= {(0, right + 1): "备注", (1, right + 1): "好", (0, right + 3): "远处", (1, right + 3): "x"}

    table = customers([ZHANG], change)
    assert list(table.custom) == ["备注"]
    assert table.own.loc[2, "备注"] == "好"


def test_a_header_that_stands_there_twice_is_named():
    def change(sheets):
        sheets.pages["客户"].tables.clear()
        sheets.pages["客户"].cells[0, 20] = "姓名"

    table = customers([ZHANG], change)
    assert table.columns["name"].letter == "B"
    assert [column.letter for column in table.duplicates] == ["U"]


def test_rows_typed_below_the_table_belong_to_it_until_a_gap():
    def change(sheets):
        cells = sheets.pages["客户"].cells
        cells |= {(3, 1): "王五", (4, 1): "赵六", (6, 1): "远处"}

    table = customers([ZHANG, LI], change)
    assert table.frame["name"].tolist() == ["张三", "李四", "王五", "赵六"]
    assert table.stray_rows == (7,)
    assert table.last_row == 3


@pytest.mark.parametrize(
    ("below", "names", "stray"),
    [
        pytest.param({5: ("赵六", "13800138004")}, ["赵六"], (), id="one blank row"),
        pytest.param({13: ("赵六", "13800138004")}, ["赵六"], (), id="ten blank rows"),
        pytest.param({14: ("赵六", "13800138004")}, [], (15,), id="eleven blank rows"),
        pytest.param({5: ("赵六",)}, [], (6,), id="one cell may be a note"),
        pytest.param({5: (None, "备注：老客户")}, [], (6,), id="what is required is blank"),
        pytest.param({5: ("姓名", "电话"), 6: ("赵六", "13800138004")}, [], (6, 7), id="another list"),
        pytest.param(
            {5: ("赵六", "13800138004"), 6: ("注",), 8: ("王五", "13800138005")}, [], (6, 7, 9), id="a note beside"
        ),
        pytest.param(
            {4: ("赵六", "13800138004"), 9: ("王五", "13800138005"), 21: ("远处", "1")},
            ["赵六", "王五"], (22,), id="block by block",
        ),
    ],
)  # fmt: skip
def test_records_behind_a_gap_below_the_table_belong_to_it(below, names, stray):
    def change(sheets):
        page, columns = sheets.pages["客户"], PLACES["customers"].columns
        for row, values in below.items():
            for name, value in zip(("name", "phone"), values, strict=False):
                page.cells[row, columns[name].index] = value

    table = customers([ZHANG, LI], change)
    assert table.frame["name"].tolist() == ["张三", "李四", *names]
    assert table.stray_rows == stray


def test_rows_below_the_totals_are_no_rows_of_the_table_and_not_forgotten():
    def change(sheets):
        page, columns = sheets.pages["客户"], PLACES["customers"].columns
        page.totals = True
        page.cells |= {(3, 1): "合计", (4, 1): "王五", (4, PLACES["customers"].row_id.index): "r9a"}
        page.cells |= {(3, PLACES["customers"].issues.index): 7, (6, PLACES["customers"].issues.index): "x"}
        assert columns["name"].index == 1

    table = customers([ZHANG, LI, {}], change)
    assert table.frame["name"].tolist() == ["张三", "李四"]
    assert (table.last_row, table.stray_rows, table.stray_ids) == (3, (5,), ("r9a",))
    assert table.marks == {}


def test_empty_rows_are_no_rows_whatever_their_formulas_show():
    blank = {"age": Formula("=1", 0), "total": Formula("=0", 0), "row_id": "r9a"}
    table = customers([ZHANG, blank, {}, LI, {}])
    assert table.frame.index.tolist() == [2, 5]


def test_formulas_are_told_from_values():
    rows = [
        {**ZHANG, "age": Formula("=29", 29), "total": Formula("=0", 0), "level": 5},
        {**LI, "age": 28, "total": 7, "phone": Formula('="138"&"00138000"', "13800138000")},
    ]
    table = customers(rows)
    assert table.formulas["age"] == {2}
    assert table.formulas["total"] == {2}
    assert table.formulas["phone"] == {3}
    assert table.frame.loc[3, "phone"] == "13800138000"
    assert table.formulas["level"] == frozenset()


@pytest.mark.parametrize("stored", [b"", b"<v></v>", b"<v/>", b"<v />"])
def test_an_error_and_an_uncalculated_formula_are_unknown_and_not_blank(stored):
    def strip(data):
        source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
        with zipfile.ZipFile(target, "w") as packed:
            for item in source.infolist():
                content = source.read(item)
                packed.writestr(item, content.replace(b"<f>1+1</f><v>0</v>", b"<f>1+1</f>" + stored))
        return target.getvalue()

    rows = [
        {**ZHANG, "gender": Formula("=1/0", "#DIV/0!")},
        {**LI, "gender": Formula("=1+1", 0)},
        {"name": Formula("=NA()", "#N/A")},
    ]
    frame = read_workbook(strip(lay_out({"customers": rows})), BOOK).tables["customers"].frame
    assert frame["gender"].tolist() == [
        Unreadable("value.error-cell", "#DIV/0!"),
        Unreadable("value.formula-without-value", "=1+1"),
        None,
    ]
    assert frame.loc[4, "name"] == Unreadable("value.error-cell", "#N/A")


SPELLINGS = {
    "single quotes": [(rb't="e"', rb"t='e'")],
    "odd blanks": [(rb'<c r="([A-Z]+[0-9]+)"', rb"<c  r = '\1'")],
    "other order": [(rb'<c (r="[A-Z]+[0-9]+")( s="[0-9]+")?( t="[a-z]+")?', rb"<c\3\2 \1")],
    "line breaks": [(rb"><f>([^<]*)</f>", rb">\n <f >\1</f>\n")],
    "prefix": [
        (rb'xmlns="(http://schemas.openxmlformats.org/spreadsheetml)', rb'xmlns:x="\1'),
        (rb"<(/?)([a-zA-Z])", rb"<\1x:\2"),
    ],
}


def _respelled(data, changes):
    """Return the workbook with every sheet's markup written in another way."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for item in source.infolist():
            content = source.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                for old, new in changes:
                    content = re.sub(old, new, content)
            packed.writestr(item, content)
    return target.getvalue()


@pytest.mark.parametrize("changes", SPELLINGS.values(), ids=SPELLINGS)
def test_formulas_and_errors_are_found_however_the_markup_is_spelled(changes):
    rows = [
        {**ZHANG, "age": Formula("=29", 29), "gender": Formula("=1/0", "#DIV/0!")},
        {**LI, "age": Formula("=28", 28), "total": Formula("=5", 5)},
    ]
    data = lay_out({"customers": rows})
    table = read_workbook(_respelled(data, changes), BOOK).tables["customers"]
    assert _respelled(data, changes) != data
    assert table.formulas["age"] == {2, 3}
    assert table.formulas["total"] == {3}
    assert table.frame["gender"].tolist() == [Unreadable("value.error-cell", "#DIV/0!"), None]
    assert table.frame["name"].tolist() == ["张三", "李四"]


@pytest.mark.parametrize("date1904", [False, True])
def test_days_are_days_in_either_date_system(date1904):
    def change(sheets):
        sheets.date1904 = date1904

    snapshot = read({"customers": [ZHANG]}, change)
    assert snapshot.date1904 is date1904
    assert snapshot.tables["customers"].frame.loc[2, "birthday"] == dt.date(1993, 5, 12)


CELLS = {
    "customer_id": st.text("0123456789", min_size=1, max_size=5),
    "name": st.text("张三李四王五 ab&<>'\"，😀", min_size=1, max_size=8).filter(str.strip),
    "phone": st.integers(10**10, 10**11 - 1).map(float),
    "birthday": st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
    "region": st.sampled_from(["北京", "上海"]),
}


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    rows=st.lists(st.fixed_dictionaries({"name": CELLS["name"]}, optional={k: v for k, v in CELLS.items() if k != "name"}), max_size=6),
    blanks=st.sets(st.integers(0, 5), max_size=3),
    order=st.permutations(range(len(PLACES["customers"].all_columns))),
    top=st.integers(0, 4),
    left=st.integers(0, 3),
    bare=st.booleans(),
)  # fmt: skip
def test_what_was_written_is_read_wherever_it_stands(rows, blanks, order, top, left, bare):
    """Columns in any order, the table anywhere, blank rows between, with a ListObject or without."""

    def change(sheets):
        page = sheets.pages["客户"]
        page.cells = {(row, order[column]): value for (row, column), value in page.cells.items()}
        first, start, last, end, name, headers = page.tables[0]
        page.tables[0] = (
            first,
            start,
            last,
            end,
            name,
            [headers[order.index(at)] for at in range(len(order))],
        )
        page.move(top, left)
        if bare:
            page.tables.clear()

    written = list(rows)
    for place in sorted(blanks):
        written.insert(min(place, len(written)), {})
    table = read({"customers": written}, change).tables["customers"]
    assert len(table.frame) == len(rows)
    for row, read_row in zip(rows, table.frame.to_dict("records"), strict=True):
        assert {key: value for key, value in read_row.items() if value is not None} == row
    assert table.frame.index.tolist() == [top + 2 + place for place, row in enumerate(written) if row]


def test_a_missing_sheet_is_named():
    def change(sheets):
        del sheets.pages["反馈"]

    snapshot = read({}, change)
    assert snapshot.missing == ("feedback",)


def test_single_cells_and_lists_are_read():
    def change(sheets):
        sheets.pages["使用说明"].cells |= {(29, 7): dt.date(2023, 2, 25), (30, 7): 2000, (31, 7): 99}
        gender = Layout(BOOK).lists["gender"]
        sheets.pages["数据字典"].cells[gender.first_row + 2, gender.column] = "其他"

    snapshot = read({}, change)
    assert snapshot.cells == {"as_of": dt.date(2023, 2, 25), "target": 2000.0}
    assert [entry.text for entry in snapshot.lists["gender"]] == ["男", "女", "其他"]
    assert snapshot.lists["city"] == (ListEntry("海淀区", "北京"), ListEntry("浦东新区", "上海"))


def test_columns_of_lists_may_be_moved_and_lost():
    def change(sheets):
        gender = Layout(BOOK).lists["gender"]
        page = sheets.pages["数据字典"]
        column = {row: page.cells.pop((row, at)) for row, at in list(page.cells) if at == gender.column}
        page.cells |= {(row, 30): value for row, value in column.items()}
        del page.cells[gender.header_row - 1, Layout(BOOK).lists["region"].column]

    lists = read({}, change).lists
    assert [entry.text for entry in lists["gender"]] == ["男", "女"]
    assert "region" not in lists


def test_a_sheet_without_any_cell_is_no_trouble():
    def change(sheets):
        sheets.pages["反馈"] = Page()
        sheets.pages["草稿"] = Page()

    assert "feedback" not in read({}, change).tables


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "ooxml.empty-file"), (b"a,b\n1,2\n", "ooxml.not-a-zip"), (b"PK\x03\x04" + b"x" * 60, None)],
)
def test_what_is_no_workbook_is_refused_with_a_code(data, code):
    with pytest.raises(ReadError) as caught:
        read_workbook(data, BOOK)
    assert code is None or caught.value.code == code


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadError) as caught:
        read_workbook(tmp_path / "无.xlsx", BOOK)
    assert caught.value.code == "ooxml.unreadable-file"
    assert caught.value.location.file.endswith("无.xlsx")


def test_a_foreign_workbook_is_refused():
    def change(sheets):
        sheets.pages = {"Sheet1": Page({(0, 0): "a", (1, 0): 1})}
        sheets.names = {}

    with pytest.raises(ReadError) as caught:
        read({}, change)
    assert caught.value.code == "read.foreign-workbook"
    assert all(describe(caught.value.code, lang, caught.value.params) for lang in ("zh", "en"))
