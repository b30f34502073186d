"""Help, and what is said of words that are no command or option: in the person's language, whole at any width."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from crmbook.base import catalogue
from crmbook.cli.app import COMMANDS
from crmbook.cli.reference import commands
from crmbook.cli.wrapping import fitted, wrapped
from tests.cli.run import ROOT, python_m, run

PAGES = ["", *COMMANDS]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def page(name: str, monkeypatch: pytest.MonkeyPatch, lang: str, width: int) -> str:
    monkeypatch.setenv("CRMBOOK_LANG", lang)
    monkeypatch.setenv("COLUMNS", str(width))
    result = run(*filter(None, [name]), "--help")
    assert result.exit_code == 0
    return result.output


@pytest.mark.sample(24)
@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_help_is_whole_and_within_the_window(name, lang, width, monkeypatch):
    shown = page(name, monkeypatch, lang, width)
    assert max(map(cell_len, shown.splitlines())) <= width
    assert ("用法：" in shown) == (lang == "zh")
    told = re.sub(r"\s+", "", shown)
    params = commands()[name].params if name else []
    for code in [f"cli.{name}.help" if name else "cli.help", *(item.help for item in params)]:
        assert re.sub(r"\s+", "", str(catalogue()[code][lang])) in told, code


@pytest.mark.parametrize("name", PAGES)
def test_help_is_of_one_language(name, monkeypatch):
    english = page(name, monkeypatch, "en", 100)
    assert [line for line in english.splitlines() if CHINESE.search(line) and "张三" not in line] == []
    chinese = page(name, monkeypatch, "zh", 100)
    assert not re.search(r"Usage|Options|Arguments|default|required|Show this|shell, ", chinese)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["history", "--tabel", "x"], "--table"),
        (["history", "--sicne", "x"], "--since"),
        (["history", "--filed", "x"], "--field"),
        (["sync", "--hlep"], "--help"),
        (["build", "--ownre", "x"], "--owner"),
    ],
)
def test_a_mistyped_option_is_answered_with_the_nearest_of_its_command(words, near, monkeypatch):
    monkeypatch.setenv("CRMBOOK_LANG", "en")
    assert f"did you mean {near}?" in run(*words).output


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_whoever_asks_what_crmbook_is_does_not_wait_for_the_product(word):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crmbook", word],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    rooms = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("crmbook.")}
    slow = {"pandas", "sqlalchemy", "pydantic", "openpyxl", "rich.console", "importlib.metadata", "zoneinfo"}
    assert (rooms, loaded & slow) == ({"crmbook.base", "crmbook.cli"}, set())


def test_a_condition_in_brackets_is_no_markup(monkeypatch):
    assert "'[@所在地区]=\"北京\"'" in page("build", monkeypatch, "zh", 160)


@pytest.mark.parametrize(
    ("words", "told", "remedy"),
    [
        (["sinc"], "没有 sinc 这个命令", "是不是要用 sync？"),
        (["xyzzy"], "没有 xyzzy 这个命令", "crmbook --help"),
        (["--bad"], "没有选项 --bad", "--help"),
        (["sync", "--jsn"], "没有选项 --jsn", "是不是要用 --json？"),
        (["history", "--limit", "x"], "--limit 的值不是可用的数字", "--help"),
        (["history", "--limit", "0"], "--limit 的值不是可用的数字", "--help"),
        (["build", "--output"], "选项 --output 的写法不对", "--help"),
        (["build", "--sample=yes", "-o", "x.xlsx"], "选项 --sample 的写法不对", "--help"),
        (["build"], "缺少 --output", "-o 客户管理.xlsx"),
        (["card"], "缺少 CUSTOMER", "--help"),
        (["explain"], "缺少 CODE", "--help"),
        (["build", "-o", "x.xlsx", "张", "三"], "多出了 张、三", "引号"),
    ],
)
def test_what_is_wrong_with_the_words_is_said_with_what_was_meant(words, told, remedy):
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.output
    assert remedy in result.output
    assert not re.search(r"Usage|Error|Try|No such|Missing|Invalid", result.output)


@pytest.mark.slow
def test_the_option_of_the_language_holds_for_help_and_for_wrong_words(tmp_path):
    for lang, help_, wrong in (("en", "Usage: ", "no option --bad"), ("zh", "用法：", "没有选项 --bad")):
        other = "zh" if lang == "en" else "en"
        assert help_ in python_m("sync", "--help", "--lang", lang, cwd=tmp_path, CRMBOOK_LANG=other).stdout
        assert wrong in python_m("sync", "--bad", f"--lang={lang}", cwd=tmp_path, CRMBOOK_LANG=other).stderr


def test_the_help_is_there_without_what_the_commands_need(tmp_path):
    shown = python_m("--help", cwd=tmp_path, PYTHONVERBOSE="1")
    assert shown.returncode == 0
    for name in ("pandas", "sqlalchemy", "pydantic", "openpyxl", "phonenumbers", "crmbook.schema"):
        assert f"import '{name}'" not in shown.stderr


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("typed", "offered"),
    [("crmbook s", {"sync", "status", "schema"}), ("crmbook sync --dr", {"--dry-run"}), ("crmbook --v", {"--version"})],
)  # fmt: skip
def test_completion_offers_commands_and_options(typed, offered):
    called = "import sys; sys.argv = ['crmbook']; from crmbook.cli import main; main()"
    completing = {
        "_CRMBOOK_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    env = os.environ | completing | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", called], env=env, capture_output=True, encoding="utf-8", check=False
    )
    assert set(told.stdout.split()) == offered, told.stderr


def test_the_version_is_that_of_the_package(tmp_path):
    assert re.fullmatch(r"crmbook \d+\.\d+\.\d+\S*\n", python_m("--version", cwd=tmp_path).stdout)


@pytest.mark.slow
def test_sync_without_a_path_is_of_the_current_folder(tmp_path):
    assert python_m("build", "-o", "a.xlsx", "--sample", cwd=tmp_path).returncode == 0
    assert "a.xlsx" in python_m("sync", cwd=tmp_path).stdout


@given(st.text(alphabet="客户，。（）「」ab c1-", max_size=80), st.integers(8, 40))
def test_wrapping_keeps_every_sign(text, width):
    lines = wrapped(text, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)


@given(st.text(alphabet="客户，。（）「」ab", max_size=80), st.integers(8, 40))
def test_no_line_begins_with_a_sign_that_closes_or_ends_with_one_that_opens(text, width):
    for line, other in pairwise(wrapped(text, width)):
        assert other[0] not in "，。）」"
        assert line[-1] not in "（「"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("a line that is exactly forty columns wide", ["a line that is exactly forty columns", "    wide"]),
        ("  → 请核对位数，境外号码请以加号和国家代码开头；号码已按原样保留",
         ["  → 请核对位数，境外号码请以加号和国家代", "      码开头；号码已按原样保留"]),
        ("one line\n  and another one, which is too long for it",
         ["one line", "  and another one, which is too long for", "      it"]),
        ("/a/path/that/no/window/of/forty/columns/can/hold", ["/a/path/that/no/window/of/forty/columns/can/hold"]),
        ("", [""]),
    ],
)  # fmt: skip
def test_a_long_line_is_broken_between_words_and_set_in(text, lines):
    assert fitted(text, 40).split("\n") == lines
