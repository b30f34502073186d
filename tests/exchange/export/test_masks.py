"""Masked values: nobody is known by them, and none of them is ever taken for a value again."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.base import locale_of
from crmbook.exchange.export.masks import mask_column, masker
from crmbook.values import Domain, Surroundings, ValueKind, parse_value

HERE = Surroundings(locale=locale_of("zh"))


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "13800000001", "138****0001"),
        ("phone", "010-88886666", "010-****6666"),
        ("phone", "+86 138 0000 0001", "+86 1** **** 0001"),
        ("phone", "12345", "***45"),
        ("phone", "110", "***"),
        ("phone", "张三", "**"),
        ("email", "zhangsan@qq.com", "z***@qq.com"),
        ("email", "a@qq.com", "***@qq.com"),
        ("text", "张三", "张*"),
        ("text", "欧阳娜娜", "欧***"),
        ("text", "张", "*"),
        ("text", "北京市海淀区中关村大街一号", "北********"),
        ("text", "13800000001", "138****0001"),
        ("text", "13800000001 / zhangsan@qq.com", "138****0001 / z***@qq.com"),
        ("national_id", "11010519491231002X", "110***********002X"),
        ("date", date(1993, 5, 12), "1993-**-**"),
    ],
)
def test_a_value_is_masked_by_what_it_is(kind, value, masked):
    assert masker(ValueKind(kind))(value) == masked


def test_blanks_stay_blank():
    masked = mask_column(
        ValueKind.TEXT, pd.Series(["张三", None, "张三"], index=["a", "b", "c"], dtype=object)
    )
    assert masked.to_dict() == {"a": "张*", "b": None, "c": "张*"}
    days = mask_column(ValueKind.DATE, pd.Series(pd.to_datetime(["1993-05-12", None])))
    assert days.tolist() == ["1993-**-**", None]


KINDS = ("text", "long_text", "phone", "email", "national_id", "url", "date", "datetime")


@pytest.mark.slow
@given(st.text(min_size=1).filter(str.strip), st.sampled_from(KINDS))
def test_no_masked_value_is_ever_a_value_again(text, kind):
    masked = masker(ValueKind(kind))(text)
    for lenient in (False, True):
        parsed = parse_value(Domain(ValueKind(kind), personal=True, lenient=lenient), masked, HERE)
        assert (parsed.problem, parsed.refused) == ("value.masked", True)
    assert masked != text or "*" in text
