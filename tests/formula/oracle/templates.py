"""Formulas for every function over every kind of argument.

Model: a pattern such as ``ROUND({num},{digits})`` draws its arguments from pools; it is expanded into so many
formulas that every member of every pool it names is used at least once. Pools hold fields of every kind, constants
and nested expressions. `NESTED` patterns put patterns into one another at random, seeded.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SLOT = re.compile(r"\{(\w+)\}")

POOLS: Mapping[str, tuple[str, ...]] = {
    "num": (
        "[@number]", "[@plain]", "[@gaps]", "[@mixed]", "[@faulty]", "[@money]", "[@small]", "[@text]", "[@digits]",
        "[@flag]", "[@date]", "[@nothing]", "2.5", "-3", "0", "1E+3", "TRUE", '"12"', "[@number]*1.005", "[@plain]/3",
        "-[@money]", "[@small]^2", "IF([@flag],[@number],[@small])", "rate", "50%",
    ),
    "x": ("[@number]", "[@plain]", "[@money]", "[@small]", "[@gaps]", "[@plain]/4", "7.25"),
    "digits": ("0", "1", "2", "-1", "-2", "[@small]", "3.7", "[@gaps]", '"1"', "[@flag]"),
    "count": ("0", "1", "2", "3", "INT([@small])", "[@small]+1", "99", '"2"', "[@nothing]", "[@flag]", "ABS([@small])"),
    "pos": ("1", "2", "3", "INT([@small])", "ABS([@small])+1", "50", "[@flag]"),
    "nth": ("1", "2", "3", "20", "99", "0", "INT([@small])", "INT(ABS([@plain]))+1", "[@flag]", "[@nothing]"),
    "txt": (
        "[@word]", "[@text]", "[@mixed]", "[@digits]", "[@number]", "[@flag]", "[@nothing]", "[@faulty]", '"Abc 张三"',
        '""', '[@word]&"-"&[@word]', "TRIM([@text])", "label", "12.5", "alert.high", '"née"',
    ),
    "str": ("[@word]", "[@text]", "[@digits]", '"abcABC客户"', "[@word]&[@key]", "label"),
    "needle": ('"a"', '"A"', '"b"', '"客"', '""', "[@word]", "[@text]", '"?"', '"*c"', '"~*"', '"a?"', "1", '"x"'),
    "any": (
        "[@number]", "[@mixed]", "[@text]", "[@word]", "[@flag]", "[@date]", "[@nothing]", "[@faulty]", "[@gaps]", "0",
        '""', '"abc"', "TRUE", "1.5", "[@digits]", "[@flags]",
    ),
    "bool": (
        "[@flag]", "[@flags]", "[@number]>0", "[@small]", '[@text]="abc"', "[@nothing]", "TRUE", "0", "[@plain]>=[@money]",
        "NOT([@flag])", "[@gaps]", '[@word]<>"x"', "AND([@flag],[@small]>1)",
    ),
    "day": (
        "[@date]", "[@due]", "[@moment]", "[@anyday]", "as_of", "DATE(2024,2,29)", "[@date]+[@small]", "45000", "[@nothing]",
        "[@faulty]", "EDATE([@date],1)", "45000.75",
    ),
    "date": ("[@date]", "[@due]", "as_of", "DATE(2024,2,29)", "[@date]+31", "[@moment]", "EOMONTH([@date],0)"),
    "steps": ("1", "-1", "5", "-7", "0", "30", "-260", "INT([@plain])", "INT([@small])", "-INT([@small])"),
    "clock": ("0.5", "0", "TIME(9,30,15)", "TIME({whole},59,{whole})".replace("{whole}", "23"), "[@moment]", '"9:30"', "0.75", "TIME(0,0,1)", "[@nothing]", "[@faulty]"),
    "whole": ("9", "23", "30", "59", "90", "1", '"2"', "[@flag]+33", "INT(ABS([@small]))+40"),
    "ascii": ("65", "97", "48", "32", "126", "90.9", '"66"', "INT(ABS([@small]))+65", "34"),
    "rate": ("0.05", "0.06/12", "0", "0.1", "-0.02", '"0.05"', "5%"),
    "periods": ("12", "36", "1", "10.5", "ABS(INT([@plain]))+1", '"24"'),
    "multiple": ("1", "0.5", "5", "0.1", "3", "100", "0.25", "7"),
    "solidstep": ("1", "0.5", "5", "3", "100", "0.25", "7"),
    "share": ("0", "0.5", "1", "0.25", "0.9", "1/3", "0.99", "1.2", "-0.1", "[@gaps]", "10%"),
    "months": ("1", "-1", "12", "0", "[@small]", "-13", "1.9", "-1.9", "[@gaps]"),
    "column": ("orders[amount]", "orders[loose]", "orders[weight]", "facts[plain]", "facts[mixed]", "facts[nothing]", "single[number]", "orders[day]", "bands[from]"),
    "range": ("orders[key]", "orders[kind]", "orders[loose]", "orders[weight]", "orders[nothing]", "orders[amount]"),
    "sums": ("orders[amount]", "orders[loose]", "orders[weight]", "orders[day]"),
    "criterion": (
        "[@pattern]", "[@key]", "[@small]", "[@word]", "[@mixed]", "[@text]", '">"&[@plain]', '"<="&[@small]', '"<>"&[@key]',
        '"a*"', '"<>"', '"="', '""', "1", "[@nothing]", '"*"&LEFT([@word],1)&"*"', "TRUE", '">0"', "[@faulty]",
    ),
    "keyed": ("[@key]", '"001"', '[@key]&""', "[@word]", '"0*"', '"<>"&[@key]'),
    "dated": ('">"&[@date]', '"<="&as_of', "[@date]", '">="&EDATE(as_of,-12)', '"<"&[@moment]', '"<>"&[@date]'),
    "at": ("1", "2", "3", "ABS([@small])+1", "50", "INT(ABS([@plain]))+1", '"2"', "TRUE", "-3", "[@money]/1000+1"),
    "solid": (
        "[@number]", "[@word]", "[@flag]", "[@date]", "[@digits]", "[@plain]", "0", '"abc"', "TRUE", "1.5", "[@small]",
    ),
    "serial": (
        "45000+[@plain]", "[@small]+40000", '"2023-01-31"', "61", "60000.9", "36526", "INT([@money])+100", "2958465",
        "[@date]+0.99999", "[@word]", '""', "100+ABS([@number])",
    ),
    "step": ("[@plain]", "[@small]", "[@number]", "[@plain]/2", "[@money]/100", "0", "-41", "1E+9"),
    "format": (
        '"0"', '"0.00"', '"#,##0"', '"#,##0.00"', '"0%"', '"0.0%"', '"000"', '"#"', '"0.###"', '"0.00E+00"', '"@"',
        '"0""次/年"""', '"¥#,##0.00"', '"+0;-0;0"', '"0.0;(0.0)"', '"00000"', '"#.##"',
    ),
    "dayformat": (
        '"yyyy-mm-dd"', '"yyyy/m/d"', '"yyyymmdd"', '"yyyy""年""m""月""d""日"""', '"mm-dd"', '"yy"', '"d"', '"m"', '"yyyy"',
        '"hh:mm"', '"h:mm:ss"', '"yyyy-mm-dd hh:mm"', '"yyyy-mm"',
    ),
    "unit": ('"Y"', '"M"', '"D"', '"YM"', '"y"', '"d"'),
    "weekday": ("1", "2", "3", "11", "12", "13", "14", "15", "16", "17"),
}  # fmt: skip

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "+": ("{num}+{num}",),
    "-": ("{num}-{num}",),
    "*": ("{num}*{num}",),
    "/": ("{num}/{num}",),
    "^": ("{x}^{count}", "{num}^2", "-{x}^2"),
    "&": ('(0.0000001234567*{x})&""', "{txt}&{txt}", '{num}&"|"&{txt}'),
    "=": ("{any}={any}", "{txt}={txt}"),
    "<>": ("{any}<>{any}", "{txt}<>{txt}"),
    "<": ("{any}<{any}", "{num}<{num}"),
    "<=": ("{any}<={any}", "{num}<={num}"),
    ">": ("{any}>{any}", "{num}>{num}"),
    ">=": ("{any}>={any}", "{num}>={num}"),
    "unary -": ("-{num}", "--{num}", "-(-{num}*2)"),
    "unary +": ("+{any}",),
    "%": ("{num}%", "{x}%*{count}"),
    "reference": ("{any}", "({num})"),
    "IF": ("IF({bool},{any},{any})", "IF({bool},{any})", "IF({any},1,2)", 'IF({num}>0,"正",IF({num}<0,"负","零"))'),
    "IFS": ("IFS({bool},{any},{bool},{any},TRUE,{any})", "IFS({bool},{any},{bool},{any})"),
    "IFERROR": ("IFERROR({any},{any})", "IFERROR({num}/{num},{any})", 'IFERROR(VALUE({txt}),"无")'),
    "IFNA": ("IFNA({any},{any})", 'IFNA(MATCH({keyed},bands[id],0),"无")'),
    "SWITCH": ('SWITCH({any},1,"一",2,"二",{any})', 'SWITCH([@small],0,"a",1,"b",2,"c")', 'SWITCH([@plain],{x},"a",{x},{any},"z")', 'SWITCH({str},"abc",1,"张三",2,"高",{any},0)', "SWITCH([@word],{str},1,{any})", 'SWITCH([@mixed],"abc",1,2)'),
    "CHOOSE": ("CHOOSE({pos},{any},{any},{any})", 'CHOOSE({count},"a",{num},"c",[@flag],{txt})'),
    "AND": ("AND({bool},{bool})", "AND({any},{bool})", "AND({bool},{bool},{num})", "AND(facts[flags])"),
    "OR": ("OR({bool},{bool})", "OR({any},{bool})", "OR({bool},{bool},{num})", "OR(orders[paid],[@flag])"),
    "NOT": ("NOT({bool})", "NOT({any})"),
    "XOR": ("XOR({bool},{bool})", "XOR({bool},{bool},{num})"),
    "SUM": ("SUM({num},{num})", "SUM({num},{any},{x})", "SUM({column},{x})", "SUM({column},{column})"),
    "AVERAGE": ("AVERAGE({num},{num})", "AVERAGE({num},{any},{x})", "AVERAGE({column},{x})", "AVERAGE({column})"),
    "MIN": ("MIN({num},{num})", "MIN({num},{any},{x})", "MIN({column},{x})", "MIN([@mixed],[@nothing])"),
    "MAX": ("MAX({num},{num})", "MAX({num},{any},{x})", "MAX({column},{x})", "MAX([@mixed],[@nothing])"),
    "COUNT": ("COUNT({any},{any})", "COUNT({column},{any})", "COUNT({num},{txt},{bool})"),
    "COUNTA": ("COUNTA({any},{any})", "COUNTA({column},{any})", "COUNTA({num},{txt},[@nothing])"),
    "COUNTBLANK": ("COUNTBLANK({range})+{x}", "COUNTBLANK(facts[gaps])*{num}"),
    "MEDIAN": ("MEDIAN({x},{num},{x})", "MEDIAN({column},{x})", "MEDIAN({num},{x})"),
    "LARGE": ("LARGE({column},{nth})", "LARGE(orders[amount],{nth})", "LARGE(facts[number],{nth})"),
    "SMALL": ("SMALL({column},{nth})", "SMALL(orders[amount],{nth})", "SMALL(facts[number],{nth})"),
    "RANK": ("RANK([@plain],facts[plain])", "RANK([@plain],facts[plain],1)", "RANK(INDEX(orders[amount],{at}),orders[amount])", "RANK(INDEX(orders[loose],{at}),orders[loose],{bool})", "RANK(-41,orders[amount])", "RANK([@gaps],facts[gaps],{bool})", "RANK([@mixed],facts[mixed])"),
    "PERCENTRANK": ("PERCENTRANK(facts[plain],[@plain])", "PERCENTRANK(orders[amount],{step},12)", "PERCENTRANK(facts[gaps],[@gaps],12)", "PERCENTRANK(facts[mixed],{x},11)"),
    "SUMIF": ("SUMIF({range},{criterion},{sums})", "SUMIF({range},{criterion})", "SUMIF(orders[day],{dated},orders[amount])", "SUMIF(orders[key],{keyed},{sums})"),
    "SUMIFS": ("SUMIFS({sums},{range},{criterion})", "SUMIFS({sums},orders[key],{keyed},{range},{criterion})", "SUMIFS(orders[amount],orders[day],{dated},orders[key],{keyed})", "SUMIFS(orders[amount],orders[paid],{bool},orders[key],{keyed})"),
    "COUNTIF": ("COUNTIF({range},{criterion})", "COUNTIF(orders[broken],{criterion})", "COUNTIF(orders[day],{dated})", "COUNTIF(orders[key],{keyed})", "COUNTIF(facts[mixed],[@mixed])", "COUNTIF(facts[word],[@word])", "COUNTIF(orders[paid],{bool})"),
    "COUNTIFS": ("COUNTIFS({range},{criterion},{range},{criterion})", "COUNTIFS(orders[key],{keyed},orders[day],{dated},orders[day],{dated})", "COUNTIFS(orders[key],{keyed},{range},{criterion})"),
    "AVERAGEIF": ("AVERAGEIF({range},{criterion},{sums})", "AVERAGEIF({range},{criterion})", "AVERAGEIF(orders[key],{keyed},orders[amount])"),
    "AVERAGEIFS": ("AVERAGEIFS({sums},{range},{criterion})", "AVERAGEIFS({sums},orders[key],{keyed},orders[day],{dated})"),
    "MAXIFS": ("MAXIFS({sums},{range},{criterion})", "MAXIFS({sums},orders[key],{keyed},orders[day],{dated})", "MAXIFS(orders[day],orders[key],{keyed})"),
    "MINIFS": ("MINIFS({sums},{range},{criterion})", "MINIFS({sums},orders[key],{keyed},orders[day],{dated})", "MINIFS(orders[day],orders[key],{keyed})"),
    "LOOKUP": ("LOOKUP({step},bands[from],bands[result])", "LOOKUP({step},bands[from])", "LOOKUP([@word],bands[name],bands[label])", "LOOKUP([@date],bands[since],bands[from])"),
    "VLOOKUP": ("VLOOKUP({step},bands[[from]:[result]],3)", "VLOOKUP({step},bands[[from]:[label]],{at},TRUE)", "VLOOKUP({keyed},bands[[id]:[since]],2,FALSE)", "VLOOKUP([@word],orders[[kind]:[paid]],2,FALSE)", "VLOOKUP({solid},orders[[key]:[day]],{at},0)"),
    "INDEX": ("INDEX({column},{at})", "INDEX(bands[result],MATCH({step},bands[from],1))", "INDEX(orders[loose],{at})", "INDEX(bands[[from]:[label]],{at},{at})", "INDEX(orders[amount],MATCH({keyed},orders[key],0))"),
    "MATCH": ("MATCH({step},bands[from],1)", "MATCH({step},bands[from])", "MATCH({keyed},orders[key],0)", "MATCH({solid},orders[loose],0)", "MATCH([@pattern],orders[kind],0)", "MATCH([@word],bands[name],1)", 'MATCH("b*",bands[name],1)', "MATCH({solid},facts[mixed],0)", "MATCH([@number],facts[number],0)", "MATCH([@date],bands[since],1)"),
    "ROUND": ("ROUND({num},{digits})",),
    "ROUNDUP": ("ROUNDUP({num},{digits})",),
    "ROUNDDOWN": ("ROUNDDOWN({num},{digits})",),
    "INT": ("INT({num})", "INT({x}/{x})"),
    "MOD": ("MOD({num},{x})", "MOD({x},{num})", "MOD([@plain],3)"),
    "ABS": ("ABS({num})",),
    "POWER": ("POWER({num},{count})", "POWER({x},{x})", "POWER({num},0.5)"),
    "SQRT": ("SQRT({num})", "SQRT(ABS({num}))"),
    "EXP": ("EXP({x})", "EXP({num}/1000)", "EXP({count})"),
    "LN": ("LN({num})", "LN(ABS({num})+1)"),
    "DATE": ("DATE(2023,{count},{count})", "DATE(YEAR({date}),MONTH({date})+{months},DAY({date}))", "DATE(1950+{count},[@money]/1000,[@plain])", "DATE(2020+{count},2,29)", "DATE(2023,{digits},INT([@plain]))", "DATE(2024+[@plain],2,29)", "DATE([@small],1,1)"),
    "YEAR": ("YEAR({day})", "YEAR({serial})"),
    "MONTH": ("MONTH({day})", "MONTH({serial})"),
    "DAY": ("DAY({day})", "DAY({serial})"),
    "DATEDIF": ("DATEDIF({date},{date},{unit})", "DATEDIF([@date],as_of,{unit})", 'DATEDIF({day},{day},"D")'),
    "EDATE": ("EDATE({day},{months})", "EDATE({date},{months})"),
    "EOMONTH": ("EOMONTH({day},{months})", "EOMONTH({date},{months})"),
    "DAYS": ("DAYS({day},{day})", "DAYS(as_of,{date})"),
    "WEEKDAY": ("WEEKDAY({day})", "WEEKDAY({date},{weekday})", "WEEKDAY({day},2)"),
    "NETWORKDAYS": ("NETWORKDAYS({date},{date})", "NETWORKDAYS({day},as_of)", "NETWORKDAYS({date},{date},bands[since])"),
    "WORKDAY": ("WORKDAY({date},{steps})", "WORKDAY({date},{steps},bands[since])", "WORKDAY(as_of,{steps},orders[day])"),
    "WEEKNUM": ("WEEKNUM({date})", "WEEKNUM({date},{weekday})", "WEEKNUM({date},21)", "WEEKNUM({date}+7,2)"),
    "HOUR": ("HOUR({clock})", "HOUR({date}+{clock})"),
    "MINUTE": ("MINUTE({clock})", "MINUTE({date}+{clock})"),
    "SECOND": ("SECOND({clock})", "SECOND({date}+{clock})"),
    "TIME": ("TIME({whole},{whole},{whole})", "{date}+TIME({whole},0,{whole})"),
    "PMT": ("PMT({rate},{periods},{x})", "PMT({rate},{periods},{num},{x})", "PMT({rate},{periods},{x},{x},{bool})"),
    "CEILING": ("CEILING({num},{multiple})", "CEILING({x},{multiple})", "CEILING(-ABS({x}),-{multiple})", "CEILING(ABS({x}),-1)"),
    "FLOOR": ("FLOOR({num},{multiple})", "FLOOR({x},{multiple})", "FLOOR(-ABS({x}),-{multiple})", "FLOOR(ABS({x}),-1)"),
    "MROUND": ("MROUND(ABS({digits}),{solidstep})", "MROUND(ABS({x}),{solidstep})", "MROUND(-ABS({x}),-{solidstep})"),
    "PERCENTILE": ("PERCENTILE({column},{share})", "PERCENTILE(orders[amount],{share})", "PERCENTILE({1,5,2},{share})"),
    "STDEV": ("STDEV({column})", "STDEV({x},{x},{num})", "STDEV({column},{x})"),
    "VAR": ("VAR({column})", "VAR({x},{x},{num})", "VAR({column},{x})"),
    "SUMPRODUCT": ("SUMPRODUCT(orders[amount],orders[weight])*{x}", "SUMPRODUCT({sums})+{x}", "SUMPRODUCT(orders[amount],orders[loose],orders[day])+{x}", "SUMPRODUCT(orders[key],orders[amount])+{x}"),
    "PROPER": ("PROPER({txt})", 'PROPER({str}&" "&{txt})', "PROPER(\"o'brien 2nd-hand \"&{str})"),
    "REPLACE": ("REPLACE({txt},{pos},{count},{txt})", 'REPLACE({str},{pos},{count},"*")', "REPLACE({str},{count},{count},{txt})"),
    "CHAR": ("CHAR({ascii})", "CHAR({whole})&{txt}"),
    "CODE": ('CODE("a"&{txt})', 'CODE(MID("Az09 ~x",{pos},1))', 'CODE(LEFT("",{count}))'),
    "HYPERLINK": ("HYPERLINK({txt})", 'HYPERLINK("https://example.com/"&{txt},{txt})', "HYPERLINK({str},{num})"),
    "TODAY": ("TODAY()-{date}", "YEAR(TODAY())+{x}", "{date}<TODAY()"),
    "TEXT": ("TEXT({x},{format})", "TEXT({num},{format})", "TEXT({date},{dayformat})", "TEXT({day},{dayformat})"),
    "LEFT": ("LEFT({txt},{count})", "LEFT({txt})"),
    "RIGHT": ("RIGHT({txt},{count})", "RIGHT({txt})"),
    "MID": ("MID({txt},{pos},{count})", "MID({str},{count},{pos})"),
    "LEN": ("LEN({txt})", "LEN({num})", "LEN({any})"),
    "FIND": ("FIND({needle},{txt})", "FIND({needle},{str},{pos})"),
    "SEARCH": ("SEARCH({needle},{txt})", "SEARCH({needle},{str},{pos})"),
    "SUBSTITUTE": ("SUBSTITUTE({txt},{needle},{txt})", 'SUBSTITUTE({str},{needle},"*",{pos})', 'SUBSTITUTE({str},"b",{txt})'),
    "TRIM": ("TRIM({txt})", '"<"&TRIM({str}&"  ")&">"'),
    "CONCAT": ("CONCAT({txt},{txt})", "CONCAT({any},{txt},{num})", "CONCAT(bands[label],{txt})", "CONCAT({txt})"),
    "TEXTJOIN": ('TEXTJOIN("、",TRUE,{any},{txt},{txt})', "TEXTJOIN({str},FALSE,{txt},{any})", 'TEXTJOIN(",",{bool},bands[result],{txt})', 'TEXTJOIN("-",TRUE,[@mixed],[@text],[@gaps])'),
    "VALUE": ("VALUE({txt})", "VALUE([@digits])", 'VALUE("+4")', 'VALUE("1,234.5")', 'VALUE(" 50% ")', 'VALUE([@plain]&"%")', 'VALUE("9:30")', "VALUE({num})", 'VALUE("1"&[@digits])'),
    "CONCATENATE": ("CONCATENATE({txt},{txt})", "CONCATENATE({any},{txt},{num})"),
    "EXACT": ("EXACT({txt},{txt})", "EXACT([@word],[@text])", "EXACT({any},{any})", "EXACT(UPPER([@word]),[@word])"),
    "UPPER": ("UPPER({txt})", "UPPER({str}&{txt})"),
    "LOWER": ("LOWER({txt})", "LOWER({str}&{txt})"),
    "T": ("T({any})", '"<"&T({txt})&">"'),
    "N": ("N({any})", "N({num})+{x}"),
    "NA": ("IF({bool},NA(),{x})", "IFERROR(IF({bool},NA(),{x}),{any})", "ISNA(IF({bool},NA(),{any}))"),
    "TRUE": ("IF({bool},TRUE(),FALSE())", "AND({bool},TRUE())"),
    "FALSE": ("OR({bool},FALSE())", "IF({bool},FALSE(),{x}>0)"),
    "ISBLANK": ("ISBLANK({any})", "ISBLANK({txt})"),
    "ISERROR": ("ISERROR({any})", "ISERROR({num}/{num})", "ISERROR(VALUE({txt}))"),
    "ISNA": ("ISNA({any})", "ISNA(MATCH({keyed},bands[id],0))", "ISNA({num}+{num})"),
    "ISNUMBER": ("ISNUMBER({any})", "ISNUMBER({day})", "ISNUMBER({num}+{num})", 'ISNUMBER(SEARCH("a",{str}))'),
    "ISTEXT": ("ISTEXT({any})", "ISTEXT({txt}&{txt})", "ISTEXT({day})"),
    "ISLOGICAL": ("ISLOGICAL({any})", "ISLOGICAL({bool})"),
    "SIGN": ("SIGN({num})", "SIGN({x})"),
    "TRUNC": ("TRUNC({num})", "TRUNC({x},{digits})"),
    "PRODUCT": ("PRODUCT({x},{x})", "PRODUCT({x},{num},{x})", "PRODUCT(bands[from],{x})", "PRODUCT({num},{any})"),
    "REPT": ("REPT({txt},{count})", 'REPT("★",{count})', "REPT({str},{nth})"),
}  # fmt: skip

