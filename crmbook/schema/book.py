"""The book: one template in one language, everything resolved; what build, check and sync work with.

Where `crmbook.schema.model` holds what is written, a book holds what it means: words in the book's language,
formulas bound, formats and widths filled in, fields that the template leaves out gone. A book never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmbook.base import CHINA, OWN
from crmbook.schema.numbering import Numbering, numbering_of
from crmbook.schema.written import ImportWords, Written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from crmbook.base import Language, Locale
    from crmbook.formula import Formula, Scope
    from crmbook.schema.fieldtypes import FieldType, Storage
    from crmbook.schema.highlight import Highlight
    from crmbook.schema.model.field import Constant
    from crmbook.schema.page import Cell, Page
    from crmbook.schema.pruned import Pruned
    from crmbook.schema.role import Role
    from crmbook.schema.scoring import BandRule, Parameter
    from crmbook.schema.tablerules import Advance, Check, Reminder

    Limit = int | float | date | datetime
    Key = tuple[str, str]


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    name, table
        Machine names.
    title, titles
        Header in the book's language; headers by language.
    type, traits
        Name of the field type, and what the type says.
    format, width
        Number format and width in characters: the field's own, else the type's.
    required_when
        Formula under which the value is required.
    min, max
        Limits, the type's own included (a rating lies between 1 and 5); for texts `max` is the length.
    default
        Value of a new row in the book's language, or a formula for it.
    default_when
        Formula under which the default is put in, whether the row is new or not.
    default_at_first
        Whether rows of the first sync of a book, which were there before it, get the default.
    formula
        Makes the field computed; with `override` a typed value wins.
    aliases
        Other headers, the one in the other language included.
    written
        What its specification says, as it is written.
    read_only
        Whether the role whose copy this is sees it and does not change it.
    """

    name: str
    table: str
    title: str
    titles: Mapping[Language, str]
    type: str
    traits: FieldType
    written: Written = field(default=Written(), repr=False)
    help: str = ""
    unit: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    required_when: Formula | None = None
    unique: bool = False
    min: Limit | None = None
    max: Limit | None = None
    pattern: str | None = None
    severity: Literal["error", "warning"] = "error"
    default: Constant | Formula | None = None
    default_when: Formula | None = None
    default_at_first: bool = True
    list: str | None = None
    by: str | None = None
    to: str | None = None
    start: int | None = None
    formula: Formula | None = None
    override: bool = False
    live: Literal["auto", "always", "never"] = "auto"
    format: str = "General"
    width: float = 12
    hidden: bool = False
    highlight: tuple[Highlight, ...] = ()
    bars: bool = False
    icons: str | None = None
    suggest: bool = False
    personal: bool = False
    policy: str = "conflict"
    group: str | None = None
    read_only: bool = False

    @property
    def is_helper(self) -> bool:
        """Whether it only serves other formulas: computed, and hidden in every workbook."""
        return self.hidden and self.derived

    @property
    def storage(self) -> Storage:
        """What its cells hold."""
        return self.traits.storage

    @property
    def derived(self) -> bool:
        """Return whether the value is computed and never typed."""
        return self.formula is not None and not self.override

    @property
    def scale(self) -> tuple[float | None, float | None]:
        """Least and greatest number; shares go from 0 to 1 unless the field says otherwise."""
        low, high = (end if isinstance(end, int | float) else None for end in (self.min, self.max))
        return (low or 0, high or 1) if self.type == "percent" else (low, high)

    @property
    def typed(self) -> bool:
        """Return whether people may type a value."""
        return not self.derived

    @property
    def awaited(self) -> bool:
        """Return whether a row lacks something where this is blank: what sync will number itself is not missed."""
        return self.required and self.typed and self.type != "id"

    @property
    def numbering(self) -> Numbering:
        """How the numbers that sync gives are written: 1 → ``001`` under the format ``000``."""
        return numbering_of(self.written.format) or Numbering()

    def id_text(self, number: int, day: date | None = None) -> str:
        """Return `number` as an id of this field, given on `day`."""
        return self.numbering.text(number, day)


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    managed
        False for a table that crmbook writes and nobody types into.
    rows
        Where its rows come from, as written; `one_per` and `each_of` are its parts.
    key, name_field
        Names of the identifying field and of the one with the human name.
    offers
        Name of the computed field, key and name together, that dropdowns of references to the table show; else they show keys.
    identity
        Fields whose values say which row a line of an old list is, the most telling first; those of one item together.
    owned_by
        Field that names whose a row is, where no customer decides it: a copy of somebody's shows only that person's.
    fields
        The columns by name, in order.
    accounting
        Whether its rows may stay without the customer, see `crmbook.privacy`.
    seed
        Rows written when a workbook is built: field → value in the book's language.
    """

    name: str
    title: str
    titles: Mapping[Language, str]
    key: str
    fields: Mapping[str, Field]
    help: str = ""
    filled_by: str = ""
    stage: int | None = None
    aliases: tuple[str, ...] = ()
    managed: bool = True
    rows: str | None = None
    one_per: str | None = None
    each_of: str | None = None
    name_field: str | None = None
    offers: str | None = None
    identity: tuple[tuple[str, ...], ...] = ()
    owned_by: str | None = None
    checks: tuple[Check, ...] = ()
    advance: tuple[Advance, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    seed: tuple[Mapping[str, Constant], ...] = ()
    accounting: bool = False

    @property
    def key_field(self) -> Field:
        """The identifying field."""
        return self.fields[self.key]

    def header(self, label: str) -> str:
        """Return what people call a column: the title of a field, the header of a column of their own."""
        return self.fields[label].title if label in self.fields else label.removeprefix(OWN)

    def references_to(self, table: str) -> tuple[Field, ...]:
        """Return the fields that refer to `table`."""
        return tuple(inner for inner in self.fields.values() if inner.to == table)


@dataclass(frozen=True)
class ListValue:
    """One value of a dropdown list; `parent` is the machine name of the value it belongs under."""

    name: str
    text: str
    texts: Mapping[Language, str]
    parent: str | None = None


@dataclass(frozen=True)
class ValueList:
    """One dropdown list; `by` names the list that narrows it, `fixed` says that formulas use its values."""

    name: str
    title: str
    titles: Mapping[Language, str]
    values: Mapping[str, ListValue]
    by: str | None = None
    fixed: bool = False
    hidden: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as people see them, in order."""
        return tuple(value.text for value in self.values.values())


