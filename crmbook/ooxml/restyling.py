"""Another look for a workbook: what looks as build once made it gets the looks that build would give it today.

Two workbooks show which look becomes which: the same sheets, built once with the old colours and fonts and once with the
new ones. A cell format of the workbook is ours where its font, fill, border and alignment mean the same as those of a
format of the first; its number format may be a person's own, and stays. Every other format is somebody's, and so is a
colour of a tab or of a chart that is not exactly the old one: they keep their bytes. Formats are changed in their
places, so that no cell is touched.

Programs write one look in many ways; what counts is what ISO/IEC 29500-1, 18.8 says an attribute means when it is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml.refs import parse_sheet_cell
from crmbook.ooxml.styleimport import PARTS, StyleSheet, added_items
from crmbook.ooxml.xml import Document, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.xml import Edit, Element

_OFF = frozenset({"0", "false", "none", "general", "bottom", "baseline", ""})
"""Values that say what would hold without them."""
_ON = frozenset({"1", "true", "single"})
_INK = "theme 1"
"""The colour of text that has none of its own: the theme's first dark one, or plain black."""
_BLACK = frozenset({"rgb FF000000", "indexed 8", "indexed 64", "auto 1"})
_FONT = ("sz", "b", "i", "u", "strike", "vertAlign")
_SIDES = {"left": "left", "start": "left", "right": "right", "end": "right", "top": "top", "bottom": "bottom"}
_ALIGNMENT = ("horizontal", "vertical", "indent", "wrapText", "textRotation", "shrinkToFit")
_CHART = re.compile(r"chart\+xml$")


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell format makes of a cell, but for its number format and the name of its font."""

    font: frozenset[tuple[str, str]]
    fill: str
    border: frozenset[tuple[str, str]]
    alignment: frozenset[tuple[str, str]]


def restyle(package: Package, before: Package, after: Package) -> None:
    """Give the cells of a workbook that look as in one workbook the looks of another one.

    Parameters
    ----------
    before, after
        The same sheets with the same cells, in the old looks and in the new ones.
    """
    package.flush()
    if package.styles.data is None:
        return
    mine, old, new = StyleSheet(package), StyleSheet(before), StyleSheet(after)
    wanted, name = _new_looks(before, after, old, new), _font_name(old.items("fonts")[0])
    counts = {kind: len(items) for kind, items in mine.lists.items()}
    edits: list[Edit] = []
    for item in [*mine.items("cellStyleXfs"), *mine.items("cellXfs")]:
        style = wanted.get(_look(mine, item))
        if style is not None:
            changed = _changed(mine, item, new, new.items("cellXfs")[style], name)
            edits += [item.set(**changed)] if changed else []
    for kind, items in mine.lists.items():
        edits += added_items(mine.root, kind, items[counts[kind] :])
    if edits:
        package.replace_part(mine.part, splice(mine.root.document.data, edits))


def _new_looks(before: Package, after: Package, old: StyleSheet, new: StyleSheet) -> dict[Look, int]:
    """Return which format of the new looks is where a look was; a look that became two is nobody's."""
    pairs: dict[Look, set[Look]] = {}
    found: dict[Look, int] = {}
    for was, now in {(0, 0), *_paired(before, after)}:
        look = _look(old, old.items("cellXfs")[was])
        pairs.setdefault(look, set()).add(_look(new, new.items("cellXfs")[now]))
        found[look] = now
    return {look: style for look, style in found.items() if len(pairs[look]) == 1}


def _changed(mine: StyleSheet, item: Element, new: StyleSheet, wanted: Element, name: str) -> dict[str, str]:
    """Return the attributes of a format of ours that make it look as wanted.

    Parameters
    ----------
    name
        The old font; another one, which a person or a program chose, stays, in the wanted colour.
    """
    look, then, changed = _look(mine, item), _look(new, wanted), {}
    for attribute, is_other in (("fillId", look.fill != then.fill), ("borderId", look.border != then.border)):
        if is_other:
            kind = PARTS[attribute][0]
            changed[attribute] = mine.place(kind, new.lists[kind][_at(wanted, attribute)])
    fonts, font = mine.items("fonts"), new.lists["fonts"][_at(wanted, "fontId")]
    own, now = _font_name(fonts[_at(item, "fontId")]), _font_name(new.items("fonts")[_at(wanted, "fontId")])
    if own not in {name, now}:
        font = font.replace(b'"%s"' % quote(now), b'"%s"' % quote(own))
    if look.font != then.font or own == name != now:
        changed["fontId"] = mine.place("fonts", font)
    return {attribute: str(at) for attribute, at in changed.items()}


def _font_name(item: Element) -> str:
    named = item.find("name")
    return (named.get("val") if named else None) or ""


