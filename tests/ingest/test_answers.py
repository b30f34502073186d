"""Answers to reminders come to the same whichever copy comes first, and an old copy takes nothing back."""

from __future__ import annotations

import itertools
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmbook.ooxml import Package
from crmbook.revisions import HistoryQuery, read_history
from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.books import book_of
from tests.cli.run import run, run_json
from tests.desk import DAY, Desk

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = ("甲.xlsx", "乙.xlsx")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A folder with the sample as two synced working copies."""
    folder = tmp_path_factory.mktemp("team")
    assert run("build", "-o", folder / PEOPLE[0], "--sample", "--lang", "zh").exit_code == 0
    assert run("build", "-o", folder / PEOPLE[1], "--as-of", DAY.isoformat()).exit_code == 0
    sync(folder)
    return folder


@pytest.fixture
def team(model, tmp_path) -> Path:
    return shutil.copytree(model, tmp_path / "team")


def sync(folder: Path, day: date = DAY, *names: str):
    report = sync_workbooks([folder / name for name in names or PEOPLE], Options(day))
    assert report.failures == []
    return report


def lines(path: Path) -> dict[str, tuple[int, dict[str, object]]]:
    """The lines of the reminders by the rule, each with its row."""
    desk = Desk(path)
    place = desk.place("reminders")
    sheet = Package.open(path).sheet(place.sheet)
    found, row = {}, place.first_row
    while key := sheet.cell(f"{place.columns['reminder'].letter}{row}").value:
        cells = {name: sheet.cell(f"{column.letter}{row}").value for name, column in place.columns.items()}
        found[str(key).split("/")[1]] = (row, cells)
        row += 1
    return found


def answer(path: Path, rule: str, **cells: object) -> None:
    Desk(path).type("reminders", lines(path)[rule][0], **cells)


@pytest.mark.slow
def test_a_new_book_lists_what_is_due(team):
    found = lines(team / "甲.xlsx")
    assert {rule: cells["urgency"] for rule, (_, cells) in found.items()} == {
        "feedback-open": "已逾期", "churn-alert": "今天", "followup-due": "7天内",
    }  # fmt: skip
    place = Desk(team / "甲.xlsx").place("reminders")
    sheet = Package.open(team / "甲.xlsx").sheet(place.sheet)
    assert sheet.cell("A3").value == "共 3 项，其中逾期 1 项。陈静 1 项（逾期 1）、王芳 2 项"
    assert sheet.cell(f"{place.columns['source'].letter}{place.first_row}").formula.startswith("HYPERLINK(")


@pytest.mark.slow
def test_an_answer_in_one_copy_is_one_for_all(team):
    answer(team / "甲.xlsx", "feedback-open", decision="已处理", note="已电话答复")
    answer(team / "乙.xlsx", "churn-alert", decision="不再提醒")
    sync(team)
    for name in PEOPLE:
        assert list(lines(team / name)) == ["followup-due"]
    before = [(team / name).read_bytes() for name in PEOPLE]
    sync(team)
    assert [(team / name).read_bytes() for name in PEOPLE] == before
    sync(team, date(2023, 4, 2))
    assert list(lines(team / "甲.xlsx")) == ["followup-due"]


@pytest.mark.slow
def test_what_was_postponed_comes_back_on_its_day(team):
    answer(team / "甲.xlsx", "churn-alert", decision="推迟", until=date(2023, 4, 20))
    answer(team / "乙.xlsx", "feedback-open", until=date(2023, 4, 10))  # a day says it all
    sync(team)
    assert set(lines(team / "乙.xlsx")) == {"followup-due"}
    sync(team, date(2023, 4, 9))
    assert not {"churn-alert", "feedback-open"} & lines(team / "甲.xlsx").keys()
    sync(team, date(2023, 4, 10))
    assert "feedback-open" in lines(team / "乙.xlsx")
    sync(team, date(2023, 4, 20))
    (_, cells) = lines(team / "乙.xlsx")["churn-alert"]
    assert (cells["decision"], cells["until"]) == (None, None)


@pytest.mark.slow
def test_who_postpones_without_a_day_is_reminded_in_a_week(team):
    answer(team / "甲.xlsx", "churn-alert", decision="推迟")
    report = sync(team)
    assert [one.code for book in report.workbooks for one in book.issues if "reminder" in one.code] == []
    assert state(team)["until"].tolist() == [pd.Timestamp(2023, 4, 8)]
    for day, there in ((7, False), (8, True), (9, True)):
        sync(team, date(2023, 4, day))
        assert ("churn-alert" in lines(team / "乙.xlsx")) is there, day
    answer(team / "乙.xlsx", "churn-alert", decision="推迟")
    sync(team, date(2023, 4, 9))
    assert state(team)["until"].tolist() == [pd.Timestamp(2023, 4, 16)]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(PEOPLE)), ids="-".join)
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            {"decision": "推迟", "until": date(2023, 4, 3)},
            {"decision": "推迟"},
            ("postponed", date(2023, 4, 8)),
        ),
        ({"decision": "推迟", "until": date(2023, 5, 1)}, {"decision": "已处理"}, ("done", None)),
        ({"decision": "已处理"}, {"decision": "不再提醒"}, ("never", None)),
        (
            {"decision": "推迟", "until": date(2023, 5, 1)},
            {"decision": "推迟", "until": date(2023, 5, 3)},
            ("postponed", date(2023, 5, 3)),
        ),
    ],
)
def test_two_answers_at_once_come_to_the_same(team, order, first, second, expected):
    answer(team / "甲.xlsx", "churn-alert", **first, note="甲说")
    answer(team / "乙.xlsx", "churn-alert", **second, note="乙说")
    sync(team, DAY, *order)
    ((decision, until, note),) = state(team).itertuples(index=False)
    assert (decision, until.date() if until == until else None) == expected
    assert sorted(note.split("；")) == ["乙说", "甲说"]


def state(team: Path):
    with Store.open(locate(team)) as store:
        (book,) = store.books()
        return store.head(book.book_id).tables.get("_reminders")


@pytest.mark.slow
def test_an_old_copy_takes_no_answer_back(team, tmp_path):
    answer(team / "乙.xlsx", "feedback-open", decision="推迟", until=date(2023, 5, 1))
    old = (team / "乙.xlsx").read_bytes()
    sync(team)
    answer_later = team / "甲.xlsx"
    sync(team, date(2023, 5, 1))
    answer(answer_later, "feedback-open", decision="已处理")
    sync(team, date(2023, 5, 1))
    (team / "旧邮件.xlsx").write_bytes(old)
    sync(team, date(2023, 5, 1), "旧邮件.xlsx", *PEOPLE)
    assert state(team)["decision"].tolist() == ["done"]
    assert "feedback-open" not in lines(team / "乙.xlsx")


@pytest.mark.slow
def test_a_note_alone_is_kept_and_shown_to_all(team):
    answer(team / "甲.xlsx", "followup-due", note="周五前报价")
    sync(team)
    assert lines(team / "乙.xlsx")["followup-due"][1]["note"] == "周五前报价"
    Desk(team / "甲.xlsx").type("followups", 2, next_followup=date(2023, 6, 1))
    sync(team)
    assert "followup-due" not in lines(team / "乙.xlsx")
    assert state(team)["note"].tolist() == ["周五前报价"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"decision": "延后"}, "decision", "reminder.choice-unknown"),
        ({"decision": "推迟", "until": "下周"}, "until", "reminder.not-a-day"),
        ({"until": date(2023, 3, 31)}, "until", "reminder.day-past"),
    ],
)
def test_what_is_no_answer_is_told_at_its_cell_and_stays(team, cells, field, code):
    answer(team / "甲.xlsx", "feedback-open", decision="已处理")
    answer(team / "甲.xlsx", "followup-due", **cells)
    report = sync(team)
    row, shown = lines(team / "甲.xlsx")["followup-due"]
    found = next(one for one in report.workbooks if one.path.name == "甲.xlsx")
    (issue,) = [one for one in found.issues if one.code.startswith("reminder.")]
    assert (issue.code, issue.location.cell) == (code, Desk(team / "甲.xlsx").ref("reminders", field, row))
    assert row < 7, "the line moved up, and the issue with it"
    assert {name: shown[name] is not None for name in cells} == dict.fromkeys(cells, True)
    assert "followup-due" in lines(team / "乙.xlsx")


def test_what_stands_beside_no_reminder_is_told(team):
    desk = Desk(team / "甲.xlsx")
    last = max(row for row, _ in lines(desk.path).values())
    desk.type("reminders", last + 1, decision="推迟", until=date(2023, 5, 1), note="给赵六打电话")
    told = next(one for one in sync(team).workbooks if one.path == desk.path)
    (issue,) = [one for one in told.issues if one.code.startswith("reminder.")]
    assert (issue.code, issue.value) == ("reminder.nowhere", "推迟 2023-05-01 给赵六打电话")
    assert issue.value in [line["value"] for line in desk.listed()]
    assert state(team) is None


@pytest.mark.slow
def test_what_is_gone_needs_no_answer(team):
    desk = Desk(team / "甲.xlsx")
    row = next(row for row in (2, 3) if desk.value("feedback", "status", row) != "已处理")
    desk.type("feedback", row, status="已处理", handled_on=DAY)
    sync(team)
    assert "feedback-open" not in lines(team / "乙.xlsx")


@pytest.mark.slow
def test_a_cause_that_comes_back_is_told_again_unless_it_was_answered(team):
    desk = Desk(team / "甲.xlsx")
    row = next(row for row in (2, 3) if desk.value("feedback", "status", row) != "已处理")
    for answered in (False, True):
        desk.type("feedback", row, status="已处理", handled_on=DAY)
        sync(team)
        assert "feedback-open" not in lines(team / "乙.xlsx")
        desk.type("feedback", row, status="未处理", handled_on=None)
        sync(team)
        assert ("feedback-open" in lines(team / "乙.xlsx")) is not answered
        if not answered:
            answer(team / "乙.xlsx", "feedback-open", decision="已处理")
            sync(team)


@pytest.mark.slow
def test_an_answer_holds_although_the_row_gets_another_owner(team):
    answer(team / "甲.xlsx", "feedback-open", decision="已处理")
    sync(team)
    desk = Desk(team / "乙.xlsx")
    for row in (2, 3):
        desk.type("feedback", row, handler="李强")
        desk.type("followups", row, owner="李强")
    sync(team)
    found = lines(team / "甲.xlsx")
    assert "feedback-open" not in found
    assert found["followup-due"][1]["owner"] == "李强"


@pytest.mark.slow
def test_a_deleted_row_is_due_no_longer_and_its_answer_waits(team):
    answer(team / "甲.xlsx", "followup-due", decision="推迟", until=date(2023, 4, 2))
    sync(team)
    desk = Desk(team / "乙.xlsx")
    kept = (team / "乙.xlsx").read_bytes()
    desk.type("followups", 2, **dict.fromkeys(desk.place("followups").columns), row_id=None)
    sync(team, date(2023, 4, 2))
    assert "followup-due" not in lines(team / "甲.xlsx")
    assert state(team)["decision"].tolist() == ["postponed"]
    (team / "乙-旧.xlsx").write_bytes(kept)  # brings nothing back by itself
    sync(team, date(2023, 4, 2), "乙-旧.xlsx", *PEOPLE)
    assert "followup-due" not in lines(team / "甲.xlsx")


def test_the_history_tells_answers_in_words(team):
    answer(team / "甲.xlsx", "feedback-open", decision="已处理", note="已电话答复")
    sync(team)
    with Store.open(locate(team)) as store:
        (book,) = store.books()
        chapters = read_history(store, book.book_id, book_of(), HistoryQuery(table="跟进提醒"))
    (line,) = chapters[0].lines
    assert (chapters[0].revision.kind, line.title, line.new) == (
        "answer", "跟进提醒", {"处理": "已处理", "备注": "已电话答复"},
    )  # fmt: skip
    assert line.key.endswith("客户反馈还没有处理好")


def rows_of(path: Path, table: str, *names: str) -> list[tuple[object, ...]]:
    """The filled rows of a sheet, each with some of its cells."""
    place = Desk(path).place(table)
    sheet = Package.open(path).sheet(place.sheet)
    found, row = [], place.first_row
    labels = {
        column.letter for name, column in place.columns.items() if name in {"task", "content", "customer_id"}
    }
    while any(sheet.cell(f"{letter}{row}").value not in {None, ""} for letter in labels):
        found.append(tuple(sheet.cell(f"{place.columns[name].letter}{row}").value for name in names))
        row += 1
    return found


def contacts(path: Path) -> list[tuple[object, ...]]:
    return rows_of(path, "interactions", "customer_id", "date", "content", "owner")


@pytest.mark.sample(1)
@pytest.mark.parametrize("order", list(itertools.permutations(PEOPLE)), ids="-".join)
def test_done_records_one_contact_whoever_answers(team, order):
    before = contacts(team / "甲.xlsx")
    answer(team / "甲.xlsx", "followup-due", decision="已处理", note="已电话确认报价")
    answer(team / "乙.xlsx", "followup-due", decision="已处理")
    sync(team, DAY, *order)
    sync(team)
    for name in PEOPLE:
        assert "followup-due" not in lines(team / name)
        new = [row for row in contacts(team / name) if row not in before]
        ((customer, day, content, owner),) = new
        assert (customer, day, owner) == ("001", DAY, "王芳")
        assert content in {"已电话确认报价", "已处理提醒：跟进到期"}  # whoever was first
    assert contacts(team / "甲.xlsx") == contacts(team / "乙.xlsx")


def append(path: Path, table: str, **values: object) -> None:
    """Type a row below the last one."""
    desk, key = Desk(path), book_of(lang="zh").tables[table].key
    desk.type(table, desk.place(table).first_row + len(rows_of(path, table, key)), **values)


@pytest.mark.slow
def test_done_says_why_where_nothing_was_noted_and_is_undone_with_the_answer(team):
    before = contacts(team / "甲.xlsx")
    with Store.open(locate(team)) as store:
        revision = store.head(store.books()[0].book_id).revision
    answer(team / "甲.xlsx", "followup-due", decision="已处理")
    sync(team)
    (new,) = [row for row in contacts(team / "乙.xlsx") if row not in before]
    assert new == ("001", DAY, "已处理提醒：跟进到期", "王芳")
    told = run("restore", "--to", revision, team / "甲.xlsx", "--lang", "zh")
    assert told.exit_code == 0
    assert "001 跟进到期" in told.output
    assert "已处理" in told.output
    assert "done" not in told.output
    sync(team)
    for name in PEOPLE:
        assert contacts(team / name) == before
        assert "followup-due" in lines(team / name)


@pytest.mark.slow
def test_a_contact_that_was_typed_besides_is_no_second_one(team):
    before = contacts(team / "甲.xlsx")
    append(
        team / "甲.xlsx",
        "interactions",
        customer_id="001",
        date=DAY,
        method="电话",
        content="谈了报价",
        owner="王芳",
    )
    answer(team / "甲.xlsx", "followup-due", decision="已处理", note="报价")
    sync(team)
    assert len(contacts(team / "乙.xlsx")) == len(before) + 1


@pytest.mark.slow
def test_done_finishes_a_task_unless_somebody_did(team):
    append(team / "甲.xlsx", "tasks", customer_id="001", task="寄合同", owner="王芳", due=DAY)
    append(team / "甲.xlsx", "tasks", customer_id="002", task="寄样品", owner="王芳", due=DAY)
    sync(team)
    place = Desk(team / "甲.xlsx").place("tasks")
    rows = [row[0] for row in rows_of(team / "甲.xlsx", "tasks", "task")]
    early = date(2023, 3, 30)
    answers(team / "乙.xlsx", "task-due", decision="已处理")
    Desk(team / "甲.xlsx").type("tasks", place.first_row + rows.index("寄样品"), completed_on=early)
    sync(team, DAY, "甲.xlsx")
    sync(team)
    found = dict(rows_of(team / "乙.xlsx", "tasks", "task", "completed_on"))
    assert found["寄合同"] == DAY
    assert found["寄样品"] == early


def answers(path: Path, rule: str, **cells: object) -> None:
    """Answer every reminder of a rule alike."""
    desk = Desk(path)
    place = desk.place("reminders")
    sheet, row = Package.open(path).sheet(place.sheet), place.first_row
    while key := sheet.cell(f"{place.columns['reminder'].letter}{row}").value:
        if str(key).split("/")[1] == rule:
            desk.type("reminders", row, **cells)
        row += 1


@pytest.mark.slow
def test_nobody_answers_for_a_row_that_is_not_in_the_copy(team):
    append(team / "甲.xlsx", "tasks", customer_id="002", task="寄样品", owner="李雷", due=DAY)
    sync(team)
    (secret,) = [key for key in keys_of(team / "甲.xlsx") if key.startswith("tasks/")]
    mine = team / "王芳.xlsx"
    assert run("build", "-o", mine, "--owner", "王芳", "--as-of", DAY.isoformat()).exit_code == 0
    sync(team, DAY, mine.name)
    assert secret not in keys_of(mine)
    row = Desk(mine).place("reminders").first_row + len(keys_of(mine))
    Desk(mine).type("reminders", row, reminder=secret, decision="已处理")
    report = sync(team, DAY, mine.name)
    assert "reminder.nowhere" in {issue.code for issue in report.workbooks[0].issues}
    assert state(team) is None
    sync(team)
    assert secret in keys_of(team / "甲.xlsx")


def keys_of(path: Path) -> list[str]:
    place = Desk(path).place("reminders")
    sheet, row, found = Package.open(path).sheet(place.sheet), place.first_row, []
    while key := sheet.cell(f"{place.columns['reminder'].letter}{row}").value:
        found.append(str(key))
        row += 1
    return found


@pytest.mark.slow
def test_an_open_conflict_is_a_reminder_until_somebody_has_chosen(team):
    Desk(team / "甲.xlsx").type("followups", 2, satisfaction=4)
    Desk(team / "乙.xlsx").type("followups", 2, satisfaction=3)
    sync(team)
    for name in PEOPLE:
        _, cells = lines(team / name)["open-conflict"]
        told = (cells["urgency"], cells["owner"], cells["customer_id"], cells["customer"], cells["source"])
        assert told == ("今天", "王芳", "001", "张三", "冲突处理")
    row, _ = lines(team / "甲.xlsx")["open-conflict"]
    link = Desk(team / "甲.xlsx").cell("reminders", "source", row).formula
    number = Desk(team / "甲.xlsx").place("conflicts").columns["number"].letter
    assert f"MATCH(1,冲突处理!${number}:${number},0)" in link.replace("'", "")
    _, told = run_json("remind", team / "甲.xlsx", "--as-of", DAY.isoformat())
    assert "conflicts/open-conflict/1/" in {one["reminder"] for one in told["reminders"]}
    before = [(team / name).read_bytes() for name in PEOPLE]
    sync(team)
    assert [(team / name).read_bytes() for name in PEOPLE] == before
    Desk(team / "乙.xlsx").type(
        "conflicts", Desk(team / "乙.xlsx").place("conflicts").first_row, decision="采用本簿"
    )
    sync(team)
    for name in PEOPLE:
        assert "open-conflict" not in lines(team / name)
