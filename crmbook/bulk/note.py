"""What a revision says of the edit in bulk that made it: the note of its record, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.bulk.model import BulkAction, BulkPlan


@dataclass(frozen=True, slots=True)
class BulkNote:
    """Which edit a revision is.

    Attributes
    ----------
    table
        Title of the table.
    texts
        By header, what was written, as it was typed.
    rows
        How many rows changed.
    request
        The line of a workbook that asked for it; empty where a command did.
    """

    action: BulkAction
    table: str
    where: str
    rows: int
    texts: Mapping[str, str] = field(default_factory=dict)
    request: str = ""

    @classmethod
    def of(cls, plan: BulkPlan, headers: Mapping[str, str], request: str = "") -> BulkNote:
        """Return what is said of a plan; `headers` are those of its labels."""
        typed = zip(plan.labels, plan.wish.texts.values(), strict=True)
        texts = {headers[label]: text for label, text in typed}
        return cls(plan.wish.action, plan.title, plan.wish.where, len(plan.rows), texts, request)

    def to_text(self) -> str:
        """Return it as a revision keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> BulkNote:
        """Return what a revision says."""
        return cls(**json.loads(text))
