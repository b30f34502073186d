"""The calendars that a watch keeps beside the workbooks."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

from tests.cli.run import run
from tests.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("team")
    assert run("build", "-o", folder / "crm.xlsx", "--sample", "--lang", "zh").exit_code == 0
    assert run("sync", folder).exit_code in {0, 1}
    return folder


@pytest.fixture
def team(model, tmp_path) -> Path:
    return shutil.copytree(model, tmp_path / "team")


def watch(folder: Path) -> str:
    done = run("watch", folder, "--once", "--lang", "en")
    assert done.exit_code in {0, 1}, done.output
    return done.output


def told(path: Path) -> dict[str, str]:
    return {
        str(one["summary"]): str(one["status"])
        for one in Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    }


@pytest.mark.slow
def test_nobody_gets_one_who_is_not_named(team):
    Desk(team / "crm.xlsx").type("customers", 2, owner="王芳")
    watch(team)
    assert list(team.glob("*.ics")) == []


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["[王芳]", "all"])
def test_whoever_is_named_finds_what_is_due_and_what_is_settled(team, wanted):
    (team / "watch.yaml").write_text(f"calendars: {wanted}\n", encoding="utf-8")
    desk = Desk(team / "crm.xlsx")
    desk.type("customers", 2, owner="王芳")
    desk.type("customers", 3, owner="李/强")
    watch(team)
    path = team / "提醒-王芳.ics"
    assert told(path)["张三：跟进到期"] == "CONFIRMED"
    assert (team / "提醒-李_强.ics").exists() == (wanted == "all")
    row = next(row for row in range(5, 20) if "followup" in str(desk.value("reminders", "reminder", row)))
    desk.type("reminders", row, decision="已处理")
    watch(team)
    assert told(path)["张三：跟进到期"] == "CANCELLED"
    before = path.read_bytes()
    desk.type("customers", 2, address="北京")
    watch(team)
    assert path.read_bytes() == before


def test_another_programs_file_is_left_alone_and_told(team):
    (team / "watch.yaml").write_text("calendars: [王芳]\n", encoding="utf-8")
    (team / "提醒-王芳.ics").write_text("mine", encoding="utf-8")
    Desk(team / "crm.xlsx").type("customers", 2, owner="王芳")
    assert "no calendar of crmbook's" in " ".join(watch(team).split())
    assert (team / "提醒-王芳.ics").read_text(encoding="utf-8") == "mine"
