"""The CDNOW book: its figures per customer against a computation of their own, straight from the purchases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.examples.shelf import EXAMPLES, computed_example, load_example

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(__file__).parents[2] / ".." / "shared" / "data" / "CDNOW_sample.txt"
AS_OF = pd.Timestamp("1998-06-30")


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    text = {"customer_id": str, "transaction_id": str}
    return pd.read_csv(EXAMPLES / "cdnow" / "transactions.csv", dtype=text, parse_dates=["date"])


@pytest.fixture(scope="module")
def expected(purchases: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, in the order of the ids. What cost nothing (eight rows) is no purchase; who never bought has no frequency."""
    index = pd.Index(sorted(purchases["customer_id"].unique()))
    groups = purchases[purchases["amount"] > 0].groupby("customer_id")
    recent = purchases[purchases["date"] > "1997-06-30"]
    table = pd.DataFrame(
        {
            "count": groups.size().reindex(index, fill_value=0),
            "total": purchases.groupby("customer_id")["amount"].sum().round(2).reindex(index),
            "first": groups["date"].min().reindex(index),
            "last": groups["date"].max().reindex(index),
        }
    )
    table["recent_count"] = (
        recent[recent["amount"] > 0].groupby("customer_id").size().reindex(index, fill_value=0)
    )
    table["recent_total"] = (
        recent.groupby("customer_id")["amount"].sum().round(2).reindex(index, fill_value=0.0)
    )
    years = ((table["last"] - table["first"]).dt.days / 365).clip(lower=1)
    table["frequency"] = table["count"] / years
    table["yearly"] = table["recent_count"].where(table["count"] > 0)
    silence = (AS_OF - table["last"]).dt.days / (365 / table["frequency"])
    table["alert"] = np.select(
        [silence >= 2 - 1e-9, silence >= 1.5 - 1e-9, silence >= 1 - 1e-9], ["高", "中", "低"], "无"
    )
    table.loc[table.index.isin(lost_customers(table["last"])), "alert"] = "无"
    return table


def lost_customers(last: pd.Series) -> list[str]:
    """Return who left and has neither bought since nor been won back."""
    texts = load_example("cdnow").texts
    won_back = {row["customer_id"] for row in texts["recovery"] if row["status"] == "已挽回"}
    left = {
        row["customer_id"]: pd.Timestamp(row["churn_date"]) for row in texts["churn"] if row["churn_date"]
    }
    return [key for key, day in left.items() if day <= AS_OF and not last[key] > day and key not in won_back]


def test_losses_have_ids_of_their_own() -> None:
    rows = load_example("cdnow").texts["churn"]
    assert [row["churn_id"] for row in rows] == [str(13001 + place) for place in range(len(rows))]


def test_it_has_every_purchase(purchases: pd.DataFrame) -> None:
    assert len(purchases) == 6919
    assert purchases["customer_id"].nunique() == 2357
    assert load_example("cdnow").as_of.isoformat() == "1998-06-30"


@pytest.mark.parametrize(
    ("table", "field", "column"),
    [
        ("classes", "purchases", "count"),
        ("classes", "total", "total"),
        ("classes", "yearly", "recent_count"),
        ("lifecycle", "first_purchase", "first"),
        ("lifecycle", "last_purchase", "last"),
        ("loyalty", "frequency", "yearly"),
        ("loyalty", "amount", "recent_total"),
        ("alerts", "last_purchase", "last"),
        ("alerts", "level", "alert"),
    ],
)
def test_figures_per_customer(expected: pd.DataFrame, table: str, field: str, column: str) -> None:
    frame = computed_example("cdnow").frames[table].set_index("customer_id")
    assert with_gaps(frame[field]) == with_gaps(expected[column])


def with_gaps(values: pd.Series) -> list[object]:
    return values.astype(object).where(values.notna(), None).tolist()


def test_purchases_a_year(expected: pd.DataFrame) -> None:
    frame = computed_example("cdnow").frames["alerts"].set_index("customer_id")
    np.testing.assert_allclose(frame["frequency"], expected["frequency"], rtol=1e-12)


def points(values: pd.Series, bands: dict[float, float]) -> pd.Series:
    return sum((values >= start) * gain for start, gain in bands.items())


def test_loyalty_scores(expected: pd.DataFrame) -> None:
    frequency = points(expected["recent_count"], {1: 10, 3: 10, 5: 10, 10: 10})
    amount = points(expected["recent_total"], {500: 10, 2000: 10, 5000: 10, 10000: 10})
    frame = computed_example("cdnow").frames["loyalty"]
    assert frame["score"].tolist() == (frequency + amount).tolist()


@pytest.mark.parametrize(
    ("field", "judge"),
    [
        (
            "category",
            lambda total, count: (
                "潜在客户"
                if not count
                else "VIP客户"
                if total >= 5000
                else "普通客户"
                if total < 1000
                else "成长客户"
            ),
        ),
        (
            "amount_class",
            lambda total, _: "大客户" if total >= 5000 else "中客户" if total >= 1000 else "小客户",
        ),
    ],
)
def test_classes(expected: pd.DataFrame, field: str, judge: Callable[[float, int], str]) -> None:
    frame = computed_example("cdnow").frames["classes"]
    assert frame[field].tolist() == [
        judge(total, count) for total, count in zip(expected["total"], expected["count"], strict=True)
    ]


def test_names_are_pseudonyms_and_fiction_says_so() -> None:
    texts = load_example("cdnow").texts
    assert all(row["name"] == f"客户{row['customer_id']}" for row in texts["customers"])
    for table in ("interactions", "feedback", "surveys", "tasks", "participations", "campaigns", "recovery"):
        assert all("虚构" in "".join(row.values()) for row in texts[table]), table


def test_amounts_are_shown_in_dollars() -> None:
    book = load_example("cdnow").book
    assert book.tables["transactions"].fields["amount"].format.startswith('"$"')
    classes = computed_example("cdnow").frames["classes"]
    basis = classes.loc[classes["purchases"] > 0, "basis"]
    assert basis.str.contains("美元").all()


@pytest.mark.skipif(not SOURCE.exists(), reason="the public source file is not beside the project")
def test_the_script_writes_the_same_files(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, EXAMPLES / "build_cdnow.py", SOURCE, tmp_path], check=True, capture_output=True
    )
    shipped = {path.name: path.read_bytes() for path in (EXAMPLES / "cdnow").glob("*.csv")}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == shipped
