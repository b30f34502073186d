"""Old lists through the command line: into an empty folder, seen first, twice, beside colleagues' edits, and back."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import sys
from typing import Any

import pandas as pd
import pytest

from crmbook.cli.course import uninterrupted
from crmbook.cli.receiver import Receiver
from crmbook.ooxml import Package
from crmbook.schema import Layout
from crmbook.store import Store, locate
from tests.cli.run import ROOT, python_m, run, run_json
from tests.exchange.intake.desk import book, workspace
from tests.ooxml_lint import lint

DAY = ("--as-of", "2024-03-01")
LIST = """姓名,电话,级别,外号,起始日期
张三,138 0000 0001,甲,小张,2020/1/5
李四,13800000002,丙,,去年底
张三,+8613800000001,甲,,
,13800000009,乙,,2021-03-04
"""


def bring(folder, *words: Any, lang: str = "zh") -> Any:
    return run(
        "import", *words, "--into", folder, "--workspace", workspace(), "--lang", lang, *DAY
    )  # fmt: skip


def listed(folder, text=LIST, name="名单.csv", encoding="gb18030"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder whose book began with the list; copied for each test."""
    folder = tmp_path_factory.mktemp("begun")
    result = bring(folder, listed(folder), "--template", "club", "--yes")
    assert result.exit_code == 1, result.output
    return folder, result.output


@pytest.fixture
def club(begun, tmp_path):
    return shutil.copytree(begun[0], tmp_path / "club")


def head(folder):
    with Store.open(locate(folder)) as store:
        return store.head(store.books()[0].book_id)


def rows(folder, *labels: str, table: str = "people"):
    frame = head(folder).tables[table]
    return [
        tuple(None if pd.isna(item) else item for item in row)
        for row in frame[list(labels)].itertuples(index=False)
    ]


def type_into(path, row: int, **values: Any) -> None:
    """Type into the sheet of people as a colleague does."""
    place = Layout(book()).tables["people"]
    package = Package.open(path)
    for field, value in values.items():
        package.sheet(place.sheet).set(f"{place.columns[field].letter}{row}", value)
    package.save(path)


def shown(path, field: str, row: int) -> Any:
    place = Layout(book()).tables["people"]
    return Package.open(path).sheet(place.sheet).cell(f"{place.columns[field].letter}{row}").value


def test_a_first_list_builds_the_book(begun):
    folder, said = begun
    assert "已取入 名单.csv，成为第 2 版" in said
    assert "人员：新增 2、名单内重复 1、不取入 1" in said
    assert rows(folder, "person_id", "name", "phone", "grade", "own:外号") == [
        ("001", "张三", "13800000001", "甲", "小张"), ("002", "李四", "13800000002", None, None),
    ]  # fmt: skip
    workbook = folder / "客户管理.xlsx"
    assert (shown(workbook, "name", 2), shown(workbook, "phone", 3)) == ("张三", "13800000002")
    assert lint(workbook.read_bytes()) == []
    assert lint((folder / "失败明细.xlsx").read_bytes()) == []


def test_the_same_list_again_brings_nothing(club):
    before = head(club).revision
    said = bring(club, club / "名单.csv", "--yes")
    assert "名单.csv 没有带来新内容" in said.output
    assert "人员：相同 2、名单内重复 1、不取入 1" in said.output
    assert head(club).revision == before


def test_what_failed_is_mended_and_completes_the_import(club):
    path = club / "失败明细.xlsx"
    package = Package.open(path)
    sheet = package.sheet("名单")
    cells = {cell.ref: cell.value for cell in sheet.cells()}
    assert [cells.get(f"{letter}3") for letter in "ABCE"] == [None, "13800000009", "乙", "2021-03-04"]
    assert cells["F2"] == "级别：“丙”不在可选项中\n起始日期：“去年底”不是日期"
    assert cells["F3"].startswith("姓名：这一行没有姓名")
    sheet.set("C2", "乙")
    sheet.set("E2", "2019年5月6日")
    sheet.set("A3", "王五")
    package.save(path)
    said = bring(club, path, "--yes")
    assert (said.exit_code, "人员：新增 1、更新 1" in said.output) == (0, True), said.output
    assert not (club / "失败明细 2.xlsx").exists()
    assert rows(club, "person_id", "name", "grade", "since") == [
        ("001", "张三", "甲", pd.Timestamp(2020, 1, 5)), ("002", "李四", "乙", pd.Timestamp(2019, 5, 6)),
        ("003", "王五", "乙", pd.Timestamp(2021, 3, 4)),
    ]  # fmt: skip


