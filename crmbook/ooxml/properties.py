"""``docProps/custom.xml``: named values that travel with a workbook and that office programs keep.

``<property fmtid="{D5CDD505-…}" pid="2" name="book"><vt:lpwstr>…</vt:lpwstr></property>``; pids count from 2
(ISO/IEC 29500-1, 22.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml import text
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.values import exact_number
from crmbook.ooxml.xml import Document, Edit, Element, escape, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Iterator

PropertyValue = str | int | float | bool

TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
STRICT_TYPE = "http://purl.oclc.org/ooxml/officeDocument/relationships/customProperties"
_VT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    f'xmlns:vt="{_VT}"></Properties>'
).encode()
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
MAX_NAME = 255
_INTEGERS = frozenset(["i1", "i2", "i4", "i8", "int", "ui1", "ui2", "ui4", "ui8", "uint"])
_REALS = frozenset(["r4", "r8", "decimal"])


def read(data: bytes, part: str) -> dict[str, PropertyValue]:
    """Return the custom properties; values of kinds other than text, number and boolean as text."""
    return {item.get("name") or "": _value(item) for item in _properties(Document(data, part).root)}


def with_property(data: bytes, part: str, name: str, value: PropertyValue) -> bytes:
    """Return the part with a property set; unchanged where it has that value already.

    Raises
    ------
    EditError
        ``ooxml.bad-property``, ``ooxml.illegal-character``, ``ooxml.unsupported-value``.
    """
    if not 0 < len(name) <= MAX_NAME:
        raise EditError("ooxml.bad-property", name=name, limit=MAX_NAME)
    root = Document(data, part).root
    items = list(_properties(root))
    used = [natural(item.get("pid")) or 1 for item in items]
    for item in items:
        if (item.get("name") or "").lower() == name.lower():  # Excel allows no two that differ in case
            old = _value(item)
            if type(old) is type(value) and old == value:
                return data
            return splice(
                data, [Edit(item.start, item.end, _element(root, name, value, item.get("pid") or "2"))]
            )
    return splice(data, [root.insert(_element(root, name, value, str(max([1, *used]) + 1)))])


def _properties(root: Element) -> Iterator[Element]:
    return iter(root.all("property"))


def _value(item: Element) -> PropertyValue:
    if not item.children:
        return item.text
    holder = item.children[0]
    content = holder.text
    try:
        if holder.local in _INTEGERS:
            return int(content)
        if holder.local in _REALS:
            return float(content)
    except ValueError:
        return content
    if holder.local == "bool":
        return content.strip().lower() in {"1", "true"}
    return text.decode(content)


def _element(root: Element, name: str, value: PropertyValue, pid: str) -> bytes:
    kind, content = _written(value)
    prefix = next((key for key, uri in root.scope.items() if uri.endswith("docPropsVTypes") and key), None)
    declared = "" if prefix else f' xmlns:vt="{_VT}"'
    tag, inner = f"{root.prefix}property", f"{prefix or 'vt'}:{kind}"
    attributes = f' fmtid="{_FORMAT}" pid="{pid}" name="{quote(text.check(name)).decode()}"{declared}'
    return f"<{tag}{attributes}><{inner}>".encode() + content + f"</{inner}></{tag}>".encode()


def _written(value: PropertyValue) -> tuple[str, bytes]:
    if isinstance(value, bool):
        return "bool", b"true" if value else b"false"
    if isinstance(value, int):
        return ("i4" if -(2**31) <= value < 2**31 else "i8"), str(value).encode()
    if isinstance(value, float):
        return "r8", exact_number(value).encode()
    if isinstance(value, str):
        return "lpwstr", escape(text.encode(text.check(value)))
    raise EditError("ooxml.unsupported-value", type=type(value).__name__)
