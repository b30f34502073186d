"""Keys as people and programs leave them: numbers, blanks, a zero more or less. They stay the keys that they were."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from crmbook.ooxml import Package
from crmbook.ooxml.refs import parse_area, reference
from crmbook.store import Commit, Step
from crmbook.sync.pipeline import Options, Synced, sync_workbooks
from tests.desk import members
from tests.sync.shop import DAY, ROWS, Sheet, Shop
from tests.sync.test_pipeline_rules import alike, quiet

CLIENTS = range(2, 2 + ROWS)


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def other(shop) -> Sheet:
    return shop.check_out()


def as_numbers(sheet: Sheet, table: str, field: str) -> None:
    """Convert a column as the office program's offer beside its cells does."""
    for row, cells in sheet.rows(table, field).items():
        sheet.type(table, row, **{field: int(cells[field])})


def keys(sheet: Sheet) -> list[object]:
    return [cells["client_id"] for cells in sheet.rows("clients", "client_id").values()]


def codes(synced) -> dict[str, int]:
    counted: dict[str, int] = {}
    for issue in synced.issues:
        counted[issue.code] = counted.get(issue.code, 0) + 1
    return counted


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(["clients"], id="the keys alone"),
        pytest.param(["clients", "visits", "care"], id="and what refers to them"),
        pytest.param(["visits", "care"], id="what refers to them alone"),
    ],
)
def test_rule_23_ids_that_became_numbers_are_the_ids_they_were(shop, other, columns):
    shop.sync()
    before, whole = {name: shop.cells(name) for name in ("clients", "visits", "care")}, keys(shop.main)
    for table in columns:
        as_numbers(other, table, "client_id")
    told = shop.sync_one(other)
    assert told.state == "current"
    assert {name: shop.cells(name) for name in before} == before
    assert keys(other) == whole
    assert not any(isinstance(cells["client_id"], float | int) for cells in other.rows("care").values())
    found = [issue for issue in told.issues if issue.code == "check.keys-respelled"]
    assert [issue.params["count"] for issue in found] == [ROWS] * ("clients" in columns)
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("typed", "key"), [("0002", "002"), ("2", "002"), (2, "002"), ("２", "002"), ("A2", "A2")]
)
def test_rule_23_a_key_is_compared_as_a_reference_is(shop, other, typed, key):
    row_id = list(shop.cells())[1]
    other.type("clients", 3, client_id=typed)
    shop.sync()
    shop.sync()
    assert shop.cells()[row_id]["client_id"] == key
    assert [keys(sheet)[1] for sheet in (other, shop.main)] == [key, key]
    assert shop.by_key("visits", "client_id")["1003"] == key
    quiet(shop)


def test_rule_23_a_short_id_of_a_new_row_is_padded(shop, other):
    row = other.add("clients", name="新客户", client_id=20)
    other.add("visits", client_id="20", amount=5)
    shop.sync()
    assert other.value("clients", "client_id", row) == "020"
    assert shop.by_key("clients", "name")["020"] == "新客户"
    assert "020" in shop.by_key("visits", "client_id").values()
    quiet(shop)


def test_rule_23_two_ids_that_the_store_holds_both_stay_two(shop, other):
    """A book may have `8` and `008`, from a time when nobody padded: neither becomes the other."""
    clients = shop.head()
    clients["client_id"] = clients["client_id"].replace({"001": "8", "002": "008"})
    with shop.store() as store, store.lease(store.books()[0].book_id) as lease:
        book = store.books()[0]
        store.commit(lease, book.book_id, Commit(book.revision, [Step("sync", tables={"clients": clients})]))
    shop.sync()
    shop.main.type("clients", 3, phone="13900000000")
    other.type("clients", 4, phone="13900000001")
    shop.sync()
    assert {"8", "008"} <= set(shop.by_key("clients", "name"))
    assert keys(shop.main) == keys(other)
    quiet(shop)


BLANKS = [" ", "\u3000", "\u00a0 ", "\t", "\u200b", "\u2003"]