def test_waiting_edits_and_the_list_both_arrive(club):
    workbook = club / "客户管理.xlsx"
    type_into(workbook, 2, company="星河")
    said = bring(
        club, listed(club, "姓名,电话,邮箱\n张三,13800000001,z@a.cn\n王五,13800000005,\n", "新.csv"), "--yes"
    )
    assert said.exit_code == 0, said.output
    assert rows(club, "name", "company", "email") == [
        ("张三", "星河", "z@a.cn"),
        ("李四", None, None),
        ("王五", None, None),
    ]
    assert [shown(workbook, "email", 2), shown(workbook, "company", 2), shown(workbook, "name", 4)] == [
        "z@a.cn",
        "星河",
        "王五",
    ]


def test_an_edit_that_comes_between_is_planned_around(club, monkeypatch):
    take, workbook = Receiver.take, club / "客户管理.xlsx"

    def late(self, plan, note, *more):
        if not workbook.with_name("late").exists():
            workbook.with_name("late").touch()
            type_into(workbook, 2, email="own@a.cn")
            run("sync", workbook, "--workspace", workspace(), *DAY)
        return take(self, plan, note, *more)

    monkeypatch.setattr(Receiver, "take", late)
    said = bring(
        club, listed(club, "姓名,电话,邮箱\n张三,13800000001,z@a.cn\n王五,13800000005,\n", "新.csv"), "--yes"
    )
    assert said.exit_code == 0, said.output
    assert rows(club, "name", "email") == [("张三", "own@a.cn"), ("李四", None), ("王五", None)]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("policy", "email"), [("overwrite", "z@a.cn"), ("keep", "own@a.cn"), ("fill", "own@a.cn")]
)
def test_a_policy_holds_for_the_whole_list(club, policy, email):
    bring(club, listed(club, "姓名,电话,邮箱\n张三,13800000001,own@a.cn\n", "一.csv"), "--yes")
    bring(
        club, listed(club, "姓名,电话,邮箱\n张三,13800000001,z@a.cn\n", "二.csv"), "--yes", "--policy", policy
    )
    assert rows(club, "name", "email") == [("张三", email), ("李四", None)]


def test_undoing_keeps_what_a_colleague_did_since(club):
    before = head(club)
    bring(
        club,
        listed(
            club, "姓名,电话,邮箱\n张三,13800000001,z@a.cn\n王五,13800000005,\n赵六,13800000006,\n", "新.csv"
        ),
        "--yes",
    )
    workbook = club / "客户管理.xlsx"
    type_into(workbook, 4, company="远大")
    type_into(workbook, 3, company="云帆")
    said = bring(club, "--undo")
    assert (said.exit_code, "已撤销导入 新.csv" in said.output) == (1, True), said.output
    assert rows(club, "name", "company", "email") == [
        ("张三", None, None),
        ("李四", "云帆", None),
        ("王五", "远大", None),
    ]
    with Store.open(locate(club)) as store:
        [conflict] = store.conflicts(store.books()[0].book_id)
    assert (conflict.key, conflict.labels, conflict.head, conflict.file) == (
        "003",
        ("company",),
        ("远大",),
        None,
    )
    assert [shown(workbook, "name", row) for row in (2, 3, 4, 5)] == ["张三", "李四", "王五", None]
    assert before.tables["people"]["name"].tolist() == ["张三", "李四"]
    place = Layout(book()).tables["conflicts"]
    package = Package.open(workbook)
    package.sheet(place.sheet).set(f"{place.columns['decision'].letter}{place.first_row}", "采用本簿")
    package.save(workbook)
    run("sync", club, "--workspace", workspace(), "--lang", "zh", *DAY)
    assert rows(club, "name") == [("张三",), ("李四",)]


def test_import_and_undo_leave_the_book_as_it_was(club):
    before = head(club).tables
    bring(
        club,
        listed(club, "姓名,电话,邮箱,车牌\n张三,13800000001,z@a.cn,京A\n王五,13800000005,,\n", "新.csv"),
        "--yes",
    )
    said = bring(club, "--undo", lang="en")
    assert (said.exit_code, "The import of 新.csv was undone" in said.output) == (0, True), said.output
    run("sync", club, "--workspace", workspace(), *DAY)
    after = head(club)
    assert after.revision == 4
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after.tables[name][list(frame.columns)])
        assert after.tables[name][after.tables[name].columns.difference(frame.columns)].isna().all(axis=None)
    assert (shown(club / "客户管理.xlsx", "name", 2), shown(club / "客户管理.xlsx", "name", 4)) == (
        "张三",
        None,
    )
    bring(club, "--undo")
    run("sync", club, "--workspace", workspace(), *DAY)
    assert (rows(club, "name"), head(club).revision) == ([], 5)
    # 丙, which is no entry of its list, entered neither the store nor the sheet: no row stays for its sake.
    assert [shown(club / "客户管理.xlsx", "name", row) for row in (2, 3, 4)] == [None, None, None]
    said = bring(club, "--undo")
    assert (said.exit_code, "没有可以撤销的导入" in said.output) == (2, True)


