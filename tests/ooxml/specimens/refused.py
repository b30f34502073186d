"""Files that must be refused by name: not workbooks, locked ones, and ones made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile

from tests.ooxml.specimens.compound import compound_file
from tests.ooxml.specimens.parts import (
    DECLARATION,
    MAIN,
    MOMENT,
    ROWS,
    book,
    book_parts,
    change,
    content_types_xml,
    relationships_xml,
    sheet_xml,
    swap,
    zip_parts,
)
from tests.ooxml.specimens.specimen import Specimen

SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">'


def encrypted() -> bytes:
    return compound_file({"EncryptionInfo": b"\x04\0\x04\0", "EncryptedPackage": b"\0" * 64})


def old_format() -> bytes:
    return compound_file({"Workbook": b"\x09\x08\x10\0\0\x06\x05\0"})


def doctype() -> bytes:
    return change(book(), {SHEET: swap("<worksheet", f"{OUTSIDE}<worksheet")})


def doctype_in_strings() -> bytes:
    return change(book(), {"xl/sharedStrings.xml": swap("<sst", f"{LAUGHS}<sst")})


def doctype_in_utf16() -> bytes:
    text = book_parts()[SHEET]
    assert isinstance(text, str)
    text = text.replace("UTF-8", "UTF-16").replace("<worksheet", f"{LAUGHS}<worksheet")
    return book(text.encode("utf-16"))


def zip_bomb() -> bytes:
    return change(book(), {"xl/media/big.bin": b"\0" * (64 << 20)})


def sheet_bomb() -> bytes:
    row = b'<row r="9"><c r="A9"><v>1</v></c></row>'
    return change(
        book(), {SHEET: lambda part: part.replace(b"</sheetData>", row * 1_000_000 + b"</sheetData>")}
    )


def lying_sizes() -> bytes:
    """The directory says the sheet is small; unpacking it yields much more."""
    data = bytearray(change(book(), {SHEET: lambda part: part + b" " * 5_000_000}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        info, start = package.getinfo(SHEET), package.start_dir
    at = data.index(SHEET.encode(), start) - 46
    struct.pack_into("<I", data, at + 24, 100)
    struct.pack_into("<I", data, info.header_offset + 22, 100)
    return bytes(data)


def path_out() -> bytes:
    return change(book(), {"../../outside.xml": b"<a/>"})


def path_drive() -> bytes:
    return change(book(), {"C:/windows/x.xml": b"<a/>"})


def signed() -> bytes:
    origin = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    parts = book_parts(
        extra={
            "_xmlsignatures/origin.sigs": b"",
            "_xmlsignatures/sig1.xml": f'{DECLARATION}<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
        },
        types={
            "_xmlsignatures/sig1.xml": "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
        },
        defaults={"sigs": "application/vnd.openxmlformats-package.digital-signature-origin"},
    )
    parts["_rels/.rels"] = relationships_xml(
        ("rId1", "officeDocument", "xl/workbook.xml"), ("rId2", origin, "_xmlsignatures/origin.sigs")
    )
    return zip_parts(parts)


def duplicate_sheet() -> bytes:
    """Two members are called like the sheet; which one an office program reads is anybody's guess."""
    buffer = io.BytesIO(book())
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr(zipfile.ZipInfo("xl/worksheets/sheet9.xml", MOMENT), book_parts()[SHEET])
    return buffer.getvalue().replace(b"xl/worksheets/sheet9.xml", SHEET.encode())


def encrypted_member() -> bytes:
    data = bytearray(book())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        info, start = package.getinfo(SHEET), package.start_dir
    at = data.index(SHEET.encode(), start) - 46
    struct.pack_into("<H", data, at + 8, 1)
    struct.pack_into("<H", data, info.header_offset + 6, 1)
    return bytes(data)


def other_compression() -> bytes:
    return zip_parts(book_parts(), zipfile.ZIP_LZMA)