@pytest.mark.sample(1)
@pytest.mark.parametrize("blank", [None, *BLANKS])
def test_rule_23_a_key_that_was_cleared_or_filled_with_blanks_gets_its_own_back(shop, other, blank):
    shop.sync()
    before = shop.cells()
    other.type("clients", 2, client_id=blank)
    other.type("visits", 2, visit_id=blank)
    told = shop.sync_one(other)
    assert codes(told) == {}
    assert other.value("clients", "client_id", 2) == "001"
    assert other.value("visits", "visit_id", 2) == "1001"
    assert shop.cells() == before
    quiet(shop)


@pytest.mark.sample(1)
@pytest.mark.parametrize("blank", BLANKS)
def test_rule_22_blanks_alone_are_blank_for_writing_checking_and_computing(shop, other, blank):
    other.type("clients", 2, name=blank, city=blank, notes=blank)
    other.type("clients", 3, checked_on=blank)
    told = shop.sync_one(other)
    assert codes(told) == {"check.required": 1}
    row = next(iter(shop.cells().values()))
    assert not {"name", "city", "notes"} & row.keys()
    assert [other.value("clients", name, 2) for name in ("name", "city", "notes")] == [None] * 3
    assert other.value("clients", "limit", 2) == 0
    shop.sync()
    shop.main.type("clients", 2, city="无锡")
    shop.sync()
    assert other.value("clients", "city", 2) == "无锡"
    quiet(shop)


@pytest.mark.sample(1)
@pytest.mark.parametrize("blank", BLANKS)
def test_rule_22_a_row_of_blanks_is_no_row(shop, other, blank):
    before = shop.cells()
    other.type("clients", 2 + ROWS, name="新客户")
    other.type("clients", 3 + ROWS, name=blank, city=blank)
    told = shop.sync_one(other)
    assert told.taken.added == 1
    assert len(shop.cells()) == len(before) + 1
    quiet(shop)


def sync(shop: Shop, *sheets: Sheet) -> list[Synced]:
    """Sync workbooks that have a defect of their own: Excel lets nobody merge inside a table, LibreOffice does."""
    report = sync_workbooks([sheet.path for sheet in sheets] or shop.paths(), Options(DAY))
    assert not report.failures
    return report.workbooks


def merge(sheet: Sheet, table: str, area: str) -> None:
    """Merge cells as an office program does: what the hidden ones held is gone."""
    package = Package.open(sheet.path)
    place = package.sheet(sheet.place(table).sheet)
    covered = parse_area(area)
    for row in range(covered.top, covered.bottom + 1):
        for column in range(covered.left, covered.right + 1):
            if (row, column) != (covered.top, covered.left):
                place.clear(reference(row, column))
    part = place.info.part.lstrip("/")
    package.save(sheet.path)
    held = members(sheet.path)
    merged = f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
    held[part] = held[part].replace(b"</sheetData>", merged.encode())
    with zipfile.ZipFile(sheet.path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(("city", 2), ("city", 5), id="down a column"),
        pytest.param(("client_id", 3), ("city", 4), id="key and all"),
        pytest.param(("client_id", 3), ("row_id", 4), id="whole rows"),
        pytest.param(("spent", 2), ("spent", 4), id="computed cells"),
        pytest.param(("name", 9), ("name", 12), id="below the table"),
    ],
)
def test_rule_28_cells_under_a_merge_are_named_kept_and_never_written(shop, other, first, last):
    shop.sync()
    before = {name: shop.cells(name) for name in ("clients", "visits", "care")}
    area = f"{other.ref('clients', *first)}:{other.ref('clients', *last)}"
    merge(other, "clients", area)
    [told] = sync(shop, other)
    assert told.state in {"current", "unchanged"}
    named = {issue.location.cell for issue in told.issues if issue.code == "value.merged-cell"}
    assert bool(named) == (first[0] != "spent" and first[1] < 9)
    assert {name: shop.cells(name) for name in before} == before
    shop.main.type("clients", 3, city="无锡", phone="13900000000")
    sync(shop)
    held = next(cells for cells in shop.cells().values() if cells["client_id"] == "002")
    assert (held["city"], held["phone"]) == ("无锡", "13900000000")
    sync(shop)
    assert not any(synced.written for synced in sync(shop))
    assert {cells.get("client_id") for cells in shop.cells().values()} == {
        cells.get("client_id") for cells in before["clients"].values()
    }


