"""Programs that some tests need: without them a test is skipped, or fails where a variable demands them."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str, variable: str) -> NoReturn:
    """Skip the test that calls this, for a reason; fail it where the environment variable is 1, as in CI."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason}, but {variable}=1 demands it", pytrace=False)
    pytest.skip(reason)
