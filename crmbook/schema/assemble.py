"""From a draft and its bound formulas to the book: words in one language, defaults filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbook.schema.blocks import iter_paired
from crmbook.schema.book import Book, Field, ListValue, Sheet, Table, ValueList
from crmbook.schema.fingerprint import fingerprint
from crmbook.schema.highlight import Highlight
from crmbook.schema.home import formatted, home_of, worded
from crmbook.schema.model import Label, RoleSheetSpec
from crmbook.schema.model.field import number_format
from crmbook.schema.page import Advice, Block, Cell, Chart, Links, Page, Paragraph
from crmbook.schema.role import Role, RoleSheet
from crmbook.schema.scoring import Band, BandRule, Parameter, accepted_like
from crmbook.schema.tablerules import Advance, Check, Done, Reminder
from crmbook.schema.written import import_words, words_of, written_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmbook.base import Language
    from crmbook.formula import Formula
    from crmbook.schema.binding import Bindings, Key
    from crmbook.schema.draft import Draft
    from crmbook.schema.model import BlockSpec, CellSpec, FieldSpec, PageSpec, ReminderSpec, TableSpec
    from crmbook.schema.model.field import Constant


def assemble_book(draft: Draft, bindings: Bindings, lang: Language) -> Book:
    """Return the book of a draft without problems."""
    return _Assembly(draft, bindings, lang).book()


class _Assembly:
    """Turns each specification into its counterpart in one language."""

    def __init__(self, draft: Draft, bindings: Bindings, lang: Language) -> None:
        self.draft = draft
        self.bindings = bindings
        self.lang = lang
        self.home = home_of(draft.locale, lang)

    def book(self) -> Book:
        template = self.draft.template
        lists = self.lists()
        tables = {name: self.table(name, spec) for name, spec in self.draft.tables.items()}
        pages = {name: self.page(name, spec) for name, spec in self.draft.pages.items()}
        return Book(
            template=template.template,
            title=self.words(template.title),
            lang=self.lang,
            tables=tables,
            sheets=tuple(self.sheets(pages)),
            lists=lists,
            bands=self.bands(),
            parameters=self.parameters(),
            pages=pages,
            cells={cell.id: cell for page in pages.values() for cell in page.cells},
            roles=self.roles(),
            formulas=self.formulas(),
            order=self.bindings.order,
            scope=self.bindings.scope,
            accent=template.theme.accent,
            font=self.words(template.theme.font) or None,
            fingerprint=fingerprint(self.draft),
            imports=import_words(self.draft.imports, self.draft.tables),
            locale=self.home,
            pruned=tuple(self.bindings.pruned),
            people=template.people[0],
            owner=template.people[1],
        )

    def words(self, label: Label | None) -> str:
        return worded(label.text(self.lang), self.home) if label else ""

    def shown(self, spec: FieldSpec | CellSpec) -> str:
        """Return the number format of a field or a cell: its own, else its type's."""
        given = None if spec.type == "id" else number_format(spec.format, self.lang)
        return formatted(given or spec.traits.number_format, self.home)

    def texts(self, label: Label) -> dict[Language, str]:
        return {"zh": label.zh, "en": label.en}

    def formula(self, *path: str | int) -> Formula | None:
        return self.bindings.get(*path)

    def sheets(self, pages: Mapping[str, Page]) -> Iterator[Sheet]:
        hidden = self.draft.template.hidden
        for sheet in self.draft.template.sheets:
            page = pages[sheet.name] if sheet.page else None
            table = self.draft.tables.get(sheet.table) if sheet.table else None
            if page is not None or table is not None:
                texts = self.texts((table or self.draft.pages[sheet.name]).title)
                tables, stage = page.tables if page else (sheet.name,), table.stage if table else None
                yield Sheet(sheet.name, texts[self.lang], texts, tables, page, stage, sheet.name in hidden)

    def table(self, name: str, spec: TableSpec) -> Table:
        texts = self.texts(spec.title)
        return Table(
            name=name,
            title=texts[self.lang],
            titles=texts,
            key=spec.key,
            fields={key: self.field(name, key, inner) for key, inner in spec.fields.items()},
            help=self.words(spec.help),
            filled_by=self.words(spec.filled_by),
            stage=spec.stage,
            aliases=_others(spec.aliases, texts, self.lang),
            managed=spec.managed,
            rows=spec.rows,
            one_per=spec.one_per,
            each_of=spec.each_of,
            name_field=spec.name_field if spec.name_field in spec.fields else None,
            offers=spec.offers if spec.offers in spec.fields else None,
            identity=tuple(fields for fields in spec.identity if set(fields) <= spec.fields.keys()),
            owned_by=spec.owned_by if spec.owned_by in spec.fields else None,
            checks=tuple(self.checks(name, spec)),
            advance=tuple(self.advances(name, spec)),
            reminders=tuple(self.reminders(name, spec)),
            seed=tuple(self.seed(spec)),
            accounting=spec.accounting,
        )

    def field(self, table: str, name: str, spec: FieldSpec) -> Field:
        path = ("tables", table, "fields", name)
        texts = self.texts(spec.title)
        lowest, highest = spec.traits.limits
        default = self.formula(*path, "default") or self.constant(spec, spec.default)
        default_when = self.formula(*path, "default_when")
        return Field(
            name=name,
            table=table,
            title=texts[self.lang],
            titles=texts,
            type=spec.type,
            traits=spec.traits,
            written=written_of(spec),
            help=self.words(spec.help),
            unit=self.words(spec.unit),
            example=self.example(spec),
            aliases=_others(spec.aliases, texts, self.lang),
            required_when=self.formula(*path, "required_when"),
            min=lowest if spec.min is None else spec.min,
            max=highest if spec.max is None else spec.max,
            default=default if default_when or not spec.default_when else None,
            default_when=default_when,
            formula=self.formula(*path, "formula"),
            format=self.shown(spec),
            width=spec.width or spec.traits.width,
            highlight=tuple(self.highlights(path, spec)),
            **{key: getattr(spec, key) for key in _AS_WRITTEN},
        )

    def constant(self, spec: FieldSpec | CellSpec, value: Any) -> Constant | None:
        """Return a constant of the schema as it is in a cell of this language; formulas are none."""
        if isinstance(value, Label):
            return self.words(value)
        if isinstance(value, str) and value.startswith("="):
            return None
        if spec.list in self.draft.lists and value in self.draft.lists[spec.list].values:
            return self.draft.lists[spec.list].values[value].text(self.lang)
        return value  # type: ignore[no-any-return]

    def example(self, spec: FieldSpec) -> str:
        value = self.constant(spec, spec.example)
        return "" if value is None else str(value)

    def highlights(self, path: tuple[str | int, ...], spec: FieldSpec | CellSpec) -> Iterator[Highlight]:
        for index, highlight in enumerate(spec.highlight):
            formula = self.formula(*path, "highlight", index, "when")
            if formula:
                yield Highlight(formula, highlight.style)

    def checks(self, table: str, spec: TableSpec) -> Iterator[Check]:
        for index, check in enumerate(spec.checks):
            formula = self.formula("tables", table, "checks", index, "check")
            fields = tuple(name for name in check.fields if name in spec.fields)
            if formula and fields:
                remedy = words_of(check.remedy) if check.remedy else None
                yield Check(check.id, formula, fields, check.severity, words_of(check.message), remedy)

    def advances(self, table: str, spec: TableSpec) -> Iterator[Advance]:
        listed = bool(self.draft.nodes["tables"][table].at("advance").items)
        for index, advance in enumerate(spec.advance):
            path = ("tables", table, "advance", index) if listed else ("tables", table, "advance")
            formula = self.formula(*path, "when")
            unless, into = self.formula(*path, "unless"), self.formula(*path, "into")
            there = self.draft.tables.get(advance.to)
            is_whole = (unless or not advance.unless) and (into or not advance.into)
            if formula and there and is_whole:
                carry = _carried(advance.carry, spec.fields, there.fields)
                yield Advance(formula, advance.to, carry, advance.close, unless, into)

    def reminders(self, table: str, spec: TableSpec) -> Iterator[Reminder]:
        for index, reminder in enumerate(spec.reminders):
            formula = self.formula("tables", table, "reminders", index, "when")
            due = self.formula("tables", table, "reminders", index, "due") or reminder.due
            absent = isinstance(due, str) and due not in spec.fields
            if formula and not absent:
                owner = reminder.owner if reminder.owner in spec.fields else None
                occurrence = self.formula("tables", table, "reminders", index, "occurrence")
                yield Reminder(
                    reminder.id, formula, due, owner, self.words(reminder.message), self.words(reminder.remedy), occurrence,
                    reminder.patient, tuple(self.dones(table, reminder)),
                )  # fmt: skip

    def dones(self, table: str, reminder: ReminderSpec) -> Iterator[Done]:
        """Yield what the answer writes in tables and fields that the book has."""
        here = self.draft.tables[table].fields
        for one in reminder.done:
            there = self.draft.tables.get(one.into or table)
            if there is not None and one.dated in there.fields:
                carry = _carried(one.carry, here, there.fields)
                yield Done(one.into, carry, one.dated, one.noted if one.noted in there.fields else None)

    def seed(self, spec: TableSpec) -> Iterator[dict[str, Constant]]:
        rows: list[Mapping[str, Any]] = []
        if spec.rows == "bands":
            rows = [row for rule in self.bands().values() for row in rule.rows]
        elif spec.rows == "parameters":
            rows = [item.row for item in self.parameters().values()]
        elif spec.each_of is not None:
            rows = [{spec.key: value.text} for value in self.lists()[spec.each_of].values.values()]
        for row in [*rows, *spec.seed]:
            known = {name: value for name, value in row.items() if name in spec.fields and value != ""}
            yield {name: self.constant(spec.fields[name], value) for name, value in known.items()}  # type: ignore[misc]

    def lists(self) -> dict[str, ValueList]:
        used = self.draft.used_lists()
        return {
            name: ValueList(
                name=name,
                title=self.words(spec.title),
                titles=self.texts(spec.title),
                values={
                    key: ListValue(key, value.text(self.lang), self.texts(value), value.of)
                    for key, value in spec.values.items()
                },
                by=spec.by,
                fixed=spec.fixed,
                hidden=spec.hidden or name not in used,
            )
            for name, spec in self.draft.lists.items()
        }

    def bands(self) -> dict[str, BandRule]:
        return {
            name: BandRule(
                name,
                self.words(spec.title),
                self.words(spec.unit),
                tuple(
                    Band(band.from_, self.result(band.result), self.words(band.note))
                    for band in sorted(spec.bands, key=lambda band: band.from_)
                ),
                accepted_like([band.result for band in spec.bands], spec.min, spec.max),
            )
            for name, spec in self.draft.bands.items()
        }

    def parameters(self) -> dict[str, Parameter]:
        return {
            name: Parameter(
                name,
                self.words(spec.title),
                self.result(spec.value),
                self.words(spec.unit),
                self.words(spec.note),
                accepted_like([spec.value], spec.min, spec.max),
            )
            for name, spec in self.draft.parameters.items()
        }

    def result(self, value: float | str | Label) -> float | str:
        """Return a band's result or a parameter's value; ``list.value`` becomes the words of that value."""
        if isinstance(value, Label):
            return self.words(value)
        return str(self.bindings.scope.constants[value]) if isinstance(value, str) else value

    def page(self, name: str, spec: PageSpec) -> Page:
        tables = tuple(table for table in spec.tables if table in self.draft.tables)
        known = {cell.id for cell in spec.cells}
        charts = tuple(self.charts(spec, tables, known))
        blocks = (self.block(one, {*known, *tables}, {chart.id for chart in charts}) for one in spec.blocks)
        return Page(
            name=name,
            title=self.words(spec.title),
            help=self.words(spec.help),
            texts=tuple(
                Paragraph(text.id or "", self.words(text.heading), self.words(text.text))
                for text in spec.texts
            ),
            labels={key: self.words(label) for key, label in spec.labels.items()},
            cells=tuple(self.cell(name, index, cell) for index, cell in enumerate(spec.cells)),
            tables=tables,
            charts=charts,
            blocks=tuple(iter_paired(block for block in blocks if block.cells or block.table or block.chart)),
            links=tuple(Links(links.id, self.words(links.title), links.sheets) for links in spec.links),
            advice=tuple(
                Advice(advice.id, formula, self.words(advice.text))
                for index, advice in enumerate(spec.advice)
                if (formula := self.formula("pages", name, "advice", index, "when"))
            ),
        )

    def block(self, spec: BlockSpec, known: Collection[str], charts: Collection[str]) -> Block:
        """Return a part of a page with what the template has of it."""
        return Block(
            id=spec.id,
            heading=self.words(spec.heading),
            place=spec.place,
            cells=tuple(name for name in spec.cells if name in known),
            table=spec.table if spec.table in known else None,
            chart=spec.chart if spec.chart in charts else None,
        )

    def charts(self, page: PageSpec, tables: Collection[str], cells: Collection[str]) -> Iterator[Chart]:
        for spec in page.charts:
            fields = self.draft.tables[spec.table].fields if spec.table in tables else {}
            values = tuple(value for value in spec.values if value in fields)
            if values and spec.category in fields:
                title, span = self.words(spec.title), spec.span if spec.span in cells else None
                yield Chart(spec.id, spec.kind, title, spec.table, spec.category, values, span, spec.apart)

    def cell(self, page: str, index: int, spec: CellSpec) -> Cell:
        path = ("pages", page, "cells", index)
        return Cell(
            id=spec.id,
            page=page,
            title=self.words(spec.title),
            type=spec.type,
            traits=spec.traits,
            help=self.words(spec.help),
            formula=self.formula(*path, "formula"),
            default=self.formula(*path, "default") or self.constant(spec, spec.default),
            list=spec.list,
            offers=self.offered(spec),
            format=self.shown(spec),
            kpi=spec.kpi,
            below=spec.below,
            highlight=tuple(self.highlights(path, spec)),
        )

    def offered(self, spec: CellSpec) -> tuple[str, str] | None:
        """Return table and field of a typed cell's dropdown; None where the template lacks them."""
        column, tables = spec.offers, self.draft.tables
        is_here = column and column.table in tables and column.field in tables[column.table].fields
        return (column.table, column.field) if column and is_here else None

    def roles(self) -> dict[str, Role]:
        roles = {}
        for name, spec in self.draft.template.roles.items():
            sheets = []
            for one in spec.sheets:
                sheet = RoleSheetSpec(table=one) if isinstance(one, str) else one
                if sheet.name in self.draft.tables or sheet.name in self.draft.pages:
                    shown = self.draft.tables[sheet.name].fields if sheet.name in self.draft.tables else ()
                    chosen = tuple(
                        field for field in sheet.fields or shown if field in shown and field not in sheet.hide
                    )
                    kept = tuple(field for field in sheet.read_only if field in shown)
                    fields = chosen if sheet.fields or sheet.hide else ()
                    sheets.append(RoleSheet(sheet.name, fields, sheet.where or "", kept))
            roles[name] = Role(name, self.words(spec.title), tuple(sheets))
        return roles

    def formulas(self) -> dict[Key, Formula]:
        found: dict[Key, Formula] = {}
        for path, formula in self.bindings.formulas.items():
            if path[-1] == "formula" and path[0] == "tables":
                found[str(path[1]), str(path[3])] = formula
            elif path[-1] == "formula":
                found["", self.draft.pages[str(path[1])].cells[int(path[3])].id] = formula
        return found


_AS_WRITTEN = (
    "required", "unique", "pattern", "severity", "list", "by", "to", "start", "override", "live", "hidden",
    "bars", "icons", "suggest", "personal", "policy", "group", "default_at_first",
)  # fmt: skip


def _others(aliases: tuple[str, ...], texts: Mapping[Language, str], lang: Language) -> tuple[str, ...]:
    """Return other words for something: its aliases and its title in the other language."""
    others = [text for other, text in texts.items() if other != lang]
    return tuple(dict.fromkeys(word for word in [*aliases, *others] if word != texts[lang]))


def _carried(carry: Mapping[str, str], here: Collection[str], there: Collection[str]) -> dict[str, str]:
    """Return which fields take over which, of those that both tables have."""
    return {target: source for target, source in carry.items() if target in there and source in here}
