"""What Excel says about values: blanks, coercion, comparison, errors, criteria, dates and rounding."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmbook.formula import CellError, Frames, Kind, Scope, bind, parse, to_date, to_serial
from crmbook.formula.values import number_text, text_number
from tests.formula.examples import answer, show

CELLS = pd.DataFrame(
    {
        "blank": [None],
        "empty": [""],
        "zero": [0],
        "number": [5],
        "text": ["12"],
        "word": ["abc"],
        "true": [True],
        "error": [CellError.REF],
        "date": [dt.date(2023, 1, 31)],
    },
    dtype=object,
)

VALUES = [
    # blanks
    ("=[@blank]", "0"),
    ('=[@blank]=""', "TRUE"),
    ("=[@blank]=0", "TRUE"),
    ("=[@blank]=FALSE", "TRUE"),
    ('=[@empty]=""', "TRUE"),
    ("=[@empty]=0", "FALSE"),
    ("=[@blank]+1", "1"),
    ("=[@empty]+1", "#VALUE!"),
    ('=[@blank]&"x"', '"x"'),
    ("=ISBLANK([@blank])", "TRUE"),
    ("=ISBLANK([@empty])", "FALSE"),
    ("=LEN([@blank])", "0"),
    # coercion
    ('="12"+1', "13"),
    ('="abc"+1', "#VALUE!"),
    ("=[@text]*2", "24"),
    ("=TRUE+1", "2"),
    ('=-"3"', "-3"),
    ('="50%"*2', "1"),
    ('="2023-01-31"+1', "44958"),
    ('="1,234"+0', "1234"),
    ('=" 8 "+0', "8"),
    ('="1e3"+0', "1000"),
    ('="(5)"+0', "-5"),
    ('="9:30"*24', "9.5"),
    ('="￥5"+0', "5"),
    ('="1_0"+0', "#VALUE!"),
    ('="nan"+0', "#VALUE!"),
    ("=1&TRUE", '"1TRUE"'),
    ("=[@date]", "44957"),
    # comparison: number < text < logical, texts without case
    ("=99<[@word]", "TRUE"),
    ("=[@word]<TRUE", "TRUE"),
    ("=5>TRUE", "FALSE"),
    ('="a"="A"', "TRUE"),
    ('="12"=12', "FALSE"),
    ('="a"<"B"', "TRUE"),
    ('="_"<"a"', "TRUE"),
    ('="~"<"a"', "TRUE"),
    ('="é"<"F"', "TRUE"),
    ('="é">"E"', "TRUE"),
    ('="É"="é"', "TRUE"),
    ('="é"="e"', "FALSE"),
    ('="客户"="客户"', "TRUE"),
    ('="a客">"a"', "TRUE"),
    ("=0.1+0.2=0.3", "TRUE"),
    ("=0.1+0.2-0.3", "0"),
    ("=1.1-1=0.1", "TRUE"),
    ("=1=1.00000000001", "FALSE"),
    # errors
    ("=[@error]+1", "#REF!"),
    ("=1/0+[@error]", "#DIV/0!"),
    ("=[@error]=1", "#REF!"),
    ("=[@error]&1", "#REF!"),
    ("=IF(TRUE,1,[@error])", "1"),
    ("=IF([@error],1,2)", "#REF!"),
    ("=SUM([@error],1)", "#REF!"),
    ("=IFERROR([@error],-1)", "-1"),
    ("=1E308*10", "#NUM!"),
    ("=#N/A", "#N/A"),
    # arithmetic
    ("=-2^2", "4"),
    ("=2^3^2", "64"),
    ("=2^-1", "0.5"),
    ("=10%%", "0.001"),
    ("=1-1%", "0.99"),
    ("=--TRUE", "1"),
    ("=(-8)^(1/3)", "-2"),
    ("=(-8)^0.5", "#NUM!"),
    ("=5-2-1", "2"),
    ('="a"&1+1', '"a2"'),
    ('=1&2=12&""', "TRUE"),
    # aggregates: cells are not coerced, arguments are
    ("=SUM([@text],[@true],[@number])", "5"),
    ('=SUM("12",TRUE,5)', "18"),
    ("=COUNT([@text],[@true],[@number])", "1"),
    ('=COUNT("12",TRUE,"x")', "2"),
    ("=COUNTA([@blank],[@empty],[@error])", "2"),
    ("=AVERAGE([@word])", "#DIV/0!"),
    ("=MAX([@word],-3)", "-3"),
    ("=MEDIAN([@number],[@word],1)", "3"),
    ("=AND([@word],[@number])", "TRUE"),
    ("=AND([@word])", "#VALUE!"),
    ("=OR([@blank],FALSE)", "FALSE"),
    ("=COUNTBLANK([@empty])", "1"),
    ("=IF(1,,2)", "0"),
    ("=SUM(IF([@zero],1,[@text]))", "0"),
    ('=COUNT(IF([@zero],1,[@text]),IF([@number],"5",[@text]))', "1"),
    # rounding
    ("=ROUND(1.005,2)", "1.01"),
    ("=ROUND(-2.5,0)", "-3"),
    ("=ROUND(2.5,0)", "3"),
    ("=ROUND(0.285,2)", "0.29"),
    ("=ROUND(1E300,2)=1E300", "TRUE"),
    ("=ROUND(123456789.995,2)", "123456790"),
    ("=ROUNDUP(0.1+0.2,1)", "0.3"),
    ("=ROUNDDOWN(0.3*3*100/90,1)", "1"),
    ("=INT((0.1+0.7)*10)", "8"),
    ("=INT(-0.1)", "-1"),
    ("=MOD(-7,3)", "2"),
    ("=MOD(7,-3)", "-2"),
    ("=MOD(0.3,0.1)", "0"),
    # numbers as text
    ('=1/3&""', '"0.333333333333333"'),
    ('=1E20&""', '"1E+20"'),
    ('=-1.5&""', '"-1.5"'),
    ('=123456789012&""', '"123456789012"'),
    # the calendar of 1900
    ("=DATE(1900,2,28)", "59"),
    ("=DATE(1900,3,1)", "61"),
    ("=DAY(60)", "29"),
    ("=MONTH(60)", "2"),
    ("=YEAR(0)", "1900"),
    ("=DAY(0)", "0"),
    ("=DATE(2023,14,31)", "45353"),
    ("=DATE(2023,1,-1)", "44925"),
    ("=DATE(10000,1,1)", "#NUM!"),
    ("=DATE(1900,0,30)", "#NUM!"),
    ("=YEAR(2958466)", "#NUM!"),
    ("=EDATE(45351,12)", "45716"),
    ("=EOMONTH([@date],-1)", "44926"),
    ("=EDATE(1,-1)", "#NUM!"),
    ('=DATEDIF("1988-06-22","2012-05-11","YD")', "323"),
    ('=DATEDIF("2023-01-31","2023-03-01","md")', "-2"),
    ('=DATEDIF("2020-01-15","2023-01-14","YM")', "11"),
    ('=DATEDIF(1,2,"W")', "#NUM!"),
    ("=WEEKDAY(1)", "1"),
    ("=WEEKDAY(45000.9,3)", "2"),
    ("=DAYS(45000.9,44999.1)", "1"),
    ('=NETWORKDAYS("2023-01-07","2023-01-08")', "0"),
    ("=NETWORKDAYS(44957,44957,[@date])", "0"),
    ("=NETWORKDAYS(44957,44957,[@blank])", "1"),
    # text
    ('=FIND("","abc")', "1"),
    ('=SEARCH("","abc",4)', "4"),
    ('=FIND("a","abc",5)', "#VALUE!"),
    ('=SEARCH("a*c","xabcx")', "2"),
    ('=SUBSTITUTE("aaa","aa","b")', '"ba"'),
    ('=SUBSTITUTE("aaaa","aa","b",2)', '"aab"'),
    ('=SUBSTITUTE("abc","","x")', '"abc"'),
    ('=SUBSTITUTE("abc","b","x",0)', "#VALUE!"),
    ('=MID("abc",9,1)', '""'),
    ('=RIGHT("abc",9)', '"abc"'),
    ('=REPT("ab",2.9)', '"abab"'),
    ('=REPT("a",40000)', "#VALUE!"),
    ('=TEXTJOIN("-",TRUE,[@blank],[@empty],[@word],[@number])', '"abc-5"'),
    ('=VALUE("")', "#VALUE!"),
    ("=VALUE([@blank])", "0"),
    # choosing
    ("=CHOOSE(0,1)", "#VALUE!"),
    ("=CHOOSE(1.9,[@word],2)", '"abc"'),
    ('=SWITCH("A","a",1)', "1"),
    ("=IFS([@error],1)", "#REF!"),
    ('=IF("true",1,2)', "1"),
    # wildcards of lookups
    ('=MATCH("A?C",{"xx","abc"},0)', "2"),
    ('=MATCH("~*",{"a","*"},0)', "2"),
    ("=MATCH(TRUE,{1,TRUE},0)", "2"),
    ("=MATCH(2.5,{1,2,3})", "2"),
    ("=MATCH(0,{1,2,3})", "#N/A"),
    ('=MATCH("b",{1,2,"a","c"})', "3"),
    ('=LOOKUP(5,{1,"a";3,"b";9,"c"})', '"b"'),
    ('=VLOOKUP(5,{1,"a";3,"b";9,"c"},2)', '"b"'),
    ('=VLOOKUP(5,{1,"a";3,"b"},2,FALSE)', "#N/A"),
    ("=INDEX({1,2,3},2)", "2"),
    ("=INDEX({1,2;3,4},3,1)", "#REF!"),
    ("=INDEX({1,2;3,4},-1,1)", "#VALUE!"),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[row[0] for row in VALUES])
def test_value(text: str, expected: str) -> None:
    assert show(answer(text, "cells", cells=CELLS)[0]) == expected


MIXED = pd.DataFrame(
    {
        "key": ["a", "B", None, "", 5, "5", True, "a*b", "axb", CellError.NA, 5.5],
        "value": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "11"],
    },
    dtype=object,
)

CRITERIA = [
    ('"a"', 1),
    ('"A"', 1),
    ('"=a"', 1),
    ('"a*"', 3),
    ('"a~*b"', 1),
    ('"a?b"', 2),
    ('"*"', 6),
    ('""', 2),
    ('"="', 1),
    ('"<>"', 10),
    ('"<>a"', 10),
    ('"<>a*"', 8),
    ("5", 2),
    ('"5"', 2),
    ('"=5"', 2),
    ('"<>5"', 9),
    ('">=5"', 2),
    ('"<5.5"', 1),
    ('">5"', 1),
    ("TRUE", 1),
    ('"true"', 1),
    ('"#N/A"', 1),
    ("#N/A", 1),
    ('">a"', 3),
    ('"<=a"', 3),
    ('"nothing"', 0),
]


@pytest.mark.parametrize(("criterion", "count"), CRITERIA)
def test_criterion_counts(criterion: str, count: int) -> None:
    assert answer(f"=COUNTIF(mixed[key],{criterion})", mixed=MIXED) == [count]


def test_a_criterion_per_row_counts_as_a_criterion_alone() -> None:
    rows = MIXED.assign(asked=[1.0, "a*", "<>a", ">=5", None, "<5.5", True, CellError.NA, "a~*b", "", "="])
    counted = answer("=COUNTIF(mixed[key],[@asked])", "mixed", mixed=rows)
    summed = answer("=SUMIFS(mixed[value],mixed[key],[@asked])", "mixed", mixed=rows)
    assert counted == [0, 3, 10, 2, 0, 1, 1, 1, 1, 2, 1]
    assert summed == [0, 18, 54, 5, 0, 5, 7, 10, 8, 7, 3]


def test_errors_in_the_summed_range_reach_only_their_rows() -> None:
    frame = pd.DataFrame({"key": ["a", "a", "b", "c"], "value": [1, CellError.NA, 2, "x"]}, dtype=object)
    assert answer("=SUMIFS(f[value],f[key],[@key])", "f", f=frame) == [CellError.NA, CellError.NA, 2.0, 0.0]
    assert answer("=AVERAGEIFS(f[value],f[key],[@key])", "f", f=frame)[2:] == [2.0, CellError.DIV0]
    assert answer("=MAXIFS(f[value],f[key],[@key])", "f", f=frame)[2:] == [2.0, 0.0]


EMPTY = pd.DataFrame({"key": pd.Series([], dtype=object), "value": pd.Series([], dtype=float)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=SUM(t[value])", 0.0),
        ('=COUNTIFS(t[key],[@key],t[value],">"&[@value])', 0.0),
        ("=AVERAGEIFS(t[value],t[key],[@key])", CellError.DIV0),
        ("=MAXIFS(t[value],t[key],[@key])", 0.0),
        ("=INDEX(t[value],MATCH([@key],t[key],0))", CellError.NA),
        ("=INDEX(t[value],1)", CellError.REF),
        ("=LOOKUP([@value],t[value])", CellError.NA),
        ("=VLOOKUP([@key],t[[key]:[value]],2,FALSE)", CellError.NA),
        ("=LARGE(t[value],1)", CellError.NUM),
        ("=RANK([@value],t[value])", CellError.NA),
        ("=PERCENTRANK(t[value],[@value])", CellError.NUM),
        ("=MEDIAN(t[value])", CellError.NUM),
        ("=MEDIAN(t[value],[@value])", 1.0),
        ('=TEXTJOIN(",",FALSE,t[key])', ""),
        ('=COUNTIF(t[key],"<>"&[@key])', 0.0),
        ('=COUNTIF(t[key],[@key]&"*")', 0.0),
        ("=NETWORKDAYS([@value],[@value],t[value])", 0.0),
        ('=TEXT([@value],"0.0")', "1.0"),
    ],
)
def test_empty_tables(text: str, expected: object) -> None:
    one = pd.DataFrame({"key": ["a"], "value": [1.0]})
    assert answer(text, "own", own=one, t=EMPTY) == [expected]
    assert answer(text.replace("t[", "own["), "own", own=EMPTY, t=EMPTY) == []


FRAME = {
    "floats": pd.Series([1.5, np.nan]),
    "integers": pd.Series([1, 2]),
    "nullable": pd.Series([1, None], dtype="Int64"),
    "flags": pd.Series([True, False]),
    "nullable flags": pd.Series([True, None], dtype="boolean"),
    "strings": pd.Series(["a", None], dtype="string"),
    "objects": pd.Series(["a", None], dtype=object),
    "holes": pd.Series(["a", np.nan], dtype=object),
    "huge": pd.Series([float("inf"), np.nan]),
    "old dates": pd.Series([dt.date(1900, 1, 1), None], dtype=object),
    "logical": pd.Series([True, None], dtype=object),
    "sundry": pd.Series(["a", 1], dtype=object),
    "stamps": pd.to_datetime(pd.Series(["2023-01-31 12:00", None])),
    "old": pd.Series([np.datetime64("1900-01-01"), np.datetime64("1900-03-01")]),
    "dates": pd.Series([dt.date(2023, 1, 31), pd.NaT], dtype=object),
    "moments": pd.Series([dt.datetime(2023, 1, 31, 12), None], dtype=object),  # noqa: DTZ001 cells have no zone
    "too old": pd.Series([dt.date(1899, 1, 1), None], dtype=object),
    "infinite": pd.Series([float("inf"), None], dtype=object),
    "numpy": pd.Series([np.float64(2.5), np.int64(3)], dtype=object),
    "missing": pd.Series([pd.NA, np.nan], dtype=object),
}
READ = {
    "floats": [1.5, 0.0],
    "integers": [1.0, 2.0],
    "nullable": [1.0, 0.0],
    "flags": [True, False],
    "nullable flags": [True, 0.0],
    "strings": ["a", 0.0],
    "objects": ["a", 0.0],
    "holes": ["a", 0.0],
    "huge": [CellError.NUM, 0.0],
    "old dates": [1.0, 0.0],
    "logical": [True, 0.0],
    "sundry": ["a", 1.0],
    "stamps": [44957.5, 0.0],
    "old": [1.0, 61.0],
    "dates": [44957.0, 0.0],
    "moments": [44957.5, 0.0],
    "too old": [CellError.NUM, 0.0],
    "infinite": [CellError.NUM, 0.0],
    "numpy": [2.5, 3.0],
    "missing": [0.0, 0.0],
}


@pytest.mark.parametrize("field", FRAME)
def test_columns_of_every_type_are_read(field: str) -> None:
    frame = pd.DataFrame({field: FRAME[field]})
    assert answer(f"=[@[{field}]]", "f", f=frame) == READ[field]


def test_a_value_that_no_cell_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        answer("=[@x]", "f", f=pd.DataFrame({"x": [["a list"]]}))


def test_the_result_has_the_index_of_its_table() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=["r1", "r2"])
    scope = Scope(tables={"t": {"x": Kind.NUMBER}})
    for text in ("=[@x]+1", "=1", '="a"', "=IF([@x]=1,TRUE,0)"):
        assert bind(parse(text), scope, "t").evaluate({"t": frame}).index.tolist() == ["r1", "r2"]
    assert bind(parse("=[@x]+1"), scope, "t").evaluate({"t": frame}).dtype == np.float64
    assert bind(parse("=SUM(t[x])"), scope).evaluate({"t": frame}).tolist() == [3.0]


def test_frames_pass_computed_columns_on() -> None:
    scope = Scope(tables={"t": {"x": Kind.NUMBER, "y": Kind.NUMBER}})
    frames = Frames({"t": pd.DataFrame({"x": [1.0, 2.0]})})
    frames.put("t", "y", bind(parse("=[@x]*10"), scope, "t").evaluate(frames))
    assert bind(parse("=SUM(t[y])+[@y]"), scope, "t").evaluate(frames).tolist() == [40.0, 50.0]
    with pytest.raises(KeyError):
        bind(parse("=[@y]"), scope, "t").evaluate({"t": pd.DataFrame({"x": [1.0]})})


def test_today_is_passed_in() -> None:
    formula = bind(parse("=TODAY()"), Scope(names={"as_of": Kind.DATE}))
    assert formula.volatile
    assert formula.evaluate({}, {"as_of": dt.date(2023, 1, 31)}).tolist() == [44957.0]
    assert formula.evaluate({}, {"as_of": 1, "today": dt.date(2023, 2, 1)}).tolist() == [44958.0]


@pytest.mark.parametrize(
    ("day", "serial"),
    [
        (dt.date(1900, 1, 1), 1),
        (dt.date(1900, 2, 28), 59),
        (dt.date(1900, 3, 1), 61),
        (dt.date(9999, 12, 31), 2958465),
    ],
)
def test_serials(day: dt.date, serial: int) -> None:
    assert to_serial(day) == serial
    assert to_date(serial) == day


def test_days_outside_the_calendar() -> None:
    for serial in (0.5, 2_958_466):
        with pytest.raises(ValueError):
            to_date(serial)
    with pytest.raises(ValueError):
        to_serial(dt.date(1899, 12, 31))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1000000000000000"),
        (123456789012345.0, "123456789012345"),
        (1.5e-5, "0.000015"),
        (1e-300, "1E-300"),
        (-2.5e22, "-2.5E+22"),
    ],
)
def test_numbers_as_text(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5.", 5.0),
        (".5", 0.5),
        ("+4", 4.0),
        ("-$1,000.50", -1000.5),
        ("12 %", 0.12),
        ("2023/1/5", 44931.0),
        ("2023年1月5日", 44931.0),
        ("2023-01-05 06:00", 44931.25),
        ("2023-02-30", None),
        ("1:61", None),
        ("12:30 pm", 12.5 / 24),
        ("13:00 pm", None),
        ("1,23", None),
        ("--1", None),
        ("(−1)", None),
        ("١٢", None),
        ("1e999", None),
        ("", None),
        (" ", None),
    ],
)
def test_numbers_in_text(text: str, number: float | None) -> None:
    assert text_number(text) == number


def test_where_a_picked_value_comes_from_is_known_row_by_row() -> None:
    frame = pd.DataFrame({"flag": [True, False, True], "text": ["5", "5", None]}, dtype=object)
    assert answer('=SUM(IF([@flag],[@text],"7"))', "f", f=frame) == [0.0, 7.0, 0.0]
    assert answer('=COUNT(IF([@flag],[@text],"7"),1)', "f", f=frame) == [1.0, 2.0, 1.0]
