"""What every sheet of one workbook is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbook.base import describe
from crmbook.build import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.build.advice import Lines, Ranks
    from crmbook.build.extract import Extract
    from crmbook.build.live import FieldKey
    from crmbook.build.names import Names
    from crmbook.build.writer import Writer
    from crmbook.formula import Labels
    from crmbook.schema import Book, Layout


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The plan of one workbook.

    Attributes
    ----------
    book, layout, labels, names
        The schema, where everything is, how formulas name it, the names behind dropdowns.
    extract
        The part of the book that the workbook holds.
    live
        Computed fields that are written as formulas.
    frames
        Table → its rows with all computed fields filled in.
    values
        Single cell → its value.
    advice
        Page → ranks of its rules of advice, and the lines shown.
    lines
        Page → the line above its table that says how much is in it.
    counted
        Whose rows a copy of some customers counts, in words; empty where it holds all.
    own
        Table → headers of people's own columns, which are at its end.
    writer
        The workbook under construction.
    heading
        What is printed at the top of its pages; empty for the name of the file.
    """

    book: Book
    layout: Layout
    labels: Labels
    names: Names
    extract: Extract
    live: frozenset[FieldKey]
    frames: Mapping[str, pd.DataFrame]
    values: Mapping[str, Any]
    advice: Mapping[str, tuple[Ranks, Lines]]
    lines: Mapping[str, str]
    counted: str
    own: Mapping[str, tuple[str, ...]]
    writer: Writer
    heading: str = ""

    @property
    def home(self) -> str:
        """Title of the first sheet, to which every sheet links back."""
        return self.book.sheets[0].title

    @property
    def accent(self) -> str:
        """Colour of headers, titles and page tabs."""
        return self.book.accent or theme.ACCENT

    def words(self, code: str, **params: object) -> str:
        """Return a fixed text of the generator in the book's language."""
        return describe(f"workbook.{code}", self.book.lang, params)
