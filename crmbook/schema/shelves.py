"""The library: every table, list, rule, page and template by name, shipped files and workspace merged.

A workspace is a folder with ``schemas/`` and ``templates/`` of its own. A table file there either names a table
that crmbook ships, or ``extends: TABLE``: it is merged over that table; a file with a new ``table:`` adds one
(with ``extends:`` besides, as a changed copy). The same holds for lists, rules, pages and templates.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmbook.schema.model import TableSpec, TemplateSpec
from crmbook.schema.names import is_machine_name
from crmbook.schema.node import Node
from crmbook.schema.overlay import overlay, with_entry, without
from crmbook.schema.problem import Problem, nearest, problem
from crmbook.schema.shipped import shipped
from crmbook.schema.source import read_source, read_text, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

SHELVES = ("lists", "bands", "parameters", "imports", "locale", "pages")
"""What files of several entries hold; each is a mapping from names to entries."""
HOMES: Final = {
    **dict.fromkeys(("table", "lists", "bands", "parameters", "imports", "locale"), "schemas"),
    **dict.fromkeys(("template", "pages"), "templates"),
}
"""The keys by which a file says what it is, and the folder for such files."""
KINDS = ("tables", *SHELVES)
_WHOLE: Mapping[str, set[str]] = {
    "tables": {"title", "key", "fields"},
    "lists": {"title", "values"},
    "bands": {"title", "bands"},
    "parameters": {"title", "value"},
    "pages": {"title", "cells"},
}
"""Keys of an entry that needs no shipped one below it."""


@dataclass(slots=True)
class Library:
    """All trees by kind and name, and the problems met while reading.

    Attributes
    ----------
    tables
        Trees of whole files.
    templates
        Trees of whole files from low to high: the shipped one, and what a workspace changes of it.
    shelves
        For each of `SHELVES` the trees of its entries by name.
    own_tables
        Tables that only the workspace has, in the order of its files.
    whole
        By kind, entries that bear the name of a shipped one and are whole in the workspace by themselves: a template
        that extends nothing takes them as they are written.
    own_pages
        Pages of which the workspace says anything.
    own_files
        The workspace's files, as messages name them.
    lost
        Words of files that could not be read: any of them may be a name that others speak of.
    """

    tables: dict[str, Node] = field(default_factory=dict)
    templates: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    shelves: dict[str, dict[str, Node]] = field(default_factory=lambda: {shelf: {} for shelf in SHELVES})
    own_tables: list[str] = field(default_factory=list)
    whole: dict[str, dict[str, Node]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    own_pages: set[str] = field(default_factory=set)
    own_files: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def add_folder(self, root: Path, *, own: bool) -> None:
        """Read ``root/schemas`` and ``root/templates``; what is known already is merged over."""
        waiting, changes = list[Node](), list[tuple[str, Node]]()
        if own:
            folders = (root / "schemas", root / "templates")
            self.own_files |= {display(path) for folder in folders for path in _paths(folder)}
        for node in self._files(root / "schemas"):
            shelves = ("lists", "bands", "parameters", "imports", "locale")
            held = self._add_shelves(node, shelves, changes, beside=("table", "extends"), own=own)
            if not held or {"table", "extends"} & node.entries.keys():
                waiting.append(without(node, *shelves) if held else node)
        for node in sorted(waiting, key=_rank):
            if self._is_in_place(node, "table", root / "schemas"):
                self._add_table(node, own=own)
        for node in self._files(root / "templates"):
            held = "template" not in node.entries and self._add_shelves(node, ("pages",), changes, own=own)
            if not held and self._is_in_place(node, "template", root / "templates"):
                self._add_template(node)
        for shelf, change in changes:  # whatever the files are called, after what they change
            self._merge(shelf, change, own=own)

    def _is_in_place(self, node: Node, key: str, folder: Path) -> bool:
        """Return whether a file says what it is, and lies in the folder for such files; else name what is wrong."""
        if key in node.entries or (key == "table" and "extends" in node.entries):
            return True
        self.lost |= words_of(" ".join(node.scalars()))
        for name, inner in node.entries.items():
            home = HOMES.get(name)
            if home is not None and home != folder.name:
                self.problems.append(problem("schema.wrong-folder", inner.key_location, name, folder=home))
                return False
            meant = nearest(name, [top for top in HOMES if HOMES[top] == folder.name])
            if meant and name not in (*TableSpec.model_fields, *TemplateSpec.model_fields):
                self.problems.append(problem("schema.unknown-key", inner.key_location, name, HOMES))
                return False
        self.problems.append(problem("schema.missing-key", node.key_location, key))
        return False

    def _files(self, folder: Path) -> Iterator[Node]:
        for path in _paths(folder):
            node, problems = read_source(path, display(path))
            self.problems.extend(problems)
            if problems and not node.entries:
                self.lost |= words_of(read_text(path))
            if isinstance(node.value, dict) and node.value:
                yield node
            elif not problems:
                self.problems.append(problem("schema.empty-file", node.location))

    def _add_shelves(
        self,
        node: Node,
        shelves: tuple[str, ...],
        changes: list[tuple[str, Node]],
        beside: tuple[str, ...] = (),
        *,
        own: bool,
    ) -> bool:
        """Merge the shelves that a file holds; return whether it holds any.

        Parameters
        ----------
        changes
            Takes what is no whole thing by itself, to be merged when all files are read.
        beside
            Keys one of which says that the file holds something else as well, to which all other keys belong.
        """
        if not any(shelf in node.entries for shelf in shelves):
            return False
        is_mixed = any(key in node.entries for key in beside)
        for key, inner in node.entries.items():
            if key not in shelves and is_mixed:
                continue
            if key not in shelves:
                self.problems.append(problem("schema.unknown-key", inner.key_location, key, shelves))
            elif inner.value is not None and not isinstance(inner.value, dict):
                self.problems.append(
                    problem("schema.wrong-type", inner.location, inner.raw, expected=("mapping",))
                )
            else:
                whole = {name: entry for name, entry in inner.entries.items() if _is_whole(key, entry)}
                rest = {name: entry for name, entry in inner.entries.items() if name not in whole}
                self._merge(key, replace(inner, value=whole), own=own)
                changes.append((key, replace(inner, value=rest)))
        return True

    def _note_own(self, kind: str, name: str, entry: Node, *, is_known: bool) -> None:
        """Remember what the workspace says of a name, and whether that is a whole thing without the shipped one."""
        self.own_pages |= {name} if kind == "pages" else set()
        there = self.whole[kind].get(name)
        if there is not None:
            self.whole[kind][name] = overlay(there, entry)
        elif is_known and _is_whole(kind, entry):
            self.whole[kind][name] = entry

    def _merge(self, kind: str, over: Node, *, own: bool) -> None:
        shelf = self.shelves[kind]
        for name, entry in over.entries.items() if own else ():
            self._note_own(kind, name, entry, is_known=name in shelf)
        self.shelves[kind] = dict(overlay(Node(shelf, over.location, over.key_location), over).entries)

    def _add_table(self, node: Node, *, own: bool) -> None:
        parent = self._name(node, "extends")
        if parent and parent not in self.tables:
            location = node.at("extends").location
            self.problems.append(problem("schema.unknown-table", location, parent, self.tables))
            return
        name = parent if parent and "table" not in node.entries else self._name(node, "table")
        if not name:
            self.lost |= words_of(" ".join(node.scalars()))
            return
        body = without(node, "extends")
        if own and not parent:
            is_shipped = name in self.tables and name not in self.own_tables
            self._note_own("tables", name, body, is_known=is_shipped)
        if parent and parent != name:
            body = overlay(self.tables[parent], body)
        if own and name not in self.tables:
            self.own_tables.append(name)
        elif not own and name in self.tables:
            line = self.tables[name].at("table").location
            self.problems.append(
                problem("schema.duplicate-table", node.at("table").location, name, first=str(line))
            )
        self.tables[name] = overlay(self.tables[name], body) if name in self.tables else body

    def _add_template(self, node: Node) -> None:
        name = self._name(node, "template")
        if not name:
            self.lost |= words_of(" ".join(node.scalars()))
            return
        below = self.templates.get(name, ())
        if below and self._name(node, "extends", needed=False) == name:
            node = without(node, "extends")
        self.templates[name] = (*below, node)

    def _name(self, node: Node, key: str, *, needed: bool = True) -> str:
        """Return the text under `key`, or an empty text and a problem where it is missing or no text."""
        if key not in node.entries or node.entries[key].value is None:
            if needed and key != "extends":
                self.problems.append(problem("schema.missing-key", node.key_location, key))
            return ""
        inner = node.entries[key]
        if not isinstance(inner.value, str):
            self.problems.append(problem("schema.wrong-type", inner.location, inner.raw, expected=("text",)))
            return ""
        if key != "extends" and not is_machine_name(inner.value):
            self.problems.append(problem("schema.bad-name", inner.location, inner.value))
            return ""
        return inner.value

    def line_of(self, template: str) -> tuple[str, ...]:
        """Return a template and those that it extends, the nearest first, as far as there are such."""
        line: list[str] = []
        while template in self.templates and template not in line:
            line.append(template)
            parents = [
                layer.entries["extends"] for layer in self.templates[template] if "extends" in layer.entries
            ]
            template = str(parents[-1].value) if parents else ""
        return tuple(line)

    def stands_alone(self, template: str) -> bool:
        """Return whether a template and those that it extends are all the workspace's."""
        layers = [layer for name in self.line_of(template) for layer in self.templates[name]]
        return bool(layers) and all(layer.location.file in self.own_files for layer in layers)

    def named_tables(self) -> set[str]:
        """Return the tables that the workspace's own templates and pages put somewhere."""
        layers = [layer for layers in self.templates.values() for layer in layers]
        sheets = [
            sheet
            for layer in layers
            if layer.location.file in self.own_files
            for key in ("sheets", "add")
            if layer.has(key)
            for sheet in layer.at(key).items
        ]
        named = {_sheet_name(sheet) for sheet in sheets}
        for name in self.own_pages:
            page = self.shelves["pages"].get(name)
            tables = page.at("tables").items if page is not None and page.has("tables") else ()
            named |= {str(table.value) for table in tables}
        return named

    def alone(self) -> Library:
        """Return the library of a template that extends nothing: what is whole in the workspace is not merged.

        Paragraphs about shipped tables are not among it.
        """
        shelves = {shelf: {**entries, **self.whole[shelf]} for shelf, entries in self.shelves.items()}
        shelves["pages"] = {
            name: self._without_shipped_texts(page) for name, page in shelves["pages"].items()
        }
        whole = {name: _replacing(self.tables[name], node) for name, node in self.whole["tables"].items()}
        return replace(self, tables={**self.tables, **whole}, shelves=shelves)

    def _without_shipped_texts(self, page: Node) -> Node:
        if not page.has("texts"):
            return page
        texts = page.at("texts")
        kept = tuple(
            text
            for text in texts.items
            if not (
                text.has("shipped")
                and text.at("shipped").value
                and text.at("text").location.file not in self.own_files
            )
        )
        return with_entry(page, "texts", replace(texts, value=kept))


