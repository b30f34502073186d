"""A question at the terminal: what is no answer is asked again, in the words of the session."""

from __future__ import annotations

import io

import pytest
from typer.testing import CliRunner

from crmbook.cli import app
from crmbook.cli.terminal import confirm
from tests.cli.run import run


@pytest.mark.parametrize(
    ("lang", "answered", "said"),
    [
        ("zh", "也许\n是\n", "“也许”不是回答：请输入 y（是）或 n（否）"),
        ("en", "perhaps\nyes\n", "“perhaps” is no answer: type y or n"),
    ],
)
def test_what_is_no_answer_is_asked_again_in_the_language_of_the_session(
    tmp_path, monkeypatch, lang, answered, said
):
    monkeypatch.chdir(tmp_path)
    assert run("build", "-o", "a.xlsx", "--sample", "--template", "lite").exit_code == 0
    monkeypatch.setattr("crmbook.cli.bulk.has_person", lambda: True)
    words = [
        "bulk",
        "--table",
        "customers",
        "--where",
        '=[@customer_id]="001"',
        "--set",
        "name=张五",
        "--lang",
        lang,
    ]
    done = CliRunner().invoke(app, words, input=answered, catch_exceptions=False)
    assert said in done.output, done.output
    assert "Error" not in done.output
    assert done.output.count("[y/N]") == 2
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("answered", "is_yes"), [("\n", False), ("N\n", False), ("否\n", False), ("Y\n", True)]
)
def test_enter_alone_is_no(monkeypatch, answered, is_yes):
    monkeypatch.setattr("sys.stdin", io.StringIO(answered))
    assert confirm("去？", "zh") is is_yes
