"""The library: every table, list, rule, page and template by name, shipped files and workspace merged.

A workspace is a folder with ``schemas/`` and ``templates/`` of its own. A table file there either names a table
that crmbook ships, or ``extends: TABLE``: it is merged over that table; a file with a new ``table:`` adds one
(with ``extends:`` besides, as a changed copy). The same holds for lists, rules, pages and templates.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.schema.names import is_machine_name
from crmbook.schema.node import Node
from crmbook.schema.overlay import overlay, with_entry, without
from crmbook.schema.problem import Problem, problem
from crmbook.schema.shipped import shipped
from crmbook.schema.source import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELVES = ("lists", "bands", "parameters", "imports", "pages")
"""What files of several entries hold; each is a mapping from names to entries."""


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
    own_files
        The workspace's files, as messages name them.
    """

    tables: dict[str, Node] = field(default_factory=dict)
    templates: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    shelves: dict[str, dict[str, Node]] = field(default_factory=lambda: {shelf: {} for shelf in SHELVES})
    own_tables: list[str] = field(default_factory=list)
    own_files: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def add_folder(self, root: Path, *, own: bool) -> None:
        """Read ``root/schemas`` and ``root/templates``; what is known already is merged over."""
        waiting: list[Node] = []
        if own:
            folders = (root / "schemas", root / "templates")
            self.own_files |= {_display(path) for folder in folders for path in _paths(folder)}
        for node in self._files(root / "schemas"):
            held = self._add_shelves(node, ("lists", "bands", "parameters", "imports"))
            waiting += [] if held else [node]
        for node in sorted(waiting, key=lambda tree: "extends" in tree.entries):
            self._add_table(node, own=own)
        for node in self._files(root / "templates"):
            if "template" in node.entries or not self._add_shelves(node, ("pages",)):
                self._add_template(node)

    def _files(self, folder: Path) -> Iterator[Node]:
        for path in _paths(folder):
            node, problems = read_source(path, _display(path))
            self.problems.extend(problems)
            if isinstance(node.value, dict) and node.value:
                yield node
            elif not problems:
                self.problems.append(problem("schema.empty-file", node.place))

    def _add_shelves(self, node: Node, shelves: tuple[str, ...]) -> bool:
        """Merge the shelves that a file holds; return whether it holds any."""
        if not any(shelf in node.entries for shelf in shelves):
            return False
        for key, inner in node.entries.items():
            if key not in shelves:
                self.problems.append(problem("schema.unknown-key", inner.key_place, key, shelves))
            elif inner.value is not None and not isinstance(inner.value, dict):
                self.problems.append(
                    problem("schema.wrong-type", inner.place, inner.raw, expected=("mapping",))
                )
            else:
                self._merge(self.shelves[key], inner)
        return True

    @staticmethod
    def _merge(shelf: dict[str, Node], over: Node) -> None:
        base = Node(shelf, over.place, over.key_place)
        shelf_now = dict(overlay(base, over).entries)
        shelf.clear()
        shelf.update(shelf_now)

    def _add_table(self, node: Node, *, own: bool) -> None:
        parent = self._name(node, "extends")
        if parent and parent not in self.tables:
            place = node.at("extends").place
            self.problems.append(problem("schema.unknown-table", place, parent, self.tables))
            return
        name = parent if parent and "table" not in node.entries else self._name(node, "table")
        if not name:
            return
        body = without(node, "extends")
        if parent and parent != name:
            body = overlay(self.tables[parent], body)
        if own and name not in self.tables:
            self.own_tables.append(name)
        elif not own and name in self.tables:
            line = self.tables[name].at("table").place
            self.problems.append(
                problem("schema.duplicate-table", node.at("table").place, name, first=str(line))
            )
        self.tables[name] = overlay(self.tables[name], body) if name in self.tables else body

    def _add_template(self, node: Node) -> None:
        name = self._name(node, "template")
        if not name:
            return
        below = self.templates.get(name, ())
        if below and self._name(node, "extends", needed=False) == name:
            node = without(node, "extends")
        self.templates[name] = (*below, node)

    def _name(self, node: Node, key: str, *, needed: bool = True) -> str:
        """Return the text under `key`, or an empty text and a problem where it is missing or no text."""
        if key not in node.entries or node.entries[key].value is None:
            if needed and key != "extends":
                self.problems.append(problem("schema.missing-key", node.key_place, key))
            return ""
        inner = node.entries[key]
        if not isinstance(inner.value, str):
            self.problems.append(problem("schema.wrong-type", inner.place, inner.raw, expected=("text",)))
            return ""
        if key != "extends" and not is_machine_name(inner.value):
            self.problems.append(problem("schema.bad-name", inner.place, inner.value))
            return ""
        return inner.value


def read_library(workspace: Path | None = None, base: Path | None = None) -> Library:
    """Return all schemas and templates.

    Parameters
    ----------
    workspace
        Folder whose ``schemas/`` and ``templates/`` change the shipped ones.
    base
        Folder that takes the place of the shipped schemas and templates.
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
            return None, (problem("schema.template-cycle", parent.place, name, cycle=cycle),)
        if name not in library.templates:
            return None, (problem("schema.unknown-template", parent.place, name, library.templates),)
    problems: list[Problem] = []
    merged = _with_sheets_changed(layers[0], problems)
    for layer in layers[1:]:
        merged = _with_sheets_changed(overlay(merged, layer), problems)
    return merged, tuple(problems)


def _with_sheets_changed(node: Node, problems: list[Problem]) -> Node:
    """Return a template with the sheets under `add` put in and those under `drop` taken out."""
    sheets = node.at("sheets")
    if not isinstance(sheets.value, tuple) or not {"add", "drop"} & set(node.entries):
        return node
    now, gone = list(sheets.items), dict(sheets.gone)
    for added in node.at("add").items if node.has("add") else ():
        names = [_sheet_name(sheet) for sheet in now]
        place = len(now)
        if added.has("after"):
            after = added.at("after")
            if str(after.value) in names:
                place = names.index(str(after.value)) + 1
            else:
                problems.append(problem("schema.unknown-sheet", after.place, after.value, names))
        now.insert(place, without(added, "after"))
        gone.pop(_sheet_name(added), None)
    for dropped in node.at("drop").items if node.has("drop") else ():
        names = [_sheet_name(sheet) for sheet in now]
        if str(dropped.value) in names:
            sheet = now.pop(names.index(str(dropped.value)))
            gone[str(dropped.value)] = replace(sheet, key_place=dropped.place)
        else:
            problems.append(problem("schema.unknown-sheet", dropped.place, dropped.value, names))
    changed = Node(tuple(now), sheets.place, sheets.key_place, gone=gone)
    return with_entry(without(node, "add", "drop"), "sheets", changed)


def _paths(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def _sheet_name(sheet: Node) -> str:
    found = sheet.entries.get("table") or sheet.entries.get("page")
    return str(found.value) if found else ""


def _display(path: Path) -> str:
    """Return `path` as people know it: relative to the working folder where it lies inside."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
