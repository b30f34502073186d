"""How many typed values were put in form: what people typed since the workbook was written, and nothing else."""

from __future__ import annotations

import pytest

from crmbook.base.changes import ChangeKind
from tests.cli.run import run
from tests.sync.shop import DAY, OTHER, ROWS, Shop, workspace
from tests.sync.test_unstamped import rob


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    shop.sync()
    return shop


def stored_otherwise(sheet):
    """Turn ids and telephones into numbers and days into texts, as converters to xls, CSV and back do."""
    changed = 0
    for table, label, store in (
        ("clients", "client_id", int), ("clients", "phone", int), ("clients", "since", str), ("visits", "client_id", int),
    ):  # fmt: skip
        for row, cells in sheet.rows(table).items():
            sheet.type(table, row, **{label: store(cells[label])})
            changed += 1
    return changed


def test_what_another_program_stored_otherwise_was_typed_by_nobody(shop):
    before = shop.main.rows("clients"), shop.main.rows("visits")
    changed = stored_otherwise(shop.main)
    told = shop.sync_one(shop.main)
    assert (told.count(ChangeKind.CORRECTED), told.count(ChangeKind.RESAVED), told.taken.changed) == (
        0,
        changed,
        0,
    )
    assert (shop.main.rows("clients"), shop.main.rows("visits")) == before
    assert shop.sync_one(shop.main).changes == ()


def test_what_was_typed_beside_it_is_counted(shop):
    stored_otherwise(shop.main)
    shop.main.type("visits", 2, amount="2000元")
    shop.main.type("visits", 3, client_id="客户3")
    shop.main.type("visits", shop.main.add("visits", client_id=2), amount="¥7")
    told = shop.sync_one(shop.main)
    cells = {change.ref for change in told.changes if change.kind is ChangeKind.CORRECTED}
    place = "amount", "client_id", "client_id", "amount"
    assert cells == {shop.main.ref("visits", *one) for one in zip(place, (2, 3, 5, 5), strict=True)}


def test_the_command_says_so(shop):
    stored_otherwise(shop.main)
    told = run("sync", shop.main.path, "--workspace", workspace(), "--as-of", DAY, "--lang", "en").output
    assert "Synced" in told
    assert "in form" not in told
    shop.main.type("visits", 2, amount="2000元")
    told = run("sync", shop.main.path, "--workspace", workspace(), "--as-of", DAY, "--lang", "en").output
    assert "put 1 typed value in form" in told


def test_numbers_saved_with_15_digits_are_nothing_new(shop):
    shop.main.type("visits", 2, amount=0.1 + 0.2)
    shop.sync()
    shop.main.type("visits", 2, amount=float(f"{0.1 + 0.2:.15g}"))
    told = shop.sync_one(shop.main)
    assert told.count(ChangeKind.CORRECTED, ChangeKind.RESAVED) == 0
    assert told.taken.changed == 0


def test_what_waited_for_the_workbook_to_be_closed_was_typed_all_the_same(shop):
    shop.main.type("visits", 2, amount="2000元")
    lock = shop.main.lock()
    assert shop.sync_one(shop.main).taken.changed == 1
    lock.unlink()
    assert shop.sync_one(shop.main).count(ChangeKind.CORRECTED) == 1


def test_a_workbook_without_its_stamp_is_compared_with_the_book(shop):
    other = shop.check_out(OTHER)
    shop.sync()
    for row in range(2, 2 + ROWS):
        other.type("clients", row, client_id=row - 1)
    rob(other.path, names=True)
    told = shop.sync_one(other)
    assert (told.count(ChangeKind.CORRECTED), told.count(ChangeKind.RESAVED)) == (0, ROWS)
