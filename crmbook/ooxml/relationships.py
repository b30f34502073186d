"""Relationships: the arrows from one part (or the package) to others.

The relationships of ``xl/workbook.xml`` are in ``xl/_rels/workbook.xml.rels``, those of the package in
``_rels/.rels``. Types are compared by what follows ``/relationships/`` so that the transitional and the strict
spelling of ISO/IEC 29500 mean the same; `kind` holds that last piece, e.g. ``worksheet``.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmbook.ooxml import partname
from crmbook.ooxml.xml import Document, quote, splice

PACKAGE_NS = "http://schemas.openxmlformats.org/package/2006/relationships"
TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
EMPTY = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{PACKAGE_NS}"/>'.encode()
)


@dataclass(frozen=True, slots=True)
class Relationship:
    """One arrow.

    Attributes
    ----------
    id
        Id by which the source part refers to it.
    type, kind
        The type's whole URI, and its last piece.
    target
        Name of the part it points at; the URL as written where `external`.
    """

    id: str
    type: str
    kind: str
    target: str
    external: bool


class Relationships:
    """The relationships of part `source` (``""``: of the package)."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        self.source = source
        self.part = partname.relationships_of(source)
        self.items = tuple(self._read())
        self._by_id = {item.id: item for item in reversed(self.items)}

    def _read(self) -> list[Relationship]:
        found = []
        for item in Document(self.data, self.part).root.all("Relationship"):
            external = item.get("TargetMode") == "External"
            target, uri = item.get("Target") or "", item.get("Type") or ""
            target = target if external else partname.resolve(self.source, target)
            found.append(
                Relationship(item.get("Id") or "", uri, uri.rstrip("/").rpartition("/")[2], target, external)
            )
        return found

    def of_kind(self, *kinds: str) -> tuple[Relationship, ...]:
        """Return the relationships of these kinds, in the order written."""
        return tuple(item for item in self.items if item.kind in kinds)

    def by_id(self, identifier: str) -> Relationship | None:
        """Return the relationship with this id, or None."""
        return self._by_id.get(identifier)

    def add(self, kind_uri: str, target: str) -> tuple[str, bytes]:
        """Return the id of a new relationship to part `target`, and the part that holds it."""
        taken = {item.id.lower() for item in self.items}
        number = next(number for number in range(1, len(taken) + 2) if f"rid{number}" not in taken)
        root = Document(self.data, self.part).root
        where = quote(partname.relative(self.source, target)).decode()
        item = f'<{root.prefix}Relationship Id="rId{number}" Type="{kind_uri}" Target="{where}"/>'
        return f"rId{number}", splice(self.data, [root.insert(item.encode())])

    def drop(self, target: str) -> bytes:
        """Return the part without the relationships to part `target`."""
        gone, wanted = [], partname.key(target)
        for item in Document(self.data, self.part).root.all("Relationship"):
            points_at = partname.key(partname.resolve(self.source, item.get("Target") or ""))
            if points_at == wanted and item.get("TargetMode") != "External":
                gone.append(item.remove())
        return splice(self.data, gone)
