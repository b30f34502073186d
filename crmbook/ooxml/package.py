"""A workbook as an OPC package: the public door of this layer.

A package is a container of named parts, tied together by relationships (ECMA-376 part 2). `Package` finds the
few parts it understands (workbook, worksheets, tables, shared strings, styles, custom properties) and edits those
by splicing bytes; everything else is carried along as raw members. Nothing is written back that was not changed,
and a package without changes is written as the very bytes that were read.

::

    package = Package.open("客户管理.xlsx")
    package.sheet("客户基本信息").set("B7", "王芳")
    package.save("客户管理.xlsx")
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmbook.ooxml import (
    conditional,
    contenttypes,
    fill,
    furniture,
    growth,
    partname,
    properties,
    stringtable,
    tables,
    validations,
)
from crmbook.ooxml.archive import Limits
from crmbook.ooxml.contenttypes import ContentTypes
from crmbook.ooxml.errors import ContainerError, EditError, MissingError, PartError
from crmbook.ooxml.parts import Parts
from crmbook.ooxml.relationships import EMPTY, Relationships
from crmbook.ooxml.sharedstrings import SharedStrings
from crmbook.ooxml.sheet import Sheet, checked_formula
from crmbook.ooxml.styles import Styles
from crmbook.ooxml.workbook import DefinedName, SheetInfo, Workbook, checked_name, find_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml.columns import ColumnFill
    from crmbook.ooxml.conditional import ConditionalFormat
    from crmbook.ooxml.deflate import Packed
    from crmbook.ooxml.properties import PropertyValue
    from crmbook.ooxml.tables import Table
    from crmbook.ooxml.validations import Validation
    from crmbook.ooxml.values import CellContent


class Package:
    """One workbook, held in memory.

    Parameters
    ----------
    data
        The whole file.
    limits
        What it may cost to open.

    Raises
    ------
    ContainerError, PartError
        See `open`.
    """

    def __init__(self, data: bytes, limits: Limits | None = None) -> None:
        self.parts = Parts(data, limits or Limits())
        self._sheets: dict[str, Sheet] = {}
        self._relationships: dict[str, Relationships] = {}
        self._workbook_part = self._find_workbook()
        if not self.workbook.sheets:
            raise PartError("ooxml.not-a-workbook", part=self._workbook_part)

    @classmethod
    def open(cls, source: str | Path | bytes, limits: Limits | None = None) -> Package:
        """Open a workbook from a path or from its bytes.

        Raises
        ------
        ContainerError
            ``ooxml.unreadable-file``, ``ooxml.empty-file``, ``ooxml.encrypted``, ``ooxml.legacy-xls``,
            ``ooxml.not-a-zip``, ``ooxml.truncated``, ``ooxml.damaged-zip``, ``ooxml.zip-bomb``,
            ``ooxml.unsafe-path``, ``ooxml.encrypted-member``.
        PartError
            ``ooxml.not-a-workbook``, ``ooxml.binary-workbook``, ``ooxml.doctype``, ``ooxml.encoding``,
            ``ooxml.malformed-xml``.
        """
        if isinstance(source, bytes):
            return cls(source, limits)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise ContainerError(
                "ooxml.unreadable-file", path=str(source), reason=error.strerror or ""
            ) from error
        return cls(data, limits)

    # what is in it

    @property
    def workbook(self) -> Workbook:
        """The workbook part."""
        if self._workbook is None:
            relationships = self.relationships(self._workbook_part)
            self._workbook = Workbook(
                self.parts.read(self._workbook_part), self._workbook_part, relationships
            )
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
        return find_name(self.parts.read(self._workbook_part), name, lambda: self.defined_names)

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
        """Whether day 0 of date serials is 1904-01-01."""
        return self.workbook.date1904

    @cached_property
    def shared_strings(self) -> SharedStrings:
        """The shared strings; their part is created, or tied to the workbook, once a text is added."""
        part = stringtable.find_part(self)
        data = self.parts.read(part) if part else stringtable.empty(self)
        return SharedStrings(
            data, part or stringtable.default_name(self), partial(stringtable.refuse_lost_texts, self)
        )

    def trimmed_texts(self, part: str) -> list[str] | None:
        """Return the shared strings in `part`, see `SharedStrings.trimmed_texts`; None where they are not there."""
        found = stringtable.find_part(self)
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

    def relationships(self, source: str) -> Relationships:
        """Return the relationships of a part (``""``: of the package)."""
        part = partname.relationships_of(source)
        data = self.parts.read(part) if self.parts.has(part) else EMPTY
        known = self._relationships.get(source)
        if known is None or known.data != data:
            known = self._relationships[source] = Relationships(data, source)
        return known

    @property
    def content_types(self) -> ContentTypes:
        """The content types of the parts."""
        return ContentTypes(self.parts.read(contenttypes.PART))

    # changing it

    def set_property(self, name: str, value: PropertyValue) -> None:
        """Set a custom property; the part is created where the workbook has none.

        Raises
        ------
        EditError
            ``ooxml.signed``, ``ooxml.bad-property``, ``ooxml.illegal-character``, ``ooxml.unsupported-value``.
        """
        part = self._custom_part
        old = self.parts.read(part) if part else properties.EMPTY
        new = properties.with_property(old, part or "docProps/custom.xml", name, value)
        if part is None:
            kind = properties.STRICT_TYPE if self.workbook.is_strict else properties.TYPE
            self.add_part("docProps/custom.xml", new, contenttypes.CUSTOM_PROPERTIES, kind, "")
        else:
            self.parts.replace(part, new)

    def set_defined_name(
        self, name: str, formula: str, sheet: str | None = None, hidden: bool = False
    ) -> None:
        """Define a name, in the workbook or on one sheet, replacing the one of that name and scope.

        Raises
        ------
        MissingError
            ``ooxml.missing-sheet``.
        EditError
            ``ooxml.bad-name``, ``ooxml.empty-formula``, ``ooxml.formula-too-long``, ``ooxml.signed``.
        """
        defined = DefinedName(checked_name(name), checked_formula(formula) or "", sheet, hidden)
        self._replace_workbook(self.workbook.with_defined_name(defined))

    def request_full_calculation(self) -> None:
        """Have the office program calculate everything when it opens the workbook."""
        self._replace_workbook(self.workbook.with_full_calculation())

    def append_rows(self, table_name: str, rows: Sequence[Sequence[CellContent]]) -> None:
        """Add rows below a table and grow it; see `growth.append_rows`."""
        growth.append_rows(self, self.table(table_name), rows)

    def fill(self, table_name: str, columns: Sequence[ColumnFill], count: int) -> None:
        """Replace the template row of a table by `count` rows of data; see `crmbook.ooxml.fill`."""
        fill.fill(self, table_name, columns, count)

    def validations(self, title: str) -> list[Validation]:
        """Return the data validations of a worksheet."""
        return validations.read_validations(self.sheet(title))

    def set_validations(self, title: str, wanted: Sequence[Validation]) -> None:
        """Make exactly these validations hold in their ranges; see `crmbook.ooxml.validations`."""
        validations.set_validations(self.sheet(title), wanted)

    def conditional_formats(self, title: str) -> list[ConditionalFormat]:
        """Return the conditional formats of a worksheet."""
        return conditional.read_conditional_formats(self, self.sheet(title))

    def set_conditional_formats(self, title: str, wanted: Sequence[ConditionalFormat]) -> None:
        """Make each of these rules hold once in its whole range; see `crmbook.ooxml.conditional`."""
        conditional.set_conditional_formats(self, self.sheet(title), wanted)

    def set_calculated_column(self, table_name: str, column: str, formula: str | None) -> None:
        """Set the formula that a table column fills down with (no leading ``=``); None for none.

        Raises
        ------
        MissingError
            ``ooxml.missing-table``, ``ooxml.missing-column``.
        """
        part = self.table(table_name).part
        data = self.parts.read(part)
        self.replace_part(part, furniture.with_calculated_column(data, part, column, formula))

    def set_table_style(self, table_name: str, style: str, row_stripes: bool = True) -> None:
        """Give a table a style, e.g. ``TableStyleMedium2``."""
        part = self.table(table_name).part
        data = self.parts.read(part)
        self.replace_part(part, furniture.with_table_style(data, part, style, row_stripes=row_stripes))

    def set_ignored_errors(self, title: str, sqref: str, kind: str = "numberStoredAsText") -> None:
        """Keep green triangles of a kind away from ranges of a worksheet."""
        furniture.set_ignored_errors(self.sheet(title), sqref, kind)

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

    def add_part(
        self, name: str, content: bytes, content_type: str, kind: str, source: str | None = None
    ) -> str:
        """Add a part with its content type and a relationship of type `kind` from `source` (None: the workbook).

        Returns the name it got: another one where the wanted one is taken.
        """
        stem, _, extension = name.rpartition(".")
        number = 1
        while self.parts.has(name):
            number += 1
            name = f"{stem}{number}.{extension}"
        source = self._workbook_part if source is None else source
        self.parts.add(name, content)
        self.add_relationship(kind, name, source)
        self.parts.replace(contenttypes.PART, self.content_types.add(name, content_type))
        return name

    def add_relationship(self, kind: str, target: str, source: str | None = None) -> None:
        """Let a part (None: the workbook's) point at another one."""
        relationships = self.relationships(self._workbook_part if source is None else source)
        self._put(relationships.part, relationships.add(kind, target)[1])

    def drop_relationship(self, target: str) -> None:
        """Take away what the workbook part says of another part."""
        relationships = self.relationships(self._workbook_part)
        self.parts.replace(relationships.part, relationships.drop(target))

    def replace_part(self, name: str, content: bytes | Packed) -> None:
        """Give a part new content, as bytes or already packed; what was read of it before is forgotten."""
        self.parts.replace(name, content)
        folded = partname.key(name)
        self._sheets.pop(folded, None)
        self._tables = self._styles = None
        if folded == partname.key(self._workbook_part):
            self._workbook = None

    def drop_calculation_chain(self) -> None:
        """Drop calcChain, which lists a formula cell that is gone; office programs make a new one."""
        relationships = self.relationships(self._workbook_part)
        for item in relationships.of_kind("calcChain"):
            if self.parts.has(item.target):
                self.parts.drop(item.target)
                self.parts.replace(contenttypes.PART, self.content_types.drop(item.target))
            self.parts.replace(relationships.part, relationships.drop(item.target))

    def refuse_signed(self) -> None:
        """Refuse to change a workbook with a digital signature, which the change would break.

        Raises
        ------
        EditError
            ``ooxml.signed``.
        """
        if self._is_signed:
            raise EditError("ooxml.signed")

    # writing it

    def flush(self) -> None:
        """Bring all parts up to date."""
        for sheet in list(self._sheets.values()):
            sheet.flush()
        strings = self.__dict__.get("shared_strings")
        if strings is not None and strings.is_changed:
            part = stringtable.provide_part(self)
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

    # finding parts

    def _find_workbook(self) -> str:
        found = self.relationships("").of_kind("officeDocument")
        if not found or not self.parts.has(found[0].target):
            raise PartError("ooxml.not-a-workbook", part=found[0].target if found else "")
        if found[0].target.lower().endswith(".bin"):
            raise PartError("ooxml.binary-workbook", part=found[0].target)
        return found[0].target

    def related(self, kind: str) -> str | None:
        """Return the part that the workbook part points at by a relationship of a kind; it may be missing."""
        found = self.relationships(self._workbook_part).of_kind(kind)
        return found[0].target if found else None

    @property
    def _custom_part(self) -> str | None:
        found = self.relationships("").of_kind("custom-properties", "customProperties")
        return found[0].target if found and self.parts.has(found[0].target) else None

    @cached_property
    def _is_signed(self) -> bool:
        if any(name.lower().startswith("_xmlsignatures/") for name in self.parts.names):
            return True
        return any("digital-signature" in item.type for item in self.relationships("").items)

    def _put(self, name: str, content: bytes) -> None:
        if self.parts.has(name):
            self.parts.replace(name, content)
        else:
            self.parts.add(name, content)

    def _replace_workbook(self, content: bytes) -> None:
        self.parts.replace(self._workbook_part, content)
        self._workbook = None

    def _read_tables(self) -> Iterator[Table]:
        for sheet in self.sheets:
            if sheet.kind != "worksheet":
                continue
            for item in self.relationships(sheet.part).of_kind("table"):
                if self.parts.has(item.target):
                    yield tables.read_table(self.parts.read(item.target), item.target, sheet.name)