def test_the_history_names_the_list(club):
    assert "第 2 版 · 导入 · 名单.csv" in run("history", club, "--lang", "zh").output
    assert "Revision 2 · import · 名单.csv" in run("history", club, "--lang", "en").output
    revisions = run_json("history", club)[1]["revisions"]
    assert [(one["kind"], one["note"]) for one in revisions[:1]] == [("import", "名单.csv")]


def everything(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".db-shm", ".db-wal"}
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_dry_run_tells_and_changes_nothing(club, tmp_path, lang):
    type_into(club / "客户管理.xlsx", 2, company="星河")
    path = listed(tmp_path, LIST.replace("李四", "王五").replace("13800000002", "13800000005"))
    before = everything(club)
    said = bring(club, path, "--dry-run", lang=lang)
    assert everything(club) == before
    assert said.exit_code == 1
    for words in {
        "zh": (
            "名单.csv：4 行，写入“人员”",
            "人员：新增 1、相同 1、名单内重复 1、不取入 1",
            "“去年底”不是日期",
            "只是预览",
        ),
        "en": (
            "名单.csv: 4 rows, into 人员",
            "new 1, same 1, duplicates 1, left out 1",
            "“去年底” is not a date",
            "A preview only",
        ),
    }[lang]:
        assert words in said.output


def test_a_dry_run_in_an_empty_folder_leaves_it_empty(tmp_path):
    path = listed(tmp_path)
    said = bring(tmp_path, path, "--template", "club", "--dry-run")
    assert (said.exit_code, "人员：新增 2" in said.output) == (1, True), said.output
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_without_a_terminal_it_waits_for_a_yes(tmp_path):
    path = listed(tmp_path)
    done = python_m(
        "import", path, "--template", "club", "--workspace", workspace(), "--lang", "zh", cwd=tmp_path
    )
    assert done.returncode == 3, done.stderr
    assert "人员：新增 2、名单内重复 1、不取入 1" in done.stdout
    assert "没有取入任何内容" in done.stdout
    preview = tmp_path / "导入-名单.xlsx"
    assert str(preview) in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([path.name, preview.name])
    said = run("import", preview, "--into", tmp_path, "--workspace", workspace(), "--lang", "zh", *DAY)
    assert said.exit_code == 1, said.output
    assert rows(tmp_path, "person_id", "name") == [("001", "张三"), ("002", "李四")]


def test_a_list_of_headers_alone_is_refused_and_begins_no_book(tmp_path):
    said = bring(tmp_path, listed(tmp_path, "姓名,电话\n"), "--template", "club", "--yes")
    assert (said.exit_code, "没有可导入的记录" in said.output) == (2, True), said.output
    assert [path.name for path in tmp_path.iterdir()] == ["名单.csv"]


def test_with_a_yes_it_still_says_what_was_not_taken(club):
    said = bring(club, listed(club, "姓名,电话,级别\n张三,13800000001,乙\n", "新.csv"), "--yes", lang="en")
    assert "“乙”" in said.output, said.output
    assert "--policy overwrite" in said.output


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_preview_that_nobody_answered_goes_once_its_list_is_in(club, is_answered):
    path = listed(club, "姓名,电话\n王五,13800000005\n赵六,13800000006\n", "新.csv")
    bring(club, listed(club, "姓名,电话\n钱七,13800000007\n", "新客.csv"))
    bring(club, path)
    preview, other = club / "导入-新.xlsx", club / "导入-新客.xlsx"
    if is_answered:
        package = Package.open(preview)
        [head] = [cell for cell in package.sheet("行").cells() if cell.value == "决定"]
        package.sheet("行").set(f"{head.ref.rstrip('0123456789')}{head.row + 1}", "跳过")
        package.save(preview)
    said = bring(club, path, "--yes").output
    assert (preview.exists(), f"已删除 新.csv 的预览 {preview}" in said) == (is_answered, not is_answered), (
        said
    )
    assert other.exists()


