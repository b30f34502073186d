"""Forgetting a person in a small book with two workbooks: nothing is left anywhere, and nothing brings the person back."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.base import OpenError
from crmbook.ooxml import Package
from crmbook.privacy import Forgetting, Surroundings, forget, plan_forgetting, resume, search_places
from crmbook.store import Store, key_path, locate
from crmbook.sync.pipeline import Options
from tests.cli.run import run
from tests.privacy.traces import traces
from tests.sync.shop import DAY, CutOff, Sheet, Shop, book, workspace

if TYPE_CHECKING:
    from pathlib import Path

NAME, PHONE, HERS, NOTE, MEMO = (
    "卡娜丽斯",
    "13766667777",
    "13755554444",
    "只吃素从不喝酒的人",
    "谈了续约和押金的事",
)
GIFT, GONE = "一盒明前龙井新茶", "已经删掉的拜访摘要"
WORDS = (NAME, PHONE, HERS, NOTE, MEMO, GIFT, GONE)
OPTIONS = Options(DAY, workspace(), acknowledges=True)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@dataclass
class Town:
    """A book in which 003 is somebody whom nobody else is."""

    shop: Shop

    @property
    def folder(self) -> Path:
        return self.shop.folder

    def around(self, store: Store) -> Surroundings:
        return Surroundings.of(store, store.books()[0], book(), locate(self.folder), self.folder)

    def forget(self, **wishes: Any) -> Forgetting:
        left_out = wishes.pop("left_out", ())
        with Store.open(locate(self.folder)) as store:
            around = self.around(store)
            planned = plan_forgetting(around, NAME, DAY, **{"keep_accounts": False, **wishes})
            return forget(around, planned, OPTIONS, left_out=left_out)

    def traces(self) -> dict[str, set[str]]:
        return traces(self.folder, WORDS)


def _populate(folder: Path) -> None:
    """Let 003 be in every table, in the past, the bin, a conflict, a backup, an archived copy, a log, a list and a cache."""
    shop = Shop(folder)
    main, other = shop.main, shop.check_out()
    main.type("clients", 4, name=NAME, phone=PHONE, notes=NOTE, owner="王芳")
    main.add("visits", client_id="003", amount=70, memo=MEMO)
    gone = main.add("visits", client_id="003", amount=71, memo=GONE)
    main.type("care", 4, gift=GIFT)
    shop.sync()
    main.clear("visits", gone)
    shop.sync()
    main.type("clients", 4, phone="13700000000")
    other.type("clients", 4, phone=HERS)
    shop.sync()
    drive = shop.copy(main, "客户-冲突.xlsx")
    drive.type("clients", 5, notes="路上写的")
    shop.sync()
    own = folder / ".crmbook"
    (own / "watch" / "log").mkdir(parents=True)
    lines = [{"text": f"已同步 {NAME}"}, {"text": "别人的事"}]
    (own / "watch" / "log" / "events.jsonl").write_text(
        "\n".join(json.dumps(one, ensure_ascii=False) for one in lines) + "\n", "utf-8"
    )
    (own / "watch" / "standing.json").write_text(
        json.dumps({"workbooks": [{"name": NAME}, {"name": "b"}]}), "utf-8"
    )
    (folder / "导入" / "已导入").mkdir(parents=True)
    (folder / "导入" / "已导入" / "名单.csv").write_bytes(
        f"姓名,电话\r\n{NAME},{PHONE}\r\n赵六,13900000000\r\n".encode("gb18030")
    )
    (folder / "导出").mkdir()
    (folder / "导出" / "客户.csv").write_text(f"编号,姓名\r\n003,{NAME}\r\n005,赵六\r\n", "utf-8-sig")
    package = Package.open(main.path)
    package.add_part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition><s v="{NAME}"/><s v="客户1"/></pivotCacheDefinition>'.encode(),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotCacheDefinition",
    )  # fmt: skip
    package.save(main.path)


@pytest.fixture(scope="module")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    _populate(folder)
    return folder


@pytest.fixture
def town(_filled: Path, tmp_path: Path) -> Town:
    folder = tmp_path / "town"
    shutil.copytree(_filled, folder)
    shop = Shop.__new__(Shop)
    shop.folder, shop.main = folder, Sheet(folder / "客户.xlsx")
    return Town(shop)


def others(town: Town) -> dict[str, Any]:
    return {name: row for row in town.shop.cells().values() if (name := row["name"]) != NAME}


def test_nothing_is_left_in_any_file_and_everybody_else_is(town):
    before, others_before = town.traces(), others(town)
    assert {
        "客户.xlsx",
        "王芳.xlsx",
        ".crmbook/store.db",
        ".crmbook/archive/客户-冲突.xlsx",
        ".crmbook/watch/log/events.jsonl",
        "导入/已导入/名单.csv",
        "导出/客户.csv",
    } <= before.keys()
    assert set().union(*before.values()) == set(WORDS)
    done = town.forget()
    assert town.traces() == {}
    assert done.proof.found == []
    assert done.is_complete
    assert not (town.folder / ".crmbook/forgetting.json").exists()
    assert others(town) == others_before
    assert "赵六".encode("gb18030") in (town.folder / "导入/已导入/名单.csv").read_bytes()
    assert "005,赵六" in (town.folder / "导出/客户.csv").read_text("utf-8")
    assert "别人的事" in (town.folder / ".crmbook/watch/log/events.jsonl").read_text("utf-8")
    again = town.shop.sync()
    assert not any(one.taken.added or one.taken.changed or one.taken.deleted for one in again.workbooks)
    assert town.traces() == {}


def test_a_preview_goes_as_a_whole_and_so_does_what_a_write_left(town):
    waiting = town.folder / "导入/新的.csv"
    waiting.write_text(f"名称,电话,说不清的\n{NAME},{PHONE},谁也不知道的话\n赵六,13900000000,好\n", "utf-8")
    watched = run("watch", town.folder, "--once", "--workspace", workspace(), "--quiet-time", "0.2")
    assert watched.exit_code in {0, 1}, watched.output
    preview = waiting.with_name("导入-新的.xlsx")
    left = town.folder / ".crmbook-0123456789ab-x.tmp"
    shutil.copy(town.shop.main.path, left)
    assert {"谁也不知道的话"} <= traces(waiting.parent, ["谁也不知道的话"])[preview.name]
    done = town.forget()
    assert done.deleted == [str(preview)]
    assert not left.exists()
    assert done.is_complete
    assert traces(town.folder, [*WORDS, "谁也不知道的话"]) == {}
    assert "赵六" in waiting.read_text("utf-8")


def test_a_copy_that_names_nobody_loses_its_rows_and_what_its_pages_showed(town):
    """Its rows have ids, and short words that are looked for nowhere else."""
    backup = town.folder / ".crmbook/backups/0123456789ab/000001.xlsx"
    backup.parent.mkdir(parents=True)
    package = Package.open(town.shop.main.path)
    clients = package.sheet("客户")
    for field in ("name", "phone", "notes"):
        clients.set(town.shop.main.ref("clients", field, 4), None)
    clients.set(town.shop.main.ref("clients", "city", 4), "某县")
    package.sheet("使用说明").set("H40", "某县", formula="客户!F4")
    for part in package.parts.names:
        if "pivotCache" in part and part.endswith(".xml"):
            package.replace_part(part, b"<pivotCacheDefinition/>")
    package.save(backup)
    assert traces(backup.parent, ["某县"])
    assert town.forget().is_complete
    assert traces(backup.parent, ["某县"]) == {}


@pytest.mark.sample(2)
@pytest.mark.parametrize("place", ["archive", "imports", "exports", "backups", "logs", "watch"])
def test_the_proof_names_a_place_that_was_left_out(town, place):
    done = town.forget(left_out=(place,))
    assert {one.place for one in done.proof.left} == {place}
    assert not done.is_complete
    assert set(town.traces()) <= {one.where.removeprefix(f"{town.folder}/") for one in done.proof.left}


def test_a_row_that_no_sync_had_numbered_goes_from_a_backup_with_its_short_words(town):
    """Such words are looked for nowhere else, as they are anybody's; the row is known by its key and its reference."""
    main = town.shop.main
    package = Package.open(main.path)
    for table, row, values in (
        ("clients", 12, {"client_id": "003", "name": NAME, "notes": "爱喝茶"}),
        ("visits", 12, {"client_id": "003", "memo": "谈妥了"}),
        ("visits", 13, {"client_id": "001", "memo": "没谈妥"}),
    ):
        sheet = package.sheet(main.place(table).sheet)
        for field, value in values.items():
            sheet.set(main.ref(table, field, row), value)
    backup = town.folder / ".crmbook/backups/0123456789ab/000001.xlsx"
    backup.parent.mkdir(parents=True)
    package.save(backup)
    words = ("爱喝茶", "谈妥了", "没谈妥")
    assert traces(backup.parent, words) == {backup.name: set(words)}
    assert town.forget().is_complete
    found = Sheet(backup).rows("visits", "memo")
    assert traces(backup.parent, words[:1]) == {}
    assert "谈妥了" not in {row["memo"] for row in found.values()}
    assert "没谈妥" in {row["memo"] for row in found.values()}


