"""Lists in which people signed up in a chat, and texts that are none."""

from __future__ import annotations

import pytest

from crmbook.exchange.sources import SourceLayout, read_source
from tests.exchange.sources.case import Case, check

HEADERS = ("姓名", "电话", "备注")
CHAT = """#接龙
周六品鉴会，请写姓名+电话

1. 张三 13800000001
2. 李四-138 0000 0002（带2人）
3. 王五 139 0000 0003 带2人
   从北京来
4. 赵六
5、钱七，１３８00000005
6. 13800000006 孙八 素食
7) 姓名：周九 电话：13800000007/010-62551234
"""
CASES = [
    Case("a sign-up list", CHAT.encode(), HEADERS, {
        4: ("张三", "13800000001", None), 5: ("李四", "138 0000 0002", "带2人"),
        6: ("王五", "139 0000 0003", "带2人 从北京来"), 8: ("赵六", None, None),
        9: ("钱七", "13800000005", None), 10: ("孙八", "13800000006", "素食"),
        11: ("周九", "13800000007 / 010-62551234", None),
    }, left=[(1, "title"), (2, "title")]),
    Case("one without a title, in gb18030", "1.张三 13800000001\n2.李四 13800000002\n".encode("gb18030"), HEADERS, {
        1: ("张三", "13800000001", None), 2: ("李四", "13800000002", None),
    }, left=()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_line_is_a_person(case, tmp_path):
    check(case, tmp_path)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("序号,姓名,电话\n1,张三,13800000001\n2,李四,13800000002\n", None),
        ("1.\t张三\t13800000001\n2.\t李四\t13800000002\n", None),
        ("1. 写周报\n2. 回访客户\n3. 整理名单\n", None),
        ("金额\n1.5\n2.5\n3.5\n", None),
        ("1. 张三,13800000001\n2. 李四,13800000002\n", SourceLayout(delimiter=",")),
    ],
)
def test_any_other_text_is_none(text, layout, tmp_path):
    path = tmp_path / "表.txt"
    path.write_text(text, encoding="utf-8")
    assert read_source(path, layout).sheets[0].headers != HEADERS
