"""Names of files that carry a person's name, number or key: ``张三-合同.xlsx``, ``导入/张三.vcf``.

A longer name of somebody who stays (``张三丰``) is not the person's. What crmbook named itself it renames; whatever else
bears the name is somebody's own, and is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmbook.privacy.person import Gone
    from crmbook.schema import Book
    from crmbook.store import Store

_BETWEEN: Final = re.compile(r"([\s\-_.,，、·+&@#()（）\[\]【】]+)")
_LEAST: Final = 3
"""Characters of a key that is looked for: a shorter one is any number."""


@dataclass(frozen=True)
class FileNames:
    """Tells whether a file's name carries the person's.

    Attributes
    ----------
    others
        Names of people who stay in which the person's is a part.
    """

    gone: Gone
    others: Collection[str] = ()

    @classmethod
    def of(cls, gone: Gone, store: Store, book: Book) -> FileNames:
        """Return what knows the people of a book besides."""
        frame, field = store.head(gone.book_id).tables.get(book.people), book.tables[book.people].name_field
        if frame is None or field is None or field not in frame:
            return cls(gone)
        names, whole = gone.terms.names, set(gone.whole)
        found = {str(text) for text in frame[field].dropna() if text not in whole}
        return cls(gone, sorted(text for text in found if any(one in text for one in names)))

    def tells(self, path: Path, folders: Collection[Path]) -> bool:
        """Return whether a file's name, or that of a folder between it and one of `folders`, is about the person."""
        base = next((folder for folder in folders if path.is_relative_to(folder)), path.parent)
        return any(self._is_about(part) for part in path.relative_to(base).parts)

    def without(self, name: str) -> str:
        """Return a file's name without the person's."""
        stem, ending = Path(name).stem, Path(name).suffix
        for one in sorted(self._texts, key=len, reverse=True):
            stem = stem.replace(one, self.gone.mark)
        stem = self.gone.terms.stays(stem)
        keys = self._keys
        stem = "".join(self.gone.mark if part in keys else part for part in _BETWEEN.split(stem))
        return f"{stem or self.gone.mark}{ending}"

    def _is_about(self, name: str) -> bool:
        for one in self.others:
            name = name.replace(one, "")
        if any(one in name for one in self._texts) or self.gone.terms.stays(name) != name:
            return True
        return not self._keys.isdisjoint(_BETWEEN.split(name))

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(key for key in self.gone.keys if len(key) >= _LEAST)

    @cached_property
    def _texts(self) -> list[str]:
        return self.gone.terms.names
