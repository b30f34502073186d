"""Programs that do not run here, by what they do to a file: each is a row of habits that a save goes through.

What a program leaves out or spells anew is known from its source or from files of its making. A habit changes the
parts of the package; none of them changes what a cell says.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lxml import etree

from tests.programs.markup import Parts, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Habit = Callable[[Parts], None]

_STRINGS = re.compile(r'("(?:[^"]|"")*")')
_THIS_ROW = re.compile(r"\[\[#This Row\],\[([^\]]+)\]\]")
_COLUMN = re.compile(r"(?<![\w.\]])([^\W\d][\w.]*)\[(?:\[#This Row\],)?\[?([^\[\]#]+)\]?\]")
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


def _respell(parts: Parts, spell: Callable[[str, str, str], str]) -> None:
    """Spell every formula of a cell anew, outside of its texts; `spell` gets sheet, address and a piece."""
    for title, _, root in parts.sheets():
        for cell in root.iter(tag("c")):
            formula = cell.find(tag("f"))
            if formula is not None and formula.text:
                pieces = _STRINGS.split(formula.text)
                pieces[::2] = [spell(title, cell.get("r"), piece) for piece in pieces[::2]]
                formula.text = "".join(pieces)


# what goes


def no_custom_properties(parts: Parts) -> None:
    parts.drop_parts(r"docProps/custom\.xml")


def no_properties(parts: Parts) -> None:
    parts.drop_parts(r"docProps/.*")


def no_names(parts: Parts) -> None:
    for item in list(parts.book.iter(tag("definedNames"))):
        parts.book.remove(item)


def no_hidden_names(parts: Parts) -> None:
    for item in list(parts.book.iter(tag("definedName"))):
        if item.get("hidden") == "1":
            item.getparent().remove(item)


def shown_names(parts: Parts) -> None:
    for item in parts.book.iter(tag("definedName")):
        item.attrib.pop("hidden", None)


def no_tables(parts: Parts) -> None:
    parts.drop_elements("tableParts")
    parts.drop_parts(r"xl/tables/.*")


def plain_tables(parts: Parts) -> None:
    """Keep of tables no more than their ranges and headers."""
    for name in [name for name in parts.data if name.startswith("xl/tables/")]:
        root = parts.xml(name)
        for item in [*root.iter(tag("calculatedColumnFormula")), *root.iter(tag("tableStyleInfo"))]:
            item.getparent().remove(item)


def no_panes(parts: Parts) -> None:
    parts.drop_elements("sheetViews")


def bare_views(parts: Parts) -> None:
    """Keep the views of sheets and nothing of how they are split."""
    parts.drop_elements("pane")


def no_formats(parts: Parts) -> None:
    parts.drop_elements("conditionalFormatting")


def no_validations(parts: Parts) -> None:
    parts.drop_elements("dataValidations")


def no_extensions(parts: Parts) -> None:
    parts.drop_elements("extLst")


def no_ignored_errors(parts: Parts) -> None:
    parts.drop_elements("ignoredErrors")


def no_drawings(parts: Parts) -> None:
    """Drop charts and pictures, and the notes of cells with them."""
    parts.drop_elements("drawing", "legacyDrawing")
    parts.drop_parts(r"xl/(drawings|charts|media)/.*|xl/comments.*")


def no_widths(parts: Parts) -> None:
    """Drop the columns' widths and styles, and that some are hidden."""
    parts.drop_elements("cols")


def no_theme(parts: Parts) -> None:
    parts.drop_parts(r"xl/theme/.*")


def no_metadata(parts: Parts) -> None:
    """Drop what marks a formula as one of an array that grows by itself."""
    parts.drop_parts(r"xl/metadata\.xml")
    for cell in parts.cells():
        cell.attrib.pop("cm", None)


def no_styles(parts: Parts) -> None:
    """Keep number formats and nothing else of how cells look."""
    for name in ("fonts", "fills", "borders"):
        holder = parts.styles.find(tag(name))
        for item in list(holder)[2 if name == "fills" else 1 :]:
            holder.remove(item)
        holder.set("count", str(len(holder)))
    for item in parts.styles.iter(tag("xf")):
        for name in ("fontId", "fillId", "borderId"):
            item.set(name, "0")


