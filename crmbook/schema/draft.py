"""The draft: one template's tables, lists, rules and pages, as trees (for locations) and as models (for meaning).

Making a draft merges the template's changes over the library, puts fields in their order and takes out those
that the template leaves out. What a template leaves out, or somebody dropped, is remembered: a formula that reads it is
not mistaken, it merely has no place in this book.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from crmbook.schema.consequences import without_consequences
from crmbook.schema.home import localized
from crmbook.schema.model import (
    BandsSpec,
    ImportsSpec,
    ListSpec,
    LocaleSpec,
    Model,
    PageSpec,
    ParameterSpec,
    SheetSpec,
    TableSpec,
    TemplateSpec,
)
from crmbook.schema.node import Node
from crmbook.schema.overlay import overlay, with_entry
from crmbook.schema.problem import Problem, SchemaError, nearest, problem
from crmbook.schema.shelves import SHELVES, Library, resolve_template
from crmbook.schema.validate import salvage, undo_removals, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.base import Location

M = TypeVar("M", bound=Model)
_MODELS: Final[dict[str, type[Model]]] = {
    "lists": ListSpec, "bands": BandsSpec, "parameters": ParameterSpec, "pages": PageSpec,
}  # fmt: skip


@dataclass(slots=True)
class Draft:
    """A template's specification on its way to a book.

    Attributes
    ----------
    template
        The model of the template.
    template_node
        Its tree, templates that it extends merged in.
    nodes
        Trees by kind (``tables``, ``lists``, ``bands``, ``parameters``, ``pages``) and name.
    tables, lists, bands, parameters, pages
        Models by name; what did not validate is missing here and present in `nodes`.
    all_tables
        Every table that exists, with all its fields, whether this template shows it or not.
    all_pages
        Every page that exists.
    imports
        The words that lists from elsewhere use.
    locale
        Where the book is at home.
    own_files
        Files of the workspace: what is written there cannot speak of what was dropped.
    is_alone
        Whether the template extends nothing that crmbook ships.
    homonyms
        Tables of the book that are whole in the workspace, and bear the name of a shipped one.
    refused
        By kind and name, what a change took out of an entry and may not be missing.
    changes
        The trees of all templates: what one of them adds is no mistake where files of all of them speak of it.
    problems
        What was found so far.
    """

    template: TemplateSpec
    template_node: Node
    nodes: dict[str, dict[str, Node]] = field(default_factory=dict)
    tables: dict[str, TableSpec] = field(default_factory=dict)
    lists: dict[str, ListSpec] = field(default_factory=dict)
    bands: dict[str, BandsSpec] = field(default_factory=dict)
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    pages: dict[str, PageSpec] = field(default_factory=dict)
    all_tables: dict[str, Node] = field(default_factory=dict)
    all_pages: dict[str, Node] = field(default_factory=dict)
    imports: ImportsSpec = field(default_factory=ImportsSpec)
    locale: LocaleSpec = field(default_factory=LocaleSpec)
    own_files: frozenset[str] = frozenset()
    is_alone: bool = False
    homonyms: tuple[str, ...] = ()
    changes: tuple[Node, ...] = ()
    refused: dict[tuple[str, str], Sequence[Problem]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def location(self, kind: str, name: str, *path: str | int) -> Location:
        """Return the location of the value at `path` of an entry."""
        return self.nodes[kind][name].at(*path).location

    def key_location(self, kind: str, name: str, *path: str | int) -> Location:
        """Return the location of the key at `path` of an entry."""
        return self.nodes[kind][name].at(*path).key_location

    def add(self, kind: str, name: str, node: Node, model: type[M], into: dict[str, M]) -> None:
        """Keep `node`, and its model: of what validates, so that one mistake does not hide the others."""
        known = self.nodes.setdefault(kind, {})
        others = (self.all_tables if kind == "tables" else known).keys() - {name}
        self.problems.extend(self.refused.get((kind, name), ()))
        known[name] = node
        spec, problems = validate(node, model)
        self.problems.extend(self._as_change(name, node, problems, others))
        spec = spec or salvage(node, model)
        if spec is not None:
            into[name] = spec

    def _as_change(
        self, name: str, node: Node, problems: Sequence[Problem], others: Iterable[str]
    ) -> Sequence[Problem]:
        """Return what is wrong with an entry; one that only lacks keys, and is called almost as another, meant to change that."""
        key = node.at("table") if node.has("table") else None
        location = node.key_location if key is None else key.location
        meant = nearest(name, others)
        is_lacking = problems and all(
            one.code == "schema.missing-key" and one.location == node.key_location for one in problems
        )
        if not is_lacking or not meant or not self.is_own(location):
            return problems
        return (problem("schema.nothing-to-change", location, name, [meant], missing=str(problems[0].value)),)

    def sheet_places(self) -> Iterable[tuple[int, SheetSpec]]:
        """Yield every sheet with its position in the template."""
        return enumerate(self.template.sheets)

    def fields_of(self, table: str, location: Location) -> Mapping[str, Node]:
        """Return the fields of a table that may be named at `location`, also those that the template leaves out."""
        node = self.all_tables.get(table)
        if node is None or not node.has("fields"):
            return {}
        fields = node.at("fields")
        return fields.entries if self.is_own(location) else {**fields.entries, **fields.gone}

    def cells_of(self, page: str, location: Location) -> list[str]:
        """Return the cells of a page that may be named at `location`, also those that have no place in this book."""
        node = self.all_pages[page]
        cells = node.at("cells") if node.has("cells") else node
        known = [str(cell.at("id").value) for cell in cells.items if cell.has("id")]
        return known if self.is_own(location) else [*known, *(cells.gone if node.has("cells") else ())]

    def is_own(self, location: Location) -> bool:
        """Return whether the person who trims this book can change what is at `location`."""
        return location.file in self.own_files

    def used_lists(self) -> frozenset[str]:
        """Return the lists that a dropdown of the book offers, their parents included."""
        used = {inner.list for table in self.tables.values() for inner in table.fields.values() if inner.list}
        used |= {cell.list for page in self.pages.values() for cell in page.cells if cell.list}
        parents = {self.lists[name].by for name in used if name in self.lists}
        return frozenset(name for name in used | parents if name)

    def sheet_names(self, location: Location) -> list[str]:
        """Return the sheets that may be named at `location`: those of the book, and for shipped files all others."""
        shown = [sheet.name for sheet in self.template.sheets]
        return shown if self.is_own(location) else [*shown, *self.all_tables, *self.all_pages]

    def change_table(self, name: str, node: Node) -> None:
        """Put another tree in place of a table's."""
        self.tables.pop(name, None)
        self.add("tables", name, node, TableSpec, self.tables)

    def take_out_table(self, name: str) -> None:
        """Take a table out of the book: its sheet, or its place on a page."""
        self.tables.pop(name, None)
        del self.nodes["tables"][name]

    def broken(self) -> frozenset[str]:
        """Return the lists, scoring rules and parameters of which too little is sound for a model."""
        sound: dict[str, Mapping[str, Model]] = {
            "lists": self.lists,
            "bands": self.bands,
            "parameters": self.parameters,
        }
        return frozenset(
            name for kind, known in sound.items() for name in self.nodes.get(kind, {}) if name not in known
        )

    def take_out_cells(self, page: str, indexes: set[int]) -> None:
        """Take cells out of a page, from the model and from the tree alike: their positions still agree."""
        node = self.nodes["pages"][page]
        cells = node.at("cells")
        kept = [index for index in range(len(cells.items)) if index not in indexes]
        items = tuple(cells.items[index] for index in kept)
        self.nodes["pages"][page] = with_entry(node, "cells", Node(items, cells.location, cells.key_location))
        spec = self.pages.get(page)
        if spec is not None:
            left = tuple(spec.cells[index] for index in kept)
            self.pages[page] = spec.model_copy(update={"cells": left})


