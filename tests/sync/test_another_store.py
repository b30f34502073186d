"""Rule 31: a workbook that knows a store is not taken into a new, an emptied or another one without being asked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.base.errors import HeldError
from crmbook.store import Store
from crmbook.sync.difference import read_incoming
from crmbook.sync.outcome import SyncState
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.cli.run import run, run_json
from tests.sync.shop import DAY, MAIN, Shop, workspace
from tests.sync.test_sync_bad_input import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "home")


def files(folder: Path) -> dict[str, Any]:
    """Everything in a folder but the files that only hold a lock."""
    return {name: what for name, what in fingerprint(folder).items() if not name.endswith(".lock")}


def removed(shop: Shop) -> dict[str, Any]:
    shutil.rmtree(shop.folder / ".crmbook")
    return {}


def emptied(shop: Shop) -> dict[str, Any]:
    (shop.folder / ".crmbook" / "store.db").write_bytes(b"")
    return {}


def without_its_store(shop: Shop) -> dict[str, Any]:
    """Somebody forgets to say where the store is."""
    removed(shop)
    return {"store": str(shop.folder.parent / "elsewhere")}


def another(shop: Shop) -> dict[str, Any]:
    place = shop.folder.parent / "another"
    Store.open(place).close()
    return {"store": str(place)}


WAYS = {
    removed: "sync.no-store",
    emptied: "sync.no-store",
    without_its_store: "sync.no-store",
    another: "sync.another-store",
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_rule_31_a_store_that_the_workbook_does_not_know_is_held(
    shop, way: Callable[[Shop], dict[str, Any]], dry_run
):
    where = way(shop)
    shop.main.type("clients", 2, name="改名")
    before = files(shop.folder.parent)
    with pytest.raises(HeldError) as caught:
        shop.sync(shop.main, dry_run=dry_run, **where)
    assert (caught.value.code, caught.value.exit_code) == (WAYS[way], 3)
    with pytest.raises(HeldError) as told:
        read_incoming(shop.main.path, Options(DAY, **where))
    assert told.value.code == WAYS[way]
    assert files(shop.folder.parent) == before


@pytest.mark.sample(1)
@pytest.mark.parametrize("way", WAYS)
def test_rule_31_a_store_is_adopted_once_for_all(shop, way: Callable[[Shop], dict[str, Any]]):
    where = way(shop)
    other = shop.copy(shop.main, "另一本.xlsx")
    shop.main.type("clients", 2, name="改名")
    report = shop.sync(shop.main, adopt_store=True, **where)
    assert report.failures == []
    assert shop.main.value("clients", "name", 2) == "改名"
    assert shop.sync(shop.main, **where).workbooks[0].state is SyncState.UNCHANGED
    with pytest.raises(HeldError):  # this one still knows the old store only
        shop.sync(other, **where)
    assert shop.sync(other, adopt_store=True, **where).failures == []
    assert shop.sync(other, **where).exit_code in {0, 1}


def test_rule_31_a_workbook_that_was_open_when_it_was_adopted_is_written_later_without_asking_again(shop):
    removed(shop)
    lock = shop.main.lock()
    assert shop.sync_one(shop.main, adopt_store=True).state is SyncState.WAITING
    lock.unlink()
    assert shop.sync_one(shop.main).written


def test_rule_31_a_folder_that_moves_with_its_store_and_an_older_store_need_no_word(shop, tmp_path):
    kept = shutil.copytree(shop.folder / ".crmbook", tmp_path / "backup")
    shop.main.type("clients", 2, name="改名")
    shop.sync()
    shutil.rmtree(shop.folder / ".crmbook")
    kept.rename(shop.folder / ".crmbook")
    assert shop.sync().failures == []
    moved = shop.folder.rename(tmp_path / "moved")
    assert sync_workbooks([moved / MAIN], Options(DAY)).failures == []


def test_rule_31_of_two_workbooks_only_the_one_from_elsewhere_is_held(shop, tmp_path):
    stray = Shop(tmp_path / "stray")
    removed(stray)
    stray.sync(adopt_store=True)
    shutil.copy(stray.main.path, shop.folder / "来客.xlsx")
    shop.main.type("clients", 2, name="改名")
    report = shop.sync()
    assert [(path.name, error.code) for path, error in report.failures] == [
        ("来客.xlsx", "sync.another-store")
    ]
    assert report.exit_code == 3
    assert shop.by_key("clients", "name")["001"] == "改名"


def test_rule_31_at_the_command_line(shop):
    removed(shop)
    day = ("--as-of", DAY.isoformat(), "--lang", "en", "--workspace", workspace())
    held = run("sync", shop.main.path, *day)
    assert held.exit_code == 3
    assert "--adopt-store" in held.output.replace("\n", " ")
    assert not (shop.folder / ".crmbook").exists()
    code, told = run_json("sync", shop.folder, *day)
    assert (code, told["error"]["code"]) == (3, "sync.no-store")
    assert run("sync", shop.main.path, "--adopt-store", *day).exit_code in {0, 1}
    assert Path(shop.folder / ".crmbook" / "store.db").is_file()


def test_rule_31_a_single_watch_holds_and_begins_no_store(shop):
    removed(shop)
    held = run("watch", "--once", shop.folder, "--lang", "en")
    assert held.exit_code == 3
    assert not (shop.folder / ".crmbook" / "store.db").exists()
