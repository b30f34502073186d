"""Placing rows: what the state says stands in the workbook afterwards, and nothing else has moved."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from functools import cache

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.changes import ChangeKind
from crmbook.base.records import OWN
from crmbook.check import check_cells, resolve_pending
from crmbook.merge import differs
from crmbook.ooxml import Package
from crmbook.read import ListEntry, read_workbook
from crmbook.render.changes import Comparison, grow_tables, write_changes
from crmbook.render.place import AsRead, Placed, place_rows
from crmbook.render.place.lists import arranged
from crmbook.schema import Layout
from crmbook.schema.names import column_letters
from crmbook.schema.recompute import recompute, table_frame
from tests.books import book_of, built, empty
from tests.check.sheets import Formula, lay_out
from tests.check.world import small_book
from tests.desk import members, rows
from tests.ooxml_lint import lint

DAY = dt.date(2023, 4, 1)


@dataclass
class Copy:
    """A workbook with its state frames, into which rows can be placed."""

    book: object
    data: bytes

    def __post_init__(self):
        self.package = Package.open(self.data)
        self.snapshot = read_workbook(self.data, self.book)
        self.checked = check_cells(self.book, self.snapshot, DAY)
        resolve_pending(self.book, self.snapshot, self.checked)
        self.ids = {
            name: found.row_ids
            for name, found in self.snapshot.tables.items()
            if self.book.tables[name].managed
        }

    def state(self, name):
        found, table = self.snapshot.tables[name], self.book.tables[name]
        typed = [field for field in found.columns if table.fields[field].typed]
        own = found.own.rename(columns=lambda header: OWN + header)
        frame = pd.concat([self.checked.frames[name][typed], own], axis=1)
        frame.index = pd.Index(self.ids[name].to_numpy(), dtype=object)
        return frame

    def states(self):
        return {name: self.state(name) for name in self.ids}

    def lists(self):
        entries = [
            (name, entry.text, entry.of) for name, list_ in self.snapshot.lists.items() for entry in list_
        ]
        index = [f"{name}/{text}/{of or ''}" for name, text, of in entries]
        return pd.DataFrame(entries, index=index, columns=["list", "text", "of"], dtype=object)

    def place(self, target, kept=None) -> Placed:
        read = AsRead(self.book, self.snapshot, self.checked, self.package)
        return place_rows(read, self.ids, target, kept or {})

    def placed(self, target, kept=None, *, computed=True) -> Copy:
        """The workbook once the rows are in it and its formulas computed."""
        done = self.place(target, kept)
        changes = [*done.changes]
        if computed:
            checked = check_cells(self.book, done.snapshot, DAY)
            resolve_pending(self.book, done.snapshot, checked)
            results = recompute(self.book, checked.seen(done.snapshot), DAY, checked.cells)
            labels = Layout(self.book).labels()
            changes += Comparison(self.book, labels, done.snapshot, checked, results).iter_changes()
        done.clear(self.package)
        grow_tables(self.package, done.snapshot, changes)
        write_changes(self.package, changes)
        data = self.package.to_bytes()
        assert lint(data) == []
        return Copy(self.book, data)


def differing(left, right):
    """Labels in which two state frames differ, their rows matched by id."""
    assert set(left.index) == set(right.index)
    right = right.reindex(left.index)
    return [label for label in left if differs(left[label], right[label]).any()]


@cache
def settled(name="sample") -> bytes:
    """A workbook with its computed cells as they should be."""
    made = built() if name == "sample" else empty()
    copy = Copy(book_of(), made.data)
    return copy.placed(copy.states()).data


@pytest.fixture
def copy() -> Copy:
    return Copy(book_of(), settled())


def new_rows(copy, table, count, **values):
    """Rows for a table, by new ids."""
    blank = [None] * count
    columns = {name: values.get(name, blank) for name in copy.book.tables[table].fields}
    frame = table_frame(copy.book.tables[table], columns)
    frame.index = pd.Index([f"new{number}z" for number in range(count)], dtype=object)
    return frame[[label for label in copy.state(table).columns if label in frame]]


@pytest.mark.slow
def test_rows_that_stand_as_they_should_are_no_change(copy):
    done = copy.place({**copy.states(), "_lists": copy.lists()})
    assert (done.changes, done.cleared, done.left_out, done.unlike) == ([], {}, {}, {})
    assert copy.placed(copy.states()).data == settled()


def test_a_value_changed_elsewhere_touches_its_row_only(copy):
    state = copy.state("customers")
    row_id = state.index[1]
    state.loc[row_id, "phone"] = "13800000009"
    done = copy.place({"customers": state})
    [change] = done.changes
    assert (change.value, change.kind) == ("13800000009", ChangeKind.MERGED)
    after = copy.placed({"customers": state}, computed=False)
    assert differing(state, after.state("customers")) == []
    part = next(info.part.lstrip("/") for info in copy.package.sheets if info.name == "客户基本信息")
    old, new = rows(members(settled())[part]), rows(members(after.data)[part])
    assert {row for row in new if new[row] != old[row]} == {
        int(change.ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    }


@pytest.mark.slow
def test_new_rows_go_below_and_look_like_those_above(copy):
    state = copy.state("transactions")
    added = new_rows(
        copy, "transactions", 3,
        transaction_id=["9001", "9002", "9003"], customer_id=["001", "002", "001"],
        date=[dt.date(2023, 1, day) for day in (1, 2, 3)], amount=[100, 200.5, 300],
    )  # fmt: skip
    target = pd.concat([state, added])
    after = copy.placed({"transactions": target})
    assert differing(target, after.state("transactions")) == []
    found = after.snapshot.tables["transactions"]
    last = copy.snapshot.tables["transactions"].last_row
    assert found.frame.index[-3:].tolist() == [last + 1, last + 2, last + 3]
    assert found.last_row == last + 3
    sheet = after.package.sheet(found.sheet)
    for name, column in found.columns.items():
        above, below = (sheet.cell(f"{column.letter}{row}") for row in (last, last + 3))
        if below.value is not None or below.formula is not None:
            assert below.style == above.style, name
        assert (below.formula is None) == (above.formula is None), name
    assert found.row_ids.tolist()[-3:] == list(added.index)


@pytest.mark.slow
def test_a_row_removed_elsewhere_is_emptied_in_place_and_used_again(copy):
    third = new_rows(copy, "customers", 1, customer_id=["003"], name=["丙"])
    third.index = pd.Index(["third"], dtype=object)
    copy = copy.placed({"customers": pd.concat([copy.state("customers"), third])})
    state = copy.state("customers")
    gone = state.index[1]
    after = copy.placed({"customers": state.drop(index=gone)})
    found = after.snapshot.tables["customers"]
    assert 3 not in found.frame.index
    assert found.frame.index.tolist()[:2] == [2, 4]
    assert after.package.sheet(found.sheet).cell("A3").value is None
    assert (
        after.package.sheet(found.sheet).cell("A3").style == copy.package.sheet(found.sheet).cell("A4").style
    )
    added = new_rows(after, "customers", 1, customer_id=["900"], name=["新客户"])
    again = after.placed({"customers": pd.concat([after.state("customers"), added])})
    assert again.snapshot.tables["customers"].raw("name", 3) == "新客户"
    assert differing(pd.concat([after.state("customers"), added]), again.state("customers")) == []


@pytest.mark.slow
def test_an_empty_table_is_filled_from_its_first_row():
    copy = Copy(book_of(), settled("empty"))
    added = new_rows(copy, "customers", 2, customer_id=["001", "002"], name=["甲", "乙"])
    after = copy.placed({"customers": added})
    assert after.snapshot.tables["customers"].frame.index.tolist() == [2, 3]
    assert differing(added, after.state("customers")) == []
    again = after.placed(after.states())
    assert again.data == after.data


# small workbooks: what people left in and beside the tables

ZHANG = {
    "row_id": "r1a",
    "customer_id": "001",
    "name": "张三",
    "phone": "13800138000",
    "birthday": dt.date(1990, 5, 1),
}
LI = {"row_id": "r2b", "customer_id": "002", "name": "李四", "phone": "13900139000"}
WANG = {"row_id": "r3c", "customer_id": "003", "name": "王五", "age": 30}


def small(*people, change=None, **tables) -> Copy:
    return Copy(small_book(), lay_out({"customers": list(people), **tables}, change=change))


def with_cell(state, row_id, label, value):
    column = state[label].copy()
    column[row_id] = value
    return state.assign(**{label: column})


def person(copy, row_id="n1x", **values):
    frame = table_frame(copy.book.tables["customers"], {name: [value] for name, value in values.items()})
    frame.index = pd.Index([row_id], dtype=object)
    return frame[[label for label in copy.state("customers") if label in frame]]


def on_sheet(cells, title="客户"):
    """A change that puts cells on a sheet, by (row, column) counted from 0."""

    def change(sheets):
        sheets.pages[title].cells.update(cells)

    return change


def written(done):
    return {(change.ref, change.value) for change in done.changes if change.kind is not ChangeKind.MARKED}


def letter(copy, table, name):
    return copy.snapshot.tables[table].columns[name].letter


def test_what_a_cell_means_counts_not_how_it_is_written():
    order = {
        "row_id": "o1a",
        "order_id": "1001",
        "customer_id": "001",
        "date": dt.date(2023, 1, 1),
        "amount": "2000元",
    }
    copy = small(ZHANG, orders=[order])
    assert copy.state("orders")["amount"].tolist() == [2000.0]
    assert copy.place({name: copy.state(name) for name in ("customers", "orders")}).changes == []
    state = with_cell(copy.state("orders"), "o1a", "amount", 2001.0)
    assert [change.value for change in copy.place({"orders": state}).changes] == [2001.0]


def test_a_bad_value_is_neither_erased_nor_written_over():
    copy = small({**ZHANG, "birthday": "2023/13/1"}, LI)
    state = with_cell(copy.state("customers"), "r1a", "birthday", pd.Timestamp("1990-05-01"))
    done = copy.place({"customers": state})
    assert (done.changes, done.unlike) == ([], {("customers", "birthday"): frozenset({"r1a"})})
    kept = {("customers", "birthday"): {"r1a"}}
    gone = copy.place({"customers": state.drop(index="r1a")}, kept)
    assert gone.cleared == {}
    assert gone.unlike == {("customers", ""): frozenset({"r1a"})}
    assert gone.snapshot.tables["customers"].frame.index.tolist() == [2, 3]


def test_a_blank_cell_is_filled_even_where_it_is_kept():
    copy = small({**ZHANG, "customer_id": None}, LI)
    state = with_cell(copy.state("customers"), "r1a", "customer_id", "001")
    done = copy.place({"customers": state}, {("customers", "customer_id"): {"r1a"}})
    assert [(change.value, change.kind) for change in done.changes] == [("001", ChangeKind.ASSIGNED)]


def test_a_formula_typed_into_an_input_cell_stays_until_its_value_changes():
    copy = small({**ZHANG, "name": Formula('="张"&"三"', "张三")}, LI)
    state = copy.state("customers")
    assert copy.place({"customers": state}).changes == []
    after = copy.placed({"customers": with_cell(state, "r1a", "name", "张三丰")}, computed=False)
    cell = after.package.sheet("客户").cell(f"{letter(copy, 'customers', 'name')}2")
    assert (cell.value, cell.formula) == ("张三丰", None)


def test_a_manual_value_comes_and_goes_with_the_state():
    age = "IF(1,33,0)"
    copy = small({**ZHANG, "age": Formula(f"={age}", 32)}, WANG)
    ref = f"{letter(copy, 'customers', 'age')}"
    state = copy.state("customers")
    assert state["age"].tolist()[1] == 30
    typed = copy.placed({"customers": with_cell(state, "r1a", "age", 40.0)})
    assert (typed.package.sheet("客户").cell(f"{ref}2").value, typed.state("customers")["age"].iloc[0]) == (
        40,
        40,
    )
    freed = typed.placed({"customers": typed.state("customers").assign(age=float("nan"))})
    cells = [freed.package.sheet("客户").cell(f"{ref}{row}") for row in (2, 3)]
    assert all(cell.formula for cell in cells)
    assert freed.state("customers")["age"].isna().all()


def test_days_are_counted_as_the_workbook_counts():
    def change(sheets):
        sheets.date1904 = True

    copy = small(ZHANG, LI, change=change)
    state = with_cell(copy.state("customers"), "r2b", "birthday", pd.Timestamp("1985-02-03"))
    state = pd.concat([state, person(copy, customer_id="004", name="赵六", birthday=dt.date(2000, 2, 29))])
    after = copy.placed({"customers": state}, computed=False)
    column = letter(copy, "customers", "birthday")
    sheet = after.package.sheet("客户")
    assert [sheet.cell(f"{column}{row}").value for row in (2, 4)] == [
        dt.date(1990, 5, 1),
        dt.date(2000, 2, 29),
    ]
    assert len(copy.place({"customers": copy.state("customers")}).changes) == 0


@pytest.fixture
def noted() -> Copy:
    """Customers with a column of somebody's own, filled in, and one calculated."""
    place = Layout(small_book()).tables["customers"]
    column = place.all_columns[-1].index + 1
    cells = {
        (0, column): "备注",
        (1, column): "老客户",
        (0, column + 1): "积分",
        (1, column + 1): Formula("=1+1", 2),
    }
    return small(ZHANG, LI, change=on_sheet(cells))


