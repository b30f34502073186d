"""Rule 17a: whatever goes wrong with one workbook is its own failure; the others are synced, the report is complete."""

from __future__ import annotations

import errno
import stat
from functools import partial

import pytest

from crmbook.sync import pull, push
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests.cli.run import run, run_json
from tests.sync.shop import DAY, MAIN, OTHER, Shop

COPY = "客户-冲突.xlsx"
AT = ("--as-of", DAY.isoformat(), "--lang", "en")


@pytest.fixture
def shop(tmp_path) -> Shop:
    made = Shop(tmp_path / "簿")
    made.other = made.check_out()
    return made


def planted(monkeypatch, step: str, name: str, error: BaseException) -> None:
    """Let a step of the sync fail at one workbook: no defect that does so is known."""
    module = pull if step == "take_in" else push
    whole = getattr(module, step)

    def failing(first, *rest, **options):
        opened = getattr(first, "opened", first)
        if getattr(opened, "path", opened).name == name:
            raise error
        return whole(first, *rest, **options)

    monkeypatch.setattr(module, step, failing)


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", [MAIN, OTHER])
@pytest.mark.parametrize("step", ["take_in", "render", "write_atomically"])
@pytest.mark.parametrize("error", [KeyError("prospects"), RecursionError("deep"), UnicodeError("x")])
def test_a_defect_in_one_workbook_befalls_no_other(shop, monkeypatch, step, name, error):
    good, bad = (shop.other, shop.main) if name == MAIN else (shop.main, shop.other)
    good.type("clients", 2, owner="赵一")
    bad.type("clients", 3, owner="钱二")
    with monkeypatch.context() as broken:
        planted(broken, step, name, error)
        report = shop.sync()
    assert [one.path for one in report.workbooks] == [good.path]
    [(path, told)] = report.failures
    assert (path, told.code, told.params["kind"]) == (bad.path, "sync.unforeseen", type(error).__name__)
    assert report.exit_code == 1
    assert good.value("clients", "owner", 2) == "赵一"
    taken_in = step != "take_in"
    assert [one.path for one in report.unwritten] == [bad.path] * taken_in
    assert shop.by_key("clients", "owner")["002"] == ("钱二" if taken_in else "李强")
    shop.sync()
    assert good.value("clients", "owner", 3) == bad.value("clients", "owner", 3) == "钱二"
    assert shop.conflicts() == []


def test_a_defect_is_kept_with_its_traceback_for_the_owner_alone(shop, monkeypatch):
    planted(monkeypatch, "take_in", OTHER, KeyError("prospects"))
    shop.other.type("clients", 2, owner="赵一")
    [(_, told)] = shop.sync().failures
    log = shop.folder / ".crmbook" / "errors.log"
    assert told.params["log"] == str(log)
    assert "Traceback" in log.read_text()
    assert "KeyError: 'prospects'" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_the_json_report_is_complete_where_the_program_fails_at_one_workbook(shop, monkeypatch):
    shop.main.type("clients", 2, owner="赵一")
    shop.other.type("clients", 3, owner="钱二")
    planted(monkeypatch, "render", OTHER, KeyError("prospects"))
    code, report = run_json("sync", shop.folder, *AT)
    assert code == 1
    assert [(one["file"], one["written"]) for one in report["workbooks"]] == [(str(shop.main.path), True)]
    [failure] = report["failures"]
    assert (failure["file"], failure["code"]) == (str(shop.other.path), "sync.unforeseen")
    [unwritten] = report["unwritten"]
    assert unwritten["taken"]["changed"] == 1


def test_where_nothing_was_changed_it_could_not_run(shop, monkeypatch):
    shop.main.type("clients", 2, owner="赵一")
    planted(monkeypatch, "take_in", MAIN, KeyError("prospects"))
    code, report = run_json("sync", shop.main.path, *AT)
    assert (code, report["error"]["code"]) == (2, "sync.unforeseen")
    assert "errors.log" in run("sync", shop.main.path, *AT).output


def test_what_was_taken_in_before_the_writing_failed_is_said(shop, monkeypatch):
    shop.main.type("clients", 2, owner="赵一")
    planted(monkeypatch, "render", MAIN, KeyError("prospects"))
    told = run("sync", shop.main.path, *AT)
    assert told.exit_code == 1
    assert "took in 1 change" in told.output
    assert "could not be written" in told.output
    assert "no file" not in told.output
    assert "nothing was changed" not in told.output


