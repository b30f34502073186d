"""A folder at a glance: what `crmbook status` says of every state that workbooks and watchers can be in."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbook.base import start_of
from crmbook.notify.outbox import NOBODY, Outbox
from crmbook.ooxml import Package
from crmbook.watch.status import Said, WatcherStatus, WorkbookStatus, home, write_status
from tests.cli.run import ROOT, python_m, run, run_json
from tests.desk import Desk
from tests.watch.notification import conflict

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """The sample as two synced working copies; copied for each test."""
    folder = tmp_path_factory.mktemp("ready")
    run("build", "-o", folder / "共用.xlsx", "--sample", "--lang", "zh")
    run("build", "-o", folder / "王芳.xlsx", "--for", "王芳", *DAY)
    run("sync", folder, *DAY)
    return folder


@pytest.fixture
def team(ready, tmp_path):
    return shutil.copytree(ready, tmp_path / "team")


def look(team):
    """Exit code, conditions by name, needs by code."""
    code, told = run_json("status", team, "--lang", "en")
    conditions = {one["name"]: one["condition"] for one in told["workbooks"]}
    return code, conditions, {need["code"]: need for need in told["needs"]}


def seen(team, name):
    (one,) = (one for one in run_json("status", team)[1]["workbooks"] if one["name"] == name)
    return one


def row_of(desk, key):
    return next(row for row in (2, 3) if desk.value("customers", "customer_id", row) == key)


def type_into(team, name, **values):
    desk = Desk(team / name)
    desk.type("customers", row_of(desk, "001"), **values)


def lay_lock(team, name, age=0.0):
    path = team / f".~lock.{name}#"
    path.write_text("李娜,lina,PC-9,22.11.2026 08:00,file:///x;", encoding="utf-8")
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def standing_of(team, **changes):
    now = datetime.now(UTC).astimezone()
    told = WatcherStatus(
        str(team),
        os.getpid(),
        socket.gethostname(),
        now.isoformat(),
        now.isoformat(),
        start=start_of(os.getpid()),
    )
    return replace(told, next_run=(now + timedelta(hours=1)).isoformat(), **changes)


def digests(folder):
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.xlsx")
        if path.is_file()
    }


@pytest.mark.slow
def test_settled_workbooks_have_only_their_findings(team):
    code, conditions, needs = look(team)
    assert (code, set(conditions.values()), set(needs)) == (1, {"current"}, {"status.warnings"})
    assert seen(team, "王芳.xlsx")["holder"] == "王芳"
    assert (seen(team, "共用.xlsx")["warnings"], seen(team, "共用.xlsx")["errors"]) == (2, 0)


@pytest.mark.slow
def test_a_new_folder_needs_nothing(tmp_path):
    run("build", "-o", tmp_path / "crm.xlsx", "--lang", "en")
    assert look(tmp_path) == (0, {"crm.xlsx": "built"}, {})
    told = run("status", tmp_path, "--lang", "en").output
    assert "Nothing needs attention" in told
    assert "crmbook watch" in told
    before = datetime.now(UTC).replace(microsecond=0)
    run("sync", tmp_path, "--as-of", "2040-01-02")
    assert look(tmp_path) == (0, {"crm.xlsx": "current"}, {})
    at = datetime.fromisoformat(seen(tmp_path, "crm.xlsx")["synced"])
    assert before <= at <= datetime.now(UTC)
    assert at.utcoffset() == at.astimezone().utcoffset(), "as the clock stands here"
    shown = run("status", tmp_path, "--lang", "en").output
    assert re.search(r"crm\.xlsx .* \d\d:\d\d\b", shown), "the time, not the as-of date"
    assert not re.search(r"\d\d:\d\d:\d\d", shown), "no seconds"
    assert seen(tmp_path, "crm.xlsx")["synced"].startswith(str(datetime.now(UTC).astimezone().date()))


@pytest.mark.slow
def test_edits_that_nobody_syncs_are_told(team):
    type_into(team, "王芳.xlsx", phone="13900000001")
    code, conditions, needs = look(team)
    assert (code, conditions) == (1, {"共用.xlsx": "current", "王芳.xlsx": "changed"})
    assert "王芳.xlsx" in needs["status.unsynced"]["problem"]
    assert f'crmbook sync "{team}"' in needs["status.unsynced"]["remedy"]
    run("sync", team / "王芳.xlsx", *DAY)
    assert look(team)[1] == {"共用.xlsx": "behind", "王芳.xlsx": "current"}
    run("sync", team, *DAY)
    assert set(look(team)[1].values()) == {"current"}


@pytest.mark.slow
def test_an_open_workbook_waits_for_whoever_has_it(team):
    lock = lay_lock(team, "王芳.xlsx")
    assert (look(team)[1]["王芳.xlsx"], seen(team, "王芳.xlsx")["open_by"]) == ("current", "李娜 (PC-9)")
    type_into(team, "王芳.xlsx", phone="13900000001")
    assert run("sync", team / "王芳.xlsx", *DAY).exit_code == 4
    _, conditions, needs = look(team)
    assert conditions == {"共用.xlsx": "behind", "王芳.xlsx": "waiting"}
    assert "李娜 (PC-9)" in needs["status.waiting"]["problem"]
    assert needs["status.waiting"]["exit_code"] == 0
    assert "王芳.xlsx" not in needs["status.unsynced"]["problem"]
    shown = run("status", team, "--lang", "zh").output
    assert "等待写回（李娜 (PC-9) 正打开）" in shown
    lock.unlink()
    assert look(team)[1]["王芳.xlsx"] == "behind"


def test_a_lock_that_a_crash_left_is_told_with_owner_and_age(team):
    lock = lay_lock(team, "王芳.xlsx", 3 * 86400 + 60)
    _, conditions, needs = look(team)
    assert conditions["王芳.xlsx"] == "current"
    need = needs["lock.stale-days"]
    assert all(part in need["problem"] for part in ("李娜 (PC-9)", "3 days", lock.name, "王芳.xlsx"))
    assert lock.name in need["remedy"]
    assert lock.exists()


@pytest.mark.slow
def test_a_conflict_is_counted_where_it_came_from(team):
    for name, address in (("共用.xlsx", "甲地"), ("王芳.xlsx", "乙地")):
        type_into(team, name, address=address)
    run("sync", team, *DAY)
    code, conditions, needs = look(team)
    assert (code, set(conditions.values())) == (1, {"current"})
    assert (seen(team, "共用.xlsx")["conflicts"], seen(team, "王芳.xlsx")["conflicts"]) == (0, 1)
    assert needs["status.conflicts"]["workbook"] == "王芳.xlsx"
    assert "Conflicts" in run("status", team, "--lang", "en").output


@pytest.mark.slow
def test_a_conflict_that_no_workbook_brought_is_counted_too(team):
    """That of an import which was taken back, after somebody wrote beside what it had brought."""
    (team / "名单.csv").write_text("姓名,电话\n周七,13800000077\n", encoding="utf-8")
    into = ("import", "--into", team, *DAY)
    assert run(*into, team / "名单.csv", "--yes").exit_code == 0
    desk = Desk(team / "王芳.xlsx")
    row = next(row for row in (2, 3, 4) if desk.value("customers", "name", row) == "周七")
    desk.type("customers", row, company="远大")
    assert run(*into, "--undo").exit_code == 1
    code, _, needs = look(team)
    assert (code, [seen(team, name)["conflicts"] for name in ("共用.xlsx", "王芳.xlsx")]) == (1, [0, 0])
    assert needs["status.other-conflicts"]["problem"].startswith("1 conflict is open")
    assert run_json("status", team)[1]["conflicts"] == 1
    assert "“冲突处理”" in run("status", team, "--lang", "zh").output


@pytest.mark.slow
def test_a_workbook_that_is_away_was_synced_when_it_was(team, monkeypatch):
    """By the clock of whoever looks, as the others; not on the day that the book shows."""
    before = {name: seen(team, name)["synced"] for name in ("共用.xlsx", "王芳.xlsx")}
    assert all("T" in moment for moment in before.values())
    (team / "王芳.xlsx").unlink()
    assert seen(team, "王芳.xlsx")["synced"] == before["王芳.xlsx"]
    run("build", "-o", team / "新.xlsx", "--for", "新", *DAY)
    (team / "新.xlsx").unlink()
    assert seen(team, "新.xlsx")["synced"] == ""


@pytest.mark.slow
def test_an_error_in_a_workbook_is_told(team):
    type_into(team, "王芳.xlsx", birth_date="2023/13/1")
    run("sync", team, *DAY)
    assert seen(team, "王芳.xlsx")["errors"] == 1
    assert look(team)[2]["status.errors"]["workbook"] == "王芳.xlsx"


@pytest.fixture
def held(team):
    desk = Desk(team / "共用.xlsx")
    package = Package.open(desk.path)
    place = desk.place("preferences")
    for row in (2, 3):
        for column in place.all_columns:
            package.sheet(place.sheet).set(f"{column.letter}{row}", None)
    package.save(desk.path)
    assert run("sync", desk.path, *DAY).exit_code == 3
    return team


@pytest.mark.slow
def test_a_held_workbook_comes_first_and_says_how_to_let_it_through(held):
    code, conditions, needs = look(held)
    assert (code, conditions["共用.xlsx"], next(iter(needs))) == (3, "held", "status.held")
    plan = seen(held, "共用.xlsx")["plan"]
    assert f"--accept {plan}" in needs["status.held"]["remedy"]
    assert run("sync", held / "共用.xlsx", *DAY, "--accept", plan).exit_code in {0, 1}
    assert look(held)[0] == 1


def test_a_damaged_workbook_is_told_with_its_reason(team):
    (team / "王芳.xlsx").write_bytes(b"PK nothing")
    code, conditions, needs = look(team)
    assert (code, conditions) == (1, {"共用.xlsx": "current", "王芳.xlsx": "failed"})
    (need,) = (need for need in needs.values() if need["workbook"] == "王芳.xlsx")
    assert "王芳.xlsx" in need["problem"]
    assert "status." not in need["code"]


def test_copies_renamed_and_missing_workbooks_are_told_apart(team):
    shutil.copy(team / "王芳.xlsx", team / "王芳-副本.xlsx")
    (team / "共用.xlsx").rename(team / "大家.xlsx")
    (team / "notes.txt").write_text("")
    (team / "~$x.xlsx").write_bytes(b"")
    conditions = look(team)[1]
    assert conditions == {"大家.xlsx": "current", "王芳.xlsx": "current", "王芳-副本.xlsx": "new"}
    (team / "大家.xlsx").unlink()
    code, conditions, _ = look(team)
    assert conditions == {"共用.xlsx": "missing", "王芳.xlsx": "current", "王芳-副本.xlsx": "new"}
    assert code == 1


@pytest.mark.slow
def test_workbooks_of_other_folders_are_only_counted(team, tmp_path):
    store, north = tmp_path / "store", tmp_path / "north"
    north.mkdir()
    (tmp_path / "south").mkdir()
    run("build", "-o", north / "a.xlsx", "--store", store, "--lang", "zh")
    run("build", "-o", tmp_path / "south" / "b.xlsx", "--store", store)
    _, told = run_json("status", north, "--store", store)
    assert ([one["name"] for one in told["workbooks"]], told["elsewhere"]) == (["a.xlsx"], 1)
    assert (
        "1 more workbook of this book lies" in run("status", north, "--store", store, "--lang", "en").output
    )


def test_looking_changes_nothing(held):
    lay_lock(held, "王芳.xlsx", 3 * 86400)
    before, names = digests(held), sorted(held.rglob("*"))
    look(held)
    assert (digests(held), sorted(held.rglob("*"))) == (before, names)


@pytest.mark.sample(5)
@pytest.mark.parametrize(
    ("changes", "life", "need"),
    [
        ({}, "watching", None),
        ({"role": "standby", "behind": "li@PC-9"}, "standby", None),
        ({"role": "stopped"}, "stopped", None),
        ({"pid": 2**22 + 1}, "lost", "status.watcher-lost"),
        (
            {"start": "another boot 1"},
            "lost",
            "status.watcher-lost",
        ),  # another process has its number
        ({"beat": "2001-01-01T00:00:00+00:00"}, "silent", "status.watcher-silent"),
        ({"host": "another-machine"}, "watching", None),
        ({"host": "another-machine", "beat": "2001-01-01T00:00:00+00:00"}, "lost", "status.watcher-lost"),
        ({"polls": True, "pid": 1, "host": "another-machine"}, "watching", None),
    ],
)
def test_it_is_found_out_whether_a_watcher_lives(team, changes, life, need):
    write_status(team, standing_of(team, **changes))
    code, told = run_json("status", team)
    assert told["watcher"]["life"] == life
    assert {one["code"] for one in told["needs"]} == {"status.warnings", *([need] if need else [])}
    assert code == 1
    for lang in ("zh", "en"):
        assert run("status", team, "--lang", lang).output


@pytest.mark.slow
@pytest.mark.parametrize(("end", "life"), [("terminate", "stopped"), ("kill", "lost")])
def test_a_real_watcher_is_seen_alive_and_gone(team, end, life):
    command = [sys.executable, "-m", "crmbook", "watch", str(team), "--lang", "en"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(240):
                told = run_json("status", team)[1]["watcher"]
                if told["life"] == "watching":
                    break
                time.sleep(0.25)
            assert (told["life"], told["pid"]) == ("watching", process.pid)
        finally:
            getattr(process, end)()
            process.wait(60)
    assert run_json("status", team)[1]["watcher"]["life"] == life
    assert (look(team)[2].keys() & {"status.watcher-lost"} == set()) is (life == "stopped")


def test_what_a_living_watcher_will_sync_needs_nobody(team):
    type_into(team, "王芳.xlsx", phone="13900000001")
    assert "status.unsynced" in look(team)[2]
    write_status(team, standing_of(team, host="another-machine"))
    assert "status.unsynced" not in look(team)[2]


@pytest.mark.slow
def test_what_a_watcher_could_not_sync_is_told_until_it_could(team):
    type_into(team, "王芳.xlsx", phone="13900000001")
    for code in (
        "of.another-version",
        "store.read-only",
        "file.unwritable",
    ):  # the params of the last one fit
        error = Said(code, {"path": "王芳.xlsx", "reason": "Permission denied"})
        failed = WorkbookStatus("王芳.xlsx", "failed", error=error)
        write_status(team, standing_of(team, workbooks=[failed], host="another-machine"))
        exit_code, conditions, needs = look(team)
        assert (exit_code, conditions["王芳.xlsx"]) == (1, "failed")
        assert "王芳.xlsx" in needs[code]["problem"]
    run("sync", team, *DAY)  # by hand
    assert look(team)[1]["王芳.xlsx"] == "current"


def test_what_the_watcher_warns_of_is_told_while_it_lives(team):
    warnings = [Said("watch.co-editing"), Said("watch.stale-lock", {"name": "a", "lock": "b", "holder": "c"})]
    write_status(team, standing_of(team, warnings=warnings, host="another-machine"))
    assert set(look(team)[2]) == {"status.warnings", "watch.co-editing"}


def test_notices_that_do_not_arrive_are_told(team):
    target = "mail:王芳@example.com"
    outbox = Outbox(home(team) / "outbox")
    outbox.enter([(conflict(1), 0.0, [target]), (conflict(2), 0.0, [NOBODY])], 0.0)
    assert {"status.gathering", "status.unaddressed"} <= set(look(team)[2])
    message, _ = outbox.next(target, 1.0)
    outbox.later(message, 60.0, "notice.no-variable", {"name": "CRM_PASSWORD"})
    outbox.close()
    _, _, needs = look(team)
    assert all(part in needs["status.undelivered"]["problem"] for part in (target, "CRM_PASSWORD"))
    assert needs["status.undelivered"]["exit_code"] == 1


def test_mistakes_in_the_settings_of_notices_are_told(team):
    (team / "watch.yaml").write_text("digset: 10m\n", encoding="utf-8")
    needs = look(team)[2]
    (need,) = (need for code, need in needs.items() if code != "status.warnings")
    assert "watch.yaml:1" in need["problem"]
    assert "digest" in need["problem"]
    (team / "watch.yaml").write_text("digest: 10m\n", encoding="utf-8")
    assert set(look(team)[2]) == {"status.warnings"}


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_calm_to_look_at(held, lang):
    lay_lock(held, "王芳.xlsx")
    done = python_m("status", held, "--lang", lang, cwd=held, COLUMNS="80", TERM="dumb")
    assert (done.returncode, done.stderr) == (3, "")
    head, table, *_ = done.stdout.split("\n\n")
    assert str(held) in head
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["共用.xlsx", "王芳.xlsx"]
    assert "status." not in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [(["status", "nowhere"], "nowhere"), (["status", "--store", "elsewhere"], "elsewhere")],
    ids=["folder", "store"],
)
def test_what_is_not_there_is_refused_by_name(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert (result.exit_code, told in result.output) == (2, True)
    code, data = run_json(*words)
    assert (code, told in data["error"]["problem"]) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_one_stands_in_and_that_of_a_workbook(team, monkeypatch):
    monkeypatch.chdir(team)
    assert run_json("status")[1] == run_json("status", "王芳.xlsx")[1] == run_json("status", team)[1]


def test_what_is_wrong_is_told_by_kind_as_sync_tells_it(team):
    desk = Desk(team / "共用.xlsx")
    desk.type("surveys", 2, date="前几天")
    desk.type("surveys", 3, date="大前天")
    run("sync", team, *DAY)
    code, told = run_json("status", team)
    needs = {one["code"]: one for one in told["needs"]}
    [kind] = needs["status.errors"]["details"]
    assert kind["problem"].startswith("错误：客户满意度调查!") or kind["problem"].startswith("Error: ")
    shown = run("status", team, "--lang", "zh").output
    [line] = [line for line in shown.splitlines() if "错误：客户满意度调查!" in line]
    assert "前几天" in line
    assert "同类问题另有 1 处" in line
    assert shown.count("123456789") == 1, "both copies show that row"
    assert code == 1


@pytest.mark.slow
def test_a_folder_of_several_books_says_how_many(tmp_path):
    for name in ("甲.xlsx", "乙.xlsx"):
        run("build", "-o", tmp_path / name, "--new", "--lang", "zh")
    assert "2 个工作簿 · 2 本账簿" in run("status", tmp_path, "--lang", "zh").output