def test_own_columns_are_written_formulas_in_them_are_not(noted):
    state = noted.state("customers")
    assert state[[OWN + "备注", OWN + "积分"]].iloc[0].tolist() == ["老客户", 2.0]
    wanted = with_cell(with_cell(state, "r2b", OWN + "备注", "新客户"), "r1a", OWN + "积分", 9.0)
    wanted[OWN + "别处的列"] = "x"
    done = noted.place({"customers": wanted})
    assert [change.value for change in done.changes] == ["新客户"]
    assert done.unlike == {("customers", OWN + "积分"): frozenset({"r1a"})}
    after = noted.placed({"customers": wanted}, computed=False)
    assert after.state("customers")[OWN + "备注"].tolist() == ["老客户", "新客户"]


def test_a_row_that_goes_takes_its_own_columns_along_but_no_side_note():
    place = Layout(small_book()).tables["customers"]
    aside = place.all_columns[-1].index + 3
    copy = small(ZHANG, LI, WANG, change=on_sheet({(2, aside): "打过电话"}))
    state = copy.state("customers").drop(index="r2b")
    after = copy.placed({"customers": state})
    row = [cell.value for cell in after.package.sheet("客户").cells({3}) if cell.value is not None]
    assert row == ["打过电话"]
    again = after.placed({"customers": pd.concat([state, person(copy, customer_id="004", name="赵六")])})
    assert again.snapshot.tables["customers"].raw("name", 5) == "赵六"


