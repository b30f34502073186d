"""Being asked to end: by a signal, by Ctrl+C, by Windows when somebody closes the console, logs off or shuts down.

Whoever is asked finishes the workbook under way. Windows ends a process as soon as its handler returns, so the handler,
which runs in a thread of its own, waits until the work is done.
"""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP")
_CLOSING: Final = frozenset([2, 5, 6])
"""CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT and CTRL_SHUTDOWN_EVENT."""
_GRACE: Final = 20.0
"""Seconds; Windows itself grants 5 to 20."""


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Have `stop` called, from a signal handler or another thread, when the process shall end."""
    done = threading.Event()
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        numbers = []
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:  # what nohup asked for stays
            signal.signal(number, lambda _number, _frame: stop())
    try:
        with _console(stop, done):
            yield
    finally:
        done.set()
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


if sys.platform == "win32":

    @contextmanager
    def _console(stop: Callable[[], None], done: threading.Event) -> Iterator[None]:
        """Listen for the closing of the console."""
        import ctypes

        def handle(event: int) -> int:
            if event not in _CLOSING:
                return 0
            stop()
            done.wait(_GRACE)
            return 1

        handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(handle)  # kept alive until it is taken back
        register = ctypes.windll.kernel32.SetConsoleCtrlHandler
        register(handler, 1)
        try:
            yield
        finally:
            register(handler, 0)

else:

    @contextmanager
    def _console(stop: Callable[[], None], done: threading.Event) -> Iterator[None]:  # noqa: ARG001
        """Only Windows closes consoles in a way of its own."""
        yield
