"""The smallest compound file (MS-CFB): what holds macros, old .xls books and password-protected workbooks."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file whose root holds these streams, each padded to the 4,096 bytes of the cutoff."""
    bodies = [content.ljust(4096, b"\0") for content in streams.values()]
    entries = 1 + len(bodies)
    directory_sectors = -(-entries * 128 // SECTOR)
    chain, starts = [FAT], []
    chain += [*range(2, 1 + directory_sectors), END]
    for body in bodies:
        starts.append(len(chain))
        count = len(body) // SECTOR
        chain += [*range(len(chain) + 1, len(chain) + count), END]
    assert len(chain) <= SECTOR // 4
    fat = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    directory = _entry("Root Entry", 5, child=1, start=END, size=0)
    for number, (name, body, start) in enumerate(zip(streams, bodies, starts, strict=True), start=1):
        right = number + 1 if number < entries - 1 else NONE
        directory += _entry(name, 2, child=NONE, start=start, size=len(body), right=right)
    directory = directory.ljust(directory_sectors * SECTOR, b"\0")
    return _header() + fat + directory + b"".join(bodies)


def _header() -> bytes:
    signature = bytes.fromhex("D0CF11E0A1B11AE1")
    versions = struct.pack("<16x5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    tables = struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0)
    return signature + versions + tables + struct.pack("<109I", 0, *[FREE] * 108)


def _entry(name: str, kind: int, *, child: int, start: int, size: int, right: int = NONE) -> bytes:
    encoded = name.encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB3I", len(encoded) + 2, kind, 1, NONE, right, child)
    return head + b"\0" * 36 + struct.pack("<IQ", start, size)