def _paired(before: Package, after: Package) -> Iterator[tuple[int, int]]:
    """Yield the formats of each cell; the first format is that of all cells which nothing is stored of."""
    for title in (sheet.name for sheet in before.sheets):
        for was, now in zip(before.sheet(title).cells(), after.sheet(title).cells(), strict=True):
            yield was.style, now.style


def _at(item: Element, name: str) -> int:
    return natural(item.get(name)) or 0


def _look(styles: StyleSheet, item: Element) -> Look:
    parts = {}
    for name, (kind, _) in PARTS.items():
        known, at = styles.items(kind), _at(item, name)
        parts[name] = known[at] if at < len(known) else None
    alignment = item.find("alignment")
    return Look(
        _font(parts["fontId"]),
        _fill(parts["fillId"]),
        _border(parts["borderId"]),
        _said(alignment, _ALIGNMENT) if alignment else frozenset(),
    )


def _font(item: Element | None) -> frozenset[tuple[str, str]]:
    found = {("color", _INK)}
    for child in item.children if item else []:
        value = _value(child.get("val") if child.get("val") is not None else "1")
        if child.local == "color":
            found = {one for one in found if one[0] != "color"} | {("color", _colour(child))}
        elif child.local in _FONT and value:
            found.add((child.local, value))
    return frozenset(found)


def _value(written: str | None) -> str:
    """Return a value as its shortest spelling; nothing where it only says what would hold without it."""
    if written is None or written in _OFF:
        return ""
    return "1" if written in _ON else written.removesuffix(".0")


def _colour(item: Element) -> str:
    kinds = [
        f"{name} {(item.get(name) or '').upper()}"
        for name in ("rgb", "theme", "indexed", "auto")
        if item.get(name)
    ]
    shown = kinds[0] if kinds else _INK
    tint = _value(item.get("tint"))
    return _INK if shown in _BLACK else f"{shown} {tint}".strip()


def _fill(item: Element | None) -> str:
    pattern = item.find("patternFill") if item else None
    kind = _value(pattern.get("patternType")) if pattern else ""
    if item is not None and item.find("gradientFill"):
        return f"gradient {item.start}"
    if not kind or pattern is None:
        return ""
    colour = pattern.find("fgColor")
    return f"{kind} {_colour(colour) if colour else ''}"


def _border(item: Element | None) -> frozenset[tuple[str, str]]:
    found = set()
    for child in item.children if item else []:
        style = _value(child.get("style"))
        if style and child.local in _SIDES:
            colour = child.find("color")
            found.add((_SIDES[child.local], f"{style} {_colour(colour) if colour else ''}"))
        elif style:
            found.add((child.local, style))
    return frozenset(found)


def _said(item: Element, names: Collection[str]) -> frozenset[tuple[str, str]]:
    said = {name: _value(item.get(name)) for name in names}
    return frozenset((name, value) for name, value in said.items() if value)


def recolour_tabs(package: Package, titles: Collection[str], colours: Mapping[str, str]) -> None:
    """Colour the tabs of some sheets anew: by the six digits of their colour now, those of the new one."""
    for info in package.sheets:
        if info.name not in titles or info.kind != "worksheet":
            continue
        sheet = package.sheet(info.name)
        properties = sheet.frame.root.find("sheetPr")
        tab = properties.find("tabColor") if properties else None
        now = colours.get((tab.get("rgb") or "")[-6:].upper()) if tab else None
        if tab is not None and now:
            sheet.edit_frame([tab.set(rgb=f"FF{now}")])


def recolour_charts(
    package: Package, headers: Collection[tuple[str, int]], colours: Mapping[str, str]
) -> None:
    """Colour anew the charts whose series are all named by cells of some rows, given as sheet and row from 1."""
    types = package.content_types
    for name in [one for one in package.parts.names if _CHART.search(types.of(one))]:
        root = Document(package.parts.read(name), name).root
        named = [target[:2] for target in _series_names(root) if target]
        if named and all(target in headers for target in named):
            edits = list(_coloured(root, colours))
            if edits:
                package.replace_part(name, splice(root.document.data, edits))


def _series_names(root: Element) -> Iterator[tuple[str, int, int] | None]:
    for element in root.walk():
        named = element.find("tx") if element.local == "ser" else None
        for inner in named.walk() if named else ():
            if inner.local == "f":
                yield parse_sheet_cell(inner.text)


def _coloured(root: Element, colours: Mapping[str, str]) -> Iterator[Edit]:
    for element in root.walk():
        now = colours.get((element.get("val") or "").upper()) if element.local == "srgbClr" else None
        if now:
            yield element.set(val=now)
