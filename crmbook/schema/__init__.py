"""The schema: what a workbook holds, written in YAML, in Chinese and English.

::

    schemas/*.yaml, templates/*.yaml, a workspace
        → source (tree with places) → library (merged by name) → draft (one template)
        → verify, binding (problems at file:line:column) → book (one language) → layout (sheet and column)

`load_book` does all of it. Adding a field or a table is an edit of YAML; no table is named in Python.
"""

from crmbook.schema.book import (
    Advance,
    Book,
    Cell,
    Chart,
    Field,
    ListValue,
    Page,
    Role,
    Sheet,
    Table,
    ValueList,
)
from crmbook.schema.fieldtypes import FIELD_TYPES, Align, FieldType, Storage, Validation
from crmbook.schema.jsonschema import FileKind, json_schema
from crmbook.schema.layout import (
    DASHBOARD_COLUMNS,
    HEADER_ROW,
    LAST_ROW,
    PAGE_HEADER_ROW,
    Column,
    Layout,
    ListLayout,
    TableLayout,
    folded,
    quoted,
)
from crmbook.schema.load import find_problems, load_book, template_names
from crmbook.schema.model.base import Model
from crmbook.schema.model.field import Constant
from crmbook.schema.names import column_letters, name_from
from crmbook.schema.naming import ISSUES_TITLE, ROW_ID_TITLE, advice_name, column_name, table_name
from crmbook.schema.node import Node
from crmbook.schema.problem import Problem, SchemaError, problem
from crmbook.schema.recompute import Computed, canonical, recompute, seed_frame, table_frame
from crmbook.schema.shipped import shipped
from crmbook.schema.source import parse_source
from crmbook.schema.sources import find_workspace, keep_fingerprint, recall_fingerprint, sources_digest
from crmbook.schema.validate import validate

__all__ = [
    "DASHBOARD_COLUMNS",
    "FIELD_TYPES",
    "HEADER_ROW",
    "ISSUES_TITLE",
    "LAST_ROW",
    "PAGE_HEADER_ROW",
    "ROW_ID_TITLE",
    "Advance",
    "Align",
    "Book",
    "Cell",
    "Chart",
    "Column",
    "Computed",
    "Constant",
    "Field",
    "FieldType",
    "FileKind",
    "Layout",
    "ListLayout",
    "ListValue",
    "Model",
    "Node",
    "Page",
    "Problem",
    "Role",
    "SchemaError",
    "Sheet",
    "Storage",
    "Table",
    "TableLayout",
    "Validation",
    "ValueList",
    "advice_name",
    "canonical",
    "column_letters",
    "column_name",
    "find_problems",
    "find_workspace",
    "folded",
    "json_schema",
    "keep_fingerprint",
    "load_book",
    "name_from",
    "parse_source",
    "problem",
    "quoted",
    "recall_fingerprint",
    "recompute",
    "seed_frame",
    "shipped",
    "sources_digest",
    "table_frame",
    "table_name",
    "template_names",
    "validate",
]
