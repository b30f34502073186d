"""A sync that brings nothing moves “last synced”, and nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest

from crmbook.sync import quiet
from tests.cli.run import run_json
from tests.sync.shop import Shop

EARLY, LATE = "2031-05-01T08:00:00+00:00", "2031-05-01T09:30:00+00:00"
"""After whatever the shop itself did."""


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.fixture
def clock(monkeypatch):
    """Set the clock by which quiet syncs are noted."""

    class Clock(datetime):
        at = EARLY

        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(cls.at).astimezone(tz)

    monkeypatch.setattr(quiet, "datetime", Clock)
    return Clock


def last_synced(shop):
    told = run_json("status", shop.folder)[1]["workbooks"]
    return {one["name"]: datetime.fromisoformat(one["synced"]) for one in told}


def test_a_quiet_sync_moves_last_synced(shop, clock):
    before = {path: path.read_bytes() for path in (shop.main.path, shop.folder / ".crmbook" / "store.db")}
    for at in (EARLY, LATE):
        clock.at = at
        assert shop.sync_one(shop.main).state == "unchanged"
        assert [*last_synced(shop).values()] == [datetime.fromisoformat(at)]
    assert {path: path.read_bytes() for path in before} == before


def test_each_workbook_has_its_own(shop, clock):
    other = shop.check_out()
    shop.sync()
    shop.sync_one(shop.main)
    clock.at = LATE
    shop.sync_one(other)
    assert set(last_synced(shop).values()) == {datetime.fromisoformat(EARLY), datetime.fromisoformat(LATE)}


def test_a_sync_that_brings_something_elsewhere_moves_the_unchanged_too(shop, clock):
    """With a workbook that was edited, the other goes another way than a sync of nothing."""
    shop.sync()
    clock.at = LATE
    (shop.folder / "x.xlsx").write_bytes(b"no workbook")
    shop.sync()
    assert datetime.fromisoformat(LATE) in last_synced(shop).values()


def test_a_dry_run_moves_nothing(shop, clock):
    shop.sync_one(shop.main)
    clock.at = LATE
    shop.sync_one(shop.main, dry_run=True)
    assert [*last_synced(shop).values()] == [datetime.fromisoformat(EARLY)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": "yesterday"}', '{"a": "2031-05-01"}'])
def test_what_cannot_be_read_is_as_if_it_was_not_there(shop, text):
    (shop.folder / ".crmbook" / "quiet.json").write_text(text, encoding="utf-8")
    assert quiet.quiet_moments(shop.folder) == {}
    shop.sync_one(shop.main)
    assert len(quiet.quiet_moments(shop.folder)) == 1
