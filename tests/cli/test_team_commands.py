"""Working copies of several people through the command line: build, sync, diff, history, restore, held workbooks."""

from __future__ import annotations

import shutil
import time
from datetime import date, datetime, timedelta

import pytest

from crmbook.build.identity import read_stamp
from crmbook.ooxml import Package
from tests.cli.run import run, run_json
from tests.desk import Desk

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the sample as two synced working copies; copied for each test."""
    folder = tmp_path_factory.mktemp("team")
    assert run("build", "-o", folder / "共用.xlsx", "--sample", "--lang", "zh").exit_code == 0
    copy = run("build", "-o", folder / "王芳.xlsx", "--for", "王芳", *DAY)
    assert copy.exit_code == 0, copy.output
    code, report = run_json("sync", folder, *DAY)
    assert (code, len(report["workbooks"]), report["failures"]) == (1, 2, [])
    return folder


@pytest.fixture
def team(home, tmp_path):
    return shutil.copytree(home, tmp_path / "team")


def desks(team):
    return Desk(team / "共用.xlsx"), Desk(team / "王芳.xlsx")


def row_of(desk, key):
    return next(row for row in (2, 3) if desk.value("customers", "customer_id", row) == key)


@pytest.mark.slow
def test_edits_of_two_people_meet_and_are_told(team):
    ours, hers = desks(team)
    ours.type("customers", row_of(ours, "001"), phone="13900000001")
    hers.type("customers", row_of(hers, "001"), address="上海市静安区")
    code, incoming = run_json("diff", hers.path, *DAY)
    (line,) = incoming["changes"]
    assert (code, line["header"], line["old"], line["new"]) == (0, "地址", "北京市海淀区", "上海市静安区")
    told = run("sync", team, *DAY, "--lang", "en")
    assert told.output.count("took in 1 change") == 2
    for desk in desks(team):
        assert desk.value("customers", "phone", row_of(desk, "001")) == "13900000001"
        assert desk.value("customers", "address", row_of(desk, "001")) == "上海市静安区"
    revisions = run_json("history", team, "--key", "001", "--since", 2)[1]["revisions"]
    assert {(one["who"], change["header"]) for one in revisions for change in one["changes"]} == {
        ("共用", "电话"), ("王芳", "地址"),
    }  # fmt: skip
    again = run_json("sync", team, *DAY)[1]["workbooks"]
    assert [one["written"] for one in again] == [False, False]


@pytest.mark.slow
def test_a_conflict_names_both_sides(team):
    ours, hers = desks(team)
    for desk, address in ((ours, "甲地"), (hers, "乙地")):
        desk.type("customers", row_of(desk, "001"), address=address)
    told = run("sync", team, *DAY, "--lang", "zh")
    assert told.exit_code == 1
    assert "冲突：客户基本信息 001·地址：主库 甲地（共用），本簿 乙地（王芳）" in told.output.replace(
        "\n", ""
    )
    assert {desk.value("customers", "address", row_of(desk, "001")) for desk in desks(team)} == {"甲地"}


@pytest.mark.slow
def test_diff_of_a_folder_shows_what_a_sync_would_take_in_from_each_workbook(team):
    ours, hers = desks(team)
    ours.type("customers", row_of(ours, "001"), address="甲地")
    hers.type("customers", row_of(hers, "001"), address="乙地", phone="13900000001")
    before = {path: path.read_bytes() for path in team.glob("*.xlsx")}
    code, found = run_json("diff", team, *DAY)
    assert code == 1
    assert [
        (one["file"], [line["new"] for line in one["changes"]], [side["file"] for side in one["conflicts"]])
        for one in found["workbooks"]
    ] == [(str(ours.path), ["甲地"], []), (str(hers.path), ["13900000001"], [["乙地"]])]
    hers.path.write_bytes(b"")
    told = run("diff", team, *DAY, "--lang", "zh")
    assert told.exit_code == 2
    assert "客户基本信息 001·地址：北京市海淀区 → 甲地" in told.output
    assert hers.path.name in told.output
    hers.path.write_bytes(before[hers.path])
    assert {path: path.read_bytes() for path in before} == before
    assert run_json("history", team)[1]["revisions"][0]["revision"] == 1


@pytest.mark.slow
def test_diff_shows_the_computed_value_that_was_typed_over(team):
    ours, _ = desks(team)
    ours.type("followups", 2, last_contact=date(2023, 3, 3))
    told = run("diff", ours.path, *DAY, "--lang", "zh")
    assert "客户跟进 001·最近一次联系日期：2023-02-20 → 2023-03-03" in told.output


def test_a_limit_counts_the_lines_of_the_first_revision_too(team):
    whole = run("history", team, "--lang", "en").output.splitlines()[1:]
    assert len(whole) > 9
    told = run("history", team, "--limit", 3, "--lang", "en").output.splitlines()[1:]
    assert told == [*whole[:3], f"  … and {len(whole) - 3} more, listed with a higher --limit"]


def test_history_says_how_many_changes_its_limit_leaves_out(team):
    ours, _ = desks(team)
    row = row_of(ours, "001")
    ours.type("customers", row, address="甲地", phone="13900000001", email="a@example.com")
    run("sync", ours.path, *DAY)
    told = run("history", team, "--limit", 2, "--lang", "en").output.splitlines()
    assert told[0].startswith("Revision 2 ")
    assert [line.split(" · ")[0] for line in told[1:3]] == ["  客户基本信息 001"] * 2
    assert told[3:] == [
        "  … and 1 more, listed with a higher --limit",
        "Revisions before 2 are not listed; a higher --limit lists them",
    ]
    whole = run("history", team, "--limit", 3, "--since", 2, "--lang", "zh").output
    assert whole.count("客户基本信息 001·") == 3
    assert "--limit" not in whole
    assert [one["more"] for one in run_json("history", team, "--limit", 1)[1]["revisions"]] == [2]


def test_a_dry_run_changes_nothing(team):
    ours, _ = desks(team)
    ours.type("customers", row_of(ours, "001"), phone="13900000001")
    before = {path: path.read_bytes() for path in team.glob("*.xlsx")}
    _, report = run_json("sync", team, *DAY, "--dry-run")
    assert report["dry_run"] is True
    assert sum(one["taken"]["changed"] for one in report["workbooks"]) == 1
    assert {path: path.read_bytes() for path in team.glob("*.xlsx")} == before
    assert run_json("history", team)[1]["revisions"][0]["revision"] == 1


@pytest.mark.parametrize(("zone", "hours"), [("UTC0", 0), ("CST-8", 8)])
def test_history_tells_the_time_of_where_it_is_read(team, monkeypatch, zone, hours):
    at = datetime.fromisoformat(run_json("history", team)[1]["revisions"][0]["at"])
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    told = run("history", team, "--lang", "en").output
    monkeypatch.undo()
    time.tzset()
    assert f"{at + timedelta(hours=hours):%Y-%m-%d %H:%M}" in told
    assert "+00:00" not in told


@pytest.mark.slow
def test_restore_brings_a_revision_back_into_the_workbooks(team):
    ours, hers = desks(team)
    phone = ours.value("customers", "phone", row_of(ours, "001"))
    ours.type("customers", row_of(ours, "001"), phone="13900000001")
    run("sync", team, *DAY)
    code, done = run_json("restore", team, "--to", 1, *DAY, "--for", "李强")
    assert (code, done["revision"]) == (0, done["before"] + 1)
    assert run_json("diff", team, "--from", 1)[1]["changes"] == []
    run("sync", team, *DAY)
    assert hers.value("customers", "phone", row_of(hers, "001")) == phone
    newest = run_json("history", team, "--limit", 1)[1]["revisions"][0]
    assert (newest["kind"], newest["who"]) == ("restore", "李强")
    assert "Nothing to restore" in run("restore", team, "--to", 1, "--lang", "en").output


@pytest.mark.slow
def test_an_accident_is_held_until_its_plan_is_accepted(team):
    ours, _ = desks(team)
    package = Package.open(ours.path)
    place = ours.place("preferences")
    sheet = package.sheet(place.sheet)
    for row in (2, 3):
        for column in place.all_columns:
            sheet.set(f"{column.letter}{row}", None)
    package.save(ours.path)
    held = run("sync", ours.path, *DAY, "--lang", "en")
    assert held.exit_code == 3
    assert "was emptied" in held.output
    code, report = run_json("sync", ours.path, *DAY)
    assert (code, report["workbooks"][0]["state"]) == (3, "held")
    assert run("diff", ours.path, *DAY).exit_code == 3
    plan = held.output.split("--accept ")[1].split(";")[0]
    wrong = run("sync", ours.path, *DAY, "--accept", "abc", "--lang", "en")
    assert wrong.exit_code == 2, wrong.output
    assert "No held plan has the id abc" in wrong.output
    assert f"{plan} ({ours.path.name})" in wrong.output
    assert run("sync", ours.path, *DAY, "--accept", plan).exit_code in {0, 1}
    again = run("sync", ours.path, *DAY, "--accept", plan, "--lang", "en")
    assert again.exit_code == 2
    assert "need not be confirmed again" in again.output
    deleted = run_json("history", team, "--table", "客户偏好记录", "--since", 2)[1]["revisions"]
    assert [change["change"] for one in deleted for change in one["changes"]] == ["deleted", "deleted"]
    assert run("restore", team, "--row", "客户偏好记录", "3001", *DAY).exit_code == 0
    assert run("restore", team, "--row", "客户偏好记录", "3001", *DAY).exit_code == 2


@pytest.mark.slow
def test_an_open_workbook_is_busy_and_the_others_are_written(team):
    ours, hers = desks(team)
    ours.type("customers", row_of(ours, "001"), phone="13900000001")
    (team / "~$共用.xlsx").write_bytes(b"\x04Anna" + b" " * 50)
    result = run("sync", team, *DAY, "--lang", "en")
    assert result.exit_code == 4
    assert "is open in Anna's program (lock file ~$共用.xlsx)" in result.output
    assert hers.value("customers", "phone", row_of(hers, "001")) == "13900000001"


@pytest.mark.slow
def test_one_broken_workbook_does_not_keep_the_others_from_being_synced(team):
    assert run("build", "-o", team / "坏.xlsx", *DAY).exit_code == 0
    (team / "坏.xlsx").write_bytes(b"PK nothing")
    (team / "notes.txt").write_text("")
    code, report = run_json("sync", team, *DAY)
    assert code == 2
    assert [one["file"].endswith("坏.xlsx") for one in report["failures"]] == [True]
    assert len(report["workbooks"]) == 2


def test_a_broken_file_that_never_was_a_workbook_of_the_book_is_left_alone(team):
    (team / "坏.xlsx").write_bytes(b"PK nothing")
    code, report = run_json("sync", team, *DAY)
    assert (code, report["failures"], len(report["workbooks"])) == (1, [], 2)
    assert (team / "坏.xlsx").read_bytes() == b"PK nothing"


@pytest.mark.slow
def test_scoped_copies_say_what_they_are(team):
    path = team / "北京.xlsx"
    built = run("build", "-o", path, "--where", '[@customer_id]="001"', "--role", "sales", *DAY)
    assert built.exit_code == 0, built.output
    mark = read_stamp(Package.open(path))
    assert (mark.where, mark.role) == ('[@customer_id]="001"', "sales")
    code, report = run_json("sync", team, *DAY)
    assert (code, len(report["workbooks"])) == (1, 3)
    assert all(one["taken"]["deleted"] == 0 for one in report["workbooks"])
    assert run("build", "-o", team / "b.xlsx", "--where", "[@nam]=1").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["build", "-o", "y.xlsx", "--book", "zz"], "no book"),
        (["build", "-o", "y.xlsx", "--book", "zz", "--sample"], "--book"),
        (["build", "-o", "y.xlsx", "--role", "boss"], "sales"),
        (["build", "-o", "y.xlsx", "--lang", "en"], "zh"),
        (["history", "--table", "Nobody"], "Nobody"),
        (["history", "nowhere.xlsx"], "nowhere.xlsx"),
        (["history", "--store", "elsewhere"], "elsewhere"),
        (["restore"], "--row"),
        (["restore", "--to", "99"], "99"),
        (["diff", "--to", "1"], "--from"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_by_name(home, monkeypatch, words, told):
    monkeypatch.chdir(home)
    monkeypatch.setenv("CRMBOOK_LANG", "en")
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert not (home / "y.xlsx").exists()


def test_a_folder_without_workbooks_is_told(tmp_path):
    result = run("sync", tmp_path, "--lang", "en")
    assert result.exit_code == 2
    assert "no workbook" in result.output
    assert list(tmp_path.iterdir()) == []
