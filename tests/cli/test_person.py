"""``crmbook person``: everything that a book holds on one customer, and nothing of the others."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.cli.run import run
from tests.desk import Desk
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")
OLD, OURS, HERS = "987654321", "13911112222", "13933334444"
NOTE = "李四介绍来的"
ANOTHERS = "只有张三说过的话"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as two copies: 002 was renamed, two people quarrel about her telephone, a purchase was deleted."""
    place = tmp_path_factory.mktemp("person")
    assert run("build", "-o", place / "共用.xlsx", "--sample", "--lang", "zh", *DAY).exit_code == 0
    assert run("build", "-o", place / "王芳.xlsx", "--for", "王芳", *DAY).exit_code == 0
    assert run("sync", place, *DAY).exit_code == 1
    ours, hers = Desk(place / "共用.xlsx"), Desk(place / "王芳.xlsx")
    ours.type("customers", 3, phone=OURS)
    hers.type("customers", 3, phone=HERS)
    fields = ours.place("transactions").columns
    ours.type("transactions", 3, **dict.fromkeys(fields), row_id=None)
    ours.type("interactions", 2, content=NOTE)
    assert run("sync", place, *DAY).exit_code == 1
    ours.type("customers", 3, customer_id="V02")
    ours.type("feedback", 3, customer_id="001", content=ANOTHERS)
    run("sync", place, *DAY)
    return place


@pytest.fixture(scope="module")
def held(folder: Path) -> dict[str, Any]:
    result = run("person", "V02", folder, "-o", folder / "p.json", "--lang", "zh", *DAY)
    assert result.exit_code == 0, result.output
    assert "V02 李四" in result.output
    return json.loads((folder / "p.json").read_text("utf-8"))


@pytest.mark.slow
def test_rows_of_all_tables_that_refer_to_the_customer_are_told(held):
    assert held["crmbook_person"] == {"version": 1, "template": "standard", "as_of": "2023-04-01"}
    assert [row["customer_id"] for row in held["tables"]["customers"]] == ["V02"]
    for name, rows in held["tables"].items():
        assert rows
        assert {row.get("customer_id", "V02") for row in rows} == {"V02"}, name
    assert {"preferences", "loyalty", "evaluation"} <= held["tables"].keys()


def test_what_was_changed_or_deleted_is_told_with_who_did_it(held):
    came = [
        one["new"] for one in held["history"] if one["change"] == "added" and one["new"].get("姓名") == "李四"
    ]
    assert [one["注册时间"] for one in came] == ["2023-01-05"]
    changed = [(one["who"], one["old"], one["new"]) for one in held["history"] if one["field"] == "电话"]
    assert ("共用", OLD, OURS) in changed
    gone = [one for one in held["history"] if one["change"] == "deleted" and one["table"] == "客户交易记录"]
    assert [one["old"]["客户ID"] for one in gone] == ["002"]
    assert [one["revision"] for one in held["history"]] == sorted(
        (one["revision"] for one in held["history"]), reverse=True
    )


def test_disputed_values_are_told_in_all_their_versions(held):
    (one,) = held["conflicts"]
    assert (one["field"], one["base"], one["head"], one["file"]) == ("电话", OLD, OURS, HERS)
    assert (one["head_who"], one["file_who"], one["state"]) == ("共用", "王芳", "open")


def test_where_others_speak_of_the_person_is_told(held):
    said = {(one["table"], one["field"], one["text"]) for one in held["mentions"]}
    assert ("客户互动记录", "互动内容", NOTE) in said
    assert held["workbooks"] == ["共用.xlsx", "王芳.xlsx"]


def test_nothing_of_other_customers_is_told(held):
    told = json.dumps({**held, "mentions": []}, ensure_ascii=False)
    assert "13800000001" not in told
    assert "张三" not in told  # nor what was written down as hers first, and is another's


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("lang", "titles"),
    [
        ("zh", {"客户基本信息", "修改历史", "冲突", "别处提到", "所在的工作簿"}),
        ("en", {"Customers", "Changes", "Conflicts", "Mentions"}),
    ],
)
def test_a_workbook_says_it_to_people(folder, tmp_path, lang, titles):
    path = tmp_path / "p.xlsx"
    assert run("person", "李四", folder, "-o", path, "--lang", lang, *DAY).exit_code == 0
    assert lint(path.read_bytes()) == []
    workbook = openpyxl.load_workbook(path)
    assert titles <= set(workbook.sheetnames)
    cells = {cell.value for sheet in workbook for row in sheet for cell in row}
    assert {OLD, OURS, HERS} <= cells
    assert "13800000001" not in str(cells)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "code"),
    [(("999", "-o", "p.json"), "999"), (("002", "-o", "p.docx"), ".json")],
)
def test_what_cannot_be_told_changes_nothing(folder, tmp_path, words, code):
    customer, option, name = words
    result = run("person", customer, folder, option, tmp_path / name, "--lang", "zh", *DAY)
    assert result.exit_code == 2
    assert code in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(folder, tmp_path):
    (tmp_path / "p.json").write_text("mine")
    assert run("person", "李四", folder, "-o", tmp_path / "p.json", *DAY).exit_code == 2
    assert (tmp_path / "p.json").read_text() == "mine"
