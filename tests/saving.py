"""Saving a workbook again as other programs do, without an edit: cheap stand-ins for the programs themselves."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import ROUND_HALF_UP, Context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CELL = re.compile(rb"<c( [^>]*[^>/])?>(.*?)</c>", re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]+)</v>")
_FORMULA = re.compile(rb"<c( [^>]*[^>/])>(<f.*?)</c>", re.DOTALL)


def save_with_digits(path: Path, digits: int = 15) -> int:
    """Let every number of a workbook have so many significant digits: 15 as LibreOffice, 16 as openpyxl saves them.

    Returns
    -------
    int
        How many cells that changed.
    """
    kept, changed = Context(prec=digits, rounding=ROUND_HALF_UP), 0

    def number(match: re.Match[bytes]) -> bytes:
        nonlocal changed
        text = match[1].decode()
        spelled = f"{kept.create_decimal(text):.{digits}g}" if len(text) > digits else text
        changed += float(spelled) != float(text)
        return b"<v>%s</v>" % spelled.encode()

    def cell(match: re.Match[bytes]) -> bytes:
        is_number = not re.search(rb' t="(?!n")', match[1] or b"")
        return b"<c%s>%s</c>" % (match[1] or b"", _VALUE.sub(number, match[2]) if is_number else match[2])

    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(path.read_bytes())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, _CELL.sub(cell, content) if "/worksheets/sheet" in name else content)
    path.write_bytes(out.getvalue())
    return changed


def save_without_values(path: Path) -> None:
    """Let no formula of a workbook have a value, as openpyxl and other libraries save them."""

    def bare(match: re.Match[bytes]) -> bytes:
        kept = re.sub(rb' t="[a-z]+"', b"", match[1])
        return b"<c%s>%s</c>" % (kept, re.sub(rb"<v>[^<]*</v>|<v/>", b"", match[2]))

    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in source.infolist():
            data = source.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                data = _FORMULA.sub(bare, data)
            archive.writestr(item.filename, data)
    path.write_bytes(target.getvalue())


def save_without_validations(path: Path) -> None:
    """Let no cell of a workbook have a dropdown list or input check, as some libraries save them."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(
                name,
                re.sub(
                    rb"<dataValidations.*?</dataValidations>|<x14:dataValidations.*?</x14:dataValidations>",
                    b"",
                    source.read(name),
                    flags=re.DOTALL,
                )
                if "/worksheets/sheet" in name
                else source.read(name),
            )
    path.write_bytes(target.getvalue())
