"""Every test that asks for `place` runs on both kinds of store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """The place of a store that is not there yet."""
    return tmp_path / ".crmbook" if request.param == "sqlite" else request.getfixturevalue("server")


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    """A new store with one book, ``b``."""
    from tests.store.world import a_book

    with Store.open(place) as opened:
        opened.add_book(a_book())
        yield opened
