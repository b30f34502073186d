"""XML as bytes with positions: a tokenizer and a light tree whose every element knows where it is.

Parts are edited by splicing bytes, so that what is not changed is not rewritten: no parser that throws the
original text away is used. The tokenizer takes what people's programs write: a byte order mark, no declaration,
single quotes, CDATA, comments, processing instructions, ``>`` inside attribute values, any prefix. It refuses
what would let a document mean something else than it shows: a DOCTYPE, an encoding other than UTF-8, a depth or
a shape beyond reason.

Sources: XML 1.0 (fifth edition) 2.8, 3.1; Namespaces in XML 1.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml.errors import PartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BOM = b"\xef\xbb\xbf"
MAX_DEPTH = 200
MAX_TREE = 64 << 20
"""Bytes of a part that is parsed as a whole; rows of sheets and shared strings are not …"""
MAX_ELEMENTS = 400_000
"""… and elements in it: each takes a kilobyte."""
_NAME = rb"[^\s<>/=\"'!?&]++"
_ATTRIBUTE = rb"\s++(" + _NAME + rb")\s*+=\s*+(\"[^\"<]*+\"|'[^'<]*+')"
_TOKEN = re.compile(
    rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|/(?P<close>" + _NAME + rb")\s*+>"
    rb"|(?P<open>"
    + _NAME
    + rb")(?P<attributes>(?:"
    + _ATTRIBUTE.replace(b"(" + _NAME + b")", _NAME)
    + rb")*+)"
    rb"\s*+(?P<empty>/?)>)",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(rb"(?<!\s)" + _ATTRIBUTE)
_BARE_AMPERSAND = re.compile(rb"&(?!#x[0-9A-Fa-f]{1,8};|#[0-9]{1,8};|[A-Za-z]{1,8};)")
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"']")
_ENTITY = re.compile(r"&(#x[0-9A-Fa-f]{1,8}|#[0-9]{1,8}|[A-Za-z]+);")
_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_QUOTED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from `start` to `end` by `new`."""

    start: int
    end: int
    new: bytes


