"""``crmbook bulk``: seen first, asked, held where it is large; colleagues' edits stay; told, and taken back."""

from __future__ import annotations

import os
import pty
import signal
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from crmbook.cli.bulk import _Bulk
from crmbook.cli.receiver import Receiver
from tests.cli.run import ROOT, run, run_json
from tests.faults.strike import KILLED, Strike
from tests.signals import heard
from tests.sync.shop import MAIN, Shop

COMMON = ("--lang", "zh", "--as-of", "2024-03-01")
OF_WANG = '[@负责人]="王芳"'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def bulk(shop: Shop, *words: object) -> Any:
    return run("bulk", shop.folder, *words, *COMMON)


def write(shop: Shop, *words: object, where: str = OF_WANG) -> Any:
    return bulk(shop, "--table", "客户", "--where", where, *words)


def everything(shop: Shop) -> tuple[bytes, int]:
    with shop.store() as store:
        return shop.main.data, store.head(store.books()[0].book_id).revision


def test_it_is_seen_made_shown_in_the_workbook_told_and_undone(shop):
    other = shop.check_out()
    before = shop.cells()
    said = write(shop, "--set", "负责人=赵六", "--set", "备注=交接", "--yes", "--for", "李强")
    assert said.exit_code == 0, said.output
    assert "客户：3 行符合条件，其中 3 行会改动（全表 6 行）" in said.output
    assert "  客户 001·负责人：王芳 → 赵六" in said.output
    assert "已修改 3 行，成为第 2 版；撤销用 crmbook bulk --undo 2" in said.output
    for sheet in (shop.main, other):
        assert [row["owner"] for row in sheet.rows("clients").values()] == ["赵六", "李强"] * 3
    told = run("history", shop.folder, "--lang", "zh").output
    assert f"第 2 版 · 批量操作 · 李强 · 客户：负责人 = 赵六、备注 = 交接（3 行，条件 {OF_WANG}）" in told
    done = bulk(shop, "--undo", "2")
    assert (done.exit_code, "已撤销第 2 版的批量操作，成为第 3 版（6 处改动）" in done.output) == (0, True), (
        done.output
    )
    assert shop.cells() == before
    for sheet in (shop.main, other):
        assert [row["owner"] for row in sheet.rows("clients").values()] == ["王芳", "李强"] * 3
    assert "第 3 版 · 撤销 · 第 2 版" in run("history", shop.folder, "--lang", "zh").output


def test_a_colleagues_edit_that_waits_in_a_workbook_is_taken_in_first(shop):
    shop.main.type("clients", 2, owner="李强", phone="13911112222")
    shop.main.type("clients", 3, owner="王芳")
    said = write(shop, "--set", "负责人=赵六", "--yes")
    assert said.exit_code == 0, said.output
    owners = shop.by_key("clients", "owner")
    assert [owners[f"00{number}"] for number in range(1, 7)] == [
        "李强",
        "赵六",
        "赵六",
        "李强",
        "赵六",
        "李强",
    ]
    assert shop.by_key("clients", "phone")["001"] == "13911112222"
    assert shop.main.value("clients", "owner", 3) == "赵六"


def test_a_condition_may_read_what_is_computed_and_what_is_typed_over_it(shop):
    shop.main.type("clients", 4, limit=9999)
    said = write(shop, "--set", "备注=大户", "--yes", where="OR([@累计]=300,[@额度]=9999)")
    assert "客户：3 行符合条件" in said.output, said.output
    notes = shop.by_key("clients", "notes")
    assert [key for key, text in notes.items() if text == "大户"] == ["001", "002", "003"]


def test_an_open_workbook_keeps_its_edit_and_a_conflict_names_both(shop):
    lock = shop.main.lock()
    assert write(shop, "--set", "负责人=赵六", "--yes").exit_code == 0
    assert shop.main.value("clients", "owner", 2) == "王芳"
    shop.main.type("clients", 2, owner="孙八")
    lock.unlink()
    shop.sync()
    assert shop.by_key("clients", "owner")["001"] == "赵六"
    assert [(line["store_value"], line["copy_value"]) for line in shop.main.lines("conflicts")] == [
        ("赵六", "孙八")
    ]