# values


def no_cached_values(parts: Parts) -> None:
    for cell in parts.cells():
        value = cell.find(tag("v"))
        if cell.find(tag("f")) is not None and value is not None:
            cell.remove(value)
            cell.attrib.pop("t", None)


def inline_texts(parts: Parts) -> None:
    texts = parts.texts()
    for cell in parts.cells():
        if cell.get("t") == "s":
            value = cell.find(tag("v"))
            held = etree.SubElement(cell, tag("is"))
            held.extend([etree.fromstring(etree.tostring(item)) for item in texts[int(value.text)]])
            cell.remove(value)
            cell.set("t", "inlineStr")
    parts.drop_parts(r"xl/sharedStrings\.xml")


def renumbered_texts(parts: Parts) -> None:
    """Write the shared texts in the reverse order."""
    texts = parts.texts()
    holder = parts.xml("xl/sharedStrings.xml")
    holder[:] = list(reversed(texts))
    for cell in parts.cells():
        if cell.get("t") == "s":
            value = cell.find(tag("v"))
            value.text = str(len(texts) - 1 - int(value.text))


def plain_texts(parts: Parts) -> None:
    """Write each cell's text as a formula's result is written."""
    texts = ["".join(item.itertext(tag("t"))) for item in parts.texts()]
    for cell in parts.cells():
        if cell.get("t") == "s":
            value = cell.find(tag("v"))
            value.text = texts[int(value.text)]
            cell.set("t", "str")


def dates_as_text(parts: Parts) -> None:
    """Write dates as ISO texts of the type that is for them, at midnight of Greenwich."""
    dated = _date_styles(parts.styles)
    for cell in parts.cells():
        value = cell.find(tag("v"))
        typed = cell.find(tag("f")) is None and value is not None and value.text and cell.get("t", "n") == "n"
        if typed and int(cell.get("s", 0)) in dated:
            moment = _EPOCH + timedelta(days=float(value.text))
            value.text = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            cell.set("t", "d")


def _date_styles(styles: etree._Element) -> set[int]:
    codes = {item.get("numFmtId"): item.get("formatCode") for item in styles.iter(tag("numFmt"))}
    dated = {
        key for key, code in codes.items() if re.search(r"[yd]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", code))
    }
    dated |= {str(number) for number in range(14, 18)} | {"22"}
    return {
        number for number, item in enumerate(styles.find(tag("cellXfs"))) if item.get("numFmtId") in dated
    }


def seventeen_digits(parts: Parts) -> None:
    for cell in parts.cells():
        value = cell.find(tag("v"))
        if cell.get("t", "n") == "n" and value is not None and value.text:
            value.text = format(float(value.text), ".17G")


def sixteen_digits(parts: Parts) -> None:
    for cell in parts.cells():
        value = cell.find(tag("v"))
        if cell.get("t", "n") == "n" and value is not None and value.text:
            value.text = format(float(value.text), ".16g")


# formulas


def no_prefixes(parts: Parts) -> None:
    """Spell functions that came after 2007 without the mark by which a file says so."""
    _respell(parts, lambda _sheet, _ref, piece: piece.replace("_xlfn.", ""))


def short_rows(parts: Parts) -> None:
    """Spell this row as people type it."""
    _respell(parts, lambda _sheet, _ref, piece: _THIS_ROW.sub(r"[@[\1]]", piece))


def as_ranges(parts: Parts) -> None:
    """Write references by table and header as the cells that they stand for."""
    places = _table_places(parts)

    def ranges(title: str, ref: str, piece: str) -> str:
        def cells(match: re.Match[str]) -> str:
            sheet, top, bottom, columns = places[match[1]]
            letters = columns[match[2]]
            here = "" if sheet == title else f"'{sheet}'!"
            if "#This Row" in match[0]:
                return f"{here}{letters}{re.sub(r'[A-Z]', '', ref)}"
            return f"{here}${letters}${top}:${letters}${bottom}"

        return _COLUMN.sub(cells, piece)

    _respell(parts, ranges)


