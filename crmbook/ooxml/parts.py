"""The parts of a package by name: as read, until somebody replaces, adds or drops one.

A part is found regardless of letter case, slashes and backslashes. An XML part in UTF-16, which is as good as one in
UTF-8, is given out in UTF-8; only a changed one is written so. A part that the container names twice can
be read by nobody with certainty: it is carried along, and refused when it is needed. New content may be given as
bytes or already packed; content equal to the old leaves the member as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml import deflate, partname, zipwriter
from crmbook.ooxml.archive import Archive, Limits, inflate
from crmbook.ooxml.encoding import in_utf8
from crmbook.ooxml.errors import ContainerError, EditError, MissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.ooxml.archive import Member
    from crmbook.ooxml.deflate import Packed

_XML = (".xml", ".rels", ".vml")


class Parts:
    """The parts of one package.

    Parameters
    ----------
    data
        The whole file.
    limits
        What it may cost to open.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.archive = Archive(data, limits)
        self._new: dict[str, bytes | Packed | None] = {}
        self._added: dict[str, str] = {}

    @property
    def is_changed(self) -> bool:
        """Return whether any part was replaced, added or dropped."""
        return bool(self._new)

    @property
    def names(self) -> list[str]:
        """Names of all parts: those that were there in directory order, then the new ones."""
        old = [
            member.part
            for member in self.archive.members
            if not member.is_folder and self._new.get(partname.key(member.part), b"") is not None
        ]
        return [*old, *self._added.values()]

    def has(self, name: str) -> bool:
        """Return whether the part exists."""
        folded = partname.key(name)
        if folded in self._new:
            return self._new[folded] is not None
        return folded in self.archive.by_part

    def size(self, name: str) -> int:
        """Return the length of a part's content in bytes."""
        new = self._new.get(partname.key(name))
        if new is None:
            return self._member(name).size
        return len(new) if isinstance(new, bytes) else new.size

    def read(self, name: str) -> bytes:
        """Return a part's content.

        Raises
        ------
        MissingError
            ``ooxml.missing-part``.
        ContainerError
            ``ooxml.duplicate-part``, ``ooxml.damaged-zip``, ``ooxml.unsupported-compression``.
        """
        new = self._new.get(partname.key(name))
        return new if isinstance(new, bytes) else b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part's content in pieces; raises as `read` does."""
        folded = partname.key(name)
        if folded not in self._new:
            pieces = self.archive.pieces(self._member(name))
            return in_utf8(pieces, name) if name.lower().endswith(_XML) else pieces
        new = self._new[folded]
        if new is None:
            raise MissingError("ooxml.missing-part", part=name)
        return iter((new,)) if isinstance(new, bytes) else inflate(new.chunks, name)

    def replace(self, name: str, content: bytes | Packed) -> None:
        """Give an existing part new content."""
        folded = partname.key(name)
        if folded not in self._added:
            member = self._member(name)
            if isinstance(content, bytes) and len(content) == member.size:
                old = b"".join(self.archive.pieces(member))
                if old == content:
                    self._new.pop(folded, None)
                    return
        self._refuse_signed()
        self._new[folded] = content

    def add(self, name: str, content: bytes) -> None:
        """Add a part that does not exist yet, or bring back a dropped one."""
        self._refuse_signed()
        folded = partname.key(name)
        if folded not in self.archive.by_part:
            self._added[folded] = name
        self._new[folded] = content

    def drop(self, name: str) -> None:
        """Take a part out of the package."""
        self._refuse_signed()
        folded = partname.key(name)
        if self._added.pop(folded, None) is None:
            self._member(name)
            self._new[folded] = None
        else:
            del self._new[folded]

    def write(self, out: Callable[[bytes | memoryview], object]) -> None:
        """Write the package: the very bytes that were read, where nothing was changed."""
        if not self._new:
            out(self.archive.data)
            return
        changes: dict[Member, Packed | None] = {}
        additions: dict[str, Packed] = {}
        for folded, content in self._new.items():
            packed = deflate.pack([content]) if isinstance(content, bytes) else content
            if folded in self._added and packed is not None:
                additions[self._added[folded]] = packed
            else:
                changes[self.archive.by_part[folded][0]] = packed
        zipwriter.write(self.archive, changes, additions, out)

    def _member(self, name: str) -> Member:
        found = self.archive.by_part.get(partname.key(name), ())
        if not found:
            raise MissingError("ooxml.missing-part", part=name)
        if len(found) > 1:
            raise ContainerError("ooxml.duplicate-part", part=name)
        return found[0]

    def _refuse_signed(self) -> None:
        if any(name.startswith("_xmlsignatures/") for name in self.archive.by_part):
            raise EditError("ooxml.signed")
