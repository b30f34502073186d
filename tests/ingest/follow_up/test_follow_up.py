"""What follows from people's edits: keys, references, stages, rows per customer, defaults."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.issues import describe
from crmbook.formula import bind, parse
from crmbook.ingest.follow_up import follow
from crmbook.schema.tablerules import Advance
from tests.books import book_of
from tests.ingest.follow_up.states import (
    BOOK,
    DAY,
    STAGE,
    STAGES,
    blank,
    complete,
    entered,
    gone,
    keys,
    row_of,
    same,
    stage,
    state,
    typed,
)  # fmt: skip

LAW = settings(derandomize=True, deadline=None, max_examples=15)
PER_CUSTOMER = ("classes", "lifecycle", "loyalty", "alerts")


def codes(followed, table=None):
    return [note.code.removeprefix("advance.") for note in followed.notes if table in {None, note.table}]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("template", "example"), [("standard", "sample"), ("education", "sample"), ("standard", "company")]
)
def test_what_was_built_is_complete_already(template, example):
    tables = state(template, example)
    followed = follow(book_of(template, example=example), tables, tables, {}, DAY)
    assert followed.notes == []
    assert all(followed.tables[name] is frame for name, frame in tables.items())


@pytest.mark.parametrize(
    ("counter", "given"), [({}, ["003", "004"]), ({"key:customers.customer_id": 41}, ["042", "043"])]
)
def test_rule_02_rows_without_a_key_get_numbers_that_were_never_given(counter, given):
    before = state()
    tables = entered(before, "customers", {"name": "李雷"}, {"name": "韩梅梅"})
    followed = complete(tables, before, **counter)
    assert keys(followed.tables, "customers") == ["001", "002", *given]
    assert followed.counters["key:customers.customer_id"] == int(given[-1])
    again = complete(
        gone(followed.tables, "customers", *tables["customers"].index[2:]),
        followed.tables,
        **followed.counters,
    )
    later = entered(again.tables, "customers", {"name": "又一人"})
    assert (
        int(keys(complete(later, again.tables, **again.counters).tables, "customers")[-1])
        == int(given[-1]) + 1
    )


def test_rule_02_a_number_typed_by_hand_is_counted_too():
    before = state()
    tables = entered(
        before, "transactions", {"transaction_id": "5000", "customer_id": "001"}, {"customer_id": "002"}
    )
    assert keys(complete(tables, before).tables, "transactions")[-2:] == ["5000", "5001"]


@pytest.mark.parametrize("table", ["customers", "transactions", "evaluation", "prospects", "campaigns"])
def test_rule_02_a_key_that_went_blank_comes_back(table):
    before = state()
    row = before[table].index[0]
    followed = complete(typed(before, table, row, **{BOOK.tables[table].key: None}), before)
    assert same(followed.tables, before)


def references(tables, key):
    """How many cells of all tables refer to a customer."""
    fields = [
        field for table in BOOK.tables.values() for field in table.references_to("customers") if field.typed
    ]
    return sum(int((tables[field.table][field.name] == key).sum()) for field in fields)


def test_rule_02_renaming_a_key_renames_every_reference():
    before = state()
    count = references(before, "001")
    followed = complete(
        typed(before, "customers", row_of(before, "customers", "001"), customer_id="A01"), before
    )
    assert references(followed.tables, "001") == 0
    assert references(followed.tables, "A01") == count > 15
    [note] = followed.notes
    assert note.params == {"table": "客户基本信息", "old": "001", "new": "A01", "count": count}


def test_rule_02_renaming_follows_into_tables_whose_key_is_a_name():
    before = state()
    name = before["campaigns"]["name"].iloc[0]
    used = int((before["participations"]["campaign"] == name).sum())
    followed = complete(typed(before, "campaigns", before["campaigns"].index[0], name="新名称"), before)
    assert int((followed.tables["participations"]["campaign"] == "新名称").sum()) == used > 0


def test_rule_02_two_keys_can_be_exchanged():
    before = state()
    first, second = (row_of(before, "customers", key) for key in ("001", "002"))
    tables = typed(
        typed(before, "customers", first, customer_id="002"), "customers", second, customer_id="001"
    )
    followed = complete(tables, before)
    assert references(followed.tables, "002") == references(before, "001")
    assert references(followed.tables, "001") == references(before, "002")
    assert complete(followed.tables, before).tables["transactions"].equals(followed.tables["transactions"])


@pytest.mark.parametrize(
    ("typed_key", "meant"), [("001", "A01"), ("002", "002"), ("A01", "A01"), ("777", "777")]
)
def test_rule_02_a_reference_typed_meanwhile_means_who_bears_the_key_now(typed_key, meant):
    before = state()
    tables = typed(before, "customers", row_of(before, "customers", "001"), customer_id="A01")
    tables = entered(tables, "tasks", {"customer_id": typed_key})
    assert complete(tables, before).tables["tasks"]["customer_id"].iloc[-1] == meant


def test_rule_03_a_key_that_two_rows_have_moves_no_reference_and_no_row():
    before = state()
    followed = complete(
        typed(before, "customers", row_of(before, "customers", "001"), customer_id="002"), before
    )
    assert references(followed.tables, "001") == references(before, "001")
    assert all(followed.tables[name] is before[name] for name in PER_CUSTOMER)


def test_a_prospect_becomes_a_customer_with_everything_that_belongs_to_one():
    before = state()
    row = {"name": "李雷", "company": "星河", "owner": "王芳", "industry": "教育"}
    followed = complete(entered(before, "prospects", row), before)
    new = followed.tables["customers"].iloc[-1]
    assert new[["customer_id", "name", "company", "owner", "industry"]].tolist() == [
        "003",
        "李雷",
        "星河",
        "王芳",
        "教育",
    ]
    assert new["registered_on"] == pd.Timestamp(DAY)
    assert keys(followed.tables, "prospects")[-1] == "003"
    for table in PER_CUSTOMER:
        assert followed.tables[table]["customer_id"].tolist() == ["001", "002", "003"]
        assert followed.tables[table][BOOK.tables[table].key].notna().all()
    assert followed.tables["evaluation"] is before["evaluation"]
    assert stage(followed.tables, "003") == STAGE["prospect"]


def test_persons_of_one_name_are_not_merged():
    before = state()
    followed = complete(entered(before, "prospects", {"name": "张三"}, {"name": "张三"}), before)
    assert keys(followed.tables, "prospects") == ["001", "002", "003", "004"]
    assert followed.tables["customers"]["name"].tolist() == ["张三", "李四", "张三", "张三"]


@pytest.mark.parametrize("row", [{"name": "张三", "customer_id": "001"}, {"contact": "13800000000"}])
def test_a_prospect_who_is_a_customer_or_has_no_name_opens_none(row):
    before = state()
    assert complete(entered(before, "prospects", row), before).tables["customers"] is before["customers"]


def walk():
    """A new prospect through all six stages and back, one sync after another; yields table, key and state."""
    tables = complete(entered(blank(), "prospects", {"name": "李雷", "owner": "王芳"}), blank())
    yield tables
    for name in STAGES[:-1]:
        before = tables.tables
        tables = complete(typed(before, name, before[name].index[0], advance="是"), before, **tables.counters)
        yield tables
    before = tables.tables
    yield complete(
        typed(before, "recovery", before["recovery"].index[0], status="已挽回"), before, **tables.counters
    )


@pytest.mark.slow
def test_a_customer_walks_through_all_stages_and_back():
    shown = []
    for step, followed in enumerate(walk()):
        shown.append(stage(followed.tables, "001"))
        there = STAGES[min(step, 5)]
        assert followed.tables[there]["customer_id"].tolist() == ["001"]
        assert followed.tables[there]["owner"].tolist() == ["王芳"]
        assert all(not len(followed.tables[name]) for name in STAGES[min(step, 5) + 1 :])
    order = ("prospect", "evaluation", "followup", "relationship", "maintenance", "recovery", "maintenance")
    assert shown == [STAGE[name] for name in order]
    assert codes(followed) == ["returned", "kept"]


def test_all_stages_asked_for_at_once_are_opened_at_once():
    tables = entered(blank(), "prospects", {"name": "李雷", "advance": "是"})
    tables = entered(tables, "customers", {"customer_id": "001", "name": "韩梅梅"})
    for name in STAGES[1:-1]:
        tables = entered(tables, name, {"customer_id": "001", "advance": "是"})
    followed = complete(gone(tables, "maintenance", *tables["maintenance"].index), blank())
    assert keys(followed.tables, "evaluation") == ["001", "002"]
    assert keys(followed.tables, "maintenance") == ["001"]


def test_won_back_without_a_row_in_stage_five_opens_it():
    before = gone(state(), "maintenance", row_of(state(), "maintenance", "002"))
    row = row_of(before, "recovery", "002")
    followed = complete(typed(before, "recovery", row, status="已挽回", owner="刘洋"), before)
    assert keys(followed.tables, "maintenance") == ["001", "002"]
    assert followed.tables["maintenance"]["owner"].tolist()[-1] == "刘洋"
    assert stage(followed.tables, "002") == STAGE["maintenance"]


class TestOpenedOnce:
    """A deleted row stays deleted until the condition was false in between."""

    before = state()
    row = row_of(before, "followups", "001")

    def test_deleted_while_the_condition_holds(self):
        tables = gone(self.before, "followups", self.row)
        assert complete(tables, self.before).tables["followups"] is tables["followups"]
        assert complete(tables, tables).tables["followups"] is tables["followups"]

    def test_asked_for_again(self):
        without = gone(self.before, "followups", self.row)
        source = row_of(without, "evaluation", "001")
        no = typed(without, "evaluation", source, advance="否")
        assert keys(complete(no, without).tables, "followups") == ["002"]
        assert keys(complete(typed(no, "evaluation", source, advance="是"), no).tables, "followups") == [
            "002",
            "001",
        ]

    def test_the_wrong_customer_put_right(self):
        before = complete(
            entered(self.before, "customers", {"customer_id": "009", "name": "九"}), self.before
        ).tables
        tables = typed(before, "evaluation", row_of(before, "evaluation", "002"), customer_id="009")
        assert keys(complete(tables, before).tables, "followups") == ["001", "002", "009"]

    def test_a_renamed_customer_is_the_same(self):
        before = gone(self.before, "followups", self.row)
        tables = typed(before, "customers", row_of(before, "customers", "001"), customer_id="A01")
        assert keys(complete(tables, before).tables, "followups") == ["002"]

    def test_a_customer_that_nobody_knows_opens_nothing_until_it_is_there(self):
        tables = entered(self.before, "evaluation", {"customer_id": "009", "advance": "是"})
        followed = complete(tables, self.before).tables
        assert keys(followed, "followups") == ["001", "002"]
        known = entered(followed, "customers", {"customer_id": "009", "name": "九"})
        assert keys(complete(known, followed).tables, "followups") == ["001", "002", "009"]


def test_rows_per_customer_go_with_the_customer_and_come_back_alone():
    before = state()
    without = complete(gone(before, "customers", row_of(before, "customers", "001")), before)
    for table in PER_CUSTOMER:
        assert without.tables[table]["customer_id"].tolist() == ["002"]
        again = complete(gone(before, table, before[table].index[0]), before)
        assert sorted(again.tables[table]["customer_id"]) == ["001", "002"]
    assert codes(without) == ["removed"] * 4


def test_a_row_whose_customer_nobody_ever_knew_stays():
    before = state()
    tables = typed(before, "loyalty", before["loyalty"].index[1], customer_id="0002")
    followed = complete(tables, before)
    assert followed.tables["loyalty"]["customer_id"].tolist() == ["001", "0002", "002"]


def test_defaults_fill_the_blanks_of_new_rows_only():
    before = typed(state(), "feedback", state()["feedback"].index[0], status=None)
    tables = entered(before, "feedback", {"customer_id": "001"}, {"customer_id": "001", "status": "已处理"})
    shown = complete(tables, before).tables["feedback"]["status"].tolist()
    assert shown[0] is None
    assert shown[-2:] == ["未处理", "已处理"]
    taken_over = complete(tables, tables).tables["feedback"]["status"].tolist()
    assert taken_over[-2] is None


def test_a_row_that_an_edit_brings_back_keeps_its_blanks():
    before = state()
    [row] = before["feedback"].index[:1]
    tables = typed(before, "feedback", row, status=None)
    without = {**before, "feedback": before["feedback"].drop(index=row)}
    back = {"feedback": tables["feedback"].index[:1]}
    assert (
        follow(BOOK, tables, without, {}, DAY, returned=back).tables["feedback"]["status"].tolist()[0] is None
    )
    assert complete(tables, without).tables["feedback"]["status"].tolist()[0] == "未处理"


def test_own_columns_of_people_are_kept_beside_new_rows():
    before = state()
    before["customers"] = before["customers"].assign(
        **{"own:备注": pd.Series("x", before["customers"].index, dtype=object)}
    )
    followed = complete(entered(before, "prospects", {"name": "李雷"}), before)
    assert followed.tables["customers"]["own:备注"].tolist() == ["x", "x", None]


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("prospect"), st.sampled_from(["甲", "乙"]), st.sampled_from([None, "是", "否"])),
        st.tuples(st.just("rename"), st.integers(0, 1), st.sampled_from(["A1", "002", "001"])),
        st.tuples(st.just("delete"), st.sampled_from(["customers", *STAGES, *PER_CUSTOMER]), st.integers(0, 1)),
        st.tuples(st.just("advance"), st.sampled_from(STAGES[:-1]), st.sampled_from(["是", "否", None])),
        st.tuples(st.just("won back"), st.integers(0, 1), st.sampled_from(["已挽回", "挽回中"])),
        st.tuples(st.just("blank key"), st.sampled_from(["customers", "loyalty", "prospects"]), st.integers(0, 1)),
    ),
    max_size=6,
)  # fmt: skip


def edited(tables, edits):
    for kind, what, value in edits:
        if kind == "prospect":
            tables = entered(tables, "prospects", {"name": what, "advance": value})
        elif kind == "rename" and what < len(tables["customers"]):
            tables = typed(tables, "customers", tables["customers"].index[what], customer_id=value)
        elif kind == "delete" and value < len(tables[what]):
            tables = gone(tables, what, tables[what].index[value])
        elif kind == "advance" and len(tables[what]):
            tables = typed(tables, what, tables[what].index[0], advance=value)
        elif kind == "won back" and what < len(tables["recovery"]):
            tables = typed(tables, "recovery", tables["recovery"].index[what], status=value)
        elif kind == "blank key" and value < len(tables[what]):
            tables = typed(tables, what, tables[what].index[value], **{BOOK.tables[what].key: None})
    return tables


@pytest.mark.slow
@LAW
@given(edits=EDITS)
def test_following_up_twice_is_following_up_once(edits):
    before = state()
    once = complete(edited(before, edits), before)
    for earlier in (before, once.tables):
        twice = complete(once.tables, earlier, **once.counters)
        assert same(twice.tables, once.tables)
        assert twice.counters == once.counters
    again = complete(edited(before, edits), before)
    assert same(again.tables, once.tables)
    for table in PER_CUSTOMER:
        known = set(keys(once.tables, "customers"))
        assert known <= set(once.tables[table]["customer_id"])
    for name, frame in once.tables.items():
        assert frame.index.is_unique
        assert list(frame.columns) == list(before[name].columns)
        assert [str(kind) for kind in frame.dtypes] == [str(kind) for kind in before[name].dtypes]


def test_every_note_has_words():
    before = state()
    tables = typed(before, "customers", row_of(before, "customers", "001"), customer_id="A01")
    tables = entered(tables, "prospects", {"name": "李雷", "advance": "是"})
    tables = entered(tables, "tasks", {"customer_id": "002"})
    tables = gone(tables, "customers", row_of(tables, "customers", "002"))
    tables = typed(tables, "recovery", tables["recovery"].index[0], status="已挽回")
    notes = complete(tables, before).notes
    assert {note.code.removeprefix("advance.") for note in notes} == {
        "numbered", "renamed", "numbered-row", "opened", "returned", "added", "removed",
    }  # fmt: skip
    for note in notes:
        assert all(describe(note.code, lang, note.params) for lang in ("zh", "en"))


def ruled(table, when, to, carry):
    """The book with one advance rule more."""
    rule = Advance(bind(parse(when), BOOK.scope, table=table), to, carry, close=False)
    changed = replace(BOOK.tables[table], advance=(*BOOK.tables[table].advance, rule))
    return replace(BOOK, tables={**BOOK.tables, table: changed})


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "when",
    [
        pytest.param("=[@satisfaction]<=2", id="typed"),
        pytest.param('=AND([@satisfaction]<=2,[@name]<>"")', id="computed"),
        pytest.param("=[@satisfaction]<=PARAM(due_soon_days)-5", id="a parameter"),
    ],
)
def test_a_record_of_its_own_is_opened_once_with_the_references_of_its_source(when):
    book = ruled("maintenance", when, "tasks", {"owner": "owner"})
    before = state()
    tables = typed(before, "maintenance", row_of(before, "maintenance", "002"), satisfaction=2, owner="王芳")
    once = follow(book, tables, before, {}, DAY)
    assert once.tables["tasks"][["customer_id", "owner"]].to_numpy().tolist()[-1] == ["002", "王芳"]
    assert len(once.tables["tasks"]) == len(before["tasks"]) + 1
    for earlier in (before, once.tables):
        assert same(follow(book, once.tables, earlier, once.counters, DAY).tables, once.tables)