def test_another_book_of_the_folder_is_left_alone(shop):
    another = shop.folder / "另一本.xlsx"
    words = ("--template", "lite", "--new", "--lang", "zh", "--as-of", "2024-02-01")
    assert run("build", "-o", another, *words).exit_code == 0
    before = another.read_bytes()
    said = run(
        "bulk",
        shop.main.path,
        "--table",
        "客户",
        "--where",
        OF_WANG,
        "--set",
        "负责人=赵六",
        "--yes",
        *COMMON,
    )
    assert said.exit_code == 0, said.output
    assert shop.main.value("clients", "owner", 2) == "赵六"
    assert another.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "要做什么没有写清楚"),
        (("--table", "客户", "--set", "负责人=甲"), "要做什么没有写清楚"),
        (("--table", "客户", "--where", "TRUE"), "要做什么没有写清楚"),
        (("--table", "客户", "--where", "TRUE", "--delete", "--restore"), "要做什么没有写清楚"),
        (("--table", "客户", "--where", "TRUE", "--set", "负责人"), "没有等号"),
        (("--table", "客户", "--where", "TRUE", "--set", "累计=1"), "“客户”的“累计”是计算出来的，不能填写"),
        (("--table", "客户", "--where", "TRUE", "--set", "名称="), "【名称】“名称”必须填写（6 行：001、002、003……另有 3 行）"),
        (("--table", "客户", "--where", "[@没有]=1", "--delete"), "没有字段 没有"),
        (("--table", "客户", "--where", "TRUE", "--delete", "--accept", "abc"), "--accept abc 指的不是现在要做的这次改动"),
        (("--undo",), "没有可以撤销的批量操作"),
        (("--undo", "1"), "第 1 版不是批量操作"),
        (("--undo", "--table", "客户"), "撤销时只能再写"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_is_refused_and_changes_nothing(shop, words, said):
    before = everything(shop)
    result = bulk(shop, *words, "--yes")
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert everything(shop) == before


def test_a_large_edit_is_held_until_exactly_it_is_accepted(shop):
    words = ("--table", "客户", "--where", "TRUE", "--delete")
    before = everything(shop)
    code, told = run_json("bulk", shop.folder, *words, "--yes", *COMMON)
    assert (code, told["state"], told["large"], told["rows"], told["of"]) == (3, "held", True, 6, 6)
    assert told["referring"] == {"拜访": 3}
    assert everything(shop) == before
    shop.main.type("clients", 7, name="后来改名")
    assert bulk(shop, *words, "--accept", told["plan"]).exit_code == 2
    assert len(shop.head()) == 6
    code, told = run_json("bulk", shop.folder, *words, *COMMON)
    code, done = run_json("bulk", shop.folder, *words, "--accept", told["plan"], *COMMON)
    assert (code, done["state"], len(shop.head()), len(shop.head("care"))) == (1, "done", 0, 0)
    assert shop.main.rows("clients") == {}
    code, undone = run_json("bulk", shop.folder, "--undo", *COMMON)
    assert (code, undone["undone"], len(shop.head()), len(shop.head("care"))) == (0, done["revision"], 6, 6)
    assert sorted(row["client_id"] for row in shop.main.rows("clients").values()) == [
        f"00{number}" for number in range(1, 7)
    ]
    assert shop.by_key("care", "gift")["001"] == "茶"


def test_without_a_terminal_it_waits_for_a_yes_and_a_dry_run_changes_nothing(shop):
    before = everything(shop)
    result = write(shop, "--set", "负责人=赵六")
    assert (result.exit_code, "后面加上 --yes" in result.output) == (3, True), result.output
    result = write(shop, "--set", "负责人=赵六", "--dry-run", "--yes")
    assert (result.exit_code, "试运行" in result.output) == (0, True), result.output
    assert everything(shop) == before
    assert "没有要改的" in write(shop, "--set", "负责人=王芳", "--yes").output
    assert everything(shop) == before


def test_deleting_in_bulk_leaves_what_deleting_in_a_workbook_leaves(tmp_path):
    in_bulk, by_hand = Shop(tmp_path / "bulk"), Shop(tmp_path / "hand")
    words = ("--table", "客户", "--where", '[@客户编号]="001"', "--delete", "--yes")
    said = bulk(in_bulk, *words)
    assert (said.exit_code, "别的表有 2 行提到要删除的行" in said.output) == (1, True), said.output
    by_hand.main.clear("clients", 2)
    by_hand.sync()
    for table in ("clients", "visits", "care"):
        assert in_bulk.cells(table) == by_hand.cells(table)
        assert list(in_bulk.main.rows(table).values()) == list(by_hand.main.rows(table).values())
    assert in_bulk.main.issue_fields() == by_hand.main.issue_fields() == ["客户编号"]


@pytest.mark.parametrize("when", ["_patiently", "deliver"])
def test_ctrl_c_once_it_is_made_tells_that_it_was(shop, monkeypatch, when):
    owner = _Bulk if when == "_patiently" else Receiver
    real = getattr(owner, when)

    def pressed(*words: Any) -> Any:
        done = real(*words) if when == "_patiently" else None
        os.kill(os.getpid(), signal.SIGINT)
        return done

    monkeypatch.setattr(owner, when, pressed)
    with heard(signal.SIGINT):
        said = write(shop, "--set", "负责人=赵六", "--yes")
    assert (said.exit_code, "已中断，但 3 行的操作已经完成，成为第 2 版" in said.output) == (130, True), (
        said.output
    )
    monkeypatch.undo()
    shop.sync()
    assert shop.main.value("clients", "owner", 2) == "赵六"


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "owner"), [(b"y\n", "赵六"), (b"n\n", "王芳")])
def test_on_a_terminal_it_asks(shop, answer, owner):
    words = ("bulk", MAIN, "--table", "客户", "--where", OF_WANG, "--set", "负责人＝赵六")
    code, shown = on_terminal((*words, *COMMON), answer, shop.folder)
    assert (code, "这样修改 3 行吗？" in shown) == (0, True), shown
    assert shop.by_key("clients", "owner")["001"] == owner


