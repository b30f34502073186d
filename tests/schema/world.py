"""A small schema of two tables, written to a folder, with one text changed at a time.

A changed text marks with ``⟪`` the character at which a problem is expected; the mark itself is not written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.folders import write_files

if TYPE_CHECKING:
    from pathlib import Path

MARK = "⟪"

WORLD = {
    "schemas/customers.yaml": """\
# who buys
table: customers
title: {zh: 客户, en: Customers}
stage: 1
key: customer_id
name_field: name
fields:
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: id, start: 1, format: '000'}
  name: {title: {zh: 姓名, en: Name}, type: text, required: true, aliases: [客户姓名]}
  gender: {title: {zh: 性别, en: Gender}, type: enum, list: gender, default: male}
  region: {title: {zh: 地区, en: Region}, type: enum, list: region}
  city: {title: {zh: 城市, en: City}, type: dependent_enum, list: city, by: region}
  birthday: {title: {zh: 生日, en: Birthday}, type: date, max: 2100-01-01, personal: true}
  total: {title: {zh: 金额, en: Total}, type: money, formula: '=SUMIFS(orders[amount],orders[customer_id],[@customer_id])'}
  level: {title: {zh: 等级, en: Level}, type: enum, list: level, formula: '=BAND([@total],level)',
          highlight: [{when: '=[@level]=level.high', style: good}]}
checks:
  - {id: named, check: '=[@name]<>""', fields: [name], message: {zh: 没有姓名, en: No name}}
reminders:
  - {id: greet, when: '=[@birthday]=as_of', due: birthday, owner: name, message: {zh: 祝生日, en: Greet}}
""",
    "schemas/orders.yaml": """\
table: orders
title: {zh: 订单, en: Orders}
key: order_id
fields:
  order_id: {title: {zh: 订单ID, en: Order ID}, type: id, start: 100}
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers, required: true}
  date: {title: {zh: 日期, en: Date}, type: date, default: '=as_of'}
  price: {title: {zh: 单价, en: Price}, type: money, min: 0, max: 9999}
  count: {title: {zh: 数量, en: Count}, type: integer, format: '0"件"'}
  amount: {title: {zh: 金额, en: Amount}, type: money, override: true, formula: '=[@price]*[@count]'}
  code: {title: {zh: 编码, en: Code}, type: text, pattern: '[A-Z]+'}
  done: {title: {zh: 完成, en: Done}, type: boolean}
advance: {when: '=[@done]', to: customers, carry: {name: code}}
""",
    "schemas/bands.yaml": """\
table: bands
title: {zh: 分档, en: Bands}
key: band_key
rows: bands
fields:
  rule: {title: {zh: 规则, en: Rule}, type: text}
  title: {title: {zh: 说明, en: Title}, type: text}
  from: {title: {zh: 起点, en: From}, type: number}
  result: {title: {zh: 结果, en: Result}, type: value}
  band_key: {title: {zh: 键, en: Key}, type: text, formula: '=[@rule]&"|"&[@from]', hidden: true}
""",
    "schemas/parameters.yaml": """\
table: parameters
title: {zh: 参数, en: Parameters}
key: parameter
rows: parameters
fields:
  parameter: {title: {zh: 参数名, en: Parameter}, type: text}
  value: {title: {zh: 值, en: Value}, type: value}
""",
    "schemas/monthly.yaml": """\
table: monthly
title: {zh: 按月, en: Monthly}
managed: false
key: back
seed: [{back: 0}, {back: 1}]
fields:
  back: {title: {zh: 几月前, en: Months ago}, type: integer}
  orders: {title: {zh: 订单数, en: Order count}, type: integer, formula: '=COUNTIFS(orders[count],[@back])'}
""",
    "schemas/lists.yaml": """\
lists:
  gender: {title: {zh: 性别, en: Gender}, values: {male: {zh: 男, en: Male}, female: {zh: 女, en: Female}}}
  region:
    title: {zh: 地区, en: Region}
    values:
      north: {zh: 北方, en: North}
      south: {zh: 南方, en: South}
  city:
    title: {zh: 城市, en: City}
    by: region
    values:
      beijing: {zh: 北京, en: Beijing, of: north}
      shanghai: {zh: 上海, en: Shanghai, of: south}
  level: {title: {zh: 等级, en: Level}, fixed: true, values: {low: {zh: 低, en: Low}, high: {zh: 高, en: High}}}
""",
    "schemas/rules.yaml": """\
bands:
  level:
    title: {zh: 客户等级, en: Customer level}
    bands:
      - {from: 0, result: level.low}
      - {from: 1000, result: level.high}
parameters:
  days: {title: {zh: 天数, en: Days}, value: 30}
""",
    "templates/pages.yaml": """\
pages:
  guide:
    title: {zh: 使用说明, en: Guide}
    cells:
      - {id: as_of, title: {zh: 截止日期, en: As of date}, type: date}
      - {id: sales, title: {zh: 销售额, en: Sales}, type: money, kpi: true, formula: '=SUM(orders[amount])'}
    tables: [monthly]
    charts:
      - {id: months, kind: column, title: {zh: 每月, en: By month}, table: monthly, category: back, values: [orders]}
    advice:
      - {id: more, when: '=sales<100', text: {zh: 多卖, en: Sell more}}
  rules:
    title: {zh: 评分规则, en: Rules}
    tables: [bands, parameters]
  dictionary: {title: {zh: 数据字典, en: Dictionary}}
""",
    "templates/standard.yaml": """\
template: standard
title: {zh: 标准, en: Standard}
sheets:
  - page: guide
  - table: customers
  - table: orders
  - page: rules
  - page: dictionary
roles:
  sales: {title: {zh: 销售, en: Sales}, sheets: [customers, {table: orders, hide: [code]}]}
""",
}


def write_world(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """Write the world's files, some of them replaced, and return the folder."""
    texts = {**WORLD, **(changes or {})}
    return write_files(folder, {name: text.replace(MARK, "") for name, text in texts.items()})


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return the world's file `name` with `old`, which stands there exactly once, replaced."""
    text = WORLD[name]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    return {name: text.replace(old, new)}


def marked_place(text: str) -> tuple[int, int]:
    """Return line and column (1-based) of the mark in `text`."""
    assert text.count(MARK) == 1
    before = text[: text.index(MARK)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
