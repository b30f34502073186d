"""What headers and cells propose: the table, the field of each column, the entry of each text."""

from __future__ import annotations

import pytest

from crmbook.build import with_lists
from crmbook.exchange.mapping import fingerprint, propose
from tests.exchange.mapping.lists import book, make_list

TAOBAO = """
    订单编号 | 买家会员名 | 买家应付货款 | 买家实际支付金额 | 订单状态 | 收货人姓名 | 收货地址 | 联系手机 | 订单创建时间 | 宝贝标题 | 宝贝总数量 | 订单备注
    1800000000000000000 | tb1 | 110 | 100 | 交易成功 | 张三 | 浙江省 杭州市 西湖区 文三路1号 | 13800138000 | 2024-01-01 10:00:00 | 手机 | 1 |
    1800000000000000001 | tb2 | 50 | 50 | 交易关闭 | 李四 | 北京 北京市 朝阳区 建国路1号 | 13800138001 | 2024-01-02 10:00:00 | 电脑 | 2 |
    1800000000000000002 | tb2 | 50 | 50 | 退款成功 | 李四 | 北京 北京市 朝阳区 建国路1号 | 13800138001 | 2024-01-02 10:00:00 | 电脑 | 2 |
"""
JD = """
    订单号 | 商品名称 | 订购数量 | 下单时间 | 京东价 | 订单金额 | 应付金额 | 订单状态 | 下单帐号 | 客户姓名 | 客户地址 | 联系电话
    112233445566 | 键盘 | 2 | 2024-03-01 10:00:00 | 100 | 200 | 190 | 完成 | jd_abc | 张三 | 北京朝阳区某路1号 | 13800138000
    112233445567 | 键盘 | 1 | 2024-03-02 10:00:00 | 100 | 100 | 100 | (删除)等待付款确认 | jd_abd | 李四 | 上海浦东新区某路1号 | 13800138001
"""
DOUDIAN = """
    主订单编号 | 子订单编号 | 选购商品 | 商品数量 | 商品单价 | 订单应付金额 | 收件人 | 收件人手机号 | 省 | 市 | 详细地址 | 订单提交时间 | 支付方式
    690001 | 690001A | 茶叶 | 2 | 39.9 | 79.8 | 张三 | 13800138000 | 浙江省 | 杭州市 | 文三路1号 | 2024/01/02 10:00:00 | 支付宝
    690001 | 690001B | 茶壶 | 1 | 99 | 99 | 张三 | 13800138000 | 浙江省 | 杭州市 | 文三路1号 | 2024/01/02 10:00:00 | 微信
"""
SHOPIFY = """
    Name | Email | Financial Status | Paid at | Total | Lineitem quantity | Lineitem name | Lineitem price | Shipping Name | Shipping Phone | Id
    #1001 | ann@acme.com | paid | 2024-01-01 10:00:00 +0800 | 12 | 1 | Mug | 10 | Ann Lee | 555-010-0001 | 5500001
    #1002 | bob@beta.com | refunded | 2024-01-02 10:00:00 +0800 | 12 | 1 | Mug | 10 | Bob Ray | 555-010-0002 | 5500002
"""
WECOM = """
    客户名称 | 性别 | 职务 | 企业名称 | 手机 | 邮箱 | 描述 | 添加人 | 添加时间 | 外部联系人UserID
    张三 | 男 | 经理 | 星河科技 | 13800138000 | z@x.com | 重点 | 王芳 | 2024-01-01 10:00 | wmABC
    李四 | 女 | | 云帆 | | | | 李强 | 2024-02-01 10:00 | wmABD
"""
OUTLOOK = """
    First Name | Last Name | Company | Job Title | Business Street | Business Phone | Mobile Phone | E-mail Address | E-mail 2 Address | Birthday | Gender | Notes
    Ann | Lee | Acme | Buyer | 1 Main St | 555-010-0002 | 555-010-0003 | ann@acme.com | ann@home.com | 1990/5/6 | Female | met at fair
    Bob | Ray | Beta | | | 555-010-0009 | | bob@beta.com | | 0/0/00 | Unspecified |
"""
GOOGLE = """
    First Name | Last Name | Organization Name | Organization Title | Birthday | Notes | E-mail 1 - Value | Phone 1 - Value | Phone 2 - Value | Address 1 - Formatted
    三 | 张 | 星河科技 | 经理 | 1990-01-01 | VIP | z@x.com | +86 138 0013 8000 | 010-88886666 | 北京市海淀区中关村1号
"""
HUBSPOT = """
    Record ID | First Name | Last Name | Email | Phone Number | Contact owner | Associated Company | Lead Status | Create Date
    12345678901 | Ann | Lee | ann@acme.com | 555-010-0001 | Wang Fang | Acme | New | 2024-01-01 09:00
    12345678902 | Bob | Ray | bob@beta.com | 555-010-0002 | Wang Fang | Beta | In progress | 2024-01-02 09:00
"""
ZOHO = """
    Record Id | Contact Owner | First Name | Last Name | Account Name | Email | Phone | Mobile | Mailing Street | Created Time | Description
    zcrm_1 | Wang | Ann | Lee | Acme | ann@acme.com | 555-010-0001 | 555-010-0002 | 1 Main St | 2024-01-01 09:00:00 | nice
"""
COMMON = """
    序号 | 客户姓名* | 手机/电话 | 单位名称 | 业务员 | 建档时间 | 客户等级 | 微信号 | 推荐人电话
    1 | 张三 | 13800138000 | 星河 | 王芳 | 2020.1.5 | VIP | wx1 | 13900000000
    2 | 李四 | 13800138001 | 云帆 | 李强 | 2020.1.6 | 潜在客户 | wx2 | 13900000001
"""
TWO_ROWS = """
    序号 | 客户信息/姓名 | 客户信息/联系电话 | 客户信息/E-mail | 公司/名称 | 公司/地区 | 管理/负责人 | 备注
    1 | 张三 | 13800138000 | z@x.com | 星河 | 北京 | 王芳 | 好
"""
NO_HEADERS = """
    列 A | 列 B | 列 C | 列 D | 列 E
    张三 | 13800138000 | z@x.com | 北京市海淀区中关村1号 | 无所谓
    李四 | 13800138001 | l@x.com | 上海市浦东新区某路1号 | 随便
    王五 | 13800138002 | w@x.com | 天津市南开区某路1号 | 都行
"""
VISITS = """
    客户姓名 | 联系电话 | 跟进日期 | 跟进内容 | 跟进人
    张三 | 13800138000 | 2024-01-05 | 介绍新品 | 王芳
"""
OUTLOOK_GERMAN = """
    Anrede | Vorname | Nachname | Firma | Position | Straße geschäftlich | Postleitzahl geschäftlich | Telefon geschäftlich | Mobiltelefon | E-Mail-Adresse | E-Mail 2: Adresse | Geburtstag | Notizen
    Herr | Hans | Müller | Müller GmbH | Leiter | Hauptstraße 5 | 80331 | +49 89 123456 | +49 171 1234567 | hans@mueller.de | h@web.de | 24.12.1975 | aus Passau
    Frau Dr. | Eva | Weiß | Grün AG | | | | | 0041 79 123 45 67 | eva@gruen.de | | 0.0.00 |
"""
BANK = """
    交易日 | 交易时间 | 借方金额 | 贷方金额 | 余额 | 摘要 | 对方户名 | 对方账号 | 流水号
    20240103 | 09:15:22 | | 50,000.00 | 150,000.00 | 货款 | 广州云帆教育科技有限公司 | 4405015800 | G2024010300001
    20240105 | 10:02:41 | 12,345.67 | | 137,654.33 | 采购款 | 深圳市星河科技有限公司 | 755912345 | G2024010500002
"""
WECHAT_BILL = """
    交易时间 | 交易类型 | 交易对方 | 商品 | 收/支 | 金额(元) | 支付方式 | 当前状态 | 交易单号 | 备注
    2024-03-01 10:00:00 | 商户消费 | 张三 | 收款方备注:二维码收款 | 收入 | ¥25.00 | 零钱 | 已存入零钱 | 1000049 | /
    2024-03-01 12:00:00 | 商户消费 | 美团 | 午饭 | 支出 | ¥18.50 | 零钱 | 支付成功 | 1000050 | /
"""
WECHAT_GROUP = """
    群昵称 | 微信昵称 | 微信号 | 备注名 | 地区 | 添加时间
    星河-张三 | 三哥 | zhangsan_88 | 张三（星河科技） | 上海 | 2024-03-05
    云帆李四 | lisi | wxid_a8 | 李四 | 北京 | 2024/3/6
"""

