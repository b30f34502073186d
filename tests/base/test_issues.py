"""The message catalogue: complete, in both languages, with the same placeholders."""

import ast
import json
import re
import string
import tomllib
from pathlib import Path

import pytest

from crmbook.base.issues import Issue, Sample, Severity, advise, catalogue, describe, joined
from crmbook.base.records import Location
from crmbook.schema.model.base import Label

PACKAGE = Path(__file__).parents[2] / "crmbook"
AREAS = {path.stem for path in (PACKAGE / "base" / "messages").glob("*.toml")}
CODE = re.compile(rf"(?:{'|'.join(sorted(AREAS))})\.[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z-]+)*")
INTERNAL = {"schema.keys"}  # gathers several problems and is never shown itself


def codes_in_source() -> set[str]:
    """Every string of the package that reads as a message code."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.add(node.value)
    return {code for code in found - INTERNAL if not code.endswith((".yaml", ".toml"))}


def placeholders(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_code_stands_in_two_files() -> None:
    seen: dict[str, str] = {}
    for path in sorted((PACKAGE / "base" / "messages").glob("*.toml")):
        for code in tomllib.loads(path.read_text(encoding="utf-8")):
            assert code not in seen, f"{code} stands in {seen[code]} and {path.name}"
            assert code.startswith(f"{path.stem}."), f"{code} stands in {path.name}"
            seen[code] = path.name


@pytest.mark.sample(960)
@pytest.mark.parametrize("code", sorted(catalogue()))
def test_both_languages_say_the_same(code: str) -> None:
    message = catalogue()[code]
    assert message["zh"], code
    assert message["en"], code
    assert placeholders(str(message["zh"])) == placeholders(str(message["en"]))
    remedy = message.get("remedy")
    if remedy is not None:
        assert isinstance(remedy, dict)
        assert remedy.keys() == {"zh", "en"}
        assert placeholders(remedy["zh"]) == placeholders(remedy["en"])


def test_every_code_that_the_source_names_has_words() -> None:
    assert sorted(codes_in_source() - set(catalogue())) == []


def test_an_issue_tells_what_and_how_to_mend_it() -> None:
    issue = Issue("cli.bad-date", Severity.ERROR, Location(sheet="客户", cell="B2"), value="2023/13/1")
    assert issue.text("zh") == "“2023/13/1”不是日期"
    assert issue.text("en") == "“2023/13/1” is not a date"
    assert issue.remedy("en") == "Write it as 2023-04-01"
    assert str(issue.location) == "客户!B2"


def test_an_unknown_code_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        describe("no.such-code", "zh", {})
    assert advise("cli.help", "zh", {}) == ""


def test_an_issue_written_down_says_the_same_again():
    issue = Issue(
        "check.rule", Severity.WARNING, Location(sheet="客户基本信息", cell="F3"), "customers", "002", "birth_date",
        "2030-01-01", {"message": Label(zh="出生日期晚于截止日期", en="Born after the day"), "fields": ("birth_date",)},
    )  # fmt: skip
    again = Issue.from_json(json.loads(json.dumps(issue.to_json())))
    assert (again.code, again.severity, again.location, again.row_key) == (
        issue.code, issue.severity, issue.location, issue.row_key,
    )  # fmt: skip
    assert [again.text(lang) for lang in ("zh", "en")] == [issue.text(lang) for lang in ("zh", "en")]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 rows are missing"), (1, "1 row is missing"), (2, "2 rows are missing")]
)
def test_a_number_agrees_with_its_noun(count: int, words: str) -> None:
    assert words in describe("cli.missing", "en", {"count": count, "rows": Sample()})


@pytest.mark.parametrize(
    ("lang", "more", "words"),
    [
        ("zh", 0, "没有当作删除：001 张三、002 李四"),
        ("zh", 9, "没有当作删除：001 张三、002 李四……另有 9 行"),
        ("en", 9, "for that: 001 张三, 002 李四 … and 9 more"),
    ],
)
def test_of_many_rows_the_first_are_named_and_the_others_counted(lang, more: int, words: str) -> None:
    rows = Sample(("001 张三", "002 李四"), more)
    assert describe("cli.missing", lang, {"count": 2 + more, "rows": rows}).endswith(words)


def test_a_warning_and_a_reminder_have_a_word_each():
    """警告 is what a check finds, 提醒 what is due: one word for both would send people to the wrong sheet."""
    for code, message in catalogue().items():
        english, chinese = str(message["en"]).lower(), str(message["zh"])
        if "warning" in english:
            assert "警告" in chinese, code
        if "提醒" in chinese:
            assert "warning" not in english, code


@pytest.mark.parametrize(
    ("lang", "items", "words"),
    [
        ("en", ["10", "20"], "10, 20"),
        ("en", ["1,5", "2,5", "3"], "1,5; 2,5; 3"),
        ("en", ["1,5"], "1,5"),
        ("zh", ["1,5", "2,5"], "1,5、2,5"),
        ("zh", ["王芳、李娜", "张伟"], "王芳、李娜；张伟"),
        ("en", ["a, b", "c", "…"], "a, b; c…"),
        ("en", [], ""),
    ],
)
def test_what_parts_several_words_is_in_none_of_them(lang, items, words):
    """Of a book with decimal commas ``1,5, 2,5`` would be four numbers."""
    assert joined(items, lang) == words
