"""What people are told each morning: how much is due, and the three most urgent, once a day, each their own."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from crmbook.notify.digest import compose
from crmbook.notify.notices import Notices
from crmbook.notify.settings import load_settings
from crmbook.store import Store, locate
from tests.cli.run import run
from tests.desk import Desk
from tests.watch.notification import day
from tests.watch.servers import Web, eventually, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2025, 6, 2, 4, tzinfo=UTC)
"""Noon in China, two years after the sample, when much is overdue; its workbook shows no later day."""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("team")
    on = ("--as-of", "2025-06-01")
    assert run("build", "-o", folder / "crm.xlsx", "--sample", "--lang", "zh", *on).exit_code == 0
    desk = Desk(folder / "crm.xlsx")
    desk.type("customers", 2, owner="王芳")
    desk.type("customers", 3, owner="李强")
    assert run("sync", folder, *on).exit_code in {0, 1}
    return folder


@pytest.fixture
def team(model, tmp_path) -> Path:
    return shutil.copytree(model, tmp_path / "team")


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


def settle(team: Path, web: Web, more: str = "daily: true\n") -> None:
    robot = f"webhook: {{url: '{web.url}', format: json}}"
    text = f"digest: 0s\n{more}owners:\n  王芳: {{{robot}}}\n"
    (team / "watch.yaml").write_text(text, encoding="utf-8")


def greet(team: Path, now: datetime) -> None:
    """Tell what is due as a watcher does that was just started."""
    notices = Notices(load_settings(team), team / ".home", "zh")
    with Store.open(locate(team, None)) as store:
        for record in store.books():
            for _ in range(2):
                notices.greet(store, record.book_id, now, team, None)
    notices.flush()
    notices.stop()


def due_of(team: Path, owner: str, on: str) -> list[dict[str, Any]]:
    said = run("remind", team / "crm.xlsx", "--owner", owner, "--json", "--as-of", on)
    return json.loads(said.output)["reminders"]


def matters(web: Web) -> list[dict[str, Any]]:
    return [one for body in web.bodies for one in body["matters"]]


@pytest.mark.slow
def test_each_hears_once_a_day_what_is_due(team, web):
    settle(team, web)
    greet(team, NOON)
    greet(team, NOON + timedelta(hours=3))
    [told] = matters(web)
    wanted = due_of(team, "王芳", told["day"])
    assert (told["kind"], told["owner"], told["page"]) == ("day", "王芳", "跟进提醒")
    assert told["workbook"] == "crm.xlsx"
    assert told["count"] == len(wanted) > 3
    assert told["late"] == sum(one["urgency"] == "overdue" for one in wanted) > 0
    assert [one["reason"] for one in told["first"]] == [one["reason"] for one in wanted[:3]]
    greet(team, NOON + timedelta(days=1))
    assert len(matters(web)) == 2
    assert matters(web)[1]["day"] > told["day"]


def test_nobody_hears_of_it_who_did_not_ask(team, web):
    settle(team, web, "")
    greet(team, NOON)
    assert matters(web) == []


def test_what_is_personal_stays_out_where_it_is_hidden(team, web):
    settle(team, web, "daily: true\npersonal: hidden\n")
    greet(team, NOON)
    assert "张三" not in json.dumps(matters(web), ensure_ascii=False)
    assert matters(web)[0]["first"][0]["customer"] == "001"


@pytest.mark.slow
def test_the_watch_tells_it_with_its_first_sync_of_the_day(team, web):
    settle(team, web)
    for _ in range(2):
        assert run("watch", team, "--once", "--lang", "en").exit_code in {0, 1}
    assert eventually(lambda: len(matters(web)) > 0)
    assert [one["kind"] for one in matters(web)] == ["day"]


def test_the_message_says_how_much_and_what_first() -> None:
    shown = compose("1", [day()], "zh", "王芳")
    assert shown.subject == "【crmbook】王芳.xlsx：今天 12 项跟进"
    assert "2026-03-02 共有 12 项要处理，其中 4 项已逾期。" in shown.text()
    assert "1. 张三：跟进到期（2026-02-27）。联系客户" in shown.text()
    assert "“王芳.xlsx”的“跟进提醒”" in shown.text()
    of_others = compose("1", [day("李强"), day("王芳", 2, 0)], "en").text()
    assert "李强: 12 due on 2026-03-02, 4 of them overdue." in of_others
    assert "王芳: 2 due on 2026-03-02, 0 of them overdue." in of_others


FLEET = """\
table: cars
title: {zh: 车辆, en: Cars}
key: plate
name_field: plate
fields:
  plate: {title: {zh: 车牌, en: Plate}, type: text, required: true, unique: true}
  driver: {title: {zh: 司机, en: Driver}, type: text}
  checked: {title: {zh: 年检到期, en: Inspection}, type: date}
reminders:
  - id: inspection
    when: '=IF(COUNT([@checked])=0,FALSE,[@checked]-as_of<=30)'
    due: checked
    owner: driver
    message: {zh: 年检快到期了, en: Inspection is due}
    remedy: {zh: 预约年检, en: Book it}
"""
YARD = """\
template: fleet
title: {zh: 车队, en: Fleet}
sheets: [{page: guide}, {page: reminders}, {table: cars}, {page: dictionary}, {page: issues}, {page: conflicts}]
"""


def test_a_book_about_no_people_says_what_is_due(tmp_path, web):
    for name, text in (("schemas/cars.yaml", FLEET), ("templates/fleet.yaml", YARD)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = ("--template", "fleet", "--workspace", tmp_path, "--lang", "zh", "--as-of", "2025-06-01")
    assert run("build", "-o", tmp_path / "车队.xlsx", *made).exit_code == 0
    workbook = openpyxl.load_workbook(tmp_path / "车队.xlsx")
    for column, value in enumerate(("京A12345", "王芳", date(2025, 6, 3)), 1):
        workbook["车辆"].cell(2, column, value)
    workbook.save(tmp_path / "车队.xlsx")
    assert run("sync", tmp_path, "--as-of", "2025-06-01").exit_code == 0
    settle(tmp_path, web)
    greet(tmp_path, NOON)
    assert eventually(lambda: [one["kind"] for one in matters(web)] == ["day"])
    assert "年检快到期了" in json.dumps(web.bodies, ensure_ascii=False)
