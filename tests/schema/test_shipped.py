"""The shipped schemas and templates: labels, marks, words in both languages, formulas."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from crmbook.schema import Book, Storage, load_book
from tests.schema.problems import template_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula import Formula
    from crmbook.schema import Field

TEMPLATES = ("standard", "b2b", "ecommerce", "retail", "education")

# Sheets and headers as people were promised them; of customers the sample fixes the order up to 地址, and what is needed
# daily follows. `*` required, `(d)` computed, `(d°)` computed unless typed.
STANDARD = """
潜在客户发掘: 客户姓名* 联系方式* 公司名称 职位 行业 需求描述 客户ID 来源 负责人 登记日期 进入下一阶段
潜在客户评估: 客户ID* 客户姓名(d) 购买力分析 购买意愿分析 忠诚度分析 经济状况 预算范围 需求强度 决策速度 品牌忠诚度 历史购买行为 购买力评分 购买意愿评分 忠诚度初评 综合评分(d) 价值等级(d) 负责人 进入下一阶段
客户跟进: 客户ID* 客户姓名(d) 最近一次联系日期(d°) 问题解决情况 客户反馈 平均解决天数(d) 沟通频率(d) 客户满意度 下次跟进日期 跟进状态(d) 负责人 进入下一阶段
客户关系建立: 客户ID* 客户姓名(d) 合作模式 开始日期 结束日期 合作成果 合作金额 剩余天数(d) 合作状态(d) 进入下一阶段
客户关系维护: 客户ID* 客户姓名(d) 客户满意度评分 客户忠诚度评分(d) 维护策略 上次维护日期 下次维护日期 负责人 进入下一阶段
客户流失预防与挽回: 客户ID* 客户姓名(d) 客户流失原因(d) 挽回措施 挽回效果 预警等级(d) 流失日期(d) 挽回状态 挽回日期
客户基本信息: 客户ID* 姓名* 性别 年龄(d°) 电话 电子邮件 地址 客户状态 负责人 当前阶段(d) 出生日期 公司名称 职位 行业 客户类型 所在地区 城市 注册时间 最近互动时间(d) 销售机会金额 年龄层(d) 兴趣爱好 纪念日 最近核对日期 个性化备注
客户交易记录: 交易ID* 客户ID* 交易日期* 交易金额* 购买商品 付款方式 单价 数量
客户互动记录: 互动ID* 客户ID* 互动日期* 互动方式 互动内容 后续行动 后续日期 负责人
客户反馈记录: 反馈ID* 客户ID* 反馈日期* 反馈内容 处理状态 解决方案 处理人 处理日期 处理天数(d)
客户偏好记录: 偏好ID* 客户ID* 偏好类型 偏好描述
客户分类管理: 分类ID* 客户ID* 客户分类(d°) 分类依据(d°) 频率分类(d) 金额分类(d) 购买力分类(d) 需求紧急程度
客户生命周期管理: 生命周期ID* 客户ID* 接触时间(d°) 首次购买时间(d°) 最后购买时间(d°) 客户状态(d)
客户满意度调查: 调查ID* 客户ID 调查日期* 满意度评分* 调查内容 改进建议 推荐意愿 匿名
客户忠诚度分析: 分析ID* 客户ID* 购买频率(d°) 购买金额(d°) 推荐次数 忠诚度评分(d)
客户流失预警: 预警ID* 客户ID* 最后购买时间(d°) 购买频率(d°) 预警等级(d) 挽回措施(d)
客户营销活动: 活动名称* 开始日期 结束日期 活动目标 预算 参与人数(d) 活动效果
客户营销活动记录: 记录ID* 客户ID* 活动名称* 参与日期 活动效果 备注
客户流失分析: 流失ID* 客户ID* 客户姓名(d) 流失日期 流失原因 跟进措施 流失状态(d) 回流日期(d) 挽回日期 挽回效果
客户进度管理: 任务ID* 客户ID* 进度节点 任务 负责人* 开始日期 截止日期* 完成日期 目标 完成值 完成度(d) 状态(d)
销售目标: 目标ID* 负责人* 月份* 目标金额* 备注
"""
VARIANTS = {
    "b2b": "客户基本信息: 客户编号* 客户名称* 联系人姓名 联系电话 电子邮件 客户类型 所在地区 客户状态 最近互动时间(d°) 销售机会金额",
    "ecommerce": "客户精细化管理: 序号 客户ID* 姓名* 性别 出生日期 联系方式 电子邮箱 注册时间 最近一次登录时间 购买次数(d°) 累计消费金额(d°) 偏好品类 购物车商品 收藏商品 评论 反馈",
    "retail": """
