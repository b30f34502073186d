"""The text of a formula, looked at without evaluating it.

Excel repairs a workbook whose formula it cannot read: unbalanced, longer than 8,192 characters, on a sheet or
table that does not exist. A function newer than the file format must carry ``_xlfn.``, else the cell shows
``#NAME?`` (MS-XLSX §2.2.2.1 lists these functions).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.reference import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_FORMULA = 8192

_PREFIXED = (
    "ACOT ACOTH AGGREGATE ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE BINOM.INV "
    "BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT "
    "CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COT "
    "COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL DROP ENCODEURL ERF.PRECISE ERFC.PRECISE EXPAND "
    "EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FIELDVALUE FILTERXML FLOOR.MATH FLOOR.PRECISE "
    "FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT FORECAST.LINEAR FORMULATEXT "
    "GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS HSTACK HYPGEOM.DIST IFNA IFS IMAGE IMCOSH IMCOT IMCSC "
    "IMCSCH IMSEC IMSECH IMSINH IMTAN ISFORMULA ISOMITTED ISOWEEKNUM LAMBDA LET LOGNORM.DIST LOGNORM.INV "
    "MAKEARRAY MAP MAXIFS MINIFS MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST "
    "NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC PERMUTATIONA "
    "PHI POISSON.DIST PY QUARTILE.EXC QUARTILE.INC QUERYSTRING RANDARRAY RANK.AVG RANK.EQ REDUCE RRI SCAN SEC "
    "SECH SEQUENCE SHEET SHEETS SINGLE SKEW.P SORTBY STDEV.P STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV "
    "T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW UNICHAR UNICODE UNIQUE VALUETOTEXT "
    "VAR.P VAR.S VSTACK WEBSERVICE WEIBULL.DIST WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST FILTER SORT"
)
# Excel writes these without the prefix although they came with Excel 2010.
_BARE = {"AGGREGATE", "CEILING.PRECISE", "FLOOR.PRECISE"}
PREFIXED = frozenset(_PREFIXED.split()) - _BARE

_TOKEN = re.compile(
    r"""
      (?P<string>"(?:[^"]|"")*")
    | (?P<error>\#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!))
    | (?P<quoted>'(?:[^']|'')*')(?P<quoted_bang>!)?
    | (?P<bracket>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])*\])
    | (?P<word>[^\W\d][\w.\\?]*|_[\w.\\?]*|\\[\w.\\?]*)(?P<follow>\(|!|(?=\[)|)
    | (?P<open>[({])
    | (?P<close>[)}])
    | (?P<stray>["'\[\]])
    | (?P<number>[0-9.]+(?:[Ee][+-]?[0-9]+)?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SPAN = re.compile(r"(?<![\w.$!'])([^\W\d][\w.]*):\Z")  # the first sheet of Sheet1:Sheet3!A1


class Names:
    """What a formula may speak of: the sheets of the book, and its tables with their columns.

    Parameters
    ----------
    sheets
        Titles of all sheets.
    tables
        Display name → names of the columns.
    """

    def __init__(self, sheets: list[str], tables: Mapping[str, list[str]]) -> None:
        self.sheets = {sheet.lower() for sheet in sheets}
        self.tables = {
            name.lower(): {column.lower() for column in columns} for name, columns in tables.items()
        }


def check_formula(text: str, part: str, place: str, names: Names) -> Iterator[Defect]:
    """Check one formula, written without its leading ``=``."""
    if not text.strip():
        yield Defect("lint.formula-empty", part, place)
        return
    if len(text) > MAX_FORMULA:
        yield Defect("lint.formula-long", part, place, {"length": len(text), "limit": MAX_FORMULA})
        return
    depth = 0
    external = False
    table = ""
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind in {"quoted", "quoted_bang"}:
            yield from _check_quoted(match, part, place, names)
        elif kind == "bracket":
            if table:
                yield from _check_columns(table, token, part, place, names)
            external = not table
        elif kind == "follow":
            yield from _check_word(match, part, place, names, external=external)
            depth += match["follow"] == "("
        depth += (kind == "open") - (kind == "close")
        if kind == "stray" or depth < 0:
            yield Defect("lint.formula-syntax", part, place, {"offset": match.start(), "formula": text[:80]})
            return
        bare = kind == "follow" and not match["follow"]
        table = match["word"] if bare and text[match.end() : match.end() + 1] == "[" else ""
        external = external and kind == "bracket"
    if depth:
        yield Defect("lint.formula-syntax", part, place, {"offset": len(text), "formula": text[:80]})


def _check_quoted(match: re.Match[str], part: str, place: str, names: Names) -> Iterator[Defect]:
    sheet = match["quoted"][1:-1].replace("''", "'")
    if not match["quoted_bang"]:
        yield Defect(
            "lint.formula-syntax", part, place, {"offset": match.start(), "formula": match.string[:80]}
        )
    elif "[" not in sheet and "|" not in sheet:
        yield from _check_sheets(sheet.split(":"), part, place, names)


def _check_word(
    match: re.Match[str], part: str, place: str, names: Names, *, external: bool
) -> Iterator[Defect]:
    word, follow = match["word"], match["follow"]
    if follow == "(" and word.upper() in PREFIXED:
        yield Defect("lint.formula-prefix", part, place, {"function": word.upper()})
    elif follow == "!" and not external:
        first = _SPAN.search(match.string[: match.start()])
        span = [first[1]] if first and parse_cell(first[1]) is None else []
        yield from _check_sheets([*span, word], part, place, names)


def _check_sheets(sheets: list[str], part: str, place: str, names: Names) -> Iterator[Defect]:
    for sheet in sheets:
        if sheet.lower() not in names.sheets:
            yield Defect("lint.formula-sheet", part, place, {"sheet": sheet})


def _check_columns(table: str, bracket: str, part: str, place: str, names: Names) -> Iterator[Defect]:
    columns = names.tables.get(table.lower())
    if columns is None:
        yield Defect("lint.formula-table", part, place, {"table": table})
        return
    for item in _column_items(bracket):
        if item and not item.startswith("#") and item.lower() not in columns:
            yield Defect("lint.formula-column", part, place, {"table": table, "column": item})


def _column_items(bracket: str) -> Iterator[str]:
    inner = bracket[1:-1].strip()
    items = (
        re.findall(r"\[((?:[^\[\]']|'.)*)\]", inner)
        if inner.lstrip("@").startswith("[")
        else [inner.lstrip("@")]
    )
    for item in items:
        yield re.sub(r"'(.)", r"\1", item) if not item.startswith("#") else item
