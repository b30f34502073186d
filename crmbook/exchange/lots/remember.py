"""What a person decided about a list, to be kept for the next list of the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.exchange.intake.failures import is_of_failures
from crmbook.exchange.mapping import read_memory, shape_of, write_memory
from crmbook.exchange.sources.model import SourceLayout
from crmbook.exchange.sources.read import read_source
from crmbook.store import MapRecord

if TYPE_CHECKING:
    from crmbook.exchange.lots.model import Lot, Target
    from crmbook.exchange.mapping.model import Mapping


def remember(target: Target, lot: Lot, mapping: Mapping, who: str) -> MapRecord | None:
    """Return what is to be kept of how a list was mapped; None where that is known, or can be of no use again."""
    if lot.source.kind == "xlsx" and is_of_failures(lot.source.path):
        return None
    if lot.sheet.table:  # an export says by itself what its columns are
        return None
    found = _shape_and_layout(lot)
    if found is None:
        return None
    shape, layout = found
    record = next((one for one in target.maps if one.shape == shape), None)
    before = read_memory(record, target.schema) if record is not None else None
    document = write_memory(target.listed, lot.sheet, mapping, layout, before)
    if record is not None and (record.document, record.name) == (document, lot.name):
        return None
    return MapRecord(shape, lot.name, document, who)


def _shape_and_layout(lot: Lot) -> tuple[str, SourceLayout] | None:
    """Return by what a list is known again before a layout is, and the layout where its file does not say it itself."""
    plain = lot.sheet
    if lot.layout != SourceLayout(sheet=lot.layout.sheet):
        try:
            source = read_source(lot.source.path, SourceLayout(sheet=lot.layout.sheet))
        except CrmbookError:
            return None
        plain = next((one for one in source.sheets if one.title == lot.sheet.title), lot.sheet)
    own = list(lot.sheet.own_headers)
    is_plain = plain.own_headers == tuple(own) and plain.frame[own].equals(lot.sheet.frame[own])
    return shape_of(plain), SourceLayout() if is_plain else lot.layout
