"""Workbooks that lie, are broken or ask for too much: each a small change of a good one, made by code.

`packages` gives them by name. Nothing in them is random but the places of a few flipped bits, which have seeds.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests.ooxml.specimens.parts import unzip_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Parts = dict[str, bytes]

TYPES, RELS, BOOK, BOOK_RELS = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
)
SHEET, SHEET_RELS, TABLE = (
    "xl/worksheets/sheet2.xml", "xl/worksheets/_rels/sheet2.xml.rels", "xl/tables/table1.xml",
)  # fmt: skip
STRINGS, STYLES, STAMP = "xl/sharedStrings.xml", "xl/styles.xml", "docProps/custom.xml"
RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML_PARTS = (BOOK, BOOK_RELS, SHEET, STRINGS, STYLES, STAMP, TYPES, TABLE)


def packed(
    parts: Parts, *more: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in [*parts.items(), *more]:
            archive.writestr(name, content)
    return out.getvalue()


def packages(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield hostile packages with names that say what is wrong with them."""
    parts = unzip_parts(good)
    yield from _containers(good, parts)
    yield from _relationships(parts)
    yield from _markup(parts)
    yield from _sheets(parts)
    yield from _tables_and_stamps(parts)


# the zip container


def _containers(good: bytes, parts: Parts) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "one byte", b"P"
    yield "only a signature", b"PK\x03\x04"
    yield "a text", "客户,电话\n".encode()
    yield "html", b"<html><table><tr><td>1</td></tr></table></html>"
    yield "gzip", gzip.compress(good[:1000])
    yield "an OLE container", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
    yield "a workbook inside a zip", packed({"客户.xlsx": good})
    yield "no members", packed({})
    for share in (1, 10, 25, 50, 75, 90, 99):
        yield f"truncated at {share} percent", good[: len(good) * share // 100]
    yield "without its directory", good[:-22]
    yield "without its last byte", good[:-1]
    for seed in range(10):
        yield f"flipped bits {seed}", _flipped(good, seed, 0, len(good))
    directory = good.rindex(b"PK\x01\x02", 0, good.index(b"PK\x01\x02") + 4)
    for seed in range(10):
        yield f"flipped bits in the directory {seed}", _flipped(good, seed, directory, len(good))
    yield "zeros in the middle", good[: len(good) // 3] + bytes(2000) + good[len(good) // 3 + 2000 :]
    yield "something before it", b"#!/bin/sh\n" * 10 + good
    yield "something behind it", good + b"x" * 70_000
    for name in (BOOK, SHEET, TYPES, STRINGS):
        yield f"{name} twice", _twice(parts, name)
        yield f"{name} twice in another case", packed(parts, (name.upper(), b"<x/>"))
        yield f"{name} encrypted", _directory_field(packed(parts), name, 8, "<H", 1)
        yield f"{name} in an unknown method", _directory_field(packed(parts), name, 10, "<H", 99)
        yield f"{name} with a wrong sum", _directory_field(packed(parts), name, 16, "<I", 12345)
        yield f"{name} said to be small", _directory_field(packed(parts), name, 24, "<I", 10)
        yield f"{name} said to be large", _directory_field(packed(parts), name, 24, "<I", 0x7FFFFFFF)
        yield f"{name} said to be huge", _directory_field(packed(parts), name, 24, "<I", 0xFFFFFFFF)
        yield f"{name} far away", _directory_field(packed(parts), name, 42, "<I", 0x7FFFFFFF)
    for name in (
        "/etc/passwd",
        "../../evil",
        "C:\\evil",
        "xl\\worksheets\\sheet2.xml",
        "a\x00b",
        "n" * 60_000,
        "目录/",
    ):
        yield f"a member named {name[:12]!r}", packed(parts, (name, b"x"))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield f"packed in method {method}", packed(parts, method=method)
    yield "a bomb in the sheet", packed({**parts, SHEET: b"<a>" + b" " * (64 << 20)})
    yield "a bomb beside it", packed(parts, ("xl/media/image1.png", bytes(64 << 20)))
    yield (
        "70,000 members",
        packed(parts, *((f"m{number}", b"") for number in range(70_000)), method=zipfile.ZIP_STORED),
    )
    end = good.rindex(b"PK\x05\x06")
    for place, kind, value in (
        (4, "<H", 7),
        (8, "<H", 9),
        (10, "<H", 0xFFFF),
        (12, "<I", 5),
        (16, "<I", 0xFFFFFFFF),
    ):
        yield f"a wrong end record at {place}", _put(good, end + place, kind, value)
    yield "a long comment", good[:-2] + struct.pack("<H", 0xFFFF) + b"PK\x05\x06" * 16_383 + b"xyz"


def _flipped(data: bytes, seed: int, begin: int, end: int) -> bytes:
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(1 + seed):
        changed[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _put(data: bytes, at: int, kind: str, value: int) -> bytes:
    return data[:at] + struct.pack(kind, value) + data[at + struct.calcsize(kind) :]


def _directory_field(data: bytes, name: str, field: int, kind: str, value: int) -> bytes:
    """The package with another value in the directory's entry of a member."""
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    return _put(data, entry + field, kind, value)


def _twice(parts: Parts, name: str) -> bytes:
    other = name[:-1] + "~"
    return packed(parts, (other, b"<other/>")).replace(other.encode(), name.encode())


# content types and relationships


def _relationships(parts: Parts) -> Iterator[tuple[str, bytes]]:
    for name in (TYPES, RELS, BOOK, BOOK_RELS, SHEET, SHEET_RELS, STRINGS, STYLES, TABLE, STAMP):
        yield f"without {name}", packed({known: data for known, data in parts.items() if known != name})
        yield f"an empty {name}", packed({**parts, name: b""})
        yield f"{name} that is no markup", packed({**parts, name: b"\x89PNG\r\n\x1a\n" * 10})
    rels, types = parts[BOOK_RELS].decode(), parts[TYPES].decode()
    sheet = re.search(r'<Relationship Id="(rId\d+)"[^>]*Target="worksheets/sheet2.xml"/>', rels)
    assert sheet is not None
    targets = {
        "outside": "../../../../etc/passwd", "itself": "workbook.xml", "a circle": "_rels/workbook.xml.rels",
        "nothing": "worksheets/sheet99.xml", "a folder": "worksheets/", "a web address": "http://127.0.0.1:9/x",
        "a file address": "file:///etc/passwd", "coded": "worksheets/%73heet2.xml", "empty": "", "another sheet": "worksheets/sheet3.xml",
        "shared strings": "sharedStrings.xml",
    }  # fmt: skip
    for what, target in targets.items():
        yield (
            f"a sheet that is {what}",
            _with(parts, BOOK_RELS, rels.replace("worksheets/sheet2.xml", target)),
        )
    external = sheet[0].replace("/>", ' TargetMode="External"/>')
    yield "a sheet outside", _with(parts, BOOK_RELS, rels.replace(sheet[0], external))
    yield "an id twice", _with(parts, BOOK_RELS, rels.replace(sheet[1] + '"', 'rId1"'))
    yield "no id", _with(parts, BOOK_RELS, rels.replace(f'Id="{sheet[1]}" ', ""))
    many = "".join(f'<Relationship Id="x{number}" Type="x" Target="x"/>' for number in range(50_000))
    yield (
        "50,000 relationships",
        _with(parts, BOOK_RELS, rels.replace("</Relationships>", many + "</Relationships>")),
    )
    circle = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{RELATIONSHIP}/worksheet" Target="sheet2.xml"/></Relationships>'
    yield "a sheet of itself", _with(parts, SHEET_RELS, circle)
    yield (
        "every part of one type",
        _with(parts, TYPES, re.sub(r'ContentType="[^"]*"', 'ContentType="text/plain"', types)),
    )
    yield (
        "a workbook with macros said",
        _with(
            parts,
            TYPES,
            types.replace(
                "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
            ),
        ),
    )
    many = "".join(f'<Override PartName="/x{number}" ContentType="x/x"/>' for number in range(50_000))
    yield "50,000 types", _with(parts, TYPES, types.replace("</Types>", many + "</Types>"))


def _with(parts: Parts, name: str, text: str | bytes) -> bytes:
    return packed({**parts, name: text if isinstance(text, bytes) else text.encode()})


# markup

_LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
_DECLARATION = re.compile(rb"^<\?xml[^>]*\?>\s*")


def _markup(parts: Parts) -> Iterator[tuple[str, bytes]]:
    for name in XML_PARTS:
        bare = _DECLARATION.sub(b"", parts[name])
        yield f"laughs in {name}", _with(parts, name, _LAUGHS.encode() + bare.replace(b"</", b"&j;</", 1))
        outside = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        yield f"a file's text in {name}", _with(parts, name, outside + bare)
        yield f"{name} not closed", _with(parts, name, parts[name][: len(parts[name]) // 2])
        yield f"{name} in other bytes than said", _with(parts, name, parts[name] + b"\xff\xfe\xb0\xa1")
    text = parts[SHEET].decode()
    bare = _DECLARATION.sub(b"", parts[SHEET])
    yield "deep nesting", _with(parts, SHEET, text.replace("<sheetData>", "<x>" * 100_000 + "<sheetData>"))
    yield (
        "deep and closed",
        _with(parts, SHEET, text.replace("<sheetPr>", "<x>" * 50_000 + "</x>" * 50_000 + "<sheetPr>")),
    )
    yield (
        "a long attribute",
        _with(parts, SHEET, text.replace("<sheetPr>", f'<sheetPr codeName="{"x" * (8 << 20)}">')),
    )
    yield (
        "50,000 attributes",
        _with(
            parts,
            SHEET,
            text.replace("<sheetPr>", "<sheetPr " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">"),
        ),
    )
    yield (
        "an attribute twice",
        _with(parts, SHEET, text.replace("<sheetPr>", '<sheetPr codeName="a" codeName="b">')),
    )
    yield "two roots", _with(parts, SHEET, text + "<worksheet/>")
    yield "text before the root", _with(parts, SHEET, b"words" + bare)
    yield "an unknown prefix", _with(parts, SHEET, text.replace("<sheetData>", "<y:z/><sheetData>"))
    yield "an odd comment", _with(parts, SHEET, text.replace("<sheetData>", "<!-- a -- b --><sheetData>"))
    yield (
        "an instruction",
        _with(parts, SHEET, text.replace("<sheetData>", f"<?x {'y' * 100_000}?><sheetData>")),
    )
    yield "a control character", _with(parts, SHEET, text.replace("<sheetData>", "\x0b<sheetData>"))
    yield "an entity for nothing", _with(parts, SHEET, text.replace("<sheetData>", "&#0;<sheetData>"))
    yield "an entity too far", _with(parts, SHEET, text.replace("<sheetData>", "&#x110000;<sheetData>"))
    yield "a raw ampersand", _with(parts, STRINGS, parts[STRINGS].replace(b"<t>", b"<t>&", 1))
    yield "two marks of order", _with(parts, SHEET, b"\xef\xbb\xbf" * 2 + bare)
    for coding in ("utf-16", "utf-32", "gb18030", "utf-7"):
        declared = f'<?xml version="1.0" encoding="{coding}"?>'
        yield f"{coding} said and used", _with(parts, SHEET, (declared + bare.decode()).encode(coding))
        yield f"{coding} said only", _with(parts, SHEET, declared.encode() + bare)
    yield "an unknown coding", _with(parts, SHEET, b'<?xml version="1.0" encoding="klingon"?>' + bare)
    yield "another namespace", _with(parts, SHEET, text.replace("schemas.openxmlformats.org", "example.org"))


# sheets

_CELLS: dict[str, str] = {
    "beyond the last column": '<c r="XFE9"><v>1</v></c>',
    "in row 0": '<c r="A0"><v>1</v></c>',
    "below the last row": '<c r="A1048577"><v>1</v></c>',
    "very far below": '<c r="A99999999999999999999"><v>1</v></c>',
    "far to the right": f'<c r="{"Z" * 100}9"><v>1</v></c>',
    "without a place": "<c><v>1</v></c>",
    "at no place": '<c r="?"><v>1</v></c>',
    "twice": '<c r="C900"><v>1</v></c><c r="C900"><v>2</v></c>',
    "text -1": '<c r="C900" t="s"><v>-1</v></c>',
    "text 999999999": '<c r="C900" t="s"><v>999999999</v></c>',
    "text abc": '<c r="C900" t="s"><v>abc</v></c>',
    "text of 10,000 digits": f'<c r="C900" t="s"><v>{"9" * 10_000}</v></c>',
    "of an unknown type": '<c r="C900" t="zzz"><v>1</v></c>',
    "in format 999999999": '<c r="C900" s="999999999"><v>1</v></c>',
    "in format -1": '<c r="C900" s="-1"><v>1</v></c>',
    "1e999": '<c r="C900"><v>1e999</v></c>',
    "NaN": '<c r="C900"><v>NaN</v></c>',
    "of 10,000 digits": f'<c r="C900"><v>{"9" * 10_000}</v></c>',
    "of 1,000,000 characters": f'<c r="P900" t="inlineStr"><is><t>{"x" * 1_000_000}</t></is></c>',
    "with escapes": '<c r="P900" t="inlineStr"><is><t>_x001B_]0;evil_x0007_</t></is></c>',
    "with a long formula": f'<c r="P900"><f>{"1+" * 100_000}1</f><v>1</v></c>',
    "with a deep formula": f'<c r="P900"><f>{"(" * 5_000}1{")" * 5_000}</f><v>1</v></c>',
    "with a shared formula of nobody": '<c r="P900"><f t="shared" si="77"/><v>1</v></c>',
    "with an array without end": '<c r="P900"><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c>',
    "with a command": '<c r="P900"><f>DDE("cmd","/c calc","")</f><v>1</v></c>',
    "with an unknown error": '<c r="P900" t="e"><v>#WHAT!</v></c>',
    "with a day 999999999": '<c r="P900" s="23"><v>999999999</v></c>',
    "with a day -5": '<c r="P900" s="23"><v>-5</v></c>',
}
_AFTER: dict[str, str] = {
    "a merge of everything": '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    "a merge of nothing": '<mergeCells count="9"><mergeCell ref="?"/><mergeCell/></mergeCells>',
    "20,000 merges": "<mergeCells>" + "".join(f'<mergeCell ref="R{n}:S{n}"/>' for n in range(2000, 22_000)) + "</mergeCells>",
    "20,000 rules": "".join(
        f'<conditionalFormatting sqref="A{n}"><cfRule type="expression" priority="{n}"><formula>1</formula></cfRule></conditionalFormatting>'
        for n in range(1, 20_001)
    ),
    "a rule for 20,000 places": f'<dataValidations count="1"><dataValidation type="list" sqref="{" ".join(f"R{n}" for n in range(1, 20_001))}"><formula1>1</formula1></dataValidation></dataValidations>',
    "a rule for no place": '<dataValidations count="-1"><dataValidation type="list" sqref="?"/></dataValidations>',
}  # fmt: skip


def _sheets(parts: Parts) -> Iterator[tuple[str, bytes]]:
    text = parts[SHEET].decode()
    for what, cell in _CELLS.items():
        yield (
            f"a cell {what}",
            _with(parts, SHEET, text.replace("</sheetData>", f'<row r="900">{cell}</row></sheetData>')),
        )
    for number in ("0", "-1", "1048577", "99999999999", "x", "1e3"):
        row = f'<row r="{number}"><c r="P{number}"><v>1</v></c></row>'
        yield f"row {number}", _with(parts, SHEET, text.replace("</sheetData>", f"{row}</sheetData>"))
    yield (
        "row 2 twice",
        _with(
            parts, SHEET, text.replace("</sheetData>", '<row r="2"><c r="P2"><v>1</v></c></row></sheetData>')
        ),
    )
    for what, after in _AFTER.items():
        yield what, _with(parts, SHEET, text.replace("</sheetData>", f"</sheetData>{after}"))
    for ref in ("A1:XFD1048576", "A1", "XFE0:?", ""):
        yield (
            f"dimension {ref!r}",
            _with(parts, SHEET, re.sub('<dimension ref="[^"]*"', f'<dimension ref="{ref}"', text)),
        )
    yield (
        "a column without end",
        _with(parts, SHEET, text.replace("<cols>", '<cols><col min="1" max="99999999" width="9"/>')),
    )
    yield (
        "no rows",
        _with(parts, SHEET, re.sub("<sheetData>.*</sheetData>", "<sheetData/>", text, flags=re.DOTALL)),
    )
    yield "rows twice", _with(parts, SHEET, text.replace("</sheetData>", "</sheetData><sheetData/>"))


# tables, texts, styles, the stamp

_HEADING = r' id="([^"]*)" name="([^"]*)" displayName="[^"]*"'


def _with_table(parts: Parts, heading: str, ref: str) -> bytes:
    """One more table on the sheet of the first, with its columns."""
    table = re.sub(r' ref="[^"]*"', f' ref="{ref}"', parts[TABLE].decode())
    table = table.replace(heading, ' id="99" name="Z" displayName="Z"')
    changed = {
        "xl/tables/table99.xml": table,
        SHEET: parts[SHEET]
        .decode()
        .replace('<tableParts count="1">', '<tableParts count="2"><tablePart r:id="rId99"/>'),
        SHEET_RELS: parts[SHEET_RELS]
        .decode()
        .replace(
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{RELATIONSHIP}/table" Target="../tables/table99.xml"/></Relationships>',
        ),
        TYPES: parts[TYPES]
        .decode()
        .replace(
            "</Types>",
            '<Override PartName="/xl/tables/table99.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"/></Types>',
        ),
    }
    return packed({**parts, **{name: text.encode() for name, text in changed.items()}})


def _tables_and_stamps(parts: Parts) -> Iterator[tuple[str, bytes]]:
    table = parts[TABLE].decode()
    for ref in ("A1:XFD1048576", "A0:A0", "?", "", "B7:A1", "A1:A1", "A1:N99999999"):
        yield f"a table over {ref!r}", _with(parts, TABLE, re.sub(r'ref="[^"]*"', f'ref="{ref}"', table))
    yield (
        "a table without columns",
        _with(parts, TABLE, re.sub("<tableColumns.*</tableColumns>", "", table, flags=re.DOTALL)),
    )
    yield (
        "a table of 10^9 columns",
        _with(parts, TABLE, re.sub(r'tableColumns count="\d+"', 'tableColumns count="999999999"', table)),
    )
    other = parts["xl/tables/table2.xml"].decode()
    heading = re.search(_HEADING, table)
    assert heading is not None
    for what, id_ in (("one name and number", heading[1]), ("one name", "2")):
        named = heading[0].replace(f' id="{heading[1]}"', f' id="{id_}"')
        yield (
            f"two tables of {what}",
            _with(parts, "xl/tables/table2.xml", re.sub(_HEADING, named, other, count=1)),
        )
    for ref in ("B3:D9", "N7:N8", "A1:N7", "A7:N12"):
        yield f"another table over {ref}", _with_table(parts, heading[0], ref)
    yield (
        "a table that its sheet shows twice",
        _with(parts, SHEET, re.sub(r"(<tablePart [^>]*/>)", r"\1\1", parts[SHEET].decode())),
    )
    yield (
        "texts counted 2^31",
        _with(parts, STRINGS, re.sub(rb'ount="\d+"', b'ount="2147483648"', parts[STRINGS])),
    )
    yield "no texts", _with(parts, STRINGS, re.sub(rb"<si>.*</si>", b"", parts[STRINGS], flags=re.DOTALL))
    yield (
        "200,000 empty texts",
        _with(parts, STRINGS, parts[STRINGS].replace(b"</sst>", b"<si><t/></si>" * 200_000 + b"</sst>")),
    )
    yield (
        "no formats",
        _with(parts, STYLES, re.sub(rb"<cellXfs.*</cellXfs>", b"", parts[STYLES], flags=re.DOTALL)),
    )
    long = b'<numFmts count="1"><numFmt numFmtId="200" formatCode="' + b"0;" * 100_000 + b'"/>'
    yield "a long number format", _with(parts, STYLES, re.sub(rb'<numFmts count="\d+">', long, parts[STYLES]))
    book = parts[BOOK].decode()
    names = "".join(f'<definedName name="n{n}">n{n + 1}</definedName>' for n in range(20_000))
    yield (
        "20,000 names in a chain",
        _with(parts, BOOK, book.replace("</definedNames>", f"{names}</definedNames>")),
    )
    yield (
        "a name of itself",
        _with(
            parts,
            BOOK,
            book.replace("</definedNames>", '<definedName name="n">n+n</definedName></definedNames>'),
        ),
    )
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n + 50}" r:id="rId2"/>' for n in range(10_000))
    yield "10,000 sheets of one part", _with(parts, BOOK, book.replace("</sheets>", f"{sheets}</sheets>"))
    yield "no sheets", _with(parts, BOOK, re.sub("<sheets>.*</sheets>", "<sheets/>", book, flags=re.DOTALL))
    yield "sheets of one name", _with(parts, BOOK, re.sub(r'<sheet name="[^"]*"', '<sheet name="S"', book))
    stamp = parts[STAMP].decode()
    change: Callable[[str, str], bytes] = lambda name, value: _with(
        parts,
        STAMP,
        re.sub(rf'(name="crmbook\.{name}"><vt:\w+>)[^<]*', lambda found: found[1] + value, stamp),
    )
    for name, value in (
        ("export", "abc"), ("export", "-1"), ("export", "9" * 30), ("lang", "xx"), ("template", "../../etc/passwd"),
        ("template", "x" * 100_000), ("book", ""), ("book", "'; DROP TABLE book; --"), ("workbook", "../../evil"), ("store", "\n"),
        ("schema", ""), ("workbook", "x" * 100_000),
    ):  # fmt: skip
        yield f"a stamp with {name} {value[:20]!r}", change(name, value)
    yield (
        "a stamp twice",
        _with(parts, STAMP, re.sub("(<property.*</property>)", r"\1\1", stamp, flags=re.DOTALL)),
    )
    yield (
        "a packed member of random bytes",
        packed(parts, ("xl/x.bin", zlib.compress(random.Random(1).randbytes(99_999)))),
    )
