"""The zip container as it lies on disk: every member with its raw bytes.

The file is one run of bytes: an optional prefix, the local records in some physical order (local header, packed
data, perhaps a data descriptor, perhaps a gap), the central directory, its end record with a comment. A
`Member` is one entry of the central directory together with its *region*, the bytes from its local header to
the next one; whoever copies the region has copied the member with everything in it that nobody understands.

The standard library's zipfile cannot do this: it re-creates local records on copying. Layout: APPNOTE.TXT 6.3.10,
sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (ZIP64 and end records).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.ooxml import partname
from crmbook.ooxml.errors import ContainerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF
STORED, DEFLATED = 0, 8
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_PIECE = 1 << 20
_PACKED = 128 << 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may cost to open, in members and bytes.

    Attributes
    ----------
    members
        Most members of the container.
    part_size, total_size
        Most inflated bytes of one member and of all together.
    ratio, ratio_floor
        Most inflated bytes per packed byte, asked only of members larger than the floor.
    """

    members: int = 65_536
    part_size: int = 2 << 30
    total_size: int = 4 << 30
    ratio: int = 300
    ratio_floor: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the central directory.

    Attributes
    ----------
    name, part
        The name as stored, and the part name made of it.
    central
        The entry itself, raw, with its name, extra field and comment.
    offset, end
        The region in the file: from the local header to the next member's, or to the directory.
    """

    name: str
    part: str
    central: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    end: int

    @property
    def is_folder(self) -> bool:
        """Return whether this is a directory entry, which is no part."""
        return self.part.endswith("/") or not self.part


class Archive:
    """A zip container held in memory, read only.

    Parameters
    ----------
    data
        The whole file.
    limits
        What it may cost; checked against the directory before anything is inflated, and again while inflating.

    Raises
    ------
    ContainerError
        ``ooxml.empty-file``, ``ooxml.encrypted``, ``ooxml.legacy-xls``, ``ooxml.not-a-zip``, ``ooxml.truncated``,
        ``ooxml.damaged-zip``, ``ooxml.zip-bomb``, ``ooxml.unsafe-path``, ``ooxml.encrypted-member``.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        _refuse_other_formats(data)
        directory = _find_directory(data)
        self.base = directory.base
        self.directory_start = directory.start
        self.trailer = data[directory.end_record + END.size - 2 :]
        if directory.count > limits.members:
            raise ContainerError(
                "ooxml.zip-bomb", reason="members", found=directory.count, limit=limits.members
            )
        self.members: tuple[Member, ...] = tuple(_read_members(data, directory))
        self._check_sizes()

    @cached_property
    def by_part(self) -> Mapping[str, Sequence[Member]]:
        """Members by folded part name; several where the container names a part twice."""
        found: dict[str, list[Member]] = {}
        for member in self.members:
            if not member.is_folder:
                found.setdefault(partname.key(member.part), []).append(member)
        return found

    def data_span(self, member: Member) -> tuple[int, int]:
        """Return where the packed data of `member` begins and ends in the file.

        Raises
        ------
        ContainerError
            ``ooxml.damaged-zip`` if the local header is not there or the data runs into the next member.
        """
        try:
            header = LOCAL.unpack_from(self.data, member.offset)
        except struct.error as error:
            raise ContainerError("ooxml.truncated") from error
        start = member.offset + LOCAL.size + header[9] + header[10]
        if header[0] != b"PK\x03\x04" or start + member.packed > member.end:
            raise ContainerError("ooxml.damaged-zip", member=member.name)
        return start, start + member.packed

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the inflated content of `member`, about one MiB at a time, checked for length and CRC.

        Raises
        ------
        ContainerError
            ``ooxml.damaged-zip`` or ``ooxml.unsupported-compression``.
        """
        start, end = self.data_span(member)
        packed = memoryview(self.data)[start:end]
        if member.method == STORED:
            content: Iterable[bytes] = (
                bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE)
            )
        elif member.method == DEFLATED:
            content = inflate([packed], member.name)
        else:
            raise ContainerError("ooxml.unsupported-compression", member=member.name, method=member.method)
        crc = size = 0
        for piece in content:
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            if size > member.size:
                break
            yield piece
        if size != member.size or crc != member.crc:
            raise ContainerError("ooxml.damaged-zip", member=member.name)

    def _check_sizes(self) -> None:
        limits, total = self.limits, 0
        for member in self.members:
            total += member.size
            if member.size > limits.part_size:
                raise ContainerError(
                    "ooxml.zip-bomb", reason="size", found=member.size, limit=limits.part_size
                )
            if member.size > limits.ratio_floor and member.size > limits.ratio * max(member.packed, 1):
                found = member.size // max(member.packed, 1)
                raise ContainerError("ooxml.zip-bomb", reason="ratio", found=found, limit=limits.ratio)
        if total > limits.total_size:
            raise ContainerError("ooxml.zip-bomb", reason="total size", found=total, limit=limits.total_size)


def refuse_bomb(data: bytes, limits: Limits | None = None) -> None:
    """Inflate every member of a container once, before another reader does it without limits.

    Raises
    ------
    ContainerError
        As `Archive` and `Archive.pieces`.
    """
    archive = Archive(data, limits or Limits())
    for member in archive.members:
        for _ in archive.pieces(member):
            pass


def inflate(chunks: Iterable[bytes | memoryview], name: str) -> Iterator[bytes]:
    """Yield the content of a raw deflate stream given in `chunks`, in pieces of bounded size.

    Raises
    ------
    ContainerError
        ``ooxml.damaged-zip`` naming `name`.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in _small(chunks):
            rest: bytes | memoryview = chunk
            while rest and not stream.eof:
                piece = stream.decompress(rest, _PIECE)
                rest = stream.unconsumed_tail
                if piece:
                    yield piece
        while not stream.eof and (piece := stream.decompress(stream.unconsumed_tail, _PIECE)):
            yield piece
    except zlib.error as error:
        raise ContainerError("ooxml.damaged-zip", member=name) from error
    if not stream.eof:
        raise ContainerError("ooxml.damaged-zip", member=name)


