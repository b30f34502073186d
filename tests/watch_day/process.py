"""The real process, started, killed and stopped as an operating system does it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-m", "crmbook", "watch")
PATIENCE = 60
"""Seconds in which a process that was asked to stop has stopped."""


class Watching:
    """``crmbook watch`` of a folder, in a process that comes and goes.

    Attributes
    ----------
    said
        File with what it printed.
    """

    def __init__(self, folder: Path, said: Path, *options: str) -> None:
        self._command = [*COMMAND, str(folder), *options]
        self.said = said
        self.process: subprocess.Popen[bytes] | None = None
        self._before = 0

    def start(self) -> None:
        self._before = len(self._all())
        with self.said.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop; see that it does so by itself, and that all is well."""
        code = self._end(signal.SIGTERM)
        has_begun = len(self._all()) > self._before  # while Python still starts, the signal just ends it
        assert code == 0 or (code == -signal.SIGTERM and not has_begun), f"exit code {code}\n{self.told()}"

    def _end(self, sign: signal.Signals) -> int:
        process, self.process = self.process, None
        assert process is not None
        assert process.poll() is None, f"it ended by itself\n{self.told()}"
        process.send_signal(sign)
        return process.wait(PATIENCE)

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def told(self) -> str:
        return self._all().decode(errors="replace")[-4000:]

    def _all(self) -> bytes:
        return self.said.read_bytes() if self.said.exists() else b""
