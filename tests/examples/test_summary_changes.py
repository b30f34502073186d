"""客户关系管理总结: the cards and their changes against the period before, counted with pandas for several periods.

The tables of the example company are counted anew for each period that somebody may choose; one of them is also chosen
in LibreOffice, without a sync.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.schema import layout_of
from crmbook.schema.recompute import recompute
from tests import office
from tests.books import built, saved
from tests.examples.shelf import computed_example, load_example

if TYPE_CHECKING:
    from pathlib import Path

Span = tuple[str, str]
PERIODS: list[tuple[dict[str, Any], Span, Span]] = [
    ({}, ("2025-01-01", "2025-06-30"), ("2024-01-01", "2024-06-30")),
    (
        {"period": "月", "period_date": date(2025, 3, 9)},
        ("2025-03-01", "2025-03-31"),
        ("2025-02-01", "2025-02-28"),
    ),
    (
        {"period": "季度", "period_date": date(2024, 11, 1)},
        ("2024-10-01", "2024-12-31"),
        ("2024-07-01", "2024-09-30"),
    ),
    (
        {"period": "月", "period_from": date(2025, 2, 10), "period_to": date(2025, 3, 20)},
        ("2025-02-10", "2025-03-20"),
        ("2025-01-02", "2025-02-09"),
    ),
    ({"period_from": date(2025, 6, 1)}, ("2025-06-01", "2025-06-30"), ("2025-05-02", "2025-05-31")),
    ({"period_to": date(2024, 3, 31)}, ("2024-01-01", "2024-03-31"), ("2023-10-02", "2023-12-31")),
    # Before anything was sold: nothing to show, and nothing to compare with.
    ({"period_from": date(2022, 1, 1), "period_to": date(2022, 1, 31)}, ("2022-01-01", "2022-01-31"), ("2021-12-01", "2021-12-31")),
]  # fmt: skip
FIGURES = (
    "customers_total", "buyers", "customers_new", "customers_lost", "satisfaction", "churn_rate", "sales", "basket",
    "repeat_rate",
)  # fmt: skip


@cache
def frames() -> dict[str, pd.DataFrame]:
    return dict(computed_example("company").frames)


def figures(span: Span) -> dict[str, float | None]:
    """Return the key figures of a stretch of days."""
    start, end = map(pd.Timestamp, span)
    customers, sales = frames()["customers"], frames()["transactions"]
    losses, surveys = frames()["churn"], frames()["surveys"]
    losses = losses[losses["churn_date"].notna()]
    bought = sales[sales["amount"] > 0]
    first = bought.groupby("customer_id")["date"].min()

    def lost_at(day: pd.Timestamp) -> set[str]:
        gone = losses[(losses["churn_date"] <= day) & ~(losses["returned_on"] <= day)]
        return set(gone["customer_id"])

    known = set(customers.loc[~(customers["registered_on"] > end), "customer_id"])
    there = set(first.index[first < start]) - lost_at(start - pd.Timedelta(days=1))
    lost = lost_at(end) & set(losses.loc[losses["churn_date"].between(start, end), "customer_id"])
    scores = surveys.loc[surveys["date"].between(start, end), "score"]
    inside = sales[sales["date"].between(start, end)]
    till = bought[bought["date"] <= end].groupby("customer_id")["date"].agg(["max", "size"])
    buyers = till[till["max"] >= start]
    amount, count = round(float(inside["amount"].sum()), 2), int((inside["amount"] > 0).sum())
    return {
        "customers_total": len(known - lost_at(end)),
        "buyers": int((first <= end).sum()),
        "customers_new": int(customers["registered_on"].between(start, end).sum()),
        "customers_lost": len(lost),
        "satisfaction": round(float(scores.mean()), 2) if len(scores) else None,
        "churn_rate": len(lost & there) / len(there) if there else None,
        "sales": amount,
        "basket": round(amount / count, 2) if count else None,
        "repeat_rate": float((buyers["size"] > 1).mean()) if len(buyers) else None,
    }


def change(name: str, now: float | None, before: float | None) -> str:
    """Return what stands below a figure."""
    relative = name in {"sales", "basket"}
    if now is None:
        return "本期没有数据"
    if before is None or (relative and before <= 0):
        return "上期没有可比的数据"
    told = {
        "satisfaction": f"{before:.2f}",
        "churn_rate": f"{before:.1%}",
        "repeat_rate": f"{before:.1%}",
    }.get(name, f"{before:,.0f}")
    if now == before:
        return f"持平（上期{told}）"
    far = {
        "satisfaction": f"{abs(now - before):.2f}",
        "churn_rate": f"{abs(now - before) * 100:.1f} 个百分点",
        "repeat_rate": f"{abs(now - before) * 100:.1f} 个百分点",
    }.get(name, f"{abs(now / before - 1):.1%}" if relative else f"{abs(now - before):,.0f}")
    return f"{'▲' if now > before else '▼'} {far}（上期{told}）"


def wanted(now: Span, before: Span) -> dict[str, Any]:
    """Return every cell of the cards, counted anew."""
    here, there = figures(now), figures(before)
    cells: dict[str, Any] = {name: "" if here[name] is None else here[name] for name in FIGURES}
    cells |= {f"{name}_change": change(name, here[name], there[name]) for name in FIGURES}
    cells["figures_span"] = f"{now[0]} – {now[1]}，对比 {before[0]} – {before[1]}"
    return cells


@pytest.mark.sample(2)
@pytest.mark.parametrize(("chosen", "now", "before"), PERIODS)
def test_every_card_and_its_change_is_what_pandas_counts(
    chosen: dict[str, Any], now: Span, before: Span
) -> None:
    example = load_example("company")
    cells = recompute(example.book, example.frames, example.as_of, chosen).cells
    found = {name: cells[name] for name in wanted(now, before)}
    assert {name: "" if value is None else value for name, value in found.items()} == pytest.approx(
        wanted(now, before)
    )


def test_the_periods_tell_a_rise_a_fall_and_nothing_to_compare_with() -> None:
    told = "".join(str(value) for _, now, before in PERIODS for value in wanted(now, before).values())
    assert all(sign in told for sign in ("▲", "▼", "持平", "上期没有可比的数据", "本期没有数据"))


CHOOSE = """
def at(name):
    target = document.NamedRanges.getByName(name).Content.replace("$", "")
    sheet, _, ref = target.rpartition(".")
    return document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(ref)
