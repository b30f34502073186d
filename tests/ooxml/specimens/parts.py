"""How specimens are put together: zip files from parts, and small changes to a finished package."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Change = bytes | Callable[[bytes], bytes] | None

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MOMENT = (2024, 5, 6, 7, 8, 10)

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
STRINGS = f'<sst xmlns="{MAIN}" count="2" uniqueCount="2"><si><t>name</t></si><si><t>王芳</t></si></sst>'
ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>0</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>2</v></c><c r="C2" s="1"><v>45000</v></c></row>'
    '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>3.5</v></c></row>'
)


def zip_parts(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of the parts, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = method
            package.writestr(info, content)
    return buffer.getvalue()


def unzip_parts(data: bytes) -> dict[str, bytes]:
    """Return the parts by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def change(data: bytes, changes: Mapping[str, Change]) -> bytes:
    """Return the package with parts replaced, rewritten by a function, added, or (None) dropped."""
    parts = unzip_parts(data)
    for name, new in changes.items():
        if new is None:
            del parts[name]
        else:
            parts[name] = new(parts[name]) if callable(new) else new
    return zip_parts(parts)


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    """Return a function that replaces one text by another, which must be there."""

    def apply(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode(), 1)

    return apply


def sheet_xml(rows: str = ROWS, before: str = "", after: str = "", attributes: str = "") -> str:
    """Return a worksheet with these rows."""
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{REL}"{attributes}>{before}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def relationships_xml(*items: tuple[str, str, str]) -> str:
    """Return a relationships part from (id, type, target); a type without a colon is one of officeDocument."""
    lines = []
    for identifier, kind, target in items:
        mode = ' TargetMode="External"' if "://" in target else ""
        full = kind if ":" in kind else f"{REL}/{kind}"
        lines.append(f'<Relationship Id="{identifier}" Type="{full}" Target="{target}"{mode}/>')
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE_REL}">{"".join(lines)}</Relationships>'


def content_types_xml(overrides: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> str:
    """Return ``[Content_Types].xml``; a type that ends with ``+xml`` and has no slash is one of SpreadsheetML."""
    known = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
    }
    lines = [
        f'<Default Extension="{extension}" ContentType="{kind}"/>'
        for extension, kind in (known | dict(defaults or {})).items()
    ]
    lines += [
        f'<Override PartName="/{name}" ContentType="{kind if "/" in kind else SPREADSHEET + kind}"/>'
        for name, kind in overrides.items()
    ]
    return f'{DECLARATION}<Types xmlns="{TYPES}">{"".join(lines)}</Types>'


def book_parts(
    sheet: str | bytes | None = None,
    *,
    strings: str | bytes | None = STRINGS,
    workbook: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    sheet_rels: tuple[tuple[str, str, str], ...] = (),
    book_rels: tuple[tuple[str, str, str], ...] = (),
    types: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet, `Sheet1`.

    Parameters
    ----------
    sheet
        The worksheet part; three plain rows when left out.
    strings
        The shared strings; None for a workbook without the part.
    workbook
        Further children of the workbook part, after ``sheets``.
    extra, types, defaults
        Further parts and their content types.
    sheet_rels, book_rels
        Further relationships of the sheet and of the workbook.
    """
    overrides = {
        "xl/workbook.xml": "sheet.main+xml",
        "xl/worksheets/sheet1.xml": "worksheet+xml",
        "xl/styles.xml": "styles+xml",
    }
    links = [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")]
    if strings is not None:
        overrides["xl/sharedStrings.xml"] = "sharedStrings+xml"
        links.append(("rId3", "sharedStrings", "sharedStrings.xml"))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": content_types_xml({**overrides, **(types or {})}, defaults),
        "_rels/.rels": relationships_xml(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
            f'<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>{workbook}</workbook>'
        ),
        "xl/_rels/workbook.xml.rels": relationships_xml(*links, *book_rels),
        "xl/worksheets/sheet1.xml": sheet if sheet is not None else sheet_xml(),
        "xl/styles.xml": DECLARATION + STYLES,
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = strings if isinstance(strings, bytes) else DECLARATION + strings
    if sheet_rels:
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = relationships_xml(*sheet_rels)
    return parts | dict(extra or {})


def book(sheet: str | bytes | None = None, **keywords) -> bytes:
    """Return a workbook with one sheet; keywords as for `book_parts`."""
    return zip_parts(book_parts(sheet, **keywords))


def png(width: int = 4, height: int = 3, colour: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    lines = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
