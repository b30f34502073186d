"""Fixtures and rules for every test: the office program is asked for in one place."""

from __future__ import annotations

import gc
import os
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests import office as office_harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


os.environ.setdefault("CRMBOOK_LANG", "zh")
"""The people of the tests read Chinese, whatever the locale of the machine; the words of the options are read once."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--slow`` and ``--deep``: run more than what every change is tried with."""
    parser.addoption(
        "--slow", action="store_true", help="run the tests marked `slow`, and all cases of a sample"
    )
    parser.addoption("--deep", action="store_true", help="run every test there is, which takes hours")


@pytest.fixture
def server() -> Iterator[str]:
    """An empty schema of its own on a PostgreSQL server."""
    from tests.postgres import own_schema

    with own_schema() as url:
        yield url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long unless it is asked for."""
    is_deep = config.getoption("--deep")
    is_slow = is_deep or config.getoption("--slow")
    left_out = {*([] if is_slow else ["slow"]), *([] if is_deep else ["deep"])}
    chosen = [item for item in items if not any(map(item.get_closest_marker, left_out))]
    chosen = chosen if is_slow else list(_iter_sampled(chosen))
    kept = {*map(id, chosen)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = chosen


def _iter_sampled(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests, and of one marked ``sample(n)`` no more than `n` cases, as far apart as its table has them."""
    for _, group in groupby(items, key=lambda item: (item.parent, getattr(item, "originalname", item.name))):
        cases = list(group)
        mark = cases[0].get_closest_marker("sample")
        count = min(mark.args[0] if mark else len(cases), len(cases))
        yield from (cases[number * len(cases) // count] for number in range(count))


def pytest_collection_finish() -> None:
    """Leave what is imported out of every collection of garbage: that takes a third of the time of a sync."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `office`, or fail it in CI, where the program is missing."""
    if item.get_closest_marker("office"):
        office_harness.require_office()


@pytest.fixture
def office() -> ModuleType:
    """Return the harness `tests.office`, with the office program at hand."""
    office_harness.require_office()
    return office_harness
