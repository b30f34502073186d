from . import theme as theme
from .advice import choose_advice as choose_advice
from .advice import known_advice as known_advice
from .blueprint import Blueprint as Blueprint
from .charts import SPAN as SPAN
from .charts import chart_heading as chart_heading
from .build import Built as Built, build_page as build_page, build_workbook as build_workbook
from .dictionary import FIELD_COLUMNS as FIELD_COLUMNS
from .example import Example as Example, load_example as load_example, own_sample as own_sample
from .extract import Extract as Extract
from .guide import GUIDE as GUIDE, purpose_of as purpose_of
from .identity import Stamp as Stamp, by_sync_property as by_sync_property, number_of as number_of, read_stamp as read_stamp, restore_stamp as restore_stamp, row_ids as row_ids, write_stamp as write_stamp
from .lists import list_entries as list_entries, with_lists as with_lists
from .issueline import ISSUES as ISSUES, issue_line as issue_line
from .live import Mode as Mode, plan_live as plan_live
from .pagemarks import is_as_written as is_as_written, is_drawn as is_drawn, write_page_marks as write_page_marks
from .entered import entered_header as entered_header, entered_texts as entered_texts
from .names import LIST_ROWS as LIST_ROWS, build_names as build_names
from .page import Canvas as Canvas, write_cell as write_cell
from .links import hyperlink as hyperlink, link_target as link_target, numbered_link as numbered_link, row_link as row_link
from .reminders import ANSWERED as ANSWERED, CONFLICTS as CONFLICTS, DONE as DONE, NEVER as NEVER, POSTPONED as POSTPONED, REMINDERS as REMINDERS, Due as Due, find_due as find_due, notes_of as notes_of, open_of as open_of, row_of_key as row_of_key
from .reminderlines import count_line as count_line, reminder_lines as reminder_lines
from .rules import LAST_ROW as LAST_ROW, write_rules as write_rules
from .scope import CUSTOMERS as CUSTOMERS, Scope as Scope, check_scope as check_scope, fold as fold, owners_of as owners_of, role_book as role_book, tables_in_scope as tables_in_scope
from .tablesheet import ANSWERS as ANSWERS
from .validation import build_validation as build_validation
from .writer import Strict as Strict, Writer as Writer
