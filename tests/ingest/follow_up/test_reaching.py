"""How to reach a prospect, carried to the customer: telephone to telephone, e-mail to e-mail, the rest stays and is told."""

from __future__ import annotations

import pytest

from crmbook.ingest.follow_up import follow
from tests.books import TEMPLATES, book_of
from tests.ingest.follow_up.states import DAY, blank, complete, entered, row_of, state, typed


def opened(contact, before=None):
    """The customer that a new prospect becomes, and the codes of what was told."""
    before = before or state()
    followed = complete(entered(before, "prospects", {"name": "李雷", "contact": contact}), before)
    customer = followed.tables["customers"].iloc[-1]
    assert customer["name"] == "李雷"
    assert followed.tables["prospects"]["contact"].iloc[-1] == contact
    values = tuple(None if value != value else value for value in customer[["phone", "email"]])
    return values, [note.code.removeprefix("advance.") for note in followed.notes]


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("13800000000", ("13800000000", None)),
        ("lilei@example.com", (None, "lilei@example.com")),
        ("13800000000 / lilei@example.com", ("13800000000", "lilei@example.com")),
        ("电话 010-12345678，电子邮件 lilei@example.com", ("010-12345678", "lilei@example.com")),
    ],
)
def test_each_goes_where_it_belongs(contact, reached):
    values, told = opened(contact)
    assert values == reached
    assert "left-behind" not in told


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("微信 lilei", (None, None)),
        ("13800000000；微信 lilei", ("13800000000", None)),
        ("13800000000 / 13900000000", ("13800000000", None)),
        ("a@b.cn / c@d.cn", (None, "a@b.cn")),
    ],
)
def test_what_finds_no_place_stays_and_is_told(contact, reached):
    values, told = opened(contact)
    assert values == reached
    assert told.count("left-behind") == 1


def test_without_a_contact_nothing_is_told():
    assert opened(None) == ((None, None), opened("13800000000")[1])


@pytest.fixture
def nameless():
    """A prospect who was saved with a name alone, and is a customer already."""
    return complete(entered(blank(), "prospects", {"name": "李雷"}), blank())


def after(followed, **values):
    before = followed.tables
    row = before["prospects"].index[0]
    return complete(typed(before, "prospects", row, **values), before, **followed.counters)


def test_a_contact_that_is_typed_later_gets_there_too(nameless):
    followed = after(nameless, contact="13800000000 / a@b.cn")
    (customer,) = followed.tables["customers"].to_dict("records")
    assert (customer["phone"], customer["email"]) == ("13800000000", "a@b.cn")
    assert [note.code for note in followed.notes] == ["advance.kept", "advance.kept"]


def test_what_stands_at_the_customer_stays(nameless):
    tables = nameless.tables
    known = typed(tables, "customers", row_of(tables, "customers", "001"), phone="13900000000")
    settled = complete(known, tables, **nameless.counters)
    followed = after(settled, contact="13800000000 / a@b.cn")
    (customer,) = followed.tables["customers"].to_dict("records")
    assert (customer["phone"], customer["email"]) == ("13900000000", "a@b.cn")


def test_a_number_that_somebody_erased_does_not_come_back(nameless):
    followed = after(nameless, contact="13800000000")
    tables = followed.tables
    erased = typed(tables, "customers", row_of(tables, "customers", "001"), phone=None)
    again = complete(erased, tables, **followed.counters)
    assert again.tables["customers"]["phone"].isna().all()
    assert after(again, need="台式机").tables["customers"]["phone"].isna().all()


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_carries_both(template):
    book = book_of(template)
    before = {name: frame.iloc[:0] for name, frame in state(template).items()}
    tables = entered(before, "prospects", {"name": "李雷", "contact": "13800000000 / a@b.cn"})
    (customer,) = (
        follow(book, tables, before, {"row:customers": 99}, DAY).tables["customers"].to_dict("records")
    )
    assert (customer["phone"], customer["email"]) == ("13800000000", "a@b.cn")
