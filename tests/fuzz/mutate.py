"""Ways to spoil a workbook: bytes of the file, bytes of one part, and the structure of its XML.

A mutation of a part is packed again with a right check sum, so that the damage reaches the parsers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ooxml.specimens.parts import unzip_parts, zip_parts

if TYPE_CHECKING:
    import random

TOKENS = [
    b"<", b">", b"/>", b"</", b'"', b"'", b"=", b"&", b"&#0;", b"&#x110000;", b"&amp;", b"]]>", b"<![CDATA[", b"<!--",
    b"-->", b"<?", b"?>", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"<row>", b"</row>", b"<c>", b'r="A0"', b'r="XFE1"',
    b'r="1048577"', b'r="-1"', b'r="99999999999999999999"', b't="s"', b't="zz"', b's="-1"', b"<v>", b"</v>", b"<f>",
    b'<f t="shared" si="0"/>', b'<f t="shared" ref="A1:XFD1048576" si="0">A1</f>', b'ref=""', b'ref="A1:"', b"<si>",
    b"<sheetData>", b"</sheetData>", b"<sheetData/>", b"<!DOCTYPE a>", b'xmlns="urn:x"', b"xmlns:a=''", b"1e999",
    b"nan", b"9" * 400, b"<a>" * 50, b"\xed\xa0\x80", b"_xD800_",
]  # fmt: skip
TAG = re.compile(rb"<[^<>]*>")
ATTRIBUTE = re.compile(rb"[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def spoil_file(data: bytes, dice: random.Random) -> bytes:
    """Flip, cut, repeat or overwrite bytes of the whole file."""
    spoilt = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(max(1, len(spoilt)))
        kind = dice.randrange(5)
        if kind == 0 and spoilt:
            spoilt[at] ^= 1 << dice.randrange(8)
        elif kind == 1 and spoilt:
            spoilt[at] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            del spoilt[at : at + dice.choice([1, 2, 4, 100])]
        elif kind == 3:
            spoilt[at:at] = spoilt[at : at + dice.choice([1, 4, 30])]
        elif dice.random() < 0.2:
            del spoilt[at:]
    return bytes(spoilt)


def spoil_part(data: bytes, dice: random.Random) -> bytes:
    """Spoil one part that the package layer reads, and pack it anew."""
    parts = unzip_parts(data)
    for _ in range(dice.randint(1, 2)):
        name = dice.choice(sorted(name for name in parts if name.endswith((".xml", ".rels"))))
        for _ in range(dice.randint(1, 4)):
            parts[name] = dice.choice(
                [_insert, _drop_tag, _repeat_tag, _swap_tags, _drop_attribute, _cut, spoil_file]
            )(parts[name], dice)
    if dice.random() < 0.1:
        del parts[dice.choice(sorted(parts))]
    return zip_parts(parts)


def _insert(part: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(part) + 1)
    return part[:at] + dice.choice(TOKENS) + part[at:]


def _cut(part: bytes, dice: random.Random) -> bytes:
    return part[: dice.randrange(len(part) + 1)]


def _drop_tag(part: bytes, dice: random.Random) -> bytes:
    found = list(TAG.finditer(part))
    return _without(part, dice.choice(found)) if found else part


def _repeat_tag(part: bytes, dice: random.Random) -> bytes:
    found = list(TAG.finditer(part))
    if not found:
        return part
    one = dice.choice(found)
    return part[: one.end()] + one[0] * dice.choice([1, 2, 20]) + part[one.end() :]


def _swap_tags(part: bytes, dice: random.Random) -> bytes:
    found = list(TAG.finditer(part))
    if len(found) < 2:
        return part
    one, two = sorted(dice.sample(range(len(found)), 2))
    first, second = found[one], found[two]
    return (
        part[: first.start()]
        + second[0]
        + part[first.end() : second.start()]
        + first[0]
        + part[second.end() :]
    )


def _drop_attribute(part: bytes, dice: random.Random) -> bytes:
    found = list(ATTRIBUTE.finditer(part))
    return _without(part, dice.choice(found)) if found else part


def _without(part: bytes, match: re.Match[bytes]) -> bytes:
    return part[: match.start()] + part[match.end() :]
