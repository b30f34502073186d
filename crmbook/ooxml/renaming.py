"""New names for sheets, tables and table columns, and every formula that speaks of them.

``旧表[[#This Row],[旧列]]`` names a table and a column; in brackets ``[``, ``]``, ``#`` and ``'`` are written behind an
apostrophe. All renaming of one call happens at once, so that two columns may be exchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.ooxml import text
from crmbook.ooxml.formulapass import FormulaPass, may_speak_of
from crmbook.ooxml.formulatext import with_sheet_titles, with_table_references
from crmbook.ooxml.refs import reference
from crmbook.ooxml.xml import Document, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmbook.ooxml.deflate import Packed
    from crmbook.ooxml.package import Package
    from crmbook.ooxml.sheet import Sheet

_ITEM = re.compile(r"\[((?:[^\[\]']|'.)*)\]", re.DOTALL)
_ESCAPED = re.compile(r"'(.)", re.DOTALL)
_SPECIAL = re.compile(r"([\[\]#'])")


@dataclass(frozen=True)
class Renaming:
    """What is called otherwise from now on.

    Attributes
    ----------
    sheets, tables
        New names by old ones.
    columns
        By the old name of a table, its columns' new names by their old ones.
    """

    sheets: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.sheets or self.tables or any(self.columns.values()))


def rename(package: Package, renaming: Renaming) -> None:
    """Rename sheets, tables and columns of a workbook wherever they are spoken of.

    Raises
    ------
    EditError
        ``ooxml.signed``.
    """
    if not renaming:
        return
    headers = list(_headers(package, renaming))
    _Pass(package, renaming).run()
    for title, ref, name in headers:
        package.sheet(renaming.sheets.get(title, title)).set(ref, name)
    package.flush()


def _headers(package: Package, renaming: Renaming) -> Iterator[tuple[str, str, str]]:
    """Yield sheet, address and new text of the header cells."""
    for table in package.tables:
        names = _by_lower(renaming.columns).get(table.display_name.lower(), {})
        for number, old in enumerate(table.columns, table.area.left):
            if old in names and table.header_rows:
                yield table.sheet, reference(table.area.top, number), names[old]


def drop_defined_names(package: Package, names: Collection[str]) -> None:
    """Take defined names that hold in the whole workbook away."""
    wanted = {name.lower() for name in names}
    workbook = package.workbook
    holder = workbook.root.find("definedNames")
    items = holder.all("definedName") if holder else []
    gone = [
        item for item in items if (item.get("name") or "").lower() in wanted and not item.get("localSheetId")
    ]
    if holder is None or not gone:
        return
    edits = [holder.remove()] if len(gone) == len(items) else [item.remove() for item in gone]
    package.replace_part(workbook.part, splice(workbook.data, edits))


class _Pass(FormulaPass):
    """The pass over the workbook."""

    def __init__(self, package: Package, renaming: Renaming) -> None:
        super().__init__(package)
        self._sheets = renaming.sheets
        self._tables = {old.lower(): new for old, new in renaming.tables.items()}
        self._columns = {
            table: {old.lower(): new for old, new in names.items()}
            for table, names in _by_lower(renaming.columns).items()
        }
        self._exact = _by_lower(renaming.columns)

    def formula(self, written: str, home: str | None) -> str:  # noqa: ARG002 - no name depends on the sheet
        for old, new in self._sheets.items():
            written = with_sheet_titles(written, old, new)
        return with_table_references(written, self._reference)

    def _reference(self, table: str, columns: str) -> str:
        names = self._columns.get(table.lower())
        if names:
            columns = _with_columns(columns, names)
        return self._tables.get(table.lower(), table) + columns

    def concerns(self, sheet: Sheet) -> bool:
        return may_speak_of(sheet, [*self._sheets, *self._tables, *self._columns])

    def table_part(self, name: str, sheet: str) -> bytes:
        data = super().table_part(name, sheet)
        root = Document(data, name).root
        known = root.get("displayName") or root.get("name") or ""
        edits = []
        if known.lower() in self._tables:
            edits.append(root.set(name=self._tables[known.lower()], displayName=self._tables[known.lower()]))
        holder = root.find("tableColumns")
        names = self._exact.get(known.lower(), {})
        for item in holder.all("tableColumn") if holder else []:
            old = text.decode(item.get("name") or "")
            if old in names:
                edits.append(item.set(name=text.encode(names[old])))
        return splice(data, edits)

    def _contents(self) -> Iterator[tuple[str, bytes | Packed]]:
        yield from super()._contents()
        types = self.package.content_types
        for name in self.package.parts.names if self._sheets else ():
            if types.of(name).endswith("pivotCacheDefinition+xml"):
                root = Document(self.package.parts.read(name), name).root
                sources = [one for one in root.walk() if one.get("sheet") in self._sheets]
                edits = [one.set(sheet=self._sheets[one.get("sheet") or ""]) for one in sources]
                yield from self._differing(name, splice(root.document.data, edits))

    def names_part(self) -> bytes:
        data = super().names_part()
        root = Document(data, self.package.workbook.part).root
        holder = root.find("sheets")
        items = [one for one in (holder.all("sheet") if holder else []) if one.get("name") in self._sheets]
        return splice(data, [one.set(name=self._sheets[one.get("name") or ""]) for one in items])


def _by_lower(columns: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {table.lower(): names for table, names in columns.items()}


def _with_columns(brackets: str, names: Mapping[str, str]) -> str:
    """Return the brackets behind a table's name with its columns' new names (by their old ones in lower case)."""
    inner = brackets[1:-1]
    if not inner.lstrip().startswith("["):
        return f"[{_renamed(inner, names)}]"
    return f"[{_ITEM.sub(lambda match: f'[{_renamed(match[1], names)}]', inner)}]"


def _renamed(item: str, names: Mapping[str, str]) -> str:
    new = None if item.startswith("#") else names.get(_ESCAPED.sub(r"\1", item).lower())
    return item if new is None else _SPECIAL.sub(r"'\1", new)
