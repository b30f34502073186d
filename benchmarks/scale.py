"""A book as a large shop has it: 100,000 customers, 500,000 transactions, one analysis of each kind per customer.

Made of random numbers with a fixed seed, so that every run has the same cells; built by `build_workbook` as
``crmbook build`` does.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy as np
    import pandas as pd

    from crmbook.schema import Book

AS_OF: Final = date(2024, 6, 30)
CUSTOMERS: Final = 100_000
PER_CUSTOMER: Final = 5
_FAMILIES: Final = "张王李赵陈杨黄周吴徐孙马朱胡林郭何高罗郑"
_GIVEN: Final = "伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平刚桂英华文玉兰斌玲辉鹏"
_STREETS: Final = ("人民路", "解放路", "中山大道", "建设街", "和平里", "科技园", "学府路", "滨江大道")
_GOODS: Final = (
    "手机",
    "平板电脑",
    "笔记本电脑",
    "耳机",
    "智能手表",
    "相机",
    "显示器",
    "路由器",
    "键盘",
    "打印机",
)


class _Maker:
    """Draws columns of one length."""

    def __init__(self, book: Book, count: int, seed: int) -> None:
        import numpy as np

        self.count = count
        self.book = book
        self.random = np.random.default_rng(seed)

    def whole(self, low: int, high: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        return self.random.integers(low, high, self.count)

    def pick(self, stock: Sequence[str | None]) -> np.ndarray[Any, np.dtype[np.object_]]:
        import numpy as np

        return np.array(stock, dtype=object)[self.whole(0, len(stock))]

    def listed(self, name: str) -> np.ndarray[Any, np.dtype[np.object_]]:
        return self.pick(self.book.lists[name].texts)

    def days(self, first: str, span: int) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        import numpy as np

        return (np.datetime64(first, "D") + self.whole(0, span)).astype("datetime64[us]")


def frames(
    book: Book, customers: int = CUSTOMERS, per_customer: int = PER_CUSTOMER
) -> dict[str, pd.DataFrame]:
    """Return the rows of every filled table as canonical values, what is computed left out."""
    import pandas as pd

    ids = [f"{number:06d}" for number in range(1, customers + 1)]
    people = pd.DataFrame(
        {"customer_id": pd.Series(ids, dtype=object), **_people(_Maker(book, customers, 1))}
    )
    each = {
        name: pd.DataFrame(
            {
                key: pd.Series([f"{number}" for number in range(first, first + customers)], dtype=object),
                "customer_id": pd.Series(ids, dtype=object),
            }
        )
        for name, key, first in (
            ("classes", "class_id", 1_000_001),
            ("lifecycle", "lifecycle_id", 2_000_001),
            ("loyalty", "analysis_id", 3_000_001),
            ("alerts", "alert_id", 4_000_001),
        )
    }
    each["loyalty"]["referrals"] = _Maker(book, customers, 2).whole(0, 9).astype(float)
    return {
        "customers": people,
        "transactions": _sales(_Maker(book, customers * per_customer, 3), ids),
        **each,
    }


def _people(draw: _Maker) -> dict[str, Any]:
    import numpy as np

    given = list(_GIVEN)
    lists = draw.book.lists
    cities = {
        region.text: [city.text for city in lists["city"].values.values() if city.parent == name] or [None]  # noqa: PD011
        for name, region in lists["region"].values.items()  # noqa: PD011
    }
    region = draw.listed("region")
    turn = draw.whole(0, 1_000_000)
    numbers = draw.whole(0, 10**8)
    return {
        "name": draw.pick(list(_FAMILIES)) + draw.pick(given) + draw.pick(["", *given]),
        "gender": draw.listed("gender"),
        "phone": np.array([f"138{number:08d}" for number in numbers.tolist()], dtype=object),
        "email": np.array(
            [f"user{place}.{number % 97}@example.com" for place, number in enumerate(numbers.tolist())], dtype=object
        ),
        "address": draw.pick(_STREETS) + np.array([f"{number}号" for number in draw.whole(1, 2000).tolist()], dtype=object),
        "birth_date": draw.days("1955-01-01", 18_000),
        "company": np.array([f"第{number}贸易公司" for number in draw.whole(1, 30_000).tolist()], dtype=object),
        "industry": draw.listed("industry"),
        "customer_type": draw.listed("customer_type"),
        "region": region,
        "city": np.array(
            [cities[home][place % len(cities[home])] for home, place in zip(region, turn.tolist(), strict=True)], dtype=object
        ),
        "status": draw.listed("customer_status"),
        "owner": draw.pick([f"{family}{name}" for family in _FAMILIES[:5] for name in given[:4]]),
        "registered_on": draw.days("2018-01-01", 400),
        "opportunity": draw.random.uniform(0, 50_000, draw.count).round(2),
        "verified_on": draw.days("2024-01-01", 180),
        "notes": draw.pick([None, None, *(f"第{number}次回访：有意向" for number in range(1, 2000))]),
    }  # fmt: skip


def _sales(draw: _Maker, customers: Sequence[str]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    price = draw.random.uniform(10, 8_000, draw.count).round(2)
    quantity = draw.whole(1, 6).astype(float)
    return pd.DataFrame(
        {
            "transaction_id": np.array(
                [f"T{number:08d}" for number in range(1, draw.count + 1)], dtype=object
            ),
            "customer_id": draw.pick(customers),
            "date": draw.days("2020-01-01", 1600),
            "amount": (price * quantity).round(2),
            "product": draw.pick(_GOODS),
            "payment": draw.listed("payment"),
            "unit_price": price,
            "quantity": quantity,
        }
    ).astype({"product": object})