# What each column becomes: the field, with its table where that is not the list's; `+` an own column, `!` one that
# identifies the row elsewhere, `-` not taken; behind `/` how its cells are taken apart.
EXPORTS = [
    ("taobao", "订单导出", "zh", TAOBAO, "transactions",
     "! customers.! + amount + customers.name customers.address/region_city_address customers.phone date product quantity -"),
    ("jd", "orders", "zh", JD, "transactions",
     "! product quantity date unit_price + amount + customers.! customers.name customers.address/region_city_address customers.phone"),
    ("doudian", "抖店订单", "zh", DOUDIAN, "transactions",
     "+ ! product quantity unit_price amount customers.name customers.phone customers.region customers.city customers.address date payment"),
    ("shopify", "orders_export", "en", SHOPIFY, "transactions",
     "+ customers.email + date amount quantity product unit_price customers.name customers.phone !"),
    ("wecom", "客户列表", "zh", WECOM, "customers", "name gender position company phone email notes owner registered_on !"),
    ("outlook", "contacts", "en", OUTLOOK, "customers",
     "name/given_name name/family_name company position address phone phone email email birth_date gender notes"),
    ("google", "contacts", "zh", GOOGLE, "customers",
     "name/given_name name/family_name company position birth_date notes email phone phone address/region_city_address"),
    ("hubspot", "all-contacts", "en", HUBSPOT, "customers",
     "! name/given_name name/family_name email phone owner company status registered_on"),
    ("zoho", "Contacts", "en", ZOHO, "customers",
     "! owner name/given_name name/family_name company email phone phone address registered_on notes"),
    ("common", "老客户", "zh", COMMON, "customers", "- name phone company owner registered_on customer_type + +"),
    ("two rows", "Sheet1", "zh", TWO_ROWS, "customers", "- name phone email company region owner notes"),
    ("no headers", "Sheet1", "zh", NO_HEADERS, "customers", "name phone email address/region_city_address +"),
    ("outlook in german", "Kontakte", "zh", OUTLOOK_GERMAN, "customers",
     "gender name/given_name name/family_name company position address + phone phone email email birth_date notes"),
    ("bank statement", "流水", "zh", BANK, "transactions", "date + + amount + + customers.name + !"),
    ("wechat bill", "微信支付账单", "zh", WECHAT_BILL, "transactions", "date + customers.name product + amount payment + ! -"),
    ("wechat group", "群成员", "zh", WECHAT_GROUP, "customers", "+ + + name/name_company region registered_on"),
    ("visits", "拜访", "zh", VISITS, "interactions", "customers.name customers.phone date content owner"),
]  # fmt: skip