_NUMERIC = (
    "ROUND",
    "ABS",
    "INT",
    "SUM",
    "MAX",
    "IF",
    "LEN",
    "+",
    "-",
    "*",
    "/",
    "MOD",
    "COUNTIF",
    "SUMIFS",
    "MONTH",
    "IFERROR",
)
_TEXTUAL = (
    "&",
    "LEFT",
    "MID",
    "TRIM",
    "SUBSTITUTE",
    "TEXT",
    "CONCAT",
    "IF",
    "IFS",
    "RIGHT",
    "TEXTJOIN",
    "CHOOSE",
)
_LOGICAL = ("AND", "OR", "NOT", "=", "<", ">=", "<>", "XOR")
_NESTING = {
    "num": _NUMERIC,
    "x": _NUMERIC,
    "any": _NUMERIC + _TEXTUAL,
    "txt": _TEXTUAL,
    "bool": _LOGICAL,
    "str": _TEXTUAL,
}
_OPERATORS = frozenset(["+", "-", "*", "/", "^", "&", "=", "<>", "<", "<=", ">", ">=", "%"]) | {
    "unary -",
    "unary +",
}


def iter_formulas(seed: int = 1, nested: int = 160) -> Iterator[tuple[str, str]]:
    """Yield (function, formula text with its ``=``), each text once, in an order that the seed fixes."""
    chance = random.Random(seed)
    seen: set[str] = set()
    for function, patterns in PATTERNS.items():
        for pattern in patterns:
            for text in _expand(pattern, chance):
                if text not in seen:
                    seen.add(text)
                    yield function, f"={text}"
    for index in range(nested):
        function = sorted(PATTERNS)[index % len(PATTERNS)]
        text = _nest(function, chance, depth=2)
        if text not in seen:
            seen.add(text)
            yield function, f"={text}"


def _expand(pattern: str, chance: random.Random) -> Iterator[str]:
    """Fill a pattern's slots in turn from shuffled pools until the longest pool is used up."""
    slots = _SLOT.findall(pattern)
    decks = [chance.sample(_pool(slot), len(_pool(slot))) for slot in slots]
    for turn in range(max(map(len, decks), default=1)):
        arguments = iter([deck[turn % len(deck)] for deck in decks])
        yield _SLOT.sub(lambda _, left=arguments: next(left), pattern)


def _pool(slot: str) -> tuple[str, ...]:
    return POOLS[slot]


def _nest(function: str, chance: random.Random, depth: int) -> str:
    """Return a random formula of a function whose arguments are formulas again."""

    def fill(slot: str) -> str:
        if depth and slot in _NESTING and chance.random() < 0.6:
            inner = chance.choice(_NESTING[slot])
            text = _nest(inner, chance, depth - 1)
            return f"({text})" if inner in _OPERATORS else text
        return chance.choice(_pool(slot))

    return _SLOT.sub(lambda found: fill(found[1]), chance.choice(PATTERNS[function]))
