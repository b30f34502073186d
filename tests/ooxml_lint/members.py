"""The zip container: names, headers and ZIP64 records, and each XML part well-formed without a DOCTYPE."""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import TYPE_CHECKING
from xml.parsers import expat

from tests.ooxml_lint.archive import UNREADABLE, fold, relationships_of
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import COMPATIBILITY, RELATIONSHIPS, MarkupError, refuse_doctype

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    from tests.ooxml_lint.archive import Archive

ZIP64_FIELD = 0x0001
ZIP64_LOCATOR = b"PK\x06\x07"
MAX_32 = 0xFFFFFFFF

_LOCAL = struct.Struct("<4s5H3I2H")
_DRIVE = re.compile(r"[A-Za-z]:")


def check_members(archive: Archive) -> Iterator[Defect]:
    """Check names and headers of the members, and that each can be read."""
    for name, times in Counter(fold(info.filename) for info in archive.infos).items():
        if times > 1:
            yield Defect("lint.duplicate-member", name, "", {"times": times})
    for info in archive.infos:
        name = info.filename.replace("\\", "/")
        if ".." in name.split("/") or _DRIVE.match(name):  # XlsxWriter itself writes a leading slash
            yield Defect("lint.member-name", name)
        yield from _check_header(archive, info)
        try:
            archive.zip.read(info)
        except UNREADABLE as error:
            yield Defect("lint.member-damaged", name, "", {"reason": str(error)})
    if (
        ZIP64_LOCATOR in archive.data[-(1 << 16) :]
        and len(archive.data) < MAX_32
        and len(archive.infos) < 0xFFFF
    ):
        yield Defect("lint.zip64-not-needed", "", "end of central directory")


def check_markup(archive: Archive) -> Iterator[Defect]:
    """Check every XML part: no DOCTYPE, well-formed, ignorable prefixes declared, relationship ids known."""
    for name in archive.names:
        if not _is_xml(archive, name):
            continue
        data = archive.read(name)
        try:
            refuse_doctype(data)
            yield from _Scan(archive, name).run(data)
        except MarkupError as error:
            code = "lint.doctype" if error.doctype else "lint.malformed-xml"
            yield Defect(code, name, "", {"reason": error.reason})


class _Scan:
    """One pass over a part for what any XML part can get wrong."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._name = name
        self._known = {item.id for item in archive.relationships(name)}
        self._has_relationships = archive.find(relationships_of(name)) is not None
        self._prefixes: Counter[str] = Counter()
        self._found: dict[tuple[str, str], Defect] = {}

    def run(self, data: bytes) -> Iterator[Defect]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartNamespaceDeclHandler = self._on_prefix
        parser.EndNamespaceDeclHandler = self._on_prefix_end
        parser.StartElementHandler = self._on_start
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise MarkupError(str(error)) from None
        yield from self._found.values()

    def _on_prefix(self, prefix: str | None, _: str) -> None:
        self._prefixes[prefix or ""] += 1

    def _on_prefix_end(self, prefix: str | None) -> None:
        self._prefixes[prefix or ""] -= 1

    def _on_start(self, tag: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            namespace, _, local = name.rpartition(" ")
            if not namespace:
                continue
            if namespace in RELATIONSHIPS:
                self._check_id(tag.rpartition(" ")[2], value)
            elif namespace == COMPATIBILITY and local == "Ignorable":
                self._check_prefixes(value)

    def _check_id(self, tag: str, value: str) -> None:
        action_only = not value and tag in {"hlinkClick", "hlinkHover", "hlinkMouseOver"}
        if value not in self._known and not action_only:
            place = f"{tag} {value}".strip()
            self._found["id", place] = Defect("lint.relationship-unknown", self._name, place, {"id": value})

    def _check_prefixes(self, value: str) -> None:
        for prefix in value.split():
            if self._prefixes[prefix] <= 0:
                self._found["prefix", prefix] = Defect("lint.undeclared-prefix", self._name, prefix)


def _is_xml(archive: Archive, name: str) -> bool:
    kind = archive.content_type(name) or ""
    return kind.endswith(("+xml", "/xml")) or name.lower().endswith((".xml", ".rels"))


def _check_header(archive: Archive, info: zipfile.ZipInfo) -> Iterator[Defect]:
    header = archive.data[info.header_offset : info.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        yield Defect("lint.local-header", info.filename)
        return
    *_, size, extra = _LOCAL.unpack(header)
    start = info.header_offset + _LOCAL.size
    if archive.data[start : start + size] != info.orig_filename.encode(
        "utf-8" if info.flag_bits & 0x800 else "cp437"
    ):
        yield Defect("lint.local-header", info.filename)
    fields = archive.data[start + size : start + size + extra]
    small = max(info.file_size, info.compress_size, info.header_offset) < MAX_32
    if small and ZIP64_FIELD in {*_field_ids(fields), *_field_ids(info.extra)}:
        yield Defect("lint.zip64-not-needed", info.filename)


def _field_ids(extra: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind
        at += 4 + size
