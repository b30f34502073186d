"""A condition that a person types over the rows of one table: an Excel formula whose fields go by header or name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import OWN
from crmbook.formula import Kind, bind, parse
from crmbook.formula import Scope as Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmbook.formula import Formula
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Condition:
    """A formula over the rows of one table.

    Attributes
    ----------
    table
        Machine name of the table.
    tables, fields
        By the words that may be written for them, the tables and the fields.
    """

    book: Book
    table: str
    formula: Formula
    tables: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, book: Book, text: str, table: str, own: Mapping[str, Iterable[str]] | None = None
    ) -> Condition:
        """Return the condition that a text means, with or without its ``=``.

        Parameters
        ----------
        own
            By table, the headers of people's own columns, which it may name too.

        Raises
        ------
        FormulaError
            If the formula is wrong.
        """
        words = {name: name for name in book.tables} | {
            known.title: name for name, known in book.tables.items() if known.title not in book.tables
        }
        kinds: dict[str, dict[str, Kind]] = {}
        fields: dict[tuple[str, str], str] = {}
        for word, name in words.items():
            inner = book.scope.tables[name]
            titles = {item.title: item.name for item in book.tables[name].fields.values()}
            named = {key: key for key in inner} | {
                title: key for title, key in titles.items() if title not in inner
            }
            kinds[word] = {shown: inner[key] for shown, key in named.items()}
            more = {header: OWN + header for header in (own or {}).get(name, ()) if header not in named}
            kinds[word] |= dict.fromkeys(more, Kind.ANY)
            named |= more
            fields |= {(word, shown): key for shown, key in named.items()}
        names = Names(kinds, book.scope.names, book.scope.constants)
        formula = bind(parse(text if text.startswith("=") else f"={text}"), names, table)
        return cls(book, table, formula, words, fields)

    def holds(self, tables: Tables, names: Mapping[str, object] | None = None) -> pd.Series[bool]:
        """Return for which rows it holds; an error value or a text is no yes.

        Parameters
        ----------
        names
            Values of the single named cells.
        """
        frames = {self.table: tables[self.table][[]]}
        for word, shown in self.formula.references:
            frame = tables[self.tables[word]]
            columns = frames.get(word, frame[[]])
            frames[word] = columns.assign(**{shown: frame[self.fields[word, shown]]})
        answers = self.formula.evaluate(frames, names).tolist()
        said = [isinstance(answer, bool | float) and bool(answer) and answer == answer for answer in answers]  # noqa: PLR0124 - NaN is no yes
        return pd.Series(said, index=tables[self.table].index, dtype=bool)
