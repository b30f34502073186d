"""``xl/sharedStrings.xml``: every text that cells hold, once.

Items are kept raw and decoded when asked for. A text is looked up among the plain items (a single ``<t>``);
rich text and phonetic items are never reused for plain text. New texts are appended before the end tag, all that
was there keeps its bytes.

``<si><t>王芳</t></si>`` plain · ``<si><r><rPr>…</rPr><t>王</t></r><r><t>芳</t></r></si>`` rich ·
``<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>`` with a reading, which is no part of the text.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.ooxml import text
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.markup import plain
from crmbook.ooxml.xml import Edit, check_prolog, splice, tokens, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
EMPTY = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<sst xmlns="' + MAIN + b'" count="0" uniqueCount="0"></sst>'
)
_ITEM = re.compile(rb"<si\s*+/>|<si(?:\s[^<>]*+)?>(.*?)</si\s*+>", re.DOTALL)
_BLANK_ITEM = b"<si><t/></si>"
_EMPTY_ITEM = re.compile(rb"<si\s*+/>")
_READING = re.compile(rb"<rPh\b.*?</rPh\s*+>", re.DOTALL)
_TEXT = re.compile(rb"<t\s*+/>|<t(?:\s[^<>]*+)?>(.*?)</t\s*+>", re.DOTALL)
_LOOKUP_BYTES = 96 << 20
_SPACE = b'<t xml:space="preserve">'
_SIMPLE_END = b"</t></si>"
_BLANKS = " \t\r\n"
_SURROGATE = re.compile(rb"_x[dD][89a-fA-F]")


def rich_text(raw: bytes) -> str:
    """Return the text of the plain-form content of an ``<si>`` or ``<is>``, without its phonetic runs."""
    if b"<rPh" in raw:
        end = _closed(raw, b"</rPh")
        raw = _READING.sub(b"", raw[:end]) + raw[end:]
    found = _TEXT.finditer(raw, 0, _closed(raw, b"</t"))
    return text.decode("".join(unescape(match[1] or b"") for match in found))


def trimmed_text(raw: bytes) -> str:
    """Return the text of the plain-form content of an ``<si>``; space at the edges of a run goes unless it is preserved."""
    if raw.startswith(b"<t>") and raw.find(b"<", 3) == len(raw) - 4:
        return _trimmed(raw[3:-4])
    if raw.startswith(_SPACE) and raw.find(b"<", len(_SPACE)) == len(raw) - 4:
        return _trimmed(raw[len(_SPACE) : -4], preserved=True)
    if b"<rPh" in raw:
        end = _closed(raw, b"</rPh")
        raw = _READING.sub(b"", raw[:end]) + raw[end:]
    found = _TEXT.finditer(raw, 0, _closed(raw, b"</t"))
    return "".join(
        _trimmed(match[1] or b"", preserved=b"preserve" in raw[match.start() : match.start(1)])
        for match in found
    )


def _trimmed(raw: bytes, *, preserved: bool = False) -> str:
    if b"&" in raw or b"_x" in raw or b"\r" in raw:
        decoded = unescape(raw)
        return text.decode(decoded if preserved else decoded.strip(_BLANKS))
    return raw.decode() if preserved else raw.decode().strip(_BLANKS)


def _closed(raw: bytes, tag: bytes) -> int:
    """Return where the last end tag is over: beyond it, looking for the end of an element would take for ever."""
    last = raw.rfind(tag)
    while last >= 0:
        over = raw.find(b">", last) + 1
        if over and not raw[last + len(tag) : over - 1].strip():
            return over
        last = raw.rfind(tag, 0, last)
    return 0


def _simple_items(data: bytes) -> list[bytes]:
    """Return the content of each item where there is nothing between them, as programs write them; else nothing."""
    last = data.rfind(b"</si>")
    if last < 0 or not data.startswith(b"<si>"):
        return []
    items = data[len(b"<si>") : last].split(b"</si><si>")
    return items if data.count(b"<si") == data.count(b"</si") == len(items) else []


class SharedStrings:
    """The shared strings of a package.

    Parameters
    ----------
    data
        Content of the part.
    part
        Its name.
    guard
        Called once with the number of texts before the first one is added; it may refuse.
    """

    def __init__(self, data: bytes, part: str, guard: Callable[[int], None] | None = None) -> None:
        check_prolog(data, part)
        self._data = data
        self._part = part
        self._guard = guard
        self._texts: dict[int, str] = {}
        self._new: list[bytes] = []
        self._new_count = 0
        self._new_index: dict[str, int] = {}
        self._uses = 0
        self._is_blanked = False

    @cached_property
    def _root(self) -> tuple[int, int, bytes]:
        """Start and end of the root's tag, and the prefix of its name."""
        for match in tokens(self._data[: 1 << 16], self._part):
            if match["open"] is not None:
                name = match["open"]
                if name.rpartition(b":")[2] != b"sst":
                    break
                return match.start(), match.end(), name[: len(name) - 3]
        raise PartError("ooxml.malformed-xml", part=self._part, reason="no sst element")

    @cached_property
    def _items(self) -> list[bytes]:
        data, (_, start, prefix) = self._data, self._root
        if prefix or b"<!" in data:
            data = plain(data, prefix, self._part)
        elif simple := _simple_items(data[start:]):
            return simple
        end = _closed(data, b"</si")
        items = _ITEM.findall(data, 0, end) + [b""] * len(_EMPTY_ITEM.findall(data, end))
        if len(items) != len(re.findall(rb"<si[\s/>]", data)):
            raise PartError("ooxml.malformed-xml", part=self._part, reason="shared string items")
        return items

    @cached_property
    def _index(self) -> dict[bytes, int]:
        if len(self._data) > _LOOKUP_BYTES:
            return {}
        items = self._items
        return dict(zip(reversed(items), range(len(items) - 1, -1, -1), strict=True))

    @property
    def is_changed(self) -> bool:
        """Return whether `content` differs from what was read."""
        return self._new_count > 0 or self._uses != 0 or self._is_blanked

    def __len__(self) -> int:
        return len(self._items) + self._new_count

    def text(self, index: int) -> str:
        """Return the text at `index`.

        Raises
        ------
        IndexError
            If there is none.
        """
        known = self._texts.get(index)
        if known is None:
            if index < 0:
                raise IndexError(index)
            known = self._texts[index] = rich_text(self._items[index])
        return known

    def trimmed_texts(self) -> list[str] | None:
        """Return every text that was read, without the space that is not preserved; None where one is spelled oddly.

        Raises
        ------
        PartError
            ``ooxml.malformed-xml``.
        """
        if _SURROGATE.search(self._data):
            return None
        try:
            return self._simple_texts() or list(map(trimmed_text, self._items))
        except UnicodeDecodeError:
            return None

    def _simple_texts(self) -> list[str] | None:
        """Return the texts where every item is a plain one, written without a space between its tags; else None."""
        data, (_, start, prefix) = self._data, self._root
        end = data.rfind(_SIMPLE_END) + len(_SIMPLE_END)
        items = data[start:end]
        if prefix or not items.startswith(b"<si><t") or b"<" in data[end : data.rfind(b"</sst")]:
            return None
        texts = items[len(b"<si><t") : -len(_SIMPLE_END)].decode().split("</t></si><si><t")
        kept = f"{_SPACE.decode()[2:]}"
        if items.count(b"<") != 4 * len(texts) or not all(
            text[:1] == ">" or text.startswith(kept) for text in texts
        ):
            return None
        if b"&" in items or b"_x" in items or b"\r" in items:
            return [
                _trimmed(text[1:].encode())
                if text[0] == ">"
                else _trimmed(text[len(kept) :].encode(), preserved=True)
                for text in texts
            ]
        return [text[1:].strip(_BLANKS) if text[0] == ">" else text[len(kept) :] for text in texts]

    def index(self, value: str) -> int:
        """Return the index of the plain text `value`, appending it where it is not there yet.

        The text must have passed `text.check`.
        """
        found = self._new_index.get(value)
        if found is not None:
            return found
        element = text.element(value)
        found = self._index.get(element)
        if found is None:
            body = element.partition(b">")[2]
            found = self._index.get((b"<t>" if element.startswith(_SPACE) else _SPACE) + body)
        if found is None:
            self.prepare()
            found = self.extend(b"<si>" + element + b"</si>", 1)
            self._texts[found] = value
        self._new_index[value] = found
        return found

    def prepare(self) -> None:
        """Make sure that texts may be added; to be called before the first is, while all cells are as they were.

        Raises
        ------
        EditError
            ``ooxml.lost-text``.
        """
        if self._guard is not None:
            self._guard(len(self._items))
            self._guard = None

    def extend(self, items: bytes, count: int) -> int:
        """Append `count` ready ``<si>`` elements without looking for equal ones; return the first's index."""
        first = len(self._items) + self._new_count
        self._new.append(items)
        self._new_count += count
        return first

    def blank(self, used: Collection[int]) -> None:
        """Empty the items whose index is not among `used`; a part that is written oddly is left as it is."""
        _, start, prefix = self._root
        if prefix or b"<!" in self._data:
            return
        end = _closed(self._data, b"</si")
        spans = [match.span() for match in _ITEM.finditer(self._data, start, end)]
        if len(spans) + len(_EMPTY_ITEM.findall(self._data, end)) != len(self._items):
            return
        idle = [span for index, span in enumerate(spans) if index not in used]
        edits = [Edit(*span, _BLANK_ITEM) for span in idle if self._data[slice(*span)] != _BLANK_ITEM]
        if edits:
            self._data, self._is_blanked = splice(self._data, edits), True
            for name in ("_root", "_items", "_index"):
                self.__dict__.pop(name, None)
            self._texts.clear()

    def uses(self, more: int) -> None:
        """Count `more` cells (or fewer, negative) that refer to the shared strings."""
        self._uses += more

    def content(self) -> bytes:
        """Return the part with everything appended and its counts brought up to date."""
        if not self.is_changed:
            return self._data
        start, end, prefix = self._root
        tag = self._data[start:end]
        tag = _count(tag, b"count", self._uses)
        tag = _count(tag, b"uniqueCount", self._new_count)
        added = _prefixed(self._new, prefix)
        if tag.endswith(b"/>"):
            tail = b"</" + prefix + b"sst>"
            return splice(self._data, [Edit(start, end, tag[:-2].rstrip() + b">" + added + tail)])
        close = self._data.rfind(b"</" + prefix + b"sst")
        if close < 0:
            raise PartError("ooxml.malformed-xml", part=self._part, reason="unclosed sst element")
        return splice(self._data, [Edit(start, end, tag), Edit(close, close, added)])


def _prefixed(items: Iterable[bytes], prefix: bytes) -> bytes:
    joined = b"".join(items)
    return re.sub(rb"<(/?)(?=(?:si|t)[\s>])", rb"<\1" + prefix, joined) if prefix else joined


def _count(tag: bytes, name: bytes, more: int) -> bytes:
    pattern = rb"(\s" + name + rb"\s*=\s*[\"'])(\d{1,12})(?=[\"'])"
    return re.sub(pattern, lambda match: match[1] + str(max(int(match[2]) + more, 0)).encode(), tag)
