"""Turn the public CDNOW sample of purchases into a book.

The source has fixed columns: id in the full data set, id in the sample, date as YYYYMMDD, number of CDs, amount
in US dollars. Customers get pseudonyms (客户0001 …). What the purchases tell is derived from them and from
nothing else:

- the day of registration is the day of the first purchase;
- who has not bought for a year by the as-of date counts as lost, one year after the last purchase;
- the usual number of CDs per purchase is noted as the preference of the fifty most frequent buyers.

Sheets about which the data says nothing hold a few rows that say 虚构 (fictitious) in so many words.

    python examples/build_cdnow.py CDNOW_sample.txt [FOLDER]
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

AS_OF: Final = date(1998, 6, 30)
YEAR: Final = timedelta(days=365)
FREQUENT_BUYERS: Final = 50
FICTION: Final = "（虚构示例）"

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the source."""

    customer_id: str
    day: date
    discs: int
    amount: str


def main(source: Path, folder: Path) -> None:
    """Write every table of the CDNOW book as CSV into `folder`."""
    purchases = read_purchases(source.read_text(encoding="ascii").splitlines())
    by_customer: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        by_customer[purchase.customer_id].append(purchase)
    write_table(
        folder / "transactions.csv",
        "transaction_id customer_id date amount product quantity",
        ((1001 + n, p.customer_id, p.day, p.amount, "CD", p.discs) for n, p in enumerate(purchases)),
    )
    write_customers(folder, by_customer)
    write_derived(folder, by_customer)
    write_fiction(folder)


def read_purchases(lines: Iterable[str]) -> list[Purchase]:
    """Return the purchases in the order of the source: by customer, then by date."""
    purchases = []
    for line in lines:
        _, customer, day, discs, amount = line.split()
        purchases.append(
            Purchase(customer, date(int(day[:4]), int(day[4:6]), int(day[6:])), int(discs), amount)
        )
    return purchases


