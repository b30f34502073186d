"""A bar shows that something lasts, where a person looks; a pipe gets none of it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.run import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

LASTS = """
import time
from crmbook.cli.progress import working
with working("cli.import-reading", "zh", name="[red]旧\\x1b名单") as progress:
    time.sleep({seconds})
    progress("cli.import-planning", 3, 8, name="名单")
    time.sleep({seconds} / 4)
print("done")
"""


def at_terminal(script: str, **environment: str) -> str:
    """What a terminal of 80 columns gets from a script."""
    master, slave = pty.openpty()
    env = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"} | environment
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=slave, stderr=slave, stdin=slave, env=env
    ) as process:
        os.close(slave)
        told = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:  # nobody writes any more
                break
            if not piece:
                break
            told += piece
        assert process.wait() == 0
    os.close(master)
    return told.decode()


def test_what_lasts_shows_its_steps_and_how_many_are_done():
    told = at_terminal(LASTS.format(seconds=1.6))
    assert "正在读 [red]旧\\x1b名单 …" in told
    assert "正在核对 名单 …" in told
    assert "3/8" in told
    assert told.rstrip().endswith("done")


def test_what_is_done_at_once_shows_nothing():
    assert at_terminal(LASTS.format(seconds=0.05)) == "done\r\n"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"FORCE_COLOR": "1"}], ids=["dumb", "forced"])
def test_nobody_looks_at_a_pipe_or_at_a_terminal_that_cannot_draw(environment):
    script = LASTS.format(seconds=1.2)
    if "TERM" in environment:
        assert at_terminal(script, **environment) == "done\r\n"
        return
    env = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    ended = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True)
    assert ended.stderr == b""


INTERRUPTS = """
import os, signal, sys
def hook(event, args):
    if event == "os.rename" and str(args[1]).endswith({name!r}):
        os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts tests in the background turns it off
sys.addaudithook(hook)
sys.argv = ["crmbook", *{words!r}]
from crmbook.cli import main
main()
"""


def interrupted(folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that gets Ctrl-C at the moment in which it puts the file `name` in its place."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "CRMBOOK_LANG": "zh", "PYTHONIOENCODING": "utf-8"}
    script = INTERRUPTS.format(name=name, words=list(words))
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_whoever_interrupts_a_sync_is_told_what_was_written_and_what_was_not(tmp_path):
    for name in ("甲.xlsx", "乙.xlsx"):
        assert run("build", "-o", tmp_path / name, "--lang", "zh", "--as-of", "2023-04-01").exit_code == 0
    before = (tmp_path / "甲.xlsx").read_bytes()
    ended = interrupted(tmp_path, "甲.xlsx", "sync", "--as-of", "2023-04-02")
    assert ended.returncode == 130
    assert "写好的：乙.xlsx；没有写回的：甲.xlsx" in ended.stdout
    assert ended.stderr == ""
    assert (tmp_path / "甲.xlsx").read_bytes() == before
    again = run("sync", tmp_path, "--as-of", "2023-04-02", "--lang", "zh")
    assert again.exit_code == 0
    assert "已同步" in again.output


@pytest.mark.slow
def test_whoever_interrupts_a_build_is_told_that_there_is_no_workbook(tmp_path):
    ended = interrupted(tmp_path, "甲.xlsx", "build", "-o", "甲.xlsx")
    assert (ended.returncode, ended.stdout) == (130, "已中断：没有生成 甲.xlsx\n")
    assert not (tmp_path / "甲.xlsx").exists()
