"""What a repair tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.issues import describe

if TYPE_CHECKING:
    from crmbook.issues import Language


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of furniture that was put back.

    Attributes
    ----------
    code
        A key of the message catalogue.
    sheet
        Title of the sheet; empty for what belongs to the whole workbook.
    count
        How many pieces.
    """

    code: str
    sheet: str = ""
    count: int = 1

    def text(self, lang: Language) -> str:
        """Return what was put back, in words."""
        return describe(self.code, lang, {"sheet": self.sheet, "count": self.count})
