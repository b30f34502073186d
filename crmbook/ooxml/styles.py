"""``xl/styles.xml``: which cell formats show a number as a date, and differential formats for marks.

A cell's ``s`` counts into ``cellXfs``; its number format is built in (ids below 164) or spelled out in
``numFmts``. A format shows dates when, outside quotes, brackets and escapes, one of its letters is y, m, d, h or
s, or the ``e`` of East Asian years (``e"年"``); the built-in ids are those of ISO/IEC 29500-1, 18.8.30, with the
East Asian ones 27 to 36 and 50 to 58.
"""

from __future__ import annotations

import re
from functools import cached_property

from crmbook.ooxml.markup import plain, prefixed
from crmbook.ooxml.schemaorder import STYLESHEET, insertion
from crmbook.ooxml.xml import Document, Element, natural, splice

_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_DAY, _MOMENT = "14", "22"
"""The built-in formats of a day and of a moment, which every program shows in the order of its own region."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE | re.DOTALL)
_PADDED = re.compile(r"(0{2,})(?:_.)*")
_GENERAL = re.compile(r"general", re.IGNORECASE)
_UNIT = re.compile(
    r'\[\$(?P<symbol>[^\[\]-]++)(?:-(?P<region>[0-9A-F]++))?+[^\[\]]*+\]|"(?P<quoted>[^"]*+)"|\\?(?P<sign>[$€£¥￥₩₹₽฿₫])|\\.|_.|\*.|\[[^\[\]]*+\]',
    re.IGNORECASE | re.DOTALL,
)
_YEN, _JAPAN = "¥￥", "411"
_DATE_LETTER = re.compile(r"[ymdhs]|(?<![0-9#?.])e", re.IGNORECASE)


def shows_date(code: str) -> bool:
    """Return whether a number format code shows a date or time."""
    first = _GENERAL.sub("", _LITERAL.sub("", code.split(";", 1)[0]))
    return _DATE_LETTER.search(first) is not None


def unit_shown(code: str) -> str:
    """Return what a number format code shows beside a number, such as the sign of a currency; empty for nothing.

    China and Japan share a sign: that of Japan is ``JPY``.
    """
    for found in _UNIT.finditer(code.split(";", 1)[0]):
        symbol = (found["symbol"] or found["quoted"] or found["sign"] or "").strip()
        if symbol:
            region = (found["region"] or "").upper()[-3:]
            return "JPY" if symbol in _YEN and region == _JAPAN else symbol
    return ""


class Styles:
    """The styles of a package; `data` None stands for a package without any."""

    def __init__(self, data: bytes | None, part: str) -> None:
        self.data = data
        self.part = part

    @cached_property
    def _root(self) -> Element | None:
        return Document(self.data, self.part).root if self.data else None

    @cached_property
    def _formats(self) -> tuple[tuple[str, str | None], ...]:
        """The id of each cell format's number format, and its code where that is spelled out."""
        root = self._root
        formats = root.find("numFmts") if root else None
        codes = (
            {item.get("numFmtId"): item.get("formatCode") or "" for item in formats.children}
            if formats
            else {}
        )
        cells = root.find("cellXfs") if root else None
        numbers = [item.get("numFmtId") or "0" for item in cells.all("xf")] if cells else []
        return tuple((number, codes.get(number)) for number in numbers)

    @cached_property
    def _date_formats(self) -> tuple[bool, ...]:
        return tuple(
            natural(number) in _BUILT_IN_DATES if code is None else shows_date(code)
            for number, code in self._formats
        )

    @cached_property
    def padded(self) -> dict[int, int]:
        """The cell formats that show whole numbers with leading zeros (``000``), by how many digits they show."""
        found = {
            at: _PADDED.fullmatch((code or "").split(";", 1)[0]) for at, (_, code) in enumerate(self._formats)
        }
        return {at: len(match[1]) for at, match in found.items() if match}

    @cached_property
    def units(self) -> dict[int, str]:
        """The cell formats that show something beside a number, with that; what is built in is of each program's region."""
        found = {at: unit_shown(code) for at, (_, code) in enumerate(self._formats) if code}
        return {at: unit for at, unit in found.items() if unit and not self.is_date(at)}

    @property
    def count(self) -> int:
        """Number of cell formats; the first is there even in a package without styles."""
        return max(1, len(self._date_formats))

    def is_date(self, style: int) -> bool:
        """Return whether cell format number `style` shows dates; False for one that does not exist."""
        return style < len(self._date_formats) and self._date_formats[style]

    def dated(self, style: int, *, with_time: bool) -> tuple[int, bytes | None]:
        """Return the number of the cell format that is `style` but shows a date, and the part that holds it.

        The part is None where such a format exists already, and where there are no formats at all.
        """
        cells = self._root.find("cellXfs") if self._root else None
        formats = cells.all("xf") if cells else []
        if self.data is None or cells is None or style >= len(formats):
            return style, None
        shown = _MOMENT if with_time else _DAY
        wanted = {**formats[style].attributes, "numFmtId": shown, "applyNumberFormat": "1"}
        like = self._content(formats[style])
        for number, item in enumerate(formats):
            if item.attributes == wanted and self._content(item) == like:
                return number, None
        own = splice(self.data, [formats[style].set(numFmtId=shown, applyNumberFormat="1")])
        grown = len(own) - len(self.data)
        element = own[formats[style].start : formats[style].end + grown]
        added = splice(self.data, [cells.insert(element)])
        again = Document(added, self.part).root.find("cellXfs")
        count = str(len(formats) + 1)
        return len(formats), splice(added, [again.set(count=count)]) if again else added

    def differential_at(self, number: int) -> bytes | None:
        """Return the content of a differential format in plain form, None where there is none."""
        root = self._root
        holder = root.find("dxfs") if root else None
        items = holder.all("dxf") if holder else []
        if root is None or self.data is None or number >= len(items):
            return None
        return self._content(items[number])

    def _content(self, item: Element) -> bytes:
        inside = plain((self.data or b"")[item.inner : item.inner_end], item.prefix.encode(), self.part)
        return re.sub(rb">\s+<", b"><", inside.strip())

    def differential(self, content: bytes) -> tuple[int, bytes | None]:
        """Return the number of the differential format ``<dxf>content</dxf>``, and the part that holds it.

        The part is None where an equal one exists already. `content` is in plain form.
        """
        root = self._root
        if root is None or self.data is None:
            return 0, None
        holder = root.find("dxfs")
        items = holder.all("dxf") if holder else []
        for number, item in enumerate(items):
            if self._content(item) == content:
                return number, None
        tag = f"{root.prefix}dxf".encode()
        element = b"<" + tag + b">" + prefixed(content, root.prefix.encode()) + b"</" + tag + b">"
        if holder is None:
            whole = (
                b"<"
                + root.prefix.encode()
                + b'dxfs count="1">'
                + element
                + b"</"
                + root.prefix.encode()
                + b"dxfs>"
            )
            return 0, splice(self.data, [insertion(root, "dxfs", whole, STYLESHEET)])
        added = splice(self.data, [holder.insert(element)])
        again = Document(added, self.part).root.find("dxfs")
        return len(items), splice(added, [again.set(count=str(len(items) + 1))]) if again else added
