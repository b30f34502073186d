"""What kind of file some bytes are, by what they hold: names lie, and many an ``.xls`` is a web page."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final, Literal

from crmbook.exchange.sources.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.read import WorkbookKind

    Kind = WorkbookKind | Literal["csv", "vcard"]

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_HEAD: Final = 4096
_OPEN: Final = "application/vnd.oasis.opendocument.spreadsheet"
_PACKAGES: Final[Mapping[str, WorkbookKind]] = {"xl/workbook.bin": "xlsb", _OPEN: "ods", "xl/": "xlsx"}
_OTHER_PACKAGES: Final = {
    "\nword/": "Word",
    "\nppt/": "PowerPoint",
    "\napplication/vnd.oasis": "OpenDocument",
}
_OTHERS: Final = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"SQLite format 3": "SQLite",
    b"{\\rtf": "RTF",
    b"PAR1": "Parquet",
}
_CARD: Final = re.compile(rb"\s*BEGIN\s*:\s*VCARD", re.IGNORECASE)
_PAGE: Final = re.compile(rb"<(?:!DOCTYPE|html|head|body|table|\?xml|meta)\b", re.IGNORECASE)


def sniff_kind(data: bytes) -> Kind:
    """Return what kind of source `data` is.

    Raises
    ------
    SourceError
        ``import.empty``, ``read.encrypted``, ``import.web-page``, ``import.other-kind`` or ``import.binary``.
    """
    if not data.strip(b" \t\r\n\0"):
        raise SourceError("import.empty")
    if data.startswith(_ZIP):
        return _kind_of_zip(data)
    if data.startswith(_OLE):
        return _kind_of_ole(data)
    for begin, name in _OTHERS.items():
        if data.startswith(begin):
            raise SourceError("import.other-kind", kind=name)
    head = data[:_HEAD].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf")
    head = head[2:] if data.startswith(_UTF16) else head
    if _CARD.match(head):
        return "vcard"
    if _PAGE.match(_behind_comments(head)):
        raise SourceError("import.web-page")
    _refuse_binary(data)
    return "csv"


def _behind_comments(page: bytes) -> bytes:
    """Return what follows the comments that a page may begin with."""
    page = page.lstrip()
    while page.startswith(b"<!--"):
        page = page.partition(b"-->")[2].lstrip()
    return page


def _kind_of_zip(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = "\n".join(name.replace("\\", "/").lower() for name in archive.namelist())
            with archive.open("mimetype") if "mimetype" in archive.namelist() else io.BytesIO() as file:
                names += "\n" + file.read(len(_OPEN)).decode("latin-1")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, zlib.error):
        names = "\n" + data.decode("latin-1")  # damaged: who reads it says how
    for sign, kind in _PACKAGES.items():
        if sign in names:
            return kind
    name = next((name for sign, name in _OTHER_PACKAGES.items() if sign in f"\n{names}"), "ZIP")
    raise SourceError("import.other-kind", kind=name)


def _kind_of_ole(data: bytes) -> Kind:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise SourceError("read.encrypted")
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return "xls"
    if "WordDocument".encode("utf-16-le") in data:
        raise SourceError("import.other-kind", kind="Word")
    raise SourceError("import.binary")


def _refuse_binary(data: bytes) -> None:
    """Refuse what is no text: control characters that none has, unless half of a text in UTF-16 is zeros."""
    sample = data[: 1 << 16]
    if sample.startswith(_UTF16):  # half of a character may look like a control
        sample = sample.decode("utf-16", "replace").encode()
    controls = sum(
        map(sample.count, (bytes([code]) for code in (*range(1, 9), *range(14, 27), 28, 29, 30, 31)))
    )
    zeros = sample.count(0)
    is_wide = zeros * 5 > len(sample)
    if controls * 50 > len(sample) or (zeros * 50 > len(sample) and not is_wide):
        raise SourceError("import.binary")
