"""Reports on one customer: what ``crmbook card`` and ``crmbook person`` wrote, and whose they are by their own word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, read_bytes
from crmbook.ooxml import OoxmlError, Package
from crmbook.read import CARD_MARK, CUSTOMER, product_of

if TYPE_CHECKING:
    from pathlib import Path

_PRODUCTS: Final = frozenset({"card", "person"})
_TAIL: Final = 400
"""Bytes at the end of a PDF among which its customer is named."""


def customer_of(path: Path) -> str | None:
    """Return key and name of the customer whose report a file is; None for any other file."""
    ending = path.suffix.lower()
    try:
        if ending == ".xlsx":
            package = Package.open(read_bytes(path))
            return str(package.properties.get(CUSTOMER) or "") if product_of(package) in _PRODUCTS else None
        if ending == ".pdf":
            _, mark, customer = read_bytes(path)[-_TAIL:].rpartition(CARD_MARK)
            return customer.decode("utf-8", "replace").strip() if mark else None
        if ending == ".json":
            found = json.loads(read_bytes(path))
            is_report = isinstance(found, dict) and "crmbook_person" in found
            return str(found.get("customer") or "") if is_report else None
    except (CrmbookError, OoxmlError, OSError, ValueError):
        return None
    return None
