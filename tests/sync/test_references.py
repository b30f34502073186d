"""References follow their rows: renamed, deleted and added rows in two copies, in either order, killed or not."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from crmbook.sync import push
from tests.sync.firm import KINDS, Copy, Firm

if TYPE_CHECKING:
    from crmbook.sync.pipeline import Synced

OLD, NEW = "001", "V15"
EDITS = {
    "rename": lambda copy: retype(copy, "customers", OLD, customer_id=NEW),
    "rename otherwise": lambda copy: retype(copy, "customers", OLD, customer_id="W15"),
    "delete": lambda copy: copy.clear("customers", copy.where("customers", OLD)),
    "edit": lambda copy: retype(copy, "customers", OLD, town="苏州"),
    "edit a dependent": lambda copy: retype(copy, "care", OLD, gift="花"),
    "type the id": lambda copy: copy.add("purchases", customer_id=OLD, memo="丁"),
    "type the name": lambda copy: copy.add("purchases", customer_id="客户1", memo="丁"),
    "point to it": lambda copy: retype(copy, "purchases", "1003", customer_id=OLD),
    "point away": lambda copy: retype(copy, "purchases", "1001", customer_id="003"),
    "rename a promotion": lambda copy: retype(copy, "promotions", "春节", name="新春"),
    "delete a promotion": lambda copy: copy.clear("promotions", copy.where("promotions", "中秋")),
    "add a promotion": lambda copy: copy.add("promotions", name="元旦"),
    "type a promotion": lambda copy: copy.add("purchases", customer_id="003", promotion="春节", memo="丁"),
}


def retype(copy: Copy, table: str, key: str, **values: object) -> None:
    copy.type(table, copy.where(table, key), **values)


def work(firm: Firm, mine: str, other: str, *, first: int, killed: bool) -> None:
    """Let both people edit, sync one copy after the other, perhaps without getting to write, and come to rest."""
    EDITS[mine](firm.main)
    EDITS[other](firm.other)
    copies = [firm.main, firm.other]
    for copy in copies if first == 0 else reversed(copies):
        if killed:
            struck = mock.patch.object(push, "write_atomically", side_effect=KeyboardInterrupt)
            with struck, contextlib.suppress(KeyboardInterrupt):
                firm.sync(copy)
        else:
            assert firm.sync(copy).failures == []
    firm.settle()


WAYS = [(0, False), (1, True)]


@pytest.mark.sample(1)
@pytest.mark.parametrize(("first", "killed"), [*WAYS, (0, True), (1, False)])
def test_rule_24_a_row_renamed_in_both_copies_takes_all_its_references_along(tmp_path, first, killed):
    firm = Firm(tmp_path)
    work(firm, "rename", "rename", first=first, killed=killed)
    assert firm.column("purchases", "customer_id") == [NEW, NEW, "003"]
    assert firm.column("customers", "friend")[1] == NEW
    assert firm.column("care", "gift") == ["茶", None, "酒", None, None, None]
    assert firm.references_to_nobody() == []
    assert firm.findings() == set()


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("first", "killed"), WAYS)
@pytest.mark.parametrize(
    ("other", "customers"),
    [
        ("type the id", [NEW, NEW, "003", NEW]),
        ("type the name", [NEW, NEW, "003", NEW]),
        ("point to it", [NEW, NEW, NEW]),
        ("point away", ["003", NEW, "003"]),
        ("edit a dependent", [NEW, NEW, "003"]),
    ],
)
def test_rule_24_what_is_typed_by_the_old_id_means_the_renamed_row_whoever_comes_first(
    tmp_path, kind, first, killed, other, customers
):
    if kind == "role" and other in {"type the name", "edit a dependent"}:
        pytest.skip("a copy that shows neither names nor care")
    firm = Firm(tmp_path, kind)
    work(firm, "rename", other, first=first, killed=killed)
    assert firm.column("purchases", "customer_id") == customers
    assert firm.references_to_nobody() == []
    assert firm.conflicts() == []
    assert firm.findings() <= {(firm.other.path.stem, "客户编号")}  # which says what it was taken for


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", ["whole", "owner"])
@pytest.mark.parametrize(("first", "killed"), WAYS)
def test_rule_24_references_follow_a_row_that_one_renames_and_another_deletes(tmp_path, kind, first, killed):
    firm = Firm(tmp_path, kind)
    work(firm, "rename", "delete", first=first, killed=killed)
    assert firm.conflicts() == [("customers", ("customer_id",))]
    assert firm.column("purchases", "customer_id") == [NEW, NEW, "003"]
    assert firm.column("care", "customer_id").count(NEW) == 1
    assert firm.references_to_nobody() == []
    assert firm.findings() == set()


@pytest.mark.sample(1)
@pytest.mark.parametrize(("first", "killed"), WAYS)
def test_two_new_names_of_one_row_are_one_conflict_and_no_reference_is_lost(tmp_path, first, killed):
    firm = Firm(tmp_path)
    work(firm, "rename", "rename otherwise", first=first, killed=killed)
    assert firm.conflicts() == [("customers", ("customer_id",))]
    assert firm.references_to_nobody() == []
    assert firm.findings() == set()


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", ["whole", "owner"])
@pytest.mark.parametrize(("first", "killed"), WAYS)
def test_a_customer_deleted_in_two_copies_leaves_no_ghost(tmp_path, kind, first, killed):
    firm = Firm(tmp_path, kind)
    work(firm, "delete", "delete", first=first, killed=killed)
    assert OLD not in firm.column("customers", "customer_id")
    assert OLD not in firm.column("care", "customer_id")
    for copy in (firm.main, firm.other):
        assert (OLD, "茶") not in copy.references("care", "customer_id", "gift")
        # The purchases stay, and that their customer is gone is said of them, not that somebody mistyped.
        assert {line["problem"].partition("（")[0] for line in copy.lines("issues")} <= {
            "“001”已不在“客户”中"
        }
    assert firm.conflicts() == []
    assert ("公司", "介绍人") in firm.findings()  # one finding, however many columns name the customer


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", ["whole", "owner"])
@pytest.mark.parametrize("other", ["edit", "edit a dependent"])
@pytest.mark.parametrize(("first", "killed"), WAYS)
def test_a_customer_deleted_here_and_edited_there(tmp_path, kind, other, first, killed):
    firm = Firm(tmp_path, kind)
    work(firm, "delete", other, first=first, killed=killed)
    [conflict] = firm.conflicts()
    assert conflict == ("customers", ("town",) if other == "edit" else ("care.gift", "customer_id"))
    assert firm.references_to_nobody() == []
    assert firm.column("care", "customer_id").count(OLD) == 1


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ("rename a promotion", "add a promotion"),
        ("rename a promotion", "rename a promotion"),
        ("rename a promotion", "type a promotion"),
        ("rename a promotion", "delete a promotion"),
        ("delete a promotion", "delete a promotion"),
        ("add a promotion", "add a promotion"),
        ("add a promotion", "delete a promotion"),
    ],
)
@pytest.mark.parametrize(("first", "killed"), WAYS)
def test_a_table_whose_key_is_its_name_may_be_renamed_added_to_and_deleted_from(
    tmp_path, mine, other, first, killed
):
    firm = Firm(tmp_path)
    work(firm, mine, other, first=first, killed=killed)
    names = {"春节", "中秋", "国庆"}
    for edit in {mine, other}:
        names = {
            "rename a promotion": (names - {"春节"}) | {"新春"},
            "delete a promotion": names - {"中秋"},
            "add a promotion": names | {"元旦"},
        }.get(edit, names)
    assert set(firm.column("promotions", "name")) == names
    assert firm.column("purchases", "promotion")[0] == ("新春" if "新春" in names else "春节")
    gone = [("purchases", "promotion", "中秋")] if "中秋" not in names else []
    assert firm.references_to_nobody() == gone


@pytest.mark.slow
def test_a_key_that_is_in_use_again_means_the_row_that_uses_it(tmp_path):
    firm = Firm(tmp_path)
    retype(firm.main, "customers", OLD, customer_id=NEW)
    firm.sync()
    firm.main.add("customers", customer_id=OLD, name="新来的", owner="王芳")
    firm.other.add("purchases", customer_id=OLD, memo="丁")
    firm.sync(firm.main)
    firm.settle()
    named = dict(zip(firm.column("customers", "customer_id"), firm.column("customers", "name"), strict=True))
    assert named[OLD] == "新来的"
    assert firm.column("purchases", "customer_id") == [NEW, NEW, "003", OLD]


@pytest.mark.slow
def test_two_keys_exchanged_in_one_copy_mean_what_each_copy_shows(tmp_path):
    firm = Firm(tmp_path)
    rows = [firm.main.where("customers", key) for key in (OLD, "003")]
    for row, key in zip(rows, ("003", OLD), strict=True):
        firm.main.type("customers", row, customer_id=key)
    firm.main.add("purchases", customer_id="003", memo="丁")  # 客户1, by the id that it has in this copy
    firm.other.add("purchases", customer_id="003", memo="戊")  # 客户3, which still has it there
    firm.sync(firm.main)
    firm.settle()
    customers = dict(
        zip(firm.column("customers", "customer_id"), firm.column("customers", "name"), strict=True)
    )
    bought = zip(firm.column("purchases", "memo"), firm.column("purchases", "customer_id"), strict=True)
    assert {memo: customers[key] for memo, key in bought} == {
        "甲": "客户1", "乙": "客户1", "丙": "客户3", "丁": "客户1", "戊": "客户3",
    }  # fmt: skip


@pytest.mark.sample(1)
@pytest.mark.parametrize("together", [False, True])
def test_rule_24_a_name_typed_before_its_row_is_known_is_tried_again(tmp_path, together):
    firm = Firm(tmp_path)
    firm.other.add("purchases", customer_id="新来的", memo="丁")
    firm.sync(firm.other)
    assert firm.other.value("purchases", "customer_id", 5) == "新来的"
    assert firm.column("purchases", "customer_id")[3] is None
    firm.main.add("customers", name="新来的", owner="王芳")
    copies = (firm.other, firm.main) if together else (firm.main,)
    firm.sync(*copies)
    firm.settle()
    assert firm.column("purchases", "customer_id")[3] == "007"
    assert firm.main.value("purchases", "customer_id", 5) == "007"
    assert firm.other.value("purchases", "customer_id", 5) == "007"
    assert firm.findings() <= {(firm.other.path.stem, "客户编号")}  # which says whom the name was taken for


@pytest.mark.sample(1)
@pytest.mark.parametrize("mine", ["rename", "delete"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_dry_run_tells_what_a_sync_will_make_of_a_key_that_changed(tmp_path, mine, first):
    firm = Firm(tmp_path)
    EDITS[mine](firm.main)
    EDITS["type the id"](firm.other)
    copies = [firm.main, firm.other] if first == 0 else [firm.other, firm.main]
    before = [copy.data for copy in copies]
    told = [told_of(one) for one in firm.sync(*copies, dry_run=True).workbooks]
    assert [copy.data for copy in copies] == before
    assert told == [told_of(one) for one in firm.sync(*copies).workbooks]


def told_of(one: Synced) -> tuple[object, ...]:
    """What a report says of a workbook, but for whether it was written and where."""
    issues = [(issue.code, issue.value, issue.params) for issue in one.issues]
    changes = [(change.sheet, change.ref, change.value) for change in one.changes]
    return one.path, one.taken, issues, changes


@pytest.mark.sample(1)
@pytest.mark.parametrize("typed", ["2", "002", 2])
def test_rule_23_a_number_means_a_row_whose_key_was_blanked_in_the_same_save(tmp_path, typed):
    firm = Firm(tmp_path)
    retype(firm.other, "purchases", "1001", customer_id=typed)
    retype(firm.other, "customers", "002", customer_id=None)
    firm.sync(firm.other)
    firm.settle()
    assert firm.column("purchases", "customer_id") == ["002", "001", "003"]
    assert firm.column("customers", "customer_id")[1] == "002"
