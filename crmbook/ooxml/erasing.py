"""Taking something out of a whole package: rows with all that hangs on them, and texts wherever a part holds them.

A row is emptied in place, formulas and side notes included, and so are the comments on its cells; shared strings that no
cell shows any more are emptied. What may stay of any other text, a function says: it is asked for each text of each part
(cells, comments, drawings, caches of charts and pivots, properties, names, lists), also where the text is spread over
several runs, and for the parts of an embedded workbook. What is no XML and no package is left as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from crmbook.ooxml.erasednumbers import erase_around_numbers, without_numbers
from crmbook.ooxml.errors import EditError, OoxmlError
from crmbook.ooxml.refs import parse_cell
from crmbook.ooxml.rowsplice import CellEdit
from crmbook.ooxml.xml import unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from crmbook.ooxml.cells import Cell
    from crmbook.ooxml.package import Package
    from crmbook.ooxml.sheet import Sheet

    Stays = Callable[[str], str]

_XML: Final = (".xml", ".vml", ".rels")
_EMBEDDED: Final = (".xlsx", ".xlsm", ".docx", ".pptx")
_RICH: Final = re.compile(
    rb"<(?P<name>(?:\w+:)?(?:si|is|text|p))(?:\s[^<>]*+)?>"
    rb"(?P<inside>(?:[^<]++|<(?!/?(?:\w+:)?(?:si|is|text|p)[\s>]))*+)</(?P=name)\s*+>"
)
_RUN: Final = re.compile(rb"(<(?P<name>(?:\w+:)?t)(?:\s[^<>]*+)?>)([^<]*+)(</(?P=name)\s*+>)")
_TEXT: Final = re.compile(rb">([^<>]+)<")
_ATTRIBUTE: Final = re.compile(rb"""(=\s*)("[^"<]+"|'[^'<]+')""")
_COMMENT: Final = re.compile(
    rb"<(?P<name>(?:\w+:)?(?:comment|threadedComment))(?=[\s>])[^<>]*?\sref\s*=\s*[\"'](?P<ref>[A-Za-z]+[0-9]+)[\"'].*?</(?P=name)\s*+>",
    re.DOTALL,
)
_INDEX: Final = re.compile(rb">\s*([0-9]{1,9})\s*</(?:\w+:)?v\s*>")
_SAID: Final = re.compile(rb"(>)([^<>]+)(<)")


@dataclass(frozen=True)
class Erasure:
    """What goes.

    Attributes
    ----------
    is_gone
        Whether the text of a cell says that its row goes: one of the hidden row ids.
    is_kept
        Whether it says that its row stays, without the person's name.
    swap
        What may stay of a cell of such a row, by its text.
    stays
        What may stay of any other text.
    rows
        Rows that go besides, by sheet.
    cells
        By sheet, row and column (from 1) of cells of rows that stay in which nothing may stay but what `swap` puts there.
    pages
        Sheets whose formulas show what other sheets hold: where a row goes, so do the texts that they last showed.
    hints
        What is in a part in which another text than one of several runs must change; empty: any part may be one.
    """

    is_gone: Callable[[str], bool]
    is_kept: Callable[[str], bool] = lambda _text: False
    swap: Stays = lambda text: text
    stays: Stays = lambda text: text
    rows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    cells: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    pages: frozenset[str] = frozenset()


@dataclass
class Erased:
    """What went: rows by sheet, and how many other texts were changed."""

    rows: dict[str, set[int]] = field(default_factory=dict)
    texts: int = 0


def erase(package: Package, wanted: Erasure) -> Erased:
    """Take something out of a package.

    Raises
    ------
    EditError
        ``ooxml.signed``.
    """
    done = Erased()
    titles = [info.name for info in package.sheets if info.kind == "worksheet"]
    for title in titles:
        _erase_rows(package.sheet(title), wanted, done)
    for title in titles:
        if title in done.rows:
            _erase_comments(package, package.sheet(title), done.rows[title])
        if title in wanted.pages and done.rows:
            _erase_shown(package.sheet(title), done)
    package.drop_unused_texts()
    package.flush()
    for name in package.parts.names:
        if name.lower().endswith(_XML):
            _erase_texts(package, name, wanted, done)
        elif name.lower().endswith(_EMBEDDED):
            _erase_embedded(package, name, wanted, done)
    return done


def find_rows(package: Package, is_wanted: Callable[[str], bool]) -> dict[str, dict[int, list[Cell]]]:
    """Return, by sheet and row, the cells of the rows in which a cell's whole text is a wanted one."""
    found: dict[str, dict[int, list[Cell]]] = {}
    for info in package.sheets:
        if info.kind == "worksheet":
            rows = dict(_iter_rows(package.sheet(info.name), is_wanted))
            if rows:
                found[info.name] = rows
    return found


