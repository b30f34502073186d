"""What people type, and what it means: one small grammar for every field type.

`parse_value` reads a cell against the `Domain` of its field; `parse_column` reads many; `format_value` writes
the canonical value back as text. Nothing here knows tables or workbooks.
"""

from crmbook.base import Locale, locale_of
from crmbook.values.addresses import Address, AddressReader
from crmbook.values.choices import Choice, Choices, is_near, truth
from crmbook.values.column import Column, parse_column
from crmbook.values.contactpoints import ContactPoints, find_contact_points
from crmbook.values.grammar import format_value, parse_value
from crmbook.values.parsed import Domain, Parsed, Surroundings, ValueKind
from crmbook.values.phones import find_phones
from crmbook.values.series import from_series, to_series, to_value
from crmbook.values.text import is_blank, narrow, spell, tidy

__all__ = [
    "Address",
    "AddressReader",
    "Choice",
    "Choices",
    "Column",
    "ContactPoints",
    "Domain",
    "Locale",
    "Parsed",
    "Surroundings",
    "ValueKind",
    "find_contact_points",
    "find_phones",
    "format_value",
    "from_series",
    "is_blank",
    "is_near",
    "locale_of",
    "narrow",
    "parse_column",
    "parse_value",
    "spell",
    "tidy",
    "to_series",
    "to_value",
    "truth",
]
