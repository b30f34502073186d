"""Writing a changed container: untouched members are copied region by region, bytes as they are.

Members keep their physical order and the directory its own. A replaced member keeps its place, name, date and
attributes; its sizes move into the local header, so that it needs no data descriptor. New members follow the
last one, dated 1980-01-01, so that the same edit gives the same bytes. ZIP64 fields are written only where a
number does not fit: Excel offers to repair files that carry them for no reason.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from crmbook.ooxml.archive import CENTRAL, DEFLATED, END, END64, LOCAL, LOCATOR, MAX16, MAX32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crmbook.ooxml.archive import Archive, Member
    from crmbook.ooxml.deflate import Packed

_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_DOS_1980 = 0x0021
_VERSION = 20
_VERSION64 = 45


def write(
    archive: Archive,
    changes: Mapping[Member, Packed | None],
    additions: Mapping[str, Packed],
    out: Callable[[bytes | memoryview], object],
) -> None:
    """Write `archive` with some members replaced, dropped (None) or added.

    Parameters
    ----------
    archive
        The container as it was read.
    changes
        New content by member; members not named are copied.
    additions
        Content of new members by name, in the order in which they are to be.
    out
        Called with each run of bytes in turn.
    """
    target = _Target(out, archive.base)
    offsets: dict[Member, int] = {}
    view = memoryview(archive.data)
    physical = sorted(archive.members, key=lambda member: member.offset)
    target.put(view[: physical[0].offset] if physical else view[: archive.directory_start])
    for member in physical:
        packed = changes.get(member, _KEEP)
        if packed is None:
            continue
        offsets[member] = target.offset
        target.put(*(_kept(view, member) if isinstance(packed, _Keep) else _record(member.central, packed)))
    entries = [
        _entry(member, changes.get(member) or None, offsets[member])
        for member in archive.members
        if member in offsets
    ]
    for name, packed in additions.items():
        fresh = _fresh(name)
        entries.append(_central(fresh, packed, target.offset))
        target.put(*_record(fresh, packed))
    start = target.offset
    target.put(*entries)
    target.put(_end(len(entries), target.offset - start, start, archive.base))
    target.put(archive.trailer)


class _Target:
    """What is written so far, counted from `base`, the bytes before the container (a program that unpacks itself)."""

    def __init__(self, out: Callable[[bytes | memoryview], object], base: int) -> None:
        self._out, self.offset = out, -base

    def put(self, *runs: bytes | memoryview) -> None:
        for run in runs:
            self._out(run)
            self.offset += len(run)


class _Keep:
    """Marks a member that is not changed (None means dropped)."""


_KEEP = _Keep()


def _kept(view: memoryview, member: Member) -> Iterator[bytes | memoryview]:
    yield view[member.offset : member.end]


def _record(central: bytes, packed: Packed) -> Iterator[bytes | memoryview]:
    """Local header and data of a replaced or new member, named and dated like its directory entry."""
    fields = CENTRAL.unpack_from(central)
    name = central[CENTRAL.size : CENTRAL.size + fields[10]]
    size, length = packed.size, packed.packed
    extra = b""
    if size >= MAX32 or length >= MAX32:
        extra = struct.pack("<2H2Q", 1, 16, size, length)
        size = length = MAX32
    flags, version = fields[3] & ~_DESCRIPTOR, _VERSION64 if extra else _VERSION
    sizes = (packed.crc, length, size, len(name), len(extra))
    yield LOCAL.pack(b"PK\x03\x04", version, flags, DEFLATED, fields[5], fields[6], *sizes) + name + extra
    yield from packed.chunks


def _entry(member: Member, packed: Packed | None, offset: int) -> bytes:
    """Directory entry of a member that was there before: as it was, but for what must change."""
    if packed is not None:
        return _central(member.central, packed, offset)
    fields = CENTRAL.unpack_from(member.central)
    if MAX32 in (fields[8], fields[9], fields[16]) or offset >= MAX32:
        return _entry64(member.central, (member.size, member.packed, offset))
    return member.central[:42] + struct.pack("<L", offset) + member.central[46:]


def _central(old: bytes, packed: Packed, offset: int) -> bytes:
    fields = list(CENTRAL.unpack_from(old))
    fields[2] = _VERSION
    fields[3] &= ~_DESCRIPTOR
    fields[4], fields[7], fields[8], fields[9] = DEFLATED, packed.crc, 0, 0
    fields[16] = 0
    plain = CENTRAL.pack(*fields) + old[CENTRAL.size :]
    return _entry64(plain, (packed.size, packed.packed, offset))


def _entry64(old: bytes, numbers: tuple[int, int, int]) -> bytes:
    """Rebuild a directory entry around (size, packed, offset), with a ZIP64 field exactly where one is needed."""
    fields = list(CENTRAL.unpack_from(old))
    name, extra, comment = _variable(old, fields)
    wide = b"".join(struct.pack("<Q", number) for number in numbers if number >= MAX32)
    extra = _without_zip64(extra)
    if wide:
        extra = struct.pack("<2H", 1, len(wide)) + wide + extra
        fields[2] = max(fields[2], _VERSION64)
    fields[9], fields[8], fields[16] = (min(number, MAX32) for number in numbers)
    fields[11] = len(extra)
    return CENTRAL.pack(*fields) + name + extra + comment


def _variable(raw: bytes, fields: list[int]) -> tuple[bytes, bytes, bytes]:
    name_end = CENTRAL.size + fields[10]
    extra_end = name_end + fields[11]
    return raw[CENTRAL.size : name_end], raw[name_end:extra_end], raw[extra_end:]


def _without_zip64(extra: bytes) -> bytes:
    kept, at = [], 0
    while at + 4 <= len(extra):
        header, length = struct.unpack_from("<2H", extra, at)
        if header != 1:
            kept.append(extra[at : at + 4 + length])
        at += 4 + length
    return b"".join(kept) + extra[at:]


def _fresh(name: str) -> bytes:
    """Directory entry of a member that was not there before, its numbers still zero."""
    raw = name.encode()
    flags = 0 if raw.isascii() else _UTF8
    numbers = (_VERSION, _VERSION, flags, DEFLATED, 0, _DOS_1980, 0, 0, 0, len(raw))
    return CENTRAL.pack(b"PK\x01\x02", *numbers, 0, 0, 0, 0, 0, 0) + raw


def _end(count: int, size: int, start: int, base: int) -> bytes:
    """End record without its comment, after the ZIP64 records where a number does not fit."""
    ends = b""
    if count >= MAX16 or size >= MAX32 or start >= MAX32:
        ends = END64.pack(b"PK\x06\x06", 44, _VERSION64, _VERSION64, 0, 0, count, count, size, start)
        ends += LOCATOR.pack(b"PK\x06\x07", 0, start + size + base, 1)
    shown = min(count, MAX16)
    last = END.pack(b"PK\x05\x06", 0, 0, shown, shown, min(size, MAX32), min(start, MAX32), 0)
    return ends + last[:-2]
