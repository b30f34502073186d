"""``crmbook schema``: what a book holds, JSON Schema, mistakes with their place."""

from __future__ import annotations

import json

import pytest

from tests.cli.run import run, run_json


def test_the_sheets_of_a_template_are_listed():
    zh, en = run("schema", "--lang", "zh").output, run("schema", "--lang", "en").output
    assert "客户基本信息" in zh
    assert "Customers" in en
    assert "没有错误" in zh


def test_the_fields_are_data_too():
    code, data = run_json("schema", "--template", "retail", "--lang", "en")
    assert (code, data["template"], data["lang"]) == (0, "retail", "en")
    assert data["tables"]["transactions"]["amount"]


@pytest.mark.parametrize("kind", ["table", "lists", "rules", "pages", "template"])
def test_a_json_schema_for_editors(kind):
    result = run("schema", "--json-schema", kind)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["type"] == "object"


def test_an_unknown_kind_is_refused_with_the_nearest():
    result = run("schema", "--json-schema", "tabel", "--lang", "en")
    assert result.exit_code == 2
    assert "“table”" in result.output


BROKEN = """\
table: customers
fields:
  wechat: {title: {zh: 微信号, en: WeChat}, type: txet}
  points: {title: {zh: 积分, en: Points}, type: integer, formula: '=SUMIFS(transactions[amuont],transactions[customer_id],[@customer_id])'}
"""


def test_mistakes_are_told_with_file_line_and_column(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "customers.yaml").write_text(BROKEN, encoding="utf-8")
    result = run("schema", "--workspace", tmp_path, "--lang", "en")
    assert result.exit_code == 2
    assert "customers.yaml:3:48" in result.output
    assert "Did you mean “amount”" in result.output
    code, data = run_json("schema", "--workspace", tmp_path)
    assert code == 2
    assert data["error"]["problems"][0]["code"] == "schema.unknown-field-type"


OWN = {
    "templates/desk.yaml": "template: desk\ntitle: {zh: 台账, en: Desk}\nsheets: [{page: guide}, {table: tasks}]\n",
    "schemas/tasks.yaml": (
        "table: tasks\ntitle: {zh: 工序, en: Work steps}\nkey: step\n"
        "fields: {step: {title: {zh: 编号, en: ID}, type: id}}\n"
    ),
}


def test_a_template_is_looked_at_in_the_folder_in_which_it_stands(tmp_path, monkeypatch):
    for name, text in OWN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("schema", "-t", "desk", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Template “Desk”" in result.output
    told = " ".join(result.output.split())
    assert "Table tasks has the name of one that crmbook ships, and nothing else of it" in told
    assert "extends: tasks" in told
