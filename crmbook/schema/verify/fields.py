"""Fields: references and lists that exist, limits in order, defaults that fit, titles that can head a column."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, get_args

from crmbook.base import Language
from crmbook.schema.fieldtypes import Storage
from crmbook.schema.model import Label
from crmbook.schema.names import is_header
from crmbook.schema.naming import ISSUES_TITLE, ROW_ID_TITLE
from crmbook.schema.numbering import numbering_of
from crmbook.schema.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.model import FieldSpec, TableSpec

LANGUAGES: tuple[Language, ...] = get_args(Language)
_POLICIES = {
    "max": frozenset({Storage.NUMBER, Storage.DATE, Storage.DATETIME}),
    "min": frozenset({Storage.NUMBER, Storage.DATE, Storage.DATETIME}),
    "append": frozenset({Storage.TEXT}),
    "union": frozenset({Storage.TEXT}),
}
_DATES = frozenset({Storage.DATE, Storage.DATETIME})


def iter_field_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    """Yield what is wrong with the fields of a table."""
    yield from _title_problems(draft, name, table)
    for key, field in table.fields.items():
        yield from _target_problems(draft, name, table, key)
        yield from _limit_problems(draft, name, key, field)
        yield from _default_problems(draft, name, key, field)
        yield from _numbering_problems(draft, name, key, field)
        allowed = _POLICIES.get(field.policy)
        if allowed and field.traits.storage not in allowed:
            location = draft.location("tables", name, "fields", key, "policy")
            yield problem("schema.misplaced-policy", location, field.policy, kind=field.type)


def _numbering_problems(draft: Draft, name: str, key: str, field: FieldSpec) -> Iterator[Problem]:
    """Yield a format of ids that says no number: sync could only pass it over."""
    if field.type == "id" and field.format is not None:
        given = field.format if isinstance(field.format, str) else None
        if given is None or numbering_of(given) is None:
            location = draft.location("tables", name, "fields", key, "format")
            yield problem(
                "schema.bad-id-format", location, given or "{zh, en}", suggestion=_with_zeros(given or "")
            )


def _with_zeros(example: str) -> str:
    """Return the format that an id shows, 0 for each digit of its number; nothing where that is none."""
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", example)
    if found is None:
        return ""
    year = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", "yyyy", found[1])
    meant = f"{year}{'0' * len(found[2])}{found[3]}"
    return meant if numbering_of(meant) else ""


def _title_problems(draft: Draft, name: str, table: TableSpec) -> Iterator[Problem]:
    for lang in LANGUAGES:
        taken = (
            {title[lang].casefold(): title[lang] for title in (ISSUES_TITLE, ROW_ID_TITLE)}
            if table.managed
            else {}
        )
        for key, field in table.fields.items():
            title = field.title.text(lang)
            location = draft.location("tables", name, "fields", key, "title", lang)
            if not is_header(title):
                yield problem("schema.bad-title", location, title)
            elif title.casefold() in taken:
                yield problem("schema.duplicate-title", location, title, other=taken[title.casefold()])
            taken.setdefault(title.casefold(), key)
    titles = {
        field.title.text(lang).casefold(): key for key, field in table.fields.items() for lang in LANGUAGES
    }
    for key, field in table.fields.items():
        for index, alias in enumerate(field.aliases):
            owner = titles.setdefault(alias.casefold(), key)
            if owner != key:
                location = draft.location("tables", name, "fields", key, "aliases", index)
                yield problem("schema.alias-taken", location, alias, other=owner)


def _target_problems(draft: Draft, name: str, table: TableSpec, key: str) -> Iterator[Problem]:
    """Yield what is wrong with `to`, `list` and `by`."""
    field = table.fields[key]
    path = ("fields", key)
    if field.to and field.to not in draft.all_tables:
        location = draft.location("tables", name, *path, "to")
        yield problem("schema.unknown-table", location, field.to, draft.all_tables)
    elif field.to and field.to not in draft.nodes["tables"] and table.managed:
        yield problem("schema.absent-table", draft.location("tables", name, *path, "to"), field.to)
    if field.list and field.list not in draft.nodes.get("lists", {}):
        location = draft.location("tables", name, *path, "list")
        yield problem("schema.unknown-list", location, field.list, draft.nodes.get("lists", {}))
    known = draft.nodes["tables"][name].at("fields").entries
    if field.by and field.by not in known:
        others = [other for other in known if other != key]
        yield problem("schema.unknown-field", draft.location("tables", name, *path, "by"), field.by, others)
    elif field.by and field.by in table.fields and field.list in draft.lists:
        parent, given = draft.lists[field.list].by, table.fields[field.by].list
        if parent is None or parent != given:
            location = draft.location("tables", name, *path, "by")
            yield problem("schema.not-dependent", location, field.by, list=field.list, parent=parent or "–")


def _limit_problems(draft: Draft, name: str, key: str, field: FieldSpec) -> Iterator[Problem]:
    for bound in ("min", "max"):
        value = getattr(field, bound)
        is_date = field.traits.storage in _DATES
        if value is not None and isinstance(value, date) != is_date:
            location = draft.location("tables", name, "fields", key, bound)
            yield problem("schema.wrong-type", location, value, expected=("date" if is_date else "number",))
            return
    if field.min is not None and field.max is not None and field.min > field.max:  # type: ignore[operator]
        location = draft.location("tables", name, "fields", key, "min")
        yield problem("schema.min-above-max", location, field.min, max=field.max)


def _default_problems(draft: Draft, name: str, key: str, field: FieldSpec) -> Iterator[Problem]:
    default = field.default
    if default is None or (isinstance(default, str) and default.startswith("=")):
        return
    yield from constant_problems(draft, field, default, ("tables", name, "fields", key, "default"))


def constant_problems(
    draft: Draft, field: FieldSpec, value: object, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Yield what is wrong with a constant given for `field` at `path` (kind, name, steps)."""
    kind, name, *steps = path
    location = draft.nodes[str(kind)][str(name)].at(*steps).location
    storage = field.traits.storage
    if field.list in draft.lists:
        values = draft.lists[field.list].values
        if value not in values:
            yield problem("schema.unknown-value", location, value, values)
        return
    fits = {
        Storage.TEXT: isinstance(value, (str, Label)),
        Storage.NUMBER: isinstance(value, (int, float)) and not isinstance(value, bool),
        Storage.BOOLEAN: isinstance(value, bool),
        Storage.DATE: isinstance(value, date),
        Storage.DATETIME: isinstance(value, date),
    }
    if not fits.get(storage, True):
        yield problem("schema.wrong-type", location, value, expected=(_WORDS[storage],))


_WORDS = {
    Storage.TEXT: "text",
    Storage.NUMBER: "number",
    Storage.BOOLEAN: "truth",
    Storage.DATE: "date",
    Storage.DATETIME: "date",
}
