"""The language of messages by the locale, as POSIX reads it: Chinese only where that is Chinese."""

from __future__ import annotations

import locale

import pytest

from crmbook.cli.console import preferred_book_language, preferred_language
from tests.cli.run import python_m, run

VARIABLES = ("CRMBOOK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("environment", "system", "messages", "book"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "", "zh", "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "", "zh", "zh"),
        ({"LANG": "zh_CN.GB18030"}, "", "zh", "zh"),
        ({"LANG": "zh-Hans-CN"}, "", "zh", "zh"),
        ({"LANG": "en_US.UTF-8"}, "", "en", "en"),
        ({"LANG": "de_DE.UTF-8"}, "", "en", "en"),
        ({"LANG": "ja_JP.UTF-8"}, "", "en", "en"),
        ({"LANG": "C"}, "", "en", "zh"),
        ({"LANG": "C.UTF-8"}, "", "en", "zh"),
        ({"LANG": "POSIX"}, "", "en", "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "", "en", "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "", "zh", "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "", "en", "en"),
        ({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "", "zh", "zh"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "", "en", "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}, "", "zh", "zh"),
        ({"CRMBOOK_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, "", "zh", "zh"),
        ({"CRMBOOK_LANG": "en", "LANG": "zh_CN.UTF-8"}, "", "en", "en"),
        ({}, None, "en", "zh"),
        ({}, "zh_CN", "zh", "zh"),
        ({}, "Chinese (Simplified)_China", "zh", "zh"),
        ({}, "English_United States", "en", "en"),
        ({"LC_NUMERIC": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "", "en", "en"),
    ],
)
def test_the_locale_decides(monkeypatch, environment, system, messages, book):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(locale, "getlocale", lambda: (system, None))
    assert (preferred_language(), preferred_book_language()) == (messages, book)


def test_the_option_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("CRMBOOK_LANG", "zh")
    assert "No workbook" in (told := run("sync", tmp_path, "--lang", "en").output) or "no " in told.lower()
    assert run("sync", tmp_path, "--lang", "zh").output != told


def test_a_process_under_the_c_locale_speaks_english(tmp_path):
    said = {
        place: python_m("--help", cwd=tmp_path, CRMBOOK_LANG="", LC_ALL=place).stdout
        for place in ("C.UTF-8", "zh_CN.UTF-8")
    }
    assert any("一" <= sign <= "鿿" for sign in said["zh_CN.UTF-8"])
    assert not any("一" <= sign <= "鿿" for sign in said["C.UTF-8"])
