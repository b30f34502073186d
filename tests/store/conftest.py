"""Every test that asks for `place` runs on both kinds of store."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest

from crmbook.store import Store
from tests.postgres import server_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[str]:
    """An empty place of its own on a PostgreSQL server."""
    url, name = server_url(), f"t{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


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
