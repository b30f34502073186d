"""``build --sample`` in a workspace that has sample rows of its own."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.build import load_sample
from crmbook.schema import load_book
from tests.cli.run import run
from tests.sync.shop import Sheet, workspace

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = "client_id,name,since\n001,张三,2020-01-31\n002,李四,\n"
VISITS = "- {visit_id: '1001', client_id: '001', on: 2024-02-01, amount: 12.5}\n- {visit_id: '1002', client_id: '002'}\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A workspace with samples of its template, one as CSV, one as YAML."""
    folder = tmp_path / "workspace"
    shutil.copytree(workspace(), folder)
    rows = folder / "samples" / "shop"
    rows.mkdir(parents=True)
    (rows / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    (rows / "visits.yaml").write_text(VISITS, encoding="utf-8")
    return folder


def test_its_rows_stand_in_the_new_book(own):
    (own / "samples/shop/example.yaml").write_text("as_of: 2024-03-01\n", encoding="utf-8")
    path = own / "书.xlsx"  # in the workspace itself, which needs not be named
    made = run("build", "-o", path, "--template", "shop", "--sample", "--lang", "zh")
    assert made.exit_code == 0, made.output
    assert "2024-03-01" in made.output
    sheet = Sheet(path)
    assert [row["name"] for row in sheet.rows("clients").values()] == ["张三", "李四"]
    assert [row.get("amount") for row in sheet.rows("visits").values()] == [12.5, None]
    assert sheet.value("clients", "spent", 2) == 12.5
    assert run("sync", path, "--as-of", "2024-03-01").exit_code == 0
    assert [row["client_id"] for row in sheet.rows("care").values()] == ["001", "002"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("clients.csv", "client_id,nmae\n001,x\n", "nmae"),
        ("clent.csv", "a\n1\n", "clent"),
        ("clients.csv", "client_id,since\n001,soon\n", "soon"),
        ("clients.yaml", "client_id: '001'\n", "clients.yaml"),
    ],
)
def test_a_mistake_in_them_is_named(own, name, text, told):
    (own / "samples/shop/clients.csv").unlink()
    (own / "samples/shop" / name).write_text(text, encoding="utf-8")
    made = run("build", "-o", own / "b.xlsx", "-t", "shop", "--sample", "--lang", "zh")
    assert made.exit_code == 2
    assert told in made.output
    assert not (own / "b.xlsx").exists()


EXTENDS = "template: mine\ntitle: {zh: 我的, en: Mine}\nextends: retail\ndrop: [interactions]\n"


@pytest.fixture
def extending(tmp_path: Path) -> Path:
    """A workspace whose template is a shipped one with a sheet less, and one more below that."""
    folder = tmp_path / "mine"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates/mine.yaml").write_text(EXTENDS, encoding="utf-8")
    (folder / "templates/more.yaml").write_text(
        "template: more\ntitle: {zh: 更多, en: More}\nextends: mine\n", encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("template", ["mine", pytest.param("more", marks=pytest.mark.slow)])
def test_a_template_without_samples_takes_those_of_the_one_it_extends(extending, template):
    path = extending / "书.xlsx"
    made = run("build", "-o", path, "-t", template, "--sample", "--lang", "zh")
    assert made.exit_code == 0, made.output
    sheets = openpyxl.load_workbook(path)
    assert len([row for row in sheets["客户基本信息"].iter_rows(min_row=2, values_only=True) if row[0]]) == 3
    assert "客户互动记录" not in sheets.sheetnames


def test_what_the_extended_template_has_of_the_workspace_goes_before(extending):
    rows = extending / "samples/mine"
    rows.mkdir(parents=True)
    (rows / "customers.csv").write_text("customer_id,name\n001,赵六\n", encoding="utf-8")
    (rows / "absent.csv").write_text("a\n1\n", encoding="utf-8")  # of a table that only `mine` might have
    found = load_sample(load_book("more", "zh", extending), extending, date(2024, 1, 1))
    assert found.frames(load_book("more", "zh", extending))["customers"]["name"].tolist() == ["赵六"]


def test_a_template_with_none_at_all_says_where_to_put_them(own):
    shutil.rmtree(own / "samples")
    for lang in ("zh", "en"):
        made = run("build", "-o", own / "b.xlsx", "-t", "shop", "--sample", "--lang", lang)
        assert made.exit_code == 2
        assert "samples/shop/" in made.output


PETS = """\
table: pets
title: {zh: 宠物, en: Pets}
key: pet_id
fields:
  pet_id: {title: {zh: 编号, en: No.}, type: id, required: true, unique: true}
  name: {title: {zh: 名字, en: Name}, type: text, required: true}
"""
SHOP = """\
template: pets
title: {zh: 宠物店, en: Pet shop}
roles: {desk: {title: {zh: 前台, en: Desk}, sheets: [pets]}}
sheets: [{table: pets}, {page: dictionary}, {page: issues}, {page: conflicts}]
"""


def test_a_book_about_no_people_has_copies_too(tmp_path):
    """No sample customer can be in them."""
    for name, text in (("schemas/pets.yaml", PETS), ("templates/pets.yaml", SHOP)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = ("--template", "pets", "--workspace", tmp_path, "--lang", "zh")
    assert run("build", "-o", tmp_path / "宠物.xlsx", *made).exit_code == 0
    done = run(
        "build", "-o", tmp_path / "前台.xlsx", "--role", "desk", "--workspace", tmp_path, "--lang", "zh"
    )
    assert (done.exit_code, "已生成工作副本" in done.output) == (0, True)
