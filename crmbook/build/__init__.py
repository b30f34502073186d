"""Book → a new workbook: what one copy shows, its sheets, lists, charts and help, written by XlsxWriter."""

from crmbook.build import theme
from crmbook.build.advice import choose_advice
from crmbook.build.blueprint import Blueprint
from crmbook.build.build import Built, build_workbook
from crmbook.build.dictionary import FIELD_COLUMNS
from crmbook.build.example import Example, load_example
from crmbook.build.extract import Extract
from crmbook.build.identity import Stamp, by_sync_property, number_of, read_stamp, restore_stamp, row_ids, stamp
from crmbook.build.lists import list_entries, with_lists
from crmbook.build.live import Mode, plan_live
from crmbook.build.names import build_names
from crmbook.build.page import Canvas, write_cell
from crmbook.build.rules import LAST_ROW, write_rules
from crmbook.build.scope import CUSTOMERS, OWNER, Scope, check_scope, fold, owners_of, role_book, tables_in_scope
from crmbook.build.tablesheet import ANSWERS
from crmbook.build.validation import build_validation
from crmbook.build.writer import Strict, Writer

__all__ = [
    "ANSWERS",
    "Blueprint",
    "Built",
    "CUSTOMERS",
    "Canvas",
    "Example",
    "Extract",
    "FIELD_COLUMNS",
    "LAST_ROW",
    "Mode",
    "OWNER",
    "Scope",
    "Stamp",
    "Strict",
    "Writer",
    "build_names",
    "build_validation",
    "build_workbook",
    "by_sync_property",
    "check_scope",
    "choose_advice",
    "fold",
    "list_entries",
    "load_example",
    "number_of",
    "owners_of",
    "plan_live",
    "read_stamp",
    "restore_stamp",
    "role_book",
    "row_ids",
    "stamp",
    "tables_in_scope",
    "theme",
    "with_lists",
    "write_cell",
    "write_rules",
]
