"""The schema: what a workbook holds, written in YAML, in Chinese and English.

::

    schemas/*.yaml, templates/*.yaml, a workspace
        → source (tree with places) → library (merged by name) → draft (one template)
        → verify, binding (problems at file:line:column) → book (one language) → layout (sheet and column)

`load_book` does all of it. Adding a field or a table is an edit of YAML; no table is named in Python.
"""

from crmbook.schema.book import Book, Cell, Field, Page, Sheet, Table, ValueList
from crmbook.schema.fieldtypes import FIELD_TYPES, Align, FieldType, Storage, Validation
from crmbook.schema.jsonschema import json_schema
from crmbook.schema.layout import Column, Layout, ListLayout, TableLayout
from crmbook.schema.load import find_problems, load_book, template_names
from crmbook.schema.problem import Problem, SchemaError
from crmbook.schema.shipped import shipped

__all__ = [
    "FIELD_TYPES",
    "Align",
    "Book",
    "Cell",
    "Column",
    "Field",
    "FieldType",
    "Layout",
    "ListLayout",
    "Page",
    "Problem",
    "SchemaError",
    "Sheet",
    "Storage",
    "Table",
    "TableLayout",
    "Validation",
    "ValueList",
    "find_problems",
    "json_schema",
    "load_book",
    "shipped",
    "template_names",
]
