"""What to do where both sides changed a cell and its column need not leave that to a person.

A policy is a function of the three values. It answers with the merged value, or with `UNSETTLED` where it would
have to drop what somebody did:

- ``latest``: the file's value;
- ``max``, ``min``: the greater or smaller number or day; erasing is no number, so it stays a conflict;
- ``append``: text that both sides added to, additions in the order head, file, a line that is there already
  left out; where either side rewrote what was there, it stays a conflict;
- ``union``: items between ``、``: what either side added is in, what either side took out is out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNSETTLED: Final = object()
"""A person has to say."""

_ITEMS: Final = "、"
_JOINTS: Final = "\n、，,；;。. /|"  # what people begin an addition with, on the same line
_CELL: Final = 32_767  # UTF-16 units that a cell holds


def latest(_base: Any, _head: Any, file: Any) -> Any:
    """Return the file's value."""
    return file


def greatest(_base: Any, head: Any, file: Any) -> Any:
    """Return the greater of two values of one type."""
    return max(head, file) if _comparable(head, file) else UNSETTLED


def smallest(_base: Any, head: Any, file: Any) -> Any:
    """Return the smaller of two values of one type."""
    return min(head, file) if _comparable(head, file) else UNSETTLED


def append(base: Any, head: Any, file: Any) -> Any:
    """Return head's text with what the file added to the base, on one line where both added on one line."""
    ours, theirs = _addition(base, head), _addition(base, file)
    if ours is None or theirs is None:
        return UNSETTLED
    said = {_bare(line) for line in (*head.split("\n"), *ours.split("\n"))}
    new = [line for line in theirs.split("\n") if line and _bare(line) not in said]
    if new and theirs[0] in _JOINTS and ours[0] in _JOINTS and "\n" not in ours + theirs:
        text = head + theirs
    else:
        text = "\n".join([head, *(line.lstrip(_JOINTS) or line for line in new[:1]), *new[1:]])
    return text if len(text.encode("utf-16-le")) // 2 <= _CELL else UNSETTLED


def union(base: Any, head: Any, file: Any) -> Any:
    """Return head's items without those that the file took out, and with those it added; nothing is None."""
    if not all(value is None or isinstance(value, str) for value in (base, head, file)):
        return UNSETTLED
    before, ours, theirs = _items(base), _items(head), _items(file)
    kept = [item for item in ours if item in theirs or item not in before]
    return _ITEMS.join([*kept, *(item for item in theirs if item not in before and item not in ours)]) or None


POLICIES: Final[Mapping[str, Callable[[Any, Any, Any], Any]]] = {
    "latest": latest,
    "max": greatest,
    "min": smallest,
    "append": append,
    "union": union,
}


def _comparable(head: Any, file: Any) -> bool:
    return head is not None and type(head) is type(file)


def _addition(base: Any, text: Any) -> str | None:
    """Return what `text` says beyond `base`, or None where it is not the base with something added."""
    if not isinstance(text, str) or not (base is None or isinstance(base, str)):
        return None
    if base is None:
        return text
    if text.startswith(base):
        return text[len(base) :]
    before, added = base.split("\n"), []
    for line in text.split("\n"):
        if before and line == before[0]:
            del before[0]
        else:
            added.append(line)
    return None if before else "\n" + "\n".join(added)


def _bare(line: str) -> str:
    return line.strip(_JOINTS) or line


def _items(value: str | None) -> list[str]:
    return list(dict.fromkeys(item for item in (value or "").split(_ITEMS) if item))
