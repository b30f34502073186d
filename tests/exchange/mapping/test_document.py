"""A mapping as YAML: written, changed by hand, read back; every mistake with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.exchange.mapping import from_yaml, propose, to_yaml
from crmbook.exchange.mapping.model import ColumnRule, Mapping, ValueRule
from crmbook.exchange.sources import SourceLayout
from crmbook.schema import SchemaError
from tests.exchange.mapping.lists import book, make_list
from tests.exchange.mapping.test_propose import EXPORTS

LAYOUT = SourceLayout("gb18030", ";", "名单 1", 3, {"客户号": (1, 5), "a: b": (6, 9)})


def as_read(mapping):
    """Return a mapping as a file holds it: how a field was found is said there in words alone."""
    columns = tuple(
        replace(rule, found="map", sure=rule.sure if rule.field else 1.0) for rule in mapping.columns
    )
    order = list(dict.fromkeys((rule.table, rule.field) for rule in mapping.values))
    values = sorted(mapping.values, key=lambda rule: order.index((rule.table, rule.field)))
    return replace(mapping, columns=columns, values=tuple(replace(rule, sure=1.0) for rule in values))


@pytest.mark.sample(15)
@pytest.mark.parametrize("case", EXPORTS, ids=[case[0] for case in EXPORTS])
def test_a_mapping_is_read_as_it_was_written(case):
    _, title, lang, text, _, _ = case
    mapping = propose(book("standard", lang), make_list(text, title))
    read, layout = from_yaml(to_yaml(mapping, LAYOUT, book("standard", lang)), book("standard", lang))
    assert (read, layout) == (as_read(mapping), LAYOUT)
    assert from_yaml(to_yaml(mapping, SourceLayout()), book())[1] == SourceLayout()


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6, unique=True))
def test_any_text_survives(texts):
    columns = tuple(ColumnRule(text, "customers", "", "map", 1.0) for text in texts)
    values = tuple(ValueRule("customers", "gender", text, 1, "use", text, 1.0) for text in texts)
    mapping = Mapping("customers", columns, values, "0e12", tuple(texts))
    assert from_yaml(to_yaml(mapping, SourceLayout()), book())[0] == mapping


def test_the_file_speaks_the_language_of_the_book():
    sheet = make_list("姓名 | 地止\n张三 | 北京市海淀区1号")
    lines = to_yaml(propose(book(), sheet), SourceLayout(), book()).splitlines()
    assert any(" ".join(line.split()) == "- {header: 姓名, field: name} # 姓名 · 标题相同" for line in lines)
    english = book("standard", "en")
    lines = to_yaml(propose(english, make_list("Name | Foo\nAnn | x")), SourceLayout(), english).splitlines()
    assert any(line.endswith("# a column of your own") for line in lines)


WRITTEN = """
table: customers
columns:
  - {header: 甲, field: 电话}
  - {header: 乙, table: transactions, field: amount, policy: overwrite}
  - {header: 丙, own: true}
  - {header: 丁}
  - {header: 戊, external: true}
values:
  customers.性别:
    - {text: X, entry: 男}
    - {text: Y, action: blank}
    - {text: Z}
"""


def test_a_hand_may_write_titles_and_leave_out_the_rest():
    mapping, layout = from_yaml(WRITTEN, book())
    assert [
        (rule.header, rule.table, rule.field, rule.policy, rule.is_external) for rule in mapping.columns
    ] == [
        ("甲", "customers", "phone", "fill", False),
        ("乙", "transactions", "amount", "overwrite", False),
        ("丙", "customers", "", "fill", False),
        ("丁", "", "", "fill", False),
        ("戊", "customers", "", "fill", True),
    ]
    assert [(rule.field, rule.text, rule.action, rule.entry) for rule in mapping.values] == [
        ("gender", "X", "use", "男"),
        ("gender", "Y", "blank", ""),
        ("gender", "Z", "keep", ""),
    ]
    assert layout == SourceLayout()


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "value"),
    [
        ("table: customers\n", "table: custmers\n", "schema.unknown-table", 2, "custmers"),
        ("table: customers\n", "", "schema.missing-key", 2, "table"),
        ("field: 电话", "field: 电活", "schema.unknown-field", 4, "电活"),
        ("field: 电话", "feild: 电话", "schema.unknown-key", 4, "feild"),
        ("field: 电话", "field: 年龄层", "mapping.computed-field", 4, "年龄层"),
        ("table: transactions", "table: orders", "schema.unknown-table", 5, "orders"),
        ("policy: overwrite", "policy: replace", "schema.unknown-value", 5, "replace"),
        ("customers.性别", "customers.姓别", "schema.unknown-field", 10, "customers.姓别"),
        ("customers.性别", "customers.name", "schema.unknown-field", 10, "customers.name"),
        ("action: blank", "action: empty", "schema.unknown-value", 12, "empty"),
        ("text: X", "text: 1", "schema.wrong-type", 11, "1"),
        ("  - {header: 丁}", "  - {header: 丁", "schema.unclosed-bracket", 7, "{"),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, code, line, value):
    assert old in WRITTEN
    with pytest.raises(SchemaError) as caught:
        from_yaml(WRITTEN.replace(old, new), book(), "客户.map.yaml")
    first = caught.value.problems[0]
    assert (first.code, first.location.file, first.location.line) == (code, "客户.map.yaml", line)
    assert first.value == value or not value