def test_a_row_skipped_in_the_preview_stays_out(club, tmp_path):
    path = listed(club, "姓名,电话\n王五,13800000005\n赵六,13800000006\n", "新.csv")
    assert bring(club, path).exit_code == 3
    preview = club / "导入-新.xlsx"
    package = Package.open(preview)
    sheet = package.sheet("行")
    answers = {cell.value: cell for cell in sheet.cells()}
    row, [head] = answers["003 王五"].row, [cell for cell in sheet.cells() if cell.value == "决定"]
    sheet.set(f"{head.ref.rstrip('0123456789')}{row}", "跳过")
    package.save(preview)
    assert bring(club, preview).exit_code == 0
    assert rows(club, "name") == [("张三",), ("李四",), ("赵六",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "请写出要导入的文件"),
        (("没有.csv",), "没有.csv"),
        (("名单.csv", "--policy", "replace"), "没有“replace”这种做法"),
        (("名单.csv", "--table", "没有"), "没有表“没有”"),
        (("名单.csv", "--template", "standard"), "这本账簿的模板是 club"),
        (("--undo", "x"), "撤销时只能再写一个版本号"),
        (("--undo", "1"), "第 1 版不是导入；可以撤销的导入：2 (名单.csv)"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_and_changes_nothing(club, monkeypatch, words, said):
    monkeypatch.chdir(club)
    before = everything(club)
    result = bring(club, *words, "--yes")
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert everything(club) == before


@pytest.mark.slow
def test_on_a_terminal_it_shows_and_asks(tmp_path):
    path = listed(tmp_path)
    words = ["import", str(path), "--template", "club", "--workspace", str(workspace()), "--lang", "zh", *DAY]
    said = []
    for answer in (b"n\n", b"y\n"):
        code, shown = on_terminal(words, answer, tmp_path)
        said.append((code, "已取入" in shown))
        assert "人员：新增 2、名单内重复 1、不取入 1" in shown
        assert "把“名单.csv”取入账簿吗？" in shown
        # It waits in the preview, until it is taken in after all.
        assert (tmp_path / "导入-名单.xlsx").exists() == (answer == b"n\n")
    assert said == [(0, False), (1, True)]
    assert rows(tmp_path, "name") == [("张三",), ("李四",)]


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_preview_that_somebody_saved_stays_whatever_it_says(tmp_path, is_saved):
    """There may be a note in it that is no answer."""
    path, preview = listed(tmp_path), tmp_path / "导入-名单.xlsx"
    assert bring(tmp_path, path, "--template", "club").exit_code == 3
    if is_saved:
        later = preview.stat().st_mtime + 3
        os.utime(preview, (later, later))
    said = bring(tmp_path, path, "--template", "club", "--yes").output
    assert (preview.exists(), "已删除 名单.csv 的预览" in said) == (is_saved, not is_saved)


def test_what_is_said_of_two_columns_is_said_of_each(tmp_path):
    rows = "张三,13800000001,3/14/2019,3/14/1990\n李四,13800000002,1/2/2020,4/5/1991\n"
    path = listed(tmp_path, f"姓名,电话,注册日期,生日\n{rows}")
    said = run(
        "import", path, "--into", tmp_path, "--template", "lite", "--lang", "zh", "--dry-run", *DAY
    ).output
    assert "“注册日期”有 1 处分不清月和日" in said
    assert "“生日”有 1 处分不清月和日" in said


@pytest.mark.slow
def test_who_stops_it_is_told_what_came_in_and_what_did_not(tmp_path):
    one, two = listed(tmp_path), listed(tmp_path, "姓名,电话\n赵六,13800000006\n", "另一份.csv")
    words = [
        "import",
        str(one),
        str(two),
        "--template",
        "club",
        "--workspace",
        str(workspace()),
        "--lang",
        "zh",
        *DAY,
    ]
    code, shown = on_terminal(words, b"\x03", tmp_path)
    assert code == 130
    assert "没有取入：名单.csv、另一份.csv。再运行一次同样的命令即可" in shown
    assert not (tmp_path / ".crmbook").exists()
    code, shown = on_terminal(words, [b"y\n", b"\x03"], tmp_path)
    assert code == 130
    assert "已取入 名单.csv，成为第 2 版；撤销用 crmbook import --undo 2" in shown
    assert "没有取入：另一份.csv" in shown
    assert rows(tmp_path, "name") == [("张三",), ("李四",)]
    code, shown = on_terminal(words, [b"y\n", b"y\n"], tmp_path)
    assert "没有带来新内容" in shown
    assert rows(tmp_path, "name") == [("张三",), ("李四",), ("赵六",)]


def press_and_note(noted):
    with uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        noted.append(True)


def test_ctrl_c_waits_until_what_came_in_is_noted():
    noted = []
    with pytest.raises(KeyboardInterrupt):
        press_and_note(noted)
    assert noted == [True]


def on_terminal(words, answers: bytes | list[bytes], cwd) -> tuple[int, str]:
    """Run a command at a terminal and answer its questions; return the exit code and what it showed."""
    waiting = [answers] if isinstance(answers, bytes) else list(answers)
    asked = 0
    child, terminal = pty.fork()
    if not child:
        os.chdir(cwd)
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # a shell that starts tests in the background turns it off
        env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
        os.execve(sys.executable, [sys.executable, "-m", "crmbook", *words], env)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
        if shown.count("取入账簿吗？".encode()) > asked and waiting:
            asked += 1
            os.write(terminal, waiting.pop(0))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode("utf-8")
