"""An import into a store on a PostgreSQL server, killed at every step there: nothing of the list is in, or all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmbook.store import Store
from tests.cli.run import run
from tests.exchange.intake.desk import workspace
from tests.faults.strike import KILLED, Strike
from tests.faults.test_killed_import import WORKBOOK, begun
from tests.ooxml_lint import lint
from tests.postgres import own_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = 4
ROWS = [("001", "张三", "13800000001"), ("002", "李四", "13800000002")]
_WRITING = ("INSERT", "UPDATE", "DELETE")
_SETTLED = ("write", "replace")
"""Calls by which the folder becomes another one."""


def bring(folder: Path, url: str) -> int:
    """Import the list into a folder whose store is on the server."""
    words = (
        "--into",
        folder,
        "--store",
        url,
        "--workspace",
        workspace(),
        "--template",
        "club",
        "--lang",
        "zh",
    )
    return int(run("import", folder / "名单.csv", *words, "--as-of", "2024-03-01", "--yes").exit_code)


def people(url: str) -> list[tuple[Any, ...]]:
    """The rows of the head; none where there is no book yet."""
    with Store.open(url) as store:
        heads = [store.head(one.book_id).tables for one in store.books() if one.revision]
    assert len(heads) < 2
    columns = ["person_id", "name", "phone"]
    return [tuple(row) for head in heads for row in head["people"][columns].to_numpy().tolist()]


@contextmanager
def struck(folder: Path, at: int = 0) -> Iterator[Strike]:
    """Let every statement that writes, and every end of a transaction, be a step besides those in the folder."""
    strike = Strike(folder, at)

    def said(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(_WRITING):
            strike.hit(f"sql {statement.split(maxsplit=1)[0]}")

    def ends(_connection: Any) -> None:
        strike.hit("sql COMMIT")

    event.listen(Engine, "before_cursor_execute", said)
    event.listen(Engine, "commit", ends)
    try:
        with strike.armed():
            yield strike
    finally:
        event.remove(Engine, "before_cursor_execute", said)
        event.remove(Engine, "commit", ends)


def steps_of(calls: list[str]) -> list[tuple[int, str]]:
    """Return the calls at which to die, each with its number."""
    return [(at, name) for at, name in enumerate(calls, 1) if name in _SETTLED or name[:3] in {"sql", "sto"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.deep) for part in range(1, PARTS))]
)
def test_killed_at_any_step_on_a_server_nothing_is_in_or_all(tmp_path, part):
    with own_schema() as url:
        with struck(begun(tmp_path / "undisturbed")) as strike:
            assert bring(strike.folder, url) == 0
        assert people(url) == ROWS
    steps = steps_of(strike.seen)
    assert {"sql INSERT", "sql COMMIT", "store.commit is done", "replace"} <= {name for _, name in steps}
    for number, name in steps[part::PARTS]:
        folder = begun(tmp_path / f"{number} {name}")
        with own_schema() as url:
            child = os.fork()
            if not child:
                try:
                    with struck(folder, number):
                        bring(folder, url)
                finally:
                    os._exit(1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED, (number, name)
            assert people(url) in ([], ROWS), (number, name)
            assert bring(folder, url) == 0, (number, name)
            assert people(url) == ROWS, (number, name)
        assert lint((folder / WORKBOOK).read_bytes()) == []