def spelled(rule, table):
    inside = rule.field or ("!" if rule.is_external else "+") if rule.table else "-"
    apart = f"{rule.table}." if rule.table not in {"", table} else ""
    return f"{apart}{inside}{f'/{rule.split}' if rule.split else ''}"


@pytest.mark.parametrize(
    ("title", "lang", "text", "table", "columns"),
    [case[1:] for case in EXPORTS],
    ids=[case[0] for case in EXPORTS],
)
def test_exports_of_other_programs_are_known(title, lang, text, table, columns):
    mapping = propose(book("standard", lang), make_list(text, title))
    assert mapping.table == table
    assert [spelled(rule, table) for rule in mapping.columns] == columns.split()


@pytest.mark.parametrize(
    ("header", "cells", "field", "found", "sure"),
    [
        ("电话", "13800138000", "phone", "label", 1.0),
        ("Telephone", "13800138000", "phone", "language", 1.0),
        ("手机", "13800138000", "phone", "alias", 1.0),
        ("联系电话（必填）", "13800138000", "phone", "alias", 1.0),
        ("＊联系电话：", "13800138000", "phone", "alias", 1.0),
        ("ＴＥＬ", "13800138000", "phone", "alias", 1.0),
        ("E_Mail", "a@b.com", "email", "alias", 1.0),
        ("联系人手机", "13800138000", "phone", "alias", 0.9),
        ("电子邮箱地止", "a@b.com", "email", "fuzzy", 0.72),
        ("说不清", "13800138000\n13800138001\n010-62551234", "phone", "content", 0.9),
        ("说不清", "a@b.com\nb@b.com\nc@b", "email", "content", 0.95),
        ("生日（公历）", "1990-10-03", "birth_date", "alias", 1.0),
        ("农历/公历", "阴历", "birth_calendar", "alias", 1.0),
        ("说不清", "男\n女\n男", "gender", "content", 0.7),
        ("说不清", "北京市朝阳区\n沪\n广州", "region", "content", 0.7),
    ],
)
def test_a_column_is_found_by(header, cells, field, found, sure):
    text = f"姓名 | {header}\n" + "\n".join(f"张三 | {cell}" for cell in cells.split("\n"))
    rule = propose(book(), make_list(text)).columns[1]
    assert (rule.field, rule.found, rule.sure) == (field, found, pytest.approx(sure))


