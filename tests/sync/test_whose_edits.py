"""Under whose name edits are kept: a copy's own holder, and else whoever the sync is said to be for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.sync.checkout import Wish, check_out
from tests.sync.shop import DAY, OTHER, Sheet, Shop, book

if TYPE_CHECKING:
    from pathlib import Path


def test_a_name_given_to_sync_is_for_copies_without_a_holder_alone(tmp_path: Path):
    shop = Shop(tmp_path)
    with shop.store() as store:
        [record] = store.books()
        check_out(store, record, book(), Wish(tmp_path / OTHER, DAY, holder="王芳", is_beside=True))
    other = Sheet(tmp_path / OTHER)
    shop.main.type("clients", 2, name="甲")
    other.type("clients", 3, name="乙")
    shop.sync(who="李强")
    with shop.store() as store:
        changes = store.changes(record.book_id, table="clients", label="name")
        who = {one.number: one.who for one in store.revisions(record.book_id)}
    assert {one.new: who[one.revision] for one in changes if one.new in {"甲", "乙"}} == {
        "甲": "李强",
        "乙": "王芳",
    }
