"""The parts of a package that this layer understands: workbook, sheets, tables, shared strings, styles, properties.

Each is read when it is first asked for. Parts of any other kind are carried along as raw members.
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmbook.ooxml import contenttypes, partname, properties, stringtable, tables
from crmbook.ooxml.errors import MissingError, PartError
from crmbook.ooxml.opc import OpcPackage
from crmbook.ooxml.sharedstrings import SharedStrings
from crmbook.ooxml.sheet import Sheet
from crmbook.ooxml.styles import Styles
from crmbook.ooxml.workbook import DefinedName, SheetInfo, Workbook, find_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.ooxml.archive import Limits
    from crmbook.ooxml.deflate import Packed
    from crmbook.ooxml.properties import PropertyValue
    from crmbook.ooxml.tables import Table


class Spreadsheet(OpcPackage):
    """One workbook as it is read, and written again."""

    def __init__(self, data: bytes, limits: Limits | None = None) -> None:
        super().__init__(data, limits)
        self._sheets: dict[str, Sheet] = {}
        if not self.workbook.sheets:
            raise PartError("ooxml.not-a-workbook", part=self.main_part)

    # what is in it

    @property
    def workbook(self) -> Workbook:
        """The workbook part."""
        if self._workbook is None:
            relationships = self.relationships(self.main_part)
            self._workbook = Workbook(self.parts.read(self.main_part), self.main_part, relationships)
        return self._workbook

    _workbook: Workbook | None = None

    @property
    def sheets(self) -> tuple[SheetInfo, ...]:
        """The tabs, in order."""
        return self.workbook.sheets

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all worksheets.

        Raises
        ------
        PartError
            ``ooxml.malformed-xml``, ``ooxml.table-twice``, ``ooxml.tables-overlap``.
        """
        if self._tables is None:
            self._tables = tuple(tables.told_apart(self._read_tables()))
        return self._tables

    _tables: tuple[Table, ...] | None = None

    @property
    def defined_names(self) -> tuple[DefinedName, ...]:
        """The defined names, hidden ones and those of single sheets included."""
        return self.workbook.defined_names

    def find_defined_name(self, name: str) -> str | None:
        """Return what a name of the whole workbook stands for, None where it is not defined; the others are not read."""
        return find_name(self.parts.read(self.main_part), name, lambda: self.defined_names)

    @property
    def properties(self) -> Mapping[str, PropertyValue]:
        """The custom properties (docProps/custom.xml)."""
        part = self._custom_part
        data = self.parts.read(part) if part else b""
        if self._properties is None or self._properties[0] != data:
            self._properties = (data, MappingProxyType(properties.read(data, part) if part else {}))
        return self._properties[1]

    _properties: tuple[bytes, Mapping[str, PropertyValue]] | None = None

    @property
    def date1904(self) -> bool:
        """Return whether day 0 of date serials is 1904-01-01."""
        return self.workbook.date1904

    @cached_property
    def shared_strings(self) -> SharedStrings:
        """The shared strings; their part is created, or tied to the workbook, once a text is added."""
        part = stringtable.find_part(self, self.workbook)
        data = self.parts.read(part) if part else stringtable.empty(self.workbook)
        return SharedStrings(
            data,
            part or stringtable.default_name(self.workbook),
            partial(stringtable.refuse_lost_texts, self._worksheets),
        )

    def trimmed_texts(self, part: str) -> list[str] | None:
        """Return the shared strings in `part`, see `SharedStrings.trimmed_texts`; None where they are not there."""
        found = stringtable.find_part(self, self.workbook)
        is_it = found is not None and partname.key(found) == partname.key(part)
        return self.shared_strings.trimmed_texts() if is_it else None

    def shared_text(self, index: int) -> str:
        """Return a shared string.

        Raises
        ------
        IndexError
            If there is none.
        """
        return self.shared_strings.text(index)

    @property
    def styles(self) -> Styles:
        """The cell formats."""
        if self._styles is None:
            part = self.related("styles")
            data = self.parts.read(part) if part and self.parts.has(part) else None
            self._styles = Styles(data, part or "")
        return self._styles

    _styles: Styles | None = None

    def sheet(self, title: str) -> Sheet:
        """Return the worksheet with this title.

        Raises
        ------
        MissingError
            ``ooxml.missing-sheet``.
        PartError
            ``ooxml.not-a-worksheet`` for chart sheets and the like.
        """
        info = next((sheet for sheet in self.sheets if sheet.name == title), None)
        if info is None:
            raise MissingError("ooxml.missing-sheet", sheet=title)
        if info.kind != "worksheet":
            raise PartError("ooxml.not-a-worksheet", part=info.part or title)
        folded = partname.key(info.part)  # two tabs may show one part
        if folded not in self._sheets:
            self._sheets[folded] = Sheet(self, info)
        return self._sheets[folded]

    def forget_sheet(self, part: str) -> None:
        """Give up what was read of a worksheet whose part is gone."""
        self._sheets.pop(partname.key(part), None)

    def _worksheets(self) -> Iterator[Sheet]:
        return (self.sheet(info.name) for info in self.sheets if info.kind == "worksheet")

    def table(self, name: str) -> Table:
        """Return the table with this display name, letter case aside.

        Raises
        ------
        MissingError
            ``ooxml.missing-table``.
        """
        for table in self.tables:
            if table.display_name.lower() == name.lower():
                return table
        raise MissingError("ooxml.missing-table", table=name)

    @property
    def _custom_part(self) -> str | None:
        found = self.relationships("").of_kind("custom-properties", "customProperties")
        return found[0].target if found and self.parts.has(found[0].target) else None

    def _read_tables(self) -> Iterator[Table]:
        for sheet in self.sheets:
            if sheet.kind != "worksheet":
                continue
            for item in self.relationships(sheet.part).of_kind("table"):
                if self.parts.has(item.target):
                    yield tables.read_table(self.parts.read(item.target), item.target, sheet.name)

    # changing it

    def replace_part(self, name: str, content: bytes | Packed) -> None:
        """Give a part new content, as bytes or already packed; what was read of it before is forgotten."""
        super().replace_part(name, content)
        folded = partname.key(name)
        self._sheets.pop(folded, None)
        self._tables = self._styles = None
        if folded == partname.key(self.main_part):
            self._workbook = None

    def differential(self, content: bytes) -> int:
        """Return the number of the differential format with this content, appended where there is none."""
        number, data = self.styles.differential(content)
        if data is not None:
            self.parts.replace(self.styles.part, data)
            self._styles = None
        return number

    def date_style(self, style: int, *, with_time: bool = False) -> int:
        """Return the number of the cell format that is `style` but shows a date, appended where there is none."""
        number, data = self.styles.dated(style, with_time=with_time)
        if data is not None:
            self.parts.replace(self.styles.part, data)
            self._styles = None
        return number

    def drop_calculation_chain(self) -> None:
        """Drop calcChain, which lists a formula cell that is gone; office programs make a new one."""
        relationships = self.relationships(self.main_part)
        for item in relationships.of_kind("calcChain"):
            if self.parts.has(item.target):
                self.parts.drop(item.target)
                self.parts.replace(contenttypes.PART, self.content_types.drop(item.target))
            self.parts.replace(relationships.part, relationships.drop(item.target))

    def drop_unused_texts(self) -> None:
        """Remove texts from the file that no cell shows any more; where that is not certain, they stay."""
        self.flush()
        if any(info.kind not in {"worksheet", "chartsheet"} for info in self.sheets):
            return
        used = stringtable.used_texts(self._worksheets())
        if used is not None and stringtable.find_part(self, self.workbook) is not None:
            self.shared_strings.blank(used)

    def flush(self) -> None:
        """Bring all parts up to date."""
        for sheet in list(self._sheets.values()):
            sheet.flush()
        strings = self.__dict__.get("shared_strings")
        if strings is not None and strings.is_changed:
            part = stringtable.provide_part(self, self.workbook)
            self.parts.replace(part, strings.content())
            del self.__dict__["shared_strings"]

    def to_bytes(self) -> bytes:
        """Return the workbook as bytes; the very ones that were read, where nothing was changed.

        Raises
        ------
        PartError
            ``ooxml.table-twice``, ``ooxml.tables-overlap``.
        """
        self._finish()
        if not self.parts.is_changed:
            return self.parts.archive.data
        runs: list[bytes | memoryview] = []
        self.parts.write(runs.append)
        return b"".join(runs)

    def save(self, path: str | Path) -> None:
        """Write the workbook to `path`. Replacing a file safely is the caller's business.

        Raises
        ------
        PartError
            ``ooxml.table-twice``, ``ooxml.tables-overlap``.
        """
        self._finish()
        with Path(path).open("wb") as file:
            self.parts.write(file.write)

    def _finish(self) -> None:
        """Bring all parts up to date; refuse to write tables that no office program would open."""
        self.flush()
        if self.parts.is_changed:
            self._tables = tuple(tables.told_apart(self._read_tables()))