@pytest.mark.slow
def test_in_english(tmp_path):
    book = tmp_path / "crm.xlsx"
    assert run("build", "-o", book, "--sample", "--lang", "en", "--as-of", "2023-04-01").exit_code == 0
    words = ("--table", "Customers", "--where", '[@Gender]="Male"', "--lang", "en", "--as-of", "2023-04-01")
    said = run("bulk", tmp_path, *words, "--set", "Owner=Ann", "--yes").output
    assert "Customers: the condition holds for 1 of 2 rows; 1 would change" in said
    assert "1 row changed, as revision 2; crmbook bulk --undo 2 takes it back" in said
    told = run("history", tmp_path, "--lang", "en").output
    assert ' · bulk edit · Customers: Owner = Ann (1 row, where [@Gender]="Male")' in told
    said = run("bulk", tmp_path, *words, "--delete", "--yes").output
    assert "rows of other tables refer to rows that would be deleted; they stay, and are marked" in said
    assert "brought back" in run("bulk", tmp_path, *words, "--restore", "--yes").output


# killed in the middle

TELLING = {"write", "replace", "link"}


def edit(folder: Path) -> int:
    words = ("--table", "客户", "--where", OF_WANG, "--set", "负责人=赵六", "--yes", *COMMON)
    return int(run("bulk", folder, *words).exit_code)


@cache
def undisturbed() -> list[str]:
    """The calls that an edit makes which nobody disturbs."""
    shop = Shop(Path(mkdtemp(prefix="crmbook-bulk-")))
    with Strike(shop.folder).armed() as strike:
        assert edit(shop.folder) == 0
    return strike.seen


def test_the_store_is_changed_by_one_commit_before_the_workbook_is_replaced():
    calls = [name for name in undisturbed() if name.startswith("store.commit is done") or name == "replace"]
    assert calls[:1] == ["store.commit is done"]
    assert "replace" in calls


@pytest.mark.slow
def test_killed_at_any_step_nothing_is_done_or_all(tmp_path):
    for number, name in enumerate(undisturbed(), 1):
        if not (name.startswith("store.") or name in TELLING):
            continue
        shop = Shop(tmp_path / f"{number}")
        child = os.fork()
        if not child:
            try:
                with Strike(shop.folder, number).armed():
                    edit(shop.folder)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        owners = list(shop.by_key("clients", "owner").values())
        assert owners in (["王芳", "李强"] * 3, ["赵六", "李强"] * 3), (number, name)
        assert edit(shop.folder) == 0, (number, name)
        shop.sync()
        assert list(shop.by_key("clients", "owner").values()) == ["赵六", "李强"] * 3
        assert [row["owner"] for row in shop.main.rows("clients").values()] == ["赵六", "李强"] * 3


def on_terminal(words, answer: bytes, cwd: Path) -> tuple[int, str]:
    """Run a command at a terminal and answer its question; return the exit code and what it showed."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(cwd)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
        os.execve(sys.executable, [sys.executable, "-m", "crmbook", *map(str, words)], env)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        if "行吗？".encode() in (shown := shown + part) and answer:
            os.write(terminal, answer)
            answer = b""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode("utf-8")
