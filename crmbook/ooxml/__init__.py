"""Reads and splices an .xlsx package so that everything it was not asked to change stays byte for byte.

The layers, from the outside in: `package` (the workbook), `parts` (named content), `archive` and `zipwriter` (the
zip container), `sheet` with `body`, `cells`, `rowsplice` (rows), `xml` (bytes with places). It knows nothing of what
the workbooks are for.
"""

from crmbook.ooxml.archive import Limits
from crmbook.ooxml.cells import Cell
from crmbook.ooxml.columns import ColumnFill
from crmbook.ooxml.conditional import ConditionalFormat
from crmbook.ooxml.errors import ContainerError, EditError, MissingError, OoxmlError, PartError
from crmbook.ooxml.insertion import insert_column
from crmbook.ooxml.newcolumn import ColumnLook, NewColumn
from crmbook.ooxml.package import Package
from crmbook.ooxml.sheet import Sheet
from crmbook.ooxml.tables import Table
from crmbook.ooxml.validations import Validation
from crmbook.ooxml.values import CellContent, CellError, CellValue, Formula
from crmbook.ooxml.workbook import DefinedName, SheetInfo

__all__ = [
    "Cell",
    "CellContent",
    "CellError",
    "CellValue",
    "ColumnFill",
    "ColumnLook",
    "ConditionalFormat",
    "ContainerError",
    "DefinedName",
    "EditError",
    "Formula",
    "Limits",
    "MissingError",
    "NewColumn",
    "OoxmlError",
    "Package",
    "PartError",
    "Sheet",
    "SheetInfo",
    "Table",
    "Validation",
    "insert_column",
]