@pytest.mark.parametrize("what", ["comment", "colour", "link", "nothing"])
def test_an_emptied_row_is_used_again_only_when_it_is_bare(what):
    place = Layout(small_book()).tables["customers"]

    def finish(stream_sheet, book):
        if what == "comment":
            stream_sheet.write_comment(2, 1, "别删")
        elif what == "link":
            stream_sheet.write_url(2, 1, "mailto:a@b.cn", string="李四")
        elif what == "colour":
            stream_sheet.write_string(2, 1, "李四", book.add_format({"bg_color": "yellow"}))

    data = _office_book(place, [ZHANG, LI, WANG], finish)
    copy = Copy(small_book(), data)
    target = copy.state("customers").drop(index="r2b")
    done = copy.place({"customers": pd.concat([target, person(copy, customer_id="004", name="赵六")])})
    assert done.ids["customers"].to_dict() == {
        2: "r1a",
        4: "r3c",
        **({3: "n1x"} if what == "nothing" else {5: "n1x"}),
    }


def _office_book(place, people, finish) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet(place.sheet)
    headers = [{"header": header} for header in place.headers]
    sheet.add_table(0, 0, len(people), len(headers) - 1, {"name": place.name, "columns": headers})
    for number, row in enumerate(people, 1):
        for name, value in row.items():
            column = place.row_id if name == "row_id" else place.columns[name]
            sheet.write(number, column.index, str(value) if isinstance(value, dt.date) else value)
    finish(sheet, book)
    book.close()
    return stream.getvalue()


