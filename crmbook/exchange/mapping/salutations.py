"""Salutations and posts behind or before a person's name: ``张三先生``, ``陈经理``, ``Mr. John Smith``.

What they say goes to the gender or the post where these are blank. From a whole name they are taken off, and the cell as it
was there is a remark; a family name alone stays as it is, because 王总 is called nothing else. 杨晓东总 and 陈大文董 are whole
names with a title; 王小董 may be a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import tidy

if TYPE_CHECKING:
    from crmbook.exchange.mapping.entries import Entries
    from crmbook.schema import Book

_HAN: Final = re.compile(r"[\u4e00-\u9fff·]{2,7}")
_FAMILY: Final = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "夏侯",
    "端木",
)
_TITLES: Final = {"总": 1, "董": 2}
"""Titles of one sign → the fewest signs of a given name before them; a given name may end in 董 itself."""
_BRACKETED: Final = re.compile(r"(?P<name>[^()（）]+)[(（](?P<word>[^()（）]+)[)）]")
_LONGEST: Final = 2
"""Signs of a given name."""
_WESTERN: Final = re.compile(r"(?P<word>mr|mrs|ms|miss|dr|prof)\b\.?\s+(?P<name>\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Called:
    """A name as it is called: without what is beside it where it is whole, and what that says."""

    name: str
    gender: str = ""
    post: str = ""


class Salutations:
    """The salutations and posts of a book's import words."""

    def __init__(self, book: Book, genders: Entries | None) -> None:
        self._surnames = book.imports.surnames
        self._posts = sorted(book.imports.posts, key=len, reverse=True)
        self._salutations, self._genders = book.imports.salutations, genders

    def read(self, raw: Any) -> Called | None:
        """Return what a cell with a person's name says besides; None where that is nothing."""
        text = tidy(raw) if isinstance(raw, str) else ""
        western = _WESTERN.fullmatch(text)
        if western is not None:
            return self._said(
                western["name"], western["word"], "" if western["word"][0] in "mM" else western["word"]
            )
        bare = self.unbracketed(text).replace(" ", "")
        if not _HAN.fullmatch(bare):
            return None
        for word in (*self._salutations, *self._posts):
            family, given = self._parts(bare.removesuffix(word)) if bare.endswith(word) else ("", "")
            if family:
                name = family + given if given else bare
                return self._said(name, word, word if word in self._posts else "")
        return self._with_title(bare)

    def _with_title(self, bare: str) -> Called | None:
        """Return what a name says that ends in a title of one sign; None where it may be part of the name."""
        title = bare[-1]
        family, given = self._parts(bare[:-1])
        if title not in _TITLES or not family or len(given) < _TITLES[title]:
            return None
        return Called(family + given, post=title)

    def unbracketed(self, text: str) -> str:
        """Return a text whose brackets hold a salutation or a post without them: ``徐(先生)`` → 徐先生."""
        found = _BRACKETED.fullmatch(text.strip())
        is_called = found is not None and found["word"] in {*self._salutations, *self._posts, *_TITLES}
        return f"{found['name']}{found['word']}" if found is not None and is_called else text

    def is_name(self, text: str) -> bool:
        """Return whether a text is the name of a Chinese person, with a salutation or a post behind it or without."""
        return bool(self._parts(text)[1]) or self.read(text) is not None

    def _said(self, name: str, word: str, post: str) -> Called:
        found = self._genders.find(word) if self._genders else None
        return Called(name, found.label if found else "", post)

    def _parts(self, name: str) -> tuple[str, str]:
        """Return the family name and the given name of a Chinese name; blanks where it is none."""
        family = next((one for one in _FAMILY if name.startswith(one)), name[:1])
        given = name[len(family) :]
        is_one = len(family) > 1 or family in self._surnames
        return (family, given) if family and is_one and len(given) <= _LONGEST else ("", "")
