"""Conditional formats and validations that the old schema asked for and the new one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import build_names, build_validation
from crmbook.migrate.describe import MANUAL, MISSING, bars_of, icons_of
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import Area, Validation, bar_ids, drop_bars, parse_areas
from crmbook.read import shape
from crmbook.schema import LAST_ROW, folded

if TYPE_CHECKING:
    from crmbook.migrate.plan import Described, Migration
    from crmbook.ooxml import Element, Package
    from crmbook.read import Placement, Snapshot, TableSnapshot

_CHANGED = (
    SchemaChangeKind.LIMITS_CHANGED,
    SchemaChangeKind.LOOKS_CHANGED,
    SchemaChangeKind.FORMULA_CHANGED,
    SchemaChangeKind.TYPE_CHANGED,
)


def drop_stale_rules(
    migration: Migration, package: Package, snapshot: Snapshot, placement: Placement
) -> None:
    """Take away what the old schema asked for in the columns of fields that changed or are gone."""
    for name, found in snapshot.tables.items():
        if name not in migration.old_tables:
            continue
        fields = _Fields(migration, package, placement, name, found)
        for field_name, old in migration.old_fields(name).items():
            if field_name in found.columns:
                fields.fit(field_name, old)
        for old in migration.old_tables[name]["fields"]:
            if any(
                one.field == old["name"] for one in migration.of(SchemaChangeKind.FIELD_REMOVED, table=name)
            ):
                fields.release(old)


class _Fields:
    """The columns of one table, whose conditional formats and validations are looked through."""

    def __init__(
        self, migration: Migration, package: Package, placement: Placement, name: str, found: TableSnapshot
    ) -> None:
        self._migration = migration
        self._package = package
        self._placement = placement
        self._table = migration.book.tables[name]
        self._found = found
        self._labels = placement.layout.labels()

    def fit(self, name: str, old: Described) -> None:
        """Take away what the field asked for and does not ask for any more."""
        spot = self._spot(self._found.columns[name].index)
        _drop_formats(self._package, self._found.sheet, spot, old, self._rules(name))
        if any(one.field == name for one in self._migration.of(*_CHANGED, table=self._table.name)):
            self._drop_validation(name, spot)

    def release(self, old: Described) -> None:
        """Let a column that is its owner's now not be marked where it is blank."""
        title = str(old["titles"].get(self._migration.book.lang, ""))
        column = next(
            (one for head, one in self._found.custom.items() if folded(head) == folded(title)), None
        )
        if column is not None:
            missing = {"rules": [rule for rule in old["rules"] if shape(rule) == shape(MISSING)]}
            _drop_formats(self._package, self._found.sheet, self._spot(column.index), missing, {})

    def _spot(self, index: int) -> Area:
        return Area(self._found.header_row + 1, index + 1, LAST_ROW, index + 1)

    def _rules(self, name: str) -> Described:
        """Return the rules of a field in the new schema, as far as they differ from others."""
        target, row = self._table.fields[name], self._found.header_row + 1
        rules = [one.formula.render_a1(self._labels, row) for one in target.highlight]
        rules += [MISSING] if self._table.managed and target.awaited else []
        rules += [MANUAL] if target.override else []
        said = [one.removeprefix("=") for one in rules]
        return {"rules": said, "bars": bars_of(target), "icons": icons_of(target)}

    def _drop_validation(self, name: str, spot: Area) -> None:
        """Let nothing be checked in a column whose field asks for no check any more."""
        book, layout = self._migration.book, self._placement.layout
        table_layout = layout.tables[self._table.name]
        if build_validation(self._table.fields[name], table_layout, build_names(book, layout), book.lang):
            return
        title = self._found.sheet
        if any(area.meets(spot) for one in self._package.validations(title) for area in one.areas):
            self._package.set_validations(title, [Validation(str(spot), "none")])


def _drop_formats(package: Package, title: str, spot: Area, old: Described, new: Described) -> None:
    kept = {shape(rule) for rule in new.get("rules", ())}
    stale = {shape(rule) for rule in old["rules"]} - kept
    kinds = {
        kind
        for kind, key in (("dataBar", "bars"), ("iconSet", "icons"))
        if old.get(key) != new.get(key) and old.get(key)
    }
    sheet = package.sheet(title)
    edits, ids = [], set[str]()
    for holder in sheet.frame.root.all("conditionalFormatting"):
        areas = parse_areas(holder.get("sqref") or "")
        if not areas or not all(one.union(spot) == spot for one in areas):
            continue
        rules = holder.all("cfRule")
        gone = [rule for rule in rules if _is_stale(rule, stale, kinds)]
        edits += [holder.remove()] if gone and len(gone) == len(rules) else [rule.remove() for rule in gone]
        ids |= bar_ids(gone)
    sheet.edit_frame([*edits, *drop_bars(sheet.frame, ids)])


def _is_stale(rule: Element, stale: set[str], kinds: set[str]) -> bool:
    formulas = [shape(one.text) for one in rule.all("formula")]
    return rule.get("type") in kinds or (len(formulas) == 1 and formulas[0] in stale)
