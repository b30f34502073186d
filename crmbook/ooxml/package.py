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

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.ooxml import conditional, contenttypes, furniture, growth, properties, validations
from crmbook.ooxml.fill import fill
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.spreadsheet import Spreadsheet
from crmbook.ooxml.workbook import DefinedName, checked_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.ooxml.columns import ColumnFill
    from crmbook.ooxml.conditional import ConditionalFormat
    from crmbook.ooxml.properties import PropertyValue
    from crmbook.ooxml.validations import Validation
    from crmbook.ooxml.values import CellContent


class Package(Spreadsheet):
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
        self.set_defined_names([DefinedName(name, formula, sheet, hidden)])

    def set_defined_names(self, names: Sequence[DefinedName]) -> None:
        """Define several names at once, see `set_defined_name`."""
        checked = [
            replace(one, name=checked_name(one.name), formula=checked_formula(one.formula) or "")
            for one in names
        ]
        self._replace_workbook(self.workbook.with_defined_names(checked))

    def show_sheet(self, name: str) -> None:
        """Show a sheet that is hidden; what is very hidden, by a program of its own, stays so."""
        if any(sheet.name == name and sheet.state == "hidden" for sheet in self.sheets):
            self._replace_workbook(self.workbook.with_sheet_shown(name))

    def request_full_calculation(self) -> None:
        """Have the office program calculate everything when it opens the workbook."""
        self._replace_workbook(self.workbook.with_full_calculation())

    def append_rows(self, table_name: str, rows: Sequence[Sequence[CellContent]]) -> None:
        """Add rows below a table and grow it; see `growth.append_rows`."""
        growth.append_rows(self, self.table(table_name), rows)

    def fill(self, table_name: str, columns: Sequence[ColumnFill], count: int) -> None:
        """Replace the template row of a table by `count` rows of data; see `crmbook.ooxml.fill`."""
        fill(self, table_name, columns, count)

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

    def _replace_workbook(self, content: bytes) -> None:
        self.parts.replace(self.main_part, content)
        self._workbook = None