def make_draft(library: Library, name: str) -> Draft:
    """Return the draft of template `name`.

    Raises
    ------
    SchemaError
        If there is no such template, or its own file is so wrong that nothing can be drafted from it.
    """
    is_alone = library.stands_alone(name)
    library = library.alone() if is_alone else library
    node, problems = resolve_template(library, name)
    problems = (*library.problems, *problems)
    if node is None:
        raise SchemaError(problems)
    node, refused = undo_removals(node, TemplateSpec)
    problems = (*problems, *refused)
    template, misfits = validate(node, TemplateSpec)
    if template is None:
        raise SchemaError(without_consequences((*problems, *misfits), frozenset(library.lost)))
    draft = Draft(
        template, node, own_files=frozenset(library.own_files), is_alone=is_alone, problems=list(problems)
    )
    draft.changes = tuple(layer for layers in library.templates.values() for layer in layers)
    _draft_shelves(draft, library)
    _draft_tables(draft, library)
    return draft


def _draft_shelves(draft: Draft, library: Library) -> None:
    merged = {}
    for shelf in SHELVES:
        base = Node(library.shelves[shelf], draft.template_node.location, draft.template_node.location)
        over = draft.template_node.entries.get(shelf)
        merged[shelf] = dict(overlay(base, over).entries if over is not None else base.entries)
    for kind, kind_model in _MODELS.items():
        _undo_removals(draft, kind, merged[kind], kind_model)
    draft.all_pages = dict(merged["pages"])
    draft.locale = _settings(draft, merged["locale"], LocaleSpec) or draft.locale
    for name, node in merged["lists"].items():
        draft.add("lists", name, node, ListSpec, draft.lists)
    draft.lists = {name: localized(spec, draft.locale) for name, spec in draft.lists.items()}
    for name, node in merged["bands"].items():
        draft.add("bands", name, node, BandsSpec, draft.bands)
    for name, node in merged["parameters"].items():
        draft.add("parameters", name, node, ParameterSpec, draft.parameters)
    draft.imports = _settings(draft, merged["imports"], ImportsSpec) or draft.imports
    draft.nodes["imports"] = dict(merged["imports"])
    draft.nodes.setdefault("pages", {})
    for index, sheet in draft.sheet_places():
        if sheet.page and sheet.page in merged["pages"]:
            draft.add("pages", sheet.page, merged["pages"][sheet.page], PageSpec, draft.pages)
        elif sheet.page:
            location = draft.template_node.at("sheets", index, "page").location
            draft.problems.append(problem("schema.unknown-page", location, sheet.page, merged["pages"]))


