"""Small workbooks with crmbook's stamp, whose contents differ: all that a watcher looks at."""

from __future__ import annotations

import io
import random
from functools import cache

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty


@cache
def sheet(text: str = "", ballast: int = 0, *, stamped: bool = True) -> bytes:
    """Return a workbook with `text` in its first cell, and some thousand bytes that do not pack in its second."""
    workbook = Workbook()
    workbook["Sheet"]["A1"] = text
    workbook["Sheet"]["B1"] = random.Random(text).randbytes(ballast).hex()
    if stamped:
        workbook.custom_doc_props.append(StringProperty(name="crmbook.book", value="book-1"))
        workbook.custom_doc_props.append(StringProperty(name="crmbook.workbook", value="workbook-1"))
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()
