"""What a watcher did, for whoever asks later: one JSON line an event, in files that are replaced when they are full.

The newest lines are in ``log/events.jsonl``, older ones in ``events.1.jsonl`` to ``events.4.jsonl``. Every line has the
moment (``at``), the message's code and params, for programs, and its words (``text``), for people. A line is
written and its file closed again before `Log.write` returns: nothing is lost when the process is killed, and a log
that somebody moves or empties is simply begun anew. A disk that takes no line ends no watch, but whoever asked for
a further file gets a note that it takes none.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, describe, make_private, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmbook.base import Language

FILES: Final = 5
BYTES: Final = 1_000_000
"""How many files are kept, and how large each may grow."""


class Log:
    """The log of one watcher; any of its threads may write.

    Parameters
    ----------
    home
        Folder of the watcher's state; the log lies in ``log`` inside it.
    json_log
        A further file that gets every line, replaced when full as well.
    say
        Takes every line as people read it.
    may
        Whether the log of its own may be written now.
    """

    def __init__(
        self,
        home: Path,
        lang: Language,
        json_log: Path | None = None,
        say: Callable[[str], None] | None = None,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self._own = home / "log" / "events.jsonl"
        self._lang: Language = lang
        self._further = None if json_log is None else json_log.absolute()
        self._is_refused = False
        self._say, self._may = say, may
        self._alone = threading.Lock()

    def write(self, code: str, **params: object) -> None:
        """Write down, and say, the message `code`."""
        now = datetime.now(UTC).astimezone()
        text = describe(code, self._lang, params)
        entry = {"at": now.isoformat(timespec="seconds"), "code": code, "params": params, "text": text}
        line = (json.dumps(entry, ensure_ascii=False, default=str) + "\n").encode(errors="backslashreplace")
        with self._alone:
            if self._may():
                with suppress(OSError, CrmbookError):
                    _append(self._own, line)
            refused = self._write_further(line)
            if self._say is not None:
                self._say(f"{now:%H:%M:%S} {text}")
        if refused is not None:
            self.write("watch.log-refused", path=str(self._further), reason=refused)

    def _write_further(self, line: bytes) -> str | None:
        """Write a line to the file that was asked for; return why it takes none, where that is new."""
        if self._further is None:
            return None
        was_refused, self._is_refused = self._is_refused, False
        try:
            _append(self._further, line)
        except OSError as error:
            reason = error.strerror or str(error)
        except CrmbookError as error:
            reason = str(error.params.get("reason", error.code))
        else:
            return None
        self._is_refused = True
        return None if was_refused else reason


def _append(path: Path, line: bytes) -> None:
    make_private_folder(path.parent)
    if path.exists() and path.stat().st_size + len(line) > BYTES:
        _move_on(path)
    make_private(path)
    with path.open("ab") as file:
        file.write(line)


def _move_on(path: Path) -> None:
    """Give every full file the next number; the oldest goes."""
    names = [path, *(path.with_name(f"{path.stem}.{number}{path.suffix}") for number in range(1, FILES))]
    for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
        if newer.exists():
            newer.replace(older)