def test_what_stands_below_ends_the_room():
    copy = small(ZHANG, LI, change=on_sheet({(5, 0): "合计"}))
    added = pd.concat([person(copy, f"n{number}x", name=f"新{number}") for number in range(4)])
    done = copy.place({"customers": pd.concat([copy.state("customers"), added])})
    # Row 5 stays blank: a total that followed the table without a gap would be one of its rows.
    assert done.ids["customers"].to_dict() == {2: "r1a", 3: "r2b", 4: "n0x"}
    assert done.left_out == {"customers": ("n1x", "n2x", "n3x")}
    [issue] = done.issues
    assert "3" in issue.text("zh")
    assert issue.remedy("en")


def test_rows_typed_below_the_table_stay_where_they_are():
    place = Layout(small_book()).tables["customers"]
    typed = {(3, place.columns["name"].index): "王五", (3, place.row_id.index): "r3c"}
    copy = small(ZHANG, LI, change=on_sheet(typed))
    target = pd.concat([copy.state("customers"), person(copy, name="赵六")])
    after = copy.placed({"customers": target})
    assert after.state("customers").index.tolist() == ["r1a", "r2b", "r3c", "n1x"]
    assert after.snapshot.tables["customers"].last_row == 5


def test_tables_side_by_side_leave_each_other_alone():
    bands = [
        {
            "row_id": f"b{at}a",
            "rule": "level",
            "from": at * 100,
            "result": "普通",
            "band_key": f"level|{at * 100}",
        }
        for at in range(3)
    ]
    parameters = [{"row_id": f"p{at}a", "parameter": f"p{at}", "value": at} for at in range(4)]
    copy = small(ZHANG, bands=bands, parameters=parameters)
    other = copy.state("parameters")
    more = copy.state("bands").iloc[[1, 1, 1]].set_axis(["n1x", "n2x", "n3x"])
    target = pd.concat([copy.state("bands").drop(index="b1a"), more.assign(**{"from": [7.0, 8.0, 9.0]})])
    after = copy.placed({"bands": target}, computed=False)
    assert differing(target, after.state("bands")) == []
    assert after.state("parameters").equals(other)
    assert after.snapshot.tables["bands"].row_ids.to_dict() == {
        5: "b0a",
        6: "n1x",
        7: "b2a",
        8: "n2x",
        9: "n3x",
    }
    fewer = after.placed({"parameters": other.iloc[:1]}, computed=False)
    assert differing(target, fewer.state("bands")) == []
    assert fewer.state("parameters").index.tolist() == ["p0a"]


