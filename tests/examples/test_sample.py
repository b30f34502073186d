"""The sample rows, cell by cell as people were shown them, and what is computed beside them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.examples.shelf import TEMPLATES, Example, load_example

# template/sheet: headers, then one line a row; `-` is an empty cell.
ROWS = {
    "standard/潜在客户发掘": """
        客户姓名 公司名称 职位 行业 需求描述 客户ID 来源 进入下一阶段
        张三 星河科技 采购经理 互联网 需要批量采购手机 001 老客户介绍 是
        李四 云帆教育 教务主任 教育 需要教学电脑 002 展会 是""",
    "standard/潜在客户评估": """
        客户ID 客户姓名 经济状况 预算范围 需求强度 决策速度 购买力评分 购买意愿评分 忠诚度初评
        001 张三 良好 5–10万 高 快 5 4 4
        002 李四 - - - - 3 3 2""",
    "standard/客户跟进": """
        客户ID 客户姓名 最近一次联系日期 负责人
        001 张三 2023-02-20 王芳
        002 李四 - -""",
    "standard/客户关系建立": """
        客户ID 合作模式 开始日期 结束日期 合作成果
        001 年度框架 2023-02-01 2024-01-31 首批交付200台
        002 单次采购 - - -""",
    "standard/客户关系维护": """
        客户ID 客户满意度评分 维护策略 客户忠诚度评分
        001 5 季度回访 90
        002 3 - 60""",
    "standard/客户流失预防与挽回": """
        客户ID 客户流失原因 挽回措施 挽回效果 挽回状态
        001 - - - -
        002 服务质量 电话回访 待观察 挽回中""",
    "standard/客户基本信息": """
        客户ID 姓名 性别 年龄 电话 电子邮件 地址
        001 张三 男 30 123456789 zhangsan@example.com 北京市海淀区
        002 李四 女 28 987654321 lisi@example.com 上海市浦东新区""",
    "standard/客户交易记录": """
        交易ID 客户ID 交易日期 交易金额 购买商品 付款方式
        1001 001 2023-01-01 500 手机 信用卡
        1002 002 2023-01-05 300 电脑 支付宝""",
    "standard/客户互动记录": """
        客户ID 互动日期 负责人
        001 2023-01-12 王芳
        001 2023-02-20 王芳""",
    "standard/客户反馈记录": """
        反馈ID 客户ID 反馈日期 反馈内容 处理状态
        2001 001 2023-01-10 产品质量有问题 已处理
        2002 002 2023-01-15 服务态度差 未处理""",
    "standard/客户偏好记录": """
        偏好ID 客户ID 偏好类型 偏好描述
        3001 001 产品类型 喜欢电子产品
        3002 002 服务方式 偏好线上购物""",
    "standard/客户分类管理": """
        分类ID 客户ID 客户分类 分类依据
        4001 001 VIP客户 购买金额超过5000元
        4002 002 普通客户 购买金额在1000元以下""",
    "standard/客户生命周期管理": """
        生命周期ID 客户ID 接触时间 首次购买时间 最后购买时间
        5001 001 2023-01-01 2023-01-10 2023-02-01
        5002 002 2023-01-05 2023-01-15 2023-01-20""",
    "standard/客户满意度调查": """
        调查ID 客户ID 调查日期 满意度评分 调查内容 改进建议
        6001 001 2023-01-20 5 产品性能 无
        6002 002 2023-01-25 3 客服服务 提高响应速度""",
    "standard/客户忠诚度分析": """
        分析ID 客户ID 购买频率 购买金额 推荐次数 忠诚度评分
        7001 001 10 5000 5 90
        7002 002 5 2000 2 60""",
    "standard/客户流失预警": """
        预警ID 客户ID 最后购买时间 购买频率 预警等级 挽回措施
        8001 001 2023-01-01 10 高 -
        8002 002 2023-01-05 5 低 电话回访""",
    "standard/客户营销活动": """
        活动名称 参与人数
        新品发布会 1
        年终促销 2""",
    "standard/客户营销活动记录": """
        记录ID 客户ID 活动名称 参与日期 活动效果 备注
        9001 001 新品发布会 2023-01-10 高 客户购买了新品
        9002 002 年终促销 2023-01-20 中 客户未购买
        9003 001 年终促销 2023-01-01 高 活动当天下单""",
    "standard/客户流失分析": """
        流失ID 客户ID 客户姓名 流失日期 流失原因
        13001 002 李四 - 服务质量""",
    "b2b/客户基本信息": """
        客户编号 客户名称 联系人姓名 联系电话 电子邮件 客户类型 所在地区 客户状态 最近互动时间 销售机会金额
        001 华为公司 张三 13800000001 zhangsan@huawei.com 长期客户 北京 跟进中 2025-03-01 50000
        002 腾讯公司 李四 13900000002 lisi@tencent.com VIP客户 深圳 已成交 2025-02-25 200000
        003 百度公司 王五 13700000003 wangwu@baidu.com 潜在客户 北京 待确认 2025-03-05 15000""",
    "ecommerce/客户精细化管理": """
        序号 客户ID 姓名 性别 出生日期 联系方式 电子邮箱 注册时间 最近一次登录时间 购买次数 累计消费金额 偏好品类 购物车商品 收藏商品 评论 反馈
        001 1001 张三 - 1990-01-01 13800000000 zhangsan@example.com 2022-01-01 2024-01-01 10 5000 电子产品 手机一部 智能手表一只 好评 建议增加更多优惠活动
        002 1002 李四 - 1995-05-05 13800000001 lisi@example.com 2022-02-02 2024-02-02 5 2000 美妆护肤 口红一支 粉底液一瓶 差评 产品质量不佳""",
}


def shown(value: object) -> str:
    if value is None or value is pd.NaT or value != value:
        return "-"
    if isinstance(value, (pd.Timestamp, date)):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def column(example: Example, sheet: str, header: str, as_of: date | None = None) -> list[str]:
    table = next(
        table
        for table in example.book.tables.values()
        if table.managed and example.book.sheet_of(table.name).title == sheet
    )
    field = next(field for field in table.fields.values() if field.title == header)
    return [shown(value) for value in example.computed(as_of).frames[table.name][field.name].tolist()]


@pytest.mark.sample(1)
@pytest.mark.parametrize("place", ROWS)
def test_sample_rows_stand_exactly(place: str) -> None:
    template, sheet = place.split("/", 1)
    example = load_example(f"sample/{template}")
    headers, *rows = (line.split() for line in ROWS[place].strip().splitlines())
    columns = [column(example, sheet, header) for header in headers]
    assert list(map(list, zip(*columns, strict=True))) == rows


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("sheet", "header", "as_of", "expected"),
    [
        ("客户忠诚度分析", "忠诚度评分", date(2023, 4, 1), ["90", "60"]),
        ("客户流失预警", "预警等级", date(2023, 4, 1), ["高", "低"]),
        ("客户生命周期管理", "客户状态", date(2023, 2, 25), ["活跃", "不活跃"]),
        ("客户流失预防与挽回", "预警等级", date(2023, 4, 1), ["高", "低"]),
        ("潜在客户评估", "综合评分", date(2023, 4, 1), ["88", "56"]),
        ("潜在客户评估", "价值等级", date(2023, 4, 1), ["A", "C"]),
        ("客户跟进", "沟通频率", date(2023, 2, 25), ["2", "0"]),
        ("客户跟进", "沟通频率", date(2023, 5, 1), ["1", "0"]),
        ("客户跟进", "跟进状态", date(2023, 3, 1), ["正常", "-"]),
        ("客户跟进", "跟进状态", date(2023, 4, 6), ["已逾期", "-"]),
        ("客户关系建立", "合作状态", date(2023, 4, 1), ["合作中", "-"]),
        ("客户关系建立", "剩余天数", date(2023, 4, 1), ["305", "-"]),
        ("客户基本信息", "当前阶段", date(2023, 4, 1), ["客户流失预防与挽回"] * 2),
        ("客户基本信息", "年龄层", date(2023, 4, 1), ["26–35岁"] * 2),
        ("客户基本信息", "最近互动时间", date(2023, 2, 1), ["2023-01-12", "-"]),
    ],
)
def test_computed_cells_of_the_sample(sheet: str, header: str, as_of: date, expected: list[str]) -> None:
    assert column(load_example("sample/standard"), sheet, header, as_of) == expected


def test_three_members_bought_ten_times_each() -> None:
    example = load_example("sample/retail")
    assert example.computed().frames["transactions"].groupby("customer_id").size().tolist() == [10, 10, 10]
    rows = example.computed().frames["transactions"]
    paid = (rows["quantity"] * rows["unit_price"] * rows["discount"].fillna(1)).round(2)
    assert rows["amount"].tolist() == paid.tolist()
    totals = rows.groupby("customer_id")["amount"].sum().round(2).tolist()
    members = example.computed().frames["customers"]
    assert members["spent"].tolist() == totals
    assert members["basket"].tolist() == [round(total / 10, 2) for total in totals]
    assert members["level"].tolist() == ["金卡会员" if total >= 3000 else "银卡会员" for total in totals]


def test_three_students_had_ten_lessons_each() -> None:
    example = load_example("sample/education")
    lessons = example.computed().frames["lessons"]
    assert lessons.groupby("customer_id").size().tolist() == [10, 10, 10]
    students = example.computed().frames["customers"]
    taken = lessons[lessons["attendance"] == "出勤"].groupby("customer_id").size().astype(float)
    assert students["lessons_taken"].tolist() == taken.tolist() == [10, 6, 9]
    assert students["attendance_rate"].tolist() == [1.0, 0.6, 0.9]
    assert students["progress"].tolist() == [10 / 40, 6 / 20, 9 / 24]


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_chart_of_a_sample_is_empty(template: str) -> None:
    example = load_example(f"sample/{template}")
    computed = example.computed()
    charts = [chart for page in example.book.pages.values() for chart in page.charts]
    assert len(charts) >= 7
    empty = set()
    for chart in charts:
        series = computed.frames[chart.table][list(chart.values)].apply(pd.to_numeric, errors="coerce")
        empty |= set() if (series.fillna(0) != 0).to_numpy().any() else {chart.id}
    assert empty == set()


def test_purchases_of_the_online_shop_are_those_of_its_transactions() -> None:
    """Nothing is typed over them, so that a further purchase counts."""
    example = load_example("sample/ecommerce")
    assert {"purchases", "spent"} & set(example.texts["customers"][0]) == set()
    assert {"frequency", "amount"} & set(example.texts["loyalty"][0]) == set()
    bought = example.frames["transactions"].groupby("customer_id")["amount"].agg(["count", "sum"])
    customers = example.computed().frames["customers"]
    assert customers[["purchases", "spent"]].to_numpy().tolist() == bought.to_numpy().tolist()
