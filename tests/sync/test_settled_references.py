"""A reference in a conflict means its row: whatever that is called by the time somebody settles it."""

from __future__ import annotations

import pytest

from tests.sync.firm import Copy, Firm

PURCHASE, HEAD, FILE, NEW = "1001", "003", "002", "V2"


def retype(copy: Copy, table: str, key: str, **values: object) -> None:
    copy.type(table, copy.where(table, key), **values)


@pytest.fixture
def firm(tmp_path) -> Firm:
    """A firm in which two people put different customers into one purchase."""
    made = Firm(tmp_path)
    retype(made.main, "purchases", PURCHASE, customer_id=HEAD)
    retype(made.other, "purchases", PURCHASE, customer_id=FILE)
    for copy in (made.main, made.other):
        made.sync(copy)
    made.settle()
    assert made.conflicts() == [("purchases", ("customer_id",))]
    return made


def customer(firm: Firm) -> object:
    bought = zip(
        firm.column("purchases", "purchase_id"), firm.column("purchases", "customer_id"), strict=True
    )
    return dict(bought)[PURCHASE]


def answer(copy: Copy, choice: str, custom: str | None = None) -> None:
    copy.answer("conflicts", 0, decision=choice, custom_value=custom)


@pytest.mark.slow
@pytest.mark.parametrize("taken", [False, True])
def test_rule_24_the_other_value_follows_its_row_though_the_key_was_renamed(firm, taken):
    retype(firm.main, "customers", FILE, customer_id=NEW)
    firm.settle()
    if taken:  # somebody else bears the old key by now
        firm.main.add("customers", customer_id=FILE, name="新来的", owner="王芳")
        firm.settle()
    [line] = firm.other.lines("conflicts")
    assert (line["store_value"], line["copy_value"]) == (HEAD, NEW)
    answer(firm.other, "采用本簿")
    firm.settle()
    assert (customer(firm), firm.conflicts()) == (NEW, [])


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("same", [False, True])
def test_rule_24_a_choice_and_a_rename_in_one_round_both_count(firm, first, same):
    chooser = firm.main if same else firm.other
    retype(firm.main, "customers", FILE, customer_id=NEW)
    answer(chooser, "采用本簿")
    copies = [firm.main, firm.other]
    for copy in copies if first == 0 else copies[::-1]:
        firm.sync(copy)
    firm.settle()
    assert (customer(firm), firm.conflicts()) == (NEW, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("custom", "wanted"), [("004", "004"), ("4", "004"), ("客户4", "004"), ("004 客户4", "004"), (FILE, NEW)]
)
def test_a_custom_reference_means_what_the_workbook_shows(firm, custom, wanted):
    retype(firm.main, "customers", FILE, customer_id=NEW)
    answer(firm.other, "自定义", custom)
    firm.sync(firm.main)
    firm.settle()
    assert (customer(firm), firm.conflicts()) == (wanted, [])


@pytest.mark.slow
def test_a_custom_reference_to_nobody_is_refused(firm):
    answer(firm.other, "自定义", "查无此人")
    report = firm.sync(firm.other)
    assert "conflict.custom-unreadable" in {issue.code for issue in report.workbooks[0].issues}
    assert (customer(firm), len(firm.conflicts())) == (HEAD, 1)
