"""Workbooks as an earlier crmbook wrote them, each with the description of its schema.

`noted` is the shop of `tests.migrate.filled` with the meanings of `SAID`, from when headers bore notes and the issues of a row
ran over the cells behind them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SAID: Final = """\
table: customers
fields:
  name: {help: {zh: 客户的全名, en: Full name}, example: {zh: 张三, en: Sam}}
  gender: {help: {zh: 从列表中选择, en: Choose}, example: {zh: 男, en: Male}}
  company: {help: {zh: 所在公司, en: Firm}, example: {zh: 星河, en: Galaxy}}
  points: {help: {zh: 会员积分, en: Points}}
  total: {help: {zh: 订单金额之和, en: Sum of the orders}}
"""


def recorded(name: str) -> tuple[bytes, dict[str, Any]]:
    """Return a recorded workbook, and the description of the schema it was written with."""
    path = Path(__file__).with_name(name)
    described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return path.with_suffix(".xlsx").read_bytes(), described