for name, number in DAYS.items():
    at(name).Value = number
document.calculateAll()
result = {name: at(spot).Value if at(spot).FormulaResultType2 == 1 else at(spot).String for name, spot in SPOTS.items()}
"""


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_follows_a_period_of_ones_own_without_a_sync(tmp_path: Path) -> None:
    path = saved(built("company"), tmp_path)
    layout = layout_of(load_example("company").book)
    chosen, now, before = PERIODS[3]
    days = {
        layout.names[name]: (day - date(1899, 12, 30)).days
        for name, day in chosen.items()
        if name != "period"
    }
    given = {"DAYS": days, "SPOTS": {name: layout.names[name] for name in wanted(now, before)}}
    head = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    answer: Any = office.run_macro_script(path, f"{head}\n{CHOOSE}")
    assert answer == pytest.approx(wanted(now, before))


def test_a_purchase_of_nobody_known_is_nothing_that_a_sync_would_settle() -> None:
    """Its amount is in the sales and in no customer's, so that these differ for good; the titles name the period still."""
    example = load_example("company")
    rows = example.frames["transactions"]
    given = {
        **example.frames,
        "transactions": rows.assign(
            customer_id=rows["customer_id"].where(rows.index != rows.index[-1], "999")
        ),
    }
    cells = recompute(example.book, given, example.as_of, {}).cells
    assert rows["date"].iloc[-1] >= pd.Timestamp("2025-01-01")
    assert cells["sales"] == pytest.approx(figures(PERIODS[0][1])["sales"])
    assert cells["customers_span"] == "2025-01-01 – 2025-06-30"


@pytest.mark.slow
@pytest.mark.office
def test_where_formulas_are_left_to_sync_another_period_waits_for_it(tmp_path: Path) -> None:
    """Each customer's sales are still those of the period before, also where one purchase is nobody's."""
    example = load_example("company")
    path = saved(built("company", mode="never"), tmp_path)
    names = layout_of(example.book).names
    given = {"DAYS": {names["period_date"]: (date(2024, 2, 1) - date(1899, 12, 30)).days}}
    head = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    spots = f"SPOTS = {{'span': {names['customers_span']!r}}}"
    answer: Any = office.run_macro_script(path, f"{head}\n{spots}\n{CHOOSE}")
    assert answer == {"span": "同步后按所选期间更新"}
