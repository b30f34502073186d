"""A small book for the tests of reading, checking and recomputing: customers, orders, feedback and their rules."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from crmbook.schema import Book, load_book
from tests.folders import write_files

FILES = {
    "schemas/customers.yaml": """\
table: customers
title: {zh: 客户, en: Customers}
aliases: [客户资料]
key: customer_id
name_field: name
fields:
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: id, start: 1, format: '000', required: true, unique: true, aliases: [客户编号]}
  name: {title: {zh: 姓名, en: Name}, type: text, required: true, personal: true, max: 20}
  gender: {title: {zh: 性别, en: Gender}, type: enum, list: gender}
  phone: {title: {zh: 电话, en: Telephone}, type: phone, aliases: [手机]}
  email: {title: {zh: 电子邮件, en: E-mail}, type: email, severity: warning, unique: true}
  region: {title: {zh: 地区, en: Region}, type: enum, list: region}
  city: {title: {zh: 城市, en: City}, type: dependent_enum, list: city, by: region}
  birthday: {title: {zh: 生日, en: Birthday}, type: date, min: 1900-01-01}
  age: {title: {zh: 年龄, en: Age}, type: integer, min: 0, max: 150, override: true, formula: '=IF(COUNT([@birthday])=0,"",DATEDIF([@birthday],as_of,"Y"))'}
  total: {title: {zh: 消费金额, en: Spent}, type: money, formula: '=SUMIFS(orders[amount],orders[customer_id],[@customer_id],orders[date],"<="&as_of)'}
  last_order: {title: {zh: 最后购买, en: Last order}, type: date, override: true, formula: '=IF(COUNTIFS(orders[customer_id],[@customer_id])=0,"",MAXIFS(orders[date],orders[customer_id],[@customer_id]))'}
  level: {title: {zh: 等级, en: Level}, type: enum, list: level, formula: '=BAND([@total],level)'}
  active: {title: {zh: 活跃, en: Active}, type: enum, list: yes_no, formula: '=IF([@last_order]="",yes_no.no,IF(as_of-[@last_order]<=PARAM(days),yes_no.yes,yes_no.no))'}
checks:
  - {id: contact, check: '=[@phone]&[@email]<>""', fields: [phone, email], severity: warning, message: {zh: 电话和邮件至少填一项, en: Give a telephone number or an e-mail address}}
  - {id: born, check: '=IF(COUNT([@birthday])=0,TRUE,[@birthday]<=as_of)', fields: [birthday], message: {zh: 生日晚于截止日期, en: The birthday lies after the as-of date}}
""",
    "schemas/orders.yaml": """\
table: orders
title: {zh: 订单, en: Orders}
key: order_id
fields:
  order_id: {title: {zh: 订单ID, en: Order ID}, type: id, start: 1001, required: true, unique: true}
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers, required: true}
  customer: {title: {zh: 客户姓名, en: Customer}, type: text, formula: '=IFERROR(INDEX(customers[name],MATCH([@customer_id],customers[customer_id],0))&"","")'}
  date: {title: {zh: 日期, en: Date}, type: date, required: true}
  amount: {title: {zh: 金额, en: Amount}, type: money, required: true, min: 0}
  paid: {title: {zh: 已付款, en: Paid}, type: boolean}
  paid_on: {title: {zh: 付款日期, en: Paid on}, type: date, required_when: '=[@paid]'}
  frequency: {title: {zh: 频率, en: Frequency}, type: integer, format: '0"次/年"'}
  code: {title: {zh: 编码, en: Code}, type: text, pattern: '[A-Z]+'}
checks:
  - {id: paid-later, check: '=IF(COUNT([@date],[@paid_on])<2,TRUE,[@paid_on]>=[@date])', fields: [paid_on, date], message: {zh: 付款早于下单, en: The payment lies before the order}, remedy: {zh: 请改其中一个日期, en: Correct one of the dates}}
  - {id: registered, check: '=COUNTIFS(customers[customer_id],[@customer_id])=1', fields: [customer_id], severity: warning, message: {zh: 客户不唯一, en: The customer is not unique}}
""",
    "schemas/feedback.yaml": """\
table: feedback
title: {zh: 反馈, en: Feedback}
key: feedback_id
fields:
  feedback_id: {title: {zh: 反馈ID, en: Feedback ID}, type: id}
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers}
  score: {title: {zh: 评分, en: Score}, type: rating}
""",
    "schemas/bands.yaml": """\
table: bands
title: {zh: 分档, en: Bands}
key: band_key
rows: bands
fields:
  rule: {title: {zh: 规则, en: Rule}, type: text, required: true}
  title: {title: {zh: 说明, en: Meaning}, type: text}
  from: {title: {zh: 起点, en: From}, type: number, required: true}
  result: {title: {zh: 结果, en: Result}, type: value}
  band_key: {title: {zh: 键, en: Key}, type: text, formula: '=[@rule]&"|"&[@from]', hidden: true}
""",
    "schemas/parameters.yaml": """\
table: parameters
title: {zh: 参数, en: Parameters}
key: parameter
rows: parameters
fields:
  parameter: {title: {zh: 参数名, en: Parameter}, type: text, required: true, unique: true}
  value: {title: {zh: 取值, en: Value}, type: value}
""",
    "schemas/funnel.yaml": """\
table: funnel
title: {zh: 等级分布, en: Levels}
managed: false
rows: each of level
key: level
fields:
  level: {title: {zh: 等级, en: Level}, type: enum, list: level}
  customers: {title: {zh: 客户数, en: Customers}, type: integer, formula: '=COUNTIFS(customers[level],[@level])'}
""",
    "schemas/lists.yaml": """\
lists:
  yes_no: {title: {zh: 是否, en: Yes or no}, fixed: true, values: {yes: {zh: 是, en: 'Yes'}, no: {zh: 否, en: 'No'}}}
  gender: {title: {zh: 性别, en: Gender}, values: {male: {zh: 男, en: Male}, female: {zh: 女, en: Female}}}
  region:
    title: {zh: 地区, en: Region}
    values: {north: {zh: 北京, en: Beijing}, south: {zh: 上海, en: Shanghai}}
  city:
    title: {zh: 城市, en: City}
    by: region
    values:
      haidian: {zh: 海淀区, en: Haidian, of: north}
      pudong: {zh: 浦东新区, en: Pudong, of: south}
  level: {title: {zh: 等级, en: Level}, fixed: true, values: {low: {zh: 普通, en: Plain}, high: {zh: VIP, en: VIP}}}
""",
    "schemas/rules.yaml": """\
bands:
  level: {title: {zh: 客户等级, en: Level}, bands: [{from: 0, result: level.low}, {from: 1000, result: level.high}]}
parameters:
  days: {title: {zh: 活跃天数, en: Active days}, value: 30}
""",
    "templates/pages.yaml": """\
pages:
  guide:
    title: {zh: 使用说明, en: Guide}
    cells:
      - {id: as_of, title: {zh: 截止日期, en: As of date}, type: date}
      - {id: target, title: {zh: 目标, en: Target}, type: money, default: 1000}
      - {id: sales, title: {zh: 销售额, en: Sales}, type: money, formula: '=SUM(orders[amount])'}
      - {id: open, title: {zh: 未完成, en: Open}, type: money, formula: '=MAX(0,target-sales)'}
    tables: [funnel]
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
  - table: feedback
  - page: rules
  - page: dictionary
""",
}


@cache
def small_book(lang: str = "zh") -> Book:
    """Return the book in one language."""
    with tempfile.TemporaryDirectory() as folder:
        return load_book(lang=lang, base=write_files(Path(folder), FILES))