def _small(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Yield `chunks` cut small: with every piece that it gives zlib copies what is left of a chunk."""
    for chunk in chunks:
        whole = memoryview(chunk)
        for at in range(0, len(whole), _PACKED):
            yield whole[at : at + _PACKED]


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    end: int
    count: int
    base: int
    end_record: int


def _refuse_other_formats(data: bytes) -> None:
    if not data:
        raise ContainerError("ooxml.empty-file")
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise ContainerError("ooxml.encrypted" if encrypted else "ooxml.legacy-xls")


def _find_directory(data: bytes) -> _Directory:
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - MAX16 - END.size))
    if at < 0 or at + END.size > len(data):
        raise ContainerError("ooxml.truncated" if data.startswith(b"PK\x03\x04") else "ooxml.not-a-zip")
    _, disk, first_disk, _, count, size, offset, _ = END.unpack_from(data, at)
    stop = at
    if MAX16 in (count, disk) or MAX32 in (size, offset) or data[at - LOCATOR.size :][:4] == b"PK\x06\x07":
        found = _find_end64(data, at)
        if found:
            stop, (count, size, offset) = found
            disk = first_disk = 0
    base = stop - size - offset
    if base < 0 or disk or first_disk:
        raise ContainerError("ooxml.truncated" if base < 0 else "ooxml.damaged-zip", member="")
    return _Directory(stop - size, stop, count, base, at)


def _find_end64(data: bytes, end_record: int) -> tuple[int, tuple[int, int, int]] | None:
    locator = end_record - LOCATOR.size
    if locator < 0 or data[locator : locator + 4] != b"PK\x06\x07":
        return None
    _, _, offset, _ = LOCATOR.unpack_from(data, locator)
    nearest = data.rfind(b"PK\x06\x06", 0, locator)
    at = offset if data[offset : offset + 4] == b"PK\x06\x06" else nearest
    if at < 0 or at + END64.size > len(data):
        raise ContainerError("ooxml.damaged-zip", member="")
    fields = END64.unpack_from(data, at)
    return at, (fields[7], fields[8], fields[9])


def _read_members(data: bytes, directory: _Directory) -> Iterator[Member]:
    entries: list[tuple[tuple[int, int, int], bytes, tuple[int, ...]]] = []
    at = directory.start
    for _ in range(directory.count):
        if data[at : at + 4] != b"PK\x01\x02" or at + CENTRAL.size > directory.end:
            raise ContainerError("ooxml.damaged-zip", member="")
        fields = (0, *CENTRAL.unpack_from(data, at)[1:])
        length = CENTRAL.size + fields[10] + fields[11] + fields[12]
        raw = data[at : at + length]
        entries.append((_sizes(fields, raw, directory.base), raw, fields))
        at += length
    starts = sorted(sizes[2] for sizes, _, _ in entries)
    following = dict(zip(starts, [*starts[1:], directory.start], strict=False))  # no member, no region
    if len(following) != len(starts) or (starts and starts[-1] >= directory.start):
        raise ContainerError("ooxml.damaged-zip", member="")
    for (packed, size, offset), raw, fields in entries:
        yield _member(raw, fields, (packed, size, offset, following[offset]))


def _member(raw: bytes, fields: tuple[int, ...], extent: tuple[int, int, int, int]) -> Member:
    flags, name_length = fields[3], fields[10]
    stored = raw[CENTRAL.size : CENTRAL.size + name_length]
    name = stored.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    if flags & 0x2041:
        raise ContainerError("ooxml.encrypted-member", member=name)
    packed, size, offset, end = extent
    if offset + LOCAL.size + packed > end:
        raise ContainerError("ooxml.damaged-zip", member=name)
    return Member(name, partname.normal(name), raw, flags, fields[4], fields[7], packed, size, offset, end)


def _sizes(fields: tuple[int, ...], raw: bytes, base: int) -> tuple[int, int, int]:
    """Packed size, inflated size and absolute offset, taken from the ZIP64 extra field where it holds them."""
    size, packed, offset = fields[9], fields[8], fields[16]
    if MAX32 in (size, packed, offset):
        extra = zip64_extra(raw[CENTRAL.size + fields[10] :][: fields[11]])
        wide = iter(struct.unpack(f"<{len(extra) // 8}Q", extra[: len(extra) // 8 * 8]))
        size = next(wide, size) if size == MAX32 else size
        packed = next(wide, packed) if packed == MAX32 else packed
        offset = next(wide, offset) if offset == MAX32 else offset
    return packed, size, offset + base


def zip64_extra(extra: bytes) -> bytes:
    """Return the body of the ZIP64 field (header 0x0001) inside an extra field; empty if there is none."""
    at = 0
    while at + 4 <= len(extra):
        header, length = struct.unpack_from("<2H", extra, at)
        if header == 1:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""
