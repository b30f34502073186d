"""Losses of a customer and what became of them: risks opened, days of recovery, and both kept on the loss's row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.base import describe
from crmbook.ingest.follow_up import follow
from crmbook.schema.recompute import recompute
from tests.ingest.follow_up.states import BOOK, DAY, complete, entered, gone, row_of, state, typed

if TYPE_CHECKING:
    Tables = dict[str, pd.DataFrame]

LATER = dt.date(2023, 9, 1)


def day(text: str | None) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(text)


def loss(row: str, **values: Any) -> dict[str, Any]:
    """Return a row of churn of customer 002."""
    return {"churn_id": row, "customer_id": "002", **values}


def with_losses(*rows: dict[str, Any], **recovery: Any) -> Tables:
    """Return the sample with just these rows of customer 002 in 客户流失分析, and stage 6 as it says."""
    tables = gone(state(), "churn", *state()["churn"].index)
    tables = entered(tables, "churn", *rows)
    return typed(tables, "recovery", row_of(tables, "recovery", "002"), **recovery)


def said(tables: Tables, table: str, *labels: str) -> list[tuple[str | None, ...]]:
    """Return some columns of the rows of customer 002, days as text."""
    frame = tables[table]
    frame = frame[frame["customer_id"] == "002"]
    cells = frame[list(labels)].astype(object).where(frame[list(labels)].notna(), None).to_numpy().tolist()
    return [tuple(f"{one:%Y-%m-%d}" if isinstance(one, dt.date) else one for one in row) for row in cells]


def states(tables: Tables, as_of: dt.date = DAY) -> list[str]:
    known = {name: frame for name, frame in tables.items() if name in BOOK.tables}
    frame = recompute(BOOK, known, as_of).frames["churn"]
    return frame.loc[frame["customer_id"] == "002", "state"].tolist()


def choose(tables: Tables, as_of: dt.date = DAY, **values: Any) -> Tables:
    """Return the state after somebody chose in stage 6 of customer 002, and a sync."""
    chosen = typed(tables, "recovery", row_of(tables, "recovery", "002"), **values)
    return follow(BOOK, chosen, tables, {"row:customers": 99}, as_of).tables


def test_who_comes_to_stage_six_is_at_risk():
    before = gone(state(), "churn", *state()["churn"].index)
    row = row_of(before, "recovery", "002")
    before = gone(before, "recovery", row)
    source = row_of(before, "maintenance", "002")
    before = typed(before, "maintenance", source, advance="否")
    after = complete(typed(before, "maintenance", source, advance="是"), before)
    assert said(after.tables, "churn", "churn_id", "churn_date") == [("13001", None)]
    assert said(after.tables, "recovery", "status") == [(None,)]
    assert states(after.tables) == ["待确认"]
    deleted = gone(after.tables, "churn", *after.tables["churn"].index)
    assert complete(deleted, after.tables).tables["churn"].empty


def test_a_row_typed_into_stage_six_opens_a_risk_too():
    before = gone(state(), "churn", *state()["churn"].index)
    row = row_of(before, "recovery", "002")
    without = gone(before, "recovery", row)
    after = complete(entered(without, "recovery", {"customer_id": "002"}), without)
    assert said(after.tables, "churn", "churn_id", "churn_date") == [("13001", None)]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("there", "rows"),
    [
        ([], 1),
        ([loss("13001")], 1),  # at risk
        ([loss("13001", churn_date=day("2023-03-01"))], 1),  # lost
        ([loss("13001", churn_date=day("2023-05-01"))], 1),  # will be lost
        ([loss("13001", churn_date=day("2023-01-01"))], 2),  # bought on the 5th
        ([loss("13001", recovered_on=day("2023-03-01"))], 2),  # a risk that is over
        ([loss("13001", churn_date=day("2023-02-01"), recovered_on=day("2023-03-01"))], 2),
    ],
)
def test_a_risk_is_opened_unless_the_customer_is_lost_or_at_risk_already(
    there: list[dict[str, Any]], rows: int
) -> None:
    before = with_losses(*there)
    source = row_of(before, "maintenance", "002")
    before = typed(before, "maintenance", source, advance="否")
    after = complete(typed(before, "maintenance", source, advance="是"), before)
    assert len(said(after.tables, "churn", "churn_id")) == rows


def test_the_day_of_a_recovery_is_the_as_of_date_unless_typed():
    before = with_losses(loss("13001", churn_date=day("2023-02-01")))
    after = choose(before, status="已挽回")
    assert said(after, "recovery", "recovered_on") == [("2023-04-01",)]
    after = choose(before, status="已挽回", recovered_on=day("2023-03-15"))
    assert said(after, "recovery", "recovered_on") == [("2023-03-15",)]
    after = choose(choose(before, recovered_on=day("2023-03-15")), status="已挽回")
    assert said(after, "recovery", "recovered_on") == [("2023-03-15",)]
    assert said(choose(before, status="已流失"), "recovery", "recovered_on") == [(None,)]


def test_a_recovery_from_before_its_day_was_noted_gets_the_as_of_date_once():
    before = with_losses(loss("13001", churn_date=day("2023-02-01")), status="已挽回", effect="有效")
    after = follow(BOOK, before, before, {}, DAY).tables
    assert said(after, "recovery", "recovered_on") == [("2023-04-01",)]
    assert said(after, "churn", "recovered_on", "effect") == [("2023-04-01", "有效")]
    again = follow(BOOK, after, after, {}, LATER)
    assert again.notes == []


@pytest.mark.slow
def test_the_day_goes_with_the_choice_and_the_next_one_is_its_own():
    before = with_losses(loss("13001", churn_date=day("2023-02-01")))
    won = choose(before, status="已挽回", effect="有效")
    asked = typed(won, "recovery", row_of(won, "recovery", "002"), status="挽回中", effect="待观察")
    followed = complete(asked, won)
    assert said(followed.tables, "recovery", "recovered_on") == [(None,)]
    assert said(followed.tables, "churn", "churn_date", "recovered_on", "effect") == [
        ("2023-02-01", "2023-04-01", "有效"),  # the loss keeps its own
        (None, None, None),  # and stage 6 is open again: a risk
    ]
    assert {note.code for note in followed.notes} >= {"advance.ended", "advance.opened"}
    assert all(describe(note.code, lang, note.params) for note in followed.notes for lang in ("zh", "en"))
    lost = typed(
        followed.tables, "churn", followed.tables["churn"].index[-1], churn_date=pd.Timestamp("2023-06-01")
    )
    assert states(lost, LATER) == ["已回流", "流失"]
    again = choose(lost, LATER, status="已挽回", effect="部分有效")
    assert said(again, "churn", "churn_date", "recovered_on", "effect") == [
        ("2023-02-01", "2023-04-01", "有效"),
        ("2023-06-01", "2023-09-01", "部分有效"),
    ]
    assert states(again, LATER) == ["已回流", "已回流"]


@pytest.mark.slow
def test_a_loss_after_the_recovery_is_no_part_of_it():
    won = choose(with_losses(loss("13001", churn_date=day("2023-02-01"))), status="已挽回", effect="有效")
    lost = entered(won, "churn", loss("13002", churn_date=day("2023-05-01")))
    after = follow(BOOK, lost, won, {}, LATER)
    assert said(after.tables, "churn", "recovered_on", "effect") == [("2023-04-01", "有效"), (None, None)]
    assert states(after.tables, LATER) == ["已回流", "流失"]
    changed = choose(after.tables, LATER, effect="待观察")  # for the second
    assert said(changed, "churn", "recovered_on", "effect") == [("2023-04-01", "有效"), (None, None)]
    dated = choose(changed, LATER, recovered_on=day("2023-08-08"), effect="部分有效")
    assert said(dated, "churn", "recovered_on", "effect") == [
        ("2023-04-01", "有效"), ("2023-08-08", "部分有效"),
    ]  # fmt: skip


def test_a_recovery_and_a_later_loss_in_one_sync():
    before = with_losses(loss("13001", churn_date=day("2023-02-01")))
    lost = entered(before, "churn", loss("13002", churn_date=day("2023-03-20")))
    chosen = typed(
        lost, "recovery", row_of(lost, "recovery", "002"), status="已挽回", recovered_on=day("2023-03-01")
    )
    after = complete(chosen, before).tables
    assert said(after, "churn", "recovered_on") == [("2023-03-01",), (None,)]
    assert states(after) == ["已回流", "流失"]


def test_a_risk_that_is_averted():
    after = choose(with_losses(loss("13001")), status="已挽回", effect="有效")
    assert said(after, "churn", "churn_date", "recovered_on", "effect") == [(None, "2023-04-01", "有效")]
    assert states(after) == ["已化解"]
    # A risk that comes later is not averted by the same choice.
    later = entered(after, "churn", loss("13002"))
    assert states(follow(BOOK, later, after, {}, LATER).tables, LATER) == ["已化解", "待确认"]


@pytest.mark.slow
def test_corrections_follow_and_what_was_typed_there_stays():
    won = choose(with_losses(loss("13001", churn_date=day("2023-02-01"))), status="已挽回")
    assert said(won, "churn", "recovered_on", "effect") == [("2023-04-01", "待观察")]
    right = choose(won, recovered_on=day("2023-03-28"), effect="有效")
    assert said(right, "churn", "recovered_on", "effect") == [("2023-03-28", "有效")]
    mine = typed(right, "churn", right["churn"].index[0], recovered_on=pd.Timestamp("2023-03-25"))
    mine = complete(mine, right).tables
    assert said(mine, "churn", "recovered_on") == [("2023-03-25",)]
    assert said(choose(mine, recovered_on=day("2023-03-30")), "churn", "recovered_on") == [("2023-03-25",)]