def test_the_key_lies_outside_the_store_for_nobody_else(town):
    town.forget()
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert town.folder not in key_path().parents
    with town.shop.store() as store:
        [tomb] = store.forgetting.tombstones(store.books()[0].book_id)
    assert key_path().read_text() not in json.dumps([*tomb.signs, tomb.lock])


@pytest.mark.slow
def test_an_old_copy_a_backup_and_a_drives_copy_bring_nobody_back(town):
    old = town.shop.main.data
    town.forget()
    held = others(town)
    (town.folder / "客户-冲突副本.xlsx").write_bytes(old)
    report = town.shop.sync()
    assert "forget.returned" in [code for one in report.workbooks for code, _ in one.notes]
    town.shop.main.path.write_bytes(old)
    report = town.shop.sync()
    assert "forget.returned" in [code for one in report.workbooks for code, _ in one.notes]
    (town.folder / "旧的-副本.xlsx").write_bytes(old)
    town.shop.sync()
    assert others(town) == held
    assert NAME not in {row["name"] for row in town.shop.cells().values()}
    assert town.traces() == {}


@pytest.mark.slow
def test_a_row_typed_anew_by_number_key_or_reference_is_not_taken_in(town):
    town.forget()
    town.shop.main.add("clients", name="某人", phone=f"+86 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}")
    town.shop.main.add("clients", name="另一个人", client_id="003")
    town.shop.main.add("visits", client_id="003", amount=5, memo="又来了")
    report = town.shop.sync()
    assert [
        params["rows"] for one in report.workbooks for code, params in one.notes if code == "forget.returned"
    ] == [3]
    assert {"某人", "另一个人"}.isdisjoint(row["name"] for row in town.shop.cells().values())
    assert "又来了" not in [row.get("memo") for row in town.shop.cells("visits").values()]


