"""Conditional formats of one table: marks, missing values, highlights, bars.

Order is priority. A mark of sync outranks a missing value, which outranks the schema's own highlights. Every
rule covers its whole column below the header and speaks of the first data row, so that an office program
shifts it to each row by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.workbook import theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema import Field, Table, TableLayout
    from crmbook.workbook.live import FieldKey
    from crmbook.workbook.writer import Strict, Writer

LAST_ROW: Final = 1_048_575  # zero-based
