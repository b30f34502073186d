"""``crmbook explain`` says more about any message, in both languages."""

from __future__ import annotations

import re

import pytest

from crmbook.base import catalogue
from tests.books import built
from tests.cli.run import run, run_json


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_message_can_be_explained(lang):
    for code in catalogue():
        result = run("explain", code, "--lang", lang)
        assert result.exit_code == 0, result.output
        told = result.stdout
        assert told.splitlines()[0] == code
        left = [name for name in re.findall(r"{(\w+)", str(catalogue()[code][lang])) if f"{{{name}" in told]
        assert left == [] or "{{" in str(catalogue()[code][lang]), code


def test_every_area_of_messages_is_named():
    assert {f"explain.area-{code.partition('.')[0]}" for code in catalogue()} <= catalogue().keys()


def test_it_says_what_where_and_how_to_mend_it():
    code, told = run_json("explain", "value.not-a-date", "--lang", "zh")
    assert (code, told["code"], told["meaning"]) == (0, "value.not-a-date", "“…”不是日期")
    assert "单元格" in told["where"]
    assert "2023-01-05" in told["remedy"]
    assert "rows" in run_json("explain", "cli.built", "--lang", "en")[1]["meaning"]


def test_a_mistyped_code_is_answered_with_the_nearest():
    refused = run("explain", "value.not-a-dat", "--lang", "zh")
    assert refused.exit_code == 2
    assert "是不是要看 value.not-a-date？" in refused.output
    nothing = run("explain", "qqqqqq", "--lang", "en")
    assert nothing.exit_code == 2
    assert "--verbose" in nothing.output


def test_the_words_of_a_message_do_as_well(tmp_path):
    path = tmp_path / "客户管理.xlsx"
    path.write_bytes(built().data)
    [line, *_] = run("check", path, "--lang", "zh", "--verbose").output.splitlines()
    code = line.rpartition("[")[2].rstrip("]")
    assert code in catalogue(), "whoever wants to know more finds the code there"
    assert run_json("explain", "不像有效的电话号码", "--lang", "zh")[1]["code"] == code
    several = run("explain", "工作簿", "--lang", "zh")
    assert several.exit_code == 2
    assert "几条" in several.output


def test_what_is_no_message_is_not_listed():
    """Helps of commands and options are printed by themselves: nobody asks what they mean."""
    for words in ("工作簿", "crmbook", "文件夹"):
        named = run("explain", words, "--lang", "zh").output
        assert not re.search(r"\.help\b|\.option\.", named), named
    nearest = run("explain", "cli.buil.help", "--lang", "zh").output
    assert "cli.build.help" not in nearest
