"""A file → its lists, each with what a person said of it, or what is remembered of such lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import read_bytes
from crmbook.exchange.intake.failures import is_of_failures
from crmbook.exchange.intake.origins import take_origins
from crmbook.exchange.lots.model import Lot
from crmbook.exchange.lots.source import open_source, read_whole
from crmbook.exchange.mapping import from_yaml, read_memory, shape_of
from crmbook.exchange.mapping.sections import with_wanted_name
from crmbook.exchange.sources.model import SourceLayout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crmbook.exchange.lots.model import ListWish
    from crmbook.exchange.mapping import Memory
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.preview.read import Preview
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book
    from crmbook.store import MapRecord


def open_lots(path: Path, book: Book, maps: Sequence[MapRecord], wish: ListWish) -> Iterator[Lot]:
    """Yield the lists of a file that have rows; of its hidden sheets the one that was asked for alone.

    Raises
    ------
    CrmbookError
        See `crmbook.exchange.read_source`; ``schema.…`` of a map with mistakes.
    """
    layout, mapping = SourceLayout(sheet=wish.sheet), None
    if wish.map_file is not None:
        text = read_bytes(wish.map_file).decode("utf-8-sig", "replace")
        mapping, said = from_yaml(text, book, str(wish.map_file))
        layout = replace(said, sheet=wish.sheet or said.sheet)
    source = open_source(path, book, layout)
    remembers = mapping is None and not (source.kind == "xlsx" and is_of_failures(path))
    for sheet in source.sheets:
        if (sheet.is_hidden and sheet.title != layout.sheet) or not len(sheet.frame):
            continue
        if layout.sheet not in {"", sheet.title} and sheet.table:
            continue
        lot = _lot(source, with_wanted_name(sheet, mapping, book.lang), layout, mapping)
        memory = _memory(lot.sheet, book, maps, wish) if remembers and not sheet.table else None
        yield from [lot] if memory is None else _as_remembered(lot, book, memory)


def _memory(sheet: SourceSheet, book: Book, maps: Sequence[MapRecord], wish: ListWish) -> Memory | None:
    """Return what is remembered of such lists, unless a person wants another table."""
    record = next((one for one in maps if one.shape == shape_of(sheet)), None)
    memory = read_memory(record, book) if record is not None else None
    return None if memory is None or wish.table not in {"", memory.mapping.table} else memory


def _as_remembered(lot: Lot, book: Book, memory: Memory) -> Iterator[Lot]:
    """Yield a list, read as such lists must be."""
    if memory.layout == SourceLayout():
        yield replace(lot, memory=memory)
        return
    title = lot.sheet.title if len(lot.source.sheets) > 1 else lot.layout.sheet
    as_known = replace(memory.layout, sheet=title)
    again = read_whole(lot.source.path, book, as_known)
    for one in again.sheets:
        named = with_wanted_name(one, memory.mapping, book.lang)
        yield replace(_lot(again, named, as_known), memory=memory)


def answered_lots(answer: Preview, book: Book) -> Iterator[Lot]:
    """Yield the list that a preview is about, as its answer has it."""
    source = open_source(answer.source, book, answer.layout)
    for sheet in source.sheets:
        if sheet.table and answer.layout.sheet not in {"", sheet.title}:
            continue
        named = with_wanted_name(sheet, answer.mapping, book.lang)
        lot = _lot(source, named, answer.layout, answer.mapping)
        yield replace(lot, decisions=answer.decisions, is_answered=True)


def _lot(source: Source, sheet: SourceSheet, layout: SourceLayout, mapping: Mapping | None = None) -> Lot:
    """Return a list with the origins that its rows bring along."""
    bare, carried = take_origins(sheet)
    return Lot(source, bare, layout, mapping, carried=carried)
