"""A second process of ours that works on the same bytes while this one goes on: one interpreter uses one core.

It is an offer: where it cannot be started, or ends early, nothing comes from it, and whoever asked does the work
himself. It is given the bytes, not the file, which may change meanwhile; and it never outlives whoever asked.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import weakref
from importlib import import_module
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LENGTH: Final = 8
# Isolated, so that nothing in the working folder is taken for a module; then with the very path of the first process.
_START: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from crmbook.base.companion import work; work()"
)


class Companion:
    """Runs a function of ours on some bytes in a process of its own.

    Parameters
    ----------
    function
        ``module:function``, which is given the bytes and yields what it finds.
    data
        The bytes.
    """

    def __init__(self, function: str, data: bytes) -> None:
        self._found: SimpleQueue[bytes | None] = SimpleQueue()
        self._is_over = False
        self.end: Callable[[], object] = lambda: None
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-I", "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._found.put(None)
            return
        head = pickle.dumps(sys.path) + pickle.dumps(function)
        pipes = (process.stdin, process.stdout)
        talk = threading.Thread(target=_talk, args=(*pipes, head, data, self._found), daemon=True)
        talk.start()
        self.end = weakref.finalize(self, _end, process, talk)

    @classmethod
    def is_of_use(cls) -> bool:
        """Return whether there is a core for it, and an interpreter that can be started."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return cores > 1 and bool(sys.executable) and not getattr(sys, "frozen", False)

    def receive(self) -> Any:
        """Return what it found next, as soon as it has; None where nothing more comes."""
        if self._is_over:
            return None
        found = self._found.get()
        if found is None:
            self._is_over = True
            self.end()
            return None
        return pickle.loads(found)  # noqa: S301 - our own process made it


def _talk(
    given: IO[bytes], taken: IO[bytes], head: bytes, data: bytes, found: SimpleQueue[bytes | None]
) -> None:
    """Give the process its work and take in what it finds, so that it never waits."""
    try:
        with taken:
            with given:
                given.write(head)
                given.write(data)
            for item in _items(taken):
                found.put(item)
    except OSError:  # it has ended
        pass
    finally:
        found.put(None)


def _items(pipe: IO[bytes]) -> Iterator[bytes]:
    """Yield whole items; what was cut off is none."""
    while len(head := pipe.read(_LENGTH)) == _LENGTH:
        length = int.from_bytes(head, "little")
        item = pipe.read(length)
        if len(item) < length:
            return
        yield item


def _end(process: subprocess.Popen[bytes], talk: threading.Thread) -> None:
    process.kill()
    process.wait()
    talk.join()


def work() -> None:
    """Do what the first process asks for: this is the second one."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anybody prints is no item
    module, name = pickle.load(sys.stdin.buffer).split(":")  # noqa: S301 - the first process asks
    function = getattr(import_module(module), name)
    for found in function(sys.stdin.buffer.read()):
        item = pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL)
        out.write(len(item).to_bytes(_LENGTH, "little"))
        out.write(item)
        out.flush()