def splice(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return `data` with all `edits` made; they must not overlap. Insertions at one place keep their order."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [data[at : edit.start], edit.new]
        at = edit.end
    return b"".join([*pieces, data[at:]])


def escape(text: str) -> bytes:
    """Return `text` as element content."""
    return text.translate(_ESCAPES).encode()


def quote(text: str) -> bytes:
    """Return `text` as the inside of a double-quoted attribute value."""
    return text.translate(_QUOTED).encode()


def unescape(raw: bytes) -> str:
    """Return the text that `raw` content or an attribute value stands for.

    Raises
    ------
    PartError
        ``ooxml.malformed-xml`` for bytes that are no UTF-8 or an entity that XML does not define.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise PartError("ooxml.malformed-xml", part="", reason="not UTF-8") from error
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith("#"):
        code = int("0" + name[1:], 16) if name[1] == "x" else int(name[1:])
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise PartError("ooxml.malformed-xml", part="", reason=f"character &{name};")
        return chr(code)
    if name not in _ENTITIES:
        raise PartError("ooxml.malformed-xml", part="", reason=f"entity &{name};")
    return _ENTITIES[name]


def natural(written: str | None) -> int | None:
    """Return the whole number that an attribute writes in plain digits, None if it does not."""
    return int(written) if written and _DIGITS.match(written) else None


def check_prolog(data: bytes, part: str) -> None:
    """Refuse an encoding other than UTF-8.

    Raises
    ------
    PartError
        ``ooxml.encoding``.
    """
    head = data[:200]
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        raise PartError("ooxml.encoding", part=part, encoding="UTF-16")
    declared = _DECLARATION.match(head.removeprefix(BOM).lstrip())
    if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise PartError("ooxml.encoding", part=part, encoding=declared[1].decode("ascii", "replace"))


def tokens(data: bytes, part: str, start: int = 0) -> Iterator[re.Match[bytes]]:
    """Yield every tag, CDATA section, comment and instruction of `data` from `start` on.

    A match has the groups ``open`` (name), ``attributes``, ``empty`` (``/`` or nothing) and ``close`` (name).

    Raises
    ------
    PartError
        ``ooxml.doctype`` or ``ooxml.malformed-xml``.
    """
    at = data.find(b"<", start)
    while at >= 0:
        match = _TOKEN.match(data, at)
        if match is None:
            if data[at : at + 9].upper() == b"<!DOCTYPE":
                raise PartError("ooxml.doctype", part=part)
            raise PartError("ooxml.malformed-xml", part=part, reason=f"at byte {at}")
        yield match
        at = data.find(b"<", match.end())


def has_text(data: bytes, part: str) -> bool:
    """Return whether there is anything but white space between the tags, comments and instructions of `data`."""
    bare, at = [], 0
    for match in tokens(data, part):
        bare.append(data[at : match.start()])
        at = match.end()
    return bool(b"".join([*bare, data[at:]]).removeprefix(BOM).strip(b"\0 \t\r\n"))


def check_ampersands(data: bytes, part: str) -> None:
    """Refuse an ampersand that begins no entity; where CDATA or comments may hold one, nothing is looked for.

    Raises
    ------
    PartError
        ``ooxml.malformed-xml``.
    """
    if b"&" not in data or b"<!" in data:
        return
    found = _BARE_AMPERSAND.search(data)
    if found is not None:
        raise PartError("ooxml.malformed-xml", part=part, reason=f"& at byte {found.start()}")


def attributes(raw: bytes) -> dict[str, str]:
    """Return the attributes written in `raw`, by their names as written."""
    return {
        match[1].decode("utf-8", "replace"): unescape(match[2][1:-1]) for match in _ATTRIBUTES.finditer(raw)
    }


class Element:
    """One element of a parsed part.

    Attributes
    ----------
    name, local, uri
        Name as written, without its prefix, and the namespace it is in.
    start, end
        Where the element begins and ends in the part.
    inner, inner_end
        Where its content begins and ends; both equal the end of the tag where it is written ``<a/>``.
    """

    __slots__ = (
        "_attributes",
        "_raw",
        "children",
        "document",
        "end",
        "inner",
        "inner_end",
        "local",
        "name",
        "scope",
        "start",
        "uri",
    )

    def __init__(self, document: Document, match: re.Match[bytes], scope: Mapping[str, str]) -> None:
        self.document = document
        self.name = match["open"].decode("utf-8", "replace")
        self._raw: bytes = match["attributes"]
        self._attributes: dict[str, str] | None = None
        self.scope = _declared(self._raw, scope)
        prefix, _, local = self.name.rpartition(":")
        self.local = local
        self.uri = self.scope.get(prefix, "")
        self.start, self.inner = match.span()
        self.inner_end = self.end = self.inner
        self.children: list[Element] = []

    @property
    def prefix(self) -> str:
        """Prefix of the element's name with its colon, or nothing."""
        return self.name[: len(self.name) - len(self.local)]

    @property
    def is_empty_tag(self) -> bool:
        """Return whether the element is written ``<a/>``."""
        return self.inner == self.end

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes by their names as written, prefix included."""
        if self._attributes is None:
            self._attributes = attributes(self._raw)
        return self._attributes

    def get(self, name: str, uri: str | None = None) -> str | None:
        """Return the value of an attribute without prefix, or of the one in namespace `uri`."""
        if uri is None:
            return self.attributes.get(name)
        for written, value in self.attributes.items():
            prefix, _, local = written.rpartition(":")
            if local == name and prefix and self.scope.get(prefix) == uri:
                return value
        return None

    @property
    def text(self) -> str:
        """Character content of the element itself, CDATA included, comments left out."""
        data, pieces, at = self.document.data, [], self.inner
        holes = [(child.start, child.end) for child in self.children]
        for start, end in [*holes, (self.inner_end, self.inner_end)]:
            pieces.append(characters(data[at:start]))
            at = end
        return "".join(pieces)

    def find(self, local: str) -> Element | None:
        """Return the first child of this local name, or None."""
        return next((child for child in self.children if child.local == local), None)

    def all(self, local: str) -> list[Element]:
        """Return the children of this local name."""
        return [child for child in self.children if child.local == local]

    def walk(self) -> Iterator[Element]:
        """Yield the element and everything inside it, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))

    def set(self, **values: str | None) -> Edit:
        """Return the edit that sets attributes without prefix (or takes them away: None), others unchanged."""
        tag = self.document.data[self.start : self.inner]
        for name, value in values.items():
            old = re.search(
                rb"(?<!\s)\s+" + re.escape(name.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", tag
            )
            new = b"" if value is None else b" " + name.encode() + b'="' + quote(value) + b'"'
            if old:
                tag = tag[: old.start()] + new + tag[old.end() :]
            else:
                close = len(tag) - (2 if tag.endswith(b"/>") else 1)
                tag = tag[:close].rstrip() + new + tag[close:]
        return Edit(self.start, self.inner, tag)

    def with_attributes(self, **values: str | None) -> bytes:
        """Return the whole element with attributes set as `set` does, content and end tag as they are."""
        return self.set(**values).new + self.document.data[self.inner : self.end]

    def insert(self, content: bytes, before: Element | None = None) -> Edit:
        """Return the edit that puts `content` inside, before a child or at the end.

        An element written ``<a/>`` is opened; its attributes cannot be set by another edit at the same time.
        """
        if not self.is_empty_tag:
            at = before.start if before else self.inner_end
            return Edit(at, at, content)
        tag = self.document.data[self.start : self.inner]
        opened = tag[: tag.rindex(b"/")].rstrip() + b">"
        return Edit(self.start, self.end, opened + content + b"</" + self.name.encode() + b">")

    def replace_content(self, content: bytes) -> Edit:
        """Return the edit that replaces everything inside."""
        return self.insert(content) if self.is_empty_tag else Edit(self.inner, self.inner_end, content)

    def remove(self) -> Edit:
        """Return the edit that takes the element away."""
        return Edit(self.start, self.end, b"")


class Document:
    """A whole part, parsed: `root` is its outermost element.

    Raises
    ------
    PartError
        ``ooxml.doctype``, ``ooxml.encoding``, ``ooxml.malformed-xml``, ``ooxml.part-too-large``.
    """

    def __init__(self, data: bytes, part: str) -> None:
        check_prolog(data, part)
        if len(data) > MAX_TREE or data.count(b"</") + data.count(b"/>") > MAX_ELEMENTS:
            raise PartError("ooxml.part-too-large", part=part)
        self.data = data
        self.part = part
        self.root = self._parse()

    def _parse(self) -> Element:
        open_elements: list[Element] = []
        root: Element | None = None
        for match in tokens(self.data, self.part):
            if match["open"] is not None:
                if root is not None and not open_elements:
                    raise self._malformed("two roots")
                element = Element(self, match, open_elements[-1].scope if open_elements else {"xml": "xml"})
                if open_elements:
                    open_elements[-1].children.append(element)
                root = root or element
                if not match["empty"]:
                    open_elements.append(element)
                if len(open_elements) > MAX_DEPTH:
                    raise self._malformed("too deep")
            elif match["close"] is not None:
                if not open_elements or open_elements[-1].name.encode() != match["close"]:
                    raise self._malformed(f"at byte {match.start()}")
                element = open_elements.pop()
                element.inner_end, element.end = match.span()
        if root is None or open_elements:
            raise self._malformed("unclosed element" if root else "no element")
        self._refuse_stray_text(root)
        return root

    def _refuse_stray_text(self, root: Element) -> None:
        """Refuse what no XML parser takes: text beside the root element, an ampersand that begins no entity."""
        if has_text(self.data[: root.start], self.part) or has_text(self.data[root.end :], self.part):
            raise self._malformed("text outside the root element")
        check_ampersands(self.data, self.part)

    def _malformed(self, reason: str) -> PartError:
        return PartError("ooxml.malformed-xml", part=self.part, reason=reason)


def characters(raw: bytes) -> str:
    """Return the text of element content without child elements: CDATA as it is, comments left out."""
    if b"<" not in raw:
        return unescape(raw)
    pieces, at = [], 0
    for match in tokens(raw, ""):
        pieces.append(unescape(raw[at : match.start()]))
        whole = match[0]
        if whole.startswith(b"<![CDATA["):
            pieces.append(unescape(whole[9:-3].replace(b"&", b"&amp;")))
        at = match.end()
    return "".join([*pieces, unescape(raw[at:])])


def _declared(raw: bytes, scope: Mapping[str, str]) -> Mapping[str, str]:
    if b"xmlns" not in raw:
        return scope
    found = dict(scope)
    for name, value in attributes(raw).items():
        if name == "xmlns":
            found[""] = value
        elif name.startswith("xmlns:"):
            found[name[6:]] = value
    return found