def _settings(draft: Draft, entries: Mapping[str, Node], model: type[M]) -> M | None:
    """Return the model of what is directly under a shelf; None, and the problems, where it is mistaken."""
    location = draft.template_node.location
    spec, problems = validate(Node(dict(entries), location, location), model)
    draft.problems.extend(problems)
    return spec


def _draft_tables(draft: Draft, library: Library) -> None:
    draft.all_tables = {name: _ordered(draft, node) for name, node in _overridden(draft, library).items()}
    draft.nodes.setdefault("tables", {})
    draft.template = draft.template.model_copy(update={"sheets": _with_own_tables(draft, library)})
    for index, sheet in draft.sheet_places():
        location = draft.template_node.at("sheets", index)
        if sheet.table and sheet.table not in draft.all_tables:
            found = problem(
                "schema.unknown-table", location.at("table").location, sheet.table, draft.all_tables
            )
            draft.problems.append(found)
        elif sheet.table:
            node = _chosen(draft, draft.all_tables[sheet.table], sheet, location)
            draft.add("tables", sheet.table, node, TableSpec, draft.tables)
    draft.homonyms = tuple(name for name in library.whole["tables"] if name in draft.tables)
    for page_name, page in draft.pages.items():
        for index, table in enumerate(page.tables):
            if table in draft.all_tables:
                draft.add("tables", table, draft.all_tables[table], TableSpec, draft.tables)
            else:
                at = draft.location("pages", page_name, "tables", index)
                draft.problems.append(problem("schema.unknown-table", at, table, draft.all_tables))