@dataclass(frozen=True)
class Sheet:
    """One tab: the table or the page `name`, with the tables that are on it; a new workbook may hide it."""

    name: str
    title: str
    titles: Mapping[Language, str]
    tables: tuple[str, ...]
    page: Page | None = None
    stage: int | None = None
    hidden: bool = False


@dataclass(frozen=True, eq=False)
class Book:
    """One template in one language.

    Attributes
    ----------
    tables
        Every table of the book, those on pages too.
    sheets
        The tabs, in order.
    lists
        The dropdown lists, in the order of the dictionary.
    cells
        The single named cells by id; formulas know them by that name.
    formulas
        Formulas of all computed fields and cells by (table, field); a cell has the table ``""``.
    order
        The keys of `formulas`, each after all that it reads.
    scope
        What formulas may speak of.
    fingerprint
        Stable hash of the specification, the same in both languages.
    imports
        The words that lists from elsewhere use; they shape no workbook, the fingerprint does not know them.
    locale
        Where it is at home: telephones, currency, dates, decimals, paper, week.
    pruned
        What the schema files hold and this book does without, because of what its template leaves out.
    """

    template: str
    title: str
    lang: Language
    tables: Mapping[str, Table]
    sheets: tuple[Sheet, ...]
    lists: Mapping[str, ValueList]
    bands: Mapping[str, BandRule]
    parameters: Mapping[str, Parameter]
    pages: Mapping[str, Page]
    cells: Mapping[str, Cell]
    roles: Mapping[str, Role]
    formulas: Mapping[Key, Formula]
    order: tuple[Key, ...]
    scope: Scope = field(repr=False)
    accent: str | None = None
    font: str | None = None
    fingerprint: str = ""
    imports: ImportWords = field(default=ImportWords(), repr=False)
    locale: Locale = CHINA
    pruned: tuple[Pruned, ...] = field(default=(), repr=False)
    people: str = "customers"
    """The table whose rows decide what a part of the book holds"""
    owner: str = "owner"
    """Its field that names who is in charge"""

    def missing_of(self, table: str, name: str) -> tuple[str, ...]:
        """Return what the formula of a field would read if this book did not leave it out, by machine names."""
        found = (one.missing for one in self.pruned if one.name == f"{table}[{name}]")
        return next(found, ())

    def sheet_of(self, table: str) -> Sheet:
        """Return the sheet on which a table is.

        Raises
        ------
        KeyError
            If the book has no such table.
        """
        for sheet in self.sheets:
            if table in sheet.tables:
                return sheet
        raise KeyError(table)
