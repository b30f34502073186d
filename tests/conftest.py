"""Fixtures and rules for every test: the office program is asked for in one place."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest

from tests import office as office_harness

if TYPE_CHECKING:
    from types import ModuleType


os.environ.setdefault("CRMBOOK_LANG", "zh")
"""The people of the tests read Chinese, whatever the locale of the machine; the words of the options are read once."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--deep``: run the tests marked `deep` too."""
    parser.addoption("--deep", action="store_true", help="run the tests that take hours, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes hours unless it is asked for."""
    if not config.getoption("--deep"):
        deep = [item for item in items if item.get_closest_marker("deep")]
        items[:] = [item for item in items if not item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=deep)


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
