"""Lists: which entry somebody means, and the nearest one where the text means none.

An entry is found by its exact label, then by the label without regard to width, case and spaces, then by an
alias (the label in the other language), then by its plain meaning for lists of yes and no. A near miss is
only ever suggested: nobody's ``面谈会`` becomes ``面谈`` by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.values.text import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

_YES = frozenset(["是", "对", "有", "√", "✓", "✔", "☑", "✅", "y", "yes", "true", "t", "1", "真"])
_NO = frozenset(["否", "不是", "错", "无", "×", "✗", "✘", "❌", "n", "no", "false", "f", "0", "假"])
_LONGEST_NEAR = 60
"""Characters of a text that can be a mistyped entry; likeness costs the square of a length."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list.

    Attributes
    ----------
    label
        The canonical value: the text that is in cells.
    aliases
        Other texts that mean it.
    of
        For a dependent list, the label of the entry it belongs to.
    """

    label: str
    aliases: tuple[str, ...] = ()
    of: str | None = None


@dataclass(frozen=True)
class Choices:
    """A list as cells are read against it; labels are unique within one parent."""

    entries: tuple[Choice, ...]
    _exact: Mapping[str, tuple[Choice, ...]] = field(init=False, repr=False, compare=False)
    _loose: Mapping[str, tuple[Choice, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact: dict[str, tuple[Choice, ...]] = {}
        loose: dict[str, tuple[Choice, ...]] = {}
        for entry in self.entries:
            exact[entry.label] = (*exact.get(entry.label, ()), entry)
            for name in dict.fromkeys(_plain(text) for text in (entry.label, *entry.aliases)):
                loose[name] = (*loose.get(name, ()), entry)
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_loose", loose)

    def find(self, text: str) -> tuple[Choice, ...]:
        """Return the entries that `text` means: none, one, or one for each parent."""
        found = self._exact.get(text) or self._loose.get(_plain(text))
        return found or self._by_truth(text)

    def nearest(self, text: str, parent: str | None = None) -> str:
        """Return the label most like `text` among those of `parent`, or an empty text."""
        labels = {_plain(entry.label): entry.label for entry in self.of(parent)}
        plain = _plain(text)
        if len(plain) > _LONGEST_NEAR:
            return ""
        cutoff = 0.6 if plain.isascii() else 0.5  # one of two signs means more than one of two letters
        near = [label for label in get_close_matches(plain, labels, cutoff=cutoff) if is_near(plain, label)]
        inside = [label for name, label in labels.items() if plain and (plain in name or name in plain)]
        return labels[near[0]] if near else inside[0] if len(inside) == 1 else ""

    def of(self, parent: str | None) -> tuple[Choice, ...]:
        """Return the entries that belong to `parent`; all of them for None."""
        return tuple(entry for entry in self.entries if parent is None or entry.of in {None, parent})

    @cached_property
    def _truths(self) -> Mapping[bool, Choice]:
        """The entries of a list of exactly one yes and one no by what they say; of another list none."""
        meanings = {truth(entry.label): entry for entry in self.entries}
        yes, no = meanings.get(True), meanings.get(False)
        return {True: yes, False: no} if yes and no and len(self.entries) == len(meanings) == 2 else {}

    def _by_truth(self, text: str) -> tuple[Choice, ...]:
        """Find 是 for ``√`` in a list of exactly one yes and one no."""
        said = truth(text) if self._truths else None
        return () if said is None else (self._truths[said],)


def _plain(text: str) -> str:
    return "".join(narrow(text).casefold().split())


def is_near(typed: str, label: str) -> bool:
    """Return whether somebody may have meant `label`: digits are never nearly other digits."""
    if any(map(str.isdigit, typed)) or any(map(str.isdigit, label)):
        return "".join(filter(str.isdigit, typed)) == "".join(filter(str.isdigit, label))
    return True


def truth(text: str) -> bool | None:
    """Return what ``是``, ``√``, ``N`` … say; None for everything else, the letter x among it."""
    plain = _plain(text)
    return True if plain in _YES else False if plain in _NO else None
