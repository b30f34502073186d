"""What an import tells a program, and the sign of life that it gives at a terminal."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys

import pytest

from tests.cli.run import ROOT, run_json
from tests.cli.test_import import DAY, begun, head, listed  # noqa: F401 - a fixture
from tests.cli.test_import_again import FIRST, MAP
from tests.exchange.intake.desk import workspace


@pytest.fixture
def club(begun, tmp_path):  # noqa: F811
    return shutil.copytree(begun[0], tmp_path / "club")


def bring(folder, *words):
    return run_json("import", *words, "--into", folder, "--workspace", workspace(), "--lang", "zh", *DAY)


def test_what_would_be_done_is_told_and_nothing_is(club):
    before = head(club).revision
    code, told = bring(
        club,
        listed(
            club,
            "姓名,电话,级别\n张三,13800000001,甲\n王五,13800000005,丙\n赵六,13800000006,甲\n李一,13800000007,乙\n",
            "新.csv",
        ),
        "--dry-run",
    )
    assert (code, told["version"], told["state"]) == (1, 1, "dry-run")
    [one] = told["lists"]
    assert (one["rows"], one["state"], one["table"], one["title"]) == (4, "shown", "people", "人员")
    assert one["counts"] == {"people": {"new": 3, "same": 1}}
    assert [(rule["header"], rule["field"]) for rule in one["columns"]] == [
        ("姓名", "name"), ("电话", "phone"), ("级别", "grade"),
    ]  # fmt: skip
    assert ("丙", "keep") in [(rule["text"], rule["action"]) for rule in one["values"]]
    assert (one["failed"], [issue["cell"] for issue in one["issues"] if issue["severity"] == "error"]) == (
        1,
        ["C3"],
    )
    assert (one["remembered"], head(club).revision) == (None, before)


def test_what_waits_is_told_with_its_preview(club):
    code, told = bring(club, listed(club, FIRST, "一月.csv"))
    [one] = told["lists"]
    assert (code, told["state"], one["state"]) == (3, "held", "preview")
    assert one["preview"] == str(club / "导入-一月.xlsx")


def test_what_was_done_is_told_and_taken_back(club, tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(MAP, encoding="utf-8")
    code, told = bring(club, listed(club, FIRST + ",13800000007,\n", "一月.csv"), "--map", path, "--yes")
    [one] = told["lists"]
    assert (code, told["state"], one["state"], one["revision"]) == (1, "taken", "taken", head(club).revision)
    assert told["failures"] == {"path": str(club / "失败明细 2.xlsx"), "rows": 1}
    assert [one["path"] for one in told["workbooks"]] == [str(club / "客户管理.xlsx")]
    code, told = bring(club, club / "一月.csv", "--yes")
    assert (told["lists"][0]["state"], told["lists"][0]["remembered"]["name"]) == ("nothing-new", "一月.csv")
    code, told = bring(club, "--forget")
    assert (code, told["state"], [one["name"] for one in told["maps"]]) == (0, "remembered", ["一月.csv"])
    assert bring(club, "--forget", "一月.csv")[1]["state"] == "forgotten"
    code, told = bring(club, "--undo")
    assert (code, told["state"], told["name"], told["conflicts"]) == (0, "undone", "一月.csv", 0)
    assert {(line["change"], line["table"]) for line in told["changes"]} == {
        ("deleted", "people"), ("deleted", "care"),
    }  # fmt: skip


def test_what_cannot_be_done_is_told_as_json_too(club):
    code, told = bring(club, club / "没有.csv")
    assert (code, told["error"]["code"]) == (2, "file.missing")


SLOW = "import time; from crmbook.cli.progress import working\nwith working('cli.import-reading', 'zh', name='a.csv'): time.sleep({})"


STAGES = """
import time
from crmbook.cli.course import Course
course = Course('zh', 8)
with course.stage('cli.import-reading', 2, name='[red]a.csv'): pass
with course.stage('cli.import-taking', 3, name='[red]a.csv'): time.sleep(1.6)
"""


@pytest.mark.parametrize(
    ("seconds", "is_terminal", "shows"), [(1.6, True, True), (0.1, True, False), (1.6, False, False)]
)
def test_a_terminal_shows_what_takes_long(seconds, is_terminal, shows):
    assert ("正在读 a.csv" in shown_by(SLOW.format(seconds), is_terminal=is_terminal)) is shows


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_shows_how_far_it_is(is_terminal):
    shown = shown_by(STAGES, is_terminal=is_terminal)
    assert ("正在取入 [red]a.csv" in shown, "25%" in shown) == (is_terminal, is_terminal)


def shown_by(code, *, is_terminal):
    """Return what a program shows at a terminal; that it leaves a pipe alone is seen to."""
    ours, theirs = pty.openpty()
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "TERM": "xterm",
        "COLUMNS": "80",
    }
    target = theirs if is_terminal else subprocess.PIPE
    done = subprocess.run([sys.executable, "-c", code], env=env, stderr=target, check=True)
    os.set_blocking(ours, False)
    try:
        shown = os.read(ours, 65536).decode("utf-8", "replace")
    except BlockingIOError:
        shown = ""
    finally:
        os.close(ours)
        os.close(theirs)
    assert not done.stderr
    return shown
