"""Fixtures and rules for every test: the office program is asked for in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import office as office_harness

if TYPE_CHECKING:
    from types import ModuleType


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `office`, or fail it in CI, where the program is missing."""
    if item.get_closest_marker("office"):
        office_harness.require_office()


@pytest.fixture
def office() -> ModuleType:
    """Return the harness `tests.office`, with the office program at hand."""
    office_harness.require_office()
    return office_harness
