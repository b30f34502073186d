"""A row whose open conflict nobody has settled yet, when somebody deletes it: the value that waits does not go unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbook.build.scope import Scope
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out
from tests.sync.firm import DAY, Copy, Firm, book
from tests.sync.test_dependents import KEY, delete, give

MINE, YOURS = "苏州", "杭州"


def disagree(firm: Firm, *, beside: bool = False) -> None:
    """Let two people type different values, so that one of them waits in an open conflict."""
    for copy, value in ((firm.main, MINE), (firm.other, YOURS)):
        if beside:
            give(copy, value)
        else:
            copy.type("customers", copy.where("customers", KEY), town=value)
    firm.sync(firm.main)
    firm.sync(firm.other)
    assert len(firm.conflicts()) == 1


def settle(copy: Copy, choice: str) -> None:
    for line in range(len(copy.lines("conflicts"))):
        copy.answer("conflicts", line, decision=choice)


@pytest.mark.sample(1)
@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("has_seen", [False, True])
@pytest.mark.parametrize("kind", ["whole", "owner"])
def test_a_value_that_waits_to_be_chosen_keeps_its_row(tmp_path, kind, has_seen, beside):
    firm = Firm(tmp_path, kind)
    disagree(firm, beside=beside)
    if has_seen:
        firm.settle()
    delete(firm.main)
    firm.settle()
    assert KEY in firm.column("customers", "customer_id")
    assert len(firm.conflicts()) == 2
    told = str(firm.main.lines("conflicts"))
    assert MINE in told
    assert YOURS in told
    firm.settle()
    assert len(firm.conflicts()) == 2


@pytest.mark.slow
def test_who_chooses_the_deletion_before_both_values_has_decided(tmp_path):
    firm = Firm(tmp_path)
    disagree(firm)
    delete(firm.main)
    firm.settle()
    lines = firm.main.lines("conflicts")
    [deletion] = [at for at, line in enumerate(lines) if "删除" in str(line["copy_value"])]
    firm.main.answer("conflicts", deletion, decision="采用本簿")
    firm.settle()
    assert KEY not in firm.column("customers", "customer_id")
    assert firm.conflicts() == []


@pytest.mark.slow
def test_who_settles_and_deletes_at_once_has_decided(tmp_path):
    firm = Firm(tmp_path)
    disagree(firm)
    firm.settle()
    settle(firm.main, "采用主库")
    delete(firm.main)
    firm.settle()
    assert KEY not in firm.column("customers", "customer_id")
    assert firm.conflicts() == []


@pytest.mark.slow
def test_a_row_that_stays_goes_once_its_values_are_chosen_and_it_is_deleted_again(tmp_path):
    firm = Firm(tmp_path)
    disagree(firm)
    delete(firm.main)
    firm.settle()
    settle(firm.main, "采用主库")
    firm.settle()
    assert firm.conflicts() == []
    assert KEY in firm.column("customers", "customer_id")
    delete(firm.main)
    firm.settle()
    assert KEY not in firm.column("customers", "customer_id")


@pytest.mark.slow
def test_who_chooses_the_deletion_has_not_seen_a_conflict_that_came_since(tmp_path):
    firm = Firm(tmp_path)
    third = replace(firm.other, path=tmp_path / "第三人.xlsx")
    with Store.open(locate(tmp_path)) as store:
        check_out(store, store.books()[0], book(), Wish(third.path, DAY, Scope(), is_beside=True))
    firm.main.type("customers", firm.main.where("customers", KEY), town=MINE)
    delete(firm.other)
    for copy in (firm.main, firm.other, third, firm.main, firm.other, third):
        assert firm.sync(copy).failures == []
    settle(
        firm.main, "采用本簿"
    )  # not synced yet; meanwhile others disagree about another cell, and one goes back
    before = firm.head("customers")
    [owner] = [row["owner"] for row in before.values() if row["customer_id"] == KEY]
    for copy, value in ((firm.other, "甲"), (third, "乙"), (firm.other, owner)):
        copy.type("customers", copy.where("customers", KEY), owner=value)
        firm.sync(copy)
    assert ("customers", ("owner",)) in firm.conflicts()
    firm.sync(firm.main)
    assert KEY in firm.column("customers", "customer_id")
    assert ("customers", ("owner",)) in firm.conflicts()
