"""What a mapping makes of cells: taken apart, put into form, and nothing lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from crmbook.build import with_lists
from crmbook.exchange.mapping import MappingError, apply, propose
from crmbook.exchange.mapping.model import DayOrder
from tests.exchange.mapping.lists import book, make_list
from tests.exchange.mapping.test_propose import OUTLOOK, TAOBAO


def typed(text, title="名单", template="standard", lang="zh", **changes):
    sheet = make_list(text, title)
    mapping = propose(book(template, lang), sheet)
    return apply(book(template, lang), replace(mapping, **changes) if changes else mapping, sheet)


def cells(text, header, field, table="customers"):
    """Return the cells of a field from a list of one more column beside the name."""
    rows = "\n".join(f"张三 | {cell}" for cell in text.split("\n"))
    return typed(f"姓名 | {header}\n{rows}").frames[table][field].tolist()


def test_rows_keep_their_numbers_in_the_source():
    sheet = make_list("姓名 | 电话\n张三 | 13800138000\n李四 | 13800138001", first=7)
    result = apply(book(), propose(book(), sheet), sheet)
    assert result.frames["customers"].index.tolist() == [7, 8]


@pytest.mark.parametrize(
    ("cell", "phone", "further"),
    [
        ("13800138000", "13800138000", None),
        ("13826330434/010-62550434", "13826330434", "010-62550434"),
        ("13800138000、13900139000；13700137000", "13800138000", "13900139000、13700137000"),
        ("13800138000 13900139000", "13800138000", "13900139000"),
        ("010-62550434转801", "010-62550434转801", None),
        ("+86-10-62550434;ext=801", "+86-10-62550434转801", None),
        ("010-62550434（分机801）", "010-62550434（分机801）", None),
        ("010-62550434转801、802", "010-62550434转801", "010-62550434转802"),
        ("010-62550434/35", "010-62550434/35", None),
        ("无", None, None),
        ("—", None, None),
        ("看备注", "看备注", None),
    ],
)
def test_several_telephones(cell, phone, further):
    result = typed(
        f"姓名 | 手机/电话\n李四 | 13800138001/13800138002\n王五 | 13800138003\n赵六 | 13800138004\n张三 | {cell}"
    )
    assert result.frames["customers"]["phone"].iloc[3] == phone
    assert result.own["customers"]["其他电话"].iloc[3] == further


@pytest.mark.parametrize(
    ("cell", "phone", "further", "note"),
    [
        ("139-0202-0202（微信同号）", "139-0202-0202", None, "手机：微信同号"),
        ("微信：qiandd 电话13703030303", "13703030303", None, "手机：微信：qiandd"),
        ("wx:meizi88 / 13812345678", "13812345678", None, "手机：wx:meizi88"),
        ("0571-88886666-802 王工", "0571-88886666-802", None, "手机：王工"),
        ("王工 0571-88886666 分机：802", "0571-88886666 分机:802", None, "手机：王工"),
        ("王工13703030303转802", "13703030303转802", None, "手机：王工"),
        ("总机 4008001234（转802）", "4008001234(转802)", None, "手机：总机"),
        ("张经理13811112222 李会计 13922223333", "13811112222", "13922223333",
         "手机：张经理13811112222 李会计 13922223333"),
        ("微信liren2020", "微信liren2020", None, None),
        ("Tel: 13703030303 lobby of the Hotel 13703030303", "13703030303", None, "手机：lobby of the Hotel"),
        ("工号1381111222233", "工号1381111222233", None, None),
    ],
)  # fmt: skip
def test_a_telephone_among_words_is_taken_and_the_words_are_a_remark(cell, phone, further, note):
    result = typed(f"姓名 | 手机\n李四 | 13800138001\n王五 | 13800138003\n张三 | {cell}")
    row = result.frames["customers"].iloc[2]
    own = result.own["customers"]
    assert (row["phone"], row.get("notes")) == (phone, note)
    assert (own["其他电话"].iloc[2] if "其他电话" in own else None) == further


def test_a_telephone_among_words_in_an_english_list():
    result = typed(
        "Name | Phone\nAnn | (415) 555-0101 home\nBob | 415.555.0102", template="standard", lang="en"
    )
    row = result.frames["customers"].iloc[0]
    assert (row["phone"], row["notes"]) == ("(415) 555-0101", "Phone: home")


def test_names_that_are_no_single_name_keep_their_blanks():
    frame = typed("公司 | 联系人\n甲 | 王五\\n现场部\n乙 | 孙七 经理\n丙 | 欧阳 锋").frames["customers"]
    assert frame["name"].tolist() == ["王五\n现场部", "孙七", "欧阳锋"]
    assert frame[["position", "notes"]].iloc[1].tolist() == ["经理", "联系人：孙七 经理"]


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        (["A1 | 退款成功 | 50", "A2 | 交易成功 | 30"], [0.0, 30.0]),
        (["A1 | 交易成功 | 50", "A1 | 退款成功 | 50", "A2 | 交易成功 | 1"], [50.0, -50.0, 1.0]),
        (["A1 | 退货 | 50", "A2 | 成交 | 30"], [-50.0, 30.0]),
    ],
    ids=["an order paid back", "the payment and its refund", "a receipt of goods brought back"],
)
def test_a_refund_takes_back_what_was_paid_and_no_more(rows, amounts):
    lines = "\n".join(f"{row} | 2024-01-0{at + 1} | 张三" for at, row in enumerate(rows))
    more = "\n".join(f"B{at} | 交易成功 | 9 | 2024-02-01 | 李四" for at in range(30))
    result = typed(f"订单号 | 订单状态 | 订单金额 | 下单时间 | 收货人\n{lines}\n{more}", "订单")
    assert result.frames["transactions"]["amount"].tolist()[: len(rows)] == amounts


def test_several_addresses():
    result = typed("姓名 | 邮箱\n张三 | user7@qq.com;user7b@163.com\n李四 | l@x.com")
    assert result.frames["customers"]["email"].tolist() == ["user7@qq.com", "l@x.com"]
    assert result.own["customers"]["其他邮箱"].tolist() == ["user7b@163.com", None]


def test_telephones_of_several_columns_share_the_field():
    result = typed(OUTLOOK, "contacts", lang="en")
    assert result.frames["customers"]["phone"].tolist() == ["555-010-0003", "555-010-0009"]
    assert result.own["customers"]["Other telephones"].tolist() == ["555-010-0002", None]
    assert result.own["customers"]["Other e-mail addresses"].tolist() == ["ann@home.com", None]
    assert result.frames["customers"]["name"].tolist() == ["Ann Lee", "Bob Ray"]
    assert result.frames["customers"]["birth_date"].tolist() == ["1990/5/6", None]
    assert result.frames["customers"]["gender"].tolist() == ["Female", None]


def test_a_chinese_name_in_two_columns():
    result = typed("姓 | 名 | 电话\n张 | 三 | 13800138000\n欧阳 |  | 13800138001")
    assert result.frames["customers"]["name"].tolist() == ["张三", "欧阳"]


@pytest.mark.sample(16)
@pytest.mark.parametrize(
    ("cell", "region", "city", "left"),
    [
        ("沪", "上海", None, None),
        ("成都", "四川", "成都", None),
        ("北京市朝阳区", "北京", "朝阳区", None),
        ("内蒙古 呼和浩特", "内蒙古", "呼和浩特", None),
        ("广东省深圳市", "深圳", None, None),
        ("浙江省 杭州市 西湖区", "浙江", "杭州", "浙江省 杭州市 西湖区"),
        ("新疆维吾尔自治区乌鲁木齐市", "新疆", "乌鲁木齐", None),
        ("广东深圳", "深圳", None, None),
        ("云南省西双版纳傣族自治州", "云南", "西双版纳", None),
        ("青海省海南藏族自治州", "青海", "海南州", None),
        ("内蒙古自治区锡林郭勒盟", "内蒙古", "锡林郭勒", None),
        ("新疆 喀什地区", "新疆", "喀什", None),
        ("吉林省吉林市", "吉林", "吉林市", None),
        ("吉林市", "吉林", "吉林市", None),
        ("朝阳市", "辽宁", "朝阳", None),
        ("朝阳区", "北京", "朝阳区", None),
        ("朝阳", "朝阳", None, None),
        ("天津市河北区", "天津", "河北区", None),
        ("臺灣", "台湾", None, None),
        ("苏州市", "江苏", "苏州", None),
        ("Suzhou", "Suzhou", None, None),
        ("待定", None, None, None),
        ("火星", "火星", None, None),
    ],
)
def test_a_place_gives_region_and_city(cell, region, city, left):
    result = typed(f"姓名 | 地区\n李四 | 北京市朝阳区\n王五 | 广州\n赵六 | 杭州\n张三 | {cell}")
    row = result.frames["customers"].iloc[3]
    assert (row["region"], row["city"], row["address"]) == (region, city, left)


@pytest.mark.parametrize(
    ("cell", "city"), [("深圳", "深圳"), ("广东省深圳市", "深圳"), ("深圳市南山区", "深圳")]
)
def test_who_takes_shenzhen_out_of_the_regions_has_it_in_guangdong(cell, city):
    known = book()
    regions = [(text, None) for text in known.lists["region"].texts if text != "深圳"]
    known = with_lists(known, {"region": regions})
    sheet = make_list(f"姓名 | 地区\n李四 | 北京市朝阳区\n王五 | 广州\n张三 | {cell}")
    row = apply(known, propose(known, sheet), sheet).frames["customers"].iloc[2]
    assert (row["region"], row["city"]) == ("广东", city)


def test_the_rest_of_a_place_is_named_where_the_address_has_a_column():
    result = typed("姓名 | 地区 | 地址\n张三 | 浙江省杭州市西湖区 | 文三路1号\n李四 | 北京 | ")
    assert result.frames["customers"]["address"].tolist() == ["文三路1号", None]
    assert result.leftovers == {(2, "地区"): "浙江省杭州市西湖区"}


@pytest.mark.parametrize(
    ("address", "region", "city"),
    [
        ("浙江省 杭州市 西湖区 文三路0号", "浙江", "杭州"),
        ("广东省深圳市南山区科技园", "深圳", "南山区"),
        ("上海浦东新区世纪大道1号", "上海", "浦东新区"),
        ("天津市河北路5号", "天津", None),
        ("海南省琼海市嘉积镇", "海南", "琼海"),
        ("重庆市万州区北滨大道", "重庆", "万州区"),
        ("南京西路100号", None, None),
        ("北京路18号", None, None),
        ("新街口3号", None, None),
    ],
)
def test_an_address_keeps_every_word(address, region, city):
    result = typed(f"姓名 | 地址\n李四 | 北京市海淀区1号\n王五 | 天津市南开区1号\n张三 | {address}")
    row = result.frames["customers"].iloc[2]
    assert (row["address"], row["region"], row["city"]) == (address, region, city)


def test_remarks_in_brackets_go_to_the_remarks():
    result = typed("姓名 | 业务员 | 备注\n张三 | 张三(离职) | 老客户\n李四 | 王  芳 | \n王五 | 李强（兼） | ")
    frame = result.frames["customers"]
    assert frame["owner"].tolist() == ["张三", "王芳", "李强"]
    assert frame["notes"].tolist() == ["老客户\n业务员：离职", None, "业务员：兼"]


def test_a_company_in_brackets():
    frame = typed("姓名 | 电话\n张三（云帆教育） | 13800138000\n李四(星河科技) | 13800138001").frames[
        "customers"
    ]
    assert frame["name"].tolist() == ["张三", "李四"]
    assert frame["company"].tolist() == ["云帆教育", "星河科技"]


@pytest.mark.parametrize(
    ("header", "cell", "amount"),
    [
        ("商机金额", "0.88005万", 8800.5),
        ("商机金额", "¥1,200.00", 1200.0),
        ("商机金额", "120000元", 120000.0),
        ("商机金额", "￥8，800.5", 8800.5),
        ("商机金额", "约3.5万", 35000.0),
        ("商机金额", "待定", None),
        ("商机金额", "很多", "很多"),
        ("商机金额（万元）", "12.5", 125000.0),
        ("商机金额(元)", "12.5", 12.5),
    ],
)
def test_amounts(header, cell, amount):
    assert cells(f"1\n2\n3\n{cell}", header, "opportunity")[3] == amount


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2022.04.20", "2022.04.20"),
        ("15/03/18", dt.date(2015, 3, 18)),
        ("98年3月5日", dt.date(1998, 3, 5)),
        ("43022", "43022"),
        ("-", None),
    ],
)
def test_days(cell, day):
    assert cells(f"2020-01-05\n2021年3月1日\n{cell}", "建档时间", "registered_on")[2] == day


@pytest.mark.parametrize("others", ["2020-01-05\n05/03/2018", "30/12/18\n2020-01-05", "15/03/19"])
def test_a_short_year_is_not_guessed_where_the_column_does_not_say_it_stands_first(others):
    assert cells(f"{others}\n15/03/18", "建档时间", "registered_on")[-1] == "15/03/18"


@pytest.mark.parametrize(
    ("others", "cell", "day"),
    [
        ("3/14/2019", "12/1/2020", "2020-12-01"),
        ("14/3/2019", "12/1/2020", "2020-01-12"),
        ("14.3.2019", "1.3.20", "2020-03-01"),
        ("3/14/2019", "12/1/2020 10:30", "2020-12-01 10:30"),
        ("3/14/2019", "6/15/21", "6/15/21"),  # beyond the years of the column
        ("3/14/2019\n1/2/2021", "6/15/21", "2021-06-15"),
        ("3/14/2019\n14/3/2019", "12/1/2020", "12/1/2020"),  # the column contradicts itself
        ("2019-03-14", "12/1/2020", "12/1/2020"),
        ("3/14/2019", "13/13/2020", "13/13/2020"),
    ],
)
def test_days_are_read_in_the_order_that_the_others_of_their_column_show(others, cell, day):
    assert cells(f"{others}\n{cell}", "建档时间", "registered_on")[-1] == day


def test_how_many_days_were_read_by_the_others_is_told():
    rows = "\n".join(f"张三 | {day}" for day in ("3/14/2019", "12/1/2020", "1/2/2020"))
    assert typed(f"姓名 | 生日\n{rows}").day_orders == {"生日": DayOrder("mdy", 2)}


def test_a_birthday_without_a_year_is_none_of_last_year():
    """What is no day is named by the check of typed cells, and stands in the list of failed rows as it was."""
    rows = "张三 | 1990-03-02 | 2024-03-02\n李四 | 5月6日 | 5月6日\n王五 | 3/2 | 2024-03-02"
    frame = typed(f"姓名 | 生日 | 建档时间\n{rows}").frames["customers"]
    assert frame["birth_date"].tolist() == ["1990-03-02", "5/6", "3/2"]
    assert frame["registered_on"].tolist() == ["2024-03-02", "5月6日", "2024-03-02"]


def test_a_day_in_words_is_a_remark():
    rows = "\n".join(f"张三 | 2020-01-0{day} | 好" for day in range(1, 9))
    frame = typed(f"姓名 | 建档时间 | 备注\n{rows}\n李四 | 去年底 | 好\n王五 | 年底 | ").frames["customers"]
    assert frame["registered_on"].tolist()[8:] == [None, None]
    assert frame["notes"].tolist()[7:] == ["好", "好\n建档时间：去年底", "建档时间：年底"]
    mostly = typed("姓名 | 建档时间\n张三 | 2020-01-01\n李四 | 去年底").frames["customers"]
    assert mostly["registered_on"].tolist() == ["2020-01-01", "去年底"]


@pytest.mark.parametrize("word", ["无", "—", " - ", "待定", "N/A", "null", "ＮＵＬＬ", "暂无"])
def test_words_for_nothing_are_blanks(word):
    frame = typed(f"姓名 | 公司 | 性别\n张三 | {word} | {word}\n李四 | 星河 | 男").frames["customers"]
    assert frame["company"].tolist() == [None, "星河"]
    assert frame["gender"].tolist() == [None, "男"]


def test_a_word_for_nothing_that_is_an_entry_is_that_entry():
    rows = "张三 | 跟进中\n李四 | 已成交\n王五 | 潜在\n赵六 | 待定"
    assert typed(f"姓名 | 客户状态\n{rows}").frames["customers"]["status"].tolist()[3] == "待确认"


@pytest.mark.parametrize(
    ("action", "becomes", "added"),
    [
        ("use", "VIP客户", {}),
        ("blank", None, {}),
        ("keep", "甲类", {}),
        ("add", "甲类", {"customer_type": ("甲类",)}),
    ],
)
def test_what_a_person_says_of_a_text_is_done(action, becomes, added):
    sheet = make_list("姓名 | 客户类型\n张三 | VIP\n李四 | 老客户\n王五 | 潜在\n赵六 | 甲类")
    mapping = propose(book(), sheet)
    values = [
        replace(rule, action=action, entry="VIP客户" if action == "use" else "")
        if rule.text == "甲类"
        else rule
        for rule in mapping.values
    ]
    result = apply(book(), replace(mapping, values=values), sheet)
    assert result.frames["customers"]["customer_type"].tolist() == [
        "VIP客户",
        "长期客户",
        "潜在客户",
        becomes,
    ]
    assert dict(result.added) == added


def test_texts_that_the_mapping_does_not_know_are_found_as_usual():
    first = make_list("姓名 | 性别\n张三 | M\n李四 | F")
    second = make_list("姓名 | 性别\n王五 | 先生\n赵六 | ？？")
    result = apply(book(), propose(book(), first), second)
    assert result.frames["customers"]["gender"].tolist() == ["男", "？？"]


def test_orders_feed_customers_and_transactions():
    result = typed(TAOBAO, "订单")
    assert result.filtered == (3,)
    orders, buyers = result.frames["transactions"], result.frames["customers"]
    assert orders["amount"].tolist() == [100.0, 0.0]
    assert orders["quantity"].tolist() == [1.0, 2.0]
    assert buyers[["name", "region", "city"]].to_numpy().tolist() == [
        ["张三", "浙江", "杭州"],
        ["李四", "北京", "朝阳区"],
    ]
    assert dict(result.external) == {"transactions": "订单编号", "customers": "买家会员名"}
    assert result.own["transactions"]["订单编号"].tolist() == ["1800000000000000000", "1800000000000000002"]
    assert result.links == {("transactions", "customer_id"): "customers"}
    assert orders.index.tolist() == buyers.index.tolist() == [2, 4]


def test_an_own_column_never_bears_the_title_of_a_field():
    result = typed("姓名 | 最近互动时间 | 问题\n张三 | 2024-01-01 | 没有问题")
    assert list(result.own["customers"].columns) == ["最近互动时间（导入）", "问题（导入）"]


def test_cells_of_an_own_column_stay_as_they_stand():
    result = typed("姓名 | 累计金额(元)\n张三 | 待定\n李四 | ¥1,200")
    assert result.own["customers"]["累计金额(元)"].tolist() == ["待定", "¥1,200"]


def test_remarks_of_several_columns_are_joined():
    frame = typed("姓名 | 备注 | 描述\n张三 | 好 | 新\n李四 |  | 旧").frames["customers"]
    assert frame["notes"].tolist() == ["好\n描述：新", "描述：旧"]


def test_two_columns_for_one_field_lose_nothing():
    sheet = make_list("姓名 | 公司 | 单位\n张三 | 星河 | 云帆\n李四 |  | 云帆\n王五 | 星河 | 星河")
    mapping = propose(book(), sheet)
    columns = [replace(rule, field="company") if rule.header == "单位" else rule for rule in mapping.columns]
    result = apply(book(), replace(mapping, columns=columns), sheet)
    assert result.frames["customers"]["company"].tolist() == ["星河", "云帆", "星河"]
    assert result.leftovers == {(2, "单位"): "云帆"}


def test_policies_are_handed_on():
    sheet = make_list("姓名 | 电话 | 甲\n张三 | 13800138000 | x")
    mapping = propose(book(), sheet)
    columns = [
        replace(rule, policy="overwrite") if rule.header != "姓名" else rule for rule in mapping.columns
    ]
    policies = apply(book(), replace(mapping, columns=columns), sheet).policies
    assert policies == {("customers", "phone"): "overwrite", ("customers", "甲"): "overwrite"}


def test_a_list_that_lacks_a_column_is_refused():
    mapping = propose(book(), make_list("姓名 | 电话 | 生日\n张三 | 13800138000 | 1990-01-01"))
    with pytest.raises(MappingError) as caught:
        apply(book(), mapping, make_list("姓名\n张三"))
    assert (caught.value.code, caught.value.params) == (
        "mapping.missing-columns",
        {"headers": ("电话", "生日")},
    )