def _overridden(draft: Draft, library: Library) -> dict[str, Node]:
    tables = dict(library.tables)
    overrides = draft.template_node.entries.get("overrides")
    for name, over in overrides.entries.items() if overrides else ():
        if name in tables:
            tables[name] = overlay(tables[name], over)
        else:
            draft.problems.append(problem("schema.unknown-table", over.key_location, name, tables))
    _undo_removals(draft, "tables", tables, TableSpec)
    return tables


def _undo_removals(draft: Draft, kind: str, entries: dict[str, Node], model: type[Model]) -> None:
    """Put back what a change took out of entries and may not be missing; it is reported for those that the book has."""
    for name, node in entries.items():
        entries[name], draft.refused[kind, name] = undo_removals(node, model)


def _with_own_tables(draft: Draft, library: Library) -> tuple[SheetSpec, ...]:
    """Return the sheets, behind the last table the workspace's own ones that no template or page of it names.

    What one of them names goes only where it is named; a template that extends nothing has only what it names.
    """
    sheets = list(draft.template.sheets)
    if draft.is_alone:
        return draft.template.sheets
    shown = {sheet.table for sheet in sheets} | {
        table for page in draft.pages.values() for table in page.tables
    }
    shown |= library.named_tables() | draft.template_node.at("sheets").gone.keys()
    own = [SheetSpec(table=name) for name in library.own_tables if name not in shown]
    last = max((index for index, sheet in enumerate(sheets) if sheet.table), default=len(sheets) - 1)
    return (*sheets[: last + 1], *own, *sheets[last + 1 :])


def _ordered(draft: Draft, node: Node) -> Node:
    """Return a table whose fields are where their ``after`` puts them."""
    fields = dict(node.at("fields").entries) if node.has("fields") else {}
    for name, inner in list(fields.items()):
        after = inner.entries.get("after")
        if after is None:
            continue
        if str(after.value) not in fields or after.value == name:
            known = [other for other in fields if other != name]
            draft.problems.append(problem("schema.unknown-field", after.location, after.value, known))
            continue
        moved = fields.pop(name)
        names = list(fields)
        location = names.index(str(after.value)) + 1
        pairs = list(fields.items())
        fields = dict([*pairs[:location], (name, moved), *pairs[location:]])
    if not fields:
        return node
    old = node.at("fields")
    return with_entry(node, "fields", replace(old, value=fields))


def _chosen(draft: Draft, node: Node, sheet: SheetSpec, location: Node) -> Node:
    """Return a table with the fields that the template chose."""
    fields = node.at("fields").entries if node.has("fields") else {}
    for key, names in (("fields", sheet.fields or ()), ("hide", sheet.hide)):
        for index, name in enumerate(names):
            at = location.at(key, index).location
            known = draft.fields_of(str(sheet.table), at)
            if name not in known:
                draft.problems.append(problem("schema.unknown-field", at, name, known))
    order = [name for name in sheet.fields or fields if name in fields and name not in sheet.hide]
    key = str(node.at("key").value) if node.has("key") else ""
    if key in fields and key not in order:
        listed = location.at("hide", sheet.hide.index(key)) if key in sheet.hide else location.at("fields")
        draft.problems.append(problem("schema.key-left-out", listed.location, key))
    if not order:
        return node
    old = node.at("fields")
    return with_entry(node, "fields", replace(old, value={name: fields[name] for name in order}))
