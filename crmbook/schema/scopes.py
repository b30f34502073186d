"""The names that a draft's formulas may use: those of the book, and those that its files declare and the book leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.formula import Formula, FormulaError, Kind, Scope, bind, parse, to_serial
from crmbook.schema.fieldtypes import FIELD_TYPES, Storage
from crmbook.schema.home import constants_of, home_of
from crmbook.schema.model import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.base import Language
    from crmbook.formula import Worth
    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node
    from crmbook.schema.sites import Site

_KINDS: Final = {
    Storage.TEXT: Kind.TEXT,
    Storage.NUMBER: Kind.NUMBER,
    Storage.DATE: Kind.DATE,
    Storage.DATETIME: Kind.DATE,
    Storage.BOOLEAN: Kind.BOOLEAN,
    Storage.ANY: Kind.ANY,
}


class Names:
    """The names of a draft.

    Attributes
    ----------
    constants
        The texts of list entries, and where the book is at home.
    whole
        All that the files have, what was dropped too: shipped files may speak of it.
    own
        All but what was dropped: what a person's own files may speak of.
    worth
        What fields are worth in a book that leaves them out.
    """

    def __init__(self, draft: Draft, lang: Language) -> None:
        self.draft = draft
        self.lang = lang
        texts = {
            f"{name}.{key}": value.text(lang)
            for name, entry in draft.lists.items()
            for key, value in entry.values.items()
        }
        self.constants = {**constants_of(home_of(draft.locale, lang)), **texts}
        self.whole = self._scope(draft.all_tables, draft.all_pages, gone=True)
        dropped = draft.template_node.at("sheets").gone
        tables = {name: node for name, node in draft.all_tables.items() if name not in dropped}
        pages = {name: node for name, node in draft.all_pages.items() if name not in dropped}
        self.own = self._scope(tables, pages)
        self.worth: Worth = dict(self._worth())
        self._bound: dict[tuple[str, str | None, bool], Formula | FormulaError] = {}

    def present(self) -> Scope:
        """Return the names of the book as the draft is now, from the trees: one bad table makes no other fail."""
        return self._scope(self.draft.nodes["tables"], self.draft.nodes["pages"])

    def bind(self, site: Site) -> Formula:
        """Return the formula at a location, bound to whatever it may speak of there.

        Raises
        ------
        FormulaError
            If it speaks of something else, or is no formula.
        """
        kind, name, *steps = site.path
        is_own = self.draft.is_own(self.draft.location(str(kind), str(name), *steps))
        key = site.text, site.table, is_own
        if key not in self._bound:
            try:
                self._bound[key] = bind(parse(site.text), self.own if is_own else self.whole, site.table)
            except FormulaError as error:
                self._bound[key] = error
        found = self._bound[key]
        if isinstance(found, FormulaError):
            raise found
        return found

    def exists(self, site: Site) -> bool:
        """Return whether all that a formula speaks of exists somewhere, here or not."""
        try:
            bind(parse(site.text), self.whole, site.table)
        except FormulaError:
            return False
        return True

    def missing(self, formula: Formula, present: Scope) -> tuple[str, ...]:
        """Return what a formula reads that is not there: ``tasks``, ``tasks[owner]``, ``as_of``."""
        tables = {table for table, _ in formula.references if table not in present.tables}
        fields = {
            f"{table}[{name}]"
            for table, name in formula.references
            if table in present.tables and name not in present.tables[table]
        }
        return (*sorted(tables), *sorted(fields), *sorted(formula.names - present.names.keys()))

    def _scope(self, tables: Mapping[str, Node], pages: Mapping[str, Node], *, gone: bool = False) -> Scope:
        draft = self.draft
        rows = {node.at("rows").value for node in draft.nodes["tables"].values() if node.has("rows")}
        return Scope(
            tables={name: _field_kinds(node, gone=gone) for name, node in tables.items()},
            names=dict(_cell_kinds(pages, gone=gone)),
            constants=self.constants,
            fixed_bands={} if "bands" in rows else dict(self._fixed_bands()),
            fixed_parameters={} if "parameters" in rows else dict(self._fixed_parameters()),
            bands=frozenset(draft.nodes.get("bands", ())),
            parameters=frozenset(draft.nodes.get("parameters", ())),
            rule_tables=frozenset(name for name, node in draft.all_tables.items() if _holds_rules(node)),
        )

    def _fixed_bands(self) -> Iterator[tuple[str, dict[float, float | str]]]:
        """Yield the bands that the files give to each rule: what holds where no sheet of the book does."""
        for name, spec in self.draft.bands.items():
            yield name, {band.from_: self._seed(band.result) for band in spec.bands}

    def _fixed_parameters(self) -> Iterator[tuple[str, float | str]]:
        for name, spec in self.draft.parameters.items():
            yield name, self._seed(spec.value)

    def _seed(self, value: float | str | Label) -> float | str:
        if isinstance(value, Label):
            return value.text(self.lang)
        return str(self.constants.get(value, value)) if isinstance(value, str) else value

    def _worth(self) -> Iterator[tuple[tuple[str, str], str | float | bool]]:
        for table, node in self.draft.all_tables.items():
            fields = node.at("fields") if node.has("fields") else node
            for name, inner in {**fields.gone, **fields.entries}.items():
                value = inner.at("absent").value if inner.has("absent") else None
                entry = self.draft.lists.get(str(inner.at("list").value)) if inner.has("list") else None
                if entry is not None and value in entry.values:
                    yield (table, name), entry.values[str(value)].text(self.lang)
                elif isinstance(value, (str, int, float)):
                    yield (table, name), value
                elif value is not None:
                    yield (table, name), to_serial(value)  # type: ignore[arg-type]


def _holds_rules(node: Node) -> bool:
    return node.has("rows") and node.at("rows").value in ("bands", "parameters")


def _field_kinds(node: Node, *, gone: bool) -> dict[str, Kind]:
    if not node.has("fields"):
        return {}
    fields = node.at("fields")
    known = _with_gone(fields) if gone else fields.entries
    return {name: _kind(inner) for name, inner in known.items()}


def _with_gone(fields: Node) -> dict[str, Node]:
    """Return fields with those that were taken out, each before what follows it in its file: spans go by the order."""
    known = list(fields.entries.items())
    for name, inner in fields.gone.items():
        at = inner.key_location
        later = (
            index
            for index, (_, other) in enumerate(known)
            if other.key_location.file == at.file
            and (other.key_location.line, other.key_location.column) > (at.line, at.column)
        )
        known.insert(next(later, len(known)), (name, inner))
    return dict(known)


def _cell_kinds(pages: Mapping[str, Node], *, gone: bool) -> Iterator[tuple[str, Kind]]:
    for page in pages.values():
        if not page.has("cells"):
            continue
        cells = page.at("cells")
        for cell in (*cells.items, *(cells.gone.values() if gone else ())):
            if cell.has("id"):
                yield str(cell.at("id").value), _kind(cell)


def _kind(node: Node) -> Kind:
    found = FIELD_TYPES.get(str(node.at("type").value))
    return _KINDS[found.storage] if found else Kind.ANY
