"""What happens around a sync: saves in the last instant, runs that died, texts and copies beside workbooks, absences."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from crmbook.base.issues import describe
from crmbook.store import Store
from crmbook.sync.copies import is_conflict_copy
from crmbook.sync.difference import read_incoming
from crmbook.sync.pipeline import Options, SyncState
from crmbook.sync.question import question_path
from crmbook.watch.names import FileKind, kind_of
from tests.cli.run import run, run_json
from tests.sync.shop import DAY, MAIN, OTHER, ROWS, CutOff, Sheet, Shop

AFTER = [
    "客户.xlsx (冲突 2024-03-01)",
    "客户.xlsx（冲突）",
    "客户.xlsx-冲突",
    "客户.xlsx (WANGFANG's conflicted copy 2024-03-01)",
    "客户.xlsx (Case Conflict 1)",
    "客户.xlsx.sync-conflict-20240301-101010-ABCDEF7",
    "客户.xlsx_conflict-王芳",
    "客户.XLSX.conflict",
]
AT = ("--as-of", DAY.isoformat(), "--lang", "en")


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "簿")


def empty(sheet: Sheet) -> None:
    """Do what looks like an accident: empty a table."""
    for row in range(2, 2 + ROWS):
        sheet.clear("clients", row)


def late_save(monkeypatch, target: Path, data: bytes) -> None:
    """Let somebody save in the instant before the file is replaced."""
    real = os.replace

    def replace(source, to):
        if Path(to) == target:
            monkeypatch.setattr(os, "replace", real)
            target.write_bytes(data)
        return real(source, to)

    monkeypatch.setattr(os, "replace", replace)


# Saves in the last instant


def test_a_save_in_the_instant_before_a_question_is_put_in_is_kept(shop, monkeypatch):
    empty(shop.main)
    later = shop.copy(shop.main, "later.tmp")
    later.type("visits", 2, memo="最后一刻")
    data = later.data
    later.path.unlink()
    late_save(monkeypatch, shop.main.path, data)
    synced = shop.sync_one(shop.main)
    assert synced.state is SyncState.HELD
    assert shop.main.value("visits", "memo", 2) == "最后一刻"
    assert len(shop.main.lines("issues")) > 0


def test_a_save_of_a_conflict_copy_in_the_instant_before_it_is_moved_is_taken_in(shop, monkeypatch):
    copy = shop.copy(shop.main, "客户-冲突.xlsx")
    copy.type("clients", 3, phone="13900000000")
    later = shop.copy(copy, "later.tmp")
    later.type("clients", 4, phone="13700000000")
    data = later.data
    later.path.unlink()
    real = os.rename

    def rename(source, target, **options):
        if Path(source) == copy.path:
            monkeypatch.setattr(os, "rename", real)
            copy.path.write_bytes(data)
        return real(source, target, **options)

    monkeypatch.setattr(os, "rename", rename)
    shop.sync()
    shop.sync()
    phones = shop.by_key("clients", "phone")
    assert (phones["002"], phones["003"]) == ("13900000000", "13700000000")
    assert not copy.path.exists()


# A run that died between the replacement and its note


@pytest.mark.sample(1)
@pytest.mark.parametrize("late", [False, True], ids=["quiet", "late save"])
def test_what_a_dry_run_and_a_difference_show_is_what_sync_does_after_a_crash(shop, monkeypatch, late):
    shop.main.type("clients", 2, owner="赵一")
    if late:
        other = shop.copy(shop.main, "later.tmp")
        other.type("clients", 4, phone="13700000000")
        data = other.data
        other.path.unlink()

    def died(*_arguments):
        raise CutOff

    with monkeypatch.context() as broken:
        broken.setattr(Store, "mark_written", died)
        if late:
            late_save(broken, shop.main.path, data)
        with pytest.raises(CutOff):
            shop.sync()
    if not late:
        shop.main.type("clients", 3, owner="钱二")
        shop.main.clear("clients", 7)
    before = (shop.main.data, shop.revision())
    shown = [(one.key, one.label) for one in read_incoming(shop.main.path, Options(DAY)).lines]
    dry = shop.sync_one(shop.main, dry_run=True)
    assert (shop.main.data, shop.revision()) == before
    real = shop.sync_one(shop.main)
    assert dry.taken == real.taken
    assert (len(dry.conflicts), len(dry.issues)) == (0, len(real.issues))
    assert late or sorted(shown) == [("002", "owner"), ("006", "")]
    assert shop.by_key("clients", "phone")["003"] == ("13700000000" if late else "13800000002")


# Texts beside a workbook


@pytest.mark.sample(1)
@pytest.mark.parametrize("kept", ["我的笔记：等财务确认", "“客户.xlsx”是我的", b"\xff\xfe\x00"])
def test_a_persons_own_text_is_neither_removed_nor_written_over(shop, kept):
    data = kept if isinstance(kept, bytes) else kept.encode()
    own = shop.folder / "客户.held.txt"
    own.write_bytes(data)
    shop.main.type("clients", 2, owner="赵一")
    shop.sync()
    assert own.read_bytes() == data
    sign = shop.main.lock()
    empty(shop.main)
    assert shop.sync_one(shop.main).state is SyncState.HELD
    asked = shop.folder / "客户.held2.txt"
    assert "客户.xlsx" in asked.read_text(encoding="utf-8-sig")
    sign.unlink()
    shop.main.type("visits", 2, memo="新的")
    assert shop.sync_one(shop.main).written
    assert own.read_bytes() == data
    assert not asked.exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_question_of_our_own_is_known_in_each_language(shop, lang):
    place = shop.folder / "客户.held.txt"
    first = describe("breaker.question", lang, {"name": MAIN, "plan": "abc"})
    place.write_text(f"{first}\n- …\n", encoding="utf-8-sig")
    assert question_path(shop.main.path) == place
    shop.main.type("clients", 2, owner="赵一")
    shop.sync()
    assert not place.exists()


# Copies with their mark behind the whole name


@pytest.mark.parametrize("name", AFTER)
def test_rule_12_a_conflict_copy_may_have_its_mark_behind_the_whole_name(shop, name):
    assert is_conflict_copy(Path(name), Path("客户.xlsx"))
    assert kind_of(name) is FileKind.WORKBOOK


@pytest.mark.parametrize(
    "name", ["客户.xlsx.txt", "客户.xlsx (2)", "客户.xlsx.bak", "冲突.xlsx.zip", "客户.xlsx conflict.tmp"]
)
def test_what_else_stands_behind_a_name_makes_no_workbook(name):
    assert kind_of(name) is not FileKind.WORKBOOK


def test_rule_12_such_a_copy_in_a_folder_is_merged_and_archived(shop):
    copy = shop.copy(shop.main, AFTER[0])
    copy.type("clients", 3, phone="13900000000")
    code, report = run_json("sync", shop.folder, *AT)
    assert code == 0, report
    assert shop.by_key("clients", "phone")["002"] == "13900000000"
    assert not copy.path.exists()
    assert (shop.folder / ".crmbook" / "archive" / AFTER[0]).exists()


# A workbook that is gone


def test_a_workbook_that_is_gone_is_named_and_nothing_is_deleted(shop):
    other = shop.check_out()
    shop.sync()
    away = other.path.rename(shop.folder.parent / OTHER)
    for words in (["--dry-run"], []):
        told = run("sync", shop.folder, *AT, *words)
        assert told.exit_code == 1
        assert OTHER in told.output
        assert "gone" in told.output
    told = run("sync", shop.folder, *AT)
    assert (told.exit_code, OTHER in told.output) == (0, False)
    code, report = run_json("sync", shop.folder, *AT)
    assert (code, report["missing"]) == (0, [str(other.path)])
    code, status = run_json("status", shop.folder)
    assert code == 1
    assert ("status.missing-workbook", OTHER) in [
        (need["code"], need["workbook"]) for need in status["needs"]
    ]
    assert len(shop.cells()) == ROWS
    away.rename(other.path)
    code, report = run_json("sync", shop.folder, *AT)
    assert (code, report["missing"]) == (0, [])
    other.path.rename(away)
    assert "gone" in run("sync", shop.folder, *AT).output


def test_a_workbook_that_is_gone_for_good_is_retired_and_may_come_back(shop):
    other = shop.check_out()
    shop.sync()
    away = other.path.rename(shop.folder.parent / OTHER)
    told = run("sync", shop.folder, *AT)
    assert (told.exit_code, f'--retire "{OTHER}"' in told.output.replace("\n", " ")) == (1, True)
    wrong = run("sync", shop.folder, *AT, "--retire", MAIN, "--dry-run")
    assert wrong.exit_code != 0
    assert MAIN in wrong.output
    assert run("sync", shop.folder, *AT, "--retire", OTHER).exit_code == 0
    assert run("sync", shop.folder, *AT).exit_code == 0
    code, status = run_json("status", shop.folder)
    assert (code, status["needs"]) == (0, [])
    assert len(shop.cells()) == ROWS
    other = Sheet(away.rename(other.path))
    other.type("clients", 2, owner="赵六")
    assert run("sync", shop.folder, *AT).exit_code == 0
    assert shop.by_key("clients", "owner")["001"] == "赵六"


def test_a_renamed_workbook_is_not_gone(shop):
    shop.check_out()
    shop.sync()
    (shop.folder / OTHER).rename(shop.folder / "改名.xlsx")
    for dry_run in ("--dry-run", None):
        code, report = run_json("sync", shop.folder, *AT, *([dry_run] if dry_run else []))
        assert (code, report["missing"]) == (0, [])


# A drive's folder


def test_in_a_drives_folder_nothing_of_ours_lies(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_names, **_options: str(tmp_path / "data"))
    shop = Shop(tmp_path / "Dropbox")
    shutil.rmtree(shop.folder / ".crmbook")
    shop.sync(adopt_store=True)
    copy = shop.copy(shop.main, "客户-冲突.xlsx")
    copy.type("clients", 3, phone="13900000000")
    shop.main.type("clients", 2, owner="赵一")
    shop.sync()
    assert {path.name for path in shop.folder.iterdir()} <= {MAIN, "schemas", "templates"}
    [place] = (tmp_path / "data" / "stores").iterdir()
    assert {"store.db", "backups", "archive"} <= {path.name for path in place.iterdir()}
    assert [path.name for path in (place / "archive").iterdir()] == ["客户-冲突.xlsx"]
