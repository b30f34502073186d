"""A row that only repeats the headers came along with pasted rows: it is no record, and nothing of it is touched."""

from __future__ import annotations

import pytest

from tests.sync.shop import ROWS, Shop, book

HEADERS = {field.name: field.title for field in book().tables["clients"].fields.values()}


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path / "簿")
    shop.sync()
    return shop


def quiet(shop):
    shop.sync()
    before = shop.main.data
    assert not any(one.written for one in shop.sync().workbooks)
    assert shop.main.data == before


@pytest.mark.sample(2)
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("row", [4, ROWS + 2])
def test_it_is_named_and_left_alone(shop, row, hidden, computed):
    moved = {number + 1: number for number in range(row, ROWS + 2)}
    shop.main.put_rows("clients", moved, hidden=True)
    shop.main.clear("clients", row)
    typed = {
        name: title for name, title in HEADERS.items() if computed or name not in {"spent", "limit", "pace"}
    }
    shop.main.type("clients", row, **typed)
    if hidden:
        shop.main.type("clients", row, row_id="行标识", issues="问题")
    shop.main.type("clients", ROWS + 3, name="新客")
    before = shop.cells()
    synced = shop.sync_one(shop.main)
    assert [issue.code for issue in synced.issues if issue.location.cell == f"A{row}"] == [
        "check.row-of-headers"
    ]
    added = shop.cells().keys() - before.keys()
    assert [shop.cells()[row_id]["name"] for row_id in added] == ["新客"]
    assert (synced.taken.deleted, len(shop.cells())) == (0, ROWS + 1)
    quiet(shop)
    assert {name: shop.main.value("clients", name, row) for name in typed} == typed


@pytest.mark.sample(2)
@pytest.mark.parametrize("changed", [{"phone": "13900000001"}, {"client_id": "088"}, {"owner": "王芳"}])
def test_a_row_that_says_anything_else_is_a_record(shop, changed):
    shop.main.type("clients", ROWS + 2, **{"name": "名称", "owner": "负责人"} | changed)
    shop.sync()
    assert "名称" in shop.by_key("clients", "name").values()


def test_a_client_with_the_name_of_a_header_is_a_record(shop):
    shop.main.type("clients", ROWS + 2, name="名称")
    shop.main.type("clients", 2, name="名称", phone=None)
    shop.sync()
    assert list(shop.by_key("clients", "name").values()).count("名称") == 2
