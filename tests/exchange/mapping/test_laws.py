"""What holds of every list: nothing that stands in a column which is taken gets lost, whatever stands there."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmbook.exchange.mapping import apply, from_yaml, propose, to_yaml
from crmbook.exchange.sources import SourceLayout, SourceSheet
from crmbook.values import narrow, spell, tidy
from tests.exchange.mapping.lists import book

HEADERS = ["姓名", "姓", "名", "手机", "电话", "邮箱", "E-mail", "公司", "单位", "备注", "描述", "地址", "地区", "城市", "业务员",
           "职位", "说不清", "建档时间", "商机金额", "订单编号", "客户编号", "性别", "问题", "生日(阳历)"]  # fmt: skip
CELLS = ["张三", "张三(离职)", "李四（云帆）", "13800138000", "13800138000/010-62551234", "a@b.com;c@d.com", "浙江省 杭州市 西湖区",
         "北京市朝阳区", "沪", "男", "先生", "2024-01-05", "15/03/18", "去年底", "1.2万", "¥1,200", "待定", "无", "—", "", " ", "=1+1",
         "王  芳", "KH-001", "001", "两\n行", "😀 x", "(只有括号)", "()", "VIP", "100%"]  # fmt: skip
CELL = st.one_of(
    st.sampled_from(CELLS),
    st.text(st.characters(exclude_categories=["C", "M"]), max_size=8),
    st.none(),
    st.integers(-5, 10**6),
    st.floats(-1e6, 1e6),
)
KNOWN_OTHERWISE = re.compile(r"性别|地区|城市|建档时间|商机金额")
"""Columns whose cells become entries, days or numbers."""


@st.composite
def sheets(draw):
    headers = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6, unique=True))
    count = draw(st.integers(1, 6))
    columns = {header: draw(st.lists(CELL, min_size=count, max_size=count)) for header in headers}
    frame = pd.DataFrame({header: pd.Series(cells, dtype=object) for header, cells in columns.items()})
    frame.index = range(5, 5 + count)
    return SourceSheet("名单", tuple(headers), frame)


def words(text):
    """Return the words of a text: what stands between blanks, brackets and the signs that part numbers."""
    return [word for word in re.split(r"[\s()（）〔〕【】\[\]/、,;；，|]+", narrow(tidy(text))) if word]


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(sheets())
def test_no_word_of_a_cell_gets_lost(sheet):
    mapping = propose(book(), sheet)
    typed = apply(book(), mapping, sheet)
    for row in sheet.frame.index:
        held = [frame.loc[row].tolist() for frame in (*typed.frames.values(), *typed.own.values())]
        said = [spell(cell) for cells in held for cell in cells]
        said += [text for (number, _), text in typed.leftovers.items() if number == row]
        whole = "".join(narrow(tidy("".join(said))).split())
        for rule in mapping.columns:
            cell = sheet.frame[rule.header][row]
            plain = narrow(spell(cell)).casefold()
            if rule.table and not KNOWN_OTHERWISE.match(rule.header) and plain not in mapping.nothing:
                assert [word for word in words(spell(cell)) if "".join(word.split()) not in whole] == []


@settings(max_examples=150, deadline=None)
@example(["010-62550434", "400-800-1234"], ["转"] * 4)
@given(
    st.lists(
        st.sampled_from(["010-62550434", "13800138000", "400-800-1234", "801", "79", "8"]),
        min_size=1,
        max_size=3,
    ),
    st.lists(
        st.sampled_from(["转", "-", "/", "、", " ", "分机", " ext. ", "（转", "*", "，", "张三", "\n"]),
        min_size=4,
        max_size=4,
    ),
)
def test_no_digit_of_a_telephone_gets_lost_and_no_short_one_becomes_a_number(numbers, signs):
    cell = "".join(f"{sign}{number}" for sign, number in zip(["", *signs], numbers, strict=False))
    frame = pd.DataFrame({"姓名": ["甲"] * 3, "手机": [cell, "13800138001", "13800138002"]}, index=[2, 3, 4])
    sheet = SourceSheet("名单", ("姓名", "手机"), frame)
    made = apply(book(), propose(book(), sheet), sheet)
    first, own = made.frames["customers"].iloc[0], made.own["customers"]
    further = own["其他电话"].iloc[0] if "其他电话" in own.columns else None
    held = [spell(text) for text in (first.get("phone"), further, first.get("notes"))]
    held += [text for (row, _), text in made.leftovers.items() if row == 2]
    said = "".join(held)
    assert all(number in said for number in numbers), held
    assert not any(re.fullmatch(r"\d{1,6}", one) for one in (further or "").split("、"))


@settings(max_examples=30, deadline=None)
@given(sheets())
def test_a_mapping_kept_as_yaml_does_the_same(sheet):
    mapping = propose(book(), sheet)
    again, _ = from_yaml(to_yaml(mapping, SourceLayout(), book()), book())
    one, two = apply(book(), mapping, sheet), apply(book(), again, sheet)
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, two.frames[name])
        pd.testing.assert_frame_equal(one.own[name], two.own[name])
    assert (one.leftovers, one.added) == (two.leftovers, two.added)
