"""Workbooks that crmbook writes for people and that are no working copies: previews, lists, reports, cards.

Each says in a custom property what it is. None is ever synced, however much of a book it holds: a report on one customer
has the keys of a book, and would be taken for a copy of it whose other rows are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from crmbook.ooxml import Package

Product = Literal["preview", "failures", "export", "person", "duplicates", "card"]

PREVIEW: Final = "crmbook.preview."
"""Begins the properties of an import's preview: ``source``, ``digest``, ``template``, ``lang``."""
FAILURES: Final = "crmbook.failures"
EXPORT: Final = "crmbook.export"
"""Also the name under which a working copy counts its exports; there it is a number."""
PRODUCT: Final = "crmbook.product"
"""What any other of them is."""
CUSTOMER: Final = "crmbook.customer"
"""Key and name of the one customer whom a card or a report is about."""
CARD_MARK: Final = b"%crmbook card "
"""A comment at the end of a card in PDF; key and name follow."""


def product_of(package: Package) -> str:
    """Return what a workbook without a stamp was written as; empty for one that does not say."""
    found = package.properties
    if f"{PREVIEW}digest" in found:
        return "preview"
    if FAILURES in found:
        return "failures"
    if str(found.get(EXPORT) or "").startswith("{"):
        return "export"
    return str(found.get(PRODUCT) or "")
