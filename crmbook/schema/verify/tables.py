"""Tables: key, row source, checks, advance rules, reminders and seed rows speak of things that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema.fieldtypes import Storage
from crmbook.schema.problem import Problem, problem
from crmbook.schema.verify.fields import constant_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.model import DoneSpec, TableSpec

ROW_SOURCES = {
    "bands": ("rule", "from", "result", "band_key"),
    "parameters": ("parameter", "value"),
}
"""Fields that a table needs for its rows to come from ``rules.yaml``; the macros BAND and PARAM read them."""


def iter_table_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    """Yield what is wrong with a table, its fields aside."""
    yield from _field_names(
        draft,
        name,
        [(table.key, ("key",)), (table.name_field, ("name_field",)), (table.owned_by, ("owned_by",))],
    )
    yield from _offered(draft, name, table)
    known_by = [
        (field, ("identity", index, location))
        for index, fields in enumerate(table.identity)
        for location, field in enumerate(fields)
    ]
    # Shipped ones are written for tables that templates trim.
    yield from _field_names(
        draft, name, [one for one in known_by if draft.is_own(draft.location("tables", name, *one[1]))]
    )
    yield from _row_problems(draft, name, table)
    yield from _check_problems(draft, name, table)
    yield from _advance_problems(draft, name, table)
    yield from _reminder_problems(draft, name, table)
    yield from _seed_problems(draft, name, table)


def _field_names(
    draft: Draft, name: str, uses: Iterable[tuple[str | None, tuple[str | int, ...]]]
) -> Iterator[Problem]:
    """Yield a problem for each use of a field that the table has in no template."""
    for field, path in uses:
        location = draft.location("tables", name, *path)
        known = draft.fields_of(name, location)
        if field is not None and field not in known:
            yield problem("schema.unknown-field", location, field, known)


def _offered(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    """Yield what is wrong with the field that references offer: sync reads a key and a name of what it computes."""
    yield from _field_names(draft, name, [(table.offers, ("offers",))])
    spec = table.fields.get(table.offers or "")
    location = draft.location("tables", name, "offers")
    if spec is not None and (spec.formula is None or spec.override):
        yield problem("schema.offers-typed", location, table.offers or "")


def _row_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    location = draft.location("tables", name, "rows")
    if table.one_per is not None:
        if table.one_per not in draft.all_tables:
            yield problem("schema.unknown-table", location, table.one_per, draft.all_tables)
        elif table.one_per not in draft.nodes["tables"]:
            yield problem("schema.absent-table", location, table.one_per)
        elif not any(
            field.at("to").value == table.one_per for field in draft.fields_of(name, location).values()
        ):
            yield problem("schema.no-reference", location, table.one_per)
    if table.each_of is not None and table.each_of not in draft.nodes.get("lists", {}):
        yield problem("schema.unknown-list", location, table.each_of, draft.nodes.get("lists", {}))
    for field in ROW_SOURCES.get(table.rows or "", ()):
        if field not in draft.fields_of(name, location) or field not in table.fields:
            yield problem("schema.missing-field", location, field, rows=table.rows)


def _check_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    yield from repeated_ids(draft, "tables", name, "checks", [check.id for check in table.checks])
    for index, check in enumerate(table.checks):
        uses = [(field, ("checks", index, "fields", location)) for location, field in enumerate(check.fields)]
        yield from _field_names(draft, name, uses)


def _advance_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    for index, advance in enumerate(table.advance):
        node = draft.nodes["tables"][name].at("advance")
        node = node.at(index) if node.items else node
        if advance.to not in draft.all_tables:
            yield problem("schema.unknown-table", node.at("to").location, advance.to, draft.all_tables)
            continue
        for target, source in advance.carry.items():
            entry = node.at("carry", target)
            there, here = draft.fields_of(advance.to, entry.location), draft.fields_of(name, entry.location)
            if target not in there:
                yield problem("schema.unknown-field", entry.key_location, target, there)
            if source not in here:
                yield problem("schema.unknown-field", entry.location, source, here)


def _reminder_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    yield from repeated_ids(draft, "tables", name, "reminders", [reminder.id for reminder in table.reminders])
    for index, reminder in enumerate(table.reminders):
        due = None if reminder.due is None or reminder.due.startswith("=") else reminder.due
        path = ("reminders", index)
        yield from _field_names(draft, name, [(due, (*path, "due")), (reminder.owner, (*path, "owner"))])
        if (
            due is not None
            and due in table.fields
            and table.fields[due].traits.storage not in (Storage.DATE, Storage.DATETIME)
        ):
            location = draft.location("tables", name, *path, "due")
            yield problem("schema.not-a-date-field", location, due, kind=table.fields[due].type)
        for number, done in enumerate(reminder.done):
            yield from _done_problems(draft, name, done, (*path, "done", number))


def _done_problems(draft: Draft, name: str, done: DoneSpec, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Yield what is wrong with what an answer writes."""
    there = done.into or name
    if there not in draft.all_tables:
        yield problem(
            "schema.unknown-table", draft.location("tables", name, *path, "into"), there, draft.all_tables
        )
        return
    uses = [(done.dated, "dated"), (done.noted, "noted")]
    fields = [(field, draft.location("tables", name, *path, key)) for field, key in uses]
    fields += [(field, draft.key_location("tables", name, *path, "carry", field)) for field in done.carry]
    for field, location in fields:
        known = draft.fields_of(there, location)
        if field is not None and field not in known:
            yield problem("schema.unknown-field", location, field, known)
    yield from _field_names(
        draft, name, [(source, (*path, "carry", field)) for field, source in done.carry.items()]
    )


def _seed_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    for index, row in enumerate(table.seed):
        for field, value in row.items():
            path = ("tables", name, "seed", index, field)
            known = draft.fields_of(name, draft.key_location(*path))
            if field not in known:
                yield problem("schema.unknown-field", draft.key_location(*path), field, known)
            elif field in table.fields:
                yield from constant_problems(draft, table.fields[field], value, path)


def repeated_ids(draft: Draft, kind: str, name: str, key: str, ids: list[str]) -> Iterator[Problem]:
    """Yield a problem for each id of the list under `key` that was there before."""
    for index, value in enumerate(ids):
        if value in ids[:index]:
            yield problem("schema.duplicate-id", draft.location(kind, name, key, index, "id"), value)
