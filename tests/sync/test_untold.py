"""What only one report says is said by the next one, if the run was cut off before anybody read it; and then no more."""

from __future__ import annotations

import pytest

from crmbook.store import Store
from crmbook.sync import Options, acknowledge, push
from tests.sync.shop import DAY, CutOff, Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "簿")


@pytest.fixture
def cut_off(shop, monkeypatch):
    """Sync until the run ends at a certain call, before it or behind it."""

    def run(owner: object, name: str, *, is_done: bool) -> None:
        call = getattr(owner, name)

        def cut(*words, **options):
            if is_done:
                call(*words, **options)
            raise CutOff

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, cut)
            with pytest.raises(CutOff):
                shop.sync()

    return run


ENDS = [(push, "write_atomically", False), (push, "write_atomically", True), (Store, "mark_written", True)]


@pytest.mark.sample(1)
@pytest.mark.parametrize(("owner", "name", "is_done"), ENDS)
def test_rule_21_rows_that_an_old_copy_lacks(shop, cut_off, owner, name, is_done):
    old = shop.main.data
    shop.main.type("clients", 3, phone="13900000000")
    shop.sync()
    shop.main.path.write_bytes(old)
    shop.main.clear("visits", 4)
    shop.main.type("clients", 4, phone="13700000000")
    cut_off(owner, name, is_done=is_done)
    reports = [shop.sync_one(shop.main).taken for _ in range(2)]
    assert [(one.changed, one.missing, len(one.missing_rows.items)) for one in reports] == [
        (1, 1, 1),
        (0, 0, 0),
    ]
    assert len(shop.cells("visits")) == 3


@pytest.mark.sample(1)
@pytest.mark.parametrize(("owner", "name", "is_done"), ENDS)
def test_rule_21_a_conflict_that_its_author_typed_over(shop, cut_off, owner, name, is_done):
    other = shop.check_out()
    shop.sync()
    other.type("clients", 2, owner="钱二")
    shop.sync(other)
    shop.main.type("clients", 2, owner="赵一")
    shop.sync(shop.main)
    assert len(shop.conflicts()) == 1
    shop.sync(other)
    shop.main.type("clients", 2, owner="孙三")
    cut_off(owner, name, is_done=is_done)
    reports = [one for _ in range(2) for one in shop.sync().workbooks if one.path == shop.main.path]
    assert [[code for code, _ in one.notes].count("conflict.superseded") for one in reports] == [1, 0]


def test_a_sync_that_says_nothing_but_edits_leaves_nothing_to_acknowledge(shop):
    shop.main.type("clients", 3, phone="13900000000")
    assert shop.sync(acknowledges=True).untold == []
    shop.main.type("clients", 3, spent=777)
    report = shop.sync(acknowledges=True)
    assert [len(ids) for _, _, ids in report.untold] == [1]
    assert [one.code for one in shop.sync().workbooks[0].issues] == ["check.typed-over"]


def test_rule_13_a_workbook_that_is_gone_is_told_until_somebody_has_read_it(shop):
    other = shop.check_out()
    shop.sync()
    other.path.rename(shop.folder.parent / other.path.name)
    reports = [shop.sync(acknowledges=True) for _ in range(2)]
    assert [(one.newly_missing, one.exit_code) for one in reports] == [([other.path], 1)] * 2
    acknowledge(reports[-1], Options(DAY))
    last = shop.sync(acknowledges=True)
    assert (last.missing, last.newly_missing, last.exit_code) == ([other.path], [], 0)


def test_rule_13_a_workbook_that_came_back_before_the_report_was_read_is_told_when_it_goes_again(shop):
    other = shop.check_out()
    shop.sync()
    away = other.path.rename(shop.folder.parent / other.path.name)
    report = shop.sync(acknowledges=True)
    away.rename(other.path)
    other.type("clients", 2, phone="13900000000")
    shop.sync()
    acknowledge(report, Options(DAY))
    other.path.rename(away)
    assert shop.sync().newly_missing == [other.path]
