"""A second process: it gives what it finds, or nothing; nobody waits for one that ended, and none is left over."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from crmbook.base.companion import Companion

HERE = "tests.base.test_companion"


def counted(data):
    yield len(data)
    yield os.getpid()
    yield data[:3]


def printing(data):
    print("no item")
    yield "an item"


def failing(data):
    yield "first"
    raise ValueError(data)


def large(data):
    for number in range(3):
        yield bytes([number]) * len(data)


def sleeping(data):
    yield os.getpid()
    time.sleep(600)
    yield data


def _all(companion):
    return list(iter(companion.receive, None))


def test_it_works_in_another_process_and_gives_one_thing_after_the_other():
    length, process, head = _all(Companion(f"{HERE}:counted", b"abc" * 1_000_000))
    assert (length, head) == (3_000_000, b"abc")
    assert process != os.getpid()


def test_what_it_prints_is_no_item():
    assert _all(Companion(f"{HERE}:printing", b"")) == ["an item"]


def test_it_goes_on_though_nobody_takes_anything_yet():
    companion = Companion(f"{HERE}:large", bytes(8 << 20))
    assert [len(item) for item in _all(companion)] == [8 << 20] * 3


@pytest.mark.parametrize("function", [f"{HERE}:failing", f"{HERE}:missing", "tests.nowhere:counted"])
def test_after_a_failure_nothing_more_comes(function):
    found = _all(Companion(function, b"abc"))
    assert found == (["first"] if function.endswith("failing") else [])


def test_one_that_ends_before_it_took_all_gives_nothing():
    assert _all(Companion("tests.nowhere:counted", bytes(32 << 20))) == []


def test_an_interpreter_that_is_not_there_gives_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    companion = Companion(f"{HERE}:counted", b"abc")
    assert companion.receive() is None
    companion.end()


def test_one_that_is_ended_is_gone_and_gives_nothing_more():
    companion = Companion(f"{HERE}:sleeping", b"abc")
    process = psutil.Process(companion.receive())
    companion.end()
    assert not process.is_running()
    assert companion.receive() is None


def test_one_that_nobody_needs_any_more_is_gone():
    companion = Companion(f"{HERE}:sleeping", b"abc")
    process = psutil.Process(companion.receive())
    del companion
    assert not process.is_running()


def test_a_file_in_the_working_folder_is_no_module_of_ours(monkeypatch, tmp_path):
    for name in ("pickle", "queue", "psutil"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert _all(Companion(f"{HERE}:counted", b"abc"))[0] == 3


def test_one_core_has_no_use_for_it(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    if hasattr(os, "sched_getaffinity"):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert not Companion.is_of_use()
