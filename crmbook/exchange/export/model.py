"""What goes out: tables as columns of canonical values, each column with all its names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from crmbook.base import describe
from crmbook.schema import Storage
from crmbook.values import ValueKind

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.base import Language
    from crmbook.schema import Field, Table

Format = Literal["csv", "xlsx", "json", "jsonl", "sqlite", "vcard"]

TYPED_OVER: Final = "typed_over"
"""Machine name of the column that lists the fields whose formula somebody typed over, row by row."""
VERSION: Final = 1
"""Of the formats that say what they are: raised where an older crmbook could not read them."""


def typed_over_title(lang: Language) -> str:
    """Return what people call the column of fields that were typed over."""
    return describe("export.typed-over", lang, {})


@dataclass(frozen=True, slots=True)
class ExportWish:
    """Which part of a book is to go out.

    Attributes
    ----------
    tables
        By title or name; none for every table that people fill.
    where
        Excel formula: of one table its rows, of several the customers whose rows are wanted.
    fields
        By header or name; none for all that are not hidden.
    is_masked
        Whether what the schema calls personal is made unreadable.
    lang
        Language of the headers; empty for the book's.
    """

    tables: tuple[str, ...] = ()
    where: str = ""
    fields: tuple[str, ...] = ()
    is_masked: bool = False
    lang: Language | None = None


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column.

    Attributes
    ----------
    name
        Machine name; of people's own columns their header.
    title
        Header in the language of the export.
    kind, storage
        What its cells hold; what was masked is text.
    field
        None for people's own columns and the list of fields that were typed over.
    """

    name: str
    title: str
    kind: ValueKind = ValueKind.TEXT
    storage: Storage = Storage.TEXT
    field: Field | None = None


@dataclass(frozen=True)
class Listing:
    """Rows under headers.

    Attributes
    ----------
    title
        In the language of the export.
    frame
        Canonical values; its columns are those of `columns`, by name.
    """

    title: str
    columns: tuple[OutColumn, ...]
    frame: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Outgoing(Listing):
    """One table on its way out."""

    table: Table


@dataclass(frozen=True)
class Export:
    """Everything that goes out.

    Attributes
    ----------
    template, lang, as_of
        Of the book; the day that counts as today, as an ISO date.
    shown_lang
        Language of the headers.
    """

    tables: tuple[Outgoing, ...]
    template: str
    lang: Language
    as_of: str
    shown_lang: Language
    is_masked: bool = False

    @property
    def rows(self) -> int:
        """How many rows go out."""
        return sum(len(one.frame) for one in self.tables)

    @property
    def about(self) -> dict[str, str | int | bool]:
        """What a format that can say it says of the book."""
        return {
            "version": VERSION,
            "template": self.template,
            "lang": self.lang,
            "as_of": self.as_of,
            "masked": self.is_masked,
        }
