"""A mapping and a list → cells as a person would have typed them, table by table.

A column is worked on by its distinct cells, so that half a million rows cost little more than their distinct texts.
What does not fit into its field goes elsewhere by name: further telephones into a second field or an own column, a
bracketed remark into the remarks, everything else into `Typed.leftovers`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.mapping.choices import Chosen
from crmbook.exchange.mapping.commas import decimals_follow_commas, with_point
from crmbook.exchange.mapping.days import (
    are_year_first,
    doubt_birthday,
    has_digit,
    in_order,
    whole_year,
    year_last_order,
    years_of,
)
from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.errors import MappingError
from crmbook.exchange.mapping.made import FURTHER, MadeTables
from crmbook.exchange.mapping.masks import Masks
from crmbook.exchange.mapping.model import DayOrder, Typed
from crmbook.exchange.mapping.names import scale_of
from crmbook.exchange.mapping.namesources import COMPANY, NameSources
from crmbook.exchange.mapping.orderrows import OrderRows
from crmbook.exchange.mapping.ordertotals import OrderTotals
from crmbook.exchange.mapping.people import GENDER, PeopleNames
from crmbook.exchange.mapping.phones import read_phones
from crmbook.exchange.mapping.salutations import Salutations
from crmbook.exchange.mapping.series import Column, Nothing, blanks, changed, series, stripped
from crmbook.exchange.mapping.splits import fitting_split
from crmbook.exchange.mapping.texts import (
    before_unit,
    join_name,
    plain_numbers,
    read_number,
    split_bracket,
    split_emails,
    squeeze_name,
)
from crmbook.exchange.sources.years import comes_every_year
from crmbook.schema import place_fields
from crmbook.values import AddressReader, Domain, Surroundings, ValueKind, spell

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping as Mapped

    import pandas as pd

    from crmbook.exchange.mapping.model import ColumnRule, Mapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book, Field

_NUMBERS: Final = {"money": ValueKind.MONEY, "number": ValueKind.NUMBER, "integer": ValueKind.NUMBER}
_DAYS: Final = frozenset({"date", "datetime"})
_FEW: Final = 0.2
"""Of the filled cells of a column: as many may be remarks instead of days."""
LISTED: Final = frozenset({"enum", "dependent_enum", "multi_enum", "region"})
"""Field types whose cells are entries of a list."""


def apply(book: Book, mapping: Mapping, sheet: SourceSheet, orders: Collection[str] = ()) -> Typed:
    """Return what a mapping makes of a list.

    Parameters
    ----------
    orders
        Numbers of the orders that the book holds: that one of these was closed since is taken, other ones stay out.

    Raises
    ------
    MappingError
        If the list lacks a column of the mapping.
    """
    missing = [rule.header for rule in mapping.columns if rule.table and rule.header not in sheet.headers]
    if missing:
        raise MappingError("mapping.missing-columns", headers=tuple(missing))
    return _Application(book, mapping, sheet, orders).typed()


class _Application:
    def __init__(self, book: Book, mapping: Mapping, sheet: SourceSheet, orders: Collection[str]) -> None:
        self.book, self.mapping = book, mapping
        self.nothing = Nothing(mapping.nothing)
        self.around = Surroundings(locale=book.locale)
        self.orders = OrderRows(book, mapping, sheet, orders)
        self.frame = self.orders.frame
        self.made = MadeTables(book, self.frame.index)
        self.entries = lists_of(book)
        self.salutations = Salutations(book, self.entries.get(GENDER))
        self.chosen = Chosen(mapping.values, self.entries, self.nothing.says)
        self.masks = Masks()
        self.external: dict[str, str] = {}
        self.day_orders: dict[str, DayOrder] = {}
        self.decimal_commas: dict[str, int] = {}
        self.with_units: dict[str, int] = {}
        self.name_parts: dict[tuple[str, str], dict[str, Column]] = {}

    def typed(self) -> Typed:
        self.made.open(self.mapping.table)
        for rule in sorted(
            self.mapping.columns, key=lambda rule: -rule.sure
        ):  # of two columns the surer one first
            if rule.table and rule.field:
                self.take(rule)
        for rule in self.mapping.columns:
            if rule.table and not rule.field:
                self.take_own(rule)
        totals = OrderTotals(self.book, self.mapping, self.orders, self.made)
        if self.orders.number:
            totals.complete(self.blanked(self.frame[self.orders.number]))
        self.join_names()
        named_by = NameSources(self.book, self.mapping, self.made).fill(self.frame, self.blanked)
        people = PeopleNames(self.book, self.made, self.mapping.columns, self.entries, self.around)
        for table in dict.fromkeys(rule.table for rule in self.mapping.columns if rule.table):
            people.take(self.book.tables[table])
        frames, own = self.made.frames()
        return Typed(
            frames=frames,
            own=own,
            external=self.external,
            sources=self.made.sources,
            links=self.links(frames),
            policies={
                (rule.table, rule.field or self.made.own_name(rule.table, rule.header)): rule.policy
                for rule in self.mapping.columns
                if rule.table and rule.policy != "fill"
            },
            added={name: tuple(texts) for name, texts in self.chosen.added.items()},
            filtered=tuple(map(int, self.orders.filtered.index[self.orders.filtered])),
            states=frozenset(self.orders.states(self.made)),
            revoked=self.orders.revoked,
            closed=self.orders.closed,
            leftovers=self.made.leftovers,
            companions=people.companions,
            day_orders=self.day_orders,
            order_amounts=totals.lacking,
            repeated_totals=totals.repeated,
            decimal_commas=self.decimal_commas,
            with_units=self.with_units,
            named_by=named_by,
            masked=self.masks.cells,
        )

    def links(self, frames: Mapped[str, pd.DataFrame]) -> dict[tuple[str, str], str]:
        """Return which references name the row that the same source row is in another table."""
        first = self.book.tables[self.mapping.table]
        return {
            (first.name, reference.name): table
            for table in frames
            if table != first.name
            for reference in first.references_to(table)[:1]
            if reference.name not in frames[first.name].columns
        }

    def take_own(self, rule: ColumnRule) -> None:
        """Take a column of one's own as it stands."""
        name = self.made.own_name(rule.table, rule.header)
        column = self.masks.without(rule.header, self.frame[rule.header], is_personal=False)
        if rule.is_external:
            self.external[rule.table] = name
            self.made.put_own(rule.table, name, self.blanked(column))
        else:
            self.made.put_own(rule.table, name, changed(column, stripped))

    def take(self, rule: ColumnRule) -> None:
        """Take a column into its field, and what the rule takes apart into others."""
        target = self.book.tables[rule.table].fields[rule.field]
        whole = self.blanked(self.frame[rule.header])
        column = self.unmasked(rule, target, whole)
        rule = replace(rule, split=fitting_split(self.book, target, rule.split))
        if rule.is_external:
            self.external[rule.table] = rule.field
        if rule.split == "region_city_address":
            self.take_place(rule, target, whole)
        elif rule.split in {"phones", "emails"} or (target.type in FURTHER and self.made.is_filled(target)):
            self.take_several(rule, target, column)
        elif rule.split in {"note", "name_company", "people"}:
            self.take_bracket(rule, target, column)
        elif rule.split in {"given_name", "family_name"}:
            self.name_parts.setdefault((rule.table, rule.field), {})[rule.split] = column
        else:
            self.made.put(target, rule.header, self.formed(rule, target, column))

    def blanked(self, column: Column) -> Column:
        """Return a column with None for blanks and for words that say nothing."""
        silent = self.nothing.among(column.unique())
        return changed(column, lambda raw: None if raw in silent else raw) if silent else column

    def formed(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return cells in a form that the grammar of typed cells reads."""
        words = self.book.imports.tables.get(target.table)
        if target.type in LISTED and target.list:
            return self.chosen.column(target, self.frame[rule.header])
        if target.type in _DAYS:
            return self.days(rule, target, column)
        if target.type in _NUMBERS:
            return self.numbers(rule, target, column)
        if target.type == "email":
            return changed(column, lambda raw: one[0] if len(one := split_emails(raw)) == 1 else raw)
        if words is not None and target.name in words.people:
            return changed(column, squeeze_name)
        return changed(column, stripped)

    def days(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return days; what a few cells say without any number, such as 去年底, is a remark."""
        spoken = changed(
            column, lambda raw: raw.strip() if isinstance(raw, str) and not has_digit(raw) else None
        )
        if 0 < spoken.notna().sum() <= _FEW * column.notna().sum():
            self.made.remark(self.book.tables[target.table], rule.header, spoken)
            column = column.where(spoken.isna(), other=None)
        if comes_every_year(rule.header) or comes_every_year(target.title):
            column = changed(column, doubt_birthday)
        return self.years_first(rule, column)

    def years_first(self, rule: ColumnRule, column: Column) -> Column:
        """Return days, ordered as the other days of their column are, with the year in front."""
        distinct = column.dropna().unique()
        if are_year_first(distinct):
            return changed(column, whole_year)
        order = year_last_order(distinct)
        if not order:
            return column
        years = years_of(distinct)
        read = changed(column, lambda raw: in_order(raw, order, years))
        count = int((read.notna() & (read != column)).sum())
        if count:
            self.day_orders[rule.header] = DayOrder(order, count)
        return read

    def numbers(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return amounts, those under ``(万元)`` in full; those of refunds negative, of orders that were paid back 0."""
        scale, domain = scale_of(rule.header), Domain(_NUMBERS[target.type])

        def read(raw: Any) -> Any:
            number = read_number(raw, domain, self.around)
            return raw if number is None else number * scale

        plain = plain_numbers(column.tolist())
        if plain is None:
            column = self.without_units(rule, target, self.with_points(rule, column))
        numbers = (
            changed(column, read) if plain is None else series((one * scale for one in plain), column.index)
        )
        if target.type != "money" or target.min is not None or not self.orders.refunds.any():
            return numbers
        items = [
            (0.0 if is_undone else -abs(raw)) if is_refund and isinstance(raw, float) else raw
            for raw, is_refund, is_undone in zip(
                numbers, self.orders.refunds, self.orders.undone, strict=True
            )
        ]
        return series(items, column.index)

    def without_units(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return numbers without what each counts, such as ``500元/月``; such a cell is kept as it stands besides."""
        is_money = target.type == "money"
        if target.unit and not is_money:
            return column
        bare = changed(column, lambda raw: before_unit(raw, is_money=is_money))
        if bare.notna().any():
            self.with_units[rule.header] = int(bare.notna().sum())
            self.made.keep_beside(
                self.book.tables[target.table], rule.header, column.where(bare.notna(), None)
            )
        return column.where(bare.isna(), bare)

    def with_points(self, rule: ColumnRule, column: Column) -> Column:
        """Return numbers with a point before their decimals, also where their column has commas there."""
        texts = column[column.map(lambda raw: isinstance(raw, str) and "," in raw)]
        if texts.empty or not decimals_follow_commas(column.dropna().unique()):
            return column
        self.decimal_commas[rule.header] = len(texts)
        return changed(column, with_point)

    def take_several(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take the first telephone or address of each row into the field, the further ones beside it.

        What is with a telephone in its cell, such as a name in WeChat, is a remark.
        """
        if target.type == "email":
            parts = changed(column, split_emails)
        else:
            read = changed(column, lambda raw: read_phones(raw, self.around))
            parts = series([found[0] if found else None for found in read], column.index)
            words = series([(found[1] or None) if found else None for found in read], column.index)
            if words.notna().any():
                self.made.remark(self.book.tables[target.table], rule.header, words)
        self.made.put_several(target, rule.header, parts, self.mapping.columns)

    def take_bracket(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take names without what is in brackets behind them: a company, or a remark."""
        column = changed(
            column, lambda raw: self.salutations.unbracketed(raw) if isinstance(raw, str) else raw
        )
        parts = [found or (None, "") for found in changed(column, split_bracket)]
        names = series([name for name, _ in parts], column.index)
        inside = series([words or None for _, words in parts], column.index)
        self.made.put(target, rule.header, changed(names, squeeze_name))
        table = self.book.tables[target.table]
        if rule.split == "name_company" and COMPANY in table.fields:
            self.made.put(table.fields[COMPANY], rule.header, inside)
        else:
            self.made.remark(table, rule.header, inside)

    def join_names(self) -> None:
        """Put given names and family names together."""
        blank = blanks(self.frame.index)
        for (table, name), parts in self.name_parts.items():
            pairs = zip(parts.get("given_name", blank), parts.get("family_name", blank), strict=True)
            header = next(
                rule.header for rule in self.mapping.columns if (rule.table, rule.field) == (table, name)
            )
            self.made.fill(self.book.tables[table].fields[name], header, [join_name(*pair) for pair in pairs])

    def take_place(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take a region, a city and the rest of an address out of one column."""
        table = self.book.tables[target.table]
        names = place_fields(table)
        if names is None:
            self.made.put(target, rule.header, self.unmasked(rule, target, column))
            return
        region, city = table.fields[names.region], table.fields[names.city]
        addresses = AddressReader(
            self.entries[str(region.list)].choices, self.entries[str(city.list)].choices
        )
        read = changed(column, lambda raw: addresses.read(spell(raw)))
        if target.name not in {region.name, city.name}:
            # Of a masked address, the place that it begins with is whole.
            self.made.put(target, rule.header, self.unmasked(rule, target, column))
            self.made.fill(region, rule.header, [found.region if found else None for found in read])
            cities = [(found.city if found else "") or None for found in read]
            self.made.fill(city, rule.header, cities)
            return
        self.made.put(region, rule.header, self.chosen.addresses(region, column, read, "region"))
        self.made.fill(city, rule.header, self.chosen.addresses(city, column, read, "city"))
        rest = [
            raw if found is not None and found.rest else None for raw, found in zip(column, read, strict=True)
        ]
        words = self.book.imports.tables.get(table.name)
        address = table.fields.get(words.address or "") if words else None
        if address is None or self.is_mapped(address):
            self.made.leave(rule.header, series(rest, column.index))
        else:
            self.made.put(address, rule.header, self.unmasked(rule, address, series(rest, column.index)))

    def unmasked(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return cells for a field without those that are masked."""
        # Between telephones an asterisk may part them: 010-62550434*8001.
        is_personal = target.personal and target.type != "phone"
        return self.masks.without(rule.header, column, is_personal=is_personal)

    def is_mapped(self, target: Field) -> bool:
        return any((rule.table, rule.field) == (target.table, target.name) for rule in self.mapping.columns)
