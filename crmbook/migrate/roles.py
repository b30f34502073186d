"""An old schema as one role's copy showed it: what a copy never had is neither new to it nor gone from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.migrate.describe import READ_ONLY
from crmbook.migrate.plan import SchemaChangeKind

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from crmbook.migrate.plan import SchemaChange
    from crmbook.ooxml import Package
    from crmbook.schema import Book

    Described = Mapping[str, Any]


def shown_schema(old: Described, role: str, whole: Book, view: Book, package: Package) -> Described:
    """Return the part of an old schema that a role's copy showed.

    A description that does not say what roles saw was made before descriptions did. Then a role is taken to have
    seen what it sees now, and of what is gone from the book, what its copy holds.

    Parameters
    ----------
    old
        Description of the old schema, see `crmbook.migrate.describe`.
    whole, view
        The new schema, and the part of it that the role sees.
    package
        The copy.
    """
    known = next((one for one in old.get("roles", ()) if one["name"] == role), None)
    if known is not None:
        fields = {one["name"]: frozenset(one["fields"]) for one in known["tables"]}
        return _as_seen(_part(old, fields), known)
    present = {table.display_name for table in package.tables}
    fields = {}
    for table in old["tables"]:
        name, labels = table["name"], frozenset(one["name"] for one in table["fields"])
        if name in whole.tables:
            hidden = (
                whole.tables[name].fields.keys() - view.tables[name].fields.keys()
                if name in view.tables
                else labels
            )
            fields[name] = labels - hidden
        elif present & set(table["object_names"].values()):
            fields[name] = labels
    return _part(old, {name: labels for name, labels in fields.items() if labels})


def as_role_sees(change: SchemaChange, whole: Book) -> SchemaChange:
    """Return a change in the words of a role's copy: a field that the whole book still has is only out of its sight."""
    stays = change.table in whole.tables and change.field in whole.tables[change.table].fields
    if change.kind is not SchemaChangeKind.FIELD_REMOVED or not stays:
        return change
    values = {**change.params, "is_helper": whole.tables[change.table].fields[change.field].is_helper}
    return replace(change, kind=SchemaChangeKind.FIELD_UNSEEN, params=values)


def _as_seen(part: Described, known: Described) -> Described:
    """Return a part of a schema with the marks and pages as the role had them; older descriptions do not say."""
    rules = {
        (table["name"], name): marks
        for table in known["tables"]
        for name, marks in zip(table["fields"], table.get("rules", ()), strict=False)
    }
    locked = {(table["name"], name) for table in known["tables"] for name in table.get("read_only", ())}
    tables = [
        {
            **table,
            "fields": [
                _locked(seen) if (table["name"], one["name"]) in locked else seen
                for one in table["fields"]
                for seen in [{**one, "rules": rules.get((table["name"], one["name"]), one["rules"])}]
            ],
        }
        for table in part["tables"]
    ]
    return {**part, "tables": tables, "pages": known.get("pages", part["pages"])}


def _locked(field: Described) -> Described:
    """Return a field as a role had it that only saw it."""
    return {**field, "shown": f"{field.get('shown', '')}{READ_ONLY}", "looks": f"{field['looks']}{READ_ONLY}"}


def _part(old: Described, shown: Mapping[str, Container[str]]) -> Described:
    tables = [
        {**table, "fields": [one for one in table["fields"] if one["name"] in shown[table["name"]]]}
        for table in old["tables"]
        if table["name"] in shown
    ]
    return {**old, "tables": tables}
