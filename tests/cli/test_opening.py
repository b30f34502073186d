"""Commands on a stored book open it alike; where nobody names a day, that of the book's time zone counts."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from crmbook.cli import restore
from crmbook.revisions import Hand
from crmbook.store import Store, locate
from tests.cli.run import run, run_json

if TYPE_CHECKING:
    from pathlib import Path

EVENING = datetime(2024, 3, 1, 20, tzinfo=UTC).astimezone(ZoneInfo("America/Los_Angeles"))
"""On the machine's clock the first of March, in a Chinese book the second."""
DAY, NAMED = date(2024, 3, 2), date(2024, 2, 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("opening")
    words = ("-o", folder / "book.xlsx", "--example", "sample", "--lang", "zh", "--as-of", "2023-04-01")
    assert run("build", *words).exit_code == 0
    return folder


@pytest.fixture
def folder(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setattr("crmbook.cli.options.clock", lambda: EVENING)
    return shutil.copytree(model, tmp_path / "team")


def card(folder, *words):
    result = run("card", "002", folder, "-o", folder / "card.xlsx", "--force", *words)
    assert result.exit_code == 0, result.output
    return next(day for day in (DAY, NAMED) if day.isoformat() in result.output)


def person(folder, *words):
    result = run("person", "002", folder, "-o", folder / "person.json", "--force", *words)
    assert result.exit_code == 0, result.output
    held = json.loads((folder / "person.json").read_text("utf-8"))
    return date.fromisoformat(held["crmbook_person"]["as_of"])


def remind(folder, *words):
    code, found = run_json("remind", folder, *words)
    assert code == 0
    return date.fromisoformat(found["as_of"])


def restoring(folder, *words):
    """A day that a rule fills in, such as the one on which somebody came back, is that of whoever goes back."""
    hands = []

    class Kept(Hand):
        def __init__(self, *given):
            super().__init__(*given)
            hands.append(self.as_of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restore, "Hand", Kept)
        assert run_json("restore", folder, "--to", "1", *words)[0] == 0
    return hands[0]


def forget(folder, *words):
    """The workbooks are synced on that day."""
    code, found = run_json("forget", "002", folder, "--yes", *words)
    assert (code, found["state"]) == (0, "done")
    with Store.open(locate(folder)) as store:
        [workbook] = store.workbooks(store.books()[0].book_id)
    return date.fromisoformat(workbook.as_of)


@pytest.mark.parametrize(
    "command", [card, person, remind, restoring, pytest.param(forget, marks=pytest.mark.slow)]
)
def test_the_day_is_that_of_the_book_where_nobody_names_one(folder, command):
    """A day that a person names counts as it is, before a workbook shows a later one."""
    if command is not forget:
        assert command(folder, "--as-of", NAMED) == NAMED
    assert command(folder) == DAY