TOTALS = [
    pytest.param({"name": "合计"}, id="a word alone"),
    pytest.param({"client_id": "小计："}, id="where the key stands"),
    pytest.param({"memo": "Subtotal", "amount": 600}, id="with a number"),
    pytest.param({"amount": "=SUM({amount}2:{amount}4)"}, id="a sum"),
    pytest.param({"memo": "本月", "amount": "=SUBTOTAL(109,拜访[金额])"}, id="a subtotal by name"),
    pytest.param({"memo": "笔数", "amount": "=COUNT(${amount}$2:${amount}$4)"}, id="a count"),
]


@pytest.mark.sample(1)
@pytest.mark.parametrize("typed", TOTALS)
def test_rule_28_a_row_of_totals_is_named_and_is_no_record(shop, other, typed):
    table = "clients" if "client_id" in typed or "name" in typed else "visits"
    letter = other.ref("visits", "amount", 2).rstrip("0123456789")
    before, revision = shop.cells(table), shop.revision()
    row = other.add(
        table,
        **{
            name: value.format(amount=letter) if isinstance(value, str) else value
            for name, value in typed.items()
        },
    )
    stood = other.rows(table)[row]
    told = shop.sync_one(other)
    assert [issue.params["row"] for issue in told.issues if issue.code == "check.row-of-totals"] == [row]
    assert (told.taken.added, told.taken.deleted) == (0, 0)
    assert (shop.cells(table), shop.revision()) == (before, revision)
    assert other.rows(table)[row] == stood
    quiet(shop)


def test_rule_28_a_row_that_only_speaks_of_totals_is_a_record(shop, other):
    row = other.add("visits", client_id="001", memo="合计三次", amount=5)
    other.add("visits", client_id="001", memo="合计", amount="=2*3")
    told = shop.sync_one(other)
    assert told.taken.added == 2
    assert other.value("visits", "visit_id", row) == "1004"


@pytest.mark.sample(1)
@pytest.mark.parametrize("order", [[5, 4, 3, 2], [2, 5, 3, 4]], ids=["turned", "by client"])
@pytest.mark.parametrize("copied", [False, True], ids=["a working copy", "a copy that somebody made"])
def test_rule_27_a_new_row_is_no_row_that_its_workbook_never_held(shop, other, copied, order):
    """Two people add a visit of one client on one day, and one of them sorts what can be seen."""
    shop.sync()
    sheet = shop.copy(other, "赵一.xlsx") if copied else other
    shop.sync()
    shop.main.add("visits", client_id="002", on=date(2023, 8, 1), amount=10, memo="打折")
    shop.sync_one(shop.main)
    sheet.add("visits", client_id="002", on=date(2023, 8, 1), amount=10, memo="退货")
    sheet.put_rows("visits", dict(zip(range(2, 6), order, strict=True)), hidden=False)
    told = shop.sync_one(sheet)
    assert (told.taken.added, told.conflicts) == (1, [])
    shop.sync()
    shop.sync()
    assert sorted(cells["memo"] for cells in shop.cells("visits").values()) == [
        "丙",
        "乙",
        "打折",
        "甲",
        "退货",
    ]
    assert len(shop.by_key("visits", "memo")) == 5
    quiet(shop)
    alike(shop.main, sheet)


def test_rule_27_a_row_pasted_from_a_colleague_with_its_hidden_id_is_known_by_its_key_alone(shop, other):
    shop.sync()
    row = shop.main.add("visits", client_id="002", amount=10, memo="打折")
    shop.sync_one(shop.main)
    stood = shop.main.rows("visits")[row]
    pasted = {name: stood[name] for name in ("visit_id", "client_id", "amount", "row_id")}
    other.add("visits", **pasted, memo="打折")
    other.add("visits", **{**pasted, "visit_id": None}, memo="退货")
    told = shop.sync_one(other)
    assert (told.taken.added, told.conflicts) == (1, [])
    assert shop.by_key("visits", "memo") == {
        "1001": "甲",
        "1002": "乙",
        "1003": "丙",
        "1004": "打折",
        "1005": "退货",
    }
    shop.sync()
    quiet(shop)


def test_rule_27_a_row_typed_before_a_copy_was_split_off_counts_once(shop, other):
    other.add("visits", client_id="002", on=date(2023, 8, 1), amount=10, memo="打折")
    fork = shop.copy(other, "赵一.xlsx")
    shop.sync_one(other)
    shop.sync()
    shop.sync()
    assert sorted(cells["memo"] for cells in shop.cells("visits").values()) == ["丙", "乙", "打折", "甲"]
    alike(other, fork)


