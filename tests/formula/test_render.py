"""What a formula looks like in a workbook."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.formula import Formula, FormulaError, Kind, Labels, Scope, bind, parse

SCOPE = Scope(
    tables={
        "orders": {"price": Kind.NUMBER, "count": Kind.NUMBER, "size": Kind.TEXT, "note": Kind.TEXT},
        "bands": {"rule": Kind.TEXT, "from": Kind.NUMBER, "result": Kind.ANY, "band_key": Kind.TEXT},
        "parameters": {"parameter": Kind.TEXT, "value": Kind.ANY},
    },
    names={"as_of": Kind.DATE},
    constants={"alert.high": '高"级"'},
)
LABELS = Labels(
    tables={"orders": "订单", "bands": "分段", "parameters": "参数"},
    headers={
        ("orders", "price"): "单价",
        ("orders", "count"): "Count [pcs] #1's",
        ("orders", "size"): "尺码/规格",
        ("orders", "note"): "备注",
        ("bands", "rule"): "规则",
        ("bands", "from"): "起",
        ("bands", "result"): "结果",
        ("bands", "band_key"): "键",
        ("parameters", "parameter"): "参数",
        ("parameters", "value"): "值",
    },
    names={"as_of": "截止日期"},
    letters={("orders", "price"): "B", ("orders", "count"): "AC"},
    areas={("orders", "price"): "'订 单'!$B$2:$B$9", ("orders", "count"): "'订 单'!$C$2:$C$9"},
)


def formula(text: str) -> Formula:
    return bind(parse(text), SCOPE, "orders")


CELLS = [
    ("=[@price]*2", "=订单[[#This Row],[单价]]*2"),
    ("=orders[[#This Row],[price]]", "=订单[[#This Row],[单价]]"),
    ("=[@count]", "=订单[[#This Row],[Count '[pcs'] '#1''s]]"),
    ("=SUM([price])", "=SUM(订单[单价])"),
    ("=COUNTA(orders[size])", "=COUNTA(订单[[尺码/规格]])"),
    ("=SUM(orders[[price]:[count]])", "=SUM(订单[[单价]:[Count '[pcs'] '#1''s]])"),
    ("=EDATE(as_of,-12)", "=EDATE(截止日期,-12)"),
    ("=alert.high", '="高""级"""'),
    (
        '=IF([@note]="MAXIFS(1)",ifs(TRUE,1),maxifs([price],[price],1))',
        '=IF(订单[[#This Row],[备注]]="MAXIFS(1)",_xlfn.IFS(TRUE,1),_xlfn.MAXIFS(订单[单价],订单[单价],1))',
    ),
    ("=_xlfn.CONCAT(1,2)", "=_xlfn.CONCAT(1,2)"),
    ("=DAYS(1,2)+XOR(1,0)+IFNA(1,2)", "=_xlfn.DAYS(1,2)+_xlfn.XOR(1,0)+_xlfn.IFNA(1,2)"),
    ('=TEXTJOIN(",",TRUE,SWITCH(1,1,2))', '=_xlfn.TEXTJOIN(",",TRUE,_xlfn.SWITCH(1,1,2))'),
    ("=MINIFS([price],[price],1)", "=_xlfn.MINIFS(订单[单价],订单[单价],1)"),
    ("= ( 1 + 2 ) * 3 ", "=(1+2)*3"),
    ("=1-(2-3)", "=1-(2-3)"),
    ("=(1-2)-3", "=1-2-3"),
    ("=(2^3)^2", "=2^3^2"),
    ("=2^(3^2)", "=2^(3^2)"),
    ("=-(2^2)", "=-(2^2)"),
    ("=(-2)^2", "=-2^2"),
    ("=(1+2)%", "=(1+2)%"),
    ("=-1%", "=-1%"),
    ('=("a"&"b")="ab"', '="a"&"b"="ab"'),
    ('="a"&("b"="b")', '="a"&("b"="b")'),
    ("=IF(,1,)", "=IF(,1,)"),
    ("=1.50+1E+20+.25", "=1.5+1E+20+0.25"),
    ('=LOOKUP(1,{0,-1.5;2,3},{"a",TRUE;#N/A,4})', '=LOOKUP(1,{0,-1.5;2,3},{"a",TRUE;#N/A,4})'),
    ("=PARAM(days)", '=INDEX(参数[值],MATCH("days",参数[参数],0))'),
    (
        "=BAND([@price],tier)",
        (
            '=INDEX(分段[结果],MATCH("tier|"&_xlfn.MAXIFS(分段[起],分段[规则],"tier",分段[起],'
            '"<="&订单[[#This Row],[单价]]),分段[键],0))'
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), CELLS, ids=[row[0] for row in CELLS])
def test_cell_formula(text: str, expected: str) -> None:
    assert formula(text).render(LABELS) == expected
    assert formula(text).render(LABELS, equals=False) == expected[1:]


