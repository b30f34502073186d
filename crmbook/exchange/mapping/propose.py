"""A list → the mapping that its headers and cells propose, for a person to change.

::

    headers, title → table (choose) → columns → fields (assign), of a second table besides
                   → own columns for the others → splits → values of lists → rows left out, negative amounts

No column is used twice, and no computed field is filled. A column without cells, or that only counts the rows, is not
taken; every other one that fits no field becomes a column of one's own, the name of a sheet only where a person wants it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from crmbook.base import describe
from crmbook.exchange.mapping.assign import Assignment
from crmbook.exchange.mapping.cells import Cells
from crmbook.exchange.mapping.choose import choose_table, main_table, takes_rows
from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.model import ColumnRule, Mapping, Negative, RowFilter, ValueRule
from crmbook.exchange.mapping.names import Names, fingerprint, fold
from crmbook.exchange.mapping.sections import SHEET_NAME
from crmbook.exchange.mapping.states import said_of
from crmbook.schema import place_fields
from crmbook.values import narrow, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Mapping as Mapped

    from crmbook.exchange.mapping.model import Split
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book, Field

LISTED: Final = frozenset({"enum", "dependent_enum", "multi_enum", "region"})
"""Field types whose cells are entries of a list."""
_MOST_VALUES: Final = 300
"""Distinct texts of a column of places that are listed one by one; more are addresses, each read by itself."""
_MOSTLY: Final = 0.5
_FEW_TWICE: Final = 0.05
"""Of the rows: as many may bear the number of another row, by mistake."""
_NONE: Final[Mapped[str, ColumnRule]] = MappingProxyType({})


def propose(
    book: Book, sheet: SourceSheet, table: str = "", decided: Mapped[str, ColumnRule] = _NONE
) -> Mapping:
    """Return what the headers and cells of a list propose.

    Parameters
    ----------
    book
        The schema, with the lists as the book's dictionary has them.
    table
        The table whose rows the list holds; found out where empty.
    decided
        By header, the rules of columns that somebody has decided: these are kept, and only their texts are looked at.
    """
    return _Proposal(book, sheet).mapping(table, decided)


class _Proposal:
    def __init__(self, book: Book, sheet: SourceSheet) -> None:
        self.book = book
        self.sheet = sheet
        self.nothing = tuple(dict.fromkeys(narrow(word).casefold() for word in book.imports.nothing))
        known = frozenset(self.nothing)
        self.cells = {header: Cells(sheet.frame[header], book, known) for header in sheet.headers}
        self.entries = lists_of(book)

    def mapping(self, table: str, decided: Mapped[str, ColumnRule]) -> Mapping:
        names = {name: Names(self.book, one) for name, one in self.book.tables.items() if takes_rows(one)}
        table = table or choose_table(self.book, self.sheet.title, self.sheet.headers, names)
        self.first = Assignment(self.book, self.book.tables[table], self.cells, self.entries)
        self.second: Assignment | None = None
        columns = [
            self.still(decided[rule.header]) if rule.header in decided else rule for rule in self.columns()
        ]
        return Mapping(
            table=table,
            columns=columns,
            values=tuple(self.values(columns)),
            fingerprint=fingerprint(self.sheet.own_headers),
            nothing=self.nothing,
            filters=tuple(RowFilter(header, texts) for header, texts in self.statuses("without")),
            negative=tuple(Negative(header, texts) for header, texts in self.statuses("negative")),
        )

    def columns(self) -> tuple[ColumnRule, ...]:
        """Return the rule of every column, in the order of the list."""
        left = [header for header in self.sheet.headers if not self.counts_rows(header)]
        own: dict[str, ColumnRule] = {}
        numbers = self.first.externals(left)
        external = next((header for header in numbers if self.identifies(header)), next(iter(numbers), ""))
        if external:
            own[external] = self.own(external, self.first, is_external=True)
        left = [header for header in left if header not in own]
        self.first.by_name(left)
        self.first.by_parts(left)
        own |= self.beside(left)
        left = [header for header in left if header not in own and header not in self.rules]
        self.first.by_likeness(left)
        self.first.by_content(left)
        self.first.by_entries(header for header in self.sheet.made if header in left)
        rules = {**self.rules, **own}
        return tuple(
            self.with_split(rules[header]) if header in rules else self.rest(header)
            for header in self.sheet.headers
        )

    @property
    def rules(self) -> dict[str, ColumnRule]:
        return {**(self.second.rules if self.second else {}), **self.first.rules}

    def beside(self, headers: list[str]) -> dict[str, ColumnRule]:
        """Assign what the rows of a list say about the customer besides; return the column that identifies them."""
        to = main_table(self.book)
        words = self.book.imports.tables.get(to)
        references = self.first.table.references_to(to)
        if self.first.table.name == to or not references or words is None:
            return {}
        second = Assignment(self.book, self.book.tables[to], self.cells, self.entries)
        left = [header for header in headers if header not in self.first.rules]
        external = next(iter(second.externals(left)), "")
        left = [header for header in left if header != external]
        second.by_name(left, words.beside)
        second.by_parts(left)
        if not second.rules and not external:
            return {}
        self.second = second
        self.move_reference(references[0], second)
        return {external: self.own(external, second, is_external=True)} if external else {}

    def move_reference(self, reference: Field, second: Assignment) -> None:
        """Let a column that refers to a row of the second table be the key of the row that is fed there."""
        for header, rule in list(self.first.rules.items()):
            if rule.field == reference.name:
                del self.first.rules[header]
                second.rules[header] = replace(rule, table=second.table.name, field=second.table.key)

    def counts_rows(self, header: str) -> bool:
        """Return whether a column only counts the rows."""
        words = set(map(fold, self.book.imports.row_numbers)) | set(self.book.imports.row_numbers)
        named = fold(header) in words or header.strip().casefold() in words
        return named and self.cells[header].share(lambda raw: spell(raw).strip().isdigit()) > _MOSTLY

    def identifies(self, header: str) -> bool:
        """Return whether a column tells the rows of the list apart.

        An order of several lines is a purchase in each of them: its number is in all.
        """
        if not self.first.table.references_to(main_table(self.book)):
            return True  # a customer who is listed twice is one
        if self.cells[header].are_distinct:
            return True
        frame = self.sheet.frame.dropna(subset=[header]).drop_duplicates()
        several = frame[header].duplicated().sum()
        return bool(several <= _FEW_TWICE * len(frame))

    def own(self, header: str, assignment: Assignment, *, is_external: bool = False) -> ColumnRule:
        found = "alias" if is_external else ""
        return ColumnRule(header, assignment.table.name, found=found, sure=1.0, is_external=is_external)  # type: ignore[arg-type]

    def rest(self, header: str) -> ColumnRule:
        """Return the rule of a column that fits no field."""
        is_name_of_sheet = header in self.sheet.made and header == describe(SHEET_NAME, self.book.lang, {})
        if self.cells[header].is_blank or self.counts_rows(header) or is_name_of_sheet:
            return ColumnRule(header, sure=1.0)
        return self.own(header, self.first)

    def with_split(self, rule: ColumnRule) -> ColumnRule:
        if not rule.field or rule.split:
            return rule
        field = self.book.tables[rule.table].fields[rule.field]
        return replace(rule, split=self.split(field, self.cells[rule.header]))

    def still(self, rule: ColumnRule) -> ColumnRule:
        """Return a rule that was decided; what the cells of that time did not hold is taken apart all the same."""
        split = self.with_split(rule).split
        return replace(rule, split=split) if split in {"phones", "emails"} else rule

    def split(self, field: Field, cells: Cells) -> Split:
        """Return how the cells of a column must be taken apart."""
        words = self.book.imports.tables.get(field.table)
        assignment = self.second if self.second and self.second.table.name == field.table else self.first
        address = assignment.address
        fields = place_fields(assignment.table)
        if field.type == "phone":
            return "phones" if cells.any_several("") else ""
        if field.type == "email":
            return "emails" if cells.any_several("@") else ""
        if words is None:
            return ""
        if address and fields and field.name in {fields.region, words.address}:
            read = cells.share(lambda raw: address.read(spell(raw)) is not None)
            plain = cells.share(lambda raw: assignment.is_entry(field, spell(raw)))
            whole = fields.city in assignment.taken or (
                field.name == words.address and fields.region in assignment.taken
            )
            return "region_city_address" if read >= _MOSTLY and plain < 1 and not whole else ""
        if field.name in words.people and cells.bracketed:
            by_company = field.name == assignment.table.name_field and cells.bracketed >= _MOSTLY
            free = "company" in assignment.table.fields and "company" not in assignment.taken
            return "name_company" if by_company and free else "note"
        return ""

    def values(self, columns: Sequence[ColumnRule]) -> Iterator[ValueRule]:
        """Yield what becomes of each distinct text of the columns of lists."""
        for rule in columns:
            field = self.book.tables[rule.table].fields[rule.field] if rule.field else None
            if field is None or field.type not in LISTED or not field.list:
                continue
            counts: Counter[str] = Counter()
            for raw, count in self.cells[rule.header].counts.items():
                counts[tidy(spell(raw))] += count
            if rule.split == "region_city_address":
                yield from self.address(field, counts)
                continue
            for text, count in counts.most_common():
                yield self.value(field, text, count)

    def value(self, field: Field, text: str, count: int) -> ValueRule:
        entry = self.entries[str(field.list)].guess(text)
        if entry is None:
            return ValueRule(field.table, field.name, text, count, "keep")
        return ValueRule(field.table, field.name, text, count, "use", entry.label, entry.sure)

    def address(self, field: Field, counts: Counter[str]) -> Iterator[ValueRule]:
        """Yield the region, and the city where there is one, of each distinct text."""
        assignment = self.second if self.second and self.second.table.name == field.table else self.first
        fields = place_fields(assignment.table)
        if assignment.address is None or fields is None or len(counts) > _MOST_VALUES:
            return
        cities = []
        for text, count in counts.most_common():
            found = assignment.address.read(text)
            if found is None:
                yield self.value(field, text, count)
                continue
            yield ValueRule(field.table, fields.region, text, count, "use", found.region, 1.0)
            if found.city:
                cities.append(ValueRule(field.table, fields.city, text, count, "use", found.city, 1.0))
        yield from cities

    def statuses(self, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield columns of statuses with those of their texts that leave a row out, or make its amounts negative."""
        words = self.book.imports.tables.get(self.first.table.name)
        if words is None or words.status is None:
            return
        known = set(map(fold, getattr(words.status, kind)))
        headers = set(map(fold, words.status.headers))
        for header in self.sheet.headers:
            if fold(header) in headers:
                texts = [spell(raw) for raw in self.cells[header].counts]
                found = tuple(dict.fromkeys(tidy(text) for text in texts if said_of(text) & known))
                if found:
                    yield header, found
