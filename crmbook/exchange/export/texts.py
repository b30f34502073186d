"""Canonical values as the texts of a file that knows nothing but texts, column by column.

A spreadsheet takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, wherever the text came from: a
customer may have typed it into a web form. An apostrophe before it keeps it a text, `unescaped` takes it away again. A
text that begins with apostrophes and such a sign gets one more, so that the way back is certain. Numbers are no texts:
-500 stays a number.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.schema import Storage
from crmbook.values import spell

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.exchange.export.model import Listing, OutColumn

_DANGEROUS: Final = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_ESCAPED: Final = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
_LOOKS: Final = re.compile(
    r"'*(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?|是|否|Yes|No)"
)
FLOATS: Final = "%.15g"
"""A number in the digits that office programs keep."""
YES_NO: Final[dict[Language, tuple[str, str]]] = {"zh": ("是", "否"), "en": ("Yes", "No")}


def escaped(text: str) -> str:
    """Return a text as no spreadsheet computes it."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unescaped(text: str) -> str:
    """Return a text as it was before `escaped`."""
    return text[1:] if _ESCAPED.match(text) else text


def bare_text(text: str) -> str:
    """Return a text of a column that may hold anything without the mark that says it is no number, day or answer."""
    return text[1:] if text[:1] == "'" and _LOOKS.fullmatch(text) else text


def text_frame(table: Listing, lang: Language) -> pd.DataFrame:
    """Return a table as texts and numbers under its headers, which are texts as well."""
    cells = [_text_column(one, table.frame[one.name], lang) for one in table.columns]
    frame = pd.concat(cells, axis=1) if cells else pd.DataFrame(index=table.frame.index)
    frame.columns = pd.Index([escaped(one.title) for one in table.columns])
    return frame


def _text_column(column: OutColumn, cells: pd.Series, lang: Language) -> pd.Series:
    if cells.dtype == np.float64:
        return cells
    if cells.dtype.kind == "M":
        return _days(cells, whole=column.storage is Storage.DATE)
    if column.storage is Storage.ANY:
        return cells.map(lambda item: _marked(item, lang), na_action="ignore")
    return cells.map(lambda item: _text(item, lang), na_action="ignore")


def _days(cells: pd.Series, *, whole: bool) -> pd.Series:
    """Return days as ISO texts, moments with a blank before the time."""
    if not len(cells):  # NumPy replaces nothing in an array of no texts, and fails
        return cells.astype(object)
    texts = np.datetime_as_string(cells.to_numpy().astype("datetime64[s]"), unit="D" if whole else "s")
    texts = np.char.replace(texts, "T", " ").astype(object)
    texts[cells.isna().to_numpy()] = None
    return pd.Series(texts, index=cells.index, dtype=object)


def _marked(item: Any, lang: Language) -> str:
    """Return a value as a text that says what it is: a text that looks like a number gets an apostrophe."""
    return f"'{item}" if item.__class__ is str and _LOOKS.fullmatch(item) else _text(item, lang)


def _text(item: Any, lang: Language) -> str:
    if item.__class__ is str:
        return escaped(item)
    if isinstance(item, bool):
        return YES_NO[lang][not item]
    if isinstance(item, int | float):
        return FLOATS % item
    if isinstance(item, dt.date):
        return item.isoformat(" ") if isinstance(item, dt.datetime) else item.isoformat()
    return spell(item)
