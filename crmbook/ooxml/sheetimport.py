"""A worksheet carried from one workbook into another: its cells, formats, tables, comments, charts, rules, local names.

Meant for sheets that a program has just made: what else may be tied to a sheet (pictures, pivot tables, controls) is
refused by name. Formulas are taken as they stand; what they speak of must be there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.ooxml import partname
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.schemaorder import WORKBOOK, insertion
from crmbook.ooxml.styleimport import StyleImport
from crmbook.ooxml.xml import Document, Edit, escape, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.relationships import Relationship
    from crmbook.ooxml.xml import Element

_CARRIED = {
    "table": "tables/table.xml",
    "comments": "comments.xml",
    "vmlDrawing": "drawings/vmlDrawing.vml",
    "drawing": "drawings/drawing.xml",
    "chart": "charts/chart.xml",
}
_HELD = {"drawing": frozenset({"chart"})}
"""Kinds of parts that a part of a kind may be tied to in its turn."""
_SHAPE = re.compile(rb"_x0000_s([0-9]+)")
_MAP = re.compile(rb'(<o:idmap[^<>]*\sdata=")([0-9]+)(")')
_IDS_PER_MAP = 1024


def import_sheet(package: Package, source: Package, title: str, position: int) -> None:
    """Take a worksheet of another workbook over.

    Parameters
    ----------
    package, source
        The workbook that gets the sheet, and the one that has it.
    title
        Title of the sheet, which must be free.
    position
        Its position among the tabs, counted from 0.

    Raises
    ------
    MissingError
        ``ooxml.missing-sheet`` if `source` has no such sheet.
    EditError
        ``ooxml.import-taken`` where the title or the name of one of its tables is in use; ``ooxml.import-unsupported``
        for what cannot be carried over; ``ooxml.signed``.
    """
    package.refuse_signed()
    package.flush()
    source.flush()
    part = source.sheet(title).info.part
    _refuse(package, source, title)
    carrier = _Carrier(package, source)
    content = carrier.sheet(part)
    folder = partname.resolve(package.workbook.part, "worksheets/sheet.xml")
    kind = f"{package.workbook.relationships_uri}/worksheet"
    name = package.add_part(folder, content, source.content_types.of(part), kind)
    for item in source.relationships(part).items:
        carrier.tied(item, name)
    carrier.link(name, content, source.relationships(part).items)
    package.replace_part(package.workbook.part, _with_tab(package, source, title, name, position))


def _refuse(package: Package, source: Package, title: str) -> None:
    if any(sheet.name.lower() == title.lower() for sheet in package.sheets):
        raise EditError("ooxml.import-taken", name=title)
    names = {table.display_name.lower() for table in package.tables}
    for table in source.tables:
        if table.sheet == title and table.display_name.lower() in names:
            raise EditError("ooxml.import-taken", name=table.display_name)
    for item in source.relationships(source.sheet(title).info.part).items:
        _refuse_tied(source, title, item, _CARRIED.keys() - {"chart"})
    if package.workbook.is_strict != source.workbook.is_strict:
        raise EditError("ooxml.import-unsupported", sheet=title, what="strict")


def _refuse_tied(source: Package, title: str, item: Relationship, kinds: Collection[str]) -> None:
    """Refuse what is tied to a sheet, or to a part of it, and cannot be carried over."""
    if item.external or item.kind not in kinds:
        raise EditError("ooxml.import-unsupported", sheet=title, what=item.kind)
    for inner in source.relationships(item.target).items:
        _refuse_tied(source, title, inner, _HELD.get(item.kind, frozenset()))


class _Carrier:
    """What a sheet refers to, found in the other workbook or put there."""

    def __init__(self, package: Package, source: Package) -> None:
        self._package = package
        self._source = source
        self._parts: dict[str, str] = {}
        self._last_table = max((self._table_id(table.part) for table in package.tables), default=0)

    def sheet(self, part: str) -> bytes:
        """Return the sheet with the numbers that formats and texts have in the workbook."""
        root = Document(self._source.parts.read(part), part).root
        styles = StyleImport(self._package, self._source)
        edits: list[Edit] = []
        uses = 0
        for element in root.walk():
            name = {"c": "s", "row": "s", "col": "style"}.get(element.local)
            number = natural(element.get(name)) if name else None
            if element.local == "c" and number is None:  # the usual format, which is another one here
                number = 0
            if name and number is not None:
                edits.append(element.set(**{name: str(styles.of(number))}))
            if element.local == "c" and element.get("t") == "s":
                value = element.find("v")
                if value is not None:
                    text = self._source.shared_text(int(value.text))
                    edits.append(value.replace_content(b"%d" % self._package.shared_strings.index(text)))
                    uses += 1
            elif element.local == "cfRule" and (dxf := natural(element.get("dxfId"))) is not None:
                content = self._source.styles.differential_at(dxf) or b""
                edits.append(element.set(dxfId=f"\0{content.hex()}"))
        self._package.shared_strings.uses(uses)
        styles.finish()
        return self._with_differentials(splice(root.document.data, edits))

    def _with_differentials(self, data: bytes) -> bytes:
        """Put in the numbers of differential formats, which are added to the styles one by one."""

        def number(match: re.Match[bytes]) -> bytes:
            return b"%d" % self._package.differential(bytes.fromhex(match[1].decode()))

        return re.sub(rb"\x00([0-9a-f]*)", number, data)

    def tied(self, item: Relationship, sheet: str) -> None:
        """Carry a part over that belongs to a part of the workbook, with what belongs to it in its turn."""
        data = self._source.parts.read(item.target)
        if item.kind == "table":
            data = self._table(data, item.target)
        elif item.kind == "vmlDrawing":
            data = self._renumbered(data)
        where = partname.resolve(self._package.workbook.part, _CARRIED[item.kind])
        kind = self._source.content_types.of(item.target)
        self._parts[item.target] = self._package.add_part(where, data, kind, item.type, sheet)
        name, held = self._parts[item.target], self._source.relationships(item.target).items
        for inner in held:
            self.tied(inner, name)
        self.link(name, data, held)

    def _table(self, data: bytes, part: str) -> bytes:
        """Return a table part with a free id, and the numbers that its differential formats have."""
        root = Document(data, part).root
        self._last_table += 1
        edits = []
        for element in root.walk():
            values = {"id": str(self._last_table)} if element is root else {}
            for name, value in element.attributes.items():
                if name.endswith("DxfId") and natural(value) is not None:
                    content = self._source.styles.differential_at(int(value)) or b""
                    values[name] = str(self._package.differential(content))
            edits += [element.set(**values)] if values else []
        return splice(data, edits)

    def _table_id(self, part: str) -> int:
        return natural(Document(self._package.parts.read(part), part).root.get("id")) or 0

    def _renumbered(self, data: bytes) -> bytes:
        """Give VML shapes ids that no other sheet has."""
        taken = {
            int(match[2])
            for name in self._package.parts.names
            if name.lower().endswith(".vml")
            for match in _MAP.finditer(self._package.parts.read(name))
        }
        free = max(taken, default=0) + 1
        data = _MAP.sub(lambda match: match[1] + b"%d" % free + match[3], data)
        base = free * _IDS_PER_MAP
        return _SHAPE.sub(lambda match: b"_x0000_s%d" % (base + int(match[1]) % _IDS_PER_MAP), data)

    def link(self, name: str, content: bytes, old: tuple[Relationship, ...]) -> None:
        """Write a part with the ids that its relationships have now."""
        links = {item.target: item.id for item in self._package.relationships(name).items}
        new = {item.id: links[self._parts[item.target]] for item in old}
        edits = []
        for element in Document(content, name).root.walk() if new else ():
            for attribute, value in element.attributes.items():
                if attribute.endswith(":id") and element.local != "cfRule" and value in new:
                    edits.append(_with_attribute(element, attribute, new[value]))
        self._package.replace_part(name, splice(content, edits))


def _with_attribute(element: Element, name: str, value: str) -> Edit:
    tag = element.document.data[element.start : element.inner]
    pattern = rb"(\s" + re.escape(name.encode()) + rb"\s*=\s*[\"'])[^\"']*"
    return Edit(element.start, element.inner, re.sub(pattern, rb"\g<1>" + quote(value), tag))


def _with_tab(package: Package, source: Package, title: str, part: str, position: int) -> bytes:
    """Return the workbook part with one more tab, its local names, and the others' numbers moved on."""
    workbook = package.workbook
    root = workbook.root
    holder = root.find("sheets")
    tabs = holder.all("sheet") if holder else []
    if holder is None or not tabs:
        return workbook.data
    number = max(natural(tab.get("sheetId")) or 0 for tab in tabs) + 1
    link = next(item.id for item in package.relationships(workbook.part).items if item.target == part)
    id_name = next(name for name in tabs[0].attributes if name.endswith(":id"))
    space = f"xmlns:{id_name.removesuffix(':id')}"  # some programs declare it on every tab, not on the root
    declared = f' {space}="{package.workbook.relationships_uri}"' if space in tabs[0].attributes else ""
    names = f'name="{quote(title).decode()}" sheetId="{number}"'
    tag = f'<{root.prefix}sheet{declared} {names} {id_name}="{link}"/>'
    edits = [holder.insert(tag.encode(), tabs[position] if position < len(tabs) else None)]
    for element in root.walk():
        if element.local in {"definedName", "workbookView"}:
            numbers = {
                name: natural(element.get(name)) for name in ("localSheetId", "activeTab", "firstSheet")
            }
            moved = {
                name: str(index + 1)
                for name, index in numbers.items()
                if index is not None and index >= position
            }
            edits += [element.set(**moved)] if moved else []
    edits += _local_names(root, source, title, position)
    return splice(workbook.data, edits)


def _local_names(root: Element, source: Package, title: str, position: int) -> Iterator[Edit]:
    names = [item for item in source.defined_names if item.sheet == title]
    elements = b"".join(
        f'<{root.prefix}definedName name="{quote(item.name).decode()}" localSheetId="{position}"'.encode()
        + (b' hidden="1">' if item.hidden else b">")
        + escape(item.formula)
        + f"</{root.prefix}definedName>".encode()
        for item in names
    )
    holder = root.find("definedNames")
    if elements and holder is not None:
        yield holder.insert(elements)
    elif elements:
        whole = f"<{root.prefix}definedNames>".encode() + elements + f"</{root.prefix}definedNames>".encode()
        yield insertion(root, "definedNames", whole, WORKBOOK)
