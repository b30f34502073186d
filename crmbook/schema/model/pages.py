"""Pages (``templates/pages.yaml``): sheets for looking rather than typing, and the named cells on them."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crmbook.schema.fieldtypes import FIELD_TYPES, FieldType
from crmbook.schema.model.base import FormulaText, Identifier, Label, MachineName, Model, refuse_keys
from crmbook.schema.model.field import Constant, FieldTypeName, HighlightSpec, NumberFormat, NumberFormats


class TextSpec(Model):
    """A paragraph."""

    id: Identifier | None = None
    """Name, so that a template can change it"""
    heading: Label | None = None
    """Heading above it"""
    text: Label
    """The paragraph"""
    shipped: bool = False
    """True: about the tables that crmbook ships; a template that extends nothing is without it"""


class OffersSpec(Model):
    """A column of a table, offered as a dropdown."""

    table: MachineName
    """Table"""
    field: MachineName
    """Field"""


class CellSpec(Model):
    """A single named cell; its id is a name in every formula, its title the name in the workbook."""

    id: MachineName
    """Name in formulas"""
    title: Label
    """Words beside the cell"""
    type: FieldTypeName
    """Kind of value"""
    help: Label | None = None
    """Input prompt"""
    formula: FormulaText | None = None
    """Formula; without one the cell is typed"""
    default: Constant | None = None
    """Value of a typed cell in a new workbook"""
    list: MachineName | None = None
    """List of the values (enum)"""
    offers: OffersSpec | None = None
    """Column whose values a typed cell offers as a dropdown"""
    format: NumberFormat | NumberFormats | None = None
    """Excel number format; one for each language where it holds words"""
    kpi: bool = False
    """Shown large, as a key figure"""
    below: MachineName | None = None
    """Key figure on whose card it is shown, below the figure: how that has changed"""
    highlight: tuple[HighlightSpec, ...] = ()
    """Looks of the cell while a formula over the cells of pages is true"""

    @model_validator(mode="after")
    def _keys_fit_the_type(self) -> Self:
        given = {key for key in ("list", "default") if getattr(self, key) is not None}
        allowed = self.traits.keys | (set() if self.formula else {"default"})
        given |= {"offers"} if self.offers and self.formula else set()
        refuse_keys(missing=(self.traits.needs & {"list"}) - given, misplaced=given - allowed, kind=self.type)
        return self

    @property
    def traits(self) -> FieldType:
        """What the type says about storage and looks."""
        return FIELD_TYPES[self.type]


class ChartSpec(Model):
    """A native chart over the rows of a table on the same page."""

    id: MachineName
    """Name"""
    kind: Literal["bar", "column", "stacked_column", "line", "pie", "doughnut", "area"]
    """Kind of chart"""
    title: Label
    """Title above the chart"""
    table: MachineName
    """Table whose rows are drawn"""
    category: MachineName
    """Field along the axis"""
    values: Annotated[tuple[MachineName, ...], Field(min_length=1)]
    """Fields drawn, one series each"""
    apart: tuple[MachineName, ...] = ()
    """List values of the category (of the key, where the category has no list) that are drawn in the colour of a loss"""
    span: MachineName | None = None
    """Cell whose words follow the title: the time that the figures are of"""


class AdviceSpec(Model):
    """A sentence that appears while its condition holds."""

    id: Identifier
    """Name"""
    when: FormulaText
    """Formula over the named cells and tables"""
    text: Label
    """The advice"""


class BlockSpec(Model):
    """A part of a page under a heading: cells, a small table or a chart, beside or below the part before it."""

    id: Identifier
    """Name"""
    heading: Label | None = None
    """Heading above it; a chart has its own"""
    place: Literal["left", "right", "across", "top"] = "across"
    """Half of the page, or all of its width; `right` is beside the part before it, `top` above all others"""
    cells: tuple[MachineName, ...] = ()
    """Named cells of the page, in order"""
    table: MachineName | None = None
    """Table of the page whose rows are shown"""
    chart: MachineName | None = None
    """Chart of the page"""


class LinksSpec(Model):
    """Sheets that somebody goes to from the start page, in one row."""

    id: Identifier
    """Name"""
    title: Label
    """Whose sheets these are"""
    sheets: Annotated[tuple[MachineName, ...], Field(min_length=1)]
    """Tables and pages, in order; those that a book does without are passed over"""


class PageSpec(Model):
    """One page."""

    title: Label
    """Title of the sheet"""
    help: Label | None = None
    """What the sheet is for"""
    texts: tuple[TextSpec, ...] = ()
    """Paragraphs"""
    labels: Mapping[MachineName, Label] = Field(default_factory=dict)
    """Fixed words of the page"""
    cells: tuple[CellSpec, ...] = ()
    """Named cells"""
    tables: tuple[MachineName, ...] = ()
    """Tables on the page, side by side"""
    charts: tuple[ChartSpec, ...] = ()
    """Charts"""
    links: tuple[LinksSpec, ...] = ()
    """Where to go from the start page (`guide`), by role"""
    blocks: tuple[BlockSpec, ...] = ()
    """How the page is laid out: its parts from top to bottom"""
    advice: tuple[AdviceSpec, ...] = ()
    """Sentences chosen by the figures"""


class PagesFile(Model):
    """All pages."""

    pages: Mapping[MachineName, PageSpec] = Field(default_factory=dict)
    """Pages by machine name"""
