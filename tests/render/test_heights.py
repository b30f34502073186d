"""Rows in which sync writes are as high as what stands in them."""

from __future__ import annotations

import re
import shutil
from datetime import date

import pytest

from crmbook.ooxml import Package
from crmbook.sync import Options
from crmbook.sync.pipeline import sync_workbooks
from tests.desk import DAY, Desk, moved, settled


@pytest.fixture
def desk(tmp_path_factory, tmp_path):
    source = tmp_path_factory.mktemp("settled")
    settled(source)
    return Desk(moved(source, tmp_path))


def heights(desk):
    """The height of each row of the list that has one of its own."""
    package = Package.open(desk.path)
    raw = package.parts.read(package.sheet(desk.place("issues").sheet).info.part).decode()
    return {
        int(row): float(points) for row, points in re.findall(r'<row r="([0-9]+)"[^>]*? ht="([0-9.]+)"', raw)
    }


def units(text):
    """The room that a text takes: a Chinese character counts two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in str(text or ""))


def test_each_row_has_room_for_its_sentences_and_no_more(desk):
    first = desk.place("issues").first_row
    desk.type("customers", 2, email="很长的电子邮件" * 12)
    desk.sync()
    found = heights(desk)
    lines = desk.listed()
    assert len(lines) == 3
    for row, line in enumerate(lines, start=first):
        room = max(units(line["problem"]) / 48, units(line["remedy"]) / 56)
        assert room <= found.get(row, 15) / 15 <= room + 1.5, line
    assert max(found.get(row, 15) for row in range(first, first + 3)) >= 60


@pytest.mark.slow
def test_a_row_that_is_empty_again_is_as_high_as_every_other(desk):
    first = desk.place("issues").first_row
    assert {first, first + 1} <= heights(desk).keys()
    desk.type("customers", 2, phone="13800138000")
    desk.type("customers", 3, phone="13800138001")
    desk.sync()
    assert heights(desk).keys().isdisjoint({first, first + 1})


@pytest.mark.slow
def test_a_height_that_a_person_set_stays(desk):
    first = desk.place("issues").first_row
    package = Package.open(desk.path)
    part = package.sheet(desk.place("issues").sheet).info.part
    raw = package.parts.read(part).decode()
    tall = re.sub(rf'(<row r="{first}"[^>]*?) ht="30"', r'\1 ht="51" customHeight="1"', raw)
    assert tall != raw
    package.replace_part(part, tall.encode())
    package.save(desk.path)
    desk.type("customers", 2, email="很长的电子邮件" * 12)
    desk.sync()
    assert heights(desk)[first] == 51


def table_heights(desk, name):
    package = Package.open(desk.path)
    raw = package.parts.read(package.sheet(desk.place(name).sheet).info.part).decode()
    return {
        int(row): float(points) for row, points in re.findall(r'<row r="([0-9]+)"[^>]*? ht="([0-9.]+)"', raw)
    }


def test_a_pair_has_room_for_a_word_that_no_line_parts(desk):
    """An e-mail address goes to the next line as a whole, so that three lines are filled where two would do."""
    same = {
        "name": "许佳慧",
        "phone": "18600000006",
        "company": "立德金融",
        "email": "xujiahui006@example.com",
    }
    for row in (2, 3):
        desk.type("customers", row, **same)
    desk.sync()
    row = desk.place("duplicates").first_row
    assert units(desk.value("duplicates", "first_facts", row)) <= 2 * 36
    assert table_heights(desk, "duplicates")[row] == 45


@pytest.fixture
def colleague(desk, tmp_path):
    """The same workbook on a colleague's desk."""
    return Desk(shutil.copyfile(desk.path, tmp_path / "同事.xlsx"))


def test_a_row_of_a_table_has_room_for_the_text_that_a_colleague_typed(desk, colleague):
    row = desk.place("feedback").first_row
    assert row not in table_heights(desk, "feedback")
    colleague.type("feedback", row, content="屏幕有亮点，" * 12)  # 144 characters' room, in a column of 32
    sync_workbooks([colleague.path, desk.path], Options(DAY))
    assert desk.value("feedback", "content", row) == "屏幕有亮点，" * 12
    assert table_heights(desk, "feedback")[row] == 75


@pytest.mark.slow
def test_a_row_of_a_table_is_not_lowered_as_somebodys_own_texts_may_need_its_room(desk, colleague):
    row = desk.place("feedback").first_row
    package = Package.open(desk.path)
    part = package.sheet(desk.place("feedback").sheet).info.part
    raw = package.parts.read(part).decode()
    package.replace_part(part, re.sub(rf'(<row r="{row}")', r'\1 ht="120"', raw).encode())
    package.save(desk.path)
    colleague.type("feedback", row, content="屏幕有亮点，" * 12)
    sync_workbooks([colleague.path, desk.path], Options(DAY))
    assert desk.value("feedback", "content", row) == "屏幕有亮点，" * 12
    assert table_heights(desk, "feedback")[row] == 120


def test_a_row_has_room_for_its_issue_until_that_is_solved(desk):
    """问题 wraps, in the width that build gives it."""
    row = desk.place("customers").first_row
    assert table_heights(desk, "customers")[row] == 30  # the telephone number of the sample
    typed = {name: desk.value("customers", name, row) for name in ("birth_date", "registered_on")}
    desk.type("customers", row, birth_date="很久以前", registered_on="去年冬天", gender="先生们")
    desk.sync()
    assert units(desk.value("customers", "issues", row)) > 2 * 26
    assert table_heights(desk, "customers")[row] >= 45
    desk.type("customers", row, gender="男", phone="13800138000", **typed)
    desk.sync()
    assert row not in table_heights(desk, "customers")


def test_the_line_above_a_list_has_room_for_what_it_counts(desk):
    """Reminders are counted by owner; one who is left has less to be said than eight."""
    first = desk.place("tasks").first_row
    assert 3 not in table_heights(desk, "reminders")
    owners = ("王芳", "李强", "张敏", "刘洋", "陈静", "赵磊", "孙丽", "周涛", "吴丹", "郑凯")
    for number, owner in enumerate(owners):
        task = {"customer_id": "001", "task": "报价", "owner": owner, "due": date(2023, 3, 1)}
        desk.type("tasks", first + 1 + number, **task)
    desk.sync()
    assert table_heights(desk, "reminders")[3] == 30
    for number in range(len(owners)):
        desk.type("tasks", first + 1 + number, completed_on=date(2023, 3, 1))
    desk.sync()
    assert 3 not in table_heights(desk, "reminders")
