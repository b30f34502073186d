"""The CDNOW file as it is published, in columns of fixed width without headers, comes in by a map; its figures against pandas'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.cli.run import run
from tests.examples.test_cdnow import AS_OF, SOURCE

if TYPE_CHECKING:
    from pathlib import Path

MAP = """
table: transactions
layout:
  header_row: 0
  columns: {customer: [8, 11], name: [8, 11], date: [13, 20], discs: [21, 23], amount: [24, 31]}
columns:
  - {header: customer, table: customers, external: true}
  - {header: name, table: customers, field: name}
  - {header: date, field: date}
  - {header: discs, field: quantity}
  - {header: amount, field: amount}
"""
SPECS = [(7, 11), (12, 20), (20, 23), (23, 31)]
MADE = """\
 00004 0001 19970101  2   29.33
 00004 0001 19970118  2   29.73
 00004 0001 19970802  1   14.96
 00004 0001 19980612 12 1326.48
 00021 0002 19970101  3   63.34
 00021 0002 19970113  1   11.77
 00050 0003 19970101  1    6.79
 00071 0004 19970101  1   13.97
 00071 0004 19970101  1   13.97
 00071 0004 19970203  1    0.00
 00086 0005 19970214  1    0.00
 00099 1001 19980630 99   99.99
"""
"""Two purchases alike on one day, some that cost nothing, a customer who never bought, numbers as wide as their columns."""


@pytest.fixture(
    scope="module",
    params=[
        "made",
        pytest.param(
            "published",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(
                    not SOURCE.exists(), reason="the public source file is not beside the project"
                ),
            ],
        ),
    ],
)
def imported(request, tmp_path_factory) -> tuple[Path, Path]:
    """A file in fixed width, and the folder of the book that it was imported into."""
    folder = tmp_path_factory.mktemp("cdnow")
    source = SOURCE
    if request.param == "made":
        source = folder / "CDNOW.txt"
        source.write_text(MADE, "ascii")
    chart = folder / "map.yaml"
    chart.write_text(MAP, "utf-8")
    said = run(
        "import", source, "--map", chart, "--into", folder, "--template", "standard", "--lang", "zh",
        "--as-of", f"{AS_OF:%Y-%m-%d}", "--yes",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    assert not list(folder.glob("失败明细*"))
    return source, folder


@pytest.fixture(scope="module")
def purchases(imported) -> pd.DataFrame:
    """The purchases as pandas reads them."""
    names = ["customer", "date", "discs", "amount"]
    found = pd.read_fwf(imported[0], colspecs=SPECS, names=names, dtype={"customer": str, "date": str})
    return found.assign(date=pd.to_datetime(found["date"], format="%Y%m%d"))


@pytest.fixture(scope="module")
def by_customer(purchases) -> pd.DataFrame:
    """What each customer bought, by pandas alone: what cost nothing is no purchase, less than a year counts as one."""
    paid = purchases[purchases["amount"] > 0].groupby("customer")
    customers = pd.Index(sorted(purchases["customer"].unique()))
    found = pd.DataFrame(
        {
            "count": paid.size().reindex(customers, fill_value=0),
            "total": purchases.groupby("customer")["amount"].sum().round(2).reindex(customers),
            "first": paid["date"].min().reindex(customers),
            "last": paid["date"].max().reindex(customers),
        }
    )
    years = ((found["last"] - found["first"]).dt.days / 365).clip(lower=1)
    return found.assign(frequency=found["count"] / years)


def exported(folder: Path, table: str) -> pd.DataFrame:
    """Return a table of the book, as the command exports it, by the number of the customer in the file."""
    path = folder / f"{table}.csv"
    words = ("--output", path, "--table", table, "--as-of", f"{AS_OF:%Y-%m-%d}", "--force")
    said = run("export", folder, *words)
    assert said.exit_code == 0, said.output
    found = pd.read_csv(path, dtype={"客户姓名": str, "客户ID": str})
    return found.set_index("客户姓名").sort_index()


def test_every_line_is_a_purchase_and_every_customer_one(imported, purchases):
    found = exported(imported[1], "transactions")
    assert len(found) == len(purchases)
    order = ["customer", "date", "discs", "amount"]
    came = pd.DataFrame(
        {
            "customer": found.index,
            "date": pd.to_datetime(found["交易日期"]).to_numpy(),
            "discs": found["数量"].to_numpy(),
            "amount": found["交易金额"].to_numpy(),
        }
    )
    pd.testing.assert_frame_equal(
        came.sort_values(order, ignore_index=True),
        purchases.sort_values(order, ignore_index=True),
        check_dtype=False,
    )


def test_frequency_amount_and_last_purchase_of_each_customer_equal_those_of_pandas(imported, by_customer):
    classes, alerts = exported(imported[1], "classes"), exported(imported[1], "alerts")
    assert classes.index.tolist() == alerts.index.tolist() == by_customer.index.tolist()
    assert classes["累计购买次数"].tolist() == by_customer["count"].tolist()
    np.testing.assert_allclose(
        classes["累计购买金额"].to_numpy(), by_customer["total"].to_numpy(), atol=0.005
    )
    last = pd.to_datetime(alerts["最后购买时间"])
    assert last.astype(object).where(last.notna(), None).tolist() == (
        by_customer["last"].astype(object).where(by_customer["last"].notna(), None).tolist()
    )
    has_bought = by_customer["count"] > 0
    np.testing.assert_allclose(
        alerts["购买频率"][has_bought].to_numpy(), by_customer["frequency"][has_bought].to_numpy(), rtol=1e-9
    )
    assert alerts["购买频率"][~has_bought].isna().all()
