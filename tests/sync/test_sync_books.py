"""Sync over a whole book: stages that open, copies of one owner or role, a schema that changes under a filled workbook."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.build.roles import role_book
from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out
from crmbook.sync.outcome import SyncState
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.desk import DAY, Desk, moved, settled
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.sync.outcome import Report


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("settled")
    settled(folder)
    return folder


@pytest.fixture
def desk(home, tmp_path) -> Desk:
    return Desk(moved(home, tmp_path))


def sync(*paths: Path, **options) -> Report:
    report = sync_workbooks(paths, Options(DAY, **options))
    assert report.failures == []
    assert [lint(path.read_bytes()) for path in paths] == [[] for _ in paths]
    return report


def first_free(desk: Desk, table: str, field: str) -> int:
    row = desk.place(table).first_row
    while desk.value(table, field, row) not in {None, ""}:
        row += 1
    return row


# what follows from an edit


@pytest.mark.slow
def test_a_prospect_of_today_gets_an_id_a_row_everywhere_and_is_found_by_name(desk):
    row = first_free(desk, "prospects", "name")
    desk.type("prospects", row, name="王五", contact="13800000009", advance="是")
    call = first_free(desk, "interactions", "customer_id")
    desk.type("interactions", call, customer_id="王五", date=date(2023, 3, 30))
    [result] = sync(desk.path).workbooks
    assert desk.value("prospects", "customer_id", row) == "003"
    assert desk.value("interactions", "customer_id", call) == "003"
    assert (desk.value("customers", "customer_id", 4), desk.value("customers", "name", 4)) == ("003", "王五")
    assert desk.value("evaluation", "customer_id", 4) == "003"
    for table in ("classes", "lifecycle", "loyalty", "alerts"):
        assert desk.value(table, "customer_id", 4) == "003"
    assert {code for code, _ in result.notes} >= {"advance.opened", "advance.added"}
    assert "check.reference-to-new" not in {issue.code for issue in result.issues}
    assert sync(desk.path).workbooks[0].state is SyncState.UNCHANGED


def test_rule_2_a_renamed_id_is_renamed_wherever_it_is_referred_to(desk):
    desk.type("customers", 2, customer_id="A01")
    sync(desk.path)
    assert desk.value("transactions", "customer_id", 2) == "A01"
    assert desk.value("loyalty", "customer_id", 2) == "A01"
    assert desk.value("loyalty", "name", 2) == "张三"


# copies that show a part


def copy_of(desk: Desk, name: str, scope: Scope, holder: str = "") -> Path:
    path = desk.path.with_name(name)
    with Store.open(locate(path.parent)) as store:
        [record] = store.books()
        check_out(store, record, load_book("standard", "zh"), Wish(path, DAY, scope, holder, is_beside=True))
    return path


@pytest.mark.slow
def test_a_copy_of_one_owner_holds_only_those_rows(desk):
    desk.type("customers", 2, owner="王芳")
    desk.type("customers", 3, owner="李雷")
    sync(desk.path)
    mine = Desk(copy_of(desk, "王芳.xlsx", Scope(owner="王芳"), "王芳"))
    assert (mine.value("customers", "name", 2), mine.value("customers", "name", 3)) == ("张三", None)
    first = sync(mine.path, desk.path)
    assert [one.taken.deleted for one in first.workbooks] == [0, 0]
    mine.type("customers", 2, address="苏州")
    desk.type("customers", 3, address="杭州")
    sync(mine.path, desk.path)
    assert desk.value("customers", "address", 2) == "苏州"
    assert mine.value("customers", "address", 3) is None
    who = desk.path.parent / ".crmbook"
    with Store.open(who) as store:
        [record] = store.books()
        changes = store.changes(record.book_id, table="customers", label="address")
        revisions = {one.number: one for one in store.revisions(record.book_id)}
        told = {(revisions[one.revision].who, one.new) for one in changes}
    assert told == {("王芳", "苏州"), (desk.path.stem, "杭州")}
    before = mine.path.read_bytes(), desk.path.read_bytes()
    sync(mine.path, desk.path)
    assert (mine.path.read_bytes(), desk.path.read_bytes()) == before


@pytest.mark.slow
def test_a_row_that_its_owner_deletes_is_deleted_and_one_that_leaves_the_scope_is_not(desk):
    for row, owner in ((2, "王芳"), (3, "王芳")):
        desk.type("customers", row, owner=owner)
    sync(desk.path)
    mine = Desk(copy_of(desk, "王芳.xlsx", Scope(owner="王芳"), "王芳"))
    desk.type("customers", 3, owner="李雷")
    sync(desk.path, mine.path)
    assert [mine.value("customers", "name", row) for row in (2, 3)] == ["张三", None]
    sync(desk.path, mine.path)
    assert desk.value("customers", "name", 3) == "李四"


@pytest.mark.slow
def test_a_role_shows_its_sheets_and_fields_and_is_synced(desk):
    path = copy_of(desk, "sales.xlsx", Scope(role="sales"))
    view = role_book(load_book("standard", "zh"), "sales")
    titles = [sheet.name for sheet in Package.open(path).sheets]
    assert titles == [sheet.title for sheet in view.sheets]
    place = Layout(view).tables["customers"]
    package = Package.open(path)
    package.sheet(place.sheet).set(place.cell("address", 0), "无锡")
    package.save(path)
    assert "birth_date" not in place.columns
    sync(path, desk.path)
    assert desk.value("customers", "address", 2) == "无锡"
    before = path.read_bytes(), desk.path.read_bytes()
    sync(path, desk.path)
    assert (path.read_bytes(), desk.path.read_bytes()) == before


# a schema that changes

CHANGED = """
table: customers
fields:
  wechat: {title: {zh: 微信号, en: WeChat}, type: text, after: phone}
  hobbies: {title: {zh: 爱好, en: Hobbies}}
"""


@pytest.mark.slow
def test_a_changed_schema_is_carried_into_workbook_and_store(desk):
    desk.type("customers", 2, hobbies="摄影")
    sync(desk.path)
    copied = copy_of(desk, "second.xlsx", Scope())
    folder = desk.path.parent / "schemas"
    folder.mkdir()
    (folder / "customers.yaml").write_text(CHANGED, encoding="utf-8")
    report = sync(desk.path, copied)
    assert {code for code, _ in report.workbooks[0].notes} == {"migrate.field-added", "migrate.field-renamed"}
    for path in (desk.path, copied):
        sheet = openpyxl.load_workbook(path)["客户基本信息"]
        headers = [cell.value for cell in sheet[1]]
        assert headers[headers.index("电话") + 1] == "微信号"
        row = dict(zip(headers, [cell.value for cell in sheet[2]], strict=True))
        assert (row["爱好"], row["微信号"], row["姓名"]) == ("摄影", None, "张三")
    with Store.open(desk.path.parent / ".crmbook") as store:
        [record] = store.books()
        assert store.revisions(record.book_id)[-1].kind == "migrate"
        assert "wechat" in store.head(record.book_id).tables["customers"].columns
    before = desk.path.read_bytes(), copied.read_bytes()
    sync(desk.path, copied)
    assert (desk.path.read_bytes(), copied.read_bytes()) == before
