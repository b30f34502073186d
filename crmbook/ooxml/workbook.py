"""``xl/workbook.xml``: the sheets, the defined names, the date system and how the workbook is calculated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.ooxml import refs
from crmbook.ooxml.errors import EditError, MissingError, PartError
from crmbook.ooxml.relationships import STRICT, TRANSITIONAL
from crmbook.ooxml.schemaorder import WORKBOOK, insertion
from crmbook.ooxml.xml import Document, Edit, Element, escape, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmbook.ooxml.relationships import Relationships

MAX_SHEETS = 1_000
MAX_NAME = 255
_BUILT_IN = "_xlnm."
_NAME = re.compile(r"(?:[^\W\d]|\\)[\w.\\?]*\Z")
_R1C1 = re.compile(r"(?:[Rr][0-9]*(?:[Cc][0-9]*)?|[Cc][0-9]*)\Z")
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """One tab.

    Attributes
    ----------
    name
        Title as shown.
    part
        Name of the part; empty where the relationship leads nowhere.
    kind
        ``worksheet``, ``chartsheet``, ``dialogsheet`` or ``xlMacrosheet``.
    state
        ``visible``, ``hidden`` or ``veryHidden``.
    index
        Position among the tabs, from 0.
    """

    name: str
    part: str
    kind: str
    state: str
    index: int


@dataclass(frozen=True, slots=True)
class DefinedName:
    """One defined name.

    Attributes
    ----------
    formula
        What it stands for, without ``=``.
    sheet
        Title of the sheet it is local to, None if it holds in the whole workbook.
    """

    name: str
    formula: str
    sheet: str | None
    hidden: bool


def checked_name(name: str) -> str:
    """Return a defined name, if Excel takes it: a letter or ``_`` first, no blanks, nothing like a cell.

    Raises
    ------
    EditError
        ``ooxml.bad-name``.
    """
    bare = name.removeprefix(_BUILT_IN)
    if len(name) > MAX_NAME or _NAME.match(bare) is None or _is_like_cell(bare):
        raise EditError("ooxml.bad-name", name=name)
    return name


def _is_like_cell(name: str) -> bool:
    try:
        refs.parse_cell(name)
    except EditError:
        return _R1C1.match(name) is not None
    return True


def find_name(data: bytes, name: str, read: Callable[[], Iterable[DefinedName]]) -> str | None:
    """Return what one name stands for in a workbook part; all names are `read` only where it is written unusually."""
    plain = re.escape(name.encode())
    if not re.search(plain + b"|&#", data, re.IGNORECASE):
        return None
    found = re.findall(
        rb'<definedName name="' + plain + rb'"(?: hidden="1")?>([^<&]*(?:&(?:amp|quot);[^<&]*)*)<', data
    )
    if len(found) == 1:
        return str(found[0].replace(b"&quot;", b'"').replace(b"&amp;", b"&"), "utf-8", "replace")
    named = [item.formula for item in read() if item.name.lower() == name.lower() and item.sheet is None]
    return named[0] if named else None


class Workbook:
    """The workbook part; every change returns the part's new bytes."""

    def __init__(self, data: bytes, part: str, relationships: Relationships) -> None:
        self.data = data
        self.part = part
        self.root = Document(data, part).root
        if self.root.local != "workbook":
            raise PartError("ooxml.not-a-workbook", part=part)
        self.is_strict = self.root.uri == STRICT_MAIN
        self.relationships_uri = STRICT if self.is_strict else TRANSITIONAL
        self.sheets = tuple(self._read_sheets(relationships))
        if len(self.sheets) > MAX_SHEETS:
            raise PartError("ooxml.part-too-large", part=part)

    @property
    def date1904(self) -> bool:
        """Return whether day 0 is 1904-01-01."""
        properties = self.root.find("workbookPr")
        return properties is not None and properties.get("date1904") in {"1", "true"}

    @cached_property
    def defined_names(self) -> tuple[DefinedName, ...]:
        """All defined names, in the order written."""
        return tuple(
            DefinedName(
                item.get("name") or "", item.text, self._title(item), item.get("hidden") in {"1", "true"}
            )
            for item in self._names()
        )

    def with_defined_names(self, names: Sequence[DefinedName]) -> bytes:
        """Return the part with these names defined, each replacing the one of the same name and scope.

        Raises
        ------
        MissingError
            ``ooxml.missing-sheet`` if the sheet that one is local to does not exist.
        """
        wanted = {(name.name.lower(), name.sheet): name for name in names}
        edits = []
        for item in self._names():
            name = wanted.pop(((item.get("name") or "").lower(), self._title(item)), None)
            if name and (item.text, item.get("hidden") in {"1", "true"}) != (name.formula, name.hidden):
                edits.append(Edit(item.start, item.end, self._name_element(name)))
        if wanted:
            edits.append(self._with_new_names(b"".join(map(self._name_element, wanted.values()))))
        return splice(self.data, edits) if edits else self.data

    def _with_new_names(self, elements: bytes) -> Edit:
        holder = self.root.find("definedNames")
        if holder is not None:
            return holder.insert(elements)
        tag = f"{self.root.prefix}definedNames"
        return insertion(
            self.root, "definedNames", f"<{tag}>".encode() + elements + f"</{tag}>".encode(), WORKBOOK
        )

    def with_sheet_shown(self, name: str) -> bytes:
        """Return the part with a sheet visible; as it is where the sheet is not hidden or not there."""
        holder = self.root.find("sheets")
        for item in holder.all("sheet") if holder else []:
            if item.get("name") == name and item.get("state") == "hidden":
                return splice(self.data, [item.set(state="visible")])
        return self.data

    def with_full_calculation(self) -> bytes:
        """Return the part with the wish that everything be calculated when the workbook is opened."""
        settings = self.root.find("calcPr")
        if settings is None:
            element = f'<{self.root.prefix}calcPr fullCalcOnLoad="1"/>'.encode()
            return splice(self.data, [insertion(self.root, "calcPr", element, WORKBOOK)])
        if settings.get("fullCalcOnLoad") in {"1", "true"}:
            return self.data
        return splice(self.data, [settings.set(fullCalcOnLoad="1")])

    def _read_sheets(self, relationships: Relationships) -> list[SheetInfo]:
        holder = self.root.find("sheets")
        found = []
        for index, item in enumerate(holder.all("sheet") if holder else []):
            target = relationships.by_id(item.get("id", TRANSITIONAL) or item.get("id", STRICT) or "")
            state = item.get("state") or "visible"
            part, kind = (target.target, target.kind) if target and not target.external else ("", "")
            found.append(SheetInfo(item.get("name") or "", part, kind, state, index))
        return found

    def _names(self) -> list[Element]:
        holder = self.root.find("definedNames")
        return holder.all("definedName") if holder else []

    def _title(self, item: Element) -> str | None:
        local = natural(item.get("localSheetId"))
        return None if local is None or local >= len(self.sheets) else self.sheets[local].name

    def _name_element(self, name: DefinedName) -> bytes:
        attributes = f' name="{quote(name.name).decode()}"'
        if name.sheet is not None:
            index = next((sheet.index for sheet in self.sheets if sheet.name == name.sheet), None)
            if index is None:
                raise MissingError("ooxml.missing-sheet", sheet=name.sheet)
            attributes += f' localSheetId="{index}"'
        if name.hidden:
            attributes += ' hidden="1"'
        tag = f"{self.root.prefix}definedName"
        return f"<{tag}{attributes}>{escape(name.formula).decode()}</{tag}>".encode()
