"""The interface through which a sheet uses its package, so that neither module imports the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crmbook.ooxml.parts import Parts
    from crmbook.ooxml.sharedstrings import SharedStrings
    from crmbook.ooxml.styles import Styles
    from crmbook.ooxml.tables import Table


class Holder(Protocol):
    """What a sheet needs of the package that holds it."""

    parts: Parts

    @property
    def date1904(self) -> bool:
        """Return whether day 0 of date serials is 1904-01-01."""

    @property
    def styles(self) -> Styles:
        """The cell formats."""

    @property
    def shared_strings(self) -> SharedStrings:
        """The shared strings."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all worksheets."""

    def shared_text(self, index: int) -> str:
        """Return a shared string."""

    def refuse_signed(self) -> None:
        """Refuse to change a workbook with a digital signature."""

    def drop_calculation_chain(self) -> None:
        """Drop the list of formula cells, in which one is gone."""
