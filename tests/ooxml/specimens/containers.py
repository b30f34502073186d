"""Specimens of the zip container: what other programs write and what crmbook must carry along."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.ooxml.specimens.parts import MOMENT, book, book_parts, change, zip_parts
from tests.ooxml.specimens.specimen import Specimen


class _Pipe(io.RawIOBase):
    """A file that cannot seek, so that zipfile writes data descriptors."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.content += data
        return len(data)


def data_descriptors() -> bytes:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in book_parts().items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, part)
    return bytes(pipe.content)


def folder_entries() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for folder in ("_rels/", "xl/", "xl/_rels/", "xl/worksheets/"):
            package.writestr(zipfile.ZipInfo(folder, MOMENT), b"")
        for name, part in book_parts().items():
            package.writestr(zipfile.ZipInfo(name, MOMENT), part)
    return buffer.getvalue()


def stored_members() -> bytes:
    return zip_parts(book_parts(), zipfile.ZIP_STORED)


def archive_comment() -> bytes:
    buffer = io.BytesIO(book())
    with zipfile.ZipFile(buffer, "a") as package:
        package.comment = "存档 comment".encode()
    return buffer.getvalue()


def extra_fields() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in book_parts().items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.extra = struct.pack("<HHB4s", 0x5455, 5, 1, b"\0\0\0\0") + struct.pack(
                "<HH4s", 0xA220, 4, b"\0\0\0\0"
            )
            info.external_attr = 0o644 << 16
            info.comment = b"member comment"
            package.writestr(info, part)
    return buffer.getvalue()


def zip64_records() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in book_parts().items():
            with package.open(zipfile.ZipInfo(name, MOMENT), "w", force_zip64=True) as member:
                member.write(part.encode() if isinstance(part, str) else part)
    return buffer.getvalue()


def types_last() -> bytes:
    parts = book_parts()
    return zip_parts({**{name: parts[name] for name in reversed(parts)}})


def backslash_names() -> bytes:
    """Names with backslashes, which some programs on Windows wrote."""
    data = book()
    for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml"):
        data = data.replace(name.encode(), name.replace("/", "\\").encode())
    return data  # inside the packed parts the names stay as they are


def duplicate_member() -> bytes:
    """A picture stored twice under one name: carried along, because nothing needs it."""
    base = change(book(), {"xl/media/image1.bin": b"first"})
    types = change(
        base,
        {
            "[Content_Types].xml": lambda part: part.replace(
                b"</Types>", b'<Default Extension="bin" ContentType="a/b"/></Types>'
            )
        },
    )
    at = io.BytesIO(types.replace(b"image1.bin", b"image2.bin"))
    with zipfile.ZipFile(at, "a") as package:
        package.writestr(zipfile.ZipInfo("xl/media/image1.bin", MOMENT), b"second")
    return at.getvalue().replace(b"image2.bin", b"image1.bin")


def utf8_names() -> bytes:
    types = lambda part: part.replace(
        b"</Types>", b'<Default Extension="txt" ContentType="text/plain"/></Types>'
    )
    return change(book(), {"[Content_Types].xml": types, "custom/说明.txt": "你好".encode()})


def many_blocks() -> bytes:
    """A sheet part made of stored deflate blocks and flushes, as streaming writers leave it."""
    parts = book_parts()
    sheet = str(parts["xl/worksheets/sheet1.xml"]).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(
        packer.compress(sheet[at : at + 50]) + packer.flush(zlib.Z_FULL_FLUSH)
        for at in range(0, len(sheet), 50)
    )
    packed += packer.flush()
    return _with_raw(parts, "xl/worksheets/sheet1.xml", sheet, packed)


def _with_raw(parts, name: str, content: bytes, packed: bytes) -> bytes:
    """Return the package with one member's compressed bytes given by hand."""
    out, directory, offset = bytearray(), bytearray(), 0
    for part, text in parts.items():
        body = text.encode() if isinstance(text, str) else text
        raw, packer = body, zlib.compressobj(6, zlib.DEFLATED, -15)
        shrunk = packed if part == name else packer.compress(raw) + packer.flush()
        fields = (0, 8, 0x38E5, 0x58A6, zlib.crc32(body), len(shrunk), len(body), len(part), 0)
        offset = len(out)
        out += struct.pack("<I5H3I2H", 0x04034B50, 20, *fields) + part.encode() + shrunk
        directory += (
            struct.pack("<I6H3I5H2I", 0x02014B50, 20, 20, *fields, 0, 0, 0, 0, offset) + part.encode()
        )
    end = struct.pack("<I4H2IH", 0x06054B50, 0, 0, len(parts), len(parts), len(directory), len(out), 0)
    assert zlib.decompress(packed, -15) == content
    return bytes(out + directory + end)


def gap_between_members() -> bytes:
    """Bytes that belong to nothing before the first member, as self-extractors and signers leave them."""
    data = book()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        start, count = package.start_dir, len(package.namelist())
    gap, directory = b"not a member ", bytearray(data[start:])
    at = 0
    for _ in range(count):
        name, extra, comment = struct.unpack_from("<3H", directory, at + 28)
        (offset,) = struct.unpack_from("<I", directory, at + 42)
        struct.pack_into("<I", directory, at + 42, offset + len(gap))
        at += 46 + name + extra + comment
    struct.pack_into("<I", directory, at + 16, start + len(gap))
    return gap + data[:start] + bytes(directory)


CONTAINERS = [
    Specimen(builder.__name__.replace("_", "-"), feature, builder)
    for builder, feature in [
        (data_descriptors, "sizes after the data (data descriptors)"),
        (folder_entries, "entries for folders"),
        (stored_members, "members without compression"),
        (archive_comment, "an archive comment"),
        (extra_fields, "extra fields, attributes and comments of members"),
        (zip64_records, "ZIP64 fields where none are needed"),
        (types_last, "content types that are not first"),
        (backslash_names, "names with backslashes"),
        (duplicate_member, "two members of one name that nothing needs"),
        (utf8_names, "names in UTF-8"),
        (many_blocks, "a sheet of many deflate blocks"),
        (gap_between_members, "bytes before the first member"),
    ]
]
