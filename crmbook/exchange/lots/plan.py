"""A list and a book → what would come of it: mapped as was said, else as is remembered, else as it seems."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import OWN, uncollected
from crmbook.exchange.exported import map_exported, restored
from crmbook.exchange.intake.failures import mapping_of
from crmbook.exchange.intake.origins import Earlier
from crmbook.exchange.intake.plan import plan_import
from crmbook.exchange.intake.signs import spelled
from crmbook.exchange.lots.model import Planned
from crmbook.exchange.mapping import apply, propose, recall, with_currencies, with_each_person

if TYPE_CHECKING:
    from crmbook.exchange.lots.model import ListWish, Lot, Target
    from crmbook.exchange.mapping.model import Mapping


@uncollected()
def plan_lot(target: Target, lot: Lot, wish: ListWish) -> Planned:
    """Return what an import of a list would do to a book.

    Raises
    ------
    MappingError
        If the list lacks a column of the mapping that was said.
    """
    mapping = lot.mapping or _mapping(target, lot, wish)
    is_own = is_exact(lot, mapping)
    sheet = lot.sheet if is_own else with_currencies(target.schema, mapping, lot.sheet, lot.carried)
    sheet = with_each_person(target.listed, mapping, sheet)
    if is_own:
        typed = restored(target.listed, mapping, sheet, is_text=lot.source.kind == "csv")
    else:
        typed = apply(target.listed, mapping, sheet, _orders(target, mapping))
    plan = plan_import(
        target.schema, target.head, typed, lot.source, sheet, target.day, lot.decisions,
        mapping=mapping, earlier=Earlier(lot.origins, target.taken, target.owned), is_followed=lot.is_followed,
    )  # fmt: skip
    return Planned(mapping, plan, sheet)


def _orders(target: Target, mapping: Mapping) -> set[str]:
    """Return the numbers of orders that the book holds, where a list says of its orders which were closed."""
    frame = target.head.tables.get(mapping.table)
    rules = [rule for rule in mapping.columns if rule.is_external and rule.table == mapping.table]
    if frame is None or not rules or not mapping.filters:
        return set()
    label = rules[0].field or OWN + rules[0].header
    return {text for text in spelled(frame[label]) if text} if label in frame.columns else set()


def is_exact(lot: Lot, mapping: Mapping) -> bool:
    """Return whether a list is an export that goes back into its own table."""
    return bool(lot.sheet.table) and mapping.table == lot.sheet.table


def _mapping(target: Target, lot: Lot, wish: ListWish) -> Mapping:
    """Return how a list is mapped: as mended rows were, as is remembered, else as it seems."""
    book = target.schema
    if lot.sheet.table and wish.table in {"", lot.sheet.table}:
        return map_exported(book, lot.sheet, wish.policy or ("overwrite" if lot.begins_book else None))
    known = mapping_of(lot.source.path, lot.sheet, book) if lot.source.kind == "xlsx" else None
    if known is not None:
        return known
    if lot.memory is not None:
        mapping = recall(target.listed, lot.memory, lot.sheet)
    else:
        mapping = propose(target.listed, lot.sheet, wish.table)
    if wish.policy is None:
        return mapping
    return replace(mapping, columns=[replace(rule, policy=wish.policy) for rule in mapping.columns])