@pytest.mark.parametrize(
    ("header", "cells", "why"),
    [
        ("累计金额(元)", "1200", "another meaning than 预计金额"),
        ("推荐人电话", "13800138000", "somebody else's, and a telephone stands already"),
        ("年龄层", "18–25岁", "computed fields take nothing"),
        ("农历出生日期", "1990-08-15", "days of another calendar"),
        (
            "生日（农历）",
            "1990-08-15",
            "days of another calendar, although what stands in brackets does not count elsewhere",
        ),
        ("生日（陰曆）", "1990-08-15", "the same in other characters"),
        ("地区", "华东\n华南\n北京", "most cells are no regions"),
        ("客户类型", "A类\nB类\nVIP", "most cells are no entries"),
        ("客户编号", "KH-001\nKH-002", "not made like our ids"),
    ],
)
def test_a_column_that_fits_no_field_becomes_an_own_one(header, cells, why):
    text = f"姓名 | 手机 | {header}\n" + "\n".join(
        f"张三 | 13800138000 | {cell}" for cell in cells.split("\n")
    )
    rule = propose(book(), make_list(text)).columns[2]
    assert (rule.table, rule.field) == ("customers", ""), why
    assert rule.is_external == (header == "客户编号")


@pytest.mark.parametrize(
    ("header", "cells"), [("序号", "1\n2\n3"), ("No.", "7\n8\n9"), ("空列", "\n\n"), ("空列", "无\n-\n待定")]
)
def test_a_column_without_content_is_not_taken(header, cells):
    text = f"姓名 | {header}\n" + "\n".join(f"张三 | {cell}" for cell in cells.split("\n"))
    assert propose(book(), make_list(text)).columns[1].table == ""


def test_our_own_ids_are_the_key():
    text = "客户编号 | 姓名\n001 | 张三\n002 | 李四"
    rule = propose(book(), make_list(text)).columns[0]
    assert (rule.field, rule.is_external) == ("customer_id", False)


def test_the_number_of_an_order_identifies_it_with_all_of_its_lines():
    """Which line is which is found out where rows are matched, see `tests.exchange.intake.test_orders`."""
    lines = "100 | 2024-01-01 | 手机 | 10\n100 | 2024-01-01 | 电脑 | 20\n101 | 2024-01-02 | 手机 | 10"
    mapping = propose(book(), make_list(f"订单编号 | 日期 | 商品 | 金额\n{lines}", "订单"))
    assert (mapping.columns[0].header, mapping.columns[0].is_external) == ("订单编号", True)
    twice = "100 | 2024-01-01 | 手机 | 10\n100 | 2024-01-01 | 手机 | 10\n101 | 2024-01-02 | 手机 | 10"
    mapping = propose(book(), make_list(f"订单编号 | 日期 | 商品 | 金额\n{twice}", "订单"))
    assert (mapping.columns[0].header, mapping.columns[0].is_external) == ("订单编号", True)


def test_the_better_of_two_columns_takes_the_field():
    text = "姓名 | 买家应付货款 | 买家实际支付金额 | 付款时间\n张三 | 100 | 90 | 2024-01-01"
    assert [rule.field for rule in propose(book(), make_list(text, "订单")).columns] == [
        "name",
        "",
        "amount",
        "date",
    ]


@pytest.mark.parametrize(
    ("title", "headers", "table"),
    [
        ("Sheet1", "姓名 | 电话 | 公司", "customers"),
        ("Sheet1", "日期 | 客户姓名 | 商品 | 数量 | 金额", "transactions"),
        ("客户名单", "姓名 | 电话 | 创建时间 | 金额", "customers"),
        ("潜在客户发掘", "客户姓名 | 联系方式 | 需求描述", "prospects"),
        ("投诉", "客户姓名 | 投诉日期 | 投诉内容 | 处理结果", "feedback"),
        ("销售记录", "姓名 | 电话", "customers"),
        ("Sheet1", "甲 | 乙", "customers"),
    ],
)
def test_the_table_is_chosen_by_headers_and_title(title, headers, table):
    cells = " | ".join(["x"] * len(headers.split("|")))
    assert propose(book(), make_list(f"{headers}\n{cells}", title)).table == table


def test_orders_are_no_customers_even_where_a_field_is_missing():
    mapping = propose(book("retail"), make_list(TAOBAO, "订单"))  # a till's rows need a unit price
    assert mapping.table == "transactions"


