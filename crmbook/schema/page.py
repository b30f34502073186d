"""The pages of a book: sheets for looking, made of paragraphs, named cells, small tables, charts and advice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.formula import Formula
    from crmbook.schema.fieldtypes import FieldType
    from crmbook.schema.highlight import Highlight
    from crmbook.schema.model.field import Constant


_OTHERWISE: Final = frozenset({"guide", "dictionary"})
"""Pages that build lays out by themselves."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a page."""

    id: str
    heading: str
    text: str


@dataclass(frozen=True)
class Cell:
    """A single named cell: typed when `formula` is None; `offers` is the column, as table and field, of its dropdown.

    `below` is the key figure on whose card it is.
    """

    id: str
    page: str
    title: str
    type: str
    traits: FieldType
    help: str = ""
    formula: Formula | None = None
    default: Constant | Formula | None = None
    list: str | None = None
    offers: tuple[str, str] | None = None
    format: str = "General"
    kpi: bool = False
    below: str | None = None
    highlight: tuple[Highlight, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A native chart over a table of the same page.

    Attributes
    ----------
    span
        Cell whose words follow the title.
    apart
        List values of the category that are drawn in the colour of a loss.
    """

    id: str
    kind: str
    title: str
    table: str
    category: str
    values: tuple[str, ...]
    span: str | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a page that is laid out by its declaration: cells, a small table or a chart.

    Attributes
    ----------
    place
        ``left``, ``right`` (beside the part before it), ``across``, or ``top`` (the line above all parts).
    """

    id: str
    heading: str = ""
    place: str = "across"
    cells: tuple[str, ...] = ()
    table: str | None = None
    chart: str | None = None


@dataclass(frozen=True)
class Links:
    """Sheets that people of one role go to from the start page; a book may be without some of them."""

    id: str
    title: str
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """A sentence shown while `formula` is true."""

    id: str
    formula: Formula
    text: str


@dataclass(frozen=True)
class Page:
    """A sheet for looking: paragraphs, named cells, small tables, charts, advice; `blocks` say how it is laid out."""

    name: str
    title: str
    help: str = ""
    texts: tuple[Paragraph, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    tables: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    blocks: tuple[Block, ...] = ()
    links: tuple[Links, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def is_dashboard(self) -> bool:
        """Whether its figures, advice and charts are in a grid, its tables to the right of that."""
        has_figures = bool(self.cells or self.advice) and self.name not in _OTHERWISE
        return not self.blocks and bool(self.charts or has_figures)