def word_document() -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zip_parts(
        {
            "[Content_Types].xml": content_types_xml({"word/document.xml": kind}),
            "_rels/.rels": relationships_xml(("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": f"{DECLARATION}<document/>",
        }
    )


def binary_workbook() -> bytes:
    kind = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    return zip_parts(
        {
            "[Content_Types].xml": content_types_xml({"xl/workbook.bin": kind}),
            "_rels/.rels": relationships_xml(("rId1", "officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": b"\x83\x01\0",
        }
    )


def open_document() -> bytes:
    return zip_parts({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"})


def no_workbook() -> bytes:
    return change(book(), {"xl/workbook.xml": None})


def no_sheet_part() -> bytes:
    return change(book(), {SHEET: None})


def malformed_sheet() -> bytes:
    return change(book(), {SHEET: swap("</row>", "</raw>")})


def malformed_workbook() -> bytes:
    return change(book(), {"xl/workbook.xml": swap("</sheets>", "")})


def truncated() -> bytes:
    return book()[:-200]


def damaged_sheet() -> bytes:
    data = bytearray(book())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        info = package.getinfo(SHEET)
    at = info.header_offset + 30 + len(SHEET)
    data[at : at + 20] = b"\xff" * 20
    return bytes(data)


def wrong_check_sum() -> bytes:
    data = bytearray(zip_parts(book_parts(), zipfile.ZIP_STORED))
    at = data.index(b"<v>3.5</v>")
    data[at : at + 10] = b"<v>9.5</v>"
    return bytes(data)


def rows_out_of_order() -> bytes:
    row = f'<row r="2" xmlns="{MAIN}"><c r="B2"><v>7</v></c></row>'
    return change(book(), {SHEET: swap("</sheetData>", f"{row}</sheetData>")})


def latin_sheet() -> bytes:
    """A worksheet in ISO-8859-1, which the standard does not allow."""
    rows = ROWS + '<row r="4"><c r="A4" t="inlineStr"><is><t>\xe9t\xe9</t></is></c></row>'
    return book(sheet_xml(rows).replace("UTF-8", "ISO-8859-1").encode("latin-1"))


def declared_twice() -> bytes:
    """The main namespace under two names, and one prefix given to two namespaces at different depths."""
    rows = ROWS.replace('<row r="3">', f'<m:row r="3" xmlns:m="{MAIN}">')
    rows = rows.removesuffix("</row>") + "</m:row>"
    return book(
        sheet_xml(rows, after='<extLst><ext uri="u" xmlns:m="urn:other"><m:row r="3"/></ext></extLst>')
    )


def empty_zip() -> bytes:
    return zip_parts({})


def web_page() -> bytes:
    return b"<html><table><tr><td>1</td></tr></table></html>"


def text() -> bytes:
    return "客户,电话\n王芳,138".encode("gb18030")


_TABLE = [
    (encrypted, "a workbook under a password", "ooxml.encrypted"),
    (old_format, "a workbook of Excel 97 (.xls)", "ooxml.legacy-xls"),
    (doctype, "a DOCTYPE that reads a file", "ooxml.doctype"),
    (doctype_in_strings, "a DOCTYPE with entities that multiply", "ooxml.doctype"),
    (doctype_in_utf16, "a DOCTYPE behind another encoding", "ooxml.doctype"),
    (zip_bomb, "a member that unpacks a thousandfold", "ooxml.zip-bomb"),
    (sheet_bomb, "a sheet that unpacks a thousandfold", "ooxml.zip-bomb"),
    (lying_sizes, "sizes in the directory that are not true", "ooxml.damaged-zip"),
    (path_out, "a name that leads out of the package", "ooxml.unsafe-path"),
    (path_drive, "a name on a drive", "ooxml.unsafe-path"),
    (signed, "a digital signature, which any edit would break", "ooxml.signed"),
    (duplicate_sheet, "two members called like the sheet", "ooxml.duplicate-part"),
    (encrypted_member, "a member encrypted by the zip program", "ooxml.encrypted-member"),
    (other_compression, "members packed with LZMA", "ooxml.unsupported-compression"),
    (word_document, "a text document", "ooxml.not-a-workbook"),
    (binary_workbook, "a binary workbook (.xlsb)", "ooxml.binary-workbook"),
    (open_document, "an OpenDocument spreadsheet", "ooxml.not-a-workbook"),
    (no_workbook, "no workbook part", "ooxml.not-a-workbook"),
    (no_sheet_part, "no part for the sheet", "ooxml.missing-part"),
    (malformed_sheet, "a sheet that is not well-formed", "ooxml.malformed-xml"),
    (malformed_workbook, "a workbook part that is not well-formed", "ooxml.malformed-xml"),
    (truncated, "the end of the file is missing", "ooxml.truncated"),
    (damaged_sheet, "a sheet whose data are damaged", "ooxml.damaged-zip"),
    (wrong_check_sum, "a sheet that fails its check sum", "ooxml.damaged-zip"),
    (rows_out_of_order, "a row that comes twice", "ooxml.row-order"),
    (latin_sheet, "a sheet in ISO-8859-1", "ooxml.encoding"),
    (declared_twice, "rows under two spellings of one namespace", "ooxml.malformed-row"),
    (empty_zip, "a zip file with nothing in it", "ooxml.not-a-workbook"),
    (web_page, "a web page called .xlsx", "ooxml.not-a-zip"),
    (text, "a text file called .xlsx", "ooxml.not-a-zip"),
    (bytes, "an empty file", "ooxml.empty-file"),
]
REFUSED = [
    Specimen(builder.__name__.replace("_", "-"), feature, builder, code=code)
    for builder, feature, code in _TABLE
]
