"""What people type, and what it means: one small grammar for every field type.

`parse_value` reads a cell against the `Domain` of its field; `parse_column` reads many; `format_value` writes
the canonical value back as text. Nothing here knows tables or workbooks.
"""

from crmbook.base.locale import Locale, locale_of
from crmbook.values.choices import Choice, Choices, truth
from crmbook.values.column import Column, parse_column
from crmbook.values.grammar import format_value, parse_value
from crmbook.values.parsed import Domain, Kind, Parsed, Surroundings
from crmbook.values.series import from_series, to_series, to_value

__all__ = [
    "Choice",
    "Choices",
    "Column",
    "Domain",
    "Kind",
    "Locale",
    "Parsed",
    "Surroundings",
    "format_value",
    "from_series",
    "locale_of",
    "parse_column",
    "parse_value",
    "to_series",
    "to_value",
    "truth",
]
