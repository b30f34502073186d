"""``[Content_Types].xml``: which kind each part is of.

A part's kind comes from its own Override, else from the Default of its extension (ECMA-376 part 2, 6.2.3).
Edits add or take away Overrides and leave everything else as it stands.
"""

from __future__ import annotations

from crmbook.ooxml import partname
from crmbook.ooxml.xml import Document, quote, splice

PART = "[Content_Types].xml"
WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
SHARED_STRINGS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
CUSTOM_PROPERTIES = "application/vnd.openxmlformats-officedocument.custom-properties+xml"


class ContentTypes:
    """The content types of a package."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        root = Document(data, PART).root
        self._defaults = {
            (item.get("Extension") or "").lower(): item.get("ContentType") or ""
            for item in root.all("Default")
        }
        self._overrides = {
            partname.key((item.get("PartName") or "").lstrip("/")): item.get("ContentType") or ""
            for item in root.all("Override")
        }

    def of(self, part_name: str) -> str:
        """Return the content type of a part; empty if none is given."""
        extension = part_name.rpartition(".")[2].lower()
        return self._overrides.get(partname.key(part_name)) or self._defaults.get(extension, "")

    def add(self, part_name: str, content_type: str) -> bytes:
        """Return the part with one Override for `part_name`, in place of one that was there before its part."""
        root = Document(self.data, PART).root
        for item in root.all("Override"):
            if partname.key((item.get("PartName") or "").lstrip("/")) == partname.key(part_name):
                return splice(self.data, [item.set(ContentType=content_type)])
        attributes = f'PartName="{quote("/" + part_name).decode()}" ContentType="{content_type}"'
        return splice(self.data, [root.insert(f"<{root.prefix}Override {attributes}/>".encode())])

    def drop(self, part_name: str) -> bytes:
        """Return the part without the Override for `part_name`."""
        wanted = partname.key(part_name)
        root = Document(self.data, PART).root
        gone = [
            item.remove()
            for item in root.all("Override")
            if partname.key((item.get("PartName") or "").lstrip("/")) == wanted
        ]
        return splice(self.data, gone)
