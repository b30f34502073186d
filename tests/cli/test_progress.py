"""A bar shows that something lasts, where a person looks; a pipe gets none of it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.cli.run import ROOT

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
