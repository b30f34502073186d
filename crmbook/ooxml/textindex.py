"""Texts by the thousand: their markup, and their way into the shared strings while a table is filled.

Most texts need nothing but the three entities, so they are looked at and escaped together; where one needs more, the
two halves are tried, down to the text that is odd.

The rows name a text by its index before the text is stored: new texts are numbered as they come, from the end of the
shared strings on, and appended in one go when all rows are written. If writing them fails, nothing was stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from crmbook.ooxml import text
from crmbook.ooxml.xml import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.ooxml.sharedstrings import SharedStrings

_BETWEEN = "\0"  # no text that passed `text.check` holds it


class TextIndex:
    """The index of each text in the shared strings.

    Tables that are filled one after the other know each other's texts, so that an id that occurs in all of them is
    stored once; what else the shared strings hold is not looked through.

    Parameters
    ----------
    strings
        Gives the shared strings; asked only when there is a text.
    """

    def __init__(self, strings: Callable[[], SharedStrings]) -> None:
        self._strings = strings
        self._indexes: dict[str, str] = {}
        self._items: list[bytes] = []
        self._new = 0
        self._uses = 0

    def of(self, values: list[str]) -> list[str]:
        """Return the index of each text, as text.

        Raises
        ------
        EditError
            As `text.check` does.
        """
        try:
            found = list(map(self._indexes.__getitem__, values))
        except KeyError:
            self._add(values)
            found = list(map(self._indexes.__getitem__, values))
        self._uses += len(found)
        return found

    def store(self) -> None:
        """Append the new texts to the shared strings and count the cells that refer to them."""
        if self._uses:
            strings = self._strings()
            strings.extend(b"".join(self._items), self._new)
            strings.uses(self._uses)

    def forget(self) -> None:
        """Give up the new texts."""
        for _ in range(self._new):
            self._indexes.popitem()

    def _add(self, values: list[str]) -> None:
        """Give the texts that are new their numbers, and mark them up."""
        if not self._indexes:
            self._indexes = _KNOWN.setdefault(self._strings(), {})
        texts = [value for value in dict.fromkeys(values) if value not in self._indexes]
        if not texts:
            return
        self._items.append(marked_up(texts))
        self._strings().prepare()
        start = len(self._strings()) + self._new
        self._indexes.update(zip(texts, map(str, range(start, start + len(texts))), strict=True))
        self._new += len(texts)


_KNOWN: WeakKeyDictionary[SharedStrings, dict[str, str]] = WeakKeyDictionary()
"""The texts that filling has put into shared strings, as long as these are open."""


def marked_up(texts: list[str]) -> bytes:
    """Return an ``<si>`` element for each text.

    Raises
    ------
    EditError
        As `text.check` does.
    """
    escaped = _escaped(texts)
    if escaped is not None:
        return f"<si><t>{escaped.replace(_BETWEEN, '</t></si><si><t>')}</t></si>".encode()
    if len(texts) == 1:
        return b"<si>" + text.element(text.check(texts[0])) + b"</si>"
    middle = len(texts) // 2
    return marked_up(texts[:middle]) + marked_up(texts[middle:])


def contents(texts: list[str]) -> list[str]:
    """Return each text as the content of an element; raises as `marked_up` does."""
    escaped = _escaped(texts)
    if escaped is not None:
        return escaped.split(_BETWEEN)
    if len(texts) == 1:
        return [escape(text.encode(text.check(texts[0]))).decode()]
    middle = len(texts) // 2
    return contents(texts[:middle]) + contents(texts[middle:])


def _escaped(texts: list[str]) -> str | None:
    """Return the texts, escaped in one go; None where they are too long or one may need more than the three entities.

    More need what XML cannot hold, space that must be preserved, and what looks like ``_xHHHH_``.
    """
    joined = _BETWEEN.join(texts)
    edged = f"{_BETWEEN}{joined}{_BETWEEN}"
    if f"{_BETWEEN} " in edged or f" {_BETWEEN}" in edged or "  " in joined or "_x" in joined:
        return None
    if len(joined) > text.MAX_UNITS // 2 or not joined.replace(_BETWEEN, "").isprintable():
        return None
    return joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