def _iter_rows(sheet: Sheet, is_wanted: Callable[[str], bool]) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows in which a cell says a wanted text; only those are parsed that may hold one."""
    texts = sheet.texts()
    indexes = {b"%d" % index for index, text in enumerate(texts) if is_wanted(text)}
    maybe = {
        number for number, raw in sheet.rows() if b"<is" in raw or not indexes.isdisjoint(_INDEX.findall(raw))
    }
    row: list[Cell] = []
    for cell in sheet.cells(maybe):
        if row and cell.row != row[0].row:
            if any(_says(one, is_wanted) for one in row):
                yield row[0].row, row
            row = []
        row.append(cell)
    if any(_says(one, is_wanted) for one in row):
        yield row[0].row, row


def _says(cell: Cell, is_wanted: Callable[[str], bool]) -> bool:
    return isinstance(cell.value, str) and is_wanted(cell.value)


def _erase_rows(sheet: Sheet, wanted: Erasure, done: Erased) -> None:
    gone: set[int] = set(wanted.rows.get(sheet.title, ()))
    telling = list(_iter_rows(sheet, lambda text: wanted.is_gone(text) or wanted.is_kept(text)))
    for number, cells in telling:
        if any(_says(cell, wanted.is_gone) for cell in cells):
            gone.add(number)
        else:
            _swap(sheet, cells, wanted, done)
    if not gone:
        return
    done.rows[sheet.title] = gone
    try:
        sheet.clear_rows(gone)
    except EditError:
        for cell in list(sheet.cells(gone)):
            if cell.kind != "blank":
                _set(sheet, cell.row, cell.column, None)
    sheet.flush()


def _swap(sheet: Sheet, cells: Sequence[Cell], wanted: Erasure, done: Erased) -> None:
    """Leave in a row that stays what may stay there."""
    emptied = wanted.cells.get(sheet.title, frozenset())
    for cell in cells:
        if not isinstance(cell.value, str):
            continue
        stays = wanted.swap(cell.value)
        if stays == cell.value and (cell.row, cell.column) in emptied:
            stays = ""
        if stays != cell.value:
            _set(sheet, cell.row, cell.column, stays or None, is_formula=cell.formula is not None)
            done.texts += 1


def _erase_shown(sheet: Sheet, done: Erased) -> None:
    """Empty the texts that formulas of a sheet last showed; the formulas stay."""
    for cell in list(sheet.cells()):
        if cell.formula is not None and isinstance(cell.value, str) and cell.value:
            _set(sheet, cell.row, cell.column, None, is_formula=True)
            done.texts += 1


def _set(sheet: Sheet, row: int, column: int, value: str | None, *, is_formula: bool = False) -> None:
    try:
        sheet.set_at(row, column, CellEdit(value, keeps_formula=is_formula))
    except EditError as error:
        if error.code == "ooxml.signed":
            raise


def _erase_comments(package: Package, sheet: Sheet, rows: set[int]) -> None:
    """Empty the comments on cells of some rows; their boxes stay, so that what points at them does."""
    for kind in ("comments", "threadedComment", "threadedComments"):
        for item in package.relationships(sheet.info.part).of_kind(kind):
            if not package.parts.has(item.target):
                continue
            old = package.parts.read(item.target)

            def emptied(match: re.Match[bytes]) -> bytes:
                is_there = parse_cell(match["ref"].decode().upper())[0] in rows
                return _SAID.sub(rb"\1\3", match[0]) if is_there else match[0]

            new = _COMMENT.sub(emptied, old)
            if new != old:
                package.replace_part(item.target, new)


def _erase_texts(package: Package, name: str, wanted: Erasure, done: Erased) -> None:
    old, stays = package.parts.read(name), wanted.stays
    new = _RICH.sub(lambda match: _joined(match, stays, done), old) if b"<r>" in old or b":r>" in old else old
    if wanted.hints and not _holds_hint(new, wanted.hints):
        if new != old:
            package.replace_part(name, new)
        return
    before = done.texts
    new = without_numbers(new, stays)
    new = erase_around_numbers(new, stays, lambda data: _without_texts(data, stays, done))
    if new != old:
        done.texts += done.texts == before
        package.replace_part(name, new)


def _without_texts(data: bytes, stays: Stays, done: Erased) -> bytes:
    """Return XML with what may stay of each text and attribute."""
    data = _TEXT.sub(lambda match: b">" + _blotted(match[1], stays, done) + b"<", data)
    return _ATTRIBUTE.sub(
        lambda match: match[1] + match[2][:1] + _blotted(match[2][1:-1], stays, done) + match[2][-1:], data
    )


def _holds_hint(data: bytes, hints: Sequence[str]) -> bool:
    """Return whether a part may hold one of some texts; a program that writes ``&#24352;`` for 张 may hide any."""
    return b"&#" in data or any(_escaped(hint) in data or hint.encode() in data for hint in hints)


def _joined(match: re.Match[bytes], stays: Stays, done: Erased) -> bytes:
    """Return a text of several runs; where it must change, all that stays of it is in the first."""
    runs = list(_RUN.finditer(match["inside"]))
    if len(runs) < 2:
        return match[0]
    text = "".join(unescape(run[3]) for run in runs)
    kept = stays(text)
    if kept == text:
        return match[0]
    done.texts += 1
    texts = iter([_escaped(kept)] + [b""] * len(runs))
    inside = _RUN.sub(lambda run: run[1] + next(texts) + run[4], match["inside"])
    return match[0].replace(match["inside"], inside, 1)


def _blotted(raw: bytes, stays: Stays, done: Erased) -> bytes:
    if raw.isspace():
        return raw
    try:
        text = unescape(raw)
    except (UnicodeDecodeError, OoxmlError):
        return raw
    kept = stays(text)
    if kept == text:
        return raw
    done.texts += 1
    return _escaped(kept)


def _escaped(text: str) -> bytes:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;")):
        text = text.replace(char, entity)
    return text.encode()


def _erase_embedded(package: Package, name: str, wanted: Erasure, done: Erased) -> None:
    try:
        inner = type(package).open(package.parts.read(name))
        erased = erase(inner, wanted)
    except OoxmlError:
        return
    if erased.rows or erased.texts:
        done.texts += 1
        package.replace_part(name, inner.to_bytes())