def test_numbers_and_days_are_guessed_only_where_no_header_says_of_what():
    rows = "2024-01-01 | 手机 | 100\n2024-01-02 | 电脑 | 200\n2024-01-03 | 手机 | 300"
    nameless = propose(book(), make_list(f"列 A | 列 B | 列 C\n{rows}"), table="transactions").columns
    assert [(rule.field, rule.sure) for rule in nameless] == [("date", 0.5), ("", 1.0), ("amount", 0.5)]
    named = propose(book(), make_list(f"到期日 | 品名 | 成本\n{rows}"), table="transactions").columns
    assert [rule.field for rule in named] == ["", "product", ""]


def test_a_table_that_is_asked_for_is_taken():
    sheet = make_list("客户姓名 | 联系方式 | 需求描述\n张三 | 13800138000 | 手机")
    mapping = propose(book(), sheet, table="prospects")
    assert [rule.field for rule in mapping.columns] == ["name", "contact", "need"]


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("template", "headers", "fields"),
    [
        ("b2b", "单位名称 | 联系人 | 手机 | 税号", ["name", "contact_name", "phone", "company_code"]),
        ("ecommerce", "姓名 | 手机 | 累计消费金额 | 订单数", ["name", "phone", "spent", "purchases"]),
        ("retail", "会员卡号 | 姓名 | 手机 | 剩余积分", ["customer_id", "name", "phone", "points"]),
        ("education", "学生姓名 | 家长姓名 | 手机 | 年级", ["name", "parent", "phone", "grade"]),
    ],
)
def test_templates_know_their_own_lists(template, headers, fields):
    cells = {
        "phone": "13800138000",
        "customer_id": "80001",
        "spent": "1200",
        "purchases": "3",
        "points": "20",
        "grade": "七年级",
    }
    row = " | ".join(cells.get(field, "甲乙") for field in fields)
    assert [rule.field for rule in propose(book(template), make_list(f"{headers}\n{row}")).columns] == fields


@pytest.mark.parametrize(
    ("field", "header", "text", "action", "entry"),
    [
        ("gender", "性别", "M", "use", "男"),
        ("gender", "性别", "先生", "use", "男"),
        ("gender", "性别", "小姐", "use", "女"),
        ("gender", "性别", "Female", "use", "女"),
        ("gender", "性别", "ＭＡＬＥ", "use", "男"),
        ("region", "省份", "沪", "use", "上海"),
        ("region", "省份", "粤", "use", "广东"),
        ("region", "省份", "内蒙", "use", "内蒙古"),
        ("region", "省份", "广西壮族自治区", "use", "广西"),
        ("region", "省份", "火星", "keep", ""),
        ("customer_type", "客户类型", "VIP", "use", "VIP客户"),
        ("customer_type", "客户类型", "老客户", "use", "长期客户"),
        ("customer_type", "客户类型", "流失？", "keep", ""),
        ("status", "客户状态", "正在跟进", "use", "跟进中"),
        ("industry", "行业", "互联网行业", "use", "互联网"),
        ("industry", "行业", "制造", "use", "制造业"),
    ],
)
def test_texts_mean_entries(field, header, text, action, entry):
    known = {
        "gender": "男",
        "region": "北京",
        "customer_type": "VIP客户",
        "status": "潜在",
        "industry": "教育",
    }[field]
    rows = "\n".join([f"张三 | {known}"] * 5 + [f"李四 | {text}"])
    rules = propose(book(), make_list(f"姓名 | {header}\n{rows}")).values
    assert [(rule.action, rule.entry) for rule in rules if rule.text == text] == [(action, entry)]


@pytest.mark.parametrize(
    ("text", "action", "entry", "sure"),
    [
        ("教育", "use", "教育", 1.0),
        ("建筑地产业", "use", "建筑地产", 0.8),
        ("政府与公共", "use", "政府与公共事业", 0.8),
        ("文化传谋", "keep", "", 0.0),
    ],
)
def test_an_uncertain_entry_says_so(text, action, entry, sure):
    rows = "\n".join(["张三 | 互联网"] * 5 + [f"李四 | {text}"])
    rule = propose(book(), make_list(f"姓名 | 行业\n{rows}")).values[1]
    assert (rule.text, rule.action, rule.entry, rule.sure) == (text, action, entry, sure)