def read_library(workspace: Path | None = None, base: Path | None = None) -> Library:
    """Return all schemas and templates.

    Parameters
    ----------
    workspace
        Folder whose ``schemas/`` and ``templates/`` change the shipped ones.
    base
        Folder that replaces the shipped schemas and templates.
    """
    library = Library()
    library.add_folder(base or shipped("schemas").parent, own=False)
    if workspace is not None:
        library.add_folder(workspace, own=True)
    return library


def resolve_template(library: Library, name: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return the tree of template `name`, those it extends merged below it, and the problems of the chain."""
    chain: list[str] = []
    layers: list[Node] = []
    while True:
        chain.append(name)
        layers = [*(without(layer, "extends") for layer in library.templates[name]), *layers]
        parents = [
            layer.entries["extends"] for layer in library.templates[name] if "extends" in layer.entries
        ]
        if not parents or parents[-1].value is None:
            break
        parent, name = parents[-1], str(parents[-1].value)
        if name in chain:
            cycle = " → ".join([*chain[chain.index(name) :], name])
            return None, (problem("schema.template-cycle", parent.location, name, cycle=cycle),)
        if name not in library.templates:
            return None, (problem("schema.unknown-template", parent.location, name, library.templates),)
    problems: list[Problem] = []
    merged = _with_sheets_changed(layers[0], library.own_tables, problems)
    for layer in layers[1:]:
        merged = _with_sheets_changed(overlay(merged, layer), library.own_tables, problems)
    return merged, tuple(problems)


def _with_sheets_changed(node: Node, own_tables: Collection[str], problems: list[Problem]) -> Node:
    """Return a template with the sheets under `add` put in and those under `drop` taken out.

    The workspace's own tables may be dropped where nothing named them: else they come by themselves.
    """
    sheets = node.at("sheets")
    if not isinstance(sheets.value, tuple) or not {"add", "drop"} & set(node.entries):
        return node
    now, gone = list(sheets.items), dict(sheets.gone)
    for added in node.at("add").items if node.has("add") else ():
        names = [_sheet_name(sheet) for sheet in now]
        location = len(now)
        if added.has("after"):
            after = added.at("after")
            if str(after.value) in names:
                location = names.index(str(after.value)) + 1
            else:
                problems.append(problem("schema.unknown-sheet", after.location, after.value, names))
        now.insert(location, without(added, "after"))
        gone.pop(_sheet_name(added), None)
    for dropped in node.at("drop").items if node.has("drop") else ():
        names = [_sheet_name(sheet) for sheet in now]
        if str(dropped.value) in names:
            sheet = now.pop(names.index(str(dropped.value)))
            gone[str(dropped.value)] = replace(sheet, key_location=dropped.location)
        elif dropped.value in own_tables:
            gone[str(dropped.value)] = dropped
        else:
            problems.append(problem("schema.unknown-sheet", dropped.location, dropped.value, names))
    changed = Node(tuple(now), sheets.location, sheets.key_location, gone=gone)
    return with_entry(without(node, "add", "drop"), "sheets", changed)


def _is_whole(kind: str, entry: Node) -> bool:
    """Return whether an entry needs nothing of its name below it."""
    return _WHOLE.get(kind, {""}) <= entry.entries.keys()


def _rank(table: Node) -> tuple[bool, bool]:
    """Return when a file is read, whatever its name: a table as a whole before what changes it, copies last."""
    return "extends" in table.entries, not _is_whole("tables", table)


def _paths(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def _replacing(shipped: Node, own: Node) -> Node:
    """Return a table that replaces a shipped one: what shipped files say of the fields of that is moot."""
    fields = own.at("fields")
    gone = {name: field for name, field in shipped.at("fields").entries.items() if name not in fields.entries}
    return with_entry(own, "fields", replace(fields, gone={**fields.gone, **gone}))


def _sheet_name(sheet: Node) -> str:
    found = sheet.entries.get("table") or sheet.entries.get("page")
    return str(found.value) if found else ""


def display(path: Path) -> str:
    """Return `path` as people know it: relative to the working folder where it lies inside."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
