"""Every kind of wrong formula has a stable code, the exact place, and the nearest valid spelling."""

from __future__ import annotations

import pytest

from crmbook.base.issues import advise, catalogue, describe
from crmbook.formula import (
    FUNCTIONS,
    FormulaCallError,
    FormulaError,
    FormulaNameError,
    FormulaRenderError,
    FormulaSyntaxError,
    Kind,
    Labels,
    Scope,
    bind,
    parse,
)

SCOPE = Scope(
    tables={
        "customers": {"customer_id": Kind.TEXT, "name": Kind.TEXT, "amount": Kind.NUMBER},
        "transactions": {"customer_id": Kind.TEXT, "amount": Kind.NUMBER, "date": Kind.DATE},
        "bands": {"rule": Kind.TEXT, "from": Kind.NUMBER, "result": Kind.ANY, "band_key": Kind.TEXT},
        "parameters": {"parameter": Kind.TEXT, "value": Kind.ANY},
    },
    names={"as_of": Kind.DATE},
    constants={"alert.high": "高", "alert.low": "低", "yes_no.yes": "是"},
    bands={"loyalty_frequency", "loyalty_amount"},
    parameters={"active_days"},
)

LONG = "x" * 256
DEEP = "=" + "(" * 65 + "1" + ")" * 65

WRONG = [
    # text, code, offset, suggestion
    ("1+1", "no-equals", 0, "=1+1"),
    ("", "no-equals", 0, ""),
    ("= ", "empty", 0, ""),
    ('=[@name]&"abc', "unclosed-string", 9, '"'),
    ("=1+[@name", "unclosed-bracket", 3, "]"),
    ("=SUM(1,(2+3)", "unclosed-parenthesis", 4, ")"),
    ("={1,2", "unclosed-parenthesis", 1, "}"),
    ("=[@name]]", "unexpected-bracket", 8, ""),
    ("=ABS(1))", "unexpected-close", 7, ""),
    ("=ABS(1}", "unexpected-close", 6, ""),
    ("=1?2", "unexpected-character", 2, ""),
    ("=1{2}", "unexpected-character", 2, ""),
    ("=ABS（1)", "full-width", 4, "("),
    ("=IF([@amount]≥1,1,2)", "full-width", 13, ">="),
    ("=[@name]=“x”", "full-width", 9, '"'),
    ("=[@name]='x'", "single-quote", 9, '"'),
    ("=ROUND(1;2)", "semicolon", 8, ","),
    ("=(1,2)", "stray-comma", 3, ""),
    ("=1+", "missing-operand", 3, ""),
    ("=1+*2", "missing-operand", 3, ""),
    ("=()", "missing-operand", 2, ""),
    ("=[@amount] 2", "missing-operator", 11, ""),
    ("=ABS(1)(2)", "missing-operator", 7, ""),
    ("=1..2", "malformed-number", 1, ""),
    ("=2+12abc", "malformed-number", 3, ""),
    ("=1E999", "malformed-number", 1, ""),
    ("=#N/B", "unknown-error-value", 1, "#N/A"),
    ("=#VALUE", "unknown-error-value", 1, "#VALUE!"),
    (f'=1&"{LONG}"', "long-text", 3, ""),
    (DEEP, "too-deep", 65, ""),
    ("=MATCH(1,{1,2;3},0)", "ragged-array", 9, ""),
    ("=MATCH(1,{1,as_of},0)", "array-not-constant", 12, ""),
    ("=B2+1", "cell-reference", 1, ""),
    ("=SUM($A$1:B2)", "cell-reference", 5, ""),
    ("=1+Sheet1!A1", "cell-reference", 3, ""),
    ("=1+'my sheet'!A1", "cell-reference", 3, ""),
    ("=@amount", "at-sign", 1, "[@amount]"),
    ("=SUM(customers[name]:customers[amount])", "range-operator", 20, ""),
    ("=SUM(customers[name],customers[[name],[amount]])", "malformed-reference", 21, ""),
    ("=[@]", "empty-brackets", 2, ""),
    ("=COUNTA(customers[])", "empty-brackets", 17, ""),
    ("=COUNTA(customers[#All])", "special-item", 18, ""),
    ("=COUNTA(customers[[#Headers],[name]])", "special-item", 19, ""),
    ("=SUM([@[name]:[amount]])", "row-span", 7, ""),
    ("=SUM(customers[[amount]:[name]])", "reversed-span", 16, "[name]:[amount]"),
    ("=transactions[@amount]", "other-row", 1, "transactions[amount]"),
    ("=customers[amount]*2", "column-as-value", 1, "[@amount]"),
    ("=transactions[amount]*2", "column-as-value", 1, ""),
    ("=1+{1,2}", "array-as-value", 3, ""),
    ("=customers", "table-as-value", 1, "customers[…]"),
    ("=amount*2", "bare-field", 1, "[@amount]"),
    ("=SUM(transaction[amount])", "unknown-table", 5, "transactions"),
    ("=[@custmer_id]", "unknown-field", 3, "customer_id"),
    ("=SUM(transactions[amuont])", "unknown-field", 18, "amount"),
    ("=SUM(transactions[[amount]:[dat]])", "unknown-field", 28, "date"),
    ("=EDATE(as_off,1)", "unknown-name", 7, "as_of"),
    ("=IF(1,alert.hihg)", "unknown-constant", 6, "alert.high"),
    ("=IF(1,alrt.low)", "unknown-constant", 6, "alert.low"),
    ("=BAND([@amount],loyalty_amuont)", "unknown-band", 16, "loyalty_amount"),
    ("=PARAM(active_day)", "unknown-parameter", 7, "active_days"),
    ("=1+TODAY", "missing-parentheses", 3, "TODAY("),
    ("=1+COUNTFS(1)", "unknown-function", 3, "COUNTIFS"),
    ("=bandd([@amount],loyalty_amount)", "unknown-function", 1, "BAND"),
    ("=1+STDEVP(customers[amount])", "unsupported-function", 3, ""),
    ("=RANDBETWEEN(1,2)", "volatile-function", 1, ""),
    ("=OFFSET(customers[amount],1,0)", "volatile-function", 1, ""),
    ("=XLOOKUP(1,customers[amount],customers[name])", "array-function", 1, ""),
    ("=1+IF(1)", "too-few-arguments", 3, ""),
    ("=BAND([@amount])", "too-few-arguments", 1, ""),
    ("=ABS(1,2)", "too-many-arguments", 7, ""),
    ("=PARAM(active_days,2)", "too-many-arguments", 19, ""),
    ("=COUNTIFS(transactions[amount],1,transactions[date])", "incomplete-group", 33, ""),
    ("=IFS(1,2,3)", "incomplete-group", 9, ""),
    ("=SUMIF(,1)", "empty-argument", 7, ""),
    ("=BAND(1,)", "empty-argument", 8, ""),
    ("=BAND(1,1+1)", "word-required", 8, ""),
    ("=IF(customers[amount]>1,1,2)", "column-as-value", 4, "[@amount]"),
    ("=ROUND(customers[amount],1)", "value-required", 7, "[@amount]"),
    ("=COUNTIF([@name],1)", "range-required", 9, "customers[name]"),
    ("=COUNTIF({1,2},1)", "range-required", 9, ""),
    ("=SUMIFS(customers[amount],customers[[name]:[amount]],1)", "one-column", 26, ""),
    ("=SUMIFS(customers[amount],transactions[date],1)", "ranges-of-two-tables", 26, ""),
]


