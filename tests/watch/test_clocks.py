"""The clock on the wall is put forward, or back: whoever lives is alive, and what is open stays open."""

from __future__ import annotations

import getpass
import shutil
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sync.shop import Sheet
from tests.watch.programs import Clock, Watch, begun, condition, crmbook, office_program, status
from tests.watch.watching import known, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how Linux reckons the start of a process")
DAY = 86_400.0


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return begun(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "shared"))


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def office(tmp_path) -> Iterator[Callable[[Path | None], None]]:
    """Start an office program, which may hold a file open; it ends with the test."""
    with ExitStack() as stack:

        def start(held: Path | None = None) -> None:
            options = {"stdin": stack.enter_context(held.open("rb"))} if held else {}
            process = stack.enter_context(office_program(tmp_path, **options))
            stack.callback(process.kill)

        yield start


def lock(path: Path, user: str, host: str) -> None:
    text = f",{user},{host},06.03.2024 08:00,file:///x;"
    path.with_name(f".~lock.{path.name}#").write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [DAY, -DAY, 3600.0])
def test_a_watcher_that_lives_is_not_gone_when_the_clock_was_set(folder, clock, tmp_path, seconds):
    with Watch(folder, tmp_path / "said") as watch:
        watch.until_said("Watching")
        until(lambda: status(folder)["watcher"]["life"] == "watching")
        clock.put_forward(seconds)
        assert status(folder, clock)["watcher"]["life"] == "watching"
        watch.process.kill()
        watch.process.wait()
        assert status(folder, clock)["watcher"]["life"] == "lost"


@pytest.mark.slow
@pytest.mark.parametrize("host", [socket.gethostname(), "elsewhere"])
def test_an_open_workbook_is_not_written_when_the_clock_is_put_forward(host, folder, clock, tmp_path, office):
    path = folder / "a.xlsx"
    office()  # some programs keep no handle on the file
    with Watch(folder, tmp_path / "said", clock=clock) as watch:
        watch.until_said("Watching")
        lock(path, getpass.getuser(), host)
        Sheet(path).type("clients", 2, name="一")
        watch.until_said("a.xlsx: open")
        revision = known(folder)[0]
        clock.put_forward(3 * DAY)
        Sheet(path).type("clients", 2, name="二")
        before = path.read_bytes()
        until(lambda: known(folder)[0] > revision, lambda: watch.text)
        assert watch.stop() == 0
        assert path.read_bytes() == before
        assert condition(folder, "a.xlsx") == "waiting"
        assert "was left by a program that crashed" not in watch.text


def test_a_workbook_that_a_program_holds_is_open_whatever_the_clock_says(folder, clock, office):
    path = folder / "a.xlsx"
    Sheet(path).type("clients", 2, name="一")
    lock(path, getpass.getuser(), socket.gethostname())
    office(path)
    clock.put_forward(3 * DAY)
    before = path.read_bytes()
    done = crmbook("sync", folder, "--lang", "en", clock=clock)
    assert (done.returncode, path.read_bytes()) == (4, before), done.stdout
