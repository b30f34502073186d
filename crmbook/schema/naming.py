"""Which names crmbook gives in a workbook: tables, dropdown lists, single cells, service columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.schema.names import name_from

if TYPE_CHECKING:
    from crmbook.base import Language

ISSUES_TITLE: Final[dict[Language, str]] = {"zh": "问题", "en": "Issues"}
"""Header of the column in which sync says what is wrong with a row."""
ROW_ID_TITLE: Final[dict[Language, str]] = {"zh": "行标识", "en": "Row id"}
"""Header of the hidden column that identifies a row."""
_LIST_PREFIX: Final[dict[Language, str]] = {"zh": "列表_", "en": "List_"}


def table_name(title: str) -> str:
    """Return the name of the ListObject of a table with `title`."""
    return name_from(title)


def list_name(title: str, lang: Language) -> str:
    """Return the defined name of a dropdown list: 性别 → 列表_性别, Gender → List_Gender."""
    return name_from(_LIST_PREFIX[lang] + title)


def cell_name(title: str) -> str:
    """Return the defined name of a single cell with `title`: As of date → As_of_date."""
    return name_from(title)


def column_name(table: str, field: str) -> str:
    """Return the hidden defined name that marks the header cell of a field, so that a renamed header is known."""
    return f"_crmbook.{table}.{field}"


def advice_name(page: str, part: str, number: int | str) -> str:
    """Return the hidden defined name of a rule of a page's advice (``rule``) or of a line that shows one (``line``).

    Those of the summary bear no page's name: they are in filled workbooks from when no other page gave advice.
    """
    owner = "" if page == "summary" else f"{page}."
    return f"_crmbook.advice.{owner}{part}.{number}".replace("-", "_")


def is_rule_of_advice(name: str) -> bool:
    """Return whether a defined name leads to a rule of some page's advice."""
    return name.startswith("_crmbook.advice.") and ".rule." in name


def line_name(page: str) -> str:
    """Return the hidden defined name of the line above a page's table that says how much is in it."""
    return f"_crmbook.line.{page}.count"


def no_chart_name(page: str, chart: str) -> str:
    """Return the hidden defined name of what is read in place of a chart without data."""
    return f"_crmbook.no_chart.{page}.{chart}"


def heading_name(page: str, chart: str) -> str:
    """Return the hidden defined name of the heading above a chart."""
    return f"_crmbook.heading.{page}.{chart}"