@pytest.mark.sample(1)
@pytest.mark.parametrize("new", [1, 2])
def test_rule_02_new_rows_that_are_sorted_with_what_can_be_seen_take_nobodys_place(shop, other, new):
    """The visible cells of a new row stand beside the hidden id of an old one; the old one's key tells."""
    shop.sync()
    before = shop.cells()
    for number in range(new):
        other.add("clients", name=f"新客户{number}", phone=f"1390000000{number}")
    rows = sorted(other.rows("clients"))
    other.put_rows("clients", dict(zip(rows, reversed(rows), strict=True)), hidden=False)
    told = shop.sync_one(other)
    assert (told.taken.added, told.conflicts) == (new, [])
    assert {row: shop.cells()[row] for row in before} == before
    assert sorted(shop.by_key("clients", "name"))[-new:] == [
        f"00{ROWS + 1 + number}" for number in range(new)
    ]
    shop.sync()
    assert shop.by_key("visits", "client_id")["1001"] == "001"
    quiet(shop)


@pytest.fixture
def reused(shop, other) -> Sheet:
    """A copy in which the row of 001 was cleared and used for somebody else."""
    shop.sync()
    other.type("clients", 2, client_id=None, name="周新", phone="13911112222", city="无锡", notes=None)
    return other


def test_rule_23_a_row_cleared_and_used_again_waits_for_an_answer(shop, reused):
    before, stood = {name: shop.cells(name) for name in ("clients", "visits")}, reused.rows("clients")[2]
    reused.type("clients", 3, city="常州")
    told = shop.sync_one(reused)
    assert [issue.params["key"] for issue in told.issues if issue.code == "identify.reused"] == ["001"]
    assert shop.by_key("clients", "city")["002"] == "常州"
    assert shop.by_key("clients", "name")["001"] == "客户1"
    assert shop.cells("visits") == before["visits"]
    typed = ("client_id", "name", "phone", "city", "notes")
    assert [reused.value("clients", name, 2) for name in typed] == [stood.get(name) for name in typed]
    shop.main.type("clients", 2, owner="李强")
    shop.sync()
    assert shop.by_key("clients", "owner")["001"] == "李强"
    assert reused.value("clients", "name", 2) == "周新"
    quiet(shop)


def test_rule_23_the_key_typed_back_says_that_it_is_the_same_client(shop, reused):
    shop.sync()
    reused.type("clients", 2, client_id="001")
    shop.sync()
    assert shop.by_key("clients", "name")["001"] == "周新"
    quiet(shop)


@pytest.mark.slow
def test_rule_23_a_new_row_and_the_old_one_cleared_say_that_it_is_another(shop, reused):
    shop.sync()
    reused.add("clients", name="周新", phone="13911112222", city="无锡")
    reused.clear("clients", 2)
    shop.sync()
    assert shop.by_key("clients", "name")[f"00{ROWS + 1}"] == "周新"
    assert "001" not in shop.by_key("clients", "name")
    quiet(shop)


# rows below the table


def test_a_record_typed_behind_a_blank_row_is_taken_in(shop, other):
    shop.sync()
    other.type("clients", ROWS + 3, name="隔行", owner="王芳")
    shop.main.type("clients", ROWS + 2, name="紧接", owner="李强")
    shop.sync()
    assert {"隔行", "紧接"} <= {row["name"] for row in shop.cells().values()}
    quiet(shop)
    alike(shop.main, other)


def test_a_note_below_the_table_stays_a_note_however_many_rows_come(shop, other):
    shop.sync()
    note = ROWS + 6
    other.type("clients", note, name="备注：请先核对")
    for number in range(6):
        shop.main.add("clients", name=f"新{number}", owner="王芳")
    shop.sync()
    quiet(shop)
    assert "备注：请先核对" not in {row["name"] for row in shop.cells().values()}
    assert other.value("clients", "name", note) == "备注：请先核对"
    assert other.value("clients", "name", note - 1) is None
    told = {issue.code for issue in shop.sync_one(other).issues}
    assert {"check.rows-below-table", "place.no-room"} <= told
