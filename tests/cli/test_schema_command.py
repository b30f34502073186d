"""``crmbook schema``: what a book holds, JSON Schema, mistakes with their place."""

from __future__ import annotations

import json

import pytest

from crmbook.cli import main
from crmbook.schema import find_doubts, json_schema
from tests.cli.run import run, run_json
from tests.folders import write_files


@pytest.mark.slow
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


@pytest.mark.parametrize(("lang", "words"), [("zh", "内部出错"), ("en", "crmbook failed")])
def test_what_nobody_foresaw_is_told_in_the_language_asked_for(monkeypatch, capsys, lang, words):
    def fail(*_):
        raise RuntimeError("?")

    monkeypatch.setattr("crmbook.cli.schema.load_book", fail)
    monkeypatch.setattr("sys.argv", ["crmbook", "schema", "--lang", lang])
    monkeypatch.setenv("CRMBOOK_LANG", "en" if lang == "zh" else "zh")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.sample(1)
@pytest.mark.parametrize("command", [("schema",), ("build", "-o", "x.xlsx")])
def test_a_failure_says_last_which_template_was_verified(tmp_path, command):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "mine.yaml").write_text(
        "table: customers\nfields: {hobbies: {typ: text}}\n", encoding="utf-8"
    )
    told = run(*command, "--template", "lite", "--workspace", tmp_path, "--lang", "en")
    first, *_, last = told.output.strip().splitlines()
    assert told.exit_code == 2
    assert "mine.yaml:2:" in first
    assert "“lite”" in last
    code, data = run_json("schema", "--template", "lite", "--workspace", tmp_path)
    assert (code, data["error"]["template"]) == (2, "lite")


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workspace_to_begin_with_is_right_and_known_to_the_editor(tmp_path, lang):
    folder = tmp_path / "mine"
    told = run("schema", "--init", folder, "--lang", lang)
    assert told.exit_code == 0
    assert "schemas/visits.yaml" in told.output
    for path in (*folder.glob("schemas/*.yaml"), *folder.glob("templates/*.yaml")):
        line, remark = path.read_text(encoding="utf-8").splitlines()[:2]
        schema = path.parent / line.removeprefix("# yaml-language-server: $schema=")
        assert json.loads(schema.read_text(encoding="utf-8")) == json_schema(path.parent.name)
        assert remark.startswith("# ")
    result = run("schema", "--workspace", folder, "--template", "mine", "--lang", lang)
    assert result.exit_code == 0
    assert ("上门拜访" if lang == "zh" else "Visits so far") in result.output
    assert find_doubts("mine", folder) == ()


def test_a_workspace_that_is_there_is_not_written_over(tmp_path):
    (tmp_path / "templates").mkdir()
    own = tmp_path / "templates" / "mine.yaml"
    own.write_text("template: mine\n", encoding="utf-8")
    code, data = run_json("schema", "--init", tmp_path)
    assert (code, data["error"]["code"], data["error"]["place"]) == (2, "file.exists", str(own))
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["mine.yaml"]
    assert own.read_text(encoding="utf-8") == "template: mine\n"


DOUBTFUL = """\
table: customers
fields:
  is_man: {title: {zh: 男否, en: Man}, type: integer, formula: '=IF([@gender]="男",1,0)'}
"""


def test_doubts_are_told_beside_the_book_and_are_no_mistakes(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "mine.yaml").write_text(DOUBTFUL, encoding="utf-8")
    (tmp_path / "late.yaml").write_text(DOUBTFUL, encoding="utf-8")
    result = run("schema", "--workspace", tmp_path, "--lang", "zh")
    first, second = result.output.splitlines()[:2]
    assert result.exit_code == 0
    assert first.startswith(f"{tmp_path / 'late.yaml'}:1:1: late.yaml 没有被读取")
    assert second.startswith(f"{tmp_path / 'schemas' / 'mine.yaml'}:3:77")
    assert "gender.male" in second
    _, data = run_json("schema", "--workspace", tmp_path)
    assert [one["code"] for one in data["doubts"]] == ["schema.stray-file", "schema.word-of-list"]


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
    write_files(tmp_path, OWN)
    monkeypatch.chdir(tmp_path)
    result = run("schema", "-t", "desk", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Template “Desk”" in result.output
    told = " ".join(result.output.split())
    assert "Table tasks has the name of one that crmbook ships, and nothing else of it" in told
    assert "extends: tasks" in told
