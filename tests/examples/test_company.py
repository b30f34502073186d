"""The fictitious company: as large as promised, made again byte for byte by its script."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.examples.shelf import EXAMPLES, computed_example, load_example

if TYPE_CHECKING:
    from pathlib import Path


def test_it_has_200_customers_and_2000_purchases() -> None:
    texts = load_example("company").texts
    assert len(texts["customers"]) == 200
    assert len(texts["transactions"]) == 2000
    assert sum(map(len, texts.values())) > 5000


def test_dates_lie_in_its_years() -> None:
    example = load_example("company")
    days = [row["date"] for row in example.texts["transactions"]]
    assert min(days) >= "2023-01-01"
    assert max(days) <= example.as_of.isoformat() == "2025-06-30"


def test_people_are_invented() -> None:
    rows = load_example("company").texts["customers"]
    assert len({row["name"] for row in rows}) == len(rows)
    assert all(row["email"].endswith("@example.com") for row in rows)
    assert all(re.fullmatch(r"1[3-9]\d0000\d{4}", row["phone"]) for row in rows)


def test_the_script_writes_the_same_files(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, EXAMPLES / "generate_company.py", tmp_path], check=True, capture_output=True
    )
    shipped = {path.name: path.read_bytes() for path in (EXAMPLES / "company").glob("*.csv")}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == shipped


def test_every_judgement_occurs() -> None:
    frames = computed_example("company").frames
    for table, field, fewest in (
        ("alerts", "level", 4),
        ("lifecycle", "status", 3),
        ("classes", "category", 4),
        ("classes", "frequency_class", 3),
        ("loyalty", "level", 4),
        ("customers", "current_stage", 6),
        ("tasks", "status", 4),
        ("followups", "state", 3),
        ("relationships", "state", 4),
        ("churn", "state", 4),
        ("evaluation", "value_class", 4),
    ):
        assert frames[table][field].dropna().nunique() >= fewest, (table, field)


def test_the_summary_agrees_with_the_sheets() -> None:
    computed = computed_example("company")
    customers, transactions = computed.frames["customers"], computed.frames["transactions"]
    this_year = transactions["date"] >= "2025-01-01"
    churn = computed.frames["churn"]
    lost = churn[churn["state"] == "流失"]
    assert lost["customer_id"].is_unique
    assert computed.cells["customers_total"] == 200 - len(lost)
    first = transactions[transactions["amount"] > 0].groupby("customer_id")["date"].min()
    bought = first.index[first < "2025-01-01"]
    mine = churn[churn["customer_id"].isin(bought)]
    gone = mine[(mine["churn_date"] < "2025-01-01") & ~(mine["returned_on"] < "2025-01-01")]
    left = mine[mine["churn_date"].between("2025-01-01", "2025-06-30") & mine["returned_on"].isna()]
    assert len(left) > 0
    assert computed.cells["churn_rate"] == len(left) / (len(bought) - len(gone))
    assert computed.cells["customers_new"] == (customers["registered_on"] >= "2025-01-01").sum()
    assert computed.cells["sales"] == transactions.loc[this_year, "amount"].sum()
    surveys = computed.frames["surveys"]
    mean = surveys.loc[surveys["date"] >= "2025-01-01", "score"].mean()
    assert computed.cells["satisfaction"] == round(mean, 2)
    assert computed.frames["funnel"]["customers"].tolist() == [200, 176, 158, 140, 118, 34 - 2]
    monthly = computed.frames["monthly"]
    assert monthly["month"].dt.strftime("%Y-%m").tolist()[::11] == ["2024-07", "2025-06"]
    last_year = transactions[transactions["date"] >= "2024-07-01"].groupby(
        transactions["date"].dt.strftime("%Y-%m")
    )
    assert monthly["sales"].tolist() == last_year["amount"].sum().tolist()
    regions = transactions[this_year].groupby("region")["amount"].sum().sort_values(ascending=False)
    top = computed.frames["top_regions"]
    shown = {**regions[:10].to_dict(), "其他": regions[10:].sum()}
    assert dict(zip(top["region"], top["sales"], strict=True)) == shown
    assert computed.frames["loyalty_levels"]["customers"].sum() == len(first)
    assert computed.cells["buyers"] == len(first) == 140


def test_campaigns_bring_what_a_campaign_may_bring() -> None:
    """The sum of the sheet, and one campaign counted with pandas from the records and the purchases."""
    frames = computed_example("company").frames
    campaigns, records = frames["campaigns"].set_index("name"), frames["participations"]
    assert (campaigns["conversions"] < campaigns["participants"]).all()
    assert (campaigns["conversions"] > 0).all()
    assert campaigns["sales"].between(campaigns["budget"] * 0.5, campaigns["budget"] * 10).all()
    mine = records[records["campaign"] == "年终促销"][["customer_id", "date"]].rename(columns={"date": "day"})
    both = frames["transactions"].merge(mine, on="customer_id")
    days = (both["date"] - both["day"]).dt.days
    inside = both[days.between(0, 30)].drop_duplicates("transaction_id")
    bought = inside.loc[inside["amount"] > 0, "customer_id"]
    assert campaigns.loc["年终促销", "participants"] == mine["customer_id"].nunique()
    assert campaigns.loc["年终促销", "conversions"] == bought.nunique()
    assert campaigns.loc["年终促销", "sales"] == inside["amount"].sum().round(2)


def test_one_customer_was_won_back_and_lost_again() -> None:
    computed = computed_example("company")
    churn, twice = computed.frames["churn"], "025"
    rows = churn[churn["customer_id"] == twice]
    assert rows["state"].tolist() == ["已回流", "流失"]
    assert rows["effect"].tolist() == ["有效", None]
    assert (rows["returned_on"] == rows["recovered_on"]).tolist() == [True, False]
    assert churn["customer_id"].value_counts().tolist()[:2] == [2, 1]
    for table, field, value in (
        ("lifecycle", "status", "流失"), ("alerts", "level", "无"), ("customers", "current_stage", "客户流失预防与挽回"),
    ):  # fmt: skip
        assert computed.frames[table].set_index("customer_id").loc[twice, field] == value
    stage = computed.frames["recovery"].set_index("customer_id").loc[twice]
    assert stage["churn_date"] == rows["churn_date"].iloc[1]


def test_open_and_late_tasks_are_counted_by_owner() -> None:
    computed = computed_example("company")
    tasks, view = computed.frames["tasks"], computed.frames["workload"].dropna()
    open_tasks = tasks[tasks["status"] != "完成"].groupby("owner").size()
    late = tasks[tasks["status"] == "延期"].groupby("owner").size()
    assert set(view["owner"]) == set(tasks["owner"])
    for row in view.itertuples():
        assert row.open == open_tasks.get(row.owner, 0)
        assert row.late == late.get(row.owner, 0)
