"""The words of all messages by code, read area by area: a code's first word is the name of its file.

Most commands speak of two or three areas; reading all of them takes longer than the help that is shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("messages")


class Catalogue(Mapping[str, Mapping[str, object]]):
    """All messages: ``{"zh": …, "en": …, "remedy": {"zh": …, "en": …}}`` by code."""

    def __getitem__(self, code: str) -> Mapping[str, object]:
        return _area(code.partition(".")[0])[code]

    def __iter__(self) -> Iterator[str]:
        for name in sorted(_names()):
            yield from _area(name)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def _area(name: str) -> Mapping[str, Mapping[str, object]]:
    """Return the messages of an area; none where there is no such area."""
    if name not in _names():
        return {}
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def catalogue() -> Catalogue:
    """Return all messages by code."""
    return Catalogue()