def test_row_ids_are_written_where_they_are_missing():
    copy = small(ZHANG, {**LI, "row_id": None})
    copy.ids["customers"] = pd.Series({2: "r1a", 3: "r9z"}, dtype=object)
    [change] = copy.place({"customers": copy.state("customers")}).changes
    assert (change.value, change.kind, change.old) == ("r9z", ChangeKind.MARKED, None)


# the dropdown lists


def entries(*rows):
    index = [f"{name}/{text}/{of}" for name, text, of in rows]
    return pd.DataFrame(rows, index=index, columns=["list", "text", "of"], dtype=object)


def test_entries_come_and_go_within_their_own_column():
    copy = small(ZHANG)
    others = [row for row in copy.lists().itertuples(index=False) if row.list not in {"gender", "city"}]
    target = entries(
        *others, ("gender", "女", None), ("gender", "未知", None),
        ("city", "浦东新区", "上海"), ("city", "海淀区", "北京"), ("city", "朝阳区", "北京"), ("city", "徐汇区", "上海"),
    )  # fmt: skip
    after = copy.placed({"_lists": target})
    gender, city = after.snapshot.lists["gender"], after.snapshot.lists["city"]
    assert [entry.text for entry in gender] == ["女", "未知"]
    assert [(entry.text, entry.of) for entry in city] == [
        ("海淀区", "北京"), ("朝阳区", "北京"), ("浦东新区", "上海"), ("徐汇区", "上海"),
    ]  # fmt: skip
    assert {
        name: after.snapshot.lists[name] for name in copy.snapshot.lists if name not in {"gender", "city"}
    } == {name: found for name, found in copy.snapshot.lists.items() if name not in {"gender", "city"}}
    assert after.place({"_lists": target}).changes == []


