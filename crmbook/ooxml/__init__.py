"""Reads and splices an .xlsx package so that everything it was not asked to change stays byte for byte.

The layers, from the outside in: `package` (the workbook), `parts` (named content), `archive` and `zipwriter` (the
zip container), `sheet` with `body`, `cells`, `rowsplice` (rows), `xml` (bytes with positions). It knows nothing of what
the workbooks are for.
"""

from crmbook.ooxml import growth, text
from crmbook.ooxml.archive import Limits, refuse_bomb
from crmbook.ooxml.body import Body, Passed
from crmbook.ooxml.cells import Cell
from crmbook.ooxml.columnformulas import set_column_formulas
from crmbook.ooxml.columns import ColumnFill
from crmbook.ooxml.columnshown import (
    column_style,
    column_width,
    find_column,
    hide_column,
    style_column,
    widen_column,
)
from crmbook.ooxml.conditional import ConditionalFormat
from crmbook.ooxml.databars import bar_ids, drop_bars
from crmbook.ooxml.erasing import Erased, Erasure, erase, find_rows
from crmbook.ooxml.errors import ContainerError, EditError, MissingError, OoxmlError, PartError
from crmbook.ooxml.fill import fill
from crmbook.ooxml.furniture import PAPER_SIZES, change_paper, with_calculated_column, with_table_style
from crmbook.ooxml.growth import resize
from crmbook.ooxml.insertion import insert_column, insert_columns
from crmbook.ooxml.merging import merge_cells
from crmbook.ooxml.newcolumn import ColumnLook, NewColumn
from crmbook.ooxml.newtable import add_table
from crmbook.ooxml.notes import read_notes, remove_notes
from crmbook.ooxml.package import Package
from crmbook.ooxml.refs import (
    MAX_COLUMN,
    MAX_ROW,
    Area,
    letters,
    number,
    parse_area,
    parse_areas,
    parse_cell,
    parse_sheet_cell,
    reference,
)
from crmbook.ooxml.relationships import Relationship
from crmbook.ooxml.renaming import Renaming, drop_defined_names, rename
from crmbook.ooxml.restyling import recolour_charts, recolour_tabs, restyle
from crmbook.ooxml.rowsplice import CellEdit
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.sheet import Sheet
from crmbook.ooxml.sheetimport import import_sheet
from crmbook.ooxml.sheetremoval import remove_sheet
from crmbook.ooxml.styleimport import StyleImport
from crmbook.ooxml.tables import Table
from crmbook.ooxml.text import decode
from crmbook.ooxml.validations import Validation
from crmbook.ooxml.values import CellContent, CellError, CellValue, Formula, checked, written_number
from crmbook.ooxml.workbook import DefinedName, SheetInfo
from crmbook.ooxml.xml import Document, Edit, Element, natural, splice, unescape

__all__ = [
    "MAX_COLUMN",
    "MAX_ROW",
    "PAPER_SIZES",
    "WORKSHEET",
    "Area",
    "Body",
    "Cell",
    "CellContent",
    "CellEdit",
    "CellError",
    "CellValue",
    "ColumnFill",
    "ColumnLook",
    "ConditionalFormat",
    "ContainerError",
    "DefinedName",
    "Document",
    "Edit",
    "EditError",
    "Element",
    "Erased",
    "Erasure",
    "Formula",
    "Limits",
    "MissingError",
    "NewColumn",
    "OoxmlError",
    "Package",
    "PartError",
    "Passed",
    "Relationship",
    "Renaming",
    "Sheet",
    "SheetInfo",
    "StyleImport",
    "Table",
    "Validation",
    "add_table",
    "bar_ids",
    "change_paper",
    "checked",
    "column_style",
    "column_width",
    "decode",
    "drop_bars",
    "drop_defined_names",
    "erase",
    "fill",
    "find_column",
    "find_rows",
    "growth",
    "hide_column",
    "import_sheet",
    "insert_column",
    "insert_columns",
    "insertion",
    "letters",
    "merge_cells",
    "natural",
    "number",
    "parse_area",
    "parse_areas",
    "parse_cell",
    "parse_sheet_cell",
    "read_notes",
    "recolour_charts",
    "recolour_tabs",
    "reference",
    "refuse_bomb",
    "remove_notes",
    "remove_sheet",
    "rename",
    "resize",
    "restyle",
    "set_column_formulas",
    "splice",
    "style_column",
    "text",
    "unescape",
    "widen_column",
    "with_calculated_column",
    "with_table_style",
    "written_number",
]
