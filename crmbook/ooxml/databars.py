"""What Excel 2010 and later say of a data bar besides: whether it is solid, and that it fills its cell from edge to edge.

The rule in the main part names an entry of the sheet's extension; without one, programs draw a bar of former days, which
fills a tenth of its cell at the least value and nine tenths at the greatest::

    <cfRule type="dataBar" …>…<extLst><ext uri="{B025F937-…}"><x14:id>{DA7A…}</x14:id></ext></extLst></cfRule>
    <extLst><ext uri="{78C0D931-…}"><x14:conditionalFormattings><x14:conditionalFormatting>
      <x14:cfRule type="dataBar" id="{DA7A…}"><x14:dataBar minLength="0" …/></x14:cfRule><xm:sqref>B2:B9</xm:sqref>…
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from crmbook.ooxml.schemaorder import WORKSHEET, insertion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Document, Edit, Element

_X14: Final = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM: Final = "http://schemas.microsoft.com/office/excel/2006/main"
_NAMESPACES: Final = f'xmlns:x14="{_X14}" xmlns:xm="{_XM}"'
_OF_RULE: Final = "{B025F937-C7B1-47D3-B67F-A62EFF666E3E}"
_OF_SHEET: Final = "{78C0D931-6437-407d-A8EE-F0AAD7539E65}"


def bar_ids(rules: Iterable[Element]) -> set[str]:
    """Return the entries of the extension that rules name."""
    return {one.text.strip() for rule in rules for one in rule.walk() if one.local == "id"}


def read_bars(frame: Document) -> dict[str, bytes]:
    """Return what the extension of a sheet says of each bar, by the entry's id."""
    found = {}
    for entry in _entries(frame):
        for rule in entry.all("cfRule"):
            bar, name = rule.find("dataBar"), rule.get("id")
            if bar is not None and name:
                found[name] = frame.data[bar.start : bar.end]
    return found


def named(prefix: str, name: str) -> bytes:
    """Return what a rule of the main part says to name an entry of the extension."""
    inner = f'<{prefix}ext xmlns:x14="{_X14}" uri="{_OF_RULE}"><x14:id>{name}</x14:id></{prefix}ext>'
    return f"<{prefix}extLst>{inner}</{prefix}extLst>".encode()


def free_names(frame: Document) -> Iterator[str]:
    """Yield names for entries that the extension of a sheet does not have."""
    taken = set(read_bars(frame))
    names = (f"{{DA7ABA51-AAAA-BBBB-CCCC-{number:012X}}}" for number in count(1))
    return (name for name in names if name not in taken)


def add_bars(sheet: Sheet, bars: Sequence[tuple[str, str, bytes]]) -> None:
    """Add entries to the extension of a sheet, each given as id, ranges and content."""
    if not bars:
        return
    root = sheet.frame.root
    entries = b"".join(_entry(*one) for one in bars)
    inside = next((one for one in _extensions(root) if one.find("conditionalFormattings")), None)
    holder = inside.find("conditionalFormattings") if inside else None
    if holder is not None:
        sheet.edit_frame([holder.insert(entries)])
        return
    opening = f'<{root.prefix}ext {_NAMESPACES} uri="{_OF_SHEET}"><x14:conditionalFormattings>'.encode()
    whole = opening + entries + f"</x14:conditionalFormattings></{root.prefix}ext>".encode()
    listed = root.find("extLst")
    if listed is not None:  # Excel wants formats before validations and sparklines
        sheet.edit_frame([listed.insert(whole, before=next(iter(listed.children), None))])
    else:
        tag = f"{root.prefix}extLst"
        whole = f"<{tag}>".encode() + whole + f"</{tag}>".encode()
        sheet.edit_frame([insertion(root, "extLst", whole, WORKSHEET)])


def drop_bars(frame: Document, ids: Collection[str]) -> list[Edit]:
    """Return the edits that take entries away: programs would go on drawing them."""
    holder = frame.root.find("extLst")
    if holder is None or not ids:
        return []
    edits, going = [], []
    for extension in holder.all("ext"):
        formats = [one for one in extension.walk() if one.local == "conditionalFormatting"]
        stale = [one for one in formats if {rule.get("id") for rule in one.all("cfRule")} <= set(ids)]
        if stale and len(stale) == len(formats):
            going.append(extension)
        else:
            edits += [one.remove() for one in stale]
    if len(going) == len(holder.all("ext")):
        return [holder.remove()]
    return [*edits, *(extension.remove() for extension in going)]


def _entry(name: str, sqref: str, content: bytes) -> bytes:
    opening = f'<x14:conditionalFormatting {_NAMESPACES}><x14:cfRule type="dataBar" id="{name}">'
    closing = f"</x14:cfRule><xm:sqref>{sqref}</xm:sqref></x14:conditionalFormatting>"
    return opening.encode() + content + closing.encode()


def _extensions(root: Element) -> list[Element]:
    holder = root.find("extLst")
    return holder.all("ext") if holder else []


def _entries(frame: Document) -> Iterator[Element]:
    for extension in _extensions(frame.root):
        holder = extension.find("conditionalFormattings")
        yield from holder.all("conditionalFormatting") if holder else ()
