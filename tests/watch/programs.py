"""``crmbook`` as processes of their own, with a clock on the wall that a test can put forward while they run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.times import local_now
from tests.cli.run import ROOT
from tests.sync.shop import MAIN, Shop
from tests.watch.watching import until

if TYPE_CHECKING:
    from pathlib import Path

# A step of the clock moves what is read from it, and the moment of the machine's start that is reckoned from it.
_CLOCK = """
import os, time
import psutil._pslinux as system
now, started = time.time, system.boot_time
def ahead():
    try:
        with open(os.environ["CLOCK_AHEAD"]) as file:
            return float(file.read() or 0)
    except OSError:
        return 0.0
time.time = lambda: now() + ahead()
system.boot_time = lambda: started() + ahead()
"""


def begun(folder: Path) -> Path:
    """Begin a book in a folder, with one workbook that was synced today; return the folder."""
    shop = Shop(folder)
    (folder / MAIN).rename(folder / "a.xlsx")
    sync_workbooks(shop.paths(), Options(local_now().date()))
    return folder


class Clock:
    """The clock on the wall of some processes."""

    def __init__(self, folder: Path) -> None:
        self._place, self._ahead = folder / "clock", folder / "clock" / "ahead"
        self._place.mkdir()
        (self._place / "sitecustomize.py").write_text(_CLOCK, encoding="utf-8")

    def put_forward(self, seconds: float) -> None:
        beside = self._ahead.with_suffix(".new")
        beside.write_text(str(seconds), encoding="utf-8")
        beside.replace(self._ahead)

    @property
    def variables(self) -> dict[str, str]:
        return {"PYTHONPATH": f"{self._place}{os.pathsep}{ROOT}", "CLOCK_AHEAD": str(self._ahead)}


def _environment(clock: Clock | None) -> dict[str, str]:
    plain = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return os.environ | plain | (clock.variables if clock else {})


class Watch:
    """A watcher of a folder; a context manager that leaves no process behind."""

    def __init__(self, folder: Path, said: Path, *words: object, clock: Clock | None = None) -> None:
        told = [
            sys.executable,
            "-m",
            "crmbook",
            "watch",
            folder,
            "--lang",
            "en",
            "--quiet-time",
            "0.2",
            *words,
        ]
        self.folder, self.said = folder, said
        with said.open("ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in told], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=_environment(clock),
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def until_said(self, *texts: str) -> None:
        until(lambda: all(text in self.text for text in texts), lambda: self.text)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def crmbook(*words: object, clock: Clock | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crmbook", *map(str, words)]
    return subprocess.run(
        command, env=_environment(clock), capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def status(folder: Path, clock: Clock | None = None) -> dict[str, Any]:
    found = json.loads(crmbook("status", folder, "--json", "--lang", "en", clock=clock).stdout)
    assert isinstance(found, dict)
    return found


def condition(folder: Path, name: str) -> str:
    return next((str(one["condition"]) for one in status(folder)["workbooks"] if one["name"] == name), "")


def office_program(folder: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that carries the name of LibreOffice's."""
    program = folder / "bin" / "soffice.bin"
    program.parent.mkdir()
    shutil.copy(str(shutil.which("sleep")), program)
    return subprocess.Popen([program, "600"], **options)