客户基本信息: 会员卡号* 姓名* 性别 电话 生日 会员等级(d) 购买频率(d) 消费金额(d) 客单价(d) 偏好品类 尺码/规格 最近到店(d°) 常去门店 积分
客户交易记录: 门店 品类 商品 数量* 单价* 折扣 金额(d)""",
    "education": """
学员信息: 学员ID* 学员姓名* 家长姓名 家长电话 年级 课程 报名日期 总课时 已上课时(d) 学习进度(d) 上课频率(d) 出勤率(d) 最近一次上课(d) 续费意向 家长反馈
上课记录: 日期* 课程 出勤* 表现评分 老师评语""",
}
PAGES = ("使用说明", "客户关系管理总结", "评分规则", "数据字典", "校验问题", "冲突处理")
LISTS = {
    "interaction_method": "电话 面谈 邮件 社交媒体 微信 会议",
    "churn_reason": "价格 服务质量 产品 竞品 需求变化 其他",
    "recovery_status": "挽回中 已挽回 已流失",
    "followup_state": "正常 即将到期 已逾期 待安排",
    "task_status": "未开始 进行中 完成 延期",
    "customer_type": "潜在客户 长期客户 VIP客户",
    "customer_status": "潜在 跟进中 已成交 待确认",
    "urgency": "紧急 一般 非紧急",
    "frequency_class": "高频 中频 低频",
    "amount_class": "大客户 中客户 小客户",
    "alert": "高 中 低 无",
    "value_class": "A B C D",
    "degree": "高 中 低",
    "lifecycle_status": "活跃 不活跃 流失 未购买",
    "customer_class": "VIP客户 成长客户 普通客户 潜在客户",
}
FORMATS = {
    ("loyalty", "frequency"): '0"次/年"',
    ("loyalty", "amount"): '0"元"',
    ("loyalty", "referrals"): '0"次"',
}
CHINESE = re.compile("[\u3400-\u9fff]")


@cache
def shipped_book(template: str, lang: str) -> Book:
    return load_book(template, lang)


def promises(text: str) -> list[tuple[str, str, str]]:
    """Return (sheet, header, mark) in order."""
    found = []
    for line in text.strip().splitlines():
        sheet, headers = line.split(": ")
        for header in headers.split():
            title, mark = re.fullmatch(r"(.*?)(\*|\(d\)|\(d°\))?", header).groups()
            found.append((sheet, title, mark or ""))
    return found


def mark_of(field: Field) -> str:
    if field.formula is not None:
        return "(d°)" if field.override else "(d)"
    return "*" if field.required else ""


def all_formulas(book: Book) -> Iterator[Formula]:
    yield from book.formulas.values()
    for table in book.tables.values():
        for field in table.fields.values():
            yield from (highlight.formula for highlight in field.highlight)
            yield from filter(None, [field.required_when, field.default_when])
        yield from (check.formula for check in table.checks)
        for advance in table.advance:
            yield from filter(None, [advance.formula, advance.unless, advance.into])
        for reminder in table.reminders:
            yield reminder.formula
            if reminder.due is not None and not isinstance(reminder.due, str):
                yield reminder.due
            if reminder.occurrence is not None:
                yield reminder.occurrence
    for page in book.pages.values():
        yield from (advice.formula for advice in page.advice)


def test_the_templates_are_these() -> None:
    assert set(template_names()) == {*TEMPLATES, "lite"}


@pytest.mark.sample(1)
@pytest.mark.parametrize(("template", "text"), [("standard", STANDARD), *VARIANTS.items()], ids=TEMPLATES)
def test_sheets_and_headers_stand_as_promised(template: str, text: str) -> None:
    book = shipped_book(template, "zh")
    sheets = {book.sheet_of(name).title: table for name, table in book.tables.items() if table.managed}
    for sheet in {sheet: None for sheet, _, _ in promises(text)}:
        shown = [(field.title, mark_of(field)) for field in sheets[sheet].fields.values() if not field.hidden]
        promised = [(title, mark) for other, title, mark in promises(text) if other == sheet]
        assert [pair for pair in shown if pair in promised] == promised, sheet


def test_the_stages_come_first_and_in_order() -> None:
    book = shipped_book("standard", "zh")
    stages = [sheet.title for sheet in book.sheets if sheet.stage]
    assert stages == [line.split(":")[0] for line in STANDARD.strip().splitlines()[:6]]
    assert [sheet.stage for sheet in book.sheets if sheet.stage] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_a_whole_book(template: str) -> None:
    book = shipped_book(template, "zh")
    titles = [sheet.title for sheet in book.sheets]
    assert set(PAGES) <= set(titles)
    assert titles[0] == "使用说明"
    replaced = {"ecommerce": {"客户基本信息"}, "education": {"客户基本信息"}}.get(template, set())
    assert {sheet for sheet, _, _ in promises(STANDARD)} - replaced <= set(titles)
    assert {"sales", "service"} <= set(book.roles)


@pytest.mark.parametrize(("name", "values"), LISTS.items())
def test_lists_hold_the_promised_values(name: str, values: str) -> None:
    assert list(shipped_book("standard", "zh").lists[name].texts) == values.split()


# GB/T 2260: units of the second level in each province, with those that a province governs directly and, of the four
# municipalities, districts and counties; Xinjiang with the twelve cities of its corps.
UNITS = """
北京 16  天津 16  河北 11  山西 11  内蒙古 12  辽宁 14  吉林 9  黑龙江 13  上海 16  江苏 13  浙江 11  安徽 16  福建 9
江西 11  山东 16  河南 18  湖北 17  湖南 14  广东 21  广西 14  海南 19  重庆 38  四川 21  贵州 9  云南 16  西藏 7
陕西 10  甘肃 14  青海 8  宁夏 5  新疆 26
"""


def test_every_province_has_all_its_cities() -> None:
    """延吉 stands beside 延边, in which it lies: books have it."""
    book = shipped_book("standard", "zh")
    cities = list(book.lists["city"].values.values())
    words = UNITS.split()
    for name, count in zip(words[::2], map(int, words[1::2]), strict=True):
        under = [one.text for one in cities if book.lists["region"].values[str(one.parent)].text == name]
        assert len(set(under) - {"延吉"}) == count, name
    assert {one.parent for one in cities} == set(book.lists["region"].values)
    assert [one.parent for one in cities if one.text in {"深圳", "南山区"}] == ["shenzhen", "guangdong"]


@pytest.mark.parametrize(("key", "code"), FORMATS.items())
def test_figures_are_shown_with_their_units(key: tuple[str, str], code: str) -> None:
    assert shipped_book("standard", "zh").tables[key[0]].fields[key[1]].format == code


@pytest.mark.sample(3)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_formula_binds_and_none_depends_on_the_clock(template: str, lang: str) -> None:
    book = shipped_book(template, lang)
    computed = {
        (table.name, field.name)
        for table in book.tables.values()
        for field in table.fields.values()
        if field.formula is not None
    }
    assert computed == {key for key in book.formulas if key[0]}
    assert len(book.order) == len(book.formulas) > 60
    assert not [formula for formula in all_formulas(book) if formula.volatile]


@pytest.mark.parametrize("template", TEMPLATES)
def test_english_words_are_english(template: str) -> None:
    book = shipped_book(template, "en")
    words = [sheet.title for sheet in book.sheets]
    for table in book.tables.values():
        words += [table.title, table.help, table.filled_by]
        words += [
            text
            for field in table.fields.values()
            for text in (field.title, field.help, field.unit, field.example)
        ]
        words += [rule.message.text("en") for rule in table.checks]
        words += [rule.message for rule in table.reminders]
        words += [check.remedy.en for check in table.checks if check.remedy]
    words += [text for entry in book.lists.values() for text in (entry.title, *entry.texts)]
    words += [text for rule in book.bands.values() for text in (rule.title, rule.unit)]
    words += [text for parameter in book.parameters.values() for text in (parameter.title, parameter.unit)]
    for page in book.pages.values():
        words += [page.title, page.help, *page.labels.values()]
        words += [text for paragraph in page.texts for text in (paragraph.heading, paragraph.text)]
        words += [item.title for item in (*page.cells, *page.charts)] + [item.text for item in page.advice]
    assert [text for text in words if CHINESE.search(text)] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_people_are_helped_at_every_field(template: str, lang: str) -> None:
    book = shipped_book(template, lang)
    for table in book.tables.values():
        if not table.managed:
            continue
        assert table.help
        assert table.filled_by
        for field in table.fields.values():
            assert 0 < len(field.help) <= 255, (table.name, field.name)
            assert len(field.title) <= 32, (table.name, field.name)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_rule_says_what_to_do(template: str) -> None:
    for table in shipped_book(template, "zh").tables.values():
        assert [check.id for check in table.checks if check.remedy is None] == [], table.name


@pytest.mark.parametrize("template", TEMPLATES)
def test_tables_that_name_a_customer_show_who_it_is(template: str) -> None:
    book = shipped_book(template, "zh")
    for table in book.tables.values():
        names = list(table.fields)
        if table.managed and "customer_id" in names and table.name not in {"customers", "prospects"}:
            assert names[names.index("customer_id") + 1] == "name", table.name
            assert table.fields["name"].derived


def test_no_list_rule_or_parameter_is_idle() -> None:
    lists, offered, rules, parameters, used = set(), set(), set(), set(), ""
    for template in TEMPLATES:
        book = shipped_book(template, "en")
        lists |= set(book.lists)
        rules |= set(book.bands)
        parameters |= set(book.parameters)
        for table in book.tables.values():
            offered |= {field.list for field in table.fields.values()} | {table.each_of}
        offered |= {cell.list for cell in book.cells.values()}
        used += "\n".join(repr(formula.node) for formula in all_formulas(book))
    # The words of 分类依据, of Chinese dates, of charts and of the card are read by formulas, not offered in a dropdown.
    assert lists - offered == {"card_words", "chart_words", "chinese_day", "class_basis"}
    assert {name for name in rules | parameters if name not in used} == set()


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_rule_has_a_band_from_zero(template: str) -> None:
    for rule in shipped_book(template, "zh").bands.values():
        assert rule.bands[0].start == 0, rule.name
        assert len({band.start for band in rule.bands}) == len(rule.bands)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_summary_has_its_figures_and_charts(template: str) -> None:
    page = shipped_book(template, "zh").pages["summary"]
    figures = [cell.title for cell in page.cells if cell.kpi]
    assert figures[:5] == ["客户总数", "成交客户", "新增客户", "流失客户", "客户满意度"]
    assert len(figures) == 10
    assert (
        figures[8:]
        == {
            "standard": ["复购率", "在谈金额（按概率折算）"],
            "b2b": ["复购率", "在谈金额（按概率折算）"],
            "retail": ["复购率", "连带率（件/笔）"],
            "ecommerce": ["复购率", "退款率"],
            "education": ["续费占比", "剩余课时"],
        }[template]
    )
    tables = [
        "funnel",
        "monthly",
        "monthly",
        "monthly",
        "loyalty_levels",
        "top_regions",
        "top_customers",
        "top_products",
    ]
    tables += ["pipeline"] * (template in ("standard", "b2b")) + ["top_campaigns", "owner_sales", "workload"]
    assert [chart.table for chart in page.charts] == tables
    assert all(chart.span for chart in page.charts)
    assert len(page.advice) >= 6


def test_identifiers_and_telephones_are_text() -> None:
    for table in shipped_book("standard", "zh").tables.values():
        for field in table.fields.values():
            if field.type in {"id", "ref", "phone", "email"}:
                assert field.storage is Storage.TEXT
