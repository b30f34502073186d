"""A package as ECMA-376 part 2 has it: named parts, tied together by relationships, whatever they hold."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from crmbook.ooxml import contenttypes, partname
from crmbook.ooxml.archive import Limits
from crmbook.ooxml.contenttypes import ContentTypes
from crmbook.ooxml.errors import ContainerError, EditError, PartError
from crmbook.ooxml.parts import Parts
from crmbook.ooxml.relationships import EMPTY, Relationships

if TYPE_CHECKING:
    from crmbook.ooxml.deflate import Packed


class OpcPackage:
    """The parts of one file, held in memory.

    Attributes
    ----------
    parts
        Their contents, by name.
    main_part
        Name of the part that the package is about: the workbook's.
    """

    def __init__(self, data: bytes, limits: Limits | None = None) -> None:
        self.parts = Parts(data, limits or Limits())
        self._relationships: dict[str, Relationships] = {}
        self.main_part = self._find_workbook()

    @classmethod
    def open(cls, source: str | Path | bytes, limits: Limits | None = None) -> Self:
        """Open a workbook from a path or from its bytes.

        Raises
        ------
        ContainerError
            ``ooxml.unreadable-file``, ``ooxml.empty-file``, ``ooxml.encrypted``, ``ooxml.legacy-xls``,
            ``ooxml.not-a-zip``, ``ooxml.truncated``, ``ooxml.damaged-zip``, ``ooxml.zip-bomb``,
            ``ooxml.unsafe-path``, ``ooxml.encrypted-member``.
        PartError
            ``ooxml.not-a-workbook``, ``ooxml.binary-workbook``, ``ooxml.doctype``, ``ooxml.encoding``,
            ``ooxml.malformed-xml``.
        """
        if isinstance(source, bytes):
            return cls(source, limits)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise ContainerError(
                "ooxml.unreadable-file", path=str(source), reason=error.strerror or ""
            ) from error
        return cls(data, limits)

    def relationships(self, source: str) -> Relationships:
        """Return the relationships of a part (``""``: of the package)."""
        part = partname.relationships_of(source)
        data = self.parts.read(part) if self.parts.has(part) else EMPTY
        known = self._relationships.get(source)
        if known is None or known.data != data:
            known = self._relationships[source] = Relationships(data, source)
        return known

    @property
    def content_types(self) -> ContentTypes:
        """The content types of the parts."""
        return ContentTypes(self.parts.read(contenttypes.PART))

    def add_part(
        self, name: str, content: bytes, content_type: str, kind: str, source: str | None = None
    ) -> str:
        """Add a part with its content type and a relationship of type `kind` from `source` (None: the workbook).

        Returns the name it got: another one where the wanted one is taken.
        """
        stem, _, extension = name.rpartition(".")
        number = 1
        while self.parts.has(name):
            number += 1
            name = f"{stem}{number}.{extension}"
        source = self.main_part if source is None else source
        self.parts.add(name, content)
        self.add_relationship(kind, name, source)
        self.parts.replace(contenttypes.PART, self.content_types.add(name, content_type))
        return name

    def add_relationship(self, kind: str, target: str, source: str | None = None) -> None:
        """Let a part (None: the workbook's) point at another one."""
        relationships = self.relationships(self.main_part if source is None else source)
        self._put(relationships.part, relationships.add(kind, target)[1])

    def drop_relationship(self, target: str) -> None:
        """Take away what the workbook part says of another part."""
        relationships = self.relationships(self.main_part)
        self.parts.replace(relationships.part, relationships.drop(target))

    def replace_part(self, name: str, content: bytes | Packed) -> None:
        """Give a part new content, as bytes or already packed."""
        self.parts.replace(name, content)

    def refuse_signed(self) -> None:
        """Refuse to change a workbook with a digital signature, which the change would break.

        Raises
        ------
        EditError
            ``ooxml.signed``.
        """
        if self._is_signed:
            raise EditError("ooxml.signed")

    def related(self, kind: str) -> str | None:
        """Return the part that the workbook part points at by a relationship of a kind; it may be missing."""
        found = self.relationships(self.main_part).of_kind(kind)
        return found[0].target if found else None

    def _find_workbook(self) -> str:
        found = self.relationships("").of_kind("officeDocument")
        if not found or not self.parts.has(found[0].target):
            raise PartError("ooxml.not-a-workbook", part=found[0].target if found else "")
        if found[0].target.lower().endswith(".bin"):
            raise PartError("ooxml.binary-workbook", part=found[0].target)
        return found[0].target

    @cached_property
    def _is_signed(self) -> bool:
        if any(name.lower().startswith("_xmlsignatures/") for name in self.parts.names):
            return True
        return any("digital-signature" in item.type for item in self.relationships("").items)

    def _put(self, name: str, content: bytes) -> None:
        if self.parts.has(name):
            self.parts.replace(name, content)
        else:
            self.parts.add(name, content)