def _table_places(parts: Parts) -> dict[str, tuple[str, int, int, dict[str, str]]]:
    """Return by table its sheet, its first and last row of data, the letters of its columns by header."""
    places = {}
    for title, part, _ in parts.sheets():
        rels = re.sub(r"([^/]+)$", r"_rels/\1.rels", part)
        links = parts.xml(rels) if rels in parts.data else ()
        for link in links:
            if link.get("Type").endswith("/table"):
                root = parts.xml(f"xl/tables/{link.get('Target').rsplit('/', 1)[1]}")
                left, top, _, bottom = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", root.get("ref")).groups()
                columns = {
                    item.get("name"): _letters(_number(left) + place)
                    for place, item in enumerate(root.iter(tag("tableColumn")))
                }
                places[root.get("displayName")] = (title, int(top) + 1, int(bottom), columns)
    return places


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def no_formulas(parts: Parts) -> None:
    """Leave values where formulas were."""
    for cell in parts.cells():
        formula = cell.find(tag("f"))
        if formula is not None:
            cell.remove(formula)


def true_as_function(parts: Parts) -> None:
    for cell in parts.cells():
        value = cell.find(tag("v"))
        if cell.get("t") == "b" and cell.find(tag("f")) is None:
            formula = etree.Element(tag("f"))
            formula.text = "TRUE()" if value.text == "1" else "FALSE()"
            cell.insert(0, formula)


# the package


def no_addresses(parts: Parts) -> None:
    """Write rows that have no gap before them without their numbers."""
    for _, _, root in parts.sheets():
        for item in root.iter(tag("row")):
            item.attrib.pop("spans", None)


def other_parts(parts: Parts) -> None:
    parts.rename_parts(r"sheet(\d+)\.xml", r"Sheet_0\1.xml", absolute=True)


def padded(parts: Parts) -> None:
    """Fill every sheet with empty cells that have a style, down to 200 rows."""
    for _, _, root in parts.sheets():
        data = root.find(tag("sheetData"))
        last = int(data[-1].get("r")) if len(data) else 0
        for number in range(last + 1, 201):
            row = etree.SubElement(data, tag("row"), r=str(number))
            etree.SubElement(row, tag("c"), r=f"A{number}", s="0")


MIMICS: Final[Mapping[str, tuple[Habit, ...]]] = {
    "poi": (renumbered_texts, sixteen_digits, no_addresses),
    "poi-streaming": (inline_texts, no_cached_values, no_addresses),
    "excelize": (no_cached_values, no_addresses, renumbered_texts),
    "sheetjs": (
        no_tables, no_panes, no_formats, no_validations, no_extensions, no_ignored_errors, no_drawings, no_widths, no_styles,
        no_prefixes, dates_as_text, no_metadata, plain_texts,
    ),
    "sheetjs-values": (
        no_custom_properties, no_names, no_formulas, no_tables, no_panes, no_formats, no_validations, no_extensions, no_ignored_errors,
        no_drawings, no_widths, no_styles, dates_as_text, no_metadata, plain_texts,
    ),
    "xlsx-populate": (no_cached_values, renumbered_texts, no_addresses),
    "wps": (seventeen_digits, renumbered_texts, no_extensions, no_metadata, short_rows, plain_tables),
    "excel-online": (seventeen_digits, renumbered_texts),
    "numbers": (
        no_properties, as_ranges, no_names, no_tables, no_formats, no_validations, no_extensions, no_ignored_errors, no_drawings,
        no_theme, no_metadata, other_parts,
    ),
    "google-sheets": (
        no_properties, as_ranges, no_hidden_names, no_tables, no_extensions, no_ignored_errors, no_drawings, no_metadata, padded,
        true_as_function,
    ),
    "openxml-sdk": (no_custom_properties, shown_names, no_cached_values, plain_tables, other_parts, inline_texts),
}  # fmt: skip
"""By program, what a save in it goes through."""


def save_as(program: str, path: Path) -> None:
    """Save a workbook in its place as a program does that is known by its habits."""
    parts = Parts(path)
    for habit in MIMICS[program]:
        habit(parts)
    parts.save(order=program.startswith("poi"))
