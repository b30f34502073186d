"""The fingerprint of a schema: another one wherever a workbook would be another one."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from crmbook.schema.model import TableSpec

if TYPE_CHECKING:
    from crmbook.schema.draft import Draft
    from crmbook.schema.model.base import Model


DRAWN: Final = 1
"""How the sheets of tables are drawn; raised when code alone draws them otherwise, so that filled workbooks follow."""


def fingerprint(draft: Draft) -> str:
    """Return a stable hash of everything that shapes a workbook of this template, in both languages."""
    # a key that came later: books that do not say it keep the fingerprint that they have
    unsaid = {"zone"} if draft.locale.zone is None else set()
    shelves = (draft.tables, draft.lists, draft.bands, draft.parameters, draft.pages)
    content: list[object] = [
        DRAWN,
        draft.template.model_dump(mode="json", exclude={"imports": True, "locale": {"zone"}}),
        draft.locale.model_dump(mode="json", exclude=unsaid),
    ]
    # What may stay of a row when a customer is forgotten shapes no workbook either.
    without = {"accounting"}
    content += [
        {name: spec.model_dump(mode="json", exclude=without | _unsaid(spec)) for name, spec in shelf.items()}
        for shelf in shelves
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _unsaid(spec: Model) -> set[str]:
    """Return the key that tables got later, where this one does not say it: its books keep the fingerprint that they have."""
    return {"offers"} if isinstance(spec, TableSpec) and spec.offers is None else set()