def write_table(path: Path, header: str, rows: Iterable[Row]) -> None:
    """Write rows as CSV: UTF-8, machine field names as header, dates in ISO form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


def write_customers(folder: Path, by_customer: dict[str, list[Purchase]]) -> None:
    """Write the customers and the sheets with one row for each, all of whose other cells are computed."""
    write_table(
        folder / "customers.csv",
        "customer_id name customer_type status registered_on",
        ((key, f"客户{key}", "regular", "closed", mine[0].day) for key, mine in by_customer.items()),
    )
    keys = {"classes": ("class_id", 4001), "lifecycle": ("lifecycle_id", 5001)}
    keys |= {"loyalty": ("analysis_id", 7001), "alerts": ("alert_id", 8001)}
    for table, (key, start) in keys.items():
        rows = ((start + place, customer) for place, customer in enumerate(by_customer))
        write_table(folder / f"{table}.csv", f"{key} customer_id", rows)


def write_derived(folder: Path, by_customer: dict[str, list[Purchase]]) -> None:
    """Write what follows from the purchases: losses and preferences."""
    lost = [(key, mine[-1].day + YEAR) for key, mine in by_customer.items() if mine[-1].day + YEAR <= AS_OF]
    write_table(
        folder / "churn.csv",
        "churn_id customer_id churn_date reason followup",
        ((13001 + n, key, day, "other", "按一年未购买推定") for n, (key, day) in enumerate(lost)),
    )
    frequent = sorted(by_customer.items(), key=lambda item: (-len(item[1]), item[0]))[:FREQUENT_BUYERS]
    write_table(
        folder / "preferences.csv",
        "preference_id customer_id kind description",
        (
            (3001 + n, key, "product", f"平均每次购买 {sum(p.discs for p in mine) / len(mine):.1f} 张CD")
            for n, (key, mine) in enumerate(frequent)
        ),
    )


def write_fiction(folder: Path) -> None:
    """Write a few rows, clearly marked, for the sheets about which the data says nothing."""
    for table, (header, rows) in FICTIONAL_TABLES.items():
        write_table(folder / f"{table}.csv", header, rows)


FICTIONAL_TABLES: Final[dict[str, tuple[str, list[Row]]]] = {
    "prospects": (
        "name contact need customer_id source registered_on advance",
        [
            (f"客户{n:04}", f"customer{n:04}@example.com", f"想买CD{FICTION}", f"{n:04}", "website", day, "yes")
            for n, day in ((1, "1997-01-01"), (2, "1997-01-01"), (3, "1997-01-01"), (4, "1997-01-01"))
        ],
    ),
    "evaluation": (
        "customer_id power_analysis power_score willingness_score loyalty_score advance",
        [
            ("0001", FICTION, 4, 4, 3, "yes"),
            ("0002", FICTION, 3, 3, 2, "yes"),
            ("0003", FICTION, 3, 4, 4, "yes"),
            ("0004", FICTION, 2, 3, 3, "no"),
        ],
    ),
    "followups": (
        "customer_id feedback satisfaction next_followup owner advance",
        [
            ("0001", f"希望有更多唱片{FICTION}", 5, "1998-07-03", "王芳", "yes"),
            ("0002", f"邮寄太慢{FICTION}", 3, "1998-06-20", "王芳", "yes"),
            ("0003", f"价格合适{FICTION}", 4, "1998-08-01", "李强", "no"),
        ],
    ),
    "relationships": (
        "customer_id mode start end results advance",
        [
            ("0001", "subscription", "1997-08-01", "1998-07-31", f"每月新碟目录{FICTION}", "yes"),
            ("0002", "single", "1997-01-12", "1997-01-12", f"一次购买{FICTION}", "yes"),
        ],
    ),
    "maintenance": (
        "customer_id satisfaction plan last_care next_care owner advance",
        [
            ("0001", 5, "quarterly", "1998-04-01", "1998-07-01", "王芳", "no"),
            ("0002", 3, "festival", "1997-12-20", "1998-12-20", "王芳", "yes"),
        ],
    ),
    "recovery": (
        "customer_id measures effect status",
        [("0002", f"寄送优惠券{FICTION}", "pending", "in_progress")],
    ),
    "interactions": (
        "interaction_id customer_id date method content owner",
        [
            (10001, "0001", "1998-06-10", "email", f"寄送新碟目录{FICTION}", "王芳"),
            (10002, "0002", "1998-05-20", "telephone", f"了解未再购买的原因{FICTION}", "王芳"),
            (10003, "0003", "1998-06-25", "email", f"确认邮寄地址{FICTION}", "李强"),
        ],
    ),
    "feedback": (
        "feedback_id customer_id date content status solution handler handled_on",
        [
            (2001, "0001", "1998-01-10", f"唱片有划痕{FICTION}", "done", "更换", "陈静", "1998-01-13"),
            (2002, "0002", "1997-01-20", f"邮寄太慢{FICTION}", "open", "", "", ""),
        ],
    ),
    "surveys": (
        "survey_id date score subject suggestion recommend anonymous",
        [
            (6001, "1998-01-15", 5, f"唱片品种{FICTION}", "无", 10, "yes"),
            (6002, "1998-03-15", 3, f"邮寄速度{FICTION}", "加快邮寄", 6, "yes"),
            (6003, "1998-05-15", 4, f"网站使用{FICTION}", "无", 8, "yes"),
        ],
    ),
    "campaigns": (
        "name start end goal budget effect",
        [(f"夏季唱片节{FICTION}", "1998-06-01", "1998-06-30", "吸引老客户再次购买", 1000, "")],
    ),
    "participations": (
        "record_id customer_id campaign date effect note",
        [
            (9001, "0001", f"夏季唱片节{FICTION}", "1998-06-05", "high", FICTION),
            (9002, "0003", f"夏季唱片节{FICTION}", "1998-06-12", "low", FICTION),
        ],
    ),
    "tasks": (
        "task_id customer_id milestone task owner start due completed_on target target_unit progress",
        [
            (11001, "0001", "care", f"寄送新碟目录{FICTION}", "王芳", "1998-06-01", "1998-06-10", "1998-06-10", 1, "time", 1),
            (11002, "0002", "care", f"电话回访{FICTION}", "王芳", "1998-06-01", "1998-06-20", "", 2, "time", 1),
            (11003, "0003", "care", f"电话回访{FICTION}", "李强", "1998-06-20", "1998-07-20", "", 1, "time", 0),
        ],
    ),
    "targets": (
        "target_id owner month amount note",
        [(14001, "王芳", "1998-06-01", 3000, FICTION), (14002, "李强", "1998-06-01", 2000, FICTION)],
    ),
}  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "cdnow")
