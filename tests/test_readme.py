"""The READMEs do what they say: their commands run in an empty folder, and every command and option is documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crmbook.cli.reference import PAGES, commands, common_options, render_reference

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
NOT_HERE = ("make demo", "make test")
"""Set-up that the tests themselves stand on."""
PROBLEMS_ON_PURPOSE = "1"
BLOCK = re.compile(r"```sh run\n(.*?)```", re.DOTALL)
CODE = re.compile(r"^```.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
USERS = ("commands", "schema", "formulas", "watch", "notices")
"""Pages of the docs that somebody who uses crmbook needs; privacy has two of its own."""
ANCHOR = re.compile(r"\]\(([\w.]*)#([^)]+)\)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def commands_of(readme: str) -> list[str]:
    """Command lines of a README; a line that ends inside a here-document goes on."""
    lines: list[str] = []
    waiting = ""
    for line in "\n".join(BLOCK.findall((ROOT / readme).read_text(encoding="utf-8"))).splitlines():
        if waiting:
            lines[-1] += "\n" + line
            waiting = "" if line == waiting else waiting
        elif line and not line.startswith(NOT_HERE):
            lines.append(line)
            found = re.search(r"<<'(\w+)'", line)
            waiting = found[1] if found else ""
    return lines


@pytest.mark.sample(1)
@pytest.mark.parametrize("readme", READMES)
def test_every_command_runs_as_shown(readme, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "crmbook").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m crmbook "$@"\n', encoding="utf-8"
    )
    (programs / "crmbook").chmod(0o755)
    desk = tmp_path / "desk"
    desk.mkdir()
    env = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    shown = commands_of(readme)
    assert len(shown) >= 9
    for line in shown:
        done = subprocess.run(
            ["sh", "-c", line], cwd=desk, env=env, capture_output=True, encoding="utf-8", check=False
        )
        promised = re.search(r"# .*?(?:exit code |退出码 )(\d)", line)
        assert done.returncode == int(promised[1] if promised else 0), (line, done.stdout, done.stderr)


@pytest.mark.parametrize("readme", [*READMES, *DOCS])
def test_every_link_leads_somewhere(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if not ((ROOT / readme).parent / link).exists()] == []


@pytest.mark.parametrize("page", DOCS)
def test_every_place_that_a_page_of_the_docs_points_to_is_there(page):
    own = ROOT / page
    pointed = ANCHOR.findall(own.read_text(encoding="utf-8"))
    missing = [
        f"{file}#{place}"
        for file, place in pointed
        if place not in _places((own.parent / file if file else own).read_text(encoding="utf-8"))
    ]
    assert missing == []


def _places(text: str) -> set[str]:
    """The anchors of the headings of a page, as the sites that show it make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_option_is_named(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert [name for name in commands() if f"crmbook {name}" not in text] == []
    named = set(re.findall(r"--[a-z][a-z-]+", text))
    items = [*common_options(), *(item for command in commands().values() for item in command.params)]
    known = {option for item in items for option in item.opts}
    assert named <= known


@pytest.mark.parametrize("lang", PAGES)
def test_the_reference_is_what_the_command_line_says(lang):
    written = (ROOT / PAGES[lang]).read_text(encoding="utf-8")
    assert written == render_reference(lang), "run: python -m crmbook.cli.reference"


@pytest.mark.parametrize("page", USERS)
def test_what_a_user_needs_is_there_in_both_languages(page):
    """Of each of these pages the Chinese one shows the same examples, and each leads to the other."""
    english, chinese = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in _both(page))
    assert (f"]({page}.md)" in chinese, f"]({page}.zh.md)" in english) == (True, True)
    one, other = (
        [line for block in CODE.findall(text) for line in block.splitlines()] for text in (english, chinese)
    )
    assert len(one) == len(other)


def _both(page: str) -> tuple[str, str]:
    return f"{page}.md", f"{page}.zh.md"


def test_both_languages_show_the_same_commands():
    one, other = (
        [
            re.sub(r"[^ ]*\.xlsx|mine|我的|\"Alison Hart\"|王芳|--lang ..|#.*", "", line)
            for line in commands_of(readme)
        ]
        for readme in READMES
    )
    assert [line.split() for line in one] == [line.split() for line in other]
