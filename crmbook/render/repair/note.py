"""What a repair reports of itself: what it put back, and what is gone for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.base import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.base import Language


_NAMED: Final = 3
_GONE: Final = "furniture.gone-"


@dataclass(frozen=True, slots=True)
class RepairNote:
    """One kind of furniture that was put back, or could not be.

    Attributes
    ----------
    code
        A key of the message catalogue.
    sheet
        Title of the sheet, or of the first few of several; empty for what belongs to the whole workbook.
    count
        How many pieces.
    """

    code: str
    sheet: str | tuple[str, ...] = ""
    count: int = 1

    @property
    def is_back(self) -> bool:
        """Return whether it was put back: what could not be is reported first."""
        return not self.code.startswith(_GONE)

    def text(self, lang: Language) -> str:
        """Return what was put back, in words."""
        return describe(self.code, lang, {"sheet": self.sheet, "count": self.count})


def gathered(notes: Iterable[RepairNote]) -> list[RepairNote]:
    """Return one note for each code: an office program that drops something drops it on every sheet."""
    kinds: dict[str, list[RepairNote]] = {}
    for note in notes:
        if note.count:
            kinds.setdefault(note.code, []).append(note)
    return [RepairNote(code, _titles(of), sum(note.count for note in of)) for code, of in kinds.items()]


def _titles(notes: Iterable[RepairNote]) -> str | tuple[str, ...]:
    titles = list(dict.fromkeys(str(note.sheet) for note in notes))
    if len(titles) == 1:
        return titles[0]
    return (*titles[:_NAMED], *(["…"] if len(titles) > _NAMED else []))
