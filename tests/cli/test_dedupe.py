"""``crmbook dedupe`` as people type it: listed, merged, told apart, undone, in both languages."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.cli import dedupe, restore
from crmbook.cli.receiver import Receiver
from tests.cli.run import run, run_json
from tests.desk import Desk
from tests.signals import heard

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, in which 张三 stands a second time, with a purchase."""
    place = tmp_path_factory.mktemp("dedupe")
    assert run("build", "-o", place / "客户.xlsx", "--sample", "--lang", "zh", *DAY).exit_code == 0
    desk = Desk(place / "客户.xlsx")
    desk.type(
        "customers", 4, name="张三先生", phone="13811112222", email="zhangsan@example.com", owner="李强"
    )
    desk.type("transactions", 4, customer_id="张三先生", date=45000, amount=800)
    assert run("sync", place, *DAY).exit_code == 1
    return place


@pytest.fixture
def folder(settled: Path, tmp_path: Path) -> Path:
    shutil.copytree(settled, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_pairs_are_listed_with_reasons_in_both_languages(settled, tmp_path):
    said = run("dedupe", settled, "--lang", "zh").output
    assert "90  001 张三 / 003 张三先生：姓名、电子邮件相同" in said
    assert "crmbook dedupe --merge 001 003" in said
    said = run("dedupe", settled, "--lang", "en", "-o", tmp_path / "pairs.csv").output
    assert "90  001 张三 / 003 张三先生: same 姓名, 电子邮件" in said
    with (tmp_path / "pairs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1:] == [["90", "001 张三", "003 张三先生", "same 姓名, 电子邮件"]]
    run("dedupe", settled, "--lang", "zh", "-o", tmp_path / "pairs.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "pairs.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["把握", "其一", "其二", "理由"]
    code, told = run_json("dedupe", settled)
    [pair] = told["pairs"]
    assert (code, pair["first"]["key"], pair["second"]["key"], pair["score"]) == (0, "001", "003", 90)


def test_the_sheet_is_named_in_workbooks_that_have_it(folder):
    """The copy of a role has no such sheet."""
    build = run("build", "-o", folder / "岗位.xlsx", "--role", "service", "--lang", "zh", *DAY)
    assert build.exit_code == 0
    said = run("dedupe", folder, "--sheet", "--lang", "zh", *DAY).output.splitlines()
    assert [line for line in said if "疑似重复" in line] == [
        f"1 对列在 {folder / '客户.xlsx'} 的“疑似重复”表"
    ]
    (folder / "客户.xlsx").rename(folder.parent / "客户.xlsx")
    assert "没有一个工作簿列出疑似重复" in run("dedupe", folder, "--sheet", "--lang", "zh", *DAY).output


@pytest.fixture
def press(monkeypatch):
    """Have Ctrl-C pressed once something of a module or class was called so many times."""

    def at(owner, name, *, calls=1):
        real, made = getattr(owner, name), []

        def pressed(*words, **named):
            done = real(*words, **named)
            made.append(name)
            if len(made) == calls:
                os.kill(os.getpid(), signal.SIGINT)
            return done

        monkeypatch.setattr(owner, name, pressed)

    with heard(signal.SIGINT):
        yield at


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name", "calls", "told", "is_made"),
    [
        (Receiver, "sync", 1, "这一步没有做。工作簿里填的内容可能已经取入，写好的：客户.xlsx", False),
        (dedupe, "merge_rows", 1, "已中断，但这一步已经做完，成为第 {} 版", True),
        (Receiver, "sync", 2, "已中断，但这一步已经做完，成为第 {} 版", True),
    ],
)
def test_ctrl_c_says_whether_two_rows_were_merged(folder, press, owner, name, calls, told, is_made):
    Desk(folder / "客户.xlsx").type("customers", 4, position="顾问")  # what the first sync writes
    press(owner, name, calls=calls)
    said = run("dedupe", folder, "--merge", "001", "003", "--lang", "zh", *DAY)
    newest = run_json("history", folder)[1]["revisions"][0]["revision"]
    assert (said.exit_code, told.format(newest) in said.output) == (130, True), said.output
    assert ("003 张三先生 → 001 张三" in run("history", folder, "--lang", "zh").output) == is_made


def test_ctrl_c_before_anything_was_written_says_so(folder, press):
    press(Receiver, "sync")
    said = run("dedupe", folder, "--not-same", "001", "003", "--lang", "zh", *DAY)
    assert (said.exit_code, said.output) == (130, "已取消；没有改动任何文件\n")


def test_ctrl_c_says_whether_the_book_went_back(folder, press):
    press(restore, "restore_revision")
    said = run("restore", folder, "--to", "1", "--lang", "zh", *DAY)
    assert (said.exit_code, "已经做完，成为第 4 版" in said.output) == (130, True), said.output


@pytest.mark.slow
def test_two_become_one_and_two_again(folder):
    desk = Desk(folder / "客户.xlsx")
    desk.type("customers", 4, position="顾问")  # a colleague's edit that waits is taken in first
    said = run("dedupe", folder, "--merge", "001", "003", "--take", "电话=other", "--lang", "zh", *DAY)
    assert said.exit_code == 0, said.output
    assert "客户交易记录：1 行改到保留的编号" in said.output
    assert "保留“13811112222”，“123456789”写入备注" in said.output
    assert desk.value("customers", "customer_id", 4) is None
    assert desk.value("customers", "phone", 2) == "13811112222"
    assert "职位：顾问" in desk.value("customers", "notes", 2)
    assert desk.value("transactions", "customer_id", 4) == "001"
    assert "003 张三先生 → 001 张三" in run("history", folder, "--lang", "zh").output
    held = run("person", "001", folder, "-o", folder / "001.json", *DAY)
    assert held.exit_code == 0
    told = json.loads((folder / "001.json").read_text("utf-8"))["history"]
    came = [
        one["new"].get("客户ID")
        for one in told
        if one["change"] == "added" and one["table"] == "客户基本信息"
    ]
    assert sorted(came) == ["001", "003"]
    assert run("export", folder, "--all", "-o", folder / "out.db", *DAY).exit_code == 0
    again = run_json("dedupe", folder, "--merge", "001", "003", *DAY)
    assert (again[0], again[1]["state"], again[1]["changes"]) == (0, "same", [])
    code, told = run_json("dedupe", folder, "--undo", "003", *DAY)
    assert (code, told["name"], told["conflicts"]) == (0, "003 张三先生 → 001 张三", 0)
    assert desk.value("customers", "phone", 2) == "123456789"
    assert desk.value("transactions", "customer_id", 4) == "003"


@pytest.mark.slow
def test_an_old_list_with_the_old_number_means_the_one_that_stayed(folder):
    assert run("dedupe", folder, "--merge", "001", "003", *DAY).exit_code == 0
    (folder / "单.csv").write_text("客户ID,交易日期,交易金额\n003,2023-03-20,66\n", "utf-8-sig")
    (folder / "人.csv").write_text("客户ID,姓名,兴趣爱好\n003,张三,钓鱼\n", "utf-8-sig")
    for name in ("单.csv", "人.csv"):
        said = run("import", folder / name, "--into", folder, "--yes", *DAY)
        assert said.exit_code == 0, said.output
    code, told = run_json("history", folder, "--limit", 500)
    assert code == 0
    fishing = [
        (one["change"], one["key"])
        for revision in told["revisions"]
        for one in revision["changes"]
        if "钓鱼" in str(one["new"])
    ]
    assert fishing == [("changed", "001")]
    bought = [
        one["new"]["客户ID"]
        for revision in told["revisions"]
        for one in revision["changes"]
        if isinstance(one["new"], dict) and one["new"].get("交易金额") == 66
    ]
    assert bought == ["001"]


@pytest.mark.slow
def test_what_is_not_the_same_is_asked_no_more(folder):
    assert run_json("dedupe", folder, "--not-same", "001", "003", *DAY)[1]["state"] == "not-same"
    assert run_json("dedupe", folder, "--not-same", "3", "001", *DAY)[1]["state"] == "known"
    told = run_json("dedupe", folder)[1]
    assert (told["pairs"], [[row["key"] for row in pair] for pair in told["not_same"]]) == (
        [], [["001", "003"]],
    )  # fmt: skip
    assert run_json("dedupe", folder, "--undo", *DAY)[1]["state"] == "undone"
    assert len(run_json("dedupe", folder)[1]["pairs"]) == 1


def test_a_dry_run_changes_nothing(folder):
    before = (folder / "客户.xlsx").read_bytes(), run_json("history", folder)[1]
    code, told = run_json("dedupe", folder, "--merge", "001", "003", "--dry-run", *DAY)
    assert (code, told["state"], told["before"]) == (0, "dry-run", told["revision"])
    assert told["moved"] == {"客户交易记录": 1}
    assert ((folder / "客户.xlsx").read_bytes(), run_json("history", folder)[1]) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--merge", "001", "999"), "duplicates.unknown-row"),
        (("--merge", "001", "003", "--take", "电话"), "duplicates.bad-take"),
        (("--merge", "001", "003", "--take", "没有=keep", "--dry-run"), "duplicates.unknown-field"),
        (("--merge", "001", "003", "--undo"), "cli.dedupe-what"),
        (("--take", "电话=keep"), "cli.dedupe-what"),
        (("--not-same", "001", "1"), "duplicates.same-row"),
        (("--undo", "77"), "duplicates.nothing-to-undo"),
        (("--table", "客户交易记录"), "duplicates.no-table"),
        (("-o", "pairs.pdf"), "duplicates.format"),
        (("nowhere",), "file.missing"),
    ],
)
@pytest.mark.sample(2)
def test_what_is_not_understood_is_said_with_a_remedy(settled, words, code):
    place = () if words == ("nowhere",) else (settled,)
    exit_code, told = run_json("dedupe", *words, *place)
    assert (exit_code, told["error"]["code"]) == (2, code)
