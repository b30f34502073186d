"""The zip file as the checks see it: members by name, parsed parts, relationships, content types.

It reads with `zipfile` and shares nothing with the package layer that it judges. Part names compare without
regard to case (ECMA-376 part 2, §6.2.2.3), and a backslash counts as a slash, because office programs open
such files.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.ooxml_lint.markup import MarkupError, parse, whole

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTENT_TYPES = "[Content_Types].xml"
CONTENT_TYPES_NAMESPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
MAX_MEMBERS = 20_000
MAX_PACKAGE_BYTES = 4 << 30
MAX_RATIO = 400
RATIO_FREE_BYTES = 64 << 20
# What zipfile raises over a damaged member.
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError, struct.error)


class Relationship(NamedTuple):
    """One relationship of a part: `kind` is the last word of its type, `target` a part name when internal."""

    id: str
    kind: str
    target: str
    external: bool


class Archive:
    """A package opened for judging; `broken` holds the members that cannot be read, with the reason."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.infos = [info for info in self.zip.infolist() if not info.filename.endswith("/")]
        self._by_name = {fold(info.filename): info for info in self.infos}
        self._roots: dict[str, Element | None] = {}
        self._relationships: dict[str, tuple[Relationship, ...]] = {}
        self._types: tuple[dict[str, str], dict[str, str]] | None = None

    @property
    def names(self) -> list[str]:
        """Names of the parts, in the order of the zip file, each once."""
        return list(dict.fromkeys(info.filename.replace("\\", "/").lstrip("/") for info in self.infos))

    def find(self, name: str) -> str | None:
        """Return the part's name as the zip file spells it, or None where there is no such part."""
        info = self._by_name.get(fold(name))
        return info.filename.replace("\\", "/").lstrip("/") if info else None

    def read(self, name: str) -> bytes:
        """Return the bytes of a part; empty where it is missing or damaged (the zip check names it)."""
        info = self._by_name.get(fold(name))
        with suppress(*UNREADABLE):
            if info is not None:
                return self.zip.read(info)
        return b""

    def root(self, name: str) -> Element | None:
        """Return the document element, or None where the part is missing or malformed."""
        key = fold(name)
        if key not in self._roots:
            self._roots[key] = None
            with suppress(MarkupError):
                self._roots[key] = parse(self.read(name))
        return self._roots[key]

    def relationships(self, source: str) -> tuple[Relationship, ...]:
        """Return the relationships of a part, or of the package for ``""``."""
        if source not in self._relationships:
            root = self.root(relationships_of(source))
            items = root.iter(RELATIONSHIP) if root is not None else ()
            self._relationships[source] = tuple(_relationship(source, item) for item in items)
        return self._relationships[source]

    def targets(self, source: str, kind: str) -> list[str]:
        """Return the names of the existing parts that `source` relates to by `kind`."""
        found = [self.find(item.target) for item in self.relationships(source) if item.kind == kind]
        return [name for name in found if name]

    def content_type(self, name: str) -> str | None:
        """Return the content type that an override or the extension gives to a part."""
        if self._types is None:
            self._types = self._read_types()
        defaults, overrides = self._types
        extension = posixpath.basename(name).rpartition(".")[2].lower()
        return overrides.get(fold(name)) or defaults.get(extension)

    def _read_types(self) -> tuple[dict[str, str], dict[str, str]]:
        root = self.root(CONTENT_TYPES)
        items = list(root) if root is not None else []
        defaults = {
            item.get("Extension", "").lower(): item.get("ContentType", "")
            for item in items
            if item.tag == f"{CONTENT_TYPES_NAMESPACE}Default"
        }
        overrides = {
            fold(item.get("PartName", "")): item.get("ContentType", "")
            for item in items
            if item.tag == f"{CONTENT_TYPES_NAMESPACE}Override"
        }
        return defaults, overrides


def fold(name: str) -> str:
    """Return the form under which part names compare."""
    return name.replace("\\", "/").lstrip("/").lower()


def relationships_of(source: str) -> str:
    """Return the name of the part that holds the relationships of `source`."""
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def source_of(name: str) -> str | None:
    """Return the part whose relationships `name` holds, or None where it is no such part."""
    folder, file = posixpath.split(name)
    if posixpath.basename(folder) != "_rels" or not file.endswith(".rels"):
        return None
    return posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))


def is_bomb(archive: Archive) -> bool:
    """Return whether the declared sizes alone forbid reading."""
    total = sum(info.file_size for info in archive.infos)
    packed = sum(info.compress_size for info in archive.infos)
    dense = total > RATIO_FREE_BYTES and total > MAX_RATIO * max(packed, 1)
    return len(archive.infos) > MAX_MEMBERS or total > MAX_PACKAGE_BYTES or dense


def count_of(element: Element) -> int | None:
    """Return the ``count`` attribute of a list, or None where it has none."""
    return whole(element.get("count"))


def _relationship(source: str, item: Element) -> Relationship:
    target = item.get("Target", "").replace("\\", "/")
    external = item.get("TargetMode", "Internal") == "External"
    if not external and not target.startswith("#"):
        base = "" if target.startswith("/") else posixpath.dirname(source)
        target = posixpath.normpath(posixpath.join(base, target.lstrip("/") or "."))
    return Relationship(item.get("Id", ""), posixpath.basename(item.get("Type", "")), target, external)
