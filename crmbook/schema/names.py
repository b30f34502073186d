r"""What an office program accepts as the name of a sheet, a header, a table or a defined name.

Sources of the rules: ECMA-376 part 1, 18.5.1.2 (table ``displayName``) and 18.2.5 (defined names), and what
Excel refuses in its own dialogs (sheet names: 31 characters, ``[ ] : * ? / \``, edge apostrophes, the reserved
word History; names that look like the address of a cell in A1 or R1C1 notation).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crmbook.ooxml import MAX_COLUMN, MAX_ROW, letters, number

REGIONS: Final = "region"
"""The list of regions; a list that it narrows is one of cities."""
LISTS: Final = "_lists"
"""The table in which a store keeps the entries of the dropdown lists, beside the tables of the book."""
MAX_SHEET_NAME: Final = 31
"""Characters in the name of a sheet."""
MAX_HEADER: Final = 255
"""Characters in the header of a table column."""
MAX_NAME: Final = 255
"""Characters in the name of a table or a defined name."""

_SHEET_FORBIDDEN: Final = frozenset("[]:*?/\\")
_RESERVED_SHEETS: Final = frozenset({"history", "历史记录"})
_HEADER_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f【】]")
_MACHINE_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_A1: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\Z")
_R1C1: Final = re.compile(r"[Rr]([0-9]*)([Cc][0-9]*)?\Z|[Cc][0-9]*\Z")


def column_letters(index: int) -> str:
    """Return the letters of column `index` (0-based): 0 → A, 26 → AA."""
    return letters(index + 1)


def is_machine_name(text: str) -> bool:
    """Return whether `text` can name a table, field, list or value in YAML and in formulas."""
    return bool(_MACHINE_NAME.match(text))


def is_sheet_name(text: str) -> bool:
    """Return whether an office program accepts `text` as the name of a sheet."""
    return (
        0 < utf16_length(text) <= MAX_SHEET_NAME
        and not _SHEET_FORBIDDEN & set(text)
        and not (text.startswith("'") or text.endswith("'"))
        and text.strip() == text
        and text.isprintable()
        and text.casefold() not in _RESERVED_SHEETS
    )


def is_header(text: str) -> bool:
    """Return whether `text` can head a table column; 【】 are kept for the marks in the issues column."""
    return (
        0 < utf16_length(text) <= MAX_HEADER and text.strip() == text and not _HEADER_FORBIDDEN.search(text)
    )


def looks_like_a_cell(text: str) -> bool:
    """Return whether `text` reads as a cell address (``CRM1``, ``R1C1``, ``R``), which no name may do."""
    if _R1C1.match(text):
        return True
    match = _A1.match(text)
    if match is None:
        return False
    return number(match[1]) <= MAX_COLUMN and 0 < int(match[2]) <= MAX_ROW


def is_name(text: str) -> bool:
    """Return whether `text` can name a table or a range."""
    return (
        0 < utf16_length(text) <= MAX_NAME
        and (text[0].isalpha() or text[0] in "_\\")
        and all(char.isalnum() or char in "_.\\" for char in text)
        and not looks_like_a_cell(text)
        and text.casefold() not in {"true", "false"}
    )


@lru_cache(maxsize=4096)
def name_from(title: str) -> str:
    """Return `title` as the name of a table or range: what a name cannot hold becomes an underscore."""
    name = re.sub(r"[^\w.]+", "_", title).strip("_.") or "_"
    if not name[0].isalpha() or looks_like_a_cell(name) or not is_name(name):
        name = f"_{name}"
    return name[:MAX_NAME]


def utf16_length(text: str) -> int:
    """Return the length of `text` as office programs count it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
