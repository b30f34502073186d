"""Being asked to end: every signal that means it, nothing else, and only as long as somebody minds."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from crmbook.watch.stopping import stopping
from tests.signals import heard

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_asks_once_and_ends_nothing_by_itself(sign):
    asked: list[signal.Signals] = []
    with heard(sign), stopping(lambda: asked.append(sign)):
        os.kill(os.getpid(), sign)
        os.kill(os.getpid(), sign)
        signal.sigpending()
    assert asked == [sign, sign]


def test_what_was_there_before_comes_back():
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    with pytest.raises(ZeroDivisionError), stopping(lambda: None):
        raise ZeroDivisionError
    assert {name: signal.getsignal(name) for name in before} == before


def test_what_nohup_asked_for_stays():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asked: list[int] = []
    try:
        with stopping(lambda: asked.append(1)):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert asked == []


def test_in_another_thread_signals_are_left_alone():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def run() -> None:
        with stopping(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