def damage(shop: Shop):
    (shop.folder / ".crmbook" / "store.db").write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("kind", ["damaged", "leased"])
def test_the_store_of_another_book_keeps_no_book_from_being_synced(shop, tmp_path, kind):
    far = Shop(tmp_path / "别处")
    shop.main.type("clients", 2, owner="赵一")
    far.main.type("clients", 2, owner="钱二")
    before, paths = far.main.data, [far.main.path, shop.main.path]
    sync = partial(sync_workbooks, paths, Options(DAY))
    if kind == "damaged":
        (far.folder / ".crmbook" / "store.db").write_bytes(b"no database" * 1000)
        report = sync()
    else:
        with far.store() as store, store.lease(store.books()[0].book_id):
            report = sync()
    assert [one.path for one in report.workbooks] == [shop.main.path]
    code = {"damaged": "store.unreadable", "leased": "store.busy"}[kind]
    assert [(path, error.code) for path, error in report.failures] == [(far.main.path, code)]
    assert report.exit_code == {"damaged": 1, "leased": 4}[kind]
    assert far.main.data == before
    assert shop.by_key("clients", "owner")["001"] == "赵一"


def test_a_broken_file_beside_a_synced_one_is_a_problem_to_look_at(shop):
    shop.other.path.write_bytes(b"no workbook")
    shop.main.type("clients", 2, owner="赵一")
    code, report = run_json("sync", shop.folder, *AT)
    assert (code, len(report["failures"])) == (1, 1)
    code, report = run_json("sync", shop.folder, *AT)
    assert (code, len(report["failures"])) == (2, 1)


def test_a_full_disk_ends_the_run_and_each_workbook_is_told_of(shop, monkeypatch):
    shop.main.type("clients", 2, owner="赵一")
    shop.other.type("clients", 3, owner="钱二")
    before = (shop.main.data, shop.other.data)
    planted(monkeypatch, "write_atomically", MAIN, OSError(errno.ENOSPC, "No space left on device"))
    report = shop.sync()
    assert {(path, error.code) for path, error in report.failures} == {
        (one.path, "file.disk-full") for one in (shop.main, shop.other)
    }
    assert {one.path for one in report.unwritten} == {shop.main.path, shop.other.path}
    assert report.exit_code == 1
    assert (shop.main.data, shop.other.data) == before


# What the report shows, it holds: it reads no disk.


def test_a_conflict_in_a_template_of_a_workspace_is_told_by_its_headers(shop):
    shop.main.type("clients", 2, owner="赵一")
    shop.other.type("clients", 2, owner="钱二")
    told = run("sync", shop.folder, *AT)
    assert told.exit_code == 1, told.output
    assert "赵一" in told.output
    assert "钱二" in told.output
    assert "负责人" in told.output
    again = run("sync", shop.folder, *AT)
    assert again.exit_code == 1
    assert "负责人" in again.output


def conflicting_copy(shop: Shop) -> None:
    copy = shop.copy(shop.main, COPY)
    shop.main.type("clients", 2, owner="赵一")
    copy.type("clients", 2, owner="钱二")


def test_a_conflict_copy_that_conflicts_is_told_and_stays_to_be_told(shop):
    conflicting_copy(shop)
    told = run("sync", shop.folder, *AT)
    assert told.exit_code == 1, told.output
    assert "钱二" in told.output
    assert "moved to" in told.output
    shop.main.type("clients", 4, owner="孙三")
    for _ in range(2):
        code, report = run_json("sync", shop.folder, *AT)
        found = {
            one["file"]: [conflict["file"] for conflict in one["conflicts"]] for one in report["workbooks"]
        }
        assert code == 1
        assert found[str(shop.main.path)] == [["钱二"]]
    code, status = run_json("status", shop.folder)
    assert code == 1
    assert next((need["code"], need["workbook"]) for need in status["needs"]) == ("status.conflicts", MAIN)


def test_the_difference_of_a_conflicting_copy_is_told_by_its_headers(shop):
    conflicting_copy(shop)
    shop.sync(shop.main)
    told = run("diff", shop.folder / COPY, *AT)
    assert told.exit_code == 1, told.output
    assert "负责人" in told.output


def test_a_workbook_that_is_open_names_its_holder_from_the_report(shop):
    sign = shop.main.lock()
    shop.main.type("clients", 2, owner="赵一")
    synced = shop.sync_one(shop.main)
    assert (synced.state, synced.lock, synced.open_by) == (SyncState.WAITING, sign.name, "Excel")
