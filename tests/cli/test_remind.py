"""``crmbook remind``: what is due, in words, as JSON and as a calendar."""

from __future__ import annotations

import shutil

import pytest
from icalendar import Calendar

from tests.cli.run import run, run_json
from tests.desk import Desk

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team")
    assert run("build", "-o", folder / "crm.xlsx", "--sample", "--lang", "zh").exit_code == 0
    assert run_json("sync", folder, *DAY)[0] == 1
    return folder


@pytest.fixture
def team(model, tmp_path):
    return shutil.copytree(model, tmp_path / "team")


@pytest.mark.slow
def test_it_lists_what_the_sheet_lists(team):
    code, said = run_json("remind", team, *DAY)
    assert (code, said["version"], said["as_of"]) == (0, 1, "2023-04-01")
    assert [
        (one["urgency"], one["due"], one["days"], one["owner"], one["customer"]) for one in said["reminders"]
    ] == [
        ("overdue", "2023-01-22", -69, "陈静", "李四"),
        ("today", None, None, "王芳", "张三"),
        ("week", "2023-04-05", 4, "王芳", "张三"),
    ]
    desk = Desk(team / "crm.xlsx")
    assert [one["reminder"] for one in said["reminders"]] == [
        desk.value("reminders", "reminder", row) for row in (5, 6, 7)
    ]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ["紧急程度", "李四", "客户反馈", "逾期 69 天", "4 天后", "共 3 项，其中逾期 1 项"]),
        ("en", ["Urgency", "李四", "69 days overdue", "in 4 days", "3 due, 1 of them overdue"]),
    ],
)
def test_it_says_so_in_words(team, lang, words):
    said = run("remind", team, *DAY, "--lang", lang)
    assert said.exit_code == 0
    assert [word for word in words if word not in "".join(said.output.split("\n"))] == []


def test_owner_and_days_narrow_it(team):
    assert len(run_json("remind", team, *DAY, "--owner", "王芳")[1]["reminders"]) == 2
    assert len(run_json("remind", team, *DAY, "--owner", "陈静")[1]["reminders"]) == 1
    assert len(run_json("remind", team, *DAY, "--days", "0")[1]["reminders"]) == 2
    refused = run("remind", team, *DAY, "--owner", "王", "--lang", "en")
    assert refused.exit_code == 2
    assert "王芳" in refused.output


@pytest.mark.slow
def test_a_copy_of_a_part_is_asked_for_what_its_own_page_lists(team):
    """As its sheet does: an owner's copy everything about his customers, a role's what that role may see."""
    listed = {}
    for name, words in (("陈静", ("--owner", "陈静")), ("销售", ("--role", "sales"))):
        path = team / f"{name}.xlsx"
        assert run("build", "-o", path, *words, *DAY).exit_code == 0
        desk = Desk(path)
        keys = (desk.value("reminders", "reminder", row) for row in range(5, 20))
        listed[name] = [key for key in keys if key]
        said = run_json("remind", path, *DAY, "--days", "9999")[1]["reminders"]
        assert [one["reminder"] for one in said] == listed[name]
    whole = run_json("remind", team, *DAY, "--days", "9999")[1]["reminders"]
    assert len(listed["陈静"]) == 1 < len(whole)


@pytest.mark.slow
def test_an_answer_takes_it_away(team):
    Desk(team / "crm.xlsx").type("reminders", 5, decision="已处理")
    run_json("sync", team, *DAY)
    assert [one["customer"] for one in run_json("remind", team, *DAY)[1]["reminders"]] == ["张三", "张三"]


@pytest.mark.slow
def test_the_calendar_follows(team):
    path = team / "王芳.ics"
    assert run("remind", team, *DAY, "--owner", "王芳", "--ics", path).exit_code == 0
    events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert {str(event["summary"]): str(event["dtstart"].dt) for event in events} == {
        "张三：这位客户可能要流失": "2023-04-01",
        "张三：跟进到期": "2023-04-05",
    }
    Desk(team / "crm.xlsx").type("reminders", 7, decision="已处理")
    run_json("sync", team, *DAY)
    said = run("remind", team, *DAY, "--ics", path)
    assert said.exit_code == 0
    status = {
        str(one["summary"]): str(one["status"])
        for one in Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    }
    assert status["张三：跟进到期"] == "CANCELLED"


def test_another_file_is_not_written_over(team):
    path = team / "notes.ics"
    path.write_text("mine", encoding="utf-8")
    refused = run("remind", team, *DAY, "--ics", path, "--lang", "en")
    assert (refused.exit_code, path.read_text(encoding="utf-8")) == (2, "mine")
