"""What a person typed reaches the terminal as the characters it is: no escape sequence, picture or colour."""

from __future__ import annotations

import json

import pytest

from crmbook.cli.visible import visible
from tests.cli.run import run
from tests.desk import NAME, Desk, moved, settled

NASTY = "\x1b[31m红\x9b2J[red]:x:[/red]\u202etxt.exe\x07"
"""Colours the terminal, clears it, is markup, a picture, turns the direction of writing, rings."""
SHOWN = r"\x1b[31m红\x9b2J[red]:x:[/red]\u202etxt.exe\x07"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    folder = tmp_path_factory.mktemp("terminal")
    settled(folder)
    return Desk(moved(folder, tmp_path_factory.mktemp("moved")))


def obeyed(text: str) -> list[str]:
    """The characters of an output that a terminal would obey."""
    return [letter for letter in text if letter not in "\n\t" and not letter.isprintable()]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "words",
    [
        ["check", NAME],
        ["diff", NAME],
        ["sync", NAME, "--dry-run"],
        ["sync", NAME],
        ["history", "."],
        ["status", "."],
        ["check", NAME, "--json"],
        ["sync", NAME, "--json"],
    ],
    ids=" ".join,
)
def test_no_command_lets_a_cell_speak_to_the_terminal(desk, words, monkeypatch):
    if "--json" not in words and words[0] != "history":
        desk.type("customers", 2, phone=NASTY, notes=NASTY)
    monkeypatch.chdir(desk.path.parent)
    monkeypatch.setenv("COLUMNS", "300")
    result = run(*words, *(["--as-of", "2023-04-01"] if words[0] in {"check", "sync", "diff"} else []))
    assert obeyed(result.stdout) == []
    assert obeyed(result.stderr) == []
    if "--json" in words:
        assert json.loads(result.stdout)
    elif words[0] == "check":
        assert SHOWN in result.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王芳", "王芳"),
        ("a\tb\nc", "a\tb\nc"),
        ("\ud800", r"\ud800"),
        ("é\u2066", r"é\u2066"),
        ("👍🏽", "👍🏽"),
        ("\r", r"\r"),
    ],
)
def test_only_what_a_terminal_obeys_is_spelled(text, shown):
    assert visible(text) == shown
