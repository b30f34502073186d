"""A mistake in a workspace that several workbooks of a folder share: it is told once, with their names; the others are synced."""

from __future__ import annotations

import openpyxl
import pytest

from crmbook.ooxml import Package
from tests.cli.run import run, run_json

DAY = ("--as-of", "2025-06-30")
PAGES = ("guide", "dictionary", "issues", "conflicts")


def table(name):
    return (
        f"table: {name}\ntitle: {{zh: {name}, en: {name}}}\nkey: no\nfields:\n"
        "  no: {title: {zh: 编号, en: No}, type: id}\n  words: {title: {zh: 文字, en: Words}, type: text}\n"
    )


def template(name, *tables):
    sheets = [f"{{page: {page}}}" for page in PAGES] + [f"{{table: {one}}}" for one in tables]
    return f"template: {name}\ntitle: {{zh: {name}, en: {name}}}\nowner_field: ants.words\nsheets: [{', '.join(sheets)}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three books of one workspace, two workbooks of the first; the table that the first two share is broken."""
    folder = tmp_path_factory.mktemp("shared")
    for kind in ("schemas", "templates"):
        (folder / kind).mkdir()
    for name in ("ants", "bees"):
        (folder / "schemas" / f"{name}.yaml").write_text(table(name), encoding="utf-8")
    templates = {"one": ("ants",), "two": ("ants", "bees"), "three": ("bees",)}
    for name, tables in templates.items():
        text = template(name, *tables).replace("ants.words", f"{tables[0]}.words")
        (folder / "templates" / f"{name}.yaml").write_text(text, encoding="utf-8")
        made = run("build", "-o", folder / f"{name}.xlsx", "--new", "-t", name, "--lang", "en", *DAY)
        assert made.exit_code == 0, made.output
        if name == "one":
            assert run("build", "-o", folder / "again.xlsx", *DAY).exit_code == 0
    assert run("sync", folder, *DAY).exit_code == 0
    package = Package.open(folder / "three.xlsx")
    package.sheet("bees").set("B2", "buzz")
    package.save(folder / "three.xlsx")
    (folder / "schemas" / "ants.yaml").write_text(
        table("ants").replace("type: text", "type: txt"), encoding="utf-8"
    )
    return folder


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("lang", "reason", "count"),
    [
        ("zh", "没有“txt”这种字段类型", "模板“one、two”有 1 处错误，改正之前这些工作簿不同步：again.xlsx、one.xlsx、two.xlsx"),
        ("en", "there is no field type “txt”",
         "1 mistake in the template “one, two”; until they are corrected these workbooks are not synced: again.xlsx, one.xlsx, two.xlsx"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [("sync",), ("diff",)])
def test_it_is_told_once_with_the_workbooks_that_it_keeps(folder, lang, reason, count, command):
    options = ("--dry-run",) if command == ("sync",) else ()
    told = run(*command, folder, *options, "--lang", lang, *DAY)
    errors = told.stderr.splitlines()
    place = folder / "schemas" / "ants.yaml"
    assert [line for line in errors if reason in line] == [errors[0]]
    assert errors[0].startswith(f"{place}:6:")
    assert errors[1:] == [count]


def test_the_others_are_synced_and_json_says_where_the_mistake_is(folder):
    code, told = run_json("sync", folder, "--lang", "en", *DAY)
    assert code == 1
    assert [one["file"] for one in told["workbooks"]] == [str(folder / "three.xlsx")]
    assert told["workbooks"][0]["taken"]["added"] == 1
    assert openpyxl.load_workbook(folder / "three.xlsx")["bees"]["A2"].value == "1"
    wrong = {one["problem"] for one in told["failures"]}
    assert len(told["failures"]) == 3
    assert len(wrong) == 1
    assert wrong.pop().startswith(f"{folder / 'schemas' / 'ants.yaml'}:6:")