@pytest.mark.parametrize(
    ("present", "wanted", "arranged_as"),
    [
        ([("鼓楼区", "南京"), ("鼓楼区", "福州")], None, [("鼓楼区", "南京"), ("鼓楼区", "福州")]),
        ([("鼓楼区", "南京")], [("鼓楼区", "福州")], [("鼓楼区", "福州")]),
        ([("鼓楼区", "南京")], [("鼓楼区", "南京"), ("鼓楼区", "福州")], [("鼓楼区", "南京"), ("鼓楼区", "福州")]),
        ([("甲", "南"), ("乙", "北"), ("丙", "南")], None, [("甲", "南"), ("丙", "南"), ("乙", "北")]),
    ],
)  # fmt: skip
def test_a_dependent_list_stands_together_by_parent(present, wanted, arranged_as):
    made = [[ListEntry(*pair) for pair in pairs] for pairs in (present, wanted or present)]
    assert [(entry.text, entry.of) for entry in arranged(*made, by=True)] == arranged_as


def test_gaps_in_a_list_are_closed():
    column = Layout(small_book()).lists["gender"].column
    copy = small(ZHANG, change=on_sheet({(4, column): None, (6, column): "男"}, "数据字典"))
    after = copy.placed({"_lists": copy.lists()})
    sheet = after.package.sheet("数据字典")
    assert [sheet.cell(f"{column_letters(column)}{row}").value for row in (5, 6, 7)] == ["女", "男", None]


# the law: what was placed is what is read

NAMES = st.text("甲乙丙丁戊己庚abc ,'\"", min_size=1, max_size=6).map(str.strip).filter(bool)
PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "gender": st.sampled_from(["男", "女"]),
        "birthday": st.dates(dt.date(1950, 1, 1), dt.date(2020, 1, 1)),
        "age": st.integers(0, 120),
        "phone": st.integers(13800000000, 13899999999).map(str),
    },
).filter(bool)  # fmt: skip


@st.composite
def pasts(draw):
    """Rows that stand in a workbook, and the rows that it shall hold."""
    ids = st.sampled_from([f"{number}z" for number in range(12)])
    before = draw(st.dictionaries(ids, PEOPLE, max_size=6))
    after = draw(st.dictionaries(ids, PEOPLE, max_size=8))
    stays = draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    return before, {**after, **{row_id: before[row_id] for row_id in stays}}


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(pasts())
def test_what_was_placed_is_what_is_read(past):
    before, after = past
    copy = small(*({**row, "row_id": row_id} for row_id, row in before.items()))
    target = pd.concat(
        [copy.state("customers").iloc[:0], *(person(copy, row_id, **row) for row_id, row in after.items())]
    ).astype(copy.state("customers").dtypes)
    seen = copy.placed({"customers": target})
    found = seen.state("customers")
    assert differing(target, found) == []
    assert seen.place({"customers": target}).changes == []
    stood = copy.ids["customers"]
    kept = {row: row_id for row, row_id in stood.items() if row_id in after}
    assert kept.items() <= seen.ids["customers"].to_dict().items()
