"""Lists and scoring rules: values distinct in both languages, parents that exist, bands that cover everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema.names import is_header
from crmbook.schema.problem import Problem, problem
from crmbook.schema.verify.fields import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.model import ListSpec


def iter_list_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the dropdown lists."""
    yield from _list_titles(draft)
    for name, entry in draft.lists.items():
        if entry.by is not None and entry.by not in draft.nodes["lists"]:
            yield problem(
                "schema.unknown-list", draft.location("lists", name, "by"), entry.by, draft.nodes["lists"]
            )
        yield from _value_problems(draft, name, entry)


def _list_titles(draft: Draft) -> Iterator[Problem]:
    used = draft.used_lists()
    for lang in LANGUAGES:
        taken: dict[str, str] = {}
        for name, entry in draft.lists.items():
            title = entry.title.text(lang)
            location = draft.location("lists", name, "title", lang)
            if not is_header(title):
                yield problem("schema.bad-title", location, title)
            elif entry.hidden or name not in used:
                continue
            elif title.casefold() in taken:
                yield problem("schema.duplicate-title", location, title, other=taken[title.casefold()])
            taken.setdefault(title.casefold(), name)


def _value_problems(draft: Draft, name: str, entry: ListSpec) -> Iterator[Problem]:
    parents = draft.lists[entry.by].values if entry.by in draft.lists else None
    for key, value in entry.values.items():
        node = draft.nodes["lists"][name].at("values", key)
        if entry.by is None and value.of is not None:
            yield problem("schema.misplaced-key", node.at("of").key_location, "of", kind=name)
        elif entry.by is not None and value.of is None:
            yield problem("schema.missing-key", node.key_location, "of")
        elif value.of is not None and parents is not None and value.of not in parents:
            yield problem("schema.unknown-value", node.at("of").location, value.of, parents)
    for lang in LANGUAGES:
        taken: dict[tuple[str, str], str] = {}
        for key, value in entry.values.items():
            words = (value.of or "", value.text(lang).casefold())
            if words in taken:
                location = draft.location("lists", name, "values", key, lang)
                yield problem("schema.duplicate-value", location, value.text(lang), other=taken[words])
            taken.setdefault(words, key)


def iter_rule_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the scoring rules."""
    constants = {f"{name}.{value}" for name, entry in draft.lists.items() for value in entry.values}
    for name, rule in draft.bands.items():
        bounds = [band.from_ for band in rule.bands]
        if min(bounds) > 0:
            yield problem("schema.no-lowest-band", draft.location("bands", name, "bands"), min(bounds))
        for index, band in enumerate(rule.bands):
            node = draft.nodes["bands"][name].at("bands", index)
            if band.from_ in bounds[:index]:
                yield problem("schema.duplicate-band", node.at("from").location, band.from_)
            if isinstance(band.result, str) and band.result not in constants:
                yield problem("schema.unknown-constant", node.at("result").location, band.result, constants)
    for name, parameter in draft.parameters.items():
        if isinstance(parameter.value, str) and parameter.value not in constants:
            location = draft.location("parameters", name, "value")
            yield problem("schema.unknown-constant", location, parameter.value, constants)
