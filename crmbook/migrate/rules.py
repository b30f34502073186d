"""Conditional formats and validations that the old schema asked for and the new one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.furniture.spelling import shape
from crmbook.migrate.plan import Kind
from crmbook.ooxml import Validation
from crmbook.ooxml.refs import Area, parse_areas
from crmbook.schema.layout import LAST_ROW, folded
from crmbook.workbook.names import build_names
from crmbook.workbook.validation import build_validation

if TYPE_CHECKING:
    from crmbook.furniture.placement import Placement
    from crmbook.migrate.plan import Described, Migration
    from crmbook.ooxml import Package
    from crmbook.ooxml.xml import Element
    from crmbook.read import Snapshot

_MISSING = shape('AND($A1="",COUNTA($A1:$B1)>0)')
_CHANGED = (Kind.LIMITS_CHANGED, Kind.LOOKS_CHANGED, Kind.FORMULA_CHANGED, Kind.TYPE_CHANGED)


def drop_stale_rules(
    migration: Migration, package: Package, snapshot: Snapshot, placement: Placement
) -> None:
    """Take away what the old schema asked for in the columns of fields that changed or are gone."""
    for name, found in snapshot.tables.items():
        if name not in migration.old_tables:
            continue
        area = Area(found.header_row + 1, 1, LAST_ROW, 1)
        for field_name, old in migration.old_fields(name).items():
            if field_name in found.columns and _has_changed(migration, name, field_name):
                column = found.columns[field_name].index + 1
                spot = area._replace(left=column, right=column)
                new = _described(migration, placement, name, field_name)
                _drop_formats(package, found.sheet, spot, old, new)
                _drop_validation(migration, package, placement, (name, field_name, found.sheet), spot)
        for old in migration.old_tables[name]["fields"]:
            title = str(old["titles"].get(migration.book.lang, ""))
            gone = any(one.field == old["name"] for one in migration.of(Kind.FIELD_REMOVED, table=name))
            column_found = next(
                (one for head, one in found.custom.items() if folded(head) == folded(title)), None
            )
            if gone and column_found is not None:
                column = column_found.index + 1
                spot = area._replace(left=column, right=column)
                missing = {"rules": [rule for rule in old["rules"] if shape(rule) == _MISSING]}
                _drop_formats(package, found.sheet, spot, missing, {})


def _has_changed(migration: Migration, table: str, name: str) -> bool:
    return any(one.field == name for one in migration.of(*_CHANGED, table=table))


def _described(migration: Migration, placement: Placement, table: str, name: str) -> Described:
    """Return the rules of a field in the new schema, as far as they are told from others."""
    target = migration.book.tables[table].fields[name]
    place = placement.layout.tables[table]
    rules = [one.formula.render_a1(placement.layout.labels(), place.first_row) for one in target.highlight]
    if migration.book.tables[table].managed and target.required and target.typed:
        rules.append('AND($A1="",COUNTA($A1:$B1)>0)')
    if target.override:
        rules.append('AND($A1<>"",NOT(_xlfn.ISFORMULA($A1)))')
    return {
        "rules": [one.removeprefix("=") for one in rules],
        "bars": target.bars,
        "icons": target.icons or "",
    }


def _drop_formats(package: Package, title: str, spot: Area, old: Described, new: Described) -> None:
    kept = {shape(rule) for rule in new.get("rules", ())}
    stale = {shape(rule) for rule in old["rules"]} - kept
    kinds = {
        kind
        for kind, key in (("dataBar", "bars"), ("iconSet", "icons"))
        if old.get(key) != new.get(key) and old.get(key)
    }
    sheet = package.sheet(title)
    edits = []
    for holder in sheet.frame.root.all("conditionalFormatting"):
        areas = parse_areas(holder.get("sqref") or "")
        if not areas or not all(one.union(spot) == spot for one in areas):
            continue
        rules = holder.all("cfRule")
        gone = [rule for rule in rules if _is_stale(rule, stale, kinds)]
        edits += [holder.remove()] if gone and len(gone) == len(rules) else [rule.remove() for rule in gone]
    sheet.edit_frame(edits)


def _is_stale(rule: Element, stale: set[str], kinds: set[str]) -> bool:
    formulas = [shape(one.text) for one in rule.all("formula")]
    return rule.get("type") in kinds or (len(formulas) == 1 and formulas[0] in stale)


def _drop_validation(
    migration: Migration, package: Package, placement: Placement, field: tuple[str, str, str], spot: Area
) -> None:
    """Let nothing be checked in a column whose field asks for no check any more."""
    table, name, title = field
    place = placement.layout.tables[table]
    names = build_names(migration.book, placement.layout)
    if build_validation(migration.book.tables[table].fields[name], place, names, migration.book.lang):
        return
    if any(area.meets(spot) for one in package.validations(title) for area in one.areas):
        package.set_validations(title, [Validation(str(spot), "none")])
