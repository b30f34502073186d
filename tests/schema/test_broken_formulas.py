"""A mistake in a formula is told at its very character inside the YAML, however the text is quoted or folded."""

from __future__ import annotations

import pytest

from tests.schema.problems import find_problems
from tests.schema.world import changed, marked_place, write_world

CUSTOMERS, ORDERS, STANDARD = "schemas/customers.yaml", "schemas/orders.yaml", "templates/standard.yaml"
PAGES, MONTHLY = "templates/pages.yaml", "schemas/monthly.yaml"
AMOUNT = "'=[@price]*[@count]'"
TOTAL = "'=SUMIFS(orders[amount],orders[customer_id],[@customer_id])'"

WRONG = [
    # where formulas stand
    (ORDERS, AMOUNT, "'=[@price]*[@⟪cuont]'", "formula.unknown-field", "count"),
    (CUSTOMERS, TOTAL, "'=SUMIFS(⟪order[amount],orders[customer_id],[@customer_id])'", "formula.unknown-table", "orders"),
    (CUSTOMERS, TOTAL, "'=SUMIFS(orders[⟪amuont],orders[customer_id],[@customer_id])'", "formula.unknown-field", "amount"),
    (CUSTOMERS, "[@level]=level.high", "[@level]=⟪level.hihg", "formula.unknown-constant", "level.high"),
    (CUSTOMERS, "'=[@birthday]=as_of'", "'=[@birthday]=⟪as_off'", "formula.unknown-name", "as_of"),
    (CUSTOMERS, "'=[@name]<>\"\"'", "'=[@⟪nmae]<>\"\"'", "formula.unknown-field", "name"),
    (ORDERS, "'=[@done]'", "'=[@⟪don]'", "formula.unknown-field", "done"),
    (ORDERS, "default: '=as_of'", "default: '=⟪asof'", "formula.unknown-name", "as_of"),
    (CUSTOMERS, "required: true", "required_when: '=[@⟪gendr]=\"\"'", "formula.unknown-field", "gender"),
    (CUSTOMERS, "due: birthday", "due: '=[@⟪birthdy]'", "formula.unknown-field", "birthday"),
    (PAGES, "'=SUM(orders[amount])'", "'=SUM(orders[⟪amuont])'", "formula.unknown-field", "amount"),
    (PAGES, "'=SUM(orders[amount])'", "'=1+⟪CHINESE_BIRTHDAY(as_of,as_of)'", "formula.not-in-cells", None),
    (PAGES, "when: '=sales<100'", "when: '=⟪CHINESE_DATE(as_of,\"\")=\"\"'", "formula.not-in-cells", None),
    (PAGES, "when: '=sales<100'", "when: '=⟪sale<100'", "formula.unknown-name", "sales"),
    (MONTHLY, "orders[count],[@back]", "orders[⟪cuont],[@back]", "formula.unknown-field", "count"),
    # what can be wrong
    (ORDERS, AMOUNT, "'=[@price]*⟪SUMM([@count])'", "formula.unknown-function", "SUM"),
    (ORDERS, AMOUNT, "'=[@price]*⟪XLOOKUP([@count],orders[count],orders[price])'", "formula.array-function", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪A1'", "formula.cell-reference", None),
    (CUSTOMERS, "=BAND([@total],level)", "=BAND([@total],⟪levl)", "formula.unknown-band", "level"),
    (CUSTOMERS, "=BAND([@total],level)", "=PARAM(⟪day)", "formula.unknown-parameter", "days"),
    (CUSTOMERS, "=BAND([@total],level)", "=⟪orders[amount]", "formula.column-as-value", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪NOW()'", "formula.volatile-function", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪ROUND([@count])'", "formula.too-few-arguments", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪(1+2'", "formula.unclosed-parenthesis", None),
    (ORDERS, AMOUNT, "'=[@price]*orders[[⟪#All],[count]]'", "formula.special-item", None),
    (ORDERS, AMOUNT, "'=⟪TRANSPOSE(orders[price])'", "formula.array-function", None),
    (ORDERS, AMOUNT, "'=SUMPRODUCT((⟪orders[price]>1)*orders[count])'", "formula.range-required", None),
    (ORDERS, AMOUNT, "'=SUMPRODUCT(orders[price],⟪customers[total])'", "formula.ranges-of-two-tables", None),
    (ORDERS, AMOUNT, "'=COUNTIFS(orders[price],1,⟪customers[total],2)'", "formula.ranges-of-two-tables", None),
    (ORDERS, AMOUNT, "'=[@price]*ABS([@count],⟪1)'", "formula.too-many-arguments", None),
    (ORDERS, AMOUNT, "'=[@price]&⟪\"x'", "formula.unclosed-string", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪[@count'", "formula.unclosed-bracket", None),
    (ORDERS, AMOUNT, "'=[@price]⟪）'", "formula.full-width", ")"),
    (ORDERS, AMOUNT, "'=ROUND([@price]⟪;2)'", "formula.semicolon", ","),
    (ORDERS, AMOUNT, "'=[@price]*⟪'", "formula.missing-operand", None),
    (ORDERS, AMOUNT, "'=[@price]⟪[@count]'", "formula.unexpected-character", None),
    (ORDERS, AMOUNT, "'=⟪price*[@count]'", "formula.bare-field", "[@price]"),
    (ORDERS, AMOUNT, "'=[@price]*⟪orders'", "formula.table-as-value", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪customers[@total]'", "formula.other-row", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪1.2.3'", "formula.malformed-number", None),
    (ORDERS, AMOUNT, "'=[@price]*⟪#BAD!'", "formula.unknown-error-value", None),
    # how YAML writes a text
    (ORDERS, AMOUNT, "'=\"it''s\"&[@⟪cuont]'", "formula.unknown-field", "count"),
    (ORDERS, AMOUNT, '"=\\"件\\"&[@⟪cuont]"', "formula.unknown-field", "count"),
    (ORDERS, AMOUNT, '"=\\u0022\\t\\x41\\u0022&[@⟪cuont]"', "formula.unknown-field", "count"),
    (ORDERS, AMOUNT + "}", "'=[@price]\n      *\n      [@⟪cuont]'}", "formula.unknown-field", "count"),
    (ORDERS, AMOUNT + "}", '"=[@price] \\\n      *[@⟪cuont]"}', "formula.unknown-field", "count"),
    (CUSTOMERS, "stage: 1\n", "stage: 1\nadvance:\n  to: orders\n  when: =[@name]\n    =[@⟪nmae]\n",
     "formula.unknown-field", "name"),
    (CUSTOMERS, "stage: 1\n", "stage: 1\nadvance:\n  to: orders\n  when: |-\n    =[@name]\n    =[@⟪nmae]\n",
     "formula.unknown-field", "name"),
    (CUSTOMERS, "stage: 1\n", "stage: 1\nadvance:\n  to: orders\n  when: >  # folded\n    =[@name]\n\n    =[@⟪nmae]\n",
     "formula.unknown-field", "name"),
    (STANDARD, "sheets:\n", "overrides:\n  orders: {fields: {amount: {formula: '=[@⟪prise]'}}}\nsheets:\n",
     "formula.unknown-field", "price"),
]  # fmt: skip


@pytest.mark.sample(21)
@pytest.mark.parametrize(("name", "old", "new", "code", "suggestion"), WRONG)
def test_wrong_formula_is_told_at_its_character(tmp_path, name, old, new, code, suggestion):
    changes = changed(name, old, new)
    found = find_problems(base=write_world(tmp_path, changes))
    places = [(item.location.file, item.location.line, item.location.column, item.code) for item in found]
    assert places == [(str(tmp_path / name), *marked_place(changes[name]), code)]
    if suggestion is not None:
        assert found[0].suggestion == suggestion
    for lang in ("zh", "en"):
        assert found[0].line(lang)


@pytest.mark.parametrize(
    ("amount", "extra", "cycle"),
    [
        ("'=[@amount]+1'", {}, "orders[amount] → orders[amount]"),
        (
            "'=SUMIFS(customers[total],customers[customer_id],[@customer_id])'",
            {},
            "customers[total] → orders[amount]",
        ),
        ("'=sales'", {}, "orders[amount] → sales"),
    ],
)
def test_formulas_that_need_each_other_are_refused_with_the_circle_named(tmp_path, amount, extra, cycle):
    write_world(tmp_path, {**changed(ORDERS, AMOUNT, amount), **extra})
    found = find_problems(base=tmp_path)
    assert [item.code for item in found] == ["formula.cycle"]
    named = str(found[0].params["cycle"])
    assert cycle in f"{named} → {named.split(' → ', 1)[1]}"
    assert found[0].location.line is not None


def test_formula_is_told_beside_other_mistakes_of_its_table(tmp_path):
    changes = changed(ORDERS, AMOUNT, "'=[@price]*[@⟪cuont]'")
    changes[ORDERS] = changes[ORDERS].replace("type: boolean", "type: bool")
    found = find_problems(base=write_world(tmp_path, changes))
    assert [(item.code, item.location.line, item.location.column) for item in found] == [
        ("formula.unknown-field", *marked_place(changes[ORDERS])),
        ("schema.unknown-field-type", 12, 43),
    ]
