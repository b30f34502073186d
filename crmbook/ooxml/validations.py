"""Data validations of a sheet: read, and put back where an office program dropped or shortened them.

They are in ``<dataValidations>`` of the main part, or, where Excel wants a reference to another sheet in them, in
an ``x14`` extension with ``<xm:sqref>`` and ``<xm:f>``. To set validations means that exactly they hold in their
ranges: others lose those cells and keep the rest of theirs, equal ones stay untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from crmbook.ooxml.refs import Area, parse_areas
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.xml import Edit, escape, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Document, Element

_ATTRIBUTES = {
    "type": "type",
    "operator": "operator",
    "error_style": "errorStyle",
    "allow_blank": "allowBlank",
    "hides_dropdown": "showDropDown",
    "shows_prompt": "showInputMessage",
    "shows_error": "showErrorMessage",
    "error_title": "errorTitle",
    "error": "error",
    "prompt_title": "promptTitle",
    "prompt": "prompt",
}


@dataclass(frozen=True, slots=True)
class Validation:
    """One data validation.

    Attributes
    ----------
    sqref
        Its ranges, separated by spaces.
    type
        ``list``, ``whole``, ``decimal``, ``date``, ``time``, ``textLength``, ``custom`` or ``none``.
    formula1, formula2
        What it compares with, without ``=``.
    operator
        ``between`` and the others of ST_DataValidationOperator.
    error_style
        ``stop``, ``warning`` or ``information``.
    """

    sqref: str
    type: str = "none"
    formula1: str = ""
    formula2: str = ""
    operator: str = "between"
    error_style: str = "stop"
    allow_blank: bool = False
    hides_dropdown: bool = False
    shows_prompt: bool = False
    shows_error: bool = False
    error_title: str = ""
    error: str = ""
    prompt_title: str = ""
    prompt: str = ""

    @property
    def areas(self) -> frozenset[Area]:
        """The ranges as numbers."""
        return frozenset(parse_areas(self.sqref))

    def equals(self, other: Validation) -> bool:
        """Return whether both say the same of the same cells."""
        same = all(getattr(self, item.name) == getattr(other, item.name) for item in fields(self)[1:])
        return same and self.areas == other.areas


_DEFAULTS = Validation("")


def read_validations(sheet: Sheet) -> list[Validation]:
    """Return the validations of a sheet, those of the extension last."""
    return [validation for _, validation in _stored(sheet.frame)]


def set_validations(sheet: Sheet, validations: Sequence[Validation]) -> None:
    """Make these validations, and no others, hold in their ranges."""
    frame = sheet.frame
    stored = list(_stored(frame))
    missing = [one for one in validations if not any(one.equals(other) for _, other in stored)]
    wanted = [area for one in validations for area in one.areas]
    edits: list[Edit] = []
    gone: set[int] = set()
    for element, validation in stored:
        if any(validation.equals(one) for one in validations):
            continue
        left = remainder(validation.areas, wanted)
        if not left:
            gone.add(element.start)
        elif left != validation.areas:
            edits.append(_moved(element, left))
    removed, emptied = _removals(frame, gone)
    edits += removed
    sheet.edit_frame([*edits, *_additions(frame, missing, gone, emptied)])


def remainder(areas: frozenset[Area], taken: Sequence[Area]) -> frozenset[Area]:
    """Return what is left of `areas` without the cells of `taken`."""
    left = list(areas)
    for other in taken:
        left = [piece for area in left for piece in area.minus(other)]
    return frozenset(left)


def written_areas(areas: frozenset[Area]) -> str:
    """Return ranges as they are written, in order."""
    return " ".join(map(str, sorted(areas)))


def _stored(frame: Document) -> Iterator[tuple[Element, Validation]]:
    for holder in _holders(frame):
        for element in holder.all("dataValidation"):
            yield element, _read(element)


def _holders(frame: Document) -> list[Element]:
    main = frame.root.all("dataValidations")
    extension = frame.root.find("extLst")
    return main + [
        item for item in (extension.walk() if extension else ()) if item.local == "dataValidations"
    ]


def _read(element: Element) -> Validation:
    values: dict[str, object] = {"sqref": element.get("sqref") or _child_text(element, "sqref")}
    for name, written in _ATTRIBUTES.items():
        found, default = element.get(written), getattr(_DEFAULTS, name)
        if found is not None:
            values[name] = found in {"1", "true"} if isinstance(default, bool) else found
    for name in ("formula1", "formula2"):
        values[name] = _child_text(element, name)
    return Validation(**values)  # type: ignore[arg-type]


def _child_text(element: Element, local: str) -> str:
    child = element.find(local)
    if child is None:
        return ""
    return child.children[0].text if child.children else child.text


def _moved(element: Element, areas: frozenset[Area]) -> Edit:
    if element.get("sqref") is not None:
        return element.set(sqref=written_areas(areas))
    holder = element.find("sqref")
    return (holder or element).replace_content(quote(written_areas(areas)))


def _removals(frame: Document, gone: set[int]) -> tuple[list[Edit], set[int]]:
    """Return the edits that take elements away, and the holders taken away with their last child."""
    edits: list[Edit] = []
    emptied = set()
    for holder in _holders(frame):
        children = holder.all("dataValidation")
        losing = [child for child in children if child.start in gone]
        if losing and len(losing) == len(children):
            emptied.add(holder.start)
            edits.append(outermost(frame, holder).remove())
        elif losing:
            edits += [child.remove() for child in losing]
            if holder.prefix != frame.root.prefix and holder.get("count") is not None:
                edits.append(holder.set(count=str(len(children) - len(losing))))
    return edits, emptied


def outermost(frame: Document, element: Element) -> Element:
    """Return the largest element that would be left with nothing inside if `element` went."""
    path = [item for item in frame.root.walk() if item.start <= element.start and element.end <= item.end]
    for parent, child in zip(path[-2:0:-1], path[:0:-1], strict=False):
        if len(parent.children) > 1:
            return child
    return path[1]


def _additions(
    frame: Document, missing: Sequence[Validation], gone: set[int], emptied: set[int]
) -> Iterator[Edit]:
    root = frame.root
    holder = root.find("dataValidations")
    new = b"".join(_element(one, root.prefix) for one in missing)
    if holder is not None and holder.start not in emptied:
        kept = sum(child.start not in gone for child in holder.all("dataValidation"))
        if holder.get("count") != str(kept + len(missing)):
            yield holder.set(count=str(kept + len(missing)))
        if new:
            yield holder.insert(new)
    elif new:
        tag = f"{root.prefix}dataValidations"
        whole = f'<{tag} count="{len(missing)}">'.encode() + new + f"</{tag}>".encode()
        yield insertion(root, "dataValidations", whole, WORKSHEET)


def _element(validation: Validation, prefix: str) -> bytes:
    attributes = ""
    for name, written in _ATTRIBUTES.items():
        value = getattr(validation, name)
        if value != getattr(_DEFAULTS, name):
            shown = "1" if value is True else quote(str(value)).decode()
            attributes += f' {written}="{shown}"'
    formulas = "".join(
        f"<{prefix}{name}>{escape(text).decode()}</{prefix}{name}>"
        for name, text in (("formula1", validation.formula1), ("formula2", validation.formula2))
        if text
    )
    tag = f"{prefix}dataValidation"
    return f'<{tag}{attributes} sqref="{written_areas(validation.areas)}">{formulas}</{tag}>'.encode()