@pytest.mark.parametrize(("text", "code", "offset", "suggestion"), WRONG, ids=[row[0][:40] for row in WRONG])
def test_wrong_formula_is_refused(text: str, code: str, offset: int, suggestion: str) -> None:
    with pytest.raises(FormulaError) as refused:
        bind(parse(text), SCOPE, "customers")
    error = refused.value
    assert (error.code, error.offset, error.suggestion) == (f"formula.{code}", offset, suggestion)
    for lang in ("zh", "en"):
        assert describe(error.code, lang, error.params)
        assert advise(error.code, lang, error.params)


def test_row_without_a_table() -> None:
    with pytest.raises(FormulaNameError) as refused:
        bind(parse("=1+[@amount]"), SCOPE, None)
    assert (refused.value.code, refused.value.offset) == ("formula.no-row", 3)
    assert describe("formula.no-row", "en", refused.value.params)


def test_rendering_without_a_label() -> None:
    formula = bind(parse("=1+[@amount]"), SCOPE, "customers")
    for render in (formula.render, lambda labels: formula.render_a1(labels, 2)):
        with pytest.raises(FormulaRenderError) as refused:
            render(Labels())
        assert describe(refused.value.code, "en", refused.value.params)


def test_rendering_too_long() -> None:
    text = "=" + "&".join(['"' + "x" * 250 + '"'] * 40)
    with pytest.raises(FormulaRenderError) as refused:
        bind(parse(text), SCOPE).render(Labels())
    assert refused.value.code == "formula.too-long"
    assert refused.value.params["length"] == len(text)
    assert describe("formula.too-long", "zh", refused.value.params)


def test_every_code_with_words_is_reached() -> None:
    reached = {f"formula.{code}" for _, code, _, _ in WRONG}
    elsewhere = {"no-row", "cycle", "no-label", "no-column", "too-long"}
    elsewhere.add("not-in-cells")  # what may be written on pages is known where schemas are bound
    formulas = {code for code in catalogue() if code.startswith("formula.")}
    assert formulas == reached | {f"formula.{code}" for code in elsewhere}


def test_errors_form_one_tree() -> None:
    for kind in (
        FormulaSyntaxError,
        FormulaNameError,
        FormulaCallError,
        FormulaRenderError,
    ):
        assert issubclass(kind, FormulaError)
    assert str(FormulaError("formula.x", 3, word="a")) == "formula.x (offset=3, suggestion='', word='a')"


def test_refused_functions_are_not_registered() -> None:
    assert not {"NOW", "OFFSET", "INDIRECT", "FILTER", "XLOOKUP", "LET", "LAMBDA"} & set(FUNCTIONS)
