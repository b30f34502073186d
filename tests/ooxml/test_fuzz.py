"""Fuzz: spoilt workbooks are refused by name or come through; no traceback, no hang, no memory without bounds."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutate import spoil_file, spoil_part
from tests.fuzz.target import use
from tests.ooxml.specimens import REFUSED, SPECIMENS
from tests.ooxml.specimens.parts import book, sheet_xml
from tests.ooxml_lint import lint

SEEDS = [item for item in SPECIMENS if len(item.data) < 12_000]
SECONDS = 60
MEGABYTE = 1 << 20


def _bounded(data: bytes) -> None:
    start = time.perf_counter()
    use(data)
    assert time.perf_counter() - start < SECONDS


@given(st.sampled_from(SEEDS), st.integers(0, 1 << 32))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_spoilt_files_are_refused_by_name(specimen, seed):
    _bounded(spoil_file(specimen.data, random.Random(seed)))


@pytest.mark.slow
@given(st.sampled_from(SEEDS), st.integers(0, 1 << 32))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_spoilt_parts_are_refused_by_name(specimen, seed):
    _bounded(spoil_part(specimen.data, random.Random(seed)))


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_bytes_are_refused_by_name(data):
    _bounded(data)
    _bounded(b"PK\x03\x04" + data)


@given(st.sampled_from(SEEDS), st.integers(0, 1 << 32))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_linter_never_raises_over_content(specimen, seed):
    dice = random.Random(seed)
    lint(dice.choice([spoil_file, spoil_part])(specimen.data, dice))


@pytest.mark.parametrize("specimen", REFUSED, ids=str)
def test_refusals_cost_little_memory(specimen):
    data = specimen.data
    tracemalloc.start()
    try:
        use(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MEGABYTE + 4 * len(data)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "body",
    [
        '<row r="1">' + "<c>" * 20_000,
        "<row>" * 20_000,
        '<row r="1"><c r="A1" t="s"' + " " * 200_000,
        "<!--" * 50_000,
        '<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:XFD1048576">A1</f></c></row>' + "<row/>" * 50_000,
        '<row r="1"><c r="A1"><v>' + "&amp;" * 50_000 + "</v></c></row>",
        '<row r="1"' + ' a="b"' * 50_000 + "/>",
        "<![CDATA[" * 20_000,
        '<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">1</f></c></row>',
        "<row r='1' " + "x=' " * 30_000,
    ],
    ids=lambda body: body[:24],
)
def test_markup_that_invites_backtracking_ends_soon(body):
    _bounded(book(sheet_xml(body)))


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.slow
def test_atheris_finds_nothing_in_a_short_run(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.atheris_target", "20", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
