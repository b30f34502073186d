"""What a specimen is: a workbook that holds one feature, and the cell that a test may change in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Specimen:
    """One workbook.

    Attributes
    ----------
    name, feature
        Short name; what the workbook holds.
    builder
        Makes its bytes, the same at every call.
    sheet, cell
        Title of the sheet to edit, and a cell in it that holds a plain value.
    code
        For a refused workbook: the code of the refusal; several are parted by blanks.
    """

    name: str
    feature: str
    builder: Callable[[], bytes]
    sheet: str = "Sheet1"
    cell: str = "B2"
    code: str = ""

    @cached_property
    def data(self) -> bytes:
        """The workbook's bytes, built once."""
        return self.builder()

    def __str__(self) -> str:
        return self.name
