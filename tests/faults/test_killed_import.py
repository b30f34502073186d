"""An import that is killed anywhere: nothing of the list is in, or all; running again ends as if never cut off."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from crmbook.store import Store
from tests.cli.run import run
from tests.exchange.intake.desk import workspace
from tests.faults.strike import KILLED, Strike
from tests.ooxml_lint import lint

PARTS = 2
TELLING = {"write", "replace", "link"}
"""Calls after which the folder is another one; so is the store after each of its own."""
LIST = "姓名,电话\n张三,13800000001\n李四,13800000002\n"
WORKBOOK = "客户管理.xlsx"


def bring(folder: Path) -> int:
    """Import the list into a folder that is empty, or as a cut-off run has left it."""
    words = (
        "--into",
        folder,
        "--workspace",
        workspace(),
        "--template",
        "club",
        "--lang",
        "zh",
        "--as-of",
        "2024-03-01",
    )
    return int(run("import", folder / "名单.csv", *words, "--yes").exit_code)


def begun(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "名单.csv").write_text(LIST, encoding="utf-8")
    return folder


def people(folder: Path) -> list[tuple[Any, ...]]:
    """The rows of the head; none where there is no book yet."""
    if not (folder / ".crmbook").exists():
        return []
    with Store.open(folder / ".crmbook") as store:
        books = [one for one in store.books() if one.revision]
        heads = [store.head(one.book_id).tables for one in books]
    assert len(heads) < 2
    return [
        tuple(row)
        for head in heads
        for row in head["people"][["person_id", "name", "phone"]].to_numpy().tolist()
    ]


@cache
def undisturbed() -> tuple[list[tuple[Any, ...]], list[str]]:
    """What an import leaves that nobody disturbs, and the calls it makes."""
    folder = begun(Path(mkdtemp(prefix="crmbook-import-")))
    with Strike(folder).armed() as strike:
        assert bring(folder) == 0
    return people(folder), strike.seen


def test_the_list_is_taken_in():
    rows, calls = undisturbed()
    assert rows == [("001", "张三", "13800000001"), ("002", "李四", "13800000002")]
    assert {"store.commit begins", "store.commit is done", "replace", "write"} <= {*calls}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_step_nothing_is_in_or_all(tmp_path, part):
    rows, calls = undisturbed()
    steps = [
        (number, name) for number, name in enumerate(calls, 1) if name.startswith("store.") or name in TELLING
    ]
    for number, name in steps[part::PARTS]:
        folder = begun(tmp_path / f"{number} {name}")
        child = os.fork()
        if not child:
            try:
                with Strike(folder, number).armed():
                    bring(folder)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        assert people(folder) in ([], rows), (number, name)
        assert bring(folder) == 0, (number, name)
        assert people(folder) == rows, (number, name)
        assert lint((folder / WORKBOOK).read_bytes()) == []
        assert [path.name for path in folder.glob("*.xlsx")] == [WORKBOOK]
