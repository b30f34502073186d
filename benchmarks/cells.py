"""The cells that every writer writes: a customer table with the mix of values that such tables have.

Fifteen columns: seven of text (an id and a telephone number that are different in every row, a note from a stock of
5,000, names, cities, goods and ways of paying that repeat), six of numbers, two of dates. The same seed gives the
same cells.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

HEADERS = (
    *("客户ID", "姓名", "电话", "城市", "商品", "付款方式", "备注"),
    *("数量", "次数", "单价", "金额", "折扣"),
    *("登记日期", "交易日期", "评分"),
)
DATES = frozenset({"登记日期", "交易日期"})

_NAMES = [
    family + given
    for family in "张王李赵陈杨黄周吴徐"
    for given in ["伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰"]
]
_CITIES = ["北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安"]
_GOODS = ["手机", "电脑", "平板", "耳机", "智能手表", "相机"]
_PAYMENTS = ["信用卡", "支付宝", "微信", "现金"]


def columns(count: int, seed: int = 1) -> list[list[Any]]:
    """Return `count` values for each of `HEADERS`."""
    made = random.Random(seed)
    notes = [
        f"第{number}次回访：{made.choice(_GOODS)}，{made.choice(_CITIES)} & 周边" for number in range(5000)
    ]
    days = [date(2020, 1, 1) + timedelta(day) for day in range(2000)]
    rows = range(count)
    return [
        [f"C{row:07d}" for row in rows],
        made.choices(_NAMES, k=count),
        [f"138{made.randrange(10**8):08d}" for _ in rows],
        made.choices(_CITIES, k=count),
        made.choices(_GOODS, k=count),
        made.choices(_PAYMENTS, k=count),
        made.choices(notes, k=count),
        made.choices(range(1, 100), k=count),
        made.choices(range(1, 1000), k=count),
        [round(made.uniform(1, 10_000), 2) for _ in rows],
        [round(made.uniform(1, 10_000), 2) for _ in rows],
        [made.random() for _ in rows],
        made.choices(days, k=count),
        made.choices(days, k=count),
        made.choices(range(1, 6), k=count),
    ]