def test_a1_for_validations_and_formats() -> None:
    text = "=AND([@price]>0,COUNTIF(orders[price],[@price])=1,[@count]<as_of)"
    assert formula(text).render_a1(LABELS, 2) == "=AND($B2>0,COUNTIF('订 单'!$B$2:$B$9,$B2)=1,$AC2<截止日期)"
    span = formula("=SUM(orders[[price]:[count]])")
    assert span.render_a1(LABELS, 7, equals=False) == "SUM('订 单'!$B$2:$C$9)"


def test_what_a_formula_reads() -> None:
    read = formula("=SUM(orders[[price]:[size]])+[@note]+as_of")
    assert read.references == {("orders", name) for name in ("price", "count", "size", "note")}
    assert read.names == {"as_of"}
    assert read.tables_scanned == {"orders"}
    assert not read.row_local
    assert formula("=BAND([@price],tier)+PARAM(days)").row_local
    assert not read.volatile


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("=INDEX(orders[note],MATCH([@note],orders[note],0))", {"orders"}),
        ("=INDEX(orders[note],MATCH([@note],orders[note],FALSE),1)", {"orders"}),
        ("=MATCH([@note],orders[note],1)", set()),
        ("=MATCH([@note],orders[note])", set()),
        ("=MATCH(MAX(orders[price]),orders[price],0)", set()),
        ("=COUNTIF(orders[note],[@note])", set()),
        ("=[@price]", set()),
    ],
)
def test_a_table_that_is_looked_up_is_told_from_one_that_is_counted(text: str, searched: set[str]) -> None:
    assert formula(text).tables_searched == searched


def test_the_size_of_a_formula_is_what_an_office_program_keeps_of_it() -> None:
    assert formula("=1").size == 1
    assert formula("=IF([@price]>0,SUM(orders[price]),-[@count])").size == 8


PICKED = Labels(
    {"orders": "订单"},
    {("orders", "price"): "单价", ("orders", "note"): "备注"},
    letters={("orders", "note"): "D"},
    areas={("orders", "price"): "'订单'!$B$2:$B$9"},
    picked=frozenset({("orders", "note")}),
)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (
            "=MATCH([@note],[price],0)",
            (
                '=IFERROR(MATCH(LEFT(订单[[#This Row],[备注]],FIND(" ",订单[[#This Row],[备注]])-1),订单[单价],0),'
                "MATCH(订单[[#This Row],[备注]],订单[单价],0))"
            ),
        ),
        ("=MATCH([@note],[price],1)", "=MATCH(订单[[#This Row],[备注]],订单[单价],1)"),
        ("=MATCH([@note],[price])", "=MATCH(订单[[#This Row],[备注]],订单[单价])"),
        ("=MATCH([@price],[note],0)", "=MATCH(订单[[#This Row],[单价]],订单[备注],0)"),
        ('=MATCH([@note]&"",[price],0)', '=MATCH(订单[[#This Row],[备注]]&"",订单[单价],0)'),
        ("=COUNTIFS([price],[@note])", "=COUNTIFS(订单[单价],订单[[#This Row],[备注]])"),
        ('=[@note]=""', '=订单[[#This Row],[备注]]=""'),
    ],
)
def test_a_picked_reference_is_searched_by_its_key(text: str, cell: str) -> None:
    assert formula(text).render(PICKED) == cell


def test_a_picked_reference_is_searched_in_areas_too() -> None:
    assert formula("=MATCH([@note],[price],FALSE)").render_a1(PICKED, 2) == (
        "=IFERROR(MATCH(LEFT($D2,FIND(\" \",$D2)-1),'订单'!$B$2:$B$9,FALSE),MATCH($D2,'订单'!$B$2:$B$9,FALSE))"
    )


NUMBERS = st.floats(0, 1e6).map(lambda number: repr(round(number, 3)))
TREES = st.recursive(
    st.one_of(NUMBERS, st.sampled_from(["[@price]", '"a""b"', "TRUE", "#N/A", "as_of"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^&=<>"), inner).map("".join),
        st.tuples(inner, st.sampled_from(["<=", ">=", "<>"]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("{}%".format),
        st.tuples(inner, inner).map("IF({0[0]},{0[1]})".format),
    ),
    max_leaves=12,
)
PLAIN = Labels({"orders": "orders"}, {("orders", "price"): "price"}, {"as_of": "as_of"})


@given(TREES)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_rendering_and_parsing_are_inverse(body: str) -> None:
    once = formula("=" + body).render(PLAIN)
    again = formula(once).render(PLAIN)
    assert again == once


@given(st.text(alphabet="=[]@#'\"(){},;:+-*/^&%<>!. \tabA1$中（", max_size=25))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_any_text_is_a_formula_or_a_formula_error(body: str) -> None:
    refused = None
    try:
        formula("=" + body)
    except FormulaError as error:
        refused = error
    assert refused is None or 0 <= refused.offset <= len(body) + 1