@pytest.mark.slow
def test_accounts_stay_without_the_name(town):
    sums = sum(row["amount"] for row in town.shop.cells("visits").values())
    done = town.forget(keep_accounts=True)
    assert done.kept == {"visits": 1}
    visits = town.shop.cells("visits")
    assert sum(row["amount"] for row in visits.values()) == sums
    stand_in = next(row for row in town.shop.cells().values() if row["name"] == "已删除的客户")
    assert {row["client_id"] for row in visits.values()} == {"001", "002", stand_in["client_id"]}
    old = town.traces()
    assert {word for words in old.values() for word in words} <= {MEMO}
    report = town.shop.sync()
    assert not any(one.taken.changed or one.taken.added for one in report.workbooks)


def test_who_stands_for_kept_accounts_gets_no_row_about_a_customer(town):
    town.forget(keep_accounts=True)
    key = next(row["client_id"] for row in town.shop.cells().values() if row["name"] == "已删除的客户")
    town.shop.sync()
    told = {row["client_id"] for row in town.shop.cells("care").values()}
    assert told == {row["client_id"] for row in town.shop.cells().values()} - {key}


def test_nothing_happens_while_a_workbook_is_open(town):
    before = town.traces()
    lock = town.shop.main.lock()
    with pytest.raises(OpenError) as caught:
        town.forget()
    assert caught.value.code == "file.open"
    lock.unlink()
    assert town.traces() == before


def _cut(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def end(*_: Any, **__: Any) -> None:
        raise CutOff

    monkeypatch.setattr(f"crmbook.privacy.forgetting.{step}", end)


@pytest.mark.slow
@pytest.mark.parametrize(
    "step", ["_clean_workbook", "_sync", "clean_places", "search_places", "drop_journal"]
)
def test_a_run_that_was_cut_off_is_completed_by_the_next(town, monkeypatch, step):
    with Store.open(locate(town.folder)) as store:
        around = town.around(store)
        planned = plan_forgetting(around, NAME, DAY, keep_accounts=False)
        with monkeypatch.context() as patch:
            _cut(patch, step)
            with pytest.raises(CutOff):
                forget(around, planned, OPTIONS)
        done = resume(around, OPTIONS)
        assert done is not None
        assert done.is_complete
        assert resume(around, OPTIONS) is None
        assert search_places(around, planned.gone).found == []
    assert town.traces() == {}


@pytest.mark.slow
def test_who_is_named_in_anothers_row_is_named_with_sheet_and_cell(town):
    town.shop.main.type("clients", 5, notes=f"{NAME}介绍来的，电话{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
    town.shop.sync()
    done = town.forget()
    assert done.proof.left == []
    cells = {cell for one in done.proof.named for cell in one.cells}
    assert f"客户!{town.shop.main.ref('clients', 'notes', 5)}" in cells
    assert town.shop.by_key("clients", "notes")["004"] == f"{NAME}介绍来的，电话（已删除）"
    assert {word for words in town.traces().values() for word in words} == {NAME}


@pytest.mark.slow
def test_the_name_goes_from_others_rows_where_that_is_asked_for(town):
    town.shop.main.type("clients", 5, notes=f"{NAME}介绍来的")
    town.shop.sync()
    done = town.forget(by_name=True)
    assert done.proof.found == []
    assert town.traces() == {}
    assert town.shop.by_key("clients", "notes")["004"] == "（已删除）介绍来的"


@pytest.mark.slow
def test_a_state_of_before_brings_nobody_back(town):
    from crmbook.revisions import restore

    town.forget()
    with town.shop.store() as store:
        [record] = store.books()
        for number in range(1, record.revision):
            frames = store.state_at(record.book_id, number)
            assert NAME not in set(frames["clients"]["name"])
    assert restore is not None
