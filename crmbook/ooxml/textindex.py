"""Texts of a table being filled, on their way into the shared strings.

The rows name a text by its index before the text is stored: new texts are numbered as they come, from the end of the
shared strings on, and appended in one go when all rows are written. If writing them fails, nothing was stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.ooxml.sharedstrings import SharedStrings

_BETWEEN = "\0"  # no text that passed `text.check` holds it


class TextIndex:
    """The index of each text in the shared strings.

    Parameters
    ----------
    strings
        Gives the shared strings; asked only when there is a text.
    """

    def __init__(self, strings: Callable[[], SharedStrings]) -> None:
        self._strings = strings
        self._indexes: dict[str, str] = {}
        self._items: list[bytes] = []
        self._first = 0
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
            self._add([value for value in dict.fromkeys(values) if value not in self._indexes])
            found = list(map(self._indexes.__getitem__, values))
        self._uses += len(found)
        return found

    def store(self) -> None:
        """Append the new texts to the shared strings and count the cells that refer to them."""
        if self._indexes:
            strings = self._strings()
            strings.extend(b"".join(self._items), len(self._indexes))
            strings.uses(self._uses)

    def _add(self, texts: list[str]) -> None:
        """Give new texts their numbers and mark them up."""
        items = marked_up(texts)
        if not self._indexes:
            self._first = len(self._strings())
        start = self._first + len(self._indexes)
        self._indexes.update(zip(texts, map(str, range(start, start + len(texts))), strict=True))
        self._items.append(items)


def marked_up(texts: list[str]) -> bytes:
    """Return an ``<si>`` element for each text; those that need no more than the three entities in one go.

    Raises
    ------
    EditError
        As `text.check` does.
    """
    if len(texts) == 1:
        return b"<si>" + text.element(text.check(texts[0])) + b"</si>"
    joined = _BETWEEN.join(texts)
    if len(joined) > text.MAX_UNITS // 2 or _is_odd(joined):
        middle = len(texts) // 2
        return marked_up(texts[:middle]) + marked_up(texts[middle:])
    joined = joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<si><t>{joined.replace(_BETWEEN, '</t></si><si><t>')}</t></si>".encode()


def _is_odd(joined: str) -> bool:
    """Whether a text may hold what XML cannot, space that must be preserved, or what looks like ``_xHHHH_``."""
    edged = f"{_BETWEEN}{joined}{_BETWEEN}"
    if f"{_BETWEEN} " in edged or f" {_BETWEEN}" in edged or "  " in joined or "_x" in joined:
        return True
    return not joined.replace(_BETWEEN, "").isprintable()