def test_entries_of_the_workbook_count_too():
    rows = "\n".join(["张三 | 月球"] * 2)
    sheet = make_list(f"姓名 | 客户类型\n{rows}")
    assert propose(book(), sheet).columns[1].field == ""
    rules = propose(with_lists(book(), {"customer_type": [("潜在客户", None), ("月球", None)]}), sheet).values
    assert [(rule.text, rule.count, rule.action, rule.entry) for rule in rules] == [
        ("月球", 2, "use", "月球")
    ]


def fields(text, template="standard", lang="zh", title="名单"):
    """Return by header the field of each column; empty for one of one's own."""
    return {rule.header: rule.field for rule in propose(book(template, lang), make_list(text, title)).columns}


def test_the_few_who_deal_with_customers_are_no_customers():
    text = """
        患者姓名 | 电话 | 医生
        王小宝（家长：王强） | 13800138000 | 刘医生
        孙丽 女士 | 13800138001 | 刘医生
        赵六先生 | 13800138002 | 陈医生
    """
    assert fields(text) == {"患者姓名": "name", "电话": "phone", "医生": ""}
    text = "编码 | 医生\n甲 | 刘建\n乙 | 刘建\n丙 | 陈力\n丁 | 刘建"
    assert fields(text)["医生"] == ""


def test_names_beside_a_column_of_names_are_not_guessed_from_their_cells():
    text = "介绍者的姓名 | 对接\n甲 | 刘建\n乙 | 陈力\n丙 | 王芳\n丁 | 李强"
    assert fields(text)["对接"] == ""


def test_traditional_headers_are_those_that_they_are():
    text = "姓名 | 電話 | 手機 | 公司名稱 | 性別 | 職稱 | 備註\n陳美玲 | 02-2712-3456 | 0912-345-678 | 宏達 | 女 | 經理 | 老客戶"
    assert fields(text) == {
        "姓名": "name", "電話": "phone", "手機": "phone", "公司名稱": "company", "性別": "gender", "職稱": "position",
        "備註": "notes",
    }  # fmt: skip


def test_headers_of_chinese_outlook_and_of_databases():
    outlook = (
        "名 | 姓 | 商务地址 街道 | 商务地址 市/县 | 商务地址 省/市/自治区 | 商务电话 | 移动电话 | 电子邮件地址\n"
        "伟 | 张 | 张江路88号 | 杭州市 | 浙江省 | 021-58885678 | 13816001234 | z@x.cn"
    )
    assert list(fields(outlook).values()) == [
        "name", "name", "address", "city", "region", "phone", "phone", "email"
    ]  # fmt: skip
    dump = "CUSTOMER_NAME | MOBILE_NO | EMAIL_ADDR\nNORTH SEA | +44 20 7946 0958 | a@b.uk"
    assert list(fields(dump, lang="en").values()) == ["name", "phone", "email"]


def test_amounts_of_which_most_are_words_are_amounts():
    text = "客户姓名 | 成交金额 | 日期\n" + "\n".join(
        f"张三 | {cell} | 2024-01-02" for cell in ("面议", "1200", "按合同", "免费试用", "见发票")
    )
    assert fields(text, title="成交")["成交金额"] == "amount"
    assert fields(text.replace("1200", "见下"), title="成交")["成交金额"] == ""


def test_statuses_leave_rows_out_and_make_amounts_negative():
    mapping = propose(book(), make_list(TAOBAO, "订单"))
    assert [(rule.header, rule.without) for rule in mapping.filters] == [("订单状态", ("交易关闭",))]
    assert [(rule.header, rule.texts) for rule in mapping.negative] == [("订单状态", ("退款成功",))]


def test_what_was_paid_out_is_no_purchase():
    mapping = propose(book(), make_list(WECHAT_BILL, "微信支付账单"))
    assert [(one.header, one.without) for one in mapping.filters] == [("收/支", ("支出",))]


def test_the_fingerprint_is_of_the_headers_alone():
    one = propose(book(), make_list("姓名 | 电话\n张三 | 13800138000"))
    two = propose(book(), make_list("姓 名 | 电话*\n李四 | 13800138001\n王五 | 13800138002"))
    other = propose(book(), make_list("姓名 | 手机\n张三 | 13800138000"))
    assert one.fingerprint == two.fingerprint == fingerprint(["姓名", "电话"]) != other.fingerprint


def test_no_column_is_used_twice():
    for _, title, lang, text, _, _ in EXPORTS:
        sheet = make_list(text, title)
        headers = [rule.header for rule in propose(book("standard", lang), sheet).columns]
        assert headers == list(sheet.headers)
